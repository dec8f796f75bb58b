# SPDX-License-Identifier: Apache-2.0
"""OCSP: what a responder says, and everything that can come instead.

T-R01 T-R02 T-R03 T-R06 T-R07 T-R08 T-R09 F-01 F-02 F-03 F-04 F-05 N-40 N-41 N-43 N-44 N-45.  Over
time, and with many clients at once, it is in test_ocsp_life.py.  Each row has a responder and a
certificate of its own, because failures of both are remembered.
"""
import ipaddress
import time

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as EKU

from mtlstest import crls, files, service
from mtlstest.clients import h1
from mtlstest.crls import DAY, HOUR, MINUTE
from mtlstest.pki import DAY as ONE_DAY
from mtlstest.responder import FAILURES, Person, Responder, Says, new_label
from mtlstest.revoking import (ASKING, LAX, WAYS, Visitor, assert_kept_out, assert_let_in,
                               assert_outcome, assert_word, hosts, loud, loud_but_of_others, profile)
from mtlstest.server import Httpd
from mtlstest.service import Hole
from mtlstest.sites import assert_ran

SILENT, UNUSABLE, UNKNOWN = "ocsp-unreachable", "ocsp-unusable", "ocsp-unknown"
PATIENT_SECONDS, QUICK_SECONDS = 20, 1
# Longest that a machine takes for everything else in a test, while it is busy with others.
BUSY_SECONDS = 8
HOSTS = "MTLSFetchHosts 127.0.0.1"
ASK = ["MTLSOCSPTimeout %ds" % PATIENT_SECONDS, HOSTS]
QUICK = ["MTLSOCSPTimeout %ds" % QUICK_SECONDS, HOSTS]

PROFILES = {
    "hard": ["MTLSOCSP leaf hard"] + ASK,
    "soft": ["MTLSOCSP leaf soft"] + ASK,
    "quick-hard": ["MTLSOCSP leaf"] + QUICK,
    "quick-soft": ["MTLSOCSP leaf soft"] + QUICK,
    "nonce-hard": ["MTLSOCSP leaf", "MTLSOCSPNonce require"] + ASK,
    "nonce-soft": ["MTLSOCSP leaf soft", "MTLSOCSPNonce require"] + ASK,
    "nonce-optional": ["MTLSOCSP leaf", "MTLSOCSPNonce optional"] + ASK,
    "get": ["MTLSOCSP leaf", "MTLSOCSPMethod get"] + ASK,
    "chain": ["MTLSOCSP chain"] + ASK,
    "off": ["MTLSOCSP off", "MTLSOCSPResponder @HOME@"],
    "aged": ["MTLSOCSP leaf", "MTLSOCSPTime max-age=30m"] + ASK,
    "skewed": ["MTLSOCSP leaf", "MTLSOCSPTime skew=10m"] + ASK,
    "pinned": ["MTLSOCSP leaf", "MTLSOCSPResponderCertificateFile @PKI@/pinned.leaf.pem"] + ASK,
    "home": ["MTLSOCSP leaf", "MTLSOCSPResponder @HOME@"] + ASK,
    "override": ["MTLSOCSP leaf", ASK[0], "MTLSOCSPResponder @HOME@ override"],
    "nobody-named": ["MTLSOCSP leaf"],
    "other-named": ["MTLSOCSP leaf", "MTLSFetchHosts ocsp.example.test"],
    "all": ["MTLSOCSP leaf", "MTLSCRLFile @PKI@/ocsp.crl", "MTLSCRLCheck leaf"] + ASK,
    "crl-first": ["MTLSOCSP leaf", "MTLSCRLFile @PKI@/ocsp.crl", "MTLSCRLCheck leaf",
                  "MTLSRevocationOrder crl ocsp"] + ASK,
    "ocsp-first": ["MTLSOCSP leaf", "MTLSCRLFile @PKI@/ocsp.crl", "MTLSCRLCheck leaf",
                   "MTLSRevocationOrder ocsp crl"] + ASK,
}


def issue_signers(pki):
    """Who signs answers, rightly and wrongly."""
    if hasattr(pki, "delegate"):
        return
    signing, nocheck, now = [EKU.OCSP_SIGNING], [x509.OCSPNoCheck()], pki.now
    pki.issue("delegate", pki.staff_ca, eku=signing, extensions=nocheck)
    pki.issue("any_purpose", pki.staff_ca, eku=[EKU.ANY_EXTENDED_KEY_USAGE])
    pki.issue("client_purpose", pki.staff_ca)
    pki.issue("no_purpose", pki.staff_ca, eku=())
    pki.issue("delegate_of_root", pki.staff_root, eku=signing)
    pki.issue("delegate_of_partner", pki.partner_root, eku=signing)
    pki.issue("delegate_of_delegate", pki.delegate, eku=signing)
    pki.issue("delegate_expired", pki.staff_ca, eku=signing, before=now - 9 * ONE_DAY,
              after=now - ONE_DAY)
    pki.issue("delegate_not_yet", pki.staff_ca, eku=signing, before=now + ONE_DAY)
    pki.issue("self_made", eku=signing)
    pki.issue("pinned", eku=signing)
    pki.issue("twin_ca", cn="Staff issuing CA", ca=True)
    pki.issue("delegate_of_twin", pki.twin_ca, eku=signing)


@pytest.fixture(scope="module")
def home(pki):
    """The responder that the configuration names."""
    issue_signers(pki)
    with Responder(pki.staff_ca, pki.staff_root) as running:
        yield running


@pytest.fixture(scope="module")
def site(pki, home):
    files.replace(pki.path("ocsp.crl"), crls.make(pki.staff_ca))
    config = "Protocols h2 http/1.1\nMTLSFetchCACertificateFile @PKI@/server_root.leaf.pem\n"
    config += "".join(profile(name, *lines) for name, lines in PROFILES.items())
    config += hosts(PROFILES)
    with Httpd(pki, config.replace("@HOME@", home.url("/home")), modules=["http2"],
               name="ocsp") as running:
        yield running


@pytest.fixture
def person(pki):
    with Person(pki) as somebody:
        yield somebody


# what is good

def flipped(octets):
    return octets[:-1] + bytes([octets[-1] ^ 1])


GOOD = {
    "plain": lambda p: dict(),
    "named by its name": lambda p: dict(named_by="name"),
    "delegate": lambda p: dict(signer=p.delegate),
    "delegate by its name": lambda p: dict(signer=p.delegate, named_by="name"),
    "more certificates than needed": lambda p: dict(signer=p.delegate,
                                                    certs=[p.bob, p.delegate, p.staff_ca]),
    "without nextUpdate": lambda p: dict(until=None),
    "other answers first": lambda p: dict(
        change=lambda i: i.but(serial=17), word="revoked",
        others=[Says("revoked", change=lambda i: i.but(serial=18)), Says("good")]),
    "until after this day": lambda p: dict(until=30 * DAY),
    "unknown extension": lambda p: dict(extensions=[crls.extension(crls.UNKNOWN_OID,
                                                                   b"\x05\x00")]),
    "a clock a little ahead": lambda p: dict(this=30, produced=30),
    "ended a little while ago": lambda p: dict(this=-HOUR, until=-10),
}


@pytest.mark.parametrize("name", sorted(GOOD))
def test_good(site, pki, person, name):
    person.say(**GOOD[name](pki))
    for _ in range(3):
        assert_let_in(site, person.cert, "/hard")
    assert person.hits == 1, "asked again about what is known"
    assert not loud_but_of_others(site, person.responder)
    question = person.responder.requests[0]
    assert (question.method, question.path, question.nonce) == ("POST", "/ocsp", None)
    assert question.header("Host") in ("127.0.0.1:%d" % person.responder.port, "127.0.0.1")


@pytest.mark.parametrize("name", sorted(GOOD))
def test_revoked_whoever_says_it(site, pki, person, name):
    how = GOOD[name](pki)
    if "others" in how:
        how["others"] = [Says("good", change=lambda i: i.but(serial=18)), Says("revoked")]
        how["word"] = "good"
    else:
        how["word"] = "revoked"
    person.say(**how)
    for path in ("/hard", "/soft"):
        assert_kept_out(site, person.cert, path, "revoked")
    assert_let_in(site, person.cert, "/" + LAX)
    assert person.hits in (1, 2) and not loud_but_of_others(site, person.responder)


@pytest.mark.parametrize("manner", [service.unframed, service.in_pieces, service.delayed(0.3)],
                         ids=["unframed", "in pieces", "late"])
def test_good_in_another_manner(site, person, manner):
    person.responder.manner = manner
    assert_let_in(site, person.cert, "/hard")
    assert person.hits == 1


def test_T_R06_smallest_window(site, pki):
    """The question arrives whole where it is taken octet by octet."""
    with Person(pki, trickled=True, path="/" + "x" * 1900) as person:
        assert_let_in(site, person.cert, "/hard")
        assert person.hits == 1
        assert len(person.responder.requests[0].path) == 1901


def test_https(site, pki):
    with Person(pki, tls=pki.server) as person:
        assert_let_in(site, person.cert, "/hard")
        person.say("revoked")
        assert_kept_out(site, person.cert, "/soft", "revoked")


def test_https_with_a_certificate_of_nobody_known(site, pki):
    pki.issue("false_server", pki.foreign_root, cn="localhost", eku=[EKU.SERVER_AUTH],
              sans=[x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    pki.issue("named_otherwise", pki.server_root, cn="elsewhere", eku=[EKU.SERVER_AUTH],
              sans=[x509.DNSName("elsewhere.example.test")])
    for server in (pki.false_server, pki.named_otherwise):
        with Person(pki, tls=server) as person:
            assert_kept_out(site, person.cert, "/hard", SILENT)
            assert person.hits == 0, "the question went to somebody else"


def test_N_45_get(site, pki, person):
    assert_let_in(site, person.cert, "/get")
    question = person.responder.requests[0]
    assert question.method == "GET" and len(question.path) < 256 + len("/ocsp/")
    assert person.hits == 1
    with Person(pki, path="/a/b") as other:
        other.say("revoked")
        assert_kept_out(site, other.cert, "/get", "revoked")
        assert other.responder.requests[0].path.startswith("/a/b/")


# T-R01: answers that are not believed

BAD = {
    "signature flipped": lambda p: dict(twist=flipped, certs=[]),
    "signed with another key": lambda p: dict(key=p.bob.key),
    "signed with another key, named right": lambda p: dict(key=p.bob.key, named=p.staff_ca),
    "delegate's name, another's key": lambda p: dict(signer=p.delegate, key=p.bob.key),
    "delegate is not sent": lambda p: dict(signer=p.delegate, certs=[]),
    "signer without the purpose": lambda p: dict(signer=p.client_purpose),
    "signer without purposes": lambda p: dict(signer=p.no_purpose),
    "signer for any purpose": lambda p: dict(signer=p.any_purpose),
    "delegate of the CA above": lambda p: dict(signer=p.delegate_of_root),
    "the CA above": lambda p: dict(signer=p.staff_root),
    "delegate of another CA": lambda p: dict(signer=p.delegate_of_partner),
    "another CA": lambda p: dict(signer=p.partner_root),
    "delegate of a delegate": lambda p: dict(signer=p.delegate_of_delegate,
                                             certs=[p.delegate_of_delegate, p.delegate]),
    "delegate of a CA of the same name": lambda p: dict(signer=p.delegate_of_twin,
                                                        certs=[p.delegate_of_twin, p.twin_ca]),
    "a CA of the same name": lambda p: dict(signer=p.twin_ca, named_by="name"),
    "delegate has expired": lambda p: dict(signer=p.delegate_expired),
    "delegate is not valid yet": lambda p: dict(signer=p.delegate_not_yet),
    "signed by itself": lambda p: dict(signer=p.self_made),
    "signed by whom others pin": lambda p: dict(signer=p.pinned),
    "nextUpdate is over": lambda p: dict(this=-2 * HOUR, until=-HOUR),
    "thisUpdate lies ahead": lambda p: dict(this=HOUR, until=2 * HOUR),
    "thisUpdate is old": lambda p: dict(this=-2 * DAY, until=DAY),
    "thisUpdate is old, without nextUpdate": lambda p: dict(this=-2 * DAY, until=None),
    "nextUpdate before thisUpdate": lambda p: dict(this=-MINUTE, until=-10 * MINUTE),
    "unknown critical extension": lambda p: dict(extensions=[crls.extension(
        crls.UNKNOWN_OID, b"\x05\x00", critical=True)]),
}

# T-R02: what is no answer

EMPTY = service.instead(body=b"")
MANNERS = {
    "reset": service.reset, "closed": service.closed, "reset in the body": service.reset_in_body,
    "shorter than announced": service.cut_short, "500": service.page(500), "404": service.page(404),
    "503": service.page(503), "200 with a page": service.page(200),
    "204": service.instead(status=204, body=b""), "right, but status 500": service.instead(500),
    "right, but called a page": service.instead(kind="text/html"),
    "right, but called nothing": service.instead(kind=""),
    "empty": EMPTY, "half the DER": service.instead(body=lambda o: o[:len(o) // 2]),
    "all but an octet": service.instead(body=lambda o: o[:-1]),
    "an octet": service.instead(body=b"\x30"),
    "an octet too many": service.instead(body=lambda o: o + b"\0"),
    "twice": service.instead(body=lambda o: o + o),
    "noughts": service.instead(body=b"\0" * 500),
    "length beyond memory": service.instead(body=b"\x30\x84\xff\xff\xff\xff\x0a"),
    "not HTTP": service.not_http, "bad status line": service.bad_status_line,
}
SLOW = {
    "silent": service.silent, "stuck in the head": service.stuck_in_head,
    "stuck in the body": service.stuck_in_body, "an octet a while": service.trickle(0.1),
    "an octet of the head a while": service.trickle(0.1, of_head=True),
    "too late": service.delayed(PATIENT_SECONDS),
}
LARGE = {
    "ten megabytes": service.huge, "endless chunks": service.endless_chunks,
    "endless": service.endless_body, "endless head": service.endless_head,
    "endless line": service.endless_line, "gzip": service.gzip_bomb,
}
NO_ANSWER = {
    "about another serial": dict(change=lambda i: i.but(serial=i.serial + 1)),
    "about another name": dict(change=lambda i: i.but(name_hash=b"\1" * 20)),
    "about another key": dict(change=lambda i: i.but(key_hash=b"\1" * 20)),
    "about another hash": dict(change=lambda i: i.but(algorithm="2.16.840.1.101.3.4.2.1")),
    "about nobody": dict(change=None),
    "of another type": dict(response_type="1.3.6.1.5.5.7.48.1.99"),
}


def refuses(site, person, words, kind=""):
    """Hard refuses, soft lets in, and both are told to the administrator."""
    site.mark()
    assert_kept_out(site, person.cert, "/%shard" % kind, words)
    # who waited may be told a moment before the one who asked gives up
    assert site.wait_for(lambda: [line for line in loud(site)
                                  if str(person.responder.port) in line]), \
        "no line names the responder: %r" % loud(site)
    assert_let_in(site, person.cert, "/%ssoft" % kind)
    assert_let_in(site, person.cert, "/" + LAX)


@pytest.mark.parametrize("name", sorted(BAD))
def test_T_R01_not_believed(site, pki, person, name):
    person.say(**BAD[name](pki))
    refuses(site, person, UNUSABLE)
    assert person.hits in (1, 2)


@pytest.mark.parametrize("name", sorted(BAD))
def test_T_R01_not_believed_of_the_revoked_either(site, pki, person, name):
    """Somebody else's word keeps nobody out for long; hard refuses all the same, for its own
    reason."""
    person.say("revoked", **BAD[name](pki))
    assert_kept_out(site, person.cert, "/hard", UNUSABLE)


@pytest.mark.parametrize("name", sorted(MANNERS))
def test_T_R02_F_03_no_answer(site, person, name):
    person.responder.manner = MANNERS[name]
    refuses(site, person, {SILENT, UNUSABLE})
    assert person.hits in (1, 2)


@pytest.mark.parametrize("name", sorted(NO_ANSWER))
def test_T_R02_not_about_it(site, person, name):
    person.say(**NO_ANSWER[name])
    refuses(site, person, {SILENT, UNUSABLE})


@pytest.mark.parametrize("word", sorted(FAILURES))
def test_T_R02_N_43_unsigned_words(site, person, word):
    person.say(word)
    refuses(site, person, SILENT)


@pytest.mark.parametrize("name", sorted(SLOW))
def test_F_02_slow(site, person, name):
    """The deadline is of all of it."""
    person.responder.manner = SLOW[name]
    began = time.monotonic()
    refuses(site, person, SILENT, "quick-")
    assert time.monotonic() - began < 2 * QUICK_SECONDS + BUSY_SECONDS
    person.responder.await_hits(person.cert)  # who gave up need not wait for the one who reads
    assert person.hits in (1, 2)


@pytest.mark.parametrize("name", sorted(LARGE))
def test_F_04_T_R07_large(site, person, name):
    """Cut at the limit, long before the deadline."""
    person.responder.manner = LARGE[name]
    began = time.monotonic()
    refuses(site, person, {SILENT, UNUSABLE})
    assert time.monotonic() - began < BUSY_SECONDS < PATIENT_SECONDS


def test_F_01_refused_connection(site, person):
    person.responder.stop()
    refuses(site, person, SILENT)
    assert person.hits == 0


def test_F_01_black_hole(site, pki):
    with Hole() as hole:
        cert = pki.issue("fallen", pki.staff_ca, ocsp_url=hole.url("/ocsp"))
        began = time.monotonic()
        assert_kept_out(site, cert, "/quick-hard", SILENT)
        assert_let_in(site, cert, "/quick-soft")
        assert -0.1 < time.monotonic() - began - 2 * QUICK_SECONDS < BUSY_SECONDS


def test_unknown(site, person):
    """An answer, and no good one: not even for soft."""
    person.say("unknown")
    for path in ("/hard", "/soft"):
        assert_kept_out(site, person.cert, path, UNKNOWN)


def test_nobody_to_ask(site, pki):
    """A certificate that names no responder, and none is configured."""
    cert = pki.issue("names_nobody", pki.staff_ca)
    assert_kept_out(site, cert, "/hard", SILENT)
    assert_let_in(site, cert, "/soft")


# nonces

@pytest.mark.parametrize("nonce,require,optional", [
    ("echo", None, None), ("none", UNUSABLE, None), ("other", UNUSABLE, UNUSABLE),
    ("short", UNUSABLE, UNUSABLE), ("long", UNUSABLE, UNUSABLE)])
def test_N_44_nonces(site, person, nonce, require, optional):
    person.say(nonce=nonce)
    assert_outcome(site, person.cert, "/nonce-hard", require)
    assert_outcome(site, person.cert, "/nonce-optional", optional)
    assert_let_in(site, person.cert, "/hard")
    sent = [request.nonce for request in person.responder.requests]
    assert len(sent) == 3 and len(sent[0]) == len(sent[1]) == 32 and sent[2] is None
    assert sent[0] != sent[1]


def test_T_R08_replay(site, pki, person):
    """What was good once, and is brought again."""
    person.say(this=-HOUR, until=DAY)
    assert_let_in(site, person.cert, "/nonce-hard")
    assert_let_in(site, person.cert, "/hard")
    person.say("revoked")
    person.responder.replayed = person.responder.answers[0]
    assert_kept_out(site, person.cert, "/nonce-optional", UNUSABLE)
    person.responder.replayed = person.responder.answers[1]
    assert_kept_out(site, person.cert, "/aged", UNUSABLE)


def test_T_R08_answer_of_another_certificate(site, pki):
    """One responder, two people: an answer about one says nothing of the other."""
    with Responder(pki.staff_ca) as responder:
        good, bad = (pki.issue("replay_" + label, pki.staff_ca, ocsp_url=responder.url())
                     for label in ("good", "bad"))
        responder.say(bad, "revoked")
        assert_let_in(site, good, "/hard")
        responder.replayed = responder.answers[0]
        assert_kept_out(site, bad, "/hard", {SILENT, UNUSABLE})
        responder.replayed = None
        assert_kept_out(site, bad, "/aged", "revoked")
        assert_let_in(site, good, "/hard")


# who is asked

def test_T_R09_two_CAs_of_one_name(pki):
    """The same serial number, too: what one says is not said of the other's."""
    for label in ("ocsp_twin_a", "ocsp_twin_b"):
        pki.issue(label, cn="Twin of OCSP", ca=True)
    with Responder(pki.ocsp_twin_a, pki.ocsp_twin_b) as responder:
        for label in "ab":
            pki.issue("ocsp_of_" + label, getattr(pki, "ocsp_twin_" + label), cn="of a twin",
                      serial=4712, ocsp_url=responder.url())
        responder.say(pki.ocsp_of_a, "revoked")
        trust = ["MTLSCACertificateFile @PKI@/ocsp_twin_a.leaf.pem @PKI@/ocsp_twin_b.leaf.pem"]
        config = profile("twins", "MTLSOCSP leaf", *ASK, trust=trust)
        with Httpd(pki, config + hosts(["twins"], trust=trust), name="ocsp-twins") as site:
            for _ in range(2):
                assert_kept_out(site, pki.ocsp_of_a, "/twins", "revoked")
                assert_let_in(site, pki.ocsp_of_b, "/twins")
        assert (responder.hits(pki.ocsp_of_a), responder.hits(pki.ocsp_of_b)) == (1, 1)


def test_chain_asks_about_the_CA_too(site, pki):
    with Responder(pki.staff_root) as above, Responder() as below:
        ca = pki.issue("asked_ca", pki.staff_root, ca=True, ocsp_url=above.url())
        below._issuers.append(ca)
        cert = pki.issue("asked", ca, ocsp_url=below.url())
        other = pki.issue("asked_too", ca, ocsp_url=below.url())
        assert_let_in(site, cert, "/chain")
        assert (above.hits(ca), below.hits(cert)) == (1, 1)
        assert_let_in(site, other, "/chain")
        assert above.hits(ca) == 1
        bad_ca = pki.issue("revoked_ca", pki.staff_root, ca=True, ocsp_url=above.url())
        above.say(bad_ca, "revoked")
        below._issuers.append(bad_ca)
        of_bad = pki.issue("of_revoked_ca", bad_ca, ocsp_url=below.url())
        assert_kept_out(site, of_bad, "/chain", "revoked")
        assert_let_in(site, of_bad, "/hard")


def test_configured_responder(site, pki, home, person):
    """For those who name none; with override, for all."""
    nameless = pki.issue("nameless", pki.staff_ca)
    home.say(nameless, "revoked")
    home.say(person.cert, "revoked")
    assert_kept_out(site, nameless, "/home", "revoked")
    assert_let_in(site, person.cert, "/home")
    assert (home.hits(person.cert), person.hits) == (0, 1)
    assert_kept_out(site, person.cert, "/override", "revoked")
    assert (home.hits(person.cert), person.hits) == (1, 1)
    assert home.requests[-1].path == "/home"


def test_off_asks_nobody(site, home, person):
    person.say("revoked")
    assert_let_in(site, person.cert, "/off")
    assert person.hits == home.hits(person.cert) == 0


def test_pinned_responder(site, pki, person):
    person.say(signer=pki.pinned)
    assert_let_in(site, person.cert, "/pinned")
    person.say("revoked", signer=pki.pinned, certs=[])
    with Person(pki) as other:
        other.say("revoked", signer=pki.pinned, certs=[])
        assert_kept_out(site, other.cert, "/pinned", "revoked")
    with Person(pki) as other:
        other.say(signer=pki.self_made)
        assert_kept_out(site, other.cert, "/pinned", UNUSABLE)


def test_times(site, pki, person):
    person.say(this=-HOUR, until=HOUR)
    assert_let_in(site, person.cert, "/hard")
    assert_kept_out(site, person.cert, "/aged", UNUSABLE)
    with Person(pki) as other:
        other.say(this=5 * MINUTE, until=HOUR)
        assert_kept_out(site, other.cert, "/hard", UNUSABLE)
        assert_let_in(site, other.cert, "/skewed")


def test_order_of_sources(site, pki):
    """ocsp.crl names nobody: it says good of everybody."""
    for path, word, hits in (("/all", "revoked", 1), ("/crl-first", None, 0),
                             ("/ocsp-first", "revoked", 1)):
        with Person(pki) as person:
            person.say("revoked")
            assert_outcome(site, person.cert, path, word)
            assert person.hits == hits
    for path, word in (("/all", SILENT), ("/crl-first", None), ("/ocsp-first", None)):
        with Person(pki) as person:
            person.say("tryLater")
            assert_outcome(site, person.cert, path, word)


# F-05: where a certificate may send the server

FORBIDDEN = {
    "ftp": "ftp://127.0.0.1:%d/", "file": "file:///etc/passwd?%d",
    "gopher": "gopher://127.0.0.1:%d/",
    "ldap": "ldap://127.0.0.1:%d/", "no scheme": "//127.0.0.1:%d/",
    "user": "http://me:pw@127.0.0.1:%d/",
    "user only": "http://127.0.0.1@127.0.0.1:%d/", "another name": "http://localhost:%d/",
    "another address": "http://127.0.0.2:%d/", "address in six": "http://[::1]:%d/",
    "mapped": "http://[::ffff:127.0.0.1]:%d/", "number": "http://2130706433:%d/",
    "short": "http://127.1:%d/", "octal": "http://0177.0.0.1:%d/", "anywhere": "http://0.0.0.0:%d/",
    "space": "http://127.0.0.1:%d/ x", "line": "http://127.0.0.1:%d/\r\nX: 1",
    "fragment": "http://127.0.0.1:%d/#x", "fragment in the host": "http://127.0.0.1:%d#@x/",
    "backslash": "http:\\\\127.0.0.1:%d\\",
}


@pytest.mark.parametrize("name", sorted(FORBIDDEN))
def test_F_05_forbidden_addresses(site, pki, name):
    """Another host than the ones that are named, or no address of a host at all."""
    with Responder(pki.staff_ca) as responder:
        cert = pki.issue(new_label(), pki.staff_ca,
                         ocsp_url=FORBIDDEN[name] % responder.port)
        assert_kept_out(site, cert, "/hard", SILENT)
        assert responder.count() == 0


@pytest.mark.parametrize("path", ["/nobody-named", "/other-named"])
def test_F_05_this_machine_is_not_asked(site, person, path):
    assert_kept_out(site, person.cert, path, SILENT)
    assert person.responder.count() == 0


def test_F_05_second_address_is_taken(site, pki):
    with Responder(pki.staff_ca) as responder:
        cert = pki.issue("second_address", pki.staff_ca,
                         ocsp_url=["ldap://127.0.0.1/x", responder.url()])
        assert_let_in(site, cert, "/hard")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_F_05_redirects_are_not_followed(site, pki, person, status):
    with Responder(pki.staff_ca) as elsewhere:
        person.responder.manner = service.redirect(elsewhere.url("/ocsp"), status)
        refuses(site, person, SILENT)
        assert elsewhere.count() == 0


def test_F_05_unverified_certificates_send_nobody(site, pki):
    """Not of a CA that is unknown, nor with a signature that is wrong, nor expired."""
    with Responder(pki.staff_ca, pki.foreign_root) as responder:
        url = responder.url()
        strangers = [
            pki.issue("stranger", pki.foreign_root, ocsp_url=url),
            pki.issue("stranger_alone", ocsp_url=url),
            pki.issue("stranger_expired", pki.staff_ca, ocsp_url=url,
                      before=pki.now - 9 * ONE_DAY, after=pki.now - ONE_DAY),
            pki.issue("stranger_server", pki.staff_ca, ocsp_url=url, eku=[EKU.SERVER_AUTH])]
        false = pki.issue("false_ca", cn="Staff issuing CA", ca=True)
        forged = pki.issue("stranger_forged", false, ocsp_url=url)
        forged.issuer = pki.staff_ca
        for cert in strangers + [forged]:
            for path in ("/hard", "/soft", "/chain"):
                with h1(site.port, cert=cert, version="1.3", leaf_only=True) as client:
                    answer = Visitor(client, ASKING).ask(path)
                    assert answer.status == 403 and not site.oracle.ran(answer.case)
        assert responder.count() == 0


def test_F_05_environment_has_no_say(pki, monkeypatch, person):
    """A proxy of the environment is not ours."""
    with Responder(pki.staff_ca) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url())
        monkeypatch.delenv("no_proxy", raising=False)
        config = profile("hard", *PROFILES["hard"]) + hosts(["hard"])
        with Httpd(pki, config, name="ocsp-env") as site:
            assert_let_in(site, person.cert, "/hard")
        assert (person.hits, proxy.count()) == (1, 0)


def test_F_05_proxy(pki):
    """The configured proxy is asked, with the whole address."""
    with Responder(pki.staff_ca) as proxy:
        cert = pki.issue("proxied", pki.staff_ca, ocsp_url="http://ocsp.example.test/there")
        lines = ["MTLSOCSP leaf", "MTLSFetchHosts ocsp.example.test"]
        config = "MTLSFetchProxy %s\n" % proxy.base + profile("hard", *lines) + hosts(["hard"])
        with Httpd(pki, config, name="ocsp-proxy") as site:
            assert_let_in(site, cert, "/hard")
        assert proxy.hits(cert) == 1
        assert proxy.requests[0].target == "http://ocsp.example.test/there"


# T-R03

@pytest.mark.parametrize("way", WAYS)
def test_T_R03_however_one_comes(site, pki, way):
    with Person(pki) as good, Person(pki) as bad:
        bad.say("revoked")
        with WAYS[way](site, bad.cert) as visitor:
            for path in ("/hard", "/soft", "/hard"):
                assert_word(site, visitor.ask(path), "revoked")
        with WAYS[way](site, good.cert) as visitor:
            for _ in range(2):
                assert_ran(site, visitor.ask("/hard"), good.cert)
        assert good.hits == 1 and bad.hits in (1, 2)


# configuration

@pytest.mark.parametrize("line", [
    "MTLSOCSP", "MTLSOCSP yes", "MTLSOCSP leaf chain", "MTLSOCSP leaf hard soft",
    "MTLSOCSP leaf grace=", "MTLSOCSPResponder", "MTLSOCSPResponder ocsp.example.test",
    "MTLSOCSPResponder ftp://x/", "MTLSOCSPResponder http://u@x/",
    "MTLSOCSPResponder http://x/ always",
    "MTLSOCSPNonce on", "MTLSOCSPMethod put", "MTLSOCSPTimeout 0", "MTLSOCSPTimeout 10ms",
    "MTLSOCSPTimeout 2m", "MTLSOCSPTime", "MTLSOCSPTime skew", "MTLSOCSPTime age=3",
    "MTLSOCSPResponderCertificateFile /nonexistent", "MTLSFetchHosts"])
def test_words_that_mean_nothing(pki, line):
    more = [] if line.split()[0] == "MTLSOCSP" else ["MTLSOCSP leaf"]
    done = Httpd(pki, profile("hard", line, *more) + hosts(["hard"]), name="ocsp-check").check()
    assert not done.ok and line.split()[0] in done.text, done
