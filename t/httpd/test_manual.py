# SPDX-License-Identifier: Apache-2.0
"""What the manual and the README show as configuration is configuration that httpd takes.

Prevents: an example that an administrator pastes and that does not start, because a directive was
renamed, never existed, or belongs elsewhere.  Every block that holds a directive is tried, each in
the place it is written for: a whole server, a host, a <MTLSTrust>, or a section.
"""
import os
import re
import shlex
import subprocess

import pytest

from mtlstest import dbm
from mtlstest.clients import CURL, h1
from mtlstest.server import BUILD, Httpd
from mtlstest.lists import crl, crl_signer
from mtlstest.sites import PROBLEM, assert_ran, assert_refused

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIELDS = ("Description:", "Syntax:")
CONFIGURATION = re.compile(
    r"^(</?[A-Z][A-Za-z]+[ >]|MTLS[A-Z]|LoadModule |LogFormat |LogLevel |RequestHeader |Require "
    r"|ErrorDocument |Listen )")
PROFILE_ONLY = re.compile(
    r"^MTLS(CACertificate|Intermediate|Pin|PartialChain|VerifyDepth|ExtendedKeyUsage|"
    r"CertificatePolicy|MinKeySize|MinDigest|MaxLifetime|CANames|CRL|OCSP|FetchHosts|"
    r"RevocationOrder)")
MODULES = ["headers", "cgi", "auth_basic", "authn_file", "dbd", "authz_groupfile", "ldap",
           "authnz_ldap", "authz_host", "status", "socache_shmcb", "socache_redis", "reqtimeout"]
STATE = "conf/state"  # for the state directory of an example
GLOBAL_ONLY = re.compile(
    r"^MTLS(Cache|StateDirectory|FetchProxy|FetchCACertificateFile|TextFile|TicketKeyFile|"
    r"TicketRevokedFile)")
EXPECTED_AT_LEAST = {"docs/manual.md": 25, "docs/howto-mapping.md": 2, "docs/howto-revocation.md": 4,
                     "docs/howto-step-up.md": 8, "README": 1}
# Ports of the Internet, and those that a test has.
PORTS = [("*:443>", "*:@PORT@>"), ("*:8443>", "*:@PORT2@>"), ("example.org:8443/", "example.org:@PORT2@/"),
         ("cert.example.org/", "cert.example.org:@PORT@/")]
TEXTS = '{"reasons": {"expired": {"title": "Expired.", "advice": "Ask for another."}}}'


def blocks(name):
    """(line number, text) of each indented block in which a configuration stands."""
    with open(os.path.join(TOP, name), encoding="utf-8") as f:
        lines = f.read().split("\n")
    found, at = [], None
    for number, line in enumerate(lines + ["."], 1):
        if line.startswith("    ") or (at is not None and not line.strip()):
            at = number if at is None else at
        elif at is not None:
            found.append((at, lines[at - 1:number - 1]))
            at = None
    for at, part in found:
        text = [x[4:] for x in part]
        if not text[0].startswith(FIELDS) and CONFIGURATION.match(text[0].strip()):
            yield at, "\n".join(text)


EXAMPLES = [(name, at, text) for name in EXPECTED_AT_LEAST for at, text in blocks(name)]


def files_named(text):
    """Relative files an example speaks of; paths on the command line of other programs are not."""
    return sorted(set(re.findall(r"\bconf/[\w./-]+", text)))


def prepare(server, pki, text):
    """The files the example names, where it looks for them."""
    os.makedirs(server.path(STATE), mode=0o700, exist_ok=True)
    for name in files_named(text):
        if name == STATE:
            continue
        if name == "conf/crl":
            server.write("conf/crl/staff.crl", crl(pki.staff_root))
        elif name == "conf/crl/indirect.crl":
            server.write(name, crl(crl_signer(pki)))
        elif name == "conf/crl/issuing.crl":
            server.write(name, crl(pki.staff_ca))
        elif name.endswith(".crl"):
            server.write(name, crl(pki.staff_root))
        elif name.endswith("crl-signer.pem"):
            server.write(name, crl_signer(pki).pem.decode())
        elif name.endswith(".key"):
            os.chmod(server.write(name, os.urandom(32).hex() + "\n"), 0o640)
        elif name.endswith(".pins"):
            server.write(name, "sha256:%s\n" % pki.device1.sha256)
        elif "issuing" in name:
            server.write(name, pki.staff_ca.pem.decode())
        elif name.endswith(".map"):
            server.write(name, "when cn is alice then user alice groups ops\n")
        elif name.endswith(".gdbm"):
            dbm.write("gdbm", server.path(name), {"0011ab": "user alice groups ops"})
        elif name.endswith(".revoked"):
            server.write(name, "")
        elif name.endswith((".users", "/groups")):
            server.write(name, "nobody:*\n")
        elif name.endswith(".json"):
            server.write(name, TEXTS)
        else:
            server.write(name, pki.staff_root.pem.decode())


def profiles_wanted(text):
    """Definitions of the profiles an example uses and does not show."""
    names = set()
    for line in re.findall(r"^\s*(?:MTLSAccept|Require mtls-trust)\s+(.*)$", text, re.M):
        names |= set(line.split())
    names -= set(re.findall(r"<MTLSTrust (\S+)>", text))
    return "".join("<MTLSTrust %s>\nMTLSCACertificateFile @PKI@/staff_root.leaf.pem\n</MTLSTrust>\n"
                   % name for name in sorted(names))


def configuration(text, pki):
    """The example in a skeleton that brings what it takes for granted, and nothing else."""
    text = re.sub(r"^LoadModule mtls_module .*$", "", text, flags=re.M)  # loaded already
    text = text.replace("spki-sha256:2f1c...", "spki-sha256:" + pki.bob.spki_sha256.lower())
    if "<VirtualHost " in text:
        text = re.sub(r"^Listen .*$", "", text, flags=re.M)  # so does the test's server
        for said, meant in PORTS:
            text = text.replace(said, meant)
        return profiles_wanted(text) + re.sub(r"^(<VirtualHost .*>)$",
                                              r"\1\nSSLEngine on\n@SERVERCERT@", text, flags=re.M)
    text = text.replace("/var/lib/apache2/mtls", STATE)
    if GLOBAL_ONLY.match(text):
        return text
    if text.startswith("MTLSCRLCheck"):
        text += "\nMTLSCRLFile conf/crl/staff.crl"
    if PROFILE_ONLY.match(text):
        return ("<MTLSTrust example>\nMTLSCACertificateFile @PKI@/staff_root.leaf.pem\n%s\n"
                "</MTLSTrust>\n" % text)
    if text.startswith("<MTLSTrust"):
        return text
    if re.search(r"^Require ", text, re.M) and not text.startswith("<"):
        lines = text.split("\n")
        inner = "\n".join(x for x in lines if x.startswith("Require "))
        outer = "\n".join(x for x in lines if not x.startswith("Require "))
        text = "%s\n<Location /example>\n%s\n</Location>" % (outer, inner)
    if re.search(r"^\s*MTLSStepUp .*redirect", text, re.M):
        text = "ServerName www.example.org\nMTLSStepUpURL https://cert.example.org/ external\n" + text
    return (profiles_wanted(text) + "<VirtualHost *:@PORT@>\nSSLEngine on\n@SERVERCERT@\n%s\n"
            "</VirtualHost>\n" % text)


def test_examples_were_found():
    for name, least in EXPECTED_AT_LEAST.items():
        count = len([x for x in EXAMPLES if x[0] == name])
        assert count >= least, "%s: %d examples found" % (name, count)


@pytest.mark.parametrize("name,at,text", EXAMPLES, ids=["%s:%d" % x[:2] for x in EXAMPLES])
def test_example_is_taken(pki, name, at, text):
    server = Httpd(pki, configuration(text, pki), modules=MODULES, name="manual")
    prepare(server, pki, configuration(text, pki))
    result = server.check()
    assert result.ok, "%s:%d\n%s\n%r" % (name, at, text, result)


def test_a_mistake_in_an_example_is_noticed(pki):
    """The skeleton does not swallow what it is there to find."""
    for name, at, text in EXAMPLES:
        if "MTLSAccept" not in text:
            continue
        server = Httpd(pki, configuration(text.replace("MTLSAccept", "MTLSAcept", 1), pki),
                       modules=["headers"], name="manual")
        prepare(server, pki, text)
        assert not server.check().ok, "%s:%d" % (name, at)


def ten_lines(name):
    """The one example that is a whole configuration."""
    found = [text for n, _at, text in EXAMPLES if n == name and text.startswith("LoadModule")]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("name", ["docs/manual.md", "README"])
def test_ten_lines_as_they_are(pki, name):
    """Pasted word for word, but for the port and the lines of mod_ssl they leave out."""
    text = re.sub(r"^ *# .*SSLEngine on, certificate and key as usual.*$",
                  "SSLEngine on\n@SERVERCERT@", ten_lines(name), flags=re.M)
    assert "@SERVERCERT@" in text
    server = Httpd(pki, "SetHandler oracle\n" + text.replace("*:443", "*:@PORT@"), mtls=False,
                   name="ten")
    os.mkdir(server.path("modules"))
    os.symlink(BUILD + "/.libs/mod_mtls.so", server.path("modules", "mod_mtls.so"))
    prepare(server, pki, text)
    with server:
        for way in (dict(version="1.2"), dict(version="1.3", pha=True)):
            with h1(server.port, **way) as client:
                assert_ran(server, client.ask("/"))
                assert_refused(server, client.ask("/staff", headers=[PROBLEM]), "declined")
            with h1(server.port, cert=pki.alice, **way) as client:
                assert_ran(server, client.ask("/staff"), pki.alice)


def test_the_question_of_an_administrator(pki):
    """SetHandler mtls-explain as in the manual, and its line of curl word for word."""
    place = [text for _n, _at, text in EXAMPLES if "SetHandler mtls-explain" in text]
    with open(os.path.join(TOP, "docs/manual.md"), encoding="utf-8") as f:
        command = re.findall(r"^ {4}(curl .*/mtls-explain)$", f.read(), re.M)
    assert (len(place), len(command)) == (1, 1)
    team = place[0].replace("/mtls-explain", "/team").replace("SetHandler mtls-explain", "")
    server = Httpd(pki, configuration(place[0] + "\n" + team, pki), name="explain", files={
        "conf/staff.map": 'when cn is alice then user alice groups admins\n'
                          'when cn is carol then deny "Not today."\n'})
    carol = pki.issue("manual_carol", pki.staff_ca, cn="carol")
    with open(server.path("admin.pem"), "wb") as f, open(pki.alice.key_file, "rb") as key:
        f.write(b"".join(c.pem for c in pki.alice.chain()) + key.read())
    with open(server.path("carol.crt"), "wb") as f:
        f.write(b"".join(c.pem for c in carol.chain()))
    with server:
        words = [w.replace("www.example.org", "localhost:%d" % server.port)
                 for w in shlex.split(command[0])]
        run = [CURL, "-sSk"] + words[1:]
        text = subprocess.run(run, cwd=server.root, timeout=30, capture_output=True,
                              check=True).stdout
        assert b"denied-by-rule" in text and b"staff.map:2" in text and b"403" in text
        text = subprocess.run(run + ["-H", "Accept: application/json"], cwd=server.root, timeout=30,
                              capture_output=True, check=True).stdout
        assert b'"reason":"denied-by-rule"' in text.replace(b": ", b":")
        with h1(server.port, cert=carol, version="1.2") as client:
            assert_refused(server, client.ask("/mtls-explain", headers=[PROBLEM]), "denied-by-rule")
