# SPDX-License-Identifier: Apache-2.0
"""SNI, Host and resumption: no trick finds a weaker policy.

T-V01 T-V02 T-V03 T-V04 T-V07 T-V09 T-V11 T-V12 N-23.  Not here:
  T-V04c  ClientHello in one-octet records: test_raw_*.py
  T-V05   settings changed by a reload: test_crl_reload.py
  T-V06   (free number)
  T-V08   renewal of tickets over time: test_proof_age.py
  T-V10   another identity on what one has used: test_proof_age.py
"""
import itertools
import os

import pytest

from mtlstest.clients import h1, h2
from mtlstest.server import Httpd
from mtlstest.sites import PROBLEM, TRUST, assert_ran, assert_refused, location, vhost

A, B, C, PLAIN, WILD = ("a.example.test", "b.example.test", "c.example.test", "plain.example.test",
                        "w.example.test")
REQUIRE = location("/x", "MTLSVerifyClient require") + location("/open", "MTLSVerifyClient none")
CACHE = {"tickets": "", "cache": "SSLSessionTickets off\n"}
VERSIONS = {"1.2": dict(version="1.2"), "1.3": dict(version="1.3"),
            "1.3pha": dict(version="1.3", pha=True)}


def sites(shared="", wild_aliases=""):
    """Hosts alike to mod_ssl that differ in mod_mtls alone; the first is the address's default."""
    return [
        vhost(PLAIN, shared),
        vhost(A, shared + "MTLSVerifyClient optional\nMTLSAccept staff\n" + REQUIRE),
        vhost(B, shared + "MTLSVerifyClient optional\nMTLSAccept partner\n" + REQUIRE),
        vhost(C, shared + "MTLSAccept staff\n" + REQUIRE),
        vhost(WILD, shared + "ServerAlias *.wild.test xn--bcher-kva.test 127.0.0.1 %s\n"
              % wild_aliases + "MTLSVerifyClient require\nMTLSAccept staff\n")]


def ticket_key(directory):
    path = os.path.join(directory, "ticket.key")
    if not os.path.exists(path):
        with open(path, "wb") as f:
            f.write(os.urandom(80))
    return path


@pytest.fixture(scope="module", params=["strict", "secure", "authonly", "insecure"])
def policy(request, serve):
    return serve("Protocols h2 http/1.1\nSSLVHostSNIPolicy %s\n" % request.param + TRUST
                 + "".join(sites()), modules=["http2"], name="sni-" + request.param)


@pytest.mark.parametrize("way", VERSIONS)
@pytest.mark.parametrize("sni,host", [
    (A, B), (B, A), (A, C), (PLAIN, A), (PLAIN, C), (None, A), (None, C), (PLAIN, WILD),
    (A, WILD), (WILD, A)])
@pytest.mark.parametrize("opener", [h1, h2])
def test_T_V01_T_V03_other_host_than_sni(policy, pki, way, sni, host, opener):
    """Not even with a certificate that both accept."""
    for cert in (pki.alice, pki.bob, None):
        with opener(policy.port, sni=sni, cert=cert, **VERSIONS[way]) as client:
            answer = client.ask("/x", host=host, headers=[PROBLEM])
            assert not policy.oracle.ran(answer.case)
            assert answer.status == 421, answer


@pytest.mark.parametrize("way", VERSIONS)
def test_T_V12_host_changes_on_a_connection(policy, pki, way):
    with h1(policy.port, sni=A, cert=pki.alice, **VERSIONS[way]) as client:
        assert_ran(policy, client.ask("/x", host=A), pki.alice)
        answer = client.ask("/x", host=B)
        assert answer.status == 421 and not policy.oracle.ran(answer.case)
    with h1(policy.port, sni=A, cert=pki.bob, **VERSIONS[way]) as client:
        answer = client.ask("/x", host=A, headers=[PROBLEM])
        assert_refused(policy, answer, {"untrusted-issuer"})
        answer = client.ask("/x", host=B)
        assert answer.status == 421 and not policy.oracle.ran(answer.case)


@pytest.fixture(scope="module", params=["tickets", "cache"])
def shared(request, serve, pki):
    """All hosts with one ticket key, or one session cache."""
    lines = CACHE[request.param] or "SSLSessionTicketKeyFile %s\n" % ticket_key(pki.dir)
    return serve("SSLVHostSNIPolicy insecure\n" + TRUST + "".join(sites(lines)),
                 name="shared-" + request.param)


def session_from(site, name, path, cert, way):
    with h1(site.port, sni=name, cert=cert, **VERSIONS[way]) as client:
        client.ask(path, host=name)
        return client.conn.session()


@pytest.mark.parametrize("way", VERSIONS)
@pytest.mark.parametrize("made_at,cert,path", [
    (PLAIN, None, "/"), (PLAIN, "alice", "/"), (A, None, "/open"), (A, "alice", "/x"),
    (A, "bob", "/x"), (A, "expired", "/x"), (B, "bob", "/x"), (B, "alice", "/x"),
    (C, None, "/open"), (C, "alice", "/x"), (WILD, "alice", "/"), (WILD, None, "/")])
@pytest.mark.parametrize("used_at", [A, B, C, WILD])
def test_T_V02_T_V07_session_of_another_host(shared, pki, way, made_at, cert, path, used_at):
    """A session brings no identity to another host, by SNI or by Host."""
    cert = getattr(pki, cert) if cert else None
    session = session_from(shared, made_at, path, cert, way)
    right = {A: "alice", B: "bob", C: "alice", WILD: "alice"}[used_at]
    for sni, host in ((used_at, used_at), (made_at, used_at), (None, used_at)):
        with h1(shared.port, sni=sni, session=session, **VERSIONS[way]) as client:
            answer = client.ask("/x", host=host)
        assert answer.status in (200, 403, 421), answer
        if made_at == used_at == sni and cert is not None and cert.label == right:
            continue  # its own session
        for seen in shared.oracle.lines(answer.case):
            pytest.fail("session of %s used at %s: handler ran as %r" % (made_at, host, seen))


@pytest.mark.parametrize("way", VERSIONS)
@pytest.mark.parametrize("name,label", [(A, "alice"), (B, "bob"), (WILD, "alice")])
def test_own_session_resumes_with_its_identity(shared, pki, way, name, label):
    cert = getattr(pki, label)
    session = session_from(shared, name, "/x", cert, way)
    for _ in range(2):
        with h1(shared.port, sni=name, session=session, **VERSIONS[way]) as client:
            seen = assert_ran(shared, client.ask("/x", host=name), cert)
            assert client.conn.resumed
            assert client.conn.requests == 0
            assert seen["env"]["MTLS_PROOF"] == "resumption"
            session = client.conn.session() if way != "1.2" else session


@pytest.mark.parametrize("way", VERSIONS)
def test_resumed_chain_has_its_intermediates(shared, pki, way):
    """Only the first handshake carries the intermediate CA; the verdict must not depend on it."""
    session = session_from(shared, A, "/x", pki.alice, way)
    for _ in range(3):
        with h1(shared.port, sni=A, session=session, **VERSIONS[way]) as client:
            assert_ran(shared, client.ask("/x", host=A), pki.alice)


@pytest.mark.parametrize("way", VERSIONS)
@pytest.mark.parametrize("kind", [None, "foreign", "expired", "selfsigned", "serveronly"])
@pytest.mark.parametrize("name", [A, WILD])
def test_T_V09_session_of_a_refused_client(shared, pki, way, kind, name):
    cert = getattr(pki, kind) if kind else None
    session = session_from(shared, name, "/x", cert, way)
    with h1(shared.port, sni=name, session=session, **VERSIONS[way]) as client:
        assert not client.conn.resumed, "a refused certificate left a session"
        answer = client.ask("/x", host=name, headers=[PROBLEM])
        assert answer.status == 403
        assert not shared.oracle.ran(answer.case)
    with h1(shared.port, sni=name, session=session, cert=pki.alice, **VERSIONS[way]) as client:
        assert_ran(shared, client.ask("/x", host=name), pki.alice)


@pytest.mark.parametrize("way", VERSIONS)
@pytest.mark.parametrize("kind", [None, "foreign", "expired", "selfsigned", "serveronly"])
def test_T_V09_session_of_the_handshake_alone(shared, pki, way, kind):
    """As above where no step-up followed, whose own session would hide the handshake's."""
    cert = getattr(pki, kind) if kind else None
    session = session_from(shared, A, "/open", cert, way)
    with h1(shared.port, sni=A, session=session, **VERSIONS[way]) as client:
        assert not client.conn.resumed, "a refused certificate left a session"
        answer = client.ask("/x", host=A, headers=[PROBLEM])
        assert answer.status == 403
        assert not shared.oracle.ran(answer.case)


@pytest.fixture(scope="module", params=["tickets", "cache"])
def same_name(request, serve, pki):
    """One name on two ports: to mod_ssl's session id context they are one host."""
    lines = "ServerName %s\n%s" % (A, CACHE[request.param]
                                   or "SSLSessionTicketKeyFile %s\n" % ticket_key(pki.dir))
    strict = "MTLSVerifyClient require\nMTLSAccept staff partner\n"
    return serve(TRUST + vhost(A, lines + "MTLSVerifyClient optional\nMTLSAccept staff\n")
                 + vhost(A, lines + strict, port="@PORT2@"), name="same-" + request.param)


@pytest.mark.parametrize("way", VERSIONS)
def test_T_V07_session_of_another_policy(same_name, pki, way):
    """Even where both would accept the certificate: the session is of the policy it was made under."""
    with h1(same_name.port, sni=A, cert=pki.alice, **VERSIONS[way]) as client:
        assert_ran(same_name, client.ask("/", host=A), pki.alice)
        session = client.conn.session()
    with h1(same_name.port2, sni=A, session=session, **VERSIONS[way]) as client:
        answer = client.ask("/", host=A, headers=[PROBLEM])
        assert answer.status == 403 and not same_name.oracle.ran(answer.case)
    with h1(same_name.port, sni=A, session=session, **VERSIONS[way]) as client:
        assert_ran(same_name, client.ask("/", host=A), pki.alice)
        assert client.conn.resumed


def test_T_V04c_no_sni(shared, pki):
    """Without SNI the address's first host answers; its connection opens nobody else's doors."""
    for host in (A, B, C, WILD):
        with h1(shared.port, sni=None, cert=pki.alice) as client:
            answer = client.ask("/x", host=host, headers=[PROBLEM])
            assert not shared.oracle.ran(answer.case)
            assert answer.status == 421


# T-V04a T-V04b: names written in odd ways

ALIASES = " ".join("alias%d.example.test" % i for i in range(200))
SPELLINGS = [
    ("w.example.test", "w.example.test"), ("W.EXAMPLE.TEST", "w.example.test"),
    ("w.example.test", "W.Example.Test"), ("w.example.test", "w.example.test:@PORT@"),
    ("W.Example.TEST", "W.EXAMPLE.test:@PORT@"), ("x.wild.test", "x.wild.test"),
    ("X.WILD.test", "x.Wild.Test:@PORT@"), ("x.wild.test", "y.wild.test"),
    ("xn--bcher-kva.test", "xn--bcher-kva.test"), ("XN--BCHER-KVA.test", "xn--bcher-kva.TEST"),
    ("alias199.example.test", "alias199.example.test"),
    ("ALIAS199.example.test", "Alias199.Example.Test"), ("w.example.test", "alias7.example.test")]


@pytest.fixture(scope="module")
def spelled(serve):
    return serve(TRUST + "".join(sites(wild_aliases=ALIASES)), name="spelled")


@pytest.mark.parametrize("sni,host", SPELLINGS)
def test_T_V04_spelling_finds_the_same_policy(spelled, pki, sni, host):
    host = host.replace("@PORT@", str(spelled.port))
    with h1(spelled.port, sni=sni, cert=pki.alice) as client:
        assert_ran(spelled, client.ask("/", host=host), pki.alice)
    for cert in (None, pki.foreign):
        with h1(spelled.port, sni=sni, cert=cert) as client:
            answer = client.ask("/", host=host, headers=[PROBLEM])
            assert answer.status == 403
            assert not spelled.oracle.ran(answer.case)


@pytest.mark.parametrize("sni", ["w.example.test", "x.wild.test", PLAIN, None])
@pytest.mark.parametrize("host", [
    "w.example.test.", "W.EXAMPLE.TEST.", "x.wild.test.", "a.b.wild.test", "127.0.0.1",
    "127.0.0.1:@PORT@", "xn--bcher-kva.test.", "alias3.example.test."])
def test_T_V04_never_weaker(spelled, sni, host):
    """Without a certificate: whatever the spelling finds, it is not the protected host's handler."""
    host = host.replace("@PORT@", str(spelled.port))
    with h1(spelled.port, sni=sni) as client:
        answer = client.ask("/", host=host)
        for seen in spelled.oracle.lines(answer.case):
            assert seen["vhost"] != "w.example.test", seen
        head, case = client.head("https://%s/" % host, host=PLAIN)
        client.conn.send(head)
        client.read(case)
        for seen in spelled.oracle.lines(case):
            assert seen["vhost"] != "w.example.test", "absolute-form URI: %r" % seen


# T-V11: the order of the configuration is no policy

def probe(site, pki):
    """What a fixed list of visitors gets, as a table."""
    table = []
    for name, kind, path in itertools.product([A, B, C, WILD], ["alice", "bob", None],
                                              ["/x", "/open"]):
        cert = getattr(pki, kind) if kind else None
        with h1(site.port, version="1.2", sni=name, cert=cert) as client:
            answer = client.ask(path, host=name)
            subject = [s["env"].get("MTLS_SUBJECT") for s in site.oracle.lines(answer.case)]
            table.append((name, kind, path, answer.status, subject))
    return table


def test_T_V11_order_of_hosts_and_sections(pki):
    hosts = sites()
    orders = [hosts, hosts[::-1], hosts[2:] + hosts[:2], [hosts[3], hosts[0], hosts[4], hosts[1],
                                                          hosts[2]]]
    tables = []
    for number, order in enumerate(orders):
        text = "".join(order) + TRUST if number % 2 else TRUST + "".join(order)
        with Httpd(pki, text, name="order%d" % number, mtls_last=bool(number % 2)) as site:
            tables.append(probe(site, pki))
    assert all(t == tables[0] for t in tables[1:])
    granted = [(n, k) for n, k, p, status, _ in tables[0] if p == "/x" and status == 200]
    assert granted == [(A, "alice"), (B, "bob"), (C, "alice"), (WILD, "alice")]
