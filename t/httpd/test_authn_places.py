# SPDX-License-Identifier: Apache-2.0
"""The user is always the one of the place that answers: subrequests, redirects, streams, kept connections."""
import itertools

import pytest

from mtlstest.clients import h1, h2
from mtlstest.sites import PROBLEM, TRUST, assert_refused, location, vhost

# the same certificate is another person in each
MAPS = {
    "a": "when cn is alice then user a-alice groups a set home a\n",
    "b": "when cn is alice then user b-alice groups b\nwhen cn is anna then user b-anna\n",
    "p": "when cn is bob then user p-bob\nwhen cn is alice then user p-alice\n",
    "d": 'when cn is alice then deny "Not here."\n',
}


def place(path, name, *more, accept="staff", require="Require valid-user"):
    return location(path, "MTLSVerifyClient require", "MTLSAccept " + accept,
                    "MTLSMap conf/%s.map" % name, "AuthType mtls", require, *more)


# more places than a connection remembers
MANY = 12
PAGES = {
    "a/inc.shtml": '<!--#echo var="REMOTE_USER" -->|<!--#echo var="MTLS_USER" -->|'
                   '<!--#include virtual="/a/part" -->|<!--#include virtual="/b/part" -->|'
                   '<!--#include virtual="/open/part" -->|<!--#include virtual="/d/part" -->|'
                   '<!--#include virtual="/a/inner.shtml" -->|<!--#echo var="MTLS_USER" -->',
    "a/inner.shtml": '<!--#include virtual="/b/inner-part" -->',
    "dir/index.page": "", "plain/index.page": "", "b/index": "", "open/index": "", "to-open/x": "", "from-open/x": "", "d/index": "", "far/x": "", "denied-index/x": "", "neg/doc.html": "", "per-dir/x": "", "a/act": "",
}


def config():
    places = [
        place("/a", "a"), place("/b", "b"), place("/d", "d"), place("/p", "p", accept="partner"),
        place("/both", "p", accept="partner staff"),
        location("/open", "Require all granted"),
        place("/if", "a", "<If \"%{MTLS_USER} == 'a-alice'\">", "Require all denied", "</If>"),
        place("/unless", "a", "<If \"%{MTLS_USER} != 'a-alice'\">", "Require all denied", "</If>"),
        place("/to-open", "a", "SetHandler none", "DirectoryIndex /open/index"),
        location("/from-open", "SetHandler none", "DirectoryIndex /b/index"),
        # found by a fixup, by negotiation, by rewriting, through an action
        place("/dir", "a", "SetHandler none", "DirectoryIndex index.page"),
        place("/dir/index.page", "b", "SetHandler oracle"),
        place("/plain", "a", "SetHandler none", "DirectoryIndex index.page"),
        location("/plain/index.page", "SetHandler oracle"),
        place("/far", "a", "SetHandler none", "DirectoryIndex /b/index"),
        place("/denied-index", "a", "SetHandler none", "DirectoryIndex /d/index"),
        place("/neg", "a", "SetHandler none", "Options MultiViews"),
        place("/neg/doc.html", "b", "SetHandler oracle"),
        place("/rewritten", "a"),
        place("/per-dir", "a"),
        place("/a/act", "a", "SetHandler elsewhere"),
        location("/far-act", "SetHandler elsewhere"),
        # error documents
        place("/error-same", "a", "ErrorDocument 403 /error-same/doc", require="Require user eve"),
        place("/error-same/doc", "a"),
        place("/error-other", "a", "ErrorDocument 403 /b/doc", require="Require user eve"),
        place("/error-open", "a", "ErrorDocument 403 /open/doc", require="Require mtls-group x"),
        place("/error-denied", "d", "ErrorDocument 403 /a/doc"),
        location("/error-401", "MTLSVerifyClient optional", "MTLSAccept staff", "MTLSMap conf/a.map",
                 "AuthType Basic", "AuthName t", "AuthBasicProvider file",
                 "AuthUserFile @ROOT@/conf/users", "Require valid-user",
                 "ErrorDocument 401 /open/doc"),
    ]
    places += [location("/many%d" % i, "MTLSVerifyClient require", "MTLSAccept staff",
                        "MTLSUser cn" + (" upper" if i % 2 else ""),
                        "MTLSMap conf/%s.map" % "ab"[i % 2], "AuthType mtls", "Require valid-user")
               for i in range(MANY)]
    more = """
DocumentRoot @ROOT@/htdocs
RewriteEngine on
RewriteRule ^/rewritten$ /b/rewritten [PT]
<Directory @ROOT@/htdocs/per-dir>
  Options FollowSymLinks
  RewriteEngine on
  RewriteRule ^go$ /b/per-dir [PT]
  RewriteRule ^denied$ /d/per-dir [PT]
</Directory>
Action elsewhere /b/act virtual
<LocationMatch \\.shtml$>
  SetHandler none
  Options Includes
  SetOutputFilter INCLUDES
</LocationMatch>
"""
    return ("Protocols h2 http/1.1\nAddType text/html .html .shtml .page\n" + TRUST
            + vhost("localhost", "MTLSAskInHandshake always\n" + "".join(places) + more)
            + vhost("step.example.test", "".join(places) + more))


MODULES = ["http2", "auth_basic", "authn_file", "include", "dir", "mime", "negotiation", "rewrite",
           "actions", "alias"]
FILES = {**{"conf/%s.map" % name: text for name, text in MAPS.items()}, "conf/users": "",
         **{"htdocs/" + name: text for name, text in PAGES.items()}}


@pytest.fixture(scope="module", params=["event", "prefork"])
def site(request, serve):
    return serve(config(), mpm=request.param, modules=MODULES, name="places", files=FILES)


@pytest.fixture(scope="module")
def event(serve):
    return serve(config(), modules=MODULES, name="parallel", files=FILES)


def get(site, path, cert, opener=h1, version="1.3"):
    with opener(site.port, cert=cert, version=version) as client:
        return client.ask(path, headers=[PROBLEM])


def runs(site, answer):
    """What each run of the handler saw, by path."""
    return {seen["path"]: seen for seen in site.oracle.lines(answer.case)}


def assert_is(seen, user, groups=None):
    """Every way to learn the user says the same."""
    env = seen["env"]
    assert (seen["user"], env.get("MTLS_USER")) == (user, user), seen
    assert seen["auth_type"] == ("mtls" if user else None)
    assert env.get("MTLS_GROUPS") == groups
    assert ("MTLS_ATTR_HOME" in env) == (groups == "a")


GROUPS = {"a-alice": "a", "b-alice": "b"}


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_T_P12_included_parts(site, pki, version):
    answer = get(site, "/a/inc.shtml", pki.alice, version=version)
    assert answer.status == 200
    parts = answer.text.split("|")
    assert parts[0] == parts[1] == parts[-1] == "a-alice"
    seen = runs(site, answer)
    assert set(seen) == {"/a/part", "/b/part", "/open/part", "/b/inner-part"}, "what /d says is final"
    assert_is(seen["/a/part"], "a-alice", "a")
    assert_is(seen["/b/part"], "b-alice", "b")
    assert_is(seen["/b/inner-part"], "b-alice", "b")
    assert seen["/open/part"]["user"] is None


def test_T_P12_included_into_a_place_without_users(site, pki):
    """A part that asks nobody is told of nobody: the user is the including page's."""
    seen = runs(site, get(site, "/a/inc.shtml", pki.alice))["/open/part"]
    assert_is(seen, None)


@pytest.mark.parametrize("path,user", [
    ("/dir/", "b-alice"), ("/plain/", "a-alice"), ("/far/", "b-alice"), ("/neg/doc", "b-alice"),
    ("/neg/doc.html", "b-alice"), ("/rewritten", "b-alice"), ("/per-dir/go", "b-alice"),
    ("/a/act", "b-alice"), ("/far-act", "b-alice"), ("/to-open/", None), ("/from-open/", "b-alice")])
@pytest.mark.parametrize("opener", [h1, h2])
def test_T_P12_led_elsewhere(site, pki, path, user, opener):
    if opener is h2 and site.mpm == "prefork":
        pytest.skip("HTTP/2 needs threads")
    with opener(site.port, cert=pki.alice) as client:
        answer = client.ask(path)
    assert answer.status == 200, answer
    seen = site.oracle.lines(answer.case)
    assert len(seen) == 1
    assert_is(seen[0], user, GROUPS.get(user))


@pytest.mark.parametrize("path", ["/dir/", "/plain/", "/far/", "/neg/doc", "/per-dir/go", "/a/act"])
@pytest.mark.parametrize("who", ["anna", "bob", "foreign"])
def test_T_P12_the_first_place_asks_too(site, pki, path, who):
    """anna is somebody in the second place only."""
    answer = get(site, path, getattr(pki, who))
    assert answer.status in (403, 404) and not site.oracle.ran(answer.case)


@pytest.mark.parametrize("path", ["/denied-index/", "/per-dir/denied"])
def test_T_P12_whom_the_second_place_denies(site, pki, path):
    answer = get(site, path, pki.alice)
    assert answer.status in (403, 404) and not site.oracle.ran(answer.case)


def test_T_P12_an_error_document_of_the_same_map(site, pki):
    answer = get(site, "/error-same", pki.alice)
    assert answer.status == 403
    seen = site.oracle.one(answer.case)
    assert seen["redirected"] and seen["user"] == "a-alice"
    assert seen["env"]["MTLS_REASON"] == "not-authorized" and "MTLS_USER" not in seen["env"]


def test_T_P12_an_error_document_of_another_map(site, pki):
    answer = get(site, "/error-other", pki.alice)
    assert answer.status == 403
    seen = site.oracle.one(answer.case)
    assert seen["user"] == "b-alice"
    assert seen["env"]["MTLS_REASON"] == "not-authorized" and "MTLS_USER" not in seen["env"]


def test_error_documents_learn_the_reason(site, pki):
    answer = get(site, "/error-open", pki.alice)
    assert answer.status == 403
    seen = site.oracle.one(answer.case)
    assert seen["user"] is None
    assert seen["env"]["MTLS_REASON"] == "not-in-group"
    answer = get(site, "/error-denied", pki.alice)
    seen = site.oracle.one(answer.case)
    assert answer.status == 403 and seen["user"] == "a-alice"
    assert seen["env"]["MTLS_REASON"] == "denied-by-rule"


def test_error_documents_of_passwords(site, pki):
    answer = get(site, "/error-401", pki.anna)
    assert answer.status == 401
    seen = site.oracle.one(answer.case)
    assert seen["user"] is None
    assert seen["env"]["REDIRECT_MTLS_USER_REASON"] == "no-rule"
    assert answer.header("WWW-Authenticate").startswith("Basic")


def test_a_kept_connection_changes_places(site, pki):
    with h1(site.port, cert=pki.alice) as client:
        for path, user in itertools.islice(itertools.cycle(
                [("/a/x", "a-alice"), ("/b/x", "b-alice"), ("/a/y", "a-alice"), ("/open/x", None),
                 ("/d/x", False)]), 20):
            answer = client.ask(path, headers=[PROBLEM])
            if user is False:
                assert_refused(site, answer, "denied-by-rule")
            else:
                assert_is(site.oracle.one(answer.case), user, GROUPS.get(user))


def test_more_places_than_a_connection_remembers(site, pki):
    with h1(site.port, cert=pki.alice) as client:
        for i in list(range(MANY)) * 2 + list(range(MANY - 1, -1, -1)):
            answer = client.ask("/many%d" % i)
            user = "ALICE" if i % 2 else "alice"
            assert_is(site.oracle.one(answer.case), user)


@pytest.mark.parametrize("way", [dict(version="1.2"), dict(version="1.3", pha=True)])
def test_two_certificates_on_a_connection(site, pki, way):
    """Each place finds the one that its profile accepts, and asks its own map about it."""
    with h1(site.port, sni="step.example.test", cert=pki.alice, **way) as client:
        def ask(path):
            return client.ask(path, host="step.example.test", headers=[PROBLEM])

        assert_is(site.oracle.one(ask("/a/x").case), "a-alice", "a")
        client.conn.use(pki.bob)
        assert_is(site.oracle.one(ask("/p").case), "p-bob")
        assert client.conn.requests == 2
        for path, user in [("/a/x", "a-alice"), ("/p", "p-bob"), ("/b/x", "b-alice"), ("/both", "p-bob"),
                           ("/a/x", "a-alice")]:
            assert_is(site.oracle.one(ask(path).case), user, GROUPS.get(user))
        assert client.conn.requests == 2


@pytest.mark.parametrize("seed", range(3))
def test_parallel_streams_in_different_places(event, pki, seed):
    paths = (["/a/x", "/b/x", "/open/x", "/d/x", "/many1", "/many2", "/both", "/dir/", "/far/"] * 6)[seed:]
    users = {"/a/x": "a-alice", "/b/x": "b-alice", "/open/x": None, "/d/x": False, "/many1": "ALICE",
             "/many2": "alice", "/both": "p-alice", "/dir/": "b-alice", "/far/": "b-alice"}
    with h2(event.port, cert=pki.alice) as client:
        ids = [client.start(path, headers=[PROBLEM]) for path in paths]
        found = client.finish(*ids)
    for path, stream in zip(paths, found):
        if users[path] is False:
            assert_refused(event, stream, "denied-by-rule")
        else:
            assert stream.status == 200
            assert_is(event.oracle.one(stream.case), users[path], GROUPS.get(users[path]))


@pytest.mark.parametrize("way", [dict(version="1.2"), dict(version="1.3", pha=True)])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_if_keeps_out_in_the_request_that_asks(site, pki, way, method):
    """httpd walks <If> before the client is asked, so the request is sent again."""
    with h1(site.port, sni="step.example.test", cert=pki.alice, **way) as client:
        answer = client.ask("/if/x?a=b%20c", host="step.example.test", method=method,
                            body=b"x" if method == "POST" else None)
        assert answer.status == 307 and not site.oracle.ran(answer.case)
        where = answer.header("Location")
        assert where == "https://step.example.test/if/x?a=b%20c"
        answer = client.ask("/if/x", host="step.example.test", method=method)
        assert answer.status == 403 and not site.oracle.ran(answer.case)
        assert client.conn.requests == 1


@pytest.mark.parametrize("way", [dict(version="1.2"), dict(version="1.3", pha=True)])
def test_if_lets_in_when_the_request_is_sent_again(site, pki, way):
    with h1(site.port, sni="step.example.test", cert=pki.alice, **way) as client:
        assert client.ask("/unless/x", host="step.example.test").status == 307
        assert_is(site.oracle.one(client.ask("/unless/x", host="step.example.test").case), "a-alice", "a")


@pytest.mark.parametrize("way", [dict(version="1.2"), dict(version="1.3", pha=True)])
def test_if_and_a_client_that_goes_away(site, pki, way):
    with h1(site.port, sni="step.example.test", cert=pki.anna, **way) as client:
        answer = client.ask("/if/x", host="step.example.test",
                            headers=[PROBLEM, ("Connection", "close")])
        assert_refused(site, answer, "step-up-unavailable")


@pytest.mark.parametrize("way", [dict(version="1.2"), dict(version="1.3", pha=True)])
def test_if_keeps_out_from_then_on(site, pki, way):
    with h1(site.port, sni="step.example.test", cert=pki.alice, **way) as client:
        client.ask("/a/x", host="step.example.test")
        answer = client.ask("/if/x", host="step.example.test")
    assert answer.status == 403 and not site.oracle.ran(answer.case)
