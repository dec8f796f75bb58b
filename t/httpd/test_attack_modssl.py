# SPDX-License-Identifier: Apache-2.0
"""mod_ssl's own protection, attacked with certificates that only mod_mtls let through."""
import pytest

from mtlstest.clients import h1, h2
from mtlstest.oracle import new_case
from mtlstest.server import Httpd
from mtlstest.sites import PARTNER, PROBLEM, STAFF, TRUST, assert_ran, location, vhost
from mtlstest.tls import TlsError

WAYS = {"1.2": dict(version="1.2"), "1.3": dict(version="1.3", pha=True)}
CA = "SSLCACertificateFile @PKI@/partner_root.leaf.pem\nSSLVerifyDepth 3\n"
LEGACY = location("/legacy", "SSLVerifyClient require")

# mod_ssl trusts partner at /legacy; mod_mtls knows staff, everywhere or at /staff
CONFIG = (
    "Protocols h2 http/1.1\n" + TRUST
    + 'LogFormat "%{X-Case}i %>s %{SSL_CLIENT_VERIFY}x" verify\n'
    "CustomLog @ROOT@/logs/verify.log verify\n"
    + vhost("around.example.test", CA + "MTLSVerifyClient optional\nMTLSAccept staff\n"
            "MTLSAskInHandshake never\n" + LEGACY + STAFF)
    + vhost("asked.example.test", CA + "MTLSVerifyClient optional\nMTLSAccept staff\n"
            + LEGACY + location("/refused", "SSLRequire false")
            + location("/satisfy", "Satisfy any", "Order deny,allow", "Deny from all",
                       "Require ssl-verify-client")
            + location("/satisfy-none", "MTLSVerifyClient none", "Satisfy any",
                       "Order deny,allow", "Deny from all", "Require ssl-verify-client")
            + location("/expr", "Require expr %{SSL_CLIENT_VERIFY} == 'SUCCESS'"))
    + vhost("beside.example.test", CA + LEGACY + STAFF
            + location("/quick", "SSLVerifyClient require", "SSLOptions +OptRenegotiate"))
    + vhost("nested.example.test", CA + STAFF
            + location("/staff/legacy", "SSLVerifyClient require"))
    + vhost("host.example.test", CA + "SSLVerifyClient optional\n" + STAFF
            + location("/both", "MTLSVerifyClient optional", "MTLSAccept staff",
                       "MTLSStepUp off")
            + location("/legacy", "SSLVerifyClient require")))


@pytest.fixture(scope="module")
def site(serve):
    return serve(CONFIG, modules=["http2", "access_compat", "authz_host"], name="legacy")


def try_ask(client, path, name, case):
    try:
        return client.ask(path, host=name, case=case, headers=[PROBLEM])
    except TlsError:
        return None


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name,path", [("around", "/legacy"), ("beside", "/legacy"),
                                       ("beside", "/quick"), ("nested", "/staff/legacy"),
                                       ("host", "/legacy")])
@pytest.mark.parametrize("kind", ["alice", "selfsigned"])
def test_step_up_after_mod_ssl_asked(site, pki, way, name, path, kind):
    """mod_ssl does not ask again where it has asked before: not even after the peer changed."""
    name += ".example.test"
    cert = getattr(pki, kind)
    other = "/staff/x" if name.startswith("nested") else "/staff"
    with h1(site.port, sni=name, cert=pki.bob, **WAYS[way]) as client:
        if path == "/staff/legacy":
            client.conn.use(pki.alice)
            try_ask(client, other, name, new_case())
        client.conn.use(pki.bob)
        try_ask(client, path, name, new_case())
        for _ in range(2):
            client.conn.use(cert)
            try_ask(client, other, name, new_case())
            case = new_case("after")
            answer = try_ask(client, path, name, case)
            for seen in site.oracle.lines(case):
                assert seen["ssl_client_verify"] == "SUCCESS" and "bob" in seen["ssl_client_s_dn"], (
                    "mod_ssl's place ran for a certificate mod_ssl never verified: %r" % seen)


def test_mod_ssl_can_still_ask_for_its_own(site, pki):
    """By renegotiation: on TLS 1.3 mod_ssl asks only once on a connection (SSL_VERIFY_CLIENT_ONCE)."""
    name = "around.example.test"
    with h1(site.port, sni=name, cert=pki.alice, version="1.2") as client:
        assert_ran(site, client.ask("/staff", host=name), pki.alice)
        client.conn.use(pki.bob)
        seen = assert_ran(site, client.ask("/legacy", host=name), pki.alice)
        assert seen["ssl_client_verify"] == "SUCCESS" and "bob" in seen["ssl_client_s_dn"]


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("opener", [h1, h2])
@pytest.mark.parametrize("kind", ["selfsigned", "bob"])
def test_let_through_in_the_handshake(site, pki, version, opener, kind):
    """bob would be good to mod_ssl, but mod_ssl never looked at him."""
    name, cert = "asked.example.test", getattr(pki, kind)
    for path in ("/satisfy", "/satisfy-none", "/expr"):
        with opener(site.port, sni=name, cert=cert, version=version) as client:
            for _ in range(2):
                answer = client.ask(path, host=name)
                assert not site.oracle.ran(answer.case), site.oracle.lines(answer.case)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("opener", [h1, h2])
def test_log_after_mod_ssl_refused(site, pki, version, opener):
    """mod_ssl resets the verify result before it refuses, and its refusal ends the access hooks."""
    name = "asked.example.test"
    with opener(site.port, sni=name, cert=pki.selfsigned, version=version) as client:
        answer = client.ask("/refused", host=name)
        assert answer.status == 403
    line = site.wait_for(lambda: [x for x in site._read(site.path("logs", "verify.log"))
                                  .splitlines() if x.startswith(answer.case + " ")])
    assert line and "SUCCESS" not in line[0], line


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_streams_race_for_mod_ssl(site, pki, version):
    """Many streams in mod_ssl's place while others run: none gets in on a let-through certificate."""
    name = "asked.example.test"
    with h2(site.port, sni=name, cert=pki.selfsigned, version=version) as client:
        for _ in range(20):
            ids = [client.start(path, host=name)
                   for _ in range(6) for path in ("/legacy", "/expr", "/open", "/satisfy")]
            client.finish(*ids)
            if client.streams[ids[0]].reset is not None and client.goaway is not None:
                break
        for stream in client.streams.values():
            for seen in site.oracle.lines(stream.case):
                assert seen["path"] == "/open" and seen["ssl_client_verify"] != "SUCCESS", seen


BELIEVES = "Require expr %{SSL_CLIENT_S_DN_CN} == 'alice'"


@pytest.mark.parametrize("line,accepted", [
    (BELIEVES, False),
    ("<RequireAny>\n" + BELIEVES + "\n</RequireAny>", False),
    ("Require expr %{SSL_CLIENT_VERIFY} == 'SUCCESS' && %{SSL_CLIENT_S_DN_CN} == 'alice'", True)])
def test_names_of_unverified_certificates_decide_nothing(pki, line, accepted):
    """Whoever shows a certificate at all would be who it says."""
    host = vhost("localhost", STAFF + location("/named", line))
    result = Httpd(pki, TRUST + host, name="believes").check()
    assert result.ok == accepted, result
    assert accepted or "SSL_CLIENT_VERIFY" in result.text
    if not accepted:
        apart = vhost("localhost", STAFF) + vhost("apart.example.test", location("/named", line))
        assert Httpd(pki, TRUST + apart, name="believes").check().ok, "another host's matter"
