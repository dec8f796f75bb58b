# SPDX-License-Identifier: Apache-2.0
"""Step-up by redirect, and a store that loses connections or is silent; and a key that is spent.

S-02 S-05 S-10 S-25 F-28.
"""
import concurrent.futures
import time

import pytest

from mtlstest import stepping
from mtlstest.memcached import Memcached
from mtlstest.redis import Redis
from mtlstest.relay import Relay
from mtlstest.roundtrip import Browser
from mtlstest.sites import location
from mtlstest.stepping import app, assert_served, assert_stopped, endpoint, visit

STORES = {"redis": Redis, "memcache": Memcached}
BROWSERS = 6
ONE_CHILD = "StartServers 1\nServerLimit 1\nThreadsPerChild 32\nMaxRequestWorkers 32\n"
INTERVAL = 1.2    # seconds: MTLSReloadInterval has gone by


class Stored:
    """A server whose store is behind a relay."""

    def __init__(self, pki, kind, head=""):
        self.store = STORES[kind]()
        self.store.start()
        self.way = Relay(self.store.port)
        sealing = stepping.key_file(pki.path("store-cache.keys"), stepping.KEYS[2])
        path = stepping.key_file(pki.path("store.keys"), stepping.KEYS[0])
        self.site = stepping.site(
            pki, app() + endpoint(), name="store-" + kind, keys=path,
            head="MTLSCache %s:127.0.0.1:%d\nMTLSCacheKeyFile %s\nMTLSReloadInterval 1s\n"
                 % (kind, self.way.port, sealing) + ONE_CHILD + head,
            modules=["socache_" + kind])

    def __enter__(self):
        self.site.start()
        return self

    def __exit__(self, *_exc):
        self.site.stop()
        self.way.close()
        self.store.__exit__()


@pytest.fixture(scope="module", params=sorted(STORES))
def running(pki, request):
    with Stored(pki, request.param) as found:
        yield found


def use_many(running, pki):
    """Several connections to the store at a time."""
    def walk(who):
        with running.site.browser(who, stepping.CERT) as browser:
            return [hop.status for hop in browser.go(running.site.url())]

    people = [stepping.person(pki) for _ in range(BROWSERS)]
    with concurrent.futures.ThreadPoolExecutor(BROWSERS) as pool:
        assert list(pool.map(walk, people)) == [[302, 302, 302, 200]] * BROWSERS


def test_F_28_all_connections_dropped_once(running, pki):
    """As when another server takes over: the next request uses new ones, whatever it is for."""
    site = running.site
    site.mark()
    who = stepping.person(pki)
    use_many(running, pki)
    with site.browser(who, stepping.CERT) as browser:
        for stop in range(4):
            browser.jar.cookies.clear()
            hop = browser.open(site.url())
            for _ in range(min(stop, 2)):
                hop = browser.follow(hop)
            assert running.way.drop_once() > 0
            assert_served(site, browser.walk(hop)[-1], who, "/staff")
        time.sleep(INTERVAL)  # what is remembered is looked up again
        assert running.way.drop_once() > 0
        assert_served(site, browser.open(site.url()), who, "/staff")
        assert running.way.drop_once() > 0
        assert browser.post(site.url("/logout"), b"", site.url()).status == 200
    assert "MTLS0033: " not in site.log_tail()


# S-05: a key that has sealed as often as it may

SPENT = location("/spent", "SetHandler oracle-spent", "MTLSVerifyClient none")


def spend(site):
    with Browser() as browser:
        assert browser.open(site.url("/spent")).status == 204


@pytest.mark.parametrize("keyed", [True, False], ids=["keys in a file", "random key"])
def test_S_05_a_key_that_is_spent(pki, keyed):
    """Who has a ticket keeps it; nobody gets one, and the log says why, once; a new key mends it."""
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
                assert_served(site, browser.open(site.url()), who, "/staff")
                if keyed:
                    before = site.reloads()
                    stepping.key_file(pki.path("spent.keys"), "%064x" % (stage + 1), stepping.KEYS[0])
                    site.await_reload(before)
                else:
                    break
            assert site.log_tail().count("MTLS0035: ") == 1
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
