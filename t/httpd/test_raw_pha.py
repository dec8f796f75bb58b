# SPDX-License-Identifier: Apache-2.0
"""Answers to a post-handshake CertificateRequest that no normal TLS 1.3 client gives."""

import contextlib
import time

import pytest

from mtlstest.oracle import new_case
from mtlstest.raw13 import NOT_REQUESTED, REQUESTED
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
    SIGNATURE_ALGORITHMS,
    Closed,
    Cursor,
    Cut,
    CutAt,
    flip,
    request,
)
from mtlstest.raw_site import DEADLINE, HASTY, LINGER, MARGIN, OPEN, TRUSTED, running

ASKED = ("certificate_request",)


@pytest.fixture(scope="module", params=["prefork", "event"])
def site(request, pki):
    with running(pki, request.param) as running_site:
        yield running_site


# --- T-P04: answers that prove nothing.  Each row builds the octets sent after the request.


def rightful(answer, site, client):
    return answer.rightful(site.alice)


def certificate_verify_over_the_handshake(answer, site, client):
    built = answer.certificate(site.alice)
    built += answer.certificate_verify(site.alice, over=client.transcript)
    return built + answer.finished()


def certificate_verify_without_the_request(answer, site, client):
    built = answer.certificate(site.alice)
    built += answer.certificate_verify(site.alice, over=client.transcript + built)
    return built + answer.finished()


def wrong_context(answer, site, client):
    built = answer.certificate(site.alice, context=flip(answer.context))
    return built + answer.certificate_verify(site.alice) + answer.finished()


def empty_context(answer, site, client):
    built = answer.certificate(site.alice, context=b"")
    return built + answer.certificate_verify(site.alice) + answer.finished()


UNPROVEN = [
    certificate_only,
    without_finished,
    spoilt_certificate_verify,
    certificate_verify_by_another_key,
    certificate_verify_over_the_handshake,
    certificate_verify_without_the_request,
    no_certificate_verify,
    spoilt_finished,
    finished_only,
    certificate_verify_only,
    empty_without_finished,
    empty_but_verified,
    wrong_context,
    empty_context,
    verify_before_certificate,
    two_certificates,
]


@pytest.mark.parametrize("attack", UNPROVEN, ids=lambda f: f.__name__)
def test_unproven_answer_never_runs_the_handler(site, attack):
    """T-P04, N-4, F-30: possession must be proven; and the wait ends by the deadline."""
    with site.tls13(server_name=HASTY) as client:
        case, event = site.asked13(client, host=HASTY)
        with contextlib.suppress(Closed):
            client.send_handshake(attack(client.answer(event), site, client))
        site.refused(client, case, client.await_outcome())


def test_key_update_between_the_messages_of_an_answer(site):
    """T-P04, N-7: the answer's messages are consecutive; something between them ends it."""
    with site.tls13() as client:
        case, event = site.asked13(client)
        answer = client.answer(event)
        client.send_handshake(answer.certificate(site.alice))
        client.key_update()
        answer.secret = client.write.secret
        client.send_handshake(answer.certificate_verify(site.alice) + answer.finished())
        site.refused(client, case, client.await_outcome())


def test_answer_given_twice(site):
    """T-P04: the second answer proves nothing to the next request and ends the connection."""
    with site.tls13() as client:
        case, event = site.asked13(client)
        first, second = client.answer(event), client.answer(event)
        client.send_handshake(first.rightful(site.alice) + second.rightful(site.bob))
        outcome = client.await_outcome()
        follower = new_case("follower")
        try:
            later = client.get("/partner", OPEN, headers=["X-Case: " + follower], notice=ASKED)
            assert later.status != 200
        except Closed:
            pass
    site.answers_again()
    assert not site.oracle.ran(follower)
    for run in site.oracle.lines(case):
        assert "alice" in site.identity(run) and outcome.kind != "silence"


def test_answer_to_the_request_before(site):
    """T-P04: an answer carrying the context of an earlier request is not an answer to this one."""
    with site.tls13() as client:
        case, first = site.asked13(client)
        decline = client.answer(first)
        client.send_handshake(decline.certificate() + decline.finished())
        assert client.await_outcome().status == 403
        case, outcome = site.get(client, notice=ASKED)
        assert outcome.kind == "certificate_request"
        client.send_handshake(client.answer(first).rightful(site.alice))
        site.refused(client, case, client.await_outcome())


def test_two_answers_out_of_order(site):
    """T-P04: behind an answer to nobody's request the right one proves nothing."""
    with site.tls13() as client:
        case, first = site.asked13(client)
        decline = client.answer(first)
        client.send_handshake(decline.certificate() + decline.finished())
        assert client.await_outcome().status == 403
        case, outcome = site.get(client, notice=ASKED)
        old, new = client.answer(first), client.answer(outcome.event)
        client.send_handshake(old.rightful(site.alice) + new.rightful(site.alice))
        site.refused(client, case, client.await_outcome())


def test_declining_is_answered_in_http(site):
    """N-3: an empty Certificate is a refusal a person can read, and the connection goes on."""
    with site.tls13() as client:
        case, event = site.asked13(client)
        answer = client.answer(event)
        client.send_handshake(answer.certificate() + answer.finished())
        outcome = client.await_outcome()
        assert outcome.status == 403, outcome
        assert not site.oracle.ran(case)
        case, outcome = site.get(client, "/open")
        assert outcome.status == 200 and site.identity(site.oracle.one(case)) == ""


def test_foreign_certificate_is_refused_in_http(site):
    """T-P04: well proven, but of an issuer nobody trusts here: an HTTP answer, no alert."""
    with site.tls13() as client:
        case, event = site.asked13(client)
        client.send_handshake(client.answer(event).rightful(site.foreign))
        outcome = client.await_outcome()
        assert outcome.status == 403, outcome
        site.refused(client, case, outcome)


# --- F-30, T-D02: time


def test_silence_ends_at_the_deadline(site):
    """F-30: nobody waits longer than MTLSStepUpTimeout, though the client stays connected."""
    with site.tls13(server_name=HASTY) as client:
        client.handshake()
        began = time.monotonic()
        case, event = site.asked_by(client, host=HASTY)
        outcome = client.await_outcome()
        took = time.monotonic() - began
        assert outcome.ended and DEADLINE - 0.1 < took < DEADLINE + MARGIN, (outcome, took)
        site.answers_again(within=LINGER + MARGIN)
        assert not site.oracle.ran(case)


def test_slow_answer_ends_at_the_deadline(site):
    """F-30: the deadline is for the whole answer, not for each read."""
    with site.tls13(server_name=HASTY) as client:
        case, event = site.asked13(client, host=HASTY)
        began = time.monotonic()
        whole = client.answer(event).rightful(site.alice)
        with contextlib.suppress(Closed):
            client.send_handshake(whole, segment=1, pause=0.3)
        outcome = client.await_outcome()
        outcome.seconds = time.monotonic() - began
        site.refused(client, case, outcome)


@pytest.mark.parametrize("wanted", [NOT_REQUESTED, REQUESTED], ids=["quiet", "requesting"])
def test_key_update_flood_ends_at_the_deadline(site, wanted):
    """T-D02: KeyUpdates are no answer, however many there are."""
    with site.tls13(server_name=HASTY) as client:
        case, event = site.asked13(client, host=HASTY)
        began = time.monotonic()
        outcome = None
        while outcome is None and time.monotonic() - began < DEADLINE + MARGIN:
            outcome = flood(client, wanted)
        outcome = outcome or client.await_outcome(0)
        outcome.seconds = time.monotonic() - began
        site.refused(client, case, outcome)


def flood(client, wanted):
    """A burst of KeyUpdates; the outcome if the server has come to one."""
    try:
        for _ in range(20):
            client.key_update(wanted)
    except Closed:
        return client.await_outcome(0)
    outcome = client.await_outcome(0.01)
    return outcome if outcome.ended else None


# --- T-P07, F-31: application data before the answer


def test_request_sent_before_the_answer_has_no_identity(site):
    """T-P07, F-31: octets that arrived before the proof never run with it."""
    with site.tls13() as client:
        case, event = site.asked13(client)
        early, plain = new_case("early"), new_case("plain")
        client.send_data(request("/staff", OPEN, headers=["X-Case: " + early]))
        client.send_data(request("/open", OPEN, headers=["X-Case: " + plain]))
        client.send_handshake(client.answer(event).rightful(site.alice))
        outcome = client.await_outcome()
        assert outcome.ended and outcome.seconds < DEADLINE + MARGIN, outcome
        while outcome.kind == "response":
            outcome = client.await_outcome(notice=ASKED)
    site.answers_again()
    assert not site.oracle.ran(early)
    assert all(site.identity(run) == "" for run in site.oracle.lines(plain))
    assert all("alice" in site.identity(run) for run in site.oracle.lines(case))


def test_request_sent_within_the_answer_has_no_identity(site):
    """T-P07: the same between Certificate and CertificateVerify."""
    with site.tls13() as client:
        case, event = site.asked13(client)
        early = new_case("early")
        answer = client.answer(event)
        client.send_handshake(answer.certificate(site.alice))
        client.send_data(request("/open", OPEN, headers=["X-Case: " + early]))
        client.send_handshake(answer.certificate_verify(site.alice) + answer.finished())
        outcome = client.await_outcome()
        assert outcome.ended, outcome
        while outcome.kind == "response":
            outcome = client.await_outcome(notice=ASKED)
    site.answers_again()
    for run in site.oracle.lines(early):
        assert site.identity(run) == ""
    for run in site.oracle.lines(case):
        assert "alice" in site.identity(run)


def test_pipelined_requests_gain_no_identity(site):
    """T-P07, F-34: two requests in one record; what came before the proof runs without it."""
    with site.tls13() as client:
        client.handshake()
        case, early = new_case("first"), new_case("early")
        both = request("/staff", OPEN, headers=["X-Case: " + case])
        client.send_data(both + request("/open", OPEN, headers=["X-Case: " + early]))
        outcome = client.await_outcome(notice=ASKED)
        if outcome.kind == "certificate_request":
            client.send_handshake(client.answer(outcome.event).rightful(site.alice))
        while outcome.kind in ("response", "certificate_request"):
            outcome = client.await_outcome(notice=ASKED)
    site.answers_again()
    for run in site.oracle.lines(early):
        assert site.identity(run) == ""


def test_data_instead_of_an_answer_ends_at_the_deadline(site):
    """F-31, F-30: data keep nobody waiting."""
    with site.tls13() as client:
        case, event = site.asked13(client)
        began = time.monotonic()
        early = new_case("early")
        client.send_data(request("/staff", OPEN, headers=["X-Case: " + early]))
        outcome = client.await_outcome()
        outcome.seconds = time.monotonic() - began
        site.refused(client, case, outcome)
        assert not site.oracle.ran(early)


@pytest.mark.parametrize("late", [certificate_only, spoilt_certificate_verify, rightful])
def test_answer_after_the_deadline_counts_for_nobody(site, late):
    """T-P04: the place does without a certificate; the handler reads a body, and meets the answer
    nobody waits for any more.  mod_ssl, which has a CA for it, must not take it for its own."""
    with site.tls13(server_name=TRUSTED) as client:
        client.handshake()
        case = new_case("late")
        headers = ["X-Case: " + case, "Content-Length: 5", "Expect: 100-continue"]
        client.send_data(request("/welcome", TRUSTED, "POST", headers))
        outcome = client.await_outcome(notice=ASKED)
        assert outcome.kind == "certificate_request", outcome
        event = outcome.event
        assert client.await_outcome(DEADLINE + MARGIN).status == 100
        with contextlib.suppress(Closed):
            client.send_handshake(late(client.answer(event), site, client))
            client.send_data(b"body!")
            client.await_outcome()
    site.answers_again()
    for run in site.oracle.lines(case):
        assert "alice" not in site.identity(run), run
        assert run["ssl_client_verify"] != "SUCCESS", run


# --- T-P06, F-36: the client goes away


def answer_records(client, event, site):
    """The three messages of an answer, each in a record of its own, and their sizes there."""
    answer = client.answer(event)
    parts = [
        answer.certificate(site.alice),
        answer.certificate_verify(site.alice),
        answer.finished(),
    ]
    records = [client.seal_record(22, part) for part in parts]
    return b"".join(records), [len(record) for record in records]


def cut_points(sizes):
    """Every boundary but the last, and a sample inside each record."""
    points, start = {0}, 0
    for size in sizes:
        points.update(start + n for n in (1, 4, 5, 6, size // 2, size - 1))
        points.add(start + size)
        start += size
    return sorted(points - {start})


def broken_off(site, choose, reset):
    """Be asked, send the answer up to a cut point, vanish; the case."""
    with site.tls13() as client:
        case, event = site.asked13(client)
        data, sizes = answer_records(client, event, site)
        offset = choose(cut_points(sizes))
        if offset is None:
            return None
        client.wire.cut = CutAt("answer", offset, reset)
        with pytest.raises(Cut):
            client.wire.send(data, "answer")
        return case


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
def test_client_vanishes_within_the_answer(site, reset):
    """T-P06, F-36: at every boundary of the answer and at offsets inside its records."""
    cases, number = [], 0
    while True:
        case = broken_off(site, lambda at: at[number] if number < len(at) else None, reset)
        if case is None:
            break
        cases.append(case)
        number += 1
    assert number >= 16
    site.answers_again()
    assert not [case for case in cases if site.oracle.ran(case)]


def test_client_half_closes_instead_of_answering(site):
    """T-P06: a FIN ends the wait at once, though the client still reads."""
    with site.tls13() as client:
        case, event = site.asked13(client)
        client.wire.finish_writing()
        outcome = client.await_outcome()
        assert outcome.seconds < MARGIN, outcome
        site.refused(client, case, outcome)


def test_client_says_close_notify_instead_of_answering(site):
    """T-P06: a close_notify ends the wait at once."""
    with site.tls13() as client:
        case, event = site.asked13(client)
        client.send_alert(1, 0)
        outcome = client.await_outcome()
        assert outcome.seconds < MARGIN, outcome
        site.refused(client, case, outcome)


def test_client_sends_an_alert_instead_of_answering(site):
    """T-P06: so does a fatal alert."""
    with site.tls13() as client:
        case, event = site.asked13(client)
        client.send_alert(2, 40)
        outcome = client.await_outcome()
        assert outcome.seconds < MARGIN, outcome
        site.refused(client, case, outcome)


# --- N-1, N-2: what the server sends


def test_nobody_is_asked_who_did_not_offer(site):
    """N-1, N-2: without post_handshake_auth no CertificateRequest comes, and no handler runs."""
    with site.tls13(post_handshake_auth=False) as client:
        client.handshake()
        case, outcome = site.get(client, notice=ASKED)
        assert outcome.status == 403, outcome
        site.refused(client, case, outcome)


def test_every_request_has_a_context_of_its_own(site):
    """N-2: context non-empty and new each time, signature_algorithms present."""
    seen = []
    for _ in range(2):
        with site.tls13() as client:
            client.handshake()
            for _ in range(2):
                case, outcome = site.get(client, notice=ASKED)
                cursor = Cursor(outcome.event.body)
                seen.append(cursor.vector(1))
                assert SIGNATURE_ALGORITHMS in cursor.extensions()
                answer = client.answer(outcome.event)
                client.send_handshake(answer.certificate() + answer.finished())
                assert client.await_outcome().status == 403
                assert not site.oracle.ran(case)
    assert all(seen) and len(set(seen)) == len(seen)


def test_resumed_connection_steps_up(site):
    """N-2: after resumption no request in the handshake, but one after it."""
    with site.tls13() as client:
        client.handshake()
        site.get(client, "/open")
        ticket = client.tickets[0]
    with site.tls13(ticket=ticket) as client:
        case, event = site.asked13(client)
        assert client.resumed and client.asked is None
        client.send_handshake(client.answer(event).rightful(site.alice))
        site.served(case, client.await_outcome())


# --- N-7: rightful clients that no library is like


def test_plain_rightful_answer(site):
    """The control of every refusal above: the same octets, none spoilt, are served."""
    with site.tls13() as client:
        case, event = site.asked13(client)
        client.send_handshake(client.answer(event).rightful(site.alice))
        site.served(case, client.await_outcome())
        again, outcome = site.get(client, notice=ASKED)
        site.served(again, outcome)


@pytest.mark.parametrize("wanted", [NOT_REQUESTED, REQUESTED], ids=["quiet", "requesting"])
@pytest.mark.parametrize("together", [True, False], ids=["together", "apart"])
def test_key_update_before_the_answer(site, wanted, together):
    """N-7, T-D02: other messages may come first; the answer's Finished uses the new secret.  Sent
    together, they are all read from the socket before the first of them is looked at."""
    with site.tls13() as client:
        case, event = site.asked13(client)
        with client.corked() if together else contextlib.nullcontext():
            client.key_update(wanted)
            client.key_update(wanted)
            client.send_handshake(client.answer(event).rightful(site.alice))
        site.served(case, client.await_outcome())


@pytest.mark.parametrize("wanted", [NOT_REQUESTED, REQUESTED], ids=["quiet", "requesting"])
@pytest.mark.parametrize("together", [True, False], ids=["together", "apart"])
def test_key_update_before_the_request(site, wanted, together):
    """N-7: a KeyUpdate that the server has yet to answer does not swallow its question."""
    with site.tls13() as client:
        client.handshake()
        case = new_case("updated")
        with client.corked() if together else contextlib.nullcontext():
            client.key_update(wanted)
            client.send_data(request("/staff", OPEN, headers=["X-Case: " + case]))
        outcome = client.await_outcome(notice=ASKED)
        assert outcome.kind == "certificate_request", outcome
        client.send_handshake(client.answer(outcome.event).rightful(site.alice))
        site.served(case, client.await_outcome())


def test_delayed_answer(site):
    """N-7: an answer may take its time within the deadline."""
    with site.tls13() as client:
        case, event = site.asked13(client)
        assert client.await_outcome(0.5).kind == "silence"
        client.send_handshake(client.answer(event).rightful(site.alice))
        site.served(case, client.await_outcome())


@pytest.mark.parametrize("size", [1, 7, 100])
def test_answer_in_small_records(site, size):
    """N-7: messages may be cut over any number of records."""
    with site.tls13() as client:
        case, event = site.asked13(client)
        client.send_handshake(client.answer(event).rightful(site.alice), record=size)
        site.served(case, client.await_outcome())


@pytest.mark.parametrize("size", [3, 50])
def test_answer_in_small_segments(site, size):
    """N-7: and records over TCP segments."""
    with site.tls13() as client:
        case, event = site.asked13(client)
        client.send_handshake(client.answer(event).rightful(site.alice), segment=size)
        site.served(case, client.await_outcome())


def test_answer_with_every_message_apart(site):
    """N-7: a pause after each record; reads of the server see one message at a time."""
    with site.tls13() as client:
        case, event = site.asked13(client)
        answer = client.answer(event)
        client.send_handshake(answer.certificate(site.alice), pause=0.05)
        client.send_handshake(answer.certificate_verify(site.alice), pause=0.05)
        client.send_handshake(answer.finished())
        site.served(case, client.await_outcome())


def test_two_identities_on_one_connection(site):
    """N-2, N-7: a second step-up has a context of its own and adds, not replaces, a proof."""
    with site.tls13() as client:
        case, event = site.asked13(client)
        client.send_handshake(client.answer(event).rightful(site.alice))
        site.served(case, client.await_outcome())
        case, outcome = site.get(client, "/partner", notice=ASKED)
        assert outcome.kind == "certificate_request", outcome
        client.send_handshake(client.answer(outcome.event).rightful(site.bob))
        assert client.await_outcome().status == 200
        assert site.oracle.one(case)
        case, outcome = site.get(client, "/staff", notice=ASKED)
        assert outcome.status == 200, outcome


def test_asking_ends_after_the_allowed_attempts(site):
    """T-P01: each refused request is refused again, and the fourth is not even asked."""
    with site.tls13() as client:
        client.handshake()
        for _ in range(3):
            case, outcome = site.get(client, notice=ASKED)
            assert outcome.kind == "certificate_request", outcome
            answer = client.answer(outcome.event)
            client.send_handshake(answer.certificate() + answer.finished())
            assert client.await_outcome().status == 403
            assert not site.oracle.ran(case)
        case, outcome = site.get(client, notice=ASKED)
        assert outcome.status == 403, outcome
        site.refused(client, case, outcome)
