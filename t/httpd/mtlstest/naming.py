# SPDX-License-Identifier: Apache-2.0
"""Places that ask who somebody is, and what they answer in one word."""
from .clients import h1
from .sites import PROBLEM, assert_refused, location, reason, vhost

LOGIN = ["MTLSVerifyClient require", "AuthType mtls", "Require valid-user"]


class Places:
    """Configuration that grows place by place, with the rules files they name."""

    def __init__(self, accept):
        self.accept = "MTLSAccept " + accept
        self.locations = []
        self.files = {}

    def add(self, path, *lines):
        self.locations.append(location(path, self.accept, *lines))

    def user(self, path, *words):
        """MTLSUser alone decides."""
        self.add(path, "MTLSUser " + " ".join(words), *LOGIN)

    def map(self, path, rules, *more):
        """These rules decide, and sources after them."""
        name = "conf/%s.map" % path.strip("/").replace("/", "_")
        self.files[name] = rules.rstrip("\n") + "\n"
        self.add(path, "MTLSMap " + name, *more, *LOGIN)

    def host(self, before=""):
        """A virtual host of all of them; everybody is asked in the handshake."""
        return vhost("localhost", "MTLSAskInHandshake always\n%s\n%s" % (
            before, "".join(self.locations)))


def text(value):
    """A value that the oracle wrote octet by octet."""
    return None if value is None else value.encode("latin-1").decode("utf-8")


class Visitor:
    """Somebody who comes with one certificate and asks place after place on one connection."""

    def __init__(self, site, cert, opener=h1):
        self.site = site
        self.cert = cert
        self.opener = opener
        self.client = None

    def ask(self, path, *headers):
        if self.client is None:
            self.client = self.opener(self.site.port, cert=self.cert, version="1.3")
        answer = self.client.ask(path, headers=[PROBLEM, *headers])
        if self.opener is h1 and answer.closes:
            self.close()
        return answer

    def sees(self, path, *headers):
        """What the handler saw; it must have run."""
        answer = self.ask(path, *headers)
        assert answer.status == 200, "expected 200 from %s: %r" % (path, answer)
        return self.site.oracle.one(answer.case)

    def who(self, path, *headers):
        """The user; where nobody is let in "!" and the reason, and then no handler ran."""
        answer = self.ask(path, *headers)
        if answer.status != 200:
            word = reason(answer)
            assert_refused(self.site, answer, word, 503 if word == "map-unavailable" else 403)
            return "!" + word
        seen = self.site.oracle.one(answer.case)
        assert seen["user"] == seen["env"].get("MTLS_USER") and seen["auth_type"] == "mtls"
        assert "MTLS_USER_REASON" not in seen["env"]
        return text(seen["user"])

    def close(self):
        if self.client is not None:
            self.client.close()
            self.client = None

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.close()


def who(site, cert, path):
    """One question of one certificate."""
    with Visitor(site, cert) as visitor:
        return visitor.who(path)
