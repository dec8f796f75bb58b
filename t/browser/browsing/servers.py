# SPDX-License-Identifier: Apache-2.0
"""The sites that browsers visit: names, certificates, versions of TLS and of HTTP."""
import itertools
import json

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as EKU

from mtlstest import crls, files, sites, stepping
from mtlstest.clock import Clock
from mtlstest.pki import DAY

WWW, CERT = "www.mtls.test", "cert.mtls.test"
WILD, MANY = "wild.mtls.test", "many.mtls.test"
SHARED, SHARED_CERT = "shared.mtls.test", "sharedcert.mtls.test"
PORTAL = "portal.mtls.test"
MANAGED, MANAGED_CERT = "managed.mtls.test", "managedcert.mtls.test"

_numbers = itertools.count(1)


class Mode:
    """Version of TLS, what both hosts speak, and what the browser then does."""

    def __init__(self, tls, protocols, spoken):
        self.tls = tls
        self.protocols = protocols
        self.spoken = spoken

    @property
    def config(self):
        return "SSLProtocol %s\nProtocols %s\n" % (self.tls, self.protocols)


MODES = {
    "tls13-h2": Mode("TLSv1.3", "h2 http/1.1", "h2"),
    "tls13-http1": Mode("TLSv1.3", "http/1.1", "http/1.1"),
    "tls12-h2": Mode("TLSv1.2", "h2 http/1.1", "h2"),
}


def issue(pki):
    """Certificates of the servers: one for each name, and one for both; and more users'.  No two users'
    end on the same day."""
    for days, label in ((60, "ben"), (40, "carl")):
        pki.issue(label, pki.staff_ca, after=pki.now + days * DAY)
    pki.issue("bella", pki.partner_root, after=pki.now + 50 * DAY)
    for label, names in (("www_server", [WWW, WILD, PORTAL, MANAGED]),
                         ("cert_server", [CERT, "*." + CERT, MANY, "*." + MANY, MANAGED_CERT]),
                         ("both_server", [SHARED, SHARED_CERT])):
        pki.issue(label, pki.server_root, cn=label, eku=[EKU.SERVER_AUTH],
                  sans=[x509.DNSName(name) for name in names])


def fresh(path):
    """A path below this one where nobody was before: what ran there is the test's own."""
    return "%s/%d" % (path, next(_numbers))


def runs(site, path, method=None):
    """What ran for a path."""
    return [line for line in site.oracle.lines() if line["path"] == path
            and method in (None, line["method"])]


# A ticket that was not used for so long has ended.
LATER = 15 * 60
# A user takes his time to answer a dialog, and machines to show it: a handshake lasts as long.
PATIENCE = "Timeout 120\n"

WATCHED = """
MTLSReloadInterval 1s
<MTLSTrust watched>
  MTLSCACertificateFile @PKI@/staff_root.leaf.pem
  MTLSIntermediateFile @PKI@/staff_ca.leaf.pem
  MTLSCRLFile @ROOT@/conf/watched.crl
  MTLSCRLCheck leaf
</MTLSTrust>
"""

PAGE = "<!DOCTYPE html><html lang=en><title>A page</title><link rel=icon href=data:,><h1>A page</h1>"

REQUIRE = "MTLSVerifyClient require"
PLACES = "".join([
    sites.location("/staff", REQUIRE, "MTLSAccept staff"),
    sites.location("/board", REQUIRE, "MTLSAccept partner"),
    sites.location("/watched", REQUIRE, "MTLSAccept watched"),
    sites.location("/form", REQUIRE, "MTLSAccept staff", "MTLSStepUp redirect-post"),
    sites.location("/pages", "SetHandler None", "ForceType text/html"),
    sites.location("/logout", "SetHandler mtls-logout"),
])


def with_certificate(certificate, config):
    """The hosts of a piece of configuration, with this certificate."""
    return config.replace("@SERVERCERT@", "SSLCertificateFile %s\nSSLCertificateKeyFile %s"
                          % (certificate.file, certificate.key_file))


def _hosts(pki):
    """Each application's host with the endpoint that it sends browsers to."""
    own, cert, both = pki.www_server, pki.cert_server, pki.both_server

    def app(name, url, lines=""):
        return stepping.app(name, lines, url, places=PLACES)

    def endpoint(name, lines="", port="@PORT@"):
        return stepping.endpoint(name, lines, "staff partner watched", port)

    return "".join([
        with_certificate(own, app(WWW, "https://%s:@PORT@/" % CERT)),
        with_certificate(cert, endpoint(CERT)),
        with_certificate(own, app(WILD, "https://*.%s:@PORT@/" % MANY)),
        # Over HTTP/2 Firefox would ask for each name on the connection of the last, be told 421, open
        # two of its own, and show a dialog for each.
        with_certificate(cert, endpoint(MANY, "Protocols http/1.1\nServerAlias *.%s\n" % MANY)),
        with_certificate(both, app(SHARED, "https://%s:@PORT@/" % SHARED_CERT)),
        with_certificate(both, endpoint(SHARED_CERT)),
        with_certificate(own, app(MANAGED, "https://%s:@PORT@/" % MANAGED_CERT)),
        with_certificate(cert, endpoint(MANAGED_CERT)),
        with_certificate(own, app(PORTAL, "https://%s:@PORT2@/" % PORTAL)),
        with_certificate(own, endpoint(PORTAL, port="@PORT2@")),
    ])


def site(pki, mode):
    """A server with all of them, not started; its .clock is moved by tests."""
    made = stepping.Site(
        pki, PATIENCE + mode.config + stepping.STATUS + WATCHED + sites.TRUST + _hosts(pki), name="browser",
        modules=["http2", "mime", "status"], log_level="info",
        files={"htdocs/pages/page.html": PAGE,
               "conf/watched.crl": crls.pem(crls.make(pki.staff_ca, [])).decode("ascii")})
    made.mode = mode
    made.clock = Clock(made)
    return made


def expire(made, tab):
    """The ticket of this tab's user, which was good until now, has ended."""
    def probe():
        return tab.evaluate("fetch('/staff/probe').then(answer => answer.status)")

    assert probe() == 200
    made.clock.pass_by(LATER)
    assert probe() == 401


def publish(made, pki, *revoked):
    """Another revocation list; return when the server knows it."""
    before = made.reloads()
    files.replace(made.path("conf", "watched.crl"),
                  crls.pem(crls.make(pki.staff_ca, revoked, number=next(_numbers))))
    made.await_reload(before)


def submit(path, text, kind="application/x-www-form-urlencoded"):
    """Script of a page: a form with this text is sent there."""
    return """(() => {
      const form = document.createElement("form"), field = document.createElement("textarea");
      form.method = "post"; form.action = %s; form.enctype = %s;
      field.name = "text"; field.value = %s;
      form.append(field); document.body.append(form); form.submit();
    })()""" % (json.dumps(path), json.dumps(kind), json.dumps(text))


def served(made, tab, path, who, method="GET"):
    """The page came from the handler, which ran once, for the holder of this certificate."""
    assert tab.status() == 200, tab.text()
    ran, = runs(made, path, method)
    assert ran["env"].get("MTLS_SUBJECT") == who.subject, ran["env"]
    assert ran["env"].get("MTLS_PROOF") == "ticket", ran["env"]
    assert "__Host-mtls" not in (ran["cookie"] or ""), ran["cookie"]
    assert tab.json() == ran, "the page is another answer's"
    assert tab.protocol() == made.mode.spoken
    return ran


def refused(made, tab, path, words, status=403):
    """The page tells one of these reasons, and nothing ran there."""
    assert not runs(made, path), "the handler ran: %r" % runs(made, path)
    assert tab.status() == status, tab.text()
    told = tab.evaluate("[...document.querySelectorAll('dd')].map(dd => dd.textContent)")
    words = {words} if isinstance(words, str) else set(words)
    assert words & set(told), "expected %r in %r" % (words, tab.text())
    return tab
