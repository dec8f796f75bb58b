# SPDX-License-Identifier: Apache-2.0
"""How long tickets, codes and states last, and what ends them before: clocks, keys, lists, rules.

S-11 S-25 S-28 S-29 F-45.  The wall clock of the servers is moved by tests (t/httpd/clock).
"""
import datetime
import os
import signal

import pytest

from mtlstest import crls, files, service, stepping
from mtlstest.clock import Clock
from mtlstest.responder import Person
from mtlstest.roundtrip import Browser, Url
from mtlstest.sites import location
from mtlstest.stepping import (CERT, KEYS, PLACES, REQUIRE, TICKET, WWW, app, assert_none_ran, assert_sent,
                               assert_served, assert_stopped, endpoint, hops_until, start_of, visit)

MINUTE, HOUR = 60, 3600
LISTED = """
<MTLSTrust listed>
  MTLSCACertificateFile @PKI@/staff_root.leaf.pem
  MTLSIntermediateFile @PKI@/staff_ca.leaf.pem
  MTLSCRLFile @ROOT@/conf/staff.crl
  MTLSCRLCheck leaf
</MTLSTrust>
<MTLSTrust living>
  MTLSCACertificateFile @ROOT@/conf/living.pem
</MTLSTrust>
"""
MORE = "".join([
    location("/listed", *REQUIRE, "MTLSAccept listed"), location("/living", *REQUIRE, "MTLSAccept living"),
    location("/young", *REQUIRE, "MTLSAccept staff", "MTLSMaxProofAge 20m"),
    location("/brief", *REQUIRE, "MTLSAccept staff", "MTLSMaxProofAge 10s")])


def write_list(site, pki, revoked=(), number=1):
    """Of the CA that issues walkers; in force for years, as clocks are moved."""
    octets = crls.make(pki.staff_ca, list(revoked), number=number, this=-30 * 86400, until=900 * 86400)
    files.replace(site.path("conf", "staff.crl"), octets)


def make(pki, name, lines="MTLSTicketTime idle=10m total=1h skew=30s\n", interval="1s", **more):
    head = "MTLSReloadInterval %s\n" % interval + LISTED
    hosts = app(lines=lines, places=PLACES + MORE) + endpoint(accept="staff partner listed living")
    made = stepping.site(pki, hosts, name=name, head=head, **more)
    write_list(made, pki)
    files.replace(made.path("conf", "living.pem"), pki.staff_root.pem)
    return made


@pytest.fixture
def at(pki):
    """(site, its clock): one for each test, for tickets know no way back in time."""
    made = make(pki, "lifetime", keys=stepping.key_file(pki.path("lifetime.keys"), KEYS[1]))
    with Clock(made) as clock, made:
        yield made, clock


@pytest.fixture
def alice(pki):
    return stepping.person(pki, after=pki.now + datetime.timedelta(days=900))


def try_again(site, browser, who, path="/staff"):
    """Served there at once; the hop."""
    hop = browser.open(site.url(path))
    assert_served(site, hop, who, path)
    return hop


def assert_over(site, browser, word, path="/staff"):
    """A page is sent to step up again, a script is told to; the log says why."""
    ticket = browser.jar.value(WWW, TICKET)
    assert ticket
    site.mark()
    told = browser.fetch(site.url(path), site.url("/open"))
    assert_stopped(site, told, "step-up-required", 401)
    browser.jar.set(WWW, TICKET, ticket)
    hop = browser.open(site.url(path))
    assert_sent(site, hop)
    assert "a ticket does not count: " + word in site.log_tail()
    browser.jar.set(WWW, TICKET, ticket)


# idle and total

def test_S_11_idle(at, alice):
    """Ten minutes and the skew, from the last use that was written down."""
    site, clock = at
    with site.browser(alice, CERT) as browser:
        visit(site, browser, "/staff", alice)
        clock.set(9 * MINUTE + 50)
        try_again(site, browser, alice)
        clock.pass_by(9 * MINUTE + 50)
        try_again(site, browser, alice)
        clock.pass_by(10 * MINUTE + 32)
        assert_over(site, browser, "ticket-expired")


def test_S_11_total(at, alice):
    """Whoever is busy has an hour, and no skew."""
    site, clock = at
    with site.browser(alice, CERT) as browser:
        visit(site, browser, "/staff", alice)
        for minute in range(5, 60, 6):
            clock.set(minute * MINUTE)
            try_again(site, browser, alice)
        clock.set(HOUR - 20)
        try_again(site, browser, alice)
        clock.set(HOUR + 1)
        assert_over(site, browser, "ticket-expired")
        hops = visit(site, browser, "/staff", alice)
        assert len(hops) == 4, "the next one counts"


def test_S_11_a_copy_is_not_kept_alive_by_the_original(at, alice):
    """What is idle is the ticket as it was written, whoever uses another edition of it."""
    site, clock = at
    with site.browser(alice, CERT) as browser:
        visit(site, browser, "/staff", alice)
        first = browser.jar.value(WWW, TICKET)
        for minute in 5, 10, 14:
            clock.set(minute * MINUTE)
            try_again(site, browser, alice)
        with Browser(program=True) as thief:
            hop = thief.open(site.url(), headers=[("Cookie", TICKET + "=" + first)])
            assert_none_ran(site, hop)


def test_refreshed_after_a_tenth(at, alice):
    """Then, and not before; in a way that caches understand."""
    site, clock = at
    with site.browser(alice, CERT) as browser:
        visit(site, browser, "/staff", alice)
        first = browser.jar.value(WWW, TICKET)
        clock.set(50)
        assert try_again(site, browser, alice).set_cookie(TICKET) is None
        clock.set(65)
        hop = try_again(site, browser, alice)
        found = hop.set_cookie(TICKET)
        assert found is not None and found.value != first and found.max_age is None
        assert {"secure", "httponly"} <= set(found.attributes) and not found.fault
        assert 'no-cache="Set-Cookie"' in (hop.header("Cache-Control") or ""), hop
        assert try_again(site, browser, alice).set_cookie(TICKET) is None


def test_never_longer_than_the_certificate(at, pki):
    """Its end has no skew."""
    site, clock = at
    now = datetime.datetime.utcnow().replace(microsecond=0)
    soon = stepping.person(pki, after=now + datetime.timedelta(seconds=20 * MINUTE))
    with site.browser(soon, CERT) as browser:
        visit(site, browser, "/staff", soon)
        clock.set(9 * MINUTE)
        try_again(site, browser, soon)
        clock.set(20 * MINUTE + 1)
        told = browser.fetch(site.url(), site.url("/open"))
        assert_none_ran(site, told)
        assert told.status in (401, 403), told
        hops = browser.go(site.url())
        assert_none_ran(site, *hops)
        assert hops[-1].status == 403 and "expired" in hops[-1].text


def test_max_proof_age_of_a_place(at, alice):
    """A ticket does not make the proof younger; another step-up does."""
    site, clock = at
    with site.browser(alice, CERT) as browser:
        visit(site, browser, "/young", alice)
        for minute in 8, 16:
            clock.set(minute * MINUTE)
            try_again(site, browser, alice, "/young")
        clock.set(21 * MINUTE)
        try_again(site, browser, alice, "/staff")
        hops = visit(site, browser, "/young", alice)
        assert len(hops) == 4, [h.url.text for h in hops]


def test_max_proof_age_at_the_endpoint(at, alice):
    """An HTTP/2 connection there whose proof is too old for the place is told 421; a new one does."""
    site, clock = at
    with site.browser(alice, CERT, protocol="h2") as browser:
        visit(site, browser, "/brief", alice)
        clock.set(11)  # httpd ends idle connections by this clock too, after 30 seconds
        hop = browser.open(site.url("/brief"))
        assert_sent(site, hop)
        del browser.hops[:]
        assert_served(site, browser.walk(hop)[-1], alice)
        assert [(h.url.host, h.status) for h in browser.hops][:2] == [(CERT, 421), (CERT, 302)]
        assert [host for host, _ in browser.handshakes] == [WWW, CERT, CERT]


# clocks that disagree (S-11, F-45)

@pytest.mark.parametrize("off", [20, -20, -5 * MINUTE, -HOUR])
def test_S_11_a_clock_that_is_set(at, alice, off):
    """What counts goes on to count, and the log tells of a clock that went back."""
    site, clock = at
    with site.browser(alice, CERT) as browser:
        visit(site, browser, "/staff", alice)
        clock.set(off)
        try_again(site, browser, alice)
        assert ("the clock has been set back by" in site.log()) == (off < -MINUTE)
    with site.browser(alice, CERT) as browser:
        visit(site, browser, "/staff", alice)


@pytest.mark.parametrize("late", [11 * MINUTE, 2 * HOUR])
def test_S_11_time_does_not_come_again(at, alice, late):
    """What was over is over, whether somebody saw it or not."""
    site, clock = at
    with site.browser(alice, CERT) as browser, site.browser(alice, CERT) as other:
        visit(site, browser, "/staff", alice)
        visit(site, other, "/staff", alice)
        clock.set(late)
        assert_over(site, browser, "ticket-expired")
        for off in (late - 10 * MINUTE, MINUTE, 0, -HOUR):
            clock.set(off)
            assert_over(site, browser, "ticket-expired")
        assert_over(site, other, "ticket-expired")


def test_S_11_the_minute_of_a_code_does_not_come_again(at, alice):
    """Nor the skew after it, though the record is there again."""
    site, clock = at
    with site.browser(alice, CERT) as browser, site.browser() as passer_by:
        code = hops_until(site, browser, "code")
        clock.set(95)
        passer_by.open(site.url("/staff"))
        clock.set(0)
        assert_stopped(site, browser.follow(code), "step-up-invalid")


@pytest.mark.parametrize("off,good", [(50, True), (61, False), (75, False), (95, False), (-20, True), (-HOUR, True)])
def test_S_11_codes(at, alice, off, good):
    """A minute and no more; who comes too late is not called a thief."""
    site, clock = at
    with site.browser(alice, CERT) as browser:
        code = hops_until(site, browser, "code")
        clock.set(off)
        hop = browser.follow(code)
        if good:
            assert hop.status == 302 and hop.set_cookie(TICKET).value, hop
        else:
            assert_stopped(site, hop, "step-up-invalid")


@pytest.mark.parametrize("off,good", [(9 * MINUTE + 50, True), (11 * MINUTE, False), (-20, True),
                                      (-2 * MINUTE, True)])
def test_S_11_states(at, alice, off, good):
    site, clock = at
    with site.browser(alice, CERT) as browser:
        state = hops_until(site, browser, "state")
        clock.set(off)
        hop = browser.follow(state)
        if good:
            assert hop.status == 302, hop
        else:
            assert_stopped(site, hop, "step-up-invalid")


def test_S_11_starts(at, alice):
    """Half a day: a page may stay open over lunch."""
    site, clock = at
    with site.browser(alice, CERT) as browser:
        start = start_of(browser.post(site.url(), b"", site.url("/open")))
        clock.set(12 * HOUR - MINUTE)
        assert_sent(site, browser.open(start))
        clock.set(12 * HOUR + MINUTE)
        assert_stopped(site, browser.open(start), "step-up-invalid")


# keys (S-25)

@pytest.fixture
def keyed(pki):
    """A site of its own, whose keys change."""
    path = stepping.key_file(pki.path("rotated.keys"), KEYS[0])
    with make(pki, "keys", keys=path) as running:
        yield running


def rotate(site, *keys):
    before = site.reloads()
    stepping.key_file(site.keys + "~", *keys)
    os.replace(site.keys + "~", site.keys)
    site.await_reload(before)


def test_S_25_keys_are_added_promoted_and_retired(keyed, pki, alice):
    """Everything under way survives until its key is retired; then one steps up again, and never 5xx."""
    site = keyed
    with site.browser(alice, CERT) as browser:
        visit(site, browser, "/staff", alice)
        state, = [hops_until(site, Browser(certs={CERT: alice}), "state")]
        rotate(site, KEYS[0], KEYS[1])
        try_again(site, browser, alice)
        rotate(site, KEYS[1], KEYS[0])
        try_again(site, browser, alice)
        assert browser.open(state.to.text).status == 302, "a state of the previous key"
        newer = stepping.person(pki)
        with site.browser(newer, CERT) as second:
            visit(site, second, "/staff", newer)
            rotate(site, KEYS[1])
            try_again(site, second, newer)
        assert_over(site, browser, "ticket-unusable")
        assert_stopped(site, browser.open(state.to.text), "step-up-invalid")
        hops = visit(site, browser, "/staff", alice)
        assert len(hops) == 4


def test_S_25_a_broken_file_changes_nothing(keyed, alice):
    """The keys of before stay, and it is said."""
    site = keyed
    with site.browser(alice, CERT) as browser:
        visit(site, browser, "/staff", alice)
        site.mark()
        files.replace(site.keys, b"0" * 64 + b"\n")
        assert site.wait_for(lambda: site.keys in site.log_tail(), 20), "nobody says so"
        try_again(site, browser, alice)
        with Browser(program=True) as other:
            assert_sent(site, other.open(site.url()))
        for key in KEYS:
            assert key not in site.log()


def test_a_random_key_is_kept_over_restarts(pki, alice):
    """Without a file: tickets of before are understood after a graceful restart."""
    with make(pki, "random") as site:
        with site.browser(alice, CERT) as browser:
            state = hops_until(site, browser, "state")
            site.restart(signal.SIGUSR1)
            browser.forget_connections()
            hops = browser.walk(state)
            assert_served(site, hops[-1], alice)


# revoked, changed (S-28, S-29)

def test_S_28_revoked_during_a_ticket(keyed, pki, alice):
    """The next look at the files, and it is over; the next step-up is refused at the endpoint."""
    site = keyed
    with site.browser(alice, CERT) as browser:
        visit(site, browser, "/listed", alice)
        try_again(site, browser, alice, "/listed")
        before = site.reloads()
        write_list(site, pki, [alice], number=2)
        site.await_reload(before)
        ticket = browser.jar.value(WWW, TICKET)
        told = browser.fetch(site.url("/listed"), site.url("/open"))
        assert_none_ran(site, told)
        assert told.status in (401, 403), told
        browser.jar.set(WWW, TICKET, ticket)
        hops = browser.go(site.url("/listed"))
        assert_none_ran(site, *hops)
        assert hops[-1].status == 403 and "revoked" in hops[-1].text, hops[-1]
        assert browser.jar.value(WWW, TICKET) is None or hops[-1].url.host == WWW


ASKED = """
<MTLSTrust asked>
  MTLSCACertificateFile @PKI@/staff_root.leaf.pem
  MTLSIntermediateFile @PKI@/staff_ca.leaf.pem
  MTLSOCSP leaf
  MTLSOCSPTime skew=1s
  MTLSOCSPTimeout 10s
  MTLSFetchHosts 127.0.0.1
</MTLSTrust>
"""


@pytest.fixture(scope="module")
def asking(pki):
    """A site whose place, and its endpoint, ask responders."""
    hosts = app(places=location("/asked", *REQUIRE, "MTLSAccept asked") + location("/open"))
    with stepping.site(pki, hosts + endpoint(accept="asked"), name="asking", head=ASKED) as running:
        yield running


@pytest.mark.parametrize("end,word,status", [("revoked", "revoked", 403), ("silence", "ocsp-unreachable", 503)])
def test_S_28_by_a_responder_during_a_ticket(asking, pki, end, word, status):
    """Asked again when its answer is over: what it says then holds for a ticket, and for the next step-up."""
    site = asking
    with Person(pki) as person, site.browser(person.cert, CERT) as browser:
        person.say(this=-1, until=8)
        visit(site, browser, "/asked", person.cert)
        if end == "revoked":
            person.say("revoked", this=0, until=HOUR)
        else:
            person.responder.manner = service.page(500)
        answers = []

        def is_out():
            answers.append(browser.fetch(site.url("/asked"), site.url("/open")))
            return answers[-1].status != 200

        assert site.wait_for(is_out, 40), "let in for ever"
        assert_stopped(site, answers[-1], word, status)
        with site.browser(person.cert, CERT) as anew:
            hops = anew.go(site.url("/asked"))
            assert_none_ran(site, *hops)
            assert hops[-1].url.host == CERT and hops[-1].status == status, hops[-1]
            assert word in hops[-1].text


def test_S_29_rules_changed_during_a_ticket(keyed, pki, alice):
    """Another set of CAs is another profile: everybody steps up again, by the new rules."""
    site = keyed
    with site.browser(alice, CERT) as browser:
        visit(site, browser, "/living", alice)
        before = site.reloads()
        files.replace(site.path("conf", "living.pem"), pki.staff_root.pem + pki.partner_root.pem)
        site.await_reload(before)
        assert_over(site, browser, "ticket-audience", "/living")
        hops = visit(site, browser, "/living", alice)
        assert len(hops) == 4
        before = site.reloads()
        files.replace(site.path("conf", "living.pem"), pki.partner_root.pem)
        site.await_reload(before)
        for name in browser.jar.names(WWW):
            if name != TICKET:
                browser.jar.drop(WWW, name)  # marks of the rounds so far
        hops = browser.go(site.url("/living"))
        assert_none_ran(site, *hops)
        assert hops[-1].status == 403 and "untrusted-issuer" in hops[-1].text, hops[-1]


def test_S_29_a_change_between_the_hops(keyed, pki, alice):
    """State and code of before, profile of after: no 5xx, and nobody by the old rules."""
    site = keyed
    with site.browser(alice, CERT) as browser:
        code = hops_until(site, browser, "code", "/living")
        before = site.reloads()
        files.replace(site.path("conf", "living.pem"), pki.partner_root.pem)
        site.await_reload(before)
        hops = browser.walk(code)
        assert_none_ran(site, *hops)
        assert hops[-1].status == 403, hops[-1]


# what it costs

def test_one_read_for_each_interval(pki, alice):
    """Many requests, on many connections, of several tickets: one look into the cache for each."""
    with make(pki, "reads", interval="60s") as site:
        people = [alice, stepping.person(pki), stepping.person(pki)]
        browsers = [site.browser(who, CERT) for who in people]
        for browser, who in zip(browsers, people):
            visit(site, browser, "/staff", who)
        reads = site.counter("ticket-reads")
        for _ in range(10):
            for browser, who in zip(browsers, people):
                try_again(site, browser, who)
                browser.forget_connections()
        assert site.counter("ticket-reads") - reads <= len(people)
        assert site.counter("tickets-issued") == len(people)
        for browser in browsers:
            browser.close()


def test_counters(keyed, pki, alice):
    """Each stage counts what it says."""
    site = keyed
    names = ["step-ups-sent", "codes-issued", "codes-refused", "tickets-issued", "tickets-revoked"]
    before = {name: site.counter(name) for name in names}
    with site.browser(alice, CERT) as browser:
        hops = visit(site, browser, "/staff", alice)
        browser.post(site.url("/logout"), b"", site.url("/open"))
        browser.open(hops[2].url.text)
        code = Url(hops[2].url.text).param("c")
        browser.open(site.url("/.mtls/return?c=" + code[:-4] + "AAAA"))
    after = {name: site.counter(name) - before[name] for name in names}
    assert after["step-ups-sent"] == 1 and after["codes-issued"] == 1, after
    assert after["tickets-issued"] == 1 and after["tickets-revoked"] == 1, after
    assert after["codes-refused"] >= 1, after
