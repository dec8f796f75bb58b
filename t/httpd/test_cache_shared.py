# SPDX-License-Identifier: Apache-2.0
"""Two servers, one store, and a relay between them that misbehaves.

F-28: a store that is silent, gone, slow or lies costs its help and nothing else.  The store is not
trusted: what it was made to say is not believed.
"""
import concurrent.futures
import os
import shutil
import time

import pytest

from mtlstest.memcached import Memcached
from mtlstest.redis import Redis
from mtlstest.relay import CUT, DROP, FAIR, HOLD, RUBBISH, STALL, Relay
from mtlstest.responder import Person
from mtlstest.revoking import assert_kept_out, assert_let_in, hosts, profile
from mtlstest.server import Httpd
from mtlstest.sharing import BRIEF, MODULES, PATIENT, STATUS, SURE, await_shared, counter

KEYS = "%064x\n" % 0x5eed
STORES = {"redis": Redis, "memcache": Memcached}
BODY = (profile("asked", "MTLSOCSP leaf hard", "MTLSOCSPTimeout 20s", "MTLSFetchHosts 127.0.0.1")
        + hosts(["asked"]) + STATUS)


def make(pki, kind, port, name, timeout=SURE, keys=KEYS):
    """A server whose cache is at that port."""
    cache = timeout + "MTLSCache %s:127.0.0.1:%d\nMTLSCacheKeyFile conf/cache.keys\n" % (kind, port)
    server = Httpd(pki, cache + BODY, name=name, modules=MODULES, files={"conf/cache.keys": keys})
    os.chmod(server.path("conf", "cache.keys"), 0o640)
    if os.geteuid() == 0:
        shutil.chown(server.path("conf", "cache.keys"), 0, "nogroup")
    return server


class Cluster:
    """Two servers behind a relay to one store."""

    def __init__(self, pki, kind, timeout=SURE):
        self.kind = kind
        self.store = STORES[kind]()
        self.store.start()
        self.relay = Relay(self.store.port)
        self.servers = [make(pki, kind, self.relay.port, "cluster%d" % i, timeout).start() for i in (1, 2)]

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.relay.close()
        self.store.__exit__()
        for server in self.servers:
            server.stop()


@pytest.fixture(params=sorted(STORES))
def cluster(pki, request):
    with Cluster(pki, request.param) as made:
        yield made


@pytest.fixture(params=sorted(STORES))
def brief(pki, request):
    """Waits for its store for no longer than a second."""
    with Cluster(pki, request.param, BRIEF) as made:
        yield made


def timed(function, *arguments):
    began = time.monotonic()
    function(*arguments)
    return time.monotonic() - began


def test_what_one_has_asked_the_other_knows(pki, cluster):
    one, two = cluster.servers
    with Person(pki) as good, Person(pki) as bad:
        bad.say("revoked")
        for server in (one, two, one):
            assert_let_in(server, good.cert, "/asked")
            assert_kept_out(server, bad.cert, "/asked", "revoked")
        assert (good.hits, bad.hits) == (1, 1)
    assert counter(two, "ocsp-cache-hits") == 2 and counter(two, "ocsp-asked") == 0
    assert counter(two, "cache-failures") == counter(two, "cache-refused") == 0


def test_F_28_a_store_is_waited_for_as_long_as_configured(pki, cluster):
    """MTLSCacheTimeout: its answers are held back; who waits for them uses them, who does not goes on."""
    one, two = cluster.servers
    with Person(pki) as person, concurrent.futures.ThreadPoolExecutor() as threads, \
            make(pki, cluster.kind, cluster.relay.port, "hasty", "MTLSCacheTimeout 100ms\n") as hasty:
        assert_let_in(one, person.cert, "/asked")
        assert person.hits == 1
        cluster.relay.tell(HOLD)
        try:
            before = cluster.relay.requests
            waiting = threads.submit(assert_let_in, two, person.cert, "/asked")
            assert two.wait_for(lambda: cluster.relay.requests > before), "the store is not asked"
            assert timed(assert_let_in, hasty, person.cert, "/asked") < PATIENT
            assert person.hits == 2 and counter(hasty, "cache-failures") > 0
            time.sleep(1)  # more than anybody waits who was not told to
            assert not waiting.done()
        finally:
            cluster.relay.tell(FAIR)
        waiting.result(60)
        assert person.hits == 2
    assert counter(two, "ocsp-cache-hits") == 1 and counter(two, "ocsp-asked") == 0
    assert counter(two, "cache-failures") == counter(two, "cache-skipped") == 0


def test_F_28_another_key_is_another_cluster(pki, cluster):
    with make(pki, cluster.kind, cluster.relay.port, "stranger", keys="%064x\n" % 0xbad) as stranger:
        with Person(pki) as person:
            assert_let_in(cluster.servers[0], person.cert, "/asked")
            assert_let_in(stranger, person.cert, "/asked")
            assert person.hits == 2
        assert counter(stranger, "cache-refused") > 0


@pytest.mark.parametrize("mode", [STALL, DROP, RUBBISH, CUT])
def test_F_28_a_store_that_misbehaves(pki, brief, mode):
    """Certificates are judged as without it, soon; and it is used again when it is well."""
    one = brief.servers[0]
    with Person(pki) as before:
        assert_let_in(one, before.cert, "/asked")
    brief.relay.tell(mode)
    for _ in range(4):
        with Person(pki) as good, Person(pki) as bad:
            bad.say("revoked")
            assert timed(assert_let_in, one, good.cert, "/asked") < PATIENT
            assert timed(assert_kept_out, one, bad.cert, "/asked", "revoked") < PATIENT
            assert (good.hits, bad.hits) == (1, 1)
    assert counter(one, "cache-failures") > 0
    assert one.wait_for(lambda: "MTLS0033: " in one.log_tail())
    brief.relay.tell(FAIR)
    await_shared(pki, brief.servers, "/asked")
    assert "MTLS0034: " in one.log()


def test_F_28_a_store_that_is_gone_and_comes_back(pki, brief):
    one = brief.servers[0]
    brief.store.stop()
    for _ in range(4):
        with Person(pki) as person:
            assert timed(assert_let_in, one, person.cert, "/asked") < PATIENT
            assert person.hits == 1
    brief.store.start()
    await_shared(pki, brief.servers, "/asked")


def test_F_28_what_the_store_was_made_to_say_is_not_believed(pki):
    """The answer of one certificate in the place of another's."""
    with Cluster(pki, "redis") as cluster:
        one, two = cluster.servers
        with Person(pki) as good, Person(pki) as bad:
            bad.say("revoked")
            assert_let_in(one, good.cert, "/asked")
            (name,) = cluster.store.names()
            value = cluster.store.raw(name)
            assert_kept_out(one, bad.cert, "/asked", "revoked")
            cluster.store.overwrite(value)
            assert_kept_out(two, bad.cert, "/asked", "revoked")
            assert bad.hits == 2
        assert counter(two, "cache-refused") > 0
