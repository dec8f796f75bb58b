# SPDX-License-Identifier: Apache-2.0
"""MTLSMapSQL: users from SQLite and from PostgreSQL, through mod_dbd."""
import concurrent.futures
import os
import re
import shutil
import sqlite3
import tempfile

import pytest

from mtlstest import people
from mtlstest.clients import h1
from mtlstest.people import HOST, HOSTILE, complaints, place
from mtlstest.postgres import Postgres
from mtlstest.server import Httpd
from mtlstest.sites import TRUST, vhost

SCHEMA = """
CREATE TABLE people (cn TEXT, fp TEXT, login TEXT, dept TEXT, deny TEXT);
CREATE TABLE memberships (login TEXT, grp TEXT);
"""
PEOPLE = [
    ("alice", "-", "alice", "R&D", None),
    ("anna", "-", "anna", None, "The card was lost."),
    ("carol", "-", "carol", None, None),
    ("carol", "-", "charlie", None, None),
    ("dave", "-", "da\nve", None, None),
    ("erin", "-", None, "HR", None),
    ("100% sure", "-", "percent", None, None),
]
MEMBERSHIPS = [("alice", "ops"), ("alice", "staff"), ("alice", "ops, night shift")]
JOIN = ('SELECT p.login AS "user", m.grp AS "groups", p.dept, p.deny FROM people p '
        "LEFT JOIN memberships m ON m.login = p.login WHERE p.cn = %s")
SERIES = ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
          "SELECT %s AS who, i AS \"groups\" FROM n")


class Sqlite:
    """A database in a file."""

    driver = "sqlite3"
    # fails when it runs, not when it is prepared
    broken = 'SELECT abs(-9223372036854775807 - (length(%s) > 0)) AS "user"'
    with_nul = "SELECT 'ad' || char(0 * length(%s)) || 'min' AS \"user\""
    nul_reason = "user-unusable"

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="mtls-sqlite-")
        os.chmod(self.folder, 0o755)
        self.params = os.path.join(self.folder, "people.sqlite")

    def execute(self, statement, rows=()):
        with sqlite3.connect(self.params) as connection:
            cursor = connection.cursor()
            if rows:
                cursor.executemany(statement.replace("%s", "?"), rows)
            else:
                cursor.executescript(statement)
        connection.close()
        os.chmod(self.params, 0o644)

    def start(self):
        """There is no server to start."""

    def count(self):
        with sqlite3.connect(self.params) as connection:
            return connection.execute("SELECT count(*) FROM people").fetchone()[0]

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        shutil.rmtree(self.folder)


class PostgresPeople(Postgres):
    """The same in PostgreSQL, whose text never holds a NUL: it fails."""

    driver = "pgsql"
    broken = 'SELECT login AS "user" FROM people WHERE 1 = CAST(%s AS integer)'
    with_nul = "SELECT 'ad' || chr(0 * length(%s)) || 'min' AS \"user\""
    nul_reason = "map-unavailable"

    def execute(self, statement, rows=()):
        for row in rows or [()]:
            values = ["NULL" if v is None else "E'%s'" % v.replace("\\", "\\\\").replace("'", "''")
                      .replace("\n", "\\n") for v in row]
            self.sql(statement % tuple(values) if row else statement)

    def count(self):
        return int(self.sql("SELECT count(*) FROM people"))


def fill(database):
    database.execute(SCHEMA)
    database.execute("INSERT INTO people VALUES (%s, %s, %s, %s, %s)", PEOPLE)
    database.execute("INSERT INTO memberships VALUES (%s, %s)", MEMBERSHIPS)


def source(query, *keys):
    return "MTLSMapSQL '%s' %s" % (query.replace("'", "\\'"), " ".join('"%s"' % k for k in keys))


def dbd(database, most):
    return ('DBDriver %s\nDBDParams "%s"\nDBDMin 1\nDBDKeep 1\nDBDMax %d\n'
            % (database.driver, database.params, most))


def places(database):
    by_cn = source(JOIN, "{cn}")
    return "".join([
        place("/cn", by_cn),
        place("/two", source('SELECT login AS "USER", dept AS "Dept" FROM people '
                             "WHERE cn = %s AND fp = %s", "{cn}", "{fingerprint}")),
        place("/percent", source("SELECT login AS \"user\" FROM people WHERE cn LIKE '100%% s%%' "
                                 "AND %s <> ''", "{cn}")),
        place("/broken", source(database.broken, "{cn}")),
        place("/nul", source(database.with_nul, "{cn}")),
        place("/column", source('SELECT login AS "user", 1 AS "1st" FROM people WHERE cn = %s',
                                "{cn}")),
        place("/most", source(SERIES.format(1000), "{cn}"), "Require mtls-group 1000"),
        place("/toomany", source(SERIES.format(1001), "{cn}"), "Require mtls-group 1000"),
        place("/email", source('SELECT login AS "user" FROM people WHERE cn = %s',
                               "{email.local}"), "MTLSUser cn"),
        place("/filethen", "MTLSMap @ROOT@/conf/first.map", by_cn),
        place("/thenfile", by_cn, "MTLSMap @ROOT@/conf/first.map"),
        place("/pages", "SetHandler none", "SetOutputFilter INCLUDES", "Options +Includes",
              "MTLSUser cn", "Require dbd-group ops",
              "AuthzDBDQuery \"SELECT 'ops' FROM people WHERE cn = %s\""),
    ])


FIRST_MAP = """
when cn is frank then user from-file groups filed
when cn is alice then deny "The file says no."
"""


class Site:
    """A server and the database it asks."""

    def __init__(self, pki, database, most=4, more="", mpm="event"):
        self.database = database
        config = (dbd(database, most) + more + TRUST
                  + vhost("localhost", HOST + places(database)))
        self.httpd = Httpd(pki, config, modules=["dbd", "authz_dbd", "include"],
                           name="sql-" + database.driver, mpm=mpm)
        self.httpd.write("conf/first.map", FIRST_MAP)
        self.httpd.write("htdocs/pages/outer", '<!--#include virtual="/cn" -->')
        self.ask = people.Asking(self.httpd, pki)


@pytest.fixture(scope="module", params=[Sqlite, PostgresPeople], ids=["sqlite", "postgresql"])
def site(request, pki):
    people.issue(pki)
    with request.param() as database:
        database.start()
        fill(database)
        one = Site(pki, database)
        with one.httpd:
            yield one


def test_rows_are_user_groups_and_attributes(site):
    seen = site.ask.record("alice", "/cn")
    assert seen["user"] == "alice" and seen["auth_type"] == "mtls"
    assert set(seen["env"]["MTLS_GROUPS"].split(",")) == {"ops", "staff", "night shift"}
    assert seen["env"]["MTLS_ATTR_DEPT"] == "R&D"
    assert seen["env"]["MTLS_USER_SOURCE"] == "sql"
    assert "httpd.conf:" in seen["env"]["MTLS_USER_RULE"]


def test_a_deny_tells_its_text(site):
    answer = site.ask.refused("anna", "/cn", "denied-by-rule")
    assert "The card was lost." in answer.text


def test_no_row_and_no_user_are_no_rule(site):
    site.ask.refused("frank", "/cn", "no-rule")
    site.ask.refused("erin", "/cn", "no-rule")


def test_rows_of_two_users_are_nobody(site):
    site.ask.refused("carol", "/cn", "user-ambiguous")


def test_T_N01_a_login_with_a_line_break_is_nobody(site):
    site.ask.refused("dave", "/cn", "user-unusable")


def test_T_N01_a_value_is_never_cut_at_a_nul(site):
    site.ask.refused("alice", "/nul", site.database.nul_reason)


def test_T_N01_names_that_are_no_key_never_reach_the_database(site):
    site.ask.refused("nul", "/cn", "user-unusable")
    site.ask.refused("two_names", "/cn", "user-ambiguous")
    site.ask.refused("no_name", "/cn", "no-rule")
    assert site.ask.user("anna", "/email") == ("anna", set())


def test_two_parameters_are_in_order(site, pki):
    site.ask.refused("frank", "/two", "no-rule")
    site.database.execute("INSERT INTO people VALUES (%s, %s, %s, %s, %s)",
                          [("frank", pki.frank.sha256.lower(), "frank", "Ops", None)])
    seen = site.ask.record("frank", "/two")
    assert seen["user"] == "frank" and seen["env"]["MTLS_ATTR_DEPT"] == "Ops"
    site.database.execute("DELETE FROM people WHERE cn = 'frank'")


def test_a_percent_sign_is_written_twice(site):
    assert site.ask.user("alice", "/percent") == ("percent", set())


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_T_N03_what_a_certificate_says_is_data(site, number):
    """Before it is in the database nobody is found; then it is found, octet for octet."""
    who, before = "hostile%d" % number, site.database.count()
    site.ask.refused(who, "/cn", "no-rule")
    assert site.database.count() == before
    site.database.execute("INSERT INTO people VALUES (%s, %s, %s, %s, %s)",
                          [(HOSTILE[number], "-", "known%d" % number, None, None)])
    assert site.ask.user(who, "/cn") == ("known%d" % number, set())
    assert site.ask.user("alice", "/cn")[0] == "alice"


def test_an_answer_has_an_end(site):
    assert site.ask("alice", "/most").status == 200
    site.ask.refused("alice", "/toomany", "map-unavailable")


def test_a_column_that_can_be_no_attribute_is_told(site):
    site.ask.refused("alice", "/column", "map-unavailable")
    loud, quiet = complaints(site.httpd)
    assert any("column '1st'" in line for line in loud + quiet)


def test_a_failed_query_refuses_and_leaves_the_connection_usable(site):
    """More often than there are connections, so that none can have been lost or left in a state."""
    for _ in range(10):
        site.ask.refused("alice", "/broken", "map-unavailable")
        assert site.ask.user("alice", "/cn")[0] == "alice"
    loud, quiet = complaints(site.httpd)
    assert len(loud) <= 1 and len(loud) + len(quiet) == 10


def test_sources_are_asked_in_order(site):
    assert site.ask.user("frank", "/filethen") == ("from-file", {"filed"})
    answer = site.ask.refused("alice", "/filethen", "denied-by-rule")
    assert "The file says no." in answer.text
    answer = site.ask.refused("anna", "/filethen", "denied-by-rule")
    assert "The card was lost." in answer.text
    assert site.ask.user("alice", "/thenfile")[0] == "alice"
    assert site.ask.user("frank", "/thenfile") == ("from-file", {"filed"})


@pytest.mark.parametrize("make", [Sqlite, PostgresPeople], ids=["sqlite", "postgresql"])
def test_a_database_that_comes_later_is_used(pki, make):
    people.issue(pki)
    with make() as database:
        one = Site(pki, database)
        with one.httpd:
            one.ask.refused("alice", "/cn", "map-unavailable")
            one.ask.refused("anna", "/cn", "map-unavailable")
            database.start()
            fill(database)
            assert one.ask.user("alice", "/cn")[0] == "alice"
            one.ask.refused("anna", "/cn", "denied-by-rule")


@pytest.mark.parametrize("mpm,more", [("prefork", ""), ("worker", "DBDPersist Off\n")])
@pytest.mark.parametrize("make", [Sqlite, PostgresPeople], ids=["sqlite", "postgresql"])
def test_other_ways_to_run(pki, make, mpm, more):
    people.issue(pki)
    with make() as database:
        database.start()
        fill(database)
        one = Site(pki, database, more=more, mpm=mpm)
        with one.httpd:
            for _ in range(3):
                assert one.ask.user("alice", "/cn")[0] == "alice"
                one.ask.refused("alice", "/broken", "map-unavailable")
                one.ask.refused("anna", "/cn", "denied-by-rule")


def test_every_host_asks_its_own_database(pki):
    """One directive for all hosts, written outside them."""
    people.issue(pki)
    everywhere = place("/cn", "MTLSAccept staff", source(JOIN, "{cn}"))
    with Sqlite() as one, Sqlite() as other:
        fill(one)
        fill(other)
        other.execute("UPDATE people SET login = 'alina' WHERE login = 'alice'")
        config = (TRUST + everywhere + vhost("localhost", HOST + dbd(one, 4))
                  + vhost("other.example.test", HOST + dbd(other, 4)))
        with Httpd(pki, config, modules=["dbd"], name="sql-hosts") as site:
            found = []
            for host in ("localhost", "other.example.test", "localhost"):
                with h1(site.port, cert=pki.alice, sni=host) as client:
                    answer = client.ask("/cn", host=host)
                    found.append(site.oracle.one(answer.case)["user"])
            assert found == ["alice", "alina", "alice"]


@pytest.fixture
def postgres(pki):
    """A site whose server may be taken away."""
    people.issue(pki)
    with PostgresPeople() as database:
        database.start()
        fill(database)
        one = Site(pki, database)
        with one.httpd:
            yield one


def test_a_source_that_is_down_decides_and_comes_back(postgres):
    ask, database = postgres.ask, postgres.database
    assert ask.user("alice", "/cn")[0] == "alice"
    for _ in range(2):
        database.stop()
        ask.refused("alice", "/cn", "map-unavailable")
        ask.refused("anna", "/cn", "map-unavailable")
        ask.refused("frank", "/thenfile", "map-unavailable")
        assert ask.user("frank", "/filethen") == ("from-file", {"filed"})
        database.start()
        assert ask.user("alice", "/cn")[0] == "alice"
        ask.refused("anna", "/cn", "denied-by-rule")
    loud, quiet = complaints(postgres.httpd)
    assert len(loud) >= 1 and len(loud) + len(quiet) == 6


def test_a_restart_between_two_requests_is_not_noticed(postgres):
    """Every connection of the pool was used before, and each has lost what was prepared in it."""
    def all_at_once():
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(postgres.ask.user, "alice", "/cn") for _ in range(24)]
            return {one.result()[0] for one in asked}

    assert all_at_once() == {"alice"}
    postgres.database.stop()
    postgres.database.start()
    assert all_at_once() == {"alice"}
    assert complaints(postgres.httpd) == ([], [])


@pytest.fixture
def narrow(pki):
    """A site that has a single connection to its database."""
    people.issue(pki)
    with PostgresPeople() as database:
        database.start()
        fill(database)
        one = Site(pki, database, most=1)
        with one.httpd:
            yield one


def test_a_slow_client_keeps_no_connection(narrow, pki):
    site = narrow.httpd
    with h1(site.port, cert=pki.alice) as slow:
        head, case = slow.head("/cn", method="POST", headers=[("Content-Length", "4")])
        slow.conn.send(head + b"ab")
        assert site.wait_for(lambda: "MTLS0010: POST /cn admitted" in site.log_tail())
        for _ in range(3):
            assert narrow.ask.user("alice", "/cn")[0] == "alice"
        assert not site.oracle.ran(case)
        slow.conn.send(b"cd")
        assert slow.read(case).status == 200


def test_a_connection_the_request_has_is_shared(narrow):
    """mod_authz_dbd keeps the only one while the page is made, which includes another place."""
    answer = narrow.ask("alice", "/pages/outer")
    assert answer.status == 200 and b'"user":"alice"' in answer.body
    assert narrow.ask("frank", "/pages/outer").status == 403


def test_the_query_is_prepared_and_the_name_its_parameter(postgres):
    postgres.ask.refused("hostile0", "/cn", "no-rule")
    log = postgres.database.output()
    assert re.search(r"PREPARE mtls_[0-9a-f]{40} \(varchar\) AS SELECT p.login", log)
    assert re.search(r"LOG:  execute mtls_[0-9a-f]{40}: ", log)
    assert "DETAIL:  parameters: $1 = '%s'" % HOSTILE[0].replace("'", "''") in log
    assert not [line for line in log.splitlines() if "DROP TABLE" in line and "$1 = " not in line]


def test_httpd_t_wants_mod_dbd(pki):
    config = TRUST + vhost("localhost", HOST + place("/cn", source(JOIN, "{cn}")))
    result = Httpd(pki, config, name="sql-check").check()
    assert not result.ok and "MTLSMapSQL" in result.text and "mod_dbd" in result.text


@pytest.mark.parametrize("query,keys", [("SELECT 1", ["{cn}"]), (JOIN, ["{cn}", "{cn}"]),
                                        (JOIN + " AND 1 = %d", ["{cn}"]),
                                        (JOIN, ["{no-such-field}"])])
def test_httpd_t_counts_parameters(pki, query, keys):
    config = TRUST + vhost("localhost", HOST + place("/cn", source(query, *keys)))
    result = Httpd(pki, config, modules=["dbd"], name="sql-check").check()
    assert not result.ok and "MTLSMapSQL" in result.text
