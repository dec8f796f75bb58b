# SPDX-License-Identifier: Apache-2.0
"""Step-up by redirect, attacked by strangers to it."""
import pytest

from mtlstest import ports, stepping
from mtlstest.clients import h2
from mtlstest.roundtrip import Browser, Url
from mtlstest.sites import PROBLEM, location
from mtlstest.stepping import (CERT, PLACES, REQUIRE, TICKET, WWW, app, assert_sent, assert_served,
                               assert_stopped, endpoint, hops_until, start_of, visit)

MAPPED = "mapped.mtls.test"
HOP = "".join([
    location("/hop", *REQUIRE, "MTLSAccept staff", "Action hop /landed virtual", "SetHandler hop"),
    location("/landed", *REQUIRE, "MTLSAccept staff")])


@pytest.fixture(scope="module")
def site(pki):
    with stepping.site(pki, app(places=PLACES + HOP) + endpoint(), name="stranger", modules=["actions"]) as running:
        yield running


@pytest.fixture
def alice(pki):
    return stepping.person(pki)


@pytest.fixture
def port():
    with ports.held() as found:
        yield found


def test_S_08_bound_to_the_network_of_a_mapped_address(pki, alice, port):
    """A socket for both protocols, httpd's usual one, has IPv4 clients as ::ffff:a.b.c.d."""
    hosts = "".join(["Listen [::]:%d https\n" % port,
                     app(MAPPED, "MTLSTicketBind address\n", port=port), endpoint()])
    with stepping.site(pki, hosts, name="mapped") as site:
        with site.browser(alice, CERT, source="127.60.1.1") as browser:
            visit(site, browser, "/staff", alice, MAPPED, port)
            url, jar = site.url("/staff", MAPPED, port), browser.jar
        for source, known in [("127.60.1.9", True), ("127.60.2.1", False)]:
            with Browser(source=source) as thief:
                thief.jar.cookies = dict(jar.cookies)
                hop = thief.open(url)
                if known:
                    assert_served(site, hop, alice)
                else:
                    assert_sent(site, hop)


def ask_for_codes(site, state, who, times, source):
    """Statuses of as many requests to the endpoint, on one connection: all within the minute that counts."""
    with h2(site.port, cert=who, sni=CERT, source=source) as client:
        return [client.ask(state.target, host=state.authority).status for _ in range(times)]


def test_S_21_one_certificate_does_not_use_up_an_address(site, pki):
    """Whoever asks too often is stopped; those behind the same address are not."""
    busy, other = stepping.person(pki), stepping.person(pki)
    with site.browser() as browser:
        state = hops_until(site, browser, "state").to
    statuses = ask_for_codes(site, state, busy, 310, "127.61.1.1")
    assert 27 <= statuses.count(302) <= 30, statuses  # others may count in the same place
    assert ask_for_codes(site, state, other, 1, "127.61.1.1") == [302]


@pytest.mark.parametrize("mode,dest", [("no-cors", "image"), ("cors", "empty"), ("no-cors", "empty")])
def test_S_33_not_behind_the_back_of_a_user(site, alice, mode, dest):
    """What a page has fetched begins nothing, draws no code, and ends no ticket."""
    evil = "https://pages.mtls.test/"
    with site.browser(alice, CERT) as browser:
        visit(site, browser, "/staff", alice)
        refused = browser.fetch(site.url("/board"), site.url("/open"))
        ticket = browser.jar.value(WWW, TICKET)
        issued, sent = site.counter("codes-issued"), site.counter("step-ups-sent")
        hop = browser.open(start_of(refused), initiator=evil, mode=mode, dest=dest, headers=[PROBLEM])
        assert_stopped(site, hop, "step-up-invalid")
        assert browser.jar.value(WWW, TICKET) == ticket
        with site.browser() as mallory:
            state = hops_until(site, mallory, "state").to
        hop = browser.open(state.text, initiator=evil, mode=mode, dest=dest, headers=[PROBLEM])
        assert_stopped(site, hop, "step-up-invalid")
        assert (site.counter("codes-issued"), site.counter("step-ups-sent")) == (issued, sent + 1)


@pytest.mark.parametrize("purpose", ["prefetch", "prefetch;prerender", "prefetch;anonymous-client-ip"])
def test_S_33_not_ahead_of_a_visit(site, alice, purpose):
    """What a browser fetches because its user might go there (Sec-Purpose) is no navigation yet."""
    ahead = [("Sec-Purpose", purpose), PROBLEM]
    with site.browser(alice, CERT) as browser:
        visit(site, browser, "/staff", alice)
        start = start_of(browser.fetch(site.url("/board"), site.url("/open")))
        ticket, issued = browser.jar.value(WWW, TICKET), site.counter("codes-issued")
        assert_stopped(site, browser.open(start, initiator=site.url("/open"), headers=ahead), "step-up-invalid")
        assert browser.jar.value(WWW, TICKET) == ticket
        assert_served(site, browser.open(site.url("/staff")), alice)
        with site.browser(alice, CERT) as other:
            state = hops_until(site, other, "state")
            hop = other.open(state.to.text, initiator=site.url("/open"), headers=ahead)
            assert_stopped(site, hop, "step-up-invalid")
            assert site.counter("codes-issued") == issued
            code = other.follow(state)
            hop = other.open(code.to.text, initiator=site.url("/open"), headers=ahead)
            assert_stopped(site, hop, "step-up-invalid")
            assert_served(site, other.walk(code)[-1], alice)


def test_S_20_tabs_that_are_restored(site, alice):
    """Twenty are asked for before any has been answered."""
    with site.browser(alice, CERT) as browser:
        begun = []
        for _ in range(20):
            with site.browser(alice, CERT, source=browser.source) as tab:
                begun.append(tab.open(site.url()))
        for hop in begun:
            browser.jar.put(WWW, hop.values("Set-Cookie"))
        assert [browser.walk(hop)[-1].status for hop in begun] == [200] * 20


@pytest.mark.parametrize("host", ["inner.example:8443", "inner.example"])
def test_S_16_a_host_that_is_never_ours(site, host):
    """A proxy in front puts another Host than the browser's."""
    path = "/staff"
    for _ in range(4):
        with stepping.raw(site, WWW) as client:
            answer = client.ask(path, host=host)
        to = Url(answer.header("Location"))
        if to.host == CERT:
            return
        assert to.host == WWW
        path = to.target
    raise AssertionError("it goes round in circles: " + path)


def test_cookies_are_written_once(site, alice):
    """Whatever httpd redirects inside (RFC 6265, section 4.1.1)."""
    with site.browser(alice, CERT) as browser:
        hop = browser.go(site.url("/hop/x"))[-1]
        assert hop.status == 200 and site.oracle.one(hop.case)["uri"] == "/landed/hop/x", hop
        names = [cookie.name for cookie in hop.cookies]
        assert names and len(set(names)) == len(names), names


@pytest.mark.parametrize("host", ["www.mtls.test.:%d", "WWW.MTLS.TEST.:%d", "www.mtls.test..:%d"])
def test_S_16_a_name_with_a_dot_at_its_end(site, host):
    """For httpd it is the same name, for a browser another host: cookies of the one are not sent to the other."""
    with stepping.raw(site, WWW) as client:
        answer = client.ask("/staff?a=b", host=host % site.port)
    assert answer.status in (302, 400), answer
    if answer.status == 302:
        to = Url(answer.header("Location"))
        assert (to.host, to.port, to.path) == (WWW, site.port, "/.mtls/start"), to.text
        assert answer.header("Set-Cookie") is None
        with site.browser() as browser:
            assert_sent(site, browser.open(to.text))


def connect(client, site, *fields):
    """Ask to open a WebSocket to a place (RFC 8441); the stream."""
    stream = client.start("/staff", "CONNECT", body=b"", host="%s:%d" % (WWW, site.port),
                          pseudo=[(":protocol", "websocket")], headers=[("Sec-WebSocket-Version", "13"), *fields])
    return client.finish(stream)[0]


def test_S_14_S_15_websockets_over_h2(pki, alice):
    """Told where to go, not sent there; and a ticket opens one to its own pages only."""
    hosts = "<IfDirective H2WebSockets>\nH2WebSockets on\n</IfDirective>\n" + app() + endpoint()
    with stepping.site(pki, hosts, name="sockets") as site, site.browser(alice, CERT) as browser:
        visit(site, browser, "/staff", alice)
        cookie = ("Cookie", browser.jar.field(WWW))
        own, evil = (("Origin", origin) for origin in (site.url(""), "https://evil.example"))
        with h2(site.port, sni=WWW) as client:
            client.ask("/open", host="%s:%d" % (WWW, site.port))
            if not client.h2.remote_settings.enable_connect_protocol:
                pytest.skip("this httpd has no WebSockets over HTTP/2")
            told = connect(client, site, own)
            assert told.status == 403 and told.response.header("location") is None, told
            assert told.response.json["reason"] == "step-up-required", told
            assert told.response.header("set-cookie") is None, told
            assert Url(told.response.header("mtls-step-up")).path == "/.mtls/start"
            for fields in [evil], [("Origin", "null")], []:
                refused = connect(client, site, cookie, *fields)
                assert refused.response.json["reason"] == "cross-origin", refused
                assert not site.oracle.ran(refused.case)
            opened = connect(client, site, cookie, own)
            assert site.oracle.one(opened.case)["env"]["MTLS_SUBJECT"] == alice.subject, "the control"


CACHED = """
CacheRoot @ROOT@/tmp
CacheEnable disk /
CacheIgnoreNoLastMod on
CacheDefaultExpire 600
CacheHeader on
<Directory "@ROOT@/htdocs">
  Require all granted
  RewriteEngine on
  RewriteRule ^(staff|open)/(.*)$ /front/$1/$2 [L]
</Directory>
"""


def test_mod_cache_keeps_nothing_that_was_asked_for_inside(pki):
    """A place's files are served by a controller elsewhere, whose answers may be kept: not those to people whom
    the place let in."""
    none = location("/staff", *REQUIRE, "MTLSAccept staff", "SetHandler none")
    hosts = app(lines=CACHED, places=none + location("/open", "SetHandler none")) + endpoint()
    with stepping.site(pki, hosts, name="inside", modules=["cache", "cache_disk", "rewrite"]) as site:
        with site.browser() as stranger:
            first, second = (stranger.open(site.url("/open/x")) for _ in range(2))
            assert "HIT" in second.header("X-Cache") and second.text == first.text, "the control"
        for who in stepping.person(pki), stepping.person(pki):
            with site.browser(who, CERT) as browser:
                for _ in range(2):
                    hop = browser.go(site.url("/staff/x"))[-1]
                    assert hop.status == 200 and hop.json["uri"] == "/front/staff/x", hop
                    assert hop.json["case"] == hop.case, "somebody else's answer: %r" % hop
        with site.browser() as stranger:
            hop = stranger.open(site.url("/front/staff/x"))
            assert hop.json["case"] == hop.case and "walker" not in hop.text, hop


INCLUDING = """
CacheRoot @ROOT@/tmp
CacheEnable disk /
CacheIgnoreNoLastMod on
CacheDefaultExpire 600
CacheHeader on
AddOutputFilter INCLUDES .shtml
<Directory "@ROOT@/htdocs">
  Require all granted
  Options +Includes
</Directory>
"""
PAGE = '%s<!--#include virtual="/%s/inner" --> and so on'


@pytest.mark.parametrize("before", [0, 10, 300000])
def test_mod_cache_keeps_no_page_that_includes_a_place(pki, before):
    """It has begun to keep the page when httpd comes to what is included."""
    hosts = app(lines=INCLUDING, places=PLACES + location("/pages", "SetHandler none")) + endpoint()
    made = stepping.site(pki, hosts, name="including", modules=["cache", "cache_disk", "include", "mime"])
    for name in "staff", "open":
        made.write("htdocs/pages/%s.shtml" % name, PAGE % ("x" * before, name))
    with made as site:
        with site.browser() as stranger:
            for _ in range(2):
                control = stranger.open(site.url("/pages/open.shtml"))
            assert "HIT" in control.header("X-Cache"), "the control: %r" % control
        who = stepping.person(pki)
        with site.browser(who, CERT) as browser:
            visit(site, browser, "/staff", who)
            for _ in range(2):
                hop = browser.open(site.url("/pages/staff.shtml"))
                assert who.subject in hop.text and hop.text.endswith("and so on"), hop
                assert "HIT" not in hop.header("X-Cache"), hop
        with site.browser() as stranger:
            hop = stranger.open(site.url("/pages/staff.shtml"))
            assert hop.status == 200 and who.subject not in hop.text, hop
