# SPDX-License-Identifier: Apache-2.0
"""Each Require of ours against certificates that meet it, miss it, and cannot be read."""
import ipaddress
import re
import select
import time

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as EKU, NameOID

from mtlstest.clients import h1, h2
from mtlstest.server import Httpd
from mtlstest.sites import PROBLEM, TRUST, assert_refused, location, reason, vhost

UPN = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
LOGON = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.2")
POLICY = x509.ObjectIdentifier("1.2.3.5")
MAP = """
when cn is rich then user rich groups ops, "night shift" set level 3 set dept "R&D"
when cn is anna then groups ops2
"""
ASKS = ["MTLSVerifyClient require", "MTLSAccept staff partner"]


def utf8(text):
    octets = text.encode()
    assert len(octets) < 128
    return b"\x0c" + bytes([len(octets)]) + octets


def issue(pki):
    if hasattr(pki, "rich"):
        return
    directory = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "dir"),
                           x509.NameAttribute(NameOID.COMMON_NAME, "entry")])
    policies = x509.CertificatePolicies([x509.PolicyInformation(POLICY, None)])
    pki.issue("rich", pki.staff_ca, eku=[EKU.CLIENT_AUTH, LOGON], extensions=[policies], sans=[
        x509.RFC822Name("Rich@Example.Test"), x509.DNSName("rich.build.example.test"),
        x509.UniformResourceIdentifier("https://example.test/?id=7"),
        x509.IPAddress(ipaddress.ip_address("10.0.0.1")),
        x509.RegisteredID(x509.ObjectIdentifier("1.2.3.4")), x509.DirectoryName(directory),
        x509.OtherName(UPN, utf8("rich@corp.test"))])
    # the same texts, each in a type it does not belong to
    pki.issue("crossed", pki.staff_ca, cn="CN=rich,O=mod_mtls tests,C=DE", sans=[
        x509.DNSName("Rich@Example.Test"), x509.DNSName("rich@corp.test"),
        x509.UniformResourceIdentifier("rich.build.example.test"),
        x509.RFC822Name("rich@corp.test"), x509.DNSName("10.0.0.1"), x509.DNSName("1.2.3.4"),
        x509.UniformResourceIdentifier("CN=entry,O=dir")])
    # what cannot be read: NUL in each type
    pki.issue("nul", pki.staff_ca, cn="rich\0x", sans=[
        x509.RFC822Name("Rich@Example.Test\0x"), x509.DNSName("rich.build.example.test\0x"),
        x509.UniformResourceIdentifier("https://example.test/?id=7\0"),
        x509.OtherName(UPN, utf8("rich@corp.test\0"))])
    twice = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "one"),
                       x509.NameAttribute(NameOID.COMMON_NAME, "two")])
    pki.issue("twice", pki.staff_ca, subject=twice)


PEOPLE = ["rich", "crossed", "anna", "bob", "nul"]
STAFF = {"rich", "crossed", "anna", "nul"}
CA = {"rich", "crossed", "nul"}
# the line, who meets it, and of whom that is not known
LINES = [
    ("mtls-valid", set(PEOPLE), set()),
    ("mtls-trust staff", STAFF, set()),
    ("mtls-trust partner", {"bob"}, set()),
    ("mtls-trust partner staff", set(PEOPLE), set()),
    ("mtls-proof handshake", set(PEOPLE), set()),
    ("mtls-proof resumption renegotiation", set(), set()),
    ("mtls-proof handshake max-age=1h", set(PEOPLE), set()),
    ("mtls-proof post-handshake max-age=1h", set(), set()),
    ("mtls-fingerprint sha256:@RICH@", {"rich"}, set()),
    ("mtls-fingerprint spki-sha256:@RICH-SPKI@ sha256:@BOB@", {"rich", "bob"}, set()),
    ("mtls-group ops", {"rich"}, set()),
    ("mtls-group OPS", set(), set()),
    ("mtls-group nobody ops2", {"anna"}, set()),
    ('mtls-group "night shift"', {"rich"}, set()),
    ("mtls-attr level 3", {"rich"}, set()),
    ("mtls-attr level 1 2 3", {"rich"}, set()),
    ("mtls-attr level 33", set(), set()),
    ('mtls-attr dept "R&D"', {"rich"}, set()),
    ("mtls-attr other 3", set(), set()),
    ('mtls-issuer "CN=Staff issuing CA,O=mod_mtls tests,C=DE"', CA, set()),
    ('mtls-issuer "/C=DE/O=mod_mtls tests/CN=Staff issuing CA"', CA, set()),
    ('mtls-issuer "CN=Staff issuing CA"', set(), set()),
    ('mtls-issuer "C=DE,O=mod_mtls tests,CN=Staff issuing CA"', set(), set()),
    ('mtls-issuer under "O=mod_mtls tests,C=DE"', set(PEOPLE), set()),
    ('mtls-issuer under "O=other,C=DE" "CN=Partner root,O=mod_mtls tests,C=DE"', {"bob"}, set()),
    ('mtls-subject "CN=rich,O=mod_mtls tests,C=DE"', {"rich"}, {"nul"}),
    ('mtls-subject "/C=DE/O=mod_mtls tests/CN=rich"', {"rich"}, {"nul"}),
    ('mtls-subject "2.5.4.3=rich,2.5.4.10=mod_mtls tests,2.5.4.6=DE"', {"rich"}, {"nul"}),
    ("mtls-san email Rich@example.test", {"rich"}, {"nul"}),
    ("mtls-san email rich@example.test", set(), {"nul"}),
    ("mtls-san email any-case RICH@EXAMPLE.TEST", {"rich"}, {"nul"}),
    ("mtls-san email *@example.test", {"rich"}, {"nul"}),
    ("mtls-san email matches [A-Z][a-z]+@example[.]test", {"rich"}, {"nul"}),
    ("mtls-san dns *.build.example.test", {"rich"}, {"nul"}),
    ("mtls-san dns rich.build.example.test other.test", {"rich"}, {"nul"}),
    ("mtls-san uri is https://example.test/?id=7", {"rich"}, {"nul"}),
    ("mtls-san uri https://example.test/*", {"rich"}, {"nul"}),
    ("mtls-san upn rich@corp.test", {"rich"}, {"nul"}),
    ("mtls-san ip 10.0.0.1", {"rich"}, set()),
    ("mtls-san rid 1.2.3.4", {"rich"}, set()),
    ('mtls-san dirname "CN=entry,O=dir"', {"rich"}, set()),
    ('mtls-san dirname under "O=dir"', {"rich"}, set()),
    ("mtls-eku smartcardLogon", {"rich"}, set()),
    ("mtls-eku 1.3.6.1.5.5.7.3.2", set(PEOPLE), set()),
    ("mtls-policy 1.2.3.5 1.2.3.6", {"rich"}, set()),
    ("mtls-policy 1.2.3", set(), set()),
]
FORMS = ["plain", "not", "none", "alias", "alias-not", "alias-none"]


def form_lines(form, number, line):
    valid = "Require mtls-valid"
    name = "line%d" % number
    return {
        "plain": ["Require " + line],
        "not": ["<RequireAll>", valid, "Require not " + line, "</RequireAll>"],
        "none": ["<RequireAll>", valid, "<RequireNone>", "Require " + line, "</RequireNone>",
                 "</RequireAll>"],
        "alias": ["Require " + name],
        "alias-not": ["<RequireAll>", valid, "Require not " + name, "</RequireAll>"],
        "alias-none": ["<RequireAll>", valid, "<RequireNone>", "Require " + name, "</RequireNone>",
                       "</RequireAll>"],
    }[form]


def has_alias(line):
    """The line of an alias is one word in quotes, so that it can hold none."""
    return '"' not in line and " " in line


def config(pki):
    aliases, places = [], []
    for number, (line, _yes, _unknown) in enumerate(LINES):
        if has_alias(line):
            provider, _, rest = line.partition(" ")
            aliases.append("<AuthzProviderAlias %s line%d '%s'>\n</AuthzProviderAlias>\n" % (
                provider, number, rest))
        for form in FORMS:
            if has_alias(line) or "alias" not in form:
                places.append(location("/%s/%d" % (form, number), *ASKS, "MTLSMap conf/people.map",
                                       *form_lines(form, number, line)))
    asks = ASKS + ["MTLSUser cn"]
    places += [
        location("/unknown", *asks, "Require mtls-group ops"),
        location("/unknown-not", *asks, "<RequireAll>", "Require mtls-valid",
                 "Require not mtls-group ops", "</RequireAll>"),
        location("/unknown-attr-none", *asks, "<RequireAll>", "Require mtls-valid", "<RequireNone>",
                 "Require mtls-attr a b", "</RequireNone>", "</RequireAll>"),
        location("/unknown-any", *asks, "<RequireAny>", "Require mtls-group ops",
                 "Require mtls-valid", "</RequireAny>"),
        location("/nobody-asked", *ASKS, "Require mtls-group ops"),
        location("/nobody-asked-not", *ASKS, "<RequireAll>", "Require mtls-valid",
                 "Require not mtls-group ops", "</RequireAll>"),
        location("/age", *ASKS, "Require mtls-proof max-age=8s"),
        location("/old", *ASKS, "<RequireAll>", "Require mtls-valid",
                 "Require not mtls-proof max-age=8s", "</RequireAll>"),
        location("/ageless", *ASKS, "Require mtls-valid"),
        location("/page", *ASKS, "Require mtls-issuer CN=nobody"),
        location("/two", *ASKS, "MTLSMap conf/people.map", "<RequireAny>",
                 "Require mtls-group nobody", "Require mtls-eku 1.2.3", "</RequireAny>"),
    ]
    text = ("Protocols h2 http/1.1\n" + TRUST + "".join(aliases)
            + vhost("localhost", "MTLSAskInHandshake always\n" + "".join(places)))
    for word, value in [("RICH-SPKI", pki.rich.spki_sha256), ("RICH", pki.rich.sha256),
                        ("BOB", pki.bob.sha256)]:
        text = text.replace("@%s@" % word, value)
    return text


@pytest.fixture(scope="module")
def site(serve, pki):
    issue(pki)
    return serve(config(pki), modules=["http2"], name="requires", files={"conf/people.map": MAP})


CASES = [(form, number) for number, (line, _y, _u) in enumerate(LINES) for form in FORMS
         if has_alias(line) or "alias" not in form]


@pytest.mark.parametrize("form,number", CASES,
                         ids=["%s-%s" % (form, LINES[number][0]) for form, number in CASES])
def test_T_N02_T_N03_matrix(site, pki, form, number):
    line, yes, unknown = LINES[number]
    for who in PEOPLE:
        answer = get(site, "/%s/%d" % (form, number), getattr(pki, who))
        ran = site.oracle.ran(answer.case)
        if who in unknown:
            assert not ran and answer.status == (500 if "alias" in form else 403), (who, answer)
        elif (who in yes) == (form in ("plain", "alias")):
            assert ran and answer.status == 200, "%s: %r" % (who, answer)
        else:
            assert not ran and answer.status == 403, "%s: %r" % (who, answer)


def get(site, path, cert, opener=h1, **more):
    with opener(site.port, cert=cert, version="1.3", **more) as client:
        return client.ask(path, headers=[PROBLEM])


@pytest.mark.parametrize("path", ["/unknown", "/unknown-not", "/unknown-attr-none"])
def test_T_N01_what_nobody_could_look_up_keeps_out(site, pki, path):
    """With two names it is not known whose groups count."""
    assert_refused(site, get(site, path, pki.twice), "user-ambiguous")


def test_what_is_known_beside_it_lets_in(site, pki):
    answer = get(site, "/unknown-any", pki.twice)
    assert answer.status == 200 and site.oracle.ran(answer.case)


@pytest.mark.parametrize("path", ["/nobody-asked", "/nobody-asked-not"])
def test_without_source_nothing_is_known(site, pki, path):
    answer = get(site, path, pki.rich)
    assert answer.status == 403 and not site.oracle.ran(answer.case)


# refusals

def assert_page_and_log_agree(site, answer, word):
    assert_refused(site, answer, word)
    reference = answer.json["reference"]
    assert re.fullmatch("[0-9A-F]{12}", reference)
    lines = [x for x in site.log().splitlines() if reference in x]
    assert len(lines) == 1 and "MTLS0011: " in lines[0]
    assert "refused: %s (status 403, reference %s)" % (word, reference) in lines[0]


@pytest.mark.parametrize("path,who,word", [
    ("/two", "rich", "not-in-group"), ("/two", "bob", "no-rule"), ("/page", "rich",
                                                                  "not-authorized")])
def test_page_and_log_have_one_reference(site, pki, path, who, word):
    assert_page_and_log_agree(site, get(site, path, getattr(pki, who)), word)


def test_a_person_is_told_in_words(site, pki):
    with h1(site.port, cert=pki.rich, version="1.3") as client:
        answer = client.ask("/two")
    assert answer.status == 403 and "not in a group that may open this page" in answer.text
    assert answer.header("Cache-Control") == "no-store"


# the age of a proof

def ask_until(client, path, status, seconds=30):
    """Ask on the open connection until the answer has this status."""
    deadline = time.monotonic() + seconds
    while True:
        answer = client.ask(path, headers=[PROBLEM])
        if answer.status == status:
            return answer
        assert time.monotonic() < deadline, "still %r" % answer
        select.select([], [], [], 0.05)


@pytest.mark.parametrize("opener", [h1, h2])
def test_T_V08_a_proof_grows_old(site, pki, opener):
    """On the connection that proved it, and on those that resume it: the time is the original one."""
    with opener(site.port, cert=pki.rich, version="1.3") as client:
        answer = client.ask("/age", headers=[PROBLEM])
        assert answer.status == 200
        assert client.ask("/old", headers=[PROBLEM]).status == 403
        proven = site.oracle.one(answer.case)["env"]["MTLS_PROOF_TIME"]
        session = client.conn.session()
        answer = ask_until(client, "/age", 403)
        assert reason(answer) == "not-authorized"
        assert client.ask("/old").status == 200
        answer = client.ask("/ageless")
        assert site.oracle.one(answer.case)["env"]["MTLS_PROOF_TIME"] == proven
    for _ in range(3):  # each time with the ticket of the time before
        with opener(site.port, version="1.3", session=session) as client:
            answer = client.ask("/ageless")
            assert client.conn.resumed
            env = site.oracle.one(answer.case)["env"]
            assert (env["MTLS_PROOF"], env["MTLS_PROOF_TIME"]) == ("resumption", proven)
            assert_refused(site, client.ask("/age", headers=[PROBLEM]), "not-authorized")
            session = client.conn.session()
    assert get(site, "/age", pki.rich, opener).status == 200, "a new handshake is a new proof"


# mistakes

MISTAKES = [
    ("mtls-valid yes", "takes no arguments"),
    ("mtls-trust", "names no profile"),
    ("mtls-trust stuff", "'stuff'"),
    ("mtls-proof", "names no method"),
    ("mtls-proof pha", "'pha'"),
    ("mtls-proof max-age=soon", "'soon'"),
    ("mtls-proof max-age=0", "1s to 3650d"),
    ("mtls-proof max-age=1h max-age=2h", "twice"),
    ("mtls-fingerprint", "names no fingerprint"),
    ("mtls-fingerprint sha256:12", "64 hex"),
    ("mtls-group", "names no group"),
    ('mtls-group "a,b"', "a,b"),
    ('mtls-group "open', "quote"),
    ("mtls-issuer", "names no issuer"),
    ("mtls-issuer under", "names nothing to compare"),
    ("mtls-issuer nonsense", "nonsense"),
    ("mtls-subject", "names no subject"),
    ('mtls-subject "CN=a,,O=b"', "CN=a,,O=b"),
    ("mtls-subject matches CN=.*", "matches"),
    ("mtls-san", "names no type"),
    ("mtls-san mail x@y", "'mail'"),
    ("mtls-san email", "names no pattern"),
    ("mtls-san ip 10.0.0.", "10.0.0."),
    ("mtls-san dns matches (", "("),
    ("mtls-eku", "names no usage"),
    ("mtls-eku client", "client"),
    ("mtls-policy", "names no policy"),
    ("mtls-policy 1.2.x", "1.2.x"),
    ("mtls-attr", "names no attribute"),
    ("mtls-attr level", "names no value"),
    ("mtls-attr Level 3", "Level"),
]


def test_all_mistakes_are_found_in_one_run(pki):
    """Also those behind "not", in containers and in aliases, each with its line."""
    blocks = []
    for number, (line, _word) in enumerate(MISTAKES):
        inner = ["Require %s" % line] if number % 3 == 0 else [
            "<RequireAll>", "Require mtls-valid", "Require not %s" % line, "</RequireAll>"] \
            if number % 3 == 1 else ["<RequireAny>", "<RequireAll>", "Require %s" % line,
                                     "</RequireAll>", "</RequireAny>"]
        blocks.append(location("/%d" % number, *ASKS, "MTLSMap conf/people.map", *inner))
    alias = "<AuthzProviderAlias mtls-proof stale max-age=never>\n</AuthzProviderAlias>\n"
    server = Httpd(pki, TRUST + alias + vhost("localhost", "".join(blocks)), name="mistakes",
                   files={"conf/people.map": MAP})
    result = server.check()
    assert not result.ok
    with open(server.conf_file, encoding="utf-8") as f:
        lines = f.read().splitlines()
    for line, word in MISTAKES + [("stale max-age=never", "'never'")]:
        at = [i for i, text in enumerate(lines, 1) if text.rstrip(">").endswith(" " + line)]
        place = "%s:%d:" % (server.conf_file, at[0])
        told = [x for x in result.text.splitlines() if place in x and "MTLS0001: " in x]
        assert len(told) == 1 and word in told[0], "%s: %r in %r" % (line, told, result)
