# SPDX-License-Identifier: Apache-2.0
"""The test bed of revocation, judged by other people's programs: what it calls right is right for
OpenSSL, and each thing it calls wrong is there."""
import base64
import http.client
import os
import socket
import ssl
import subprocess
import time
import urllib.parse
import urllib.request

import pytest
from cryptography import x509

from mtlstest import crls, files, service
from mtlstest.clients import CURL, OPENSSL
from mtlstest.crls import Entry, Scope
from mtlstest.points import Points
from mtlstest.responder import FAILURES, Responder, Says
from mtlstest.service import Hole


def openssl(*words, data=b""):
    done = subprocess.run([OPENSSL, *words], input=data, capture_output=True, timeout=30,
                          check=False)
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


def text_of(octets):
    code, text = openssl("crl", "-inform", "DER", "-noout", "-text", data=octets)
    assert code == 0, text
    return text


def is_signed(pki, octets, issuer):
    pki.write("h.crl", octets)
    return openssl("crl", "-inform", "DER", "-in", pki.path("h.crl"), "-noout", "-CAfile",
                   issuer.leaf_file)[1].startswith("verify OK")


# lists

def test_list_is_right(pki):
    octets = crls.make(pki.staff_ca, [pki.alice, Entry(77, "hold"), Entry(78, "remove")],
                       number=300,
                       scope=Scope("http://a.test/1.crl", "http://b.test/2.crl", only="user",
                                   reasons=["key", "aa"], indirect=True), base=12)
    text = text_of(octets)
    for words in ("%X" % pki.alice.certificate.serial_number, "Certificate Hold",
                  "Remove From CRL", "X509v3 CRL Number: \n                300",
                  "Delta CRL Indicator: critical\n                12", "Only User Certificates",
                  "Indirect CRL", "http://b.test/2.crl", "Key Compromise, AA Compromise",
                  "Issuer: C = DE, O = mod_mtls tests, CN = Staff issuing CA"):
        assert words in text, text
    assert is_signed(pki, octets, pki.staff_ca)
    assert not is_signed(pki, crls.make(pki.staff_ca, key=pki.alice.key), pki.staff_ca)
    again = x509.load_der_x509_crl(octets)
    assert again.is_signature_valid(pki.staff_ca.certificate.public_key())
    assert again.get_revoked_certificate_by_serial_number(pki.alice.certificate.serial_number)


def test_list_without_entries(pki):
    text = text_of(crls.make(pki.staff_ca, number=None, has_authority=False))
    assert "No Revoked Certificates" in text and "Authority" not in text


def test_indirect_list(pki):
    octets = crls.make(pki.staff_root, [Entry(pki.alice, issuer=pki.staff_ca), Entry(5)],
                       scope=Scope(indirect=True))
    assert "X509v3 Certificate Issuer: critical" in text_of(octets)


def test_hundred_thousand_entries(pki):
    began = time.monotonic()
    octets = crls.many(pki.staff_ca, 100000, [pki.alice])
    assert time.monotonic() - began < 10
    assert len(octets) > 3300000
    again = x509.load_der_x509_crl(octets)
    assert len(again) == 100001
    assert again.is_signature_valid(pki.staff_ca.certificate.public_key())
    assert len({row.serial_number for row in again}) == 100001
    assert again.get_revoked_certificate_by_serial_number(pki.alice.certificate.serial_number)


def test_broken_lists_differ_from_the_good_one(pki):
    good = crls.make(pki.staff_ca)
    found = crls.broken(pki.staff_ca, pki.partner_root)
    assert not {good, crls.pem(good)} & set(found.values())
    assert len(set(found.values())) == len(found) > 25
    for fault in ("signature flipped", "signed with another key", "signed with another CA's key",
                  "contents flipped"):
        text_of(found[fault])
        assert not is_signed(pki, found[fault], pki.staff_ca), fault
    for fault in ("without nextUpdate", "v3", "two numbers", "delta without a number",
                  "unknown critical extension", "scope of two kinds", "v1 with extensions"):
        assert is_signed(pki, found[fault], pki.staff_ca), fault


# files

def test_files_are_replaced(tmp_path):
    path = str(tmp_path / "x")
    files.replace(path, "one")
    inode = os.stat(path).st_ino
    files.overwrite(path, b"2")
    assert (os.stat(path).st_ino, open(path, "rb").read()) == (inode, b"2")
    with files.Unfinished(path) as unfinished:
        unfinished.write("half")
        assert open(path, "rb").read() == b"half"
        unfinished.write(" and half")
    with open(path, "rb") as still:
        files.replace(path, b"three")
        assert still.read() == b"half and half"
    assert open(path, "rb").read() == b"three"
    assert os.listdir(tmp_path) == ["x"]


def test_volume_is_swapped(tmp_path):
    volume = files.Volume(str(tmp_path / "v"))
    volume.publish(a_crl="one", b_crl="one")
    link = os.lstat(volume.path("a.crl"))
    volume.publish(a_crl="two", b_crl="two")
    assert open(volume.path("a.crl"), "rb").read() == b"two"
    assert os.lstat(volume.path("a.crl")).st_ino == link.st_ino, "the link itself is not touched"


# the service

class Hello(service.Service):
    def answer_to(self, request):
        return service.Answer(b"hello" * 100, "text/plain")


@pytest.fixture
def hello():
    with Hello() as running:
        yield running


def fetch(where, timeout=20):
    """Body by curl, or its exit code; nothing of the environment counts."""
    done = subprocess.run([CURL, "-q", "-s", "-k", "--noproxy", "*", "--max-time",
                           str(timeout), where],
                          capture_output=True, timeout=30, check=False)
    return done.stdout if done.returncode == 0 else done.returncode


TIMED_OUT, CUT, NOTHING, RESET, REFUSED = 28, 18, 52, 56, 7
BEHAVIOUR = {
    "plain": (service.plain, b"hello" * 100), "unframed": (service.unframed, b"hello" * 100),
    "in_pieces": (service.in_pieces, b"hello" * 100), "silent": (service.silent, TIMED_OUT),
    "reset": (service.reset, RESET), "closed": (service.closed, NOTHING),
    "reset_in_body": (service.reset_in_body, RESET), "cut_short": (service.cut_short, CUT),
    "stuck_in_head": (service.stuck_in_head, TIMED_OUT),
    "stuck_in_body": (service.stuck_in_body, TIMED_OUT),
    "redirect": (service.redirect("http://127.0.0.1:1/"), b""),
    "page": (service.page(500), b"<html><h1>Hello</h1></html>"),
    "trickle": (service.trickle(0.3), TIMED_OUT),
    "trickled head": (service.trickle(0.3, of_head=True), TIMED_OUT),
    "delayed": (service.delayed(0.2), b"hello" * 100)}


@pytest.mark.parametrize("name", sorted(BEHAVIOUR))
def test_manner(hello, name):
    manner, wanted = BEHAVIOUR[name]
    with hello.behaving(manner):
        assert fetch(hello.url("/x"), 2 if wanted == TIMED_OUT else 20) == wanted
        hello.await_requests(1)
    assert fetch(hello.url("/y")) == b"hello" * 100
    assert [r.path for r in hello.requests] == ["/x", "/y"]


@pytest.mark.parametrize("manner", [
    service.endless_head, service.endless_line, service.endless_chunks, service.endless_body,
    service.huge, service.gzip_bomb], ids=lambda m: m.__name__)
def test_no_end_of_it(hello, manner):
    """It sends as much as somebody takes, and stops when they go."""
    with hello.behaving(manner), socket.create_connection(("127.0.0.1", hello.port), 20) as conn:
        conn.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        count = 300000 if manner is not service.gzip_bomb else 500
        while count > 0:
            data = conn.recv(65536)
            assert data
            count -= len(data)


def test_huge_is_ten_megabytes(hello):
    with hello.behaving(service.huge):
        assert len(fetch(hello.url())) == 10 << 20


def test_held_counted_and_stopped(hello):
    with hello.held():
        one = subprocess.Popen([CURL, "-q", "-s", "--noproxy", "*", hello.url("/held")],
                               stdout=subprocess.PIPE)
        hello.await_requests(1)
        assert hello.count(lambda r: r.path == "/held") == 1
        assert one.poll() is None
    assert one.communicate(timeout=20)[0] == b"hello" * 100
    hello.stop()
    assert fetch(hello.url()) == REFUSED
    hello.start()
    assert fetch(hello.url()) == b"hello" * 100


def test_trickled_requests_are_whole():
    with Hello(trickled=True) as hello:
        request = urllib.request.Request(hello.url("/" + "x" * 2000), data=b"y" * 20000)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        assert opener.open(request, timeout=60).read() == b"hello" * 100
        assert hello.requests[0].body == b"y" * 20000
        assert len(hello.requests[0].path) == 2001


def test_https(pki):
    with Hello(tls=pki.server) as hello:
        context = ssl.create_default_context(cafile=pki.server_root.leaf_file)
        conn = http.client.HTTPSConnection("127.0.0.1", hello.port, context=context, timeout=20)
        conn.request("GET", "/")
        assert conn.getresponse().read() == b"hello" * 100
        conn.close()


def test_hole():
    with Hole() as hole:
        assert fetch(hole.url(), 0.5) == TIMED_OUT
        with socket.socket() as one:
            one.settimeout(0.3)
            with pytest.raises(socket.timeout):
                one.connect(("127.0.0.1", hole.port))


# the responder

@pytest.fixture
def responder(pki):
    with Responder(pki.staff_ca, pki.staff_root) as running:
        yield running


def ask(pki, responder, cert, *options, issuer=None):
    """What openssl(1) makes of the answer."""
    issuer = issuer or cert.issuer
    code, text = openssl("ocsp", "-issuer", issuer.leaf_file, "-cert", cert.leaf_file, "-url",
                         responder.url("/ocsp"), "-CAfile", pki.staff_root.leaf_file,
                         "-verify_other", issuer.leaf_file, "-timeout", "20", *options)
    return code, text


def assert_believed(text, path, word):
    assert "Response verify OK" in text, text
    assert "%s: %s" % (path, word) in text, text


@pytest.fixture(scope="module")
def delegate(pki):
    return pki.issue("ocsp_signer", pki.staff_ca, cn="OCSP signer",
                     eku=[x509.oid.ExtendedKeyUsageOID.OCSP_SIGNING],
                     extensions=[x509.OCSPNoCheck()])


@pytest.mark.parametrize("named_by", ["key", "name"])
@pytest.mark.parametrize("delegated", [False, True])
@pytest.mark.parametrize("word", ["good", "revoked", "unknown"])
def test_responder_is_right(pki, responder, delegate, word, delegated, named_by):
    signer = delegate if delegated else None
    responder.say(pki.alice, word, signer=signer, named_by=named_by)
    assert_believed(ask(pki, responder, pki.alice)[1], pki.alice.leaf_file, word)
    assert (responder.hits(pki.alice), responder.hits(pki.anna)) == (1, 0)
    assert_believed(ask(pki, responder, pki.anna)[1], pki.anna.leaf_file, "good")
    assert (responder.hits(pki.alice), responder.hits(pki.anna)) == (1, 1)


def test_responder_knows_issuers(pki, responder):
    text = ask(pki, responder, pki.bob)[1]
    assert "unauthorized (6)" in text, text
    assert responder.hits(pki.bob) == 1


def test_responder_by_get_and_with_times(pki, responder):
    responder.say(pki.alice, "revoked", reason="hold", this=-90, until=None)
    code, text = openssl("ocsp", "-issuer", pki.staff_ca.leaf_file, "-cert", pki.alice.leaf_file,
                         "-no_nonce", "-reqout", pki.path("h.req"))
    assert code == 0, text
    with open(pki.path("h.req"), "rb") as f:
        question = f.read()
    quoted = urllib.parse.quote(base64.b64encode(question).decode(), safe="")
    body = fetch(responder.url("/ocsp/" + quoted))
    pki.write("h.resp", body)
    code, text = openssl("ocsp", "-respin", pki.path("h.resp"), "-noverify", "-text")
    assert "Cert Status: revoked" in text and "certificateHold" in text
    assert "Next Update" not in text and "Nonce" not in text


NONCES = {"echo": "Response verify OK", "none": "no nonce in response",
          "other": "Nonce Verify error",
          "short": "Nonce Verify error", "long": "Nonce Verify error"}


@pytest.mark.parametrize("nonce", sorted(NONCES))
def test_nonces(pki, responder, nonce):
    responder.say(pki.alice, nonce=nonce)
    assert NONCES[nonce] in ask(pki, responder, pki.alice, "-nonce")[1]


@pytest.mark.parametrize("word", sorted(FAILURES))
def test_failures(pki, responder, word):
    responder.say(pki.alice, word)
    text = ask(pki, responder, pki.alice)[1]
    assert "responder error: %s (%d)" % (word.lower(), FAILURES[word]) in text.lower()


WRONG = {
    "signature": (dict(twist=lambda o: o[:-1] + bytes([o[-1] ^ 1])), "signature failure"),
    "key": (dict(key="foreign"), "signature failure"),
    "signer without the purpose": (dict(signer="noeku"), "missing ocspsigning usage"),
    "signer of another CA": (dict(signer="anna"), "root ca not trusted"),
    "about another": (dict(change=lambda i: i.but(serial=4711)), "No Status found"),
    "about nobody": (dict(change=None), "No Status found"),
    "old": (dict(this=-7200, until=-3600), "status expired"),
    "of the future": (dict(this=7200, until=9000), "not yet valid"),
    "backwards": (dict(this=-60, until=-120), "status expired"),
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_wrong_answers_are_wrong(pki, responder, name):
    how, words = WRONG[name]
    how = {k: (getattr(pki, v) if k == "signer" else getattr(pki, v).key if k == "key" else v)
           for k, v in how.items()}
    responder.say(pki.alice, **how)
    text = ask(pki, responder, pki.alice, "-validity_period", "5")[1]
    assert words.lower() in text.lower(), text


def test_replay(pki, responder):
    ask(pki, responder, pki.alice, "-nonce")
    responder.replayed = responder.answers[0]
    assert "Nonce Verify error" in ask(pki, responder, pki.alice, "-nonce")[1]


def test_others_in_the_answer(pki, responder):
    other = Says("revoked", change=lambda i: i.but(serial=4711))
    responder.say(pki.alice, others=[other])
    assert_believed(ask(pki, responder, pki.alice)[1], pki.alice.leaf_file, "good")


# distribution points

def test_points(pki):
    octets = crls.make(pki.staff_ca)
    with Points() as points:
        where = points.put("/a.crl", octets)
        assert fetch(where) == octets
        assert fetch(points.url("/none")) == b"nothing here"

        def get(**headers):
            conn = http.client.HTTPConnection("127.0.0.1", points.port, timeout=20)
            conn.request("GET", "/a.crl", headers={k.replace("_", "-"): v
                                                   for k, v in headers.items()})
            answer = conn.getresponse()
            answer.read()
            conn.close()
            return answer

        first = get()
        assert get(If_None_Match=first.getheader("ETag")).status == 304
        assert get(If_Modified_Since=first.getheader("Last-Modified")).status == 304
        assert get(If_None_Match='"other"',
                   If_Modified_Since=first.getheader("Last-Modified")).status == 200
        points.put("/a.crl", octets + b"x")
        assert get(If_None_Match=first.getheader("ETag")).status == 200
        assert get(If_Modified_Since=first.getheader("Last-Modified")).status == 200
        assert points.statuses("/a.crl") == [200, 200, 304, 304, 200, 200, 200]
        points.manners["/a.crl"] = service.page(500)
        assert fetch(where) == b"<html><h1>Hello</h1></html>"


def test_certificates_say_where(pki):
    cert = pki.issue("says_where", pki.staff_ca, ocsp_url=["http://a.test/", "http://b.test/"],
                     crl_urls=["http://a.test/1", ["http://a.test/2", "http://b.test/2"]])
    _code, text = openssl("x509", "-in", cert.leaf_file, "-noout", "-text")
    assert "OCSP - URI:http://a.test/" in text and text.count("Full Name") == 2
    assert "URI:http://b.test/2" in text
