# SPDX-License-Identifier: Apache-2.0
"""Forms and step-up by redirect: kept by redirect-post, once and whole; by nothing else.

S-14 S-15, with T-P02 for methods that change something.
"""
import hashlib
import os

import pytest

from mtlstest import stepping
from mtlstest.clients import h1
from mtlstest.roundtrip import Browser
from mtlstest.sites import PROBLEM
from mtlstest.stepping import (CERT, TICKET, WWW, app, assert_none_ran, assert_sent, assert_served,
                               assert_stopped, endpoint, start_of, visit)

EVIL = "https://evil.example/page"
PROTOCOLS = ["h1", "h2"]
FORM_FIELDS = [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"),
               ("Sec-Fetch-Site", "same-origin"), ("Content-Type", "application/x-www-form-urlencoded")]


@pytest.fixture(scope="module", params=["event", "prefork"])
def site(request, pki):
    with stepping.site(pki, app() + endpoint(), name="post", mpm=request.param) as running:
        yield running


@pytest.fixture
def alice(pki):
    return stepping.person(pki)


def bodies():
    boundary = "----boundary7MA4YWxkTrZu0gW"
    part = ('--%s\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n" % boundary).encode()
    return {
        "small": (b"a=1&b=%20&c=%26", "application/x-www-form-urlencoded"),
        "empty": (b"", "application/x-www-form-urlencoded"),
        "binary": (bytes(range(256)) * 8, "text/plain"),
        "multipart": (part + os.urandom(200 * 1024) + ("\r\n--%s--\r\n" % boundary).encode(),
                      "multipart/form-data; boundary=" + boundary)}


def assert_arrived(site, hops, who, body, path):
    """The handler ran once on the whole way, with these octets."""
    assert_none_ran(site, *hops[:-1])
    seen = assert_served(site, hops[-1], who, path)
    assert seen["method"] == "POST"
    assert (seen["body_len"], seen["body_sha256"]) == (
        len(body), hashlib.sha256(body).hexdigest()), seen
    return seen


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", ["small", "empty", "binary", "multipart"])
def test_a_form_travels(site, alice, kind, protocol):
    """307 all the way; the browser has lost the Origin, and the form is taken all the same."""
    if protocol == "h2" and "prefork" in site.name:
        pytest.skip("mod_http2 is not meant for prefork")
    body, content_type = bodies()[kind]
    with site.browser(alice, CERT, protocol=protocol) as browser:
        hop = browser.post(site.url("/form/x?y=1"), body, site.url("/open"), kind=content_type)
        assert_sent(site, hop, status=307)
        hops = browser.walk(hop)
        assert [h.status for h in hops] == [307, 307, 307, 200], hops[-1]
        assert [h.request.method for h in hops] == ["POST"] * 4
        assert hops[-1].sent("Origin") == "null", "as browsers do"
        assert_arrived(site, hops, alice, body, "/form/x?y=1")
        assert_served(site, browser.open(site.url("/form")), alice)


def test_what_is_given_for_it_is_given_once(site, alice):
    """The same request again, with all its cookies, comes from nowhere; a browser soon forgets it."""
    with site.browser(alice, CERT) as browser:
        hop = browser.post(site.url("/form/x"), b"a=1", site.url("/open"))
        for _ in range(2):
            hop = browser.follow(hop)
        assert hop.status == 307 and hop.set_cookie(TICKET)
        given = [c for c in hop.cookies if c.name != TICKET]
        assert given and all(c.max_age <= 60 for c in given), given
        granted = browser.jar.field(WWW)
        last = browser.follow(hop)
        assert_arrived(site, [last], alice, b"a=1", "/form/x")
        fields = [("Origin", "null"), ("Sec-Fetch-Site", "same-site"), PROBLEM]
        with Browser(program=True) as replay:
            again = replay.open(site.url("/form/x"), "POST", b"a=1", headers=[
                *fields, ("Cookie", granted)])
            assert_stopped(site, again, "cross-origin")


@pytest.mark.parametrize("path", ["/form/y", "/form/x?z", "/staff", "/form/X"])
def test_what_is_given_is_for_one_address(site, alice, path):
    with site.browser(alice, CERT) as browser:
        hop = browser.post(site.url("/form/x"), b"a=1", site.url("/open"))
        for _ in range(2):
            hop = browser.follow(hop)
        other = browser.follow(hop, url=site.url(path))
        assert_stopped(site, other, "cross-origin")


def test_what_is_given_is_for_one_ticket(site, pki, alice):
    """With another's ticket it is worth nothing."""
    def half(who):
        browser = site.browser(who, CERT)
        hop = browser.post(site.url("/form/x"), b"a=1", site.url("/open"))
        for _ in range(2):
            hop = browser.follow(hop)
        return browser, hop

    one, hop = half(alice)
    two, _ = half(stepping.person(pki))
    with one, two:
        one.jar.set(WWW, TICKET, two.jar.value(WWW, TICKET))
        assert_stopped(site, one.follow(hop), "cross-origin")


OVERTAKING = {
    "fetch": [("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "empty"), ("Origin", "null")],
    "cors": [("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Dest", "empty"), ("Origin", "https://app.mtls.test")],
    "frame": [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe"), ("Origin", "null")],
    "window": [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"), ("Origin", "https://app.mtls.test")]}


@pytest.mark.parametrize("how", OVERTAKING)
def test_S_14_what_is_given_is_for_a_form_that_travelled(site, alice, how):
    """A page of a sibling host, which is sent the same cookies, does not take its place unseen, nor under its
    own name; and the form arrives."""
    with site.browser(alice, CERT) as browser:
        hop = browser.post(site.url("/form/x"), b"a=1", site.url("/open"))
        for _ in range(2):
            hop = browser.follow(hop)
        with Browser(program=True) as sibling:
            other = sibling.open(site.url("/form/x"), "POST", b"evil=1", headers=[
                *OVERTAKING[how], ("Sec-Fetch-Site", "same-site"), ("Cookie", browser.jar.field(WWW)), PROBLEM])
            assert_stopped(site, other, "cross-origin")
        assert_arrived(site, [browser.follow(hop)], alice, b"a=1", "/form/x")


def test_what_was_given_is_taken_back(site, alice):
    """The answer that it was spent for deletes it, with the mark of having come back, and no other cookie."""
    with site.browser(alice, CERT) as browser:
        hop = browser.post(site.url("/form/x"), b"a=1", site.url("/open"))
        for _ in range(2):
            hop = browser.follow(hop)
        grants = [c.name for c in hop.cookies if c.name != TICKET and not c.value.startswith("done.")]
        assert len(grants) == 1, hop.cookies
        last = browser.follow(hop)
        assert_arrived(site, [last], alice, b"a=1", "/form/x")
        marks = [c.name for c in hop.cookies if c.value.startswith("done.")]
        assert sorted(c.name for c in last.cookies) == sorted(grants + marks), last.cookies
        assert {(c.value, c.max_age, c.fault) for c in last.cookies} == {("", 0, None)}
        assert grants[0] not in browser.jar.names(WWW)
        assert_served(site, browser.open(site.url("/form/x")), alice)


@pytest.mark.parametrize("fields", [
    [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")],
    [("Sec-Fetch-Site", "same-site"), ("Origin", "https://app.mtls.test")],
    [("Origin", "null")], [("Origin", "https://evil.example")], []])
@pytest.mark.parametrize("known", [False, True])
def test_forms_of_others_do_not_travel(site, alice, fields, known):
    """CSRF: neither sent on nor taken."""
    with site.browser(alice, CERT) as browser:
        more = [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")] if fields else []
        if known:
            visit(site, browser, "/form", alice)
            more = more + [("Cookie", browser.jar.field(WWW))]
        with Browser(program=True) as other:
            hop = other.open(site.url("/form"), "POST", b"a=1", headers=fields + more)
            assert_stopped(site, hop, "cross-origin" if known else "step-up-required")
            assert hop.location is None


def test_a_page_of_another_site_posts(site, alice):
    """A whole browser: the ticket does not even come along, and nothing happens."""
    with site.browser(alice, CERT) as browser:
        visit(site, browser, "/form", alice)
        hop = browser.post(site.url("/form"), b"a=1", EVIL)
        assert hop.sent("Cookie") is None and hop.sent("Origin") == "https://evil.example"
        assert_none_ran(site, hop)
        assert hop.status == 403 and hop.location is None
        assert_served(site, browser.open(site.url("/form")), alice), "the ticket is as it was"


def test_the_default_keeps_nothing(site, alice):
    """Told to show the certificate first; then the user sends it again."""
    with site.browser(alice, CERT) as browser:
        hop = browser.post(site.url("/staff"), b"secret=1", site.url("/open"))
        assert_stopped(site, hop, "step-up-required")
        assert b"secret" not in hop.body
        hops = browser.go(start_of(hop), initiator=hop.url)
        assert hops[-1].status == 200 and hops[-1].url.path == "/.mtls/done"
        assert_none_ran(site, *hops)
        again = browser.post(site.url("/staff"), b"secret=1", site.url("/open"))
        assert_arrived(site, [again], alice, b"secret=1", "/staff")


def test_other_methods_do_not_travel(site, alice):
    with site.browser(alice, CERT) as browser:
        for method in "PUT", "PATCH", "DELETE":
            hop = browser.open(site.url("/form"), method, b"x", initiator=site.url("/open"))
            assert_stopped(site, hop, "step-up-required")
        for mode in "cors", "same-origin":
            hop = browser.fetch(site.url("/form"), site.url("/open"), "POST", b"x", mode=mode)
            assert_stopped(site, hop, "step-up-required", 401)


def test_a_get_of_such_a_place_is_sent_as_any(site, alice):
    with site.browser(alice, CERT) as browser:
        hops = visit(site, browser, "/form", alice)
        assert [h.status for h in hops] == [302, 302, 302, 200]


def test_the_endpoint_takes_a_form_only_where_one_began(site, alice):
    """POST with the state of a GET."""
    with site.browser(alice, CERT) as browser:
        hop = browser.open(site.url("/staff"))
        answer = browser.open(hop.to.text, "POST", b"x", initiator=site.url("/open"))
        assert answer.status in (403, 405) and answer.location is None, answer
        assert_none_ran(site, answer)


def test_a_form_that_is_refused_at_the_endpoint(site, alice):
    """The form is gone; the way back begins with a page."""
    with site.browser(None, CERT) as browser:
        hops = browser.walk(browser.post(site.url("/form/x"), b"a=1", site.url("/open")))
        assert hops[-1].status == 403 and hops[-1].url.host == CERT, hops[-1]
        browser.show(CERT, alice)
        browser.forget_connections()
        hops = browser.go(start_of(hops[-1]))
        assert_none_ran(site, *hops[:-1])
        assert hops[-1].status == 200 and hops[-1].request.method == "GET"


def test_a_form_after_the_ticket_is_gone(site, alice):
    """The ticket was revoked while one was typing."""
    with site.browser(alice, CERT) as browser:
        visit(site, browser, "/form", alice)
        with Browser(program=True) as elsewhere:
            elsewhere.open(site.url("/logout"), "POST", b"", headers=[
                ("Cookie", browser.jar.field(WWW)), ("Sec-Fetch-Site", "same-origin")])
        hops = browser.walk(browser.post(site.url("/form/x"), b"a=1", site.url("/form")))
        assert [h.status for h in hops] == [307, 307, 307, 200], hops[-1]
        assert_arrived(site, hops, alice, b"a=1", "/form/x")


def test_a_large_form_is_refused_before_it_travels(site, alice):
    """LimitRequestBody of the place holds for each hop; nothing is half taken."""
    with site.browser(alice, CERT) as browser:
        body = os.urandom(1024 * 1024)
        hops = browser.walk(browser.post(site.url("/form/big"), body, site.url("/open"),
                                         kind="application/octet-stream"))
        if hops[-1].status == 200:
            assert_arrived(site, hops, alice, body, "/form/big")
        else:
            assert hops[-1].status == 413 and not site.oracle.ran(hops[-1].case)


# bodies that come in other ways

def test_expect_100_continue(site):
    """Sent away without being asked for the body, or after it; in any case once and at once."""
    with h1(site.port, sni=WWW, version="1.3") as client:
        head, case = client.head("/form/x", "POST", host="%s:%d" % (WWW, site.port), headers=[
            *FORM_FIELDS, ("Origin", site.url("")), ("Expect", "100-continue"),
            ("Content-Length", "100000")])
        client.conn.send(head)
        answer = client.read(case)
        assert answer.status == 307 and answer.interim == [], answer
        assert not site.oracle.ran(case)


@pytest.mark.parametrize("who", ["nobody", "known"])
def test_chunked(site, alice, who):
    """Without a length: sent away, or taken whole."""
    with site.browser(alice, CERT) as browser:
        fields = [*FORM_FIELDS, ("Origin", site.url(""))]
        if who == "known":
            visit(site, browser, "/form", alice)
            fields.append(("Cookie", browser.jar.field(WWW)))
        with h1(site.port, sni=WWW, version="1.3") as client:
            answer = client.ask_chunked("/form/x", [b"a" * 10, b"b" * 70000], headers=fields,
                                        host="%s:%d" % (WWW, site.port))
        if who == "known":
            assert site.oracle.one(answer.case)["body_len"] == 70010
        else:
            assert answer.status == 307 and not site.oracle.ran(answer.case), answer
