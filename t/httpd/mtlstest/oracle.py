# SPDX-License-Identifier: Apache-2.0
"""The record that mod_oracle keeps: one line for each run of a handler."""
import itertools
import json
import os
import threading

_numbers = itertools.count(1)


def new_case(stem="c"):
    """An identifier for one request, sent as X-Case."""
    return "%s-%d-%d" % (stem, os.getpid(), next(_numbers))


class Oracle:
    """Reads the file that a server's OracleFile names; each octet once, for it may grow long."""

    def __init__(self, path):
        self.path = path
        self._lock = threading.Lock()
        self._read_to = 0
        self._seen = []           # case and text of each line

    def _read_on(self):
        if not os.path.exists(self.path):
            return
        with open(self.path, "rb") as f:
            f.seek(self._read_to)
            data = f.read()
        # another request's line may be half written: a run is told before it is answered
        whole = data[:data.rfind(b"\n") + 1]
        self._read_to += len(whole)
        for line in whole.split(b"\n")[:-1]:
            self._seen.append((json.loads(line)["case"], line))

    def lines(self, case=None):
        """Every recorded run, or those of one case."""
        with self._lock:
            self._read_on()
            found = [line for of, line in self._seen if case is None or of == case]
        return [json.loads(line) for line in found]

    def ran(self, case):
        """Whether a handler ran for the case: the question every test of a refusal asks."""
        return bool(self.lines(case))

    def one(self, case):
        """The single run of a case."""
        found = self.lines(case)
        assert len(found) == 1, "expected one handler run for %s, got %r" % (case, found)
        return found[0]
