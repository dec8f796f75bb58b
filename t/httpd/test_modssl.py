# SPDX-License-Identifier: Apache-2.0
"""Beside mod_ssl: unseen where not configured, and never a way around mod_ssl's verification."""
import itertools

import pytest

from mtlstest.clients import h1, h2
from mtlstest.sites import (PARTNER, PROBLEM, STAFF, TRUST, assert_ran, assert_refused, location,
                            vhost)
from mtlstest.tls import TlsError

VERSIONS = {"1.2": dict(version="1.2"), "1.3": dict(version="1.3"),
            "1.3pha": dict(version="1.3", pha=True)}
KINDS = [None, "alice", "anna", "foreign", "selfsigned", "expired", "serveronly", "weak", "deep"]

# Loaded and not configured: the same as not loaded.

CA = "SSLCACertificateFile @PKI@/staff_root.leaf.pem\nSSLVerifyDepth 3\n"
HOSTS = {
    "none": "",
    "optional": CA + "SSLVerifyClient optional\n",
    "require": CA + "SSLVerifyClient require\n",
    "optional-no-ca": CA + "SSLVerifyClient optional_no_ca\n",
    "loc-require": CA + location("/x", "SSLVerifyClient require"),
    "loc-optional": CA + location("/x", "SSLVerifyClient optional"),
    "loc-no-ca": CA + location("/x", "SSLVerifyClient optional_no_ca"),
    "authz": CA + "SSLVerifyClient optional_no_ca\n" + location(
        "/x", "Require ssl-verify-client"),
    "user": CA + "SSLVerifyClient optional\nSSLUserName SSL_CLIENT_S_DN_CN\n"
            + "SSLOptions +StdEnvVars +ExportCertData\n",
    "expr": CA + "SSLVerifyClient optional\n" + location(
        "/x", "Require expr %{SSL_CLIENT_S_DN_CN} == 'alice'"),
    "no-tickets": CA + "SSLVerifyClient optional\nSSLSessionTickets off\n",
}


def host_name(key):
    return key + ".example.test"


def twin(serve, mtls):
    return serve("Protocols h2 http/1.1\n" + "".join(
        vhost(host_name(k), v) for k, v in HOSTS.items()), modules=["http2"], mtls=mtls,
        name="with" if mtls else "without")


@pytest.fixture(scope="module")
def twins(serve):
    return twin(serve, True), twin(serve, False)


UNLIKE = {"case", "conn", "pid", "headers"}


def one_visit(site, opener, name, **more):
    """Everything a client can see of two requests, and the session for the next visit."""
    try:
        with opener(site.port, sni=name, **more) as client:
            answers = [client.ask("/x", host=name) for _ in range(2)]
            seen = [(a.status, getattr(a, "reset", None),
                     [{k: v for k, v in line.items() if k not in UNLIKE}
                      for line in site.oracle.lines(a.case)]) for a in answers]
            for _, _, lines in seen:
                for line in lines:
                    line["env"] = {k: v for k, v in line["env"].items() if k != "SSL_CLIENT_V_REMAIN"}
            facts = (client.conn.requests, client.conn.resumed,
                     [asked(x, client.conn.version) for x in client.conn.request_bodies])
            return (seen, facts), client.conn.session()
    except TlsError:
        # which alert, and whether it or the reset is seen first, is not for sure
        return "connection ended", None


def asked(body, version):
    """A CertificateRequest without its context, which is random after the handshake."""
    return body[1 + body[0]:] if version == "TLSv1.3" else body


@pytest.mark.parametrize("way", VERSIONS)
@pytest.mark.parametrize("key", HOSTS)
def test_loaded_but_not_configured(twins, pki, key, way):
    differences = []
    for kind, opener in itertools.product(KINDS, (h1, h2)):
        cert = getattr(pki, kind) if kind else None
        told = []
        for site in twins:
            fresh, session = one_visit(site, opener, host_name(key), cert=cert, **VERSIONS[way])
            again, _ = one_visit(site, opener, host_name(key), cert=cert, session=session,
                                 **VERSIONS[way])
            told.append((fresh, again))
        if told[0] != told[1]:
            differences.append("%s over %s: with %r\nwithout %r" % (kind, opener.__name__, *told))
    assert not differences, "\n".join(differences)


# Used in one server: what mod_mtls lets through is nobody to mod_ssl.

BOTH = (
    "Protocols h2 http/1.1\n" + TRUST
    # both know staff; mod_mtls asks
    + vhost("ask.example.test", CA + "MTLSVerifyClient optional\nMTLSAccept staff\n"
            + location("/modssl", "Require ssl-verify-client") + PARTNER)
    # mod_mtls asks in a location; mod_ssl asks nobody
    + vhost("step.example.test", CA + STAFF + location(
        "/both", "MTLSVerifyClient optional", "MTLSAccept staff", "Require ssl-verify-client")
        + location("/modssl", "Require ssl-verify-client"))
    # mod_ssl asks for the host, mod_mtls in a location
    + vhost("force.example.test", CA + "SSLVerifyClient require\n" + STAFF + PARTNER
            + location("/modssl", "Require ssl-verify-client"))
    # mod_ssl asks in one location, mod_mtls in another
    + vhost("mixed.example.test", CA + STAFF + PARTNER
            + location("/modssl", "SSLVerifyClient require")
            + location("/authz", "Require ssl-verify-client"))
    # only mod_ssl
    + vhost("theirs.example.test", CA + "SSLVerifyClient optional_no_ca\n"
            + location("/modssl", "Require ssl-verify-client")))

DEFECTS = ["selfsigned", "foreign", "expired", "notyet", "serveronly", "fake"]


@pytest.fixture(scope="module")
def both(serve):
    return serve(BOTH, modules=["http2"], name="both")


@pytest.mark.parametrize("way", VERSIONS)
@pytest.mark.parametrize("kind", DEFECTS)
@pytest.mark.parametrize("name", ["ask", "step", "theirs"])
@pytest.mark.parametrize("opener", [h1, h2])
def test_require_ssl_verify_client_denies(both, pki, way, kind, name, opener):
    """Fresh, second request, and resumed; before and after our own places were visited."""
    name += ".example.test"
    theirs = name.startswith("theirs")
    if theirs and opener is h2:
        pytest.skip("mod_ssl alone decides there; test_loaded_but_not_configured compares")
    paths = ["/modssl", "/staff", "/both", "/modssl", "/open", "/modssl"]
    if opener is h2:
        paths = ["/modssl", "/open", "/modssl"]
    cert, session = getattr(pki, kind), None
    for _ in range(3):
        try:
            with opener(both.port, sni=name, cert=cert, session=session,
                        **VERSIONS[way]) as client:
                for path in paths:
                    check_denied(both, client.ask(path, host=name), path, name)
                # mod_ssl alone takes a resumed TLS 1.2 session under optional_no_ca for SUCCESS
                session = None if theirs else client.conn.session()
        except TlsError:
            assert theirs, "only mod_ssl's own host may answer with an alert"


def check_denied(both, answer, path, name):
    protected = {"/modssl", "/both", "/staff"} if name.startswith("step") else {"/modssl"}
    if path in protected:
        assert not both.oracle.ran(answer.case), both.oracle.lines(answer.case)
        assert answer.status == 403, answer
    for seen in both.oracle.lines(answer.case):
        assert seen["ssl_client_verify"] != "SUCCESS", seen
        assert seen["env"].get("SSL_CLIENT_VERIFY") != "SUCCESS", seen


@pytest.mark.parametrize("way", VERSIONS)
def test_partner_let_through_is_not_success(both, pki, way):
    """bob is good to mod_mtls at /partner and unknown to mod_ssl."""
    name = "ask.example.test"
    with h1(both.port, sni=name, cert=pki.bob, **VERSIONS[way]) as client:
        for path in ("/partner", "/open", "/partner"):
            seen = assert_ran(both, client.ask(path, host=name),
                              pki.bob if path == "/partner" else None)
            assert seen["ssl_client_verify"] != "SUCCESS"
        answer = client.ask("/modssl", host=name)
        assert answer.status == 403 and not both.oracle.ran(answer.case)


@pytest.mark.parametrize("way", VERSIONS)
@pytest.mark.parametrize("kind", [None] + DEFECTS + ["bob"])
def test_mod_ssl_verification_stays_in_force(both, pki, way, kind):
    """A location's MTLSVerifyClient does not soften the host's SSLVerifyClient require."""
    name = "force.example.test"
    cert = getattr(pki, kind) if kind else None
    for path in ("/open", "/staff", "/partner", "/modssl"):
        case = "force-%s-%s-%s" % (way, kind, path)
        with pytest.raises(TlsError):
            with h1(both.port, sni=name, cert=cert, **VERSIONS[way]) as client:
                client.ask(path, host=name, case=case)
        assert not both.oracle.ran(case)


@pytest.mark.parametrize("way", VERSIONS)
def test_certificate_that_mod_ssl_verified_is_proven(both, pki, way):
    """The host's own handshake proved alice: our location does not ask again."""
    name = "force.example.test"
    with h1(both.port, sni=name, cert=pki.alice, **VERSIONS[way]) as client:
        asked = client.conn.requests
        for _ in range(2):
            seen = assert_ran(both, client.ask("/staff", host=name), pki.alice)
            assert seen["ssl_client_verify"] == "SUCCESS"
            seen = assert_ran(both, client.ask("/modssl", host=name))
            assert seen["ssl_client_verify"] == "SUCCESS"
        assert client.conn.requests == asked == 1


@pytest.mark.parametrize("way", ["1.2", "1.3pha"])
def test_step_up_never_becomes_success(both, pki, way):
    """On a host where mod_ssl vouches, a stepped-up connection must not gain its blessing."""
    name = "force.example.test"
    with h1(both.port, sni=name, cert=pki.alice, **VERSIONS[way]) as client:
        assert_ran(both, client.ask("/staff", host=name), pki.alice)
        client.conn.use(pki.bob)
        answer = client.ask("/partner", host=name)
        for seen in both.oracle.lines(answer.case):
            assert seen["env"].get("MTLS_SUBJECT") == pki.bob.subject
            assert seen["ssl_client_verify"] != "SUCCESS" or "alice" in seen["ssl_client_s_dn"]
        for path in ("/modssl", "/open"):
            try:
                answer = client.ask(path, host=name)
            except TlsError:
                break
            for seen in both.oracle.lines(answer.case):
                assert "bob" not in (seen["ssl_client_s_dn"] or ""), seen
                assert seen["ssl_client_verify"] == "SUCCESS"


@pytest.mark.parametrize("way", ["1.2", "1.3pha"])
@pytest.mark.parametrize("kind", DEFECTS + ["bob"])
def test_mixed_places(both, pki, way, kind):
    """After our step-up with a bad certificate mod_ssl's own location and Require still deny."""
    name = "mixed.example.test"
    cert = getattr(pki, kind)
    with h1(both.port, sni=name, cert=cert, **VERSIONS[way]) as client:
        try:
            client.ask("/staff", host=name)
            client.ask("/partner", host=name)
            for path in ("/authz", "/modssl", "/authz"):
                answer = client.ask(path, host=name, case="mixed-%s-%s-%s" % (way, kind, path))
                assert answer.status in (403, 421)
        except TlsError:
            pass
    for path in ("/authz", "/modssl"):
        assert not both.oracle.ran("mixed-%s-%s-%s" % (way, kind, path))


@pytest.mark.parametrize("way", ["1.2", "1.3pha"])
def test_mod_ssl_location_still_grants(both, pki, way):
    name = "mixed.example.test"
    with h1(both.port, sni=name, cert=pki.alice, **VERSIONS[way]) as client:
        seen = assert_ran(both, client.ask("/modssl", host=name))
        assert seen["ssl_client_verify"] == "SUCCESS"
    with h1(both.port, sni=name, cert=pki.bob, **VERSIONS[way]) as client:
        assert_ran(both, client.ask("/partner", host=name, headers=[PROBLEM]), pki.bob)
    with h1(both.port, sni=name, cert=pki.bob, **VERSIONS[way]) as client:
        assert_refused(both, client.ask("/staff", host=name, headers=[PROBLEM]),
                       "untrusted-issuer")
