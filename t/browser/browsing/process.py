# SPDX-License-Identifier: Apache-2.0
"""A browser's process: started in a directory of its own, gone when the tests are."""
import ctypes
import os
import shutil
import select
import signal
import subprocess
import tempfile
import time

START_SECONDS = 120
STOP_SECONDS = 15


class Missing(Exception):
    """The browser, or what it needs, is not installed."""


class Ended(Exception):
    """The browser ended by itself before it was ready."""


def program(*names):
    """Path of the first of these programs that is there."""
    for name in names:
        path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/bin:/usr/local/bin")
        if path:
            return path
    raise Missing("%s is not installed" % names[0])


def _end_with_parent():
    """In the child: be killed when the tests are (prctl(2), PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Process:
    """One process group, with a home that nobody else uses."""

    def __init__(self, name):
        self.home = tempfile.mkdtemp(prefix="mtls-%s-" % name)
        self.popen = None

    def path(self, *parts):
        return os.path.join(self.home, *parts)

    def start(self, words, pass_fds=()):
        env = {k: v for k, v in os.environ.items()
               if k in ("PATH", "LANG", "TZ", "LD_LIBRARY_PATH")}
        env.update(HOME=self.home, TMPDIR=self.home, XDG_RUNTIME_DIR=self.home,
                   XDG_CONFIG_HOME=self.path("config"), XDG_CACHE_HOME=self.path("cache"),
                   MOZ_CRASHREPORTER_DISABLE="1", DBUS_SESSION_BUS_ADDRESS="disabled:")
        with open(self.path("output"), "ab") as out:
            self.popen = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                          env=env, pass_fds=pass_fds, start_new_session=True,
                                          preexec_fn=_end_with_parent)

    def output(self):
        with open(self.path("output"), encoding="utf-8", errors="replace") as f:
            return f.read()

    def alive(self):
        return self.popen is not None and self.popen.poll() is None

    def write_file(self, text, *parts):
        with open(self.path(*parts), "w", encoding="utf-8") as f:
            f.write(text)

    def read_file(self, *parts):
        """What the browser writes into a file when it is ready."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.alive():
            try:
                with open(self.path(*parts), encoding="utf-8") as f:
                    text = f.read()
            except FileNotFoundError:
                text = ""
            if text:
                return text
            select.select([], [], [], 0.02)
        told = self.output()[-4000:]
        if not self.alive():
            raise Ended("the browser ended with %s while it started:\n%s" % (self.popen.returncode, told))
        raise AssertionError("the browser was not ready in %d seconds:\n%s" % (START_SECONDS, told))

    def stop(self, seconds=STOP_SECONDS):
        """Wait for its end, which was asked for before; then end it."""
        if self.popen is not None:
            try:
                self.popen.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
            try:
                os.killpg(self.popen.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.popen.wait()
        shutil.rmtree(self.home, ignore_errors=True)
