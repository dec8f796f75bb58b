# SPDX-License-Identifier: Apache-2.0
"""A throw-away PKI, made anew for each test session."""
import datetime
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import (AuthorityInformationAccessOID, ExtendedKeyUsageOID as EKU,
                                   NameOID)

DAY = datetime.timedelta(days=1)

SERVER_NAMES = ["localhost", "*.example.test", "example.test", "*.wild.test", "xn--bcher-kva.test"]


def _name(cn, **more):
    parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
             x509.NameAttribute(NameOID.ORGANIZATION_NAME, more.get("org", "mod_mtls tests")),
             x509.NameAttribute(NameOID.COMMON_NAME, cn)]
    return x509.Name(parts)


def _list(value):
    """A single value as a list; nothing as an empty one."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def _revocation(ocsp_urls, crl_urls):
    """Extensions that say where revocation can be asked for."""
    found = []
    if ocsp_urls:
        found.append(x509.AuthorityInformationAccess([
            x509.AccessDescription(AuthorityInformationAccessOID.OCSP,
                                   x509.UniformResourceIdentifier(url)) for url in ocsp_urls]))
    if crl_urls:
        found.append(x509.CRLDistributionPoints([
            x509.DistributionPoint([x509.UniformResourceIdentifier(u) for u in _list(urls)],
                                   None, None, None) for urls in _list(crl_urls)]))
    return found


class Cert:
    """One certificate with its key, its issuer, and the files it was written to."""

    def __init__(self, directory, label, certificate, key, issuer):
        self.label = label
        self.certificate = certificate
        self.key = key
        self.issuer = issuer
        base = os.path.join(directory, label)
        self.leaf_file = base + ".leaf.pem"    # this certificate alone
        self.file = base + ".pem"              # with the intermediates above it
        self.der_file = base + ".der"
        self.key_file = base + ".key"
        self._write()

    @property
    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def der(self):
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def subject(self):
        return self.certificate.subject.rfc4514_string()

    @property
    def sha256(self):
        return self.certificate.fingerprint(hashes.SHA256()).hex().upper()

    @property
    def spki_sha256(self):
        spki = self.certificate.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        digest = hashes.Hash(hashes.SHA256())
        digest.update(spki)
        return digest.finalize().hex().upper()

    def chain(self):
        """This certificate and the intermediates above it, without the root."""
        found, at = [self], self.issuer
        while at is not None and at.issuer is not None:
            found.append(at)
            at = at.issuer
        return found

    def _write(self):
        with open(self.leaf_file, "wb") as f:
            f.write(self.pem)
        with open(self.file, "wb") as f:
            f.write(b"".join(c.pem for c in self.chain()))
        with open(self.der_file, "wb") as f:
            f.write(self.der)
        with open(self.key_file, "wb") as f:
            f.write(self.key.private_bytes(serialization.Encoding.PEM,
                                           serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))


class Pki:
    """All certificates of a session, as attributes named by label."""

    def __init__(self, directory):
        self.dir = directory
        self.now = datetime.datetime.utcnow().replace(microsecond=0)
        self._make_cas()
        self._make_people()
        self._make_devices()
        self.issue("server", self.server_root, cn="localhost", eku=[EKU.SERVER_AUTH],
                   sans=[x509.DNSName(n) for n in SERVER_NAMES]
                   + [x509.IPAddress(__import__("ipaddress").ip_address("127.0.0.1"))])

    def path(self, name):
        """Absolute path of a file in the PKI's directory."""
        return os.path.join(self.dir, name)

    def write(self, name, *parts):
        """Write certificates (Cert) or octets into a file; the path."""
        with open(self.path(name), "wb") as f:
            for part in parts:
                f.write(part.pem if isinstance(part, Cert) else part)
        return self.path(name)

    def issue(self, label, issuer=None, cn=None, subject=None, ca=False, pathlen=None, key=None,
              eku=(EKU.CLIENT_AUTH,), sans=(), before=None, after=None, extensions=(),
              basic=True, digest=hashes.SHA256(), serial=None, ocsp_url=None, crl_urls=()):
        """Make a certificate; issuer None is self-signed.

        ocsp_url  one, or several in this order, of the authority information access
        crl_urls  distribution points, each with one URL or a list of them
        """
        key = key or ec.generate_private_key(ec.SECP256R1())
        subject = subject or _name(cn or label)
        issuer_key = issuer.key if issuer else key
        before = before or self.now - DAY
        builder = (x509.CertificateBuilder().subject_name(subject)
                   .issuer_name(issuer.certificate.subject if issuer else subject)
                   .public_key(key.public_key())
                   .serial_number(serial or x509.random_serial_number())
                   .not_valid_before(before).not_valid_after(after or self.now + 90 * DAY))
        if basic:
            builder = builder.add_extension(x509.BasicConstraints(ca, pathlen), critical=True)
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
            issuer_key.public_key()), critical=False)
        if ca:
            builder = builder.add_extension(x509.KeyUsage(
                False, False, False, False, False, True, True, False, False), critical=True)
        elif eku:
            builder = builder.add_extension(x509.ExtendedKeyUsage(list(eku)), critical=False)
        if sans:
            builder = builder.add_extension(x509.SubjectAlternativeName(list(sans)), critical=False)
        for extension in [*_revocation(_list(ocsp_url), crl_urls), *extensions]:
            builder = builder.add_extension(extension, critical=False)
        certificate = builder.sign(issuer_key, digest)
        cert = Cert(self.dir, label, certificate, key, issuer)
        setattr(self, label, cert)
        return cert

    def _make_cas(self):
        self.issue("server_root", cn="Test server root", ca=True)
        self.issue("staff_root", cn="Staff root", ca=True)
        self.issue("staff_ca", self.staff_root, cn="Staff issuing CA", ca=True)
        self.issue("partner_root", cn="Partner root", ca=True)
        self.issue("third_root", cn="Third root", ca=True)
        self.issue("foreign_root", cn="Foreign root", ca=True)
        deep = self.issue("deep_root", cn="Deep root", ca=True)
        for i in range(1, 7):
            deep = self.issue("deep_ca%d" % i, deep, cn="Deep CA %d" % i, ca=True)

    def _make_people(self):
        sans = [x509.DNSName("alice.example.test"), x509.RFC822Name("alice@example.test"),
                x509.UniformResourceIdentifier("urn:person:alice")]
        self.issue("alice", self.staff_ca, sans=sans)
        self.issue("anna", self.staff_root)
        self.issue("bob", self.partner_root)
        self.issue("third", self.third_root)
        self.issue("foreign", self.foreign_root)
        self.issue("expired", self.staff_ca, before=self.now - 30 * DAY, after=self.now - DAY)
        self.issue("notyet", self.staff_ca, before=self.now + DAY)
        self.issue("selfsigned")
        self.issue("serveronly", self.staff_ca, eku=[EKU.SERVER_AUTH])
        self.issue("noeku", self.staff_ca, eku=())
        self.issue("weak", self.staff_ca, key=rsa.generate_private_key(65537, 1024))
        self.issue("longlife", self.staff_ca, after=self.now + 3650 * DAY)
        self.issue("fake", self.alice, cn="issued by a person")
        self.issue("deep", self.deep_ca6)
        self.issue("shallow", self.deep_ca1)
        hostile = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, 'a"b\x1b[31m'),
                             x509.NameAttribute(NameOID.COMMON_NAME, "evil\r\nX-Injected: 1")])
        self.issue("hostile", self.staff_ca, subject=hostile)
        self.issue("hostile_foreign", self.foreign_root, subject=hostile)

    def _make_devices(self):
        self.issue("device1", cn="device 1")
        self.issue("device2", cn="device 2")
        self.issue("device_spki", cn="device known by key")
        self.issue("device_child", self.device1, cn="child of device 1")
