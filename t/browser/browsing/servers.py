# SPDX-License-Identifier: Apache-2.0
"""The sites that browsers visit: names, certificates, versions of TLS and of HTTP."""
import itertools

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as EKU

from mtlstest import sites
from mtlstest.pki import DAY

WWW, CERT, OTHER = "www.mtls.test", "cert.mtls.test", "other.test"
CERT_NAMES = [CERT, "*.cert.mtls.test"]

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
    """Certificates of the servers: one for each name, and one for both; and a second user's."""
    pki.issue("ben", pki.staff_ca, after=pki.now + 60 * DAY)
    for label, names in (("www_server", [WWW]), ("cert_server", CERT_NAMES),
                         ("both_server", [WWW] + CERT_NAMES)):
        pki.issue(label, pki.server_root, cn=label, eku=[EKU.SERVER_AUTH],
                  sans=[x509.DNSName(name) for name in names])


def host(name, certificate, *lines, port="@PORT@", aliases=()):
    """A TLS host whose every page is the oracle's."""
    body = "\n".join(["ServerAlias " + alias for alias in aliases] + list(lines))
    return sites.vhost(name, body, port).replace(
        "@SERVERCERT@", "SSLCertificateFile %s\nSSLCertificateKeyFile %s"
        % (certificate.file, certificate.key_file))


def fresh(path):
    """A path below this one where nobody was before: what ran there is the test's own."""
    return "%s/%d" % (path, next(_numbers))


def runs(site, path, method=None):
    """What ran for a path."""
    return [line for line in site.oracle.lines() if line["path"] == path
            and method in (None, line["method"])]
