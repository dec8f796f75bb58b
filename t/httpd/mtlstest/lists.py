# SPDX-License-Identifier: Apache-2.0
"""Plain certificate revocation lists, such as an administrator has, for examples and recipes."""
import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)


def crl(issuer, *revoked, number=1):
    """PEM of a CRL of this CA, or signer of CRLs, with these certificates in it."""
    now = datetime.datetime.utcnow()
    builder = (x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
               .last_update(now - HOUR).next_update(now + 30 * DAY)
               .add_extension(x509.CRLNumber(number), critical=False)
               .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                   issuer.key.public_key()), critical=False))
    for cert in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(cert.certificate.serial_number)
            .revocation_date(now - HOUR).build())
    made = builder.sign(issuer.key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def crl_signer(pki):
    """A certificate of the staff CA whose key signs CRLs and nothing else."""
    if not hasattr(pki, "crl_signer"):
        usage = x509.KeyUsage(False, False, False, False, False, False, True, False, False)
        pki.issue("crl_signer", pki.staff_root, eku=(), extensions=[usage])
    return pki.crl_signer
