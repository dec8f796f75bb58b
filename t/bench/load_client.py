# SPDX-License-Identifier: Apache-2.0
"""The load program (load.c) as an object: one command, one checked answer."""

import re
import subprocess


class LoadFailed(Exception):
    pass


class LoadClient:
    def __init__(self, program, port, tls, pki, identities=None, cookie=None):
        arguments = [program, "-p", str(port), "-t", tls, "-a", str(pki.server_ca)]
        if identities:
            arguments += ["-i", str(identities), "-c", str(pki.intermediate)]
        if cookie:
            arguments += ["-k", cookie]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.said = ""

    def run(self, verb, path, count):
        """@return (certificate requests answered, sessions resumed)."""
        self.tell(verb, path, count)
        return self.hear()

    def time(self, path, count):
        """@return (median, 99th percentile, slowest) of requests on the open connection, us."""
        self.tell("timed", path, count)
        return self.hear(r"ok median=(\d+) p99=(\d+) slowest=(\d+)")

    def tell(self, verb, path, count):
        """Begin what hear() waits for the end of."""
        self.said = f"{verb} {path} {count}"
        self.process.stdin.write(f"{self.said}\n")
        self.process.stdin.flush()

    def hear(self, wanted=r"ok asked=(\d+) reused=(\d+)"):
        line = self.process.stdout.readline().strip()
        answer = re.fullmatch(wanted, line)
        if not answer:
            raise LoadFailed(f"{self.said}: {line or 'the load program ended'}")
        return tuple(int(number) for number in answer.groups())

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
