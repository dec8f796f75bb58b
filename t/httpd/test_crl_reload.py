# SPDX-License-Identifier: Apache-2.0
"""Lists and CAs that change while the server runs: whoever is revoked is out with the next request.

F-11 F-12 F-13 F-15 F-17 F-18 F-20 T-V05 T-R03.  Each test has a list of its own.  Nothing is waited
for by the clock: the number of the generation in an answer, or a line of the log, says that a
change has been seen.
"""
import contextlib
import datetime
import itertools
import os
import re
import threading
import time

import pytest

from mtlstest import crls, files
from mtlstest.clients import h1, h2
from mtlstest.crls import DAY, HOUR
from mtlstest.revoking import (ASKING, CACHING, LAX, WAYS, Visitor, assert_quiet, assert_word,
                               hosts, profile, resume)
from mtlstest.server import Httpd
from mtlstest.sites import PROBLEM, assert_ran, vhost
from mtlstest.vitals import have_looked, restart

RELOADED, FAULT, SUMMARY = "MTLS0040: ", "MTLS0041: ", "MTLS0042: "
FILES = ["rename", "inplace", "half", "delete", "rights", "rollback", "same", "open", "h2",
         "broken",
         "session", "big", "load", "back", "expire", "shared"]
NAMES = FILES + ["volume", "dir", "anchor", "policy"]

# The issuing CA is the anchor: one list says all.
ISSUING = ["MTLSCACertificateFile @PKI@/staff_ca.leaf.pem"]


def path_of(site, name):
    return site.path("conf", name + ".crl")


def publish(site, pki, name, revoked=(), **more):
    """Another list in place of the one there is, at once."""
    return files.replace(path_of(site, name), crls.make(pki.staff_ca, revoked, **more))


def lines_for(name):
    check = "MTLSCRLCheck leaf"
    if name == "volume":
        return ["MTLSCRLFile @ROOT@/conf/volume/staff.crl", check]
    if name == "dir":
        return ["MTLSCRLPath @ROOT@/conf/lists", check]
    if name in ("anchor", "policy"):
        return []
    return ["MTLSCRLFile @ROOT@/conf/%s.crl" % name, check]


def profiles():
    text = "".join(profile(name, *lines_for(name), trust=ISSUING) for name in NAMES
                   if name != "anchor")
    return text + profile("anchor", trust=["MTLSCACertificateFile @ROOT@/conf/anchor.pem",
                                           "MTLSIntermediateFile @PKI@/staff_ca.leaf.pem"])


def make(pki, interval="100ms", **more):
    """A server that starts with lists of nobody."""
    site = Httpd(pki, "Protocols h2 http/1.1\nMTLSReloadInterval %s\n" % interval + profiles()
                 + hosts(NAMES), modules=["http2"], name="crl-reload", **more)
    for name in FILES:
        publish(site, pki, name)
    volume = files.Volume(site.path("conf", "volume"))
    volume.publish(staff_crl=crls.make(pki.staff_ca))
    os.mkdir(site.path("conf", "lists"), 0o755)
    files.replace(site.path("conf", "lists", "a.crl"), crls.make(pki.staff_ca))
    files.replace(site.path("conf", "anchor.pem"), pki.staff_root.pem)
    return site


@pytest.fixture(scope="module")
def site(pki):
    with make(pki) as running:
        yield running


@pytest.fixture(scope="module")
def many(pki):
    """Four children that serve one connection each."""
    with make(pki, mpm="prefork") as running:
        yield running


# what is seen of it

def number_of(site, answer):
    return int(site.oracle.one(answer.case)["env"]["MTLS_GENERATION"])


def generation(site, visitor, path="/" + LAX):
    """The number of the generation, from a place that lets everybody in."""
    answer = visitor.ask(path)
    assert answer.status == 200, answer
    return number_of(site, answer)


def await_line(site, *words):
    lines = site.wait_for(lambda: [line for line in site.log_tail().splitlines()
                                   if all(word in line for word in words)])
    assert lines, "no log line with %r:\n%s" % (words, site.log_tail())
    return lines[0]


def await_generation(site, visitor, before):
    """A later number than before; the requests of the connection that asks are the only clock."""
    seen = site.wait_for(lambda: [n for n in [generation(site, visitor)] if n > before])
    assert seen, "generation %d stays" % before
    return seen[0]


@contextlib.contextmanager
def connection(site, cert, opener=h1, host=ASKING, **more):
    with opener(site.port, cert=cert, sni=host, **more) as client:
        yield Visitor(client, host)


@contextlib.contextmanager
def watching(site, pki):
    """Somebody whom no list names: his requests say which generation is in use."""
    with connection(site, pki.anna) as visitor:
        yield visitor


def revoke(site, pki, name, act):
    """alice, whose connection is open and let in, is out with the first request after the new
    generation's number has been seen."""
    with connection(site, pki.alice) as alice, watching(site, pki) as watcher:
        assert_ran(site, alice.ask("/" + name), pki.alice)
        before = generation(site, watcher)
        act()
        await_generation(site, watcher, before)
        assert_word(site, alice.ask("/" + name), "revoked")
        assert_ran(site, alice.ask("/" + LAX), pki.alice)
    await_line(site, RELOADED, name)
    assert_quiet(site)


# F-12: ways to replace a list

def test_F_12_renamed_over(site, pki):
    revoke(site, pki, "rename", lambda: publish(site, pki, "rename", [pki.alice], number=2))


def test_F_12_written_in_place(site, pki):
    octets = crls.make(pki.staff_ca, [pki.alice], number=2)
    revoke(site, pki, "inplace", lambda: files.overwrite(path_of(site, "inplace"), octets))


def test_F_12_volume_swapped(site, pki):
    volume = files.Volume(site.path("conf", "volume"))
    octets = crls.make(pki.staff_ca, [pki.alice], number=2)
    revoke(site, pki, "volume", lambda: volume.publish(staff_crl=octets))


def test_F_12_file_added_to_a_directory(site, pki):
    made = files.replace(site.path("conf", "b.made"), crls.make(pki.staff_ca, [pki.alice], number=2))

    def add():
        """The directory changes once: there is no moment with something else in it."""
        os.rename(made, site.path("conf", "lists", "b.crl"))

    with connection(site, pki.alice) as alice, watching(site, pki) as watcher:
        assert_ran(site, alice.ask("/dir"), pki.alice)
        before = generation(site, watcher)
        add()
        await_generation(site, watcher, before)
        assert_word(site, alice.ask("/dir"), "revoked")


def test_F_11_written_in_pieces(site, pki):
    """Half a list is no list: nobody is let in or kept out by it, and the whole one counts."""
    octets = crls.make(pki.staff_ca, [pki.alice], number=2)
    with connection(site, pki.alice) as alice, watching(site, pki) as watcher:
        assert_ran(site, alice.ask("/half"), pki.alice)
        before = generation(site, watcher)
        with files.Unfinished(path_of(site, "half")) as file:
            file.write(octets[:-20])
            await_line(site, SUMMARY)
            assert_ran(site, alice.ask("/half"), pki.alice)
            assert generation(site, watcher) == before
            file.write(octets[-20:])
        await_generation(site, watcher, before)
        assert_word(site, alice.ask("/half"), "revoked")


# what went wrong stays as it was

def stays(site, pki, name, *words):
    """The fault is told once, the list in use stays, and nobody notices."""
    with connection(site, pki.alice) as alice:
        line = await_line(site, FAULT, name, *words)
        summary = await_line(site, SUMMARY)
        number = generation(site, alice)
        assert "generation %d stays in use" % number in summary, summary
        assert_ran(site, alice.ask("/" + name), pki.alice)
    return line


def mended(site, pki, name, number):
    """The next good list counts."""
    site.mark()
    with watching(site, pki) as watcher, connection(site, pki.alice) as alice:
        before = generation(site, watcher)
        publish(site, pki, name, [pki.alice], number=number)
        await_generation(site, watcher, before)
        assert_word(site, alice.ask("/" + name), "revoked")


def test_F_12_deleted(site, pki):
    os.unlink(path_of(site, "delete"))
    stays(site, pki, "delete")
    mended(site, pki, "delete", 2)


def test_F_20_rights_taken_away(site, pki):
    os.chmod(path_of(site, "rights"), 0)
    stays(site, pki, "rights", "Permission denied")
    mended(site, pki, "rights", 2)


def test_F_13_rollback(site, pki):
    """An older edition is refused, whoever is in it; the newer one stays in use."""
    with watching(site, pki) as watcher:
        before = generation(site, watcher)
        publish(site, pki, "rollback", number=300)
        await_generation(site, watcher, before)
    site.mark()
    publish(site, pki, "rollback", [pki.alice], number=299)
    stays(site, pki, "rollback")
    mended(site, pki, "rollback", 301)


def test_F_13_rollback_of_a_revocation(site, pki):
    """The way an attacker would go."""
    with watching(site, pki) as watcher, connection(site, pki.alice) as alice:
        before = generation(site, watcher)
        publish(site, pki, "back", [pki.alice], number=2)
        number = await_generation(site, watcher, before)
        site.mark()
        publish(site, pki, "back", number=1)
        await_line(site, FAULT, "back.crl")
        await_line(site, SUMMARY, "generation %d stays in use" % number)
        assert_word(site, alice.ask("/back"), "revoked")
        site.mark()
        publish(site, pki, "back", number=None, this=-2 * HOUR)
        await_line(site, FAULT, "back.crl")
        assert_word(site, alice.ask("/back"), "revoked")
        publish(site, pki, "back", [pki.alice], number=3)
        await_generation(site, watcher, number)
        assert_word(site, alice.ask("/back"), "revoked")


def test_same_list_again(site, pki):
    """Touched, or renamed over with the same octets, it is another generation that says the
    same."""
    with watching(site, pki) as watcher, connection(site, pki.alice) as alice:
        before = generation(site, watcher)
        with open(path_of(site, "same"), "rb") as f:
            files.replace(path_of(site, "same"), f.read())
        await_generation(site, watcher, before)
        assert_ran(site, alice.ask("/same"), pki.alice)
    assert_quiet(site)


BROKEN = ["empty", "text", "DER cut in the middle", "DER and an octet more",
          "PEM whose second block is cut", "signature flipped", "signed by nobody known",
          "signed with another key", "without nextUpdate", "unknown critical extension",
          "delta without a number", "one good and one of nobody known"]


@pytest.mark.parametrize("fault", BROKEN)
def test_F_11_F_14_broken(site, pki, fault):
    """Never a mixture, never nothing: revoked people stay revoked, the others stay in."""
    octets = crls.broken(pki.staff_ca, pki.partner_root, [pki.alice])[fault]
    with connection(site, pki.alice) as alice, watching(site, pki) as watcher:
        before = generation(site, watcher)
        files.replace(path_of(site, "broken"), octets)
        await_line(site, FAULT, "broken.crl")
        await_line(site, SUMMARY, "generation %d stays in use" % before)
        assert_ran(site, alice.ask("/broken"), pki.alice)
        # the log has said it once, however often the file is looked at
        assert sum(FAULT in line for line in site.log_tail().splitlines()) == 1
        site.mark()
        publish(site, pki, "broken")
        await_generation(site, watcher, before)


def test_F_18_one_good_and_one_broken(site, pki):
    """All of it or nothing: the good half of a change waits for the other."""
    with connection(site, pki.alice) as alice, watching(site, pki) as watcher:
        before = generation(site, watcher)
        files.replace(path_of(site, "broken"), b"nonsense\n")
        await_line(site, SUMMARY)
        site.mark()
        publish(site, pki, "shared", [pki.alice], number=2)
        await_line(site, SUMMARY)
        assert_ran(site, alice.ask("/shared"), pki.alice)
        assert generation(site, watcher) == before
        publish(site, pki, "broken")
        await_generation(site, watcher, before)
        assert_word(site, alice.ask("/shared"), "revoked")


# F-17: every connection, however it was proven

def test_F_17_many_open_connections(site, pki):
    """All of them are out with their very next request, and their neighbours are not."""
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(WAYS[way](site, pki.alice)) for way in WAYS]
        neighbours = [stack.enter_context(WAYS[way](site, pki.anna)) for way in WAYS]
        for visitor in opened:
            assert_ran(site, visitor.ask("/open"), pki.alice)
        watcher = neighbours[0]
        before = generation(site, watcher)
        publish(site, pki, "open", [pki.alice], number=2)
        number = await_generation(site, watcher, before)
        for visitor in opened:
            assert_word(site, visitor.ask("/open"), "revoked")
        for visitor in neighbours:
            assert generation(site, visitor, "/" + LAX) == number


def test_F_17_streams(site, pki):
    with connection(site, pki.alice, h2) as alice, watching(site, pki) as watcher:
        ids = [alice.client.start("/h2", headers=[PROBLEM]) for _ in range(8)]
        for stream in alice.client.finish(*ids):
            assert_ran(site, stream, pki.alice)
        before = generation(site, watcher)
        publish(site, pki, "h2", [pki.alice], number=2)
        await_generation(site, watcher, before)
        ids = [alice.client.start("/h2", headers=[PROBLEM]) for _ in range(8)]
        for stream in alice.client.finish(*ids):
            assert_word(site, stream, "revoked")


def test_F_24_every_child_agrees(many, pki):
    """Four children, one number, one line in the log."""
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connection(many, pki.alice)) for _ in range(4)]
        before = {generation(many, client) for client in clients}
        assert len(before) == 1
        publish(many, pki, "shared", [pki.alice], number=2)
        after = {await_generation(many, client, max(before)) for client in clients}
        assert len(after) == 1
        for client in clients:
            assert_word(many, client.ask("/shared"), "revoked")
        assert many.wait_for(lambda: len(have_looked(many, "loaded")) >= 4)
        assert sum(RELOADED in line for line in many.log_tail().splitlines()) == 1


def test_expires_while_connected(site, pki):
    """A verdict ends with its list: no request that begins afterwards is let in."""
    begun = []

    def refusal(alice):
        begun.append(time.time())
        answer = alice.ask("/expire")
        return answer if answer.status != 200 else None

    with watching(site, pki) as watcher:
        with connection(site, pki.alice) as alice:
            before = generation(site, watcher)
            ends = time.time() + 9
            publish(site, pki, "expire", number=2, until=9)
            number = await_generation(site, watcher, before)
            assert_ran(site, alice.ask("/expire"), pki.alice)
            assert_word(site, site.wait_for(lambda: refusal(alice)), "crl-expired")
            assert time.time() > ends - 1.5, "it ended too early"
            assert len(begun) > 1 and begun[-2] < ends + 1, "let in %.1f s after the end" % (begun[-2] - ends)
        site.mark()
        publish(site, pki, "expire", number=3, until=DAY)
        await_generation(site, watcher, number)
        with connection(site, pki.alice) as alice:
            assert_ran(site, alice.ask("/expire"), pki.alice)


# T-V05: what is resumed

def sessions(site, cert):
    """A session of each kind, with the host it is of and its version."""
    found = []
    for host in (ASKING, CACHING):
        for version in ("1.2", "1.3"):
            with h1(site.port, cert=cert, sni=host, version=version) as client:
                visitor = Visitor(client, host)
                for path in ("/session", "/anchor", "/policy"):
                    assert_ran(site, visitor.ask(path), cert)
                found.append((client.conn.session(), host, version))
    return found


def test_T_V05_added_to_the_list_then_resumed(site, pki):
    kept = sessions(site, pki.alice)
    with watching(site, pki) as watcher:
        before = generation(site, watcher)
        publish(site, pki, "session", [pki.alice], number=2)
        await_generation(site, watcher, before)
    for session, host, version in kept:
        with resume(site, session, host, version) as client:
            visitor = Visitor(client, host)
            assert_word(site, visitor.ask("/session"), "revoked")
            assert_ran(site, visitor.ask("/" + LAX), pki.alice)
    with watching(site, pki) as watcher:  # and back, as a hold is taken back
        before = generation(site, watcher)
        publish(site, pki, "session", number=3)
        await_generation(site, watcher, before)
    for session, host, version in kept:
        with h1(site.port, session=session, sni=host, version=version) as client:
            if client.conn.resumed:
                assert_ran(site, Visitor(client, host).ask("/session"), pki.alice)


def test_T_V05_CA_removed_then_resumed(site, pki):
    kept = sessions(site, pki.alice)
    with connection(site, pki.alice) as alice, watching(site, pki) as watcher:
        assert_ran(site, alice.ask("/anchor"), pki.alice)
        before = generation(site, watcher)
        files.replace(site.path("conf", "anchor.pem"), pki.partner_root.pem)
        await_generation(site, watcher, before)
        answer = alice.ask("/anchor")
        assert not site.oracle.ran(answer.case)
        assert (answer.status, answer.json["reason"]) == (403, "untrusted-issuer")
        with connection(site, pki.bob) as bob:
            assert_ran(site, bob.ask("/anchor"), pki.bob)
    for session, host, version in kept:
        with resume(site, session, host, version) as client:
            answer = Visitor(client, host).ask("/anchor")
            assert answer.status == 403 and not site.oracle.ran(answer.case), answer


# T-V05: a policy that is shortened by a restart

POLICIES = {
    "a pin of somebody else": "MTLSPin sha256:" + "00" * 32,
    "another purpose": "MTLSExtendedKeyUsage serverAuth",
    "a short life": "MTLSMaxLifetime 1d",
    "less depth": "MTLSVerifyDepth 0",
    "lists": "MTLSCRLFile @PKI@/reload-policy.crl\nMTLSCRLCheck leaf",
    "a stronger digest": "MTLSMinDigest sha384",
    "a policy": "MTLSCertificatePolicy 1.2.3.4.5",
}


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_T_V05_policy_shortened_then_resumed(pki, name):
    """Tickets and sessions survive a graceful restart, their rights do not."""
    with contextlib.ExitStack() as stack:
        key = os.path.join(pki.dir, "reload-ticket.key")
        if not os.path.exists(key):
            with open(key, "wb") as f:
                f.write(os.urandom(80))
        before = "SSLSessionTicketKeyFile %s\n" % key
        head = "<MTLSTrust staff>\nInclude @ROOT@/conf/policy.conf\n</MTLSTrust>\n"
        trust = ("MTLSCACertificateFile @PKI@/staff_root.leaf.pem\n"
                 "MTLSIntermediateFile @PKI@/staff_ca.leaf.pem\n")
        site = Httpd(pki, head + vhost("localhost", before + "MTLSVerifyClient require\n"
                                       "MTLSAccept staff\n"), name="policy")
        site.write("conf/policy.conf", site.expand(trust))
        pki.write("reload-policy.crl", crls.make(pki.staff_ca, [pki.alice]))
        stack.enter_context(site)
        kept = []
        for version in ("1.2", "1.3"):
            with h1(site.port, cert=pki.alice, version=version) as client:
                assert_ran(site, client.ask("/"), pki.alice)
                kept.append((client.conn.session(), version))
        for session, version in kept:
            with resume(site, session, "localhost", version) as client:
                assert_ran(site, client.ask("/"), pki.alice)
        site.write("conf/policy.conf", site.expand(trust + POLICIES[name] + "\n"))
        restart(site)
        for session, version in kept:
            with h1(site.port, session=session, version=version) as client:
                answer = client.ask("/")
                assert answer.status in (403, 503), answer
                assert not site.oracle.ran(answer.case)


# F-15, F-16

def looked_at(site, end):
    """When the last look at the files that ended so did, in seconds since the epoch."""
    line = [x for x in site.log_tail().splitlines() if x.endswith("files looked at: " + end)][-1]
    when = re.match(r"\[\w+ (\w+ \d+ [\d:.]+ \d+)\]", line).group(1)
    return datetime.datetime.strptime(when, "%b %d %H:%M:%S.%f %Y").timestamp()


def test_F_15_large_list_off_the_request_path(site, pki):
    """Ten megabytes are read while others are served."""
    octets = crls.many(pki.staff_ca, 310000, [pki.alice], number=2)
    assert len(octets) > 10 << 20
    served, stop, faults = [], threading.Event(), []

    def read_on():
        try:
            with connection(site, pki.anna) as visitor:
                while not stop.is_set():
                    began = time.time()
                    assert visitor.ask("/" + LAX).status == 200
                    served.append((began, time.time()))
        except (AssertionError, OSError, KeyError) as problem:
            faults.append(problem)

    threads = [threading.Thread(target=read_on) for _ in range(2)]
    with connection(site, pki.alice) as alice:
        assert_ran(site, alice.ask("/big"), pki.alice)
        for thread in threads:
            thread.start()
        try:
            files.replace(path_of(site, "big"), octets)
            line = site.wait_for(lambda: [x for x in site.log_tail().splitlines()
                                          if RELOADED in x and "profile big" in x], 60)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert line and "310001" in line[0].replace(",", ""), line
        assert_word(site, alice.ask("/big"), "revoked")
    assert not faults, faults
    # The change was seen, a tick later the list was read, and then it was in use: whoever had to wait
    # for that would not have been served in the second half of the time between.
    seen, loaded = looked_at(site, "changing"), looked_at(site, "loaded")
    meanwhile = [1 for began, ended in served if (seen + loaded) / 2 < began and ended < loaded]
    assert len(meanwhile) >= 3, "%d served in half of %.2f s" % (len(meanwhile), loaded - seen)
    assert loaded - seen < 30, "the list took %.1f s" % (loaded - seen)


def test_F_16_under_load(site, pki):
    """Twenty lists at least, every second one broken, while three connections ask without a pause."""
    faults, stop, served = [], threading.Event(), [0, 0, 0]

    def read_on(place, opener, cert, word):
        try:
            with connection(site, cert, opener) as visitor:
                while not stop.is_set():
                    answer = visitor.ask("/load")
                    assert (answer.status == 200) == (word is None), answer
                    assert site.oracle.ran(answer.case) == (word is None)
                    served[place] += 1
        except (AssertionError, OSError, KeyError) as problem:
            faults.append(problem)

    with watching(site, pki) as watcher:
        before = generation(site, watcher)
        publish(site, pki, "load", [pki.alice], number=2)
        await_generation(site, watcher, before)
        readers = [(h1, pki.alice, "revoked"), (h1, pki.longlife, None), (h2, pki.longlife, None)]
        threads = [threading.Thread(target=read_on, args=(i, *r)) for i, r in enumerate(readers)]
        for thread in threads:
            thread.start()
        try:
            for i in itertools.count():
                if i >= 10 and (faults or min(served) > 20):
                    break
                assert i < 50, served
                site.mark()
                files.replace(path_of(site, "load"), b"nonsense %d\n" % i)
                await_line(site, SUMMARY)
                before = generation(site, watcher)
                publish(site, pki, "load", [pki.alice], number=3 + i)
                await_generation(site, watcher, before)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    assert not faults, faults
