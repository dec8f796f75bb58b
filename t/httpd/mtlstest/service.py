# SPDX-License-Identifier: Apache-2.0
"""A small HTTP server of our own that a server under test asks, and that behaves as it is told.

It has a thread for each connection, remembers every request, and answers each by a *manner*: a
function (service, connection, answer) that sends the answer, or does something worse.  Nobody waits
by the clock: a test holds answers back and lets them go, and waits for requests to arrive.
"""
import contextlib
import select
import socket
import ssl
import struct
import threading
import time

MEGA = 1 << 20


class Answer:
    """What a well-behaved server would send."""

    def __init__(self, body=b"", kind="application/octet-stream", status=200, headers=()):
        self.body = body
        self.kind = kind
        self.status = status
        self.headers = list(headers)

    def head(self, *more, length=None):
        """Octets of the head; length "" leaves Content-Length out."""
        length = len(self.body) if length is None else length
        lines = ["HTTP/1.1 %d Whatever" % self.status, "Connection: close"]
        if self.status != 304:
            lines.append("Content-Type: " + self.kind)
            lines += ["Content-Length: %s" % length] if length != "" else []
        lines += ["%s: %s" % pair for pair in self.headers] + list(more)
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Request:
    """One request as it came."""

    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, self.version = lines[0].split(" ", 2)
        self.headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        self.body = body
        self.time = time.monotonic()
        path = self.target
        if "://" in path:  # as a proxy is asked
            path = "/" + path.split("://", 1)[1].partition("/")[2]
        self.path = path

    def header(self, name):
        values = [v for k, v in self.headers if k.lower() == name.lower()]
        return ", ".join(values) if values else None

    def __repr__(self):
        return "<%s %s %r %d octets>" % (self.method, self.target, self.headers, len(self.body))


# manners

def plain(_service, conn, answer):
    conn.sendall(answer.head() + answer.body)


def unframed(_service, conn, answer):
    """The end of the connection is the end of the body, as in HTTP/1.0."""
    conn.sendall(answer.head(length="") + answer.body)


def in_pieces(_service, conn, answer):
    """Every octet in a packet of its own, without a pause."""
    for octet in answer.head() + answer.body:
        conn.sendall(bytes([octet]))


def silent(service, conn, _answer):
    """Says nothing for as long as the peer waits."""
    service.until_gone(conn)


def reset(_service, conn, _answer):
    _linger(conn)


def closed(_service, _conn, _answer):
    """Closes in an orderly way, without a word."""


def reset_in_body(_service, conn, answer):
    conn.sendall(answer.head() + answer.body[:len(answer.body) // 2])
    _linger(conn)


def cut_short(_service, conn, answer):
    """Closes before the announced length."""
    conn.sendall(answer.head() + answer.body[:len(answer.body) // 2])


def stuck_in_head(service, conn, answer):
    conn.sendall(answer.head()[:20])
    service.until_gone(conn)


def stuck_in_body(service, conn, answer):
    conn.sendall(answer.head() + answer.body[:len(answer.body) // 2])
    service.until_gone(conn)


def endless_head(service, conn, _answer):
    conn.sendall(b"HTTP/1.1 200 OK\r\n")
    service.pour(conn, b"X-More: " + b"x" * 1000 + b"\r\n")


def endless_line(service, conn, _answer):
    conn.sendall(b"HTTP/1.1 200 OK\r\nX-More: ")
    service.pour(conn, b"x" * 1000)


def endless_chunks(service, conn, answer):
    conn.sendall(answer.head("Transfer-Encoding: chunked", length=""))
    service.pour(conn, b"400\r\n" + b"x" * 0x400 + b"\r\n")


def endless_body(service, conn, answer):
    conn.sendall(answer.head(length="") + answer.body)
    service.pour(conn, b"\0" * 4096)


def huge(service, conn, answer):
    """Ten megabytes, announced as such."""
    conn.sendall(answer.head(length=10 * MEGA) + answer.body)
    service.pour(conn, b"\0" * 4096, 10 * MEGA - len(answer.body))


def gzip_bomb(service, conn, answer):
    """A content coding that nobody asked for."""
    conn.sendall(answer.head("Content-Encoding: gzip"))
    service.pour(conn, b"\x1f\x8b\x08" + b"\0" * 61, len(answer.body))


def not_http(_service, conn, _answer):
    conn.sendall(b"220 mail.example.test ESMTP\r\n")


def bad_status_line(_service, conn, answer):
    conn.sendall(b"HTTP/1.1 2x0 \r\n" + answer.head().split(b"\r\n", 1)[1] + answer.body)


def instead(status=None, kind=None, body=None, headers=()):
    """A manner: send the answer with something else in it; a body may be a function of it."""
    def send(_service, conn, answer):
        other = Answer(answer.body, answer.kind if kind is None else kind, status or answer.status,
                       answer.headers + list(headers))
        if body is not None:
            other.body = body(answer.body) if callable(body) else body
        conn.sendall(other.head() + other.body)
    return send


def redirect(url, status=302):
    """A manner: look elsewhere."""
    return instead(status=status, kind="text/plain", body=b"", headers=[("Location", url)])


def page(status):
    """A manner: a page for people."""
    return instead(status=status, kind="text/html", body=b"<html><h1>Hello</h1></html>")


def delayed(seconds, then=plain):
    """A manner: later."""
    def send(service, conn, answer):
        service.pause(seconds)
        then(service, conn, answer)
    return send


def trickle(pause, of_head=False):
    """A manner: an octet, a pause, an octet; the head comes at once unless of_head."""
    def send(service, conn, answer):
        octets = answer.head() + answer.body if of_head else answer.body
        if not of_head:
            conn.sendall(answer.head())
        for octet in octets:
            conn.sendall(bytes([octet]))
            service.pause(pause)
    return send


def _linger(conn):
    """The connection ends with a reset."""
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Service:
    """Base: a subclass says what a request deserves, in answer_to().

    tls      pki.Cert of the server for https
    trickled read requests octet by octet through the smallest window the system has
    """

    kind = "application/octet-stream"

    def __init__(self, tls=None, trickled=False):
        self.tls = tls
        self.trickled = trickled
        self.manner = plain
        self.requests = []
        self.faults = []             # of this code, not of the peer
        self._changed = threading.Condition()
        self._open = threading.Event()  # answers may be sent
        self._open.set()
        self._ended = threading.Event()
        self._threads = []
        self._conns = set()
        self._listener = None
        self.port = 0
        self._context = None
        if tls is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(tls.file, tls.key_file)
        self.start()

    # life

    def start(self):
        """Listen; on the same port again after a stop()."""
        self._ended.clear()
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.trickled:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 88)
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen(256)
        self.port = self._listener.getsockname()[1]
        self._run(self._accept, self._listener)
        return self

    def stop(self):
        """Refuse connections from now on, and end those there are."""
        self._ended.set()
        self._open.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for conn in list(self._conns):
            with contextlib.suppress(OSError):
                conn.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive(), "a thread of the service goes on"
        self._threads = []

    def _run(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self._threads = [t for t in self._threads if t.is_alive()] + [thread]
        thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.stop()
        assert not self.faults, self.faults

    @property
    def base(self):
        return "%s://127.0.0.1:%d" % ("https" if self.tls else "http", self.port)

    def url(self, path="/"):
        return self.base + path

    # what tests ask and do

    def count(self, condition=None):
        """Requests so far, or those that fulfil the condition."""
        with self._changed:
            return sum(condition is None or bool(condition(r)) for r in self.requests)

    def await_requests(self, number, seconds=20, condition=None):
        """Wait until so many requests have come."""
        def enough():
            return sum(condition is None or bool(condition(r)) for r in self.requests) >= number
        with self._changed:
            assert self._changed.wait_for(enough, seconds), \
                "%d requests in %s s: %r" % (number, seconds, self.requests)

    def forget(self):
        with self._changed:
            self.requests.clear()

    @contextlib.contextmanager
    def held(self):
        """Answers wait until release(), at the latest until the end of this block."""
        self._open.clear()
        try:
            yield self
        finally:
            self.release()

    def release(self):
        """Let answers go that were held back."""
        self._open.set()

    @contextlib.contextmanager
    def behaving(self, manner):
        before, self.manner = self.manner, manner
        try:
            yield self
        finally:
            self.manner = before

    # what manners need

    def pause(self, seconds):
        """Wait, but not beyond the end of the service."""
        if self._ended.wait(seconds):
            raise ConnectionAbortedError("the service ends")

    def until_gone(self, conn):
        """Wait until the peer closes, or the service ends."""
        raw = conn.fileno()
        while not self._ended.is_set():
            if select.select([raw], [], [], 0.05)[0] and not conn.recv(1024):
                return

    def pour(self, conn, octets, most=None):
        """Send them again and again until the peer has had enough."""
        sent = 0
        while not self._ended.is_set() and (most is None or sent < most):
            conn.sendall(octets if most is None else octets[:most - sent])
            sent += len(octets)

    # connections

    def _accept(self, listener):
        while True:
            try:
                conn, _peer = listener.accept()
            except OSError:
                return
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._run(self._serve, conn)

    def _serve(self, conn):
        self._conns.add(conn)
        try:
            conn.settimeout(30)
            if self._context is not None:
                self._conns.discard(conn)
                conn = self._context.wrap_socket(conn, server_side=True)
                self._conns.add(conn)
            request = self._read(conn)
            if request is not None:
                self._answer(conn, request)
        except (OSError, ssl.SSLError):
            pass  # the peer went away, as peers do
        except Exception as fault:  # pylint: disable=broad-except
            self.faults.append(repr(fault))
        finally:
            self._conns.discard(conn)
            conn.close()

    def _answer(self, conn, request):
        answer = self.answer_to(request)
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
        self._open.wait()
        self.manner_for(request)(self, conn, answer)

    def _read(self, conn):
        most = 1 if self.trickled else 65536
        seen = b""
        while b"\r\n\r\n" not in seen:
            data = conn.recv(most)
            if not data:
                return None
            seen += data
        head, body = seen.split(b"\r\n\r\n", 1)
        request = Request(head, body)
        while len(request.body) < int(request.header("Content-Length") or 0):
            data = conn.recv(most)
            if not data:
                return None
            request.body += data
        return request

    # for subclasses

    def manner_for(self, _request):
        return self.manner

    def answer_to(self, request):
        """The Answer that the request deserves."""
        raise NotImplementedError


class Hole:
    """A port where no connection ever comes about: its queue is full, and SYNs are dropped."""

    def __init__(self):
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        self.port = self._listener.getsockname()[1]
        self._waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", self.port))
            self._waiting.append(one)

    def url(self, path="/"):
        return "http://127.0.0.1:%d%s" % (self.port, path)

    def stop(self):
        for one in self._waiting + [self._listener]:
            one.close()

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.stop()
