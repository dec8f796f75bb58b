# SPDX-License-Identifier: Apache-2.0
"""Everything is replaced, and half of it broken, while everybody comes.  F-11 F-14 F-16 F-17 F-18 F-24 I3 I4.

Whether an answer is right is decided by the generation that gave it: see mtlstest/living.py.  `make soak`
does the same for a minute with the C load generator besides (docs/soak.md), and prints what it saw.
"""
import collections
import contextlib
import os
import re
import statistics
import time

import pytest

from mtlstest import loading
from mtlstest.clients import h1, h2
from mtlstest.living import CONFIG, FAULT, HOST, RELOADED, SUMMARY, Crowd, Material, judge
from mtlstest.server import Httpd
from mtlstest.vitals import children_of, descriptors, private_kib

SOAK_SECONDS = float(os.environ.get("MTLS_SOAK_SECONDS", "0"))
WARM_TURNS = 12
FLAT_KIB = 2048
PLENTY = 21     # answers to each person, at least

# Each child has a thread for everybody: event closes idle connections when it runs out of them.
THREADED = """
StartServers 2
ServerLimit 2
ThreadsPerChild 32
ThreadLimit 32
MaxRequestWorkers 64
MinSpareThreads 1
MaxSpareThreads 64
"""
MPMS = {"event": THREADED, "worker": THREADED,
        "prefork": "StartServers 24\nServerLimit 24\nMinSpareServers 1\nMaxSpareServers 24\n"
                   "MaxRequestWorkers 24\n"}
CHILDREN = {"event": 2, "worker": 2, "prefork": 24}
# Which of the broken files each of them gets.
ROWS = {"event": slice(0, 27), "worker": slice(27, 33), "prefork": slice(33, None)}
# The last one is of a machine that is slow to close connections.
STATED = re.compile("|".join(
    [RELOADED, FAULT, SUMMARY, "AH00489", "AH00292", "AH00163", "AH00094", "AH00491", "AH00493",
     "AH00295", "AH00169", "MaxRequestWorkers"]))


def make(pki, mpm, rows):
    with_h2 = mpm != "prefork"
    site = Httpd(pki, CONFIG + ("Protocols h2 http/1.1\n" if with_h2 else ""), mpm=mpm,
                 mpm_config=MPMS[mpm], log_level="notice", name="living",
                 modules=["headers"] + ["http2"] * with_h2)
    site.write("htdocs/page", "page\n")
    return site, Material(site, pki, rows)


def wake_up(site, pki, mpm):
    """All children serve, and have what they keep open from then on."""
    assert site.wait_for(lambda: len(children_of(site)) == CHILDREN[mpm], 30)
    with contextlib.ExitStack() as stack:
        for opener in [h1] * 20 + [h2] * 8 * (mpm != "prefork"):
            client = stack.enter_context(opener(site.port, cert=pki.alice))
            assert client.ask("/page").status == 200
    assert site.wait_for(lambda: not site._connections(), 30)


class Vitals:
    """What the children hold from turn to turn."""

    def __init__(self, site):
        self.site = site
        self.marks = []
        self.open = {pid: descriptors(pid) for pid in children_of(site)}

    def mark(self):
        self.marks.append({pid: private_kib(pid) for pid in self.open})

    def growth(self):
        """KiB that a child has more in the last quarter of the turns than in the third, by medians.  Before
        that its threads do what each of them does for the first time."""
        quarter = len(self.marks) // 4
        return max(statistics.median(m[pid] for m in self.marks[-quarter:])
                   - statistics.median(m[pid] for m in self.marks[-2 * quarter:-quarter])
                   for pid in self.open)

    def assert_back(self):
        """Nobody is connected: the same descriptors are open as before anybody was."""
        assert children_of(self.site) == set(self.open), "a child has ended"
        assert self.site.wait_for(lambda: not self._more(), 30), "still open: %r" % self._more()

    def _more(self):
        return {pid: rest for pid, before in self.open.items()
                for rest in [collections.Counter(descriptors(pid)) - collections.Counter(before)]
                if rest}


def assert_log_is_quiet(site):
    other = [line for line in site.log().splitlines() if not STATED.search(line)]
    assert not other, "not to be logged:\n" + "\n".join(other[:10])


@pytest.mark.parametrize("mpm", ["event"] if SOAK_SECONDS else list(MPMS))
def test_F_16_everything_is_replaced_under_load(pki, mpm):
    site, material = make(pki, mpm, slice(None) if SOAK_SECONDS else ROWS[mpm])
    with site:
        wake_up(site, pki, mpm)
        vitals = Vitals(site)
        load = loading.Load(site, pki, HOST) if SOAK_SECONDS else loading.NoLoad()
        pause = 0.05 if SOAK_SECONDS else 0
        began = time.monotonic()
        with load, Crowd(site, pki, mpm != "prefork", pause) as crowd:
            if SOAK_SECONDS:
                each_second(material, vitals, began)
            else:
                at_once(material, vitals, crowd)
        took = time.monotonic() - began
        counts = judge(crowd, site, material.states)
        tell(mpm, took, crowd, load, counts, vitals)
        vitals.assert_back()
        assert_log_is_quiet(site)
        assert material.states.keys() == set(range(1, max(material.states) + 1))
        for who in ("good", "revoked", "turns", "partner"):
            assert counts[who, True] + counts[who, False] >= PLENTY, counts
        assert counts["turns", True] and counts["turns", False] and counts["partner", True]
        assert crowd.resumed > 5
        if len(vitals.marks) > 2 * WARM_TURNS:
            assert vitals.growth() < FLAT_KIB, vitals.marks
        site.settle()


def at_once(material, vitals, crowd):
    """As fast as the server looks, and everybody has met what is new."""
    for _ in range(material.turns):
        material.spoil()
        since = len(crowd.seen)
        material.mend()
        assert material.site.wait_for(lambda n=since: crowd.have_all_met(material.newest, n), 60)
        vitals.mark()
    material.site.wait_for(lambda: crowd.has_come(PLENTY), 60)


def each_second(material, vitals, began):
    """All files each second, every other time broken ones."""
    for second in range(int(SOAK_SECONDS)):
        (material.mend if second % 2 else material.spoil)()
        vitals.mark()
        time.sleep(max(0, began + second + 1 - time.monotonic()))


def tell(mpm, took, crowd, load, counts, vitals):
    print("\n%s, %.1f s: %d requests judged one by one, %d sessions resumed"
          % (mpm, took, len(crowd.seen), crowd.resumed))
    print("  " + ", ".join("%s %s %d" % (who, "let in" if ok else "kept out", n)
                           for (who, ok), n in sorted(counts.items())))
    print("  " + ", ".join("%s %d" % row for row in sorted(
        collections.Counter(seen.way for seen in crowd.seen).items())))
    for line in load.lines():
        print("  " + line)
    print("  together %.0f requests/s" % ((len(crowd.seen) + load.done()) / took))
    for pid in sorted(vitals.open):
        marks = [m[pid] for m in vitals.marks]
        print("  private KiB of child %d: %s" % (
            pid, " ".join(str(m) for m in marks[::max(1, len(marks) // 15)] + marks[-1:])))
