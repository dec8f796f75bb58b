# SPDX-License-Identifier: Apache-2.0
"""Living trust as an administrator meets it: the words of the manual, tried on a server.

F-10 F-12 F-17 F-20 F-22 F-28 T-R03.
"""
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import urllib.request

import pytest
from cryptography import x509

from mtlstest import crls, files
from mtlstest import server as server_module
from mtlstest.clients import h1
from mtlstest.clock import Clock
from mtlstest.crls import HOUR, MINUTE, Entry, Scope
from mtlstest.points import Points
from mtlstest.relay import Relay
from mtlstest.responder import Person, new_label
from mtlstest.revoking import (ASKING, STEPPING, Visitor, assert_kept_out, assert_let_in, assert_quiet,
                               assert_word, hosts, profile)
from mtlstest.server import Httpd
from mtlstest.sites import assert_ran, location, vhost

QUICK = "MTLSReloadInterval 100ms\n"
LEAF = "MTLSCRLCheck leaf"
ASK = ["MTLSOCSP leaf", "MTLSOCSPTimeout 20s", "MTLSFetchHosts 127.0.0.1"]
STATUS = "<Location /server-status>\n  SetHandler server-status\n</Location>\n"
STAFF_CA = ["MTLSCACertificateFile @PKI@/staff_ca.leaf.pem"]


def published(pki, name, *lists):
    """A file of lists, and its directive."""
    return "MTLSCRLFile " + files.replace(pki.path(name), crls.pem(*lists))


@contextlib.contextmanager
def connection(site, cert, host=ASKING):
    with h1(site.port, cert=cert, sni=host) as client:
        yield Visitor(client, host)


def await_status(site, who, path, wanted, seconds=30):
    """Ask until it is so, on the connection of a Visitor, or on one after another with a certificate:
    httpd closes a connection after 503.  The answer."""
    answers = []

    def is_so():
        if isinstance(who, Visitor):
            answers.append(who.ask(path))
        else:
            with connection(site, who) as visitor:
                answers.append(visitor.ask(path))
        return answers[-1].status == wanted

    assert site.wait_for(is_so, seconds), answers[-1]
    return answers[-1]


def status(site):
    """/server-status?auto, what is ours, by name."""
    with urllib.request.urlopen("http://127.0.0.1:%d/server-status?auto" % site.plain,
                                timeout=20) as answer:
        text = answer.read().decode("utf-8")
    return dict(re.findall(r"^(MTLS\S+): (.*)$", text, re.MULTILINE))


def restart(site):
    before = max(1, site.log().count("resuming normal operations"))  # the start's own may be on its way
    site.process.send_signal(signal.SIGUSR1)
    assert site.wait_for(lambda: site.log().count("resuming normal operations") > before, 60)


# a server that root did not start

@pytest.fixture
def not_root(monkeypatch):
    """Servers are started by the user that owns nothing but them."""
    if os.geteuid() == 0:
        monkeypatch.setattr(server_module, "WRAPPER", [
            "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"])


def give(path):
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", "nobody:nogroup", path], check=True)


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_not_started_by_root(pki, not_root, tmp_path, mpm):
    """Lists, fetched lists, answers and keys; and a list that is replaced."""
    state = os.path.join(pki.dir, "state-not-root-" + mpm)
    os.mkdir(state, 0o700)
    key = pki.write("not-root.key", b"%064x\n" % 7)
    os.chmod(key, 0o600)
    give(state)
    give(key)
    listed = published(pki, "not-root.crl", crls.make(pki.staff_ca, [pki.alice]))
    with Points() as points, Person(pki) as person:
        url = points.put("/staff.crl", crls.make(pki.staff_ca, [pki.alice]))
        config = QUICK + "MTLSStateDirectory %s\nMTLSCacheKeyFile %s\n" % (state, key)
        config += (profile("listed", listed, LEAF) + profile("fetched", "MTLSCRLFetch " + url, LEAF)
                   + profile("asked", *ASK) + hosts(["listed", "fetched", "asked"]))
        server = Httpd(pki, config, mpm=mpm, name="not-root")
        give(server.root)
        with server as site:
            assert_kept_out(site, pki.alice, "/listed", "revoked")
            assert_let_in(site, person.cert, "/asked")
            await_status(site, pki.noeku, "/fetched", 200)
            with connection(site, pki.noeku) as visitor:
                assert_ran(site, visitor.ask("/listed"), pki.noeku)
                files.replace(pki.path("not-root.crl"),
                              crls.pem(crls.make(pki.staff_ca, [pki.noeku], number=2)))
                assert_word(site, await_status(site, visitor, "/listed", 403), "revoked")
            # another child may have it later than the one that answered above
            assert_word(site, await_status(site, pki.alice, "/fetched", 403), "revoked")
        assert points.hits("/staff.crl") == person.hits == 1
    shutil.rmtree(state)


@pytest.mark.skipif(os.geteuid() != 0, reason="who is not root cannot take rights away from itself")
def test_a_state_directory_of_somebody_else(pki, not_root):
    state = os.path.join(pki.dir, "state-of-root")
    os.mkdir(state, 0o755)
    server = Httpd(pki, "MTLSStateDirectory %s\n" % state
                   + profile("staff", "MTLSCRLFetch http://127.0.0.1:1/x.crl", LEAF) + hosts(["staff"]))
    give(server.root)
    with pytest.raises(AssertionError) as caught:
        server.start()
    assert "MTLSStateDirectory" in str(caught.value) and state in str(caught.value)
    shutil.rmtree(state)


# one copy

def memory_of(site):
    """Octets of the parent's that are its own: what the configuration and its material hold."""
    with open("/proc/%d/status" % site.process.pid, encoding="ascii") as f:
        return int(re.search(r"^RssAnon:\s+(\d+) kB", f.read(), re.MULTILINE).group(1)) << 10


def test_F_15_fifty_hosts_hold_one_copy(pki):
    """A list of 100,000 entries, by how much larger it makes servers of one and of fifty hosts."""
    octets = crls.many(pki.staff_ca, 100000, [pki.alice])
    listed = published(pki, "fifty.crl", octets)

    def size(count, *lines):
        names = ["host%d.example.test" % i for i in range(count - 1)] + ["localhost"]
        config = profile("staff", *lines) + "".join(
            vhost(name, "MTLSVerifyClient require\nMTLSAccept staff\n") for name in names) + STATUS
        with Httpd(pki, config, name="fifty", modules=["status"]) as site:
            if lines:
                loaded = [x for x in site.log().splitlines() if "MTLS0004" in x]
                assert len(loaded) == 1 and "100001 entries" in loaded[0], loaded
                rows = [x for x in status(site) if x.startswith("MTLSTrust-")]
                assert rows == ["MTLSTrust-staff"]
                for name in (names[0], names[-1]):
                    with h1(site.port, cert=pki.alice, sni=name) as client:
                        assert_word(site, Visitor(client, name).ask("/"), "revoked")
            return memory_of(site)

    one = size(1, listed, LEAF) - size(1)
    fifty = size(50, listed, LEAF) - size(50)
    assert fifty < one + (4 << 20), "%d octets for one host, %d for fifty" % (one, fifty)


# off

def test_off_is_off_and_a_graceful_restart_is_not(pki):
    """MTLSReloadInterval off; the list of the next start is the one that is there then."""
    listed = published(pki, "off.crl", crls.make(pki.staff_ca))
    config = "MTLSReloadInterval off\n" + profile("staff", listed, LEAF) + hosts(["staff"]) + STATUS
    with Httpd(pki, config, name="off", modules=["status"]) as site:
        with connection(site, pki.alice) as alice:
            assert_ran(site, alice.ask("/staff"), pki.alice)
            files.replace(pki.path("off.crl"), crls.pem(crls.make(pki.staff_ca, [pki.alice], number=2)))
            for _ in range(50):
                assert_ran(site, alice.ask("/staff"), pki.alice)
            assert status(site)["MTLSGeneration"] == "1"
        restart(site)
        assert site.wait_for(lambda: refused(site, pki.alice, "/staff"), 30)
        assert status(site)["MTLSGeneration"] == "1"
        assert "MTLS0040" not in site.log()


def refused(site, cert, path):
    with connection(site, cert) as visitor:
        return visitor.ask(path).status == 403


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_no_cache_asks_in_each_child(pki, mpm):
    """MTLSCache off: every child asks once, whatever the number of requests; nobody complains."""
    config = "MTLSCache off\n" + profile("asked", *ASK) + hosts(["asked"]) + STATUS
    with Httpd(pki, config, mpm=mpm, name="no-cache", modules=["status"]) as site, Person(pki) as person:
        children = {assert_in(site, person.cert)["pid"] for _ in range(24)}
        assert 1 <= person.hits <= len(children)
        told = status(site)
        assert int(told["MTLSCounter-ocsp-asked"]) == person.hits
        assert told["MTLSCounter-cache-failures"] == told["MTLSCounter-cache-skipped"] == "0"
        assert_quiet(site)


def assert_in(site, cert):
    with connection(site, cert) as visitor:
        return assert_ran(site, visitor.ask("/asked"), cert)


# everything that is loaded from files

def test_F_12_every_kind_of_material_is_watched(pki, tmp_path):
    """CAs in a directory, intermediates, pins, signers of lists and of answers: each replaced while one
    connection is open."""
    folder = os.path.join(pki.dir, "watched")
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)

    def put(name, octets):
        return files.replace(os.path.join(folder, name), octets)

    other = pki.issue(new_label(), eku=())
    os.mkdir(os.path.join(folder, "cas"))
    put("cas/one.pem", pki.partner_root.pem)
    put("intermediates.pem", pki.deep_ca1.pem)
    put("pins", "sha256:%s\n" % pki.bob.sha256)
    put("responders.pem", pki.alice.pem)
    with Person(pki, signer=other) as person:
        config = QUICK + (
            "<MTLSTrust dir>\nMTLSCACertificatePath %(f)s/cas\n</MTLSTrust>\n"
            "<MTLSTrust between>\nMTLSCACertificateFile @PKI@/staff_root.leaf.pem\n"
            "MTLSIntermediateFile %(f)s/intermediates.pem\n</MTLSTrust>\n"
            "<MTLSTrust pinned>\nMTLSCACertificateFile @PKI@/staff_root.leaf.pem\n"
            "MTLSIntermediateFile @PKI@/staff_ca.leaf.pem\nMTLSPinFile %(f)s/pins\n</MTLSTrust>\n"
            % {"f": folder})
        config += profile("answered", *ASK, "MTLSOCSPResponderCertificateFile %s/responders.pem" % folder)
        config += hosts(["dir", "between", "pinned", "answered"])
        with Httpd(pki, config, name="watched") as site:
            with h1(site.port, cert=person.cert, sni=ASKING, leaf_only=True) as client:
                visitor = Visitor(client, ASKING)
                for path in ("/dir", "/between", "/pinned"):
                    assert visitor.ask(path).status == 403
                put("cas/two.pem", pki.staff_ca.pem)
                await_status(site, visitor, "/dir", 200)
                put("intermediates.pem", pki.staff_ca.pem)
                await_status(site, visitor, "/between", 200)
                put("pins", "sha256:%s\n" % person.cert.sha256)
                await_status(site, visitor, "/pinned", 200)
                put("pins", "sha256:%s\n" % pki.bob.sha256)
                answer = await_status(site, visitor, "/pinned", 403)
                assert answer.json["reason"] == "not-pinned" and not site.oracle.ran(answer.case)
                os.unlink(os.path.join(folder, "cas/two.pem"))
                answer = await_status(site, visitor, "/dir", 403)
                assert answer.json["reason"] == "untrusted-issuer"
            assert_kept_out(site, person.cert, "/answered", "ocsp-unusable")
            put("responders.pem", other.pem)
            await_status(site, person.cert, "/answered", 200)


# sources beside each other

def test_order_and_grace_of_both(pki):
    """Who speaks in time decides; when neither does, both must be told to forgive it."""
    old = published(pki, "order-old.crl", crls.make(pki.staff_ca, [pki.alice], this=-2 * HOUR, until=-60))
    new = published(pki, "order-new.crl", crls.make(pki.staff_ca, [pki.alice], number=2))
    silent = ["MTLSOCSPResponder http://127.0.0.1:1/"]
    rows = {
        "crl-first": ([new, LEAF, "MTLSOCSP leaf", "MTLSRevocationOrder crl ocsp"], None),
        "ocsp-first": ([new, LEAF, "MTLSOCSP leaf", "MTLSRevocationOrder ocsp crl"], None),
        "both": ([new, LEAF, "MTLSOCSP leaf"], "ocsp-unreachable"),
        "both-soft": ([new, LEAF, "MTLSOCSP leaf soft"], None),
        "old-first": ([old, LEAF, "MTLSOCSP leaf", "MTLSRevocationOrder crl ocsp"], "crl-expired"),
        "old-last": ([old, LEAF, "MTLSOCSP leaf", "MTLSRevocationOrder ocsp crl"], "ocsp-unreachable"),
        "old-soft": ([old, LEAF, "MTLSOCSP leaf soft", "MTLSRevocationOrder ocsp crl"],
                     {"crl-expired", "ocsp-unreachable"}),
        "graced": ([old, LEAF + " grace=1h", "MTLSOCSP leaf grace=1h", "MTLSRevocationOrder ocsp crl"],
                   None),
        "graced-both": ([old, LEAF + " grace=1h", "MTLSOCSP leaf grace=1h"], "ocsp-unreachable"),
    }
    config = "".join(profile(name, *lines, *silent) for name, (lines, _word) in rows.items())
    with Httpd(pki, config + hosts(rows), name="order") as site:
        for name, (_lines, word) in rows.items():
            if word is None:
                assert_let_in(site, pki.noeku, "/" + name)
            else:
                assert_kept_out(site, pki.noeku, "/" + name, word)
        for name in ("crl-first", "ocsp-first", "both", "both-soft", "graced"):
            assert_kept_out(site, pki.alice, "/" + name, {"revoked", "ocsp-unreachable"})


def test_optional_lets_in_and_tells(pki):
    """A place that asks and does not require: the application is told, and Require denies."""
    listed = published(pki, "optional.crl", crls.make(pki.staff_ca, [pki.alice]))
    places = (location("/open", "MTLSVerifyClient optional", "MTLSAccept staff")
              + location("/shut", "MTLSVerifyClient optional", "MTLSAccept staff", "Require mtls-valid"))
    config = profile("staff", listed, LEAF) + vhost(
        "localhost", "MTLSAskInHandshake always\nMTLSAccept staff\n" + places)
    with Httpd(pki, config, name="optional") as site:
        with connection(site, pki.alice) as alice:
            env = assert_ran(site, alice.ask("/open"), None)["env"]
            assert env["MTLS_VERIFY"].startswith("FAILED") and env["MTLS_REASON"] == "revoked"
            answer = alice.ask("/shut")
            assert answer.status == 403 and not site.oracle.ran(answer.case)
        with connection(site, pki.noeku) as visitor:
            assert_ran(site, visitor.ask("/shut"), pki.noeku)


def test_mod_ssl_beside_it(pki):
    """A host of mod_ssl alone, with lists of its own, is as it was."""
    theirs = files.replace(pki.path("modssl.crl"), crls.pem(
        crls.make(pki.staff_ca, [pki.noeku]), crls.make(pki.staff_root)))
    ours = published(pki, "ours.crl", crls.make(pki.staff_ca, [pki.alice]))
    theirs_host = vhost("modssl.example.test", (
        "SSLVerifyClient require\nSSLVerifyDepth 3\nSSLCACertificateFile %s\n"
        "SSLCARevocationFile %s\nSSLCARevocationCheck chain\n"
        % (pki.write("modssl-ca.pem", pki.staff_root, pki.staff_ca), theirs)))
    config = profile("staff", ours, LEAF) + hosts(["staff"]) + theirs_host
    with Httpd(pki, config, name="modssl") as site:
        with h1(site.port, cert=pki.alice, sni="modssl.example.test", version="1.2") as client:
            assert client.ask("/", host="modssl.example.test").status == 200
        with pytest.raises(ConnectionError), h1(site.port, cert=pki.noeku, sni="modssl.example.test",
                                                version="1.2") as client:
            client.ask("/", host="modssl.example.test")
        assert_kept_out(site, pki.alice, "/staff", "revoked")
        assert_let_in(site, pki.noeku, "/staff")
        with h1(site.port, sni=STEPPING, cert=pki.alice, version="1.3", pha=True) as client:
            assert_word(site, Visitor(client, STEPPING).ask("/staff"), "revoked")


# fetched lists of every kind

@pytest.fixture
def state(pki):
    folder = os.path.join(pki.dir, "state-living")
    os.mkdir(folder, 0o700)
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
    yield folder
    shutil.rmtree(folder)


def fetching(pki, state, *lines, more=""):
    config = QUICK + "MTLSStateDirectory %s\n" % state + more
    return Httpd(pki, config + profile("staff", *lines, LEAF, trust=STAFF_CA) + hosts(["staff"]),
                 name="fetching")


def test_a_fetched_delta_and_its_base(pki, state):
    """From two addresses; who is in the delta alone is out."""
    with Points() as points:
        delta_url = points.url("/delta.crl")
        base = points.put("/base.crl", crls.make(pki.staff_ca, number=5,
                                                 extensions=[crls.freshest(delta_url)]))
        points.put("/delta.crl", crls.make(pki.staff_ca, [pki.alice], number=6, base=5))
        with fetching(pki, state, "MTLSCRLFetch %s %s" % (base, delta_url)) as site:
            await_status(site, pki.noeku, "/staff", 200)
            assert_word(site, await_status(site, pki.alice, "/staff", 403), "revoked")
        assert (points.hits("/base.crl"), points.hits("/delta.crl")) == (1, 1)


def test_fetched_partitions(pki, state):
    """Certificates name the part that speaks of them; parts are told apart, and each is fetched."""
    with Points() as points:
        urls = [points.url("/part%d.crl" % i) for i in range(3)]
        people = [pki.issue(new_label(), pki.staff_ca, crl_urls=[url]) for url in urls]
        for i, url in enumerate(urls):
            points.put("/part%d.crl" % i, crls.make(pki.staff_ca, people[2:] if i == 2 else [],
                                                    number=i + 1, scope=Scope(url)))
        with fetching(pki, state, "MTLSCRLFetch certificates", "MTLSFetchHosts 127.0.0.1") as site:
            for i, person in enumerate(people):
                answer = await_status(site, person, "/staff", 403 if i == 2 else 200)
                if i == 2:
                    assert_word(site, answer, "revoked")
            assert_kept_out(site, pki.alice, "/staff", {"crl-missing", "crl-unusable"})
        assert [points.hits("/part%d.crl" % i) for i in range(3)] == [1, 1, 1]


def test_a_fetched_indirect_list(pki, state):
    """Certificates name its address and who signs it: a key that issues nothing, for another CA."""
    usage = x509.KeyUsage(False, False, False, False, False, False, True, False, False)
    signer = pki.issue(new_label(), pki.staff_ca, eku=(), extensions=[usage])
    with Points() as points:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(points.url("/indirect.crl"))], None,
                                       None, [x509.DirectoryName(signer.certificate.subject)])
        out, other = [pki.issue(new_label(), pki.staff_ca,
                                extensions=[x509.CRLDistributionPoints([point])]) for _ in range(2)]
        points.put("/indirect.crl", crls.make(signer, [Entry(out, issuer=pki.staff_ca)], scope=Scope(
            points.url("/indirect.crl"), indirect=True)))
        lines = ["MTLSCRLFetch certificates", "MTLSFetchHosts 127.0.0.1",
                 "MTLSCRLSignerFile " + signer.leaf_file]
        with fetching(pki, state, *lines) as site:
            assert_word(site, await_status(site, out, "/staff", 403), "revoked")
            assert_let_in(site, other, "/staff")
            assert_kept_out(site, pki.alice, "/staff", {"crl-missing", "crl-unusable"})
        assert points.hits("/indirect.crl") == 1


def test_lists_through_a_proxy(pki, state):
    """Asked with the whole address."""
    with Points() as proxy:
        proxy.put("/staff.crl", crls.make(pki.staff_ca, [pki.alice]))
        more = "MTLSFetchProxy %s\n" % proxy.base
        url = "http://crl.example.test/staff.crl"
        with fetching(pki, state, "MTLSCRLFetch " + url, more=more) as site:
            assert_word(site, await_status(site, pki.alice, "/staff", 403), "revoked")
        assert proxy.requests[0].target == url


class Tunnel:
    """A proxy that knows CONNECT, and one server."""

    def __init__(self, port):
        self._relay = Relay(port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.heads = []
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(4096)
            self.heads.append(head)
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            server = socket.create_connection(("127.0.0.1", self._relay.port))
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._hand_on, args=(source, sink), daemon=True).start()

    @staticmethod
    def _hand_on(source, sink):
        with contextlib.suppress(OSError):
            while octets := source.recv(65536):
                sink.sendall(octets)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._relay.close()


def test_lists_by_https_through_a_proxy(pki, state):
    """By CONNECT; the server's certificate is looked at through the tunnel."""
    with Points(tls=pki.server) as points:
        port = int(points.base.rsplit(":", 1)[1])
        points.put("/staff.crl", crls.make(pki.staff_ca, [pki.alice]))
        with Tunnel(port) as proxy:
            more = "MTLSFetchProxy http://127.0.0.1:%d\n" % proxy.port
            more += "MTLSFetchCACertificateFile @PKI@/server_root.leaf.pem\n"
            url = "https://crl.example.test:%d/staff.crl" % port
            with fetching(pki, state, "MTLSCRLFetch " + url, more=more) as site:
                assert_word(site, await_status(site, pki.alice, "/staff", 403), "revoked")
            assert proxy.heads[0].startswith(b"CONNECT crl.example.test:%d HTTP/1." % port)
        assert points.hits("/staff.crl") == 1


def test_https_needs_a_CA(pki, state):
    """What holds no certificate, and what is not there, is a fault of a line."""
    lists = pki.write("no-ca.pem", crls.pem(crls.make(pki.staff_ca)))
    for path, words in ((lists, "revocation list"), ("conf/nothing.pem", "No such file")):
        server = fetching(pki, state, "MTLSCRLFetch https://crl.example.test/x",
                          more="MTLSFetchCACertificateFile %s\n" % path)
        done = server.check()
        line = "httpd.conf:%d: MTLSFetchCACertificateFile" % server.line_of("MTLSFetchCA")
        assert not done.ok and line in done.text and words in done.text, done


def test_F_10_ends_are_told_of_while_the_server_runs(pki):
    """Near its end, at its end, and at the end of the grace: one line each, for all children, with file
    and time; nobody need come and be refused."""
    lists = [crls.make(pki.staff_ca, this=-MINUTE, until=3 * HOUR),
             crls.make(pki.staff_ca, this=-HOUR, until=-MINUTE, number=2)]
    hard = files.replace(pki.path("ends-hard.crl"), crls.pem(lists[0]))
    graced = files.replace(pki.path("ends-graced.crl"), crls.pem(lists[1]))
    config = QUICK + profile("hard", "MTLSCRLFile " + hard, LEAF)
    config += profile("graced", "MTLSCRLFile " + graced, LEAF + " grace=1h") + hosts(["hard", "graced"])
    site = Httpd(pki, config, mpm="prefork", name="ends", log_level="warn mtls:warn")
    with Clock(site) as clock, site:
        def told(path, words):
            return [x for x in site.log().splitlines() if "MTLS0044" in x and path in x and words in x]

        for now, path, words in ((HOUR, graced, "is over"), (2.5 * HOUR, hard, "is about to expire"),
                                 (3 * HOUR + MINUTE, hard, "has expired")):
            assert not told(path, words)
            clock.set(int(now))
            assert site.wait_for(lambda p=path, w=words: told(p, w), 30), (path, words)
            assert len(told(path, words)) == 1
            assert "until 20" in told(path, words)[0] and "httpd.conf:" in told(path, words)[0]
        assert_kept_out(site, pki.noeku, "/graced", "crl-expired")
        assert len(told("", "")) == 3


def test_the_dump_counts_lists(pki):
    listed = published(pki, "dump.crl", crls.make(pki.staff_ca, [pki.alice, 5]), crls.make(pki.staff_root))
    done = Httpd(pki, profile("staff", listed) + hosts(["staff"]), name="dump").check("-D", "DUMP_MTLS")
    (line,) = [x for x in done.text.splitlines() if x.startswith("trust profile staff: ")]
    assert done.ok and "2 CRLs with 2 entries" in line, done


def test_a_restart_tries_at_once_what_had_failed(pki, state):
    """Who has mended a distribution point does not wait for an hour."""
    with Points() as points:
        url = points.url("/staff.crl")
        with fetching(pki, state, "MTLSCRLFetch " + url) as site:
            assert site.wait_for(lambda: "[mtls:error]" in site.log() and url in site.log(), 30)
            points.put("/staff.crl", crls.make(pki.staff_ca))
            restart(site)
            await_status(site, pki.alice, "/staff", 200)
        assert points.statuses("/staff.crl") == [404, 200]
