# SPDX-License-Identifier: Apache-2.0
"""MTLSMapDBM: users in files of each type APR has."""
import os

import pytest

from mtlstest import dbm, people
from mtlstest.clients import h1
from mtlstest.people import HOST, HOSTILE, complaints, place
from mtlstest.server import Httpd
from mtlstest.sites import PROBLEM, TRUST, vhost

KINDS = ["sdbm", "db", "gdbm"]
ENTRIES = {
    "alice": 'user alice groups ops, staff set dept "R&D"',
    "anna": 'deny "The card was lost."',
    "carol": "groups staff",
    "dave": "this is no result",
    "dave\0": "user root",
    "erin": "user erin\nuser root",
    "bob": b"user b\xff\xfe",
    HOSTILE[0]: "user hostile",
}


class Site:
    """A server and the file it asks."""

    def __init__(self, serve, pki, folder, kind):
        self.kind = kind
        self.path = os.path.join(folder, "people." + kind)
        dbm.write(kind, self.path, ENTRIES)
        source = "MTLSMapDBM %s:%s " % (kind, self.path)
        self.httpd = serve(TRUST + vhost(
            "localhost", HOST + place("/cn", source + '"{cn}"')
            + place("/email", source + '"{email.local|lower}"')
            + place("/groups", source + '"{cn}"', "Require mtls-group staff")
            + place("/then", source + '"{email.local}"', "MTLSUser cn")), name="dbm-" + kind)
        self.ask = people.Asking(self.httpd, pki)

    def replace(self, entries):
        dbm.replace(self.kind, self.path, entries)


@pytest.fixture(scope="module", params=KINDS)
def site(request, serve, pki):
    people.issue(pki)
    with people.public_folder() as folder:
        yield Site(serve, pki, folder, request.param)


@pytest.fixture(autouse=True)
def fresh(site):
    """Every test begins with the same file."""
    site.replace(ENTRIES)


def test_an_entry_is_user_groups_and_attributes(site):
    seen = site.ask.record("alice", "/cn")
    assert seen["user"] == "alice" and seen["auth_type"] == "mtls"
    assert seen["env"]["MTLS_GROUPS"] == "ops,staff"
    assert seen["env"]["MTLS_ATTR_DEPT"] == "R&D"
    assert seen["env"]["MTLS_USER_SOURCE"] == "dbm"
    assert seen["env"]["MTLS_USER_RULE"].endswith("httpd.conf:%d" % line_of_place(site, "/cn"))


def line_of_place(site, path):
    with open(site.httpd.conf_file, encoding="utf-8") as f:
        lines = f.read().splitlines()
    begin = lines.index("<Location %s>" % path)
    return next(i for i in range(begin, len(lines)) if "MTLSMapDBM" in lines[i]) + 1


def test_the_key_is_a_template(site):
    assert site.ask.user("alice", "/email") == ("alice", {"ops", "staff"})


def test_a_deny_tells_its_text(site):
    answer = site.ask.refused("anna", "/cn", "denied-by-rule")
    assert "The card was lost." in answer.text


def test_no_entry_is_no_rule(site):
    site.ask.refused("frank", "/cn", "no-rule")


def test_a_key_without_value_passes_to_the_next_source(site):
    site.ask.refused("anna", "/email", "no-rule")
    assert site.ask.user("anna", "/then") == ("anna", set())


def test_groups_are_enough_where_no_user_is_asked_for(site):
    assert site.ask("carol", "/groups").status == 200
    assert site.ask("carol", "/cn").status == 403


def test_T_N04_two_names_are_nobody(site):
    site.ask.refused("two_names", "/cn", "user-ambiguous")


def test_T_N01_a_name_with_nul_is_nobody(site):
    site.ask.refused("nul", "/cn", "user-unusable")


def test_a_hostile_name_is_a_key_like_any_other(site):
    assert site.ask.user("hostile0", "/cn") == ("hostile", set())
    site.ask.refused("hostile1", "/cn", "no-rule")


@pytest.mark.parametrize("who", ["dave", "erin"])
def test_a_value_that_says_nothing_is_no_answer(site, who):
    site.ask.refused(who, "/cn", "map-unavailable")


def test_the_operator_is_told_once_in_a_while(site):
    for _ in range(5):
        site.ask.refused("dave", "/cn", "map-unavailable")
    loud, quiet = complaints(site.httpd)
    assert len(loud) <= 1 and len(loud) + len(quiet) == 5
    assert all(site.path in line for line in loud + quiet)


def test_a_replaced_file_is_seen_at_once(site, pki):
    with h1(site.httpd.port, cert=pki.alice) as client:
        def told():
            answer = client.ask("/cn", headers=[PROBLEM])
            assert answer.status == 200
            return site.httpd.oracle.one(answer.case)["user"]

        assert told() == "alice"
        site.replace({"alice": "user alice2"})
        assert told() == "alice2"
        site.replace({"alice": "deny"})
        assert client.ask("/cn", headers=[PROBLEM]).status == 403


def test_a_missing_file_refuses_until_it_is_back(site):
    for name in dbm.files(site.kind, site.path):
        os.rename(name, name + ".away")
    site.ask.refused("alice", "/cn", "map-unavailable")
    site.ask.refused("anna", "/cn", "map-unavailable")
    for name in dbm.files(site.kind, site.path):
        os.rename(name + ".away", name)
    assert site.ask.user("alice", "/cn") == ("alice", {"ops", "staff"})


def test_a_source_that_is_down_does_not_pass_to_the_next(site):
    for name in dbm.files(site.kind, site.path):
        os.unlink(name)
    site.ask.refused("alice", "/then", "map-unavailable")


@pytest.mark.parametrize("intact", [0, 4096])
def test_a_damaged_file_refuses(site, intact):
    """Damaged from its begin, or behind the header with which it still opens."""
    if intact:
        site.replace({str(n): "user alice" + "e" * 200 for n in range(300)})
    for name in dbm.files(site.kind, site.path):
        with open(name, "rb") as f:
            octets = f.read()
        with open(name + ".new", "wb") as f:
            f.write(octets[:intact] + b"\xa5" * max(len(octets) - intact, 4096))
        os.chmod(name + ".new", 0o644)
        os.replace(name + ".new", name)
    site.ask.refused("alice", "/cn", "map-unavailable")
    site.ask.refused("frank", "/cn", "map-unavailable")


def check(pki, argument):
    config = TRUST + vhost("localhost", HOST + place("/cn", 'MTLSMapDBM %s "{cn}"' % argument))
    return Httpd(pki, config, name="dbm-check").check()


@pytest.mark.parametrize("kind", KINDS)
def test_httpd_t_tries_the_file(pki, tmp_path, kind):
    path = str(tmp_path / "people")
    missing = check(pki, "%s:%s" % (kind, path))
    assert not missing.ok and "MTLSMapDBM" in missing.text and path in missing.text
    dbm.write(kind, path, ENTRIES)
    assert check(pki, "%s:%s" % (kind, path)).ok
    os.chmod(dbm.files(kind, path)[-1], 0o666)
    writable = check(pki, "%s:%s" % (kind, path))
    assert not writable.ok and "written by everybody" in writable.text


def test_httpd_t_notices_another_type(pki, tmp_path):
    path = str(tmp_path / "people")
    with open(path, "w", encoding="ascii") as f:
        f.write("alice user alice\n" * 1000)
    for kind in ("db", "gdbm"):
        result = check(pki, "%s:%s" % (kind, path))
        assert not result.ok and "does not open as " + kind in result.text
