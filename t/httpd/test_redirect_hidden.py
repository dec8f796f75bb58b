# SPDX-License-Identifier: Apache-2.0
"""Out of sight: tickets, states, codes and nonces reach no handler, no CGI, no backend, no log, no Referer.

S-12, S-02 (never logged).  Everything else of a Cookie field stays as it was, octet by octet.
"""
import os
import re

import pytest

from mtlstest import stepping
from mtlstest.oracle import new_case
from mtlstest.roundtrip import Browser, Url
from mtlstest.service import Answer, Service
from mtlstest.sites import location
from mtlstest.stepping import (CERT, PLACES, TICKET, WWW, app, endpoint, hops_until, raw, start_of,
                               visit)

CGI = """#!/bin/sh
env -0 > @ROOT@/tmp/env.$HTTP_X_CASE
printf 'Content-Type: text/plain\\r\\n\\r\\n'
env
"""
STAFF = ["MTLSVerifyClient require", "MTLSAccept staff"]
EXTRA = "".join([
    'ScriptAlias /cgi/ "@ROOT@/cgi/"\n', location("/cgi", *STAFF, "SetHandler cgi-script"),
    '<Directory "@ROOT@/cgi">\n  Options +ExecCGI\n  Require all granted\n</Directory>\n',
    location("/backend", *STAFF),
    location("/ssi", *STAFF, "SetHandler none"), location("/folder", *STAFF, "SetHandler none"),
    location("/words", *STAFF, "ErrorDocument 403 /open/refused", "Require all denied"),
    location("/refused", *STAFF, "ErrorDocument 403 /open/refused"),
    location("/gone", *STAFF, "SetHandler none", "ErrorDocument 404 /open/gone"),
    "AddOutputFilter INCLUDES .shtml\n",
    '<Directory "@ROOT@/htdocs">\n  Options +Includes\n  Require all granted\n'
    "  DirectoryIndex index.html\n</Directory>\n",
    "RewriteEngine on\nRewriteRule ^/moved/(.*)$ /staff/$1?q=%{QUERY_STRING} [PT,QSA]\n"
    "RewriteRule ^/turned/(.*)$ http://127.0.0.1:@BACKEND@/turned/$1 [P]\n"
    "RewriteRule ^/told/(.*)$ /staff/told [PT,E=saw:cookies=%{HTTP_COOKIE}]\n"
    'Header always set X-Saw "%{saw}e" env=saw\n',
    location("/turned", *STAFF), location("/moved", *STAFF), location("/told", *STAFF),
    "ProxyPass /backend http://127.0.0.1:@BACKEND@/backend\n",
    # what is not protected sees no more
    "ProxyPass /free http://127.0.0.1:@BACKEND@/free\n",
    "ProxyPass /.mtls/ http://127.0.0.1:@BACKEND@/mtls/\n"])
STATED, STATED_CERT = "stated.mtls.test", "stated-cert.mtls.test"
DOCUMENTS = "ErrorDocument 403 /open/refused\nErrorDocument 404 /open/refused\n"
FILES = {
    "cgi/env": CGI, "htdocs/ssi/page.shtml": '<!--#include virtual="/staff/inner" -->'
    '<!--#echo var="HTTP_COOKIE" --><!--#echo var="QUERY_STRING" --><!--#printenv -->',
    "htdocs/folder/index.html": "a folder"}


class Backend(Service):
    """Remembers what it was asked."""

    def answer_to(self, request):
        return Answer(b"from behind", "text/plain")


@pytest.fixture(scope="module")
def backend():
    with Backend() as one:
        yield one


def make(pki, backend, mpm):
    extra = EXTRA.replace("@BACKEND@", str(backend.port))
    made = stepping.site(
        pki, app(places=PLACES + extra, lines="MTLSTicketTime idle=1h\n") + endpoint()
        + app(STATED, DOCUMENTS, url="https://%s:@PORT@/" % STATED_CERT)
        + endpoint(STATED_CERT, DOCUMENTS), name="hidden", mpm=mpm,
        modules=["rewrite", "proxy", "proxy_http", "include", "dir", "mime", "alias", "env",
                 "cgi" if mpm == "prefork" else "cgid", "headers", "log_forensic", "setenvif"],
        head="ScriptSock @ROOT@/tmp/cgid.sock\n" if mpm != "prefork" else "")
    for name, text in FILES.items():
        made.write(name, text.replace("@ROOT@", made.root))
    os.chmod(made.path("cgi", "env"), 0o755)
    return made


@pytest.fixture(scope="module", params=["event", "prefork"])
def site(request, pki, backend):
    with make(pki, backend, request.param) as running:
        yield running


@pytest.fixture
def alice(pki):
    return stepping.person(pki)


PROTOCOLS = ["h1", "h2"]
OTHERS = 'first=1; "odd"; =; last=a,b c; __Host-other=x; __Secure-mtls=y; mtls=z'


@pytest.fixture(scope="module")
def known(site, pki):
    """A browser's ticket, and every secret of its walk."""
    who = stepping.person(pki)
    with site.browser(who, CERT) as browser:
        hops = visit(site, browser, "/staff", who)
        found = secrets_of(hops)
        assert len(found) >= 4, found
        return who, browser.jar.value(WWW, TICKET), found


def secrets_of(hops):
    """Values of our cookies, states and codes in these hops."""
    found = set()
    for hop in hops:
        found |= {c.value for c in hop.cookies if c.value and not c.value.startswith("done.")}
        if hop.location:
            found |= {hop.to.param(name) for name in ("s", "c") if re.search(r"\b%s=" % name,
                                                                             hop.to.query)}
        if hop.header("MTLS-Step-Up"):
            found.add(Url(start_of(hop)).param("s"))
    return found


def assert_hidden(text, secrets, where):
    text = text if isinstance(text, str) else text.decode("utf-8", "replace")
    for secret in secrets:
        for piece in (secret, secret[:24], secret[-24:]):
            assert piece not in text, "%s of ours is seen by %s" % (piece, where)
    assert not re.search(r"__host-mtls(-[0-9a-f]*)?=", text, re.IGNORECASE), "a name in " + where


def ask(site, known, path, protocol, method="GET", body=None, more=()):
    """A request with the ticket between other cookies, and a further attempt's."""
    _, ticket, _ = known
    parts = OTHERS.split("; ")
    parts.insert(2, "%s=%s" % (TICKET, ticket))
    parts.insert(5, "__Host-mtls-0123456789abcdef=%s" % ("ab" * 16))
    fields = [("Cookie", "; ".join(parts)), ("Origin", "https://%s:%d" % (WWW, site.port)), *more]
    if protocol == "h1":
        fields.append(("Sec-Fetch-Site", "same-origin"))
    with Browser(program=True, protocol=protocol) as browser:
        return browser.open(site.url(path), method, body, headers=fields)


def the_rest(seen):
    """What must be left of the cookies."""
    return seen == OTHERS


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_S_12_handler(site, known, protocol):
    hop = ask(site, known, "/staff/x?a=b", protocol)
    assert hop.status == 200, hop
    seen = site.oracle.one(hop.case)
    assert_hidden(repr(seen), known[2], "the handler")
    assert the_rest(seen["cookie"]), seen["cookie"]
    assert seen["args"] == "a=b"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("path", ["/open", "/opt", "/off"])
def test_S_12_places_that_do_not_ask(site, known, path, protocol):
    """Also there nobody sees it."""
    hop = ask(site, known, path, protocol)
    assert_hidden(hop.text, known[2], path)
    for seen in site.oracle.lines(hop.case):
        assert the_rest(seen["cookie"]), seen["cookie"]
        assert_hidden(repr(seen), known[2], path)
    assert path == "/off" or hop.status == 200


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_S_12_cgi(site, known, protocol):
    hop = ask(site, known, "/cgi/env?a=b", protocol)
    assert hop.status == 200, hop
    with open(site.path("tmp", "env." + hop.case), "rb") as f:
        variables = dict(x.split(b"=", 1) for x in f.read().split(b"\0") if b"=" in x)
    assert_hidden(repr(variables), known[2], "CGI")
    assert the_rest(variables[b"HTTP_COOKIE"].decode()), variables
    assert variables[b"MTLS_PROOF"] == b"ticket"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("path", ["/backend/x?a=b", "/turned/x?a=b", "/free/x?a=b"])
def test_S_12_backend(site, backend, known, path, protocol):
    backend.forget()
    hop = ask(site, known, path, protocol, "POST", b"x=1")
    assert hop.status == 200, hop
    request = backend.requests[-1]
    assert_hidden(repr(request), known[2], "the backend")
    assert the_rest(request.header("Cookie")), request
    assert request.body == b"x=1" and request.target == path


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_S_12_nothing_left_is_no_field(site, backend, known, protocol):
    """Without other cookies there is no Cookie field at all."""
    backend.forget()
    with Browser(program=True, protocol=protocol) as browser:
        hop = browser.open(site.url("/backend/y"), headers=[("Cookie", TICKET + "=" + known[1])])
    assert hop.status == 200, hop
    assert backend.requests[-1].header("Cookie") is None


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_S_12_included_pages(site, known, protocol):
    """Subrequests of mod_include, and what it prints itself."""
    hop = ask(site, known, "/ssi/page.shtml?a=b", protocol)
    assert hop.status == 200, hop
    assert_hidden(hop.text, known[2], "mod_include")
    inner = [seen for seen in site.oracle.lines(hop.case) if seen["subrequest"]]
    assert len(inner) == 1, hop
    assert_hidden(repr(inner), known[2], "a subrequest")
    assert inner[0]["env"]["MTLS_SUBJECT"] == known[0].subject


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_S_12_directory_index(site, known, protocol):
    hop = ask(site, known, "/folder/", protocol)
    assert (hop.status, hop.body) == (200, b"a folder"), hop


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("path,target", [("/words/x", "/open/refused"), ("/gone/x", "/open/gone")])
def test_S_12_error_documents(site, known, path, target, protocol):
    hop = ask(site, known, path, protocol)
    seen = [one for one in site.oracle.lines(hop.case) if one["redirected"]]
    assert [one["path"] for one in seen] == [target], hop
    assert_hidden(repr(seen), known[2], "an error document")
    assert the_rest(seen[0]["cookie"]), seen


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("path", ["/moved/x?a=b", "/told/x"])
def test_S_12_rewritten(site, known, path, protocol):
    """%{HTTP_COOKIE} and %{QUERY_STRING} of mod_rewrite."""
    hop = ask(site, known, path, protocol)
    assert hop.status == 200, hop
    assert_hidden(hop.header("X-Saw") or "", known[2], "mod_rewrite")
    assert path.startswith("/moved") or the_rest(hop.header("X-Saw").partition("=")[2]), hop
    seen = site.oracle.one(hop.case)
    assert seen["path"].startswith("/staff/")
    assert_hidden(repr(seen), known[2], "a rewritten request")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_S_12_an_error_document_of_a_refusal(site, alice, protocol):
    """Where one is sent away, or told no, an own page sees neither cookies nor addresses."""
    with site.browser(None, CERT, protocol=protocol) as browser:
        hop = browser.post(site.url("/refused/x"), b"a=1", site.url("/open"))
        secrets = secrets_of([hop])
        for seen in site.oracle.lines(hop.case):
            assert_hidden(repr(seen), secrets, "the error document")


def test_S_12_requests_that_httpd_refuses(site):
    """It reads no further than to a fault, asks nobody, and logs the request all the same."""
    code, ticket, case = "c0de" * 20, "f00d" * 20, new_case("refused")
    with raw(site, WWW) as client:
        client.send_all(("GET /.mtls/return?c=%s HTTP/1.1\r\nX-Case: %s\r\nHost: a b\r\n"
                         "Cookie: %s=%s; other=1\r\n\r\n" % (code, case, TICKET, ticket)).encode(), b"")
        assert client.read().status == 400
    line = site.full_log(case)
    assert "/.mtls/return" in line and "other=1" in line, line
    assert_hidden(line, {code, ticket}, "the access log")


def bad_returns(site, browser):
    """Addresses of ours that end in a refusal."""
    code = hops_until(site, browser, "code")
    start = start_of(browser.fetch(site.url("/api"), site.url("/open")))
    wrong = [code.to.text + "x", start + "x", code.to.text + "&a=1",
             site.url("/.mtls/other?c=" + code.to.param("c"))]
    found = {code.to.param("c"), Url(start).param("s")} | secrets_of(browser.hops)
    return wrong, found


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_S_12_addresses_of_ours_that_fail(site, backend, alice, protocol):
    """A return that is refused, and names beside ours that a proxy serves: query strings are gone too."""
    with site.browser(alice, CERT, protocol=protocol) as browser:
        urls, secrets = bad_returns(site, browser)
        backend.forget()
        cases = []
        for url in urls:
            hop = browser.open(url)
            assert hop.status >= 400 or hop.location, hop
            cases.append(hop.case)
            for seen in site.oracle.lines(hop.case):
                assert_hidden(repr(seen), secrets, "a handler")
        for request in backend.requests:
            assert_hidden(repr(request), secrets, "a backend")
        for case in cases:
            assert_hidden(site.full_log(case), secrets, "the access log")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_S_12_error_documents_of_our_addresses(site, alice, protocol):
    """Where every refusal is a page of the administrator's, at both hosts: it sees neither."""
    with site.browser(alice, STATED_CERT, protocol=protocol) as browser:
        hop = browser.open(site.url("/staff", STATED))
        code = browser.follow(hop)
        secrets = secrets_of([hop, code])
        urls = [code.to.text + "x", hop.to.text + "x", code.to.text.replace("/return", "/other"),
                site.url("/elsewhere?" + hop.to.query, STATED_CERT)]
        seen = []
        for url in urls:
            hop = browser.open(url)
            assert hop.status in (200, 403, 404), hop
            seen += site.oracle.lines(hop.case)
            assert_hidden(site.full_log(hop.case), secrets, "the access log")
        browser.show(STATED_CERT, None)
        browser.forget_connections()
        hop = browser.go(site.url("/staff", STATED))[-1]
        secrets |= secrets_of(browser.hops)
        seen += site.oracle.lines(hop.case)
        assert_hidden(repr(seen), secrets, "an error document")
        for one in seen:
            assert one["redirected"] and one["path"] == "/open/refused", one


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_S_12_trace(site, known, protocol):
    """TRACE says back what httpd has, which are not our cookies."""
    hop = ask(site, known, "/open", protocol, "TRACE")
    assert_hidden(hop.text, known[2], "TRACE")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_S_12_access_log(site, alice, protocol):
    """%r, %q, %U, cookies, Referer and Location of every hop."""
    with site.browser(alice, CERT, protocol=protocol) as browser:
        hops = visit(site, browser, "/staff?a=b", alice)
        page = site.url("/staff?a=b")
        hops.append(browser.open(site.url("/staff/next"), initiator=page))
        secrets = secrets_of(hops)
        assert len(secrets) >= 4
        for hop in hops:
            line = site.full_log(hop.case)
            fields = line.split("|")
            fields[6] = "-"  # Location: the answer's own, for the browser
            assert_hidden("|".join(fields), secrets, "the access log")
        last = site.full_log(hops[3].case)
        assert "GET /staff?a=b HTTP/" in last and "|?a=b|" in last, last


def test_S_12_error_log(site, alice):
    """At trace2, of good and bad walks: secrets are nowhere."""
    with site.browser(alice, CERT) as browser:
        hops = visit(site, browser, "/staff?a=b", alice)
        browser.open(hops[2].url.text)
        urls, secrets = bad_returns(site, browser)
        for url in urls:
            browser.open(url)
        browser.post(site.url("/logout"), b"", site.url("/open"))
        for hop in browser.hops:  # all are over
            site.full_log(hop.case)
        assert_hidden(site.log(), secrets | secrets_of(browser.hops), "the error log")


def test_S_12_referer(site, alice):
    """Every answer at an address of ours forbids Referer, so that the next host learns none of it."""
    with site.browser(alice, CERT) as browser:
        hops = browser.walk(browser.open(site.url(), initiator="https://evil.example/page"))
        for hop in hops[:3]:
            assert hop.header("Referrer-Policy") == "no-referrer", hop
        for hop in hops[1:]:
            assert hop.sent("Referer") is None
        for path in "/.mtls/start?s=x", "/.mtls/return?c=x", "/.mtls/done":
            assert browser.open(site.url(path)).header("Referrer-Policy") == "no-referrer", path
        # its form must say where it comes from, and its address holds nothing
        assert browser.open(site.url("/logout")).header("Referrer-Policy") == "same-origin"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("path", ["/.mtls/start?s=x", "/.mtls/return?c=x", "/.mtls/other?c=x", "/.mtls/done"])
def test_S_12_referer_of_error_documents(site, path, method, protocol):
    """What a page of the administrator's loads is not told at which address it stands, whatever is wrong there;
    and no cache keeps it."""
    for host in WWW, STATED:
        with site.browser(None, protocol=protocol) as browser:
            hop = browser.open(site.url(path, host), method)
            assert hop.values("Referrer-Policy") == ["no-referrer"], hop
            assert hop.values("Cache-Control") == ["no-store"], hop


def test_S_12_pages_of_the_endpoint_lead_nowhere_with_a_state(site):
    """The refusal there has links, and they are not its own address."""
    with site.browser(None, CERT) as browser:
        hops = browser.go(site.url())
        assert hops[-1].status == 403
        assert hops[-1].url.param("s") not in hops[-1].text
        assert hops[-1].header("Referrer-Policy") == "no-referrer"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("field,left", [
    ("a=1; {t}; b=2", "a=1; b=2"), ("{t}; b=2", "b=2"), ("a=1; {t}", "a=1"), ("a=1;{t};b=2", "a=1;b=2"),
    ("a=1;  {t};  b=2", None), ("a=1; b=\"x;y\"; {t}", 'a=1; b="x;y"'), (" {t}", None), ("{t};", None),
    ("a=%00; {t}", "a=%00"), ("a=ü; {t}", "a=ü"), ("a==; {t}; a==", "a==; a==")])
def test_S_12_cookie_fields(site, known, field, left, protocol):
    """Others stay in their order with their octets."""
    value = field.format(t=TICKET + "=" + known[1]).encode("utf-8").decode("latin-1")
    with Browser(program=True, protocol=protocol) as browser:
        hop = browser.open(site.url("/staff"), headers=[("Cookie", value)])
        if protocol == "h2" and not value.isascii():
            return
        seen = site.oracle.lines(hop.case)
        assert len(seen) == 1, hop
        assert_hidden(repr(seen), known[2], "the handler")
        if left is not None:
            assert seen[0]["headers"].get("Cookie") == left.encode("utf-8").decode("latin-1")
