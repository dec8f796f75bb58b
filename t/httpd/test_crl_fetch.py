# SPDX-License-Identifier: Apache-2.0
"""CRLs that the server fetches: from where, how often, what is kept, and what a distribution point
cannot bring about.

F-01 F-02 F-03 F-04 F-05 F-11 F-13 F-14 T-R03.  The first fetch of a list, and each after it, is
seen by the requests that distribution points log and by the generation that follows.
"""
import contextlib
import os
import re
import shutil
import time

import pytest

from mtlstest import crls, files, service
from mtlstest.clients import h1
from mtlstest.crls import HOUR, MINUTE
from mtlstest.people import public_folder
from mtlstest.points import Points
from mtlstest.responder import new_label
from mtlstest.revoking import (ASKING, STAFF, Visitor, assert_kept_out, assert_let_in, assert_word,
                               hosts, loud, profile)
from mtlstest.server import Httpd

HEAD = "MTLSReloadInterval 100ms\nMTLSStateDirectory @STATE@\n"
HOSTS = "MTLSFetchHosts 127.0.0.1"
LEAF = "MTLSCRLCheck leaf"
ISSUING = ["MTLSCACertificateFile @PKI@/staff_ca.leaf.pem"]


class State:
    """A state directory that outlives servers."""

    def __init__(self, folder):
        self.dir = os.path.join(folder, "state")
        os.mkdir(self.dir, 0o700)
        if os.geteuid() == 0:
            shutil.chown(self.dir, "nobody", "nogroup")

    def files(self, ending):
        found = []
        for folder, _dirs, names in os.walk(self.dir):
            found += [os.path.join(folder, name) for name in names if name.endswith(ending)]
        return sorted(found)

    def next_times(self):
        """When each of them is asked for again."""
        found = []
        for name in self.files(".url"):
            with open(name, encoding="utf-8") as f:
                found.append(int(re.search(r"^next (\d+)$", f.read(), re.MULTILINE).group(1)))
        return found

    def await_record(self):
        """Wait until the server has noted when it asks again; a list is there before that."""
        assert Httpd.wait_for(lambda: self.files(".url") and all(self.next_times())), \
            "nobody notes what was asked for"

    def make_due(self):
        """As if it were time to ask for everything again; once the server has noted when that
        is."""
        self.await_record()
        for name in self.files(".url"):
            with open(name, encoding="utf-8") as f:
                text, count = re.subn(r"^next \d+$", "next 0", f.read(), flags=re.MULTILINE)
            assert count == 1, text
            files.replace(name, text)


@pytest.fixture
def state():
    with public_folder() as folder:
        yield State(folder)


@pytest.fixture
def points():
    with Points() as running:
        yield running


def fetching(pki, state, trust=None, **profiles):
    """A server with these profiles, name: lines."""
    config = HEAD + "".join(profile(name, *lines, trust=trust or ISSUING)
                            for name, lines in profiles.items())
    config += hosts(profiles)
    return Httpd(pki, config.replace("@STATE@", state.dir), name="crl-fetch")


@contextlib.contextmanager
def connection(site, cert):
    with h1(site.port, cert=cert, sni=ASKING) as client:
        yield Visitor(client, ASKING)


def await_status(site, cert, path, status, seconds=30):
    """Ask until it is so; the answer."""
    answers = []

    def is_so():
        with connection(site, cert) as visitor:
            answers.append(visitor.ask(path))
        return answers[-1].status == status

    assert site.wait_for(is_so, seconds), answers[-1]
    return answers[-1]


# fetching

def test_fetched_at_the_start(pki, state, points):
    octets = crls.make(pki.staff_ca, [pki.alice])
    url = points.put("/staff.crl", octets)
    with fetching(pki, state, staff=["MTLSCRLFetch " + url, LEAF]) as site:
        answer = await_status(site, pki.alice, "/staff", 403)
        assert_word(site, answer, "revoked")
        assert_let_in(site, pki.noeku, "/staff")
        state.await_record()
        assert points.hits("/staff.crl") == 1
    request = points.requests[0]
    assert request.method == "GET" and request.header("If-None-Match") is None
    crl, record = state.files(".crl"), state.files(".url")
    assert len(crl) == len(record) == 1
    with open(crl[0], "rb") as f:
        assert f.read() == octets
    with open(record[0], encoding="utf-8") as f:
        assert url in f.read()
    assert os.stat(crl[0]).st_mode & 0o022 == 0


def test_before_the_first_list_policy_counts(pki, state, points):
    url = points.put("/staff.crl", crls.make(pki.staff_ca))
    with points.held(), fetching(pki, state, strict=["MTLSCRLFetch " + url, LEAF], ok=[
            "MTLSCRLFetch " + url, "MTLSCRLCheck leaf missing-ok"]) as site:
        points.await_requests(1)
        assert_kept_out(site, pki.alice, "/strict", "crl-missing")
        assert_let_in(site, pki.alice, "/ok")
        points.release()
        await_status(site, pki.alice, "/strict", 200)


def test_a_restart_begins_warm(pki, state, points):
    """With what was fetched before, and no distribution point anywhere."""
    url = points.put("/staff.crl", crls.make(pki.staff_ca, [pki.alice]))
    lines = ["MTLSCRLFetch " + url, LEAF]
    with fetching(pki, state, staff=lines) as site:
        await_status(site, pki.alice, "/staff", 403)
        state.await_record()
    points.stop()
    with fetching(pki, state, staff=lines) as site:
        assert_kept_out(site, pki.alice, "/staff", "revoked")
        assert_let_in(site, pki.noeku, "/staff")
    points.start()
    points.forget()
    with fetching(pki, state, staff=lines) as site:
        assert_kept_out(site, pki.alice, "/staff", "revoked")
    assert points.hits("/staff.crl") == 0, "it is not due yet"


def test_asked_again_and_conditionally(pki, state, points):
    """Unchanged, it is not sent again; changed, it counts for open connections."""
    url = points.put("/staff.crl", crls.make(pki.staff_ca))
    with fetching(pki, state, staff=["MTLSCRLFetch " + url, LEAF]) as site:
        await_status(site, pki.alice, "/staff", 200)
        state.make_due()
        points.await_requests(2)
        assert points.statuses("/staff.crl") == [200, 304]
        state.await_record()
        second = points.requests[1]
        assert second.header("If-None-Match") and second.header("If-Modified-Since")
        with connection(site, pki.alice) as alice:
            assert alice.ask("/staff").status == 200
            points.put("/staff.crl", crls.make(pki.staff_ca, [pki.alice], number=2))
            state.make_due()
            answers = []

            def is_out():
                answers.append(alice.ask("/staff"))
                return answers[-1].status == 403

            assert site.wait_for(is_out), answers[-1]
            assert_word(site, answers[-1], "revoked")
        assert points.statuses("/staff.crl") == [200, 304, 200]
        assert not [line for line in loud(site) if "MTLS0032: " in line]


@pytest.mark.parametrize("validators", [(), ("etag",), ("modified",)], ids=["none", "etag", "date"])
def test_what_the_point_does_not_send_is_not_asked_with(pki, state, validators):
    with Points(validators) as points:
        url = points.put("/staff.crl", crls.make(pki.staff_ca))
        with fetching(pki, state, staff=["MTLSCRLFetch " + url, LEAF]) as site:
            await_status(site, pki.alice, "/staff", 200)
            state.make_due()
            points.await_requests(2)
        assert points.statuses("/staff.crl") == [200, 304 if validators else 200]
        second = points.requests[1]
        assert bool(second.header("If-None-Match")) == ("etag" in validators)
        assert bool(second.header("If-Modified-Since")) == ("modified" in validators)


def test_refreshed_at_half_of_its_time(pki, state, points):
    url = points.put("/staff.crl", crls.make(pki.staff_ca, this=-HOUR, until=3 * HOUR))
    with fetching(pki, state, staff=["MTLSCRLFetch " + url, LEAF]) as site:
        await_status(site, pki.alice, "/staff", 200)
        state.await_record()
    assert abs(state.next_times()[0] - time.time() - HOUR) < MINUTE


def test_short_lists_are_renewed_in_time(pki, state, points):
    """No request falls between two lists."""
    url = points.put("/staff.crl", b"there is something")
    made = []

    def short_list(_octets):
        """Its time begins when it is fetched."""
        made.append(time.monotonic())
        return crls.make(pki.staff_ca, this=-1, until=15)

    points.manner = service.instead(body=short_list)
    with fetching(pki, state, staff=["MTLSCRLFetch " + url, LEAF]) as site:
        await_status(site, pki.alice, "/staff", 200)
        points.put("/staff.crl", crls.make(pki.staff_ca, number=2))
        points.manner = service.plain
        with connection(site, pki.alice) as alice:
            while time.monotonic() - made[0] < 16:
                assert alice.ask("/staff").status == 200
        assert (points.hits("/staff.crl"), len(made)) == (2, 1)


def test_distribution_points_of_certificates(pki, state, points):
    """Found in a certificate that has been verified, noted, and fetched by the background."""
    octets = crls.make(pki.staff_ca)
    cert = pki.issue(new_label(), pki.staff_ca, crl_urls=[points.put("/noted.crl", octets)])
    with fetching(pki, state, staff=["MTLSCRLFetch certificates", LEAF, HOSTS]) as site:
        await_status(site, cert, "/staff", 200)
        assert points.hits("/noted.crl") == 1
        other = pki.issue(new_label(), pki.staff_ca, crl_urls=[points.url("/noted.crl")])
        assert_let_in(site, other, "/staff")
        assert points.hits("/noted.crl") == 1


def test_distribution_points_of_CAs(pki, state, points):
    """A CA of the profile says where the list of its issuer is."""
    url = points.put("/root.crl", crls.make(pki.staff_root))
    ca = pki.issue(new_label(), pki.staff_root, ca=True, crl_urls=[url])
    cert = pki.issue(new_label(), ca)
    points.put("/root.crl", crls.make(pki.staff_root, [ca]))
    lines = ["MTLSIntermediateFile " + ca.leaf_file, "MTLSCRLFetch certificates",
             "MTLSCRLCheck chain missing-ok", HOSTS]
    with fetching(pki, state, trust=STAFF, staff=lines) as site:
        assert_word(site, await_status(site, cert, "/staff", 403), "revoked")


def test_https_points(pki, state):
    with Points(tls=pki.server) as points:
        url = points.put("/staff.crl", crls.make(pki.staff_ca))
        config = HEAD + "MTLSFetchCACertificateFile @PKI@/server_root.leaf.pem\n"
        config += profile("staff", "MTLSCRLFetch " + url, LEAF) + hosts(["staff"])
        with Httpd(pki, config.replace("@STATE@", state.dir), name="crl-https") as site:
            await_status(site, pki.alice, "/staff", 200)


def test_one_process_fetches_for_all(pki, state, points):
    url = points.put("/staff.crl", crls.make(pki.staff_ca, [pki.alice]))
    config = HEAD + profile("staff", "MTLSCRLFetch " + url, LEAF) + hosts(["staff"])
    with Httpd(pki, config.replace("@STATE@", state.dir), name="crl-many", mpm="prefork") as site:
        with contextlib.ExitStack() as stack:
            await_status(site, pki.alice, "/staff", 403)
            clients = [stack.enter_context(connection(site, pki.alice)) for _ in range(4)]
            for client in clients:
                assert site.wait_for(lambda c=client: c.ask("/staff").status == 403)
        assert points.hits("/staff.crl") == 1


# what a distribution point cannot bring about

BAD = {
    "reset": service.reset, "500": service.page(500), "a page": service.page(200),
    "cut short": service.cut_short, "empty": service.instead(body=b""),
    "half of it": service.instead(body=lambda o: o[:len(o) // 2]),
    "an octet too many": service.instead(body=lambda o: o + b"\0"),
    "endless": service.endless_body, "endless chunks": service.endless_chunks,
    "a trickle": service.trickle(0.1), "silence": service.silent,
    "304 to a plain question": service.instead(status=304),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_F_03_F_04_bad_points(pki, state, points, name):
    """Policy counts, the administrator is told, and nothing is kept."""
    url = points.put("/staff.crl", crls.make(pki.staff_ca))
    points.manner = BAD[name]
    lines = ["MTLSCRLFetch " + url, LEAF, "MTLSCRLFetchLimit 100K 1s"]
    with fetching(pki, state, staff=lines) as site:
        told = site.wait_for(lambda: [line for line in loud(site) if str(points.port) in line])
        assert told, "nobody told of %s" % url
        assert_kept_out(site, pki.alice, "/staff", "crl-missing")
    assert not state.files(".crl")


def test_F_04_limit(pki, state, points):
    octets = crls.many(pki.staff_ca, 10000)
    url = points.put("/large.crl", octets)
    limited = ["MTLSCRLFetch " + url, LEAF, "MTLSCRLFetchLimit 200K 10s"]
    free = ["MTLSCRLFetch " + url, LEAF, "MTLSCRLFetchLimit 1M 10s"]
    with fetching(pki, state, limited=limited, free=free) as site:
        await_status(site, pki.alice, "/free", 200)
        assert site.wait_for(lambda: [line for line in loud(site) if "large.crl" in line])
        assert_kept_out(site, pki.alice, "/limited", "crl-missing")


FORGED = ["signature flipped", "signed by nobody known", "signed with another key", "text",
          "without nextUpdate", "unknown critical extension", "a certificate's DER"]


@pytest.mark.parametrize("fault", FORGED)
def test_F_14_forged_lists_are_not_kept(pki, state, points, fault):
    octets = crls.broken(pki.staff_ca, pki.partner_root, [pki.alice])[fault]
    url = points.put("/staff.crl", octets)
    with fetching(pki, state, staff=["MTLSCRLFetch " + url, LEAF]) as site:
        assert site.wait_for(lambda: [line for line in loud(site) if "staff.crl" in line])
        assert_kept_out(site, pki.alice, "/staff", "crl-missing")
        assert not state.files(".crl")


def test_F_13_older_lists_are_not_kept(pki, state, points):
    """Whoever stands in for the distribution point cannot bring back who was revoked."""
    url = points.put("/staff.crl", crls.make(pki.staff_ca, [pki.alice], number=9))
    lines = ["MTLSCRLFetch " + url, LEAF]
    with fetching(pki, state, staff=lines) as site:
        await_status(site, pki.alice, "/staff", 403)
        points.put("/staff.crl", crls.make(pki.staff_ca, number=8))
        state.make_due()
        points.await_requests(2)
        assert site.wait_for(lambda: [line for line in loud(site) if "staff.crl" in line])
        assert_kept_out(site, pki.alice, "/staff", "revoked")
    with fetching(pki, state, staff=lines) as site:
        assert_kept_out(site, pki.alice, "/staff", "revoked")


def test_F_11_rubbish_in_the_state_directory(pki, state, points):
    """What somebody else has written there is left out, with a warning; the server starts."""
    url = points.put("/staff.crl", crls.make(pki.staff_ca, [pki.alice]))
    lines = ["MTLSCRLFetch " + url, LEAF]
    with fetching(pki, state, staff=lines) as site:
        await_status(site, pki.alice, "/staff", 403)
        state.await_record()
    with open(state.files(".crl")[0], "wb") as f:
        f.write(b"rubbish")
    with open(state.files(".url")[0], "wb") as f:
        f.write(b"\0\xff\n" * 1000)
    with fetching(pki, state, staff=lines) as site:
        answer = await_status(site, pki.alice, "/staff", 403)
        assert_word(site, answer, "revoked")


def test_files_and_fetched_lists_together(pki, state, points):
    """Two editions of one list: the newer one counts, wherever it is from."""
    path = pki.write("crl-file.der", crls.make(pki.staff_ca, number=5))
    url = points.put("/staff.crl", crls.make(pki.staff_ca, [pki.alice], number=6))
    lines = ["MTLSCRLFile " + path, "MTLSCRLFetch " + url, LEAF]
    with fetching(pki, state, staff=lines) as site:
        await_status(site, pki.alice, "/staff", 403)


# F-05

FORBIDDEN = {
    "another name": "http://localhost:%d/x.crl", "another address": "http://127.0.0.2:%d/x.crl",
    "user": "http://me:pw@127.0.0.1:%d/x.crl", "file": "file:///etc/passwd?%d",
    "ftp": "ftp://127.0.0.1:%d/x.crl", "ldap": "ldap://127.0.0.1:%d/cn=x?certificateRevocationList",
    "number": "http://2130706433:%d/x.crl", "in six": "http://[::1]:%d/x.crl",
}


def allowed_after(site, pki, points):
    """A certificate with an allowed address is noted later, and fetched: so the others have had
    their turn."""
    cert = pki.issue(new_label(), pki.staff_ca, crl_urls=[points.url("/staff.crl")])
    await_status(site, cert, "/staff", 200)


def test_F_05_forbidden_addresses(pki, state, points):
    points.put("/staff.crl", crls.make(pki.staff_ca))
    with Points() as other:
        other.put("/x.crl", crls.make(pki.staff_ca))
        certs = [pki.issue(new_label(), pki.staff_ca, crl_urls=[url % other.port])
                 for url in FORBIDDEN.values()]
        with fetching(pki, state, staff=["MTLSCRLFetch certificates", LEAF, HOSTS]) as site:
            for cert in certs:
                assert_kept_out(site, cert, "/staff", "crl-missing")
            allowed_after(site, pki, points)
        assert other.count() == 0


def test_F_05_this_machine_is_not_asked(pki, state, points):
    cert = pki.issue(new_label(), pki.staff_ca, crl_urls=[points.put(
        "/staff.crl", crls.make(pki.staff_ca))])
    with fetching(pki, state, closed=["MTLSCRLFetch certificates", LEAF], staff=[
            "MTLSCRLFetch certificates", LEAF, HOSTS]) as site:
        for _ in range(2):
            assert_kept_out(site, cert, "/closed", "crl-missing")
        assert points.count() == 0
        await_status(site, cert, "/staff", 200)
        assert points.count() == 1
        assert_kept_out(site, cert, "/closed", "crl-missing")


def test_F_05_unverified_certificates_send_nobody(pki, state, points):
    points.put("/staff.crl", crls.make(pki.staff_ca))
    with Points() as other:
        url = other.put("/x.crl", crls.make(pki.staff_ca))
        strangers = [pki.issue(new_label(), pki.foreign_root, crl_urls=[url]),
                     pki.issue(new_label(), crl_urls=[url])]
        with fetching(pki, state, staff=["MTLSCRLFetch certificates", LEAF, HOSTS]) as site:
            for cert in strangers:
                with connection(site, cert) as visitor:
                    answer = visitor.ask("/staff")
                    assert answer.status == 403 and not site.oracle.ran(answer.case)
            allowed_after(site, pki, points)
        assert other.count() == 0


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_F_05_redirects_are_not_followed(pki, state, points, status):
    with Points() as other:
        target = other.put("/x.crl", crls.make(pki.staff_ca))
        url = points.put("/staff.crl", crls.make(pki.staff_ca))
        points.manner = service.redirect(target, status)
        with fetching(pki, state, staff=["MTLSCRLFetch " + url, LEAF]) as site:
            assert site.wait_for(lambda: [x for x in loud(site) if str(points.port) in x])
            assert_kept_out(site, pki.alice, "/staff", "crl-missing")
        assert other.count() == 0


def test_links_in_the_state_directory_give_nothing_away(pki, state):
    """Whoever owns the directory must not have root hand over another one."""
    if os.geteuid() != 0:
        return
    with public_folder() as victim:
        os.symlink(victim, os.path.join(state.dir, "staff"))
        httpd = fetching(pki, state, staff=["MTLSCRLFetch http://crl.example.test/x.crl", LEAF])
        with contextlib.suppress(AssertionError):
            with httpd:
                pass
        assert os.stat(victim).st_uid == 0, "the link's target belongs to the children now"


# configuration

@pytest.mark.parametrize("lines", [
    ["MTLSCRLFetch"], ["MTLSCRLFetch ftp://x/y.crl"], ["MTLSCRLFetch http://u:p@x/"],
    ["MTLSCRLFetch off http://x/"], ["MTLSCRLFetch nonsense"],
    ["MTLSCRLFetch http://x/", "MTLSCRLFetchLimit 1"], ["MTLSCRLFetch http://x/",
                                                       "MTLSCRLFetchLimit none 1s"]])
def test_words_that_mean_nothing(pki, state, lines):
    done = fetching(pki, state, staff=lines).check()
    assert not done.ok and "MTLSCRLFetch" in done.text, done


def test_a_state_directory_is_needed(pki):
    config = profile("staff", "MTLSCRLFetch http://crl.example.test/x.crl") + hosts(["staff"])
    done = Httpd(pki, config, name="crl-fetch").check()
    assert not done.ok and "MTLSStateDirectory" in done.text, done


def test_a_state_directory_that_all_may_write(pki, state):
    os.chmod(state.dir, 0o777)
    done = fetching(pki, state, staff=["MTLSCRLFetch http://crl.example.test/x.crl", LEAF]).check()
    assert not done.ok and state.dir in done.text, done

