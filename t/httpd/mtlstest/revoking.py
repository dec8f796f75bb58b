# SPDX-License-Identifier: Apache-2.0
"""What the tests of revocation share: places of a profile each, every way to come to one with a
certificate, and what a refusal and the log look like."""
import contextlib
import re

from .clients import h1, h2
from .sites import PROBLEM, assert_ran, assert_refused, location, reason, vhost

STAFF_ROOT = "MTLSCACertificateFile @PKI@/staff_root.leaf.pem"
STAFF_CA = "MTLSIntermediateFile @PKI@/staff_ca.leaf.pem"
STAFF = (STAFF_ROOT, STAFF_CA)

# Reasons of revocation, with the status of each.
STATUS = {"revoked": 403, "ocsp-unknown": 403, "crl-missing": 503, "crl-expired": 503,
          "crl-unusable": 503, "ocsp-unreachable": 503, "ocsp-unusable": 503,
          "proof-expired": 421}

LAX = "lax"  # a profile and place that knows nothing of revocation
ASKING, CACHING, STEPPING = "localhost", "cache.example.test", "step.example.test"

_LOUD = re.compile(r"\[mtls:(warn|error|crit|alert|emerg)\]")


def profile(name, *lines, trust=STAFF):
    """<MTLSTrust name>."""
    return "<MTLSTrust %s>\n  %s\n</MTLSTrust>\n" % (name, "\n  ".join([*trust, *lines]))


def place(name, *lines):
    """/NAME, where the profile of that name is asked for."""
    return location("/" + name, "MTLSVerifyClient require", "MTLSAccept " + name, *lines)


def hosts(names, before="", trust=STAFF):
    """Three hosts with a place for each profile: one asks in the handshake, one too but its
    sessions are in the server's cache and not in tickets, and one steps up.  trust is of the lax
    profile."""
    places = "".join(place(name) for name in [LAX, *names])
    asking = "MTLSAskInHandshake always\nMTLSAccept %s\n" % LAX
    return (profile(LAX, trust=trust) + vhost(ASKING, before + asking + places)
            + vhost(CACHING, before + "SSLSessionTickets off\n" + asking + places)
            + vhost(STEPPING, before + places))


# ways to come with a certificate

class Visitor:
    """A connection and the host that it is for."""

    def __init__(self, client, host):
        self.client = client
        self.host = host

    def ask(self, path, **more):
        return self.client.ask(path, host=self.host, headers=[PROBLEM], **more)


def _direct(opener, host, first=None, **more):
    @contextlib.contextmanager
    def come(site, cert):
        with opener(site.port, cert=cert, sni=host, **more) as client:
            visitor = Visitor(client, host)
            if first is not None:
                assert_ran(site, visitor.ask(first), cert)
            yield visitor
    return come


def session_of(site, cert, host, version):
    """A session made where nobody asks for revocation."""
    with h1(site.port, cert=cert, sni=host, version=version) as client:
        assert_ran(site, Visitor(client, host).ask("/" + LAX), cert)
        return client.conn.session()


def resume(site, session, host, version, opener=h1):
    """A connection that resumes the session, without a certificate."""
    client = opener(site.port, sni=host, session=session, version=version)
    assert client.conn.resumed, "the session was declined"
    return client


def _resumed(host, version, opener=h1):
    @contextlib.contextmanager
    def come(site, cert):
        session = session_of(site, cert, host, version)
        with resume(site, session, host, version, opener) as client:
            yield Visitor(client, host)
    return come


WAYS = {
    "fresh 1.2": _direct(h1, ASKING, version="1.2"),
    "fresh 1.3": _direct(h1, ASKING, version="1.3"),
    "keep-alive": _direct(h1, ASKING, first="/" + LAX),
    "ticket 1.2": _resumed(ASKING, "1.2"),
    "ticket 1.3": _resumed(ASKING, "1.3"),
    "cache 1.2": _resumed(CACHING, "1.2"),
    "cache 1.3": _resumed(CACHING, "1.3"),
    "stream": _direct(h2, ASKING),
    "second stream": _direct(h2, ASKING, first="/" + LAX),
    "resumed stream": _resumed(ASKING, "1.3", h2),
    "post-handshake": _direct(h1, STEPPING, version="1.3", pha=True),
    "renegotiation": _direct(h1, STEPPING, version="1.2"),
    "known after a step-up": _direct(h1, STEPPING, first="/" + LAX, version="1.3", pha=True),
}


# what came of it

def assert_let_in(site, cert, path, way="fresh 1.3"):
    with WAYS[way](site, cert) as visitor:
        assert_ran(site, visitor.ask(path), cert)


def assert_kept_out(site, cert, path, words, way="fresh 1.3"):
    """One of the words, each with its status; the handler does not run."""
    with WAYS[way](site, cert) as visitor:
        return assert_word(site, visitor.ask(path), words)


def assert_word(site, answer, words):
    """Refused for one of these reasons, with its status."""
    words = {words} if isinstance(words, str) else set(words)
    said = reason(answer)
    assert said in words, "expected %r: %r" % (words, answer)
    assert_refused(site, answer, said, STATUS[said])
    return answer


def assert_outcome(site, cert, path, word, way="fresh 1.3"):
    """None: let in; else kept out for that reason."""
    if word is None:
        assert_let_in(site, cert, path, way)
    else:
        assert_kept_out(site, cert, path, word, way)


def loud(site):
    """What the module logged above INFO since the test began."""
    return [line for line in site.log_tail().splitlines() if _LOUD.search(line)]


def loud_but_of_others(site, responder):
    """The same without what is told of other responders: of one that is slow to fail it may be told
    when the test that asked it is over."""
    others = re.compile(r"MTLS0031: https?://127\.0\.0\.1:(?!%d\b)" % responder.port)
    return [line for line in loud(site) if not others.search(line)]


def assert_quiet(site, *stated, may=()):
    """Nothing loud was logged but lines with one of these, and each of them was; what is told once
    in a while only may be among them."""
    lines = loud(site)
    other = [line for line in lines if not any(words in line for words in [*stated, *may])]
    assert not other, "not to be logged:\n" + "\n".join(other)
    for words in stated:
        assert any(words in line for line in lines), "nobody said %r:\n%s" % (words, lines)
