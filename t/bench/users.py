# SPDX-License-Identifier: Apache-2.0
"""What users and groups cost each request (docs/bench.md), among 100,000 of them.

Each row is a place of one server, asked over keep-alive connections; what it costs more than a place
of the same server that wants a certificate and knows no users is the median of paired differences.
"""

import argparse
import contextlib
import dataclasses
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

import bench
import load_client
import pki
import server
import users_site


@dataclasses.dataclass(frozen=True)
class Row:
    """One place, and the state of the connection that it is asked on."""
    label: str
    side: str
    place: str
    state: str = "known"   # known: users are remembered; full: no more of them are; new; http2
    share: float = 1       # of the requests of a round

    @property
    def base(self):
        return self.place == "plain"

    @property
    def path(self):
        return f"/{self.place}/page"


LOOKUPS = {"print": "`fingerprint is`", "serno": "`serial is` and `issuer is`",
           "email": "`email is`"}
ROWS = (
    Row("mod_ssl: certificate required, no user", "mod_ssl", "plain"),
    Row("FakeBasicAuth, `AuthUserFile` of 1 line", "mod_ssl", "short"),
    Row("FakeBasicAuth, `AuthUserFile` of {count} lines", "mod_ssl", "lines", share=0.05),
    Row("FakeBasicAuth, `AuthDBMUserFile` and `AuthDBMGroupFile` of {count} entries", "mod_ssl",
        "login"),
    Row("mod_mtls: certificate required, no user", "mod_mtls", "plain"),
    Row("`MTLSUser cn`, remembered", "mod_mtls", "field"),
    *(Row(f"`MTLSMap`, {{count}} rules {words}, remembered", "mod_mtls", shape)
      for shape, words in LOOKUPS.items()),
    Row("mod_mtls: the same on a connection that remembers no more", "mod_mtls", "plain", "full"),
    Row("`MTLSUser cn`, asked each time", "mod_mtls", "field", "full"),
    *(Row(f"`MTLSMap`, {{count}} rules {words}, asked each time", "mod_mtls", shape, "full")
      for shape, words in LOOKUPS.items()),
    Row("`MTLSMapDBM`, {count} entries", "mod_mtls", "entry"),
    Row("mod_mtls: handshake and request, no user", "mod_mtls", "plain", "new", 0.1),
    Row("handshake and request, `MTLSMap`, {count} rules `fingerprint is`", "mod_mtls",
        "print", "new", 0.1),
    Row("mod_mtls: HTTP/2 stream, no user", "mod_mtls", "plain", "http2"),
    *(Row(f"HTTP/2 stream, `MTLSMap`, {{count}} rules {words}", "mod_mtls", shape, "http2")
      for shape, words in LOOKUPS.items()),
)
TARGET = "`MTLSMap`: 3 µs each time, nothing when remembered"


class Client:
    """A connection to one server that is in the state a row asks for."""

    def __init__(self, options, certificates, port, state):
        self.state = state
        self.client = load_client.LoadClient(options.load, port, "1.3", certificates,
                                             certificates.one)
        if state != "new":
            self.client.run("open", "/plain/page", 1)
        for place in users_site.FILLERS if state == "full" else ():
            self.client.run("again", f"/{place}/page", 1)

    def run(self, path, count):
        self.client.run("full" if self.state == "new" else "again", path, count)

    def close(self):
        self.client.close()


class Http2Client:
    """curl: one connection, one stream after another."""

    def __init__(self, options, certificates, port, _state):
        self.options = options
        self.port = port
        self.certificates = certificates
        self.identity = certificates.directory / "http2.pem"
        self.identity.write_bytes(certificates.one.read_bytes()
                                  + certificates.intermediate.read_bytes())

    def run(self, path, count):
        url = f"https://localhost:{self.port}{path}?[1-{count}]"
        done = subprocess.run(
            [self.options.curl, "-s", "-o", "/dev/null", "-w", "%{http_version} %{http_code}\n",
             "--http2", "--cert", self.identity, "--cacert", self.certificates.server_ca, url],
            check=True, capture_output=True, text=True).stdout.split("\n")
        if done != ["2 200"] * count + [""]:
            raise load_client.LoadFailed(f"{path} over HTTP/2: {sorted(set(done))}")

    def close(self):
        pass


def rows_of(options, *states):
    return [row for row in ROWS if row.state in states
            and (not options.only or row.base or row.place in options.only)]


def measure(clients, rows, rounds, requests, cpu_nanoseconds):
    """@return {row: [microseconds per request, one for each round]}."""
    costs = {row: [] for row in rows}
    for turn in range(rounds):
        if turn % 20 == 0:
            bench.progress(f"users, CPU time: round {turn + 1} of {rounds}")
        for row in rows if turn % 2 == 0 else rows[::-1]:
            count = max(1, round(requests * row.share))
            before = cpu_nanoseconds(row.side)
            clients[row.side, row.state].run(row.path, count)
            costs[row].append((cpu_nanoseconds(row.side) - before) / count / 1000)
    return costs


def measure_cpu(options, certificates, users, server_class, client_class, states):
    """All servers and connections at once, so that rounds are paired."""
    rows = rows_of(options, *states)
    with contextlib.ExitStack() as stack:
        servers = {side: stack.enter_context(server_class(options, certificates, users, side))
                   for side in dict.fromkeys(row.side for row in rows)}
        clients = {}
        for row in rows:
            if (row.side, row.state) not in clients:
                client = client_class(options, certificates, servers[row.side].ports["users"],
                                      row.state)
                stack.callback(client.close)
                clients[row.side, row.state] = client
            clients[row.side, row.state].run(row.path, bench.WARM_UP)
        return measure(clients, rows, options.rounds, options.requests,
                       lambda side: servers[side].cpu_nanoseconds())


def measure_instructions(options, certificates, users):
    """One process serves one connection at a time.  @return {row: thousands of instructions}."""
    counted = {}
    for side in server.SIDES:
        bench.progress(f"users, instructions: {side}")
        with users_site.CallgrindUserServer(options, certificates, users, side) as target:
            for state in ("known", "full", "new"):
                rows = [row for row in rows_of(options, state) if row.side == side]
                if not rows:
                    continue
                client = Client(options, certificates, target.ports["users"], state)
                for row in rows:
                    client.run(row.path, bench.WARM_UP)
                    counted[row] = count_row(options, target, client, row)
                client.close()
    return counted


def count_row(options, target, client, row):
    count = max(1, round(options.counted * row.share))
    target.zero()
    client.run(row.path, count)
    total, path = target.dump()
    if options.profiles:
        keep = pathlib.Path(options.profiles, f"users-{row.side}-{row.place}-{row.state}.out")
        keep.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, keep)
    return total / count / 1000


def base_of(rows, row):
    return next(other for other in rows
                if other.base and (other.side, other.state) == (row.side, row.state))


def cpu_cells(costs, row):
    if row not in costs:
        return ["-", "-"]
    cell = f"{statistics.median(costs[row]):.0f}"
    if row.base:
        return [cell, ""]
    more = [value - plain for value, plain in zip(costs[row], costs[base_of(costs, row)])]
    low, middle, high = statistics.quantiles(more, n=4)
    return [cell, f"{middle:+.1f} ({low:+.1f} to {high:+.1f})"]


def instruction_cells(counted, row):
    if row not in counted:
        return ["-", "-"]
    cell = f"{counted[row]:.1f}"
    return [cell, "" if row.base else f"{counted[row] - counted[base_of(counted, row)]:+.1f}"]


def table(options, costs, counted):
    head = ["place", "µs", "more (quartiles)", "k instr.", "more"]
    lines = [head, ["---"] * len(head)]
    for row in ROWS:
        if row in costs or row in counted:
            lines.append([row.label.format(count=f"{options.users:,}"), *cpu_cells(costs, row),
                          *instruction_cells(counted, row)])
    return (f"\n**Users and groups; target: {TARGET}**\n\n"
            + "\n".join("| " + " | ".join(line) + " |" for line in lines))


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--httpd", "--httpd-modules", "--curl"):
        parser.add_argument(name, required=True)
    parser.add_argument("--module", type=pathlib.Path, required=True)
    parser.add_argument("--load", type=pathlib.Path, required=True)
    parser.add_argument("--quick", action="store_true", help="a short, rough run")
    parser.add_argument("--users", type=int, default=100000)
    parser.add_argument("--rounds", type=int, help="alternating rounds (200; quick: 40)")
    parser.add_argument("--requests", type=int, default=100, help="per round and row")
    parser.add_argument("--counted", type=int, default=100, help="requests under callgrind")
    parser.add_argument("--measure", choices=("cpu", "instructions", "both"), default="both")
    parser.add_argument("--only", action="append", metavar="PLACE",
                        help="this place only, beside those without users (repeatable)")
    parser.add_argument("--profiles", help="keep callgrind's profiles in this directory")
    options = parser.parse_args()
    options.load = options.load.resolve()
    options.rounds = options.rounds or (40 if options.quick else 200)
    return options


def run(options, directory):
    server.make_site(directory, users_site.PAGES)
    options.module = shutil.copy(options.module, directory)
    certificates = pki.Pki(directory, 1)
    users = users_site.Users(certificates, directory, options.users)
    costs, counted = {}, {}
    if options.measure != "instructions":
        costs = measure_cpu(options, certificates, users, users_site.UserServer, Client,
                            ("known", "full", "new"))
        costs |= measure_cpu(options, certificates, users, users_site.Http2UserServer, Http2Client,
                             ("http2",))
    if options.measure != "cpu":
        counted = measure_instructions(options, certificates, users)
    print(table(options, costs, counted), flush=True)


def main():
    options = parse_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    with tempfile.TemporaryDirectory(prefix="mtls-bench-") as directory:
        pathlib.Path(directory).chmod(0o755)
        run(options, directory)


if __name__ == "__main__":
    main()
