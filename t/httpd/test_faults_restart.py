# SPDX-License-Identifier: Apache-2.0
"""Restarts and killed children around living trust: what was begun is finished, what was held is free, and
nothing piles up.  F-21 F-22 F-24.
"""
import contextlib
import os
import re
import shutil
import signal
import threading

import pytest

from mtlstest import crls, files, service
from mtlstest.clients import h1
from mtlstest.living import ISSUING
from mtlstest.points import Points
from mtlstest.responder import Person, Responder, new_label
from mtlstest.revoking import (ASKING, STEPPING, Visitor, assert_kept_out, assert_let_in,
                               assert_word, hosts, profile)
from mtlstest.server import BUILD, Httpd
from mtlstest.sites import PROBLEM, assert_ran, reason
from mtlstest.vitals import children_of, descriptors, private_kib

ASK = ["MTLSOCSP leaf", "MTLSOCSPTimeout 20s", "MTLSFetchHosts 127.0.0.1"]
HEAD = "MTLSReloadInterval 100ms\nMTLSStateDirectory @ROOT@/state\nMTLSStepUpTimeout 120s\n"
# Room for children beside those that are about to end.
ROOM = """
StartServers 1
ServerLimit 4
ThreadsPerChild 16
MaxRequestWorkers 64
MinSpareThreads 1
MaxSpareThreads 64
"""


# So many children and no more, so that none begins when the server ends.
FOUR = "StartServers 4\nServerLimit 4\nMaxRequestWorkers 4\nMinSpareServers 1\nMaxSpareServers 4\n"


def make(pki, config, log_level="warn mtls:notice", **more):
    """Killed children are told at level notice, and are no fault here."""
    site = Httpd(pki, HEAD + config, name="restart", log_level=log_level, **more)
    os.mkdir(site.path("state"), 0o700)
    if os.geteuid() == 0:
        shutil.chown(site.path("state"), "nobody", "nogroup")
    return site


def living(pki, points, **more):
    """A list from a file, a list that is fetched, and a responder."""
    url = points.put("/staff.crl", crls.make(pki.staff_ca))
    site = make(pki, profile("listed", "MTLSCRLFile @ROOT@/conf/staff.crl", "MTLSCRLCheck leaf",
                             trust=ISSUING)
                + profile("fetched", "MTLSCRLFetch " + url, "MTLSCRLCheck leaf missing-ok",
                          trust=ISSUING)
                + profile("asked", *ASK) + hosts(["listed", "fetched", "asked"]),
                mpm_config=ROOM, **more)
    files.replace(site.path("conf", "staff.crl"), crls.make(pki.staff_ca, [pki.noeku]))
    return site


def restart(site, how=signal.SIGUSR1):
    """Send the signal; return when children that began after it serve."""
    old = children_of(site)
    if how == signal.SIGHUP:
        site.settle()
    site.process.send_signal(how)
    assert site.wait_for(lambda: children_of(site) - old, 30), "no new child"


# F-21: a graceful restart in the middle of something

@pytest.mark.parametrize("way", [{"version": "1.3", "pha": True}, {"version": "1.2"}],
                         ids=["post-handshake", "renegotiation"])
def test_F_21_restart_while_the_client_is_asked(pki, way):
    """It answers the certificate request when its server is already about to end; it is let in, and its next
    connection too."""
    with Points() as points, living(pki, points) as site:
        client = h1(site.port, cert=pki.alice, sni=STEPPING, **way)
        client.conn.on_request = lambda: restart(site)
        visitor = Visitor(client, STEPPING)
        assert_ran(site, visitor.ask("/listed"), pki.alice)
        assert client.conn.requests == 1
        client.close()
        with h1(site.port, cert=pki.alice, sni=STEPPING, **way) as again:
            assert_ran(site, Visitor(again, STEPPING).ask("/listed"), pki.alice)


def test_F_21_restart_while_a_list_is_fetched(pki):
    """Whoever fetches may end; the list comes, once it can be had."""
    with Points() as points:
        site = living(pki, points)
        points.put("/staff.crl", crls.make(pki.staff_ca, [pki.alice], number=2))
        with points.held(), site:
            points.await_requests(1, 30)
            restart(site)
            assert_let_in(site, pki.alice, "/listed")
            points.release()
            answers = []

            def is_out():
                with h1(site.port, cert=pki.alice, sni=ASKING) as client:
                    answers.append(Visitor(client, ASKING).ask("/fetched"))
                return answers[-1].status == 403

            assert site.wait_for(is_out, 30)
            assert_word(site, answers[-1], "revoked")


# the end of a process

def test_threads_leave_nothing_behind(pki):
    """At the end of a process OpenSSL gives back what it has for each thread, and so does a thread that ends
    just then: threads of ours have nothing while they are idle."""
    with Points() as points, Person(pki) as person:
        url = points.put("/staff.crl", crls.make(pki.staff_ca))
        site = make(pki, profile("listed", "MTLSCRLFile @ROOT@/conf/staff.crl", "MTLSCRLCheck leaf",
                                 trust=ISSUING)
                    + profile("fetched", "MTLSCRLFetch " + url, "MTLSCRLFetch certificates",
                              "MTLSFetchHosts 127.0.0.1", "MTLSCRLCheck leaf missing-ok", trust=ISSUING)
                    + profile("asked", *ASK) + hosts(["listed", "fetched", "asked"]),
                    log_level="warn mtls:trace2", mpm="prefork", mpm_config=FOUR)
        named = pki.issue(new_label(), pki.staff_ca, crl_urls=[points.put("/other.crl",
                                                                         crls.make(pki.staff_ca))])
        site.environment = {"LD_PRELOAD": os.path.join(BUILD, ".libs", "ends.so")}
        files.replace(site.path("conf", "staff.crl"), crls.make(pki.staff_ca))
        # Where one list says all, the other is not wanted: the first one comes later than its certificate.
        with points.held(), site:
            assert_let_in(site, person.cert, "/asked")
            assert_let_in(site, named, "/fetched")
            points.release()
            points.await_requests(2, 30)
            files.replace(site.path("conf", "staff.crl"), crls.make(pki.staff_ca, [pki.noeku], number=2))
            assert site.wait_for(lambda: "trust profile listed reloaded" in site.log(), 30)
            children = children_of(site)
            assert site.wait_for(lambda: all(re.search(r"\[pid %d\b.*files looked at" % pid, site.log())
                                             for pid in children), 30), "a child does not begin"
            site.process.send_signal(signal.SIGTERM)
            assert site.wait_for(lambda: not site.process.poll() is None, 30)
            told = re.findall(r"TEST_ENDS: process (\d+): (.*)", site.log())
            ended = {int(pid) for pid, what in told if what == "threads have ended"}
            assert children <= ended, (children, told)
            assert {what for _, what in told} == {"threads have ended"}, told


# F-22: many restarts

RESTARTS = 12


def parent_of(site):
    return private_kib(site.process.pid), descriptors(site.process.pid)


def test_F_22_many_restarts(pki):
    """Graceful and not: everything is in force after each, and the parent holds no more than before."""
    with Points() as points, Person(pki) as person:
        with living(pki, points) as site:
            marks = []
            for number in range(RESTARTS):
                restart(site, (signal.SIGUSR1, signal.SIGHUP)[number % 2])
                assert_let_in(site, pki.alice, "/listed")
                assert_kept_out(site, pki.noeku, "/listed", "revoked")
                assert_let_in(site, person.cert, "/asked")
                marks.append(parent_of(site))
            assert len({len(opened) for _, opened in marks[2:]}) == 1, marks
            assert marks[-1][0] - marks[3][0] < 1024, [kib for kib, _ in marks]
            assert site.wait_for(lambda: len(children_of(site)) == 1, 30), "a child stays"


# F-24: children that are killed

def child_that_talks_to(site, port):
    """Which of them has a connection to the port, as in proc(5)."""
    with open("/proc/net/tcp", encoding="ascii") as f:
        rows = [line.split() for line in f][1:]
    sockets = {"socket:[%s]" % r[9] for r in rows if r[2].endswith(":%04X" % port)}
    for pid in children_of(site):
        folder = "/proc/%d/fd" % pid
        for name in os.listdir(folder):
            with contextlib.suppress(OSError):
                if os.readlink(os.path.join(folder, name)) in sockets:
                    return pid
    raise AssertionError("nobody talks to port %d" % port)


def test_F_24_killed_in_the_middle_of_a_question(pki):
    """The others wait for the one who asks, no longer than he could live, and then ask themselves."""
    lines = ["MTLSOCSP leaf", "MTLSOCSPTimeout 6s", "MTLSFetchHosts 127.0.0.1"]
    with Person(pki) as person, make(pki, profile("asked", *lines) + hosts(["asked"]),
                                     mpm="prefork") as site:
        person.responder.manner = service.silent
        client = h1(site.port, cert=person.cert, sni=ASKING)
        client.conn.send(client.head("/asked", host=ASKING)[0])
        person.responder.await_hits(person.cert, 1, 30)
        os.kill(child_that_talks_to(site, person.responder.port), signal.SIGKILL)
        person.responder.manner = service.plain

        def is_let_in():
            with h1(site.port, cert=person.cert, sni=ASKING) as other:
                return Visitor(other, ASKING).ask("/asked").status == 200

        assert site.wait_for(is_let_in, 20), "its lease outlived it"
        client.close()
        assert_let_in(site, person.cert, "/asked")


def test_F_24_killed_while_the_cache_is_written(pki):
    """Children are killed wherever they are, again and again; whatever of the cache they held is free, and
    nothing wrong is read there."""
    with Responder(pki.staff_ca) as responder, make(
            pki, profile("asked", *ASK) + hosts(["asked"]), mpm="prefork") as site:
        crowd = [pki.issue(new_label(), pki.staff_ca, ocsp_url=responder.url())
                 for _ in range(80)]
        for cert in crowd[::2]:
            responder.say(cert, "revoked")
        stop, wrong, counts = threading.Event(), [], [0, 0]

        def ask_all(first):
            turn = first
            while not stop.is_set():
                turn += 1
                number = turn * 7 % len(crowd)
                try:
                    with h1(site.port, cert=crowd[number], sni=ASKING) as client:
                        answer = client.ask("/asked", host=ASKING, headers=[PROBLEM])
                except OSError:  # of a child that was killed
                    counts[1] += 1
                    continue
                counts[0] += 1
                expected = 403 if number % 2 == 0 else 200
                # nobody knows what a child has learnt that was killed while it asked
                lost = answer.status == 503 and reason(answer) == "ocsp-unreachable"
                if answer.status != expected and not lost:
                    wrong.append((number, repr(answer)))

        threads = [threading.Thread(target=ask_all, args=(i * 20,)) for i in range(4)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(12):
                before = counts[0]
                assert site.wait_for(lambda b=before: counts[0] > b + 10 or wrong, 60), \
                    "nobody is served any more"
                os.kill(max(children_of(site)), signal.SIGKILL)
        finally:
            stop.set()
            for thread in threads:
                thread.join(60)
        assert not wrong, wrong[:3]

        def is_known(cert):
            with h1(site.port, cert=cert, sni=ASKING) as client:
                return Visitor(client, ASKING).ask("/asked").status != 503

        for number, cert in enumerate(crowd[:10]):
            assert site.wait_for(lambda c=cert: is_known(c), 60), "who was killed still asks"
            if number % 2 == 0:
                assert_kept_out(site, cert, "/asked", "revoked")
            else:
                assert_let_in(site, cert, "/asked")
