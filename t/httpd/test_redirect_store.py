# SPDX-License-Identifier: Apache-2.0
"""Step-up by redirect, and a store that loses connections, is silent, full or too small.

S-02 S-10 F-26 F-28.
"""
import concurrent.futures
import time

import pytest

from mtlstest import stepping
from mtlstest.memcached import Memcached
from mtlstest.redis import Redis
from mtlstest.relay import Relay
from mtlstest.stepping import app, assert_served, endpoint

STORES = {"redis": Redis, "memcache": Memcached}
BROWSERS = 6
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
                 "StartServers 1\nServerLimit 1\nThreadsPerChild 32\nMaxRequestWorkers 32\n%s"
                 % (kind, self.way.port, sealing, head),
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
