# SPDX-License-Identifier: Apache-2.0
"""Pages and documents of step-up by redirect: what they say, in which language, and with which fields.

S-15 S-23 S-33.
"""
import html.parser
import json
import re

import pytest

from mtlstest import stepping
from mtlstest.roundtrip import Browser, Url
from mtlstest.sites import PROBLEM
from mtlstest.stepping import (CERT, WWW, app, assert_none_ran, endpoint, hops_until, start_of, visit)

FRENCH = {"reasons": {"expired": {"title": "P\u00e9rim\u00e9 <b>&", "advice": "Demandez-en un autre."},
                      "step-up-required": {"title": "Montrez d'abord votre certificat."}}}


@pytest.fixture(scope="module")
def site(pki):
    made = stepping.site(pki, app() + endpoint(), name="pages",
                         head="MTLSTextFile fr @ROOT@/conf/fr.json\n",
                         files={"conf/fr.json": json.dumps(FRENCH)})
    with made as running:
        yield running


@pytest.fixture
def alice(pki):
    return stepping.person(pki)


class Page(html.parser.HTMLParser):
    """What a page is made of."""

    VOID = {"meta", "br", "hr", "img", "input", "link"}

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.words, self.lang = [], [], [], None
        self.feed(text)
        self.close()
        assert not self.open, "not closed: %r" % self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "html":
            self.lang = dict(attrs).get("lang")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("p", "li"):
            while self.open and self.open[-1] in ("p", "li") and self.open[-1] != tag:
                self.open.pop()
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    @property
    def links(self):
        return [attrs.get("href") for tag, attrs in self.tags if tag == "a"]


def pages(site, pki):
    """Every page a person can meet, by name."""
    found = {}
    with site.browser(None, CERT) as browser:
        found["no certificate"] = browser.go(site.url("/staff"))[-1]
        found["told"] = browser.post(site.url("/staff"), b"x", site.url("/open"))
        found["return"] = browser.open(site.url("/.mtls/return?c=x"))
        found["start"] = browser.open(site.url("/.mtls/start?s=x"))
        found["done"] = browser.open(site.url("/.mtls/done"))
        found["logout"] = browser.open(site.url("/logout"))
        found["state"] = browser.open(site.url("/?s=x", CERT))
        found["lost"] = browser.open(site.url("/elsewhere", CERT))
        browser.show(CERT, pki.expired)
        browser.forget_connections()
        found["expired"] = browser.go(site.url("/staff"))[-1]
        browser.show(CERT, pki.anna)
        browser.forget_connections()
        found["group"] = browser.go(site.url("/group"))[-1]
        found["left"] = browser.post(site.url("/logout"), b"", site.url("/open"))
    return found


NAMES = ["no certificate", "told", "return", "start", "done", "logout", "state", "expired", "group", "left"]


@pytest.fixture(scope="module")
def shown(site, pki):
    return pages(site, pki)


@pytest.mark.parametrize("name", NAMES)
def test_each_page(shown, name):
    """Small, whole, in a language, without anything from elsewhere, in no frame, kept by nobody."""
    hop = shown[name]
    assert hop.header("Content-Type").lower().replace(" ", "") == "text/html;charset=utf-8", hop
    page = Page(hop.text)
    assert page.lang == "en" and len(hop.body) < 8192
    tags = [tag for tag, _ in page.tags]
    assert tags.count("title") == 1 and tags.count("h1") == 1 and "main" in tags, tags
    assert not {"script", "iframe", "img", "object", "embed"} & set(tags), tags
    assert ("meta", "viewport") in [(tag, attrs.get("name")) for tag, attrs in page.tags]
    for tag, attrs in page.tags:
        assert not any(key.startswith("on") for key in attrs), attrs
        if tag == "link":
            assert not attrs.get("href", "").startswith("http"), attrs
    policy = hop.header("Content-Security-Policy") or ""
    assert "frame-ancestors 'none'" in policy and "default-src 'none'" in policy, hop
    assert "unsafe-eval" not in policy and "*" not in policy
    assert hop.header("X-Frame-Options") == "DENY"
    assert "no-store" in hop.header("Cache-Control")
    assert hop.header("Content-Language") == "en", hop


@pytest.mark.parametrize("name", ["no certificate", "told", "expired", "group"])
def test_ways_on(shown, name):
    """A link that is an address of the application's host, the same as the header's."""
    hop = shown[name]
    links = [link for link in Page(hop.text).links if link and "/.mtls/start?s=" in link]
    assert links == [start_of(hop)], hop
    assert Url(links[0]).host == WWW


LANGUAGES = [(None, "en"), ("de", "de"), ("de-AT", "de"), ("fr, de;q=0.5", "fr"), ("nl", "en"),
             ("nl, de;q=0.1", "de"), ("de;q=0, en", "en"), ("*", "en"), ("", "en"), ("d e", "en"),
             ("de" * 5000, None), ("en;q=0.2, de;q=0.9", "de"), ("de;q=x", None)]


@pytest.mark.parametrize("asked,tag", LANGUAGES, ids=range(len(LANGUAGES)))
def test_languages(site, asked, tag):
    """At both hosts, by Accept-Language."""
    if asked and len(asked) > 8000:
        pytest.skip("longer than a field may be")
    with site.browser(None, CERT, language=asked) as browser:
        for hop in (browser.post(site.url("/staff"), b"", site.url("/open")),
                    browser.go(site.url("/staff"))[-1], browser.open(site.url("/.mtls/done"))):
            page = Page(hop.text)
            assert tag is None or page.lang == tag == hop.header("Content-Language"), hop
            assert page.lang in ("en", "de", "fr")


def test_german_is_another_text(site):
    texts = {}
    for language in "en", "de":
        with site.browser(None, CERT, language=language) as browser:
            texts[language] = [Page(hop.text).text for hop in (
                browser.post(site.url("/staff"), b"", site.url("/open")), browser.go(site.url())[-1],
                browser.open(site.url("/.mtls/done")), browser.open(site.url("/logout")))]
    for english, german in zip(texts["en"], texts["de"]):
        assert english != german and len(german) > 40


def test_words_of_the_administrator(site, pki):
    """From a file, escaped; what it lacks is English."""
    with site.browser(pki.expired, CERT, language="fr") as browser:
        hop = browser.go(site.url())[-1]
        assert "Demandez-en un autre." in hop.text
        assert FRENCH["reasons"]["expired"]["title"] in Page(hop.text).text and "<b>" not in hop.text
        hop = browser.open(site.url("/.mtls/done"))
        assert Page(hop.text).text


# programs

@pytest.mark.parametrize("method,status", [("GET", 401), ("POST", 403)])
def test_problem_document(site, method, status):
    """RFC 9457, with where to go; nothing in it is HTML."""
    with Browser(program=True) as browser:
        hop = browser.open(site.url("/api/x"), method, None if method == "GET" else b"{}",
                           headers=[PROBLEM])
        assert_none_ran(site, hop)
        assert hop.status in (status, 401), hop
        found = hop.json
        assert found["reason"] == "step-up-required" and found["status"] == hop.status
        assert found["step_up"] == start_of(hop)
        assert isinstance(found["title"], str) and not hop.cookies
        if hop.status == 401:
            assert hop.header("WWW-Authenticate") == 'MTLS step-up="%s"' % start_of(hop)


def test_problem_document_of_the_endpoint(site, pki):
    with site.browser() as browser:
        state = hops_until(site, browser, "state").to
    with Browser(program=True, certs={CERT: pki.foreign}) as browser:
        hop = browser.open(state.text, headers=[PROBLEM])
        assert hop.status == 403 and hop.json["reason"] == "untrusted-issuer"
        assert hop.json["step_up"] == start_of(hop) and Url(start_of(hop)).host == WWW


def test_script_repeats_after_a_window(site, alice):
    """What a page does: told by fetch(), opens the address in a window, and fetches again."""
    with site.browser(alice, CERT) as browser:
        page = site.url("/open")
        first = browser.fetch(site.url("/api/x"), page)
        assert first.status == 401
        window = browser.go(start_of(first), initiator=page)
        assert window[-1].status == 200 and window[-1].url.path == "/.mtls/done"
        again = browser.fetch(site.url("/api/x"), page)
        assert again.status == 200
        again = browser.fetch(site.url("/api/x"), page, "POST", b"{}", kind="application/json")
        assert again.status == 200 and site.oracle.one(again.case)["method"] == "POST"


def test_a_start_works_again_and_again(site, pki):
    """It is no secret of one browser: whoever opens it begins an own attempt."""
    with site.browser() as browser:
        start = start_of(browser.post(site.url("/staff"), b"", site.url("/open")))
    for _ in range(2):
        who = stepping.person(pki)
        with site.browser(who, CERT) as browser:
            assert browser.go(start)[-1].url.path == "/.mtls/done"
            assert browser.open(site.url()).status == 200


def test_head_has_no_body(site):
    with Browser(program=True) as browser:
        for path in "/.mtls/done", "/.mtls/return?c=x":
            hop = browser.open(site.url(path), "HEAD")
            assert hop.body == b"" and hop.status in (200, 403, 405), hop


def test_logout_says_what_remains(site, alice):
    """The certificate stays with the browser, and the page says so."""
    with site.browser(alice, CERT) as browser:
        visit(site, browser, "/staff", alice)
        hop = browser.post(site.url("/logout"), b"", site.url("/open"))
        text = Page(hop.text).text.lower()
        assert "certificate" in text and "browser" in text
        assert re.search(r"\bno-store\b", hop.header("Cache-Control"))
