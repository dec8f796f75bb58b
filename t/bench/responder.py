# SPDX-License-Identifier: Apache-2.0
"""The OCSP responder (responder.c) as an object."""

import re
import subprocess


class Responder:
    def __init__(self, program, issuers, milliseconds=0):
        self.process = subprocess.Popen([program, issuers, str(milliseconds)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}/"

    def counts(self):
        """@return (questions, certificates among them, questions about one certificate at most)."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        found = re.fullmatch(r"ok asked=(\d+) certificates=(\d+) most=(\d+)\n", line)
        if not found:
            raise RuntimeError(f"the responder said: {line!r}")
        return tuple(map(int, found.groups()))

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
