# SPDX-License-Identifier: Apache-2.0
"""What goes wrong around living trust while the server runs: odd bundles, rights, a disk that hangs, a full
or damaged cache, and a clock that jumps.  F-19 F-20 F-25 F-26 F-27 F-45.
"""
import base64
import contextlib
import fcntl
import os
import re
import signal
import subprocess
import threading
import time
import urllib.request

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from mtlstest import crls, files, service
from mtlstest.clients import OPENSSL, h1
from mtlstest.clock import Clock
from mtlstest.crls import HOUR
from mtlstest.living import FAULT, ISSUING, RELOADED, SUMMARY
from mtlstest.pki import DAY, Cert
from mtlstest.responder import Person, Responder, new_label
from mtlstest.revoking import (ASKING, Visitor, assert_kept_out, assert_let_in, assert_word, hosts,
                               profile)
from mtlstest.server import Httpd
from mtlstest.sites import assert_ran, assert_refused
from mtlstest.vitals import children_of

STATUS = ("ExtendedStatus off\n<Location /server-status>\n  SetHandler server-status\n"
          "</Location>\n")
HEAD = "MTLSReloadInterval 100ms\nKeepAliveTimeout 300\n"


def make(pki, config, **more):
    more.setdefault("name", "faults")
    return Httpd(pki, HEAD + config + STATUS, modules=["status"], **more)


def await_line(site, *words, seconds=30):
    lines = site.wait_for(lambda: [line for line in site.log_tail().splitlines()
                                   if all(word in line for word in words)], seconds)
    assert lines, "no log line with %r:\n%s" % (words, site.log_tail())
    return lines[0]


def told(site):
    """The module's lines of the status page, by name."""
    url = "http://127.0.0.1:%d/server-status?auto" % site.plain
    with urllib.request.urlopen(url, timeout=20) as answer:
        return dict(re.findall(r"^MTLS(\S+): (.*)$", answer.read().decode("utf-8"), re.MULTILINE))


@contextlib.contextmanager
def connection(site, cert, **more):
    with h1(site.port, cert=cert, sni=ASKING, **more) as client:
        yield Visitor(client, ASKING)


# F-19: bundles

BULK = 5000 if os.environ.get("MTLS_SOAK_SECONDS") else 500   # to decode a CA takes a millisecond


def pem(der):
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


def bulk(pki):
    """Many CAs, alike but for their names: nobody checks how an anchor is signed."""
    one = pki.issue("bulk", cn="Bulk 00000", ca=True).der
    assert one.count(b"Bulk 00000") == 2
    return b"".join(pem(one.replace(b"Bulk 00000", b"Bulk %05d" % i)) for i in range(BULK))


def md5_root(pki):
    """A root whose own signature is MD5, and somebody below it."""
    key, cert = pki.path("md5.key"), pki.path("md5.pem")
    subprocess.run([OPENSSL, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-md5", "-days", "30",
                    "-subj", "/CN=MD5 root", "-keyout", key, "-out", cert], check=True,
                   capture_output=True)
    with open(cert, "rb") as f, open(key, "rb") as k:
        root = Cert(pki.dir, "md5_root", x509.load_pem_x509_certificate(f.read()),
                    serialization.load_pem_private_key(k.read(), None), None)
    return root, pki.issue("below_md5", root)


def test_F_19_odd_bundle(pki):
    """Thousands of CAs, one of them twice, one expired, one signed with MD5: each is told at the start,
    and whoever has a good certificate comes in; so it is after it was loaded again."""
    root, below = md5_root(pki)
    old = pki.issue("old_root", ca=True, before=pki.now - 9 * DAY, after=pki.now - DAY)
    bundle = (pki.partner_root.pem + bulk(pki) + old.pem + root.pem + pki.staff_root.pem
              + pki.partner_root.pem)
    odd = ["MTLSCACertificateFile @ROOT@/conf/odd.pem"]
    site = make(pki, profile("odd", "MTLSCANames none", trust=odd) + hosts(["odd"]))
    files.replace(site.path("conf", "odd.pem"), bundle)
    with site:
        warned = site.output()
        assert "has expired" in warned and "old_root" in warned, warned
        for cert in (pki.alice, pki.bob, below):
            assert_let_in(site, cert, "/odd")
        with connection(site, pki.third) as third:
            assert_refused(site, third.ask("/odd"), "untrusted-issuer")
        site.mark()
        files.replace(site.path("conf", "odd.pem"), bundle + pki.third_root.pem)
        line = await_line(site, RELOADED, "trust profile odd")
        assert "%d CAs" % (BULK + 5) in line, line
        for cert in (pki.alice, pki.third, below):
            assert_let_in(site, cert, "/odd")


def test_F_19_too_many_names(pki):
    """What clients could not read is told before they fail."""
    site = make(pki, profile("odd", trust=["MTLSCACertificateFile @ROOT@/conf/odd.pem"])
                + hosts(["odd"]))
    files.replace(site.path("conf", "odd.pem"), bulk(pki))
    result = site.check()
    assert result.ok, result
    assert re.search(r"MTLS0002: .*odd.*(CA names|names).*MTLSCANames", result.text), result


# F-20: rights

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives rights up")


def rights_site(pki, *lines, name="rights"):
    site = make(pki, profile("staff", *lines, "MTLSCRLCheck leaf", trust=ISSUING) + hosts(["staff"]),
                name=name)
    os.mkdir(site.path("conf", "lists"), 0o755)
    files.replace(site.path("conf", "lists", "staff.crl"), crls.make(pki.staff_ca))
    return site


FILE = "MTLSCRLFile @ROOT@/conf/lists/staff.crl"


@AS_ROOT
@pytest.mark.parametrize("what", ["lists", "lists/staff.crl"])
def test_F_20_what_the_children_may_not_read(pki, what):
    """Root loads it at the start and says what will happen; then it happens: the old set stays."""
    site = rights_site(pki, FILE)
    shut = site.path("conf", what)
    before = os.stat(shut).st_mode
    os.chmod(shut, before & 0o700)
    with site:
        said = await_start_line(site, "MTLS0002: ", "user nobody may not", "staff.crl")
        assert "cannot be loaded again when it changes" in said, said
        assert_let_in(site, pki.alice, "/staff")
        listed = site.path("conf", "lists", "staff.crl")
        beside = files.replace(listed + ".next", crls.make(pki.staff_ca, [pki.alice], number=2))
        if what.endswith(".crl"):
            os.chmod(beside, 0o600)
        os.replace(beside, listed)
        await_line(site, FAULT, "staff.crl", "Permission denied")
        await_line(site, SUMMARY, "generation 1 stays in use")
        assert_let_in(site, pki.alice, "/staff")
        os.chmod(shut, before)
        await_line(site, RELOADED, "trust profile staff")
        assert_kept_out(site, pki.alice, "/staff", "revoked")


def await_start_line(site, *words):
    """What was said at the start, on the terminal or in the log."""
    text = site.output() + site.log()
    lines = [line for line in text.splitlines() if all(word in line for word in words)]
    assert lines, text
    return lines[0]


@pytest.mark.parametrize("line, what", [(FILE, "lists/staff.crl"),
                                        ("MTLSCRLPath @ROOT@/conf/lists", "lists"),
                                        ("MTLSCRLPath @ROOT@/conf/lists", "lists/staff.crl")])
def test_F_20_writable_by_everyone(pki, line, what):
    """Such a file or directory stops the start; after the start it keeps the old set."""
    site = rights_site(pki, line)
    path = site.path("conf", what)
    os.chmod(path, os.stat(path).st_mode | 0o002)
    result = site.check()
    assert not result.ok and "MTLS0001: " in result.text, result
    assert "writable by everyone" in result.text and path in result.text, result
    os.chmod(path, os.stat(path).st_mode & ~0o002)
    with site:
        assert_let_in(site, pki.alice, "/staff")
        os.chmod(path, os.stat(path).st_mode | 0o002)
        await_line(site, FAULT, "writable by everyone")
        assert_let_in(site, pki.alice, "/staff")


# F-25: a disk that hangs

class Stuck:
    """Nobody else can open the file: open(2) waits for the owner of a lease (fcntl(2), F_SETLEASE), as it
    waits for a file server that is gone."""

    def __init__(self, path):
        self._before = signal.signal(signal.SIGIO, signal.SIG_IGN)
        self._fd = os.open(path, os.O_RDWR)
        try:
            fcntl.fcntl(self._fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        except OSError as problem:
            self.__exit__()
            pytest.skip("no leases in this file system: %s" % problem)

    def is_wanted(self):
        """Whether somebody waits in open(2)."""
        return fcntl.fcntl(self._fd, fcntl.F_GETLEASE) != fcntl.F_WRLCK

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        os.close(self._fd)
        signal.signal(signal.SIGIO, self._before)


def age(site):
    """Seconds since the child looked at its files, as the status page says."""
    text = told(site)["FilesLookedAtAgo"]
    return int(text.split()[0]) if text != "never" else -1


def test_F_25_a_disk_that_hangs(pki):
    """The thread that loads is stuck in open(2).  Nobody else is, and its age tells."""
    site = rights_site(pki, FILE)
    with site:
        assert_let_in(site, pki.alice, "/staff")
        assert site.wait_for(lambda: age(site) == 0)
        path = site.path("conf", "lists", "staff.crl")
        beside = files.replace(path + ".next", crls.make(pki.staff_ca, [pki.alice], number=2))
        with Stuck(beside) as stuck, connection(site, pki.alice) as alice:
            os.replace(beside, path)
            assert site.wait_for(stuck.is_wanted, 30), "nobody opens it"
            slowest, asked = 0.0, 0
            while age(site) < 3 or asked <= 5:
                began = time.monotonic()
                assert_ran(site, alice.ask("/staff"), pki.alice)
                assert_let_in(site, pki.alice, "/staff")
                slowest = max(slowest, time.monotonic() - began)
                asked += 1
            assert slowest < 10, "stuck, as a lease lasts for 45 s: %.1f s" % slowest
            assert told(site)["Generation"] == "1"
            assert stuck.is_wanted()
            site.mark()
        await_line(site, RELOADED, "trust profile staff")
        assert_kept_out(site, pki.alice, "/staff", "revoked")
        assert site.wait_for(lambda: age(site) == 0)


# F-26, F-27: the cache

ASK = ["MTLSOCSP leaf", "MTLSOCSPTimeout 20s", "MTLSFetchHosts 127.0.0.1"]
PREFORK = {"mpm": "prefork"}
TWO = {"mpm": "prefork", "mpm_config": "StartServers 2\nServerLimit 2\nMaxRequestWorkers 2\n"
                                       "MinSpareServers 1\nMaxSpareServers 2\n"}
MEMORY = "shmcb:@ROOT@/logs/mtls_cache(%d)"
SMALLEST = 8192   # octets; less stops the start


def counter(site, name):
    return int(told(site)["Counter-" + name])


def asked(pki, size, mpm=PREFORK, **more):
    return make(pki, "MTLSCache " + MEMORY % size + "\n" + profile("asked", *ASK)
                + hosts(["asked"]), **mpm, **more)


def test_F_26_a_cache_that_is_too_small(pki):
    """What does not fit any more is asked for again; nobody is told anything wrong.

    A child remembers for itself too, so two children take turns: the other one is kept busy.
    """
    with Responder(pki.staff_ca) as responder, asked(pki, SMALLEST, TWO) as site:
        crowd = [pki.issue(new_label(), pki.staff_ca, ocsp_url=responder.url())
                 for _ in range(60)]
        for cert in crowd[::3]:
            responder.say(cert, "revoked")

        def visit():
            for number, cert in enumerate(crowd):
                if number % 3 == 0:
                    assert_kept_out(site, cert, "/asked", "revoked")
                else:
                    assert_let_in(site, cert, "/asked")

        with contextlib.ExitStack() as second:
            with connection(site, pki.alice):
                visit()
                second.enter_context(connection(site, pki.alice))
            visit()
        assert responder.count() > len(crowd), "the cache held them all"
        assert counter(site, "ocsp-asked") == responder.count()
        assert counter(site, "cache-refused") == 0


class Shared:
    """Memory that a process shares with others, as proc(5) shows it: the one mapping of this size."""

    def __init__(self, pid, size):
        self._path = "/proc/%d/mem" % pid
        with open("/proc/%d/maps" % pid, encoding="utf-8") as f:
            found = [tuple(int(at, 16) for at in line.split()[0].split("-"))
                     for line in f if line.split()[1] == "rw-s"]
        self.start, self.end = min(found, key=lambda row: abs(row[1] - row[0] - size))
        assert size <= self.end - self.start < size + 8192, found

    def read(self):
        with open(self._path, "rb") as f:
            f.seek(self.start)
            return f.read(self.end - self.start)

    def write(self, at, octets):
        with open(self._path, "r+b", buffering=0) as f:
            f.seek(self.start + at)
            assert f.write(octets) == len(octets)


def spoil_value(shared, before):
    """Change what has been written there since: most of the longest run of octets that differ."""
    now = shared.read()
    different = bytes(int(a != b) for a, b in zip(before, now))
    start, end = max((m.span() for m in re.finditer(b"\x01(?:.{0,2}\x01)*", different, re.DOTALL)),
                     key=lambda span: span[1] - span[0])
    assert end - start > 60, "nothing was written"
    shared.write(end - 40, bytes(octet ^ 0x55 for octet in now[end - 40:end]))


@AS_ROOT
def test_F_27_damaged_memory(pki):
    """A value that is not as one of us has written it is refused, counted, and asked for again."""
    size = 300000  # unlike that of sessions
    with asked(pki, size) as site, Person(pki) as person, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connection(site, person.cert)) for _ in range(4)]
        shared = Shared(min(children_of(site)), size)
        before = shared.read()
        assert_ran(site, clients[0].ask("/asked"), person.cert)
        assert_ran(site, clients[1].ask("/asked"), person.cert)
        assert person.hits == 1, "the second child did not find it"
        person.say("revoked")
        spoil_value(shared, before)
        assert_word(site, clients[2].ask("/asked"), "revoked")
        assert person.hits == 2
        assert counter(site, "cache-refused") >= 1


# F-45: the clock

def put_list(site, pki, number):
    """A list that is in force from four hours ago until an hour from now."""
    octets = crls.make(pki.staff_ca, number=number, this=-4 * HOUR, until=HOUR)
    files.replace(site.path("conf", "lists", "staff.crl"), octets)


def test_F_45_the_clock_jumps(pki):
    """Validity follows the wall clock, in both directions; the looks at files do not."""
    site = rights_site(pki, FILE, name="clock")
    put_list(site, pki, 1)
    with Clock(site) as clock, site:
        assert_let_in(site, pki.alice, "/staff")
        for number, off in enumerate((2 * HOUR, -2 * HOUR, 0), 2):
            clock.set(off)
            late = off > 0
            if late:
                assert_kept_out(site, pki.alice, "/staff", "crl-expired")
            else:
                assert_let_in(site, pki.alice, "/staff")
            site.mark()
            put_list(site, pki, number)
            await_line(site, RELOADED, "trust profile staff")
            if late:
                assert_kept_out(site, pki.alice, "/staff", "crl-expired")
        assert_let_in(site, pki.alice, "/staff")


@pytest.mark.parametrize("off", [HOUR, -HOUR])
def test_F_45_a_jump_while_a_responder_is_silent(pki, off):
    """The deadline is of the time that passes."""
    site = make(pki, profile("asked", "MTLSOCSP leaf", "MTLSOCSPTimeout 2s",
                             "MTLSFetchHosts 127.0.0.1") + hosts(["asked"]), name="clock")
    answers = []

    def ask(person):
        with connection(site, person.cert) as visitor:
            answers.append(visitor.ask("/asked"))

    with Clock(site) as clock, site, Person(pki) as person:
        person.responder.manner = service.silent
        began = time.monotonic()
        thread = threading.Thread(target=ask, args=(person,))
        thread.start()
        person.responder.await_requests(1, 30)
        clock.set(off)
        thread.join(60)
        took = time.monotonic() - began
        assert_word(site, answers[0], "ocsp-unreachable")
        assert 1.9 < took < 15, took
