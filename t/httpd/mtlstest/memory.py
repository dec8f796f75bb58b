# SPDX-License-Identifier: Apache-2.0
"""Where in a process something stands, as in proc(5)."""
import array
import collections
import mmap
import re

# Rights as "rw-p"; flags of VmFlags: "dd" is not dumped, "lo" is locked.
Mapping = collections.namedtuple("Mapping", "start end rights resident flags line")

_HEAD = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) ")
_SMALL = 1 << 20
_THERE = 3 << 62    # of a page: present, swapped


def mappings(pid):
    found = []
    with open("/proc/%d/smaps" % pid, encoding="utf-8", errors="replace") as f:
        for line in f:
            head = _HEAD.match(line)
            name, _, rest = line.partition(":")
            if head:
                where, resident = (int(head[1], 16), int(head[2], 16), head[3]), 0
                told = " ".join(line.split())
            elif name in ("Rss", "Swap"):
                resident += int(rest.split()[0])
            elif name == "VmFlags":
                found.append(Mapping(*where, resident, frozenset(rest.split()), told))
    assert found, "no VmFlags of %d" % pid
    return found


def is_wanted(mapping):
    """Large ones that are not dumped are an instrument's own.  What is shared, others may have filled."""
    return ("r" in mapping.rights and (mapping.resident or "s" in mapping.rights)
            and ("dd" not in mapping.flags or mapping.end - mapping.start <= _SMALL))


def _runs(pid, mapping):
    """(start, end) of pages in a row that the process has in memory or swapped out."""
    with open("/proc/%d/pagemap" % pid, "rb") as f:
        f.seek(mapping.start // mmap.PAGESIZE * 8)
        words = array.array("Q", f.read((mapping.end - mapping.start) // mmap.PAGESIZE * 8))
    start = None
    for i, word in enumerate(words):
        at = mapping.start + i * mmap.PAGESIZE
        if word & _THERE and start is None:
            start = at
        elif not word & _THERE and start is not None:
            yield start, at
            start = None
    if start is not None:
        yield start, mapping.end


def read(pid, mapping):
    """Its octets, in pieces: what the process has not touched is left out when it is its own, and what
    the kernel does not show."""
    shared = "s" in mapping.rights
    with open("/proc/%d/mem" % pid, "rb", buffering=0) as memory:
        for start, end in [(mapping.start, mapping.end)] if shared else _runs(pid, mapping):
            memory.seek(start)
            try:
                yield memory.read(end - start)
            except OSError:
                return


def holders(pid, needles):
    """The mappings of a process that hold one of these."""
    return [mapping for mapping in mappings(pid) if is_wanted(mapping)
            and any(needle in piece for piece in read(pid, mapping) for needle in needles)]
