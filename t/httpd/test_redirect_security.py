# SPDX-License-Identifier: Apache-2.0
"""Step-up by redirect under attack: the threats S-01 to S-35, one by one.

Threats with a file of their own:
    S-06  targets one by one             t/unit (target)
    S-05  every bit of every token       t/unit (token), here every character of some
    S-10  a cache that is lost           test_redirect_cluster.py; with what S-02 and S-27 are over servers
    S-11  clocks                         test_redirect_lifetime.py, t/unit (claims)
    S-12  out of sight                   test_redirect_hidden.py
    S-15  what is sent, what is told     test_redirect.py; with S-16 S-18 S-20 S-23 S-31 S-34
    S-21  paces and memory               here; the table of counts in t/unit (pace)
    S-25  rotation of keys               test_redirect_lifetime.py; the file in test_redirect_config.py
    S-26  keys in memory                 test_redirect_keys.py, t/unit (secret_memory)
    S-28  revoked in between             test_redirect_lifetime.py; with S-29
    S-35  restarts between hops          test_redirect_cluster.py; with F-21
"""
import contextlib
import re
import socket
import threading
import urllib.parse

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from mtlstest import stepping
from mtlstest.clients import h1, h2
from mtlstest.http1 import Http1
from mtlstest.raw_answers import (certificate_only, certificate_verify_by_another_key,
                                  no_certificate_verify, spoilt_certificate_verify, spoilt_finished,
                                  without_finished)
from mtlstest.raw_common import Closed, RawError, request
from mtlstest.raw_site import Site as RawSite
from mtlstest.roundtrip import Browser, Url
from mtlstest.sites import PROBLEM, location, vhost
from mtlstest.stepping import (ATTEMPT, CERT, OTHER, PLACES, REQUIRE, TICKET, WWW, app, assert_none_ran,
                               assert_sent, assert_served, assert_stopped, endpoint, flip, hops_until,
                               raw, start_of, visit)
from mtlstest.tls import Connection

BOUND, ALL, SECOND = "bound.mtls.test", "all.mtls.test", "cert2.mtls.test"
STRANGER, FAR = "stranger.mtls.test", "far.mtls.test"
STRONG = """
<MTLSTrust pinned>
  MTLSCACertificateFile @PKI@/staff_root.leaf.pem
  MTLSIntermediateFile @PKI@/staff_ca.leaf.pem
  MTLSVerifyDepth 1
</MTLSTrust>
"""
BINDING = PLACES + location("/x", *REQUIRE, "MTLSAccept staff")


@pytest.fixture(scope="module")
def site(pki):
    keys = stepping.key_file(pki.path("security.keys"))
    hosts = "".join([
        app(places=PLACES + location("/pinned", *REQUIRE, "MTLSAccept pinned")), app(OTHER),
        app(WWW, port="@PORT2@"),
        app(ALL, places="MTLSVerifyClient require\nMTLSAccept staff\n"),
        app(BOUND, "MTLSTicketBind user-agent\n"),
        app("near.mtls.test", "MTLSTicketBind address\n"),
        # an endpoint that does not know the origins of the others
        app(STRANGER, url="https://%s:@PORT2@/ external" % SECOND),
        # and a host that might be on another server, which the endpoint was told of
        app(FAR, url="https://%s:@PORT2@/ external" % SECOND, places=PLACES + location("/third", *REQUIRE, "MTLSAccept third")),
        endpoint(accept="staff partner pinned", lines="MTLSStepUpOrigin https://%s:@PORT@\n" % FAR),
        endpoint("plainname.mtls.test"),
        app("wild.mtls.test", url="https://*.many.mtls.test:@PORT@/"),
        endpoint("many.mtls.test", "ServerAlias *.many.mtls.test\n"),
        vhost(WWW, location("/staff", *REQUIRE, "MTLSAccept staff") + stepping.STATUS,
              "@PLAIN@").replace(
            "SSLEngine on", "SSLEngine off")])
    with stepping.site(pki, STRONG + hosts, name="security", keys=keys) as running:
        yield running


@pytest.fixture
def alice(pki):
    """One of the staff."""
    return stepping.person(pki)


@pytest.fixture
def victim(site, alice):
    with site.browser(alice, CERT) as browser:
        yield browser


@pytest.fixture
def mallory(site, pki):
    """Somebody with a good certificate of his own."""
    with site.browser(stepping.person(pki), CERT) as browser:
        yield browser


def ticket_of(browser, host=WWW):
    value = browser.jar.value(host, TICKET)
    assert value, "no ticket: %r" % browser.jar.names(host)
    return value


def try_ticket(site, value, path="/staff", host=WWW, port=None, **more):
    """A program that presents this ticket, alone; its hop."""
    with Browser(program=True, **more) as thief:
        return thief.open(site.url(path, host, port), headers=[("Cookie", TICKET + "=" + value)])


def assert_useless(site, hop):
    """The ticket let nobody in: the sender is sent to step up, or refused, and never by 5xx."""
    assert_none_ran(site, hop)
    assert hop.status in (302, 401, 403, 421), hop
    assert not any(c.name == TICKET and c.max_age != 0 for c in hop.cookies), hop


# S-01: somebody else's certificate

def test_S_01_a_code_in_another_browser(site, victim, mallory):
    """Login CSRF: the victim follows a link that mallory's step-up ended with."""
    stolen = hops_until(site, mallory, "code").to.text
    hop = victim.open(stolen, initiator="https://evil.example/")
    assert_stopped(site, hop, "step-up-invalid")
    assert not hop.cookies


def test_S_01_a_code_beside_an_attempt_of_ones_own(site, victim, mallory):
    """The victim's nonce is of another attempt; which goes on afterwards."""
    own = hops_until(site, victim, "code")
    stolen = hops_until(site, mallory, "code")
    hop = victim.open(stolen.to.text, initiator="https://evil.example/")
    assert_stopped(site, hop, "step-up-invalid")
    assert not hop.cookies
    assert_served(site, victim.walk(own)[-1], victim.cert_for(CERT))


def test_S_01_the_right_name_with_another_nonce(site, victim, mallory):
    hop = hops_until(site, mallory, "code")
    name = [n for n in mallory.jar.names(WWW) if ATTEMPT.match(n)][0]
    for value in ("0" * 32, "", mallory.jar.value(WWW, name)[:-1], "done.0011223344556677",
                  mallory.jar.value(WWW, name).upper() + "0", "x" * 600):
        victim.jar.set(WWW, name, value)
        answer = victim.open(hop.to.text)
        assert_stopped(site, answer, "step-up-invalid")
        assert not [c for c in answer.cookies if c.name == TICKET]


def test_S_01_a_state_begun_by_another(site, victim, mallory):
    """Mallory's first hop, the victim's certificate: nobody is let in."""
    begun = hops_until(site, mallory, "state").to.text
    hop = victim.open(begun)
    if hop.location:
        hop = victim.follow(hop)
    assert_stopped(site, hop, "step-up-invalid")
    assert victim.jar.value(WWW, TICKET) is None


def test_S_01_an_attempt_keeps_the_old_ticket_from_nobody(site, victim, mallory):
    """A stolen code refused does not end the session one has."""
    visit(site, victim, "/staff", victim.cert_for(CERT))
    victim.open(hops_until(site, mallory, "code").to.text, initiator="https://evil.example/")
    assert_served(site, victim.open(site.url()), victim.cert_for(CERT))


# S-02: codes

def test_S_02_a_code_twice(site, victim, alice):
    """The second use is refused, and ends the ticket of the first."""
    hop = hops_until(site, victim, "code")
    cookie = victim.jar.field(WWW)
    assert_served(site, victim.walk(hop)[-1], alice)
    ticket = ticket_of(victim)
    assert_served(site, try_ticket(site, ticket), alice)
    again = victim.open(hop.to.text, headers=[("Cookie", cookie)])
    assert_stopped(site, again, "ticket-replayed")
    assert_useless(site, try_ticket(site, ticket))


def test_S_02_a_code_twice_by_a_thief(site, victim, alice):
    """Who has the code but not the nonce gets nothing, and warns: the ticket ends."""
    hop = hops_until(site, victim, "code")
    assert_served(site, victim.walk(hop)[-1], alice)
    ticket = ticket_of(victim)
    with Browser(program=True) as thief:
        again = thief.open(hop.to.text)
        assert_none_ran(site, again)
        assert again.status == 403 and not again.cookies, again
    assert_useless(site, try_ticket(site, ticket))


def test_S_02_a_code_many_times_at_once(site, victim):
    """At most one of many that come together is taken."""
    url = hops_until(site, victim, "code").to.text
    cookie = victim.jar.field(WWW)
    gate, answers = threading.Barrier(8), []

    def come():
        with Browser(program=True, protocol="h1") as one:
            one.open(site.url("/open"))
            gate.wait(20)
            answers.append(one.open(url, headers=[("Cookie", cookie)]))

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == 8
    taken = [hop for hop in answers if hop.status == 302 and hop.set_cookie(TICKET).value]
    assert len(taken) <= 1, answers
    for hop in answers:
        if hop not in taken:
            assert hop.status == 403 and hop.set_cookie(TICKET) is None, hop
    if taken:  # seven came too late, and that is suspicious
        assert_useless(site, try_ticket(site, taken[0].set_cookie(TICKET).value))


def test_S_02_a_state_twice(site, victim, alice):
    """A state may be shown again (reload at the endpoint); each of its codes counts once."""
    state = hops_until(site, victim, "state")
    first, second = victim.follow(state), victim.follow(state)
    assert Url(first.location).param("c") != Url(second.location).param("c")
    assert_served(site, victim.walk(first)[-1], alice)
    assert_stopped(site, victim.follow(second), "step-up-invalid")


# S-03: whose ticket it is

def test_S_03_origins(site, pki):
    """Three origins with one key: a ticket counts at its own.  Each pair has a ticket of its own, since
    a new step-up ends the one that came along."""
    origins = [(WWW, site.port), (OTHER, site.port), (WWW, site.port2)]
    for mine in origins:
        for other in origins:
            who = stepping.person(pki)
            with site.browser(who, CERT) as browser:
                visit(site, browser, "/staff", who, *mine)
                hop = try_ticket(site, ticket_of(browser, mine[0]), "/staff", *other)
            if mine == other:
                assert_served(site, hop, who)
            else:
                assert_useless(site, hop)


@pytest.mark.parametrize("host", ["WWW.MTLS.TEST:%d", "www.mtls.test.:%d", "www.mtls.test",
                                  "evil.example:%d", "www.mtls.test:1", "cert.mtls.test:%d"])
def test_S_03_host_is_no_origin(site, victim, alice, host):
    """However Host is written, a ticket is for one origin, and nobody is sent to another."""
    visit(site, victim, "/staff", alice)
    host = host % site.port if "%" in host else host
    with raw(site, WWW) as client:
        answer = client.ask("/board", host=host)
        assert not site.oracle.ran(answer.case)
        if answer.header("Location"):
            assert Url(answer.header("Location")).host in (CERT, WWW)
    with raw(site, WWW) as client:
        answer = client.ask("/staff", host=host, headers=[
            ("Cookie", TICKET + "=" + ticket_of(victim))])
        for seen in site.oracle.lines(answer.case):
            assert seen["vhost"] == WWW and seen["env"]["MTLS_SUBJECT"] == alice.subject


def test_S_03_a_start_of_another_origin(site, victim):
    """What one host has given out begins nothing at another."""
    start = start_of(victim.fetch(site.url("/api", OTHER), site.url("/open", OTHER)))
    hop = victim.open(site.url("/.mtls/start?" + Url(start).query))
    assert_stopped(site, hop, "step-up-invalid")
    assert_sent(site, victim.open(start))


@pytest.mark.parametrize("port", ["port", "port2"])
def test_S_03_a_code_of_another_origin(site, victim, port):
    """Not even with the right nonce: another host, and another port of the same one."""
    here = (WWW, getattr(site, port))
    from_there = (OTHER, site.port) if port == "port" else (WWW, site.port)
    hop = victim.open(site.url("/staff", *from_there))
    code = victim.follow(hop)
    for name in victim.jar.names(from_there[0]):
        victim.jar.set(here[0], name, victim.jar.value(from_there[0], name))
    answer = victim.open(site.url("/.mtls/return?" + code.to.query, *here))
    assert_stopped(site, answer, "step-up-invalid")


def test_S_03_a_state_at_another_endpoint(site, alice):
    """Each endpoint serves those who send to it."""
    with site.browser(alice, "plainname.mtls.test") as browser:
        state = hops_until(site, browser, "state").to
        hop = browser.open(site.url("/?" + state.query, "plainname.mtls.test"))
        assert_stopped(site, hop, "step-up-invalid")


# S-04: from weak to strong

def test_S_04_another_profile(site, victim, pki, alice):
    """A ticket of the staff is none of the board, nor of a stricter profile of the same CA."""
    visit(site, victim, "/staff", alice)
    for path in "/board", "/pinned":
        assert_useless(site, try_ticket(site, ticket_of(victim), path))


def test_S_04_same_certificate_another_profile(site, pki):
    """Whose certificate the other profile accepts too is let in, and not asked again for each."""
    who = stepping.person(pki, "staff_root")
    with site.browser(who, CERT) as browser:
        visit(site, browser, "/staff", who)
        hops = visit(site, browser, "/pinned", who)
        assert len(hops) == 1


# S-05: forged

def tokens(site, browser):
    """A START, STATE, CODE and TICKET of one browser's walks."""
    told = browser.fetch(site.url("/api"), site.url("/open"))
    start = Url(start_of(told)).param("s")
    state = hops_until(site, browser, "state").to.param("s")
    code = hops_until(site, browser, "code").to.param("c")
    visit(site, browser, "/staff")
    return {"start": start, "state": state, "code": code, "ticket": ticket_of(browser)}


def test_S_05_no_token_is_another(site, victim):
    """Each in the place of each other one."""
    found = tokens(site, victim)
    ways = {
        "start": lambda t: victim.open(site.url("/.mtls/start?s=" + t)),
        "state": lambda t: victim.open(site.url("/?s=" + t, CERT)),
        "code": lambda t: victim.open(site.url("/.mtls/return?c=" + t)),
        "ticket": lambda t: try_ticket(site, t)}
    for slot, use in ways.items():
        for kind, text in found.items():
            if kind == slot:
                continue
            hop = use(text)
            assert_none_ran(site, hop)
            if slot == "ticket":
                assert_useless(site, hop)
            else:
                assert_stopped(site, hop, "step-up-invalid")


def spoilt(text):
    """Changed texts of a token: characters all over, cut, longer, other alphabets."""
    for at in range(0, len(text), 5):
        yield flip(text, at)
    yield from (text[:-1], text[1:], text[: len(text) // 2], text + "A", text + "=", text + "%00",
                text.swapcase(), "A" + text[1:] if text[0] != "A" else "B" + text[1:])


def test_S_05_changed_tickets(site, victim, alice):
    visit(site, victim, "/staff", alice)
    with Browser(program=True) as thief:
        for text in [*spoilt(ticket_of(victim)), "A" * 511, "A" * 4000, "", "="]:
            hop = thief.open(site.url(), headers=[("Cookie", "%s=%s" % (TICKET, text))])
            assert_useless(site, hop)


def test_S_05_changed_states_codes_and_starts(site, victim, alice):
    found = tokens(site, victim)
    for text in [*spoilt(found["code"]), "", "A", "%00", "A" * 3000]:
        assert_stopped(site, victim.open(site.url("/.mtls/return?c=" + text)), "step-up-invalid")
    for text in spoilt(found["start"]):
        assert_stopped(site, victim.open(site.url("/.mtls/start?s=" + text)), "step-up-invalid")
    with site.browser(None, CERT) as browser:
        for text in list(spoilt(found["state"]))[::6] + ["", "A"]:
            assert_stopped(site, browser.open(site.url("/?s=" + text, CERT)), "step-up-invalid")


@pytest.mark.parametrize("query", ["", "?", "?s", "?s=", "?c=x", "?s=A&s=B", "?S=A", "?s=A#x"])
def test_S_05_addresses_that_say_nothing(site, victim, query):
    for url in (site.url("/.mtls/start", WWW), site.url("/.mtls/return", WWW), site.url("/", CERT)):
        with raw(site, Url(url).host) as client:
            target = Url(url).path + query.replace("#", "%23")
            answer = client.ask(target, host=Url(url).authority, headers=[PROBLEM])
            assert answer.status in (403, 400), answer
            assert not site.oracle.ran(answer.case)


def test_S_05_a_parameter_twice(site, victim, alice):
    """Two codes in one address are none."""
    hop = hops_until(site, victim, "code")
    answer = victim.follow(hop, url=hop.to.text + "&c=" + hop.to.param("c"))
    assert_stopped(site, answer, "step-up-invalid")


# S-06: nobody is led astray

TARGETS = ["//evil.example/", "///evil.example/", "/\\evil.example/", "\\\\/evil.example",
           "/%5cevil.example", "/%5C%5Cevil.example", "/%09/evil.example", "/%2f%2fevil.example",
           "/%2Fevil.example/", "/..//evil.example", "/.//evil.example", "/./%2fevil.example",
           "/x/../..//evil.example", "/%0d%0aLocation:%20https://evil.example/", "/%0a/evil.example",
           "/@evil.example", "/?next=//evil.example", "/.mtls/../..//evil.example", "/%00//evil.example",
           "/;//evil.example", "/\x80//evil.example", "/%e2%80%a8//evil", "/a b", "/a\"b<c>", "/%",
           "https://evil.example/", "https:evil.example", "javascript:alert(1)",
           "http://www.mtls.test@evil.example/", "https://www.mtls.test@evil.example/"]


@pytest.mark.parametrize("target", TARGETS, ids=range(len(TARGETS)))
def test_S_06_targets(site, alice, target):
    """From wherever the walk began: Location leads to the endpoint, or back to the origin, nowhere else."""
    with raw(site, ALL) as client:
        head, case = client.head(target, host="%s:%d" % (ALL, site.port),
                                 headers=[("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"),
                                          ("Accept", "text/html")])
        client.send_all(head, b"")
        answer = client.read(case)
    # an absolute target names its host, which is then none of ours
    assert not [seen for seen in site.oracle.lines(case) if seen["vhost"] == ALL]
    if answer.status != 302:
        assert 400 <= answer.status < 500 or target.startswith("http"), answer
        return
    jar_lines = [v for k, v in answer.headers if k == "Set-Cookie"]
    to = Url(answer.header("Location"))
    assert (to.host, to.port, to.path) == (CERT, site.port, "/"), to.text
    with site.browser(alice, CERT) as browser:
        browser.jar.put(ALL, jar_lines)
        hop = browser.open(to.text)
        assert hop.status == 302 and hop.location.startswith(
            "https://%s:%d/.mtls/return?c=" % (ALL, site.port)), hop
        hop = browser.follow(hop)
        found = hop.location
        assert found.startswith("https://%s:%d/" % (ALL, site.port)), hop
        rest = found[len("https://%s:%d" % (ALL, site.port)):]
        assert not re.match(r"/(/|\\|\.+/+/|%2f|%5c|%09)", rest, re.IGNORECASE), rest
        assert not re.search(r"[\x00-\x20\x7f-\xff\\\"<>]", rest), rest


def test_S_06_targets_come_from_nowhere_else(site, victim, alice):
    """Further parameters mean nothing."""
    hop = hops_until(site, victim, "state")
    more = "&next=https://evil.example/&url=//evil.example&return=https://evil.example&c=x"
    hop = victim.follow(hop, url=hop.to.text + more)
    if hop.location is None:
        assert_stopped(site, hop, "step-up-invalid")
        return
    assert hop.to.host == WWW and "evil" not in hop.location
    hop = victim.follow(hop, url=hop.to.text + more.replace("&c=x", ""))
    assert hop.location is None or hop.to.host == WWW and "evil" not in hop.location


def test_S_06_an_endpoint_knows_who_may_send(site, victim, pki):
    """A state of an origin that this endpoint does not serve is refused: keys alone are not enough."""
    hop = victim.open(site.url("/staff", STRANGER))
    assert hop.status == 302 and hop.to.host == SECOND, hop
    answer = victim.open(site.url("/?s=" + hop.to.param("s"), CERT))
    assert_stopped(site, answer, "step-up-invalid")


def at_the_endpoint(site, browser, path):
    """The state of a host that sends elsewhere, shown here; the hop."""
    hop = browser.open(site.url(path, FAR))
    assert hop.to.host == SECOND, hop
    return browser.follow(hop, url=site.url("/?" + hop.to.query, CERT))


def test_S_06_an_origin_that_was_named(site, victim, alice):
    """MTLSStepUpOrigin lets hosts of other servers send their browsers here."""
    hops = victim.walk(at_the_endpoint(site, victim, "/staff"))
    assert hops[-1].url.host == FAR
    assert_served(site, hops[-1], alice, "/staff")


def test_S_04_an_endpoint_judges_by_its_own_profiles(site, pki):
    """What a state names and the endpoint does not accept is not accepted there."""
    with site.browser(stepping.person(pki, "third_root"), CERT) as browser:
        assert_stopped(site, at_the_endpoint(site, browser, "/third"), "step-up-invalid")


# S-07: stolen

class Plain:
    """A connection without TLS."""

    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port), 20)
        self.send, self.close = self.sock.sendall, self.sock.close

    def recv(self):
        return self.sock.recv(65536)


def test_S_07_not_without_tls(site, victim, alice):
    visit(site, victim, "/staff", alice)
    with Http1(Plain(site.plain)) as client:
        answer = client.ask("/staff", host=WWW, headers=[
            ("Cookie", TICKET + "=" + ticket_of(victim)), PROBLEM])
    assert answer.status in (401, 403) and not site.oracle.ran(answer.case), answer
    assert TICKET + "=" not in repr([h for h in answer.headers if "Max-Age=0" not in h[1]])


# S-08: used from elsewhere

def test_S_08_bound_to_the_user_agent(site, alice):
    with site.browser(alice, CERT) as browser:
        visit(site, browser, "/staff", alice, BOUND)
        ticket = ticket_of(browser, BOUND)
        assert_served(site, try_ticket(site, ticket, host=BOUND, agent=browser.agent), alice)
        assert_useless(site, try_ticket(site, ticket, host=BOUND, agent="Else/1.0"))


def test_S_08_bound_to_the_address(site, alice):
    with site.browser(alice, CERT) as browser:
        visit(site, browser, "/staff", alice, "near.mtls.test")
        ticket = ticket_of(browser, "near.mtls.test")
        assert_served(site, try_ticket(site, ticket, host="near.mtls.test", source=browser.source), alice)
        assert_useless(site, try_ticket(site, ticket, host="near.mtls.test", source="127.250.1.1"))


def test_S_08_a_copy_ends_with_the_original(site, victim, alice):
    visit(site, victim, "/staff", alice)
    ticket = ticket_of(victim)
    assert_served(site, try_ticket(site, ticket), alice)
    victim.post(site.url("/logout"), b"", site.url("/open"))
    assert_useless(site, try_ticket(site, ticket))


# S-09: written down

def test_S_09_three_hops_in_the_log(site, victim, alice):
    """The attempt's id joins the stages; the certificate is named by its digest, tickets by theirs."""
    site.mark()
    visit(site, victim, "/staff", alice)
    found = site.wait_for(lambda: re.findall(r"MTLS\d+: step-up ([0-9a-f]{16}):", site.log_tail()))
    assert found, site.log_tail()
    lines = [x for x in site.log_tail().splitlines() if found[0] in x and "MTLS0" in x]
    assert len(lines) == 3, lines
    sent, accepted, back = lines
    assert "for staff" in sent and CERT in sent
    serial = "%X" % alice.certificate.serial_number
    for word in alice.sha256, alice.subject, "profile staff", serial, "issuer":
        assert word in accepted, accepted
    assert re.search(r"code [0-9a-f]{16}, given ticket [0-9a-f]{16}", back) and alice.sha256 in back
    assert ticket_of(victim) not in site.log_tail()


# S-13: the ticket of before

def test_S_13_a_new_step_up_ends_the_old_ticket(site, victim, alice):
    visit(site, victim, "/staff", alice)
    ticket = ticket_of(victim)
    hop = victim.open(site.url("/board"))
    assert_sent(site, hop)
    assert hop.set_cookie(TICKET).max_age == 0
    assert_useless(site, try_ticket(site, ticket))


def test_S_13_by_a_link_too(site, victim, alice):
    visit(site, victim, "/staff", alice)
    ticket = ticket_of(victim)
    start = start_of(victim.fetch(site.url("/board"), site.url("/open")))
    assert_served(site, try_ticket(site, ticket), alice)
    hop = victim.open(start)
    assert hop.set_cookie(TICKET).max_age == 0
    assert_useless(site, try_ticket(site, ticket))


def test_S_13_nothing_of_the_old_remains(site, victim, pki, alice):
    """Another certificate: another ticket, and the first holder is gone."""
    told = victim.fetch(site.url("/both"), site.url("/open"))
    start = start_of(told)
    visit(site, victim, "/both", alice)
    before = ticket_of(victim)
    other = stepping.person(pki)
    victim.show(CERT, other)
    victim.forget_connections()
    victim.go(start)
    assert_served(site, victim.open(site.url("/both")), other)
    assert_useless(site, try_ticket(site, before))


def test_S_13_another_person_in_another_tab(site, victim, pki, alice):
    """Two attempts under way, two certificates: the ticket of whoever was first ends."""
    first, second = hops_until(site, victim, "code"), victim.open(site.url("/both"))
    victim.show(CERT, other := stepping.person(pki))
    victim.forget_connections()
    second = victim.follow(second)
    assert_served(site, victim.walk(first)[-1], alice)
    ticket = ticket_of(victim)
    assert_served(site, victim.walk(second)[-1], other)
    assert_useless(site, try_ticket(site, ticket))


# S-14: other sites in one's name

OWN = "https://www.mtls.test:%d"
SHOWN = [
    ([("Sec-Fetch-Site", "same-origin"), ("Origin", OWN)], True),
    ([("Sec-Fetch-Site", "same-origin")], True),
    ([("Sec-Fetch-Site", "none")], True),
    ([("Origin", OWN)], True),
    ([("Referer", OWN + "/page?x")], True),
    ([], False),
    ([("Sec-Fetch-Site", "same-site")], False),
    ([("Sec-Fetch-Site", "cross-site")], False),
    ([("Sec-Fetch-Site", "same-site"), ("Origin", OWN)], False),
    ([("Sec-Fetch-Site", "same-origin"), ("Origin", "https://evil.example")], False),
    ([("Sec-Fetch-Site", "same-origin"), ("Origin", "null")], True),  # of a page without referrer
    ([("Origin", "null")], False),
    ([("Origin", "null"), ("Referer", OWN + "/")], False),
    ([("Origin", "https://www.mtls.test")], False),
    ([("Origin", "http://www.mtls.test:%d")], False),
    ([("Origin", OWN + ".evil.example")], False),
    ([("Origin", "https://app.mtls.test:%d")], False),
    ([("Origin", OWN + " https://evil.example")], False),
    ([("Referer", "https://evil.example/" + OWN)], False),
    ([("Referer", OWN + "0/")], False),
    ([("Referer", OWN + "@evil.example/")], False),
]


@pytest.mark.parametrize("fields,shown", SHOWN, ids=range(len(SHOWN)))
@pytest.mark.parametrize("protocol", ["h1", "h2"])
def test_S_14_who_sent_it(site, shared_ticket, protocol, fields, shown):
    """Unsafe methods need to come from our own pages; safe ones do not."""
    who, ticket = shared_ticket
    fields = [(name, value.replace("%d", str(site.port))) for name, value in fields]
    fields += [("Cookie", TICKET + "=" + ticket)]
    with Browser(program=True, protocol=protocol) as browser:
        for method in "POST", "PUT", "DELETE", "PATCH", "PROPFIND":
            hop = browser.open(site.url(), method, b"x=1" if method == "POST" else None,
                               headers=fields + [PROBLEM])
            if shown:
                assert_served(site, hop, who)
            else:
                assert_stopped(site, hop, "cross-origin")
        assert_served(site, browser.open(site.url("/anyorigin"), "POST", b"", headers=fields), who)
        assert_served(site, browser.open(site.url(), headers=fields), who)


@pytest.fixture(scope="module")
def shared_ticket(site, pki):
    """(holder, ticket) that many tests use."""
    who = stepping.person(pki)
    with site.browser(who, CERT) as browser:
        visit(site, browser, "/staff", who)
        return who, ticket_of(browser)


@pytest.mark.parametrize("protocol", ["h1", "h2"])
def test_S_14_where_a_certificate_is_optional(site, shared_ticket, protocol):
    """A form of another site is not served in the name of the holder there either."""
    who, ticket = shared_ticket
    cookie = ("Cookie", TICKET + "=" + ticket)
    with Browser(program=True, protocol=protocol) as browser:
        hop = browser.open(site.url("/opt"), "POST", b"x=1", headers=[
            cookie, ("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")])
        for seen in site.oracle.lines(hop.case):
            assert "MTLS_SUBJECT" not in seen["env"], "served as %r" % seen["env"]
        hop = browser.open(site.url("/opt"), "POST", b"x=1", headers=[
            cookie, ("Origin", site.url(""))])
        assert_served(site, hop, who)


def test_S_14_upgrades_are_not_safe(site, shared_ticket):
    """A WebSocket of another site would act in one's name: a GET that upgrades is no safe one."""
    upgrade = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
               ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
               ("Cookie", TICKET + "=" + shared_ticket[1]), PROBLEM]
    with Browser(program=True) as browser:
        hop = browser.open(site.url(), headers=upgrade + [("Origin", "https://evil.example")])
        assert_stopped(site, hop, "cross-origin")


# S-17 N-22 N-24: connections shared by hosts

@pytest.mark.parametrize("protocol", ["h1", "h2"])
def test_S_17_the_endpoint_on_the_applications_connection(site, alice, protocol):
    """A browser that reuses the connection is told 421, takes another, and gets through."""
    with site.browser(alice, CERT, protocol=protocol) as browser:
        browser.coalesce(site.url("/", CERT), site.url("/", WWW))
        hops = browser.go(site.url("/staff"))
        assert_served(site, hops[-1], alice)
        assert [h.status for h in browser.hops] == [302, 421, 302, 302, 200]
        assert_none_ran(site, *browser.hops[:-1])


@pytest.mark.parametrize("protocol", ["h1", "h2"])
def test_S_17_the_application_on_the_endpoints_connection(site, alice, protocol):
    """The certificate proven there counts nowhere else, not even on the same connection."""
    for more in "", "/../staff":
        with site.browser(alice, CERT, protocol=protocol) as browser:
            hop = hops_until(site, browser, "state")
            opener = h2 if protocol == "h2" else h1
            with opener(site.port, cert=alice, sni=CERT, version="1.3") as client:
                answer = client.ask("/staff" + more, host="%s:%d" % (WWW, site.port), headers=[PROBLEM])
                assert not site.oracle.ran(answer.case), answer
                assert answer.status in (302, 400, 401, 403, 404, 421), answer
            browser.coalesce(site.url("/", WWW), site.url("/", CERT))
            hops = browser.walk(browser.follow(hop))
            assert_served(site, hops[-1], alice)


@pytest.mark.parametrize("protocol", ["h1", "h2"])
def test_S_17_another_endpoint(site, alice, protocol):
    """The certificate was shown to one endpoint; another host's handshake is none of its own."""
    opener = h2 if protocol == "h2" else h1
    with site.browser() as browser:
        state = hops_until(site, browser, "state").to
    with opener(site.port, cert=alice, sni="plainname.mtls.test", version="1.3") as client:
        answer = client.ask(state.target, host=state.authority)
        assert answer.status == 421, answer


@pytest.mark.parametrize("protocol", ["h1", "h2"])
def test_S_17_one_label_for_another(site, alice, protocol):
    """A wildcard endpoint asks for each label anew: a connection made for one serves no other."""
    with site.browser(alice, "*.many.mtls.test", protocol=protocol) as browser:
        first, second = (browser.open(site.url("/staff", "wild.mtls.test")) for _ in range(2))
        assert first.to.host != second.to.host
        assert browser.follow(first).status == 302
        opener = h2 if protocol == "h2" else h1
        with opener(site.port, cert=alice, sni=first.to.host) as client:
            answer = client.ask(second.to.target, host=second.to.authority)
            assert answer.status == 421, answer
        browser.coalesce(second.to.origin, first.to.origin)
        assert_served(site, browser.walk(second)[-1], alice)


# S-19: what the endpoint serves

def test_S_19_nothing_else(site, alice):
    state = None
    with site.browser() as browser:
        state = hops_until(site, browser, "state").to
    host = state.authority
    with raw(site, CERT, cert=alice) as client:
        assert client.ask(state.target, host=host, headers=[PROBLEM]).status == 302
    cases = [("GET", "/x", 404), ("GET", "/staff", 404), ("GET", "/open", 404), ("GET", "/x" + state.target[1:], 404),
             ("GET", "/.mtls/done", 404), ("GET", "/server-status", 404), ("PUT", state.target, 405),
             ("DELETE", state.target, 405), ("OPTIONS", state.target, 405), ("TRACE", state.target, 405),
             ("POST", state.target, None), ("PROPFIND", "/", 405), ("GET", "/%2e/", None),
             ("GET", "//", None), ("GET", "/index.html", 404)]
    for method, target, status in cases:
        with raw(site, CERT, cert=alice) as client:
            answer = client.ask(target, method=method, host=host)
            assert not site.oracle.ran(answer.case), (method, target)
            if status is not None:
                assert answer.status == status, (method, target, answer)
            assert answer.header("Location") is None, (method, target)
            assert answer.status >= 400


@pytest.mark.parametrize("sni,host", [(None, CERT), (WWW, CERT), ("evil.example", CERT),
                                      (CERT, WWW), (CERT, "evil.example"), (CERT, "")])
def test_S_19_names(site, alice, sni, host):
    """Exactly its own name, in the handshake and in the request."""
    with site.browser() as browser:
        state = hops_until(site, browser, "state").to
    with Http1(Connection(site.port, cert=alice, sni=sni)) as client:
        host = "%s:%d" % (host, site.port) if host else ""
        answer = client.ask(state.target, host=host)
        assert answer.status in (400, 403, 404, 421) or answer.status == 200, answer
        assert answer.header("Location") is None or "/.mtls/return" not in answer.header("Location")
        if CERT in host:
            assert answer.status == 421 and client.closed(), answer


def test_S_19_connections_end_after_an_answer(site, alice):
    """So that the next attempt asks again; and no session is resumed."""
    with site.browser() as browser:
        state = hops_until(site, browser, "state").to
    for version in "1.2", "1.3":
        with h1(site.port, cert=alice, sni=CERT, version=version) as client:
            answer = client.ask(state.target, host=state.authority)
            assert answer.status == 302 and answer.closes and client.closed()
            session = client.conn.session()
        if session is None:
            continue
        with h1(site.port, cert=alice, sni=CERT, version=version, session=session) as client:
            assert not client.conn.resumed
            assert client.conn.requests == 1


# S-21: a flood

def assert_limited(statuses, limit):
    """So many, rarely a few less: others may count in the same place (mtls/trust/pace.h)."""
    good = statuses.count(302)
    assert limit - 3 <= good <= limit, statuses
    assert statuses == [302] * good + [503] * (len(statuses) - good), statuses


def test_S_21_one_certificate_too_often(site, pki):
    """Thirty codes in a minute, then 503; others are served."""
    busy = stepping.person(pki)
    with site.browser() as browser:
        state = hops_until(site, browser, "state").to
    statuses = []
    for _ in range(34):
        with raw(site, CERT, cert=busy) as client:
            answer = client.ask(state.target, host=state.authority, headers=[PROBLEM])
            statuses.append(answer.status)
    assert_limited(statuses, 30)
    assert answer.json["reason"] == "overloaded"
    other = stepping.person(pki)
    with site.browser(other, CERT) as browser:
        visit(site, browser, "/staff", other)


def test_S_21_one_address_too_often(site, pki):
    """Three hundred codes in a minute for one address, whatever certificates it shows: each so few
    times that two may count in the same place."""
    source = "127.251.0.1"
    with site.browser() as browser:
        state = hops_until(site, browser, "state").to
    statuses = []
    for _ in range(21):
        with h2(site.port, cert=stepping.person(pki), sni=CERT, source=source) as client:
            statuses += [client.ask(state.target, host=state.authority).status for _ in range(15)]
    assert_limited(statuses, 300)


def test_S_21_states_cost_no_memory(site):
    """Nothing is stored before a certificate was accepted."""
    before = site.counter("codes-issued"), site.counter("cache-failures")
    sent = site.counter("step-ups-sent")
    with Browser(program=True) as browser:
        for _ in range(50):
            browser.jar.cookies.clear()
            assert_sent(site, browser.open(site.url()))
    assert site.counter("step-ups-sent") == sent + 50
    assert (site.counter("codes-issued"), site.counter("cache-failures")) == before


# S-22: certificates in addresses and pages

def test_S_22_nothing_of_a_certificate_in_an_address(site, pki):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Walter Walker <script>alert(1)</script>")])
    who = stepping.person(pki, subject=name)
    with site.browser(who, CERT) as browser:
        hops = visit(site, browser, "/staff", who)
        for hop in hops:
            plain = urllib.parse.unquote(hop.url.text + (hop.location or ""))
            assert "Walter" not in plain and who.sha256.lower() not in plain.lower()
    foreign = stepping.person(pki, "foreign_root", subject=name)
    with site.browser(foreign, CERT) as browser:
        hop = browser.go(site.url())[-1]
        assert hop.status == 403 and "<script>" not in hop.text


# S-24: possession

UNPROVEN = [certificate_only, without_finished, spoilt_certificate_verify,
            certificate_verify_by_another_key, no_certificate_verify, spoilt_finished]


@pytest.mark.parametrize("attack", UNPROVEN, ids=lambda f: f.__name__)
def test_S_24_a_certificate_that_is_not_proven(site, pki, attack):
    """No code for who cannot sign, though the request is sent with the handshake."""
    issued = site.counter("codes-issued")
    with site.browser() as browser:
        state = hops_until(site, browser, "state").to
    crafted = RawSite(site, pki)
    with crafted.tls13(server_name=CERT) as client:
        client.send_client_hello()
        client.server_flight()
        assert client.asked is not None, "the endpoint asks in its handshake"
        answer = client.handshake_answer()
        client.send_handshake(attack(answer, crafted, client))
        client.established(answer)
        with contextlib.suppress(Closed):
            client.send_data(request(state.target, state.authority))
        try:
            outcome = client.await_outcome()
        except RawError as error:
            raise AssertionError("the server went on after an unproven handshake") from error
        assert outcome.ended and (outcome.status is None or outcome.status >= 400), outcome
    assert site.counter("codes-issued") == issued


def test_S_24_control(site, pki):
    """The same client with a proof gets a code."""
    with site.browser() as browser:
        state = hops_until(site, browser, "state").to
    crafted = RawSite(site, pki)
    with crafted.tls13(server_name=CERT) as client:
        client.handshake(crafted.alice)
        _, outcome = crafted.get(client, state.target, state.authority)
        assert outcome.status == 302, outcome


# S-27: logout

def test_S_27_only_by_post_of_ones_own(site, victim, alice):
    visit(site, victim, "/staff", alice)
    page = site.url("/open")
    hop = victim.open(site.url("/logout"))
    assert hop.status == 200 and "<form" in hop.text and 'method="post"' in hop.text.lower()
    assert_served(site, victim.open(site.url()), alice)
    with Browser(program=True) as elsewhere:
        hop = elsewhere.open(site.url("/logout"), "POST", b"", headers=[
            ("Cookie", victim.jar.field(WWW)), ("Origin", "https://evil.example"),
            ("Sec-Fetch-Site", "cross-site"), PROBLEM])
        assert_stopped(site, hop, "cross-origin")
        hop = elsewhere.open(site.url("/logout"), "POST", b"", headers=[
            ("Cookie", victim.jar.field(WWW)), PROBLEM])
        assert_stopped(site, hop, "cross-origin")
    assert_served(site, victim.open(site.url()), alice)
    for method in "PUT", "DELETE", "PATCH":
        assert victim.open(site.url("/logout"), method, initiator=page).status == 405
    ticket = ticket_of(victim)
    hop = victim.post(site.url("/logout"), b"", page)
    assert hop.status == 200 and hop.set_cookie(TICKET).max_age == 0, hop
    assert "no-store" in hop.header("Cache-Control")
    assert victim.jar.value(WWW, TICKET) is None
    assert_useless(site, try_ticket(site, ticket))


def test_S_27_for_programs(site, victim, alice):
    visit(site, victim, "/staff", alice)
    hop = victim.fetch(site.url("/logout"), site.url("/open"), "POST", b"",
                       headers=[("Accept", "application/json")])
    assert hop.status == 200 and hop.header("Content-Type").startswith("application/json"), hop
    assert isinstance(hop.json, dict)


def test_S_27_without_a_ticket(site, victim):
    """Twice is once."""
    hop = victim.post(site.url("/logout"), b"", site.url("/open"))
    assert hop.status == 200, hop


def test_S_27_over_h2_and_everywhere(site, alice):
    """A second connection that is known to the same child sees it at once."""
    with site.browser(alice, CERT, protocol="h2") as browser:
        visit(site, browser, "/staff", alice)
        ticket = ticket_of(browser)
        with Browser(program=True, protocol="h2") as copy:
            cookie = [("Cookie", TICKET + "=" + ticket)]
            assert_served(site, copy.open(site.url(), headers=cookie), alice)
            browser.post(site.url("/logout"), b"", site.url("/open"))
            assert_useless(site, copy.open(site.url(), headers=cookie))


# S-30: cookies of others

@pytest.mark.parametrize("field", [
    "{t}={v}; {t}={v}", "{t}={v}; {t}=x", "{t}=; {t}={v}", "__host-mtls={v}", "__HOST-MTLS={v}",
    "__Host-MTLS={v}", "{t}={v}; __host-mtls={v}", "__Host-mtls-={v}", "x={t}={v}", "a, {t}={v}",
    "{t} ={v}", '{t}="{v}"', "{t}={v}, {t}={v}", "{t}={v} x", "mtls={v}"])
@pytest.mark.parametrize("protocol", ["h1", "h2"])
def test_S_30_twins_and_doubles(site, shared_ticket, field, protocol):
    """Two of it are none, nor is one in other letters."""
    who, ticket = shared_ticket
    field = field.format(t=TICKET, v=ticket)
    with Browser(program=True, protocol=protocol) as browser:
        assert_useless(site, browser.open(site.url(), headers=[("Cookie", field)]))
        good = "first=1; %s=%s; last=2" % (TICKET, ticket)
        seen = assert_served(site, browser.open(site.url(), headers=[("Cookie", good)]), who)
        assert seen["cookie"] == "first=1; last=2"


def test_S_30_in_two_fields(site, shared_ticket):
    """HTTP/1.1 lines are joined by httpd; HTTP/2 may split a field (RFC 9113, section 8.2.3)."""
    who, ticket = shared_ticket
    with Browser(program=True) as browser:
        twice = [("Cookie", TICKET + "=" + ticket)] * 2
        assert_useless(site, browser.open(site.url(), headers=twice))
    with Browser(program=True, protocol="h2") as browser:
        parts = [("Cookie", "first=1"), ("Cookie", TICKET + "=" + ticket), ("Cookie", "last=2")]
        seen = assert_served(site, browser.open(site.url(), headers=parts), who)
        assert seen["cookie"] == "first=1; last=2"


@pytest.mark.parametrize("protocol", ["h1", "h2"])
def test_S_30_hundreds_of_them(site, shared_ticket, protocol):
    """Bounded: taken out, most of them forgotten, and the ticket is found behind them."""
    who, ticket = shared_ticket
    many = "; ".join("__Host-mtls-%016x=%032x" % (n, n) for n in range(100))
    with Browser(program=True, protocol=protocol) as browser:
        seen = assert_served(site, browser.open(site.url(), headers=[
            ("Cookie", "%s; %s=%s" % (many, TICKET, ticket))]), who)
        assert seen["cookie"] is None
        hop = browser.open(site.url(), headers=[("Cookie", many)])
        assert_sent(site, hop)
        assert 2 <= len(hop.cookies) <= 128, "some are deleted, and not without end"


# S-32: proxies in front

@pytest.mark.parametrize("field", [("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "http"),
                                   ("X-Forwarded-Port", "1"), ("X-Forwarded-Server", "evil.example"),
                                   ("Forwarded", "host=evil.example;proto=http"),
                                   ("X-Original-URL", "//evil.example"), ("X-Host", "evil.example"),
                                   ("X-Rewrite-URL", "//evil.example")])
def test_S_32_fields_of_proxies(site, alice, field):
    with site.browser(alice, CERT) as browser:
        hop = browser.open(site.url(), headers=[field])
        assert_sent(site, hop)
        hops = browser.walk(hop)
        assert_served(site, hops[-1], alice, "/staff")
        for one in hops[:-1]:
            assert "evil" not in (one.location or "") and "evil" not in one.text


# S-33: in frames

@pytest.mark.parametrize("dest", ["iframe", "frame", "embed", "object"])
def test_S_33_in_frames(site, alice, dest):
    """Neither the first hop, nor the start, nor the endpoint shows itself in a frame."""
    page = "https://evil.example/"
    with site.browser(alice, CERT) as browser:
        assert browser.frame(site.url(), page, dest).status in (401, 403)
        start = start_of(browser.hops[-1])
        hop = browser.frame(start, page, dest)
        assert hop.status == 403 and not hop.cookies, hop
        state = hops_until(site, browser, "state")
        hop = browser.frame(state.to.text, page, dest)
        assert hop.status == 403 and hop.location is None, hop
        assert_none_ran(site, *browser.hops)


def test_S_33_fields_that_forbid_frames(site, alice):
    with site.browser(alice, CERT) as browser:
        shown = [browser.follow(hops_until(site, browser, "state"))]
        browser.show(CERT, None)
        browser.forget_connections()
        shown.append(browser.follow(hops_until(site, browser, "state")))
        shown.append(browser.open(site.url("/.mtls/done")))
        shown.append(browser.open(site.url("/logout")))
        for hop in shown:
            assert "frame-ancestors 'none'" in (hop.header("Content-Security-Policy") or ""), hop
            assert hop.header("X-Frame-Options") == "DENY", hop
