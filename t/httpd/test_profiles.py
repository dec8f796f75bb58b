# SPDX-License-Identifier: Apache-2.0
"""Trust profiles end to end, and who is asked when.  T-C01 T-C02 T-C09 T-C10 T-C11 T-F04 F-39.

The rules of verification have unit tests of their own; here a client meets each of them once.
"""
import base64
import socket
import ssl
import warnings

import pytest
from cryptography.hazmat.primitives import hashes

from mtlstest.clients import h1, h2, s_client
from mtlstest.sites import PROBLEM, TRUST, assert_ran, assert_refused, location, vhost
from mtlstest.tls import CERTIFICATE_REQUEST, TlsError

STAFF_CA = "MTLSCACertificateFile @PKI@/staff_root.leaf.pem"
DEEP_CA = "MTLSCACertificateFile @PKI@/deep_root.leaf.pem"


def profiles(pki):
    spki64 = base64.b64encode(bytes.fromhex(pki.device_spki.spki_sha256)).decode()
    return {
        "staff": [STAFF_CA],
        "several": ["MTLSCACertificateFile @PKI@/staff_root.leaf.pem @PKI@/partner_root.leaf.pem",
                    "MTLSCACertificateFile @PKI@/third_root.der"],
        "helped": [STAFF_CA, "MTLSIntermediateFile @PKI@/staff_ca.leaf.pem"],
        "pins": ["MTLSPin sha256:" + pki.device1.sha256.lower(), "MTLSPin spki-sha256:" + spki64],
        "pin-file": ["MTLSPinFile @PKI@/pins.txt"],
        "ca-and-pin": [STAFF_CA, "MTLSPin sha256:" + pki.alice.sha256],
        "issuing": ["MTLSCACertificateFile @PKI@/staff_ca.leaf.pem"],
        "rooted": ["MTLSCACertificateFile @PKI@/staff_ca.leaf.pem @PKI@/partner_root.leaf.pem",
                   "MTLSPartialChain off"],
        "strict": [STAFF_CA, "MTLSExtendedKeyUsage clientAuth strict"],
        "any-use": [STAFF_CA, "MTLSExtendedKeyUsage any"],
        "server-use": [STAFF_CA, "MTLSExtendedKeyUsage serverAuth"],
        "small-keys": [STAFF_CA, "MTLSMinKeySize rsa=1024"],
        "big-keys": [STAFF_CA, "MTLSMinKeySize ec=384"],
        "short-life": [STAFF_CA, "MTLSMaxLifetime 366d"],
        "strong-digest": [STAFF_CA, "MTLSMinDigest sha384"],
        "policy": [STAFF_CA, "MTLSCertificatePolicy 1.2.3.4.5"],
        "depth": [DEEP_CA],
        "depth-0": [STAFF_CA, "MTLSVerifyDepth 0"],
        "depth-1": [STAFF_CA, "MTLSVerifyDepth 1"],
        "depth-9": [DEEP_CA, "MTLSVerifyDepth 9"],
        "first": [STAFF_CA], "second": [STAFF_CA, "MTLSExtendedKeyUsage any"],
    }


#   profile, certificate, None: let in, else the reason
CASES = [
    ("staff", "alice", None), ("staff", "anna", None), ("staff", "noeku", None),
    ("staff", "expired", "expired"), ("staff", "notyet", "not-yet-valid"),
    ("staff", "foreign", "untrusted-issuer"), ("staff", "selfsigned", "self-signed"),
    ("staff", "serveronly", "wrong-purpose"), ("staff", "weak", "weak-key"),
    ("staff", "fake", "invalid-ca"), ("staff", "sha1", "weak-signature"),
    ("several", "alice", None), ("several", "bob", None), ("several", "third", None),
    ("several", "foreign", "untrusted-issuer"),
    ("pins", "device1", None), ("pins", "device_spki", None), ("pins", "device2", "not-pinned"),
    ("pins", "alice", "not-pinned"), ("pins", "device_child", "not-pinned"),
    ("pin-file", "device1", None), ("pin-file", "device2", None), ("pin-file", "alice", "not-pinned"),
    ("ca-and-pin", "alice", None), ("ca-and-pin", "anna", "not-pinned"),
    ("ca-and-pin", "selfsigned", "*"),
    ("issuing", "alice", None), ("issuing", "anna", "untrusted-issuer"),
    ("rooted", "alice", "untrusted-issuer"), ("rooted", "bob", None),
    ("strict", "alice", None), ("strict", "noeku", "wrong-purpose"),
    ("any-use", "serveronly", None), ("any-use", "alice", None), ("any-use", "expired", "expired"),
    ("any-use", "fake", "invalid-ca"), ("any-use", "foreign", "untrusted-issuer"),
    ("any-use", "weak", "weak-key"),
    ("server-use", "serveronly", None), ("server-use", "alice", "wrong-purpose"),
    ("small-keys", "weak", None), ("big-keys", "alice", "weak-key"),
    ("short-life", "alice", None), ("short-life", "longlife", "lifetime-too-long"),
    ("strong-digest", "alice", "weak-signature"), ("policy", "alice", "wrong-policy"),
    ("depth", "shallow", None), ("depth", "deep", "chain-too-long"), ("depth-9", "deep", None),
    ("depth-0", "anna", "chain-too-long"), ("depth-1", "anna", None),
    ("depth-1", "alice", "chain-too-long"),
]


@pytest.fixture(scope="module")
def site(serve, pki):
    with warnings.catch_warnings():  # that nobody should sign with it any more is the point
        warnings.simplefilter("ignore")
        pki.issue("sha1", pki.staff_ca, digest=hashes.SHA1())
    pki.write("pins.txt", b"# devices\nsha256:%s\n\n  spki-sha256:%s  # by key\n" % (
        pki.device1.sha256.encode(), pki.device2.spki_sha256.encode()))
    known = profiles(pki)
    trust = "".join("<MTLSTrust %s>\n%s\n</MTLSTrust>\n" % (k, "\n".join(v))
                    for k, v in known.items())
    trust += TRUST.replace("<MTLSTrust staff>", "<MTLSTrust unused>")
    places = "".join(location("/" + k, "MTLSVerifyClient require", "MTLSAccept " + k)
                     for k in known)
    places += location("/order", "MTLSVerifyClient require", "MTLSAccept third first second partner")
    places += location("/telling", "MTLSVerifyClient require", "MTLSAccept third staff")
    return serve("MTLSChainLimit 32K 9\n" + trust + vhost("localhost", places), name="profiles")


WAYS = {"renegotiation": dict(version="1.2"), "post-handshake": dict(version="1.3", pha=True)}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("profile,label,word", CASES)
def test_profile(site, pki, way, profile, label, word):
    cert = getattr(pki, label)
    with h1(site.port, cert=cert, **WAYS[way]) as client:
        answer = client.ask("/" + profile, headers=[PROBLEM])
        if word is None:
            assert assert_ran(site, answer, cert)["env"]["MTLS_PROFILE"] == profile
        elif word == "*":
            assert answer.status == 403 and not site.oracle.ran(answer.case)
        else:
            assert_refused(site, answer, word)


def test_intermediates_file_completes_a_leaf(site, pki):
    way = dict(version="1.3", pha=True)
    with h1(site.port, cert=pki.alice, leaf_only=True, **way) as client:
        assert_ran(site, client.ask("/helped"), pki.alice)
    with h1(site.port, cert=pki.alice, leaf_only=True, **way) as client:
        assert_refused(site, client.ask("/staff", headers=[PROBLEM]), "untrusted-issuer")


def test_accept_order_and_the_profile_named(site, pki):
    for label, name in (("alice", "first"), ("serveronly", "second"), ("bob", "partner"),
                        ("third", "third")):
        cert = getattr(pki, label)
        with h1(site.port, version="1.2", cert=cert) as client:
            assert assert_ran(site, client.ask("/order"), cert)["env"]["MTLS_PROFILE"] == name
    with h1(site.port, version="1.2", cert=pki.expired) as client:
        assert_refused(site, client.ask("/telling", headers=[PROBLEM]), "expired")


# the same defects under `optional`: T-C01

@pytest.fixture(scope="module")
def asked(serve):
    """Hosts that ask in the handshake, each in its own way."""
    optional = "MTLSVerifyClient optional\nMTLSAccept staff\n"
    place = location("/staff", "MTLSVerifyClient require", "MTLSAccept staff")
    names = """
<MTLSTrust nameless>
  MTLSCACertificateFile @PKI@/staff_root.leaf.pem
  MTLSCANames none
</MTLSTrust>
<MTLSTrust renamed>
  MTLSCACertificateFile @PKI@/staff_root.leaf.pem
  MTLSCANames file @PKI@/staff_ca.leaf.pem
</MTLSTrust>
"""
    return serve(
        "Protocols h2 http/1.1 acme-tls/1\n" + TRUST + names
        + vhost("optional.example.test", optional)
        + vhost("require.example.test", "MTLSVerifyClient require\nMTLSAccept staff\n")
        + vhost("always.example.test", "MTLSAskInHandshake always\nMTLSAccept staff\n" + place)
        + vhost("unless.example.test", "MTLSAskInHandshake unless-pha\nMTLSAccept staff\n" + place)
        + vhost("never.example.test", "MTLSAskInHandshake never\n" + optional + place)
        + vhost("silent.example.test", place)
        + vhost("two.example.test", "MTLSVerifyClient optional\nMTLSAccept staff partner\n")
        + vhost("nameless.example.test", "MTLSVerifyClient optional\nMTLSAccept nameless\n")
        + vhost("renamed.example.test", "MTLSVerifyClient optional\nMTLSAccept renamed\n")
        + vhost("tight.example.test", "MTLSChainLimit 1K 2\n" + optional.replace(
            "optional", "require"))
        + vhost("few.example.test", "MTLSChainLimit 32K 1\n" + optional.replace(
            "optional", "require")),
        modules=["http2"], name="asked")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("label,word", [
    ("alice", "good"), ("expired", "expired"), ("notyet", "not-yet-valid"),
    ("foreign", "untrusted-issuer"), ("selfsigned", "self-signed"),
    ("serveronly", "wrong-purpose"), ("weak", "weak-key"), ("fake", "invalid-ca")])
def test_T_C01_optional_sees_every_defect(asked, pki, version, label, word):
    cert = getattr(pki, label)
    name = "optional.example.test"
    with h1(asked.port, version=version, cert=cert, sni=name) as client:
        assert_ran(asked, client.ask("/", host=name),
                   cert if word == "good" else None, None if word == "good" else word)
    name = "require.example.test"
    with h1(asked.port, version=version, cert=cert, sni=name) as client:
        answer = client.ask("/", host=name, headers=[PROBLEM])
        if word == "good":
            assert_ran(asked, answer, cert)
        else:
            assert_refused(asked, answer, word)


@pytest.mark.parametrize("host,client,count", [
    ("optional", "1.2", 1), ("optional", "1.3", 1), ("optional", "1.3pha", 1),
    ("require", "1.2", 1), ("require", "1.3", 1), ("require", "1.3pha", 1),
    ("always", "1.2", 1), ("always", "1.3", 1), ("always", "1.3pha", 1),
    ("unless", "1.2", 0), ("unless", "1.3", 1), ("unless", "1.3pha", 0),
    ("never", "1.2", 0), ("never", "1.3", 0), ("never", "1.3pha", 0),
    ("silent", "1.2", 0), ("silent", "1.3", 0), ("silent", "1.3pha", 0)])
def test_who_is_asked_in_the_handshake(asked, pki, host, client, count):
    way = dict(version=client[:3], pha=client == "1.3pha")
    name = host + ".example.test"
    with h1(asked.port, cert=pki.alice, sni=name, **way) as connection:
        connection.conn.send(connection.head("/", host=name, method="HEAD")[0])
        assert connection.conn.requests == count, "asked in the handshake"
        connection.read(no_body=True)
        if host not in ("optional", "require"):
            answer = connection.ask("/staff", host=name, headers=[PROBLEM])
            if count or client != "1.3":
                assert_ran(asked, answer, pki.alice)
                assert connection.conn.requests == 1
            else:
                assert_refused(asked, answer, "step-up-unavailable")


def first_flight(port, name, protocols):
    """Types of the handshake messages of a TLS 1.2 server's first flight, which is not encrypted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(protocols)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    hello = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        hello.do_handshake()
    records, messages = b"", b""
    with socket.create_connection(("127.0.0.1", port), 20) as sock:
        sock.sendall(outgoing.read())
        found = []
        while 14 not in found:  # ServerHelloDone
            data = sock.recv(65536)
            assert data, "closed after %r" % found
            records += data
            while len(records) >= 5 and len(records) >= 5 + int.from_bytes(records[3:5], "big"):
                length = int.from_bytes(records[3:5], "big")
                assert records[0] == 22, "not a handshake record: %r" % records[:7]
                messages, records = messages + records[5:5 + length], records[5 + length:]
            while len(messages) >= 4 and len(messages) >= 4 + int.from_bytes(messages[1:4], "big"):
                found.append(messages[0])
                messages = messages[4 + int.from_bytes(messages[1:4], "big"):]
    return found


@pytest.mark.parametrize("host", ["require", "always"])
def test_acme_challenge_is_never_asked(asked, host):
    """A client cannot go on without mod_md's answer, so only the server's flight is looked at."""
    name = host + ".example.test"
    assert CERTIFICATE_REQUEST not in first_flight(asked.port, name, ["acme-tls/1"])
    for protocols in (["acme-tls/1", "http/1.1"], ["http/1.1"], ["acme-tls/2"]):
        assert CERTIFICATE_REQUEST in first_flight(asked.port, name, protocols), protocols


def name_der(cert):
    return cert.certificate.subject.public_bytes()


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("host,there,absent", [
    ("optional", ["staff_root"], ["partner_root", "staff_ca"]),
    ("two", ["staff_root", "partner_root"], ["third_root"]),
    ("nameless", [], ["staff_root"]), ("renamed", ["staff_ca"], ["staff_root"])])
def test_ca_names_in_the_handshake(asked, pki, version, host, there, absent):
    with h1(asked.port, version=version, sni=host + ".example.test") as client:
        sent, = client.conn.request_bodies
    assert [x for x in there if name_der(getattr(pki, x)) not in sent] == []
    assert [x for x in absent if name_der(getattr(pki, x)) in sent] == []


@pytest.mark.parametrize("way", WAYS)
def test_ca_names_of_a_step_up_are_of_the_place(site, pki, way):
    for path, there, absent in (("/staff", "staff_root", "partner_root"),
                                ("/several", "partner_root", "foreign_root"),
                                ("/depth", "deep_root", "staff_root")):
        with h1(site.port, **WAYS[way]) as client:
            assert client.ask(path).status == 403
            sent, = client.conn.request_bodies
        assert name_der(getattr(pki, there)) in sent
        assert name_der(getattr(pki, absent)) not in sent


def test_ca_names_as_openssl_shows_them(asked):
    text = s_client(asked.port, "-tls1_2", sni="two.example.test",
                    send=b"HEAD / HTTP/1.0\r\nHost: two.example.test\r\n\r\n")
    part = text.split("Acceptable client certificate CA names", 1)[1].split("Requested", 1)[0]
    assert "CN = Staff root" in part and "CN = Partner root" in part


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("host", ["tight", "few"])
def test_F_39_chain_limits(asked, pki, version, host):
    """Above the limit of octets or certificates there is an answer; far above, an alert."""
    name = host + ".example.test"
    with h1(asked.port, version=version, sni=name, cert=pki.alice) as client:
        assert_refused(asked, client.ask("/", host=name, headers=[PROBLEM]), "chain-too-long")
    with h1(asked.port, version=version, sni=name, cert=pki.anna) as client:
        assert_ran(asked, client.ask("/", host=name), pki.anna)
    if host == "tight":
        case = "tight-" + version
        with pytest.raises(TlsError):
            with h1(asked.port, version=version, sni=name, cert=pki.deep) as client:
                client.ask("/", host=name, case=case)
        assert not asked.oracle.ran(case)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_http2_sees_the_handshake_proof(asked, pki, version):
    name = "always.example.test"
    with h2(asked.port, version=version, sni=name, cert=pki.alice) as client:
        for stream in client.finish(*[client.start("/staff", host=name) for _ in range(10)]):
            assert_ran(asked, stream, pki.alice)
