# SPDX-License-Identifier: Apache-2.0
"""Step-up by redirect as users and programs walk it: each row of what is promised, in every MPM, version
and protocol.  What attacks it is in test_redirect_security.py.

T-P02, S-07 S-15 S-16 S-18 S-20 S-23 S-31 S-34 F-37 N-25.
"""
import json
import re
import subprocess

import pytest

from mtlstest import stepping
from mtlstest.clients import CURL, h2
from mtlstest.roundtrip import Browser, Url
from mtlstest.sites import PROBLEM, location
from mtlstest.stepping import (ATTEMPT, CERT, MANY, OTHER, REQUIRE, TICKET, WWW, app, assert_none_ran,
                               assert_sent, assert_served, assert_stopped, endpoint, start_of, visit)

PORTAL, STATED = "portal.mtls.test", "stated.mtls.test"
TO_MANY = "https://*.many.mtls.test:@PORT@/"
HOSTS = "".join([
    app(), app(OTHER, url=TO_MANY), endpoint(), endpoint(MANY, "ServerAlias *.many.mtls.test\n"),
    # the same name on a second port
    app(PORTAL, url="https://portal.mtls.test:@PORT2@/"), endpoint(PORTAL, port="@PORT2@"),
    app(STATED, order=None),
    app("names.mtls.test", "ServerAlias alias.mtls.test *.apps.mtls.test\n"),
    app("canonical.mtls.test", "ServerAlias other.mtls.test\nUseCanonicalName On\n"),
    app("sections.mtls.test", places="".join(
        location(path, *REQUIRE, "MTLSAccept staff", '<If "%{MTLS_PROOF} ' + sign + " 'ticket'\">",
                 "Require all denied", "</If>") for path, sign in (("/if", "=="), ("/unless", "!=")))),
    app("path.mtls.test", "MTLSStepUpPath /deep/down\n"),
    app("proof.mtls.test", places=location("/staff", *REQUIRE, "MTLSAccept staff",
                                           "Require mtls-proof ticket max-age=1h"))])
LINEUP = [("event", "h1", "1.2"), ("event", "h1", "1.3"), ("event", "h2", "1.2"), ("event", "h2", "1.3"),
          ("worker", "h1", "1.3"), ("worker", "h2", "1.3"), ("worker", "h1", "1.2"),
          ("prefork", "h1", "1.2"), ("prefork", "h1", "1.3")]


@pytest.fixture(scope="module")
def sites(pki):
    """A server of each MPM, started when first asked for."""
    running = {}

    def get(mpm):
        if mpm not in running:
            running[mpm] = stepping.site(pki, HOSTS, mpm=mpm).start()
        return running[mpm]

    yield get
    for server in running.values():
        server.stop()


@pytest.fixture
def event(sites):
    return sites("event")


@pytest.fixture(params=LINEUP, ids="-".join)
def way(request, sites):
    """(server, arguments of a browser)."""
    mpm, protocol, version = request.param
    return sites(mpm), {"protocol": protocol, "version": version}


@pytest.fixture
def alice(pki):
    """One of the staff."""
    return stepping.person(pki)


# the walk

def test_walk_and_what_follows(way, alice):
    """Sent away, judged, back where one wanted to go, served; and then served at once."""
    site, how = way
    with site.browser(alice, CERT, **how) as browser:
        hops = visit(site, browser, "/staff/deep?x=1&y=%2F%20z", alice)
        assert [h.status for h in hops] == [302, 302, 302, 200]
        assert [h.url.host for h in hops] == [WWW, CERT, WWW, WWW]
        assert [h.url.path for h in hops] == ["/staff/deep", "/", "/.mtls/return", "/staff/deep"]
        assert re.fullmatch("c=[A-Za-z0-9_-]+", hops[2].url.query)
        for hop in hops[:3]:
            assert "no-store" in hop.header("Cache-Control")
            assert hop.header("Referrer-Policy") == "no-referrer"
        again = browser.open(site.url("/staff/other"))
        assert_served(site, again, alice, "/staff/other")
        assert again.set_cookie(TICKET) is None, "written again at once"
        asked = {host: conn.requests for host, conn in browser.handshakes}
        assert asked[CERT] == 1 and asked[WWW] == 0


def test_cookies_are_of_one_host_and_hidden_from_scripts(way, alice):
    site, how = way
    with site.browser(alice, CERT, **how) as browser:
        hops = visit(site, browser, "/staff", alice)
        assert not browser.jar.refused
        assert browser.jar.names(CERT) == []
        ticket = hops[2].set_cookie(TICKET)
        for cookie in [ticket, *hops[0].cookies, *hops[2].cookies]:
            assert cookie.attributes.get("path") == "/" and "domain" not in cookie.attributes
            assert {"secure", "httponly"} <= set(cookie.attributes), cookie.line
            assert cookie.attributes["samesite"] == "Lax"
        assert ticket.max_age is None, "a ticket must not outlive the browser: " + ticket.line
        nonce = assert_sent(site, hops[0])
        assert re.fullmatch("[0-9a-f]{32}", nonce.value) and nonce.max_age == 600
        done = [c for c in hops[2].cookies if c.name == nonce.name]
        assert [c.max_age for c in done] == [20]
        assert re.fullmatch(r"done\.[0-9a-f]{16}", done[0].value)


def test_S_23_refused_at_the_endpoint(way, pki, alice):
    """No certificate, one of strangers, one that has expired: a page that says so, and how to try again."""
    site, how = way
    for label, words in (None, ("no-certificate", "declined")), ("foreign", ("untrusted-issuer",)), \
            ("expired", ("expired",)), ("bob", ("untrusted-issuer",)):
        cert = getattr(pki, label) if label else None
        with site.browser(cert, CERT, **how) as browser:
            hops = browser.go(site.url("/staff/x?y=1"))
            assert len(hops) == 2 and hops[1].status == 403, hops[-1]
            assert_none_ran(site, *hops)
            assert any(word in hops[1].text for word in words), hops[1]
            assert browser.jar.value(WWW, TICKET) is None
            again = start_of(hops[1])
            assert Url(again).host == WWW and again.replace("&", "&amp;") in hops[1].text
            browser.show(CERT, alice)
            browser.forget_connections()
            hops = browser.go(again, initiator=hops[1].url)
            assert_served(site, hops[-1], alice, "/staff/x?y=1")


def test_S_23_cancelled_over_h2_is_an_answer(event):
    """S-23: not an alert."""
    for version in "1.2", "1.3":
        with event.browser(protocol="h2", version=version) as browser:
            assert browser.go(event.url())[-1].status == 403


# places and what their tickets are good for

def test_S_20_tabs(event, alice):
    """Two step-ups at once, each comes back to its own page; in any order."""
    with event.browser(alice, CERT) as browser:
        first = browser.open(event.url("/staff/one"))
        second = browser.open(event.url("/staff/two"))
        assert len([n for n in browser.jar.names(WWW) if ATTEMPT.match(n)]) == 2
        code1, code2 = browser.follow(first), browser.follow(second)
        assert_served(event, browser.walk(code2)[-1], alice, "/staff/two")
        before = browser.jar.value(WWW, TICKET)
        assert_served(event, browser.walk(code1)[-1], alice, "/staff/one")
        assert browser.jar.value(WWW, TICKET) != before
        with Browser(program=True) as under_way:  # a request that set out before the second came back
            hop = under_way.open(event.url("/staff"), headers=[("Cookie", TICKET + "=" + before)])
            assert_served(event, hop, alice)


def test_S_20_many_tabs(event, alice):
    """Those beyond eight are forgotten, from the oldest; the newest works."""
    with event.browser(alice, CERT) as browser:
        opened = [browser.open(event.url("/staff/%d" % n)) for n in range(12)]
        kept = [n for n in browser.jar.names(WWW) if ATTEMPT.match(n)]
        assert len(kept) <= 9, kept
        assert_served(event, browser.walk(opened[-1])[-1], alice, "/staff/11")
        late = browser.walk(opened[0])
        assert_stopped(event, late[-1], "step-up-invalid")


def test_one_for_the_staff_another_for_the_board(event, pki, alice):
    """A ticket that does not do here leads to another step-up; which replaces it."""
    with event.browser(alice, CERT) as browser:
        visit(event, browser, "/staff", alice)
        first = browser.jar.value(WWW, TICKET)
        browser.show(CERT, pki.bob)
        hops = visit(event, browser, "/board", pki.bob)
        assert len(hops) == 4
        assert hops[0].set_cookie(TICKET).max_age == 0, "S-13: the old one goes at once"
        assert browser.jar.value(WWW, TICKET) != first
        assert_served(event, browser.open(event.url("/both")), pki.bob, "/both")


def test_one_ticket_at_several_places(event, alice):
    with event.browser(alice, CERT) as browser:
        visit(event, browser, "/both", alice)
        for path in "/staff", "/both/x", "/api", "/form":
            assert_served(event, browser.open(event.url(path)), alice, path)


@pytest.mark.parametrize("path,known", [("/opt", True), ("/open", False)])
def test_where_nothing_is_required(event, alice, path, known):
    """Nobody is sent away from there, but who is known is known."""
    with event.browser(alice, CERT) as browser:
        hop = browser.open(event.url(path))
        assert hop.status == 200 and "MTLS_SUBJECT" not in event.oracle.one(hop.case)["env"]
        visit(event, browser, "/staff", alice)
        hop = browser.open(event.url(path))
        seen = event.oracle.one(hop.case)["env"]
        assert (seen.get("MTLS_SUBJECT") == alice.subject) == known, seen


def test_map_and_group(event, pki):
    """The holder is a user, as with any other proof; who is in no group gets another try."""
    with event.browser(pki.alice, CERT) as browser:
        hops = visit(event, browser, "/group", pki.alice)
        seen = event.oracle.one(hops[-1].case)
        assert (seen["user"], seen["env"]["MTLS_GROUPS"]) == ("alice", "ops")
    with event.browser(pki.anna, CERT) as browser:
        hops = browser.go(event.url("/group"))
        assert_stopped(event, hops[-1], "not-in-group")
        again = start_of(hops[-1])
        assert again.replace("&", "&amp;") in hops[-1].text
        browser.show(CERT, pki.alice)
        browser.forget_connections()
        assert_served(event, browser.go(again)[-1], pki.alice, "/group")


def test_S_18_no_ticket_where_a_fresh_proof_is_demanded(event, alice):
    """Whoever has one, or fetches one, is not let in by it."""
    with event.browser(alice, CERT) as browser:
        visit(event, browser, "/staff", alice)
        hops = browser.go(event.url("/strict"))
        assert_none_ran(event, *hops)
        assert hops[-1].status == 403, hops[-1]
    with event.browser(alice, CERT) as browser:
        hops = browser.go(event.url("/strict"))
        assert_none_ran(event, *hops)
        assert hops[-1].status == 403, hops[-1]
    with event.browser(alice, "*", version="1.2") as browser:
        hop = browser.open(event.url("/strict", STATED))
        assert event.oracle.one(hop.case)["env"]["MTLS_PROOF"] == "renegotiation", "the control"


def test_off_is_off(event, alice):
    with event.browser(alice, CERT) as browser:
        visit(event, browser, "/staff", alice)
        hop = browser.open(event.url("/off"))
        assert hop.status == 403 and hop.header("MTLS-Step-Up") is None
        assert_none_ran(event, hop)


def test_a_page_that_says_it_was_done(event):
    with event.browser() as browser:
        hop = browser.open(event.url("/.mtls/done"))
        assert hop.status == 200 and hop.header("Content-Type").startswith("text/html")
        assert_none_ran(event, hop)
        assert browser.open(event.url("/.mtls/nothing")).status == 404
        assert_none_ran(event, browser.hops[-1])


# the form of the step-up address

def test_S_23_wildcard_has_a_new_label_each_time(event, alice):
    """S-23: browsers remember a choice for a host; a host that nobody has seen asks again."""
    with event.browser(alice, "*.many.mtls.test") as browser:
        labels = set()
        for _ in range(3):
            hop = browser.open(event.url("/staff", OTHER))
            label, _, rest = hop.to.host.partition(".")
            assert rest == MANY and re.fullmatch("[0-9a-z]{16}", label), hop.to.text
            labels.add(label)
        assert len(labels) == 3
        assert_served(event, browser.walk(hop)[-1], alice, "/staff")


def test_second_port(event, alice):
    """One name on two ports: cookies are shared, certificates are not."""
    with event.browser(alice, PORTAL) as browser:
        browser.certs = {}
        hop = browser.open(event.url("/staff", PORTAL))
        assert_sent(event, hop, PORTAL, event.port2)
        browser.show(PORTAL, alice)
        hops = browser.walk(hop)
        assert [h.url.port for h in hops] == [event.port, event.port2, event.port, event.port]
        assert_served(event, hops[-1], alice, "/staff")


# names of the application's host

@pytest.mark.parametrize("name", ["names.mtls.test", "alias.mtls.test", "one.apps.mtls.test"])
def test_each_name_is_an_origin(event, alice, name):
    """One comes back to the name that one came from, and its ticket is for that name."""
    with event.browser(alice, CERT) as browser:
        hops = visit(event, browser, "/staff", alice, name)
        assert [h.url.host for h in hops] == [name, CERT, name, name]
        ticket = browser.jar.value(name, TICKET)
    for other in "names.mtls.test", "alias.mtls.test", "two.apps.mtls.test":
        if other != name:
            with Browser(program=True) as copy:
                hop = copy.open(event.url("/staff", other), headers=[("Cookie", TICKET + "=" + ticket)])
                assert_none_ran(event, hop)


def test_canonical_name(event, alice):
    """UseCanonicalName On: there is one origin, whatever Host says."""
    with event.browser(alice, CERT) as browser:
        visit(event, browser, "/staff", alice, "canonical.mtls.test")
    with event.browser(alice, CERT) as browser:
        hops = browser.go(event.url("/staff?a=b", "other.mtls.test"))
        assert [h.url.host for h in hops][:3] == ["other.mtls.test", "canonical.mtls.test", CERT]
        assert_served(event, hops[-1], alice, "/staff?a=b")
        assert not browser.jar.names("other.mtls.test")


def test_another_path(event, alice):
    name = "path.mtls.test"
    with event.browser(alice, CERT) as browser:
        hops = visit(event, browser, "/staff", alice, name)
        assert hops[2].url.path == "/deep/down/return"
        told = browser.fetch(event.url("/board", name), event.url("/open", name))
        assert Url(told.header("MTLS-Step-Up")).path == "/deep/down/start"
        assert browser.open(event.url("/.mtls/done", name)).status == 200
        assert event.oracle.ran(browser.hops[-1].case), "nothing of ours there"


def test_require_a_ticket(event, alice):
    with event.browser(alice, CERT) as browser:
        visit(event, browser, "/staff", alice, "proof.mtls.test")


@pytest.mark.parametrize("protocol", ["h1", "h2"])
def test_sections_see_a_ticket(event, alice, protocol):
    """What <If> says of the holder is known when httpd looks which sections apply."""
    name = "sections.mtls.test"
    with event.browser(alice, CERT, protocol=protocol) as browser:
        visit(event, browser, "/unless", alice, name)
        assert_served(event, browser.open(event.url("/unless/x", name)), alice)
        hop = browser.open(event.url("/if", name))
        assert hop.status == 403
        assert_none_ran(event, hop)


# many streams

def test_F_37_many_streams(event, alice):
    """Each is sent for itself; afterwards each is served, and the connection is one."""
    with event.browser(alice, CERT, protocol="h2") as browser:
        browser.open(event.url("/open"))
        host = "%s:%d" % (WWW, event.port)

        def streams(fields):
            with h2(event.port, sni=WWW) as client:
                return client.finish(*[client.start("/staff/%d" % n, host=host, headers=fields)
                                       for n in range(60)])

        sent = streams([("accept", "text/html")])
        states = {dict(s.response.headers)["location"] for s in sent}
        assert len(states) == 60 and {s.status for s in sent} == {302}
        visit(event, browser, "/staff", alice)
        served = streams([("cookie", browser.jar.field(WWW))])
        for stream in served:
            assert stream.status == 200, stream
            assert event.oracle.one(stream.case)["env"]["MTLS_SUBJECT"] == alice.subject


# methods before it

def test_default_order_prefers_the_connection(event, alice):
    """TLS 1.2 is renegotiated, TLS 1.3 with PHA is asked, others are sent away."""
    for version, pha, proof in ("1.2", False, "renegotiation"), ("1.3", True, "post-handshake"):
        with event.browser(alice, "*", version=version, pha=pha) as browser:
            hop = browser.open(event.url("/staff", STATED))
            assert hop.status == 200, hop
            assert event.oracle.one(hop.case)["env"]["MTLS_PROOF"] == proof
    with event.browser(alice, CERT, version="1.3") as browser:
        assert len(visit(event, browser, "/staff", alice, STATED)) == 4


@pytest.mark.parametrize("version,pha", [("1.2", False), ("1.3", True), ("1.3", False)])
def test_default_order_over_h2_keeps_browsers_on_it(event, alice, version, pha):
    with event.browser(alice, "*", version=version, pha=pha, protocol="h2") as browser:
        hops = visit(event, browser, "/staff", alice, STATED)
        assert len(hops) == 4 and hops[-1].conn.alpn == "h2"


def test_default_order_over_h2_sends_programs_to_h1(event, alice, tmp_path):
    """Those that can be asked there."""
    done = subprocess.run(
        [CURL, "-sSk", "--http2", "--max-time", "20", "--cert", alice.file, "--key",
         alice.key_file, "--resolve", "%s:%d:127.0.0.1" % (STATED, event.port), "-w",
         "\n%{http_code} %{http_version}", event.url("/staff", STATED)], capture_output=True,
        timeout=30, check=True)
    body, _, tail = done.stdout.decode().rpartition("\n")
    assert tail == "200 1.1", done
    assert json.loads(body)["env"]["MTLS_PROOF"] == "post-handshake"


# S-15: who is sent, and who is told

def assert_told(site, hop, status=403, word="step-up-required"):
    """A refusal that names the address where a step-up begins, for people and for programs."""
    assert_stopped(site, hop, word, status)
    assert hop.status not in (301, 302, 303, 307, 308) and not hop.cookies, hop
    address = start_of(hop)
    if hop.header("Content-Type").startswith("application/problem+json"):
        assert hop.json["step_up"] == address
    else:
        assert address.replace("&", "&amp;") in hop.text
    challenge = hop.header("WWW-Authenticate")
    assert challenge == ('MTLS step-up="%s"' % address if status == 401 else None)
    return address


PAGE = "https://www.mtls.test:%d/open"
ELSEWHERE = "https://evil.example/page"


def told_ways(site):
    """name: (how to ask, status)."""
    page = PAGE % site.port
    upgrade = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
               ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")]
    url = site.url("/api/x")
    return {
        "form": (lambda b: b.post(url, b"a=1", page), 403),
        "form from elsewhere": (lambda b: b.post(url, b"a=1", ELSEWHERE), 403),
        "put": (lambda b: b.open(url, "PUT", b"x"), 403),
        "delete": (lambda b: b.open(url, "DELETE"), 403),
        "fetch": (lambda b: b.fetch(url, page), 401),
        "fetch of the same origin": (lambda b: b.fetch(url, page, mode="same-origin"), 401),
        "fetch post": (lambda b: b.fetch(url, page, "POST", b"{}", kind="application/json"), 401),
        "fetch no-cors": (lambda b: b.fetch(url, page, mode="no-cors"), 401),
        "image": (lambda b: b.open(url, initiator=page, mode="no-cors", dest="image"), 403),
        "script": (lambda b: b.open(url, initiator=page, mode="no-cors", dest="script"), 403),
        "iframe": (lambda b: b.frame(url, page), 403),
        "frame": (lambda b: b.frame(url, page, "frame"), 403),
        "object": (lambda b: b.frame(url, page, "object"), 403),
        "embed": (lambda b: b.frame(url, page, "embed"), 403),
        "websocket": (lambda b: b.open(url, initiator=page, mode="websocket", dest="websocket",
                                       headers=upgrade), 403),
        "upgrade of a page": (lambda b: b.open(url, headers=upgrade), 403),
    }


TOLD = ["form", "form from elsewhere", "put", "delete", "fetch", "fetch of the same origin", "fetch post",
        "fetch no-cors", "image", "script", "iframe", "frame", "object", "embed", "websocket",
        "upgrade of a page"]


@pytest.mark.parametrize("protocol", ["h1", "h2"])
@pytest.mark.parametrize("name", TOLD)
def test_S_15_told_not_sent(event, alice, name, protocol):
    """Whatever would lose data, or show itself where nobody sees it, is told where to go instead."""
    ask, status = told_ways(event)[name]
    if protocol == "h2" and ("upgrade" in name or name == "websocket"):
        pytest.skip("HTTP/2 has no Upgrade")
    with event.browser(alice, CERT, protocol=protocol) as browser:
        hop = ask(browser)
        if name == "fetch no-cors":
            status = hop.status
            assert status in (401, 403)
        kind = "text/html; charset=utf-8" if hop.request.mode == "navigate" else "application/problem+json"
        assert hop.header("Content-Type") == kind, "what nobody sees need not be a page: %r" % hop
        address = assert_told(event, hop, status)
        hops = browser.go(address, initiator=PAGE % event.port)
        assert hops[-1].status == 200, hops[-1]
        if hop.request.method == "GET" and hop.request.dest not in ("document", "websocket"):
            assert hops[-1].url.path == "/.mtls/done", hops[-1].url.text
        assert_served(event, browser.open(event.url("/api/x")), alice, "/api/x")


@pytest.mark.parametrize("headers,sent", [
    ([("Accept", "*/*")], True), ([], True), ([("Accept", "text/html")], True),
    ([("Accept", "application/json")], False), ([PROBLEM], False),
    ([("X-Requested-With", "XMLHttpRequest")], False),
    ([("Connection", "Upgrade"), ("Upgrade", "websocket")], False),
    ([("X-HTTP-Method-Override", "POST")], True)])
def test_S_15_programs(event, headers, sent):
    """Without Sec-Fetch fields: a plain GET is sent, what wants JSON is told."""
    with event.browser(program=True) as browser:
        hop = browser.open(event.url("/api"), headers=headers)
        if sent:
            assert_sent(event, hop)
        else:
            assert_told(event, hop, 403 if any("Upgrade" in h for h in headers) else 401)


@pytest.mark.parametrize("protocol", ["h1", "h2"])
def test_S_34_head_is_decided_as_get(event, alice, protocol):
    with event.browser(alice, CERT, protocol=protocol) as browser:
        hop = browser.open(event.url("/staff"), "HEAD")
        assert_sent(event, hop)
        hops = browser.walk(hop)
        assert [h.request.method for h in hops] == ["HEAD"] * 4
        assert_served(event, hops[-1], alice, "/staff")


def test_S_34_a_field_makes_no_method(event, alice):
    """X-HTTP-Method-Override and its kin change nothing, in either direction."""
    names = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"]
    with event.browser(alice, CERT) as browser:
        visit(event, browser, "/staff", alice)
        for name in names:
            hop = browser.post(event.url("/staff"), b"x", ELSEWHERE, headers=[(name, "GET")])
            assert_stopped(event, hop, "step-up-required" if hop.sent("Cookie") is None
                           else "cross-origin")
            hop = browser.open(event.url("/staff"), headers=[(name, "POST")])
            assert_served(event, hop, alice)


@pytest.mark.parametrize("protocol", ["h1", "h2"])
@pytest.mark.parametrize("path,status", [("/api", 204), ("/passed", 200), ("/barred", 403)])
def test_S_15_preflight(event, path, status, protocol):
    """Answered without the handler, handed on, or refused: never sent elsewhere."""
    asks = [("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "x-a")]
    with event.browser(protocol=protocol) as browser:
        hop = browser.fetch(event.url(path), ELSEWHERE, "OPTIONS", headers=asks)
        assert hop.status == status, hop
        assert event.oracle.ran(hop.case) == (path == "/passed")
        assert hop.location is None and not hop.cookies


def test_S_15_options_that_is_no_preflight(event):
    with event.browser(program=True) as browser:
        hop = browser.open(event.url("/passed"), "OPTIONS")
        assert hop.status in (401, 403), hop
        assert_none_ran(event, hop)


def test_S_15_a_preflight_brings_nobody_in(event):
    """MTLSPreflight pass is for OPTIONS alone."""
    asks = [("Access-Control-Request-Method", "PUT"), ("Origin", "https://evil.example")]
    for method in "GET", "POST", "PUT", "HEAD", "TRACE":
        with event.browser(program=True) as browser:
            hop = browser.open(event.url("/passed"), method, b"" if method == "PUT" else None,
                               headers=asks)
            assert_none_ran(event, hop)


# S-31: long addresses

def test_S_31_long_addresses(event, alice):
    """What can be carried comes back whole; longer ones are refused, and every URL stays below 2 KB."""
    with event.browser(alice, CERT) as browser:
        path = "/staff?" + "x" * (1024 - len("/staff?"))
        hops = visit(event, browser, path, alice)
        assert max(len(h.url.text) for h in hops) <= 2048
        assert len(browser.jar.value(WWW, TICKET)) <= 512
    with event.browser(alice, CERT) as browser:
        for size in 1025, 4000, 7500:
            hop = browser.open(event.url("/staff?" + "x" * (size - len("/staff?"))))
            assert_stopped(event, hop, "address-too-long", 414)


# S-16: going round in circles

def test_S_16_tickets_that_do_not_stay(event, alice):
    """A browser that loses the ticket each time is told so after two rounds; one that was served is not."""
    with event.browser(alice, CERT) as browser:
        for _ in range(3):
            visit(event, browser, "/staff", alice)
            browser.jar.drop(WWW, TICKET)
    with event.browser(alice, CERT) as browser:
        browser.jar.without = (TICKET,)
        hops = browser.go(event.url("/staff"))
        assert len(hops) == 7, [h.url.text for h in hops]
        assert_stopped(event, hops[-1], "step-up-loop")
        assert_sent(event, browser.open(event.url("/board"))), "another place is not concerned"


def test_S_16_cookies_are_blocked(event, alice):
    """Ends with a page that says why, after one round."""
    with event.browser(alice, CERT) as browser:
        browser.jar.blocked = True
        hops = browser.go(event.url("/staff"))
        assert len(hops) == 3
        assert_stopped(event, hops[-1], "step-up-invalid")
