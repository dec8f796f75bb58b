# SPDX-License-Identifier: Apache-2.0
"""Family T-N of names, through a real server: a name is what it is, and nobody else's.

T-N01 is in test_names_unclean.py, T-N11's other half in test_users.py.
"""
import base64
import contextlib
import time
import unicodedata

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as EKU, NameOID

from mtlstest import odd_certs as odd
from mtlstest.clients import h1
from mtlstest.naming import Places, Visitor, who
from mtlstest.oracle import new_case
from mtlstest.odd_certs import BMP, CN, DC, IA5, O, OU, T61, UNIVERSAL, UTF8
from mtlstest.raw13 import Hello, Tls13
from mtlstest.raw_common import Credential, RawError
from mtlstest.server import Httpd
from mtlstest.sites import TRUST, assert_refused, location, vhost

# T-N05. The longest value that is read, and the longest text that a template makes.
MAX_TEXT, MAX_USER = 4096, 1024
SIZES = [31, 32, 33, 64, 255, 256, MAX_USER, MAX_USER + 1, MAX_TEXT]
OVER = [MAX_TEXT + 1, 65536]

# T-N08. Needs far more steps than there are, on what does not match it in the end.
CATASTROPHIC = "(a|aa|aaa|b?a)*(a|aa|b?a)*[^a][cd]"

NFC, NFD = unicodedata.normalize("NFC", "Jörg"), unicodedata.normalize("NFD", "Jörg")
CYRILLIC = "\u0430lice"      # looks like alice
KELVIN = "\u212aate"         # folds to kate, as the long s folds to s
ASTRAL = "A\U00010348B"

# T-N03. The name of the administrator, in every notation that rules know.
NOTATIONS = {
    "rfc4514": '"CN=admin,O=Acme"', "oneline": '"/O=Acme/CN=admin"',
    "dotted": '"2.5.4.3=admin,2.5.4.10=Acme"', "long": '"commonName=admin,organizationName=Acme"',
    "dotted-oneline": '"/2.5.4.10=Acme/2.5.4.3=admin"', "escaped": r'"CN=\61dmin,O=\41cme"',
}
ISSUER_NOTATIONS = {
    "rfc4514": '"CN=Root,O=Acme"', "oneline": '"/O=Acme/CN=Root"',
    "dotted": '"2.5.4.3=Root,2.5.4.10=Acme"',
}

# T-N03. Names that are printed like it, or hold it: RDNs in certificate order.
LOOKALIKES = {
    "slash in O": [(O, "Acme/CN=admin")],
    "comma in O": [(O, "Acme,CN=admin")],
    "comma in CN": [(CN, "admin,O=Acme")],
    "plus in O": [(O, "Acme+CN=admin")],
    "slash in CN": [(CN, "x/O=Acme/CN=admin")],
    "CN behind a comma": [(O, "Acme"), (CN, "x,CN=admin")],
    "CN before a comma": [(O, "Acme"), (CN, "admin,CN=x")],
    "CN behind a slash": [(O, "Acme"), (CN, "x/CN=admin")],
    "CN before a slash": [(O, "Acme"), (CN, "admin/CN=x")],
    "CN behind a plus": [(O, "Acme"), (CN, "x+CN=admin")],
    "quotes": [(O, "Acme"), (CN, '"admin"')],
    "backslash": [(O, "Acme"), (CN, "admin\\")],
    "escape": [(O, "Acme"), (CN, "\\61dmin")],
    "hex": [(O, "Acme"), (CN, "#0C0561646D696E")],
    "blank": [(O, "Acme"), (CN, " admin")],
    "blank after": [(O, "Acme"), (CN, "admin ")],
    "newline": [(O, "Acme"), (CN, "x\nCN=admin")],
    "case": [(O, "ACME"), (CN, "admin")],
}


def place_types(places):
    """T-N02: the same text as each field."""
    for word in ("email", "upn", "san-dns", "san-uri", "emailaddress", "cn"):
        value = "a@b.test" if word in ("email", "upn") else '"a@b.test"'
        places.map("/type/" + word, "when %s is %s then user it" % (word, value))
        places.map("/type-like/" + word, 'when %s like "a@*" then user it' % word)
    for word in ("san-rid", "san-ip"):
        places.map("/type/" + word, "when %s present then user it" % word)
    places.map("/type/san-dirname", 'when san-dirname is "CN=alice" then user it')
    places.map("/type/subject", 'when subject is "CN=alice" then user it')
    for kind in ("email", "upn", "dns", "uri"):
        places.add("/require/" + kind, "MTLSVerifyClient require",
                   "Require mtls-san %s is a@b.test" % kind)


def place_notations(places):
    """T-N03"""
    for name, text in NOTATIONS.items():
        places.map("/subject/" + name, "when subject is %s then user boss" % text)
        places.map("/under/" + name, "when subject under %s then user boss" % text)
        places.add("/require-subject/" + name, "MTLSVerifyClient require",
                   "Require mtls-subject " + text)
    for name, text in ISSUER_NOTATIONS.items():
        places.map("/issuer/" + name, "when issuer is %s then user boss" % text)
        places.add("/require-issuer/" + name, "MTLSVerifyClient require",
                   "Require mtls-issuer " + text)
    places.map("/issuer/parts", "when issuer.cn is Root and issuer.o is Acme then user boss")
    places.map("/part/cn", "when cn is admin then user boss")
    places.map("/part/parts", "when cn is admin and o is Acme then user boss")
    places.map("/is-dns", "when san-dns is admin.example.test then user boss")
    places.map("/like-dns", "when san-dns like admin.* then user boss")
    places.map("/dns-template", 'when san-dns present then user "{san-dns}"')
    places.map("/is-email", "when email is admin@example.test then user boss")
    places.map("/is-uri", "when san-uri is urn:admin then user boss")


def place_order(places):
    """T-N04"""
    places.map("/order", 'when subject is "CN=alice,OU=ops,O=Acme" then user it')
    places.map("/multi", 'when subject is "CN=alice+OU=ops,O=Acme" then user it')
    places.map("/multi-other", 'when subject is "/O=Acme/OU=ops+CN=alice" then user it')
    places.map("/under-org", 'when subject under "O=Acme,C=DE" then user it')
    for word in ("only", "every"):
        places.map("/" + word, "when %s ou is ops then user it" % word)
        places.map("/not-" + word, "when not %s ou is ops then user it" % word)
    places.map("/some", "when ou is ops then user it")
    places.map("/not-some", "when not ou is ops then user it")
    places.user("/user-ou", "ou")


def place_sizes(places):
    """T-N05"""
    for word in ("cn", "san-uri", "san-dns", "email.local"):
        places.map("/size/" + word, "\n".join(
            "when %s is %s then user size%d" % (word, "a" * size, size) for size in SIZES))
        places.map("/size-like/" + word, "when %s like a* then user it" % word)
        places.map("/size-not/" + word, "when not %s is b then user it" % word)
    places.user("/size-user", "cn")


def place_patterns(places):
    """T-N08"""
    places.map("/re/word", 'when cn matches "[a-z]+" then user it')
    places.map("/re/either", 'when cn matches "admin|root" then user it')
    places.map("/re/dollar", 'when cn matches "admin$" then user it')
    places.map("/re/multiline", 'when cn matches "(?m)^admin$" then user it')
    places.map("/re/dots", 'when cn matches "(?s).*admin.*" then user it')
    places.map("/re/slow", 'when cn matches "%s" then user it' % CATASTROPHIC)
    places.map("/re/not-slow", 'when not cn matches "%s" then user it' % CATASTROPHIC)
    places.map("/re/slow-deny", 'when cn matches "%s" then deny "no"\nalways then user it'
               % CATASTROPHIC)
    places.map("/re/dns", 'when san-dns matches "db.\\.example\\.test" then user it')
    places.map("/re/capture", 'when cn matches "(?<who>[a-z]+)\\.(?<dept>[a-z]+)" '
               'then user "{$who}" groups "{$dept}"')
    places.map("/is-dot", "when cn is a.b then user it")
    places.map("/like-dot", "when cn like a.b* then user it")
    places.map("/is-star", 'when cn is "*" then user it')
    places.map("/is-admin", "when cn is admin then user boss")
    places.map("/template", 'when cn present then user "{cn}"')
    places.add("/require-slow", "MTLSVerifyClient require",
               'Require mtls-san uri matches "%s"' % CATASTROPHIC)
    places.add("/require-not-slow", "MTLSVerifyClient require", "<RequireAll>",
               "Require mtls-valid", 'Require not mtls-san uri matches "%s"' % CATASTROPHIC,
               "</RequireAll>")


def place_mailboxes(places):
    """T-N09"""
    for word in ("email", "upn"):
        domain = "domain" if word == "email" else "realm"
        places.user("/%s/plain" % word, word)
        places.user("/%s/realm" % word, word, "realm=corp.example")
        places.user("/%s/strip" % word, word, "realm=corp.example", "strip-realm")
        places.user("/%s/local" % word, word + ".local")
        places.map("/%s/domain" % word, "when %s.%s is corp.example then user it" % (word, domain))
        places.map("/%s/like" % word, 'when %s like "*@corp.example" then user "{$1}"' % word)
        places.map("/%s/matches" % word,
                   'when %s matches "(?<u>.+)@corp\\.example" then user "{$u}"' % word)
        places.map("/%s/is" % word, "when %s is alice@corp.example then user it" % word)
        places.map("/%s/any-case" % word,
                   "when %s is alice@corp.example any-case then user it" % word)
        places.map("/%s/not" % word, "when not %s.%s is evil.test then user it" % (word, domain))
    places.user("/cn/realm", "cn", "realm=corp.example", "strip-realm")
    places.user("/cn/strip", "cn", "strip-realm")
    places.map("/upn/idn", "when upn.realm is bücher.example then user it")
    places.map("/upn/ascii", "when upn.realm is xn--bcher-kva.example then user it")


def place_text(places):
    """T-N12"""
    places.map("/text/nfc", 'when cn is "%s" then user it' % NFC)
    places.map("/text/nfd", 'when cn is "%s" then user it' % NFD)
    places.map("/text/alice", "when cn is alice any-case then user it")
    places.map("/text/kate", "when cn is kate any-case then user it")
    places.map("/text/kate-like", 'when cn like "ka*" any-case then user it')
    places.map("/text/kate-matches", 'when cn matches "kate" any-case then user it')
    places.map("/text/realm-matches", 'when upn.realm matches "(?-i:bank)\\.test" then user it')
    places.map("/text/realm-folded", 'when upn.realm matches "bank\\.test" then user it')
    places.map("/text/street", 'when cn is "STRASSE" any-case then user it')
    places.map("/text/astral", 'when cn is "%s" then user it' % ASTRAL)
    places.map("/text/one", 'when cn like "?" then user it')
    places.user("/text/user", "cn")
    places.user("/text/lower", "cn", "lower")


def make_places():
    places = Places("staff acme")
    for place in (place_types, place_notations, place_order, place_sizes, place_patterns,
                  place_mailboxes, place_text):
        place(places)
    places.user("/user-cn", "cn")
    places.add("/open", "MTLSUser cn", "MTLSVerifyClient optional")
    places.map("/owned", "when email is alice@example.test then user alice groups ops")
    places.map("/owned-or-cn", "when email is alice@example.test then user alice groups ops",
               "MTLSUser cn")
    places.add("/owned-group", "MTLSMap conf/owned.map", "MTLSUser cn", "MTLSVerifyClient require",
               "AuthType mtls", "Require mtls-group ops")
    places.add("/fake", "MTLSFakeBasicAuth on", "MTLSVerifyClient optional", "AuthType Basic",
               'AuthName "t"', "AuthBasicProvider file", "AuthUserFile @ROOT@/conf/users",
               "Require valid-user")
    return places


def profiles(pki):
    """CAs that are called Acme's, and not."""
    named = {"acme": ("Acme", "Root"), "not_acme1": ("Acme/CN=Root", None),
             "not_acme2": ("Acme,CN=Root", None), "not_acme3": ("Acme+CN=Root", None),
             "not_acme4": ("Acme", "Root "), "not_acme5": ("Acme", 'x",CN=Root'),
             "key_a": ("ab", "c"), "key_b": ("a", "bc")}
    for label, (org, cn) in named.items():
        names = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, org)]
        names += [x509.NameAttribute(NameOID.COMMON_NAME, cn)] if cn else []
        pki.issue(label, ca=True, subject=x509.Name(names))
    pki.write("acme_all.pem", *(getattr(pki, label) for label in named))
    return "<MTLSTrust acme>\n  MTLSCACertificateFile @PKI@/acme_all.pem\n</MTLSTrust>\n"


def make_keys(pki):
    """T-N10: pairs that are the same once their parts are run together; a rule for each."""
    rows = [
        ("ab_c", pki.staff_ca, [(O, "ab"), (CN, "c")], 0x7000000000000011),
        ("a_bc", pki.staff_ca, [(O, "a"), (CN, "bc")], 0x700000000000001122),
        ("abc", pki.staff_ca, [(CN, "abc")], 0x7000000000000000),
        ("joined", pki.staff_ca, [(O, "ab+CN=c")], 0x70000000000000),
        ("same_serial_a", pki.key_a, [(CN, "x")], 0x5511),
        ("same_serial_b", pki.key_b, [(CN, "x")], 0x5511),
        ("longer_serial", pki.key_a, [(CN, "x")], 0x551100),
        ("shorter_serial", pki.key_a, [(CN, "x")], 0x55),
        ("negative", pki.key_a, [(CN, "x")], -0x5511),
    ]
    subjects, serials = [], []
    for label, ca, subject, serial in rows:
        odd.issue(pki, "key_of_" + label, ca, subject=odd.name(*subject), serial=serial)
        notation = ",".join("%s=%s" % ({O: "O", CN: "CN"}[kind], value.replace("+", "\\+"))
                            for kind, value in reversed(subject))
        if ca is pki.staff_ca:
            subjects.append('when subject is "%s" then user %s' % (notation, label))
        serials.append('when serial-issuer is "%s0x%x$%s" then user %s' % (
            "-" if serial < 0 else "", abs(serial), ca.subject, label))
    return [row[0] for row in rows], subjects, serials


@pytest.fixture(scope="module")
def site(serve, pki):
    trust = TRUST + profiles(pki)
    places = make_places()
    pki.key_labels, subjects, serials = make_keys(pki)
    places.map("/keys/subject", "\n".join(subjects))
    places.map("/keys/serial-issuer", "\n".join(serials))
    files = dict(places.files)
    files["conf/users"] = "typed:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n"
    return serve("Protocols h2 http/1.1\n" + trust + places.host("MTLSChainLimit 100K 6"),
                 modules=["http2", "auth_basic", "authn_file"], name="names", files=files,
                 log_level="info")


_number = iter(range(100000))


def make(pki, *subject, issuer=None, **more):
    """A certificate with these RDNs."""
    return odd.issue(pki, "name%d" % next(_number), issuer or pki.staff_ca,
                     subject=odd.name(*subject), **more)


# T-N02

TYPED = {"email": odd.email, "upn": odd.upn, "san-dns": odd.dns, "san-uri": odd.uri}


def test_T_N02_alternative_names_stay_their_type(site, pki):
    """The same text as each type, and in the subject: one field sees it."""
    certs = {word: make(pki, (CN, "x"), sans=[of("a@b.test")]) for word, of in TYPED.items()}
    certs["emailaddress"] = make(pki, (odd.EMAIL_ADDRESS, "a@b.test", IA5))
    certs["cn"] = make(pki, (CN, "a@b.test"))
    for own, cert in certs.items():
        with Visitor(site, cert) as visitor:
            for word in certs:
                expected = "it" if word == own else "!no-rule"
                assert visitor.who("/type/" + word) == expected, (own, word)
                assert visitor.who("/type-like/" + word) == expected, (own, word)
            for word in TYPED:
                answer = visitor.ask("/require/" + word.replace("san-", ""))
                assert answer.status == (200 if word == own else 403), (own, word)
                assert site.oracle.ran(answer.case) == (word == own)


def test_T_N02_directory_names_are_no_subjects(site, pki):
    subject = make(pki, (CN, "alice"))
    san = make(pki, (CN, "x"), sans=[odd.directory(odd.name((CN, "alice")))])
    assert who(site, subject, "/type/subject") == "it"
    assert who(site, subject, "/type/san-dirname") == "!no-rule"
    assert who(site, san, "/type/subject") == "!no-rule"
    assert who(site, san, "/type/san-dirname") == "it"


def test_T_N02_text_of_addresses_and_identifiers(site, pki):
    """Four octets that spell an address are no host name, and the other way round."""
    cert = make(pki, (CN, "x"), sans=[odd.dns("192.0.2.1"), odd.uri("1.2.3.4")])
    assert who(site, cert, "/type/san-ip") == "!no-rule"
    assert who(site, cert, "/type/san-rid") == "!no-rule"


# T-N03

def test_T_N03_the_name_itself(site, pki):
    with Visitor(site, make(pki, (O, "Acme"), (CN, "admin"))) as visitor:
        for name in NOTATIONS:
            assert visitor.who("/subject/" + name) == "boss", name
            assert visitor.who("/under/" + name) == "boss", name
            assert visitor.ask("/require-subject/" + name).status == 200, name
        assert visitor.who("/part/cn") == visitor.who("/part/parts") == "boss"


@pytest.mark.parametrize("label", LOOKALIKES)
def test_T_N03_names_that_look_like_it(site, pki, label):
    with Visitor(site, make(pki, *LOOKALIKES[label])) as visitor:
        for name in NOTATIONS:
            assert visitor.who("/subject/" + name) == "!no-rule", name
            assert visitor.who("/under/" + name) == "!no-rule", name
            answer = visitor.ask("/require-subject/" + name)
            assert_refused(site, answer, "not-authorized")
        assert visitor.who("/part/parts") == "!no-rule"
        if label != "case":
            assert visitor.who("/part/cn") == "!no-rule"


def test_T_N03_issuers_that_look_like_it(site, pki):
    for label in ("acme", "not_acme1", "not_acme2", "not_acme3", "not_acme4", "not_acme5"):
        expected = "boss" if label == "acme" else "!no-rule"
        with Visitor(site, make(pki, (CN, "x"), issuer=getattr(pki, label))) as visitor:
            for name in [*ISSUER_NOTATIONS, "parts"]:
                assert visitor.who("/issuer/" + name) == expected, (label, name)
            for name in ISSUER_NOTATIONS:
                answer = visitor.ask("/require-issuer/" + name)
                assert answer.status == (200 if label == "acme" else 403), (label, name)


HOSTILE_TEXT = ["x, DNS:admin.example.test", 'x", DNS:"admin.example.test',
                "x, email:admin@example.test", "x\", URI:\"urn:admin", "x,URI:urn:admin",
                "x\nDNS:admin.example.test", "x, othername:<unsupported>, DNS:admin.example.test"]


@pytest.mark.parametrize("value", HOSTILE_TEXT)
def test_T_N03_text_within_alternative_names(site, pki, value):
    """One name is one name, however it would be printed."""
    for of in (odd.dns, odd.uri, odd.email, odd.upn):
        with Visitor(site, make(pki, (CN, "x"), sans=[of(value)])) as visitor:
            for path in ("/is-dns", "/like-dns", "/is-email", "/is-uri"):
                assert visitor.who(path) == "!no-rule", path
            if of is odd.dns:
                assert visitor.who("/dns-template") in (value, "!no-rule")


# T-N04

ORG, OPS, ALICE = (O, "Acme"), (OU, "ops"), (CN, "alice")
PAIR = [odd.attribute(CN, "alice"), odd.attribute(OU, "ops")]


@pytest.mark.parametrize("subject,order,multi", [
    ([ORG, OPS, ALICE], True, False),
    ([ALICE, OPS, ORG], False, False),
    ([OPS, ORG, ALICE], False, False),
    ([ORG, ALICE, OPS], False, False),
    ([ORG, ALICE], False, False),
    ([OPS, ALICE], False, False),
    ([ORG, OPS, OPS, ALICE], False, False),
    ([ORG, OPS, ALICE, ALICE], False, False),
    ([ORG, OPS, ALICE, (CN, "admin")], False, False),
    ([(CN, "admin"), ORG, OPS, ALICE], False, False),
    ([ORG, odd.rdn(*PAIR)], False, True),
    ([ORG, odd.rdn(*PAIR[::-1])], False, True),
    ([odd.rdn(*PAIR), ORG], False, False),
    ([ORG, odd.rdn(*PAIR, odd.attribute(OU, "ops"))], False, False),
    ([ORG, odd.rdn(*PAIR, odd.attribute(DC, "x"))], False, False),
    ([ORG, odd.rdn(PAIR[0]), odd.rdn(PAIR[1])], False, False),
    ([odd.rdn(odd.attribute(*ORG), *PAIR)], False, False),
    ([ORG, (CN, "alice+OU=ops")], False, False),
], ids=str)
def test_T_N04_order_and_sets(site, pki, subject, order, multi):
    """RDNs in order and all of them; within one RDN a set."""
    with Visitor(site, make(pki, *subject)) as visitor:
        assert visitor.who("/order") == ("it" if order else "!no-rule")
        assert visitor.who("/multi") == ("it" if multi else "!no-rule")
        assert visitor.who("/multi-other") == ("it" if multi else "!no-rule")


@pytest.mark.parametrize("subject,expected", [
    ([(odd.C, "DE", odd.PRINTABLE), ORG], "it"),
    ([(odd.C, "DE", odd.PRINTABLE), ORG, OPS, ALICE], "it"),
    ([ORG, (odd.C, "DE", odd.PRINTABLE)], "!no-rule"),
    ([ALICE, (odd.C, "DE", odd.PRINTABLE), ORG], "!no-rule"),
    ([(odd.C, "DE", odd.PRINTABLE)], "!no-rule"),
    ([(odd.C, "DE", odd.PRINTABLE), (O, "Acme2")], "!no-rule"),
    ([odd.rdn(odd.attribute(odd.C, "DE", odd.PRINTABLE), odd.attribute(*ORG))], "!no-rule"),
], ids=str)
def test_T_N04_under(site, pki, subject, expected):
    assert who(site, make(pki, *subject), "/under-org") == expected


@pytest.mark.parametrize("ous,some,only,every,user", [
    ([], False, False, False, "!user-absent"),
    (["ops"], True, True, True, "ops"),
    (["dev"], False, False, False, "dev"),
    (["ops", "dev"], True, False, False, "!user-ambiguous"),
    (["dev", "ops"], True, False, False, "!user-ambiguous"),
    (["ops", "ops"], True, False, True, "!user-ambiguous"),
    (["dev", "dev"], False, False, False, "!user-ambiguous"),
], ids=str)
def test_T_N04_repeated_attributes(site, pki, ous, some, only, every, user):
    """some, only and every, wherever the attributes stand; "not" is the opposite of each."""
    apart = [(OU, ou) for ou in ous]
    shapes = [apart] + ([[odd.rdn(*(odd.attribute(OU, ou) for ou in ous))]] if ous else [])
    for shape in shapes:
        with Visitor(site, make(pki, ORG, *shape, ALICE)) as visitor:
            for word, holds in (("some", some), ("only", only), ("every", every)):
                assert visitor.who("/" + word) == ("it" if holds else "!no-rule"), word
                assert visitor.who("/not-" + word) == ("!no-rule" if holds else "it"), word
            assert visitor.who("/user-ou") == user


# T-N05

@pytest.mark.parametrize("word,of", [("san-uri", odd.uri), ("san-dns", odd.dns),
                                     ("email.local", lambda x: odd.email(x + "@b.test"))])
def test_T_N05_alternative_names_are_compared_in_full(site, pki, word, of):
    for size in SIZES:
        room = size if word != "email.local" else min(size, MAX_TEXT - len("@b.test"))
        expected = "size%d" % size if room == size else "!no-rule"
        with Visitor(site, make(pki, (CN, "x"), sans=[of("a" * room)])) as visitor:
            assert visitor.who("/size/" + word) == expected, size
            assert visitor.who("/size-like/" + word) == "it"
        with Visitor(site, make(pki, (CN, "x"), sans=[of("a" * (room - 1) + "b")])) as visitor:
            assert visitor.who("/size/" + word) == "!no-rule", size
    for size in OVER:
        with Visitor(site, make(pki, (CN, "x"), sans=[of("a" * size)])) as visitor:
            for place in ("/size/", "/size-like/", "/size-not/"):
                assert visitor.who(place + word) == "!no-rule", (place, size)


@pytest.mark.parametrize("tag", [UTF8, BMP, UNIVERSAL, T61, IA5])
def test_T_N05_attributes_are_compared_in_full(site, pki, tag):
    for size in SIZES:
        with Visitor(site, make(pki, (CN, "a" * size, tag))) as visitor:
            assert visitor.who("/size/cn") == "size%d" % size
            assert visitor.who("/size-like/cn") == "it"
            expected = "a" * size if size <= MAX_USER else "!user-unusable"
            assert visitor.who("/size-user") == expected, size
        with Visitor(site, make(pki, (CN, "a" * (size - 1) + "b", tag))) as visitor:
            assert visitor.who("/size/cn") == "!no-rule", size
    for size in OVER if tag not in (BMP, UNIVERSAL) else OVER[:1]:
        with Visitor(site, make(pki, (CN, "a" * size, tag))) as visitor:
            for place in ("/size/cn", "/size-like/cn", "/size-not/cn"):
                assert visitor.who(place) == "!no-rule", (place, size)
            assert visitor.who("/size-user") == "!user-unusable"


# T-N06

def test_T_N06_another_certificate_is_another_user(site, pki):
    """What a client says of itself beside the certificate counts for nothing."""
    claims = [("X-Remote-User", "alice"), ("Remote-User", "alice"), ("X-Forwarded-User", "alice"),
              ("MTLS_USER", "alice"), ("MTLS-User", "alice"), ("X-MTLS-User", "alice"),
              ("Authorization", "Basic " + base64.b64encode(b"alice:password").decode())]
    with Visitor(site, make(pki, (CN, "mallory"))) as visitor:
        assert visitor.who("/user-cn") == "mallory"
        for claim in claims:
            assert visitor.who("/user-cn", claim) == "mallory", claim
            assert visitor.who("/owned", claim) == "!no-rule", claim
        assert visitor.who("/user-cn?user=alice&REMOTE_USER=alice") == "mallory"
    with h1(site.port, version="1.3") as client:
        for claim in claims:
            answer = client.ask("/user-cn", headers=[claim])
            assert answer.status == 403 and not site.oracle.ran(answer.case), claim


def test_T_N06_name_that_a_rule_gives_to_somebody_else(site, pki):
    """A common name of the owner is not the owner, and gets none of the owner's groups."""
    owner, other = pki.alice, make(pki, (CN, "alice"))
    assert who(site, owner, "/owned") == "alice"
    assert who(site, other, "/owned") == "!no-rule"
    with Visitor(site, owner) as visitor:
        env = visitor.sees("/owned-or-cn")["env"]
        assert (env["MTLS_USER_SOURCE"], env["MTLS_GROUPS"]) == ("map", "ops")
        assert visitor.who("/owned-group") == "alice"
    with Visitor(site, other) as visitor:
        env = visitor.sees("/owned-or-cn")["env"]
        assert env["MTLS_USER_SOURCE"] == "user" and "MTLS_GROUPS" not in env
        assert visitor.who("/owned-group") == "!not-in-group"


# T-N07

@pytest.mark.parametrize("usages", [[EKU.SERVER_AUTH], [EKU.OCSP_SIGNING], [EKU.TIME_STAMPING],
                                    [EKU.CODE_SIGNING], [EKU.SERVER_AUTH, EKU.OCSP_SIGNING]],
                         ids=["server", "ocsp", "time-stamp", "code", "server and ocsp"])
def test_T_N07_certificates_of_servers_are_no_users(site, pki, usages):
    usages = [usage.dotted_string for usage in usages]
    with Visitor(site, make(pki, (CN, "alice"), eku=usages,
                            sans=[odd.email("alice@example.test")])) as visitor:
        assert visitor.who("/user-cn") == visitor.who("/owned") == "!wrong-purpose"
        env = visitor.sees("/open")["env"]
        assert env["MTLS_REASON"] == "wrong-purpose"
        assert not [name for name in env if name.startswith(("MTLS_USER", "MTLS_SUBJECT"))]
    with Visitor(site, make(pki, (CN, "alice"), eku=[*usages, odd.CLIENT_AUTH])) as visitor:
        assert visitor.who("/user-cn") == "alice", "one of the usages is enough"


# T-N08

@pytest.mark.parametrize("cn,path,expected", [
    ("alice", "/re/word", "it"), ("alice1", "/re/word", "!no-rule"),
    ("1alice", "/re/word", "!no-rule"), ("alice bob", "/re/word", "!no-rule"),
    ("admin", "/re/either", "it"), ("root", "/re/either", "it"),
    ("adminx", "/re/either", "!no-rule"), ("xroot", "/re/either", "!no-rule"),
    ("admin|root", "/re/either", "!no-rule"),
    ("admin\n", "/re/dollar", "!no-rule"), ("admin", "/re/dollar", "it"),
    ("x\nadmin\ny", "/re/multiline", "!no-rule"), ("admin", "/re/multiline", "it"),
    ("x\nadmin\ny", "/re/dots", "!no-rule"), ("x admin y", "/re/dots", "it"),
    ("a.b", "/is-dot", "it"), ("axb", "/is-dot", "!no-rule"),
    ("a.bc", "/like-dot", "it"), ("axbc", "/like-dot", "!no-rule"),
    ("*", "/is-star", "it"), ("x", "/is-star", "!no-rule"),
], ids=str)
def test_T_N08_patterns_are_anchored_and_literals_literal(site, pki, cn, path, expected):
    assert who(site, make(pki, (CN, cn)), path) == expected


@pytest.mark.parametrize("cn", [".*", "*", "a.min", "(?i)ADMIN", "[a-z]+", "{cn}", "{$1}",
                                "%{ENV:X}", "${x}", "\\Qadmin\\E", "$1", "%s%n", "adm?n"])
def test_T_N08_values_are_no_patterns(site, pki, cn):
    with Visitor(site, make(pki, (CN, cn))) as visitor:
        assert visitor.who("/is-admin") == "!no-rule"
        assert visitor.who("/re/either") == "!no-rule"
        assert visitor.who("/template") == visitor.who("/user-cn") == cn


def test_T_N08_catastrophic_pattern(site, pki):
    """It ends soon, and what it cannot tell lets nobody in and excuses nobody."""
    value = "a" * 4000 + "!"
    cert = make(pki, (CN, value), sans=[odd.uri(value)])
    begin = time.monotonic()
    with Visitor(site, cert) as visitor:
        for _ in range(5):
            assert visitor.who("/re/slow") == visitor.who("/re/not-slow") == "!no-rule"
            assert visitor.who("/re/slow-deny") == "!denied-by-rule"
            assert_refused(site, visitor.ask("/require-slow"), "not-authorized")
            assert_refused(site, visitor.ask("/require-not-slow"), "not-authorized")
    assert time.monotonic() - begin < 10, "25 requests"
    with Visitor(site, make(pki, (CN, "aaaxc"), sans=[odd.uri("b")])) as visitor:
        assert visitor.who("/re/slow") == "it"
        assert visitor.who("/re/not-slow") == "!no-rule"
        assert visitor.ask("/require-not-slow").status == 200


@pytest.mark.parametrize("pattern,complaint", [
    ("(?<%s>x)" % ("n" * 33), "name is too long"), ("(?<%s>x)" % ("n" * 4000), "name is too long"),
    ("(" * 200 + "x" + ")" * 200, "too deeply nested"), ("x" * 5000, "longer than"),
    ("(*LIMIT_MATCH=4000000000)x", "verbs"), ("(?<1a>x)", "at "), ("(?<n>x)(?<n>y)", "at "),
    ("\\C", "at "), ("x)", "at "), ("[a", "at "), ("(?C1)x(?C", "at ")], ids=lambda x: x[:24])
def test_T_N08_odd_patterns_are_refused_at_load(pki, pattern, complaint):
    """With file, line and what is wrong, and not with a crash."""
    httpd = Httpd(pki, TRUST + vhost("localhost", location(
        "/", "MTLSMap conf/odd.map", "MTLSAccept staff", "MTLSVerifyClient require")), name="odd",
        files={"conf/odd.map": '# odd\nwhen cn matches "%s" then user it\n' % pattern})
    result = httpd.check()
    assert result.code == 1 and "odd.map:2:" in result.text and complaint in result.text, result


def test_T_N08_captures(site, pki):
    with Visitor(site, make(pki, (CN, "alice.ops"))) as visitor:
        assert visitor.who("/re/capture") == "alice"
        assert visitor.sees("/re/capture")["env"]["MTLS_GROUPS"] == "ops"
    assert who(site, make(pki, (CN, "alice.ops.admin")), "/re/capture") == "!no-rule"
    twice = make(pki, (CN, "alice.ops"), (CN, "bob.dev"))
    assert who(site, twice, "/re/capture") == "!user-ambiguous"


# T-N09

@pytest.mark.parametrize("word,of", [("email", odd.email), ("upn", odd.upn)])
@pytest.mark.parametrize("value", ["alice@evil.test@corp.example", "alice@corp.example@evil.test",
                                   "alice@@corp.example", "@corp.example", "alice@", "alice", "@",
                                   "alice @corp.example", "alice@corp.example ",
                                   "alice@corp.example,x@evil.test", "<alice@corp.example>",
                                   "alice(x)@corp.example", '"alice@corp.example',
                                   'x"@"y@corp.example', "alice@[corp.example"])
def test_T_N09_no_mailbox_is_nobody(site, pki, word, of, value):
    with Visitor(site, make(pki, (CN, "x"), sans=[of(value)])) as visitor:
        for place in ("plain", "realm", "strip", "local"):
            assert visitor.who("/%s/%s" % (word, place)) == "!user-unusable", place
        for place in ("domain", "like", "matches", "is", "any-case", "not"):
            assert visitor.who("/%s/%s" % (word, place)) == "!no-rule", place


@pytest.mark.parametrize("word,of", [("email", odd.email), ("upn", odd.upn)])
def test_T_N09_quoted_local_part(site, pki, word, of):
    """An "@" in quotes divides nothing, and quotes are part of the name."""
    ours, theirs, quoted = (make(pki, (CN, "x"), sans=[of(value)]) for value in (
        '"alice@evil.test"@corp.example', '"alice@corp.example"@evil.test', '"alice"@corp.example'))
    with Visitor(site, ours) as visitor:
        assert visitor.who("/%s/strip" % word) == '"alice@evil.test"'
        assert visitor.who("/%s/local" % word) == '"alice@evil.test"'
        assert visitor.who("/%s/domain" % word) == "it"
    with Visitor(site, theirs) as visitor:
        for place in ("domain", "like", "matches", "is", "not"):
            assert visitor.who("/%s/%s" % (word, place)) == "!no-rule", place
        assert visitor.who("/%s/strip" % word) == "!user-unusable"
    with Visitor(site, quoted) as visitor:
        assert visitor.who("/%s/is" % word) == "!no-rule", "not told to be the same"


@pytest.mark.parametrize("word,of", [("email", odd.email), ("upn", odd.upn)])
@pytest.mark.parametrize("value,same,domain", [
    ("alice@corp.example", True, True), ("alice@CORP.Example", True, True),
    ("Alice@corp.example", False, True), ("ALICE@CORP.EXAMPLE", False, True),
    ("alice@corp.example.evil.test", False, False), ("alice@evilcorp.example", False, False),
    ("alice@corp.example.", False, False), ("alice@corpXexample", False, False)])
def test_T_N09_case_matters_before_the_at_only(site, pki, word, of, value, same, domain):
    local = value.split("@")[0]
    with Visitor(site, make(pki, (CN, "x"), sans=[of(value)])) as visitor:
        assert visitor.who("/%s/is" % word) == ("it" if same else "!no-rule")
        assert visitor.who("/%s/any-case" % word) == ("it" if domain else "!no-rule")
        for place, nobody in (("strip", "!user-unusable"), ("like", "!no-rule"),
                              ("matches", "!no-rule")):
            expected = local if domain else nobody
            assert visitor.who("/%s/%s" % (word, place)) == expected, place
        assert visitor.who("/%s/plain" % word) == value
        assert visitor.who("/%s/realm" % word) == (value if domain else "!user-unusable")


def test_T_N09_international_domains(site, pki):
    """Neither form is converted to the other, and letters beyond ASCII have no case."""
    for value, unicode, ascii_form in [
            ("a@bücher.example", "it", "!no-rule"), ("a@bücher.EXAMPLE", "it", "!no-rule"),
            ("a@BÜCHER.example", "!no-rule", "!no-rule"),
            ("a@xn--bcher-kva.example", "!no-rule", "it"),
            ("a@XN--BCHER-KVA.example", "!no-rule", "it"),
            ("a@bu\u0308cher.example", "!no-rule", "!no-rule")]:
        with Visitor(site, make(pki, (CN, "x"), sans=[odd.upn(value)])) as visitor:
            assert visitor.who("/upn/idn") == unicode, value
            assert visitor.who("/upn/ascii") == ascii_form, value
    assert who(site, make(pki, (CN, "x"), sans=[odd.email("a@bücher.example")]),
               "/email/plain") == "!user-unusable", "rfc822Name is ASCII"


@pytest.mark.parametrize("cn,realm,strip", [
    ("alice@corp.example", "alice", "alice"), ("alice", "!user-unusable", "alice"),
    ("alice@evil.test", "!user-unusable", "alice"),
    ("a@b@corp.example", "!user-unusable", "!user-unusable"),
    ("corp.example", "!user-unusable", "corp.example")])
def test_T_N09_realms_of_other_fields(site, pki, cn, realm, strip):
    with Visitor(site, make(pki, (CN, cn))) as visitor:
        assert visitor.who("/cn/realm") == realm
        assert visitor.who("/cn/strip") == strip


# T-N10

def test_T_N10_keys_do_not_run_together(site, pki):
    """Twice, in both orders: nothing that is kept between requests is another's."""
    for labels in (pki.key_labels, pki.key_labels[::-1]):
        for label in labels:
            with Visitor(site, getattr(pki, "key_of_" + label)) as visitor:
                for _ in range(2):
                    assert visitor.who("/keys/serial-issuer") == label
                    named = label in pki.key_labels[:4]
                    assert visitor.who("/keys/subject") == (label if named else "!no-rule")


# T-N11

def test_T_N11_subject_of_60_kilobytes(site, pki):
    """It logs in nobody, whether or not it begins like somebody's."""
    begin = [(odd.C, "DE", odd.PRINTABLE), (O, "mod_mtls tests"), (CN, "alice")]
    for subject in ([*begin, *[(OU, "x" * 4000)] * 15], [*begin, (OU, "x" * 60000)],
                    [*begin, *[(OU, "\u20ac" * 1300)] * 15], [(CN, "typed"), (OU, "x" * 1100)]):
        with Visitor(site, make(pki, *subject)) as visitor:
            answer = visitor.ask("/fake")
            assert answer.status == 401 and not site.oracle.ran(answer.case)
            for password in ("password", "secret"):
                credentials = base64.b64encode(b"x" * 60 + b":" + password.encode()).decode()
                answer = visitor.ask("/fake", ("Authorization", "Basic " + credentials))
                assert answer.status in (401, 403) and not site.oracle.ran(answer.case)
    with h1(site.port, version="1.3") as client:
        credentials = base64.b64encode(b"typed:secret").decode()
        answer = client.ask("/fake", headers=[("Authorization", "Basic " + credentials)])
        assert site.oracle.one(answer.case)["user"] == "typed", "and the server goes on"


# T-N12

@pytest.mark.parametrize("cn,tag,path,expected", [
    (NFC, UTF8, "nfc", "it"), (NFC, UTF8, "nfd", "!no-rule"),
    (NFD, UTF8, "nfd", "it"), (NFD, UTF8, "nfc", "!no-rule"),
    (NFC, BMP, "nfc", "it"), (NFC, UNIVERSAL, "nfc", "it"), (NFD, BMP, "nfd", "it"),
    (NFC, T61, "nfc", "!no-rule"), (NFC, T61, "user", "!user-unusable"),
    ("alice", T61, "alice", "it"), ("alice", BMP, "alice", "it"), ("ALICE", BMP, "alice", "it"),
    (CYRILLIC, UTF8, "alice", "!no-rule"), (CYRILLIC, BMP, "alice", "!no-rule"),
    (KELVIN, UTF8, "kate", "!no-rule"), (KELVIN, UTF8, "kate-like", "!no-rule"),
    (KELVIN, UTF8, "kate-matches", "!no-rule"),
    ("Kate", UTF8, "kate", "it"), ("Kate", UTF8, "kate-like", "it"),
    ("KATE", UTF8, "kate-matches", "it"),
    ("straße", UTF8, "street", "!no-rule"), ("strasse", UTF8, "street", "it"),
    ("strasse".replace("s", "\u017f"), UTF8, "street", "!no-rule"),
    ("İ", UTF8, "lower", "İ"), ("ÄB", UTF8, "lower", "Äb"), (KELVIN, UTF8, "lower", KELVIN),
    (ASTRAL, UTF8, "astral", "it"), (ASTRAL, UNIVERSAL, "astral", "it"),
    ("鍵", UTF8, "one", "it"), ("鍵", BMP, "one", "it"), ("\U00010348", UTF8, "one", "it"),
    ("e\u0301", UTF8, "one", "!no-rule"), ("\u200b", UTF8, "one", "it"),
], ids=ascii)
def test_T_N12_octets_of_utf8(site, pki, cn, tag, path, expected):
    assert who(site, make(pki, (CN, cn, tag)), "/text/" + path) == expected


# Octets that are no text of their type: not UTF-8, cut, too long a form, surrogates, out of range.
NO_TEXT = [(UTF8, b"alice\xff"), (UTF8, b"alice\xc3"), (UTF8, b"\xc1\xa1lice"),
           (UTF8, b"alice\xed\xa0\x80"), (UTF8, b"alice\xf4\x90\x80\x80"),
           (BMP, b"\0a\0l\xd8\0\xdc\0"), (BMP, b"\0a\0l\xd8\0"),
           (UNIVERSAL, b"\0\0\0a\0\x11\0\0"), (UNIVERSAL, b"\0\0\xd8\0")]
# Not even strings of it.
ODD_SIZES = [(BMP, b"\0a\0"), (UNIVERSAL, b"\0\0\0a\0")]


@pytest.mark.parametrize("tag,octets", NO_TEXT, ids=str)
def test_T_N12_user_principal_names_that_are_no_text(site, pki, tag, octets):
    with Visitor(site, make(pki, (CN, "x"), sans=[odd.upn(octets, tag)])) as visitor:
        assert visitor.who("/upn/plain") == "!user-unusable"
        assert visitor.who("/upn/not") == "!no-rule"


@pytest.mark.parametrize("tag,octets", NO_TEXT + ODD_SIZES, ids=str)
def test_T_N12_subjects_that_are_no_text(site, pki, tag, octets):
    """OpenSSL reads no such certificate: TLS ends, or there is nobody."""
    cert, case = make(pki, (CN, octets, tag)), new_case("notext")
    status = None
    with Tls13(("127.0.0.1", site.port), Hello()) as client:
        with contextlib.suppress(RawError):
            client.handshake(Credential((cert.der,), cert.key))
            status = client.get("/user-cn", headers=["X-Case: " + case]).status
    assert status in (None, 403)
    assert not site.oracle.ran(case)


@pytest.mark.parametrize("realm,expected", [("bank.test", "it"), ("BANK.test", "it"),
                                            ("ban\u212a.test", "!no-rule"),
                                            ("bank.te\u017ft", "!no-rule")], ids=ascii)
def test_T_N12_letters_that_fold_to_ascii(site, pki, realm, expected):
    with Visitor(site, make(pki, (CN, "x"), sans=[odd.upn("a@" + realm)])) as visitor:
        assert visitor.who("/text/realm-matches") == expected
        assert visitor.who("/text/realm-folded") == expected
