# SPDX-License-Identifier: Apache-2.0
"""Why is somebody refused: mtlsctl and the handler, where lists and responders have a say.

F-10 T-R15.
"""
import os

import pytest

from mtlstest import crls, files
from mtlstest.crls import HOUR
from mtlstest.responder import Person
from mtlstest.revoking import assert_let_in, hosts, profile
from mtlstest.server import Httpd
from mtlstest.sites import location
from test_explain import story
from test_mtlsctl import Run

LEAF = "MTLSCRLCheck leaf"
NOBODY = "MTLSOCSPResponder http://127.0.0.1:1/"


@pytest.fixture(scope="module")
def rows(pki):
    """Profile: its lines, and what becomes of alice, who is revoked, and of noeku, who is not."""
    def listed(name, *lists):
        return "MTLSCRLFile " + files.replace(pki.path("explain-%s.crl" % name), crls.pem(*lists))

    now = listed("now", crls.make(pki.staff_ca, [pki.alice]))
    old = listed("old", crls.make(pki.staff_ca, [pki.alice], this=-2 * HOUR, until=-60))
    return {
        "listed": ([now, LEAF], "revoked", "good"),
        "expired": ([old, LEAF], {"revoked", "crl-expired"}, "crl-expired"),
        "graced": ([old, LEAF + " grace=1h"], "revoked", "good"),
        "missing": ([now], "revoked", "crl-missing"),
        "forgiven": ([now, "MTLSCRLCheck chain missing-ok"], "revoked", "good"),
        "silent": (["MTLSOCSP leaf", NOBODY], "ocsp-unreachable", "ocsp-unreachable"),
        "soft": (["MTLSOCSP leaf soft", NOBODY], "good", "good"),
        "both": ([now, LEAF, "MTLSOCSP leaf", NOBODY, "MTLSRevocationOrder ocsp crl"], "revoked", "good"),
    }


def text_of(pki, rows):
    return "".join(profile(name, *row[0]) for name, row in rows.items()).replace("@PKI@", pki.dir)


def expect(said, words):
    assert said in ({words} if isinstance(words, str) else words), said


def test_mtlsctl_explains_lists(pki, rows):
    """Lists as the server; responders are not asked, and that is said."""
    trust = pki.write("explain.conf", text_of(pki, rows).encode())
    for cert, column in ((pki.alice, 1), (pki.noeku, 2)):
        run = Run("explain", "--json", "--cert", cert.leaf_file, "--trust", trust)
        said = {row["name"]: row for row in run.json["profiles"]}
        assert sorted(said) == sorted(rows)
        for name in ("listed", "expired", "graced", "missing", "forgiven"):
            expect(said[name]["reason"], rows[name][column])
            assert not said[name]["unasked"]
        for name in ("silent", "soft"):
            assert said[name]["accepts"] and said[name]["unasked"]
    assert said["forgiven"]["lenient"] and not said["listed"]["lenient"]
    text = Run("explain", "--cert", pki.noeku.leaf_file, "--trust", trust, "--profile", "silent").out
    assert "accepts if its responder says so" in text


def test_mtlsctl_check_counts_lists_and_warns(pki, rows):
    trust = pki.write("explain.conf", text_of(pki, rows).encode())
    run = Run("check", trust)
    assert run.code == 0
    assert "profile listed: 1 CA from 1 file, 1 intermediate, 0 pins, 1 CRL with 1 entry" in run.out
    assert "profile silent: 1 CA from 1 file, 1 intermediate, 0 pins\n" in run.out
    expired = os.path.join(pki.dir, "explain-old.crl")
    assert any(expired in x and "has expired" in x and "warning:" in x for x in run.err.splitlines())
    assert any("profile" not in x and "there is no revocation list of" in x
               for x in run.err.splitlines() if "missing" in x)


def test_the_handler_explains_lists_and_answers(pki, rows):
    """It asks who would be asked, and what it was told is known to the next request."""
    lines = {name: row[0] for name, row in rows.items()}
    lines["asked"] = ["MTLSOCSP leaf", "MTLSOCSPTimeout 20s", "MTLSFetchHosts 127.0.0.1"]
    config = "".join(profile(name, *row) for name, row in lines.items()) + hosts(lines)
    config = config.replace("</VirtualHost>", location(
        "/explain", "SetHandler mtls-explain", "MTLSVerifyClient none") + "</VirtualHost>")
    with Httpd(pki, config, name="explain-revocation") as site, Person(pki) as good, Person(pki) as bad:
        bad.say("revoked")
        for name, row in rows.items():
            for cert, words in ((pki.alice, row[1]), (pki.noeku, row[2])):
                told = story(site, cert, "/" + name)
                expect(told["reason"], words)
                assert told["status"] == {"good": 200, "revoked": 403}.get(told["reason"], 503)
        assert story(site, bad.cert, "/asked")["reason"] == "revoked"
        assert story(site, good.cert, "/asked")["reason"] == "good"
        assert_let_in(site, good.cert, "/asked")
        assert (good.hits, bad.hits) == (1, 1)
