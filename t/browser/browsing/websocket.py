# SPDX-License-Identifier: Apache-2.0
"""As much of a WebSocket (RFC 6455) as a debugging protocol on this machine needs."""
import base64
import os
import socket
import struct

TEXT = 0x81


class WebSocket:
    """Text messages out, whole messages in."""

    def __init__(self, port, path):
        self._socket = socket.create_connection(("127.0.0.1", port), 120)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall((
            "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n" % (path, port, key)).encode())
        self._buffer = b""
        while b"\r\n\r\n" not in self._buffer:
            self.fill()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        assert b" 101 " in head.split(b"\r\n")[0], head
        self._fragments = b""

    def fileno(self):
        return self._socket.fileno()

    def close(self):
        self._socket.close()

    def fill(self):
        """Take what has arrived."""
        piece = self._socket.recv(65536)
        if not piece:
            raise EOFError("the other end closed the WebSocket")
        self._buffer += piece

    def send(self, text):
        data, mask = text.encode(), os.urandom(4)
        size = len(data)
        if size < 126:
            head = bytes([TEXT, 0x80 | size])
        elif size < 65536:
            head = bytes([TEXT, 0x80 | 126]) + struct.pack(">H", size)
        else:
            head = bytes([TEXT, 0x80 | 127]) + struct.pack(">Q", size)
        masked = bytes(octet ^ mask[i % 4] for i, octet in enumerate(data))
        self._socket.sendall(head + mask + masked)

    def _frame(self):
        """(first octet, payload) of the next whole frame, or None."""
        if len(self._buffer) < 2:
            return None
        size, at = self._buffer[1] & 0x7f, 2
        for mark, form in ((126, ">H"), (127, ">Q")):
            if size == mark:
                end = 2 + struct.calcsize(form)
                if len(self._buffer) < end:
                    return None
                size, at = struct.unpack(form, self._buffer[2:end])[0], end
                break
        if len(self._buffer) < at + size:
            return None
        first, payload = self._buffer[0], self._buffer[at:at + size]
        self._buffer = self._buffer[at + size:]
        return first, payload

    def message(self):
        """The next whole message that has arrived, or None."""
        while True:
            frame = self._frame()
            if frame is None:
                return None
            self._fragments += frame[1]
            if frame[0] & 0x80:
                whole, self._fragments = self._fragments, b""
                return whole
