# SPDX-License-Identifier: Apache-2.0
"""What goes wrong around living trust while the server runs: odd bundles, rights, a disk that hangs, a full
or damaged cache, and a clock that jumps.  F-19 F-20 F-25 F-26 F-27 F-45.
"""
import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.request

import pytest

from mtlstest import crls, files, service
from mtlstest.clients import OPENSSL, h1
from mtlstest.crls import HOUR
from mtlstest.living import FAULT, ISSUING, RELOADED, SUMMARY
from mtlstest.pki import DAY, Cert
from mtlstest.responder import Person, Responder, new_label
from mtlstest.revoking import (ASKING, LAX, Visitor, assert_kept_out, assert_let_in, assert_word,
                               hosts, profile)
from mtlstest.server import Httpd
from mtlstest.sites import assert_ran, location, vhost

STATUS = ("ExtendedStatus off\n<Location /server-status>\n  SetHandler server-status\n"
          "</Location>\n")
HEAD = "MTLSReloadInterval 100ms\n"


def make(pki, config, **more):
    more.setdefault("name", "faults")
    return Httpd(pki, HEAD + config + STATUS, modules=["status"], **more)


def await_line(site, *words, seconds=15):
    lines = site.wait_for(lambda: [line for line in site.log_tail().splitlines()
                                   if all(word in line for word in words)], seconds)
    assert lines, "no log line with %r:\n%s" % (words, site.log_tail())
    return lines[0]


def told(site):
    """The module's lines of the status page, by name."""
    url = "http://127.0.0.1:%d/server-status?auto" % site.plain
    with urllib.request.urlopen(url, timeout=20) as answer:
        return dict(re.findall(r"^MTLS(\S+): (.*)$", answer.read().decode("utf-8"), re.MULTILINE))


@contextlib.contextmanager
def connection(site, cert, **more):
    with h1(site.port, cert=cert, sni=ASKING, **more) as client:
        yield Visitor(client, ASKING)


# F-19: bundles

BULK = 5000


def bulk(pki, count=BULK):
    """So many CAs, alike but for their names: nobody checks how an anchor is signed."""
    if not hasattr(pki, "bulk_00000"):
        pki.issue("bulk_00000", cn="Bulk 00000", ca=True)
    der = pki.bulk_00000.der
    assert der.count(b"Bulk 00000") == 2
    return b"".join(der.replace(b"Bulk 00000", b"Bulk %05d" % i) for i in range(count))


def pem_of(octets):
    """PEM of DER certificates in a row."""
    done = b""
    while octets:
        length = 4 + int.from_bytes(octets[2:4], "big")
        one, octets = octets[:length], octets[length:]
        done += subprocess_free_pem(one)
    return done


def subprocess_free_pem(der):
    from base64 import encodebytes
    return b"-----BEGIN CERTIFICATE-----\n" + encodebytes(der) + b"-----END CERTIFICATE-----\n"
