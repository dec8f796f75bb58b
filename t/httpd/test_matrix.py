# SPDX-License-Identifier: Apache-2.0
"""T-P02 T-P03 N-20 N-21: every policy of a host with every policy of a location, in every way to come.

What must happen is computed by model() below, which knows the documented rules and nothing of
the module.  Whether a handler was reached is read from the oracle's file.
"""
import itertools

import pytest

from mtlstest.clients import h1, h2
from mtlstest.sites import PROBLEM, TRUST, assert_ran, assert_refused, location, vhost
from mtlstest.tls import TlsError

MODES = ["none", "optional", "require"]
PLACES = MODES + ["unset"]
CLIENTS = {"1.2": ("1.2", False), "1.3": ("1.3", False), "1.3pha": ("1.3", True)}
CERTS = {"no": None, "good": "alice", "bad": "foreign"}
HISTORIES = ["fresh", "resumed", "second"]


def config(protocols):
    hosts = []
    for mode in MODES:
        places = "".join(location("/" + p, "MTLSVerifyClient " + p) for p in MODES)
        hosts.append(vhost(mode + ".example.test",
                           "  MTLSVerifyClient %s\n  MTLSAccept staff\n%s" % (mode, places)))
    return "Protocols %s\n" % protocols + TRUST + "".join(hosts)


def model(host, place, client, protocol, cert):
    """(outcome, identity?, reasons): outcome is ran, refused or http11."""
    policy = host if place == "unset" else place
    asked_first = host != "none"
    can_step_up = client != "1.3"           # 1.2: renegotiation, 1.3pha: post-handshake
    if policy == "none":
        return "ran", False, None
    known = cert == "good" and (asked_first or (can_step_up and protocol == "h1"))
    if known:
        return "ran", True, None
    if policy == "optional":
        return "ran", False, None
    if protocol == "h2" and can_step_up:
        return "http11", False, None
    if not asked_first and not can_step_up:
        return "refused", False, {"step-up-unavailable"}
    if cert == "bad":
        return "refused", False, {"untrusted-issuer"}
    return "refused", False, {"declined", "no-certificate"} | (
        set() if can_step_up else {"step-up-unavailable"})


def connect(site, protocol, host, client, cert, session=None):
    version, pha = CLIENTS[client]
    opener = h1 if protocol == "h1" else h2
    return opener(site.port, version=version, pha=pha, cert=cert, sni=host, session=session)


def judge(site, answer, expected, cert):
    outcome, known, words = expected
    if outcome == "ran":
        seen = assert_ran(site, answer, cert if known else None)
        assert seen["vhost"].endswith(".example.test")
    elif outcome == "http11":
        assert not site.oracle.ran(answer.case)
        assert answer.http11, "expected HTTP_1_1_REQUIRED: %r" % answer
    else:
        assert_refused(site, answer, words)


def run(site, pki, case):
    host, place, client, protocol, cert_kind, history = case
    name = host + ".example.test"
    cert = getattr(pki, CERTS[cert_kind]) if CERTS[cert_kind] else None
    expected = model(host, place, client, protocol, cert_kind)
    session = None
    if history == "resumed":
        with connect(site, protocol, name, client, cert) as first:
            first.ask("/" + place, host=name, headers=[PROBLEM])
            session = first.conn.session()
    with connect(site, protocol, name, client, cert, session) as connection:
        if history == "resumed" and (cert_kind == "good" if host != "none" else place == "none"):
            assert connection.conn.resumed, "a good session must be worth something"
        judge(site, connection.ask("/" + place, host=name, headers=[PROBLEM]), expected, cert)
        if history == "second":
            if expected[0] == "http11":
                return  # the server may end the connection with the stream
            judge(site, connection.ask("/" + place, host=name, headers=[PROBLEM]), expected, cert)


FULL = list(itertools.product(MODES, PLACES, CLIENTS, ["h1", "h2"], CERTS, HISTORIES))
CORE = [(h, p, c, "h1", k, t) for h, p, c, k, t in itertools.product(
    ["none", "optional"], ["require", "unset"], CLIENTS, CERTS, HISTORIES)]


@pytest.fixture(scope="module")
def event(serve):
    return serve(config("h2 http/1.1"), modules=["http2"], name="matrix")


@pytest.fixture(scope="module")
def worker(serve):
    return serve(config("h2 http/1.1"), mpm="worker", modules=["http2"], name="matrix")


@pytest.fixture(scope="module")
def prefork(serve):
    return serve(config("http/1.1"), mpm="prefork", name="matrix")


@pytest.mark.parametrize("case", FULL, ids="-".join)
def test_event(event, pki, case):
    run(event, pki, case)


@pytest.mark.parametrize("case", CORE + [
    ("none", "require", c, "h2", k, "fresh") for c in CLIENTS for k in CERTS], ids="-".join)
def test_worker(worker, pki, case):
    run(worker, pki, case)


@pytest.mark.parametrize("case", CORE, ids="-".join)
def test_prefork(prefork, pki, case):
    run(prefork, pki, case)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("kind", CERTS)
def test_parallel_streams_T_P02(event, pki, client, kind):
    """Every one of many streams is judged for itself, open ones beside protected ones."""
    cert = getattr(pki, CERTS[kind]) if CERTS[kind] else None
    name = "optional.example.test"
    with connect(event, "h2", name, client, cert) as connection:
        places = ["none", "optional", "require", "unset"] * 5
        ids = [connection.start("/" + p, host=name, headers=[PROBLEM]) for p in places]
        found = connection.finish(*ids)
    refused_by_http11 = model("optional", "require", client, "h2", kind)[0] == "http11"
    for place, stream in zip(places, found):
        expected = model("optional", place, client, "h2", kind)
        if expected[0] == "refused" or kind == "good" or not refused_by_http11:
            judge(event, stream, expected, cert)
        elif expected[0] == "http11":
            judge(event, stream, expected, cert)
        elif stream.status == 200:  # or ended together with its neighbour
            judge(event, stream, expected, cert)


def test_h2_without_rightful_proof_never_reaches_a_handler(event, pki):
    """F-37: a hundred streams, none of them run."""
    name = "none.example.test"
    with connect(event, "h2", name, "1.3", None) as connection:
        found = []
        for _ in range(4):
            ids = [connection.start("/require", host=name, headers=[PROBLEM]) for _ in range(25)]
            found += connection.finish(*ids)
        for stream in found:
            assert_refused(event, stream, "step-up-unavailable")
        assert connection.ask("/none", host=name).status == 200, "the connection survives"


def test_alert_never_instead_of_an_answer(event, pki):
    """Asked in the handshake under `require`, every defect is answered in HTTP."""
    for label in ("expired", "notyet", "selfsigned", "foreign", "serveronly", "weak", "fake"):
        for version in ("1.2", "1.3"):
            try:
                with h1(event.port, version=version, cert=getattr(pki, label),
                        sni="require.example.test") as client:
                    answer = client.ask("/unset", host="require.example.test", headers=[PROBLEM])
            except TlsError as problem:
                pytest.fail("%s on TLS %s: %s" % (label, version, problem))
            assert answer.status == 403
            assert not event.oracle.ran(answer.case)
