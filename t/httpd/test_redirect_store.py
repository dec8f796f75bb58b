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
AT_ONCE = 0.05    # seconds: what has failed sooner is tried again over other connections
RENEWALS = 10.5   # seconds after which connections may be made anew as often as at first
IDLE = 600        # seconds: MTLSTicketTime


class Slow(Exception):
    """The machine itself has held a call of the store up: a request waits for a quarter of a second."""


def prompt(step):
    """The hop of a step that needs the store."""
    began = time.monotonic()
    hop = step()
    if hop.status == 503 and time.monotonic() - began >= AT_ONCE:
        raise Slow
    return hop


def unless_slow(test):
    """What came of a test on a machine that was fast enough for it; other failures count."""
    for _ in range(20):
        try:
            return test()
        except Slow:
            time.sleep(RENEWALS)
    raise AssertionError("a request waited for the store, whenever it was tried")


class Stored:
    """A server whose store is behind a relay."""

    def __init__(self, pki, kind, interval="1s", head=""):
        self.store = STORES[kind]()
        self.store.start()
        self.way = Relay(self.store.port)
        sealing = stepping.key_file(pki.path("store-cache.keys"), stepping.KEYS[2])
        path = stepping.key_file(pki.path("store.keys"), stepping.KEYS[0])
        self.site = stepping.site(
            pki, app() + endpoint(), name="store-" + kind, keys=path,
            head="MTLSCache %s:127.0.0.1:%d\nMTLSCacheKeyFile %s\nMTLSReloadInterval %s\n"
                 % (kind, self.way.port, sealing, interval) + ONE_CHILD + head,
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
    with Stored(pki, request.param) as found:
        yield found


def recovered(site, pki):
    """The store is used.  Who asks is always somebody else: nobody is given more than thirty codes in
    a minute."""
    def is_used():
        with site.browser(stepping.person(pki), stepping.CERT) as browser:
            return browser.go(site.url())[-1].status == 200

    assert site.wait_for(is_used, 60)


def let_in(site, pki, browser):
    """A ticket, sooner or later."""
    def is_in():
        recovered(site, pki)
        return browser.go(site.url())[-1].status == 200

    assert site.wait_for(is_in, 60)


def use_many(site, pki):
    """Several connections to the store at a time."""
    with concurrent.futures.ThreadPoolExecutor(BROWSERS) as pool:
        list(pool.map(lambda _: recovered(site, pki), range(BROWSERS)))


def walk_over_new_connections(running, pki, stop):
    """All are dropped when so many hops of the walk have been gone."""
    site, who = running.site, stepping.person(pki)
    recovered(site, pki)
    site.mark()
    with site.browser(who, stepping.CERT) as browser:
        hop = browser.open(site.url())
        for _ in range(stop):
            hop = prompt(lambda: browser.follow(hop))
        assert running.way.drop_once() > 0
        while hop.location:
            assert_none_ran(site, hop)
            hop = prompt(lambda: browser.follow(hop))
        assert_served(site, hop, who, "/staff")
    assert "MTLS0033: " not in site.log_tail()


def stay_over_new_connections(running, pki):
    """Known, and logged out."""
    site, who = running.site, stepping.person(pki)
    with site.browser(who, stepping.CERT) as browser:
        let_in(site, pki, browser)
        site.mark()
        time.sleep(INTERVAL)  # what is remembered is looked up again
        assert running.way.drop_once() > 0
        assert_served(site, prompt(lambda: browser.open(site.url())), who, "/staff")
        assert running.way.drop_once() > 0
        assert prompt(lambda: browser.post(site.url("/logout"), b"", site.url())).status == 200
    assert "MTLS0033: " not in site.log_tail()


def test_F_28_all_connections_dropped_once(running, pki):
    """As when another server takes over: the next request uses new ones, whatever it is for."""
    use_many(running.site, pki)
    for stop in range(3):
        unless_slow(lambda: walk_over_new_connections(running, pki, stop))
    unless_slow(lambda: stay_over_new_connections(running, pki))


# S-10: how often one request asks, and for how long

@pytest.fixture(scope="module")
def stored(pki):
    head = "MTLSTicketTime idle=%ds total=1h skew=0s\n" % IDLE
    with Stored(pki, "redis", "60s", head) as found:
        yield found


def asked(found, step):
    """(hop, commands of the store) of one request."""
    def commands():
        text = found.store.cli("INFO", "stats")
        return int(re.search(r"total_commands_processed:(\d+)", text).group(1))

    before = commands()
    hop = prompt(step)
    return hop, commands() - before - 1


def count_questions(stored, who):
    """Of each request of a walk there and out again."""
    site = stored.site
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


def test_S_10_how_often_a_request_asks(stored, pki):
    """Each call may take a quarter of a second; so there must be few of them."""
    unless_slow(lambda: count_questions(stored, stepping.person(pki)))


def hop_at(site, pki, browser, stage):
    """The answer before the stage's request, sooner or later."""
    def there():
        recovered(site, pki)
        hop = browser.open(site.url())
        for _ in range(stage):
            hop = hop.location and browser.follow(hop)
        return hop if hop and hop.status in (200, 302) else None

    found = site.wait_for(there, 60)
    assert found
    return found


@pytest.mark.parametrize("stage", range(4))
def test_S_10_a_silent_store_holds_nobody_up(stored, pki, stage):
    """At every stage, with what each has to ask for: at most so many calls are waited for."""
    site = stored.site
    with site.browser(stepping.person(pki), stepping.CERT) as browser:
        hop = hop_at(site, pki, browser, stage)
        failures = site.counter("cache-failures")
        began = time.monotonic()
        stored.way.tell(STALL)
        try:
            if stage == 3:
                hop = browser.post(site.url("/logout"), b"", site.url())
            else:
                hop = browser.follow(hop)
        finally:
            stored.way.tell(FAIR)
        took = time.monotonic() - began
    assert hop.status == 503 and hop.header("Retry-After"), hop
    assert 1 <= site.counter("cache-failures") - failures <= 2
    assert took < 10
    recovered(site, pki)


def test_S_13_a_ticket_that_cannot_be_revoked_stays(stored, pki):
    """What has been idle for too long ends before its owner is sent for another; if that cannot be done now,
    the next attempt does it."""
    site = stored.site
    with site.browser(stepping.person(pki), stepping.CERT) as browser:
        def is_in():
            recovered(site, pki)
            stored.store.cli("FLUSHALL")
            return browser.go(site.url())[-1].status == 200

        assert site.wait_for(is_in, 60)
        ticket = [name for name in stored.store.names()
                  if int(stored.store.cli("TTL", name)) > IDLE]
        assert len(ticket) == 1
        stored.clock.pass_by(IDLE + 1)
        stored.way.tell(STALL)
        hop = browser.open(site.url())
        stored.way.tell(FAIR)
        assert_stopped(site, hop, "ticket-unavailable", 503)
        assert hop.set_cookie(stepping.TICKET) is None
        assert ticket[0] in stored.store.names()

        def is_sent():
            return browser.open(site.url()).status == 302

        assert site.wait_for(is_sent, 60)
        assert ticket[0] not in stored.store.names()
        assert stepping.TICKET not in browser.jar.names(stepping.WWW)


def use_a_full_store(stored, pki):
    """New ones are refused, what is there counts, and logout works."""
    site, who = stored.site, stepping.person(pki)
    with site.browser(who, stepping.CERT) as browser, site.browser(
            stepping.person(pki), stepping.CERT) as fresh:
        hop = hop_at(site, pki, browser, 2)
        stored.store.cli("CONFIG", "SET", "maxmemory-policy", "noeviction")
        stored.store.cli("CONFIG", "SET", "maxmemory", "1")
        try:
            assert_stopped(site, fresh.follow(fresh.open(site.url())), "ticket-unavailable", 503)
            assert_served(site, prompt(lambda: browser.follow(hop)), who, "/staff")
            assert prompt(lambda: browser.post(site.url("/logout"), b"", site.url())).status == 200
        finally:
            stored.store.cli("CONFIG", "SET", "maxmemory", "0")


def test_S_10_a_full_store(stored, pki):
    """And then all is well again."""
    unless_slow(lambda: use_a_full_store(stored, pki))
    recovered(stored.site, pki)


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
