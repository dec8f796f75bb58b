# SPDX-License-Identifier: Apache-2.0
"""Ways past revocation that a certificate's holder, or time itself, might find.

T-F07 T-V05 T-R13 F-13 F-17 F-21.
"""
import contextlib
import os
import shutil
import time

import pytest

from mtlstest import crls, files
from mtlstest.clients import h1
from mtlstest.people import public_folder
from mtlstest.points import Points
from mtlstest.responder import Responder, new_label
from mtlstest.revoking import ASKING, Visitor, assert_word, hosts, profile
from mtlstest.server import Httpd
from mtlstest.sites import PROBLEM, assert_ran, location, vhost
from mtlstest.vitals import new_child

ISSUING = ["MTLSCACertificateFile @PKI@/staff_ca.leaf.pem"]
ONE_CHILD = {"mpm": "prefork", "mpm_config":
             "StartServers 1\nServerLimit 1\nMaxRequestWorkers 1\n"
             "MinSpareServers 1\nMaxSpareServers 1\n"}


@contextlib.contextmanager
def connection(site, cert, host=ASKING, **more):
    with h1(site.port, cert=cert, sni=host, **more) as client:
        yield Visitor(client, host)


def await_line(site, words):
    assert site.wait_for(lambda: words in site.log_tail()), site.log_tail()


def test_F_17_broken_files_bring_nobody_back(pki):
    """A child that starts when some file is broken has nothing but what the server was started with;
    whoever was revoked since is not let in by it."""
    config = "MTLSReloadInterval 100ms\n" + "".join(
        profile(name, "MTLSCRLFile @ROOT@/conf/%s.crl" % name, "MTLSCRLCheck leaf", trust=ISSUING)
        for name in ("main", "other")) + hosts(["main", "other"])
    site = Httpd(pki, config, name="attack-late", **ONE_CHILD)
    for name in ("main", "other"):
        files.replace(site.path("conf", name + ".crl"), crls.make(pki.staff_ca))
    with site:
        with connection(site, pki.alice) as alice:
            assert_ran(site, alice.ask("/main"), pki.alice)
        files.replace(site.path("conf", "main.crl"), crls.make(pki.staff_ca, [pki.alice], number=2))
        await_line(site, "MTLS0040")
        with connection(site, pki.alice) as alice:
            assert_word(site, alice.ask("/main"), "revoked")
        site.mark()
        files.replace(site.path("conf", "other.crl"), b"nonsense\n")
        await_line(site, "MTLS0042")
        with connection(site, pki.alice) as alice:
            assert_word(site, alice.ask("/main"), "revoked")
        new_child(site)
        with connection(site, pki.alice) as alice:
            answer = alice.ask("/main")
            assert not site.oracle.ran(answer.case), "revoked, and let in: %r" % answer
            assert answer.status in (403, 503)
        files.replace(site.path("conf", "other.crl"), crls.make(pki.staff_ca))
        other = pki.issue(new_label(), pki.staff_ca)

        def is_in():
            with connection(site, other) as visitor:
                return visitor.ask("/main").status == 200
        assert site.wait_for(is_in)


@pytest.fixture(scope="module")
def ages(pki):
    config = profile("lax", trust=ISSUING) + vhost(
        ASKING, "MTLSAskInHandshake always\nMTLSAccept lax\n" + location(
            "/young", "MTLSVerifyClient require", "MTLSAccept lax", "MTLSMaxProofAge 2s"))
    config += vhost("step.example.test", location(
        "/young", "MTLSVerifyClient require", "MTLSAccept lax", "MTLSMaxProofAge 1s"))
    with Httpd(pki, config, name="attack-age") as running:
        yield running


def test_a_request_is_as_late_as_its_end(ages, pki):
    """It begins in time, and its last header comes when the proof is too old: that moment counts."""
    with h1(ages.port, cert=pki.alice, sni=ASKING) as client:
        head, case = client.head("/young", headers=[PROBLEM])
        line, rest = head.split(b"\r\n", 1)
        client.conn.send(line + b"\r\n")
        began = time.monotonic()
        ages.wait_for(lambda: time.monotonic() > began + 3.5, 10)
        client.conn.send(rest)
        assert_word(ages, client.read(case), "proof-expired")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_asked_again_and_again(ages, pki, version):
    """Every new proof counts, not only the first two."""
    ran = 0
    with h1(ages.port, cert=pki.alice, sni="step.example.test", version=version,
            pha=True) as client:
        visitor = Visitor(client, "step.example.test")
        began = time.monotonic()
        while client.conn.requests < 6:
            assert time.monotonic() < began + 60, "%d asked" % client.conn.requests
            answer = visitor.ask("/young")
            assert answer.status == 200, "%.1f s, %d asked, %r" % (
                time.monotonic() - began, client.conn.requests, answer)
            ran += 1
    assert time.monotonic() > began + 3, "asked again before the proof was too old"


def deltas(pki, **base):
    return {"base.crl": crls.make(pki.staff_ca, number=1, **base),
            "delta.crl": crls.make(pki.staff_ca, [pki.alice], number=2, base=1)}


def test_T_R13_a_delta_that_no_list_points_to(pki):
    """It is used, or the server says that it is not: never silently ignored."""
    config = profile("staff", "MTLSCRLPath @ROOT@/conf/lists", "MTLSCRLCheck leaf",
                     trust=ISSUING) + hosts(["staff"])
    site = Httpd(pki, config, name="attack-delta")
    os.mkdir(site.path("conf", "lists"), 0o755)
    for name, octets in deltas(pki).items():
        files.replace(site.path("conf", "lists", name), octets)
    with site:
        with connection(site, pki.alice) as alice:
            assert_word(site, alice.ask("/staff"), "revoked")
        other = pki.issue(new_label(), pki.staff_ca)
        with connection(site, other) as visitor:
            assert_ran(site, visitor.ask("/staff"), other)


@pytest.fixture
def state():
    """Not below pytest's own folder, which each run of pytest closes to other users again."""
    with public_folder() as folder:
        path = os.path.join(folder, "state")
        os.mkdir(path, 0o755)
        if os.geteuid() == 0:
            shutil.chown(path, "nobody", "nogroup")
        yield path


def test_points_where_the_handshake_judges_first(pki, state):
    """The verdict that a handshake leaves behind does not keep the list from being fetched."""
    with Points() as points:
        cert = pki.issue(new_label(), pki.staff_ca,
                         crl_urls=[points.put("/a.crl", crls.make(pki.staff_ca))])
        config = "MTLSReloadInterval 100ms\nMTLSStateDirectory %s\n" % state
        config += profile("staff", "MTLSCRLFetch certificates", "MTLSCRLCheck leaf",
                          "MTLSFetchHosts 127.0.0.1", trust=ISSUING)
        config += vhost(ASKING, "MTLSVerifyClient require\nMTLSAccept staff\n")
        with Httpd(pki, config, name="attack-point") as site:
            def is_in():
                with connection(site, cert) as visitor:
                    return visitor.ask("/x").status == 200
            assert site.wait_for(is_in, 30)


def test_F_30_somebody_is_left_to_serve(pki):
    """More people with certificates than the server has threads, and a responder that takes its time:
    whoever has nothing to do with it is served meanwhile."""
    config = profile("hard", "MTLSOCSP leaf", "MTLSOCSPTimeout 60s", "MTLSFetchHosts 127.0.0.1",
                     trust=ISSUING) + hosts(["hard"])
    with Responder(pki.staff_ca) as responder, Httpd(pki, config, name="attack-wait") as site:
        certs = [pki.issue(new_label(), pki.staff_ca, ocsp_url=responder.url("/"))
                 for _ in range(40)]
        with contextlib.ExitStack() as stack:
            asked = []
            with responder.held():
                for cert in certs:
                    client = stack.enter_context(h1(site.port, cert=cert, sni=ASKING))
                    head, case = client.head("/hard", headers=[PROBLEM])
                    client.conn.send(head)
                    asked.append((client, case))
                responder.await_requests(8)
                with connection(site, pki.alice) as alice:
                    assert_ran(site, alice.ask("/lax"), pki.alice)
                responder.release()
            statuses = [client.read(case).status for client, case in asked]
        # Half of the 32 threads are patient, and have what the responder said.
        assert set(statuses) <= {200, 503} and statuses.count(200) >= 16, statuses

        def is_in():
            with connection(site, certs[-1]) as visitor:
                return visitor.ask("/hard").status == 200
        assert site.wait_for(is_in)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_link_in_the_state_directory(pki, state, tmp_path):
    """The directory is its user's; what root gives away there is what root has made."""
    treasure = tmp_path / "treasure"
    treasure.mkdir(mode=0o700)
    os.symlink(treasure, os.path.join(state, "staff"))
    config = "MTLSStateDirectory %s\n" % state
    config += profile("staff", "MTLSCRLFetch http://127.0.0.1:9/a.crl", trust=ISSUING)
    config += hosts(["staff"])
    with pytest.raises(AssertionError):
        Httpd(pki, config, name="attack-link").start()
    assert os.stat(treasure).st_uid == 0
