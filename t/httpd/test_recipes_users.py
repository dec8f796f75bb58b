# SPDX-License-Identifier: Apache-2.0
"""conf.d/recipes/ of users: each lets in whom it is for, and no others, as its first lines say."""
import os
import re
import subprocess

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as EKU, NameOID

from mtlstest.clients import OPENSSL, curl, h1
from mtlstest.people import public_folder, upn
from mtlstest.server import Httpd
from mtlstest.sites import PROBLEM, assert_refused, vhost
from mtlstest.slapd import SUFFIX, Slapd
from test_recipes import CONF, include

CN, OU = NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME
ORGANIZATION_IDENTIFIER = x509.ObjectIdentifier("2.5.4.97")
# Clients of each kind: asked by renegotiation, later on TLS 1.3, and in the handshake.
WAYS = [dict(version="1.2"), dict(version="1.3", pha=True), dict(version="1.3", pha=False)]
USED = {"smart-cards.conf", "partner-banks.conf", "wiki-password.conf", "ldap-groups.conf",
        "from-fakebasicauth.conf"}

each_way = pytest.mark.parametrize("way", WAYS, ids=["reneg", "pha", "handshake"])


def recipe(name, **definitions):
    """A server with a recipe, and what is to be said before it."""
    defined = "".join('Define MTLS_%s "%s"\n' % pair for pair in definitions.items())
    return defined + include("recipes/" + name) + vhost("localhost", "")


def shipped(folder, name, change=lambda text: text):
    """A copy of a map that is shipped, as the administrator makes one; its path."""
    with open(os.path.join(CONF, "recipes", name), encoding="utf-8") as f:
        text = f.read()
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(change(text))
    return path


def name(*pairs):
    return x509.Name([x509.NameAttribute(*pair) for pair in pairs])


@pytest.fixture(scope="module")
def folder():
    with public_folder() as path:
        yield path


def ask(site, cert, path, way, *headers):
    with h1(site.port, cert=cert, **way) as client:
        return client.ask(path, headers=[PROBLEM] + list(headers))


def assert_user(site, answer, user, kind="mtls"):
    assert answer.status == 200, "expected 200: %r" % answer
    seen = site.oracle.one(answer.case)
    assert (seen["user"], seen["auth_type"]) == (user, kind)
    return seen["env"]


# Smart cards

@pytest.fixture(scope="module")
def cards(serve, pki, folder):
    card_usages = [EKU.SMARTCARD_LOGON]
    pki.issue("card_ca", ca=True, subject=name((NameOID.COUNTRY_NAME, "DE"),
                                               (NameOID.ORGANIZATION_NAME, "Example"),
                                               (CN, "Card CA")))
    for label, principal, usages in (
            ("card_ann", "ann@corp.example.org", card_usages),
            ("card_joe", "Joe@CORP.example.org", card_usages),
            ("card_lost", "eve@corp.example.org", card_usages),
            ("card_else", "ann@elsewhere.test", card_usages),
            ("card_mail", "ann@corp.example.org", [EKU.EMAIL_PROTECTION]),
            ("card_bare", "ann@corp.example.org", ())):
        pki.issue(label, pki.card_ca, sans=[upn(principal)], eku=usages)
    pki.issue("card_two", pki.card_ca, eku=card_usages,
              sans=[upn("joe@corp.example.org"), upn("jim@corp.example.org")])
    lost = "0x%X" % pki.card_lost.certificate.serial_number
    return serve(recipe("smart-cards.conf", STAFF_CA=pki.card_ca.leaf_file,
                        STAFF_MAP=shipped(folder, "smart-cards.map",
                                          lambda text: text.replace("0x1F2A", lost))), name="cards")


@each_way
def test_smart_cards(cards, pki, way):
    env = assert_user(cards, ask(cards, pki.card_ann, "/intranet/", way), "ann")
    assert env["MTLS_GROUPS"] == "staff,admins"
    env = assert_user(cards, ask(cards, pki.card_joe, "/intranet/", way), "joe")
    assert env["MTLS_GROUPS"] == "staff"
    for cert, word in ((pki.card_else, "no-rule"), (pki.card_lost, "denied-by-rule"),
                       (pki.card_two, "user-ambiguous"), (pki.card_mail, "wrong-purpose"),
                       (pki.card_bare, "wrong-purpose"), (pki.foreign, "untrusted-issuer")):
        assert_refused(cards, ask(cards, cert, "/intranet/", way), word)
    assert_refused(cards, ask(cards, None, "/intranet/", way), {"declined", "no-certificate"})


@each_way
def test_smart_cards_of_administrators(cards, pki, way):
    """The inner place asks for more, and for nothing again."""
    assert_user(cards, ask(cards, pki.card_ann, "/intranet/admin/", way), "ann")
    assert_refused(cards, ask(cards, pki.card_joe, "/intranet/admin/", way), "not-in-group")
    assert_refused(cards, ask(cards, pki.card_lost, "/intranet/admin/", way), "denied-by-rule")


# Partner banks

@pytest.fixture(scope="module")
def banks(serve, pki, folder):
    for label, identifier in (("bank_de", "PSDDE-BAFIN-125314"), ("bank_fr", "PSDFR-ACPR-10278"),
                              ("bank_at", "PSDAT-FMA-4711"), ("bank_xx", "PSDXX-NOBODY-1"),
                              ("bank_longer", "PSDDE-BAFIN-1253140")):
        pki.issue(label, pki.partner_root,
                  subject=name((ORGANIZATION_IDENTIFIER, identifier), (CN, label)),
                  eku=[EKU.CLIENT_AUTH, EKU.SERVER_AUTH])
    pki.issue("bank_ch", pki.partner_root)
    pki.issue("bank_ou", pki.partner_root, subject=name((OU, "PSDDE-BAFIN-125314"), (CN, "x")))
    return serve(recipe("partner-banks.conf", BANKS_CA=pki.partner_root.leaf_file,
                        BANKS_MAP=shipped(folder, "partner-banks.map", lambda text: re.sub(
                            "[0-9a-f]{64}", pki.bank_ch.sha256.lower(), text))), name="banks")


@each_way
def test_partner_banks(banks, pki, way):
    for cert, user in ((pki.bank_de, "bank-de"), (pki.bank_fr, "bank-fr"),
                       (pki.bank_ch, "bank-ch")):
        assert_user(banks, ask(banks, cert, "/psd2/", way), user)
        assert_user(banks, ask(banks, cert, "/psd2/accounts/7", way), user)
    assert_user(banks, ask(banks, pki.bank_de, "/psd2/payments/7", way), "bank-de")
    for cert in (pki.bank_fr, pki.bank_ch):
        assert_refused(banks, ask(banks, cert, "/psd2/payments/7", way), "not-in-group")
    for cert, word in ((pki.bank_at, "denied-by-rule"), (pki.bank_xx, "no-rule"),
                       (pki.bank_longer, "no-rule"), (pki.bank_ou, "no-rule"),
                       (pki.alice, "untrusted-issuer")):
        for path in ("/psd2/", "/psd2/accounts/7", "/psd2/payments/7"):
            assert_refused(banks, ask(banks, cert, path, way), word)


# A wiki

def passwords(folder, file, users):
    """A password file as htpasswd makes it; its path."""
    path = os.path.join(folder, file)
    with open(path, "w", encoding="utf-8") as f:
        for user, password in users.items():
            hashed = subprocess.run([OPENSSL, "passwd", "-apr1", password], check=True,
                                    capture_output=True, text=True).stdout
            f.write("%s:%s" % (user, hashed))
    return path


@pytest.fixture(scope="module")
def wiki(serve, pki, folder):
    for label, mail in (("wiki_alice", "Alice@example.org"), ("wiki_erin", "erin@elsewhere.test")):
        pki.issue(label, pki.staff_ca, sans=[x509.RFC822Name(mail)])
    return serve(recipe("wiki-password.conf", STAFF_CA=pki.staff_root.leaf_file,
                        WIKI_USERS=passwords(folder, "wiki.users", {"erin": "secret"})),
                 modules=["auth_basic", "authn_file"], name="wiki")


@each_way
def test_wiki(wiki, pki, way):
    erin = ("Authorization", "Basic ZXJpbjpzZWNyZXQ=")
    assert_user(wiki, ask(wiki, pki.wiki_alice, "/wiki/", way), "alice")
    assert_user(wiki, ask(wiki, None, "/wiki/", way, erin), "erin", "Basic")
    for cert in (None, pki.wiki_erin, pki.foreign):
        answer = ask(wiki, cert, "/wiki/", way)
        assert answer.status == 401 and not wiki.oracle.ran(answer.case)
    assert ask(wiki, None, "/wiki/", way, ("Authorization", "Basic ZXJpbjp4")).status == 401
    assert_user(wiki, ask(wiki, pki.wiki_erin, "/wiki/", way, erin), "erin", "Basic")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_wiki_as_its_head_says(wiki, pki, version):
    options = ["--tls-max", version]
    assert curl(wiki.port, "/wiki/", *options, cert=pki.wiki_alice).status == 200
    assert curl(wiki.port, "/wiki/", *options, "-u", "erin:secret").status == 200
    assert curl(wiki.port, "/wiki/", *options).status == 401


# LDAP

LDIF = """
dn: {suffix}
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: uid=ann,{suffix}
objectClass: inetOrgPerson
uid: ann
cn: Ann
sn: A

dn: uid=joe,{suffix}
objectClass: inetOrgPerson
uid: joe
cn: Joe
sn: J

dn: cn=staff,{suffix}
objectClass: groupOfNames
cn: staff
member: uid=ann,{suffix}
""".format(suffix=SUFFIX)


@pytest.fixture(scope="module")
def directory(serve, pki):
    for label, principal in (
            ("ldap_ann", "Ann@corp.example.org"), ("ldap_joe", "joe@corp.example.org"),
            ("ldap_none", "eve@corp.example.org"), ("ldap_star", "*@corp.example.org"),
            ("ldap_else", "ann@elsewhere.test")):
        pki.issue(label, pki.staff_ca, sans=[upn(principal)])
    with Slapd(LDIF) as slapd:
        slapd.start()
        yield serve(recipe("ldap-groups.conf", STAFF_CA=pki.staff_root.leaf_file,
                           LDAP_URL=slapd.url("?uid"), LDAP_GROUP="cn=staff," + SUFFIX),
                    modules=["ldap", "authnz_ldap"], name="ldap")


@each_way
def test_ldap_groups(directory, pki, way):
    assert_user(directory, ask(directory, pki.ldap_ann, "/staff/", way), "ann")
    for cert in (pki.ldap_joe, pki.ldap_none, pki.ldap_star, pki.ldap_else, pki.foreign, None):
        answer = ask(directory, cert, "/staff/", way)
        assert answer.status == 403 and not directory.oracle.ran(answer.case)


# From FakeBasicAuth

@pytest.fixture(scope="module")
def fake(serve, pki, folder):
    subject = "/C=DE/O=mod_mtls tests/CN=alice"
    return serve(recipe("from-fakebasicauth.conf", STAFF_CA=pki.staff_root.leaf_file,
                        SSL_USERS=passwords(folder, "ssl.users", {subject: "password"})),
                 modules=["auth_basic", "authn_file"], name="fake")


@each_way
def test_from_fake_basic_auth(fake, pki, way):
    subject = "/C=DE/O=mod_mtls tests/CN=alice"
    assert_user(fake, ask(fake, pki.alice, "/secure/", way), subject, "Basic")
    answer = ask(fake, pki.anna, "/secure/", way)
    assert answer.status == 401 and not fake.oracle.ran(answer.case)
    assert_refused(fake, ask(fake, pki.foreign, "/secure/", way), "untrusted-issuer")


@pytest.mark.parametrize("file", sorted(USED))
def test_without_definitions(pki, file):
    """Refused by httpd -t, at the recipe's own line."""
    server = Httpd(pki, include("recipes/" + file) + vhost("localhost", ""), name="bare",
                   modules=["auth_basic", "authn_file", "ldap", "authnz_ldap"])
    result = server.check()
    assert not result.ok and file + ":" in result.text
