# SPDX-License-Identifier: Apache-2.0
"""Ways around a location: what other modules do before, instead of, or after the access checks.

A request runs its handler only with a proof that its own location accepts, whichever road it takes
through httpd.
"""
import os

import pytest

from mtlstest.clients import h1, h2
from mtlstest.oracle import new_case
from mtlstest.sites import (PARTNER, PROBLEM, STAFF, TRUST, assert_ran, assert_refused, location,
                            vhost)

WAYS = {"1.2": dict(version="1.2"), "1.3": dict(version="1.3", pha=True)}
REQUIRE = ["MTLSVerifyClient require", "MTLSAccept staff"]
PASSWORD = ["AuthType Basic", "AuthName x", "AuthBasicProvider file",
            "AuthUserFile @ROOT@/htdocs/.passwords", "Require valid-user"]

PLACES = (
    STAFF + PARTNER + location("/staff-only", "MTLSVerifyClient require", "MTLSAccept staff",
                               "MTLSStepUp off")
    # Satisfy
    + location("/any-granted", "Satisfy any", "Require all granted", *REQUIRE)
    + location("/any-user", "Satisfy any", *PASSWORD, *REQUIRE)
    + location("/any-denied", "Satisfy any", "Order deny,allow", "Deny from all", *PASSWORD,
               *REQUIRE)
    + location("/any-denied-optional", "Satisfy any", "Order deny,allow", "Deny from all",
               *PASSWORD, "MTLSVerifyClient optional", "MTLSAccept staff")
    # rewriting and redirecting
    + """
RewriteEngine on
RewriteRule ^/rewritten(.*) /staff-only$1 [PT]
AliasMatch ^/aliased(.*) @ROOT@/htdocs/secret$1
Alias /other @ROOT@/htdocs/secret
<Directory @ROOT@/htdocs>
  Options +MultiViews +Includes +FollowSymLinks
</Directory>
<Directory @ROOT@/htdocs/secret>
  MTLSVerifyClient require
  MTLSAccept staff
  MTLSStepUp off
</Directory>
<Directory @ROOT@/htdocs/per-dir>
  RewriteEngine on
  RewriteRule ^go /staff-only [L]
</Directory>
<Directory @ROOT@/htdocs/negotiated>
  <Files doc.html>
    MTLSVerifyClient require
    MTLSAccept staff
    MTLSStepUp off
  </Files>
</Directory>
<LocationMatch ^/per-dir/>
  SetHandler none
</LocationMatch>
<Location /negotiated/>
  SetHandler none
  AddType text/html .html
</Location>

<LocationMatch "^/method">
  MTLSVerifyClient require
  MTLSAccept staff
  MTLSStepUp off
</LocationMatch>
""")


@pytest.fixture(scope="module")
def site(serve):
    httpd = serve(
        "Protocols h2 http/1.1\nTraceEnable on\n" + TRUST
        + "MTLSStepUpLimit waiters=100 attempts=3\n" + vhost("localhost", PLACES),
        modules=["http2", "dir", "mime", "negotiation", "rewrite", "alias", "access_compat",
                 "auth_basic", "authn_file", "authz_host"], name="request")
    httpd.write("htdocs/.passwords", "carl:{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=\n")  # "test"
    for name in ("secret/x", "per-dir/x", "negotiated/doc.html"):
        httpd.write("htdocs/" + name, "the file")
    return httpd


CARL = ("Authorization", "Basic Y2FybDp0ZXN0")


@pytest.mark.parametrize("opener", [h1, h2])
@pytest.mark.parametrize("path", ["/any-granted", "/any-user", "/any-denied"])
@pytest.mark.parametrize("headers", [[], [CARL]], ids=["anonymous", "password"])
def test_satisfy_any_is_no_way_around(site, pki, opener, path, headers):
    """"Satisfy any" lets httpd skip or outvote the access checks; the certificate is not a vote."""
    for cert in (None, pki.foreign):
        with opener(site.port, version="1.3", pha=opener is h1, cert=cert) as client:
            for _ in range(2):
                answer = client.ask(path, headers=[PROBLEM] + headers)
                assert not site.oracle.ran(answer.case), site.oracle.lines(answer.case)
                assert answer.status != 200


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("path", ["/any-granted", "/any-user", "/any-denied"])
def test_satisfy_any_with_the_certificate(site, pki, way, path):
    with h1(site.port, cert=pki.alice, **WAYS[way]) as client:
        seen = assert_ran(site, client.ask(path, headers=[PROBLEM, CARL]), pki.alice)
        assert seen["env"]["MTLS_PROFILE"] == "staff"


@pytest.mark.parametrize("way", WAYS)
def test_satisfy_any_where_a_certificate_is_only_welcome(site, pki, way):
    for cert in (None, pki.alice):
        with h1(site.port, cert=cert, **WAYS[way]) as client:
            assert_ran(site, client.ask("/any-denied-optional", headers=[PROBLEM, CARL]), cert,
                       None if cert else "declined")


ROADS = ["/rewritten", "/aliased/x", "/other/x", "/per-dir/go", "/negotiated/doc",
         "/negotiated/doc.html", "//staff-only", "/x/../staff-only",
         "/%73taff-only", "/./staff-only", "/staff-only//", "/staff-only/%2e%2e/staff-only"]


@pytest.mark.parametrize("opener", [h1, h2])
@pytest.mark.parametrize("path", ROADS)
def test_every_road_to_a_protected_place(site, pki, opener, path):
    with opener(site.port, version="1.3", pha=opener is h1) as client:
        answer = client.ask(path, headers=[PROBLEM])
        assert not site.oracle.ran(answer.case), site.oracle.lines(answer.case)
        assert answer.status in (400, 403, 404) and b"the file" not in answer.body, answer


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("path", ROADS[:4])
def test_every_road_is_open_to_the_rightful(site, pki, way, path):
    with h1(site.port, cert=pki.alice, **WAYS[way]) as client:
        assert_ran(site, client.ask("/staff", headers=[PROBLEM]), pki.alice)
        answer = client.ask(path, headers=[PROBLEM])
        assert answer.status == 200, answer


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "PROPFIND",
                                    "BREW", "POST"])
@pytest.mark.parametrize("opener", [h1, h2])
def test_every_method_is_guarded(site, pki, opener, method):
    with opener(site.port, version="1.3") as client:
        answer = client.ask("/method", method=method, headers=[PROBLEM])
        assert not site.oracle.ran(answer.case)
        assert answer.status == 403


def raw(site, pki, octets, **more):
    with h1(site.port, version="1.3", pha=True, **more) as client:
        client.conn.send(octets)
        data = b""
        while True:
            piece = client.conn.recv()
            data += piece
            if not piece:
                return data


@pytest.mark.parametrize("head", [
    b"GET /method HTTP/1.0\r\nHost: localhost\r\nX-Case: %s\r\n\r\n",
    b"GET /method HTTP/1.0\r\nX-Case: %s\r\n\r\n",
    b"GET https://localhost/method HTTP/1.1\r\nHost: other.example.test\r\nX-Case: %s\r\n"
    b"Connection: close\r\n\r\n",
    b"GET http://localhost/method HTTP/1.1\r\nHost: localhost\r\nX-Case: %s\r\n"
    b"Connection: close\r\n\r\n",
    b"GET /method HTTP/1.1\r\nHost: localhost\r\nX-Case: %s\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\n\r\n",
    b"GET /method HTTP/1.1\r\nHost: localhost\r\nX-Case: %s\r\nUpgrade: h2c, TLS/1.0\r\n"
    b"HTTP2-Settings: AAMAAABk\r\nConnection: Upgrade, HTTP2-Settings, close\r\n\r\n",
    b"GET /method\r\n\r\n %s",
    b"TRACE /method HTTP/1.1\r\nHost: localhost\r\nX-Case: %s\r\nConnection: close\r\n"
    b"Content-Length: 3\r\n\r\nabc",
])
def test_odd_requests(site, pki, head):
    case = new_case("odd")
    data = raw(site, pki, head % case.encode())
    assert not site.oracle.ran(case), site.oracle.lines(case)
    assert b" 101 " not in data and b"MTLS_VERIFY" not in data, data


def test_trace_tells_nobody(site, pki):
    """TRACE is answered before the access checks, with the client's own words and nothing else."""
    with h1(site.port, version="1.3", pha=True, cert=pki.alice) as client:
        assert_ran(site, client.ask("/staff"), pki.alice)
        answer = client.ask("/staff", method="TRACE")
        assert b"CN=alice" not in answer.body and answer.status == 200
        assert not site.oracle.ran(answer.case)


def test_parallel_streams_without_a_certificate(site, pki):
    with h2(site.port, version="1.3", cert=pki.foreign) as client:
        ids = [client.start(path, headers=[PROBLEM])
               for _ in range(15) for path in ("/method", "/open", "/any-denied", "/staff")]
        client.finish(*ids)
        for i in ids:
            stream = client.streams[i]
            lines = site.oracle.lines(stream.case)
            assert all(line["path"] == "/open" for line in lines), lines


# a cache in front of the access checks

@pytest.fixture(scope="module")
def cached(serve):
    httpd = serve(
        TRUST + "CacheRoot @ROOT@/tmp\nCacheEnable disk /\nCacheDefaultExpire 3600\n"
        "CacheIgnoreNoLastMod on\nCacheHeader on\n"
        "<VirtualHost *:@PORT@>\nServerName localhost\nSSLEngine on\n@SERVERCERT@\n" + STAFF
        + location("/welcome", "MTLSVerifyClient optional", "MTLSAccept staff")
        + "</VirtualHost>\n", modules=["cache", "cache_disk"], name="cached")
    for name in ("staff", "welcome", "open"):
        path = httpd.write("htdocs/" + name, "the file")
        os.utime(path, (10 ** 9, 10 ** 9))  # old enough to be fresh for long
    return httpd


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("path", ["/staff", "/welcome"])
def test_cache_does_not_answer_for_us(cached, pki, way, path):
    """mod_cache's quick handler runs before any access check."""
    with h1(cached.port, cert=pki.alice, **WAYS[way]) as client:
        for _ in range(2):
            answer = client.ask(path)
            assert answer.status == 200 and b"the file" in answer.body
            assert "HIT" not in (answer.header("X-Cache") or ""), answer
    for cert in (None, pki.foreign):
        with h1(cached.port, cert=cert, **WAYS[way]) as client:
            answer = client.ask(path)
            assert "HIT" not in (answer.header("X-Cache") or ""), answer
            assert answer.status == (403 if path == "/staff" else 200)


def test_cache_still_works_elsewhere(cached):
    with h1(cached.port, version="1.3") as client:
        client.ask("/open")
        assert "HIT" in client.ask("/open").header("X-Cache")
