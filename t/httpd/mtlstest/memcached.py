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
            return self._ask(b"version\r\n", self.port).startswith(b"VERSION")
        except OSError:
            return False

    @staticmethod
    def _ask(line, port):
        with socket.create_connection(("127.0.0.1", port), 20) as client:
            client.sendall(line)
            return client.recv(65536)

    def counts(self):
        """Its statistics, by name."""
        lines = self._ask(b"stats\r\n", self.port).decode("ascii").splitlines()
        return {x.split()[1]: x.split()[2] for x in lines if x.startswith("STAT")}

    def flush(self):
        """Forget everything."""
        assert self._ask(b"flush_all\r\n", self.port) == b"OK\r\n"
