# SPDX-License-Identifier: Apache-2.0
"""What a server's processes hold: memory and descriptors, as in proc(5)."""
import os
import re


def children_of(site):
    """Processes that serve; those that have just ended are left out."""
    parent = site.process.pid
    with open("/proc/%d/task/%d/children" % (parent, parent), encoding="ascii") as f:
        return {int(pid) for pid in f.read().split()}


def private_kib(pid):
    """Resident memory that is no file's and shared with nobody; 0 of a process that is gone."""
    try:
        with open("/proc/%d/status" % pid, encoding="ascii", errors="replace") as f:
            found = re.search(r"RssAnon:\s+(\d+) kB", f.read())
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(found.group(1)) if found else 0


def descriptors(pid):
    """What is open, without the numbers: names of files, kinds of everything else."""
    folder = "/proc/%d/fd" % pid
    found = []
    for name in os.listdir(folder):
        try:
            found.append(re.sub(r"\[\d+\]", "[]", os.readlink(os.path.join(folder, name))))
        except FileNotFoundError:
            pass
    return sorted(found)
