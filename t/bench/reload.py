# SPDX-License-Identifier: Apache-2.0
"""Whether requests feel that a map of 100,000 rules is loaded again beside them (docs/bench.md).

One client asks without a pause over one connection.  Windows take turns: nothing else happens; the
map is replaced and loaded again by the server; a program of its own loads as large a map, which
costs the processors the same and can make nobody wait for a lock.  How long each request took is
the client's wall time, so that only the three beside each other say something.
"""

import argparse
import dataclasses
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import bench
import load_client
import pki
import server
import users_site

PATH = "/print/page"
PIECE = 500        # requests between two looks whether a window is over
PATIENCE = 60      # seconds


@dataclasses.dataclass
class Window:
    medians: list = dataclasses.field(default_factory=list)
    high: list = dataclasses.field(default_factory=list)
    slowest: list = dataclasses.field(default_factory=list)
    requests: int = 0

    def ask_until(self, client, is_over):
        """At least one piece, and one more after it is over: what comes late counts too."""
        pieces = []
        deadline = time.monotonic() + PATIENCE
        over = False
        while not over:
            over = is_over()
            pieces.append(client.time(PATH, PIECE))
            if time.monotonic() > deadline:
                raise RuntimeError("the window does not end; was the map loaded?")
        self.medians.append(statistics.median(piece[0] for piece in pieces))
        self.high.append(statistics.median(piece[1] for piece in pieces))
        self.slowest.append(max(piece[2] for piece in pieces))
        self.requests += PIECE * len(pieces)

    def cells(self):
        return [f"{self.requests:,}", f"{statistics.median(self.medians):.0f}",
                f"{statistics.median(self.high):.0f}",
                f"{statistics.median(self.slowest) / 1000:.1f}",
                f"{max(self.slowest) / 1000:.1f}"]


class Reloads:
    def __init__(self, target, users, directory):
        self.log = pathlib.Path(directory, f"{target.name}.log")
        self.map = users.maps["print"]
        self.rules = self.map.read_text()
        self.child = target.pids[1]
        self.done = 0

    def begin(self):
        """The same rules in other octets: what is loaded is as before, but has to be loaded."""
        self.done += 1
        new = self.map.with_suffix(".new")
        new.write_text(f"# {self.done}\n{self.rules}")
        os.replace(new, self.map)

    def is_over(self):
        return len(re.findall(r"generation \d+: map \S+ reloaded", self.log.read_text())) == self.done

    def resident_megabytes(self):
        status = pathlib.Path(f"/proc/{self.child}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024


def run_windows(options, client, reloads):
    """@return ({kind: Window}, resident megabytes at the begin and after each reload)."""
    windows = {kind: Window() for kind in ("quiet", "reload", "elsewhere")}
    memory = [reloads.resident_megabytes()]
    for turn in range(options.reloads):
        bench.progress(f"reload {turn + 1} of {options.reloads}")
        end = time.monotonic() + options.seconds
        windows["quiet"].ask_until(client, lambda: time.monotonic() > end)
        reloads.begin()
        windows["reload"].ask_until(client, reloads.is_over)
        memory.append(reloads.resident_megabytes())
        with subprocess.Popen([options.bench_map, "fingerprint", str(options.users)],
                              stdout=subprocess.DEVNULL) as other:
            windows["elsewhere"].ask_until(client, lambda: other.poll() is not None)
        if other.returncode != 0:
            raise RuntimeError("the other program failed")
    return windows, memory


def report(options, windows, memory):
    labels = {"quiet": "nothing else", "reload": "the server loads its map again",
              "elsewhere": "another process loads such a map"}
    head = ["meanwhile", "requests", "median µs", "99 % µs", "slowest of a window, median, ms",
            "slowest of all, ms"]
    lines = [head, ["---"] * len(head)]
    lines += [[labels[kind], *window.cells()] for kind, window in windows.items()]
    print(f"\n**{options.reloads} reloads of {options.users:,} rules under load**\n")
    print("\n".join("| " + " | ".join(line) + " |" for line in lines))
    shown = [number for number in (0, 1, 2, 5, 10, 15, 20) if number < len(memory)]
    print("\nResident megabytes of the child after that many reloads: "
          + ", ".join(f"{number}: {memory[number]:.0f}" for number in shown), flush=True)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--httpd", "--httpd-modules", "--bench-map"):
        parser.add_argument(name, required=True)
    parser.add_argument("--module", type=pathlib.Path, required=True)
    parser.add_argument("--load", type=pathlib.Path, required=True)
    parser.add_argument("--users", type=int, default=100000)
    parser.add_argument("--reloads", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=1, help="of a quiet window")
    options = parser.parse_args()
    options.load = options.load.resolve()
    options.bench_map = pathlib.Path(options.bench_map).resolve()
    return options


def run(options, directory):
    server.make_site(directory, users_site.PAGES)
    options.module = shutil.copy(options.module, directory)
    certificates = pki.Pki(directory, 1)
    users = users_site.Users(certificates, directory, options.users)
    with users_site.ReloadingServer(options, certificates, users, "mod_mtls") as target:
        client = load_client.LoadClient(options.load, target.ports["users"], "1.3", certificates,
                                        certificates.one)
        client.run("open", PATH, PIECE)
        report(options, *run_windows(options, client, Reloads(target, users, directory)))
        client.close()


def main():
    options = parse_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    with tempfile.TemporaryDirectory(prefix="mtls-bench-") as directory:
        pathlib.Path(directory).chmod(0o755)
        run(options, directory)


if __name__ == "__main__":
    main()
