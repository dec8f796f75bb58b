# SPDX-License-Identifier: Apache-2.0
"""Other people's servers that a test needs: each in a directory of its own, never as root, ended by
the process we started."""
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile

from .server import Httpd

START_SECONDS = 60
STOP_SECONDS = 60
NOBODY = ("nobody", "nogroup")


def _end_with_parent():
    """In the child: be told to end when the tests are killed (prctl(2), PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Daemon:
    """Base of a server; a subclass says how it is prepared, started, and seen to be ready."""

    name = "daemon"
    stop_signal = signal.SIGTERM

    def __init__(self):
        self.root = tempfile.mkdtemp(prefix="mtls-%s-" % self.name)
        self.process = None
        if os.geteuid() == 0:
            shutil.chown(self.root, *NOBODY)
        os.chmod(self.root, 0o755)

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def write(self, name, text):
        """A file in the server's directory that it may read; its path."""
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), 0o644)
        return self.path(name)

    @staticmethod
    def _as_nobody():
        if os.geteuid() != 0:
            return {}
        return dict(user=NOBODY[0], group=NOBODY[1], extra_groups=[])

    def run(self, *words, **more):
        """Run a command as the server's user; its output.  It must succeed."""
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
                              cwd=self.root, check=False, env=self._environment(),
                              **self._as_nobody(), **more)
        text = done.stdout.decode("utf-8", "replace")
        assert done.returncode == 0, "%s: exit status %d\n%s" % (words[0], done.returncode, text)
        return text

    def _environment(self):
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "HOME": self.root}

    def _launch(self, *words):
        with open(self.path("output"), "ab") as out:
            self.process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.root,
                env=self._environment(), preexec_fn=_end_with_parent, **self._as_nobody())

    def output(self):
        with open(self.path("output"), encoding="utf-8", errors="replace") as f:
            return f.read()

    def _await_ready(self):
        def settled():
            return self.process.poll() is not None or self.is_ready()

        Httpd.wait_for(settled, START_SECONDS)
        assert self.process.poll() is None and self.is_ready(), \
            "%s did not start:\n%s" % (self.name, self.output())

    def is_ready(self):
        raise NotImplementedError

    def start(self):
        raise NotImplementedError

    def stop(self):
        """End the server; what it keeps stays for another start()."""
        if self.process is None:
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("%s did not stop:\n%s" % (self.name, self.output())) from None
        finally:
            self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        try:
            self.stop()
        finally:
            shutil.rmtree(self.root, ignore_errors=True)


class PortDaemon(Daemon):
    """Base of a server on a port of 127.0.0.1: the one that was given or else found at the first start
    stays the same over stop() and start(), and nobody else gets it in between: it stays bound here, to
    a socket that does not listen, which the server's SO_REUSEADDR allows."""

    def __init__(self, port=None):
        super().__init__()
        self.port = port
        self._holder = None

    def start(self):
        if self.port is None:
            self._holder = socket.socket()
            self._holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._holder.bind(("127.0.0.1", 0))
            self.port = self._holder.getsockname()[1]
        self._begin()
        self._await_ready()

    def __exit__(self, *exc):
        try:
            super().__exit__(*exc)
        finally:
            if self._holder is not None:
                self._holder.close()

    def _begin(self):
        """Launch it on self.port."""
        raise NotImplementedError
