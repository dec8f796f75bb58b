# SPDX-License-Identifier: Apache-2.0
"""Request bodies through a step-up: F-31 F-32 F-33 F-35 N-26, by SHA-256 of what the handler read."""
import glob
import hashlib
import os
import random

import pytest

from mtlstest.clients import h1
from mtlstest.sites import PROBLEM, TRUST, assert_ran, assert_refused, location, vhost
from mtlstest.tls import TlsError

WAYS = {"renegotiation": dict(version="1.2"), "post-handshake": dict(version="1.3", pha=True)}
MEMORY, DISK = 4096, 16384
TOTAL = MEMORY + DISK

SITE = TRUST + vhost("localhost", "".join([
    location("/small", "MTLSVerifyClient require", "MTLSAccept staff",
             "MTLSBodyBuffer %d %d" % (MEMORY, DISK)),
    location("/memory", "MTLSVerifyClient require", "MTLSAccept staff",
             "MTLSBodyBuffer %d 0" % MEMORY),
    location("/optional", "MTLSVerifyClient optional", "MTLSAccept staff",
             "MTLSBodyBuffer %d 0" % MEMORY),
    location("/patient", "MTLSVerifyClient require", "MTLSAccept staff",
             "MTLSBodyBuffer 16 1M", "MTLSStepUpTimeout 120s"),
    location("/default", "MTLSVerifyClient require", "MTLSAccept staff")]))


@pytest.fixture(scope="module", params=["event", "prefork"])
def site(request, serve):
    return serve(SITE, mpm=request.param, name="body")


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


def octets(count):
    return random.Random(count).randbytes(count)


def pieces(data, size=1000):
    return [data[i:i + size] for i in range(0, len(data), size)]


def assert_same(site, answer, data, cert):
    seen = assert_ran(site, answer, cert)
    assert (seen["body_len"], seen["body_sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert seen["body_status"] == 0
    return seen


SIZES = [0, 1, MEMORY - 1, MEMORY, MEMORY + 1, TOTAL - 1, TOTAL]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("chunk", [7, 1000000])
def test_F_33_content_length(site, pki, way, size, chunk):
    data = octets(size)
    with h1(site.port, cert=pki.alice, **way) as client:
        answer = client.ask("/small?chunk=%d" % chunk, body=data)
        assert_same(site, answer, data, pki.alice)
        assert client.conn.requests == 1
        assert_same(site, client.ask("/small", body=b"again"), b"again", pki.alice)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("piece", [13, 4096])
def test_F_33_chunked_with_trailers(site, pki, way, size, piece):
    data = octets(size)
    with h1(site.port, cert=pki.alice, **way) as client:
        answer = client.ask_chunked("/small?chunk=11", pieces(data, piece),
                                    trailers=[("X-Checksum", "abc"), ("X-More", "def")])
        seen = assert_same(site, answer, data, pki.alice)
        assert seen["trailers"] == {"X-Checksum": "abc", "X-More": "def"}
        assert_same(site, client.ask_chunked("/small", [b"again"]), b"again", pki.alice)


@pytest.mark.parametrize("size", [1024 * 1024])
@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_one_megabyte(site, pki, way, size, coding):
    data = octets(size)
    with h1(site.port, cert=pki.alice, **way) as client:
        if coding == "length":
            answer = client.ask("/default", body=data)
        else:
            answer = client.ask_chunked("/default", pieces(data, 10007))
        assert_same(site, answer, data, pki.alice)


@pytest.mark.parametrize("path,limit", [("/small", TOTAL), ("/memory", MEMORY)])
@pytest.mark.parametrize("coding", ["length", "chunked"])
@pytest.mark.parametrize("more", [1, 200000])
def test_F_32_too_large_is_told_before_asking(site, pki, way, path, limit, coding, more):
    data = octets(limit + more)
    with h1(site.port, cert=pki.alice, **way) as client:
        try:
            if coding == "length":
                answer = client.ask(path, body=data, headers=[PROBLEM])
            else:
                answer = client.ask_chunked(path, pieces(data), headers=[PROBLEM])
        except TlsError:
            answer = None  # a reset can overtake the answer when octets are left unread
        assert client.conn.requests == 0, "asked for a certificate although it was too late"
        if answer is None:
            assert more > 1, "an answer was due"
        else:
            assert_refused(site, answer, "body-too-large", status=413)


@pytest.mark.parametrize("size", [0, 1, MEMORY])
def test_at_the_limit_without_a_file(site, pki, way, size):
    data = octets(size)
    with h1(site.port, cert=pki.alice, **way) as client:
        assert_same(site, client.ask("/memory", body=data), data, pki.alice)


def test_no_limit_without_a_step_up(site, pki, way):
    """The buffer is for the time of asking; later requests on the connection need none."""
    data = octets(300000)
    with h1(site.port, cert=pki.alice, **way) as client:
        assert_ran(site, client.ask("/small"), pki.alice)
        assert_same(site, client.ask("/small", body=data), data, pki.alice)
        assert_same(site, client.ask_chunked("/small", pieces(data)), data, pki.alice)


@pytest.mark.parametrize("kind", [None, "foreign"])
def test_refused_body_is_not_a_request(site, pki, way, kind):
    """What follows a refused body on the connection is read as what it is."""
    smuggled = b"GET /open HTTP/1.1\r\nHost: localhost\r\nX-Case: smuggled\r\n\r\n"
    cert = getattr(pki, kind) if kind else None
    with h1(site.port, cert=cert, **way) as client:
        answer = client.ask("/small", body=smuggled * 3, headers=[PROBLEM])
        assert_refused(site, answer, {"declined", "untrusted-issuer"})
        if not answer.closes:
            assert_ran(site, client.ask("/open"))
    assert not site.oracle.ran("smuggled")


@pytest.mark.parametrize("cert,path", [("alice", "/optional"), (None, "/optional")])
def test_optional_keeps_the_body(site, pki, way, cert, path):
    data = octets(MEMORY)
    cert = getattr(pki, cert) if cert else None
    with h1(site.port, cert=cert, **way) as client:
        assert_same(site, client.ask(path, body=data), data, cert)


def test_optional_body_above_the_limit_is_not_asked_for_a_certificate(site, pki, way):
    """What is only welcome must not cost a client its upload."""
    data = octets(TOTAL + 1)
    with h1(site.port, cert=pki.alice, **way) as client:
        asked = client.conn.requests
        assert_same(site, client.ask("/optional", body=data), data, None)
        assert client.conn.requests == asked
        assert_same(site, client.ask("/optional", body=b"little"), b"little", pki.alice)


def test_handler_that_reads_no_body(site, pki, way):
    with h1(site.port, cert=pki.alice, **way) as client:
        assert_ran(site, client.ask("/small?nobody", body=octets(MEMORY + 1)), pki.alice)
        assert_ran(site, client.ask("/small"), pki.alice)


@pytest.mark.parametrize("size", [1, MEMORY, TOTAL])
def test_F_35_expect_continue_granted(site, pki, way, size):
    data = octets(size)
    with h1(site.port, cert=pki.alice, **way) as client:
        head, case = client.head("/small", "POST", headers=[
            ("Expect", "100-continue"), ("Content-Length", str(size))])
        client.conn.send(head)
        assert client.read_interim() == 100
        client.send_all(b"", data)
        assert_same(site, client.read(case), data, pki.alice)
        assert client.conn.requests == 1


@pytest.mark.parametrize("kind", [None, "foreign"])
def test_F_35_expect_continue_refused(site, pki, way, kind):
    cert = getattr(pki, kind) if kind else None
    with h1(site.port, cert=cert, **way) as client:
        head, case = client.head("/small", "POST", headers=[
            PROBLEM, ("Expect", "100-continue"), ("Content-Length", "100")])
        client.conn.send(head)
        answer = client.read(case)
        assert answer.interim == [], "100 was sent for a request that is refused"
        assert_refused(site, answer, {"declined", "untrusted-issuer"})


def test_body_slowly_sent(site, pki, way):
    """A body in many small records is collected whole."""
    data = octets(MEMORY + 100)
    with h1(site.port, cert=pki.alice, **way) as client:
        head, case = client.head("/small?chunk=5", "POST",
                                 headers=[("Content-Length", str(len(data)))])
        client.conn.send(head)
        for piece in pieces(data, 97):
            client.conn.send(piece)
        assert_same(site, client.read(case), data, pki.alice)


def test_body_cut_short(site, pki, way):
    client = h1(site.port, cert=pki.alice, **way)
    assert_ran(site, client.ask("/open"))  # tickets are read, or the request might never be
    head, case = client.head("/small", "POST", headers=[("Content-Length", "1000")])
    client.conn.send(head + b"only this")
    client.conn.close()
    with h1(site.port) as other:
        assert_ran(site, other.ask("/open"))
    assert site.access(case), "the request does not end"
    assert not site.oracle.ran(case)


def unlinked_files(site):
    """Files that the server has open and that no directory names, below its TMPDIR."""
    found = []
    for link in glob.glob("/proc/[0-9]*/fd/*"):
        try:
            target = os.readlink(link)
        except OSError:
            continue
        if target.startswith(site.path("tmp") + "/") and target.endswith(" (deleted)"):
            found.append(target)
    return found


def test_temporary_file_has_no_name(site, pki, way):
    client = h1(site.port, cert=pki.alice, **way)
    data = octets(100000)
    head, case = client.head("/patient", "POST", headers=[("Content-Length", str(len(data)))])
    client.send_all(head, data)
    assert site.wait_for(lambda: unlinked_files(site)), "no unlinked temporary file was seen"
    assert os.listdir(site.path("tmp")) == []
    answer = client.read(case)
    assert_same(site, answer, data, pki.alice)
    client.close()
    assert site.wait_for(lambda: not unlinked_files(site)), "the file stays open"
