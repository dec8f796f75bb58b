# SPDX-License-Identifier: Apache-2.0
"""A TLS client on libssl by ctypes.

Python's ssl module cannot change the certificate of an open connection, renegotiate, or
say whether a CertificateRequest came; libssl itself can.  One Connection belongs to one thread.
"""
import ctypes
import ctypes.util
import socket
import struct
import threading
from ctypes import (CFUNCTYPE, POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_ubyte, c_ulong,
                    c_uint64, c_void_p, create_string_buffer)

TLS1_2, TLS1_3 = 0x0303, 0x0304
VERSIONS = {"1.2": TLS1_2, "1.3": TLS1_3}
_CTRL_SET_MIN, _CTRL_SET_MAX, _CTRL_SNI, _CTRL_MODE = 123, 124, 55, 33
_CTRL_SECURE_RENEGOTIATION = 76
_MODE_AUTO_RETRY = 4
_ERROR_SSL, _ERROR_WANT_READ, _ERROR_WANT_WRITE, _ERROR_SYSCALL, _ERROR_CLOSED = 1, 2, 3, 5, 6
_HANDSHAKE = 22
CERTIFICATE_REQUEST = 13
HELLO_REQUEST = 0
ALERTS = {40: "handshake_failure", 42: "bad_certificate", 46: "certificate_unknown",
          48: "unknown_ca", 100: "no_renegotiation", 116: "certificate_required"}

_ssl = ctypes.CDLL(ctypes.util.find_library("ssl"))
_crypto = ctypes.CDLL(ctypes.util.find_library("crypto"))
_MSG_CB = CFUNCTYPE(None, c_int, c_int, c_int, c_void_p, c_size_t, c_void_p, c_void_p)


def _declare(library, result, name, *arguments):
    function = getattr(library, name)
    function.restype = result
    function.argtypes = arguments
    return function


for _row in [
        (c_void_p, "TLS_client_method"), (c_void_p, "SSL_CTX_new", c_void_p),
        (None, "SSL_CTX_free", c_void_p), (c_void_p, "SSL_new", c_void_p),
        (None, "SSL_free", c_void_p), (c_int, "SSL_set_fd", c_void_p, c_int),
        (c_int, "SSL_connect", c_void_p), (c_int, "SSL_shutdown", c_void_p),
        (c_int, "SSL_read", c_void_p, c_char_p, c_int),
        (c_int, "SSL_write", c_void_p, c_char_p, c_int),
        (c_int, "SSL_get_error", c_void_p, c_int),
        (c_long, "SSL_ctrl", c_void_p, c_int, c_long, c_void_p),
        (c_long, "SSL_CTX_ctrl", c_void_p, c_int, c_long, c_void_p),
        (c_int, "SSL_use_certificate_chain_file", c_void_p, c_char_p),
        (c_int, "SSL_use_PrivateKey_file", c_void_p, c_char_p, c_int),
        (None, "SSL_certs_clear", c_void_p),
        (None, "SSL_set_post_handshake_auth", c_void_p, c_int),
        (c_int, "SSL_set_alpn_protos", c_void_p, c_char_p, c_int),
        (None, "SSL_get0_alpn_selected", c_void_p, POINTER(c_void_p), POINTER(c_int)),
        (c_int, "SSL_set_session", c_void_p, c_void_p), (c_void_p, "SSL_get1_session", c_void_p),
        (None, "SSL_SESSION_free", c_void_p), (c_int, "SSL_SESSION_is_resumable", c_void_p),
        (c_int, "SSL_session_reused", c_void_p), (c_int, "SSL_renegotiate", c_void_p),
        (c_int, "SSL_do_handshake", c_void_p), (c_int, "SSL_key_update", c_void_p, c_int),
        (c_int, "SSL_pending", c_void_p), (c_char_p, "SSL_get_version", c_void_p),
        (None, "SSL_set_msg_callback", c_void_p, _MSG_CB),
        (c_uint64, "SSL_set_options", c_void_p, c_uint64),
        (c_uint64, "SSL_CTX_set_options", c_void_p, c_uint64),
        (c_int, "SSL_CTX_set_cipher_list", c_void_p, c_char_p)]:
    _declare(_ssl, _row[0], _row[1], *_row[2:])
_declare(_crypto, c_ulong, "ERR_get_error")
_declare(_crypto, None, "ERR_clear_error")
_declare(_crypto, None, "ERR_error_string_n", c_ulong, c_char_p, c_size_t)

OP_NO_TICKET = 1 << 14
BIND_ADDRESS_NO_PORT = 24  # IP_BIND_ADDRESS_NO_PORT, ip(7)


class TlsError(ConnectionError):
    """The TLS connection failed; alerts received so far are in .alerts."""

    def __init__(self, text, alerts=()):
        super().__init__("%s %s" % (text, list(alerts)))
        self.alerts = list(alerts)


class TlsClosed(TlsError):
    """The peer closed the connection."""


class TlsTimeout(TlsError):
    """The peer said nothing for the whole time-out."""


def _errors():
    texts = []
    while True:
        code = _crypto.ERR_get_error()
        if not code:
            return "; ".join(texts) or "no detail"
        text = create_string_buffer(256)
        _crypto.ERR_error_string_n(code, text, 256)
        texts.append(text.value.decode())


def _dial(port, timeout, source):
    """A TCP connection whose own port is chosen by connect(2).

    bind(2) and connect(2) begin with different halves of the range; were the port bound, it could be
    the one that a test has found free for a server, and be in use for a minute after the connection.
    """
    sock = socket.socket()
    try:
        sock.settimeout(timeout)
        sock.setsockopt(socket.IPPROTO_IP, BIND_ADDRESS_NO_PORT, 1)
        sock.bind((source, 0))
        sock.connect(("127.0.0.1", port))
        sock.settimeout(None)
    except OSError:
        sock.close()
        raise
    return sock


class Session:
    """A resumable session; freed with the object."""

    def __init__(self, pointer):
        self.pointer = pointer

    @property
    def resumable(self):
        return bool(_ssl.SSL_SESSION_is_resumable(self.pointer))

    def __del__(self):
        _ssl.SSL_SESSION_free(self.pointer)


class Connection:
    """A TLS connection to 127.0.0.1.

    version  "1.2", "1.3" or None (both)
    cert     a pki.Cert, or None; leaf_only sends no intermediates
    pha      offer post-handshake authentication
    session  a Session to resume
    source   address of this end
    """

    def __init__(self, port, version=None, cert=None, pha=False, sni="localhost", alpn=None,
                 session=None, leaf_only=False, timeout=20, tickets=True, source="127.0.0.1"):
        self.requests = 0           # CertificateRequest messages received
        self.request_bodies = []
        self.on_request = None      # called when one has come, before it is answered
        self.hello_requests = 0
        self.alerts = []
        self.messages = []          # (sent?, type) of each handshake message
        self._ssl = self._ctx = None
        self._lock = threading.Lock()
        self.sock = _dial(port, timeout, source)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.set_timeout(timeout)
        self._make(version, pha, sni, alpn, tickets)
        if cert is not None:
            self.use(cert, leaf_only)
        if session is not None:
            _ssl.SSL_set_session(self._ssl, session.pointer)
        self._step(_ssl.SSL_connect, "handshake")

    def _make(self, version, pha, sni, alpn, tickets):
        self._ctx = _ssl.SSL_CTX_new(_ssl.TLS_client_method())
        _ssl.SSL_CTX_set_cipher_list(self._ctx, b"DEFAULT:@SECLEVEL=0")
        if not tickets:
            _ssl.SSL_CTX_set_options(self._ctx, OP_NO_TICKET)
        self._ssl = _ssl.SSL_new(self._ctx)
        low, high = (VERSIONS[version],) * 2 if version else (TLS1_2, TLS1_3)
        _ssl.SSL_ctrl(self._ssl, _CTRL_SET_MIN, low, None)
        _ssl.SSL_ctrl(self._ssl, _CTRL_SET_MAX, high, None)
        _ssl.SSL_ctrl(self._ssl, _CTRL_MODE, _MODE_AUTO_RETRY, None)
        _ssl.SSL_set_post_handshake_auth(self._ssl, 1 if pha else 0)
        if sni:
            _ssl.SSL_ctrl(self._ssl, _CTRL_SNI, 0, ctypes.cast(c_char_p(sni.encode()), c_void_p))
        if alpn:
            wire = b"".join(bytes([len(p)]) + p for p in (a.encode() for a in alpn))
            _ssl.SSL_set_alpn_protos(self._ssl, wire, len(wire))
        self._callback = _MSG_CB(self._on_message)
        _ssl.SSL_set_msg_callback(self._ssl, self._callback)
        _ssl.SSL_set_fd(self._ssl, self.sock.fileno())

    def _on_message(self, sent, _version, kind, data, length, _ssl_pointer, _arg):
        octets = ctypes.string_at(data, length)
        if kind == _HANDSHAKE and length:
            self.messages.append((bool(sent), octets[0]))
            if not sent and octets[0] == CERTIFICATE_REQUEST:
                self.requests += 1
                self.request_bodies.append(octets[4:])
                if self.on_request is not None:
                    self.on_request()
            if not sent and octets[0] == HELLO_REQUEST:
                self.hello_requests += 1
        elif kind == 21 and length == 2 and not sent:
            self.alerts.append(ALERTS.get(octets[1], octets[1]))

    def set_timeout(self, seconds):
        """Longest silence of the peer in one read or write."""
        value = struct.pack("ll", int(seconds), int(seconds % 1 * 1e6))
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, value)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, value)

    def _step(self, function, what, *arguments):
        with self._lock:
            if self._ssl is None:
                raise TlsClosed("%s: closed here" % what)
            _crypto.ERR_clear_error()
            result = function(self._ssl, *arguments)
            if result > 0:
                return result
            code = _ssl.SSL_get_error(self._ssl, result)
            text = "%s: %s" % (what, _errors())
        if code == _ERROR_CLOSED:
            raise TlsClosed(what + ": closed by peer", self.alerts)
        if code in (_ERROR_WANT_READ, _ERROR_WANT_WRITE):
            raise TlsTimeout(what + ": time-out", self.alerts)
        if code == _ERROR_SYSCALL or "unexpected eof" in text:
            raise TlsClosed(text, self.alerts)
        raise TlsError(text, self.alerts)

    # identity

    def use(self, cert, leaf_only=False):
        """Answer later certificate requests with this certificate; None with none."""
        _ssl.SSL_certs_clear(self._ssl)
        if cert is None:
            return
        path = cert.leaf_file if leaf_only else cert.file
        self._step(_ssl.SSL_use_certificate_chain_file, "certificate", path.encode())
        self._step(_ssl.SSL_use_PrivateKey_file, "key", cert.key_file.encode(), 1)

    # data

    def send(self, data):
        if data:
            self._step(_ssl.SSL_write, "write", bytes(data), len(data))

    def recv(self, most=65536):
        """Some octets; b"" when the peer closed in an orderly way."""
        room = create_string_buffer(most)
        try:
            count = self._step(_ssl.SSL_read, "read", room, most)
        except TlsClosed:
            return b""
        return ctypes.string_at(room, count)

    # TLS facts and moves

    @property
    def version(self):
        return _ssl.SSL_get_version(self._ssl).decode()

    @property
    def resumed(self):
        return bool(_ssl.SSL_session_reused(self._ssl))

    @property
    def alpn(self):
        data, length = c_void_p(), c_int()
        _ssl.SSL_get0_alpn_selected(self._ssl, byref(data), byref(length))
        return ctypes.string_at(data, length.value).decode() if length.value else None

    @property
    def secure_renegotiation(self):
        return bool(_ssl.SSL_ctrl(self._ssl, _CTRL_SECURE_RENEGOTIATION, 0, None))

    def session(self):
        """The newest session; on TLS 1.3 only after something was read."""
        pointer = _ssl.SSL_get1_session(self._ssl)
        return Session(pointer) if pointer else None

    def renegotiate(self):
        """Begin a renegotiation from this side and drive it."""
        self._step(_ssl.SSL_renegotiate, "renegotiate")
        self._step(_ssl.SSL_do_handshake, "renegotiate")

    def key_update(self):
        self._step(_ssl.SSL_key_update, "key update", 1)

    def close(self):
        """Close with close_notify where the connection still allows it."""
        with self._lock:
            if self._ssl is not None:
                _crypto.ERR_clear_error()
                _ssl.SSL_shutdown(self._ssl)
                _crypto.ERR_clear_error()
                _ssl.SSL_free(self._ssl)
                _ssl.SSL_CTX_free(self._ctx)
                self._ssl = self._ctx = None
        self.sock.close()

    def abort(self):
        """Drop the TCP connection at once, with a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.close()
