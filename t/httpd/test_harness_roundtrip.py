# SPDX-License-Identifier: Apache-2.0
"""The small browser of the tests does what browsers do; tried without the module."""
import pytest

from mtlstest.roundtrip import Browser, Cookie, Jar, Request
from mtlstest.sites import vhost

ONE, TWO, FAR = "www.mtls.test", "cert.mtls.test", "www.far.test"
HOPS = """
RewriteEngine on
RewriteRule ^/away$ https://cert.mtls.test:@PORT@/back [R=307,E=hop:1]
RewriteRule ^/far$ https://www.far.test:@PORT@/home [R=302,E=hop:1]
RewriteRule ^/back$ https://www.mtls.test:@PORT@/end?x=1 [R=307,E=hop:1]
RewriteRule ^/home$ https://www.mtls.test:@PORT@/end [R=302]
RewriteRule ^/loop$ https://www.mtls.test:@PORT@/loop [R=302]
Header always set Referrer-Policy no-referrer env=hop
Header always add Set-Cookie "a=1; Path=/; Secure" "expr=%{REQUEST_URI} == '/away'"
Header always add Set-Cookie "b=2; Path=/" "expr=%{REQUEST_URI} == '/away'"
"""


@pytest.fixture(scope="module")
def site(serve):
    hosts = "".join(vhost(name, HOPS) for name in (ONE, TWO, FAR))
    hosts += vhost("asks.mtls.test", "SSLVerifyClient optional_no_ca\n")
    return serve("Protocols h2 http/1.1\n" + hosts, mtls=False, name="roundtrip",
                 modules=["http2", "rewrite", "headers"])


def url(site, path, host=ONE):
    return "https://%s:%d%s" % (host, site.port, path)


def seen(site, hop):
    return site.oracle.one(hop.case)


@pytest.mark.parametrize("protocol", ["h1", "h2"])
def test_a_form_over_three_hosts(site, protocol):
    body = bytes(range(256)) * 1024
    with Browser(protocol=protocol) as browser:
        hops = browser.walk(browser.post(url(site, "/away"), body, url(site, "/page")))
        assert [h.status for h in hops] == [307, 307, 200]
        assert seen(site, hops[-1])["body_len"] == len(body)
        assert [h.sent("Sec-Fetch-Site") for h in hops] == ["same-origin", "same-site", "same-site"]
        assert [h.sent("Origin") for h in hops] == [url(site, ""), "null", "null"]
        assert hops[0].sent("Referer") == url(site, "/page") and hops[-1].sent("Referer") is None
        assert seen(site, hops[-1])["cookie"] == "a=1; b=2" and hops[1].sent("Cookie") is None
        assert hops[-1].conn.alpn == ("h2" if protocol == "h2" else "http/1.1")


def test_sites(site):
    with Browser() as browser:
        hops = browser.go(url(site, "/far"), initiator=url(site, "/page"))
        assert [h.sent("Sec-Fetch-Site") for h in hops] == ["same-origin", "cross-site", "cross-site"]
        assert [h.sent("Sec-Fetch-Site") for h in browser.go(url(site, "/far"))] == ["none"] * 3
        with pytest.raises(AssertionError, match="circles"):
            browser.go(url(site, "/loop"))


def test_no_cookie_goes_with_a_form_of_another_site(site):
    with Browser() as browser:
        browser.jar.set(ONE, "a", "1")
        assert browser.post(url(site, "/x"), b"", "https://evil.example/").sent("Cookie") is None
        assert browser.open(url(site, "/x"), initiator="https://evil.example/").sent("Cookie") == "a=1"
        assert browser.fetch(url(site, "/x"), "https://evil.example/").sent("Cookie") is None


def test_coalesced_until_421(site):
    """mod_ssl itself answers 421 to a request on a connection of a host with other rules."""
    with Browser() as browser:
        browser.coalesce(url(site, "/", "asks.mtls.test"), url(site, "/"))
        browser.open(url(site, "/x"))
        hop = browser.open(url(site, "/x", "asks.mtls.test"))
        assert [h.status for h in browser.hops] == [200, 421, 200]
        assert seen(site, hop)["vhost"] == "asks.mtls.test"


@pytest.mark.parametrize("line,kept", [
    ("__Host-a=1; Path=/; Secure", True), ("__Host-a=1; Secure", False), ("__Host-a=1; Path=/", False),
    ("__Host-a=1; Path=/x; Secure", False), ("__Host-a=1; Path=/; Secure; Domain=mtls.test", False),
    ("__hOSt-a=1; Path=/", False), ("a=1", True), ("a=1; Max-Age=0", False), ("a=1; Max-Age=5", True),
    ("a=1\x01; Path=/", False)])
def test_jar(line, kept):
    jar = Jar()
    jar.put(ONE, [line])
    assert bool(jar.names(ONE)) == kept
    assert jar.names(TWO) == []


def test_303_makes_a_get():
    class Answer:
        status, location = 303, "/there"

        @staticmethod
        def header(_name):
            return None

    after = Request("https://a.mtls.test/x", "POST", b"x", [("Content-Type", "text/plain")]).after(Answer)
    assert (after.method, after.body, after.headers) == ("GET", None, [])


def test_cookie_parts():
    found = Cookie("a = b=c ; Path=/; SameSite=Lax;HttpOnly", ONE)
    assert (found.name, found.value, found.same_site) == ("a", "b=c", "lax")
    assert "httponly" in found.attributes
