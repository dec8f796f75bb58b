# SPDX-License-Identifier: Apache-2.0
"""Certificate revocation lists, from configuration to refusal.

T-R03 T-R09 T-R10 T-R13 T-R14 T-R15 T-R16 T-F05 F-10 F-14 F-20 N-34 N-35.  Lists that change while
the server runs are in test_crl_reload.py; the rules of RFC 5280 have unit tests besides.
"""
import os

import pytest
from cryptography import x509

from mtlstest import crls, files
from mtlstest.crls import DAY, HOUR, MINUTE, Entry, Scope
from mtlstest.revoking import (ASKING, LAX, STAFF, WAYS, Visitor, assert_kept_out,
                               assert_let_in, assert_quiet,
                               assert_word, hosts, profile)
from mtlstest.clients import h1
from mtlstest.server import Httpd
from mtlstest.sites import location, vhost

URL = "http://crl.example.test/%d.crl"
STRICT = "strict.example.test"
NOT_SAID = {"crl-missing", "crl-unusable"}
ALL_REASONS = ["key", "ca", "affiliation", "superseded", "cessation", "hold", "privilege", "aa"]


def issue_people(pki):
    """mallory is revoked wherever somebody is; the others are what their names say."""
    pki.issue("mallory", pki.staff_ca)
    pki.issue("held", pki.staff_ca)
    pki.issue("pointed", pki.staff_ca, crl_urls=[URL % 1])
    pki.issue("pointed_revoked", pki.staff_ca, crl_urls=[URL % 1])
    pki.issue("pointed_twice", pki.staff_ca, crl_urls=[[URL % 7, URL % 1]])
    pki.issue("two_points", pki.staff_ca, crl_urls=[URL % 7, URL % 1])
    key_usage = x509.KeyUsage(False, False, False, False, False, False, True, False, False)
    pki.issue("crl_signer", pki.staff_ca, subject=pki.staff_ca.certificate.subject, eku=(),
              extensions=[key_usage])
    pki.issue("other_signer", pki.staff_root, cn="Signer of lists", eku=(), extensions=[key_usage])
    pki.issue("no_signer", pki.staff_ca, subject=pki.staff_ca.certificate.subject, eku=(),
              extensions=[x509.KeyUsage(True, False, False, False, False, False, False, False,
                                        False)])
    elsewhere = x509.DistributionPoint(
        [x509.UniformResourceIdentifier(URL % 3)], None, None,
        [x509.DirectoryName(pki.other_signer.certificate.subject)])
    for label in ("indirect", "indirect_revoked"):
        pki.issue(label, pki.staff_ca, extensions=[x509.CRLDistributionPoints([elsewhere])])
    # two CAs of one name, and people with one serial number
    pki.issue("twin_a", cn="Twin", ca=True)
    pki.issue("twin_b", cn="Twin", ca=True)
    pki.issue("of_twin_a", pki.twin_a, cn="of a twin", serial=4711)
    pki.issue("of_twin_b", pki.twin_b, cn="of a twin", serial=4711)
    # a CA with certificates of two roots
    pki.issue("cross_staff", pki.staff_root, cn="Cross CA", ca=True)
    pki.issue("cross_partner", pki.partner_root, cn="Cross CA", ca=True, key=pki.cross_staff.key)
    for label in ("crossed", "crossed_revoked"):
        pki.issue(label, pki.cross_staff)
        pki.issue(label + "_too", pki.cross_partner)  # the same CA; sends its other certificate
    # noRevAvail, RFC 9608: asked for as everybody else
    pki.issue("no_rev_avail", pki.staff_ca, extensions=[x509.UnrecognizedExtension(
        x509.ObjectIdentifier("2.5.29.56"), b"\x05\x00")])


def both(pki, *revoked, **more):
    """Lists of the root and of the issuing CA."""
    return [crls.make(pki.staff_root), crls.make(pki.staff_ca, [pki.mallory, *revoked], **more)]


def empty_directory(pki):
    path = pki.path("crl-nowhere")
    os.makedirs(path, mode=0o755, exist_ok=True)
    return path


def cases(pki):
    """name: lists, lines of the profile, and who is let in (None) or kept out, and why."""
    root = crls.make(pki.staff_root)
    ca_revoked = crls.make(pki.staff_root, [pki.staff_ca])
    staff = crls.make(pki.staff_ca, [pki.mallory])
    strict, missing_ok = "MTLSCRLCheck chain strict", "MTLSCRLCheck chain missing-ok"
    found = {
        # whom MTLSCRLCheck asks about
        "default": ([root, staff], [], dict(alice=None, mallory="revoked", anna=None,
                                            no_rev_avail=None, expired="expired")),
        "chain": ([ca_revoked, staff], ["MTLSCRLCheck chain"],
                  dict(alice="revoked", mallory="revoked", anna=None)),
        "leaf": ([ca_revoked, staff], ["MTLSCRLCheck leaf"], dict(alice=None, mallory="revoked")),
        "leaf-alone": ([staff], ["MTLSCRLCheck leaf"], dict(alice=None, mallory="revoked")),
        "none": ([ca_revoked, staff], ["MTLSCRLCheck none"], dict(alice=None, mallory=None)),
        # T-R15
        "no-leaf-list": ([root], [strict], dict(alice="crl-missing", anna=None)),
        "no-chain-list": ([staff], [strict], dict(alice="crl-missing", mallory="revoked")),
        "forgiven": ([staff], [missing_ok], dict(alice=None, mallory="revoked", anna=None)),
        "forgiven-revoked-ca": ([ca_revoked], [missing_ok], dict(alice="revoked")),
        # T-R16
        "held": (both(pki, Entry(pki.held, "hold"), Entry(pki.alice, "unspecified")), [],
                 dict(held="revoked", alice="revoked")),
        "future-entry": (both(pki, Entry(pki.held, when=HOUR)), [], dict(held="revoked")),
        # F-10
        "expired": (both(pki, this=-2 * HOUR, until=-10 * MINUTE), ["MTLSCRLCheck chain hard"],
                    dict(alice="crl-expired", mallory={"revoked", "crl-expired"})),
        "grace": (both(pki, this=-2 * HOUR, until=-10 * MINUTE), ["MTLSCRLCheck chain grace=1h"],
                  dict(alice=None, mallory="revoked")),
        "short-grace": (both(pki, this=-3 * HOUR, until=-2 * HOUR),
                        ["MTLSCRLCheck chain grace=1h"], dict(alice="crl-expired")),
        "expired-forgiven": (both(pki, this=-2 * HOUR, until=-10 * MINUTE), [missing_ok],
                             dict(alice="crl-expired")),
        "expired-and-current": (both(pki) + both(pki, number=0, this=-2 * HOUR,
                                                 until=-10 * MINUTE)[1:], [],
                                dict(alice=None, mallory="revoked")),
        "future": (both(pki, this=HOUR), [], dict(alice="crl-unusable")),
        # numbers are integers, T-R14
        "number-255": ([root, crls.make(pki.staff_ca, [pki.mallory], number=256),
                        crls.make(pki.staff_ca, [pki.held], number=255)], [],
                       dict(held=None, mallory="revoked")),
        "number-128": ([root, crls.make(pki.staff_ca, [pki.held], number=127),
                        crls.make(pki.staff_ca, [pki.mallory], number=128)], [],
                       dict(held=None, mallory="revoked")),
        "no-numbers": ([root, crls.make(pki.staff_ca, [pki.mallory], number=None)], [],
                       dict(alice=None, mallory="revoked")),
        # N-34: deltas
        "delta": ([root, crls.make(pki.staff_ca, [Entry(pki.held, "hold")], number=5,
                                   extensions=[crls.freshest(URL % 5)]),
                   crls.make(pki.staff_ca, [pki.mallory, Entry(pki.held, "remove")], number=6,
                             base=5)], [], dict(alice=None, mallory="revoked", held=None)),
        "delta-of-another-base": ([root, crls.make(pki.staff_ca, [pki.mallory], number=5,
                                                   extensions=[crls.freshest(URL % 5)]),
                                   crls.make(pki.staff_ca, [Entry(pki.mallory, "remove")],
                                             number=9, base=8)], [],
                                  dict(alice=None, mallory="revoked")),
        "delta-unannounced": ([root, crls.make(pki.staff_ca, [Entry(pki.held, "hold")], number=5),
                               crls.make(pki.staff_ca, [pki.mallory, Entry(pki.held, "remove")],
                                         number=6, base=5)], [],
                              dict(alice=None, mallory="revoked", held=None)),
        # T-R14: what a list speaks of
        "only-user": ([root, crls.make(pki.staff_ca, [pki.mallory], scope=Scope(only="user"))], [],
                      dict(alice=None, mallory="revoked")),
        "only-ca": ([root, crls.make(pki.staff_ca, [pki.mallory], scope=Scope(only="ca"))], [],
                    dict(alice=NOT_SAID)),
        "only-ca-of-root": ([crls.make(pki.staff_root, scope=Scope(only="ca")), staff], [],
                            dict(alice=None, mallory="revoked", anna=NOT_SAID)),
        "only-attribute": ([root, crls.make(pki.staff_ca, scope=Scope(only="attribute"))], [],
                           dict(alice=NOT_SAID)),
        "scope-not-ours": ([root, crls.make(pki.staff_ca, scope=Scope(URL % 2))], [],
                           dict(pointed=NOT_SAID)),
        "scope-is-ours": ([root, crls.make(pki.staff_ca, [pki.pointed_revoked],
                                           scope=Scope(URL % 1))], [],
                          dict(pointed=None, pointed_revoked="revoked", pointed_twice=None,
                               two_points=None)),
        "second-name-is-ours": ([root, crls.make(pki.staff_ca, [pki.pointed_revoked],
                                                 scope=Scope(URL % 9, URL % 1))], [],
                                dict(pointed=None, pointed_revoked="revoked", pointed_twice=None)),
        "other-partition": ([root, crls.make(pki.staff_ca, number=9, scope=Scope(URL % 2)),
                             crls.make(pki.staff_ca, [pki.pointed_revoked], scope=Scope(URL % 1)),
                             crls.make(pki.staff_ca, number=8, scope=Scope(URL % 3))], [],
                            dict(pointed=None, pointed_revoked="revoked")),
        "some-reasons": ([root, crls.make(pki.staff_ca, [Entry(pki.mallory, "key")],
                                          scope=Scope(reasons=["key"]))], [],
                         dict(alice=NOT_SAID, mallory="revoked")),
        "reasons-together": ([root, crls.make(pki.staff_ca, [Entry(pki.mallory, "key")],
                                              scope=Scope(URL % 1, reasons=["key"])),
                              crls.make(pki.staff_ca, [Entry(pki.held, "hold")],
                                        scope=Scope(URL % 1, reasons=ALL_REASONS[1:]))], [],
                             dict(pointed=None)),
        # other signers
        "separate-key": ([root, crls.make(pki.crl_signer, [pki.mallory])],
                         ["MTLSCRLSignerFile @PKI@/crl_signer.leaf.pem"],
                         dict(alice=None, mallory="revoked")),
        "indirect": ([root, crls.make(pki.other_signer, [
            Entry(pki.indirect_revoked, issuer=pki.staff_ca)],
            scope=Scope(URL % 3, indirect=True))],
            ["MTLSCRLSignerFile @PKI@/other_signer.leaf.pem"],
            dict(indirect=None, indirect_revoked="revoked", alice=NOT_SAID)),
        "indirect-of-another": ([root, crls.make(pki.other_signer, [
            Entry(pki.indirect_revoked, issuer=pki.partner_root)],
            scope=Scope(URL % 3, indirect=True))],
            ["MTLSCRLSignerFile @PKI@/other_signer.leaf.pem"],
            dict(indirect_revoked=None)),
    }
    return found


def twin_cases(pki):
    """T-R09: what one CA says is not said of the other's people."""
    trust = ["MTLSCACertificateFile @PKI@/twin_a.leaf.pem @PKI@/twin_b.leaf.pem"]
    revoked, none = [pki.of_twin_a], []
    return trust, {
        "twins": ([crls.make(pki.twin_a, revoked), crls.make(pki.twin_b, none)],
                  [], dict(of_twin_a="revoked", of_twin_b=None)),
        "twins-turned": ([crls.make(pki.twin_b, none, number=9),
                          crls.make(pki.twin_a, revoked, number=1)], [],
                         dict(of_twin_a="revoked", of_twin_b=None)),
        "twins-unnamed": ([crls.make(pki.twin_a, revoked, has_authority=False),
                           crls.make(pki.twin_b, none, has_authority=False)],
                          [], dict(of_twin_a="revoked", of_twin_b=None)),
        "one-twin": ([crls.make(pki.twin_a, none)], [], dict(of_twin_a=None, of_twin_b=NOT_SAID)),
    }


def cross_cases(pki):
    """T-R10: a CA that two roots have signed."""
    leaves = crls.make(pki.cross_staff, [pki.crossed_revoked, pki.crossed_revoked_too])
    staff = [crls.make(pki.staff_root, [pki.cross_staff]), leaves]
    partner = [crls.make(pki.partner_root), leaves]
    known = "MTLSIntermediateFile @PKI@/cross_staff.leaf.pem @PKI@/cross_partner.leaf.pem"
    roots = ["@PKI@/staff_root.leaf.pem", "@PKI@/partner_root.leaf.pem"]
    revoked = dict(crossed_revoked="revoked", crossed_revoked_too="revoked")
    return {
        "cross-revoked": (staff, ["MTLSCACertificateFile " + roots[0], known],
                          dict(crossed="revoked", crossed_revoked="revoked")),
        "cross-good": (partner, ["MTLSCACertificateFile " + roots[1], known],
                       dict(crossed_too=None, crossed_revoked_too="revoked")),
        "cross-both": (staff + partner[:1], ["MTLSCACertificateFile " + " ".join(roots), known],
                       dict(crossed="revoked", crossed_too=None, **revoked)),
    }


class Row:
    """One profile, its lists, and who is let in."""

    def __init__(self, pki, name, lists, lines, people, trust=STAFF):
        self.name = name
        self.people = people
        paths = [files.replace(pki.path("crl-%s-%d.pem" % (name, i)), crls.pem(octets))
                 for i, octets in enumerate(lists)]
        lines = (["MTLSCRLFile " + " ".join(paths)] if paths else []) + lines
        self.profile = profile(name, *lines, trust=trust)


def all_rows(pki):
    if not hasattr(pki, "mallory"):
        issue_people(pki)
    rows = [Row(pki, name, *case) for name, case in cases(pki).items()]
    trust, twins = twin_cases(pki)
    rows += [Row(pki, name, *case, trust=trust) for name, case in twins.items()]
    rows += [Row(pki, name, *case, trust=[]) for name, case in cross_cases(pki).items()]
    return {row.name: row for row in rows}


# pytest wants names before there are certificates
NAMES = ["default", "chain", "leaf", "leaf-alone", "none", "no-leaf-list", "no-chain-list",
         "forgiven", "forgiven-revoked-ca", "held", "future-entry", "expired", "grace",
         "short-grace", "expired-forgiven",
         "expired-and-current", "future", "number-255", "number-128", "no-numbers", "delta",
         "delta-of-another-base", "delta-unannounced", "only-user", "only-ca", "only-ca-of-root",
         "only-attribute", "scope-not-ours", "scope-is-ours", "second-name-is-ours",
         "other-partition", "some-reasons", "reasons-together", "separate-key", "indirect",
         "indirect-of-another", "twins", "twins-turned", "twins-unnamed", "one-twin",
         "cross-revoked", "cross-good", "cross-both"]


@pytest.fixture(scope="module")
def rows(pki):
    found = all_rows(pki)
    assert sorted(found) == sorted(NAMES)
    return found


@pytest.fixture(scope="module")
def site(pki, rows):
    strict = vhost(STRICT, "MTLSVerifyClient require\nMTLSAccept default\n")
    config = ("Protocols h2 http/1.1\n" + "".join(row.profile for row in rows.values())
              + hosts(rows) + strict)
    with Httpd(pki, config, modules=["http2"], name="crl") as running:
        yield running


# who is let in

@pytest.mark.parametrize("name", NAMES)
def test_lists_decide(site, pki, rows, name):
    said = set()
    for label, word in rows[name].people.items():
        words = {word} if isinstance(word, str) else word
        if word is None:
            assert_let_in(site, getattr(pki, label), "/" + name)
        elif "expired" in words:
            with h1(site.port, cert=getattr(pki, label)) as client:
                assert Visitor(client, ASKING).ask("/" + name).status == 403
        else:
            answer = assert_kept_out(site, getattr(pki, label), "/" + name, words)
            said.add(answer.json["reason"])
    # faults of the server's side are told to its administrator, now and then; others to nobody
    assert_quiet(site, may=said - {"revoked"})


@pytest.mark.parametrize("way", WAYS)
def test_T_R03_however_one_comes(site, pki, way):
    """Proven in any way; judged by lists that nobody asked when it was proven."""
    assert_kept_out(site, pki.mallory, "/default", "revoked", way)
    assert_let_in(site, pki.alice, "/default", way)
    assert_kept_out(site, pki.alice, "/chain", "revoked", way)
    assert_quiet(site)


@pytest.mark.parametrize("way", WAYS)
def test_T_R03_refused_and_asked_again(site, pki, way):
    """A refusal is no reason to let in the next request, nor to refuse elsewhere."""
    with WAYS[way](site, pki.mallory) as visitor:
        for _ in range(2):
            assert_word(site, visitor.ask("/default"), "revoked")
            assert visitor.ask("/" + LAX).status == 200


def test_T_R03_revoked_leaves_no_session(site, pki):
    """Where the host itself asks, the session of somebody refused is worth nothing."""
    for version in ("1.2", "1.3"):
        with h1(site.port, sni=STRICT, cert=pki.mallory, version=version) as client:
            client.ask("/", host=STRICT)
            session = client.conn.session()
        with h1(site.port, sni=STRICT, session=session, version=version) as client:
            answer = client.ask("/default", host=STRICT)
            assert answer.status in (403, 421), answer
            assert not site.oracle.ran(answer.case)


# what is said at the start

def start_lines(site, *words):
    return [line for line in site.log()[:site._mark or None].splitlines()
            if all(word in line for word in words)]


def test_F_10_expired_lists_are_told_of(site, pki):
    path = pki.path("crl-expired-1.pem")
    until = x509.load_pem_x509_crl(open(path, "rb").read()).next_update
    lines = start_lines(site, "MTLS0002: ", path)
    assert lines, "no warning names the file"
    assert any(until.strftime("%Y-%m-%d %H:%M:%S") in line for line in lines), lines


def test_T_R15_missing_lists_are_told_of(site):
    """By the name of the CA that has none."""
    assert start_lines(site, "MTLS0002: ", "no-chain-list", "Staff root")
    assert start_lines(site, "MTLS0002: ", "no-leaf-list", "Staff issuing CA")
    assert not start_lines(site, "MTLS0002: ", "\"default\"")


def test_N_34_a_delta_alone_is_refused(pki):
    """It could never be used; with the list it adds to, it is."""
    base = files.replace(pki.path("crl-base.pem"), crls.pem(crls.make(pki.staff_ca, number=5)))
    delta = files.replace(pki.path("crl-delta.pem"), crls.pem(
        crls.make(pki.staff_ca, [pki.alice], number=6, base=5)))
    done = one_profile(pki, "MTLSCRLFile " + delta, "MTLSCRLCheck leaf").check()
    assert not done.ok, done
    assert delta in done.text and "MTLS0001: " in done.text, done
    done = one_profile(pki, "MTLSCRLFile %s %s" % (base, delta), "MTLSCRLCheck leaf").check()
    assert done.ok and delta not in done.text, done


def test_N_34_a_delta_of_a_later_list_is_told_of(site):
    assert start_lines(site, "MTLS0002: ", "renews nothing", "delta-of-another-base")


@pytest.mark.parametrize("this,until,told", [(-DAY, HOUR, True), (-HOUR, HOUR, False),
                                             (-9 * DAY, 20 * HOUR, True)])
def test_F_10_lists_about_to_expire_are_told_of(pki, this, until, told):
    """In the last quarter of their time, or on the last day; those that are renewed daily are
    not."""
    path = files.replace(pki.path("crl-soon.pem"), crls.pem(
        crls.make(pki.staff_ca, this=this, until=until)))
    done = one_profile(pki, "MTLSCRLFile " + path, "MTLSCRLCheck leaf").check()
    assert done.ok, done
    assert (path in done.text) == told, done


# F-05: what is not used

def one_profile(pki, *lines):
    config = profile("staff", *lines) + vhost("localhost", location(
        "/staff", "MTLSVerifyClient require", "MTLSAccept staff"))
    return Httpd(pki, config, name="crl-check")


FAULTS = sorted(["empty", "blank", "text", "DER cut in the middle", "DER without its last octet",
                 "DER and an octet more", "DER twice", "PEM cut in the middle",
                 "PEM without its end", "PEM whose second block is cut",
                 "PEM with a bad character", "PEM of no DER", "PEM of DER and an octet more",
                 "a certificate", "a certificate's DER", "a list and a certificate",
                 "a list and a private key", "signature flipped", "contents flipped",
                 "signed by nobody known", "signed with another key",
                 "signed with another key, named right", "signed with another CA's key",
                 "one good and one of nobody known", "without nextUpdate", "v1 with extensions",
                 "v3", "unknown critical extension", "unknown critical extension of an entry",
                 "delta without a number", "delta of a base above its number", "two numbers",
                 "an entry taken back in no delta",
                 "two of one number that differ",
                 "scope of two kinds", "scope of rubbish"])


@pytest.fixture(scope="module")
def faulty(pki):
    found = crls.broken(pki.staff_ca, pki.partner_root)
    assert sorted(found) == FAULTS
    return found


@pytest.mark.parametrize("fault", FAULTS)
def test_T_F05_broken_file(pki, faulty, fault):
    """F-14: told when it is loaded, by the name of the file; the server does not start."""
    path = files.replace(pki.path("crl-broken.pem"), faulty[fault])
    done = one_profile(pki, "MTLSCRLFile " + path, "MTLSCRLCheck leaf").check()
    assert not done.ok, done
    assert path in done.text and "MTLS0001: " in done.text, done


@pytest.mark.parametrize("fault", ["empty", "text", "signature flipped", "signed by nobody known",
                                   "unknown critical extension", "PEM cut in the middle"])
def test_T_F05_broken_file_in_a_directory(pki, faulty, fault, tmp_path):
    os.chmod(tmp_path, 0o755)
    good = files.replace(str(tmp_path / "a.crl"), crls.make(pki.staff_ca))
    files.replace(str(tmp_path / ".hidden.crl"), b"not looked at")
    files.replace(str(tmp_path / "notes.txt"), b"not looked at")
    httpd = one_profile(pki, "MTLSCRLPath %s" % tmp_path, "MTLSCRLCheck leaf")
    assert httpd.check().ok
    path = files.replace(str(tmp_path / "b.crl"), faulty[fault])
    done = httpd.check()
    assert not done.ok and path in done.text and good not in done.text, done


def test_T_F05_every_fault_is_told_at_once(pki, faulty):
    names = ["text", "signature flipped", "without nextUpdate"]
    paths = [files.replace(pki.path("crl-broken-%d.pem" % i), faulty[name])
             for i, name in enumerate(names)]
    done = one_profile(pki, "MTLSCRLFile %s %s" % tuple(paths[:2]),
                       "MTLSCRLFile " + paths[2], "MTLSCRLCheck leaf").check()
    assert not done.ok
    assert all(path in done.text for path in paths), done


def world_writable(pki):
    path = files.replace(pki.path("crl-writable.pem"), crls.pem(crls.make(pki.staff_ca)))
    os.chmod(path, 0o666)
    return path


PLACES = {
    "missing file": lambda pki: "MTLSCRLFile /nonexistent/x.crl",
    "missing directory": lambda pki: "MTLSCRLPath /nonexistent",
    "directory as a file": lambda pki: "MTLSCRLFile " + pki.dir,
    "file as a directory": lambda pki: "MTLSCRLPath " + pki.alice.file,
    "empty directory": lambda pki: "MTLSCRLPath " + empty_directory(pki),
    "missing signer": lambda pki: "MTLSCRLSignerFile /nonexistent/x.pem",
    "list as a signer": lambda pki: "MTLSCRLSignerFile " + files.replace(
        pki.path("crl-good.pem"), crls.pem(crls.make(pki.staff_ca))),
    "F-20 writable for all": lambda pki: "MTLSCRLFile " + world_writable(pki),
}


@pytest.mark.parametrize("name", sorted(PLACES))
def test_T_F05_nothing_there(pki, name):
    line = PLACES[name](pki)
    done = one_profile(pki, line, "MTLSCRLCheck leaf").check()
    assert not done.ok and line.split()[1] in done.text, done
    with pytest.raises(AssertionError, match="did not start"):
        one_profile(pki, line, "MTLSCRLCheck leaf").start()


@pytest.mark.parametrize("line", [
    "MTLSCRLCheck", "MTLSCRLCheck yes", "MTLSCRLCheck chain", "MTLSCRLCheck leaf missing-ok",
    "MTLSCRLCheck chain leaf", "MTLSCRLCheck chain strict missing-ok",
    "MTLSCRLCheck chain grace=", "MTLSCRLCheck chain grace=soon",
    "MTLSCRLCheck chain hard grace=1h",
    "MTLSCRLCheck chain grace=-1h", "MTLSCRLFile", "MTLSCRLPath", "MTLSRevocationOrder crl",
    "MTLSRevocationOrder crl crl", "MTLSRevocationOrder none"])
def test_words_that_mean_nothing(pki, line):
    done = one_profile(pki, line).check()
    assert not done.ok and line.split()[0] in done.text, done


@pytest.mark.parametrize("line", ["MTLSCRLFile x.crl", "MTLSCRLCheck chain"])
def test_only_in_a_profile(pki, line):
    done = Httpd(pki, line + "\n").check()
    assert not done.ok and "MTLSCRL" in done.text, done


def test_a_profile_checks_with_its_own_anchors(pki):
    """F-14: a list of a CA of another profile is of nobody known."""
    path = files.replace(pki.path("crl-partner.pem"), crls.pem(crls.make(pki.partner_root)))
    assert not one_profile(pki, "MTLSCRLFile " + path).check().ok


def test_a_signer_must_be_able_to_sign(pki):
    """N-34 (f): key usage cRLSign, and a path to an anchor of the profile."""
    if not hasattr(pki, "mallory"):
        issue_people(pki)
    path = files.replace(pki.path("crl-signer.pem"), crls.pem(crls.make(pki.no_signer)))
    done = one_profile(pki, "MTLSCRLFile " + path, "MTLSCRLCheck leaf",
                       "MTLSCRLSignerFile " + pki.no_signer.leaf_file).check()
    assert not done.ok, done


def test_DER_and_PEM_and_several_in_a_file(pki):
    files.replace(pki.path("crl-two.pem"), b"Lists of today\n" + crls.pem(
        crls.make(pki.staff_root), crls.make(pki.staff_ca, [pki.alice])))
    files.replace(pki.path("crl-one.der"), crls.make(pki.staff_ca, [pki.alice]))
    files.replace(pki.path("crl-root.der"), crls.make(pki.staff_root))
    for line in ("@PKI@/crl-two.pem", "@PKI@/crl-one.der @PKI@/crl-root.der"):
        with one_profile(pki, "MTLSCRLFile " + line) as site:
            with h1(site.port, cert=pki.alice, pha=True, version="1.3") as client:
                assert_word(site, Visitor(client, "localhost").ask("/staff"), "revoked")
