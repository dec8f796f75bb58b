# SPDX-License-Identifier: Apache-2.0
"""Two servers behind a balancer, as one site: one store, the same ticket key, each with lists of its own.

F-28 T-V05 T-V08 N-5.  Clients know only the balancer, which gives each connection to the next server.
What a server does when its store misbehaves is in test_cache_shared.py; here a site goes on.
"""
import contextlib
import datetime
import os
import shutil
import time

import pytest

from mtlstest import crls, files
from mtlstest.clients import h1
from mtlstest.clock import LASTING, LATE, LIFE, OVER, Clock
from mtlstest.memcached import Memcached
from mtlstest.pki import DAY
from mtlstest.redis import Redis
from mtlstest.relay import FAIR, RUBBISH, STALL, Relay
from mtlstest.responder import Person, new_label
from mtlstest.revoking import (ASKING, CACHING, Visitor, assert_kept_out, assert_let_in, assert_word,
                               hosts, profile, resume)
from mtlstest.server import Httpd
from mtlstest.sharing import BRIEF, MODULES, PATIENT, STATUS, SURE, await_shared, counter, fact
from mtlstest.sites import assert_ran, location

OLD, NEW = "%064x\n" % 0x01d, "%064x\n" % 0x2e3
ASK = ["MTLSFetchHosts 127.0.0.1", "MTLSOCSPTimeout 20s"]
PROFILES = {
    "asked": ["MTLSOCSP leaf hard", "MTLSOCSPTime skew=1s"] + ASK,
    "graced": ["MTLSOCSP leaf hard grace=1h", "MTLSOCSPTime skew=1s"] + ASK,
    "listed": ["MTLSCRLFile conf/staff.crl", "MTLSCRLCheck leaf"],
}
AGE = 100  # seconds, MTLSMaxProofAge of /young
YOUNG = location("/young", "MTLSVerifyClient require", "MTLSAccept lax", "MTLSMaxProofAge %ds" % AGE)


class Front:
    """The site as its clients see it: an address, and a handler that ran in some server."""

    def __init__(self, servers):
        self.servers = servers
        self.balancer = Relay(*[server.port for server in servers])
        self.port = self.balancer.port
        self.oracle = self

    def ran(self, case):
        return any(server.oracle.ran(case) for server in self.servers)

    def lines(self, case):
        return [line for server in self.servers for line in server.oracle.lines(case)]

    def one(self, case):
        (line,) = self.lines(case)
        return line


class Cluster:
    """The site with its servers and its store; the store is reached through a relay of its own.

    aging: the servers' clocks can be moved; timeout: how long they wait for the store
    """

    def __init__(self, pki, store=Redis, keys=OLD, aging=False, timeout=SURE):
        self._stack = contextlib.ExitStack()
        self.pki = pki
        self.aging = aging
        self.timeout = timeout
        self.clocks = []
        self.keys = keys
        self.store = store()
        self.ticket_key = pki.write("cluster-ticket.key", os.urandom(80))

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.store.start()
            stack.callback(self.store.__exit__)
            self.to_store = stack.enter_context(Relay(self.store.port))
            self.servers = [self.make("node%d" % i) for i in (1, 2)]
            if self.aging:
                self.clocks = [stack.enter_context(Clock(server)) for server in self.servers]
            for server in self.servers:
                stack.enter_context(server)
            self.front = Front(self.servers)
            stack.enter_context(self.front.balancer)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_exc):
        self._stack.close()

    def make(self, name):
        kind = {Redis: "redis", Memcached: "memcache"}[type(self.store)]
        config = ("MTLSReloadInterval 100ms\nMTLSCache %s:127.0.0.1:%d\nMTLSCacheKeyFile conf/cache.keys\n"
                  % (kind, self.to_store.port))
        config += self.timeout + (LASTING if self.aging else "")
        config += "".join(profile(each, *lines) for each, lines in PROFILES.items())
        before = "SSLSessionTicketKeyFile %s\n" % self.ticket_key
        config += hosts(PROFILES, before).replace("</VirtualHost>", YOUNG + "</VirtualHost>") + STATUS
        server = Httpd(self.pki, config, name=name, modules=MODULES, files={"conf/cache.keys": self.keys})
        self.set_keys(server, self.keys)
        files.replace(server.path("conf", "staff.crl"), crls.pem(crls.make(self.pki.staff_ca)))
        return server

    @staticmethod
    def set_keys(server, keys):
        """Other keys, put in the place of the old ones at once."""
        path = server.path("conf", "cache.keys")
        with open(path + ".new", "w", encoding="ascii") as f:
            f.write(keys)
        os.chmod(path + ".new", 0o640)
        if os.geteuid() == 0:
            shutil.chown(path + ".new", 0, "nogroup")
        os.replace(path + ".new", path)

    def set_clocks(self, seconds):
        """All so far off the real one from now on."""
        for clock in self.clocks:
            clock.set(seconds)

    def publish(self, server, octets):
        """A list for one server; back when it is in use."""
        before = fact(server, "Generation")
        files.replace(server.path("conf", "staff.crl"), crls.pem(octets))
        await_generation(server, before)

    def total(self, name):
        return sum(counter(server, name) for server in self.servers)

    def await_shared(self):
        await_shared(self.pki, self.servers, "/asked")


@pytest.fixture(params=[Redis, Memcached], ids=["redis", "memcache"])
def either(pki, request):
    with Cluster(pki, request.param) as made:
        yield made


@pytest.fixture
def cluster(pki):
    with Cluster(pki) as made:
        yield made


@pytest.fixture
def aging(pki):
    with Cluster(pki, aging=True) as made:
        yield made


def await_generation(server, before):
    assert server.wait_for(lambda: fact(server, "Generation") > before, 20), "no generation after %d" % before


def visits(front, cert, path, count=6):
    """So many connections by way of the balancer; all are let in, by both servers."""
    cases = []
    for _ in range(count):
        with h1(front.port, cert=cert, sni=ASKING) as client:
            answer = Visitor(client, ASKING).ask(path)
            assert_ran(front, answer, cert)
            cases.append(answer.case)
    for server in front.servers:
        assert any(server.oracle.ran(case) for case in cases), "the balancer prefers somebody"


@contextlib.contextmanager
def known_to_both(cluster):
    """Somebody both servers know, one by way of the store."""
    with Person(cluster.pki) as person:
        visits(cluster.front, person.cert, "/asked")
        assert person.hits == 1
        yield person


# what is known

def test_one_question_for_the_site(pki, either):
    with Person(pki) as good, Person(pki) as bad:
        bad.say("revoked")
        visits(either.front, good.cert, "/asked")
        for _ in range(4):
            assert_kept_out(either.front, bad.cert, "/asked", "revoked")
        assert (good.hits, bad.hits) == (1, 1)
    assert either.total("ocsp-asked") == either.total("ocsp-cache-hits") == 2
    assert either.total("cache-failures") == either.total("cache-refused") == 0


def test_a_server_that_comes_later_knows_it_too(cluster):
    with known_to_both(cluster) as person, cluster.make("node3") as third:
        assert_let_in(third, person.cert, "/asked")
        assert person.hits == 1
        assert (counter(third, "ocsp-asked"), counter(third, "ocsp-cache-hits")) == (0, 1)


def test_what_one_learns_reaches_the_other(pki, aging):
    """Of a revocation, by way of the store alone, on a connection that is open all the while."""
    one, two = aging.servers
    with Person(pki) as person:
        person.say("good", this=-1, until=LIFE)
        with h1(two.port, cert=person.cert, sni=ASKING) as client:
            visitor = Visitor(client, ASKING)
            assert_let_in(one, person.cert, "/asked")
            assert_ran(two, visitor.ask("/asked"), person.cert)
            aging.set_clocks(LATE)
            person.say("revoked", this=LATE - 1, until=LATE + 600)

            assert_let_in(one, person.cert, "/asked")
            person.responder.await_hits(person.cert, 2)
            aging.set_clocks(OVER)
            assert_kept_out(one, person.cert, "/asked", "revoked")
            person.responder.stop()
            assert_word(two, visitor.ask("/asked"), "revoked")
        assert person.hits == 2 and counter(two, "ocsp-asked") == 0


# the store

def test_F_28_the_site_goes_on_without_its_store(pki, cluster):
    """Who is known stays known, who is not is asked about by each server, and it is counted."""
    with known_to_both(cluster) as known:
        cluster.store.stop()
        visits(cluster.front, known.cert, "/asked")
        assert known.hits == 1
    for _ in range(4):
        with Person(pki) as good, Person(pki) as bad:
            bad.say("revoked")
            visits(cluster.front, good.cert, "/asked", 4)
            for _ in range(2):
                assert_kept_out(cluster.front, bad.cert, "/asked", "revoked")
            assert (good.hits, bad.hits) == (2, 2)
    for server in cluster.servers:
        assert counter(server, "cache-failures") >= 3
        assert counter(server, "cache-skipped") >= 1
        assert server.log().count("MTLS0033: ") == 1
    cluster.store.start()
    cluster.await_shared()
    assert "MTLS0034: " in "".join(server.log() for server in cluster.servers)


@pytest.mark.parametrize("mode", [STALL, RUBBISH])
def test_F_28_the_site_goes_on_with_a_bad_store(pki, mode):
    with Cluster(pki, timeout=BRIEF) as cluster:
        cluster.to_store.tell(mode)
        for _ in range(4):
            with Person(pki) as person:
                began = time.monotonic()
                visits(cluster.front, person.cert, "/asked", 2)
                assert time.monotonic() - began < 2 * PATIENT
                assert person.hits == 2
        assert all(counter(server, "cache-failures") >= 3 for server in cluster.servers)
        cluster.to_store.tell(FAIR)
        cluster.await_shared()


def test_F_28_a_store_that_takes_a_moment_is_used(pki, cluster):
    one, two = cluster.servers
    with Person(pki) as person:
        assert_let_in(one, person.cert, "/asked")
        cluster.store.cli("CLIENT", "PAUSE", "1000", "ALL")
        assert_let_in(two, person.cert, "/asked")
        assert person.hits == 1
    assert cluster.total("cache-failures") == 0


def test_F_28_neither_store_nor_responder(pki, aging):
    """What a server was told itself lasts as long as configured; of others nothing is made up."""
    one, two = aging.servers
    with Person(pki) as person:
        person.say("good", this=-1, until=LIFE)
        assert_let_in(one, person.cert, "/graced")
        person.responder.stop()
        aging.store.stop()
        aging.set_clocks(LATE)
        assert_let_in(one, person.cert, "/graced")
        assert counter(one, "ocsp-stale") == 0
        aging.set_clocks(OVER)
        assert_let_in(one, person.cert, "/graced")
        assert counter(one, "ocsp-stale") > 0
        assert_kept_out(two, person.cert, "/graced", "ocsp-unreachable")


def test_keys_are_changed_without_losing_the_cache(pki, cluster):
    """As the manual says: added as the last, made the first, taken out; each on one server first."""
    one, two = cluster.servers
    for keys in (OLD + NEW, NEW + OLD, NEW):
        for server in cluster.servers:
            before = fact(server, "Generation")
            cluster.set_keys(server, keys)
            await_generation(server, before)
            for ask, tell in ((one, two), (two, one)):
                with Person(pki) as person:
                    assert_let_in(ask, person.cert, "/asked")
                    assert_let_in(tell, person.cert, "/asked")
                    assert person.hits == 1, "with %r on %s" % (keys, server.name)
    assert cluster.total("cache-failures") == cluster.total("cache-refused") == 0


def test_F_28_servers_with_different_keys_share_nothing(pki, cluster):
    """Not even by mistake: each asks for itself, and each overwrites what it cannot read."""
    two = cluster.servers[1]
    before = fact(two, "Generation")
    cluster.set_keys(two, NEW)
    await_generation(two, before)
    with Person(pki) as person:
        visits(cluster.front, person.cert, "/asked")
        assert person.hits == 2
    assert cluster.total("cache-refused") > 0


# tickets

@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_T_V05_a_ticket_of_one_is_judged_by_the_other(pki, cluster, version):
    """By the list that this server has, at this moment."""
    one, two = cluster.servers
    with h1(one.port, cert=pki.alice, sni=ASKING, version=version) as client:
        assert_ran(one, Visitor(client, ASKING).ask("/listed"), pki.alice)
        session = client.conn.session()
    with resume(two, session, ASKING, version) as client:
        seen = assert_ran(two, Visitor(client, ASKING).ask("/listed"), pki.alice)
        assert seen["env"]["MTLS_PROOF"] == "resumption"
    cluster.publish(two, crls.make(pki.staff_ca, [pki.alice], number=2))
    with resume(two, session, ASKING, version) as client:
        assert_word(two, Visitor(client, ASKING).ask("/listed"), "revoked")
    with resume(one, session, ASKING, version) as client:
        visitor = Visitor(client, ASKING)
        assert_ran(one, visitor.ask("/listed"), pki.alice)
        cluster.publish(one, crls.make(pki.staff_ca, [pki.alice], number=2))
        assert_word(one, visitor.ask("/listed"), "revoked")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_T_V05_a_ticket_of_where_one_is_revoked(pki, cluster, version):
    """Made where the list is new, offered where it is old: both see who it is, and judge for themselves."""
    one, two = cluster.servers
    cluster.publish(one, crls.make(pki.staff_ca, [pki.alice], number=2))
    with h1(one.port, cert=pki.alice, sni=ASKING, version=version) as client:
        assert_word(one, Visitor(client, ASKING).ask("/listed"), "revoked")
        session = client.conn.session()
    with h1(two.port, session=session, sni=ASKING, version=version) as client:
        answer = Visitor(client, ASKING).ask("/listed")
        if client.conn.resumed:
            assert_ran(two, answer, pki.alice)
        else:
            assert answer.status == 403 and not two.oracle.ran(answer.case)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_T_V08_moving_between_servers_keeps_no_proof_young(pki, aging, version):
    """Each session is resumed at the other server into the next one."""
    with h1(aging.servers[0].port, cert=pki.alice, sni=ASKING, version=version) as client:
        assert_ran(aging.front, Visitor(client, ASKING).ask("/young"), pki.alice)
        session = client.conn.session()
    for turn, at in enumerate((0, 20, 40, 60, 80, AGE + 1, 120, 140, 160, 200), 1):
        aging.set_clocks(at)
        server = aging.servers[turn % 2]
        with h1(server.port, sni=ASKING, session=session, version=version) as client:
            answer = Visitor(client, ASKING).ask("/young")
            newer = client.conn.session()
            if client.conn.resumed and newer is not None and newer.resumable:
                session = newer
        if at < AGE:
            assert_ran(server, answer, pki.alice)
        else:
            assert answer.status in (403, 421) and not server.oracle.ran(answer.case), answer


def test_sessions_in_a_cache_of_one_are_nothing_to_the_other(pki, cluster):
    one, two = cluster.servers
    with h1(one.port, cert=pki.alice, sni=CACHING, version="1.3") as client:
        assert_ran(one, Visitor(client, CACHING).ask("/listed"), pki.alice)
        session = client.conn.session()
    with h1(two.port, sni=CACHING, session=session, version="1.3") as client:
        assert not client.conn.resumed
        answer = Visitor(client, CACHING).ask("/listed")
        assert answer.status == 403 and not two.oracle.ran(answer.case)


def test_a_ticket_outlives_no_certificate(pki, aging):
    """The certificate ends while its session goes on at the other server."""
    one, two = aging.servers
    now = datetime.datetime.utcnow().replace(microsecond=0)
    cert = pki.issue(new_label(), pki.staff_ca, before=now - DAY, after=now + datetime.timedelta(seconds=100))
    with h1(one.port, cert=cert, sni=ASKING) as client:
        assert_ran(one, Visitor(client, ASKING).ask("/listed"), cert)
        session = client.conn.session()
    with resume(two, session, ASKING, None) as client:
        assert_ran(two, Visitor(client, ASKING).ask("/listed"), cert)
    aging.set_clocks(101)
    with h1(two.port, sni=ASKING, session=session) as client:
        answer = Visitor(client, ASKING).ask("/listed")
        assert answer.status == 403 and not two.oracle.ran(answer.case)


# a server

def test_a_server_goes_away_and_comes_back(pki, cluster):
    """The rest of the site knows what it had learned."""
    one, two = cluster.servers
    balancer = cluster.front.balancer
    with Person(pki) as person:
        assert_let_in(one, person.cert, "/asked")
        balancer.ports.remove(one.port)
        for _ in range(3):
            assert_let_in(cluster.front, person.cert, "/asked")
        balancer.ports.append(one.port)
        visits(cluster.front, person.cert, "/asked")
        assert person.hits == 1
    assert counter(two, "ocsp-asked") == 0
