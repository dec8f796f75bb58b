# SPDX-License-Identifier: Apache-2.0
"""A small browser: what one sends and keeps when a server sends it from host to host.

Each request and its answer is a Hop that a test can look at, spoil, and replay.  Sources of the
rules: RFC 6265bis (cookies), Fetch (redirects, Origin), Fetch Metadata (Sec-Fetch-*), RFC 9113 section
9.1.1 (one connection for several hosts), RFC 9110 section 15.5.20 (421).

Every host is on 127.0.0.1; ports are those of the URL, unless .ports says otherwise.  Each browser has an
address of its own, since servers count what comes from one.
"""
import fnmatch
import itertools
import re
import urllib.parse

from .http1 import Http1
from .http2 import Http2
from .oracle import new_case
from .tls import Connection, TlsClosed, TlsError

MOST_HOPS = 20
REDIRECTS = (301, 302, 303, 307, 308)
HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
FORM = "application/x-www-form-urlencoded"
SITES = ["same-origin", "same-site", "cross-site"]  # of Sec-Fetch-Site, the worst last
SAFE = ("GET", "HEAD", "OPTIONS")
_numbers = itertools.count(1)


def own_address():
    """One of the loopback network that no other browser of this process has."""
    number = next(_numbers)
    return "127.%d.%d.%d" % (1 + number // 65025 % 250, number // 255 % 255, 1 + number % 254)


class Url:
    """An https URL in its parts."""

    def __init__(self, text):
        parts = urllib.parse.urlsplit(text)
        assert parts.scheme == "https", "not https: %r" % text
        self.host = parts.hostname
        self.port = parts.port or 443
        self.path = parts.path or "/"
        self.query = parts.query
        self.target = self.path + ("?" + parts.query if parts.query else "")
        self.authority = parts.netloc
        self.origin = "https://" + parts.netloc
        self.text = self.origin + self.target

    @property
    def site(self):
        """Registrable domain; the tests' hosts have two labels of it."""
        return ".".join(self.host.split(".")[-2:])

    def param(self, name):
        """The value of one query parameter."""
        values = urllib.parse.parse_qs(self.query).get(name, [])
        assert len(values) == 1, "%s in %s: %r" % (name, self.text, values)
        return values[0]

    def distance(self, other):
        """Index in SITES."""
        if self.origin == other.origin:
            return 0
        return 1 if self.site == other.site else 2


class Cookie:
    """One cookie of a jar."""

    def __init__(self, line, host):
        pair, _, rest = line.partition(";")
        self.line = line
        self.host = host
        self.name, _, self.value = (part.strip() for part in pair.partition("="))
        words = [word.strip().partition("=") for word in rest.split(";") if word.strip()]
        self.attributes = {name.strip().lower(): value.strip() for name, _, value in words}

    @property
    def max_age(self):
        text = self.attributes.get("max-age")
        return int(text) if text is not None else None

    @property
    def same_site(self):
        return self.attributes.get("samesite", "lax").lower()

    @property
    def fault(self):
        """Why a browser would not take it (RFC 6265bis, section 5.7), or None."""
        if re.search(r"[\x00-\x1f\x7f]", self.line):
            return "control characters"
        if self.name.lower().startswith("__host-") and (
                "secure" not in self.attributes or self.attributes.get("path") != "/"
                or "domain" in self.attributes):
            return "__Host- without Secure, Path=/ and no Domain"
        return None


class Jar:
    """Cookies by host; ports do not divide them."""

    def __init__(self):
        self.cookies = {}   # (host, name): Cookie
        self.refused = []   # (Cookie, why)
        self.blocked = False
        self.without = ()   # names that it does not keep

    def put(self, host, lines):
        for line in lines:
            cookie = Cookie(line, host)
            if cookie.fault:
                self.refused.append((cookie, cookie.fault))
            elif cookie.max_age is not None and cookie.max_age <= 0:
                self.cookies.pop((host, cookie.name), None)
            elif not self.blocked and cookie.name not in self.without:
                self.cookies[(host, cookie.name)] = cookie

    def field(self, host, lax_only=False):
        """The Cookie field's value for a host, or None.  lax_only: none of SameSite=Strict or Lax goes
        along, as with a request of another site that is no safe navigation."""
        found = [c for (at, _), c in self.cookies.items() if at == host
                 and not (lax_only and c.same_site != "none")]
        return "; ".join("%s=%s" % (c.name, c.value) for c in found) or None

    def value(self, host, name):
        cookie = self.cookies.get((host, name))
        return cookie.value if cookie else None

    def set(self, host, name, value):
        """As if it had always been there."""
        self.cookies[(host, name)] = Cookie("%s=%s; Path=/; Secure" % (name, value), host)

    def drop(self, host, name):
        self.cookies.pop((host, name), None)

    def names(self, host):
        return sorted(name for at, name in self.cookies if at == host)


class Request:
    """What is asked; a redirect makes the next of it."""

    def __init__(self, url, method="GET", body=None, headers=(), mode="navigate", dest="document",
                 initiator=None, chain=(), no_referrer=False, tainted=False):
        self.url = Url(url) if isinstance(url, str) else url
        self.method = method
        self.body = body
        self.headers = list(headers)      # those of the page or program, which stay over redirects
        self.mode = mode
        self.dest = dest
        self.initiator = Url(initiator) if isinstance(initiator, str) else initiator
        self.chain = list(chain) + [self.url]
        self.no_referrer = no_referrer
        self.tainted = tainted

    def after(self, hop):
        """The request that this answer sends a browser to."""
        url = Url(urllib.parse.urljoin(self.url.text, hop.location))
        method, body, headers = self.method, self.body, self.headers
        if hop.status == 303 or (hop.status in (301, 302) and method == "POST"):
            method, body = "GET", None
            headers = [h for h in headers if h[0].lower() != "content-type"]
        tainted = self.tainted or (
            url.origin != self.url.origin and self.initiator is not None
            and self.initiator.origin != self.url.origin)
        return Request(url, method, body, headers, self.mode, self.dest, self.initiator, self.chain,
                       self.no_referrer or hop.header("Referrer-Policy") == "no-referrer", tainted)

    @property
    def sec_fetch_site(self):
        if self.initiator is None:
            return "none"
        return SITES[max(url.distance(self.initiator) for url in self.chain)]

    @property
    def cross_site(self):
        return self.initiator is not None and self.url.distance(self.initiator) == 2

    def browser_fields(self, language):
        """Fields a browser adds by itself."""
        navigates = self.mode == "navigate"
        fields = [("Sec-Fetch-Site", self.sec_fetch_site), ("Sec-Fetch-Mode", self.mode),
                  ("Sec-Fetch-Dest", self.dest)]
        if navigates and self.dest == "document":
            fields.append(("Sec-Fetch-User", "?1"))
        if not any(name.lower() == "accept" for name, _ in self.headers):
            fields.append(("Accept", HTML if navigates else "*/*"))
        if language:
            fields.append(("Accept-Language", language))
        if self.initiator is not None and not self.no_referrer:
            same = self.initiator.origin == self.url.origin
            fields.append(("Referer", self.initiator.text if same else self.initiator.origin + "/"))
        if self.initiator is not None and (self.method not in ("GET", "HEAD")
                                           or (self.mode == "cors" and self.url.distance(
                                               self.initiator))):
            lost = self.tainted or (self.no_referrer and self.mode != "cors")
            fields.append(("Origin", "null" if lost else self.initiator.origin))
        return fields


class Hop:
    """One request and its answer."""

    def __init__(self, request, response, case, conn, fields):
        self.request = request
        self.url = request.url
        self.response = response
        self.case = case
        self.conn = conn
        self.fields = fields              # of the request, as sent

    @property
    def status(self):
        return self.response.status

    @property
    def headers(self):
        return self.response.headers

    @property
    def body(self):
        return self.response.body

    @property
    def text(self):
        return self.response.text

    @property
    def json(self):
        return self.response.json

    def header(self, name):
        return self.response.header(name)

    def values(self, name):
        """Each value of a field that may come several times."""
        return [v for k, v in self.headers if k.lower() == name.lower()]

    def sent(self, name):
        """Value of a field of the request, or None."""
        values = [v for k, v in self.fields if k.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def location(self):
        return self.header("Location") if self.status in REDIRECTS else None

    @property
    def to(self):
        """Where it sends one, as a Url."""
        assert self.location, "not a redirect: %r" % self
        return Url(urllib.parse.urljoin(self.url.text, self.location))

    def set_cookie(self, name):
        """The Cookie that it sets by that name, or None; at most one."""
        found = [c for c in (Cookie(line, self.url.host) for line in self.values("Set-Cookie"))
                 if c.name == name]
        assert len(found) <= 1, "%s is set %d times: %r" % (name, len(found), self)
        return found[0] if found else None

    @property
    def cookies(self):
        """Every Cookie that it sets."""
        return [Cookie(line, self.url.host) for line in self.values("Set-Cookie")]

    def __repr__(self):
        return "<%s %s sent %r: %r>" % (self.request.method, self.url.text, self.fields, self.response)


class Browser:
    """One user's browser, or a program with a cookie jar (program=True).

    version, protocol  of its connections: "1.2", "1.3", None; "h1" or "h2" (when the server has it)
    certs              host, or pattern: pki.Cert shown where it is asked for; pattern first found
    """

    def __init__(self, version=None, protocol="h1", certs=None, program=False, language=None,
                 agent="Mozilla/5.0 (X11; Linux x86_64) Test/1.0", pha=False, source=None):
        self.version = version
        self.protocol = protocol
        self.certs = dict(certs or {})
        self.program = program
        self.language = language
        self.agent = agent
        self.pha = pha
        self.source = source or own_address()
        self.jar = Jar()
        self.hops = []
        self.ports = {}         # port of URLs: port that is connected to
        self.handshakes = []    # (host, Connection) in their order
        self._open = {}         # (host, port): Http1 or Http2
        self._shared = {}       # (host, port): (host, port) whose connection is used

    # connections

    def show(self, host, cert):
        """From now on this certificate on new connections to the host."""
        self.certs = {host: cert, **{h: c for h, c in self.certs.items() if h != host}}

    def cert_for(self, host):
        for pattern, cert in self.certs.items():
            if fnmatch.fnmatchcase(host, pattern):
                return cert
        return None

    def coalesce(self, url, onto):
        """Send requests for one origin on the connection of another, until told 421."""
        url, onto = Url(url), Url(onto)
        self._shared[(url.host, url.port)] = (onto.host, onto.port)

    def forget_connections(self):
        for client in self._open.values():
            client.close()
        self._open = {}

    close = forget_connections

    def move(self, port, to):
        """From now on, another server is behind a port of URLs."""
        self.ports[port] = to
        self.forget_connections()

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.close()

    def _connect(self, host, port):
        alpn = ["h2", "http/1.1"] if self.protocol == "h2" else ["http/1.1"]
        conn = Connection(self.ports.get(port, port), version=self.version, cert=self.cert_for(host), sni=host, alpn=alpn,
                          pha=self.pha, source=self.source)
        self.handshakes.append((host, conn))
        return Http2(conn) if conn.alpn == "h2" else Http1(conn)

    def _client(self, url):
        """A connection for it, and whether it is used again."""
        key = (url.host, url.port)
        if self._shared.get(key) in self._open:
            key = self._shared[key]
        if key in self._open:
            return key, self._open[key], True
        self._open[key] = self._connect(*key)
        return key, self._open[key], False

    def _drop(self, key):
        client = self._open.pop(key, None)
        if client is not None:
            client.close()

    # requests

    def _fields(self, request):
        fields = [("User-Agent", self.agent)] + list(request.headers)
        if self.program:
            if not any(name.lower() == "accept" for name, _ in request.headers):
                fields.append(("Accept", "*/*"))
        else:
            fields += request.browser_fields(self.language)
        bare = request.cross_site and not (request.mode == "navigate" and request.method in SAFE)
        cookie = self.jar.field(request.url.host, lax_only=bare and not self.program)
        if cookie and not any(name.lower() == "cookie" for name, _ in request.headers):
            fields.append(("Cookie", cookie))
        return fields

    def send(self, request, fields=None):
        """One request as it is; the Hop.  fields: instead of those it would have."""
        fields = self._fields(request) if fields is None else list(fields)
        for _ in range(3):
            key, client, again = self._client(request.url)
            case = new_case("hop")
            try:
                response = self._exchange(client, request, fields, case)
            except TlsClosed:
                self._drop(key)
                if not again:
                    raise
                continue
            hop = Hop(request, response, case, client.conn, fields)
            self.hops.append(hop)
            self.jar.put(request.url.host, hop.values("Set-Cookie"))
            if isinstance(client, Http1) and response.closes:
                self._drop(key)
            if response.status == 421 and again:  # section 9.1.2 of RFC 9113: another connection may do
                self._shared.pop((request.url.host, request.url.port), None)
                self._drop((request.url.host, request.url.port))
                continue
            return hop
        raise AssertionError("no answer on three connections to %s" % request.url.text)

    @staticmethod
    def _exchange(client, request, fields, case):
        more = {"method": request.method, "body": request.body, "host": request.url.authority,
                "headers": fields, "case": case}
        if isinstance(client, Http1):
            return client.ask(request.url.target, **more)
        stream = client.ask(request.url.target, **more)
        if stream.response is not None and stream.reset in (None, 0):
            return stream.response  # 0: the server wants no more of the body (RFC 9113, section 8.1)
        if stream.http11:
            raise TlsError("HTTP_1_1_REQUIRED")
        raise TlsClosed("the connection ended, or the stream was reset: %r" % stream)

    def open(self, url, method="GET", body=None, kind=None, initiator=None, headers=(), **more):
        """Navigate there, one hop.  initiator: URL of the page with the link or form; None: typed in."""
        headers = list(headers) + ([("Content-Type", kind or FORM)] if body is not None else [])
        return self.send(Request(url, method, body, headers, initiator=initiator, **more))

    def follow(self, hop, **changes):
        """The hop that the answer of this one leads to; changes: fields of the Request to spoil."""
        assert hop.location, "not a redirect: %r" % hop
        request = hop.request.after(hop)
        for name, value in changes.items():
            setattr(request, name, Url(value) if name == "url" else value)
        return self.send(request)

    def walk(self, hop):
        """Follow redirects to the end; all hops from this one."""
        hops = [hop]
        while hops[-1].location:
            assert len(hops) < MOST_HOPS, "it goes round in circles: %r" % [h.url.text for h in hops]
            hops.append(self.follow(hops[-1]))
        return hops

    def go(self, url, *arguments, **more):
        """Navigate and follow redirects; all hops."""
        return self.walk(self.open(url, *arguments, **more))

    def post(self, url, body, page=None, **more):
        """Submit a form on a page, by default of the same address; the first hop."""
        return self.open(url, "POST", body, initiator=page or url, **more)

    def fetch(self, url, page, method="GET", body=None, headers=(), mode="cors", **more):
        """fetch() on a page, without following; the hop."""
        return self.open(url, method, body, initiator=page, headers=headers, mode=mode, dest="empty",
                         **more)

    def frame(self, url, page, dest="iframe"):
        return self.open(url, initiator=page, dest=dest)
