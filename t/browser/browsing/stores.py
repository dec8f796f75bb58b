# SPDX-License-Identifier: Apache-2.0
"""The certificate store that Chromium and Firefox share the form of (NSS): whom the browser trusts,
and which client certificates its user has."""
import os
import subprocess

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from .process import program

PASSWORD = "of no matter"


def _run(*words):
    done = subprocess.run(words, capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, "%r: %s" % (words, done.stdout + done.stderr)


def p12(person):
    """A certificate with its key and chain, as people are given theirs."""
    return pkcs12.serialize_key_and_certificates(
        person.label.encode(), person.key, person.certificate,
        [c.certificate for c in person.chain()[1:]], BestAvailableEncryption(PASSWORD.encode()))


def make(directory, server_ca, people):
    """A new store in this directory."""
    certutil, pk12util = program("certutil"), program("pk12util")
    os.makedirs(directory, exist_ok=True)
    where = "sql:" + directory
    _run(certutil, "-N", "-d", where, "--empty-password")
    _run(certutil, "-A", "-d", where, "-n", "the servers", "-t", "C,,", "-i", server_ca.leaf_file)
    for person in people:
        path = os.path.join(directory, person.label + ".p12")
        with open(path, "wb") as f:
            f.write(p12(person))
        _run(pk12util, "-i", path, "-d", where, "-W", PASSWORD, "-K", "")
