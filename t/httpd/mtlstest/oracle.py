# SPDX-License-Identifier: Apache-2.0
"""The record that mod_oracle keeps: one line for each run of a handler."""
import itertools
import json
import os

_numbers = itertools.count(1)


def new_case(stem="c"):
    """An identifier for one request, sent as X-Case."""
    return "%s-%d-%d" % (stem, os.getpid(), next(_numbers))


class Oracle:
    """Reads the file that a server's OracleFile names."""

    def __init__(self, path):
        self.path = path

    def lines(self, case=None):
        """Every recorded run, or those of one case."""
        if not os.path.exists(self.path):
            return []
        with open(self.path, encoding="utf-8") as f:
            # another request's line may be half written: a run is told before it is answered
            found = [json.loads(line) for line in f if line.endswith("\n")]
        return [x for x in found if case is None or x["case"] == case]

    def ran(self, case):
        """Whether a handler ran for the case: the question every test of a refusal asks."""
        return bool(self.lines(case))

    def one(self, case):
        """The single run of a case."""
        found = self.lines(case)
        assert len(found) == 1, "expected one handler run for %s, got %r" % (case, found)
        return found[0]
