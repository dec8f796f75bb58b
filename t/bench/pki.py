# SPDX-License-Identifier: Apache-2.0
"""The certificates of a bench run: P-256 throughout, one intermediate above each client."""

import datetime
import ipaddress
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)


def name(common_name):
    return x509.Name([
        x509.NameAttribute(NameOID.COUNTRY_NAME, "SE"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example AB"),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Operations"),
        x509.NameAttribute(NameOID.COMMON_NAME, common_name),
    ])


def pem(key=None, certificate=None):
    text = b""
    if key:
        text += key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                  serialization.NoEncryption())
    if certificate:
        text += certificate.public_bytes(serialization.Encoding.PEM)
    return text


class Signer:
    """A CA: a key, its certificate, and what it signs."""

    def __init__(self, common_name, above=None):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = name(common_name)
        self.certificate = (above or self).sign(self.key, self.name, [
            (x509.BasicConstraints(ca=True, path_length=None), True),
            (key_usage(key_cert_sign=True, crl_sign=True), True),
        ])

    def sign(self, key, subject, extensions):
        now = datetime.datetime.now(datetime.timezone.utc)
        own_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        builder = (x509.CertificateBuilder()
                   .subject_name(subject).issuer_name(self.name).public_key(key.public_key())
                   .serial_number(x509.random_serial_number())
                   .not_valid_before(now - DAY).not_valid_after(now + 30 * DAY)
                   .add_extension(own_id, False)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                       self.key.public_key()), False))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, hashes.SHA256())


def key_usage(**on):
    every = dict.fromkeys(("digital_signature", "content_commitment", "key_encipherment",
                           "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
                           "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(**{**every, **on})


def server_identity(signer):
    """
    From a CA that signs no clients and with its chain in the file, as usual: without one OpenSSL
    would look for the chain among the client CAs, and verify it, in every handshake.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    return pem(key, signer.sign(key, name("localhost"), [
        (x509.SubjectAlternativeName(names), False),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
    ])) + pem(certificate=signer.certificate)


def client_identity(signer, number):
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.RFC822Name(f"person{number}@example.org"),
             x509.DNSName(f"person{number}.example.org")]
    return pem(key, signer.sign(key, name(f"Person {number}"), [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (key_usage(digital_signature=True), True),
        (x509.SubjectAlternativeName(names), False),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
    ]))


def clients(signer, first, count):
    return b"".join(client_identity(signer, first + number) for number in range(count))


class Pki:
    """Files in a directory: the server's identity, the CAs, and three sets of clients."""

    def __init__(self, directory, many):
        """one: a single client; many and other: @a many clients each, none of them in both."""
        self.directory = pathlib.Path(directory)
        web = Signer("Bench Web Root CA")
        root = Signer("Bench Client Root CA")
        issuing = Signer("Bench Client Issuing CA", root)
        self.signers = (root, issuing)
        self.server = self.write("server.pem", server_identity(Signer("Bench Web Issuing CA", web)))
        self.server_ca = self.write("server-ca.pem", pem(certificate=web.certificate))
        self.ca = self.write("ca.pem", pem(certificate=root.certificate))
        self.intermediate = self.write("intermediate.pem", pem(certificate=issuing.certificate))
        self.one = self.write("one.pem", client_identity(issuing, 0))
        self.many = self.write("many.pem", clients(issuing, 1, many))
        self.other = self.write("other.pem", clients(issuing, many + 1, many))

    def write(self, filename, content):
        path = self.directory / filename
        path.write_bytes(content)
        return path
