# SPDX-License-Identifier: Apache-2.0
"""From certificate to user, in a real server: MTLSUser, MTLSMap, AuthType mtls, certificate or password."""
import base64

import pytest

from mtlstest.clients import h1, h2
from mtlstest.sites import PROBLEM, TRUST, assert_refused, location, vhost

STAFF = ["MTLSVerifyClient require", "MTLSAccept staff partner"]
OPTIONAL = ["MTLSVerifyClient optional", "MTLSAccept staff partner"]
LOGIN = ["AuthType mtls", "Require valid-user"]
BASIC = ["AuthType Basic", 'AuthName "t"', "AuthBasicProvider file", "AuthUserFile @ROOT@/conf/users",
         "Require valid-user"]

# "typed" with the password "secret", and alice's subject with "password", as htpasswd -s writes them
SHA = {"secret": "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", "password": "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="}

MAP = """# people
when email is alice@example.test then user "{email.local|upper}" groups ops, staff set level 3
when issuer is "CN=Partner root,O=mod_mtls tests,C=DE" and cn is bob
  then deny "Ask at the front desk, please."
"""


def config(pki):
    places = [
        location("/cn", "MTLSUser cn", *STAFF, *LOGIN),
        location("/email", "MTLSUser email realm=example.test strip-realm upper", *STAFF, *LOGIN),
        location("/map", "MTLSMap conf/people.map", *STAFF, *LOGIN),
        location("/map-open", "MTLSMap conf/people.map", *STAFF),
        location("/group", "MTLSMap conf/people.map", "AuthType mtls", "Require mtls-group ops",
                 *STAFF),
        location("/other-group", "MTLSMap conf/people.map", "AuthType mtls",
                 "Require mtls-group nobody", *STAFF),
        location("/other-user", "MTLSMap conf/people.map", "AuthType mtls", "Require user eve", *STAFF),
        location("/either", "MTLSMap conf/people.map", *OPTIONAL, *BASIC),
        location("/fake", "MTLSFakeBasicAuth on", *OPTIONAL, *BASIC),
    ]
    return ("Protocols h2 http/1.1\n" + TRUST
            + vhost("localhost", "MTLSAskInHandshake always\n" + "".join(places)))


@pytest.fixture(scope="module")
def site(serve, pki):
    users = "typed:%s\n/C=DE/O=mod_mtls tests/CN=alice:%s\n" % (SHA["secret"], SHA["password"])
    return serve(config(pki), modules=["http2", "auth_basic", "authn_file"], name="users",
                 files={"conf/people.map": MAP, "conf/users": users})


def get(site, path, cert, *headers, opener=h1):
    with opener(site.port, cert=cert, version="1.3") as client:
        return client.ask(path, headers=[PROBLEM, *headers])


def logged_in(site, answer):
    assert answer.status == 200, "expected 200: %r" % answer
    return site.oracle.one(answer.case)


def basic(user, password):
    return ("Authorization", "Basic " + base64.b64encode(("%s:%s" % (user, password)).encode()).decode())


@pytest.mark.parametrize("opener", [h1, h2])
@pytest.mark.parametrize("path,user", [("/cn", "alice"), ("/email", "ALICE"), ("/map", "ALICE"),
                                       ("/group", "ALICE")])
def test_the_user_is_httpds(site, pki, opener, path, user):
    seen = logged_in(site, get(site, path, pki.alice, opener=opener))
    assert (seen["user"], seen["auth_type"]) == (user, "mtls")
    assert seen["env"]["MTLS_USER"] == user


def test_groups_and_attributes(site, pki):
    env = logged_in(site, get(site, "/map", pki.alice))["env"]
    assert env["MTLS_GROUPS"] == "ops,staff"
    assert env["MTLS_ATTR_LEVEL"] == "3"
    assert env["MTLS_USER_RULE"].endswith("people.map:2")


@pytest.mark.parametrize("path,word", [("/map", "no-rule"), ("/email", "user-absent")])
def test_nobody_of_that_certificate(site, pki, path, word):
    assert_refused(site, get(site, path, pki.anna), word)


def test_without_authtype_nobody_is_turned_away(site, pki):
    seen = logged_in(site, get(site, "/map-open", pki.anna))
    assert seen["user"] is None and seen["env"]["MTLS_USER_REASON"] == "no-rule"


@pytest.mark.parametrize("path", ["/map", "/map-open", "/either"])
def test_denied_stays_denied(site, pki, path):
    """No source and no password lets in whom a rule denies."""
    answer = get(site, path, pki.bob, basic("typed", "secret"))
    assert_refused(site, answer, "denied-by-rule")
    assert answer.json["message"] == "Ask at the front desk, please."


@pytest.mark.parametrize("path,word", [("/other-group", "not-in-group"),
                                       ("/other-user", "not-authorized")])
def test_a_user_whom_no_require_admits(site, pki, path, word):
    assert_refused(site, get(site, path, pki.alice), word)


def test_certificate_or_password(site, pki):
    assert logged_in(site, get(site, "/either", pki.alice))["user"] == "ALICE"
    assert get(site, "/either", None).status == 401
    assert get(site, "/either", pki.anna).status == 401
    seen = logged_in(site, get(site, "/either", pki.anna, basic("typed", "secret")))
    assert (seen["user"], seen["auth_type"]) == ("typed", "Basic")


def test_fake_basic_auth(site, pki):
    seen = logged_in(site, get(site, "/fake", pki.alice))
    assert seen["user"] == "/C=DE/O=mod_mtls tests/CN=alice"
    assert get(site, "/fake", pki.anna).status == 401
    assert get(site, "/fake", None).status == 401
    assert logged_in(site, get(site, "/fake", None, basic("typed", "secret")))["user"] == "typed"


def test_nobody_else_sends_the_fake_password(site, pki):
    """T-N11"""
    assert_refused(site, get(site, "/fake", None, basic("alice", "password")), "not-authorized")
    spoof = basic("/C=DE/O=mod_mtls tests/CN=alice", "password")
    answer = get(site, "/fake", None, spoof)
    assert answer.status == 403 and not site.oracle.ran(answer.case), "mod_ssl's own guard"
    answer = get(site, "/fake", pki.anna, basic("alice", "secret"))
    assert answer.status == 401 and not site.oracle.ran(answer.case), "she is who she proves to be"
