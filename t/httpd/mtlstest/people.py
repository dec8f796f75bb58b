# SPDX-License-Identifier: Apache-2.0
"""People whom sources outside the server know, and the ways to ask about them."""
import contextlib
import os
import tempfile

from cryptography import x509
from cryptography.x509.oid import NameOID

from .clients import h1
from .sites import PROBLEM, assert_refused

# Common names that would be something else, were they ever read as SQL, a format or a template.
HOSTILE = ["x'; DROP TABLE people; --", "' OR '1'='1", "\\' OR 1=1 --", "\\", "\"", "a\"b;c",
           "%s%n%d", "100%", "$1", "$$", "{cn}", "?1", "/* */", "alice' UNION SELECT 'admin",
           "Änne Ümläut 鍵 🔑", "a" * 64]


UPN = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")


def upn(name):
    """Microsoft's user principal name, as an alternative name; up to 123 octets."""
    text = name.encode()
    return x509.OtherName(UPN, bytes([0x0C, len(text)]) + text)


def issue(pki):
    """The certificates, under the staff CA; again when they are there already."""
    if hasattr(pki, "carol"):
        return
    for name in ("carol", "dave", "erin", "frank"):
        pki.issue(name, pki.staff_ca)
    for number, cn in enumerate(HOSTILE):
        pki.issue("hostile%d" % number, pki.staff_ca, cn=cn)
    twice = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "alice"),
                       x509.NameAttribute(NameOID.COMMON_NAME, "carol")])
    pki.issue("two_names", pki.staff_ca, subject=twice)
    pki.issue("no_name", pki.staff_ca,
              subject=x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "nameless")]))
    pki.issue("nul", pki.staff_ca, cn="alice\x00x")


@contextlib.contextmanager
def public_folder():
    """A directory whose files the server may read as whoever it is."""
    with tempfile.TemporaryDirectory(prefix="mtls-people-") as folder:
        os.chmod(folder, 0o755)
        yield folder


class Asking:
    """Requests to a site, each over a connection that proves a certificate in the handshake."""

    def __init__(self, site, pki):
        self.site = site
        self.pki = pki

    def __call__(self, who, path):
        with h1(self.site.port, cert=getattr(self.pki, who)) as client:
            return client.ask(path, headers=[PROBLEM])

    def record(self, who, path):
        """What the handler saw; it must have run."""
        answer = self(who, path)
        assert answer.status == 200, "%s as %s: %r" % (path, who, answer)
        return self.site.oracle.one(answer.case)

    def user(self, who, path):
        """The user, and the set of groups."""
        seen = self.record(who, path)
        assert seen["user"] == seen["env"].get("MTLS_USER")
        assert seen["auth_type"] == "mtls"
        groups = seen["env"].get("MTLS_GROUPS", "")
        return seen["user"], set(groups.split(",")) if groups else set()

    def refused(self, who, path, word):
        """Nothing ran, and this is why; the answer."""
        answer = self(who, path)
        assert_refused(self.site, answer, word, 503 if word == "map-unavailable" else 403)
        return answer


def place(path, *lines):
    """A location that lets in the users its sources give."""
    inner = ["MTLSVerifyClient require", "AuthType mtls"] + list(lines)
    if not any(line.startswith("Require") for line in lines):
        inner.append("Require valid-user")
    return "<Location %s>\n  %s\n</Location>\n" % (path, "\n  ".join(inner))


# The handshake asks everybody, so that one connection is enough for each request.
HOST = "MTLSVerifyClient optional\nMTLSAccept staff\n"


def complaints(site):
    """Lines about sources that are down, loud and quiet ones."""
    lines = [x for x in site.log_tail().splitlines() if "MTLS0030: " in x]
    return [x for x in lines if "[mtls:error]" in x], [x for x in lines if "[mtls:info]" in x]
