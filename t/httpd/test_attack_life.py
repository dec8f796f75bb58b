# SPDX-License-Identifier: Apache-2.0
"""What lives how long: variables across redirects and identities, memory of long connections, and
restarts under load (F-21, F-22, F-23).
"""
import os
import signal
import statistics
import threading

import pytest

from mtlstest.clients import h1
from mtlstest.oracle import new_case
from mtlstest.server import Httpd
from mtlstest.sites import PARTNER, STAFF, TRUST, assert_ran, location, vhost
from mtlstest.tls import TlsError
from mtlstest.vitals import private_kib

WAYS = {"1.2": dict(version="1.2"), "1.3": dict(version="1.3", pha=True)}

PLACES = (
    STAFF + PARTNER
    + location("/chain", "MTLSVerifyClient require", "MTLSAccept staff", "MTLSExport chain")
    + """
<Location /include.shtml>
  SetHandler none
  AddType text/html .shtml
  AddOutputFilter INCLUDES .shtml
  Options +Includes
  MTLSVerifyClient require
  MTLSAccept staff
</Location>
<Location /hop>
  Action hop /partner/page virtual
  SetHandler hop
  MTLSVerifyClient require
  MTLSAccept staff
</Location>
""")


@pytest.fixture(scope="module")
def site(serve):
    httpd = serve(
        TRUST + "MTLSStepUpLimit waiters=100 attempts=8\n"
        'LogFormat "%{X-Case}i|%{MTLS_SUBJECT}e|%{MTLS_PROFILE}e" told\n'
        "CustomLog @ROOT@/logs/told.log told\n" + vhost("localhost", PLACES),
        modules=["include", "mime", "actions"], name="life")
    httpd.write("htdocs/include.shtml",
                '<!--#echo var="MTLS_SUBJECT" -->|<!--#include virtual="/chain/part" -->|'
                '<!--#include virtual="/partner/part" -->|'
                '<!--#echo var="MTLS_SUBJECT" -->,<!--#echo var="MTLS_PROFILE" -->')
    return httpd


def both_proven(site, pki, way):
    client = h1(site.port, cert=pki.alice, **WAYS[way])
    assert_ran(site, client.ask("/staff"), pki.alice)
    client.conn.use(pki.bob)
    assert_ran(site, client.ask("/partner"), pki.bob)
    return client


@pytest.mark.parametrize("way", WAYS)
def test_variables_of_a_request_outlive_its_subrequests(site, pki, way):
    with both_proven(site, pki, way) as client:
        for _ in range(3):
            answer = client.ask("/include.shtml")
            first, _, _, last = answer.text.strip().split("|")
            assert first == pki.alice.subject, answer.text
            assert last == pki.alice.subject + ",staff", answer.text
            parts = {x["path"]: x["env"]["MTLS_SUBJECT"] for x in site.oracle.lines(answer.case)}
            assert parts == {"/partner/part": pki.bob.subject, "/chain/part": pki.alice.subject}


@pytest.mark.parametrize("way", WAYS)
def test_variables_of_a_request_outlive_its_redirect(site, pki, way):
    with both_proven(site, pki, way) as client:
        for _ in range(3):
            answer = client.ask("/hop")
            env = site.oracle.one(answer.case)["env"]
            assert env["MTLS_SUBJECT"] == pki.bob.subject
            assert env["REDIRECT_MTLS_SUBJECT"] == pki.alice.subject
            assert env["REDIRECT_MTLS_PROFILE"] == "staff"


@pytest.mark.parametrize("way", WAYS)
def test_variables_of_a_request_outlive_the_next_one(site, pki, way):
    """Pipelined: the log line of one is written when the next has been decided."""
    with both_proven(site, pki, way) as client:
        wanted, octets = [], b""
        for i in range(20):
            path, who, profile = (("/staff", pki.alice, "staff"), ("/partner", pki.bob, "partner"))[
                i % 2]
            head, case = client.head(path)
            octets += head
            wanted.append((case, "%s|%s|%s" % (case, who.subject, profile)))
        client.conn.send(octets)
        for case, _ in wanted:
            assert client.read(case).status == 200
    for case, line in wanted:
        found = site.wait_for(lambda c=case: [x for x in site._read(site.path(
            "logs", "told.log")).splitlines() if x.startswith(c + "|")])
        assert found == [line]


def resident(site):
    """KiB of all the server's processes."""
    total = 0
    for pid in os.listdir("/proc"):
        if pid.isdigit():
            try:
                with open("/proc/%s/stat" % pid, encoding="ascii", errors="replace") as f:
                    fields = f.read().rpartition(")")[2].split()
                if int(fields[2]) == site.process.pid:
                    with open("/proc/%s/statm" % pid, encoding="ascii") as f:
                        total += int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
            except (FileNotFoundError, ProcessLookupError):
                pass
    return total


@pytest.fixture(scope="module")
def quiet(serve):
    """No trace and no oracle where thousands of requests go."""
    httpd = serve(TRUST + "MTLSStepUpLimit waiters=100 attempts=3\n"
                 "<VirtualHost *:@PORT@>\nServerName localhost\nSSLEngine on\n@SERVERCERT@\n" + STAFF + PARTNER
                 + location("/chain", "MTLSVerifyClient require", "MTLSAccept staff",
                            "MTLSExport chain")
                 + location("/welcome", "MTLSVerifyClient optional", "MTLSAccept third")
                 + "</VirtualHost>\n", name="quiet", log_level="warn")
    for name in ("staff", "partner", "chain", "welcome", "x"):
        httpd.write("htdocs/" + name, "x")
    return httpd


ROUNDS = 5


def growth(site, once):
    """KiB that the server has more after a usual one of some rounds: what is kept for each request shows in
    all of them, a thread's first use in few."""
    grown = []
    for _ in range(ROUNDS):
        before = resident(site)
        once()
        grown.append(resident(site) - before)
    print("\nKiB more after each round: %r" % grown)
    return statistics.median(grown)


def hammer(client, paths, count, batch=50):
    """Statuses of count requests, sent some at a time."""
    statuses = {}
    for at in range(0, count, batch):
        heads = b"".join(client.head(paths[i % len(paths)])[0] for i in range(at, at + batch))
        client.conn.send(heads)
        for _ in range(batch):
            status = client.read().status
            statuses[status] = statuses.get(status, 0) + 1
    return statuses


@pytest.mark.parametrize("way", WAYS)
def test_memory_of_a_long_connection(quiet, pki, way):
    """Two identities, three places, refused ones too: nothing is kept for each request."""
    with h1(quiet.port, cert=pki.alice, **WAYS[way]) as client:
        assert client.ask("/staff").status == 200
        client.conn.use(pki.bob)
        assert client.ask("/partner").status == 200
        paths = ["/staff", "/partner", "/chain", "/x", "/staff"]
        assert hammer(client, paths, 2000) == {200: 2000}

        def once():
            assert hammer(client, paths, 2000) == {200: 2000}

        grown = growth(quiet, once)
        assert grown < 128, "%d KiB more after 2000 requests" % grown


@pytest.mark.parametrize("way", WAYS)
def test_memory_of_refused_attempts(quiet, pki, way):
    with h1(quiet.port, cert=pki.foreign, **WAYS[way]) as client:
        for _ in range(4):
            assert client.ask("/staff").status == 403
        asked = client.conn.requests
        hammer(client, ["/staff", "/partner", "/welcome"], 500, batch=1)
        grown = growth(quiet, lambda: hammer(client, ["/staff", "/partner", "/welcome"], 750, batch=1))
        assert client.conn.requests == asked <= 3
        assert grown < 128, "%d KiB more after 750 refusals" % grown


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_F_22_F_23_graceful_restarts_under_load(pki, mpm):
    """Clients go on through twenty restarts; what they may and may not do stays the same."""
    config = (TRUST + "GracefulShutdownTimeout 5\nMTLSStepUpLimit waiters=100 attempts=3\n"
              "SSLSessionTickets on\nProtocols h2 http/1.1\n"
              + vhost("localhost", STAFF + PARTNER)
              + vhost("asked.example.test", "MTLSVerifyClient optional\nMTLSAccept staff\n"))
    with Httpd(pki, config, name="restart", mpm=mpm, log_level="notice",
               modules=["http2"] if mpm == "event" else []) as httpd:
        stop, problems, served = threading.Event(), [], [0]

        def go_on(number):
            way = ("1.2", "1.3")[number % 2]
            cert = (pki.alice, pki.foreign, None)[number % 3]
            session = None
            while not stop.is_set():
                case = new_case("restart")
                name = ("localhost", "asked.example.test")[number // 2 % 2]
                try:
                    with h1(httpd.port, sni=name, cert=cert, session=session,
                            **WAYS[way]) as client:
                        for _ in range(3):
                            answer = client.ask("/staff", host=name, case=case)
                            if name != "localhost":
                                continue
                            if cert is pki.alice and answer.status == 200:
                                served[0] += 1
                            elif cert is pki.alice or answer.status != 403:
                                problems.append(repr(answer))
                        session = client.conn.session()
                except (TlsError, OSError):
                    session = None
                if name != "localhost" or cert is pki.alice:
                    bad = [x for x in httpd.oracle.lines(case)
                           if x["ssl_client_verify"] == "SUCCESS"]
                else:
                    bad = httpd.oracle.lines(case)
                problems.extend(bad)

        threads = [threading.Thread(target=go_on, args=(i,)) for i in range(6)]
        for thread in threads:
            thread.start()
        try:
            marks = []
            for number in range(1, 21):
                before = served[0]
                httpd.process.send_signal(signal.SIGUSR1)
                assert httpd.wait_for(lambda n=number: httpd.log().count(
                    "resuming normal operations") > n, 60), httpd.log_tail(0)
                assert httpd.wait_for(lambda b=before: served[0] > b + 2 or problems, 60)
                if number in (5, 20):
                    marks.append(private_kib(httpd.process.pid))
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert not problems, problems[:3]
        assert marks[1] - marks[0] < 3000, "the parent grew from %d to %d KiB" % tuple(marks)
