# SPDX-License-Identifier: Apache-2.0
"""Certificate revocation lists of every kind, put together by hand: right ones, odd ones, and such
as no CA should sign.

    octets = make(pki.staff_ca, [pki.alice, Entry(17, reason="hold")], number=3)
    site.write(..., pem(octets))

Times are seconds from now.
"""
import base64
import datetime
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from .odd_certs import (BIT_STRING, ECDSA_WITH_SHA256, OCTET_STRING, SEQUENCE, UTC_TIME, der,
                        integer, oid)

MINUTE, HOUR, DAY = 60, 3600, 86400
BOOLEAN, ENUMERATED, GENERALIZED_TIME = 0x01, 0x0a, 0x18
UNKNOWN_OID = "1.3.6.1.4.1.55555.1.1"

# RFC 5280 sections 5.3.1 and 4.2.1.13: code of an entry's reason, bit of a list's.
REASONS = {"unspecified": 0, "key": 1, "ca": 2, "affiliation": 3, "superseded": 4, "cessation": 5,
           "hold": 6, "remove": 8, "privilege": 9, "aa": 10}
REASON_BITS = {"key": 1, "ca": 2, "affiliation": 3, "superseded": 4, "cessation": 5, "hold": 6,
               "privilege": 7, "aa": 8}


def moment(seconds):
    """Time, RFC 5280 section 4.1.2.5, so many seconds from now."""
    when = datetime.datetime.utcnow() + datetime.timedelta(seconds=seconds)
    if when.year >= 2050:
        return der(GENERALIZED_TIME, when.strftime("%Y%m%d%H%M%SZ").encode())
    return der(UTC_TIME, when.strftime("%y%m%d%H%M%SZ").encode())


def extension(dotted, value, critical=False):
    """Extension of the DER of its value."""
    return der(SEQUENCE, oid(dotted), der(BOOLEAN, b"\xff") if critical else b"",
               der(OCTET_STRING, value))


def freshest(url):
    """The extension of a list, or a certificate, that says where deltas are."""
    point = der(SEQUENCE, der(0xa0, der(0xa0, der(0x86, url.encode()))))
    return extension("2.5.29.46", der(SEQUENCE, point))


class Entry:
    """A row of a list; of another CA's certificate (issuer) in an indirect one."""

    def __init__(self, serial, reason=None, issuer=None, when=-HOUR, extensions=()):
        self.serial = serial if isinstance(serial, int) else serial.certificate.serial_number
        self.reason = reason
        self.issuer = issuer
        self.when = when
        self.extensions = list(extensions)

    def der(self):
        rows = list(self.extensions)
        if self.reason is not None:
            rows.append(extension("2.5.29.21", der(ENUMERATED, bytes([REASONS[self.reason]]))))
        if self.issuer is not None:
            name = der(0xa4, self.issuer.certificate.subject.public_bytes())
            rows.append(extension("2.5.29.29", der(SEQUENCE, name), critical=True))
        return der(SEQUENCE, integer(self.serial), moment(self.when),
                   der(SEQUENCE, *rows) if rows else b"")


class Scope:
    """Issuing distribution point: what a list speaks of.

    only     "user", "ca" or "attribute"
    reasons  names of REASON_BITS
    """

    def __init__(self, *uris, only=None, reasons=None, indirect=False, critical=True):
        self.uris = uris
        self.only = only
        self.reasons = reasons
        self.indirect = indirect
        self.critical = critical

    def extension(self):
        yes = b"\xff"
        parts = []
        if self.uris:
            names = [der(0x86, uri.encode()) for uri in self.uris]
            parts.append(der(0xa0, der(0xa0, *names)))
        if self.only == "user":
            parts.append(der(0x81, yes))
        if self.only == "ca":
            parts.append(der(0x82, yes))
        if self.reasons:
            parts.append(der(0x83, _bits(REASON_BITS[r] for r in self.reasons)))
        if self.indirect:
            parts.append(der(0x84, yes))
        if self.only == "attribute":
            parts.append(der(0x85, yes))
        return extension("2.5.29.28", der(SEQUENCE, *parts), self.critical)


def _bits(numbers):
    """Contents of a BIT STRING of named bits, without the zeros at its end."""
    numbers = list(numbers)
    count = max(numbers) + 1
    size = (count + 7) // 8
    value = sum(1 << (size * 8 - 1 - n) for n in numbers)
    return bytes([size * 8 - count]) + value.to_bytes(size, "big")


def key_id(key):
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest


def authority(key):
    """The extension that names the key which signs."""
    return extension("2.5.29.35", der(SEQUENCE, der(0x80, key_id(key))))


def make(issuer, revoked=(), number=1, this=-HOUR, until=7 * DAY, base=None, scope=None, key=None,
         named_key=None, has_authority=True, version=1, extensions=()):
    """DER of a list by this CA, or other signer of CRLs.

    revoked    Certs, serial numbers, Entries
    number     CRL number; None: without one
    until      nextUpdate; None: without one
    base       CRL number of the base: a delta CRL
    key        signs instead of the issuer's; named_key: the one that the list says has signed
    version    1 is v2; None: without one, as in v1
    """
    key = key or issuer.key
    rows = list(extensions)
    if has_authority:
        rows.append(authority(named_key or key))
    if number is not None:
        rows.append(extension("2.5.29.20", integer(number)))
    if base is not None:
        rows.append(extension("2.5.29.27", integer(base), critical=True))
    if scope is not None:
        rows.append(scope.extension())
    entries = [e if isinstance(e, Entry) else Entry(e) for e in revoked]
    algorithm = der(SEQUENCE, oid(ECDSA_WITH_SHA256))
    tbs = der(SEQUENCE, b"" if version is None else integer(version), algorithm,
              issuer.certificate.subject.public_bytes(), moment(this),
              b"" if until is None else moment(until),
              der(SEQUENCE, *(e.der() for e in entries)) if entries else b"",
              der(0xa0, der(SEQUENCE, *rows)) if rows else b"")
    return sign(tbs, key)


def sign(tbs, key):
    """SEQUENCE of the octets, the algorithm and their signature."""
    return der(SEQUENCE, tbs, der(SEQUENCE, oid(ECDSA_WITH_SHA256)),
               der(BIT_STRING, b"\0", key.sign(tbs, ec.ECDSA(hashes.SHA256()))))


def many(issuer, count, revoked=(), octets=16, reason=None, **more):
    """A list of so many entries of nobody, and these; quickly, because most rows differ in their
    serial numbers alone."""
    row = Entry(int.from_bytes(b"\x7f" * octets, "big"), reason).der()
    head, tail = row.split(b"\x7f" * octets)
    numbers = os.urandom((octets - 1) * count)
    size = octets - 1
    rows = [head + b"\x11" + numbers[i * size:(i + 1) * size] + tail for i in range(count)]
    return make(issuer, [*revoked, _Rows(b"".join(rows))], **more)


class _Rows(Entry):
    """Rows that are DER already."""

    def __init__(self, octets):
        super().__init__(0)
        self._octets = octets

    def der(self):
        return self._octets


def pem(*lists):
    """PEM blocks of lists in DER."""
    return b"".join(b"-----BEGIN X509 CRL-----\n" + base64.encodebytes(octets)
                    + b"-----END X509 CRL-----\n" for octets in lists)


# what must not be used

def _flipped(octets, at):
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1:]


def _critical(value=b"\x05\x00"):
    return extension(UNKNOWN_OID, value, critical=True)


def broken(issuer, other, revoked=()):
    """Octets of files that no profile which knows the issuer, and not the other CA, may load; each
    would be fit for use without the one fault that its name tells.  F-11 F-14 T-R13 N-35"""
    good = make(issuer, revoked)
    text = pem(good)
    deaf = ec.generate_private_key(ec.SECP256R1())
    return {
        # F-11: files
        "empty": b"",
        "blank": b"\n\n  \n",
        "text": b"There is no list here.\n",
        "DER cut in the middle": good[:len(good) // 2],
        "DER without its last octet": good[:-1],
        "DER and an octet more": good + b"\0",
        "DER twice": good + good,
        "PEM cut in the middle": text[:len(text) // 2],
        "PEM without its end": text[:text.rindex(b"-----END")],
        "PEM whose second block is cut": text + text[:len(text) // 2],
        "PEM with a bad character": text.replace(b"\n", b"\n!", 3),
        "PEM of no DER": pem(b"hello"),
        "PEM of DER and an octet more": pem(good + b"\0"),
        "a certificate": issuer.pem,
        "a certificate's DER": issuer.der,
        "a list and a certificate": text + issuer.pem,
        "a list and a private key": text + read(issuer.key_file),
        # F-14: signatures
        "signature flipped": _flipped(good, len(good) - 3),
        "contents flipped": good.replace(issuer.certificate.subject.public_bytes()[-4:],
                                         b"XXXX", 1),
        "signed by nobody known": make(other, revoked),
        "signed with another key": make(issuer, revoked, key=deaf),
        "signed with another key, named right": make(issuer, revoked, key=deaf,
                                                     named_key=issuer.key),
        "signed with another CA's key": make(issuer, revoked, key=other.key),
        "one good and one of nobody known": text + pem(make(other, revoked)),
        # T-R13, RFC 5280 section 5
        "without nextUpdate": make(issuer, revoked, until=None),
        "v1 with extensions": make(issuer, revoked, version=None),
        "v3": make(issuer, revoked, version=2),
        "unknown critical extension": make(issuer, revoked, extensions=[_critical()]),
        "unknown critical extension of an entry":
            make(issuer, [Entry(5, extensions=[_critical()])]),
        "delta without a number": make(issuer, revoked, number=None, base=1),
        "delta of a base above its number": make(issuer, revoked, number=1, base=2),
        "an entry taken back in no delta": make(issuer, [Entry(5, "remove")]),
        "two of one number that differ": text + pem(make(issuer, [Entry(5), *revoked])),
        "two numbers": make(issuer, revoked, extensions=[extension("2.5.29.20", integer(2))]),
        "scope of two kinds": make(issuer, revoked, extensions=[extension(
            "2.5.29.28", der(SEQUENCE, der(0x81, b"\xff"), der(0x82, b"\xff")), critical=True)]),
        "scope of rubbish": make(issuer, revoked, extensions=[extension(
            "2.5.29.28", b"\x30\x03\x80\x01", critical=True)]),
    }


def read(path):
    with open(path, "rb") as f:
        return f.read()
