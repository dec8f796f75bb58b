# SPDX-License-Identifier: Apache-2.0
"""A real memcached."""
import os
import socket

from .daemon import Daemon

MEMCACHED = "/usr/bin/memcached"


class Memcached(Daemon):
    """Keeps nothing; a port that was given stays the same over stop() and start()."""

    name = "memcached"

    def __init__(self, port=None):
        super().__init__()
        assert os.access(MEMCACHED, os.X_OK), MEMCACHED + " is not installed (Debian: memcached)"
        self.port = port

    def start(self):
        if self.port is not None:
            self._start_on(self.port)
            return
        for _ in range(5):
            with socket.create_server(("127.0.0.1", 0)) as holder:
                port = holder.getsockname()[1]
            try:
                self._start_on(port)
                self.port = port
                return
            except AssertionError as problem:
                if self.process.poll() is None:
                    raise
                last = problem
        raise last

    def _start_on(self, port):
        self._port = port
        # -U 0: no datagrams
        self._launch(MEMCACHED, "-l", "127.0.0.1", "-p", str(port), "-U", "0", "-m", "16")
        self._await_ready()

    def is_ready(self):
        try:
            return self._ask(b"version\r\n", self._port).startswith(b"VERSION")
        except OSError:
            return False

    @staticmethod
    def _ask(line, port):
        with socket.create_connection(("127.0.0.1", port), 1) as client:
            client.sendall(line)
            return client.recv(65536)

    def counts(self):
        """Its statistics, by name."""
        lines = self._ask(b"stats\r\n", self.port).decode("ascii").splitlines()
        return {x.split()[1]: x.split()[2] for x in lines if x.startswith("STAT")}

    def flush(self):
        """Forget everything."""
        assert self._ask(b"flush_all\r\n", self.port) == b"OK\r\n"
