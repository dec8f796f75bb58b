# SPDX-License-Identifier: Apache-2.0
"""Handshakes a second of many clients while the OCSP responder is far away."""

import contextlib
import dataclasses
import os
import pathlib
import statistics
import time

import bench
import load_client
import pki
import responder
import revocation_site
import server

CONNECTIONS = 32
DELAY = 50          # milliseconds, of the responder
WARM = 10           # connections of a client in a burst
COLD = 3            # the same of certificates that no server has seen
COLD_BURSTS = 3
REACHES = {"chain": "every certificate but the anchor (`SSLOCSPEnable on`, `MTLSOCSP chain`)",
           "leaf": "the client's own (`SSLOCSPEnable leaf`, `MTLSOCSP leaf`)"}
TARGET = 2.0


@dataclasses.dataclass
class Burst:
    """What a server did in the bursts of one kind."""
    rates: list = dataclasses.field(default_factory=list)
    cpu: list = dataclasses.field(default_factory=list)  # microseconds of the server, a handshake
    others: list = dataclasses.field(default_factory=list)  # what other programs had of the processors


def busy_seconds():
    """CPU time of everything on the machine."""
    numbers = list(map(int, pathlib.Path("/proc/stat").read_text().split(None, 9)[1:9]))
    idle = numbers[3] + numbers[4]
    return (sum(numbers) - idle) / os.sysconf("SC_CLK_TCK")


class Crowd:
    """Clients with certificates of their own that connect at the same time."""

    def __init__(self, options, certificates, port, files):
        self.clients = [load_client.LoadClient(options.load, port, "1.3", certificates, file)
                        for file in files]

    def connect(self, count):
        """Each so many times.  @return seconds."""
        begin = time.monotonic()
        for client in self.clients:
            client.tell("full", "/plain/page", count)
        for client in self.clients:
            if client.hear() != (count, 0):
                raise load_client.LoadFailed("a connection was not asked for its certificate")
        return time.monotonic() - begin

    def close(self):
        for client in self.clients:
            client.close()


class Station:
    """One server, its responder, and both crowds."""

    def __init__(self, stack, options, certificates, module, reach, files):
        self.responder = stack.enter_context(
            responder.Responder(options.responder, certificates.issuers, DELAY))
        side = revocation_site.make_side(module, certificates, ocsp=self.responder.url, reach=reach)
        self.server = stack.enter_context(revocation_site.ManyProcessServer(
            options, certificates, f"{module}-far-{reach}", side))
        self.crowds = {kind: Crowd(options, certificates, self.server.ports["require"], some)
                       for kind, some in files.items()}
        for crowd in self.crowds.values():
            stack.callback(crowd.close)
        self.bursts = {kind: Burst() for kind in files}

    def burst(self, kind, count):
        before, ours_before, all_before = (self.server.cpu_nanoseconds(), self.own_nanoseconds(kind),
                                           busy_seconds())
        seconds = self.crowds[kind].connect(count)
        spent = self.server.cpu_nanoseconds() - before
        ours = (self.own_nanoseconds(kind) - ours_before) / 1e9
        others = busy_seconds() - all_before - ours
        self.bursts[kind].rates.append(CONNECTIONS * count / seconds)
        self.bursts[kind].cpu.append(spent / (CONNECTIONS * count) / 1000)
        self.bursts[kind].others.append(max(0, others / seconds / os.cpu_count()))

    def own_nanoseconds(self, kind):
        """Of server, clients and responder."""
        pids = [client.process.pid for client in self.crowds[kind].clients]
        return self.server.cpu_nanoseconds() + sum(
            map(server.process_nanoseconds, [*pids, self.responder.process.pid]))


def write_identities(certificates, reach):
    """@return {kind: [a file for each client]}; certificates are never used for two reaches."""
    issuing = certificates.signers[-1]
    sizes = {"warm": 1, "cold": COLD * COLD_BURSTS}
    files = {}
    for kind, size in sizes.items():
        files[kind] = [certificates.write(f"{reach}-{kind}-{number}.pem",
                                          pki.clients(issuing, 100000, size))
                       for number in range(CONNECTIONS)]
    return files


def measure(options, certificates):
    """@return {(reach, module): Station}; of the stations nothing is running any more."""
    stations = {}
    for reach in REACHES:
        with contextlib.ExitStack() as stack:
            files = write_identities(certificates, reach)
            here = [Station(stack, options, certificates, module, reach, files)
                    for module in ("mod_ssl", "mod_mtls")]
            for station in here:
                station.crowds["warm"].connect(1)
            for turn in range(options.bursts):
                bench.progress(f"responder far away, {reach}: burst {turn + 1} of {options.bursts}")
                for station in here[::1 if turn % 2 == 0 else -1]:
                    station.burst("warm", WARM)
            for turn in range(COLD_BURSTS):
                for station in here[::1 if turn % 2 == 0 else -1]:
                    station.burst("cold", COLD)
            for station in here:
                station.counts = station.responder.counts()
            stations |= {(reach, "mod_ssl"): here[0], (reach, "mod_mtls"): here[1]}
    return stations


def table(stations, spread):
    """@return (head, rows)."""
    head = ["asked about", "certificates", "mod_ssl /s", "mod_mtls /s", "ratio (quartiles)",
            "target", "server's CPU time, ratio", "other programs had of the processors"]
    labels = {"warm": "seen before", "cold": "never seen"}
    rows = []
    for reach, reach_label in REACHES.items():
        theirs, ours = stations[reach, "mod_ssl"], stations[reach, "mod_mtls"]
        for kind, label in labels.items():
            one, other = ours.bursts[kind], theirs.bursts[kind]
            rows.append([reach_label, label, f"{statistics.median(other.rates):.0f}",
                         f"{statistics.median(one.rates):.0f}",
                         spread([a / b for a, b in zip(one.rates, other.rates)]),
                         f">= {TARGET:.0f}" if (reach, kind) == ("chain", "warm") else "",
                         spread([a / b for a, b in zip(one.cpu, other.cpu)]),
                         f"{statistics.median(one.others + other.others):.0%}"])
        for station, module in ((theirs, "mod_ssl"), (ours, "mod_mtls")):
            asked, certificates, most = station.counts
            rows.append([reach_label, f"{module}: questions to the responder",
                         f"{asked} about {certificates} certificates, at most {most} about one",
                         "", "", "1 about each" if module == "mod_mtls" else "", "", ""])
    return head, rows
