# SPDX-License-Identifier: Apache-2.0
"""The load program (load.c) as an object: one command, one checked answer."""

import re
import subprocess


class LoadFailed(Exception):
    pass


class LoadClient:
    def __init__(self, program, port, tls, pki, identities=None):
        arguments = [program, "-p", str(port), "-t", tls, "-a", str(pki.server_ca)]
        if identities:
            arguments += ["-i", str(identities), "-c", str(pki.intermediate)]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def run(self, verb, path, count):
        """@return (certificate requests answered, sessions resumed)."""
        self.process.stdin.write(f"{verb} {path} {count}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline().strip()
        answer = re.fullmatch(r"ok asked=(\d+) reused=(\d+)", line)
        if not answer:
            raise LoadFailed(f"{verb} {path} {count}: {line or 'the load program ended'}")
        return int(answer[1]), int(answer[2])

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
