# SPDX-License-Identifier: Apache-2.0
"""A real Redis."""
import os
import socket

from .daemon import PortDaemon

REDIS = "/usr/bin/redis-server"
CLI = "/usr/bin/redis-cli"


class Redis(PortDaemon):
    """Keeps nothing on disk."""

    name = "redis"

    def __init__(self, port=None):
        super().__init__(port)
        for program in (REDIS, CLI):
            assert os.access(program, os.X_OK), program + " is not installed (Debian: redis-server)"

    def _begin(self):
        self._launch(REDIS, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                     "--appendonly", "no", "--daemonize", "no", "--dir", self.root)

    def is_ready(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as client:
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def cli(self, *words, stdin=None):
        """What redis-cli prints."""
        return self.run(CLI, "-p", str(self.port), *words, input=stdin).strip()

    def names(self):
        """Names of all that is stored."""
        return [x for x in self.cli("KEYS", "*").splitlines() if x]

    def raw(self, name):
        """The octets of a value."""
        with socket.create_connection(("127.0.0.1", self.port), 20) as client:
            client.sendall(b"GET %s\r\n" % name.encode("ascii"))
            with client.makefile("rb") as answer:
                head = answer.readline()
                assert head.startswith(b"$") and not head.startswith(b"$-"), head
                return answer.read(int(head[1:]))

    def overwrite(self, octets, seconds=600):
        """Put these octets in the place of every value."""
        names = self.names()
        assert names, "nothing is stored"
        for name in names:
            self.cli("-x", "SETEX", name, str(seconds), stdin=octets)
