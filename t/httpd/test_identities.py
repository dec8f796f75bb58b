# SPDX-License-Identifier: Apache-2.0
"""T-P13: many clients at once, and each answer names its own.

Five people, 64 threads, HTTP/1.1 with keep-alive and step-up, HTTP/2 with parallel streams, resumed
sessions, a memo that is too small, and rules files that are replaced all the time by others that
say the same.
"""
import os
import threading
import time

import pytest

from mtlstest.clients import h1, h2
from mtlstest.sites import TRUST, location, vhost

THREADS = 64
ROUNDS = 5              # connections of each thread, at least
STREAMS = 8             # at a time on one HTTP/2 connection
GENERATIONS = 4         # that must have been seen
LIMIT = 180             # seconds for all of it; two to four are usual

PEOPLE = ["alice", "anna", "gwen", "hugo"]
CLIENT = ["MTLSVerifyClient require", "MTLSAccept staff"]
PARTNER = ["MTLSVerifyClient require", "MTLSAccept partner"]
LOGIN = ["AuthType mtls", "Require valid-user"]

BOB = "when cn is bob then user bob-mapped groups partners\n"


def people_map(number):
    """The rules; the number is in a comment only."""
    rules = ["# edition %d" % number]
    rules += ["when cn is pad%d then user pad%d groups all" % (i, i) for i in range(200)]
    rules += ["when cn is %s then user %s-mapped groups all, g-%s set tag t-%s" % ((name,) * 4)
              for name in PEOPLE]
    return "\n".join(rules) + "\n" + BOB


TEMPLATE_MAP = """when cn like "al*" or "an*" and subject under "C=DE"
  then user "{cn}-mapped" groups "all", "g-{cn}" set tag "t-{cn}"
when cn matches "(?<who>[a-z]+)" then user "{$who}-mapped" groups all, "g-{$who}" set tag "t-{$who}"
"""

BASIC = ["AuthType Basic", 'AuthName "t"', "AuthBasicProvider file",
         "AuthUserFile @ROOT@/conf/users", "Require valid-user"]


def config():
    places = [
        location("/cn", "MTLSUser cn", *CLIENT, *LOGIN),
        location("/map", "MTLSMap conf/people.map", *CLIENT, *LOGIN),
        location("/template", "MTLSMap conf/template.map", *CLIENT, *LOGIN),
        location("/both", "MTLSMap conf/none.map", "MTLSMap conf/people.map", "MTLSUser cn",
                 *CLIENT, *LOGIN),
        location("/basic", "MTLSMap conf/people.map", *CLIENT, *BASIC),
        location("/partner", "MTLSMap conf/partner.map", *PARTNER, *LOGIN),
        location("/host", *CLIENT, *LOGIN),
        location("/host-partner", *PARTNER, *LOGIN),
    ]
    places += [location("/only/" + name, "MTLSMap conf/people.map", *CLIENT, "AuthType mtls",
                        "Require mtls-group g-" + name) for name in PEOPLE]
    return ("Protocols h2 http/1.1\nMTLSReloadInterval 100ms\nMTLSVerdictMemo 16\n"
            "MTLSStepUpLimit waiters=80\nMTLSStepUpTimeout %ds\nTimeout %d\n" % (LIMIT, LIMIT) + TRUST
            + vhost("localhost", "MTLSAskInHandshake unless-pha\nMTLSAccept staff\n"
                    "MTLSMap conf/people.map\n"
                    + "".join(places)))


# Three for each client: event closes connections that are kept alive when no thread is idle.
THREADED = ("ThreadLimit 200\nThreadsPerChild 200\nMaxRequestWorkers 200\nStartServers 1\n"
            "ServerLimit 1\nMinSpareThreads 1\nMaxSpareThreads 200\n")


class Crowd:
    """What all threads know: faults, requests, generations."""

    def __init__(self, site):
        self.site = site
        self.lock = threading.Lock()
        self.wrong = []
        self.requests = 0
        self.generations = set()
        self.enough = threading.Event()
        self.deadline = time.monotonic() + LIMIT

    def saw(self, env):
        with self.lock:
            self.requests += 1
            self.generations.add(int(env["MTLS_GENERATION"]))
            if len(self.generations) >= GENERATIONS:
                self.enough.set()

    def fails(self, who, problem):
        with self.lock:
            self.wrong.append("%s: %r" % (who, problem))
        self.enough.set()

    def goes_on(self, rounds):
        if time.monotonic() > self.deadline:
            return False
        return rounds < ROUNDS or not self.enough.is_set()


def expect(crowd, answer, cert, mapped, name):
    """The answer is about this certificate and no other."""
    assert answer.status == 200, answer
    seen = answer.json
    env = seen["env"]
    assert seen["case"] == answer.case
    assert env["MTLS_SUBJECT"] == cert.subject and env["MTLS_SHA256"] == cert.sha256.lower()
    assert seen["user"] == env["MTLS_USER"] == (name + "-mapped" if mapped else name), seen
    assert seen["auth_type"] == "mtls"
    if name == "bob":
        assert env["MTLS_GROUPS"] == "partners" and "MTLS_ATTR_TAG" not in env
    elif mapped:
        assert env["MTLS_GROUPS"] == "all,g-" + name and env["MTLS_ATTR_TAG"] == "t-" + name
    else:
        assert "MTLS_GROUPS" not in env and "MTLS_ATTR_TAG" not in env
    crowd.saw(env)


PLACES = [("/cn", False), ("/map", True), ("/template", True), ("/both", True), ("/basic", True),
          ("/host", True)]


def expect_admission(answer, name, place):
    """One's own place is open, another's is not."""
    assert answer.status == (200 if name == place else 403), (answer, name, place)


def visit_h1(crowd, pki, name, session):
    """Keep-alive: every place, then another identity beside the first, and the first again."""
    cert = getattr(pki, name)
    with h1(crowd.site.port, cert=cert, version="1.3", pha=True, session=session,
            timeout=LIMIT) as client:
        for path, mapped in PLACES:
            expect(crowd, client.ask(path), cert, mapped, name)
        for other in PEOPLE:
            expect_admission(client.ask("/only/" + other), name, other)
        client.conn.use(pki.bob)
        for path in ("/partner", "/host-partner"):
            expect(crowd, client.ask(path), pki.bob, True, "bob")
            expect(crowd, client.ask("/host"), cert, True, name)
            expect(crowd, client.ask(path), pki.bob, True, "bob")
        return client.conn.session()


def visit_h2(crowd, pki, name, session):
    """Parallel streams to all places at once."""
    cert = getattr(pki, name)
    with h2(crowd.site.port, cert=cert, version="1.3", session=session, timeout=LIMIT) as client:
        for turn in range(2):
            wanted = [PLACES[(turn + i) % len(PLACES)] for i in range(STREAMS)]
            ids = [client.start(path) for path, _ in wanted]
            only = [client.start("/only/" + other) for other in PEOPLE]
            streams = client.finish(*ids, *only)
            for (_, mapped), stream in zip(wanted, streams):
                assert stream.response is not None, stream
                expect(crowd, stream.response, cert, mapped, name)
            for other, stream in zip(PEOPLE, streams[len(ids):]):
                expect_admission(stream, name, other)
        return client.conn.session()


def come_and_go(crowd, pki, number):
    """One thread: one person, connection after connection."""
    name = PEOPLE[number % len(PEOPLE)]
    visit = visit_h1 if number // len(PEOPLE) % 2 else visit_h2
    session, rounds = None, 0
    try:
        while crowd.goes_on(rounds):
            fresh = visit(crowd, pki, name, session)
            session = fresh if rounds % 2 == 0 else None
            rounds += 1
    except Exception as problem:  # every failure of a thread is the test's
        crowd.fails("%s in thread %d" % (name, number), problem)


def replace_maps(crowd):
    """Editions that say the same, each as soon as the last one has been used."""
    edition = 0
    while crowd.goes_on(ROUNDS):
        edition += 1
        known = len(crowd.generations)
        path = crowd.site.path("conf", "people.map")
        os.replace(crowd.site.write("conf/people.new", people_map(edition)), path)
        crowd.site.wait_for(lambda: len(crowd.generations) > known or not crowd.goes_on(ROUNDS), LIMIT)


@pytest.mark.parametrize("mpm", ["event", "worker"])
def test_T_P13_every_answer_names_its_own_client(serve, pki, mpm):
    for name in ("gwen", "hugo"):
        if not hasattr(pki, name):
            pki.issue(name, pki.staff_root)
    site = serve(config(), mpm=mpm, mpm_config=THREADED, name="identities", log_level="info",
                 modules=["http2", "auth_basic", "authn_file"],
                 files={"conf/people.map": people_map(0), "conf/template.map": TEMPLATE_MAP,
                        "conf/none.map": "no rules\n", "conf/partner.map": BOB,
                        "conf/users": "nobody:x\n"})
    crowd = Crowd(site)
    crew = [threading.Thread(target=come_and_go, args=(crowd, pki, i)) for i in range(THREADS)]
    crew.append(threading.Thread(target=replace_maps, args=(crowd,)))
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    assert not crowd.wrong, "\n".join(crowd.wrong[:5])
    assert len(crowd.generations) >= GENERATIONS, sorted(crowd.generations)
    assert crowd.requests >= THREADS * ROUNDS * 8, crowd.requests
