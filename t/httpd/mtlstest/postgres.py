# SPDX-License-Identifier: Apache-2.0
"""A real PostgreSQL on a Unix socket."""
import glob
import os
import signal

from .daemon import Daemon


def _programs():
    """The folder of initdb and postgres, which Debian keeps out of PATH: the newest there is."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"))
    assert found, "PostgreSQL is not installed (Debian: postgresql)"
    return os.path.dirname(found[-1])


class Postgres(Daemon):
    """Its superuser is "mtls"; who reaches the socket is believed."""

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": do not wait for clients to go

    def __init__(self):
        super().__init__()
        self.bin = _programs()
        self.data = self.path("data")
        self.run(os.path.join(self.bin, "initdb"), "-D", self.data, "-U", "mtls", "-A", "trust",
                 "-E", "UTF8", "--no-locale", "--no-sync")

    @property
    def params(self):
        """DBDParams."""
        return "host=%s user=mtls dbname=postgres connect_timeout=20" % self.root

    def start(self):
        settings = ["listen_addresses=", "unix_socket_directories=" + self.root, "fsync=off",
                    "shared_buffers=8MB", "max_connections=40", "log_statement=all"]
        words = [os.path.join(self.bin, "postgres"), "-D", self.data]
        for setting in settings:
            words += ["-c", setting]
        self._launch(*words)
        self._await_ready()

    def is_ready(self):
        """The last line of postmaster.pid, as pg_ctl reads it."""
        try:
            with open(os.path.join(self.data, "postmaster.pid"), encoding="ascii") as f:
                lines = f.read().splitlines()
        except FileNotFoundError:
            return False
        return (len(lines) >= 8 and lines[0] == str(self.process.pid)
                and lines[7].strip() == "ready")

    def sql(self, text):
        """Run statements; the rows they give, unaligned."""
        return self.run(os.path.join(self.bin, "psql"), "-X", "-q", "-A", "-t", "-v",
                        "ON_ERROR_STOP=1", "-h", self.root, "-U", "mtls", "-d", "postgres",
                        "-c", text).strip()
