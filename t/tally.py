#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Add up what every part of `./bootstrap check` said, and say whether that is enough.

    tally.py DIRECTORY

DIRECTORY holds one folder for each part: `status` (exit status), `output` (what it printed) and
`logs/` (the .trs and .log files of automake's test harness).  Check suites count by check, pytest
runs by test, everything else by program.  A part that failed without a failed test counts as one
failure, and so does a suite that should have run and did not: silence is not success.
"""
import re
import sys
from pathlib import Path

# part -> folders of which something must have passed in it
REQUIRED = {
    "check": ["t/lint/", "t/unit/", "t/fuzz/", "t/httpd/"],
    "browsers": ["t/browser/"],
    "sanitizers": ["t/unit/", "t/fuzz/", "t/httpd/"],
    "valgrind": ["t/httpd/"],
    "analysers": [],
    "distcheck": [],
}

CHECK_LINE = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)\s*$", re.M)
PYTEST_LINE = re.compile(r"^(?:=+ )?((?:\d+ [a-z]+(?:, )?)+) in [\d.]+s.*$", re.M)
PYTEST_WORDS = {"passed": "passed", "xpassed": "failed", "failed": "failed", "error": "failed",
                "errors": "failed", "skipped": "skipped", "xfailed": "skipped"}
HARNESS_WORDS = {"PASS": "passed", "XFAIL": "passed", "SKIP": "skipped"}


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, kind, number=1):
        setattr(self, kind, getattr(self, kind) + number)

    def add_all(self, other):
        for kind in ("passed", "failed", "skipped"):
            self.add(kind, getattr(other, kind))

    def __str__(self):
        text = f"{self.passed} passed, {self.failed} failed"
        return text + (f", {self.skipped} skipped" if self.skipped else "")


def count_text(text):
    """Totals of the Check suites and pytest runs reported in a text; None when there are none."""
    count, found = Count(), False
    for checks, failures, errors in CHECK_LINE.findall(text):
        bad = int(failures) + int(errors)
        count.add("passed", int(checks) - bad)
        count.add("failed", bad)
        found = True
    for summary in PYTEST_LINE.findall(text):
        for number, word in re.findall(r"(\d+) ([a-z]+)", summary):
            if word in PYTEST_WORDS:
                count.add(PYTEST_WORDS[word], int(number))
                found = True
    return count if found else None


def count_program(trs):
    """Totals of one test program of automake's harness, from its .trs and .log."""
    result = re.search(r"^:global-test-result: (\w+)", trs.read_text(errors="replace"), re.M)
    result = result.group(1) if result else "ERROR"
    log = trs.with_suffix(".log")
    count = count_text(log.read_text(errors="replace")) if log.exists() else None
    kind = HARNESS_WORDS.get(result, "failed")
    if count is None:
        count = Count()
        count.add(kind)
    elif kind == "failed" and count.failed == 0:
        count.add("failed")
    return count


def count_part(part):
    """Totals of one part by folder, its whole total, and complaints."""
    folders, total, complaints = {}, Count(), []
    logs = part / "logs"
    for trs in sorted(logs.rglob("*.trs")):
        name = str(trs.relative_to(logs))
        count = count_program(trs)
        folders.setdefault(name[:name.rindex("/") + 1], Count()).add_all(count)
        total.add_all(count)
        if count.failed:
            complaints.append(f"{part.name}: {name[:-4]} failed, see {trs.with_suffix('.log')}")
    output = part / "output"
    direct = count_text(output.read_text(errors="replace")) if output.exists() else None
    if direct:
        folder = "t/browser/" if part.name == "browsers" else "t/httpd/"
        folders.setdefault(folder, Count()).add_all(direct)
        total.add_all(direct)
        if direct.failed:
            complaints.append(f"{part.name}: {direct.failed} server tests failed, see {output}")
    return folders, total, complaints


def main():
    root = Path(sys.argv[1])
    total = Count()
    complaints = []
    for name, required in REQUIRED.items():
        part = root / name
        status = (part / "status").read_text().strip() if (part / "status").exists() else None
        if status is None:
            complaints.append(f"{name}: did not run")
            total.add("failed")
            continue
        folders, count, said = count_part(part)
        complaints += said
        if name in ("analysers", "distcheck") or not (count.passed or count.failed):
            count, folders = Count(), {}
            count.add("passed" if status == "0" else "failed")
        for folder in required:
            if folders.get(folder, Count()).passed == 0:
                complaints.append(f"{name}: nothing of {folder} passed: that suite did not run")
                count.add("failed")
        if status != "0" and count.failed == 0:
            complaints.append(f"{name}: exit status {status}, see {part / 'output'}")
            count.add("failed")
        print(f"{name:12} {count}")
        for folder in sorted(folders):
            print(f"  {folder:10} {folders[folder]}")
        total.add_all(count)
    for complaint in complaints:
        print(f"tally: {complaint}")
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
