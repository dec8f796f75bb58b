# SPDX-License-Identifier: Apache-2.0
"""A TLS 1.3 client in which every message is the test's own (RFC 8446, TLS_AES_128_GCM_SHA256).

    with Tls13(address, Hello(server_name="a.test")) as client:
        client.handshake()
        asked = client.get("/staff", notice=("certificate_request",))
        answer = client.answer(asked.event)
        client.send_handshake(answer.certificate(alice) + answer.finished())

Answer builds what a rightful client would send next, given what was built
before; leaving a call out, or spoiling its octets, is what the tests do.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .raw_common import (
    COOKIE, DATA, EARLY_DATA, ECDSA_P256_SHA256, KEY_SHARE, P256, POST_HANDSHAKE_AUTH,
    PRE_SHARED_KEY, PSK_MODES, RSA_PKCS1_SHA256, RSA_PSS_SHA256, SHOULD_ANSWER,
    SIGNATURE_ALGORITHMS, SUPPORTED_GROUPS, SUPPORTED_VERSIONS, UNKNOWN_GROUP, X25519, Cursor,
    Peer, RawError, Refused, Share, alpn_extension, extension, message, server_name_extension, u8,
    u16, vec8, vec16, vec24,
)

HASH_LEN = 32
ZEROS = bytes(HASH_LEN)
RETRY_RANDOM = hashlib.sha256(b"HelloRetryRequest").digest()
NOT_REQUESTED, REQUESTED = b"\0", b"\1"  # of KeyUpdate


def sha256(data):
    return hashlib.sha256(data).digest()


def hkdf_extract(salt, secret):
    return hmac.new(salt, secret, hashlib.sha256).digest()


def expand_label(secret, label, context, length):
    """HKDF-Expand-Label (RFC 8446 section 7.1)."""
    info = u16(length) + vec8(b"tls13 " + label) + vec8(context)
    out, block, counter = b"", b"", 1
    while len(out) < length:
        block = hmac.new(secret, block + info + u8(counter), hashlib.sha256).digest()
        out, counter = out + block, counter + 1
    return out[:length]


def derive_secret(secret, label, transcript):
    return expand_label(secret, label, sha256(transcript), HASH_LEN)


def finished_mac(secret, transcript):
    key = expand_label(secret, b"finished", b"", HASH_LEN)
    return hmac.new(key, sha256(transcript), hashlib.sha256).digest()


class Protection:
    """One direction's record protection under one traffic secret."""

    def __init__(self, secret):
        self.secret, self.sequence = secret, 0
        self.aead = AESGCM(expand_label(secret, b"key", b"", 16))
        self.iv = expand_label(secret, b"iv", b"", 12)

    def _nonce(self):
        number = self.sequence.to_bytes(12, "big")
        self.sequence += 1
        return bytes(a ^ b for a, b in zip(self.iv, number))

    def seal(self, kind, content):
        header = u8(DATA) + u16(0x0303) + u16(len(content) + 1 + 16)
        return header + self.aead.encrypt(self._nonce(), content + u8(kind), header)

    def open(self, header, body):
        plain = self.aead.decrypt(self._nonce(), body, header).rstrip(b"\0")
        return plain[-1], plain[:-1]

    def updated(self):
        """The protection after a KeyUpdate (RFC 8446 section 7.2)."""
        return Protection(expand_label(self.secret, b"traffic upd", b"", HASH_LEN))


@dataclass(frozen=True)
class Ticket:
    """What a NewSessionTicket gives to the next connection."""

    psk: bytes
    identity: bytes
    age_add: int
    early_data: int  # octets the server would take, 0: none


@dataclass
class Hello:
    """The ClientHello's choices."""

    server_name: str = "localhost"  # None: no extension; "": an empty name
    post_handshake_auth: bool = True
    alpn: tuple = ("http/1.1",)
    versions: tuple = (0x0304,)
    groups: tuple = (X25519, P256)
    shares: tuple = (X25519,)  # empty or UNKNOWN_GROUP make the server ask again
    ticket: Ticket = None
    early_data: bool = False
    more: bytes = b""  # further extensions, encoded
    random: bytes = field(default_factory=lambda: os.urandom(32))


class Answer:
    """The messages of one client authentication.

    Each call builds one message over the transcript so far and adds it to the transcript, so that
    what follows is consistent with what the test chose to send.
    """

    def __init__(self, transcript, secret, context):
        self.transcript, self.secret, self.context = transcript, secret, context

    def _add(self, name, body):
        built = message(name, body)
        self.transcript += built
        return built

    def certificate(self, credential=None, context=None):
        """Certificate; without a credential the empty list that means "I have none"."""
        chain = () if credential is None else credential.chain
        entries = b"".join(vec24(der) + vec16(b"") for der in chain)
        used = self.context if context is None else context
        return self._add("certificate", vec8(used) + vec24(entries))

    def certificate_verify(self, credential, over=None, spoil=None):
        """CertificateVerify; `over`: another transcript; `spoil`: a change to the signature."""
        covered = self.transcript if over is None else over
        text = b" " * 64 + b"TLS 1.3, client CertificateVerify\0" + sha256(covered)
        scheme, signature = credential.sign(text, tls13=True)
        if spoil is not None:
            signature = spoil(signature)
        return self._add("certificate_verify", u16(scheme) + vec16(signature))

    def finished(self, spoil=None):
        mac = finished_mac(self.secret, self.transcript)
        return self._add("finished", mac if spoil is None else spoil(mac))

    def rightful(self, credential):
        """The whole answer of an honest client."""
        return self.certificate(credential) + self.certificate_verify(credential) + self.finished()


class Tls13(Peer):
    """The client.  handshake() is the honest one; its steps can be taken singly."""

    def __init__(self, address, hello=None, cut=None):
        super().__init__(address, cut)
        self.hello = Hello() if hello is None else hello
        self.transcript = b""
        self.read = self.write = None  # Protection, None: plaintext
        self.skip_unreadable = False
        self.shares = {}
        self.tickets = []
        self.asked = None  # the CertificateRequest of the handshake
        self.accepted_early_data = False
        self.resumed = False
        self.retried = False
        self.early_secret = hkdf_extract(ZEROS, ZEROS)

    # --- records

    def open_record(self, kind, header, body):
        if kind != DATA or self.read is None:
            return kind, body
        try:
            return self.read.open(header, body)
        except InvalidTag as error:
            raise RawError("a record that does not decrypt") from error

    def seal_record(self, kind, content):
        if self.write is None:
            return u8(kind) + u16(0x0301 if not self.transcript else 0x0303) + vec16(content)
        return self.write.seal(kind, content)

    def received(self, event):
        if event.kind == "key_update":
            self.read = self.read.updated()
            if event.body == REQUESTED:
                self.key_update(NOT_REQUESTED)
        elif event.kind == "new_session_ticket":
            self.tickets.append(self._ticket(event.body))

    # --- ClientHello

    def client_hello(self, cookie=None):
        """Build the ClientHello and add it to the transcript."""
        hello = self.hello
        if hello.ticket is not None:
            self.early_secret = hkdf_extract(ZEROS, hello.ticket.psk)
        body = u16(0x0303) + hello.random + vec8(b"") + vec16(u16(0x1301)) + vec8(b"\0")
        built = self._with_binder(body, self._extensions(cookie))
        self.transcript += built
        return built

    def _extensions(self, cookie):
        hello = self.hello
        schemes = (ECDSA_P256_SHA256, RSA_PSS_SHA256, RSA_PKCS1_SHA256)
        blocks = [
            server_name_extension(hello.server_name),
            extension(SUPPORTED_VERSIONS, vec8(b"".join(u16(v) for v in hello.versions))),
            extension(SUPPORTED_GROUPS, vec16(b"".join(u16(g) for g in hello.groups))),
            extension(SIGNATURE_ALGORITHMS, vec16(b"".join(u16(s) for s in schemes))),
            extension(KEY_SHARE, vec16(b"".join(self._share(g) for g in hello.shares))),
            extension(PSK_MODES, vec8(b"\1")),
            alpn_extension(hello.alpn),
        ]
        if hello.post_handshake_auth:
            blocks.append(extension(POST_HANDSHAKE_AUTH, b""))
        if cookie is not None:
            blocks.append(extension(COOKIE, cookie))
        if hello.early_data and not self.retried:
            blocks.append(extension(EARLY_DATA, b""))
        return b"".join(blocks) + hello.more

    def _share(self, group):
        if group == UNKNOWN_GROUP:
            return u16(group) + vec16(b"\4" + os.urandom(64))
        self.shares.setdefault(group, Share(group))
        return u16(group) + vec16(self.shares[group].public())

    def _with_binder(self, body, extensions):
        """The message, with pre_shared_key as its last extension when there is a ticket."""
        ticket = self.hello.ticket
        if ticket is None:
            return message("client_hello", body + vec16(extensions))
        identities = vec16(vec16(ticket.identity) + ticket.age_add.to_bytes(4, "big"))
        blank = vec16(vec8(ZEROS))
        full = extensions + extension(PRE_SHARED_KEY, identities + blank)
        truncated = message("client_hello", body + vec16(full))[: -len(blank)]
        key = derive_secret(self.early_secret, b"res binder", b"")
        return truncated + vec16(vec8(finished_mac(key, self.transcript + truncated)))

    def send_client_hello(self, **how):
        self.send_handshake(self.client_hello(), "client_hello", **how)

    def send_early_data(self, data):
        """0-RTT under the early traffic secret; the handshake goes on in plaintext."""
        secret = derive_secret(self.early_secret, b"c e traffic", self.transcript)
        self.wire.send(Protection(secret).seal(DATA, data), "early_data")

    # --- the server's flight

    def server_flight(self, timeout=SHOULD_ANSWER, **how):
        """Read up to the server's Finished, sending a second ClientHello if asked to."""
        event = self._flight_message(timeout)
        if event.kind == "server_hello" and event.body[2:34] == RETRY_RANDOM:
            self._retry(event, **how)
            event = self._flight_message(timeout)
        self._handshake_keys(event)
        event = self._flight_message(timeout)
        while event.kind != "finished":
            self._note(event)
            self.transcript += event.raw
            event = self._flight_message(timeout)
        if event.body != finished_mac(self.server_secret, self.transcript):
            raise RawError("the server's Finished is wrong")
        self.transcript += event.raw
        self._application_keys()

    def _flight_message(self, timeout):
        """The next handshake message, skipping the ChangeCipherSpec of middlebox compatibility."""
        event = self.next(timeout)
        while event.kind == "change_cipher_spec":
            event = self.next(timeout)
        if event.kind in ("alert", "data"):
            raise Refused(event)
        return event

    def _note(self, event):
        if event.kind == "certificate_request":
            self.asked = event
        elif event.kind == "encrypted_extensions":
            self.accepted_early_data = EARLY_DATA in Cursor(event.body).extensions()

    def _retry(self, event, **how):
        """Answer a HelloRetryRequest (RFC 8446 section 4.1.4)."""
        self.retried = True
        first = message("message_hash", sha256(self.transcript))
        self.transcript = first + event.raw
        wanted = self._server_extensions(event.body)
        self.hello.shares = (int.from_bytes(wanted[KEY_SHARE], "big"),)
        again = self.client_hello(wanted.get(COOKIE))
        self.send_handshake(again, "second_client_hello", **how)

    @staticmethod
    def _server_extensions(body):
        cursor = Cursor(body)
        cursor.take(34)
        cursor.vector(1)
        cursor.take(3)
        return cursor.extensions()

    def _handshake_keys(self, event):
        self.transcript += event.raw
        found = self._server_extensions(event.body)
        self.resumed = PRE_SHARED_KEY in found
        if not self.resumed:
            self.early_secret = hkdf_extract(ZEROS, ZEROS)
        share = Cursor(found[KEY_SHARE])
        secret = self.shares[share.number(2)].secret(share.vector(2))
        derived = derive_secret(self.early_secret, b"derived", b"")
        self.handshake_secret = hkdf_extract(derived, secret)
        self.client_secret = derive_secret(self.handshake_secret, b"c hs traffic", self.transcript)
        self.server_secret = derive_secret(self.handshake_secret, b"s hs traffic", self.transcript)
        self.read = Protection(self.server_secret)
        self.write = Protection(self.client_secret)

    def _application_keys(self):
        derived = derive_secret(self.handshake_secret, b"derived", b"")
        self.master_secret = hkdf_extract(derived, ZEROS)
        self.client_data = derive_secret(self.master_secret, b"c ap traffic", self.transcript)
        self.read = Protection(derive_secret(self.master_secret, b"s ap traffic", self.transcript))

    # --- the client's flight and after

    def handshake_answer(self):
        """Builder for the client's flight of the handshake."""
        context = b"" if self.asked is None else Cursor(self.asked.body).vector(1)
        return Answer(self.transcript, self.client_secret, context)

    def established(self, answer):
        """Go over to application keys; `answer` is what was sent."""
        self.transcript = answer.transcript
        self.resumption = derive_secret(self.master_secret, b"res master", self.transcript)
        self.write = Protection(self.client_data)

    def handshake(self, credential=None, timeout=SHOULD_ANSWER, **how):
        """The whole honest handshake; `how` its messages are cut into records and segments."""
        self.send_client_hello(**how)
        self.server_flight(timeout, **how)
        answer = self.handshake_answer()
        flight = b""
        if self.asked is not None:
            flight += answer.certificate(credential)
            if credential is not None:
                flight += answer.certificate_verify(credential)
        self.send_handshake(flight + answer.finished(), "client_flight", **how)
        self.established(answer)
        return self

    def answer(self, event):
        """Builder for the answer to a post-handshake CertificateRequest."""
        context = Cursor(event.body).vector(1)
        return Answer(self.transcript + event.raw, self.write.secret, context)

    def key_update(self, wanted=NOT_REQUESTED, label="key_update"):
        """Change our sending key; REQUESTED asks the server to change its own as well."""
        self.send_handshake(message("key_update", wanted), label)
        self.write = self.write.updated()

    def _ticket(self, body):
        cursor = Cursor(body)
        cursor.number(4)
        age_add = cursor.number(4)
        nonce, identity = cursor.vector(1), cursor.vector(2)
        early = cursor.extensions().get(EARLY_DATA, b"")
        psk = expand_label(self.resumption, b"resumption", nonce, HASH_LEN)
        return Ticket(psk, identity, age_add, int.from_bytes(early, "big"))
