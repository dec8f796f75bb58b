# SPDX-License-Identifier: Apache-2.0
"""Certificates that no library would write: DER put together by hand and signed by a real CA.

    cert = issue(pki, "nul", pki.staff_ca, subject=name((CN, b"alice\\0x")),
                 sans=[dns(b"a\\0b")])
"""
import base64
import hashlib
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .pki import Cert, DAY

BIT_STRING, OCTET_STRING, OID, SEQUENCE, SET, UTC_TIME = 0x03, 0x04, 0x06, 0x30, 0x31, 0x17
# Universal tags of the character strings.
UTF8, PRINTABLE, T61, IA5, UNIVERSAL, BMP = 12, 19, 20, 22, 28, 30

C, CN, O, OU = "2.5.4.6", "2.5.4.3", "2.5.4.10", "2.5.4.11"
DC = "0.9.2342.19200300.100.1.25"
EMAIL_ADDRESS = "1.2.840.113549.1.9.1"
UPN = "1.3.6.1.4.1.311.20.2.3"
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2"

# Text in the octets of each string type.
ENCODINGS = {UTF8: "utf-8", PRINTABLE: "ascii", T61: "latin-1", IA5: "ascii",
             UNIVERSAL: "utf-32-be", BMP: "utf-16-be"}


def der(tag, *contents):
    """One DER value."""
    content = b"".join(contents)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    size = (len(content).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(content).to_bytes(size, "big") + content


def integer(number):
    """INTEGER, negative ones too."""
    return der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted):
    """OBJECT IDENTIFIER."""
    arcs = [int(arc) for arc in dotted.split(".")]
    out = b""
    for arc in [arcs[0] * 40 + arcs[1]] + arcs[2:]:
        septets = [arc & 0x7f]
        while arc > 0x7f:
            arc >>= 7
            septets.insert(0, 0x80 | arc & 0x7f)
        out += bytes(septets)
    return der(OID, out)


def string(tag, value):
    """A character string; text is encoded as the type has it, octets are taken as they are."""
    return der(tag, value if isinstance(value, bytes) else value.encode(ENCODINGS[tag]))


def attribute(kind, value, tag=UTF8):
    """AttributeTypeAndValue."""
    return der(SEQUENCE, oid(kind), string(tag, value))


def rdn(*attributes):
    """One RDN of attributes in this order, which DER would sort."""
    return der(SET, *attributes)


def name(*rdns):
    """A Name of RDNs; a pair or triple is an RDN of one attribute."""
    return der(SEQUENCE, *(rdn(attribute(*r)) if isinstance(r, tuple) else r for r in rdns))


# GeneralName, RFC 5280 section 4.2.1.6

def _octets(value):
    return value if isinstance(value, bytes) else value.encode()


def email(value):
    return der(0x81, _octets(value))


def dns(value):
    return der(0x82, _octets(value))


def directory(value):
    return der(0xa4, value)


def uri(value):
    return der(0x86, _octets(value))


def other(kind, value):
    """otherName of a type-id and the DER of its value."""
    return der(0xa0, oid(kind), der(0xa0, value))


def upn(value, tag=UTF8):
    return other(UPN, string(tag, value))


class OddCert(Cert):
    """A certificate that is octets to us."""

    def __init__(self, directory_path, label, octets, key, issuer):
        self._octets = octets
        super().__init__(directory_path, label, None, key, issuer)

    @property
    def der(self):
        return self._octets

    @property
    def pem(self):
        text = base64.encodebytes(self.der)
        return b"-----BEGIN CERTIFICATE-----\n" + text + b"-----END CERTIFICATE-----\n"

    @property
    def subject(self):
        raise NotImplementedError("the subject of such a certificate is the test's to tell")

    @property
    def sha256(self):
        return hashlib.sha256(self.der).hexdigest().upper()

    @property
    def spki_sha256(self):
        return hashlib.sha256(_spki(self.key)).hexdigest().upper()


def _extension(dotted, value, critical=False):
    flag = der(0x01, b"\xff") if critical else b""
    return der(SEQUENCE, oid(dotted), flag, der(OCTET_STRING, value))


def _spki(key):
    return key.public_key().public_bytes(serialization.Encoding.DER,
                                         serialization.PublicFormat.SubjectPublicKeyInfo)


def _key_id(key):
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest


def _extensions(key, issuer_key, sans, eku, more):
    rows = [_extension("2.5.29.19", der(SEQUENCE), critical=True),
            _extension("2.5.29.14", der(OCTET_STRING, _key_id(key))),
            _extension("2.5.29.35", der(SEQUENCE, der(0x80, _key_id(issuer_key))))]
    if eku:
        rows.append(_extension("2.5.29.37", der(SEQUENCE, *(oid(usage) for usage in eku))))
    if sans:
        rows.append(_extension("2.5.29.17", der(SEQUENCE, *sans)))
    rows += [_extension(dotted, value) for dotted, value in more]
    return der(0xa3, der(SEQUENCE, *rows))


def issue(pki, label, issuer, subject=None, sans=(), eku=(CLIENT_AUTH,), serial=None,
          extensions=()):
    """Make a certificate; an attribute of the PKI, as its own are.  Further extensions are pairs of
    an OID and the DER of the value."""
    key = ec.generate_private_key(ec.SECP256R1())
    algorithm = der(SEQUENCE, oid(ECDSA_WITH_SHA256))
    times = [der(UTC_TIME, when.strftime("%y%m%d%H%M%SZ").encode())
             for when in (pki.now - DAY, pki.now + 90 * DAY)]
    tbs = der(SEQUENCE, der(0xa0, integer(2)),
              integer(int.from_bytes(os.urandom(8), "big") if serial is None else serial),
              algorithm, issuer.certificate.subject.public_bytes(), der(SEQUENCE, *times),
              subject or name((CN, label)), _spki(key), _extensions(key, issuer.key, sans, eku, extensions))
    signature = issuer.key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    octets = der(SEQUENCE, tbs, algorithm, der(BIT_STRING, b"\0", signature))
    cert = OddCert(pki.dir, label, octets, key, issuer)
    setattr(pki, label, cert)
    return cert
