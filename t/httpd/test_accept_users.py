# SPDX-License-Identifier: Apache-2.0
"""From certificate to user as an administrator orders it: every field, notation and result once,
in a real server, and what is said of mistakes.

Names that attack are in test_names*.py, places and passwords in test_authn*.py.
"""
import html
import ipaddress
import os
import re
import urllib.parse

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from mtlstest import odd_certs as odd
from mtlstest.clients import h1, h2
from mtlstest.naming import Places, Visitor, text
from mtlstest.server import Httpd
from mtlstest.sites import TRUST, assert_refused, location, vhost

PRIVATE = "1.3.6.1.4.1.99999"
SMARTCARD_LOGON = "1.3.6.1.4.1.311.20.2.2"
# ETSI EN 319 412-5 sections 4.2.1 and 4.2.3
QC_COMPLIANCE, QC_TYPE, QC_ESIGN, QC_ESEAL = (
    "0.4.0.1862.1.1", "0.4.0.1862.1.6", "0.4.0.1862.1.6.1", "0.4.0.1862.1.6.2")

SERIAL = 0x0123456789ABCDEF
SUBJECT = "CN=Rita Rich,OU=ops+UID=u17,2.5.4.5=4711,O=Acme\\, Inc.,C=DE"
# RFC 4514 section 2.4 has the DER of attributes whose type has no name there.
PRINTED = SUBJECT.replace("=4711", "=#0C0434373131")
ISSUER = "CN=Staff issuing CA,O=mod_mtls tests,C=DE"

# What it says of an alternative name: type-id and value, an X.400 address without parts, a party.
OTHER = odd.other(PRIVATE + ".1", odd.string(odd.UTF8, "x"))
X400 = odd.der(0xa3, odd.der(odd.SEQUENCE))
PARTY = odd.der(0xa5, odd.der(0xa1, odd.string(odd.UTF8, "p")))
OTHER_TEXT = PRIVATE + ".1=#0C0178"


def colons(number, octets):
    """As "openssl x509 -text" prints a number."""
    digits = "%0*X" % (octets * 2, number)
    return ":".join(digits[i:i + 2] for i in range(0, len(digits), 2))


def rich_subject():
    """C, O, serialNumber, one RDN of OU and UID, CN."""
    return odd.name((odd.C, "DE", odd.PRINTABLE), (odd.O, "Acme, Inc."), ("2.5.4.5", "4711"),
                    odd.rdn(odd.attribute(odd.OU, "ops"),
                            odd.attribute("0.9.2342.19200300.100.1.1", "u17")),
                    (odd.CN, "Rita Rich"))


def make_rich(pki):
    """One certificate with everything in it that a rule can name, one of each."""
    sans = [odd.email("Rita.Rich@Acme.TEST"), odd.upn("Rita@Corp.Acme.TEST"),
            odd.dns("RITA.acme.test"), odd.uri("urn:person:Rita"),
            odd.der(0x87, ipaddress.ip_address("192.0.2.7").packed),
            odd.der(0x88, odd.oid(PRIVATE + ".2")[2:]),
            odd.directory(odd.name((odd.O, "Dir"), (odd.CN, "rita"))), OTHER, X400, PARTY]
    statements = odd.der(odd.SEQUENCE, odd.der(odd.SEQUENCE, odd.oid(QC_COMPLIANCE)),
                         odd.der(odd.SEQUENCE, odd.oid(QC_TYPE),
                                 odd.der(odd.SEQUENCE, odd.oid(QC_ESIGN))))
    policies = odd.der(odd.SEQUENCE, odd.der(odd.SEQUENCE, odd.oid(PRIVATE + ".3")))
    return odd.issue(pki, "rich", pki.staff_ca, subject=rich_subject(), sans=sans,
                     eku=(odd.CLIENT_AUTH, SMARTCARD_LOGON), serial=SERIAL,
                     extensions=[("1.3.6.1.5.5.7.1.3", statements), ("2.5.29.32", policies)])


# MTLSUser: the field word, and the user.  Fields of several values stand in AMBIGUOUS.
USERS = [
    ("cn", "Rita Rich"), ("commonName", "Rita Rich"), ("2.5.4.3", "Rita Rich"),
    ("CN", "Rita Rich"), ("subject", PRINTED), ("issuer", ISSUER), ("ou", "ops"), ("uid", "u17"),
    ("serialNumber", "4711"), ("2.5.4.5", "4711"), ("o", "Acme, Inc."),
    ("issuer.cn", "Staff issuing CA"), ("issuer.o", "mod_mtls tests"),
    ("email", "Rita.Rich@Acme.TEST"), ("email.local", "Rita.Rich"), ("email.domain", "Acme.TEST"),
    ("upn", "Rita@Corp.Acme.TEST"), ("upn.local", "Rita"), ("upn.realm", "Corp.Acme.TEST"),
    ("san-dns", "RITA.acme.test"), ("san-uri", "urn:person:Rita"), ("san-ip", "192.0.2.7"),
    ("san-rid", PRIVATE + ".2"), ("san-dirname", "CN=rita,O=Dir"), ("san-other", OTHER_TEXT),
    ("serial", "0x0123456789ABCDEF"), ("serial-issuer", "0x0123456789ABCDEF$" + ISSUER),
    ("policy", PRIVATE + ".3"), ("qc-type", QC_ESIGN), ("profile", "staff"),
    ("cn lower", "rita rich"), ("cn upper", "RITA RICH"), ("email lower", "rita.rich@acme.test"),
    ("upn strip-realm", "Rita"), ("upn strip-realm lower", "rita"),
    ("upn realm=corp.acme.test", "Rita@Corp.Acme.TEST"),
    ("upn realm=corp.acme.test strip-realm lower", "rita"),
    ("upn realm=acme.test", "!user-unusable"), ("email realm=evil.test strip-realm", "!user-unusable"),
    ("eku", "!user-ambiguous"), ("qc-statement", "!user-ambiguous"), ("title", "!user-absent"),
    ("san-dns strip-realm", "RITA.acme.test"),
]

# Conditions of rules that hold for it, and others that nearly do.
HOLD = [
    'subject is "%s"' % SUBJECT, 'subject is "%s"' % PRINTED,
    'subject is "CN=Rita Rich,UID=u17+OU=ops,serialNumber=4711,O=Acme\\2C Inc.,C=DE"',
    'subject is "/C=DE/O=Acme, Inc./serialNumber=4711/OU=ops+UID=u17/CN=Rita Rich"',
    'subject is "2.5.4.3=Rita Rich,2.5.4.11=ops+0.9.2342.19200300.100.1.1=u17,2.5.4.5=4711,'
    '2.5.4.10=Acme\\, Inc.,2.5.4.6=DE"',
    'subject under "O=Acme\\, Inc.,C=DE"', 'issuer is "%s"' % ISSUER,
    'issuer is "/C=DE/O=mod_mtls tests/CN=Staff issuing CA"',
    'issuer is "2.5.4.3=Staff issuing CA,2.5.4.10=mod_mtls tests,2.5.4.6=DE"',
    'issuer under "O=mod_mtls tests,C=DE"',
    'cn is "Rita Rich"', 'commonname is "Rita Rich"', '2.5.4.3 is "Rita Rich"', 'uid is u17',
    '0.9.2342.19200300.100.1.1 is u17', 'serialnumber is 4711', 'c is DE', 'o is "Acme, Inc."',
    'issuer.cn is "Staff issuing CA"', 'issuer.2.5.4.3 is "Staff issuing CA"',
    'email is Rita.Rich@acme.test', 'email.local is Rita.Rich', 'email.domain is acme.test',
    'upn is Rita@corp.acme.test', 'upn.local is Rita', 'upn.realm is CORP.acme.test',
    'san-dns is rita.ACME.test', 'san-uri is urn:person:Rita', 'san-ip is 192.0.2.7',
    'san-rid is %s.2' % PRIVATE, 'san-dirname is "CN=rita,O=Dir"', 'san-dirname is "/O=Dir/CN=rita"',
    'san-dirname under O=Dir', 'san-other is "%s"' % OTHER_TEXT,
    'san-x400 is "#%s"' % X400.hex(), 'san-ediparty is "#%s"' % PARTY.hex(),
    'serial is %d and issuer is "%s"' % (SERIAL, ISSUER),
    'serial is 0x123456789abcdef and issuer is "%s"' % ISSUER,
    'serial is 0x0123456789ABCDEF and issuer is "%s"' % ISSUER,
    'serial is %s and issuer is "%s"' % (colons(SERIAL, 8), ISSUER),
    'serial-issuer is "%d$%s"' % (SERIAL, ISSUER),
    'serial-issuer is "0x123456789abcdef$/C=DE/O=mod_mtls tests/CN=Staff issuing CA"',
    'eku is smartcardLogon', 'eku is 1.3.6.1.5.5.7.3.2', 'eku is serverAuth or clientAuth',
    'policy is %s.3' % PRIVATE, 'profile is staff', 'qc-type is ' + QC_ESIGN,
    'qc-statement is ' + QC_COMPLIANCE,
    'cn is "rita rich" any-case', 'cn like "R*a R?ch"', 'cn like "rita *" any-case',
    'cn matches "Rita [A-Z][a-z]+"', 'cn matches "rita.*" any-case', 'not cn is Rita',
    'only cn is "Rita Rich"', 'every eku is clientAuth or smartcardLogon', 'not title present',
    'email present and upn present', 'email like "rita.rich@acme.test" any-case',
]
FAIL = [
    'subject is "CN=Rita Rich"', 'subject is "C=DE,O=Acme\\, Inc.,2.5.4.5=4711,OU=ops+UID=u17,'
    'CN=Rita Rich"', 'subject is "/CN=Rita Rich/OU=ops+UID=u17/serialNumber=4711/O=Acme, Inc./C=DE"',
    'subject under "C=FR"', 'issuer is "CN=Staff root,O=mod_mtls tests,C=DE"', 'cn is "rita rich"',
    'cn is Rita', 'email is rita.rich@acme.test', 'upn.local is rita', 'san-uri is urn:person:rita',
    'san-rid is %s.1' % PRIVATE, 'san-other is "%s.2=#0c0178"' % PRIVATE,
    'serial is 123456789 and issuer is "%s"' % ISSUER,
    'serial is %d and issuer is "CN=Staff root,O=mod_mtls tests,C=DE"' % SERIAL,
    'eku is serverAuth', 'policy is %s.4' % PRIVATE, 'profile is partner', 'qc-type is ' + QC_ESEAL,
    'cn like "Rita"', 'cn matches "Rita"', 'only eku is clientAuth', 'every eku is clientAuth',
    'not cn present', 'san-x400 is "#a3023000ff"',
]

RESULTS = """# what each rule says, aloud
when cn like "* *" and profile is staff
    # a comment between
    then user "{$1|lower}.{$2|lower}" groups staff, "{ou|upper}", "{each eku}"
         set dept "{ou}" set mail "{email|lower}" set card "{serial}" set braces "{{x}}"
"""
NAMED = """when email matches "(?<first>[^.@]+)\\.(?<last>[^@]+)@acme\\.test" any-case
    then user "{$first|lower}-{$last}" set first "{$first}"
"""
PRIORITIES = """when cn present then user late
priority 49 when uid is u17 then user first groups a
priority 49 when c is DE then user second groups b
when uid is u18 then deny "unless somebody else"
"""
LAST_DENY = """when cn present then user somebody groups staff
priority 1 when uid is u17 then user boss groups boss
when uid is u17 then deny "Rita, please call ""4711""."
"""
FINAL_DENY = """when cn present then user somebody
when uid is u17 then deny "Rita, please call ""4711"" <now> & here."
"""
DENY_OPEN = location("/deny-open", "MTLSVerifyClient optional", "MTLSAccept staff partner",
                     "MTLSMap conf/deny-first.map", "MTLSUser cn")


def make_places(rich):
    places = Places("staff partner")
    for number, (words, _) in enumerate(USERS):
        places.user("/user/%d" % number, words)
    for kind in ("fingerprint", "spki"):
        places.user("/digest/" + kind, kind)
        value = rich.sha256 if kind == "fingerprint" else rich.spki_sha256
        for name, spelled in (("plain", value.lower()), ("upper", value.upper()),
                              ("colons", colons(int(value, 16), 32))):
            places.map("/digest-is/%s-%s" % (kind, name),
                       "when %s is %s then user it" % (kind, spelled))
        places.map("/digest-not/" + kind, "when %s is %s then user it" % (kind, "0" * 64))
    for kind, conditions in (("hold", HOLD), ("fail", FAIL)):
        for number, condition in enumerate(conditions):
            places.map("/%s/%d" % (kind, number), "when %s then user it" % condition)
    places.map("/results", RESULTS)
    places.map("/named", NAMED)
    places.map("/priorities", PRIORITIES)
    places.map("/last-deny", LAST_DENY)
    places.map("/deny-first", FINAL_DENY, "MTLSUser cn")
    places.map("/including", "include parts/more.map\nalways then user fallback\n")
    places.files["conf/parts/more.map"] = 'include "most.map"\nwhen uid is u17 then user included\n'
    places.files["conf/parts/most.map"] = "when uid is u99 then user other\n"
    return places


@pytest.fixture(scope="module")
def site(serve, pki):
    rich = make_rich(pki)
    twice = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a"),
                       x509.NameAttribute(NameOID.COMMON_NAME, "b")])
    pki.issue("twice", pki.staff_ca, subject=twice)
    odd.issue(pki, "empty_cn", pki.staff_ca, subject=odd.name((odd.O, "x"), (odd.CN, "")))
    odd.issue(pki, "control_cn", pki.staff_ca, subject=odd.name((odd.CN, "a\x07b")))
    places = make_places(rich)
    return serve("Protocols h2 http/1.1\n" + TRUST + places.host(DENY_OPEN), modules=["http2"],
                 name="accept-users", files=places.files, log_level="info")


# MTLSUser

@pytest.mark.parametrize("opener", [h1, h2])
def test_user_of_every_field(site, pki, opener):
    with Visitor(site, pki.rich, opener) as rita:
        seen = {words: rita.who("/user/%d" % i) for i, (words, _) in enumerate(USERS)}
        assert seen == dict(USERS)
        assert rita.who("/digest/fingerprint") == pki.rich.sha256.lower()
        assert rita.who("/digest/spki") == pki.rich.spki_sha256.lower()


@pytest.mark.parametrize("label,reason", [("twice", "user-ambiguous"), ("empty_cn", "user-unusable"),
                                          ("control_cn", "user-unusable")])
def test_no_user_with_a_reason(site, pki, label, reason):
    """Twice, empty, and with a control character."""
    with Visitor(site, getattr(pki, label)) as visitor:
        assert visitor.who("/user/0") == "!" + reason


# MTLSMap

@pytest.mark.parametrize("kind,conditions,outcome", [("hold", HOLD, "it"),
                                                     ("fail", FAIL, "!no-rule")])
def test_every_condition(site, pki, kind, conditions, outcome):
    with Visitor(site, pki.rich) as rita:
        seen = {c: rita.who("/%s/%d" % (kind, i)) for i, c in enumerate(conditions)}
    assert seen == dict.fromkeys(conditions, outcome)


def test_digests_with_and_without_colons(site, pki):
    with Visitor(site, pki.rich) as rita:
        for kind in ("fingerprint", "spki"):
            for name in ("plain", "upper", "colons"):
                assert rita.who("/digest-is/%s-%s" % (kind, name)) == "it"
            assert rita.who("/digest-not/" + kind) == "!no-rule"


def test_results_of_a_rule(site, pki):
    with Visitor(site, pki.rich) as rita:
        env = rita.sees("/results")["env"]
        assert env["MTLS_USER"] == "rita.rich"
        assert env["MTLS_GROUPS"] == "staff,OPS,1.3.6.1.5.5.7.3.2,%s" % SMARTCARD_LOGON
        assert {k: v for k, v in env.items() if k.startswith("MTLS_ATTR_")} == {
            "MTLS_ATTR_DEPT": "ops", "MTLS_ATTR_MAIL": "rita.rich@acme.test",
            "MTLS_ATTR_CARD": "0x0123456789ABCDEF", "MTLS_ATTR_BRACES": "{x}"}
        assert re.search(r"/conf/results\.map:2$", env["MTLS_USER_RULE"])
        env = rita.sees("/named")["env"]
        assert (env["MTLS_USER"], env["MTLS_ATTR_FIRST"]) == ("rita-Rich", "Rita")


def test_priority_and_order(site, pki):
    with Visitor(site, pki.rich) as rita:
        env = rita.sees("/priorities")["env"]
        assert (env["MTLS_USER"], env["MTLS_GROUPS"]) == ("first", "a")
        assert rita.who("/last-deny") == "boss", "priority 1 is before any deny"
    with Visitor(site, pki.alice) as alice:
        assert alice.who("/priorities") == "second"
        assert alice.who("/last-deny") == "somebody"


@pytest.mark.parametrize("path", ["/deny-first", "/deny-open"])
def test_deny_is_final_and_tells_its_text(site, pki, path):
    """It stands last in its file, a source after the file would know a user, and the place may be
    open to everybody."""
    told = 'Rita, please call "4711" <now> & here.'
    with Visitor(site, pki.rich) as rita:
        answer = rita.ask(path)
        assert_refused(site, answer, "denied-by-rule")
        assert answer.json["message"] == told
    with h1(site.port, cert=pki.rich, version="1.3") as client:
        page = client.ask(path, headers=[("Accept", "text/html")])
        assert page.status == 403 and not site.oracle.ran(page.case)
        assert told in html.unescape(page.text) and "<now>" not in page.text


def test_includes(site, pki):
    with Visitor(site, pki.rich) as rita:
        assert rita.who("/including") == "included"
        env = rita.sees("/including")["env"]
        assert env["MTLS_USER_RULE"].endswith("/conf/parts/more.map:2")
    with Visitor(site, pki.alice) as alice:
        assert alice.who("/including") == "fallback"


# httpd -t

STAFF = ["MTLSVerifyClient require", "MTLSAccept staff"]


def check(pki, places, files, *arguments):
    """What httpd -t says, with the server's directory as ROOT."""
    config = TRUST + vhost("localhost", "".join(places))
    httpd = Httpd(pki, config, name="check-users", files=files, log_level="warn")
    said = httpd.check(*arguments)
    return said.ok, said.text.replace(httpd.root, "ROOT")


def map_place(name):
    return location("/" + name, "MTLSMap conf/%s.map" % name, *STAFF, "AuthType mtls",
                    "Require valid-user")


@pytest.mark.parametrize("arguments", [(), ("-D", "DUMP_MTLS")])
def test_rules_are_counted(pki, arguments):
    """Whatever the LogLevel."""
    rules = 'when cn is a then user a\nwhen cn like "b*" then user b\nwhen cn is c then deny\n'
    ok, said = check(pki, [map_place("a")], {"conf/a.map": rules}, *arguments)
    assert ok and "map ROOT/conf/a.map: 2 exact rules, 1 tried in order, 1 file" in said


def test_all_mistakes_at_once(pki):
    """Of directives, of Require lines in containers, and of rules files with what they include."""
    places = [
        location("/user", "MTLSUser emial", "MTLSUser cn realm=", *STAFF),
        location("/require", *STAFF, "<RequireAny>", "Require mtls-san dns", "<RequireAll>",
                 "Require mtls-proof max-age=soon", "Require not mtls-subject CN", "<RequireNone>",
                 "Require mtls-eku bogus", "</RequireNone>", "</RequireAll>", "</RequireAny>"),
        map_place("a"), map_place("missing"),
    ]
    ok, said = check(pki, places, {
        "conf/a.map": "include b.map\nwhen cn is a then user a\nwhen cn is a then user b\n",
        "conf/b.map": "when profile is staf then user b\nwhen emial is c then user c\n"})
    assert not ok
    assert len(re.findall(r"MTLS0001: ROOT/conf/httpd.conf:\d+: ", said)) == 7, said
    for words in ("b.map:2:6: unknown field 'emial'; did you mean email?",
                  "a.map:3:1: the same conditions as the rule at ROOT/conf/a.map:2",
                  "MTLSUser: unknown field 'emial'", "MTLSUser: '' is no realm",
                  "Require mtls-san: ", "Require mtls-eku: ", "Require mtls-proof: ",
                  "Require mtls-subject: ", "cannot read ROOT/conf/missing.map"):
        assert said.count(words) == 1, (words, said)


DOUBTFUL = [
    ("when cn is a then user a\nwhen cn is a then user a\n", "2:1", "the same conditions"),
    ("when cn is a and o is b then user a\nwhen o is b and cn is a then user b\n", "2:1",
     "the same conditions"),
    ('when subject is "CN=a,O=b" then user a\nwhen subject is "/O=b/CN=a" then user b\n', "2:1",
     "the same conditions"),
    ('when cn is a then deny\nwhen cn is "a" then deny "x"\n', "2:1", "the same conditions"),
    ("when cn is a or b then user a\nwhen cn is b or c then user b\n", "2:1",
     "the same conditions"),
    ("when profile is staf then user a\n", "1:17", "known are staff, partner, third"),
    ("\ufeffwhen cn is a then user a\r\n", "1:1", "byte order mark"),
    ("when cn is 'a' then user a\n", "1:12", "quotes are double here"),
    ("when cn is a\nthen user a\n", "2:1", "indent the line"),
    ('when cn like "*@x" then user "$1"\n', "1:31", "{$1}"),
    ("when serial is 1000 then user a\n", "1:6", "issuer is"),
]


@pytest.mark.parametrize("rules,place,words", DOUBTFUL)
def test_no_start_with_doubts(pki, rules, place, words):
    ok, said = check(pki, [map_place("a")], {"conf/a.map": rules})
    assert not ok
    line, = [x for x in said.splitlines() if "ROOT/conf/a.map:%s: " % place in x]
    assert "MTLS0001" in line and words in line


def test_equal_rules_of_different_priority_are_no_doubt(pki):
    rules = "when cn is a then user a\npriority 40 when cn is a then user b\n"
    ok, said = check(pki, [map_place("a")], {"conf/a.map": rules})
    assert ok, said


def test_windows_line_ends(serve, pki):
    """CRLF, and no end after the last line."""
    rules = "# from Windows\r\nwhen cn is alice\r\n\r\n  then user crlf"
    httpd = serve(TRUST + vhost("localhost", "MTLSAskInHandshake always\n" + map_place("a")),
                  name="crlf", files={"conf/a.map": rules})
    with Visitor(httpd, pki.alice) as alice:
        assert alice.who("/a") == "crlf"


# Reload

def test_a_broken_file_keeps_the_old_rules(serve, pki):
    """Said once, with the place; nothing is said of a line that is not known."""
    rules = "when cn is alice then user first\n"
    httpd = serve("MTLSReloadInterval 100ms\n" + TRUST
                  + vhost("localhost", "MTLSAskInHandshake always\n" + map_place("a")),
                  name="broken", files={"conf/a.map": rules})
    path, new = httpd.path("conf", "a.map"), httpd.path("conf", "new")

    def told(*words):
        def lines():
            return [x for x in httpd.log_tail().splitlines() if all(w in x for w in words)]
        httpd.wait_for(lines, 10)
        return lines()

    def replace(text):
        httpd.mark()
        httpd.write("conf/new", text)
        os.replace(new, path)

    replace("when cn is alice then user second\nwhen emial is x then user third\n")
    line, = told("MTLS0041: %s:2:6: unknown field 'emial'" % path)
    assert "[mtls:error]" in line
    assert len(told("MTLS0042: ")) == 1
    with Visitor(httpd, pki.alice) as alice:
        assert alice.who("/a") == "first"
    replace(rules.replace("first", "second"))
    assert told("MTLS0040: ", "a.map reloaded, 1 exact rule")
    assert "MTLS0041" not in httpd.log_tail()
    httpd.mark()
    os.unlink(path)
    line, = told("MTLS0041: ", "cannot read " + path)
    assert re.search(r"MTLS0041: \S+/httpd\.conf:\d+: MTLSMap: ", line), line
    with Visitor(httpd, pki.alice) as alice:
        assert alice.who("/a") == "second"


# SetHandler mtls-explain

HANDLERS = {
    "set": "SetHandler mtls-explain\n",
    "files": '<Files "x.html">\nSetHandler mtls-explain\n</Files>\n',
    "if": '<If "true">\nSetHandler mtls-explain\n</If>\n',
    "add": "AddHandler mtls-explain .html\n",
    "rewrite": "RewriteEngine on\nRewriteRule ^ - [H=mtls-explain]\n",
    "none": "Options -Indexes\n",
}

CONTENT = """
<VirtualHost *:@PORT@>
  ServerName localhost
  SSLEngine on
  @SERVERCERT@
  <Directory @ROOT@/htdocs>
    AllowOverride FileInfo Options
    Options FollowSymLinks
    Require all granted
  </Directory>
%s</VirtualHost>
"""


@pytest.fixture(scope="module")
def content(serve):
    files = {"conf/m.map": "when cn is alice then user alice groups ops\n"}
    for name, lines in HANDLERS.items():
        for folder in (name, "admin-" + name):
            files["htdocs/%s/.htaccess" % folder] = lines
            files["htdocs/%s/x.html" % folder] = "a page"
    places = location("/m", "MTLSMap conf/m.map", *STAFF, "AuthType mtls", "Require valid-user")
    places += ("<DirectoryMatch /htdocs/admin->\n<If \"true\">\nSetHandler mtls-explain\n</If>\n"
               "</DirectoryMatch>\n")
    return serve(TRUST + CONTENT % places, modules=["rewrite", "mime"], name="content", files=files)


def ask_explain(site, cert, path):
    body = urllib.parse.urlencode({"cert": b"".join(c.pem for c in cert.chain()).decode(),
                                   "url": "/m"}).encode()
    with h1(site.port, version="1.3") as client:
        return client.ask(path, method="POST", body=body,
                          headers=[("Content-Type", "application/x-www-form-urlencoded")])


@pytest.mark.parametrize("name", HANDLERS)
def test_explain_is_off_for_who_writes_content(content, pki, name):
    """Who may write .htaccess is shown no rules and users."""
    answer = ask_explain(content, pki.alice, "/%s/x.html" % name)
    assert "alice" not in answer.text and "ops" not in answer.text, answer.text


def test_explain_is_on_where_the_administrator_says_so(content, pki):
    answer = ask_explain(content, pki.alice, "/admin-none/x.html")
    assert answer.status == 200 and "ops" in answer.text
