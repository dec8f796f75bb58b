# SPDX-License-Identifier: Apache-2.0
"""SetHandler mtls-explain: what a posted certificate would be told, by the live configuration."""
import json
import urllib.parse

import pytest

from mtlstest.clients import h1, h2
from mtlstest.sites import TRUST, location, vhost

STAFF = ["MTLSVerifyClient require", "MTLSAccept staff partner"]
MAP = """when email is alice@example.test then user alice groups ops set level 3
when cn is bob then deny "Ask at the front desk."
when email like "*@example.test" then user "{$1}"
"""


def config():
    places = [
        location("/map", "MTLSMap conf/people.map", *STAFF, "AuthType mtls", "Require valid-user"),
        location("/group", "MTLSMap conf/people.map", *STAFF, "AuthType mtls",
                 "Require mtls-group admins"),
        location("/user", "MTLSMap conf/people.map", *STAFF, "AuthType mtls", "Require user eve"),
        location("/staff-only", "MTLSVerifyClient require", "MTLSAccept staff"),
        location("/open", "MTLSVerifyClient none"),
        location("/explain", "SetHandler mtls-explain", "MTLSVerifyClient none"),
        location("/guarded", "SetHandler mtls-explain", "MTLSMap conf/people.map", *STAFF,
                 "AuthType mtls", "Require mtls-group ops"),
    ]
    return ("Protocols h2 http/1.1\n" + TRUST
            + vhost("localhost", "MTLSAskInHandshake always\n" + "".join(places)))


@pytest.fixture(scope="module")
def site(serve, pki):
    return serve(config(), modules=["http2"], name="explain", files={"conf/people.map": MAP})


def explain(site, fields, accept="application/json", opener=h1, path="/explain", cert=None,
            method="POST", content_type="application/x-www-form-urlencoded"):
    body = fields if isinstance(fields, bytes) else urllib.parse.urlencode(fields).encode()
    with opener(site.port, cert=cert, version="1.3") as client:
        return client.ask(path, method=method, body=body,
                          headers=[("Content-Type", content_type), ("Accept", accept)])


def story(site, cert, url, **more):
    answer = explain(site, {"cert": chain(cert), "url": url}, **more)
    assert answer.status == 200, "expected 200: %r" % answer
    return json.loads(answer.body)


def chain(cert):
    return b"".join(c.pem for c in cert.chain()).decode()


@pytest.fixture
def nothing_ran(site):
    before = len(site.oracle.lines())
    yield
    assert len(site.oracle.lines()) == before, "a looked-up request was run"


pytestmark = pytest.mark.usefixtures("nothing_ran")


@pytest.mark.parametrize("opener", [h1, h2])
def test_admitted(site, pki, opener):
    told = story(site, pki.alice, "/map?a=b", opener=opener)
    assert (told["status"], told["reason"], told["url"]) == (200, "good", "/map?a=b")
    assert told["accepted_by"] == "staff"
    assert [p["name"] for p in told["profiles"]] == ["staff", "partner"]
    who = told["principal"]
    assert (who["user"], who["groups"], who["attributes"]) == ("alice", ["ops"], {"level": "3"})
    assert who["rule"]["file"].endswith("people.map") and who["rule"]["line"] == 1
    assert told["sources"][0]["steps"][-1]["end"] == "decided"
    assert told["identity"]["subject"] == pki.alice.subject


def test_each_rule_up_to_the_one_that_decides(site, pki):
    told = story(site, pki.bob, "/map")
    assert (told["status"], told["reason"]) == (403, "denied-by-rule")
    assert told["principal"]["message"] == "Ask at the front desk."
    assert told["principal"]["rule"]["line"] == 2


def test_nobody(site, pki):
    told = story(site, pki.anna, "/map")
    assert (told["status"], told["reason"]) == (403, "no-rule")
    assert told["principal"]["user"] is None
    assert [step["end"] for step in told["sources"][0]["steps"] if step["at"]
            and step["at"]["line"] == 3] == ["passed"]


@pytest.mark.parametrize("label,reason", [("foreign", "untrusted-issuer"), ("expired", "expired"),
                                          ("selfsigned", "self-signed")])
def test_refused_by_every_profile(site, pki, label, reason):
    told = story(site, getattr(pki, label), "/map")
    assert (told["status"], told["reason"], told["accepted_by"]) == (403, reason, None)
    assert told["principal"] is None


def test_the_require_that_says_no(site, pki):
    told = story(site, pki.alice, "/group")
    assert (told["status"], told["reason"]) == (403, "not-in-group")
    assert told["require"]["text"] == "Require mtls-group admins"
    told = story(site, pki.alice, "/user")
    assert (told["status"], told["reason"]) == (403, "not-authorized")


def test_each_place_has_its_own_answer(site, pki):
    assert story(site, pki.bob, "/staff-only")["reason"] == "untrusted-issuer"
    told = story(site, pki.bob, "/open")
    assert (told["status"], told["profiles"], told["principal"]) == (200, [], None)


def test_the_method_counts(site, pki):
    told = explain(site, {"cert": chain(pki.alice), "url": "/map", "method": "DELETE"})
    assert told.status == 200 and told.json["status"] == 200
    assert explain(site, {"cert": chain(pki.alice), "url": "/map", "method": "XYZZY"}).status == 400


def test_as_text(site, pki):
    answer = explain(site, {"cert": chain(pki.alice), "url": "/map"}, accept="*/*")
    assert answer.status == 200
    assert answer.header("Content-Type").startswith("text/plain")
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("X-Content-Type-Options") == "nosniff"
    assert "alice" in answer.text and "people.map:1" in answer.text
    assert not [c for c in answer.text if ord(c) < 32 and c != "\n"]


def test_hostile_values_are_shown_escaped(site, pki):
    """T-L01"""
    for accept in ("application/json", "*/*"):
        answer = explain(site, {"cert": chain(pki.hostile), "url": "/map"}, accept=accept)
        assert answer.status == 200
        assert b"\x1b" not in answer.body and b"X-Injected: 1\n" not in answer.body


@pytest.mark.parametrize("fields", [
    {}, {"url": "/map"}, {"cert": "x", "url": "/map"}, {"cert": "", "url": "/map"},
    {"cert": "@", "url": ""}, {"cert": "@"}, {"cert": "@", "url": "https://evil.test/"},
    {"cert": "@", "url": "map"}, {"cert": "@", "url": "/" + "a" * 9000},
    {"cert": "@", "url": "/map\0"}, {"cert": "@" * 40, "url": "/map"}])
def test_mistakes_are_answered(site, pki, fields):
    fields = {k: v.replace("@", chain(pki.alice)) for k, v in fields.items()}
    answer = explain(site, fields)
    assert answer.status in (400, 413), "expected 400: %r" % answer
    assert answer.header("Content-Type").startswith("text/")


def test_other_bodies_and_methods(site, pki):
    assert explain(site, b"x", content_type="text/plain").status in (400, 415, 501)
    assert explain(site, b"a=" + b"b" * 300000).status in (400, 413)
    answer = explain(site, b"", method="GET")
    assert answer.status == 405 and "POST" in answer.header("Allow")


def test_lines_of_the_log_are_not_of_requests(site, pki):
    """Nobody has sent this certificate: no decision about a client is logged."""
    explain(site, {"cert": chain(pki.bob), "url": "/map"})
    assert "MTLS0011" not in site.log_tail() and "MTLS0010" not in site.log_tail()


def test_only_administrators(site, pki):
    fields = {"cert": chain(pki.bob), "url": "/map"}
    assert explain(site, fields, path="/guarded", cert=pki.alice).status == 200
    assert explain(site, fields, path="/guarded", cert=pki.bob).status == 403
    assert explain(site, fields, path="/guarded").status == 403


def test_the_posted_certificate_is_nobodys(site, pki):
    """What was asked about somebody else stays in that answer."""
    with h1(site.port, cert=pki.anna, version="1.3") as client:
        body = urllib.parse.urlencode({"cert": chain(pki.alice), "url": "/map"}).encode()
        asked = client.ask("/explain", method="POST", body=body, headers=[
            ("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")])
        assert asked.json["principal"]["user"] == "alice"
        assert client.ask("/map").status == 403
