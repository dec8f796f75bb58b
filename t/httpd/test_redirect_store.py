# SPDX-License-Identifier: Apache-2.0
"""Step-up by redirect, and a store that loses connections or is silent; and a key that is spent.

S-02 S-05 S-10 S-25 F-28.
"""
import concurrent.futures
import re
import time

import pytest

from mtlstest import stepping
from mtlstest.clock import Clock
from mtlstest.memcached import Memcached
from mtlstest.redis import Redis
from mtlstest.relay import FAIR, STALL, Relay
from mtlstest.roundtrip import Browser
from mtlstest.sites import location
from mtlstest.stepping import app, assert_none_ran, assert_served, assert_stopped, endpoint, visit

STORES = {"redis": Redis, "memcache": Memcached}
BROWSERS = 6
ONE_CHILD = "StartServers 1\nServerLimit 1\nThreadsPerChild 32\nMaxRequestWorkers 32\n"
INTERVAL = 1.2    # seconds: MTLSReloadInterval has gone by
PATIENT = "MTLSCacheTimeout 20s\n"
PATIENCE = 3      # seconds that the store has where it may be silent
IDLE = 600        # seconds: MTLSTicketTime


class Stored:
    """A server whose store is behind a relay."""

    def __init__(self, pki, kind, head, name="store"):
        self.store = STORES[kind]()
        self.store.start()
        self.way = Relay(self.store.port)
        sealing = stepping.key_file(pki.path(name + "-cache.keys"), stepping.KEYS[2])
        path = stepping.key_file(pki.path(name + ".keys"), stepping.KEYS[0])
        self.site = stepping.site(
            pki, app() + endpoint(), name=name, keys=path,
            head="MTLSCache %s:127.0.0.1:%d\nMTLSCacheKeyFile %s\n" % (kind, self.way.port, sealing)
                 + ONE_CHILD + head,
            modules=["socache_" + kind])
        self.clock = Clock(self.site)

    def __enter__(self):
        self.site.start()
        return self

    def __exit__(self, *_exc):
        self.site.stop()
        self.clock.__exit__()
        self.way.close()
        self.store.__exit__()


@pytest.fixture(scope="module", params=sorted(STORES))
def running(pki, request):
    with Stored(pki, request.param, PATIENT + "MTLSReloadInterval 1s\n", "dropped") as found:
        yield found


def use_many(site, pki):
    """Several connections to the store at a time."""
    def walk(who):
        with site.browser(who, stepping.CERT) as browser:
            return [hop.status for hop in browser.go(site.url())]

    people = [stepping.person(pki) for _ in range(BROWSERS)]
    with concurrent.futures.ThreadPoolExecutor(BROWSERS) as pool:
        assert list(pool.map(walk, people)) == [[302, 302, 302, 200]] * BROWSERS


def hop_at(site, browser, stage):
    """The answer after so many hops."""
    hop = browser.open(site.url())
    for _ in range(stage):
        hop = browser.follow(hop)
    return hop


def test_F_28_all_connections_dropped_once(running, pki):
    """As when another server takes over: the next request uses new ones, whatever it is for."""
    site, who = running.site, stepping.person(pki)
    site.mark()
    use_many(site, pki)
    with site.browser(who, stepping.CERT) as browser:
        for stop in range(3):
            browser.jar.cookies.clear()
            hop = hop_at(site, browser, stop)
            assert running.way.drop_once() > 0
            hops = browser.walk(hop)
            assert_none_ran(site, *hops[:-1])
            assert_served(site, hops[-1], who, "/staff")
        time.sleep(INTERVAL)  # what is remembered is looked up again
        assert running.way.drop_once() > 0
        assert_served(site, browser.open(site.url()), who, "/staff")
        assert running.way.drop_once() > 0
        assert browser.post(site.url("/logout"), b"", site.url()).status == 200
    assert "MTLS0033: " not in site.log_tail()
    assert site.counter("cache-failures") == 0


# S-10: how often one request asks, and for how long

LONG = "MTLSReloadInterval 60s\nMTLSTicketTime idle=%ds total=1h skew=0s\n" % IDLE


@pytest.fixture(scope="module")
def stored(pki):
    with Stored(pki, "redis", PATIENT + LONG) as found:
        yield found


@pytest.fixture(scope="module")
def hurried(pki):
    """For a store that is silent at times."""
    with Stored(pki, "redis", "MTLSCacheTimeout %ds\n" % PATIENCE + LONG, "hurried") as found:
        yield found


def asked(found, step):
    """(hop, commands of the store) of one request."""
    def commands():
        text = found.store.cli("INFO", "stats")
        return int(re.search(r"total_commands_processed:(\d+)", text).group(1))

    before = commands()
    hop = step()
    return hop, commands() - before - 1


def test_S_10_how_often_a_request_asks(stored, pki):
    """Each call may take as long as the store is waited for; so there must be few of them."""
    site, who = stored.site, stepping.person(pki)
    with site.browser(who, stepping.CERT) as browser:
        browser.open(site.url("/open"))
        hop, count = asked(stored, lambda: browser.open(site.url()))
        assert (hop.status, count) == (302, 0)
        hop, count = asked(stored, lambda: browser.follow(hop))
        assert (hop.status, count) == (302, 1), "the chain is kept"
        code, cookie = hop, browser.jar.field(stepping.WWW)
        hop, count = asked(stored, lambda: browser.follow(code))
        assert (hop.status, count) == (302, 4), "read, ticket, read and remove"
        for limit in (1, 0):
            hop, count = asked(stored, lambda: browser.open(site.url()))
            assert (hop.status, count) == (200, limit), "read once"
        hop, count = asked(stored, lambda: browser.post(site.url("/logout"), b"", site.url()))
        assert hop.status == 200 and count <= 2
        hop, count = asked(stored, lambda: browser.open(
            code.to.text, headers=[("Cookie", cookie)]))
        assert_stopped(site, hop, "ticket-replayed")
        assert count <= 12, "not there: asked between two writes that succeed"


def recovered(site, pki):
    """The store is used.  Who asks is always somebody else: nobody is given more than thirty codes in
    a minute."""
    def is_used():
        with site.browser(stepping.person(pki), stepping.CERT) as browser:
            return browser.go(site.url())[-1].status == 200

    assert site.wait_for(is_used, 60)


@pytest.mark.parametrize("stage", range(4))
def test_S_10_a_silent_store_holds_nobody_up(hurried, pki, stage):
    """At every stage, with what each has to ask for: at most so many calls are waited for."""
    site = hurried.site
    with site.browser(stepping.person(pki), stepping.CERT) as browser:
        hop = hop_at(site, browser, stage)
        failures = site.counter("cache-failures")
        began = time.monotonic()
        hurried.way.tell(STALL)
        try:
            if stage == 3:
                hop = browser.post(site.url("/logout"), b"", site.url())
            else:
                hop = browser.follow(hop)
        finally:
            hurried.way.tell(FAIR)
        took = time.monotonic() - began
    assert hop.status == 503 and hop.header("Retry-After"), hop
    assert 1 <= site.counter("cache-failures") - failures <= 2
    assert PATIENCE - 0.1 < took < 2 * PATIENCE + 6
    recovered(site, pki)


def test_S_13_a_ticket_that_cannot_be_revoked_stays(hurried, pki):
    """What has been idle for too long ends before its owner is sent for another; if that cannot be done now,
    the next attempt does it."""
    site, who = hurried.site, stepping.person(pki)
    with site.browser(who, stepping.CERT) as browser:
        hurried.store.cli("FLUSHALL")
        visit(site, browser, "/staff", who)
        ticket = [name for name in hurried.store.names()
                  if int(hurried.store.cli("TTL", name)) > IDLE]
        assert len(ticket) == 1
        hurried.clock.pass_by(IDLE + 1)
        hurried.way.tell(STALL)
        hop = browser.open(site.url())
        hurried.way.tell(FAIR)
        assert_stopped(site, hop, "ticket-unavailable", 503)
        assert hop.set_cookie(stepping.TICKET) is None
        assert ticket[0] in hurried.store.names()

        def is_sent():
            return browser.open(site.url()).status == 302

        assert site.wait_for(is_sent, 60)
        assert ticket[0] not in hurried.store.names()
        assert stepping.TICKET not in browser.jar.names(stepping.WWW)


def test_S_10_a_full_store(stored, pki):
    """New ones are refused, what is there counts, and logout works; then all is well again."""
    site, who, other = stored.site, stepping.person(pki), stepping.person(pki)
    with site.browser(who, stepping.CERT) as browser, site.browser(other, stepping.CERT) as fresh:
        hop = hop_at(site, browser, 2)
        stored.store.cli("CONFIG", "SET", "maxmemory-policy", "noeviction")
        stored.store.cli("CONFIG", "SET", "maxmemory", "1")
        try:
            assert_stopped(site, fresh.follow(fresh.open(site.url())), "ticket-unavailable", 503)
            assert_served(site, browser.follow(hop), who, "/staff")
            assert browser.post(site.url("/logout"), b"", site.url()).status == 200
        finally:
            stored.store.cli("CONFIG", "SET", "maxmemory", "0")
        visit(site, fresh, "/staff", other)


# S-05: a key that has sealed as often as it may

SPENT = location("/spent", "SetHandler oracle-spent", "MTLSVerifyClient none")


def spend(site):
    with Browser() as browser:
        assert browser.open(site.url("/spent")).status == 204


@pytest.mark.parametrize("keyed", [True, False], ids=["keys in a file", "random key"])
def test_S_05_a_key_that_is_spent(pki, keyed):
    """Who has a ticket keeps it; nobody gets one, and the log says why, once in ten seconds; a new key
    mends it."""
    keys = stepping.key_file(pki.path("spent.keys"), stepping.KEYS[0]) if keyed else None
    who = stepping.person(pki)
    with stepping.site(pki, app(places=stepping.PLACES + SPENT) + endpoint(), name="spent", keys=keys,
                       head="MTLSReloadInterval 1s\n" + ONE_CHILD) as site:
        with site.browser(who, stepping.CERT) as browser:
            visit(site, browser, "/staff", who)
            site.mark()
            for stage in range(3):
                with site.browser(who, stepping.CERT) as fresh:
                    hop = None
                    for step in range(stage + 1):
                        if step == stage:
                            spend(site)
                        hop = fresh.follow(hop) if hop else fresh.open(site.url())
                    assert_stopped(site, hop, "internal", 500)
                    if stage == 0:
                        assert_stopped(site, fresh.open(site.url()), "internal", 500)
                        assert site.log_tail().count("MTLS0035: ") == 1
                assert_served(site, browser.open(site.url()), who, "/staff")
                if keyed:
                    before = site.reloads()
                    stepping.key_file(pki.path("spent.keys"), "%064x" % (stage + 1), stepping.KEYS[0])
                    site.await_reload(before)
                else:
                    break
            if keyed:
                with site.browser(who, stepping.CERT) as fresh:
                    visit(site, fresh, "/staff", who)


def test_S_25_what_was_sealed_before_a_restart_is_counted(pki):
    """The same random key goes on, and so does its count."""
    with stepping.site(pki, app(places=stepping.PLACES + SPENT) + endpoint(), name="spent") as site:
        with Browser() as browser:
            assert browser.open(site.url()).status == 302
            spend(site)
            browser.forget_connections()
            site.restart()
            assert_stopped(site, browser.open(site.url()), "internal", 500)
