# SPDX-License-Identifier: Apache-2.0
"""Asking later: post-handshake authentication and renegotiation, and every way they can go wrong.

T-P01 T-P03 T-P07 T-P09 T-P10 T-P11 T-P12 T-P13 T-P14 T-V09 T-D01 F-30 F-34 F-36 F-38.  What no normal client can
send (T-P04, T-P05, T-P06, T-P08, T-D02, F-31) is in test_raw_*.py.
"""
import select
import socket
import threading
import time

import pytest

from mtlstest.clients import curl, h1, s_client
from mtlstest.oracle import new_case
from mtlstest.server import Httpd
from mtlstest.sites import (PARTNER, PROBLEM, STAFF, TRUST, assert_ran, assert_refused, location,
                            reason, vhost)
from mtlstest.tls import TlsError

WAYS = {"renegotiation": dict(version="1.2"), "post-handshake": dict(version="1.3", pha=True)}

PLACES = (
    STAFF + PARTNER
    + location("/optional", "MTLSVerifyClient optional", "MTLSAccept staff")
    + location("/off", "MTLSVerifyClient require", "MTLSAccept staff", "MTLSStepUp off")
    + location("/only-pha", "MTLSVerifyClient require", "MTLSAccept staff",
               "MTLSStepUp post-handshake")
    + location("/only-reneg", "MTLSVerifyClient require", "MTLSAccept staff",
               "MTLSStepUp renegotiate")
    + location("/turned", "MTLSVerifyClient require", "MTLSAccept staff",
               "MTLSStepUp renegotiate post-handshake")
    + location("/known", "MTLSVerifyClient optional", "MTLSAccept staff", "MTLSStepUp off")
    + """
<If "%{QUERY_STRING} =~ /staff/">
  MTLSVerifyClient require
  MTLSAccept staff
</If>
<Directory @ROOT@/htdocs/dir>
  MTLSVerifyClient require
  MTLSAccept staff
</Directory>
<Location /dir>
  SetHandler none
</Location>
<Location /dir/index.oracle>
  SetHandler oracle
</Location>
<Location /index-elsewhere/>
  SetHandler none
  DirectoryIndex /staff/index.html
</Location>
<Location /include.shtml>
  SetHandler none
  AddType text/html .shtml
  AddOutputFilter INCLUDES .shtml
  Options +Includes
</Location>
<Location /error-protected>
  Require all denied
  ErrorDocument 403 /staff/error
</Location>
<Location /error-open>
  MTLSVerifyClient require
  MTLSAccept staff
  ErrorDocument 403 /open-error
</Location>
DirectoryIndex index.oracle
""")


@pytest.fixture(scope="module")
def site(serve):
    httpd = serve(
        TRUST + "MTLSStepUpLimit waiters=100 attempts=3\nSetHandler none\n"
        + vhost("localhost", PLACES)
        + "<VirtualHost *:@PLAIN@>\nServerName localhost\nSetHandler oracle\n" + STAFF
        + "</VirtualHost>\n",
        modules=["dir", "include", "mime", "http2"], name="stepup")
    httpd.write("htdocs/dir/index.oracle", "x")
    httpd.write("htdocs/index-elsewhere/x", "x")
    httpd.write("htdocs/include.shtml", 'before <!--#include virtual="/staff/part" --> after')
    return httpd


def staff(client, path="/staff", **more):
    return client.ask(path, headers=[PROBLEM], **more)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("path", ["/staff", "/optional", "/turned", "/x?staff"])
def test_granted_and_not_asked_again(site, pki, way, path):
    with h1(site.port, cert=pki.alice, **WAYS[way]) as client:
        assert_ran(site, staff(client, "/open"))
        assert client.conn.requests == 0
        for _ in range(3):
            assert_ran(site, staff(client, path), pki.alice)
        assert client.conn.requests == 1
        assert_ran(site, staff(client, "/open"))  # a place that does not ask is not told


@pytest.mark.parametrize("way", WAYS)
def test_directory_context(site, pki, way):
    with h1(site.port, cert=pki.alice, **WAYS[way]) as client:
        assert_ran(site, staff(client, "/dir/index.oracle"), pki.alice)
    with h1(site.port, **WAYS[way]) as client:
        assert_refused(site, staff(client, "/dir/index.oracle"), "declined")


@pytest.mark.parametrize("way,path,granted", [
    ("renegotiation", "/only-reneg", True), ("renegotiation", "/only-pha", False),
    ("post-handshake", "/only-pha", True), ("post-handshake", "/only-reneg", False),
    ("renegotiation", "/off", False), ("post-handshake", "/off", False)])
def test_order_and_off(site, pki, way, path, granted):
    with h1(site.port, cert=pki.alice, **WAYS[way]) as client:
        answer = staff(client, path)
        if granted:
            assert_ran(site, answer, pki.alice)
        else:
            assert_refused(site, answer, {"step-up-unavailable", "no-certificate"})
            assert client.conn.requests == 0, "asked although it was not allowed"


@pytest.mark.parametrize("kind,words", [
    (None, "declined"), ("foreign", "untrusted-issuer"), ("expired", "expired"),
    ("selfsigned", "self-signed"), ("serveronly", "wrong-purpose")])
@pytest.mark.parametrize("way", WAYS)
def test_T_P01_second_request_after_a_refusal(site, pki, way, kind, words):
    cert = getattr(pki, kind) if kind else None
    with h1(site.port, cert=cert, **WAYS[way]) as client:
        for _ in range(3):
            assert_refused(site, staff(client), words)
            assert_ran(site, staff(client, "/open"))


@pytest.mark.parametrize("way", WAYS)
def test_refused_then_right_certificate(site, pki, way):
    """A person who chose the wrong card gets another try on the same connection."""
    with h1(site.port, cert=pki.foreign, **WAYS[way]) as client:
        assert_refused(site, staff(client), "untrusted-issuer")
        client.conn.use(pki.alice)
        assert_ran(site, staff(client), pki.alice)
        client.conn.use(None)
        assert_ran(site, staff(client), pki.alice)
        assert client.conn.requests == 2


@pytest.mark.parametrize("way", WAYS)
def test_decline_and_limit(site, way):
    with h1(site.port, **WAYS[way]) as client:
        for _ in range(6):
            assert_refused(site, staff(client), "declined")
        assert client.conn.requests == 3, "MTLSStepUpLimit attempts=3"
        assert_ran(site, staff(client, "/optional"))
        assert client.conn.requests == 3


@pytest.mark.parametrize("way", WAYS)
def test_two_identities_on_one_connection(site, pki, way):
    with h1(site.port, cert=pki.alice, **WAYS[way]) as client:
        assert_ran(site, staff(client), pki.alice)
        client.conn.use(pki.bob)
        assert_ran(site, staff(client, "/partner"), pki.bob)
        client.conn.use(None)
        for _ in range(2):
            assert_ran(site, staff(client, "/staff"), pki.alice)
            assert_ran(site, staff(client, "/partner"), pki.bob)
        assert client.conn.requests == 2


@pytest.mark.parametrize("way", WAYS)
def test_identity_of_another_place_is_not_enough(site, pki, way):
    with h1(site.port, cert=pki.bob, **WAYS[way]) as client:
        assert_ran(site, staff(client, "/partner"), pki.bob)
        client.conn.use(None)
        assert_refused(site, staff(client), {"declined", "untrusted-issuer"})


@pytest.mark.parametrize("way", WAYS)
def test_stepped_up_session_resumes(site, pki, way):
    with h1(site.port, cert=pki.alice, **WAYS[way]) as client:
        assert_ran(site, staff(client), pki.alice)
        session = client.conn.session()
    with h1(site.port, session=session, **WAYS[way]) as client:
        answer = staff(client)
        if client.conn.requests:
            assert_refused(site, answer, "declined")
        else:
            assert client.conn.resumed, "granted by a connection that proved nothing"
            seen = assert_ran(site, answer, pki.alice)
            assert seen["env"]["MTLS_PROOF"] == "resumption"


@pytest.mark.parametrize("kind", [None, "foreign", "expired"])
@pytest.mark.parametrize("way", WAYS)
def test_T_V09_refused_session_proves_nothing(site, pki, way, kind):
    cert = getattr(pki, kind) if kind else None
    with h1(site.port, cert=cert, **WAYS[way]) as client:
        assert staff(client).status == 403
        session = client.conn.session()
    with h1(site.port, session=session, **WAYS[way]) as client:
        assert way != "renegotiation" or not client.conn.resumed
        assert_refused(site, staff(client), {"declined", "untrusted-issuer", "expired"})
        assert_ran(site, staff(client, "/optional"))
    with h1(site.port, session=session, cert=pki.alice, **WAYS[way]) as client:
        assert_ran(site, staff(client), pki.alice)


def test_without_pha_unavailable(site, pki):
    with h1(site.port, version="1.3", cert=pki.alice) as client:
        assert_refused(site, staff(client), "step-up-unavailable")
        assert_ran(site, staff(client, "/optional"))


@pytest.mark.parametrize("more", [[], [("Connection", "Upgrade"), ("Upgrade", "TLS/1.0")]])
def test_T_P09_no_tls_at_all(site, more):
    class Plain:
        alerts = ()

        def __init__(self):
            self.sock = socket.create_connection(("127.0.0.1", site.plain), 30)
            self.send, self.recv = self.sock.sendall, lambda: self.sock.recv(65536)
            self.close = self.sock.close

    from mtlstest.http1 import Http1
    with Http1(Plain()) as client:
        assert_ran(site, client.ask("/open", headers=more))
        assert_refused(site, client.ask("/staff", headers=more + [PROBLEM]), "not-tls")


def test_T_P14_http_on_the_tls_port(site):
    with socket.create_connection(("127.0.0.1", site.port), 30) as plain:
        case = new_case()
        plain.sendall(b"GET /staff HTTP/1.1\r\nHost: localhost\r\nX-Case: %s\r\n\r\n"
                      % case.encode())
        data = b""
        while True:
            piece = plain.recv(65536)
            if not piece:
                break
            data += piece
    assert b" 400 " in data.split(b"\r\n", 1)[0]
    assert not site.oracle.ran(case)


# subrequests, T-P12

@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("path", ["/dir/", "/index-elsewhere/"])
def test_T_P12_index_is_protected(site, pki, way, path):
    with h1(site.port, **WAYS[way]) as client:
        answer = staff(client, path)
        assert answer.status in (403, 404)
        assert not site.oracle.ran(answer.case)
    with h1(site.port, cert=pki.alice, **WAYS[way]) as client:
        answer = staff(client, path)
        assert client.conn.requests <= 1, "a subrequest asked again"
        for seen in site.oracle.lines(answer.case):
            assert seen["env"].get("MTLS_SUBJECT") == pki.alice.subject
        if path == "/dir/":
            assert answer.status == 200
            assert site.oracle.ran(answer.case)


@pytest.mark.parametrize("way", WAYS)
def test_T_P12_include_is_protected(site, pki, way):
    with h1(site.port, **WAYS[way]) as client:
        answer = staff(client, "/include.shtml")
        assert answer.status == 200 and b"before" in answer.body
        assert not site.oracle.ran(answer.case)
    with h1(site.port, cert=pki.alice, **WAYS[way]) as client:
        assert_ran(site, staff(client), pki.alice)
        answer = staff(client, "/include.shtml")
        assert b"before" in answer.body and b"after" in answer.body
        assert site.oracle.one(answer.case)["env"]["MTLS_SUBJECT"] == pki.alice.subject
        assert client.conn.requests == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("path,status", [("/include.shtml", 200), ("/error-protected", 403)])
def test_T_P12_nested_requests_do_not_ask(site, pki, way, path, status):
    """A part of a page, or an error page, begins no step-up, and runs for nobody unproven."""
    with h1(site.port, cert=pki.alice, **WAYS[way]) as client:
        answer = staff(client, path)
        assert answer.status == status
        assert client.conn.requests == 0, "a nested request asked"
        assert not site.oracle.ran(answer.case)


@pytest.mark.parametrize("way", WAYS)
def test_T_P12_error_document_is_protected(site, pki, way):
    with h1(site.port, **WAYS[way]) as client:
        answer = staff(client, "/error-protected")
        assert answer.status == 403
        assert not site.oracle.ran(answer.case), "an error page in a protected place ran"
    with h1(site.port, **WAYS[way]) as client:
        answer = staff(client, "/error-open")
        assert answer.status == 403
        seen = site.oracle.one(answer.case)
        assert (seen["path"], seen["redirected"]) == ("/open-error", 1)
        assert seen["env"].get("REDIRECT_MTLS_REASON") == "declined"
        assert client.conn.requests == 1


# bytes that arrived too early

@pytest.mark.parametrize("way", WAYS)
def test_T_P07_F_34_pipelined_request_has_no_identity(site, pki, way):
    with h1(site.port, cert=pki.alice, **WAYS[way]) as client:
        assert_ran(site, staff(client, "/known"))  # tells who is known, asks nobody
        first, first_case = client.head("/staff", headers=[PROBLEM])
        second, second_case = client.head("/known", headers=[PROBLEM])
        client.conn.send(first + second)
        answer = client.read(first_case)
        if way == "post-handshake":
            assert_ran(site, answer, pki.alice)
        else:
            assert answer.status in (200, 403)
        try:
            client.read(second_case)
        except TlsError:
            pass
    for seen in site.oracle.lines(second_case):
        assert "MTLS_SUBJECT" not in seen["env"], "earlier bytes ran as %r" % seen["env"]


def test_T_D01_client_renegotiation_is_refused(site, pki):
    for step_up_first in (False, True):
        with h1(site.port, version="1.2", cert=pki.alice) as client:
            assert client.conn.secure_renegotiation
            if step_up_first:
                assert_ran(site, staff(client), pki.alice)
            case = new_case()
            with pytest.raises(TlsError):
                client.conn.renegotiate()
                client.ask("/open", case=case)
            assert not site.oracle.ran(case)
    with h1(site.port) as client:
        assert_ran(site, staff(client, "/open"))


def test_key_update_before_the_request(site, pki):
    with h1(site.port, version="1.3", pha=True, cert=pki.alice) as client:
        assert_ran(site, staff(client, "/open"))
        client.conn.key_update()
        assert_ran(site, staff(client), pki.alice)
        client.conn.key_update()
        assert_ran(site, staff(client), pki.alice)


def test_F_36_client_leaves_when_asked(site, pki):
    cases = []
    for way in WAYS.values():
        for leave in ("close", "abort"):
            client = h1(site.port, cert=pki.alice, **way)
            # tickets that nobody has read would be a reset, and the request would never be seen
            assert_ran(site, staff(client, "/open"))
            head, case = client.head("/staff")
            client.conn.send(head)
            getattr(client.conn, leave)()
            cases.append(case)
    for case in cases:
        assert site.access(case), "the request does not end"
        assert not site.oracle.ran(case)
    with h1(site.port) as client:
        assert_ran(site, staff(client, "/open"))


# programs

def test_curl_comes_back_from_http2(site, pki, serve):
    two = serve("Protocols h2 http/1.1\n" + TRUST + vhost("localhost", STAFF), modules=["http2"],
                name="curl")
    answer = curl(two.port, "/staff", "--http2", cert=pki.alice)
    assert (answer.status, answer.http) == (200, "1.1"), answer
    assert two.oracle.one(answer.case)["env"]["MTLS_SUBJECT"] == pki.alice.subject
    for version in ("--tlsv1.3", "--tls-max"):
        options = ["--http1.1"] + ([version] if version == "--tlsv1.3" else [version, "1.2"])
        answer = curl(site.port, "/staff", *options, cert=pki.alice)
        assert site.oracle.one(answer.case)["env"]["MTLS_SUBJECT"] == pki.alice.subject


def test_openssl_s_client(site, pki):
    case = new_case()
    text = s_client(site.port, "-tls1_3", "-enable_pha", "-cert", pki.alice.file, "-key",
                    pki.alice.key_file, "-cert_chain", pki.alice.file,
                    send=b"GET /staff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                         b"X-Case: %s\r\n\r\n" % case.encode())
    assert site.oracle.one(case)["env"]["MTLS_SUBJECT"] == pki.alice.subject
    assert "Max Early Data: 0" in text, "T-P10: early data must not be on"


# limits: a server of its own, where few may wait, and in places not for long

SLOW = ("MTLSStepUpLimit waiters=2\nMTLSStepUpTimeout 120s\nTimeout 120\n" + TRUST
        + vhost("localhost", STAFF + location(
            "/hasty", "MTLSVerifyClient require", "MTLSAccept staff", "MTLSStepUpTimeout 1s")
        + location("/welcome", "MTLSVerifyClient optional", "MTLSAccept staff", "MTLSStepUpTimeout 1s")))


@pytest.fixture(scope="module")
def slow(serve):
    return serve(SLOW, name="slow")


def stall(site, pki, path, way):
    """A client that has been sent the certificate request, and never reads it."""
    client = h1(site.port, cert=pki.alice, **WAYS[way])
    assert_ran(site, staff(client, "/open"))  # what was sent before is read
    head, case = client.head(path, headers=[PROBLEM])
    client.conn.send(head)
    assert select.select([client.conn.sock], [], [], 30)[0], "nobody is asked"
    return client, case


@pytest.mark.parametrize("way", WAYS)
def test_F_30_total_deadline(slow, pki, way):
    start = len(slow.log())
    began = time.monotonic()
    client, case = stall(slow, pki, "/hasty", way)
    said = slow.wait_for(lambda: "step-up-timeout" in slow.log()[start:], 30)
    took = time.monotonic() - began
    assert said, "no decision line of step-up-timeout"
    assert 0.9 < took < 10, "the deadline is 1 s, it took %.1f s" % took
    try:
        answer = client.read(case)
        assert_refused(slow, answer, "step-up-timeout")
        assert client.closed(), "a connection with an open exchange cannot go on"
    except TlsError:
        pass
    client.conn.close()
    assert not slow.oracle.ran(case)


def test_F_30_silence_where_a_certificate_is_only_welcome(slow, pki):
    """TLS 1.3 can still carry the answer: served without an identity, then the connection ends."""
    client, case = stall(slow, pki, "/welcome", "post-handshake")
    assert slow.wait_for(lambda: slow.oracle.ran(case), 30)
    assert "MTLS_SUBJECT" not in slow.oracle.one(case)["env"]
    client.conn.abort()


def until(wanted, ask, seconds=30):
    """Repeat a request until its status is the wanted one."""
    answer = ask()
    deadline = time.monotonic() + seconds
    while answer.status != wanted and time.monotonic() < deadline:
        answer = ask()
    assert answer.status == wanted, "never %d: %r" % (wanted, answer)
    return answer


@pytest.mark.parametrize("way", WAYS)
def test_F_30_cap_on_waiters(slow, pki, way):
    proven = h1(slow.port, cert=pki.alice, **WAYS[way])
    assert_ran(slow, staff(proven), pki.alice)

    def fresh():
        with h1(slow.port, cert=pki.alice, **WAYS[way]) as client:
            return staff(client)

    waiting = [stall(slow, pki, "/staff", way) for _ in range(2)]
    answer = fresh()
    assert answer.status == 503, answer
    assert not slow.oracle.ran(answer.case)
    assert reason(answer) == "overloaded"
    assert answer.header("Retry-After").isdigit()
    began, start = time.monotonic(), len(slow.log())
    for _ in range(20):
        assert fresh().status == 503
    warned = slow.log()[start:].count("[mtls:warn]")
    assert warned <= 1 + (time.monotonic() - began) / 10, "a client can fill the log: %d" % warned
    assert_ran(slow, staff(proven), pki.alice)
    with h1(slow.port) as client:
        assert_ran(slow, staff(client, "/open"))
    with h1(slow.port, cert=pki.alice, **WAYS[way]) as client:
        assert_ran(slow, staff(client, "/welcome"))  # only welcome: served, not asked
    for client, case in waiting:
        client.conn.abort()
        assert slow.access(case), "who has left still waits"
        assert not slow.oracle.ran(case)
    until(200, fresh)
    proven.close()


def test_T_P13_many_threads_two_identities(serve, pki):
    """64 clients at once, half alice and half bob, fresh and resumed: nobody is the other."""
    # event closes connections that are kept alive when no thread is idle: three for each client
    threads = "ThreadLimit 200\nThreadsPerChild 200\nMaxRequestWorkers 200\n"
    site = serve("MTLSStepUpLimit waiters=80\n" + TRUST + vhost("localhost", STAFF + PARTNER),
                 name="crowd", mpm_config="StartServers 1\nServerLimit 1\n" + threads
                 + "MinSpareThreads 1\nMaxSpareThreads 200\n")
    wrong, lock = [], threading.Lock()

    def visit(number):
        cert, path = ((pki.alice, "/staff"), (pki.bob, "/partner"))[number % 2]
        way = WAYS["renegotiation" if number % 4 < 2 else "post-handshake"]
        session = None
        try:
            for _ in range(3):
                with h1(site.port, cert=cert, session=session, timeout=60, **way) as client:
                    for _ in range(2):
                        answer = staff(client, path)
                        seen = site.oracle.one(answer.case)
                        if seen["env"].get("MTLS_SUBJECT") != cert.subject or answer.json != seen:
                            raise AssertionError(seen)
                    session = client.conn.session()
        except Exception as problem:  # every failure of a thread is the test's
            with lock:
                wrong.append("%d: %r" % (number, problem))

    threads = [threading.Thread(target=visit, args=(i,)) for i in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, "\n".join(wrong[:5])


def test_T_P11_after_hello_retry_request(pki):
    config = (TRUST + vhost("localhost", "SSLOpenSSLConfCmd Groups P-384\n" + STAFF + location(
        "/first", "MTLSVerifyClient optional", "MTLSAccept staff")))
    with Httpd(pki, config, name="hrr") as retry:
        with h1(retry.port, version="1.3", pha=True, cert=pki.alice) as client:
            assert client.conn.messages.count((False, 2)) == 2, "there was no retry"
            assert_ran(retry, staff(client), pki.alice)
            assert client.conn.version == "TLSv1.3"
        with h1(retry.port, version="1.3", cert=pki.alice) as client:
            assert_refused(retry, staff(client), "step-up-unavailable")


def test_F_38_upgrade_is_decided_before_101(site, pki):
    headers = [PROBLEM, ("Connection", "Upgrade"), ("Upgrade", "websocket"),
               ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]
    for way in WAYS.values():
        with h1(site.port, **way) as client:
            assert_refused(site, client.ask("/staff", headers=headers), "declined")
        with h1(site.port, cert=pki.alice, **way) as client:
            assert_ran(site, client.ask("/staff", headers=headers), pki.alice)
