# SPDX-License-Identifier: Apache-2.0
"""The C load generator (t/bench/load.c) beside a test: people of whom it is always known what they are to
be told, as fast as the machine goes."""
import os
import subprocess
import threading
import time

from .crls import read
from .living import people

PROGRAM = os.environ.get("MTLS_LOAD", "")
PAGE = "/page"


class NoLoad:
    """In place of a Load."""

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        pass

    def lines(self):
        return []

    def done(self):
        return 0


class _Worker(threading.Thread):
    """One program, asked for some more again and again; it ends when an answer is not as it should be."""

    def __init__(self, label, words, commands):
        super().__init__()
        self.label = label
        self.done = 0
        self.fault = None
        self.seconds = 0.0
        self._commands = commands
        self._over = threading.Event()
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         text=True)

    def run(self):
        began = time.monotonic()
        while not self._over.is_set() and self.fault is None:
            for verb, count in self._commands:
                line = self._ask("%s %s %d" % (verb, PAGE, count))
                if not line.startswith("ok "):
                    self.fault = "%s: %s" % (self.label, line or "the program ended")
                    break
                self.done += count
        self.seconds = time.monotonic() - began
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _ask(self, command):
        try:
            self._process.stdin.write(command + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        return self._process.stdout.readline().strip()

    def end(self):
        self._over.set()
        self.join(60)


class Load(NoLoad):
    """Keep-alive, fresh and resumed connections of somebody good and of somebody revoked."""

    # label, who, status, TLS, commands in turn
    KINDS = [("good, keep-alive", "good", 200, "1.3", [("open", 100), ("again", 2000)]),
             ("good, keep-alive, 1.2", "good", 200, "1.2", [("open", 100), ("again", 2000)]),
             ("revoked, keep-alive", "revoked", 403, "1.3", [("open", 100), ("again", 1000)]),
             ("good, fresh", "good", 200, "1.3", [("full", 20)]),
             ("revoked, fresh", "revoked", 403, "1.3", [("full", 10)]),
             ("good, resumed", "good", 200, "1.3", [("full", 1), ("resume", 20)])]

    def __init__(self, site, pki, host):
        assert host == "localhost", "it asks for no other"
        identities = {who: pki.write("load_%s.pem" % who, read(cert.key_file), cert)
                      for who, cert in people(pki).items()}
        self._workers = [_Worker(label, [
            PROGRAM, "-p", str(site.port), "-t", version, "-a", pki.server_root.leaf_file,
            "-i", identities[who], "-c", pki.staff_ca.leaf_file, "-s", str(status)], commands)
            for label, who, status, version, commands in self.KINDS]

    def __enter__(self):
        for worker in self._workers:
            worker.start()
        return self

    def __exit__(self, *_exc):
        for worker in self._workers:
            worker.end()
        faults = [worker.fault for worker in self._workers if worker.fault]
        assert not faults, faults

    def done(self):
        return sum(worker.done for worker in self._workers)

    def lines(self):
        return ["load: %s: %d requests, %.0f/s" % (w.label, w.done, w.done / w.seconds)
                for w in self._workers]
