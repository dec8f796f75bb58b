# SPDX-License-Identifier: Apache-2.0
"""A TLS 1.2 client in which every message is the test's own, renegotiation included.

ECDHE with AES_128_GCM_SHA256 (RFC 5246, RFC 5288, RFC 8422), extended master
secret (RFC 7627) and renegotiation_info (RFC 5746) on or off, no session tickets.

    with Tls12(address) as client:
        client.handshake()
        client.get("/staff", notice=("hello_request",))
        client.send_client_hello()
        client.server_flight()
        answer = client.answer()
        ...
"""

import hashlib
import hmac
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .raw_common import (
    CHANGE_CIPHER_SPEC, EC_POINT_FORMATS, ECDSA_P256_SHA256, EXTENDED_MASTER_SECRET, P256,
    RENEGOTIATION_INFO, RSA_PKCS1_SHA256, RSA_PSS_SHA256, SHOULD_ANSWER, SIGNATURE_ALGORITHMS,
    SUPPORTED_GROUPS, X25519, Cursor, Peer, RawError, Refused, Share, alpn_extension, extension,
    message, server_name_extension, u8, u16, vec8, vec16, vec24,
)

SUITES = (0xC02B, 0xC02F)  # ECDHE_ECDSA, ECDHE_RSA with AES_128_GCM_SHA256
VERIFY_DATA_LEN = 12


def prf(secret, label, seed, length):
    """The pseudorandom function (RFC 5246 section 5)."""
    seed, out = label + seed, b""
    a = seed
    while len(out) < length:
        a = hmac.new(secret, a, hashlib.sha256).digest()
        out += hmac.new(secret, a + seed, hashlib.sha256).digest()
    return out[:length]


class Protection:
    """One direction's AES-128-GCM (RFC 5288)."""

    def __init__(self, key, salt):
        self.aead, self.salt, self.sequence = AESGCM(key), salt, 0

    def _additional(self, kind, length):
        data = self.sequence.to_bytes(8, "big") + u8(kind) + u16(0x0303) + u16(length)
        self.sequence += 1
        return data

    def seal(self, kind, content):
        explicit = self.sequence.to_bytes(8, "big")
        additional = self._additional(kind, len(content))
        sealed = self.aead.encrypt(self.salt + explicit, content, additional)
        return u8(kind) + u16(0x0303) + vec16(explicit + sealed)

    def open(self, kind, body):
        additional = self._additional(kind, len(body) - 8 - 16)
        return self.aead.decrypt(self.salt + body[:8], body[8:], additional)


@dataclass
class Hello:
    """The ClientHello's choices; they hold for renegotiations too."""

    server_name: str = "localhost"
    alpn: tuple = ("http/1.1",)
    groups: tuple = (X25519, P256)
    extended_master_secret: bool = True
    renegotiation_info: bool = True
    suites: tuple = SUITES


class Answer:
    """The client's flight of one handshake; each call adds its message to the transcript."""

    def __init__(self, client):
        self.client = client

    def _add(self, name, body):
        built = message(name, body)
        self.client.transcript += built
        return built

    def certificate(self, credential=None):
        chain = () if credential is None else credential.chain
        return self._add("certificate", vec24(b"".join(vec24(der) for der in chain)))

    def key_exchange(self):
        built = self._add("client_key_exchange", vec8(self.client.share.public()))
        self.client.derive_keys()
        return built

    def certificate_verify(self, credential, over=None, spoil=None):
        covered = self.client.transcript if over is None else over
        scheme, signature = credential.sign(covered, tls13=False)
        if spoil is not None:
            signature = spoil(signature)
        return self._add("certificate_verify", u16(scheme) + vec16(signature))

    def finished(self, spoil=None):
        """Finished, to be sent after change_cipher_spec()."""
        client = self.client
        data = client.verify_data(b"client finished")
        client.new_client_verify_data = data
        return self._add("finished", data if spoil is None else spoil(data))


class Tls12(Peer):
    """The client.  handshake() is the honest one, also when renegotiating."""

    def __init__(self, address, hello=None, cut=None):
        super().__init__(address, cut)
        self.hello = Hello() if hello is None else hello
        self.read = self.write = self.next_read = self.next_write = None
        self.client_verify_data = self.server_verify_data = b""  # of the last finished handshake
        self.handshakes = 0
        self.transcript = b""
        self.asked = None
        self.secure_renegotiation = False

    # --- records

    def open_record(self, kind, header, body):
        if self.read is None:
            return kind, body
        try:
            return kind, self.read.open(kind, body)
        except InvalidTag as error:
            raise RawError("a record that does not decrypt") from error

    def seal_record(self, kind, content):
        if self.write is None:
            return u8(kind) + u16(0x0301 if not self.transcript else 0x0303) + vec16(content)
        return self.write.seal(kind, content)

    def received(self, event):
        if event.kind == "change_cipher_spec":
            self.read, self.next_read = self.next_read, None

    # --- ClientHello

    def client_hello(self, renegotiation_info=None):
        """Build a ClientHello and begin a new transcript; in a renegotiation it carries our
        verify_data unless `renegotiation_info` says other octets, b"" meaning no extension."""
        hello = self.hello
        self.client_random = os.urandom(32)
        suites = b"".join(u16(s) for s in hello.suites)
        extensions = self._extensions(renegotiation_info)
        body = u16(0x0303) + self.client_random + vec8(b"") + vec16(suites) + vec8(b"\0")
        self.asked = None
        self.transcript = message("client_hello", body + vec16(extensions))
        return self.transcript

    def _extensions(self, renegotiation_info):
        hello = self.hello
        schemes = (ECDSA_P256_SHA256, RSA_PSS_SHA256, RSA_PKCS1_SHA256)
        blocks = [
            server_name_extension(hello.server_name),
            extension(SUPPORTED_GROUPS, vec16(b"".join(u16(g) for g in hello.groups))),
            extension(EC_POINT_FORMATS, vec8(b"\0")),
            extension(SIGNATURE_ALGORITHMS, vec16(b"".join(u16(s) for s in schemes))),
            alpn_extension(hello.alpn),
        ]
        if hello.extended_master_secret:
            blocks.append(extension(EXTENDED_MASTER_SECRET, b""))
        if renegotiation_info is None and hello.renegotiation_info:
            blocks.append(extension(RENEGOTIATION_INFO, vec8(self.client_verify_data)))
        elif renegotiation_info:
            blocks.append(extension(RENEGOTIATION_INFO, vec8(renegotiation_info)))
        return b"".join(blocks)

    def send_client_hello(self, renegotiation_info=None, **how):
        hello = self.client_hello(renegotiation_info)
        self.send_handshake(hello, self._label("client_hello"), **how)

    def _label(self, name):
        """Labels of a renegotiation differ from those of the first handshake."""
        return name if self.handshakes == 0 else "second_" + name

    # --- the server's flight

    def server_flight(self, timeout=SHOULD_ANSWER):
        """Read up to ServerHelloDone."""
        while True:
            event = self.next(timeout)
            if event.kind == "data":
                self.data += event.body
                continue
            if event.kind in ("alert", "change_cipher_spec"):
                raise Refused(event)
            if event.kind == "hello_request":
                continue
            self.transcript += event.raw
            if event.kind == "server_hello_done":
                return
            self._note(event)

    def _note(self, event):
        if event.kind == "server_hello":
            self._server_hello(event.body)
        elif event.kind == "server_key_exchange":
            cursor = Cursor(event.body)
            cursor.take(1)
            self.share = Share(cursor.number(2))
            self.pre_master_secret = self.share.secret(cursor.vector(1))
        elif event.kind == "certificate_request":
            self.asked = event

    def _server_hello(self, body):
        cursor = Cursor(body)
        cursor.take(2)
        self.server_random = cursor.take(32)
        cursor.vector(1)
        cursor.take(3)
        found = cursor.extensions()
        self.extended = EXTENDED_MASTER_SECRET in found
        self.secure_renegotiation = RENEGOTIATION_INFO in found
        if self.secure_renegotiation:
            expected = vec8(self.client_verify_data + self.server_verify_data)
            if found[RENEGOTIATION_INFO] != expected:
                raise RawError("the server's renegotiation_info is wrong")

    # --- the client's flight

    def derive_keys(self):
        """Master secret and key block; called once the ClientKeyExchange is in the transcript."""
        if self.extended:
            label, seed = b"extended master secret", hashlib.sha256(self.transcript).digest()
        else:
            label, seed = b"master secret", self.client_random + self.server_random
        self.master_secret = prf(self.pre_master_secret, label, seed, 48)
        seed = self.server_random + self.client_random
        block = Cursor(prf(self.master_secret, b"key expansion", seed, 40))
        keys = block.take(16), block.take(16)
        self.next_write = Protection(keys[0], block.take(4))
        self.next_read = Protection(keys[1], block.take(4))

    def verify_data(self, label):
        digest = hashlib.sha256(self.transcript).digest()
        return prf(self.master_secret, label, digest, VERIFY_DATA_LEN)

    def answer(self):
        """Builder for the client's flight."""
        return Answer(self)

    def change_cipher_spec(self):
        """Send ChangeCipherSpec and go over to the new key."""
        self.send(CHANGE_CIPHER_SPEC, b"\1", self._label("change_cipher_spec"))
        self.write, self.next_write = self.next_write, None

    def server_finished(self, timeout=SHOULD_ANSWER):
        """Read the end of the handshake."""
        while True:
            event = self.next(timeout)
            if event.kind == "alert":
                raise Refused(event)
            if event.kind == "finished":
                break
            if event.kind == "data":
                self.data += event.body
            elif event.kind != "change_cipher_spec":
                self.transcript += event.raw
        if event.body != self.verify_data(b"server finished"):
            raise RawError("the server's Finished is wrong")
        self.client_verify_data = self.new_client_verify_data
        self.server_verify_data = event.body
        self.handshakes += 1

    def send_answer(self, credential=None, **how):
        """The honest flight: Certificate and CertificateVerify if asked, and the rest."""
        answer = self.answer()
        flight = b"" if self.asked is None else answer.certificate(credential)
        flight += answer.key_exchange()
        if self.asked is not None and credential is not None:
            flight += answer.certificate_verify(credential)
        self.send_handshake(flight, self._label("client_flight"), **how)
        self.change_cipher_spec()
        self.send_handshake(answer.finished(), self._label("finished"), **how)

    def handshake(self, credential=None, timeout=SHOULD_ANSWER, **how):
        """A whole honest handshake, the first or a further one."""
        self.send_client_hello(**how)
        self.server_flight(timeout)
        self.send_answer(credential, **how)
        self.server_finished(timeout)
        return self
