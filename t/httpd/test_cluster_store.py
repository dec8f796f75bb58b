# SPDX-License-Identifier: Apache-2.0
"""Two servers behind a balancer, with one cache: what one has asked, the other knows.

F-26 F-27 F-28 F-29 T-V07.  The store is a real Redis, reached through a relay that can be told to be slow, to
lie, or to be gone; none of that may let in anybody who is revoked, or keep out anybody who is good.
"""
import contextlib
import os
import shutil
import time

import pytest

from mtlstest import service
from mtlstest.clients import h1
from mtlstest.memcached import Memcached
from mtlstest.redis import Redis
from mtlstest.relay import CUT, DROP, FAIR, RUBBISH, STALL, Relay
from mtlstest.responder import Person
from mtlstest.revoking import (ASKING, Visitor, assert_kept_out, assert_let_in, hosts,
                               loud, profile)
from mtlstest.server import Httpd
from mtlstest.sharing import BRIEF, PATIENT, STATUS, SURE, await_shared
from mtlstest.sites import assert_ran

LINES = ["MTLSOCSP leaf", "MTLSOCSPTimeout 20s", "MTLSFetchHosts 127.0.0.1"]
SEALING = "mtls-cluster.key"
PROVIDERS = {"redis": Redis, "memcache": Memcached}


def make(pki, provider, port, name, key="", lines=LINES, timeout=SURE):
    """One server of the cluster; they share the key that seals what they store."""
    config = "MTLSCache %s:127.0.0.1:%d\n%s%s" % (provider, port, timeout, key)
    config += profile("staff", *lines) + hosts(["staff"]) + STATUS
    return Httpd(pki, config, modules=["status", "socache_" + provider], name=name)


def key_line(pki, name=SEALING, octets=bytes(range(32))):
    """A file of a key that belongs to nobody else."""
    path = pki.path(name)
    if not os.path.exists(path):
        with open(path, "w", encoding="ascii") as f:
            f.write(octets.hex() + "\n")
        os.chmod(path, 0o640)
        if os.geteuid() == 0:
            shutil.chown(path, 0, "nogroup")
    return "MTLSCacheKeyFile %s\n" % path


class Cluster:
    """Two servers, their store behind a relay, and a balancer before them."""

    def __init__(self, pki, store, provider, timeout=SURE):
        self.store = store
        self.provider = provider
        self.way = Relay(store.port)   # to the store
        key = key_line(pki)
        self.one = make(pki, provider, self.way.port, "one", key, timeout=timeout)
        self.two = make(pki, provider, self.way.port, "two", key, timeout=timeout)
        self.door = None

    @property
    def both(self):
        return [self.one, self.two]

    def start(self):
        for server in self.both:
            server.start()
        self.door = Relay(self.one.port, self.two.port)

    def stop(self):
        self.way.tell(FAIR)
        self.door.close()
        for server in self.both:
            server.stop()
        self.way.close()


@contextlib.contextmanager
def running(pki, provider, timeout=SURE):
    """The cluster and its store."""
    with PROVIDERS[provider]() as store:
        store.start()
        found = Cluster(pki, store, provider, timeout)
        found.start()
        yield found
        found.stop()


@pytest.fixture(scope="module", params=PROVIDERS)
def cluster(request, pki):
    with running(pki, request.param) as found:
        yield found


@pytest.fixture(params=PROVIDERS)
def brief(request, pki):
    """One of its own, whose servers wait for their store for no longer than a second."""
    with running(pki, request.param, BRIEF) as found:
        yield found


@pytest.fixture
def sharing(cluster, pki):
    """The cluster when its store is used: after failures it is left alone for a while."""
    cluster.way.tell(FAIR)
    await_shared(pki, cluster.both, "/staff")
    for server in cluster.both:
        server.mark()
    yield cluster
    cluster.way.tell(FAIR)


@pytest.fixture
def person(pki):
    with Person(pki) as somebody:
        yield somebody


def ask_through(door, cert):
    """By the balancer; the answer."""
    with h1(door.port, cert=cert, sni=ASKING) as client:
        return Visitor(client, ASKING).ask("/staff")


@pytest.mark.parametrize("word", ["good", "revoked"])
def test_one_asks_for_both(sharing, person, word):
    person.say(word)
    for server in sharing.both + sharing.both:
        if word == "good":
            assert_let_in(server, person.cert, "/staff")
        else:
            assert_kept_out(server, person.cert, "/staff", "revoked")
    assert person.hits == 1


def test_through_the_balancer(sharing, pki):
    """A client that meets one and then the other."""
    with Person(pki) as good, Person(pki) as bad:
        bad.say("revoked")
        for _ in range(6):
            assert ask_through(sharing.door, good.cert).status == 200
        for _ in range(6):
            answer = ask_through(sharing.door, bad.cert)
            assert answer.status == 403 and answer.json["reason"] == "revoked"
        assert (good.hits, bad.hits) == (1, 1)
    ran = [line for server in sharing.both for line in server.oracle.lines()
           if good.cert.subject in line["env"].get("MTLS_SUBJECT", "")]
    assert len(ran) == 6 and len({line["pid"] for line in ran}) == 2


def test_works_alone(brief, pki):
    """F-28: without the store each asks for itself, within a bounded time."""
    for mode in (DROP, STALL, RUBBISH, CUT):
        brief.way.tell(mode)
        with Person(pki) as good, Person(pki) as bad:
            bad.say("revoked")
            for server in brief.both:
                began = time.monotonic()
                assert_let_in(server, good.cert, "/staff")
                assert_kept_out(server, bad.cert, "/staff", "revoked")
                assert time.monotonic() - began < 2 * PATIENT, mode
            assert good.hits == bad.hits == 2, mode
        for server in brief.both:
            assert not [line for line in loud(server) if "MTLS0033: " not in line], mode
    brief.way.tell(FAIR)
    await_shared(pki, brief.both, "/staff")


def test_store_comes_back(cluster, pki, request):
    """Stopped, then started again with nothing in it."""
    cluster.store.stop()
    with Person(pki) as person:
        for server in cluster.both:
            assert_let_in(server, person.cert, "/staff")
        assert person.hits == 2
    cluster.store.start()
    request.getfixturevalue("sharing")


def test_what_others_have_written(sharing, pki):
    """Nothing that is in the store is believed for being there."""
    if not hasattr(sharing.store, "overwrite"):
        return  # memcached does not list what it holds
    with Person(pki) as person, Person(pki) as donor:
        person.say("revoked")
        assert_kept_out(sharing.one, person.cert, "/staff", "revoked")
        known = set(sharing.store.names())
        assert_let_in(sharing.one, donor.cert, "/staff")
        (fresh,) = set(sharing.store.names()) - known
        good = sharing.store.raw(fresh)
        # the record of somebody good in everybody's place
        sharing.store.overwrite(good)
        assert_kept_out(sharing.two, person.cert, "/staff", "revoked")
        assert person.hits == 2, "two has asked for itself"
    for octets in (b"", b"x", b"\0" * 4096, good[:-1], good[:-1] + bytes([good[-1] ^ 1]),
                   good + b"\0"):
        with Person(pki) as person:
            person.say("revoked")
            assert_kept_out(sharing.one, person.cert, "/staff", "revoked")
            sharing.store.overwrite(octets)
            assert_kept_out(sharing.two, person.cert, "/staff", "revoked")
            assert person.hits == 2


def test_another_key_is_another_cluster(sharing, pki):
    """What is sealed with another key is no word of ours."""
    other = key_line(pki, "mtls-other.key", bytes(range(32, 64)))
    with make(pki, sharing.provider, sharing.way.port, "three", other) as three, Person(pki) as person:
        assert_let_in(sharing.one, person.cert, "/staff")
        assert_let_in(three, person.cert, "/staff")
        assert person.hits == 2
        assert_let_in(sharing.two, person.cert, "/staff")


def test_T_V07_other_rules_are_other_answers(sharing, pki):
    """One store, two policies: what was good enough here is not, there."""
    strict = LINES + ["MTLSOCSPTime max-age=30m"]
    with make(pki, sharing.provider, sharing.way.port, "strict", key_line(pki), strict) as other:
        with Person(pki) as person:
            person.say(this=-3600)
            assert_let_in(sharing.one, person.cert, "/staff")
            assert_kept_out(other, person.cert, "/staff", "ocsp-unusable")


def test_open_connections_while_the_store_dies(sharing, person):
    with contextlib.ExitStack() as stack:
        visitors = [Visitor(stack.enter_context(h1(server.port, cert=person.cert, sni=ASKING)),
                            ASKING) for server in sharing.both]
        for server, visitor in zip(sharing.both, visitors):
            assert_ran(server, visitor.ask("/staff"), person.cert)
        sharing.way.tell(DROP)
        for server, visitor in zip(sharing.both, visitors):
            assert_ran(server, visitor.ask("/staff"), person.cert)
    assert person.hits == 1


def test_responder_dies_while_the_store_lives(sharing, person):
    """The other server has the answer of the one that asked."""
    assert_let_in(sharing.one, person.cert, "/staff")
    person.responder.manner = service.reset
    assert_let_in(sharing.two, person.cert, "/staff")
    assert person.hits == 1


def test_F_29_no_provider(pki):
    """A provider that is not loaded, or not known, stops the start."""
    for provider in ("redis", "nonsense"):
        config = "MTLSCache %s:127.0.0.1:1\n" % provider + key_line(pki)
        config += profile("staff", *LINES) + hosts(["staff"])
        done = Httpd(pki, config, name="no-provider").check()
        assert not done.ok and "MTLSCache" in done.text, done


def test_a_shared_store_needs_a_key(pki):
    """Without one, each server could only read its own."""
    done = make(pki, "redis", 1, "keyless").check()
    assert "MTLSCacheKeyFile" in done.text, done
