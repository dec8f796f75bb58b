# SPDX-License-Identifier: Apache-2.0
"""S-08: tickets that an administrator revokes, by the mark that logs have of them.

What is wrong in the list at the start: test_redirect_config.py; its lines one by one: t/unit
(ticket_list).
"""
import contextlib
import os
import re

import pytest

from mtlstest import files, stepping
from mtlstest.clients import h1
from mtlstest.oracle import new_case
from mtlstest.roundtrip import Browser
from mtlstest.sites import PROBLEM
from mtlstest.stepping import (CERT, TICKET, WWW, app, assert_none_ran, assert_sent, assert_served,
                               assert_stopped, endpoint, visit)
from mtlstest.vitals import children_of

FAULT, SUMMARY = "MTLS0041: ", "MTLS0042: "
HEAD = ("MTLSReloadInterval 100ms\nMTLSTicketRevokedFile @ROOT@/conf/revoked\n"
        'LogFormat "%{X-Case}i %{MTLS_TICKET}e" marks\nCustomLog @ROOT@/logs/marks.log marks\n')


def make(pki, name, **more):
    return stepping.site(pki, app() + endpoint(), name=name, head=HEAD, files={"conf/revoked": ""}, **more)


@pytest.fixture(scope="module")
def site(pki):
    with make(pki, "revoked", keys=stepping.key_file(pki.path("revoked.keys"))) as running:
        yield running


@pytest.fixture(scope="module")
def many(pki):
    """Children that serve one connection each."""
    with make(pki, "revoked-many", mpm="prefork") as running:
        yield running


def write_list(site, text):
    """Another list, and wait until it is in force (in a server of one child)."""
    before = site.reloads()
    files.replace(site.path("conf", "revoked"), text)
    site.await_reload(before)


def mark_given(site, who):
    """Under which mark the log says that this person was given the last ticket."""
    found = site.wait_for(lambda: re.findall(
        "given ticket ([0-9a-f]{16}), sha256 " + who.sha256, site.log()))
    assert found, site.log_tail()
    return found[-1]


def mark_logged(site, hop):
    """What %{MTLS_TICKET}e says of a request in an access log."""
    def words():
        with open(site.path("logs", "marks.log"), encoding="ascii") as f:
            return [line.split() for line in f if line.startswith(hop.case + " ") and line.endswith("\n")]
    return site.wait_for(words)[0][1]


class Copy:
    """Somebody else who has a ticket, on one connection that stays open."""

    def __init__(self, site, ticket, **more):
        self.site = site
        self.cookie = ("Cookie", TICKET + "=" + ticket)
        self.browser = Browser(program=True, **more)

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.browser.close()

    def open(self, path="/staff", *headers):
        return self.browser.open(self.site.url(path), headers=[self.cookie, *headers])

    def assert_good(self, who):
        assert_served(self.site, self.open(), who)

    def assert_revoked(self, mark):
        """Where a certificate is required no handler runs; where it is optional, it hears why."""
        self.site.mark()
        hop = self.open("/opt")
        env = self.site.oracle.one(hop.case)["env"]
        assert env.get("MTLS_REASON") == "ticket-revoked", env
        assert env.get("MTLS_VERIFY") == "NONE", env
        assert "MTLS_SUBJECT" not in env and "MTLS_TICKET" not in env, env
        line = "a ticket does not count: ticket-revoked, ticket " + mark
        assert self.site.wait_for(lambda: line in self.site.log_tail()), self.site.log_tail()
        hop = self.open("/staff", PROBLEM, ("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Dest", "empty"))
        assert_stopped(self.site, hop, "step-up-required", 401)

    def assert_one_connection(self):
        assert len(self.browser.handshakes) == 1, "connected again"


@contextlib.contextmanager
def walkers(site, pki, **more):
    """Two people, and a browser of each that has a ticket."""
    alice, bob = stepping.person(pki), stepping.person(pki)
    with site.browser(alice, CERT, **more) as first, site.browser(bob, CERT, **more) as second:
        visit(site, first, "/staff", alice)
        visit(site, second, "/staff", bob)
        yield alice, first, bob, second


@pytest.mark.parametrize("protocol", ["h1", "h2"])
def test_S_08_a_listed_ticket_counts_no_more(site, pki, protocol):
    """On the connection that is open, and nobody else's; whoever has the certificate gets another."""
    write_list(site, "# nobody\n")
    with walkers(site, pki, protocol=protocol) as (alice, first, bob, second):
        mark, ticket = mark_given(site, alice), first.jar.value(WWW, TICKET)
        with Copy(site, ticket, protocol=protocol) as copy:
            copy.assert_good(alice)
            write_list(site, "# a laptop\r\n\t%s # alice's\r\n" % mark.upper())
            copy.assert_revoked(mark)
            write_list(site, "")
            copy.assert_good(alice)  # nothing but the list had ended it
            write_list(site, "0123456789abcdef\n%s" % mark)
            copy.assert_revoked(mark)
            hop = copy.open()
            assert_sent(site, hop)
            assert hop.set_cookie(TICKET).max_age == 0
            assert_served(site, second.open(site.url()), bob)
            hops = visit(site, first, "/staff", alice)
            assert len(hops) == 4, "no step-up of her own"
            assert mark_given(site, alice) != mark and first.jar.value(WWW, TICKET) != ticket
            assert_served(site, first.open(site.url()), alice)
            copy.assert_revoked(mark)
            copy.assert_one_connection()
        assert_served(site, second.open(site.url()), bob)


def test_S_08_forms_and_scripts_with_a_listed_ticket(site, pki):
    """What cannot be sent away is refused as with any ticket that does not count, and nothing is done."""
    with walkers(site, pki) as (alice, first, _, second):
        write_list(site, mark_given(site, alice) + "\n")
        page = site.url("/open")
        assert_stopped(site, first.post(site.url(), b"x=1", page), "step-up-required")
        assert_stopped(site, first.fetch(site.url(), page, headers=[PROBLEM]), "step-up-required", 401)
        hop = second.post(site.url(), b"x=1", page)
        assert hop.status == 200 and site.oracle.ran(hop.case), hop


def test_S_08_marks_are_found_for_any_request(site, pki):
    """In the environment, in access logs and in the lines about requests; where no ticket was needed,
    there is none."""
    site.mark()
    with walkers(site, pki) as (alice, first, bob, second):
        marks = [mark_given(site, who) for who in (alice, bob)]
        assert marks[0] != marks[1]
        for mark, browser in zip(marks, (first, second)):
            hop = browser.open(site.url())
            assert site.oracle.one(hop.case)["env"]["MTLS_TICKET"] == mark
            assert mark_logged(site, hop) == mark
            refused = browser.open(site.url("/strict"))
            assert_none_ran(site, refused)
            assert site.wait_for(lambda: re.search(
                "MTLS0011: GET /strict refused: .* by ticket " + mark, site.log_tail()))
        hop = first.open(site.url("/open"), headers=[("MTLS_TICKET", marks[1]), ("MTLS-Ticket", marks[1])])
        env = site.oracle.one(hop.case)["env"]
        assert "MTLS_TICKET" not in env and mark_logged(site, hop) == "-", env
        assert first.jar.value(WWW, TICKET) not in site.log()


def told(site, *words):
    """A line of the log since the mark."""
    lines = site.wait_for(lambda: [line for line in site.log_tail().splitlines()
                                   if all(word in line for word in words)], 20)
    assert lines, site.log_tail()
    return lines[0]


def test_S_08_F_11_a_broken_list_changes_nothing(site, pki):
    """Neither does one that was taken away; each is told, and mended by itself."""
    path = site.path("conf", "revoked")
    with walkers(site, pki) as (alice, first, bob, second):
        marks = [mark_given(site, who) for who in (alice, bob)]
        write_list(site, marks[0] + "\n")
        with Copy(site, first.jar.value(WWW, TICKET)) as copy:
            for text in ("# %s\nno mark\n%s 1\n" % (marks[0], marks[1]), None):
                site.mark()
                if text is None:
                    os.unlink(path)
                    told(site, FAULT, path, "cannot read")
                else:
                    files.replace(path, text)
                    told(site, FAULT, path + ":2: ", "no mark of a ticket")
                    told(site, FAULT, path + ":3: ", "no mark of a ticket")
                told(site, SUMMARY)
                assert marks[1] not in site.log_tail(), "a line is repeated"
                copy.assert_revoked(marks[0])
                assert_served(site, second.open(site.url()), bob)
            write_list(site, marks[1])
            copy.assert_good(alice)
            assert_sent(site, second.open(site.url()))


def ask(site, client, ticket, path="/opt"):
    """(status, environment of the handler, its process) of a request on a connection."""
    case = new_case("copy")
    response = client.ask(path, host="%s:%d" % (WWW, site.port), case=case,
                          headers=[("Cookie", TICKET + "=" + ticket), ("Accept", "*/*")])
    seen = site.oracle.lines(case)
    return (response.status, seen[0]["env"], seen[0]["pid"]) if seen else (response.status, {}, None)


def await_revoked(site, client, ticket):
    """Until the process of the connection has read the list, which each does when it comes to it."""
    def told():
        return ask(site, client, ticket)[1].get("MTLS_REASON") == "ticket-revoked"
    assert site.wait_for(told, 20), ask(site, client, ticket)


def test_S_08_in_all_children(many, pki):
    """Each ends it on the connection it serves, though it remembers the certificate; so does one that
    begins after."""
    alice = stepping.person(pki)
    with many.browser(alice, CERT) as browser, contextlib.ExitStack() as stack:
        visit(many, browser, "/staff", alice)
        mark, ticket = mark_given(many, alice), browser.jar.value(WWW, TICKET)
        browser.forget_connections()
        clients = [stack.enter_context(h1(many.port, sni=WWW)) for _ in range(4)]
        for client in clients:
            status, env, _ = ask(many, client, ticket, "/staff")
            assert status == 200 and env["MTLS_TICKET"] == mark, env
        files.replace(many.path("conf", "revoked"), mark + "\n")
        for client in clients:  # all, before a start ends the ticket for those that have not looked yet
            many.wait_for(lambda: ask(many, client, ticket)[1].get("MTLS_REASON"), 20)
            status, env, _ = ask(many, client, ticket)
            assert (status, env.get("MTLS_REASON")) == (200, "ticket-revoked"), env
        for client in clients:
            assert ask(many, client, ticket, "/staff") == (302, {}, None)
        old = children_of(many)
        fresh = [stack.enter_context(h1(many.port, sni=WWW)) for _ in range(len(old))]
        for client in fresh:
            _, env, pid = ask(many, client, ticket)
            if pid in old:  # one that had nothing to do so far
                await_revoked(many, client, ticket)
            else:
                assert env.get("MTLS_REASON") == "ticket-revoked", env
        assert children_of(many) - old, "no new child"
