# SPDX-License-Identifier: Apache-2.0
"""Hosts whose places send browsers to another host for their certificate, and what tests say of it."""
import itertools
import os
import re
import shutil
import signal
import urllib.request

from .http1 import Http1
from .roundtrip import Browser, Url
from .server import Httpd
from .sites import TRUST, location, vhost
from .tls import Connection
from .vitals import children_of

WWW, OTHER, CERT, MANY = "www.mtls.test", "app.mtls.test", "cert.mtls.test", "many.mtls.test"
TICKET, ATTEMPT = "__Host-mtls", re.compile(r"__Host-mtls-[0-9a-f]{16}\Z")
TO_CERT = "https://cert.mtls.test:@PORT@/"
TOKEN = re.compile(r"[A-Za-z0-9_-]{20,}\Z")
KEYS = ["0f1e2d3c4b5a69788796a5b4c3d2e1f000112233445566778899aabbccddeeff",
        "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf",
        "c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"]

# One of the staff is in the group.
MAP = """when fingerprint is %s then user alice groups ops
when cn like "*" then user "{cn}" groups guests
"""
LOG = ('LogFormat "%{X-Case}i|%r|%q|%U|%{Cookie}i|%{Referer}i|%{Location}o|%s" full\n'
       "CustomLog @ROOT@/logs/full.log full\n")
STATUS = "<Location /server-status>\n  SetHandler server-status\n</Location>\n"
REQUIRE = ["MTLSVerifyClient require"]

# Places of an application's host.
PLACES = "".join([
    location("/staff", *REQUIRE, "MTLSAccept staff"),
    location("/board", *REQUIRE, "MTLSAccept partner"),
    location("/both", *REQUIRE, "MTLSAccept staff partner"),
    location("/opt", "MTLSVerifyClient optional", "MTLSAccept staff"),
    location("/open", "MTLSVerifyClient none"),
    location("/api", *REQUIRE, "MTLSAccept staff"),
    location("/strict", *REQUIRE, "MTLSAccept staff",
             "Require mtls-proof handshake post-handshake renegotiation"),
    location("/group", *REQUIRE, "MTLSAccept staff", "AuthType mtls", "MTLSMap conf/people.map",
             "Require mtls-group ops"),
    location("/form", *REQUIRE, "MTLSAccept staff", "MTLSStepUp redirect-post"),
    location("/anyorigin", *REQUIRE, "MTLSAccept staff", "MTLSSameOrigin off"),
    location("/off", *REQUIRE, "MTLSAccept staff", "MTLSStepUp off"),
    location("/passed", *REQUIRE, "MTLSAccept staff", "MTLSPreflight pass"),
    location("/barred", *REQUIRE, "MTLSAccept staff", "MTLSPreflight refuse"),
    location("/logout", "SetHandler mtls-logout"),
])


def app(name=WWW, lines="", url=TO_CERT, port="@PORT@", places=PLACES, order="redirect"):
    """A host of an application."""
    body = "MTLSStepUpURL %s\n" % url
    if order:
        body += "MTLSStepUp %s\n" % order
    return vhost(name, body + lines + places, port)


def endpoint(name=CERT, lines="", accept="staff partner", port="@PORT@"):
    """The host that asks; whatever it serves, it must not serve this."""
    return vhost(name, "MTLSStepUpEndpoint on\nMTLSAccept %s\n%s" % (accept, lines), port)


def key_file(path, *keys, mode=0o640):
    """Keys that servers share, the newest first; the path."""
    with open(path, "w", encoding="ascii") as f:
        f.write("".join(key + "\n" for key in keys or KEYS[:1]))
    os.chmod(path, mode)
    if os.geteuid() == 0:  # httpd's children must be able to load it again
        shutil.chown(path, 0, "nogroup")
    return path


_numbers = itertools.count(1)


def person(pki, issuer="staff_ca", **more):
    """A certificate of nobody else: an endpoint counts how often one is shown."""
    return pki.issue("walker%d" % next(_numbers), getattr(pki, issuer), **more)


class Site(Httpd):
    """A server with such hosts."""

    keys = None

    def url(self, path="/staff", host=WWW, port=None):
        return "https://%s:%d%s" % (host, port or self.port, path)

    def browser(self, cert=None, host="*", **more):
        """One that shows this certificate to hosts of the pattern that ask."""
        return Browser(certs={host: cert} if cert is not None else {}, **more)

    def counter(self, name):
        """A counter of /server-status?auto."""
        address = "http://127.0.0.1:%d/server-status?auto" % self.plain
        with urllib.request.urlopen(address, timeout=20) as answer:
            text = answer.read().decode("utf-8")
        found = re.search(r"^MTLSCounter-%s: (\d+)" % name, text, re.MULTILINE)
        assert found, "no counter %s in\n%s" % (name, text)
        return int(found.group(1))

    def full_log(self, case):
        """The access log's line of a hop."""
        def lines():
            with open(self.path("logs", "full.log"), encoding="utf-8") as f:
                return [x.rstrip("\n") for x in f if x.startswith(case + "|") and x.endswith("\n")]
        found = self.wait_for(lines, 30)
        assert found, "no access log line for " + case
        return found[0]

    def restart(self, how=signal.SIGUSR1):
        """Send the signal; return when children that began after it serve."""
        old = children_of(self)
        if how == signal.SIGHUP:
            self.settle()
        self.process.send_signal(how)
        assert self.wait_for(lambda: children_of(self) - old, 30), "no new child"

    def reloads(self):
        """Times that changed files were published."""
        return self.counter("reloads")

    def await_reload(self, before):
        assert self.wait_for(lambda: self.reloads() > before, 40), "nothing was reloaded"


def site(pki, hosts, name="redirect", head="", modules=(), keys=None, files=None, **more):
    """A Site, not started.  keys: path of a key file."""
    config = "Protocols h2 http/1.1\n" + LOG + STATUS
    if keys:
        config += "MTLSTicketKeyFile %s\n" % keys
    if "MTLSCacheTimeout" not in head:
        config += "MTLSCacheTimeout 20s\n"  # the cache is good, however busy the machine is
    made = Site(pki, config + head + TRUST + hosts, name=name,
                modules=["http2", "status", *modules],
                files={"conf/people.map": MAP % pki.alice.sha256, **(files or {})}, **more)
    made.keys = keys
    return made


# what came of a visit

def assert_served(made, hop, who, path=None):
    """The handler ran once, for the holder of this certificate, who was known by a ticket."""
    assert hop.status == 200, "not served: %r" % hop
    seen = made.oracle.one(hop.case)
    env = seen["env"]
    assert env.get("MTLS_SUBJECT") == who.subject, "wrong holder: %r" % env
    assert env.get("MTLS_PROOF") == "ticket", env
    if path is not None:
        assert seen["uri"] == path, "served %r" % seen["uri"]
    return seen


def assert_none_ran(made, *hops):
    for hop in hops:
        assert not made.oracle.ran(hop.case), "a handler ran: %r" % made.oracle.lines(hop.case)


def assert_stopped(made, hop, word, status=403):
    """Nothing ran, no ticket came, and the answer says this word; the request wanted any form."""
    assert_none_ran(made, hop)
    assert hop.status == status, "expected %d %s: %r" % (status, word, hop)
    kind = (hop.header("Content-Type") or "").split(";")[0]
    if kind == "application/problem+json":
        assert hop.json["reason"] == word, hop
    else:
        assert kind == "text/html", hop
        assert word in hop.text, "expected %r: %r" % (word, hop)
    assert "no-store" in (hop.header("Cache-Control") or ""), hop
    found = hop.set_cookie(TICKET)
    assert found is None or found.max_age == 0, "a ticket: %r" % hop
    return hop


def assert_sent(made, hop, host=CERT, port=None, status=302):
    """Sent to the endpoint, with a state, and a cookie to know the browser again by; the cookie."""
    assert_none_ran(made, hop)
    assert hop.status == status, "not sent: %r" % hop
    to = hop.to
    assert (to.host, to.port, to.path) == (host, port or made.port, "/"), to.text
    assert re.fullmatch(r"s=[A-Za-z0-9_-]+", to.query), to.text
    assert "no-store" in hop.header("Cache-Control")
    assert hop.header("Referrer-Policy") == "no-referrer"
    fresh = [c for c in hop.cookies if ATTEMPT.match(c.name) and c.max_age]
    assert len(fresh) == 1, "cookies %r" % hop.cookies
    return fresh[0]


def visit(made, browser, path="/staff", who=None, host=WWW, port=None):
    """Walk to the place and be served there; the hops."""
    hops = browser.go(made.url(path, host, port))
    assert_none_ran(made, *hops[:-1])
    if who is not None:
        assert_served(made, hops[-1], who, path)
    return hops


def hops_until(made, browser, stage, path="/staff", host=WWW):
    """The answer that leads to the stage, not followed: "state" to the endpoint, "code" back from it,
    "ticket" to the target."""
    hop = browser.open(made.url(path, host))
    assert_sent(made, hop)
    if stage == "state":
        return hop
    hop = browser.follow(hop)
    assert hop.status == 302 and hop.to.host == host and hop.to.path == "/.mtls/return", hop
    if stage == "code":
        return hop
    hop = browser.follow(hop)
    assert hop.status == 302 and hop.set_cookie(TICKET), hop
    return hop


def start_of(hop):
    """The address that a refusal offers to begin a step-up at."""
    text = hop.header("MTLS-Step-Up")
    assert text, "no MTLS-Step-Up: %r" % hop
    url = Url(text)
    assert url.path == "/.mtls/start" and TOKEN.match(url.param("s")), text
    return text


def flip(text, at):
    """The text with another character of base64url there."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = letters[(letters.index(text[at]) ^ 1)]
    return text[:at] + other + text[at + 1:]


def raw(made, host, sni=None, cert=None, version=None, protocol=None, source="127.0.0.1"):
    """An HTTP/1.1 connection without any help."""
    alpn = [protocol] if protocol else None
    return Http1(Connection(made.port, cert=cert, sni=sni or host, version=version, alpn=alpn, source=source))
