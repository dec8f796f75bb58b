# SPDX-License-Identifier: Apache-2.0
"""Pieces of configuration that several suites use, and what a refusal looks like."""
from . import http1

# Profiles by name; each trusts one root.
TRUST = """
<MTLSTrust staff>
  MTLSCACertificateFile @PKI@/staff_root.leaf.pem
</MTLSTrust>
<MTLSTrust partner>
  MTLSCACertificateFile @PKI@/partner_root.leaf.pem
</MTLSTrust>
<MTLSTrust third>
  MTLSCACertificateFile @PKI@/third_root.leaf.pem
</MTLSTrust>
"""

PROBLEM = ("Accept", "application/problem+json")


def vhost(name, body, port="@PORT@"):
    """A TLS host whose every page is the oracle's."""
    return """
<VirtualHost *:%s>
  ServerName %s
  SSLEngine on
  @SERVERCERT@
  <Location />
    SetHandler oracle
  </Location>
%s
</VirtualHost>
""" % (port, name, body)


def location(path, *lines):
    """A <Location> with these lines."""
    return "<Location %s>\n  %s\n</Location>\n" % (path, "\n  ".join(lines))


STAFF = location("/staff", "MTLSVerifyClient require", "MTLSAccept staff")
PARTNER = location("/partner", "MTLSVerifyClient require", "MTLSAccept partner")


def reason(answer):
    """The word a refusal gives as its reason; the request asked with PROBLEM."""
    if isinstance(answer, http1.Response):
        kind = (answer.header("Content-Type") or "").split(";")[0]
        assert kind == "application/problem+json", "no problem document: %r" % answer
        return answer.json["reason"]
    return reason(answer.response)


def assert_ran(site, answer, subject=None, word=None):
    """The handler ran once; with the identity of this certificate, or (None) with none."""
    assert answer.status == 200, "expected 200: %r" % answer
    seen = site.oracle.one(answer.case)
    env = seen["env"]
    if subject is None:
        assert "MTLS_SUBJECT" not in env, "nobody was proven, yet the handler saw %r" % env
    else:
        assert env.get("MTLS_SUBJECT") == subject.subject, "wrong identity: %r" % env
        assert "MTLS_REASON" not in env, "let in, and yet a reason against it: %r" % env
    if word is not None:
        assert env.get("MTLS_REASON") == word
    return seen


def assert_refused(site, answer, words, status=403):
    """No handler ran, and the answer tells one of these reasons."""
    words = {words} if isinstance(words, str) else set(words)
    assert not site.oracle.ran(answer.case), "the handler ran: %r" % site.oracle.lines(answer.case)
    assert answer.status == status, "expected %d: %r" % (status, answer)
    assert reason(answer) in words, "expected %r: %r" % (words, answer)
