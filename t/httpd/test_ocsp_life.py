# SPDX-License-Identifier: Apache-2.0
"""OCSP over time and with many at once: what is remembered, refreshed and shared, and who goes
away.

T-R04 T-V09 F-01 F-07 F-08 F-09 F-21 F-24.  Nothing is slept for: a responder holds its answers back
until a test lets them go, and where the clock itself is meant, the server's is moved.
"""
import contextlib
import os
import signal
import threading
import time

import pytest

from mtlstest import service
from mtlstest.clients import h1, h2
from mtlstest.clock import LASTING, LATE, LIFE, OVER, Clock
from mtlstest.responder import Person, Responder, new_label
from mtlstest.revoking import (ASKING, Visitor, assert_kept_out, assert_let_in,
                               assert_word, hosts, loud, loud_but_of_others, profile, resume)
from mtlstest.server import Httpd
from mtlstest.sites import PROBLEM, assert_ran, reason, vhost
from mtlstest.tls import TlsError, TlsTimeout

SILENT, UNUSABLE = "ocsp-unreachable", "ocsp-unusable"
STRICT = "strict.example.test"
PATIENT_SECONDS, BRIEF_SECONDS = 20, 2
# Longest that a machine takes for everything else in a test, while it is busy with others.
BUSY_SECONDS = 8
HOSTS = "MTLSFetchHosts 127.0.0.1"
ASK = ["MTLSOCSPTimeout %ds" % PATIENT_SECONDS, HOSTS]
PROFILES = {
    "hard": ["MTLSOCSP leaf"] + ASK,
    "soft": ["MTLSOCSP leaf soft"] + ASK,
    "brief": ["MTLSOCSP leaf", "MTLSOCSPTimeout %ds" % BRIEF_SECONDS, HOSTS],
    "usual": ["MTLSOCSP leaf", HOSTS],
    "short": ["MTLSOCSP leaf", "MTLSOCSPTime skew=1s"] + ASK,
    "grace": ["MTLSOCSP leaf grace=1h", "MTLSOCSPTime skew=1s"] + ASK,
}

# Many may wait for an answer at a time: half of the threads.
MANY_THREADS = """
StartServers 1
ServerLimit 1
ThreadsPerChild 64
MaxRequestWorkers 64
MinSpareThreads 64
MaxSpareThreads 64
"""
# Room for a child beside one that is about to end.
TWO_CHILDREN = """
StartServers 1
ServerLimit 3
ThreadsPerChild 16
MaxRequestWorkers 32
MinSpareThreads 8
MaxSpareThreads 32
"""


def make(pki, before="", **more):
    strict = vhost(STRICT, "MTLSVerifyClient require\nMTLSAccept hard\n")
    config = before + "".join(profile(name, *lines) for name, lines in PROFILES.items())
    config += hosts(PROFILES) + strict
    if more.get("mpm") != "prefork":
        config = "Protocols h2 http/1.1\n" + config
        more["modules"] = ["http2"]
    return Httpd(pki, config, name="ocsp-life", **more)


@pytest.fixture(scope="module")
def site(pki):
    with make(pki, mpm_config=MANY_THREADS) as running:
        yield running


@pytest.fixture
def aging(pki):
    """A server, and its clock."""
    made = make(pki, LASTING)
    with Clock(made) as clock, made:
        yield made, clock


@pytest.fixture(scope="module")
def many(pki):
    """Four children that serve one connection each."""
    with make(pki, mpm="prefork") as running:
        yield running


@pytest.fixture
def person(pki):
    with Person(pki) as somebody:
        yield somebody


@contextlib.contextmanager
def connection(site, cert, host=ASKING, opener=h1, **more):
    with opener(site.port, cert=cert, sni=host, **more) as client:
        yield Visitor(client, host)


class Askers:
    """Many who ask for a path at once, each on a connection of his own that is open before."""

    def __init__(self, site, path, certs, rounds=1):
        self.site = site
        self.answers = []
        self.faults = []
        self.slowest = 0.0
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask, args=(path, cert, rounds))
                         for cert in certs]
        self._ready = threading.Barrier(len(certs) + 1)

    def _ask(self, path, cert, rounds):
        try:
            for number in range(rounds):
                with connection(self.site, cert) as visitor:
                    if not number:
                        self._ready.wait(30)
                    began = time.monotonic()
                    answer = visitor.ask(path)
                    with self._lock:
                        self.slowest = max(self.slowest, time.monotonic() - began)
                        self.answers.append(answer)
        except (AssertionError, OSError, threading.BrokenBarrierError) as problem:
            self.faults.append(problem)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        self._ready.wait(30)
        return self

    def __exit__(self, *_exc):
        for thread in self._threads:
            thread.join(60)
        assert not self.faults, self.faults

    def all_in(self, cert):
        for answer in self.answers:
            assert_ran(self.site, answer, cert)
        return len(self.answers)


# F-07: many at once

def assert_no_other_question(person):
    """One has come; while its answer is held back, the others would come too, if they came at all."""
    person.responder.await_hits(person.cert)
    assert not Httpd.wait_for(lambda: person.hits > 1, 0.7), "%d questions" % person.hits
    person.responder.release()


def test_F_07_herd(site, person):
    """One question for five hundred handshakes of one certificate that nobody has asked about; no
    more at a time than may wait."""
    with person.responder.held():
        with Askers(site, "/hard", [person.cert] * 14, rounds=36) as askers:
            assert_no_other_question(person)
    assert askers.all_in(person.cert) == 14 * 36
    assert person.hits == 1
    assert not loud_but_of_others(site, person.responder)


def test_F_07_one_question_for_all_children(many, person):
    with person.responder.held():
        with Askers(many, "/hard", [person.cert] * 4) as askers:
            assert_no_other_question(person)
    assert askers.all_in(person.cert) == 4
    for _ in range(8):
        assert_let_in(many, person.cert, "/hard")
    assert person.hits == 1


def test_F_07_nobody_waits_for_long(site, person):
    """Those who wait for another's question wait no longer than for their own."""
    with person.responder.held():
        with Askers(site, "/brief", [person.cert] * 12) as askers:
            pass
        for answer in askers.answers:
            assert_word(site, answer, SILENT)
        assert len(askers.answers) == 12
        person.responder.await_hits(person.cert)
        assert person.hits == 1
    assert BRIEF_SECONDS * 0.9 < askers.slowest < BRIEF_SECONDS + BUSY_SECONDS


def test_F_07_many_certificates(site, pki):
    """Each is asked about once; no answer is another's."""
    with Responder(pki.staff_ca) as responder:
        certs = [pki.issue(new_label(), pki.staff_ca, ocsp_url=responder.url())
                 for _ in range(20)]
        for cert in certs[::2]:
            responder.say(cert, "revoked")
        with Askers(site, "/hard", certs, rounds=3) as askers:
            pass
        for cert in certs:
            assert responder.hits(cert) == 1
        for cert in certs[::2]:
            assert_kept_out(site, cert, "/hard", "revoked")
        for cert in certs[1::2]:
            assert_let_in(site, cert, "/hard")
        assert sorted(a.status for a in askers.answers) == [200] * 30 + [403] * 30


# F-01: what does not answer is let alone

def test_F_01_failure_is_remembered(site, person):
    person.responder.manner = service.closed
    for _ in range(20):
        assert_kept_out(site, person.cert, "/hard", SILENT)
    assert person.hits == 1


def test_F_01_waits_once_for_all(site, person):
    """The thousandth client waits no thousand times."""
    person.responder.manner = service.silent
    began = time.monotonic()
    for _ in range(10):
        assert_kept_out(site, person.cert, "/brief", SILENT)
    assert time.monotonic() - began < BRIEF_SECONDS + BUSY_SECONDS
    person.responder.await_hits(person.cert)
    assert person.hits == 1


def test_F_01_breaker(site, pki):
    """After five failures the responder is let alone, whoever comes; another one is not."""
    with Responder(pki.staff_ca) as dead, Person(pki) as other:
        dead.manner = service.reset
        certs = [pki.issue(new_label(), pki.staff_ca, ocsp_url=dead.url()) for _ in range(9)]
        for cert in certs:
            assert_kept_out(site, cert, "/hard", SILENT)
        assert dead.count() == 5
        assert_let_in(site, other.cert, "/hard")
        told = [line for line in loud(site) if str(dead.port) in line]
        assert 1 <= len(told) <= 2, told


def test_F_01_breaker_of_all_children(many, pki):
    with Responder(pki.staff_ca) as dead:
        dead.manner = service.reset
        certs = [pki.issue(new_label(), pki.staff_ca, ocsp_url=dead.url()) for _ in range(12)]
        for cert in certs:
            assert_kept_out(many, cert, "/hard", SILENT)
        assert dead.count() == 5


# F-08: before the end

def test_F_08_refreshed_behind_the_back(aging, person):
    """No request waits for a new answer while the old one holds."""
    site, clock = aging
    person.say(this=-1, until=LIFE)
    with connection(site, person.cert) as visitor:
        assert_ran(site, visitor.ask("/short"), person.cert)
        assert person.hits == 1
        clock.set(LATE)
        person.say(this=LATE - 1, until=LATE + LIFE)
        with person.responder.held():
            began = time.monotonic()
            assert_ran(site, visitor.ask("/short"), person.cert)
            person.responder.await_hits(person.cert, 2)
            for _ in range(3):
                assert_ran(site, visitor.ask("/short"), person.cert)
                assert_let_in(site, person.cert, "/short")
            waited = time.monotonic() - began
            assert waited < BUSY_SECONDS < PATIENT_SECONDS, "requests waited %.2f s" % waited
        clock.set(OVER)
        assert_ran(site, visitor.ask("/short"), person.cert)
        assert_let_in(site, person.cert, "/short")
    assert person.hits == 2
    assert not loud(site)


def test_F_08_revoked_meanwhile(aging, person):
    """The new answer counts on the open connection and on a resumed one."""
    site, clock = aging
    person.say(this=-1, until=LIFE)
    with connection(site, person.cert) as visitor:
        assert_ran(site, visitor.ask("/short"), person.cert)
        session = visitor.client.conn.session()
        clock.set(LATE)
        person.say("revoked", this=LATE - 1, until=LATE + 3600)
        assert_ran(site, visitor.ask("/short"), person.cert)
        person.responder.await_hits(person.cert, 2)
        clock.set(OVER)
        assert_word(site, visitor.ask("/short"), "revoked")
    with resume(site, session, ASKING, "1.3") as client:
        assert_word(site, Visitor(client, ASKING).ask("/short"), "revoked")
    assert person.hits == 2


def test_F_08_no_refresh_to_be_had(aging, person):
    """The old answer holds to its end, then policy counts."""
    site, clock = aging
    person.say(this=-1, until=LIFE)
    with connection(site, person.cert) as visitor:
        assert_ran(site, visitor.ask("/short"), person.cert)
        person.responder.manner = service.page(500)
        clock.set(LATE)
        assert_ran(site, visitor.ask("/short"), person.cert)
        assert site.wait_for(lambda: any(str(person.responder.port) in line for line in loud(site)))
        assert_let_in(site, person.cert, "/short")
        clock.set(OVER)
        assert_word(site, visitor.ask("/short"), SILENT)
        assert 2 <= person.hits <= 3


def test_grace(aging, person):
    """With it, the old answer is used past its end while there is no new one, and no longer."""
    site, clock = aging
    person.say(this=-1, until=LIFE)
    with connection(site, person.cert) as visitor:
        assert_ran(site, visitor.ask("/grace"), person.cert)
        person.responder.manner = service.closed
        for seconds in (LATE, OVER, LIFE + 3500):
            clock.set(seconds)
            assert_ran(site, visitor.ask("/grace"), person.cert)
            assert_let_in(site, person.cert, "/grace")
        clock.set(LIFE + 3700)
        assert_word(site, visitor.ask("/grace"), SILENT)
    with Person(pki=site.pki) as stranger:  # of whom nothing was ever known
        stranger.responder.manner = service.closed
        assert_kept_out(site, stranger.cert, "/grace", SILENT)


# F-09: which of two answers

def test_F_09_older_good_does_not_help(aging, person):
    site, clock = aging
    person.say("revoked", this=-60, until=LIFE)
    with connection(site, person.cert) as visitor:
        assert_word(site, visitor.ask("/short"), "revoked")
        person.say("good", this=-600, until=LATE + 3600)
        clock.set(LATE)
        assert_word(site, visitor.ask("/short"), "revoked")
        person.responder.await_hits(person.cert, 2)
        for seconds in (LATE, OVER, OVER + 60):
            clock.set(seconds)
            answer = visitor.ask("/short")
            assert not site.oracle.ran(answer.case)
            assert reason(answer) in ("revoked", SILENT, UNUSABLE)
        assert person.hits >= 2


def test_F_09_newer_good_does(aging, person):
    """As a hold is taken back."""
    site, clock = aging
    person.say("revoked", this=-60, until=LIFE, reason="hold")
    with connection(site, person.cert) as visitor:
        assert_word(site, visitor.ask("/short"), "revoked")
        person.say("good", this=0, until=LATE + 3600)
        clock.set(LATE)
        assert_word(site, visitor.ask("/short"), "revoked")
        person.responder.await_hits(person.cert, 2)
        clock.set(OVER)
        assert_ran(site, visitor.ask("/short"), person.cert)


def test_T_V09_soft_is_no_memory(site, person):
    """Let in because nobody answered; with a session of that time, and an answer by now, out."""
    person.responder.manner = service.closed
    with connection(site, person.cert) as visitor:
        assert_ran(site, visitor.ask("/soft"), person.cert)
        session = visitor.client.conn.session()
    person.responder.manner = service.plain
    person.say("revoked")
    with resume(site, session, ASKING, "1.3") as client:
        assert_word(site, Visitor(client, ASKING).ask("/hard"), "revoked")


# T-R04: who goes away

def leave(client, how):
    if how == "reset":
        client.conn.abort()
    else:
        client.conn.sock.close()


def still_serves(site, person, cert=None):
    """The same certificate, afterwards, or another one: a failure is remembered."""
    person.responder.manner = service.plain
    person.responder.forget()
    assert_let_in(site, cert or person.cert, "/hard")
    assert not [line for line in loud(site)
                if SILENT not in line and "MTLS0031: " not in line]


@pytest.mark.parametrize("how", ["reset", "close"])
def test_T_R04_while_the_question_is_open(site, person, how):
    with person.responder.held():
        clients = [h1(site.port, cert=person.cert, sni=ASKING) for _ in range(4)]
        for client in clients:
            client.conn.send(client.head("/hard", host=ASKING)[0])
        person.responder.await_hits(person.cert)
        for client in clients:
            leave(client, how)
    still_serves(site, person)


@pytest.mark.parametrize("how", ["reset", "close"])
@pytest.mark.parametrize("manner", [service.stuck_in_head, service.stuck_in_body],
                         ids=["head", "body"])
def test_T_R04_in_the_middle_of_the_answer(site, person, manner, how):
    person.responder.manner = manner
    client = h1(site.port, cert=person.cert, sni=ASKING)
    client.conn.send(client.head("/brief", host=ASKING)[0])
    person.responder.await_hits(person.cert)
    leave(client, how)
    still_serves(site, person, site.pki.issue(new_label(), site.pki.staff_ca,
                                              ocsp_url=person.responder.url()))


@pytest.mark.parametrize("how", ["reset", "close"])
def test_T_R04_streams(site, person, how):
    with person.responder.held():
        client = h2(site.port, cert=person.cert, sni=ASKING)
        ids = [client.start("/hard", host=ASKING, headers=[PROBLEM]) for _ in range(6)]
        person.responder.await_hits(person.cert)
        client.h2.reset_stream(ids[0])
        client._flush()
        leave(client, how)
    still_serves(site, person)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_T_R04_in_the_handshake(site, person, version):
    """Where the host itself asks: somebody who has no patience."""
    with person.responder.held():
        try:
            client = h1(site.port, cert=person.cert, sni=STRICT, version=version, timeout=10)
            client.conn.send(client.head("/hard", host=STRICT)[0])
            person.responder.await_hits(person.cert)
            leave(client, "reset")
        except TlsError:
            pass
        person.responder.await_hits(person.cert)
    still_serves(site, person)


@pytest.mark.parametrize("way", ["post-handshake", "renegotiation"])
def test_T_R04_after_a_step_up(site, person, way):
    host = "step.example.test"
    more = dict(version="1.3", pha=True) if way == "post-handshake" else dict(version="1.2")
    client = h1(site.port, cert=person.cert, sni=host, **more)
    client.conn.set_timeout(0.2)

    def is_asked_about():
        with contextlib.suppress(TlsTimeout):
            client.conn.recv()
        return person.hits

    with person.responder.held():
        client.conn.send(client.head("/hard", host=host)[0])
        assert site.wait_for(is_asked_about, 20)
        leave(client, "reset")
    still_serves(site, person)


# F-21, F-24: who is ended

def children_of(site):
    with open("/proc/%d/task/%d/children" % (site.process.pid, site.process.pid),
              encoding="ascii") as f:
        return {int(pid) for pid in f.read().split()}


def test_F_21_graceful_restart_during_a_question(pki, person):
    with make(pki, mpm_config=TWO_CHILDREN) as site:
        with person.responder.held():
            with Askers(site, "/hard", [person.cert] * 3) as askers:
                person.responder.await_hits(person.cert)
                old = children_of(site)
                site.process.send_signal(signal.SIGUSR1)
                assert site.wait_for(lambda: children_of(site) - old, 30)
                person.responder.release()
        assert askers.all_in(person.cert) == 3
        assert_let_in(site, person.cert, "/hard")


def test_a_stop_does_not_wait_for_a_responder(pki, person):
    person.responder.manner = service.silent
    site = make(pki)
    with site:
        client = h1(site.port, cert=person.cert, sni=ASKING)
        client.conn.send(client.head("/hard", host=ASKING)[0])
        person.responder.await_hits(person.cert)
        client.close()
        began = time.monotonic()
        site.process.send_signal(signal.SIGTERM)
        site.process.wait(20)
        assert time.monotonic() - began < 2 + BUSY_SECONDS < PATIENT_SECONDS


def test_F_24_a_child_is_ended_while_it_asks(many, person):
    """Its question is somebody else's after a while, and nobody waits for ever."""
    person.responder.manner = service.silent
    client = h1(many.port, cert=person.cert, sni=ASKING)
    client.conn.send(client.head("/usual", host=ASKING)[0])
    person.responder.await_hits(person.cert)
    os.kill(_child_that_talks_to(person.responder.port, children_of(many)), signal.SIGTERM)
    client.close()
    person.responder.manner = service.plain

    def is_let_in():
        with connection(many, person.cert) as visitor:
            return visitor.ask("/usual").status == 200

    assert many.wait_for(is_let_in, 25)


def _child_that_talks_to(port, children):
    """Which of them has a connection to the port, as in proc(5)."""
    with open("/proc/net/tcp", encoding="ascii") as f:
        rows = [line.split() for line in f][1:]
    sockets = {"socket:[%s]" % r[9] for r in rows if r[2].endswith(":%04X" % port)}
    for pid in children:
        if sockets & _files_of(pid):
            return pid
    raise AssertionError("none of %r talks to port %d" % (children, port))


def _files_of(pid):
    """What a process has open; nothing when it has ended."""
    files = set()
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc/%d/fd" % pid):
            with contextlib.suppress(OSError):
                files.add(os.readlink("/proc/%d/fd/%s" % (pid, name)))
    return files
