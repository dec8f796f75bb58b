# SPDX-License-Identifier: Apache-2.0
"""What `httpd -t` says of users, maps and groups, and what it and the log tell of what was loaded."""
import pytest

from mtlstest.server import Httpd
from mtlstest.sites import TRUST, location, vhost

ASKS = ["MTLSVerifyClient require", "MTLSAccept staff"]
MAP = 'when cn is alice then user alice groups ops\nwhen cn like "a*" then user other\n'
NO_SOURCE = "nothing here or around says who the user"
NO_QUESTION = "nothing here or around asks for a certificate"
NO_GROUPS = "nothing here or around says what groups"


def check(pki, body, *arguments, files=None, before=""):
    server = Httpd(pki, TRUST + before + vhost("localhost", body), name="auth-config",
                   modules=["auth_basic"], files={"conf/a.map": MAP, **(files or {})})
    return server, server.check(*arguments)


def said(server, result, at):
    """Lines about one line of the configuration."""
    place = "%s:%d:" % (server.conf_file, server.line_of(at))
    return [line for line in result.text.splitlines() if place in line]


def assert_warned(server, result, at, *words):
    assert result.ok, result
    lines = said(server, result, at)
    assert len(lines) == len(words), result
    for word in words:
        assert any(word in line and "MTLS0002: " in line for line in lines), result


@pytest.mark.parametrize("lines,words", [
    (ASKS, [NO_SOURCE]),
    (["MTLSMap conf/a.map"], [NO_QUESTION]),
    (["MTLSMap conf/a.map", "MTLSVerifyClient none"], [NO_QUESTION]),
    ([], [NO_SOURCE, NO_QUESTION]),
    (ASKS + ["MTLSMap conf/a.map"], []),
    (ASKS + ["MTLSUser cn"], [])])
def test_authtype_without_what_it_needs(pki, lines, words):
    body = location("/x", "AuthType mtls", "Require valid-user", *lines)
    server, result = check(pki, body)
    assert_warned(server, result, "AuthType mtls", *words)


@pytest.mark.parametrize("before,body", [
    ("", "MTLSMap conf/a.map\nMTLSAccept staff\nMTLSVerifyClient require\n%s"),
    ("MTLSMap conf/a.map\nMTLSAccept staff\nMTLSVerifyClient require\n", "%s"),
    ("", location("/", *ASKS, "MTLSMap conf/a.map") + "%s")])
def test_what_is_needed_may_stand_around(pki, before, body):
    inner = location("/x/y", "AuthType mtls", "Require mtls-group ops", "<RequireAll>",
                     "<RequireAny>", "Require mtls-attr a b", "</RequireAny>", "</RequireAll>")
    server, result = check(pki, body % inner, before=before)
    assert result.ok and "MTLS0002" not in result.text, result


@pytest.mark.parametrize("type_", ["Basic", "mTLSx", "none"])
def test_other_types_are_not_ours(pki, type_):
    server, result = check(pki, location("/x", "AuthType " + type_, 'AuthName "mtls"'))
    assert result.ok and "MTLS0002" not in result.text, result


@pytest.mark.parametrize("type_", ["MTLS", '"mtls"'])
def test_spellings_of_ours(pki, type_):
    server, result = check(pki, location("/x", "AuthType " + type_, *ASKS))
    assert_warned(server, result, "AuthType " + type_, NO_SOURCE)


WRAPPED = {
    "plain": ["Require mtls-group ops"],
    "attribute": ["Require mtls-attr level 3"],
    "every": ["<RequireAll>", "Require mtls-group ops", "</RequireAll>"],
    "any": ["<RequireAny>", "Require mtls-group ops", "Require mtls-valid", "</RequireAny>"],
    "not": ["<RequireAll>", "Require mtls-valid", "Require not mtls-group ops", "</RequireAll>"],
    "none": ["<RequireAll>", "Require mtls-valid", "<RequireNone>", "Require mtls-attr a b",
             "</RequireNone>", "</RequireAll>"],
    "limit": ["<Limit POST>", "Require mtls-group ops", "</Limit>"],
}


@pytest.mark.parametrize("name", WRAPPED)
@pytest.mark.parametrize("lines,warned", [(ASKS, True), (ASKS + ["MTLSUser cn"], True),
                                          (ASKS + ["MTLSMap conf/a.map"], False)])
def test_groups_that_nothing_gives(pki, name, lines, warned):
    server, result = check(pki, location("/x", *lines, *WRAPPED[name]))
    at = next(line for line in WRAPPED[name] if "mtls-group" in line or "mtls-attr" in line)
    assert_warned(server, result, at, *([NO_GROUPS] if warned else []))


@pytest.mark.parametrize("line,words", [
    ("MTLSUser", ["argument"]),
    ("MTLSUser nosuch.field.at.all", ["nosuch"]),
    ("MTLSUser cn sideways", ["sideways"]),
    ("MTLSUser cn realm=", ["realm"]),
    ("MTLSMap", ["argument"]),
    ("MTLSMap conf/a.map conf/b.map", ["argument"]),
    ("MTLSMap conf/missing.map", ["missing.map"]),
    ("MTLSMapDBM conf/x", ["argument"]),
    ('MTLSMapDBM nosuch:conf/x "{cn}"', ["nosuch"]),
    ('MTLSMapDBM sdbm:conf/missing "{cn}"', ["missing"]),
    ('MTLSMapDBM sdbm:conf/x "{nosuch.field}"', ["nosuch"]),
    ('MTLSMapSQL "SELECT 1"', ["argument"]),
    ('MTLSMapSQL "SELECT %s" "{nosuch.field}"', ["nosuch"]),
    ('MTLSMapSQL "SELECT %s %s" "{cn}"', ["%s"]),
    ("MTLSFakeBasicAuth perhaps", ["'perhaps'", "on", "off"]),
    ("MTLSFakeBasicAuth", ["argument"])])
def test_faults_of_arguments(pki, line, words):
    server, result = check(pki, location("/x", *ASKS, line), files={"conf/b.map": MAP})
    assert not result.ok
    lines = said(server, result, "  " + line)
    assert any(all(word in text for word in words) for text in lines), result


def test_all_faults_of_sources_in_one_run(pki):
    body = (location("/a", *ASKS, "MTLSUser nosuch.one") + location("/b", "MTLSMap conf/bad.map")
            + location("/c", "MTLSFakeBasicAuth perhaps") + location("/d", "MTLSMap conf/gone.map")
            + location("/e", "AuthType mtls"))
    server, result = check(pki, body, files={
        "conf/bad.map": "when nosuch is x then user y\nwhen cn is\nwhen cn is a then user a\n"})
    assert not result.ok
    for at, word in [("MTLSUser nosuch.one", "nosuch.one"), ("MTLSFakeBasicAuth", "perhaps"),
                     ("AuthType mtls", NO_SOURCE)]:
        assert any(word in line for line in said(server, result, at)), result
    for at in ("bad.map:1:6", "bad.map:", "gone.map"):
        assert at in result.text, result


def test_T_F06_counts_of_maps(pki):
    body = location("/x", *ASKS, "MTLSMap conf/a.map", "MTLSUser cn lower") + location(
        "/y", *ASKS, "MTLSMap conf/top.map", "MTLSFakeBasicAuth on") + location(
        "/z", *ASKS, "MTLSMap conf/a.map")
    files = {"conf/top.map": "include more.map\nwhen cn is x then user x\n",
             "conf/more.map": "when cn is y then user y\n"}
    server, plain = check(pki, body, files=files)
    counted = [line for line in plain.text.splitlines() if line.startswith("map ")]
    assert [line.partition(": ")[2] for line in counted] == [
        "1 exact rule, 1 tried in order, 1 file", "2 exact rules, 0 tried in order, 2 files"], plain
    server, result = check(pki, body, "-D", "DUMP_MTLS", files=files)
    assert result.ok, result
    lines = result.text.splitlines()
    first = "map %s: 1 exact rule, 1 tried in order, 1 file" % server.path("conf", "a.map")
    second = "map %s: 2 exact rules, 0 tried in order, 2 files" % server.path("conf", "top.map")
    assert [line for line in lines if line.startswith("map ")] == [first, second], result
    for line in ("MTLSMap %s" % server.path("conf", "a.map"), "MTLSUser {cn|lower}",
                 "MTLSFakeBasicAuth on"):
        assert any(text.strip() == line for text in lines), result
    with server:
        found = [line for line in server.log().splitlines() if "MTLS0006: " in line]
        assert found[0].endswith(first) and found[1].endswith(second) and len(found) % 2 == 0, found
