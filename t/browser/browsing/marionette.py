# SPDX-License-Identifier: Apache-2.0
"""Firefox's remote control: JSON over TCP, each message preceded by its length and a colon."""
import json
import socket

SECONDS = 120


class MarionetteError(Exception):
    """The browser refused a command."""


class Marionette:
    """One conversation."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), SECONDS)
        self._file = self._socket.makefile("rb")
        self._number = 0
        assert self._read()["marionetteProtocol"] == 3

    def close(self):
        self._file.close()
        self._socket.close()

    def _read(self):
        size = b""
        while not size.endswith(b":"):
            octet = self._file.read(1)
            if not octet:
                raise EOFError("the browser has ended")
            size += octet
        return json.loads(self._file.read(int(size[:-1])))

    def call(self, method, **params):
        """Send a command; its value."""
        self._number += 1
        data = json.dumps([0, self._number, method, params]).encode()
        self._socket.sendall(b"%d:" % len(data) + data)
        _kind, number, error, result = self._read()
        assert number == self._number
        if error:
            raise MarionetteError("%s: %s: %s" % (method, error["error"], error["message"]))
        return result["value"] if isinstance(result, dict) and list(result) == ["value"] else result
