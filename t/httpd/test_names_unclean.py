# SPDX-License-Identifier: Apache-2.0
"""T-N01: NUL and control characters in names, through a real server.

A value that holds one is not cut, not cleaned and not compared: nobody becomes a user by it,
nobody escapes a rule by it, and it is written nowhere as it is.
"""
import re

import pytest

from mtlstest import odd_certs as odd
from mtlstest.clients import h2
from mtlstest.naming import Places, Visitor
from mtlstest.odd_certs import BMP, CN, IA5, O, OU, PRINTABLE, T61, UNIVERSAL, UTF8
from mtlstest.sites import TRUST

# A value of each field, and one that no certificate here has.
FIELDS = {
    "cn": ("alice", "nobody"),
    "ou": ("ops", "nobody"),
    "emailaddress": ("alice@example.test", "nobody@example.test"),
    "email": ("alice@example.test", "nobody@example.test"),
    "email.local": ("alice", "nobody"),
    "email.domain": ("example.test", "nobody.test"),
    "upn": ("alice@corp.test", "nobody@corp.test"),
    "upn.local": ("alice", "nobody"),
    "upn.realm": ("corp.test", "nobody.test"),
    "san-dns": ("alice.example.test", "nobody.example.test"),
    "san-uri": ("urn:person:alice", "urn:person:nobody"),
}

# Rules that grant; all but the last hold for the clean value.
GRANTS = {
    "is": 'when %(field)s is "%(good)s" then user it',
    "any-case": 'when %(field)s is "%(good)s" any-case then user it',
    "like": 'when %(field)s like "*" then user it',
    "like-begin": 'when %(field)s like "%(good)s*" then user it',
    "matches": 'when %(field)s matches "[^%%]*" then user it',
    "present": "when %(field)s present then user it",
    "only": 'when only %(field)s like "*" then user it',
    "every": 'when every %(field)s like "*" then user it',
    "not-is": 'when not %(field)s is "%(nobody)s" then user it',
    "not-like": 'when not %(field)s like "nobody*" then user it',
    "not-matches": 'when not %(field)s matches "nobody.*" then user it',
    "not-present": "when not %(field)s present then user it",
}

# Rules that deny somebody else, before one that lets everybody in.
DENIES = {
    "deny-is": 'when %(field)s is "%(nobody)s" then deny "no"\nalways then user it',
    "deny-like": 'when %(field)s like "nobody*" then deny "no"\nalways then user it',
    "deny-not-is": 'when not %(field)s is "%(good)s" then deny "no"\nalways then user it',
    "deny-not-present": 'when not %(field)s present then deny "no"\nalways then user it',
}

SAN_TYPES = {"email": "email", "upn": "upn", "dns": "san-dns", "uri": "san-uri"}

# What carries a value: the fields that see it.
CARRIERS = {
    "cn": ["cn"],
    "ou": ["ou"],
    "emailaddress": ["emailaddress"],
    "email": ["email", "email.local", "email.domain"],
    "upn": ["upn", "upn.local", "upn.realm"],
    "dns": ["san-dns"],
    "uri": ["san-uri"],
}

CHARACTERS = {"NUL": "\0", "CR": "\r", "LF": "\n", "DEL": "\x7f", "ESC": "\x1b"}

TYPES = [("cn", UTF8), ("cn", BMP), ("cn", UNIVERSAL), ("cn", T61), ("cn", IA5), ("cn", PRINTABLE),
         ("ou", UTF8), ("ou", BMP), ("ou", T61), ("emailaddress", IA5), ("emailaddress", UTF8),
         ("email", IA5), ("dns", IA5), ("uri", IA5), ("upn", UTF8)]
TYPE_NAMES = {UTF8: "UTF8String", PRINTABLE: "PrintableString", T61: "T61String",
              IA5: "IA5String", UNIVERSAL: "UniversalString", BMP: "BMPString"}


def values(word):
    good, nobody = FIELDS[word]
    return {"field": word, "good": good, "nobody": nobody}


def make_places():
    places = Places("staff")
    for word in FIELDS:
        places.user("/%s/user" % word, word)
        places.add("/%s/open" % word, "MTLSUser " + word, "MTLSVerifyClient require")
        for name, rules in {**GRANTS, **DENIES}.items():
            places.map("/%s/%s" % (word, name), rules % values(word))
    for kind, word in SAN_TYPES.items():
        plain = ["MTLSVerifyClient require"]
        places.add("/require/" + kind, "Require mtls-san %s like *" % kind, *plain)
        places.add("/require-not/" + kind, "<RequireAll>\nRequire mtls-valid\n"
                   "Require not mtls-san %s is %s\n</RequireAll>" % (kind, FIELDS[word][1]), *plain)
    places.map("/subject/under", 'when subject under "O=unclean" then user it')
    places.map("/subject/is", 'when subject is "CN=alice,O=unclean" then user it')
    places.map("/subject/under-whole", 'when subject under "CN=alice,O=unclean" then user it')
    places.map("/subject/der", 'when subject is "CN=#0C06616C69636500,O=unclean" then user it')
    places.map("/subject/not", 'when not subject is "CN=eve,O=unclean" then user it')
    places.map("/subject/not-under", 'when not subject under "CN=eve" then user it')
    places.map("/subject/every", 'when every subject under "O=unclean" then user it')
    places.map("/subject/deny", 'when subject is "CN=eve,O=unclean" then deny "no"\n'
               "always then user it")
    places.user("/subject/user", "subject")
    places.map("/dirname/not", 'when not san-dirname is "CN=eve,O=unclean" then user it')
    places.map("/dirname/deny", 'when san-dirname is "CN=eve,O=unclean" then deny "no"\n'
               "always then user it")
    places.add("/require-not/subject", "<RequireAll>\nRequire mtls-valid\n"
               'Require not mtls-subject "CN=eve,O=unclean"\n</RequireAll>',
               "MTLSVerifyClient require")
    places.map("/other/is", 'when san-other is "1.2.3.4=#0C05616C696365" then user it')
    places.map("/other/present", "when san-other present then user it")
    return places


@pytest.fixture(scope="module")
def site(serve, pki):
    places = make_places()
    return serve("Protocols h2 http/1.1\n" + TRUST + places.host(), modules=["http2"],
                 name="unclean", files=places.files, log_level="info")


_number = iter(range(100000))


def certificate(pki, carrier, tag, value):
    """A certificate of the staff CA with one value in one place."""
    cn, more, sans = ("alice", UTF8), [], []
    if carrier == "cn":
        cn = (value, tag)
    elif carrier == "ou":
        more = [(OU, value, tag)]
    elif carrier == "emailaddress":
        more = [(odd.EMAIL_ADDRESS, value, tag)]
    elif carrier == "upn":
        sans = [odd.upn(value, tag)]
    else:
        sans = [{"email": odd.email, "dns": odd.dns, "uri": odd.uri}[carrier](value)]
    return odd.issue(pki, "unclean%d" % next(_number), pki.staff_ca, sans=sans,
                     subject=odd.name((O, "unclean"), *more, (CN, *cn)))


def good_value(carrier):
    return FIELDS[CARRIERS[carrier][0]][0]


def clean_log(site):
    """Lines since the test began: whole, and without anything a terminal would obey."""
    tail = site.log_tail()
    assert not re.search(r"[\0-\x09\x0b-\x1f\x7f-\x9f]", tail), "a control character is in the log"
    lines = tail.splitlines()
    assert all(re.match(r"\[\w{3} \w{3} \d\d ", line) for line in lines), "a line of others"
    return lines


# One of each kind, for the characters after the first.
SOME = ["is", "like-begin", "not-is", "deny-is", "user"]
ALL = [*GRANTS, *DENIES, "user"]


def answers(visitor, word, names=ALL):
    """What the places say of a field."""
    return {name: visitor.who("/%s/%s" % (word, name)) for name in names}


@pytest.mark.parametrize("carrier,tag", TYPES, ids=lambda x: TYPE_NAMES.get(x, x))
def test_T_N01_the_same_value_without_it(site, pki, carrier, tag):
    """The places work: what is refused below is refused for the one character."""
    with Visitor(site, certificate(pki, carrier, tag, good_value(carrier))) as visitor:
        for word in CARRIERS[carrier]:
            expected = dict.fromkeys({**GRANTS, **DENIES}, "it")
            expected.update({"user": FIELDS[word][0], "not-present": "!no-rule"})
            assert answers(visitor, word) == expected, word
        if carrier in SAN_TYPES:
            assert visitor.ask("/require/" + carrier).status == 200
            assert visitor.ask("/require-not/" + carrier).status == 200


REFUSALS = {**dict.fromkeys(GRANTS, "!no-rule"), **dict.fromkeys(DENIES, "!denied-by-rule"),
            "user": "!user-unusable"}


def assert_nobody(site, visitor, carrier, names=ALL):
    """No place lets in whoever has this value, but one that asks for no user."""
    refusals = 0
    for word in CARRIERS[carrier]:
        expected = {name: REFUSALS[name] for name in names}
        assert answers(visitor, word, names) == expected, word
        refusals += len(expected)
        env = visitor.sees("/%s/open" % word)["env"]
        assert "MTLS_USER" not in env and env["MTLS_USER_REASON"] == "user-unusable"
        for name, value in env.items():
            assert name == "MTLS_CERT" or not re.search(r"[\0-\x1f\x7f]", value), (name, value)
            assert "evil" not in value and value != good_value(carrier), (name, value)
    if carrier in SAN_TYPES:
        for place in ("/require/", "/require-not/"):
            answer = visitor.ask(place + carrier)
            assert answer.status == 403 and not site.oracle.ran(answer.case), (place, answer)
            refusals += 1
    return refusals


def unclean_values(carrier, tag):
    """Each character in the middle, NUL and LF at both ends too."""
    good = good_value(carrier)
    for name, character in CHARACTERS.items():
        yield name, good + character + ".evil.test"
    for name in ("NUL", "LF"):
        yield name + " last", good + CHARACTERS[name]
        yield name + " first", CHARACTERS[name] + good
    if tag in (UTF8, BMP, UNIVERSAL):
        yield "NEL", good + "\x85.evil.test"


@pytest.mark.parametrize("carrier,tag", TYPES + [("upn", BMP), ("upn", IA5), ("upn", T61)],
                         ids=lambda x: TYPE_NAMES.get(x, x))
def test_T_N01_nobody_with_it(site, pki, carrier, tag):
    for name, value in unclean_values(carrier, tag):
        site.mark()
        with Visitor(site, certificate(pki, carrier, tag, value)) as visitor:
            refusals = assert_nobody(site, visitor, carrier, ALL if name == "NUL" else SOME)
        refused = [x for x in clean_log(site) if "MTLS0011: " in x]
        assert len(refused) == refusals, "%s: one line for each refusal" % name


def test_T_N01_upn_of_other_string_types_is_unknown(site, pki):
    """Only UTF8String is one; another type is neither a UPN nor the absence of one."""
    for tag in (BMP, IA5, UNIVERSAL):
        with Visitor(site, certificate(pki, "upn", tag, "alice@corp.test")) as visitor:
            assert_nobody(site, visitor, "upn")


def test_T_N01_beside_a_clean_value(site, pki):
    """A clean value is still seen by "some", and by nothing that speaks of all values."""
    cert = odd.issue(pki, "unclean_beside", pki.staff_ca, sans=[
        odd.email(b"eve@example.test\0.evil.test"), odd.email("alice@example.test")])
    with Visitor(site, cert) as visitor:
        got = answers(visitor, "email")
    yes = {"is", "any-case", "like", "like-begin", "matches", "present"}
    expected = {name: "it" if name in yes else "!no-rule" for name in GRANTS}
    expected.update(dict.fromkeys(DENIES, "!denied-by-rule"))
    expected.update({"user": "!user-unusable", "deny-not-is": "it", "deny-not-present": "it"})
    assert got == expected


@pytest.mark.parametrize("tag", [UTF8, BMP, UNIVERSAL, T61, IA5, PRINTABLE], ids=TYPE_NAMES.get)
def test_T_N01_whole_names(site, pki, tag):
    """A subject with such a value equals no name without it, and nobody knows that it differs."""
    said = {"is": "!no-rule", "under-whole": "!no-rule", "under": "it", "not": "!no-rule",
            "not-under": "!no-rule", "every": "!no-rule", "deny": "!denied-by-rule",
            "user": "!user-unusable"}
    for name, value in unclean_values("cn", tag):
        with Visitor(site, certificate(pki, "cn", tag, value)) as visitor:
            assert {place: visitor.who("/subject/" + place) for place in said} == said, name
            answer = visitor.ask("/require-not/subject")
            assert answer.status == 403 and not site.oracle.ran(answer.case), name
    clean = {**dict.fromkeys(said, "it"), "user": "CN=alice,O=unclean"}
    with Visitor(site, certificate(pki, "cn", tag, "alice")) as visitor:
        assert {place: visitor.who("/subject/" + place) for place in said} == clean
        assert visitor.ask("/require-not/subject").status == 200


def test_T_N01_names_asked_for_by_their_der(site, pki):
    """Who wants exactly that certificate can say so; the string type counts."""
    for tag, expected in ((UTF8, "it"), (T61, "!no-rule"), (BMP, "!no-rule")):
        with Visitor(site, certificate(pki, "cn", tag, "alice\0")) as visitor:
            assert visitor.who("/subject/der") == expected


def test_T_N01_directory_names(site, pki):
    for value, not_eve, deny in (("alice", "it", "it"),
                                 ("alice\0", "!no-rule", "!denied-by-rule")):
        cert = odd.issue(pki, "unclean%d" % next(_number), pki.staff_ca,
                         sans=[odd.directory(odd.name((O, "unclean"), (CN, value)))])
        with Visitor(site, cert) as visitor:
            assert visitor.who("/dirname/not") == not_eve
            assert visitor.who("/dirname/deny") == deny


def test_T_N01_other_names_are_compared_whole(site, pki):
    whole = {}
    for label, value in (("clean", "alice"), ("nul", "alice\0"), ("more", "alice\0.evil.test")):
        cert = odd.issue(pki, "other_" + label, pki.staff_ca,
                         sans=[odd.other("1.2.3.4", odd.string(UTF8, value))])
        with Visitor(site, cert) as visitor:
            whole[label] = visitor.who("/other/is")
            assert visitor.who("/other/present") == "it"
            assert visitor.who("/upn/not-present") == "it", "no UPN for that"
    assert whole == {"clean": "it", "nul": "!no-rule", "more": "!no-rule"}


def test_T_N01_over_http2(site, pki):
    cert = certificate(pki, "cn", UTF8, "alice\0.evil.test")
    with Visitor(site, cert, opener=h2) as visitor:
        for path in ("/cn/user", "/cn/is", "/cn/not-is", "/cn/deny-is"):
            stream = visitor.ask(path)
            assert stream.status == 403 and not site.oracle.ran(stream.case), stream
