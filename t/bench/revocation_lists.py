# SPDX-License-Identifier: Apache-2.0
"""What revocation lists of several sizes cost to load, to keep and to ask, without a server."""

import re
import statistics
import subprocess

import bench
import pki
import revocation_site

SIZES = (10000, 100000, 1000000)
REASONS = {None: "", "key": ", with reasons"}
WAYS = {"openssl": "OpenSSL's own", "mtls": "mod_mtls"}
TIMES = 3
COUNTED = 2000
MEGA = 1000 * 1000


def run_once(options, way, path, issuer):
    """@return {word: number} of what bench_crl says."""
    text = subprocess.run([options.bench_crl, way, path, issuer], check=True, capture_output=True,
                          text=True).stdout
    return {name: float(value) for name, value in re.findall(r"(\w+) ([\d.]+)", text)}


def count_instructions(options, way, path, issuer):
    """@return instructions of a look-up."""
    said = subprocess.run(
        ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--callgrind-out-file=/dev/null",
         options.bench_crl, way, path, issuer], check=True, capture_output=True,
        text=True).stderr
    return int(re.search(r"Collected\s*:\s*(\d+)", said)[1]) / COUNTED


def measure(options, certificates):
    """@return {(entries, reason, way): ({word: median}, octets of the file)}."""
    signer = certificates.signers[-1]
    issuer = certificates.write("list-issuer.pem", pki.pem(certificate=signer.certificate))
    found = {}
    for entries in SIZES[:2] if options.quick else SIZES:
        for reason in REASONS:
            bench.progress(f"lists: {entries:,} entries{REASONS[reason]}")
            path = certificates.write("some.crl", revocation_site.crls.many(signer, entries,
                                                                           reason=reason))
            runs = {way: [] for way in WAYS}
            for _ in range(TIMES):
                for way in WAYS:
                    runs[way].append(run_once(options, way, path, issuer))
            for way, some in runs.items():
                values = {name: statistics.median(one[name] for one in some) for name in some[0]}
                if reason is None:  # of which a look-up knows nothing
                    values["instructions"] = count_instructions(options, way, path, issuer)
                found[entries, reason, way] = values, path.stat().st_size
    return found


def table(found):
    """@return (head, rows)."""
    head = ["entries", "MB", "", "load s", "CPU s", "s for 10 MB", "octets an entry",
            "at most, while it loads", "look-up: instr.", "ns"]
    rows = []
    for (entries, reason, way), (values, octets) in found.items():
        rows.append([f"{entries:,}{REASONS[reason]}", f"{octets / MEGA:.1f}", WAYS[way],
                     f"{values['seconds']:.3f}", f"{values['cpu']:.3f}",
                     f"{values['seconds'] / octets * 10 * MEGA:.2f}",
                     f"{values['resident'] / entries:.0f}", f"{values['peak'] / entries:.0f}",
                     f"{values['instructions']:.0f}" if "instructions" in values else "",
                     f"{(values['known'] + values['unknown']) / 2:.0f}"])
    return head, rows
