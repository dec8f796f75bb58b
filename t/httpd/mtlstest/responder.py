# SPDX-License-Identifier: Apache-2.0
"""An OCSP responder that says what it is told, right or wrong, and misbehaves as service.py can.

    with Responder(pki.staff_ca) as responder:
        cert = pki.issue("x", pki.staff_ca, ocsp_url=responder.url())
        responder.say(cert, "revoked")

Answers are put together by hand, because no library would write the wrong ones.  Times are seconds
from the moment of the answer.
"""
import base64
import copy
import datetime
import hashlib
import itertools
import os
import urllib.parse

from cryptography.hazmat.primitives import serialization
from cryptography.x509 import ocsp

from .crls import ENUMERATED, GENERALIZED_TIME, HOUR, MINUTE, REASONS, extension, key_id, sign
from .odd_certs import OCTET_STRING, SEQUENCE, der, integer, oid
from .service import Answer, Service

OCSP_KIND = "application/ocsp-response"
SHA1_OID, NONCE_OID, BASIC_OID = "1.3.14.3.2.26", "1.3.6.1.5.5.7.48.1.2", "1.3.6.1.5.5.7.48.1.1"
NULL = b"\x05\x00"

_numbers = itertools.count(1)

# OCSPResponseStatus: what is not signed and says nothing, RFC 6960 section 2.3.
FAILURES = {"malformedRequest": 1, "internalError": 2, "tryLater": 3, "sigRequired": 5,
            "unauthorized": 6}


def _time(seconds):
    when = datetime.datetime.utcnow() + datetime.timedelta(seconds=seconds)
    return der(GENERALIZED_TIME, when.strftime("%Y%m%d%H%M%SZ").encode())


def _digest(octets):
    return hashlib.sha1(octets).digest()


def _bare_key(cert):
    """The subjectPublicKey's octets, of which certIDs hold the hash."""
    return cert.key.public_key().public_bytes(serialization.Encoding.X962,
                                              serialization.PublicFormat.UncompressedPoint)


class CertId:
    """Which certificate is meant."""

    def __init__(self, issuer, serial):
        self.name_hash = _digest(issuer.certificate.subject.public_bytes())
        self.key_hash = _digest(_bare_key(issuer))
        self.serial = serial
        self.algorithm = SHA1_OID

    def but(self, **changes):
        """The same with something else in it."""
        other = copy.copy(self)
        for name, value in changes.items():
            assert hasattr(other, name), name
            setattr(other, name, value)
        return other

    def der(self):
        return der(SEQUENCE, der(SEQUENCE, oid(self.algorithm), NULL),
                   der(OCTET_STRING, self.name_hash), der(OCTET_STRING, self.key_hash),
                   integer(self.serial))


class Says:
    """What the responder says of one certificate, and how.

    word       "good", "revoked", "unknown", or one of FAILURES
    this       thisUpdate; until: nextUpdate, None for none; produced: producedAt
    signer     Cert that signs; None: the issuer.  key: signs instead of the signer's
    certs      Certs sent along; None: the signer, unless it is the issuer
    named_by   how the signer is named, "name" or "key"; named: another Cert is named
    nonce      "echo", "none", "other", "short", "long"
    change     function of the right CertId: the one that is answered about; None: no answers at all
    others     Says of further answers in the same response, each with its own change
    twist      function of the finished DER: what is sent
    """

    def __init__(self, word="good", this=-MINUTE, until=HOUR, produced=0, reason=None, signer=None,
                 key=None, certs=None, named_by="key", named=None, nonce="echo",
                 change=lambda cert_id: cert_id, others=(), twist=lambda octets: octets,
                 response_type=BASIC_OID, extensions=(), version=b""):
        self.word = word
        self.this = this
        self.until = until
        self.produced = produced
        self.reason = reason
        self.signer = signer
        self.key = key
        self.certs = certs
        self.named_by = named_by
        self.named = named
        self.nonce = nonce
        self.change = change
        self.others = list(others)
        self.twist = twist
        self.response_type = response_type
        self.extensions = list(extensions)
        self.version = version

    def but(self, **changes):
        other = copy.copy(self)
        for name, value in changes.items():
            assert hasattr(other, name), name
            setattr(other, name, value)
        return other

    # DER of RFC 6960 section 4.2.1

    def write(self, issuer, cert_id, nonce):
        """OCSPResponse to a question about the certificate."""
        if self.word in FAILURES:
            return self.twist(der(SEQUENCE, der(ENUMERATED, bytes([FAILURES[self.word]]))))
        signer = self.signer or issuer
        tbs = der(SEQUENCE, self.version, self._named(self.named or signer), _time(self.produced),
                  der(SEQUENCE, *self._singles(cert_id)), self._extensions(nonce))
        certs = self.certs if self.certs is not None else [signer] * (signer is not issuer)
        signed = sign(tbs, self.key or signer.key)
        if certs:
            inner = _contents(signed) + der(0xa0, der(SEQUENCE, *(c.der for c in certs)))
            signed = der(SEQUENCE, inner)
        body = der(SEQUENCE, oid(self.response_type), der(OCTET_STRING, signed))
        return self.twist(der(SEQUENCE, der(ENUMERATED, b"\0"), der(0xa0, body)))

    def _named(self, cert):
        if self.named_by == "name":
            return der(0xa1, cert.certificate.subject.public_bytes())
        return der(0xa2, der(OCTET_STRING, key_id(cert.key)))

    def _singles(self, cert_id):
        singles = []
        for says in [self] + self.others:
            if says.change is not None:
                singles.append(says.single(says.change(cert_id)))
        return singles

    def single(self, cert_id):
        """SingleResponse."""
        until = b"" if self.until is None else der(0xa0, _time(self.until))
        return der(SEQUENCE, cert_id.der(), self._status(), _time(self.this), until)

    def _status(self):
        if self.word == "good":
            return der(0x80)
        if self.word == "unknown":
            return der(0x82)
        assert self.word == "revoked", self.word
        why = b""
        if self.reason is not None:
            why = der(0xa0, der(ENUMERATED, bytes([REASONS[self.reason]])))
        return der(0xa1, _time(-HOUR), why)

    def _extensions(self, nonce):
        rows = list(self.extensions)
        value = {"echo": nonce, "none": None, "other": os.urandom(32),
                 "short": nonce and nonce[:-1], "long": nonce and nonce + b"\0"}[self.nonce]
        if value is not None:
            rows.append(extension(NONCE_OID, der(OCTET_STRING, value)))
        return der(0xa1, der(SEQUENCE, *rows)) if rows else b""


def _contents(sequence):
    """What is inside a SEQUENCE of more than 127 octets."""
    return sequence[2 + (sequence[1] & 0x7f):]


class Responder(Service):
    """For any number of CAs.

    says    of certificates nothing was said about; None: it answers "unauthorized"
    signer  of all answers that do not say otherwise
    """

    kind = OCSP_KIND

    def __init__(self, *issuers, says=None, signer=None, **more):
        self._issuers = list(issuers)
        self.default = says if says is not None else Says()
        self.signer = signer
        self._says = {}
        self.replayed = None      # octets that are sent whatever is asked
        self.answers = []         # octets that were right to send
        super().__init__(**more)

    # what tests ask and do

    def say(self, cert, word="good", **how):
        """Say this of the certificate from now on."""
        self._says[self._key(cert)] = how.pop("says", None) or Says(word, **how)

    def hits(self, cert):
        """How often the certificate was asked about."""
        wanted = self._key(cert)
        return self.count(lambda request: request.asked == wanted)

    def await_hits(self, cert, number=1, seconds=20):
        wanted = self._key(cert)
        self.await_requests(number, seconds, lambda request: request.asked == wanted)

    def _key(self, cert):
        return (_digest(_bare_key(cert.issuer)), cert.certificate.serial_number)

    # questions

    @staticmethod
    def question_in(request):
        """DER of the OCSPRequest, by POST or GET."""
        if request.method == "POST":
            assert request.header("Content-Type") == "application/ocsp-request", request
            return request.body
        text = urllib.parse.unquote(request.path.rsplit("/", 1)[1])
        return base64.b64decode(text, validate=True)

    def answer_to(self, request):
        request.asked = request.nonce = None
        try:
            question = ocsp.load_der_ocsp_request(self.question_in(request))
        except ValueError:
            return self._sent(Says("malformedRequest").write(None, None, None))
        request.asked = (question.issuer_key_hash, question.serial_number)
        request.nonce = self._nonce_of(question)
        if self.replayed is not None:
            return self._sent(self.replayed)
        issuer = self._issuer_of(question)
        if issuer is None:
            return self._sent(Says("unauthorized").write(None, None, None))
        says = self._says.get(request.asked, self.default)
        if says.signer is None and self.signer is not None:
            says = says.but(signer=self.signer)
        return self._sent(says.write(issuer, CertId(issuer, question.serial_number), request.nonce))

    def _sent(self, octets):
        self.answers.append(octets)
        return Answer(octets, OCSP_KIND)

    @staticmethod
    def _nonce_of(question):
        for row in question.extensions:
            if row.oid.dotted_string == NONCE_OID:
                return row.value.nonce
        return None

    def _issuer_of(self, question):
        for issuer in self._issuers:
            cert_id = CertId(issuer, 0)
            if (question.issuer_name_hash, question.issuer_key_hash) == (cert_id.name_hash,
                                                                        cert_id.key_hash):
                return issuer
        return None


class Person:
    """Somebody new, and a responder of his own, so that nobody remembers anything of either."""

    def __init__(self, pki, issuer=None, signer=None, path="/ocsp", **more):
        issuer = issuer or pki.staff_ca
        self.responder = Responder(issuer, signer=signer, **more)
        self.cert = pki.issue(new_label(), issuer, ocsp_url=self.responder.url(path))

    def say(self, word="good", **how):
        self.responder.say(self.cert, word, **how)

    @property
    def hits(self):
        return self.responder.hits(self.cert)

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.responder.__exit__()


def new_label():
    """A name that no certificate has yet."""
    return "person%d" % next(_numbers)
