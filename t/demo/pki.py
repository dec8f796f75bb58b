# SPDX-License-Identifier: Apache-2.0
"""The throw-away certificates of the demo: four CAs, a server, and clients good and bad."""
import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)
PASSWORD = "demo"  # of the .p12 files


def _name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _sign(builder, key):
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, digest)


def _certificate(common_name, key, issuer, extensions, days=(-1, 2)):
    """issuer: (name, key), or None for a self-signed certificate; days: from and until, from now."""
    now = datetime.datetime.utcnow()
    issuer_name, issuer_key = issuer or (_name(common_name), key)
    builder = (x509.CertificateBuilder().subject_name(_name(common_name)).issuer_name(issuer_name)
               .public_key(key.public_key()).serial_number(x509.random_serial_number())
               .not_valid_before(now + days[0] * DAY).not_valid_after(now + days[1] * DAY)
               .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
               .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                   issuer_key.public_key()), False))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return _sign(builder, issuer_key)


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def _usage(ca):
    return x509.KeyUsage(digital_signature=not ca, content_commitment=False, key_encipherment=False,
                         data_encipherment=False, key_agreement=False, key_cert_sign=ca,
                         crl_sign=ca, encipher_only=False, decipher_only=False)


def _make_ca(common_name, *more):
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(common_name, key, None, [
        (x509.BasicConstraints(ca=True, path_length=None), True), (_usage(True), True), *more])
    return certificate, key


def _write_server(directory):
    """For localhost; its CA can certify nothing else, and its key is kept nowhere."""
    here = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_network("127.0.0.1/32"))]
    ca, ca_key = _make_ca("Demo server CA", (x509.NameConstraints(here, None), True))
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = _certificate("localhost", key, (ca.subject, ca_key), [
        (x509.BasicConstraints(ca=False, path_length=None), True), (_usage(False), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectAlternativeName(names), False)])
    (directory / "server-ca.crt").write_bytes(_pem(ca))
    (directory / "server.crt").write_bytes(_pem(certificate))
    (directory / "server.key").touch(mode=0o600)
    (directory / "server.key").write_bytes(_key_pem(key))


def _client_extensions(purpose, mail):
    found = [(x509.BasicConstraints(ca=False, path_length=None), True), (_usage(False), True),
             (x509.ExtendedKeyUsage([purpose]), False)]
    if mail:
        found.append((x509.SubjectAlternativeName([x509.RFC822Name(mail)]), False))
    return found


def _p12(name, key, certificate, ca):
    """As browsers import it: PBES2 with AES-256 and PBKDF2, HMAC with SHA-256."""
    protection = (serialization.PrivateFormat.PKCS12.encryption_builder().kdf_rounds(20000)
                  .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
                  .hmac_hash(hashes.SHA256()).build(PASSWORD.encode()))
    return pkcs12.serialize_key_and_certificates(name.encode(), key, certificate, [ca], protection)


def _write_client(path, common_name, ca, key=None, mail=None,
                  purpose=ExtendedKeyUsageOID.CLIENT_AUTH, **more):
    """NAME.pem with certificate and key, as curl and openssl take it; NAME.crt without the key;
    NAME.p12 where browsers know the kind of key."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    issuer = ca and (ca[0].subject, ca[1])
    certificate = _certificate(common_name, key, issuer, _client_extensions(purpose, mail), **more)
    path.write_bytes(_pem(certificate) + _key_pem(key))
    path.with_suffix(".crt").write_bytes(_pem(certificate))
    if ca and isinstance(key, ec.EllipticCurvePrivateKey):
        path.with_suffix(".p12").write_bytes(_p12(common_name, key, certificate, ca[0]))


def write(directory):
    """Write all of it as PEM files into a directory."""
    staff, partner = _make_ca("Demo staff CA"), _make_ca("Demo partner CA")
    foreign = _make_ca("Somebody else's CA")
    (directory / "staff-ca.crt").write_bytes(_pem(staff[0]))
    (directory / "partner-ca.crt").write_bytes(_pem(partner[0]))
    # For openssl ca, which writes the list of revoked certificates of this one.
    (directory / "staff-ca.key").touch(mode=0o600)
    (directory / "staff-ca.key").write_bytes(_key_pem(staff[1]))

    _write_server(directory)
    # Ed25519: openssl s_client chooses among such certificates by the CA names it is sent.
    _write_client(directory / "alice.pem", "alice", staff, ed25519.Ed25519PrivateKey.generate(),
                  mail="alice@example.org")
    _write_client(directory / "bob.pem", "bob", partner, ed25519.Ed25519PrivateKey.generate())
    _write_client(directory / "carol.pem", "carol", staff, mail="carol@example.org")
    _write_client(directory / "dave.pem", "dave", staff, mail="dave@example.org")
    _write_client(directory / "grace.pem", "grace", staff, mail="grace@example.org")
    _write_client(directory / "frank.pem", "frank", staff, ed25519.Ed25519PrivateKey.generate())
    _write_client(directory / "expired.pem", "expired", staff, days=(-3, -2))
    _write_client(directory / "foreign.pem", "alice", foreign)
    _write_client(directory / "selfsigned.pem", "alice", None)
    _write_client(directory / "purpose.pem", "alice", staff,
                  purpose=ExtendedKeyUsageOID.SERVER_AUTH)
