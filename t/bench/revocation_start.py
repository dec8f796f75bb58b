# SPDX-License-Identifier: Apache-2.0
"""What ten hosts of one profile with a large CRL cost to start, and keep in memory."""

import pathlib
import re
import socket
import ssl
import statistics
import subprocess
import time

import bench
import revocation_site
import server

MEGA = 1024 * 1024
VARIANTS = {("mod_ssl", False): "mod_ssl, no CRL", ("mod_ssl", True): "mod_ssl, CRLs",
            ("mod_mtls", False): "mod_mtls, no CRL", ("mod_mtls", True): "mod_mtls, CRLs"}
MEASURES = {"wall": "ms", "cpu": "CPU ms", "rss": "parent's RSS, MiB",
            "parent": "parent's PSS, MiB", "pss": "PSS of both processes, MiB"}
TARGETS = {"wall": 0.3, "cpu": 0.3, "rss": 0.25, "parent": 0.25, "pss": 0.25}
PATIENCE = 120


def ask(context, port):
    """One request, over TLS and with a certificate.  @return whether it was answered."""
    try:
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as plain, \
                context.wrap_socket(plain, server_hostname="localhost") as one:
            one.sendall(b"GET /plain/page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = one.recv(64)
    except ConnectionRefusedError:
        return False
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(f"answer of a server that starts: {answer!r}")
    return True


def memory(pid, key):
    """Octets, of a process: Rss or Pss."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(rf"^{key}:\s+(\d+) kB", text, re.MULTILINE)[1]) * 1024


class StartingServer(revocation_site.TenHostServer):
    """Started to be looked at, and ended."""

    def start(self, context):
        """@return {measure: value}, when a request to its last host has been answered."""
        begin = time.monotonic()
        self.process = subprocess.Popen(self.command(), stderr=subprocess.PIPE, text=True,
                                        **server.RUN_AS)
        try:
            while not ask(context, list(self.ports.values())[-1]):
                if self.process.poll() is not None or time.monotonic() > begin + PATIENCE:
                    raise RuntimeError(f"{self.name} does not start: {self.complaints()}")
                time.sleep(0.002)
            return self.look(time.monotonic() - begin)
        finally:
            self.__exit__()

    def look(self, seconds):
        parent = self.process.pid
        pids = [parent, *server.children(parent)]
        return {"wall": seconds * 1000,
                "cpu": sum(map(server.process_nanoseconds, pids)) / 1e6,
                "rss": memory(parent, "Rss") / MEGA, "parent": memory(parent, "Pss") / MEGA,
                "pss": sum(memory(pid, "Pss") for pid in pids) / MEGA}


def client_context(certificates):
    identity = certificates.directory / "starting.pem"
    identity.write_bytes(certificates.one.read_bytes() + certificates.intermediate.read_bytes())
    context = ssl.create_default_context(cafile=certificates.server_ca)
    context.load_cert_chain(identity)
    return context


def measure(options, certificates):
    """@return {variant: {measure: [values, one for each start]}}."""
    context = client_context(certificates)
    sides = {(module, crl): revocation_site.make_side(module, certificates, crl=crl,
                                                      hosts=StartingServer.hosts)
             for module, crl in VARIANTS}
    costs = {variant: {} for variant in VARIANTS}
    for turn in range(options.starts):
        bench.progress(f"start {turn + 1} of {options.starts}")
        for variant in list(VARIANTS)[::1 if turn % 2 == 0 else -1]:
            one = StartingServer(options, certificates, f"{variant[0]}-ten", sides[variant])
            for name, value in one.start(context).items():
                costs[variant].setdefault(name, []).append(value)
    return costs


def table(costs, spread):
    """@return (head, rows)."""
    head = ["ten hosts", *VARIANTS.values(), "ratio with CRLs (quartiles)", "target",
            "CRLs alone: ratio"]
    rows = []
    for name, label in MEASURES.items():
        both = zip(costs["mod_mtls", True][name], costs["mod_ssl", True][name])
        middle = {variant: statistics.median(costs[variant][name]) for variant in VARIANTS}
        added = [middle[module, True] - middle[module, False] for module in ("mod_mtls", "mod_ssl")]
        rows.append([label, *(f"{middle[variant]:.0f}" for variant in VARIANTS),
                     spread([ours / theirs for ours, theirs in both]),
                     f"<= {TARGETS[name]:.2f}", f"{added[0] / added[1]:.2f}"])
    return head, rows
