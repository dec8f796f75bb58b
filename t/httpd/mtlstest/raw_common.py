# SPDX-License-Identifier: Apache-2.0
"""What the message-level TLS clients share: the wire, records, messages, credentials, HTTP.

A normal TLS library refuses to misbehave.  These clients build every message
themselves, so that a test can leave one out, spoil it, send it twice or stop in
the middle of it.  They do not authenticate the server: they are for tests on
the loopback interface and nothing else.
"""

import contextlib
import select
import socket
import struct
import time
from collections import deque
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, x25519

# Record types (RFC 8446 section 5.1).
CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23

# Handshake types (RFC 8446 section 4, RFC 5246 section 7.4), by the names events carry.
MESSAGES = {
    "hello_request": 0,
    "client_hello": 1,
    "server_hello": 2,
    "new_session_ticket": 4,
    "end_of_early_data": 5,
    "encrypted_extensions": 8,
    "certificate": 11,
    "server_key_exchange": 12,
    "certificate_request": 13,
    "server_hello_done": 14,
    "certificate_verify": 15,
    "client_key_exchange": 16,
    "finished": 20,
    "certificate_status": 22,
    "key_update": 24,
    "message_hash": 254,
}
NAMES = {number: name for name, number in MESSAGES.items()}

# Groups (RFC 8446 section 4.2.7); the last is one that OpenSSL 3.0 does not know in TLS 1.3.
P256, X25519, UNKNOWN_GROUP = 23, 29, 31

# Signature schemes (RFC 8446 section 4.2.3).
ECDSA_P256_SHA256, RSA_PSS_SHA256, RSA_PKCS1_SHA256 = 0x0403, 0x0804, 0x0401

# Extensions.
SERVER_NAME, SUPPORTED_GROUPS, EC_POINT_FORMATS, SIGNATURE_ALGORITHMS = 0, 10, 11, 13
ALPN, EXTENDED_MASTER_SECRET, PRE_SHARED_KEY, EARLY_DATA = 16, 23, 41, 42
SUPPORTED_VERSIONS, COOKIE, PSK_MODES, POST_HANDSHAKE_AUTH, KEY_SHARE = 43, 44, 45, 49, 51
RENEGOTIATION_INFO = 0xFF01

SHOULD_ANSWER = 20.0  # seconds a healthy server never needs, however busy the machine is


class RawError(Exception):
    """The server did something this client cannot go on from."""


class Closed(RawError):
    """The connection is gone."""


class Silence(RawError):
    """Nothing arrived in time."""


class Refused(RawError):
    """The server broke off, or went on, where its next handshake message was due."""

    def __init__(self, event):
        super().__init__("%s %s" % (event.kind, event.body.hex()))
        self.event = event


class Cut(RawError):
    """This client closed the connection itself, where the test said so."""


def u8(n):
    return struct.pack("!B", n)


def u16(n):
    return struct.pack("!H", n)


def u24(n):
    return struct.pack("!I", n)[1:]


def vec8(data):
    return u8(len(data)) + data


def vec16(data):
    return u16(len(data)) + data


def vec24(data):
    return u24(len(data)) + data


def message(name, body):
    """A handshake message with its header."""
    return u8(MESSAGES[name]) + vec24(body)


def extension(number, data):
    return u16(number) + vec16(data)


def split(data, size):
    """data in pieces of size octets; in one piece when size is None."""
    if size is None:
        return [data]
    return [data[i : i + size] for i in range(0, len(data), size)]


def flip(data, index=-1):
    """data with one bit of one octet changed."""
    spoilt = bytearray(data)
    spoilt[index] ^= 0x01
    return bytes(spoilt)


class Cursor:
    """Reads the length-prefixed things TLS messages are made of."""

    def __init__(self, data):
        self.data, self.at = bytes(data), 0

    def take(self, n):
        if self.at + n > len(self.data):
            raise RawError("message too short")
        piece = self.data[self.at : self.at + n]
        self.at += n
        return piece

    def number(self, octets):
        return int.from_bytes(self.take(octets), "big")

    def vector(self, octets):
        return self.take(self.number(octets))

    def more(self):
        return self.at < len(self.data)

    def extensions(self):
        """A block of extensions as {number: data}; an absent block is empty."""
        if not self.more():
            return {}
        block, found = Cursor(self.vector(2)), {}
        while block.more():
            number = block.number(2)
            found[number] = block.vector(2)
        return found


@dataclass(frozen=True)
class Credential:
    """A certificate chain and the key of its first certificate."""

    chain: tuple  # DER, leaf first
    key: object

    @classmethod
    def load(cls, certificate_file, key_file):
        with open(certificate_file, "rb") as f:
            pem = f.read()
        with open(key_file, "rb") as f:
            key = serialization.load_pem_private_key(f.read(), None)
        end = b"-----END CERTIFICATE-----"
        blocks = [block + end for block in pem.split(end)[:-1]]
        der = serialization.Encoding.DER
        return cls(tuple(x509.load_pem_x509_certificate(b).public_bytes(der) for b in blocks), key)

    def sign(self, data, tls13):
        """(scheme, signature) over data."""
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return ECDSA_P256_SHA256, self.key.sign(data, ec.ECDSA(hashes.SHA256()))
        if tls13:
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
            return RSA_PSS_SHA256, self.key.sign(data, pss, hashes.SHA256())
        return RSA_PKCS1_SHA256, self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())


class Share:
    """One ephemeral key of a key exchange."""

    def __init__(self, group):
        self.group = group
        if group == X25519:
            self.key = x25519.X25519PrivateKey.generate()
        elif group == P256:
            self.key = ec.generate_private_key(ec.SECP256R1())
        else:
            raise RawError("no arithmetic for group %d" % group)

    def public(self):
        raw, point = serialization.Encoding.Raw, serialization.Encoding.X962
        if self.group == X25519:
            return self.key.public_key().public_bytes(raw, serialization.PublicFormat.Raw)
        fmt = serialization.PublicFormat.UncompressedPoint
        return self.key.public_key().public_bytes(point, fmt)

    def secret(self, peer):
        if self.group == X25519:
            return self.key.exchange(x25519.X25519PublicKey.from_public_bytes(peer))
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), peer)
        return self.key.exchange(ec.ECDH(), public)


def server_name_extension(name):
    """SNI; name None: no extension, "": an extension whose name has no octets."""
    if name is None:
        return b""
    entry = u8(0) + vec16(name.encode())
    return extension(SERVER_NAME, vec16(entry))


def alpn_extension(protocols):
    if not protocols:
        return b""
    return extension(ALPN, vec16(b"".join(vec8(p.encode()) for p in protocols)))


@dataclass(frozen=True)
class CutAt:
    """Close the connection after `offset` octets of what is sent under `label`."""

    label: str
    offset: int
    reset: bool = False


class Wire:
    """A TCP connection that knows where it is to break."""

    def __init__(self, address, cut=None):
        self.socket = socket.create_connection(address, SHOULD_ANSWER)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.cut = cut
        self.sent = {}  # label: octets, so that a test can learn where boundaries are
        self.buffer = b""
        self.held = None  # what corked() keeps back

    def send(self, data, label="", segment=None, pause=None):
        """Send in TCP segments of `segment` octets, `pause` seconds between them."""
        if self.cut is not None and self.cut.label == label:
            self._write(data[: self.cut.offset])
            self.close(self.cut.reset)
            raise Cut(label)
        self.sent[label] = self.sent.get(label, 0) + len(data)
        for piece in split(data, segment):
            self._write(piece)
            if pause is not None and self.readable(pause):
                return

    def _write(self, data):
        if self.held is not None:
            self.held += data
            return
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Closed(str(error)) from error

    def readable(self, timeout):
        """Wait until the server says something or ends the connection."""
        return bool(self.buffer) or bool(select.select([self.socket], [], [], timeout)[0])

    def read_record(self, timeout):
        """(type, header, body) of the next record."""
        deadline = time.monotonic() + timeout
        self._fill(5, deadline)
        self._fill(5 + int.from_bytes(self.buffer[3:5], "big"), deadline)
        end = 5 + int.from_bytes(self.buffer[3:5], "big")
        record, self.buffer = self.buffer[:end], self.buffer[end:]
        return record[0], record[:5], record[5:]

    def _fill(self, octets, deadline):
        while len(self.buffer) < octets:
            left = max(0.0, deadline - time.monotonic())
            if not select.select([self.socket], [], [], left)[0]:
                raise Silence("nothing more within the time given")
            try:
                got = self.socket.recv(65536)
            except OSError as error:
                raise Closed(str(error)) from error
            if not got:
                raise Closed("end of stream")
            self.buffer += got

    def finish_writing(self):
        """Half-close: a FIN, while reading goes on."""
        self.socket.shutdown(socket.SHUT_WR)

    def close(self, reset=False):
        if reset:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


@dataclass
class Event:
    """What the server did: a handshake message by its name, or data, alert, change_cipher_spec."""

    kind: str
    body: bytes = b""
    raw: bytes = b""  # with the message header, as the transcript needs it


@dataclass
class Response:
    status: int
    headers: dict
    body: bytes


@dataclass
class Outcome:
    """How a request ended: what came first, and when."""

    kind: str  # response, alert, closed, silence, or the name of a handshake message
    response: Response = None
    event: Event = None
    seconds: float = 0.0
    alert: int = None

    @property
    def status(self):
        return None if self.response is None else self.response.status

    @property
    def ended(self):
        """The server gave its answer or gave up; it no longer waits for this client."""
        return self.kind in ("response", "alert", "closed")


def request(path, host, method="GET", headers=(), body=None):
    """Octets of an HTTP/1.1 request."""
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: %s" % host, *headers]
    if body is not None:
        lines.append("Content-Length: %d" % len(body))
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + (body or b"")


def parse_response(data):
    """(Response, octets used), or None while it is incomplete."""
    head, found, rest = data.partition(b"\r\n\r\n")
    if not found:
        return None
    lines = head.decode("latin-1").split("\r\n")
    headers = {k.strip().lower(): v.strip() for k, v in (line.split(":", 1) for line in lines[1:])}
    status = int(lines[0].split()[1])
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return _chunked(status, headers, rest, len(head) + 4)
    length = int(headers.get("content-length", "0"))
    if len(rest) < length:
        return None
    return Response(status, headers, rest[:length]), len(head) + 4 + length


def _chunked(status, headers, rest, used):
    body = b""
    while True:
        line, found, after = rest.partition(b"\r\n")
        if not found:
            return None
        size = int(line.split(b";")[0], 16)
        if len(after) < size + 2:
            return None
        used += len(line) + 2 + size + 2
        if size == 0:
            return Response(status, headers, body), used
        body, rest = body + after[:size], after[size + 2 :]


class Peer:
    """The half of a TLS client that both versions share: records in, events out, HTTP on top."""

    def __init__(self, address, cut=None):
        self.wire = Wire(address, cut)
        self.events = deque()
        self.partial = b""  # of a handshake message
        self.data = b""  # application data not yet taken

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.wire.close()

    def open_record(self, kind, header, body):
        """(type, content) of a record as the current read key sees it; the versions differ."""
        raise NotImplementedError

    def seal_record(self, kind, content):
        """The record for some content under the current write key."""
        raise NotImplementedError

    def received(self, event):
        """Called for each event before anyone sees it, to keep the state of keys."""

    def send(self, kind, content, label="", record=None, segment=None, pause=None):
        """Send content in records of at most `record` octets; see Wire.send for the rest."""
        size = 16384 if record is None else record
        data = b"".join(self.seal_record(kind, piece) for piece in split(content, size))
        self.wire.send(data, label, segment, pause)

    @contextlib.contextmanager
    def corked(self):
        """Keep what is sent within and send it all at once."""
        self.wire.held = b""
        yield
        data, self.wire.held = self.wire.held, None
        self.wire.send(data)

    def send_handshake(self, messages, label="", **how):
        self.send(HANDSHAKE, messages, label, **how)

    def send_data(self, data, label="data", **how):
        self.send(DATA, data, label, **how)

    def send_alert(self, level, description):
        self.send(ALERT, u8(level) + u8(description), "alert")

    def next(self, timeout=SHOULD_ANSWER):
        """The next event; raises Silence or Closed."""
        deadline = time.monotonic() + timeout
        while not self.events:
            kind, header, body = self.wire.read_record(max(0.0, deadline - time.monotonic()))
            self._take(*self.open_record(kind, header, body))
        return self.events.popleft()

    def _take(self, kind, content):
        if kind == HANDSHAKE:
            self._take_messages(content)
        elif kind == DATA:
            self._deliver(Event("data", content))
        elif kind == ALERT:
            self._deliver(Event("alert", content))
        elif kind == CHANGE_CIPHER_SPEC:
            self._deliver(Event("change_cipher_spec", content))
        else:
            raise RawError("record of type %d" % kind)

    def _take_messages(self, content):
        self.partial += content
        while len(self.partial) >= 4:
            end = 4 + int.from_bytes(self.partial[1:4], "big")
            if len(self.partial) < end:
                return
            raw, self.partial = self.partial[:end], self.partial[end:]
            self._deliver(Event(NAMES.get(raw[0], "unknown"), raw[4:], raw))

    def _deliver(self, event):
        self.received(event)
        self.events.append(event)

    def expect(self, kind, timeout=SHOULD_ANSWER):
        """The next event, which must be of this kind."""
        event = self.next(timeout)
        if event.kind != kind:
            raise Refused(event)
        return event

    def await_outcome(self, timeout=SHOULD_ANSWER, notice=()):
        """Wait for the answer to a request, or for a handshake message named in `notice`."""
        began = time.monotonic()
        outcome = self._outcome(began + timeout, notice)
        outcome.seconds = time.monotonic() - began
        return outcome

    def _outcome(self, deadline, notice):
        while True:
            done = parse_response(self.data)
            if done is not None:
                self.data = self.data[done[1] :]
                return Outcome("response", response=done[0])
            try:
                event = self.next(max(0.0, deadline - time.monotonic()))
            except Closed:
                return Outcome("closed")
            except Silence:
                return Outcome("silence")
            if event.kind == "data":
                self.data += event.body
            elif event.kind == "alert":
                return Outcome("alert", event=event, alert=event.body[1])
            elif event.kind in notice:
                return Outcome(event.kind, event=event)

    def get(self, path, host="localhost", timeout=SHOULD_ANSWER, notice=(), **more):
        """Send a request and wait for its outcome."""
        self.send_data(request(path, host, **more), "request")
        return self.await_outcome(timeout, notice)
