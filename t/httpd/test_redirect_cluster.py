# SPDX-License-Identifier: Apache-2.0
"""Step-up by redirect over several servers and their cache: what one began the other ends, what one ended
holds at the other, and without the cache nobody gets in.

S-10 S-11 S-25 S-35 F-21 F-26 F-28.
"""
import contextlib
import itertools
import os
import signal
import time

import pytest

from mtlstest import stepping
from mtlstest.clock import Clock
from mtlstest.redis import Redis
from mtlstest.relay import FAIR, RUBBISH, STALL, Relay
from mtlstest.roundtrip import Browser
from mtlstest.stepping import (CERT, KEYS, TICKET, WWW, app, assert_none_ran, assert_served,
                               assert_stopped, endpoint, visit)

INTERVAL = 1    # seconds, MTLSReloadInterval
ROOM = 20       # further seconds in which a busy machine comes to something
PATIENCE = 3    # seconds that the store has where it may be spoiled
HOSTS = app("www.mtls.test:443", url="https://cert.mtls.test/ external") + endpoint("cert.mtls.test:443")
PAGE = "https://www.mtls.test/staff"
LOGOUT = "https://www.mtls.test/logout"

_numbers = itertools.count(1)


class Pair:
    """Two servers behind one name, with the same keys in another order, and their store."""

    def __init__(self, pki, store, lines="", way=None):
        self.store = store
        self.way = way
        name = "pair%d" % next(_numbers)
        sealing = stepping.key_file(pki.path(name + "-cache.keys"), KEYS[2])
        self.servers = []
        for number, keys in enumerate(([0, 1], [1, 0])):
            path = stepping.key_file(pki.path("%s-%d.keys" % (name, number)), *[KEYS[k] for k in keys])
            head = ("MTLSCache redis:127.0.0.1:%d\nMTLSCacheTimeout %ds\nMTLSCacheKeyFile %s\n"
                    "MTLSReloadInterval %ds\n"
                    % ((way or store).port, PATIENCE if way else 20, sealing, INTERVAL)) + lines
            self.servers.append(stepping.site(pki, HOSTS, name="pair%d" % number, head=head, keys=path,
                                              modules=["socache_redis"]))

    def rotate(self, number, *keys):
        """Give one server these keys; return when it seals with the first."""
        site = self.servers[number]
        before = site.reloads()
        stepping.key_file(site.keys + "~", *keys)
        os.replace(site.keys + "~", site.keys)
        site.await_reload(before)

    def browser(self, cert, **more):
        """At the first server."""
        browser = Browser(certs={CERT: cert}, **more)
        browser.move(443, self.servers[0].port)
        return browser

    def at(self, browser, number):
        browser.move(443, self.servers[number].port)
        return self.servers[number]


@contextlib.contextmanager
def started(pki, lines="", relayed=False, off=0):
    """A Pair that serves; off: the second server's clock is so far ahead, or behind."""
    with Redis() as store, contextlib.ExitStack() as stack:
        store.start()
        way = stack.enter_context(Relay(store.port)) if relayed else None
        found = Pair(pki, store, lines, way)
        if off:
            stack.enter_context(Clock(found.servers[1])).set(off)
        for server in found.servers:
            stack.enter_context(server)
        yield found


@pytest.fixture(scope="module")
def running(pki):
    with started(pki) as found:
        yield found


@pytest.fixture
def pair(running):
    for server in running.servers:
        server.mark()
    return running


@pytest.fixture
def relayed(pki):
    """One whose way to the store can be spoiled."""
    with started(pki, relayed=True) as found:
        yield found


@pytest.fixture
def alice(pki):
    return stepping.person(pki)


def served(server, hop, who):
    return assert_served(server, hop, who, "/staff")


def walk_over(pair, browser, order):
    """A walk whose hops are at these servers in turn; the hops."""
    pair.at(browser, order[0])
    hops = [browser.open(PAGE)]
    for number in order[1:]:
        if hops[-1].location:
            pair.at(browser, number)
            hops.append(browser.follow(hops[-1]))
    return hops


@pytest.mark.parametrize("order", [(0, 1, 0, 1), (1, 0, 1, 0), (0, 0, 1, 1), (0, 1, 1, 0), (0, 0, 0, 1)],
                         ids=lambda order: "".join(map(str, order)))
def test_begun_here_ended_there(pair, alice, order):
    """S-25: both keys at both servers, another one first."""
    with pair.browser(alice) as browser:
        hops = walk_over(pair, browser, order)
        assert [h.status for h in hops] == [302, 302, 302, 200], hops[-1]
        served(pair.servers[order[-1]], hops[-1], alice)
        for number in (0, 1):
            served(pair.at(browser, number), browser.open(PAGE), alice)


NEW = "e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"


def test_S_25_a_key_promoted_before_all_have_it(pair, pki, alice):
    """The wrong order costs further step-ups, and never a 5xx; nobody is let in by what a server cannot
    read."""
    try:
        pair.rotate(0, NEW, KEYS[0], KEYS[1])
        with pair.browser(alice) as browser:
            visit_pair(pair, browser, alice)
            cookie = [("Cookie", browser.jar.field(WWW))]
        with Browser(program=True) as copy:
            second = pair.at(copy, 1)
            hop = copy.open(PAGE, headers=cookie)
            assert_none_ran(second, hop)
            assert hop.status == 302, hop
        for order in (0, 1), (1, 0, 1):  # a state, a code
            with pair.browser(stepping.person(pki)) as browser:
                hops = walk_over(pair, browser, order)
                assert len(hops) == len(order)
                assert_stopped(pair.servers[1], hops[-1], "step-up-invalid")
        pair.rotate(1, KEYS[1], KEYS[0], NEW)
        with Browser(program=True) as copy:
            pair.at(copy, 1)
            served(pair.servers[1], copy.open(PAGE, headers=cookie), alice)
        for order in (0, 1, 0, 1), (1, 0, 1, 0):
            with pair.browser(who := stepping.person(pki)) as browser:
                served(pair.servers[order[-1]], walk_over(pair, browser, order)[-1], who)
    finally:
        pair.rotate(0, KEYS[0], KEYS[1])
        pair.rotate(1, KEYS[1], KEYS[0])


def test_logout_holds_everywhere(pair, alice):
    """At once where it was, within the interval at the other, also for a copy of the cookie."""
    with pair.browser(alice) as browser:
        hops = visit_pair(pair, browser, alice)
        ticket = browser.jar.value(WWW, TICKET)
        served(pair.at(browser, 1), browser.open(PAGE), alice)
        pair.at(browser, 0)
        assert browser.post(LOGOUT, b"", PAGE).status == 200
        began = time.monotonic()
        with Browser(program=True) as copy:
            cookie = [("Cookie", TICKET + "=" + ticket)]
            first = pair.at(copy, 0)
            hop = copy.open(PAGE, headers=cookie)
            assert_none_ran(first, hop)
            second = pair.at(copy, 1)

            def is_out():
                return copy.open(PAGE, headers=cookie).status == 302

            assert second.wait_for(is_out, INTERVAL + ROOM), "the copy lives on"
            assert time.monotonic() - began < INTERVAL + 7, "later than the interval says"
        assert len(hops) == 4


def visit_pair(pair, browser, who):
    hops = browser.go(PAGE)
    served(pair.servers[0], hops[-1], who)
    return hops


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["01", "10"])
def test_S_02_a_code_at_both(pair, alice, order):
    """Used at one: the other refuses it, and the ticket ends at both."""
    with pair.browser(alice) as browser:
        hop = browser.follow(browser.open(PAGE))
        cookie = browser.jar.field(WWW)
        pair.at(browser, order[0])
        hops = browser.walk(hop)
        served(pair.servers[order[0]], hops[-1], alice)
        other = pair.at(browser, order[1])
        again = browser.open(hop.to.text, headers=[("Cookie", cookie)])
        assert_stopped(other, again, "ticket-replayed")
        ticket = [("Cookie", TICKET + "=" + hops[1].set_cookie(TICKET).value)]
        for number in (0, 1):
            server = pair.at(browser, number)
            assert server.wait_for(lambda: browser.open(PAGE, headers=ticket).status == 302,
                                   INTERVAL + ROOM), number


# S-11: servers whose clocks disagree

MINUTE = 60
LIVES = "MTLSTicketTime idle=1m total=2m skew=30s\n"


@pytest.mark.parametrize("off,agree", [(20, True), (-20, True), (5 * MINUTE, False), (-5 * MINUTE, False)])
def test_S_11_clocks_apart(pki, off, agree):
    """Within the skew nobody notices.  Further apart what one has made is nothing to the other when it is of
    the future there, or its time is over: tickets and codes both ways, and states, of ten minutes, one way.
    That is never an error of the server's."""
    with started(pki, LIVES, off=off) as pair:
        for home, away in (0, 1), (1, 0):
            with pair.browser(stepping.person(pki)) as browser:
                hops = walk_over(pair, browser, [home] * 4)
                assert hops[-1].status == 200, hops[-1]
                cookie = [("Cookie", browser.jar.field(WWW))]
                for number, good in (home, True), (away, agree):
                    with Browser(program=True) as copy:
                        server = pair.at(copy, number)
                        hop = copy.open(PAGE, headers=cookie)
                        assert (hop.status == 200) == good and hop.status in (200, 302), hop
                        assert server.oracle.ran(hop.case) == good
        for order in (0, 1, 1, 1), (1, 0, 0, 0), (0, 0, 1, 1), (1, 1, 0, 0):
            past = order[1] != order[0] and (off > 0) == (order[0] == 0)
            with pair.browser(who := stepping.person(pki)) as browser:
                hops = walk_over(pair, browser, order)
                if agree or past:
                    served(pair.servers[order[-1]], hops[-1], who)
                else:
                    assert hops[-1].status == 403 and "step-up-invalid" in hops[-1].text, hops[-1]
                    assert browser.jar.value(WWW, TICKET) is None


# S-10: a store that has lost everything

def test_S_10_the_store_forgot_a_code(pair, alice):
    with pair.browser(alice) as browser:
        hop = browser.follow(browser.open(PAGE))
        pair.store.cli("FLUSHALL")
        assert_stopped(pair.servers[0], browser.follow(hop), "ticket-replayed")
        assert browser.jar.value(WWW, TICKET) is None


def test_S_10_the_store_forgot_a_ticket(pair, alice):
    """Within the interval it is known; after that one steps up again."""
    with pair.browser(alice) as browser:
        visit_pair(pair, browser, alice)
        pair.store.cli("FLUSHALL")
        site = pair.servers[0]
        ticket = browser.jar.value(WWW, TICKET)
        with Browser(program=True) as copy:
            pair.at(copy, 0)
            cookie = [("Cookie", TICKET + "=" + ticket)]
            assert site.wait_for(lambda: copy.open(PAGE, headers=cookie).status == 302, INTERVAL + ROOM)
            assert "a ticket does not count: ticket-unusable" in site.log_tail()
            pair.at(copy, 1)
            assert copy.open(PAGE, headers=cookie).status == 302, "never seen there, so not let in"
        assert len(visit_pair(pair, browser, alice)) == 4


def test_S_10_somebody_wrote_into_the_store(pair, alice):
    """F-28: records are authentic or nothing; the servers live on."""
    with pair.browser(alice) as browser:
        visit_pair(pair, browser, alice)
        for rubbish in b"", b"x" * 100, os.urandom(3000):
            for name in pair.store.names():
                pair.store.cli("-x", "SET", name, stdin=rubbish)
            site = pair.at(browser, 1)
            ticket = browser.jar.value(WWW, TICKET)
            with Browser(program=True) as copy:
                pair.at(copy, 1)

                def is_out():
                    return copy.open(PAGE, headers=[("Cookie", TICKET + "=" + ticket)]).status == 302

                assert site.wait_for(is_out, INTERVAL + ROOM), "served by rubbish"


def test_S_10_one_record_in_the_place_of_another(pair, pki, alice):
    """A record of somebody else under one's own id."""
    with pair.browser(alice) as browser, pair.browser(stepping.person(pki)) as other:
        pair.store.cli("FLUSHALL")
        visit_pair(pair, browser, alice)
        mine = pair.store.names()
        assert other.go(PAGE)[-1].status == 200
        theirs = [name for name in pair.store.names() if name not in mine]
        assert mine and theirs
        site = pair.servers[1]
        cookie = [("Cookie", TICKET + "=" + browser.jar.value(WWW, TICKET))]
        with Browser(program=True) as copy:
            pair.at(copy, 1)
            for octets in [pair.store.raw(name) for name in theirs]:
                for name in mine:
                    pair.store.cli("-x", "SET", name, stdin=octets)
                hop = copy.open(PAGE, headers=cookie)
                assert_none_ran(site, hop)
                assert hop.status == 302, hop


# S-10 F-28: a store that is down

@pytest.mark.parametrize("manner", [STALL, RUBBISH])
def test_S_10_no_store_nobody_gets_in(relayed, pki, manner):
    """503 in time, at every stage, without a redirect that leads nowhere; open places are open; it
    recovers by itself."""
    pair, site = relayed, relayed.servers[0]
    with contextlib.ExitStack() as open_ones:
        known, half, fresh = (open_ones.enter_context(pair.browser(stepping.person(pki)))
                              for _ in range(3))
        assert known.go(PAGE)[-1].status == 200
        code = half.follow(half.open(PAGE))
        state = fresh.open(PAGE)
        pair.way.tell(manner)
        began = time.monotonic()
        hop = half.follow(code)
        assert_stopped(site, hop, "ticket-unavailable", 503)
        hop = fresh.follow(state)
        assert_none_ran(site, hop)
        assert hop.status == 503 and hop.location is None, hop

        def is_out():
            hop = known.open(PAGE)
            return hop if hop.status != 200 else None

        hop = site.wait_for(is_out, INTERVAL + ROOM)
        assert hop, "a ticket that nobody can look up is taken"
        assert_stopped(site, hop, "ticket-unavailable", 503)
        assert known.jar.value(WWW, TICKET), "it is good again when the store is"
        assert time.monotonic() - began < 6 * PATIENCE + INTERVAL + 6
        began = time.monotonic()
        assert known.open("https://www.mtls.test/open").status == 200
        assert time.monotonic() - began < 6
        hop = known.post(LOGOUT, b"", PAGE)
        assert hop.status == 503 and hop.set_cookie(TICKET).max_age == 0, hop
        pair.way.tell(FAIR)

        def is_used():
            with pair.browser(stepping.person(pki)) as browser:
                return browser.go(PAGE)[-1].status == 200

        assert site.wait_for(is_used, 60), "it does not recover"


def test_S_10_the_store_is_restarted(pair, pki, alice):
    """Everything in it is lost: tickets of before are none, new ones are."""
    site = pair.servers[0]
    with pair.browser(alice) as browser:
        visit_pair(pair, browser, alice)
        ticket = browser.jar.value(WWW, TICKET)
        pair.store.stop()
        pair.store.start()
        with pair.browser(who := stepping.person(pki)) as other:
            visit_pair(pair, other, who)
        with Browser(program=True) as copy:
            pair.at(copy, 0)

            def is_out():
                return copy.open(PAGE, headers=[("Cookie", TICKET + "=" + ticket)]).status == 302

            assert site.wait_for(is_out, INTERVAL + ROOM), "remembered for longer than the interval"


# S-35 F-21: restarts between the hops

@pytest.mark.parametrize("how", [signal.SIGUSR1, signal.SIGHUP], ids=["graceful", "restart"])
def test_S_35_restarted_before_each_hop(pair, alice, how):
    """Keys are in a file, and records in the store: nobody notices."""
    with pair.browser(alice) as browser:
        site = pair.servers[0]
        hops = [browser.open(PAGE)]
        while hops[-1].location:
            browser.forget_connections()
            site.restart(how)
            hops.append(browser.follow(hops[-1]))
        served(site, hops[-1], alice)
        browser.forget_connections()
        site.restart(how)
        served(site, browser.open(PAGE), alice)


@pytest.mark.parametrize("keyed", [True, False], ids=["keys in a file", "random keys"])
def test_S_35_restarted_with_a_cache_of_its_own(pki, alice, keyed):
    """What shared memory has forgotten is refused, whatever the keys; then one gets in again."""
    keys = stepping.key_file(pki.path("alone.keys")) if keyed else None
    with stepping.site(pki, app() + endpoint(), name="alone", keys=keys) as site:
        with site.browser(alice, CERT) as browser:
            for stop in range(3):
                browser.jar.cookies.clear()
                hop = browser.open(site.url())
                for _ in range(stop):
                    hop = browser.follow(hop)
                browser.forget_connections()
                site.restart()
                hops = browser.walk(hop)
                if hops[-1].status != 200:
                    assert stop == 1 and hops[-1].status == 403, (stop, hops[-1])
                    hops = visit(site, browser, "/staff")
                assert_served(site, hops[-1], alice)


# all processes of one server

def test_S_27_logout_holds_in_all_processes(pki, alice):
    """At once, long before they would look into the cache again; so does a ticket that a new step-up ends."""
    head = "MTLSReloadInterval 60s\n"
    with stepping.site(pki, app() + endpoint(), name="many", head=head, mpm="prefork") as site:
        for way in "logout", "step-up":
            with site.browser(alice, CERT) as browser, contextlib.ExitStack() as stack:
                visit(site, browser, "/staff", alice)
                cookie = [("Cookie", TICKET + "=" + browser.jar.value(WWW, TICKET))]
                clients = [stack.enter_context(Browser(program=True)) for _ in range(4)]
                hops = [one.open(site.url(), headers=cookie) for one in clients]
                pids = {assert_served(site, hop, alice)["pid"] for hop in hops}
                assert len(pids) == 4, "each connection has a process of its own"
                if way == "logout":
                    assert browser.post(site.url("/logout"), b"", site.url("/open")).status == 200
                else:
                    browser.open(site.url("/board"))
                for one in clients:
                    hop = one.open(site.url(), headers=cookie)
                    assert_none_ran(site, hop)
                    assert hop.status == 302, hop
                    assert len(one.handshakes) == 1, "not the process that knew the ticket"


# F-26: a cache that is too small

def test_F_26_a_full_cache_forgets_and_never_errs(pki):
    """The oldest go first; whoever is forgotten steps up again."""
    head = "MTLSCache shmcb:small(65536)\nMTLSReloadInterval 1s\n"
    with stepping.site(pki, app() + endpoint(), name="small", head=head) as site:
        tickets = []
        for _ in range(70):
            who = stepping.person(pki)
            with site.browser(who, CERT) as browser:
                visit(site, browser, "/staff", who)
                tickets.append((who, browser.jar.value(WWW, TICKET)))

        def outcomes():
            """Statuses of all tickets."""
            found = []
            with Browser(program=True) as copy:
                for who, ticket in tickets:
                    hop = copy.open(site.url(), headers=[("Cookie", TICKET + "=" + ticket)])
                    assert hop.status in (200, 302), hop
                    if hop.status == 200:
                        assert_served(site, hop, who)
                    found.append(hop.status)
            return found

        assert site.wait_for(lambda: 302 in outcomes()), "nothing was forgotten"
        assert outcomes()[-1] == 200, "the newest is known"
