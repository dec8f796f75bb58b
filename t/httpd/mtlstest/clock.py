# SPDX-License-Identifier: Apache-2.0
"""A server's wall clock, moved by tests."""
import datetime
import os
import sys

from .server import BUILD

# Configuration of a server whose connections and sessions do not end when its clock is moved.
LASTING = "KeepAliveTimeout 36000\nSSLSessionCacheTimeout 36000\n"
# Seconds of an answer's life, and when, by that clock, it is asked for anew but holds for a while, and
# when it is over.
LIFE, LATE, OVER = 280, 265, 290


class Clock:
    """The wall clock of a server's processes (t/httpd/clock); what waits goes by the system's."""

    def __init__(self, site):
        path = site.path("conf", "clock")
        with open(path, "wb") as f:
            f.write(bytes(8))
        self._fd = os.open(path, os.O_WRONLY)
        self._off = 0
        site.environment = {"LD_PRELOAD": os.path.join(BUILD, ".libs", "clock.so"),
                            "TEST_CLOCK": path}

    def set(self, seconds):
        """So far off the real one from now on."""
        self._off = seconds
        os.pwrite(self._fd, seconds.to_bytes(8, sys.byteorder, signed=True), 0)

    def pass_by(self, seconds):
        """Later, or earlier, by so much than it was."""
        self.set(self._off + seconds)

    def now(self):
        """What time it is there, UTC."""
        return datetime.datetime.utcnow() + datetime.timedelta(seconds=self._off)

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        os.close(self._fd)
