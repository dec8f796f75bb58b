# SPDX-License-Identifier: Apache-2.0
"""A long list that is loaded again and again: what it took is free for the next one.  F-15 F-16 I4.

A child's memory goes up to what two lists and a load need, and stays there: malloc keeps it.  `make soak`
loads fifty times.
"""
import os

from mtlstest import crls, files
from mtlstest.clients import h1
from mtlstest.living import ISSUING, RELOADED
from mtlstest.revoking import ASKING, Visitor, assert_word, hosts, profile
from mtlstest.server import Httpd
from mtlstest.sites import assert_ran
from mtlstest.vitals import children_of, descriptors, private_kib

RELOADS = 50 if os.environ.get("MTLS_SOAK_SECONDS") else 15
WARM = 8
ENTRIES = 100000
CHILD_KIB, PARENT_KIB = 1024, 64  # more than after the warm-up


def test_F_15_memory_of_reloads(pki):
    site = Httpd(pki, "MTLSReloadInterval 100ms\n"
                 + profile("long", "MTLSCRLFile @ROOT@/conf/long.crl", "MTLSCRLCheck leaf",
                           trust=ISSUING) + hosts(["long"]), name="memory", log_level="notice")

    def put(number):
        files.replace(site.path("conf", "long.crl"),
                      crls.many(pki.staff_ca, ENTRIES, [pki.noeku], number=number))

    put(1)
    marks = []
    with site, h1(site.port, cert=pki.alice, sni=ASKING) as good, \
            h1(site.port, cert=pki.noeku, sni=ASKING) as revoked:
        child, = children_of(site)
        opened = len(descriptors(child))
        for number in range(2, RELOADS + 2):
            site.mark()
            put(number)
            assert site.wait_for(lambda: RELOADED in site.log_tail(), 60)
            assert_ran(site, Visitor(good, ASKING).ask("/long"), pki.alice)
            assert_word(site, Visitor(revoked, ASKING).ask("/long"), "revoked")
            marks.append((private_kib(child), private_kib(site.process.pid)))
        assert site.wait_for(lambda: len(descriptors(child)) <= opened)
    print("\nprivate KiB of child and parent after each reload of %d entries: %r" % (ENTRIES, marks))
    for which, limit in enumerate((CHILD_KIB, PARENT_KIB)):
        grown = marks[-1][which] - marks[WARM - 1][which]
        assert grown < limit, "%d KiB more after %d reloads: %r" % (grown, RELOADS - WARM, marks)
