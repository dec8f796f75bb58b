# SPDX-License-Identifier: Apache-2.0
"""How long a proof counts: MTLSMaxProofAge, and sessions that are renewed again and again.

T-V08 T-V09 T-V10 N-5.  The server's clock is moved, and never back: nothing here waits, and a slow machine
finds the same as a quick one.
"""
import datetime

import pytest

from mtlstest.clients import h1, h2
from mtlstest.clock import Clock
from mtlstest.pki import DAY
from mtlstest.responder import new_label
from mtlstest.revoking import (ASKING, CACHING, LAX, STEPPING, WAYS, Visitor, assert_quiet,
                               assert_word, hosts, resume)
from mtlstest.server import Httpd
from mtlstest.sites import assert_ran, location, vhost

AGE = 60         # seconds, MTLSMaxProofAge of most places
LIFE = 40        # seconds of a certificate that is to expire before a session of it does
SPARE = 10       # seconds that a machine may take for requests that are to come in time
OVER = 2         # times are of whole seconds somewhere
YOUNG = location("/young", "MTLSVerifyClient require", "MTLSAccept lax",
                 "MTLSMaxProofAge %ds" % AGE)
STRICT = "strict.example.test"
SESSIONS = [(ASKING, "1.2"), (ASKING, "1.3"), (CACHING, "1.2"), (CACHING, "1.3")]


@pytest.fixture(scope="module")
def site(pki):
    strict = vhost(STRICT, "MTLSVerifyClient require\nMTLSAccept lax\nMTLSMaxProofAge %ds\n" % AGE
                   + location("/open", "MTLSVerifyClient none")
                   + location("/old", "MTLSMaxProofAge off"))
    # Connections stay open when the clock is moved.
    config = "Protocols h2 http/1.1\nTimeout 3600\nKeepAliveTimeout 3600\n"
    config += hosts([]).replace("</VirtualHost>", YOUNG + "</VirtualHost>")
    running = Httpd(pki, config + strict, modules=["http2"], name="proof-age")
    with Clock(running) as running.clock, running:
        yield running


def outcomes(site, ask, moments):
    """(time, answer) of requests at these moments, in seconds from now."""
    before = 0
    for at in moments:
        site.clock.pass_by(at - before)
        before = at
        yield at, ask()


def around(end, *later):
    """Moments before and after the end of something."""
    return [0, end // 3, end // 2, end - SPARE, end + OVER, *later]


@pytest.mark.parametrize("host,version", SESSIONS)
def test_T_V08_renewed_for_ever(site, pki, host, version):
    """Each session is resumed into the next one, for three times as long as a proof counts."""
    with h1(site.port, cert=pki.alice, sni=host, version=version) as client:
        assert_ran(site, Visitor(client, host).ask("/young"), pki.alice)
        session = client.conn.session()
    state = {"session": session, "resumed": 0}

    def ask():
        with h1(site.port, sni=host, session=state["session"], version=version) as client:
            answer = Visitor(client, host).ask("/young")
            state["resumed"] += client.conn.resumed
            newer = client.conn.session()
            if client.conn.resumed and newer is not None and newer.resumable:
                state["session"] = newer
            return answer

    for at, answer in outcomes(site, ask, around(AGE, 2 * AGE, 3 * AGE)):
        if at < AGE:
            assert_ran(site, answer, pki.alice)
        else:
            assert not site.oracle.ran(answer.case), "%d s after the proof" % at
            assert answer.status in (403, 421), answer
    assert state["resumed"] > 2
    assert_quiet(site)


def test_T_V08_one_session_again_and_again(site, pki):
    """The first session, which OpenSSL would take for two hours."""
    with h1(site.port, cert=pki.alice, version="1.2") as client:
        assert_ran(site, Visitor(client, ASKING).ask("/young"), pki.alice)
        session = client.conn.session()

    def ask():
        with h1(site.port, sni=ASKING, session=session, version="1.2") as client:
            return Visitor(client, ASKING).ask("/young")

    for at, answer in outcomes(site, ask, around(AGE, 2 * AGE)):
        assert site.oracle.ran(answer.case) == (at < AGE), "%d s after the proof" % at


def until_refused(site, visitor, path, cert):
    """Ask until it is too long ago."""
    for at, answer in outcomes(site, lambda: visitor.ask(path), around(AGE)):
        if at < AGE:
            assert_ran(site, answer, cert)
        else:
            assert_word(site, answer, "proof-expired")


@pytest.mark.parametrize("opener", [h1, h2], ids=["h1", "h2"])
def test_open_connection(site, pki, opener):
    """421, so that a browser comes back on another one and is asked again."""
    with opener(site.port, cert=pki.alice, sni=ASKING) as client:
        visitor = Visitor(client, ASKING)
        until_refused(site, visitor, "/young", pki.alice)
        if opener is h2:
            assert_ran(site, visitor.ask("/" + LAX), pki.alice)
            assert_word(site, visitor.ask("/young"), "proof-expired")
    with opener(site.port, cert=pki.alice, sni=ASKING) as client:
        assert_ran(site, Visitor(client, ASKING).ask("/young"), pki.alice)
    assert_quiet(site)


@pytest.mark.parametrize("way", ["post-handshake", "renegotiation"])
def test_where_it_can_be_asked_again(site, pki, way):
    """A new proof on the same connection, or 421; never the old one."""
    with WAYS[way](site, pki.alice) as visitor:
        conn = visitor.client.conn
        assert_ran(site, visitor.ask("/young"), pki.alice)
        assert conn.requests == 1
        for at, answer in outcomes(site, lambda: visitor.ask("/young"), around(AGE, AGE + LIFE)):
            if at > AGE and answer.status != 200:
                assert_word(site, answer, "proof-expired")
                break
            assert_ran(site, answer, pki.alice)
            assert conn.requests == (1 if at < AGE else 2)


def test_new_tickets_of_a_step_up_are_as_old(site, pki):
    """A proof by post-handshake authentication leaves tickets; they count from the proof."""
    with WAYS["post-handshake"](site, pki.alice) as visitor:
        assert_ran(site, visitor.ask("/young"), pki.alice)
        session = visitor.client.conn.session()

    def ask():
        with h1(site.port, sni=STEPPING, session=session, version="1.3") as client:
            return Visitor(client, STEPPING).ask("/young")

    for at, answer in outcomes(site, ask, around(AGE, 2 * AGE)):
        assert at < AGE or not site.oracle.ran(answer.case), "%d s after the proof" % at


def test_of_the_host(site, pki):
    """The host's age counts in all of its places but those with one of their own."""
    with h2(site.port, cert=pki.alice, sni=STRICT) as client:
        visitor = Visitor(client, STRICT)
        until_refused(site, visitor, "/x", pki.alice)
        assert_ran(site, visitor.ask("/old"), pki.alice)
        assert visitor.ask("/open").status == 200
        assert_word(site, visitor.ask("/x"), "proof-expired")


@pytest.mark.parametrize("host,version", SESSIONS)
def test_T_V08_certificate_expires_in_the_middle(site, pki, host, version):
    """A session outlives the certificate that made it, and is worth nothing then."""
    now = site.clock.now().replace(microsecond=0)
    cert = pki.issue(new_label(), pki.staff_ca, before=now - DAY,
                     after=now + datetime.timedelta(seconds=LIFE))
    with h1(site.port, cert=cert, sni=host, version=version) as client:
        visitor = Visitor(client, host)
        assert_ran(site, visitor.ask("/" + LAX), cert)
        session = client.conn.session()
        with resume(site, session, host, version) as other:
            assert_ran(site, Visitor(other, host).ask("/" + LAX), cert)

        def ask():
            with h1(site.port, sni=host, session=session, version=version) as again:
                return Visitor(again, host).ask("/" + LAX)

        for at, answer in outcomes(site, ask, around(LIFE)):
            if at < LIFE:
                assert_ran(site, answer, cert)
            else:
                assert_expired(site, answer)
        assert_expired(site, visitor.ask("/" + LAX))


def assert_expired(site, answer):
    assert not site.oracle.ran(answer.case)
    assert (answer.status, answer.json["reason"]) == (403, "expired")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("label", [None, "foreign", "expired"])
def test_T_V09_no_proof_in_the_session(site, pki, label, version):
    """Renewed as often as one likes, a session without a proof never gets one."""
    cert = getattr(pki, label) if label else None
    with h1(site.port, sni=STRICT, cert=cert, version=version) as client:
        assert client.ask("/open", host=STRICT).status == 200
        session = client.conn.session()
    for _ in range(3):
        with h1(site.port, sni=STRICT, session=session, version=version) as client:
            answer = Visitor(client, STRICT).ask("/x")
            assert answer.status in (403, 421) and not site.oracle.ran(answer.case), answer
            session = client.conn.session() or session


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_T_V10_another_identity_is_another_proof(site, pki, version):
    """A session of one, a certificate of the other: the handler sees whoever was proven, and
    when."""
    with h1(site.port, sni=ASKING, cert=pki.alice, version=version) as client:
        assert_ran(site, Visitor(client, ASKING).ask("/young"), pki.alice)
        session = client.conn.session()
    with h1(site.port, sni=ASKING, cert=pki.anna, session=session, version=version) as client:
        who = pki.alice if client.conn.resumed else pki.anna
        assert_ran(site, Visitor(client, ASKING).ask("/young"), who)

    def ask():
        with h1(site.port, sni=ASKING, cert=pki.anna, session=session, version=version) as client:
            return Visitor(client, ASKING).ask("/young")

    for at, answer in outcomes(site, ask, around(AGE, 2 * AGE)):
        if at > AGE and site.oracle.ran(answer.case):
            assert_ran(site, answer, pki.anna)


@pytest.mark.parametrize("value", ["", "0s", "-1s", "never", "1x", "2s 3s"])
def test_words_that_mean_nothing(pki, value):
    done = Httpd(pki, "MTLSMaxProofAge %s\n" % value + hosts([])).check()
    assert not done.ok and "MTLSMaxProofAge" in done.text, done
