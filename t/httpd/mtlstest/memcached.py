# SPDX-License-Identifier: Apache-2.0
"""A real memcached."""
import os
import socket

from .daemon import PortDaemon

MEMCACHED = "/usr/bin/memcached"


class Memcached(PortDaemon):
    """Keeps nothing."""

    name = "memcached"

    def __init__(self, port=None):
        super().__init__(port)
        assert os.access(MEMCACHED, os.X_OK), MEMCACHED + " is not installed (Debian: memcached)"

    def _begin(self):
        # -U 0: no datagrams
        self._launch(MEMCACHED, "-l", "127.0.0.1", "-p", str(self.port), "-U", "0", "-m", "16")

    def is_ready(self):
        try:
            return self._ask(b"version\r\n", self.port, seconds=1).startswith(b"VERSION")
        except OSError:
            return False

    @staticmethod
    def _ask(line, port, end=b"\r\n", seconds=20):
        """What it says, to its end."""
        with socket.create_connection(("127.0.0.1", port), seconds) as client:
            client.sendall(line)
            said = b""
            while not said.endswith(end):
                octets = client.recv(65536)
                if not octets:
                    raise ConnectionError("no more than %r" % said)
                said += octets
            return said

    def counts(self):
        """Its statistics, by name."""
        lines = self._ask(b"stats\r\n", self.port, b"END\r\n").decode("ascii").splitlines()
        return {x.split()[1]: x.split()[2] for x in lines if x.startswith("STAT")}

    def flush(self):
        """Forget everything."""
        assert self._ask(b"flush_all\r\n", self.port) == b"OK\r\n"
