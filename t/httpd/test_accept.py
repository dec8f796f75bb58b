# SPDX-License-Identifier: Apache-2.0
"""What an administrator combines: ErrorDocument with HTTP/2, upgrades behind a step-up, every type
of alternative name, look-ups from other modules, one decision line for each request.  F-38 T-P12."""
import ipaddress
import re
import socket
import threading

import pytest
from cryptography import x509

from mtlstest.clients import curl, h1, h2
from mtlstest.sites import (PARTNER, PROBLEM, STAFF, TRUST, assert_ran, assert_refused, location,
                            vhost)

WAYS = {"renegotiation": dict(version="1.2"), "post-handshake": dict(version="1.3", pha=True)}
UPN = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
REQUIRE = ["MTLSVerifyClient require", "MTLSAccept staff"]
OPTIONAL = ["MTLSVerifyClient optional", "MTLSAccept staff partner"]

# where an ErrorDocument leads, by path
DOCUMENTS = {"/text": '"own words"', "/local": "/open/page", "/protected": "/staff/page",
             "/elsewhere": "https://other.example.test/page", "/broken": "/none/at/all"}


class WebSocketBackend:
    """Answers 101 to whoever comes and then echoes; remembers how many came."""

    def __init__(self):
        self.visits = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.visits += 1
            threading.Thread(target=self._echo, args=(peer,), daemon=True).start()

    @staticmethod
    def _echo(peer):
        with peer:
            head = b""
            while b"\r\n\r\n" not in head:
                data = peer.recv(4096)
                if not data:
                    return
                head += data
            peer.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                         b"Connection: Upgrade\r\n\r\n")
            while data := peer.recv(4096):
                peer.sendall(b"echo " + data)


@pytest.fixture(scope="module")
def backend():
    one = WebSocketBackend()
    yield one
    one.listener.close()


@pytest.fixture(scope="module")
def site(serve, pki, backend):
    pki.issue("names", pki.staff_ca, sans=[
        x509.DNSName("one.example.test"), x509.RFC822Name("a@example.test"),
        x509.DNSName("two.example.test"), x509.RFC822Name("b@example.test"),
        x509.UniformResourceIdentifier("spiffe://example.test/a"),
        x509.IPAddress(ipaddress.ip_address("192.0.2.7")),
        x509.IPAddress(ipaddress.ip_address("2001:db8::7")),
        x509.DirectoryName(pki.staff_root.certificate.subject),
        x509.RegisteredID(x509.ObjectIdentifier("1.2.3.4")),
        x509.OtherName(UPN, b"\x0c\x0falice@corp.test"),
        x509.OtherName(x509.ObjectIdentifier("1.2.3.5"), b"\x0c\x01x")])
    places = STAFF + PARTNER + location("/open", "MTLSVerifyClient none")
    places += "".join(location(path, "ErrorDocument 403 " + document, *REQUIRE)
                      for path, document in DOCUMENTS.items())
    places += location("/ws", *REQUIRE)
    places += location("/all", "<RequireAll>", "Require mtls-valid", "Require mtls-trust staff",
                       "<RequireNone>", "Require mtls-proof resumption", "</RequireNone>",
                       "</RequireAll>", *OPTIONAL)
    places += location("/header", 'Header always set X-S "%{MTLS_SAN_DNS_1}s"',
                       'Header always set X-E "%{MTLS_SAN_DNS_1}e"',
                       "Header always set X-If yes \"expr=%{MTLS_PROFILE} == 'staff'\"", *OPTIONAL)
    places += ("<If \"%{REQUEST_URI} =~ m#^/if/# && %{MTLS_PROFILE} == 'staff'\">\n"
               "Header always set X-Known staff\n</If>\n" + location("/if", *OPTIONAL))
    body = (places + "ProxyPass /ws http://127.0.0.1:%d/ upgrade=websocket\n" % backend.port)
    return serve(
        "Protocols h2 http/1.1\nLogFormat \"%{X-Case}i|%{MTLS_SAN_DNS_0}e|%{MTLS_REASON}e\" two\n"
        "CustomLog @ROOT@/logs/vars.log two\n" + TRUST
        + vhost("first.example.test", "MTLSAskInHandshake always\nMTLSAccept staff partner\n" + body)
        + vhost("later.example.test", body)
        + vhost("strict.example.test", "\n".join(REQUIRE) + "\n"),
        modules=["http2", "headers", "proxy", "proxy_http", "setenvif"], name="accept")


FIRST, LATER, STRICT = "first.example.test", "later.example.test", "strict.example.test"


# HTTP/2: an error page of the administrator's must not hide HTTP_1_1_REQUIRED

@pytest.mark.parametrize("path", DOCUMENTS)
def test_error_document_does_not_keep_a_client_on_http2(site, pki, path):
    answer = curl(site.port, path, "--http2", cert=pki.alice, host=LATER)
    assert (answer.status, answer.http) == (200, "1.1"), answer
    assert_ran(site, answer, pki.alice)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_error_document_after_coming_back_from_http2(site, pki, path):
    """The refusal at the end is the administrator's page again, once."""
    answer = curl(site.port, path, "--http2", cert=pki.foreign, host=LATER)
    assert answer.http == "1.1"
    assert answer.status == {"/elsewhere": 302}.get(path, 403), answer
    if path == "/text":
        assert answer.body == b"own words"
    ran = [x["path"] for x in site.oracle.lines(answer.case)]
    assert ran == {"/local": ["/open/page"], "/broken": ["/none/at/all"]}.get(path, [])


def test_error_document_protected_is_served_to_whom_it_admits(site, pki):
    """/staff/page as error document of a place for others: decided for itself."""
    with h1(site.port, sni=LATER, cert=pki.alice, **WAYS["post-handshake"]) as client:
        assert_ran(site, client.ask("/staff", host=LATER), pki.alice)
        assert_ran(site, client.ask("/protected", host=LATER), pki.alice)


# F-38: the decision comes before 101

def upgrade(client, case_path="/ws", **more):
    return client.ask(case_path, host=LATER, headers=[
        ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="), PROBLEM], **more)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", [None, "foreign", "expired"])
def test_F_38_upgrade_is_decided_before_101(site, pki, backend, way, kind):
    visits = backend.visits
    cert = getattr(pki, kind) if kind else None
    with h1(site.port, sni=LATER, cert=cert, **WAYS[way]) as client:
        answer = upgrade(client)
        assert_refused(site, answer, {"declined", "untrusted-issuer", "expired"})
        assert not [x for x in answer.interim if x == 101]
    assert backend.visits == visits, "the backend was reached"


@pytest.mark.parametrize("way", WAYS)
def test_F_38_upgrade_after_a_step_up(site, pki, backend, way):
    visits = backend.visits
    with h1(site.port, sni=LATER, cert=pki.alice, **WAYS[way]) as client:
        head, _ = client.head("/ws", host=LATER, headers=[
            ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")])
        client.conn.send(head)
        seen = b""
        while b"\r\n\r\n" not in seen:
            data = client.conn.recv()
            assert data, "closed after %r" % seen
            seen += data
        assert seen.startswith(b"HTTP/1.1 101 "), seen
        client.conn.send(b"hello")
        rest = seen.split(b"\r\n\r\n", 1)[1]
        while len(rest) < len(b"echo hello"):
            rest += client.conn.recv() or pytest.fail("tunnel closed")
        assert rest == b"echo hello"
    assert backend.visits == visits + 1


@pytest.mark.parametrize("way", WAYS)
def test_F_38_connect_reaches_nothing(site, pki, backend, way):
    visits = backend.visits
    with h1(site.port, sni=STRICT, **WAYS[way]) as client:
        answer = client.ask(STRICT + ":%d" % backend.port, method="CONNECT", host=STRICT,
                            headers=[PROBLEM])
        assert_refused(site, answer, {"no-certificate", "declined"})
    assert backend.visits == visits


# telling

@pytest.mark.parametrize("opener", [h1, h2])
def test_every_type_of_alternative_name(site, pki, opener):
    with opener(site.port, sni=FIRST, cert=pki.names) as client:
        env = assert_ran(site, client.ask("/staff", host=FIRST), pki.names)["env"]
    told = {k[len("MTLS_SAN_"):]: v for k, v in env.items() if k.startswith("MTLS_SAN_")}
    other = told.pop("OTHER_0")
    assert other == "1.2.3.5=#0C0178"
    assert told == {
        "DNS_0": "one.example.test", "DNS_1": "two.example.test", "EMAIL_0": "a@example.test",
        "EMAIL_1": "b@example.test", "URI_0": "spiffe://example.test/a", "IP_0": "192.0.2.7",
        "IP_1": "2001:db8::7", "DIRNAME_0": pki.staff_root.subject, "RID_0": "1.2.3.4",
        "UPN_0": "alice@corp.test"}


@pytest.mark.parametrize("opener", [h1, h2])
def test_headers_and_sections_see_the_variables(site, pki, opener):
    with opener(site.port, sni=FIRST, cert=pki.names) as client:
        answers = [client.ask(p, host=FIRST) for p in ("/header", "/if/x")]
        assert [a.status for a in answers] == [200, 200]
        first, second = (a.response if opener is h2 else a for a in answers)
        assert first.header("X-S") == first.header("X-E") == "two.example.test"
        assert first.header("X-If") == "yes"
        assert second.header("X-Known") == "staff", "<If> before the decision sees the proof"
    with opener(site.port, sni=FIRST, cert=pki.bob) as client:
        answer = client.ask("/if/x", host=FIRST)
        assert (answer.response if opener is h2 else answer).header("X-Known") is None
        answer = client.ask("/header", host=FIRST)
        response = answer.response if opener is h2 else answer
        assert response.header("X-If") is None
        assert response.header("X-S") in (None, "", "(null)")
        lines = site.wait_for(lambda: [x for x in open(site.path("logs", "vars.log"))
                                       if x.startswith(answer.case + "|")])
        assert lines[0].strip().split("|", 1)[1] == "-|-"


def test_log_format_has_the_variables(site, pki):
    with h2(site.port, sni=FIRST, cert=pki.names) as client:
        case = client.ask("/staff", host=FIRST).case
    lines = site.wait_for(lambda: [x for x in open(site.path("logs", "vars.log"))
                                   if x.startswith(case + "|")])
    assert lines[0].strip().split("|", 1)[1] == "one.example.test|-"


@pytest.mark.parametrize("opener", [h1, h2])
@pytest.mark.parametrize("path", ["/text", "/local", "/staff"])
def test_log_format_has_the_reason_whatever_the_error_document(site, pki, opener, path):
    with opener(site.port, sni=FIRST, cert=pki.foreign) as client:
        case = client.ask(path, host=FIRST).case
    lines = site.wait_for(lambda: [x for x in open(site.path("logs", "vars.log"))
                                   if x.startswith(case + "|")])
    assert lines[0].strip().split("|", 1)[1] == "-|untrusted-issuer"


@pytest.mark.parametrize("kind,granted", [("alice", True), ("bob", False), (None, False)])
def test_nested_require_over_http2(site, pki, kind, granted):
    cert = getattr(pki, kind) if kind else None
    with h2(site.port, sni=FIRST, cert=cert) as client:
        for answer in client.finish(*[client.start("/all", host=FIRST) for _ in range(8)]):
            assert site.oracle.ran(answer.case) == granted
            assert answer.status == (200 if granted else 403)


# one line for each decision

LINE = re.compile(r"\[mtls:(\w+)\] .*?(MTLS\d{4}): ")
DECISIONS = {"MTLS0010", "MTLS0011", "MTLS0012"}


def decisions(site):
    found = [LINE.search(x) for x in site.log_tail().splitlines()]
    return [m.group(2) for m in found if m and m.group(2) in DECISIONS]


@pytest.mark.parametrize("path,expected", [
    ("/text", ["MTLS0011"]), ("/local", ["MTLS0011"]), ("/elsewhere", ["MTLS0011"]),
    ("/staff", ["MTLS0011"])])
@pytest.mark.parametrize("opener", [h1, h2])
def test_one_line_though_there_is_an_error_document(site, pki, path, expected, opener):
    site.mark()
    with opener(site.port, sni=FIRST, cert=pki.foreign) as client:
        client.ask(path, host=FIRST)
    assert decisions(site) == expected, site.log_tail()


def test_one_line_for_the_way_over_http2(site, pki):
    """Sent back to HTTP/1.1 is no decision; the one that follows there is."""
    site.mark()
    curl(site.port, "/staff", "--http2", cert=pki.alice, host=LATER)
    assert decisions(site) == ["MTLS0010"], site.log_tail()


# what is not to be kept

@pytest.mark.parametrize("opener", [h1, h2])
@pytest.mark.parametrize("path", ["/staff", "/text", "/local"])
def test_no_refusal_is_stored(site, pki, opener, path):
    with opener(site.port, sni=FIRST, cert=pki.foreign) as client:
        answer = client.ask(path, host=FIRST, headers=[PROBLEM])
        response = answer.response if opener is h2 else answer
        assert response.status == 403
        assert response.header("Cache-Control") == "no-store"
        assert response.header("ETag") is None and response.header("Last-Modified") is None
        if path == "/staff":
            assert response.header("Content-Type") == "application/problem+json"
            assert response.header("Vary") == "Accept"
