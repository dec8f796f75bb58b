# SPDX-License-Identifier: Apache-2.0
"""What it costs to refuse revoked certificates, mod_mtls beside mod_ssl (docs/bench.md).

Lists of 100,000 entries and an OCSP responder on the same machine: handshakes, keep-alive requests,
the start of a server with ten hosts, handshakes a second with a slow responder, and lists of
three sizes without a server.  The tables go to standard output, progress to standard error.
"""

import argparse
import contextlib
import pathlib
import shutil
import signal
import statistics
import sys
import tempfile

import bench
import load_client
import revocation_lists
import revocation_ocsp
import revocation_site
import revocation_start
import responder
import server

PATH = "/plain/page"
MODULES = ("mod_ssl", "mod_mtls")
KINDS = {"none": "no revocation", "crl": "CRLs", "ocsp": "OCSP"}
STATES = {"warm": "seen before", "cold": "never seen"}
TO_MOD_SSL = {("crl", "warm"): 0.35, ("crl", "cold"): 0.5}
TO_OURS = {("crl", "warm"): 1.05, ("ocsp", "warm"): 1.05}
KEEP_ALIVE_LIMIT = 0.005
KEEP_ALIVE_TIMES = 3
REQUESTS_BEFORE = 20     # on the connection that is counted: the first ones allocate


def spread(values, form=".2f"):
    """The median, and the quartiles in parentheses."""
    if len(values) < 2:
        return f"{values[0]:{form}}"
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle:{form}} ({low:{form}}-{high:{form}})"


def print_table(title, head, rows):
    lines = [head, ["---"] * len(head), *rows]
    print(f"\n**{title}**\n")
    print("\n".join("| " + " | ".join(line) + " |" for line in lines), flush=True)


def side_of(module, kind, certificates, url):
    return revocation_site.make_side(module, certificates, crl=kind == "crl",
                                     ocsp=url if kind == "ocsp" else None)


def client_of(options, certificates, target, state):
    identities = certificates.one if state == "warm" else certificates.many
    return load_client.LoadClient(options.load, target.ports["require"], "1.3", certificates,
                                  identities)


def connect(client, count):
    if client.run("full", PATH, count) != (count, 0):
        raise load_client.LoadFailed("a connection was not asked for its certificate")


def measure_handshakes(options, certificates, url):
    """@return {(module, kind, state): [microseconds, one for each round]}."""
    costs = {}
    with contextlib.ExitStack() as stack:
        targets, clients = {}, {}
        for module in MODULES:
            for kind in KINDS:
                target = stack.enter_context(revocation_site.RevocationServer(
                    options, certificates, f"{module}-{kind}",
                    side_of(module, kind, certificates, url)))
                for state in STATES:
                    key = module, kind, state
                    targets[key] = target
                    clients[key] = client_of(options, certificates, target, state)
                    stack.callback(clients[key].close)
                    connect(clients[key], bench.WARM_UP)
        for turn in range(options.rounds):
            if turn % 10 == 0:
                bench.progress(f"handshakes, CPU time: round {turn + 1} of {options.rounds}")
            for key in list(clients)[::1 if turn % 2 == 0 else -1]:
                before = targets[key].cpu_nanoseconds()
                connect(clients[key], options.operations)
                spent = targets[key].cpu_nanoseconds() - before
                costs.setdefault(key, []).append(spent / options.operations / 1000)
    return costs


def keep(options, path, name):
    if options.profiles:
        kept = pathlib.Path(options.profiles, f"revocation-{name}.out")
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, kept)


def count_handshakes(options, certificates, url):
    """Of mod_mtls alone: callgrind knows no SHA instructions, and would do mod_ssl wrong.
    @return {(kind, state): thousands of instructions}."""
    counted = {}
    for kind in KINDS:
        bench.progress(f"handshakes, instructions: {kind}")
        name = f"mod_mtls-{kind}"
        side = side_of("mod_mtls", kind, certificates, url)
        with revocation_site.CallgrindRevocationServer(options, certificates, name, side) as target:
            for state in STATES:
                client = client_of(options, certificates, target, state)
                connect(client, bench.WARM_UP)
                target.zero()
                connect(client, options.counted)
                total, path = target.dump()
                client.close()
                keep(options, path, f"{kind}-{state}")
                counted[kind, state] = total / options.counted / 1000
    return counted


def handshake_rows(costs, counted):
    for state, state_label in STATES.items():
        for kind, kind_label in KINDS.items():
            ours, theirs = costs["mod_mtls", kind, state], costs["mod_ssl", kind, state]
            plain = costs["mod_mtls", "none", state]
            targets = [f"<= {limits[kind, state]:.2f}" if (kind, state) in limits else ""
                       for limits in (TO_MOD_SSL, TO_OURS)]
            instructions = counted[kind, state] / counted["none", state]
            yield [f"{state_label}, {kind_label}", f"{statistics.median(theirs):.0f}",
                   f"{statistics.median(ours):.0f}",
                   spread([a / b for a, b in zip(ours, theirs)]), targets[0],
                   spread([a / b for a, b in zip(ours, plain)]) if kind != "none" else "",
                   f"{counted[kind, state]:.0f}",
                   f"{instructions:.3f}" if kind != "none" else "", targets[1]]


def show_handshakes(options, certificates):
    with responder.Responder(options.responder, certificates.issuers) as asked:
        costs = measure_handshakes(options, certificates, asked.url)
        counted = count_handshakes(options, certificates, asked.url)
    print_table(f"TLS 1.3 handshake + request; CRL of {options.entries:,} entries",
                ["certificate", "mod_ssl µs", "mod_mtls µs", "ratio (quartiles)", "target",
                 "to ours without, µs", "k instr.", "to ours without, instr.", "target"],
                handshake_rows(costs, counted))


def count_requests(options, certificates, name, side):
    """@return instructions of a request on a connection that is kept, counted a few times."""
    with revocation_site.CallgrindRevocationServer(options, certificates, name, side) as target:
        client = client_of(options, certificates, target, "warm")
        client.run("open", PATH, REQUESTS_BEFORE)
        counts = []
        for _ in range(KEEP_ALIVE_TIMES):
            target.zero()
            client.run("again", PATH, options.requests)
            total, path = target.dump()
            counts.append(total / options.requests)
        client.close()
        keep(options, path, name)
    return counts


def show_keep_alive(options, certificates):
    with responder.Responder(options.responder, certificates.issuers) as asked:
        make = revocation_site.make_side
        sides = {"kept-bare": make("mod_mtls", certificates, age="off"),
                 "kept-full": make("mod_mtls", certificates, crl=True, ocsp=asked.url, age="8h")}
        counts = {}
        for name, side in sides.items():
            bench.progress(f"keep-alive, instructions: {name}")
            counts[name] = count_requests(options, certificates, name, side)
    more = statistics.median(counts["kept-full"]) / statistics.median(counts["kept-bare"]) - 1
    print_table("Keep-alive request, instructions",
                ["profile only", "with CRLs, OCSP and MTLSMaxProofAge", "more", "target"],
                [[*(", ".join(f"{count:.0f}" for count in counts[name]) for name in sides),
                  f"{more:+.2%}", f"<= {KEEP_ALIVE_LIMIT:+.1%}"]])


def show_start(options, certificates):
    costs = revocation_start.measure(options, certificates)
    head, rows = revocation_start.table(costs, spread)
    print_table(f"Start of ten hosts on one profile, CRL of {options.entries:,} entries", head, rows)


def show_throughput(options, certificates):
    head, rows = revocation_ocsp.table(revocation_ocsp.measure(options, certificates), spread)
    print_table(f"{revocation_ocsp.CONNECTIONS} clients at once, responder "
                f"{revocation_ocsp.DELAY} ms away, wall time", head, rows)


def show_lists(options, certificates):
    head, rows = revocation_lists.table(revocation_lists.measure(options, certificates))
    print_table("Lists without a server", head, rows)


SHOWS = {"handshakes": show_handshakes, "keep-alive": show_keep_alive, "start": show_start,
         "throughput": show_throughput, "lists": show_lists}


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--httpd", "--httpd-modules"):
        parser.add_argument(name, required=True)
    for name in ("--module", "--load", "--bench-crl", "--responder"):
        parser.add_argument(name, type=pathlib.Path, required=True)
    parser.add_argument("--quick", action="store_true", help="a short, rough run")
    parser.add_argument("--entries", type=int, default=100000, help="of the CRL")
    parser.add_argument("--rounds", type=int, help="of handshakes (60; quick: 10)")
    parser.add_argument("--operations", type=int, default=10, help="per round, row and server")
    parser.add_argument("--counted", type=int, default=30, help="handshakes under callgrind")
    parser.add_argument("--requests", type=int, default=200, help="under callgrind, at a time")
    parser.add_argument("--starts", type=int, help="of each server (15; quick: 4)")
    parser.add_argument("--bursts", type=int, help="of throughput (9; quick: 3)")
    parser.add_argument("--only", action="append", choices=tuple(SHOWS),
                        help="this table only (repeatable)")
    parser.add_argument("--profiles", help="keep callgrind's profiles in this directory")
    options = parser.parse_args()
    for name in ("load", "bench_crl", "responder"):
        setattr(options, name, getattr(options, name).resolve())
    options.rounds = options.rounds or (10 if options.quick else 60)
    options.starts = options.starts or (4 if options.quick else 15)
    options.bursts = options.bursts or (3 if options.quick else 9)
    return options


def run(options, directory):
    server.make_site(directory)
    options.module = shutil.copy(options.module, directory)
    most = max(options.rounds * options.operations, options.counted) + bench.WARM_UP
    certificates = revocation_site.Trust(directory, most, options.entries)
    for name, show in SHOWS.items():
        if not options.only or name in options.only:
            show(options, certificates)


def main():
    options = parse_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    with tempfile.TemporaryDirectory(prefix="mtls-bench-") as directory:
        pathlib.Path(directory).chmod(0o755)
        run(options, directory)


if __name__ == "__main__":
    main()
