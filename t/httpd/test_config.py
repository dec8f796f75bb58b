# SPDX-License-Identifier: Apache-2.0
"""Mistakes in the configuration stop the start, are all told at once, and say what would be right.

T-F01 T-F02 T-F03 T-F04 T-F06 T-F07.  T-F05 (CRL files) comes with revocation.
"""
import os

import pytest

from mtlstest.clients import h1
from mtlstest.server import Httpd
from mtlstest.sites import (PARTNER, STAFF, TRUST, assert_ran, assert_refused, location, vhost,
                            PROBLEM)


def httpd(pki, config, **more):
    return Httpd(pki, config, name="config", **more)


def assert_told(server, result, at, *words):
    """One line names file:line of the text `at`, and has every word."""
    place = "%s:%d:" % (server.conf_file, server.line_of(at))
    lines = [x for x in result.text.splitlines() if place in x]
    assert lines, "nothing said about %s (%s) in\n%s" % (place, at, result.text)
    assert any(all(w in x for w in words) for x in lines), "expected %r in\n%s" % (
        words, "\n".join(lines))


def assert_fault(pki, config, at, *words):
    server = httpd(pki, config)
    result = server.check()
    assert not result.ok, "accepted:\n%s" % config
    assert_told(server, result, at, *words)
    return server, result


def profile(*lines):
    return "<MTLSTrust one>\n  %s\n</MTLSTrust>\n" % "\n  ".join(lines)


def require(*lines):
    return vhost("localhost", location("/staff", "MTLSVerifyClient require", *lines))


def test_right_configuration_is_silent(pki):
    result = httpd(pki, TRUST + vhost("localhost", STAFF + PARTNER)).check()
    assert result.ok, result
    assert "MTLS" not in result.text


# T-F01: each state of a trust file

def bad_files(pki):
    ca = pki.staff_root.pem
    begin, end = b"-----BEGIN CERTIFICATE-----\n", b"-----END CERTIFICATE-----\n"
    return {
        "missing": None,
        "empty": b"",
        "no-begin": b"hello\nworld\n",
        "comments": b"# one\n# two\n",
        "garbage-der": b"\x30\x82\x01\x00" + b"\x00" * 40,
        "key-only": open(pki.alice.key_file, "rb").read(),
        "key-after": ca + open(pki.alice.key_file, "rb").read(),
        "key-before": open(pki.alice.key_file, "rb").read() + ca,
        "garbage-block": ca + begin + b"AAAA\n" + end + pki.partner_root.pem,
        "not-base64": ca + begin + b"?!*\n" + end,
        "truncated": ca + pki.partner_root.pem[:200],
        "no-end": ca.replace(b"-----END CERTIFICATE-----", b""),
        "der-trailing": pki.staff_root.der + b"x",
        "der-truncated": pki.staff_root.der[:-10],
        "leaf": pki.alice.pem,
        "ca-and-leaf": ca + pki.alice.pem,
    }


BAD = ["missing", "empty", "no-begin", "comments", "garbage-der", "key-only", "key-after",
       "key-before", "garbage-block", "not-base64", "truncated", "no-end", "der-trailing",
       "der-truncated", "leaf", "ca-and-leaf"]


@pytest.mark.parametrize("state", BAD)
@pytest.mark.parametrize("directive", ["MTLSCACertificateFile", "MTLSIntermediateFile"])
def test_T_F01_state_of_a_file(pki, state, directive):
    if directive == "MTLSIntermediateFile" and state in ("leaf", "ca-and-leaf"):
        pytest.skip("an intermediates file is not a list of anchors")
    content = bad_files(pki)[state]
    path = pki.path("bad-%s.pem" % state)
    if content is not None:
        pki.write("bad-%s.pem" % state, content)
    also = [] if directive == "MTLSCACertificateFile" else [
        "MTLSCACertificateFile @PKI@/partner_root.leaf.pem"]
    config = profile("%s %s" % (directive, path), *also) + require("MTLSAccept one")
    assert_fault(pki, config, path, directive, path)


@pytest.mark.parametrize("state", BAD)
def test_T_F01_real_start_is_refused(pki, state):
    """What -t finds also stops the server itself; there is no fallback to other CAs."""
    if state != "missing":
        pki.write("bad-%s.pem" % state, bad_files(pki)[state])
    config = profile("MTLSCACertificateFile " + pki.path("bad-%s.pem" % state)) + vhost(
        "localhost", "SSLCACertificateFile @PKI@/partner_root.leaf.pem\n" + location(
            "/staff", "MTLSVerifyClient require", "MTLSAccept one"))
    with pytest.raises(AssertionError, match="did not start"):
        httpd(pki, config).start()


@pytest.mark.parametrize("state", ["crlf", "bag-text", "der", "two", "twice"])
def test_T_F01_good_files(pki, state):
    ca = pki.staff_root.pem
    content = {"crlf": ca.replace(b"\n", b"\r\n"), "der": pki.staff_root.der,
               "bag-text": b"subject=/CN=x\nissuer=/CN=y\n\n" + ca,
               "two": ca + pki.partner_root.pem, "twice": ca + ca}[state]
    path = pki.write("good-%s.pem" % state, content)
    config = profile("MTLSCACertificateFile " + path) + require("MTLSAccept one")
    if state == "bag-text":  # refused or read, but never half
        httpd(pki, config).check()
        return
    with httpd(pki, config) as server:
        with h1(server.port, version="1.2", cert=pki.alice) as client:
            assert_ran(server, client.ask("/staff"), pki.alice)


@pytest.mark.parametrize("make,word", [
    (lambda pki, s: os.mkdir(s.path("thing")), "directory"),
    (lambda pki, s: os.mkfifo(s.path("thing")), "regular file"),
    (lambda pki, s: os.symlink(s.path("thing"), s.path("thing")), "cannot read"),
    (lambda pki, s: (s.write("thing", pki.staff_root.pem.decode()),
                     os.chmod(s.path("thing"), 0o666)), "writable by everyone"),
    (lambda pki, s: (s.write("thing", pki.staff_root.pem.decode()), os.chmod(s.path("thing"), 0)),
     "cannot read")])
def test_T_F01_kind_of_file(pki, make, word):
    server = httpd(pki, profile("MTLSCACertificateFile @ROOT@/thing") + require("MTLSAccept one"))
    make(pki, server)
    result = server.check()
    if os.geteuid() == 0 and os.path.isfile(server.path("thing")) and word == "cannot read":
        pytest.skip("root reads everything")
    assert not result.ok
    assert_told(server, result, "MTLSCACertificateFile", "MTLSCACertificateFile", word)


@pytest.mark.parametrize("make,word", [
    (lambda s: None, "cannot read"),
    (lambda s: os.mkdir(s.path("cas")), "no certificate file"),
    (lambda s: s.write("cas", "x"), "not a directory"),
    (lambda s: s.write("cas/.hidden.pem", "x"), "no certificate file"),
    (lambda s: s.write("cas/readme.txt", "x"), "no certificate file"),
    (lambda s: s.write("cas/bad.pem", "x"), "bad.pem")])
def test_T_F01_directory(pki, make, word):
    server = httpd(pki, profile("MTLSCACertificatePath @ROOT@/cas") + require("MTLSAccept one"))
    make(server)
    result = server.check()
    assert not result.ok
    assert_told(server, result, "MTLSCACertificatePath", "MTLSCACertificatePath", word)


# T-F02 T-F03: never "no policy"

def test_T_F02_bad_profile_of_one_host_stops_all(pki):
    config = (TRUST + "<MTLSTrust broken>\n MTLSCACertificateFile @PKI@/nowhere.pem\n</MTLSTrust>\n"
              + vhost("a.example.test", STAFF)
              + vhost("b.example.test", location("/", "MTLSVerifyClient require",
                                                 "MTLSAccept broken")))
    with pytest.raises(AssertionError, match="nowhere.pem"):
        httpd(pki, config).start()


@pytest.mark.parametrize("mode", ["optional", "require"])
@pytest.mark.parametrize("more", ["", "SSLCACertificateFile @PKI@/staff_root.leaf.pem\n"])
def test_T_F03_asking_with_no_profile(pki, mode, more):
    assert_fault(pki, TRUST + vhost("localhost", more + location("/staff",
                                                                 "MTLSVerifyClient " + mode)),
                 "MTLSVerifyClient", "MTLSVerifyClient", "MTLSAccept")
    assert_fault(pki, TRUST + vhost("localhost", more + "MTLSVerifyClient " + mode),
                 "MTLSVerifyClient", "MTLSVerifyClient", "MTLSAccept")


def test_profile_may_come_from_around(pki):
    assert httpd(pki, TRUST + vhost("localhost", "MTLSAccept staff\n" + location(
        "/x", "MTLSVerifyClient require"))).check().ok
    assert httpd(pki, TRUST + "MTLSAccept staff\n" + vhost("localhost", location(
        "/x", "MTLSVerifyClient require"))).check().ok


def test_unknown_profile(pki):
    assert_fault(pki, TRUST + require("MTLSAccept staf"), "MTLSAccept", "MTLSAccept", "'staf'",
                 "staff", "partner")
    assert_fault(pki, require("MTLSAccept staf"), "MTLSAccept", "'staf'")
    assert_fault(pki, TRUST + vhost("localhost", STAFF + location("/y", "Require mtls-trust stuff")),
                 "Require mtls-trust", "'stuff'", "staff")


def test_profile_that_trusts_nobody(pki):
    assert_fault(pki, "<MTLSTrust empty>\n</MTLSTrust>\n" + require("MTLSAccept empty"),
                 "<MTLSTrust empty>", "empty", "MTLSCACertificateFile")


def test_profile_named_twice(pki):
    text = TRUST + "<MTLSTrust staff> # again\n MTLSPin sha256:%s\n</MTLSTrust>\n" % ("AB" * 32)
    server = httpd(pki, text.replace(" # again", "") + require("MTLSAccept staff"))
    result = server.check()
    assert not result.ok
    assert "there is one of that name" in result.text


@pytest.mark.parametrize("place", ["host", "location"])
@pytest.mark.parametrize("theirs", ["optional", "require", "optional_no_ca"])
@pytest.mark.parametrize("ours", ["optional", "require"])
def test_both_ask_in_one_place(pki, place, theirs, ours):
    lines = ["SSLVerifyClient " + theirs, "MTLSVerifyClient " + ours, "MTLSAccept staff"]
    body = "\n".join(lines) + "\n" if place == "host" else location("/x", *lines)
    body = "SSLCACertificateFile @PKI@/staff_root.leaf.pem\n" + body
    assert_fault(pki, TRUST + vhost("localhost", body), "MTLSVerifyClient", "SSLVerifyClient",
                 "MTLSVerifyClient")


@pytest.mark.parametrize("line,words", [
    ("MTLSVerifyClient maybe", ["'maybe'", "none", "optional", "require"]),
    ("MTLSVerifyClient", ["1 argument"]),
    ("MTLSStepUp pka", ["'pka'", "post-handshake", "renegotiate", "off"]),
    ("MTLSStepUp off renegotiate", ["off"]),
    ("MTLSStepUpTimeout soon", ["'soon'"]),
    ("MTLSStepUpTimeout 0", []),
    ("MTLSStepUpLimit waiters=0", []),
    ("MTLSStepUpLimit people=3", ["'people=3'", "waiters=N", "attempts=N"]),
    ("MTLSBodyBuffer lots", ["'lots'"]),
    ("MTLSChainLimit 1", []),
    ("MTLSAskInHandshake sometimes", ["'sometimes'", "always", "unless-pha", "never"]),
    ("MTLSExport everything", ["'everything'", "standard"]),
    ("MTLSAccept st/aff", ["st/aff"]),
])
def test_bad_value_on_a_host(pki, line, words):
    name = line.split()[0]
    assert_fault(pki, TRUST + vhost("localhost", "  " + line), "  " + line, name, *words)


@pytest.mark.parametrize("line,words", [
    ("MTLSPin sha256:12", ["sha256:12", "64 hex"]),
    ("MTLSPin md5:%s" % ("0" * 32), ["md5"]),
    ("MTLSVerifyDepth many", ["'many'"]),
    ("MTLSExtendedKeyUsage 1.2.three", ["1.2.three"]),
    ("MTLSMinDigest md5", ["'md5'", "sha256"]),
    ("MTLSMinKeySize dsa=1024", ["dsa=1024"]),
    ("MTLSMaxLifetime eternal", ["'eternal'"]),
    ("MTLSCANames some", ["'some'"]),
    ("MTLSPartialChain perhaps", ["'perhaps'", "on", "off"]),
    ("MTLSPinFile @PKI@/alice.key", ["MTLSPinFile"]),
    ("MTLSCANames file @PKI@/nowhere.pem", ["nowhere.pem"])])
def test_bad_value_in_a_profile(pki, line, words):
    config = profile("MTLSCACertificateFile @PKI@/staff_root.leaf.pem", line)
    assert_fault(pki, config + require("MTLSAccept one"), line.split()[0], line.split()[0],
                 *words)


def test_all_faults_in_one_run(pki):
    """Nine mistakes of different kinds, each told at its place."""
    config = (
        "<MTLSTrust one>\n  MTLSCACertificateFile @PKI@/nowhere-1.pem\n"
        "  MTLSCACertificateFile @PKI@/nowhere-2.pem\n  MTLSMinDigest md5\n"
        "  MTLSCANames file @PKI@/nowhere-3.pem\n</MTLSTrust>\n"
        "<MTLSTrust two>\n  MTLSCACertificateFile @PKI@/alice.leaf.pem\n</MTLSTrust>\n"
        + vhost("a.example.test", "MTLSStepUp pka\n" + location(
            "/x", "MTLSVerifyClient require", "MTLSAccept three"))
        + vhost("b.example.test", location("/y", "MTLSVerifyClient optional")
                + location("/z", "Require mtls-trust four")))
    server = httpd(pki, config)
    result = server.check()
    assert not result.ok
    for at, words in [("nowhere-1.pem", ["MTLSCACertificateFile"]),
                      ("nowhere-2.pem", ["MTLSCACertificateFile"]),
                      ("nowhere-3.pem", ["MTLSCANames"]), ("MTLSMinDigest", ["'md5'"]),
                      ("alice.leaf.pem", ["CA"]), ("MTLSStepUp", ["'pka'"]),
                      ("MTLSAccept three", ["'three'"]),
                      ("MTLSVerifyClient optional", ["MTLSAccept"]),
                      ("mtls-trust four", ["'four'"])]:
        assert_told(server, result, at, *words)


@pytest.mark.parametrize("config", [
    vhost("localhost", location("/x", "<MTLSTrust a>", "</MTLSTrust>")),
    vhost("localhost", location("/x", "MTLSAskInHandshake always")),
    vhost("localhost", location("/x", "MTLSStepUpLimit waiters=2")),
    vhost("localhost", location("/x", "MTLSChainLimit 4K")),
    vhost("localhost", "MTLSVerdictMemo 100"),
    "MTLSCACertificateFile @PKI@/staff_root.pem\n",
    "<MTLSTrust a>\n MTLSVerifyClient require\n</MTLSTrust>\n",
    "<MTLSTrust a b>\n MTLSPin sha256:00\n</MTLSTrust>\n",
    "<MTLSTrust>\n</MTLSTrust>\n",
    "<MTLSTrust a>\n"])
def test_wrong_place(pki, config):
    result = httpd(pki, config).check()
    assert not result.ok
    assert "MTLS" in result.text


def test_htaccess_may_not_set_trust(pki):
    config = ("<Directory @ROOT@/htdocs>\nAllowOverride All\n</Directory>\n" + TRUST + """
<VirtualHost *:@PORT@>
  SSLEngine on
  @SERVERCERT@
  <Location /sub>
    MTLSVerifyClient require
    MTLSAccept staff
  </Location>
</VirtualHost>
""")
    for line in ("MTLSVerifyClient none", "MTLSAccept partner"):
        with httpd(pki, config) as server:
            server.write("htdocs/other/page.txt", "secret")
            server.write("htdocs/other/.htaccess", line + "\n")
            with h1(server.port) as client:
                answer = client.ask("/other/page.txt")
                assert answer.status == 500 and b"secret" not in answer.body


# T-F04 is in test_profiles.py: the effect of both values of every switch.

def test_dump_shows_what_was_understood(pki):
    """Profiles, and each section with what its host adds; nothing of hosts we do not look after."""
    server = httpd(pki, TRUST + "MTLSStepUpTimeout 2m\n" + vhost("localhost", location(
        "/staff", "MTLSVerifyClient require", "MTLSAccept staff partner"))
        + vhost("plain.example.test", "MTLSVerifyClient none\n"))
    result = server.check("-D", "DUMP_MTLS")
    assert result.ok, result
    lines = result.text.splitlines()
    at = lines.index("    <Location /staff> (%s:%d)" % (
        server.conf_file, server.line_of("<Location /staff>")))
    assert lines[at + 1:at + 4] == ["        MTLSVerifyClient require",
                                    "        MTLSAccept staff partner",
                                    "        MTLSStepUpTimeout 2m"], result
    assert any(line.startswith("trust profile staff: 1 CAs, ") for line in lines), result
    assert "plain.example.test" not in result.text
    assert "DUMP" not in server.check().text and "trust profile" not in server.check().text


def test_T_F06_counts_of_what_was_loaded(pki):
    server = httpd(pki, profile("MTLSCACertificatePath @ROOT@/cas",
                                "MTLSCACertificateFile @PKI@/third_root.leaf.pem")
                   + require("MTLSAccept one"))
    server.write("cas/several.pem", (pki.staff_root.pem + pki.partner_root.pem).decode())
    server.write("cas/again.crt", pki.staff_root.pem.decode())
    server.write("cas/.dot.pem", pki.foreign_root.pem.decode())
    server.write("cas/notes.txt", "not a certificate")
    os.symlink("several.pem", server.path("cas", "12345678.0"))
    os.symlink("loop.pem", server.path("cas", "loop.pem"))
    with server:
        line = [x for x in server.log().splitlines() if "trust profile one" in x]
        assert line and "3 CAs" in line[-1], line
        for label, good in (("alice", True), ("bob", True), ("third", True), ("foreign", False)):
            cert = getattr(pki, label)
            with h1(server.port, version="1.2", cert=cert) as client:
                answer = client.ask("/staff", headers=[PROBLEM])
                if good:
                    assert_ran(server, answer, cert)
                else:
                    assert_refused(server, answer, "untrusted-issuer")


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("modules", [["http2", "md", "proxy", "proxy_http"],
                                     ["proxy", "proxy_http", "md", "http2"],
                                     ["headers", "setenvif", "md"], []])
def test_T_F07_load_order(pki, last, modules):
    config = TRUST + vhost("localhost", STAFF + PARTNER)
    with httpd(pki, config, modules=modules, mtls_last=last) as server:
        for way in (dict(version="1.2"), dict(version="1.3", pha=True)):
            with h1(server.port, cert=pki.alice, **way) as client:
                assert_ran(server, client.ask("/open"))
                assert_ran(server, client.ask("/staff"), pki.alice)
                assert_refused(server, client.ask("/partner", headers=[PROBLEM]),
                               "untrusted-issuer")


def test_without_mod_ssl(pki):
    config = TRUST + "<VirtualHost *:@PLAIN@>\n" + STAFF + "</VirtualHost>\n"
    server = httpd(pki, config)
    original = server._base
    server._base = lambda: "\n".join(
        x for x in original().splitlines()
        if "mod_ssl.so" not in x and not x.startswith("SSL"))
    result = server.check()
    assert not result.ok
    assert "mod_ssl" in result.text and "LoadModule ssl_module" in result.text
