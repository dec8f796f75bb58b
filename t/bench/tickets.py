# SPDX-License-Identifier: Apache-2.0
"""What a request with a ticket costs, beside one on a connection that has shown the certificate
(docs/bench.md).

Each row is a place of one server, asked over keep-alive connections that differ in nothing but the
certificate, which one of them has shown in its handshake, and the cookie, which the other sends.
"""

import argparse
import contextlib
import dataclasses
import pathlib
import re
import shutil
import signal
import statistics
import sys
import tempfile
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes

import bench
import load_client
import pki
import server
import tickets_site


@dataclasses.dataclass(frozen=True)
class Row:
    """A request on a kept connection; `shown` says what the client shows."""
    label: str
    place: str
    shown: str  # nothing, certificate, ticket

    @property
    def path(self):
        return f"/{self.place}/page"


PLAIN = Row("place without a certificate", "plain", "nothing")
STAFF = Row("certificate required, shown in the handshake", "staff", "certificate")
USERS = Row("the same with `MTLSMap`", "users", "certificate")
ROWS = (PLAIN,
        Row("the same, and a ticket comes along", "plain", "ticket"), STAFF,
        Row("certificate required, ticket", "staff", "ticket"), USERS,
        Row("the same with `MTLSMap`, ticket", "users", "ticket"))
# What verifies a chain or a signature, or decodes a certificate: none of it may be in a request.
DEAR = ("X509_verify_cert", "EVP_DigestVerify", "EVP_DigestVerifyFinal", "EVP_PKEY_verify",
        "d2i_X509")
WALK_WARM_UP = 2


def base_of(row):
    """What a row with a ticket is compared with."""
    return next(other for other in ROWS if other.place == row.place)


class Site:
    """A running server, its clients, and a ticket of the certificate that they hold."""

    def __init__(self, options, certificates, directory, target):
        self.options, self.certificates, self.target = options, certificates, target
        one = directory / "one-chain.pem"
        one.write_bytes(certificates.one.read_bytes() + certificates.intermediate.read_bytes())
        self.owner = tickets_site.Walker(target, certificates, [one])
        self.walker = tickets_site.Walker(target, certificates, options.walkers)
        self.ticket = self.owner.walk("/staff/page")

    def client(self, shown):
        identities = self.certificates.one if shown == "certificate" else None
        return load_client.LoadClient(
            self.options.load, self.target.ports["app"], "1.3", self.certificates, identities,
            self.ticket if shown == "ticket" else None)

    def open_client(self, shown):
        client = self.client(shown)
        client.run("open", "/plain/page", 1)
        return client

    def connections(self, shown, path, count):
        """With one request each."""
        client = self.client(shown)
        client.run("full", path, count)
        client.close()

    def walks(self, count):
        for _ in range(count):
            self.walker.walk("/staff/page")


def measure_cpu(options, site, target):
    """@return {row: [microseconds per request, one for each round]}."""
    costs = {row: [] for row in ROWS}
    with contextlib.ExitStack() as stack:
        clients = {}
        for shown in ("nothing", "certificate", "ticket"):
            clients[shown] = site.open_client(shown)
            stack.callback(clients[shown].close)
        for row in ROWS:
            clients[row.shown].run("again", row.path, bench.WARM_UP)
        for turn in range(options.rounds):
            if turn % 20 == 0:
                bench.progress(f"tickets, CPU time: round {turn + 1} of {options.rounds}")
            for row in ROWS if turn % 2 == 0 else ROWS[::-1]:
                before = target.cpu_nanoseconds()
                clients[row.shown].run("again", row.path, options.requests)
                spent = target.cpu_nanoseconds() - before
                costs[row].append(spent / options.requests / 1000)
    return costs


# What somebody does who comes for the first time, and what that is made of.
PLAIN_VISIT = "handshake without a certificate, and a request"
SHOWN_VISIT = "handshake with a certificate, and a request"
WALK = ("walk to the endpoint, back and in: three handshakes, one of them with a certificate, and "
        "four requests")
VISITS = {PLAIN_VISIT: lambda site, count: site.connections("nothing", "/plain/page", count),
          SHOWN_VISIT: lambda site, count: site.connections("certificate", "/staff/page", count),
          WALK: lambda site, count: site.walks(count)}


def measure_visits_cpu(options, site, target):
    costs = {}
    for label, visit in VISITS.items():
        visit(site, WALK_WARM_UP)
        costs[label] = []
    for turn in range(options.walk_rounds):
        for label, visit in VISITS.items():
            before = target.cpu_nanoseconds()
            visit(site, options.walks)
            costs[label].append((target.cpu_nanoseconds() - before) / options.walks / 1000)
    return costs


def functions_of(path):
    """Names of the functions in a profile."""
    return set(re.findall(r"^c?fn=\(\d+\) ([\w.]+)", path.read_text(), re.MULTILINE))


def keep_profile(options, name, path):
    if options.profiles:
        keep = pathlib.Path(options.profiles, f"tickets-{name}.out")
        keep.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, keep)


def count(options, target, name, times, action):
    """@return (thousands of instructions each, names of the dear functions that ran)."""
    target.zero()
    action(times)
    total, path = target.dump()
    keep_profile(options, name, path)
    return total / times / 1000, sorted(functions_of(path) & set(DEAR))


def measure_instructions(options, site, target):
    """One process serves one connection at a time."""
    counted, dear = {}, {}
    for row in ROWS:
        client = site.open_client(row.shown)
        client.run("again", row.path, bench.WARM_UP)
        counted[row], dear[row] = count(
            options, target, f"{row.place}-{row.shown}", options.counted,
            lambda times: client.run("again", row.path, times))
        client.close()
    for number, (label, visit) in enumerate(VISITS.items()):
        visit(site, WALK_WARM_UP)
        counted[label], dear[label] = count(options, target, f"visit{number}", options.walks,
                                            lambda times: visit(site, times))
    return counted, dear


def measure_reads(site):
    """Cache reads of one child while requests come without a pause; the interval is a second."""
    client = site.open_client("ticket")
    before, began, requests = site.walker.counter("ticket-reads"), time.monotonic(), 0
    while time.monotonic() - began < site.options.read_seconds:
        client.run("again", "/staff/page", 100)
        requests += 100
    taken = time.monotonic() - began
    reads = site.walker.counter("ticket-reads") - before
    client.close()
    if reads > taken + 1:
        raise load_client.LoadFailed(f"{reads} reads in {taken:.1f} s, one a second is right")
    return (f"{requests:,} requests with one ticket in {taken:.1f} s: "
            f"{reads} reads of the shared cache\n")


def check_dear(dear):
    """A handshake needs them, so that it shows when the profiles stop naming them."""
    for row in ROWS:
        if dear[row]:
            raise load_client.LoadFailed(f"{row.label}: {dear[row]} in a request")
    if "EVP_DigestVerify" not in dear[SHOWN_VISIT]:
        raise load_client.LoadFailed("the profiles do not name what verifies")
    return (f"None of {', '.join(DEAR)} in any request; "
            f"in a handshake {', '.join(dear[SHOWN_VISIT])}")


def cells(costs, row):
    if row not in costs:
        return ["-", "-"]
    cell = f"{statistics.median(costs[row]):.0f}"
    if row is base_of(row):
        return [cell, ""]
    more = [value - plain for value, plain in zip(costs[row], costs[base_of(row)])]
    low, middle, high = statistics.quantiles(more, n=4)
    return [cell, f"{middle:+.1f} ({low:+.1f} to {high:+.1f})"]


def instruction_cells(counted, row):
    if row not in counted:
        return ["-", "-"]
    more = "" if row is base_of(row) else f"{counted[row] - counted[base_of(row)]:+.1f}"
    return [f"{counted[row]:.1f}", more]


def table(head, lines):
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *lines])


def report(costs, visit_costs, counted):
    lines = [[row.label, *cells(costs, row), *instruction_cells(counted, row)] for row in ROWS]
    print("\n**Requests on a connection that is kept**\n")
    print(table(["place", "µs", "more with a ticket (quartiles)", "k instr.", "more"], lines))
    print("\n**Visits**\n")
    lines = [[label,
              f"{statistics.median(visit_costs[label]):.0f}" if label in visit_costs else "-",
              f"{counted[label]:.0f}" if label in counted else "-"]
             for label in VISITS]
    print(table(["visit", "µs", "k instr."], lines), flush=True)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--httpd", "--httpd-modules"):
        parser.add_argument(name, required=True)
    parser.add_argument("--module", type=pathlib.Path, required=True)
    parser.add_argument("--load", type=pathlib.Path, required=True)
    parser.add_argument("--quick", action="store_true", help="a short, rough run")
    parser.add_argument("--rounds", type=int, help="alternating rounds (200; quick: 40)")
    parser.add_argument("--requests", type=int, default=100, help="per round and row")
    parser.add_argument("--counted", type=int, default=100, help="requests under callgrind")
    parser.add_argument("--walk-rounds", type=int,
                        help="alternating rounds of visits (40; quick: 8)")
    parser.add_argument("--walks", type=int, default=5, help="visits per round and row")
    parser.add_argument("--read-seconds", type=float, default=10,
                        help="while cache reads are counted")
    parser.add_argument("--measure", choices=("cpu", "instructions", "both"), default="both")
    parser.add_argument("--profiles", help="keep callgrind's profiles in this directory")
    options = parser.parse_args()
    options.load = options.load.resolve()
    options.rounds = options.rounds or (40 if options.quick else 200)
    options.walk_rounds = options.walk_rounds or (8 if options.quick else 40)
    return options


def write_rules(certificates, path):
    pem = certificates.one.read_bytes()
    leaf = x509.load_pem_x509_certificate(pem[pem.index(b"-----BEGIN CERTIFICATE"):])
    path.write_text(tickets_site.RULE.format(leaf.fingerprint(hashes.SHA256()).hex()))
    path.chmod(0o644)
    return path


def run(options, directory):
    server.make_site(directory, tickets_site.PAGES)
    options.module = shutil.copy(options.module, directory)
    certificates = pki.Pki(directory, 1)
    rules = write_rules(certificates, directory / "one.map")
    walks = (options.walk_rounds + 1) * options.walks + WALK_WARM_UP
    options.walkers = tickets_site.people(certificates, directory,
                                          1 + walks // tickets_site.MOST_OF_ONE)
    costs, visit_costs, counted = {}, {}, {}
    if options.measure != "instructions":
        with tickets_site.TicketServer(options, certificates, directory, rules) as target:
            site = Site(options, certificates, directory, target)
            costs = measure_cpu(options, site, target)
            visit_costs = measure_visits_cpu(options, site, target)
        with tickets_site.BriefTicketServer(options, certificates, directory, rules) as target:
            print(measure_reads(Site(options, certificates, directory, target)), flush=True)
    if options.measure != "cpu":
        bench.progress("tickets, instructions")
        with tickets_site.CallgrindTicketServer(options, certificates, directory, rules) as target:
            counted, dear = measure_instructions(
                options, Site(options, certificates, directory, target), target)
        print(check_dear(dear), flush=True)
    report(costs, visit_costs, counted)


def main():
    options = parse_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    with tempfile.TemporaryDirectory(prefix="mtls-bench-") as directory:
        pathlib.Path(directory).chmod(0o755)
        run(options, pathlib.Path(directory))


if __name__ == "__main__":
    main()
