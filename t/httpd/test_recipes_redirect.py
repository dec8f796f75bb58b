# SPDX-License-Identifier: Apache-2.0
"""conf.d/recipes/ of step-up by redirect, walked as browsers do.

Prevents: a recipe that sends browsers where nobody asks them, or not back.
"""
import os

import pytest
from cryptography import x509

from mtlstest import stepping
from mtlstest.clients import h1
from mtlstest.files import replace
from mtlstest.roundtrip import Browser
from mtlstest.server import Httpd
from mtlstest.sites import assert_ran
from mtlstest.stepping import (CERT, TICKET, WWW, assert_none_ran, assert_sent, assert_served,
                               assert_stopped, visit)
from test_recipes import CONF, include

NAME, PORT = "step-up-second-name.conf", "step-up-second-port.conf"
ORACLE = "<Location />\n  SetHandler oracle\n</Location>\n"
# The ports of a recipe are those of the Internet; the test's are what it was given.
PORTS = {"*:443": "*:@PORT@", "https://${MTLS_CERT_NAME}/": "https://${MTLS_CERT_NAME}:@PORT@/",
         "*:8443": "*:@PORT2@", "https://${MTLS_NAME}:8443/": "https://${MTLS_NAME}:@PORT2@/"}
# On HTTP/1.1 and TLS 1.2 browsers renegotiate, and are asked on the connection.
PROTOCOLS = pytest.mark.parametrize("protocol,version", [("h2", "1.3"), ("h1", "1.3"), ("h2", "1.2")])


def with_key(pki, name):
    """A server's certificate for one name, and its key, in a file."""
    label = "recipe." + name
    if not hasattr(pki, label):
        pki.issue(label, pki.server_root, cn=name, eku=(), sans=[x509.DNSName(name)])
    cert = getattr(pki, label)
    with open(cert.file, "rb") as certs, open(cert.key_file, "rb") as key:
        return replace(pki.path(label + ".both.pem"), certs.read() + key.read())


def definitions(pki, name):
    said = {"STAFF_CA": pki.staff_root.file, "NAME": WWW, "PEM": with_key(pki, WWW)}
    if name == NAME:
        said.update(CERT_NAME=CERT, CERT_PEM=with_key(pki, CERT))
    return said


def recipe(pki, name, lacks=None):
    """A server's configuration with a recipe, and what is to be said before it."""
    defined = "".join('Define MTLS_%s "%s"\n' % pair for pair in definitions(pki, name).items()
                      if pair[0] != lacks)
    with open(os.path.join(CONF, "recipes", name), encoding="utf-8") as f:
        text = f.read()
    count = 0
    for said, meant in PORTS.items():
        count += text.count(said)
        text = text.replace(said, meant)
    assert count == 3, "hosts and address of %s" % name
    return include("mtls.conf") + defined + ORACLE + text


def site_of(pki, name):
    return stepping.Site(pki, recipe(pki, name), name="recipe",
                         modules=["http2", "socache_shmcb", "reqtimeout"])


@pytest.fixture(scope="module", params=[NAME, PORT])
def site(request, pki):
    with site_of(pki, request.param) as running:
        running.cert = CERT if request.param == NAME else WWW
        running.cert_port = running.port if request.param == NAME else running.port2
        yield running


@pytest.fixture
def alice(pki):
    return stepping.person(pki)


@PROTOCOLS
def test_in_and_out(site, alice, protocol, version):
    """To the page, logged out, and in again; the rest of the site is open to everybody."""
    with site.browser(alice, site.cert, protocol=protocol, version=version) as browser:
        assert browser.open(site.url("/")).status == 200
        hop = browser.open(site.url("/staff/page?x=1"))
        assert_sent(site, hop, site.cert, site.cert_port)
        hops = browser.walk(hop)
        assert [(h.url.host, h.url.port) for h in hops] == [
            (WWW, site.port), (site.cert, site.cert_port), (WWW, site.port), (WWW, site.port)]
        assert_served(site, hops[-1], alice)
        assert "button" in browser.open(site.url("/logout")).text
        hop = browser.post(site.url("/logout"), b"")
        assert hop.status == 200 and browser.jar.value(WWW, TICKET) is None
        assert_sent(site, browser.open(site.url("/staff/page")), site.cert, site.cert_port)
        visit(site, browser, "/staff/again", alice)


def test_nobody_without(site, pki):
    for cert, word in ((None, "no-certificate"), (pki.foreign, "untrusted-issuer"),
                       (pki.expired, "expired")):
        with site.browser(cert, site.cert) as browser:
            hops = browser.go(site.url("/staff/"))
            assert_none_ran(site, *hops)
            assert_stopped(site, hops[-1], word)
            assert hops[-1].url.port == site.cert_port


def test_as_its_head_says(site):
    with Browser(program=True) as program:
        hop = program.open(site.url("/staff/"))
        assert hop.status == 302 and (hop.to.host, hop.to.port) == (site.cert, site.cert_port)
        assert "Log out" in program.open(site.url("/logout")).text


def test_programs_of_the_other_ways_are_not_sent(site, alice):
    """Who can be asked on the connection, is."""
    for way in (dict(version="1.3", pha=True), dict(version="1.2")):
        with h1(site.port, sni=WWW, cert=alice, **way) as client:
            assert_ran(site, client.ask("/staff/", host="%s:%d" % (WWW, site.port)), alice)


@pytest.mark.parametrize("name", [NAME, PORT])
def test_no_warning(pki, name):
    """Nothing to be said against it, at the start or by -t."""
    with site_of(pki, name) as running:
        assert "MTLS0002" not in running.log()


@pytest.mark.parametrize("name,lacks", [(NAME, "STAFF_CA"), (NAME, "CERT_NAME"), (PORT, "NAME")])
def test_without_a_definition(pki, name, lacks):
    result = Httpd(pki, recipe(pki, name, lacks), name="recipe",
                   modules=["http2", "socache_shmcb", "reqtimeout"]).check()
    directive = "MTLSCACertificateFile" if lacks == "STAFF_CA" else "MTLSStepUpURL"
    assert not result.ok and directive in result.text, result
