# SPDX-License-Identifier: Apache-2.0
"""TLS 1.3 handshakes, with and without a client certificate, that no normal client performs."""

import contextlib

import pytest

from mtlstest.oracle import new_case
from mtlstest.raw13 import Ticket
from mtlstest.raw_answers import (
    certificate_only,
    certificate_verify_by_another_key,
    certificate_verify_only,
    empty_but_verified,
    empty_without_finished,
    finished_only,
    no_certificate_verify,
    spoilt_certificate_verify,
    spoilt_finished,
    two_certificates,
    verify_before_certificate,
    without_finished,
)
from mtlstest.raw_common import (
    HANDSHAKE,
    P256,
    UNKNOWN_GROUP,
    X25519,
    Closed,
    Cut,
    CutAt,
    RawError,
    Refused,
    request,
)
from mtlstest.raw_site import (
    LATER,
    LINGER,
    MARGIN,
    OPEN,
    OPTIONAL,
    REQUIRE,
    UNLESS_PHA,
    running,
)

ASKED = ("certificate_request",)
ASKING = [OPTIONAL, REQUIRE]


@pytest.fixture(scope="module", params=["prefork", "event"])
def site(request, pki):
    with running(pki, request.param) as running_site:
        yield running_site


@pytest.fixture(params=ASKING, ids=["optional", "require"])
def host(request):
    return request.param


# --- T-P05: client flights that prove nothing, each followed at once by a request


def certificate_verify_over_another_transcript(answer, site, client):
    built = answer.certificate(site.alice)
    built += answer.certificate_verify(site.alice, over=client.transcript)
    return built + answer.finished()


def foreign_context(answer, site, client):
    built = answer.certificate(site.alice, context=b"mine")
    return built + answer.certificate_verify(site.alice) + answer.finished()


UNPROVEN = [
    certificate_only,
    without_finished,
    spoilt_certificate_verify,
    certificate_verify_by_another_key,
    certificate_verify_over_another_transcript,
    no_certificate_verify,
    spoilt_finished,
    finished_only,
    certificate_verify_only,
    empty_without_finished,
    empty_but_verified,
    foreign_context,
    verify_before_certificate,
    two_certificates,
]


@pytest.mark.parametrize("attack", UNPROVEN, ids=lambda f: f.__name__)
def test_unproven_handshake_never_runs_a_handler(site, host, attack):
    """T-P05, N-4: no handshake without a proof ends in a request, though one is sent with it."""
    case = new_case("hs")
    with site.tls13(server_name=host) as client:
        client.send_client_hello()
        client.server_flight()
        assert client.asked is not None
        answer = client.handshake_answer()
        client.send_handshake(attack(answer, site, client))
        client.established(answer)
        with contextlib.suppress(Closed):
            client.send_data(request("/staff", host, headers=["X-Case: " + case]))
        site.refused(client, case, handshake_outcome(client))


def handshake_outcome(client):
    """The end of the connection; records that do not decrypt are none of a request's answer."""
    try:
        return client.await_outcome()
    except RawError as error:
        raise AssertionError("the server went on after an unproven handshake") from error


def test_declining_in_the_handshake_is_answered_in_http(site, host):
    """T-P05, N-3: no certificate is no alert; the handshake ends and the request is refused."""
    with site.tls13(server_name=host) as client:
        client.handshake()
        assert client.asked is not None
        case, outcome = site.get(client, "/staff", host, notice=ASKED)
        if outcome.kind == "certificate_request":
            answer = client.answer(outcome.event)
            client.send_handshake(answer.certificate() + answer.finished())
            outcome = client.await_outcome()
        assert outcome.status == 403, outcome
        site.refused(client, case, outcome)


def test_flight_sent_twice(site, host):
    """T-P05: a second flight behind the first is not taken as anything."""
    with site.tls13(server_name=host) as client:
        client.send_client_hello()
        client.server_flight()
        first, second = client.handshake_answer(), client.handshake_answer()
        client.send_handshake(first.rightful(site.alice) + second.rightful(site.bob))
        client.established(first)
        case = new_case("twice")
        with contextlib.suppress(Closed):
            client.send_data(request("/partner", host, headers=["X-Case: " + case]))
        site.refused(client, case, client.await_outcome())


def test_rightful_handshake_is_served(site, host):
    """The control of the refusals above; and an unasked PHA does not follow."""
    with site.tls13(server_name=host) as client:
        client.handshake(site.alice)
        case, outcome = site.get(client, "/staff", host, notice=ASKED)
        site.served(case, outcome)


# --- T-P06, F-36: the client goes away during the handshake


def walk(site, host, cut):
    """A handshake and a request, broken off at a cut point; the case and the octets sent."""
    case = new_case("cut")
    client = site.tls13(cut=cut, server_name=host)
    try:
        client.send_client_hello()
        client.server_flight()
        answer = client.handshake_answer()
        parts = [
            answer.certificate(site.alice),
            answer.certificate_verify(site.alice),
            answer.finished(),
        ]
        flight = b"".join(client.seal_record(HANDSHAKE, part) for part in parts)
        client.wire.send(flight, "client_flight")
        client.established(answer)
        client.send_data(request("/staff", host, headers=["X-Case: " + case]), "request")
        client.await_outcome()
        client.wire.close()
    except Cut:
        pass
    return case, client.wire.sent


def cut_points(sent):
    """Boundaries and samples of each part of a whole walk, as (label, offset)."""
    for label, length in sent.items():
        for offset in sorted({0, 1, 5, 6, length // 3, length // 2, length - 17, length - 1}):
            yield label, offset


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
def test_client_vanishes_during_the_handshake(site, reset):
    """T-P06, F-36: closing at boundaries and inside of every message runs no handler."""
    whole, sent = walk(site, REQUIRE, None)
    assert site.oracle.ran(whole)
    points = list(cut_points(sent))
    cases = [walk(site, REQUIRE, CutAt(label, at, reset))[0] for label, at in points]
    assert len(cases) == 24
    site.answers_again()
    assert not [case for case in cases if site.oracle.ran(case)]


def test_silence_in_the_handshake_holds_the_worker_no_longer_than_configured(site):
    """F-30, T-P06: a client that was asked in the handshake and says nothing."""
    with site.tls13(address=site.second_address, server_name=REQUIRE) as client:
        client.send_client_hello()
        client.server_flight()
        outcome = client.await_outcome()
        assert outcome.ended and outcome.seconds < LATER + MARGIN, outcome
        site.answers_again(within=LINGER + MARGIN)


# --- T-P10: early data


FORGED = Ticket(psk=bytes(32), identity=bytes(160), age_add=0, early_data=16384)


def ticket_of(site, host, credential=None):
    """A ticket of a connection to the host, or None if the server gives none."""
    with site.tls13(server_name=host) as client:
        client.handshake(credential)
        site.get(client, "/open", host, notice=ASKED)
        return client.tickets[0] if client.tickets else None


@pytest.mark.parametrize("name", [OPEN, OPTIONAL, REQUIRE])
@pytest.mark.parametrize("forged", [False, True], ids=["own", "forged"])
def test_early_data_is_not_accepted(site, name, forged):
    """T-P10: no ticket allows early data, and a request sent as such runs nowhere."""
    ticket = FORGED if forged else ticket_of(site, name, site.alice) or FORGED
    assert ticket is FORGED or ticket.early_data == 0
    early = new_case("early")
    with site.tls13(server_name=name, ticket=ticket, early_data=True) as client:
        client.send_client_hello()
        client.send_early_data(request("/open", name, headers=["X-Case: " + early]))
        client.server_flight()
        assert not client.accepted_early_data
        answer = client.handshake_answer()
        flight = b"" if client.asked is None else answer.certificate()
        client.send_handshake(flight + answer.finished())
        client.established(answer)
        case, outcome = site.get(client, "/open", name, notice=ASKED)
        assert outcome.kind in ("response", "certificate_request"), outcome
    site.answers_again()
    assert not site.oracle.ran(early)


# --- T-P11: HelloRetryRequest

RETRIES = {
    "empty": {"shares": ()},
    "unknown": {"shares": (UNKNOWN_GROUP,), "groups": (UNKNOWN_GROUP, P256)},
    "other": {"shares": (UNKNOWN_GROUP,), "groups": (UNKNOWN_GROUP, X25519)},
}


@pytest.mark.parametrize("shares", RETRIES.values(), ids=RETRIES.keys())
def test_retry_then_certificate_in_the_handshake(site, host, shares):
    """T-P11: HelloRetryRequest and client authentication."""
    with site.tls13(server_name=host, **shares) as client:
        client.handshake(site.alice)
        assert client.retried and client.asked is not None
        case, outcome = site.get(client, "/staff", host, notice=ASKED)
        site.served(case, outcome)


@pytest.mark.parametrize("shares", RETRIES.values(), ids=RETRIES.keys())
def test_retry_then_step_up(site, shares):
    """T-P11: HelloRetryRequest and post-handshake authentication."""
    with site.tls13(**shares) as client:
        case, event = site.asked13(client)
        assert client.retried
        client.send_handshake(client.answer(event).rightful(site.alice))
        site.served(case, client.await_outcome())


def test_retry_then_unproven_certificate(site, host):
    """T-P11, T-P05: the transcript after a retry does not excuse from CertificateVerify."""
    with site.tls13(server_name=host, shares=()) as client:
        client.send_client_hello()
        client.server_flight()
        answer = client.handshake_answer()
        client.send_handshake(no_certificate_verify(answer, site, client))
        client.established(answer)
        case = new_case("retry")
        with contextlib.suppress(Closed):
            client.send_data(request("/staff", host, headers=["X-Case: " + case]))
        site.refused(client, case, handshake_outcome(client))


def test_retry_cannot_change_the_version(site, host):
    """T-P11: a second ClientHello that no longer speaks TLS 1.3 ends the connection."""
    with site.tls13(server_name=host, shares=()) as client:
        client.send_client_hello()
        client.hello.versions = (0x0303,)
        with pytest.raises((Refused, Closed)):
            client.server_flight()
    site.answers_again()


def test_retry_cannot_withdraw_or_add_the_offer_of_pha(site):
    """T-P11, N-1: what counts is decided once; a changed second ClientHello gains nothing."""
    for first in (True, False):
        with site.tls13(shares=(), post_handshake_auth=first) as client:
            client.send_client_hello()
            client.hello.post_handshake_auth = not first
            try:
                client.server_flight()
            except (Refused, Closed):
                continue
            answer = client.handshake_answer()
            client.send_handshake(answer.finished())
            client.established(answer)
            case, outcome = site.get(client, notice=ASKED)
            assert outcome.kind != "response" or outcome.status == 403, outcome
            if outcome.kind == "certificate_request":
                assert client.hello.post_handshake_auth
            client.wire.close()
            site.answers_again()
            assert not site.oracle.ran(case)


# --- T-V04c: ways to hide the name from whoever looks for it

CUTS = {
    "whole": {},
    "records-1": {"record": 1},
    "records-40": {"record": 40},
    "segments-1": {"segment": 1},
    "segments-2": {"segment": 130},
    "both": {"record": 50, "segment": 17},
}


@pytest.mark.parametrize("how", CUTS.values(), ids=CUTS.keys())
def test_cut_client_hello_finds_its_policy(site, host, how):
    """T-V04c: however a ClientHello is cut, its host's policy is found and enforced."""
    with site.tls13(server_name=host) as client:
        client.handshake(None, **how)
        assert client.asked is not None
        case, outcome = site.get(client, "/staff", host, notice=ASKED)
        assert outcome.status == 403 or outcome.kind == "certificate_request", outcome
        client.wire.close()
        site.answers_again()
        assert not site.oracle.ran(case)
    with site.tls13(server_name=host) as client:
        client.handshake(site.alice, **how)
        case, outcome = site.get(client, "/staff", host, notice=ASKED)
        site.served(case, outcome)


@pytest.mark.parametrize("name", [None, "", OPEN, "unknown.example.test"],
                         ids=["none", "empty", "open", "unknown"])
@pytest.mark.parametrize("how", [{}, {"record": 1}], ids=["whole", "cut"])
def test_without_the_name_no_weaker_policy(site, host, name, how):
    """T-V04c: no SNI, an empty one or another's; the Host field asks for the protected host."""
    with site.tls13(server_name=name) as client:
        try:
            client.handshake(None, **how)
        except (Refused, Closed):
            assert name == ""  # RFC 6066 section 3: HostName is 1 octet or more
            site.answers_again()
            return
        protected = ["/staff"] + (["/"] if host == REQUIRE else [])
        cases = []
        for path in protected:
            case, outcome = site.get(client, path, host, notice=ASKED)
            cases.append(case)
            if outcome.kind != "response":
                break
            assert outcome.status in (403, 421), outcome
        client.wire.close()
        site.answers_again()
        assert not [case for case in cases if site.oracle.ran(case)]


def test_without_pha_the_client_is_asked_in_the_handshake(site):
    """N-1, T-V04c: unless-pha asks exactly those it could not ask later, in any cutting."""
    for how in CUTS.values():
        for offers in (True, False):
            with site.tls13(server_name=UNLESS_PHA, post_handshake_auth=offers) as client:
                client.handshake(site.alice, **how)
                assert (client.asked is None) == offers
                case, outcome = site.get(client, "/staff", UNLESS_PHA, notice=ASKED)
                if offers:
                    assert outcome.kind == "certificate_request", outcome
                    client.send_handshake(client.answer(outcome.event).rightful(site.alice))
                    outcome = client.await_outcome()
                site.served(case, outcome)


def test_resumed_handshake_carries_no_request_and_is_judged(site, host):
    """N-2: with a PSK there is no CertificateRequest; without one there is; both are served."""
    ticket = ticket_of(site, host, site.alice)
    with site.tls13(server_name=host, ticket=ticket) as client:
        client.handshake(site.alice)
        assert client.resumed == (client.asked is None)
        case, outcome = site.get(client, "/staff", host, notice=ASKED)
        site.served(case, outcome)


def test_ticket_of_an_unproven_connection_is_worth_nothing(site, host):
    """N-2, T-P05: resuming a connection that declined does not pass for a certificate."""
    ticket = ticket_of(site, host)
    with site.tls13(server_name=host, ticket=ticket, post_handshake_auth=False) as client:
        client.handshake()
        case, outcome = site.get(client, "/staff", host, notice=ASKED)
        assert outcome.status == 403, outcome
        site.refused(client, case, outcome)
