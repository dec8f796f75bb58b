# SPDX-License-Identifier: Apache-2.0
"""Server cost per operation, mod_mtls beside mod_ssl alone (docs/bench.md).

Every operation runs against both servers in turn, in rounds of alternating order; its cost is
CPU time of all server processes, and instructions counted by callgrind.  The table goes to
standard output, progress to standard error.
"""

import argparse
import contextlib
import dataclasses
import pathlib
import shutil
import signal
import statistics
import sys
import tempfile

import load_client
import pki
import server


@dataclasses.dataclass(frozen=True)
class Operation:
    """What one row measures; `minus` names the operation that is taken off it."""
    key: str
    label: str
    host: str
    verb: str
    path: str
    tls: str = "1.3"
    identities: str = ""      # which the client holds: none, "one", or a fresh set (pki.py)
    minus: str = ""
    sessions: tuple = ("cache", "tickets")
    asks: bool = False        # whether each connection answers one certificate request
    target: dict = dataclasses.field(default_factory=dict)  # ratio to mod_ssl, by sessions


HANDSHAKE = "TLS 1.3 handshake + request"
OPERATIONS = (
    Operation("none", f"{HANDSHAKE}, no certificate", "open", "full", "/plain/page"),
    Operation("cold", f"{HANDSHAKE}, certificate never seen", "require", "full", "/plain/page",
              identities="many", asks=True, target={"cache": 1.00, "tickets": 0.80}),
    Operation("warm", f"{HANDSHAKE}, certificate seen before", "require", "full", "/plain/page",
              identities="one", asks=True, target={"cache": 0.88, "tickets": 0.80}),
    Operation("warm-env", f"{HANDSHAKE}, seen before, variables exported", "require", "full",
              "/env/page", identities="one", asks=True),
    Operation("resumed", "TLS 1.3 resumed handshake + request", "require", "resume", "/plain/page",
              identities="one"),
    Operation("plain13", "TLS 1.3 handshake + plain request", "open", "full", "/plain/page",
              identities="one"),
    Operation("pha", "step-up on TLS 1.3, seen before", "open", "full", "/staff/page",
              identities="one", minus="plain13", asks=True,
              target={"cache": 0.85, "tickets": 0.85}),
    Operation("pha-cold", "step-up on TLS 1.3, never seen", "open", "full", "/staff/page",
              identities="other", minus="plain13", asks=True),
    Operation("plain12", "TLS 1.2 handshake + plain request", "open", "full", "/plain/page", "1.2",
              identities="one"),
    Operation("reneg", "step-up on TLS 1.2, seen before", "open", "full", "/staff/page", "1.2",
              identities="one", minus="plain12", asks=True,
              target={"cache": 0.85, "tickets": 0.85}),
    Operation("again-none", "keep-alive request, no section", "open", "again", "/none/page",
              identities="one", sessions=("cache",)),
    Operation("again", "keep-alive request, unprotected `<Location>`", "open", "again",
              "/plain/page", identities="one", sessions=("cache",)),
    Operation("again-staff", "keep-alive request, protected `<Location>`", "open", "again",
              "/staff/page", identities="one", sessions=("cache",)),
    Operation("again-env", "keep-alive request, protected, variables exported", "open", "again",
              "/env/page", identities="one", sessions=("cache",)),
)
WARM_UP = 3                      # operations before the first that counts
REQUESTS_FOR_ONE_HANDSHAKE = 10  # keep-alive requests are cheap: count more of them
KEEP_ALIVE_LIMITS = {"again-staff": 1.01, "again-env": 1.05}
SESSION_NAMES = {"cache": "shmcb session cache, tickets off",
                 "tickets": "httpd's defaults: tickets, no session cache"}


class Station:
    """One operation's client at one server."""

    def __init__(self, options, certificates, operation, target):
        identities = getattr(certificates, operation.identities) if operation.identities else None
        self.operation = operation
        self.client = load_client.LoadClient(options.load, target.ports[operation.host],
                                             operation.tls, certificates, identities)

    def prepare(self):
        """Bring server and client to the state that the operation starts from."""
        if self.operation.verb == "again":
            self.client.run("open", "/staff/page", 1)
        self.renew()
        self.client.run(self.operation.verb, self.operation.path, WARM_UP)

    def renew(self):
        """The other rows may have driven our session out of the server's cache."""
        if self.operation.verb == "resume":
            self.client.run("full", self.operation.path, 1)

    def run(self, count):
        """@return operations done; each is checked to have been what the row says."""
        operation = self.operation
        if operation.verb == "again":
            count *= REQUESTS_FOR_ONE_HANDSHAKE
        done = self.client.run(operation.verb, operation.path, count)
        wanted = (count if operation.asks else 0, count if operation.verb == "resume" else 0)
        if done != wanted:
            raise load_client.LoadFailed(f"{operation.key}: asked, resumed {done}, not {wanted}")
        return count


def progress(text):
    print(text, file=sys.stderr, flush=True)


def chosen_operations(options, sessions):
    wanted = set(options.only or [])
    wanted |= {operation.minus for operation in OPERATIONS if operation.key in wanted}
    return [operation for operation in OPERATIONS if sessions in operation.sessions
            and (not wanted or operation.key in wanted)]


def measure_cpu(options, certificates, directory, sessions):
    """@return {(side, key): [microseconds per operation, one for each round]}."""
    costs = {}
    with contextlib.ExitStack() as stack:
        stations = {}
        servers = {side: stack.enter_context(
            server.Server(options, certificates, directory, side, sessions))
            for side in options.sides}
        for operation in chosen_operations(options, sessions):
            for side, target in servers.items():
                station = Station(options, certificates, operation, target)
                stack.callback(station.client.close)
                stations[side, operation.key] = station
        for station in stations.values():
            station.prepare()
        for turn in range(options.rounds):
            if turn % 10 == 0:
                progress(f"CPU time, {sessions}: round {turn + 1} of {options.rounds}")
            order = options.sides if turn % 2 == 0 else options.sides[::-1]
            for operation in chosen_operations(options, sessions):
                for side in order:
                    stations[side, operation.key].renew()
                    before = servers[side].cpu_nanoseconds()
                    count = stations[side, operation.key].run(options.operations)
                    spent = servers[side].cpu_nanoseconds() - before
                    costs.setdefault((side, operation.key), []).append(spent / count / 1000)
    return costs


def measure_instructions(options, certificates, directory, sessions):
    """@return {(side, key): [thousands of instructions per operation]}."""
    costs = {}
    for side in options.sides:
        progress(f"instructions, {sessions}: {side}")
        with server.CallgrindServer(options, certificates, directory, side, sessions) as target:
            for operation in chosen_operations(options, sessions):
                station = Station(options, certificates, operation, target)
                station.prepare()
                target.zero()
                count = station.run(options.counted)
                total, path = target.dump()
                station.client.close()
                costs[side, operation.key] = [total / count / 1000]
                if options.profiles:
                    keep = pathlib.Path(options.profiles, f"{side}-{sessions}-{operation.key}.out")
                    keep.parent.mkdir(parents=True, exist_ok=True)
                    keep.write_bytes(path.read_bytes())
    return costs


def net(costs, side, operation):
    """The rounds of an operation, less those of the operation it is compared with."""
    values = costs[side, operation.key]
    if not operation.minus:
        return values
    return [value - other for value, other in zip(values, costs[side, operation.minus])]


def ratios(costs, operation):
    return [mtls / alone for mtls, alone in zip(net(costs, "mod_mtls", operation),
                                                net(costs, "mod_ssl", operation))]


def cells(options, costs, operation):
    if not costs:
        return ["-"] * (2 * len(options.sides) - 1)
    row = [f"{statistics.median(net(costs, side, operation)):.0f}" for side in options.sides]
    if len(options.sides) > 1:
        found = ratios(costs, operation)
        row.append(f"{statistics.median(found):.2f}")
        if len(found) > 1:
            low, _, high = statistics.quantiles(found, n=4)
            row[-1] += f" ({low:.2f}-{high:.2f})"
    return row


def table(options, sessions, cpu, instructions):
    sides = list(options.sides)
    ratio = ["ratio (quartiles)"] if len(sides) > 1 else []
    head = ["operation", *[f"{side} µs" for side in sides], *ratio,
            *[f"{side} k instr." for side in sides], *["ratio" for _ in ratio], "target"]
    lines = [f"\n**{SESSION_NAMES[sessions]}**\n", head, ["---"] * len(head)]
    for operation in chosen_operations(options, sessions):
        goal = operation.target.get(sessions)
        lines.append([operation.label, *cells(options, cpu, operation),
                      *cells(options, instructions, operation),
                      f"<= {goal:.2f}" if goal else ""])
    return "\n".join(line if isinstance(line, str) else "| " + " | ".join(line) + " |"
                     for line in lines)


def keep_alive_table(options, instructions):
    """What protection adds to a request on the same connection, in instructions."""
    lines = ["\n**Keep-alive: instructions over the request to an unprotected place**\n",
             "| operation | " + " | ".join(options.sides) + " | target (mod_mtls) |",
             "| --- |" + " --- |" * (len(options.sides) + 1)]
    labels = {operation.key: operation.label for operation in OPERATIONS}
    for key, limit in KEEP_ALIVE_LIMITS.items():
        added = [f"{instructions[side, key][0] / instructions[side, 'again'][0] - 1:+.1%}"
                 for side in options.sides]
        lines.append(f"| {labels[key]} | " + " | ".join(added) + f" | <= {limit - 1:+.0%} |")
    return "\n".join(lines)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--httpd", required=True)
    parser.add_argument("--httpd-modules", required=True)
    parser.add_argument("--module", type=pathlib.Path, required=True)
    parser.add_argument("--load", type=pathlib.Path, required=True)
    parser.add_argument("--quick", action="store_true", help="a short, rough run")
    parser.add_argument("--rounds", type=int, help="alternating rounds (100; quick: 15)")
    parser.add_argument("--operations", type=int, help="per round, row and server (10)")
    parser.add_argument("--counted", type=int, help="operations under callgrind (30; quick: 10)")
    parser.add_argument("--baseline", action="store_true", help="mod_ssl alone")
    parser.add_argument("--measure", choices=("cpu", "instructions", "both"), default="both")
    parser.add_argument("--sessions", choices=tuple(SESSION_NAMES), action="append")
    parser.add_argument("--only", action="append", metavar="ROW",
                        choices=[operation.key for operation in OPERATIONS],
                        help="this row only (repeatable)")
    parser.add_argument("--profiles", help="keep callgrind's profiles in this directory")
    options = parser.parse_args()
    options.load = options.load.resolve()
    options.rounds = options.rounds or (15 if options.quick else 100)
    options.operations = options.operations or 10
    options.counted = options.counted or (10 if options.quick else 30)
    options.sides = ("mod_ssl",) if options.baseline else ("mod_ssl", "mod_mtls")
    options.sessions = options.sessions or list(SESSION_NAMES)
    return options


def certificates_for(options, directory):
    """Enough that no cold row ever shows a server a certificate twice."""
    most = max(options.rounds * options.operations, options.counted)
    return pki.Pki(directory, most + WARM_UP)


def run(options, directory):
    server.make_site(directory)
    if "mod_mtls" in options.sides:  # the build directory may be closed to the server's user
        options.module = shutil.copy(options.module, directory)
    certificates = certificates_for(options, directory)
    for sessions in options.sessions:
        cpu = instructions = None
        if options.measure != "instructions":
            cpu = measure_cpu(options, certificates, directory, sessions)
        if options.measure != "cpu":
            instructions = measure_instructions(options, certificates, directory, sessions)
        print(table(options, sessions, cpu, instructions), flush=True)
        if instructions and all(("mod_ssl", key) in instructions
                                for key in ("again", *KEEP_ALIVE_LIMITS)):
            print(keep_alive_table(options, instructions), flush=True)


def main():
    options = parse_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # servers end, files go
    with tempfile.TemporaryDirectory(prefix="mtls-bench-") as directory:
        pathlib.Path(directory).chmod(0o755)  # the server's user reads the pages
        run(options, directory)


if __name__ == "__main__":
    main()
