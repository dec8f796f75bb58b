# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 without any help: what is sent is what the test says, what came is all kept."""
import json

from .oracle import new_case
from .tls import TlsClosed, TlsError


class Response:
    """One final answer; interim ones (100) are in .interim."""

    def __init__(self, status, headers, case):
        self.status = status
        self.headers = headers
        self.case = case
        self.interim = []
        self.body = b""

    def header(self, name):
        values = [v for k, v in self.headers if k.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def closes(self):
        return (self.header("Connection") or "").lower() == "close"

    def __repr__(self):
        return "<%s %s %r>" % (self.status, self.headers, self.body[:300])


def chunked(pieces, trailers=()):
    """Body in the chunked coding."""
    out = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces if p)
    tail = b"".join(b"%s: %s\r\n" % (k.encode(), v.encode()) for k, v in trailers)
    return out + b"0\r\n" + tail + b"\r\n"


class Http1:
    """Requests on one open connection (anything with send, recv and close)."""

    def __init__(self, conn):
        self.conn = conn
        self._seen = b""

    def head(self, path, method="GET", host="localhost", headers=(), case=None):
        """Octets of a request's head, and its case."""
        case = case or new_case()
        lines = ["%s %s HTTP/1.1" % (method, path), "Host: %s" % host, "X-Case: %s" % case]
        lines += ["%s: %s" % h for h in headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), case

    def ask(self, path, method=None, body=None, headers=(), **more):
        """Send a request with a Content-Length body and read the answer."""
        headers = list(headers)
        if body is not None:
            headers.append(("Content-Length", str(len(body))))
        head, case = self.head(path, method or ("GET" if body is None else "POST"),
                               headers=headers, **more)
        self.send_all(head, body or b"")
        return self.read(case, no_body=method == "HEAD")

    def ask_chunked(self, path, pieces, trailers=(), headers=(), **more):
        """Send a chunked POST and read the answer."""
        head, case = self.head(path, "POST", headers=list(headers) + [
            ("Transfer-Encoding", "chunked")] + [("Trailer", k) for k, _ in trailers], **more)
        self.send_all(head, chunked(pieces, trailers))
        return self.read(case)

    def send_all(self, head, body):
        """Send; a server that already answered and closed is not an error yet."""
        try:
            self.conn.send(head + body[:16384])
            for at in range(16384, len(body), 16384):
                self.conn.send(body[at:at + 16384])
        except TlsClosed:
            pass

    def _more(self):
        data = self.conn.recv()
        self._seen += data
        return bool(data)

    def _take(self, count):
        while len(self._seen) < count:
            if not self._more():
                raise TlsClosed("body cut: %r" % self._seen)
        data, self._seen = self._seen[:count], self._seen[count:]
        return data

    def _line(self):
        while b"\n" not in self._seen:
            if not self._more():
                raise TlsClosed("no answer: closed after %r" % self._seen, getattr(
                    self.conn, "alerts", ()))
        line, self._seen = self._seen.split(b"\n", 1)
        return line.rstrip(b"\r").decode("latin-1")

    def _fields(self):
        fields = []
        while True:
            line = self._line()
            if not line:
                return fields
            name, _, value = line.partition(":")
            fields.append((name, value.strip()))

    def read(self, case=None, no_body=False):
        """The next final answer."""
        interim = []
        while True:
            words = self._line().split(" ", 2)
            if not words[0].startswith("HTTP/1."):
                raise TlsError("not an answer: %r" % words)
            response = Response(int(words[1]), self._fields(), case)
            if response.status >= 200 or response.status == 101:
                break
            interim.append(response.status)
        response.interim = interim
        if not no_body and response.status not in (101, 204, 304):
            response.body = self._body(response)
        return response

    def read_interim(self):
        """The status line of one interim answer and its fields."""
        words = self._line().split(" ", 2)
        self._fields()
        return int(words[1])

    def _body(self, response):
        if (response.header("Transfer-Encoding") or "").lower() == "chunked":
            parts = []
            while True:
                size = int(self._line().split(";")[0], 16)
                if size == 0:
                    self._fields()
                    return b"".join(parts)
                parts.append(self._take(size))
                self._take(2)
        length = response.header("Content-Length")
        if length is not None:
            return self._take(int(length))
        while self._more():
            pass
        data, self._seen = self._seen, b""
        return data

    def closed(self):
        """Whether the server closes now without another octet."""
        return not self._seen and not self._more()

    def close(self):
        self.conn.close()

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.close()
