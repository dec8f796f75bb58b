# SPDX-License-Identifier: Apache-2.0
"""TLS 1.2: handshakes and renegotiations that no normal client performs."""

import contextlib
import time

import pytest

from mtlstest.oracle import new_case
from mtlstest.raw12 import Hello
from mtlstest.raw_common import (
    HANDSHAKE,
    P256,
    Closed,
    Cut,
    CutAt,
    RawError,
    Refused,
    flip,
    request,
)
from mtlstest.raw_site import (
    DEADLINE,
    HASTY,
    LATER,
    LINGER,
    MARGIN,
    OPEN,
    OPTIONAL,
    REQUIRE,
    UNHURRIED,
    running,
)

ASKED = ("hello_request",)
NO_RENEGOTIATION = 100


@pytest.fixture(scope="module", params=["prefork", "event"])
def site(request, pki):
    with running(pki, request.param) as running_site:
        yield running_site


# --- Flights that prove nothing.  Each row sends what stands for Certificate ... Finished;
# --- they serve in the first handshake and in a renegotiation alike.


def send_rest(client, built, answer, **finished):
    client.send_handshake(built)
    client.change_cipher_spec()
    client.send_handshake(answer.finished(**finished))


def no_certificate_verify(answer, site, client):
    send_rest(client, answer.certificate(site.alice) + answer.key_exchange(), answer)


def spoilt_certificate_verify(answer, site, client):
    built = answer.certificate(site.alice) + answer.key_exchange()
    built += answer.certificate_verify(site.alice, spoil=flip)
    send_rest(client, built, answer)


def certificate_verify_by_another_key(answer, site, client):
    built = answer.certificate(site.alice) + answer.key_exchange()
    built += answer.certificate_verify(site.bob)
    send_rest(client, built, answer)


def certificate_verify_over_the_hello(answer, site, client):
    hello = client.transcript
    built = answer.certificate(site.alice) + answer.key_exchange()
    built += answer.certificate_verify(site.alice, over=hello)
    send_rest(client, built, answer)


def no_certificate_at_all(answer, site, client):
    send_rest(client, answer.key_exchange(), answer)


def verified_without_certificate(answer, site, client):
    built = answer.key_exchange()
    built += answer.certificate_verify(site.alice)
    send_rest(client, built, answer)


def empty_but_verified(answer, site, client):
    built = answer.certificate() + answer.key_exchange()
    built += answer.certificate_verify(site.alice)
    send_rest(client, built, answer)


def two_certificates(answer, site, client):
    built = answer.certificate(site.alice) + answer.certificate(site.bob)
    built += answer.key_exchange() + answer.certificate_verify(site.bob)
    send_rest(client, built, answer)


def spoilt_finished(answer, site, client):
    built = answer.certificate(site.alice) + answer.key_exchange()
    built += answer.certificate_verify(site.alice)
    send_rest(client, built, answer, spoil=flip)


def finished_before_change_cipher_spec(answer, site, client):
    built = answer.certificate(site.alice) + answer.key_exchange()
    built += answer.certificate_verify(site.alice)
    client.send_handshake(built + answer.finished())


def certificate_only(answer, site, client):
    client.send_handshake(answer.certificate(site.alice))


def without_finished(answer, site, client):
    built = answer.certificate(site.alice) + answer.key_exchange()
    client.send_handshake(built + answer.certificate_verify(site.alice))


def without_finished_but_changed(answer, site, client):
    without_finished(answer, site, client)
    client.change_cipher_spec()


UNPROVEN = [
    no_certificate_verify,
    spoilt_certificate_verify,
    certificate_verify_by_another_key,
    certificate_verify_over_the_hello,
    no_certificate_at_all,
    verified_without_certificate,
    empty_but_verified,
    two_certificates,
    spoilt_finished,
    finished_before_change_cipher_spec,
    certificate_only,
    without_finished,
    without_finished_but_changed,
]


@pytest.mark.parametrize("attack", UNPROVEN, ids=lambda f: f.__name__)
def test_unproven_renegotiation_never_runs_the_handler(site, attack):
    """T-P04, F-30: a renegotiation proves possession or ends, by the deadline."""
    with site.tls12(Hello(server_name=UNHURRIED)) as client:
        case = site.asked12(client, host=UNHURRIED)
        began = time.monotonic()
        client.send_client_hello()
        client.server_flight()
        assert client.asked is not None
        with contextlib.suppress(Closed):
            attack(client.answer(), site, client)
        outcome = client.await_outcome()
        outcome.seconds = time.monotonic() - began
        site.refused(client, case, outcome, within=LATER)


@pytest.mark.parametrize("attack", UNPROVEN, ids=lambda f: f.__name__)
@pytest.mark.parametrize("host", [OPTIONAL, REQUIRE])
def test_unproven_handshake_never_runs_a_handler(site, host, attack):
    """T-P05: the same in the first handshake, with a request at its heels."""
    case = new_case("hs12")
    with site.tls12(Hello(server_name=host)) as client:
        client.send_client_hello()
        client.server_flight()
        assert client.asked is not None
        with contextlib.suppress(Closed):
            attack(client.answer(), site, client)
            client.send_data(request("/staff", host, headers=["X-Case: " + case]))
        site.refused(client, case, client.await_outcome())


def test_declining_the_renegotiation_is_answered_in_http(site):
    """N-3: an empty Certificate is refused readably, and the connection goes on."""
    with site.tls12() as client:
        case = site.asked12(client)
        client.handshake()
        outcome = client.await_outcome()
        assert outcome.status == 403, outcome
        assert not site.oracle.ran(case)
        case, outcome = site.get(client, "/open")
        assert outcome.status == 200 and site.identity(site.oracle.one(case)) == ""


def test_declining_in_the_handshake_is_answered_in_http(site):
    """T-P05, N-3: also where the host requires a certificate."""
    for host in (OPTIONAL, REQUIRE):
        with site.tls12(Hello(server_name=host)) as client:
            client.handshake()
            assert client.asked is not None
            case, outcome = site.get(client, "/staff", host, notice=ASKED)
            if outcome.kind == "hello_request":
                client.handshake()
                outcome = client.await_outcome()
            assert outcome.status == 403, outcome
            site.refused(client, case, outcome)


def test_foreign_certificate_is_refused_in_http(site):
    """T-P04: proven, but of an issuer nobody trusts: an HTTP answer, no alert."""
    with site.tls12() as client:
        case = site.asked12(client)
        client.handshake(site.foreign)
        outcome = client.await_outcome()
        assert outcome.status == 403, outcome
        site.refused(client, case, outcome)


# --- F-30: time


def test_silence_after_hello_request_ends_at_the_deadline(site):
    """F-30: nobody waits longer than MTLSStepUpTimeout, though the client stays connected."""
    with site.tls12(Hello(server_name=HASTY)) as client:
        client.handshake()
        began = time.monotonic()
        case, outcome = site.get(client, host=HASTY, notice=ASKED)
        assert outcome.kind == "hello_request", outcome
        outcome = client.await_outcome()
        took = time.monotonic() - began
        assert outcome.ended and DEADLINE - 0.1 < took < DEADLINE + MARGIN, (outcome, took)
        site.answers_again(within=LINGER + MARGIN)
        assert not site.oracle.ran(case)


def test_silence_after_the_second_hello_ends_at_the_deadline(site):
    """F-30: the deadline is for the whole renegotiation."""
    with site.tls12(Hello(server_name=UNHURRIED)) as client:
        case = site.asked12(client, host=UNHURRIED)
        began = time.monotonic()
        assert client.await_outcome(0.5).kind == "silence"
        client.send_client_hello()
        client.server_flight()
        outcome = client.await_outcome()
        outcome.seconds = time.monotonic() - began
        site.refused(client, case, outcome, within=LATER)


def test_slow_renegotiation_ends_at_the_deadline(site):
    """F-30: one octet at a time does not stretch it."""
    with site.tls12(Hello(server_name=HASTY)) as client:
        case = site.asked12(client, host=HASTY)
        began = time.monotonic()
        with contextlib.suppress(Closed):
            client.send_client_hello(segment=1, pause=0.3)
        outcome = client.await_outcome()
        outcome.seconds = time.monotonic() - began
        site.refused(client, case, outcome)


# --- T-P07, F-31: application data before the proof


def test_request_sent_before_the_renegotiation_has_no_identity(site):
    """T-P07, F-31: octets of the old epoch never run with an identity of the new one."""
    with site.tls12() as client:
        case = site.asked12(client)
        early, plain = new_case("early"), new_case("plain")
        client.send_data(request("/staff", OPEN, headers=["X-Case: " + early]))
        client.send_data(request("/open", OPEN, headers=["X-Case: " + plain]))
        with contextlib.suppress(RawError):
            client.handshake(site.alice)
        answers_end(client)
    site.answers_again()
    assert not site.oracle.ran(early)
    assert all(site.identity(run) == "" for run in site.oracle.lines(plain))
    assert all("alice" in site.identity(run) for run in site.oracle.lines(case))


def answers_end(client):
    """Read answers until there are no more; the server must not be left waiting."""
    outcome = client.await_outcome(notice=ASKED)
    while outcome.kind == "response":
        outcome = client.await_outcome(notice=ASKED)


def test_request_sent_within_the_renegotiation_has_no_identity(site):
    """T-P07: the same after the second ClientHello."""
    with site.tls12() as client:
        case = site.asked12(client)
        early = new_case("early")
        client.send_client_hello()
        client.send_data(request("/open", OPEN, headers=["X-Case: " + early]))
        with contextlib.suppress(RawError):
            client.server_flight()
            client.send_answer(site.alice)
            client.server_finished()
        with contextlib.suppress(RawError):
            answers_end(client)
    site.answers_again()
    assert all(site.identity(run) == "" for run in site.oracle.lines(early))
    assert all("alice" in site.identity(run) for run in site.oracle.lines(case))


def test_pipelined_requests_gain_no_identity(site):
    """T-P07, T-P08, F-34: with octets behind the request there is no renegotiation."""
    with site.tls12() as client:
        client.handshake()
        case, early = new_case("first"), new_case("early")
        both = request("/staff", OPEN, headers=["X-Case: " + case])
        client.send_data(both + request("/open", OPEN, headers=["X-Case: " + early]))
        outcome = client.await_outcome(notice=ASKED)
        if outcome.kind == "hello_request":
            with contextlib.suppress(RawError):
                client.handshake(site.alice)
        answers_end(client)
    site.answers_again()
    assert all(site.identity(run) == "" for run in site.oracle.lines(early))


def test_data_instead_of_a_renegotiation_ends_at_the_deadline(site):
    """F-31, F-30: data keep nobody waiting."""
    with site.tls12() as client:
        case = site.asked12(client)
        began = time.monotonic()
        early = new_case("early")
        client.send_data(request("/staff", OPEN, headers=["X-Case: " + early]))
        outcome = client.await_outcome()
        outcome.seconds = time.monotonic() - began
        site.refused(client, case, outcome)
        assert not site.oracle.ran(early)


# --- T-P06, F-36: the client goes away


def walk(site, cut):
    """A renegotiation broken off at a cut point; the case and the octets sent by label."""
    client = site.tls12(cut=cut)
    case = site.asked12(client)
    first = dict(client.wire.sent)
    try:
        client.send_client_hello()
        client.server_flight()
        answer = client.answer()
        parts = [
            answer.certificate(site.alice),
            answer.key_exchange(),
            answer.certificate_verify(site.alice),
        ]
        flight = b"".join(client.seal_record(HANDSHAKE, part) for part in parts)
        client.wire.send(flight, "second_client_flight")
        client.change_cipher_spec()
        client.send_handshake(answer.finished(), "second_finished")
        client.await_outcome()
        client.wire.close()
    except Cut:
        pass
    return case, {k: n for k, n in client.wire.sent.items() if k not in first}


def cut_points(sent):
    """Boundaries and samples of each part of a whole walk, as (label, offset)."""
    for label, length in sent.items():
        for offset in sorted({0, 1, 5, length // 3, length // 2, length - 1}):
            yield label, offset


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
def test_client_vanishes_during_the_renegotiation(site, reset):
    """T-P06, F-36: closing at boundaries and inside of every message runs no handler."""
    whole, sent = walk(site, None)
    assert site.oracle.ran(whole)
    points = list(cut_points(sent))
    cases = [walk(site, CutAt(label, offset, reset))[0] for label, offset in points]
    assert len(cases) >= 20
    site.answers_again()
    assert not [case for case in cases if site.oracle.ran(case)]


@pytest.mark.parametrize("level, description", [(1, 0), (1, NO_RENEGOTIATION), (2, 40)],
                         ids=["close_notify", "no_renegotiation", "fatal"])
def test_client_sends_an_alert_instead_of_renegotiating(site, level, description):
    """T-P06: an alert ends the exchange at once."""
    with site.tls12() as client:
        case = site.asked12(client)
        client.send_alert(level, description)
        outcome = client.await_outcome()
        assert outcome.seconds < MARGIN, outcome
        site.refused(client, case, outcome)


# --- T-P08: RFC 5746


def test_no_step_up_without_secure_renegotiation(site):
    """T-P08: who does not know RFC 5746 is not renegotiated with, and refused at once."""
    with site.tls12(Hello(renegotiation_info=False)) as client:
        client.handshake()
        assert not client.secure_renegotiation
        case, outcome = site.get(client, notice=ASKED)
        assert outcome.status == 403, outcome
        site.refused(client, case, outcome)


@pytest.mark.parametrize("octets", [b"", b"\0" * 12, b"\0"], ids=["none", "wrong", "short"])
def test_renegotiation_bound_to_another_connection(site, octets):
    """T-P08: renegotiation_info left out or foreign: the prefix attack of CVE-2009-3555."""
    with site.tls12() as client:
        case = site.asked12(client)
        client.send_client_hello(renegotiation_info=octets)
        with contextlib.suppress(Refused, Closed):
            client.server_flight()
            client.send_answer(site.alice)
            client.server_finished()
        site.refused(client, case, client.await_outcome())


# --- T-D01: renegotiation that the client begins


def renegotiates(client):
    """Whether the server takes up a ClientHello nobody asked for."""
    try:
        client.send_client_hello()
        client.server_flight()
    except RawError:
        return False
    return True


def test_client_initiated_renegotiation_is_refused(site):
    """T-D01: on a fresh connection."""
    with site.tls12() as client:
        client.handshake()
        site.get(client, "/open")
        assert not renegotiates(client)
    site.answers_again()


def test_client_initiated_renegotiation_is_refused_after_a_step_up(site):
    """T-D01: what the step-up allowed is forbidden again after it."""
    with site.tls12() as client:
        case = site.asked12(client)
        client.handshake(site.alice)
        site.served(case, client.await_outcome())
        assert not renegotiates(client)
    site.answers_again()


def test_client_initiated_renegotiation_is_refused_after_a_declined_step_up(site):
    """T-D01: and also after one that failed."""
    with site.tls12() as client:
        site.asked12(client)
        client.handshake()
        assert client.await_outcome().status == 403
        assert not renegotiates(client)
    site.answers_again()


# --- T-V04c


CUTS = {
    "whole": {},
    "records-1": {"record": 1},
    "segments-1": {"segment": 1},
    "both": {"record": 50, "segment": 17},
}


@pytest.mark.parametrize("how", CUTS.values(), ids=CUTS.keys())
@pytest.mark.parametrize("host", [OPTIONAL, REQUIRE])
def test_cut_client_hello_finds_its_policy(site, host, how):
    """T-V04c: however a ClientHello is cut, its host's policy is found and enforced."""
    with site.tls12(Hello(server_name=host)) as client:
        client.handshake(site.alice, **how)
        assert client.asked is not None
        case, outcome = site.get(client, "/staff", host, notice=ASKED)
        site.served(case, outcome)


@pytest.mark.parametrize("name", [None, "", OPEN, "unknown.example.test"],
                         ids=["none", "empty", "open", "unknown"])
def test_without_the_name_no_weaker_policy(site, name):
    """T-V04c: no SNI, an empty one or another's; the Host field asks for the protected host."""
    with site.tls12(Hello(server_name=name)) as client:
        try:
            client.handshake()
        except (Refused, Closed):
            assert name == ""  # RFC 6066 section 3: HostName is 1 octet or more
            site.answers_again()
            return
        case, outcome = site.get(client, "/", REQUIRE, notice=ASKED)
        assert outcome.status in (403, 421) or outcome.kind == "hello_request", outcome
        client.wire.close()
    site.answers_again()
    assert not site.oracle.ran(case)


# --- Rightful clients that no library is like


@pytest.mark.parametrize("hello", [
    Hello(),
    Hello(extended_master_secret=False),
    Hello(groups=(P256,)),
], ids=["plain", "no-ems", "p256"])
def test_rightful_renegotiation_is_served(site, hello):
    """The control of every refusal above; and the proof lasts."""
    with site.tls12(hello) as client:
        case = site.asked12(client)
        client.handshake(site.alice)
        site.served(case, client.await_outcome())
        case, outcome = site.get(client, notice=ASKED)
        site.served(case, outcome)


@pytest.mark.parametrize("how", CUTS.values(), ids=CUTS.keys())
def test_rightful_renegotiation_in_pieces(site, how):
    """N-7: small records, small segments."""
    with site.tls12() as client:
        case = site.asked12(client)
        client.handshake(site.alice, **how)
        site.served(case, client.await_outcome())


def test_delayed_renegotiation(site):
    """N-7: an answer may take its time within the deadline."""
    with site.tls12() as client:
        case = site.asked12(client)
        assert client.await_outcome(0.5).kind == "silence"
        client.handshake(site.alice)
        site.served(case, client.await_outcome())


def test_two_identities_on_one_connection(site):
    """A second renegotiation adds a proof to the first."""
    with site.tls12() as client:
        case = site.asked12(client)
        client.handshake(site.alice)
        site.served(case, client.await_outcome())
        case, outcome = site.get(client, "/partner", notice=ASKED)
        assert outcome.kind == "hello_request", outcome
        client.handshake(site.bob)
        assert client.await_outcome().status == 200
        assert site.oracle.one(case)
        case, outcome = site.get(client, "/staff", notice=ASKED)
        assert outcome.status == 200, outcome


def test_asking_ends_after_the_allowed_attempts(site):
    """T-P01, T-D01: renegotiations per connection are counted; the fourth does not happen."""
    with site.tls12() as client:
        client.handshake()
        for _ in range(3):
            case, outcome = site.get(client, notice=ASKED)
            assert outcome.kind == "hello_request", outcome
            client.handshake()
            assert client.await_outcome().status == 403
            assert not site.oracle.ran(case)
        case, outcome = site.get(client, notice=ASKED)
        assert outcome.status == 403, outcome
        site.refused(client, case, outcome)
