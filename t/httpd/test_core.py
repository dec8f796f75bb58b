# SPDX-License-Identifier: Apache-2.0
"""Every way through the module once, on a prefork server with few children.

The other suites say what is right in depth; this one is short enough to be repeated under valgrind
(`make check-valgrind`) and under AddressSanitizer (`make check-asan-httpd`), which judge how the
module got there.  It ends with a graceful restart, so that a generation is replaced and freed.
"""
import base64
import os
import signal
import urllib.parse

import pytest

from mtlstest.clients import h1
from mtlstest.sites import (PARTNER, PROBLEM, STAFF, TRUST, assert_ran, assert_refused, location,
                            vhost)

FEW = ("StartServers 1\nServerLimit 4\nMinSpareServers 1\nMaxSpareServers 2\n"
       "MaxRequestWorkers 4\nMaxConnectionsPerChild 40\n")
WAYS = {"renegotiation": dict(version="1.2"), "post-handshake": dict(version="1.3", pha=True)}
VERSIONS = {"1.2": dict(version="1.2"), "1.3": dict(version="1.3")}
MEMORY, DISK = 4096, 65536
REQUIRE = ["MTLSVerifyClient require", "MTLSAccept staff"]
ASKED, LATER = "asked.example.test", "localhost"


def rules(pki):
    """A profile with everything a profile can say."""
    spki = base64.b64encode(bytes.fromhex(pki.device_spki.spki_sha256)).decode()
    return TRUST + """
<MTLSTrust rules>
  MTLSCACertificateFile @PKI@/staff_root.leaf.pem @PKI@/partner_root.leaf.pem
  MTLSIntermediateFile @PKI@/staff_ca.leaf.pem
  MTLSExtendedKeyUsage clientAuth strict
  MTLSMinKeySize rsa=2048 ec=256
  MTLSMinDigest sha256
  MTLSMaxLifetime 1830d
  MTLSVerifyDepth 3
</MTLSTrust>
<MTLSTrust pins>
  MTLSPin sha256:%s
  MTLSPin spki-sha256:%s
</MTLSTrust>
""" % (pki.device1.sha256, spki)


def places(pki):
    return "".join([
        STAFF, PARTNER,
        location("/optional", "MTLSVerifyClient optional", "MTLSAccept staff partner"),
        location("/many", "MTLSVerifyClient require", "MTLSAccept third pins rules partner"),
        location("/pins", "MTLSVerifyClient require", "MTLSAccept pins"),
        location("/body", "MTLSBodyBuffer %d %d" % (MEMORY, DISK), *REQUIRE),
        location("/all", "MTLSExport chain", *REQUIRE),
        location("/page", "ErrorDocument 403 /none/page", *REQUIRE),
        location("/authz", "Require mtls-valid", "Require mtls-trust staff",
                 "Require mtls-proof handshake post-handshake renegotiation",
                 "Require mtls-fingerprint sha256:" + pki.alice.sha256, *REQUIRE),
        location("/short", "MTLSStepUpTimeout 1s", *REQUIRE),
        location("/users", "MTLSMap conf/users.map", "AuthType mtls", "Require mtls-group ops",
                 *REQUIRE),
        location("/field", "MTLSUser email strip-realm upper", "AuthType mtls",
                 "Require valid-user", *REQUIRE),
        location("/explain", "SetHandler mtls-explain")])


MAP = """when email is alice@example.test then user "{email.local}" groups "{each o}", ops set level %d
when email matches "(?<who>a.*)@example.test" any-case then user "{$who}" groups ops
when cn like "ann?" then deny "Ask at the front desk."
"""


@pytest.fixture(scope="module")
def site(serve, pki):
    return serve(
        "MTLSReloadInterval 1s\n" + rules(pki) + vhost(LATER, places(pki))
        + vhost(ASKED, "MTLSAskInHandshake always\nMTLSVerifyClient optional\n"
                "MTLSAccept staff partner\n" + places(pki)),
        mpm="prefork", mpm_config=FEW, name="core", modules=["headers"],
        files={"conf/users.map": MAP % 1})


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


@pytest.fixture(params=VERSIONS)
def version(request):
    return VERSIONS[request.param]


def ask(client, path="/staff", host=LATER, **more):
    return client.ask(path, host=host, headers=[PROBLEM], **more)


def test_asked_in_the_handshake(site, pki, version):
    with h1(site.port, cert=pki.alice, sni=ASKED, **version) as client:
        for path in ("/staff", "/optional", "/many", "/authz"):
            assert_ran(site, ask(client, path, ASKED), pki.alice)
        session = client.conn.session()
    for _ in range(2):
        with h1(site.port, session=session, sni=ASKED, **version) as client:
            assert client.conn.resumed
            seen = assert_ran(site, ask(client, "/staff", ASKED), pki.alice)
            assert seen["env"]["MTLS_PROOF"] == "resumption"


@pytest.mark.parametrize("kind,words", [
    (None, {"declined", "no-certificate", "step-up-unavailable"}), ("foreign", "untrusted-issuer"),
    ("expired", "expired"), ("selfsigned", "self-signed"), ("serveronly", "wrong-purpose"),
    ("weak", "weak-key")])
def test_refused_after_the_handshake(site, pki, version, kind, words):
    cert = getattr(pki, kind) if kind else None
    with h1(site.port, cert=cert, sni=ASKED, **version) as client:
        assert_refused(site, ask(client, "/staff", ASKED), words)
        page = client.ask("/staff", host=ASKED)
        assert page.status == 403 and "html" in page.header("Content-Type")
        assert client.ask("/page", host=ASKED).status == 403


def test_step_up_to_two_identities(site, pki, way):
    with h1(site.port, cert=pki.alice, **way) as client:
        assert_ran(site, ask(client, "/optional"), pki.alice)
        client.conn.use(pki.bob)
        assert_ran(site, ask(client, "/partner"), pki.bob)
        client.conn.use(None)
        for path in ("/authz", "/staff", "/many"):
            assert_ran(site, ask(client, path), pki.bob if path == "/many" else pki.alice)
        session = client.conn.session()
    with h1(site.port, session=session, cert=pki.bob, **way) as client:
        assert_ran(site, ask(client, "/partner"), pki.bob)


@pytest.mark.parametrize("kind,words", [(None, "declined"), ("foreign", "untrusted-issuer")])
def test_step_up_refused_then_granted(site, pki, way, kind, words):
    with h1(site.port, cert=getattr(pki, kind) if kind else None, **way) as client:
        assert_refused(site, ask(client), words)
        assert client.ask("/staff").status == 403
        client.conn.use(pki.alice)
        assert_ran(site, ask(client), pki.alice)


def test_pinned_certificates(site, pki, way):
    for cert in (pki.device1, pki.device_spki):
        with h1(site.port, cert=cert, **way) as client:
            assert_ran(site, ask(client, "/pins"), cert)
    with h1(site.port, cert=pki.device2, **way) as client:
        assert_refused(site, ask(client, "/pins"), "not-pinned")


@pytest.mark.parametrize("size", [0, 1, MEMORY, MEMORY + 1, MEMORY + DISK])
def test_bodies(site, pki, way, size):
    data = bytes(range(251)) * (size // 251 + 1)
    with h1(site.port, cert=pki.alice, **way) as client:
        seen = assert_ran(site, ask(client, "/body", body=data[:size]), pki.alice)
        assert seen["body_len"] == size
    with h1(site.port, cert=pki.alice, **way) as client:
        parts = [data[i:min(i + 999, size)] for i in range(0, size, 999)]
        answer = client.ask_chunked("/body", parts, trailers=[("X-Tail", "1")])
        assert assert_ran(site, answer, pki.alice)["body_len"] == size


def test_body_too_large(site, pki, way):
    with h1(site.port, cert=pki.alice, **way) as client:
        answer = ask(client, "/body", body=b"x" * (MEMORY + DISK + 1))
        assert_refused(site, answer, "body-too-large", status=413)


def test_every_variable(site, pki, way):
    with h1(site.port, cert=pki.alice, **way) as client:
        env = assert_ran(site, ask(client, "/all"), pki.alice)["env"]
    assert {"MTLS_CERT", "MTLS_CHAIN_0", "MTLS_SAN_DNS_0", "MTLS_SPKI_SHA256"} <= set(env)


def test_users(site, pki, way):
    with h1(site.port, cert=pki.alice, **way) as client:
        for _ in range(3):
            env = assert_ran(site, ask(client, "/users"), pki.alice)["env"]
            assert (env["MTLS_USER"], env["MTLS_GROUPS"]) == ("alice", "mod_mtls tests,ops")
        seen = assert_ran(site, ask(client, "/field"), pki.alice)
        assert (seen["user"], seen["auth_type"]) == ("ALICE", "mtls")
    with h1(site.port, cert=pki.anna, **way) as client:
        assert_refused(site, ask(client, "/users"), "denied-by-rule")
        assert_refused(site, ask(client, "/field"), "user-absent")


def test_explained(site, pki, version):
    body = urllib.parse.urlencode({"cert": pki.alice.pem + pki.staff_ca.pem, "url": "/users"})
    with h1(site.port, sni=ASKED, **version) as client:
        for accept in ("application/json", "text/plain"):
            answer = client.ask("/explain", host=ASKED, method="POST", body=body.encode(), headers=[
                ("Content-Type", "application/x-www-form-urlencoded"), ("Accept", accept)])
            assert answer.status == 200 and b"alice" in answer.body


def test_the_map_is_replaced(site, pki):
    """A connection that stays open is told what the new rules say; the old ones are freed."""
    with h1(site.port, cert=pki.alice, sni=ASKED, version="1.3") as client:
        for level in (2, 3):
            path = site.write("conf/new.map", MAP % level)
            os.rename(path, site.path("conf/users.map"))
            assert site.wait_for(lambda: assert_ran(
                site, ask(client, "/users", ASKED),
                pki.alice)["env"]["MTLS_ATTR_LEVEL"] == str(level), 60)


def test_silence_ends_at_the_deadline(site, pki, way):
    """The client never reads what it is asked; the server must give up and free what it holds."""
    with h1(site.port, cert=pki.alice, **way) as client:
        head, case = client.head("/short")
        client.conn.send(head)
        assert site.wait_for(lambda: "step-up-timeout" in site.log_tail(), 60), "no word of the deadline"
        assert site.access(case) and not site.oracle.ran(case)


def test_client_vanishes(site, pki, way):
    client = h1(site.port, cert=pki.alice, **way)
    assert_ran(site, ask(client, "/open"))  # tickets are read, or the request might never be
    head, case = client.head("/staff")
    client.conn.send(head)
    client.conn.abort()
    assert site.access(case), "the request does not end"
    assert not site.oracle.ran(case)


def test_graceful_restart(site, pki, way):
    """New children with a new generation; sessions of the old one are judged again."""
    with h1(site.port, cert=pki.alice, **way) as client:
        assert_ran(site, ask(client), pki.alice)
    before = max(1, site.log().count("resuming normal operations"))  # the start's own may be on its way
    site.process.send_signal(signal.SIGUSR1)
    assert site.wait_for(lambda: site.log().count("resuming normal operations") > before, 60)
    with h1(site.port, cert=pki.alice, **way) as client:
        assert_ran(site, ask(client), pki.alice)
