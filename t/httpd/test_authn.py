# SPDX-License-Identifier: Apache-2.0
"""AuthType mtls under httpd's own Require lines and ours: who gets in, as whom, and how the others are told."""
import itertools
import re

import pytest

from mtlstest.clients import h1, h2
from mtlstest.server import Httpd
from mtlstest.sites import PROBLEM, TRUST, assert_refused, location, vhost

# alice: user and groups; anna: groups and no user; carl: accepted and unknown; bob: denied
MAP = """
when cn is alice then user alice groups ops, staff set level 3
when cn is anna then groups team
when cn is bob then deny "Not you."
"""
ACCEPT = ["MTLSVerifyClient require", "MTLSAccept staff partner", "MTLSMap conf/people.map"]


def every(*lines):
    return ["<RequireAll>", *lines, "</RequireAll>"]


def some(*lines):
    return ["<RequireAny>", *lines, "</RequireAny>"]


def none(*lines):
    return ["<RequireNone>", *lines, "</RequireNone>"]


# name: Require lines, and what becomes of alice, anna and carl: the user, "-" for let in without one,
# or the reason of a refusal
NO = "no-rule"
RULES = {
    "user": (["Require user alice"], "alice", NO, NO),
    "valid-user": (["Require valid-user"], "alice", NO, NO),
    "other-user": (["Require user eve"], "not-authorized", NO, NO),
    "file-group": (["AuthGroupFile conf/groups", "Require group wheel"], "alice", NO, NO),
    "other-file-group": (["AuthGroupFile conf/groups", "Require group audio"], "not-authorized", NO,
                         NO),
    "expr": (["Require expr %{REMOTE_USER} == 'alice'"], "alice", NO, NO),
    "expr-and-user": (every("Require valid-user", "Require expr %{REMOTE_USER} == 'alice'"), "alice",
                      NO, NO),
    "expr-ours": (["Require expr %{MTLS_USER} == 'alice'"], "-", "not-authorized", "not-authorized"),
    "all-granted": (["Require all granted"], "-", "-", "-"),
    "all-denied": (["Require all denied"], "not-authorized", "not-authorized", "not-authorized"),
    "ours-group": (["Require mtls-group ops"], "alice", "not-in-group", NO),
    "ours-team": (["Require mtls-group team ops"], "alice", "-", NO),
    "ours-valid": (["Require mtls-valid"], "alice", "-", NO),
    "every": (every("Require valid-user", "Require mtls-group ops", "Require mtls-attr level 3"),
              "alice", "not-in-group", NO),
    "every-but-user": (every("Require mtls-group team", "Require valid-user"), "not-in-group", NO, NO),
    "any-user-or-group": (some("Require user eve", "Require mtls-group ops"), "alice", NO, NO),
    "any-group-or-user": (some("Require mtls-group nobody", "Require user alice"), "alice", NO, NO),
    "any-of-two-groups": (some("Require mtls-group team", "Require mtls-group ops"), "alice", "-", NO),
    "not-group": (every("Require valid-user", "Require not mtls-group ops"), "not-in-group", NO, NO),
    "not-other-group": (every("Require valid-user", "Require not mtls-group nobody"), "alice", NO, NO),
    "none-of": (every("Require mtls-valid", *none("Require mtls-group team", "Require user eve")),
                "alice", "not-in-group", NO),
    "not-user": (every("Require mtls-valid", "Require not user alice"), "not-authorized", "-", NO),
    "limit": (["<Limit GET POST>", "Require mtls-group ops", "</Limit>"], "alice", "not-in-group", NO),
    "alias": (["Require is-ops"], "alice", "not-in-group", NO),
    "alias-any": (some("Require user eve", "Require is-ops"), "alice", NO, NO),
    "alias-not": (every("Require valid-user", "Require not is-ops"), "not-authorized", NO, NO),
    "alias-not-team": (every("Require mtls-valid", "Require not is-team"), "alice", "not-authorized",
                       NO),
    "alias-valid": (["Require is-valid"], "alice", "-", NO),
    "alias-not-user": (every("Require is-valid", "Require not user alice"), "not-authorized", "-", NO),
}
ALIASES = """
<AuthzProviderAlias mtls-group is-ops ops>
</AuthzProviderAlias>
<AuthzProviderAlias mtls-group is-team team>
</AuthzProviderAlias>
<AuthzProviderAlias mtls-trust is-valid "staff partner">
</AuthzProviderAlias>
"""
MODULES = ["authz_groupfile", "auth_basic", "authn_file", "access_compat", "headers", "env",
           "setenvif", "authz_host"]
FILES = {"conf/people.map": MAP, "conf/groups": "wheel: alice\naudio: eve\n"}


def config():
    places = [location("/" + name, "AuthType mtls", *ACCEPT, *rule[0]) for name, rule in RULES.items()]
    places += [
        # sections that add to what stands around them
        location("/merge", "AuthType mtls", *ACCEPT, "Require mtls-group staff"),
        location("/merge/and", "AuthMerging And", "Require mtls-group ops"),
        location("/merge/and-not", "AuthMerging And", "Require mtls-group nobody"),
        location("/merge/or", "AuthMerging Or", "Require mtls-group team"),
        location("/merge/off", "AuthMerging Off", "Require mtls-group nobody"),
        location("/merge/inherit", "SetEnv X y"),
        location("/if", "AuthType mtls", *ACCEPT, "Require valid-user",
                 "<If \"%{MTLS_USER} == 'alice'\">", "Header always set X-If alice", "</If>",
                 "<Else>", "Header always set X-If other", "</Else>"),
        location("/satisfy", "AuthType mtls", *ACCEPT, "Require mtls-group ops", "Satisfy any",
                 "Order deny,allow", "Deny from all"),
        location("/satisfy-host", "AuthType mtls", *ACCEPT, "Require mtls-group ops", "Satisfy any"),
        # nobody is asked, or somebody else is: what the connection has proven counts for nothing
        location("/off", "AuthType mtls", "MTLSVerifyClient none", "MTLSMap conf/people.map",
                 "Require valid-user"),
        location("/off-group", "AuthType mtls", "MTLSVerifyClient none", "MTLSMap conf/people.map",
                 "Require mtls-group ops team"),
        location("/third", "AuthType mtls", "MTLSVerifyClient optional", "MTLSAccept third",
                 "MTLSMap conf/people.map", "Require valid-user"),
        # whoever else claims to be somebody
        location("/claims", "AuthType mtls", *ACCEPT, "Require valid-user", "SetEnv MTLS_USER root",
                 "SetEnv REMOTE_USER root", "SetEnv MTLS_GROUPS wheel", "SetEnv MTLS_ATTR_LEVEL 9",
                 "SetEnvIf X-User (.*) MTLS_USER=$1 REMOTE_USER=$1 MTLS_ATTR_MORE=$1",
                 'RequestHeader set X-Seen "%{MTLS_USER}s"',
                 'RequestHeader set X-Seen-Env "%{MTLS_USER}e"'),
        location("/claims-group", "AuthType mtls", *ACCEPT, "SetEnv MTLS_GROUPS wheel",
                 "SetEnvIf X-User (.*) MTLS_GROUPS=wheel", "Require mtls-group wheel"),
    ]
    return ("Protocols h2 http/1.1\n" + TRUST + ALIASES
            + "LogFormat \"%{X-Case}i %u %{MTLS_USER}e %{MTLS_REASON}e\" who\n"
              "CustomLog @ROOT@/logs/who.log who\n"
            + vhost("localhost", "MTLSAskInHandshake always\n" + "".join(places))
            + vhost("step.example.test", "MTLSAskInHandshake never\n" + "".join(places)))


@pytest.fixture(scope="module")
def event(serve, pki):
    pki.issue("carl", pki.staff_ca)
    return serve(config(), modules=["http2", *MODULES], name="authn", files=FILES)


@pytest.fixture(scope="module")
def worker(serve, event):
    return serve(config(), mpm="worker", modules=["http2", *MODULES], name="authn", files=FILES)


@pytest.fixture(scope="module")
def prefork(serve, event):
    return serve(config(), mpm="prefork", modules=["http2", *MODULES], name="authn", files=FILES)


WAYS = {
    "h1-1.2": (h1, dict(version="1.2"), "localhost"),
    "h1-1.3": (h1, dict(version="1.3"), "localhost"),
    "h2": (h2, dict(version="1.3"), "localhost"),
    "renegotiation": (h1, dict(version="1.2", sni="step.example.test"), "step.example.test"),
    "post-handshake": (h1, dict(version="1.3", pha=True, sni="step.example.test"),
                       "step.example.test"),
}


def get(site, path, cert, *headers, way="h1-1.3"):
    opener, more, host = WAYS[way]
    with opener(site.port, cert=cert, **more) as client:
        return client.ask(path, host=host, headers=[PROBLEM, *headers])


def assert_comes_as(site, answer, expected):
    """Let in as this user ("-": as nobody), or refused for this reason, and never asked to log in."""
    assert answer.response.header("WWW-Authenticate") is None if hasattr(answer, "response") else \
        answer.header("WWW-Authenticate") is None
    if expected == "-" or expected == "alice":
        assert answer.status == 200, "expected to get in: %r" % answer
        seen = site.oracle.one(answer.case)
        user = None if expected == "-" else expected
        assert (seen["user"], seen["auth_type"]) == (user, user and "mtls")
        return seen
    assert answer.status == 403, "expected 403, whoever it is: %r" % answer
    assert not site.oracle.ran(answer.case)
    if expected != "not-authorized":
        assert_refused(site, answer, expected)
    return None


PEOPLE = ["alice", "anna", "carl"]
CASES = list(itertools.product(RULES, enumerate(PEOPLE)))


def judge(site, pki, name, who, way):
    index, person = who
    answer = get(site, "/" + name, getattr(pki, person), way=way)
    assert_comes_as(site, answer, RULES[name][1 + index])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name,who", CASES, ids=lambda x: x if isinstance(x, str) else x[1])
def test_event(event, pki, name, who, way):
    judge(event, pki, name, who, way)


@pytest.mark.parametrize("way", ["h1-1.3", "renegotiation"])
@pytest.mark.parametrize("name,who", CASES, ids=lambda x: x if isinstance(x, str) else x[1])
def test_worker(worker, pki, name, who, way):
    judge(worker, pki, name, who, way)


@pytest.mark.parametrize("way", ["h1-1.2", "post-handshake"])
@pytest.mark.parametrize("name,who", CASES, ids=lambda x: x if isinstance(x, str) else x[1])
def test_prefork(prefork, pki, name, who, way):
    judge(prefork, pki, name, who, way)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", RULES)
def test_nothing_lets_in_whom_a_rule_denies(event, pki, name, way):
    answer = get(event, "/" + name, pki.bob, way=way)
    assert_refused(event, answer, "denied-by-rule")


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("who", [None, "foreign"])
def test_no_certificate_no_entry(event, pki, name, who):
    answer = get(event, "/" + name, getattr(pki, who) if who else None)
    assert_refused(event, answer, "untrusted-issuer" if who else {"no-certificate", "declined",
                                                                 "step-up-unavailable"})


@pytest.mark.parametrize("path,outcome", [
    ("/merge", "alice"), ("/merge/and", "alice"), ("/merge/and-not", "not-in-group"),
    ("/merge/or", "alice"), ("/merge/off", "not-in-group"), ("/merge/inherit", "alice")])
def test_merged_requirements(event, pki, path, outcome):
    assert_comes_as(event, get(event, path, pki.alice), outcome)


def test_or_lets_in_the_other_group_too(event, pki):
    assert_comes_as(event, get(event, "/merge/or", pki.anna), "-")
    assert_comes_as(event, get(event, "/merge/and", pki.anna), "not-in-group")


@pytest.mark.parametrize("way", WAYS)
def test_log_and_variables_name_the_user(event, pki, way):
    answer = get(event, "/every", pki.alice, way=way)
    seen = assert_comes_as(event, answer, "alice")
    assert seen["env"]["MTLS_USER"] == "alice" and seen["env"]["MTLS_GROUPS"] == "ops,staff"
    line = event.wait_for(lambda: re.search("^%s (.*)$" % answer.case,
                                            event._read(event.path("logs", "who.log")), re.M))
    assert line.group(1) == "alice alice -"


def test_log_names_nobody_who_was_not_let_in_for_lack_of_a_name(event, pki):
    answer = get(event, "/valid-user", pki.carl)
    line = event.wait_for(lambda: re.search("^%s (.*)$" % answer.case,
                                            event._read(event.path("logs", "who.log")), re.M))
    assert line.group(1) == "- - no-rule"


@pytest.mark.parametrize("way", ["h1-1.2", "h1-1.3", "h2"])
@pytest.mark.parametrize("path", ["/off", "/off-group", "/third"])
@pytest.mark.parametrize("who", ["alice", "anna", "bob", None])
def test_a_certificate_that_was_not_accepted_here_is_nobody(event, pki, path, who, way):
    opener, more, host = WAYS[way]
    with opener(event.port, cert=who and getattr(pki, who), **more) as client:
        client.ask("/all-granted", host=host)
        answer = client.ask(path, host=host, headers=[PROBLEM])
    assert answer.status == 403 and not event.oracle.ran(answer.case)


def test_if_sees_the_user(event, pki):
    answer = get(event, "/if", pki.alice)
    assert answer.header("X-If") == "alice"


@pytest.mark.parametrize("path", ["/satisfy", "/satisfy-host"])
def test_satisfy_any_outvotes_no_certificate(event, pki, path):
    assert_refused(event, get(event, path, pki.bob), "denied-by-rule")
    assert_refused(event, get(event, path, pki.foreign), "untrusted-issuer")
    assert get(event, path, None).status == 403


def test_satisfy_any_still_knows_the_user(event, pki):
    assert_comes_as(event, get(event, "/satisfy", pki.alice), "alice")
    assert_comes_as(event, get(event, "/satisfy", pki.anna), "not-in-group")
    assert_comes_as(event, get(event, "/satisfy", pki.carl), NO)


@pytest.mark.parametrize("way", WAYS)
def test_T_H06_nobody_else_says_who_the_user_is(event, pki, way):
    answer = get(event, "/claims", pki.alice, ("X-User", "root"), ("Remote-User", "root"), way=way)
    seen = assert_comes_as(event, answer, "alice")
    assert seen["env"]["MTLS_USER"] == "alice" and seen["env"]["MTLS_GROUPS"] == "ops,staff"
    assert seen["env"]["MTLS_ATTR_LEVEL"] == "3" and "MTLS_ATTR_MORE" not in seen["env"]
    assert seen["headers"]["X-Seen"] == "alice" and seen["headers"]["X-Seen-Env"] == "alice"
    assert_comes_as(event, get(event, "/claims", pki.carl, ("X-User", "root"), way=way), NO)
    answer = get(event, "/claims-group", pki.alice, ("X-User", "root"), way=way)
    assert_comes_as(event, answer, "not-in-group")


HTACCESS = """
MTLSAskInHandshake always
DocumentRoot @ROOT@/htdocs
<Directory @ROOT@/htdocs>
  AllowOverride AuthConfig FileInfo Limit
  MTLSVerifyClient require
  MTLSAccept staff partner
  MTLSMap conf/people.map
</Directory>
"""
LOGIN = "AuthType mtls\n"
HT_RULES = {
    "user": (LOGIN + "Require user alice", "alice"),
    "valid": (LOGIN + "Require valid-user", "alice"),
    "other": (LOGIN + "Require user eve", "not-authorized"),
    "group": (LOGIN + "Require mtls-group ops", "alice"),
    "other-group": (LOGIN + "Require mtls-group wheel", "not-in-group"),
    "not-group": (LOGIN + "<RequireAll>\nRequire valid-user\nRequire not mtls-group ops\n"
                          "</RequireAll>", "not-in-group"),
    "none-group": (LOGIN + "<RequireAll>\nRequire valid-user\n<RequireNone>\n"
                           "Require mtls-group ops\n</RequireNone>\n</RequireAll>", "not-in-group"),
    "claims": (LOGIN + "Require valid-user\nSetEnv MTLS_USER root\nSetEnv REMOTE_USER root\n"
                       "RequestHeader set Authorization \"Basic cm9vdDpyb290\"", "alice"),
}


@pytest.fixture(scope="module")
def htaccess(serve, event):
    files = {"htdocs/%s/.htaccess" % name: text + "\nSetHandler oracle\n"
             for name, (text, _) in HT_RULES.items()}
    files["htdocs/broken/.htaccess"] = LOGIN + "Require mtls-group\n"
    files["htdocs/widen/.htaccess"] = LOGIN + "MTLSMap conf/other.map\nRequire valid-user\n"
    files["htdocs/user/.htuser"] = ""
    for name in HT_RULES:
        files["htdocs/%s/page" % name] = ""
    host = vhost("localhost", HTACCESS).replace("  <Location />\n    SetHandler oracle\n  </Location>\n",
                                                "")
    return serve(TRUST + host, modules=MODULES, name="htaccess", files={**FILES, **files})


@pytest.mark.parametrize("name", HT_RULES)
def test_T_H06_htaccess(htaccess, pki, name):
    answer = get(htaccess, "/%s/page" % name, pki.alice)
    seen = assert_comes_as(htaccess, answer, HT_RULES[name][1])
    if seen:
        assert seen["env"]["MTLS_USER"] == "alice"
    assert_refused(htaccess, get(htaccess, "/%s/page" % name, pki.bob), "denied-by-rule")


@pytest.mark.parametrize("name", ["broken", "widen"])
def test_htaccess_cannot_say_more(htaccess, pki, name):
    """A mistake keeps everybody out, and so does a map of one's own."""
    answer = get(htaccess, "/%s/page" % name, pki.alice)
    assert answer.status == 500 and not htaccess.oracle.ran(answer.case)
