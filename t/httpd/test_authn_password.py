# SPDX-License-Identifier: Apache-2.0
"""Certificate or password in one place, and the credentials that MTLSFakeBasicAuth makes."""
import base64
import hashlib
import os
import subprocess

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from mtlstest import dbm
from mtlstest.clients import OPENSSL, h1, h2
from mtlstest.sites import PROBLEM, TRUST, assert_refused, location, vhost

OPTIONAL = ["MTLSVerifyClient optional", "MTLSAccept staff partner"]
BASIC = ["AuthType Basic", 'AuthName "t"', "AuthBasicProvider file", "AuthUserFile @ROOT@/conf/users",
         "Require valid-user"]
DIGEST = ["AuthType Digest", 'AuthName "t"', "AuthDigestProvider file",
          "AuthUserFile @ROOT@/conf/digest", "Require valid-user"]
MAP = """
when cn is alice then user certain
when cn is anna then groups team
when cn is colon then user "a:b"
when cn is bob then deny "Not you."
"""
SOURCES = {"map": "MTLSMap conf/people.map", "cn": "MTLSUser cn",
           "down": 'MTLSMapDBM sdbm:@ROOT@/conf/people "{cn}"'}
# what the handler is shown of the credentials that came
SHOW = ['RequestHeader set X-Auth "expr=%{req:Authorization}"',
        'RequestHeader set X-Proxy-Auth "expr=%{req:Proxy-Authorization}"']
SECRET = "typed:{SHA}" + base64.b64encode(hashlib.sha1(b"secret").digest()).decode()
PASSWORD = "{SHA}" + base64.b64encode(hashlib.sha1(b"password").digest()).decode()
CRYPT = "xxj31ZMTZzkVA"  # "password" as mod_ssl's manual has it: crypt(3) looks at eight octets

BMP, T61 = _ASN1Type.BMPString, _ASN1Type.T61String
SUBJECTS = {  # values of subjects that are printed in odd ways
    "plain": [(NameOID.COMMON_NAME, "plain")],
    "twice": [(NameOID.COMMON_NAME, "one"), (NameOID.COMMON_NAME, "two")],
    "slash": [(NameOID.COMMON_NAME, "a/CN=plain")],
    "quotes": [(NameOID.COMMON_NAME, "q\"u'o\\te")],
    "blank": [(NameOID.COMMON_NAME, " two  blanks ")],
    "mail": [(NameOID.EMAIL_ADDRESS, "m@example.test"), (NameOID.COMMON_NAME, "m")],
    "uid": [(NameOID.USER_ID, "u1"), (NameOID.DOMAIN_COMPONENT, "example")],
    "latin": [(NameOID.COMMON_NAME, "Ümläut")],
    "oid": [(x509.ObjectIdentifier("1.2.3.4.5"), "private")],
    "serial": [(NameOID.SERIAL_NUMBER, "0042"), (NameOID.COMMON_NAME, "s")],
    "bmp": [(NameOID.COMMON_NAME, "wide", BMP)],
    "hash": [(NameOID.COMMON_NAME, "#0C01")],
    "colon2": [(NameOID.COMMON_NAME, "with:colon")],
    "long": [(NameOID.COMMON_NAME, "x" * 64), (NameOID.ORGANIZATIONAL_UNIT_NAME, "y" * 64)] * 3,
}


def issue(pki):
    for name, values in SUBJECTS.items():
        if not hasattr(pki, "fake_" + name):
            pki.issue("fake_" + name, pki.staff_ca,
                      subject=x509.Name([x509.NameAttribute(*value) for value in values]))
    for name in ("carl", "colon", "dora"):
        if not hasattr(pki, name):
            pki.issue(name, pki.staff_ca)


def oneline(cert):
    """The subject as X509_NAME_oneline() prints it."""
    done = subprocess.run([OPENSSL, "x509", "-noout", "-subject", "-nameopt", "compat", "-in",
                           cert.leaf_file], capture_output=True, check=True)
    return done.stdout.decode().rstrip("\n")[len("subject="):].lstrip(" ")


def users(pki):
    lines = [SECRET, "alice:" + PASSWORD, "certain:" + PASSWORD, oneline(pki.alice) + ":" + PASSWORD,
             oneline(pki.dora) + ":" + CRYPT, "dora:" + CRYPT,
             "longer:{SHA}" + base64.b64encode(hashlib.sha1(b"passwordless").digest()).decode()]
    lines += [oneline(getattr(pki, "fake_" + name)) + ":" + PASSWORD for name in SUBJECTS]
    return "\n".join(lines) + "\n"


def config():
    places = [location("/basic-" + name, source, *OPTIONAL, *BASIC, *SHOW)
              for name, source in SOURCES.items()]
    places += [location("/digest-" + name, source, *OPTIONAL, *DIGEST, *SHOW)
               for name, source in SOURCES.items()]
    places += [
        location("/basic-eve", SOURCES["map"], *OPTIONAL, *BASIC[:-1], "Require user eve typed"),
        location("/basic-group", SOURCES["map"], *OPTIONAL, *BASIC[:-1], "Require mtls-group team",
                 "Require user typed"),
        location("/fake", "MTLSFakeBasicAuth on", *OPTIONAL, *BASIC, *SHOW),
        location("/fake-map", "MTLSFakeBasicAuth on", SOURCES["map"], *OPTIONAL, *BASIC, *SHOW),
        location("/proxied", SOURCES["map"], *OPTIONAL, *BASIC,
                 "ProxyPass http://127.0.0.1:@PLAIN@/backend"),
        location("/proxied-login", SOURCES["map"], "MTLSVerifyClient require", "MTLSAccept staff",
                 "AuthType mtls", "Require valid-user",
                 "ProxyPass http://127.0.0.1:@PLAIN@/backend"),
    ]
    forward = ("ProxyRequests On\n<Proxy http://127.0.0.1:@PLAIN@/forward>\nMTLSFakeBasicAuth on\n%s\n"
               "</Proxy>\n<Proxy http://127.0.0.1:@PLAIN@/either>\n%s\n</Proxy>\n" % (
                   "\n".join(OPTIONAL + BASIC), "\n".join([SOURCES["map"]] + OPTIONAL + BASIC)))
    modssl = "\n".join([
        "SSLVerifyClient optional", "SSLVerifyDepth 5", "SSLOptions +FakeBasicAuth",
        "SSLCACertificateFile @PKI@/staff_root.leaf.pem",
        location("/fake", *BASIC)])
    return ("Protocols h2 http/1.1\n" + TRUST
            + vhost("localhost", "MTLSAskInHandshake always\n" + "".join(places))
            + vhost("forward.example.test", "MTLSAskInHandshake always\n" + forward,
                    port="@PORT2@").replace("SetHandler oracle", "Require all granted")
            + vhost("old.example.test", modssl, port="@PORT2@")
            + "<VirtualHost *:@PLAIN@>\n<Location />\nSetHandler oracle\n%s\n</Location>\n"
              "</VirtualHost>\n" % "\n".join(SHOW))


@pytest.fixture(scope="module")
def site(serve, pki):
    issue(pki)
    digest = "typed:t:" + hashlib.md5(b"typed:t:secret").hexdigest() + "\n"
    return serve(config(), name="password",
                 modules=["http2", "auth_basic", "auth_digest", "authn_file", "headers", "proxy",
                          "proxy_http"],
                 files={"conf/people.map": MAP, "conf/users": users(pki), "conf/digest": digest,
                        "conf/people.dir": "", "conf/people.pag": ""})


def get(site, path, cert, *headers, opener=h1, **more):
    with opener(site.port, cert=cert, version="1.3", **more) as client:
        return client.ask(path, headers=[PROBLEM, *headers])


def basic(user, password, scheme="Basic "):
    octets = ("%s:%s" % (user, password)).encode("latin-1")
    return ("Authorization", scheme + base64.b64encode(octets).decode())


def digest(path, challenge, user="typed", password="secret"):
    """Answer a challenge with quality of protection "auth" (RFC 7616, MD5)."""
    fields = dict(part.strip().split("=", 1) for part in challenge.split(" ", 1)[1].split(","))
    fields = {key: value.strip('"') for key, value in fields.items()}

    def md5(text):
        return hashlib.md5(text.encode()).hexdigest()

    first = md5("%s:%s:%s" % (user, fields["realm"], password))
    second = md5("GET:" + path)
    response = md5(":".join([first, fields["nonce"], "00000001", "c", "auth", second]))
    return ("Authorization", 'Digest username="%s", realm="%s", nonce="%s", uri="%s", qop=auth, '
            'nc=00000001, cnonce="c", response="%s"' % (user, fields["realm"], fields["nonce"], path,
                                                        response))


def came_as(site, answer):
    assert answer.status == 200, "expected to get in: %r" % answer
    seen = site.oracle.one(answer.case)
    return seen["user"], seen["auth_type"]


def assert_challenged(site, answer, scheme):
    assert answer.status == 401 and not site.oracle.ran(answer.case), answer
    header = answer.header("WWW-Authenticate") if hasattr(answer, "header") else \
        answer.response.header("WWW-Authenticate")
    assert header.startswith(scheme), header
    return header


# certificate or password

@pytest.mark.parametrize("opener", [h1, h2])
@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_a_certificate_with_user_needs_no_password(site, pki, scheme, opener):
    answer = get(site, "/%s-map" % scheme, pki.alice, opener=opener)
    assert came_as(site, answer) == ("certain", "mtls")


@pytest.mark.parametrize("opener", [h1, h2])
@pytest.mark.parametrize("who", [None, "carl", "anna", "foreign"])
@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_others_are_asked(site, pki, scheme, who, opener):
    """No certificate, an unknown one, one with groups and no user, one that is not accepted."""
    cert, path = who and getattr(pki, who), "/%s-map" % scheme
    challenge = assert_challenged(site, get(site, path, cert, opener=opener), scheme.capitalize())
    login = basic("typed", "secret") if scheme == "basic" else digest(path, challenge)
    assert came_as(site, get(site, path, cert, login, opener=opener)) == ("typed",
                                                                         scheme.capitalize())
    login = basic("typed", "wrong") if scheme == "basic" else digest(path, challenge, password="x")
    assert_challenged(site, get(site, path, cert, login, opener=opener), scheme.capitalize())


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_ambiguous_names_ask_for_a_password(site, pki, scheme):
    """A certificate that gives no user is none of the two ways in; the password is the other."""
    path = "/%s-cn" % scheme
    challenge = assert_challenged(site, get(site, path, pki.fake_twice), scheme.capitalize())
    login = basic("typed", "secret") if scheme == "basic" else digest(path, challenge)
    answer = get(site, path, pki.fake_twice, login)
    assert came_as(site, answer) == ("typed", scheme.capitalize())
    env = site.oracle.one(answer.case)["env"]
    assert "MTLS_USER" not in env and env["MTLS_USER_REASON"] == "user-ambiguous"


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_denied_stays_denied_whatever_is_typed(site, pki, scheme):
    path = "/%s-map" % scheme
    challenge = assert_challenged(site, get(site, path, None), scheme.capitalize())
    login = basic("typed", "secret") if scheme == "basic" else digest(path, challenge)
    for headers in ([], [login]):
        assert_refused(site, get(site, path, pki.bob, *headers), "denied-by-rule")


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_a_source_that_is_down_lets_no_certificate_in(site, pki, scheme):
    """Whether it denies is not known, so that a password does not help its holder; others it does."""
    path = "/%s-down" % scheme
    for name in dbm.files("sdbm", site.path("conf", "people")):
        if os.path.exists(name):
            os.unlink(name)
    challenge = assert_challenged(site, get(site, path, None), scheme.capitalize())
    login = basic("typed", "secret") if scheme == "basic" else digest(path, challenge)
    for headers in ([], [login]):
        assert_refused(site, get(site, path, pki.alice, *headers), "map-unavailable", 503)
    assert came_as(site, get(site, path, None, login))[0] == "typed"


def test_the_certificate_comes_before_a_password_and_hides_it(site, pki):
    answer = get(site, "/basic-map", pki.alice, basic("typed", "secret"),
                 ("Proxy-Authorization", "Basic eDp5"))
    assert came_as(site, answer) == ("certain", "mtls")
    headers = site.oracle.one(answer.case)["headers"]
    assert headers.get("X-Auth", "") == ""
    assert headers["X-Proxy-Auth"] == "Basic eDp5"


def test_whom_no_line_admits_is_not_asked_for_a_password(site, pki):
    answer = get(site, "/basic-eve", pki.alice)
    assert answer.status == 403 and answer.header("WWW-Authenticate") is None
    assert not site.oracle.ran(answer.case)
    assert came_as(site, get(site, "/basic-eve", None, basic("typed", "secret")))[0] == "typed"


def test_groups_of_a_certificate_open_without_a_name(site, pki):
    assert came_as(site, get(site, "/basic-group", pki.anna)) == (None, None)
    assert_challenged(site, get(site, "/basic-group", pki.carl), "Basic")


@pytest.mark.parametrize("opener", [h1, h2])
@pytest.mark.parametrize("spell", ["Basic ", "basic ", "BASIC \t", "Bearer ", "Digest ", ""])
def test_no_backend_believes_an_unverified_password(site, pki, spell, opener):
    answer = get(site, "/proxied", pki.alice, basic("root", "toor", spell), opener=opener)
    assert answer.status == 200
    assert site.oracle.one(answer.case)["headers"].get("X-Auth", "") == ""


def test_a_verified_password_goes_on(site, pki):
    answer = get(site, "/proxied", None, basic("typed", "secret"))
    assert answer.status == 200
    assert site.oracle.one(answer.case)["headers"]["X-Auth"] == basic("typed", "secret")[1]


def test_a_place_of_certificates_alone_leaves_the_field_alone(site, pki):
    """With AuthType mtls nobody says that a password was looked at, and APIs have tokens of their own."""
    answer = get(site, "/proxied-login", pki.alice, ("Authorization", "Bearer token"))
    assert site.oracle.one(answer.case)["headers"]["X-Auth"] == "Bearer token"


# the old way

def ask_old(site, cert, *headers):
    with h1(site.port2, cert=cert, version="1.2", sni="old.example.test") as client:
        return client.ask("/fake", host="old.example.test", headers=list(headers))


@pytest.mark.parametrize("name", ["plain", *(n for n in SUBJECTS if n != "plain")])
def test_T_N11_same_user_as_with_modssl(site, pki, name):
    cert = getattr(pki, "fake_" + name)
    old, new = ask_old(site, cert), get(site, "/fake", cert)
    if name == "colon2":  # looked up as somebody else by mod_ssl
        assert_refused(site, new, "user-unusable")
        return
    assert old.status == new.status
    if old.status == 200:
        assert came_as(site, old) == came_as(site, new) == (oneline(cert), "Basic")


def test_subjects_are_found_in_the_old_file(site, pki):
    for name in ("plain", "twice", "slash", "mail", "uid", "oid", "long"):
        assert came_as(site, get(site, "/fake", getattr(pki, "fake_" + name)))[0] == oneline(
            getattr(pki, "fake_" + name))


def test_crypt_is_found_too(site, pki):
    assert came_as(site, ask_old(site, pki.dora)) == (oneline(pki.dora), "Basic")
    assert came_as(site, get(site, "/fake", pki.dora)) == (oneline(pki.dora), "Basic")


def test_an_unknown_subject_is_asked_like_anybody(site, pki):
    for answer in (ask_old(site, pki.carl), get(site, "/fake", pki.carl)):
        assert answer.status == 401


def test_the_users_of_a_map(site, pki):
    assert came_as(site, get(site, "/fake-map", pki.alice)) == ("certain", "Basic")
    assert_refused(site, get(site, "/fake-map", pki.colon), "user-unusable")
    assert_refused(site, get(site, "/fake-map", pki.bob, basic("typed", "secret")), "denied-by-rule")
    assert came_as(site, get(site, "/fake-map", pki.carl, basic("typed", "secret")))[0] == "typed"


SPOOFED = ["alice", "certain", "dora", "/C=DE/O=mod_mtls tests/CN=alice",
           "/C=DE/O=mod_mtls tests/CN=dora"]


def spellings(user):
    plain = user + ":password"
    code = base64.b64encode(plain.encode()).decode()
    return {
        "plain": ["Basic " + code],
        "lower": ["basic " + code],
        "upper": ["BASIC " + code],
        "blanks": ["Basic    " + code],
        "tab": ["Basic \t" + code],
        "tab-alone": ["Basic\t" + code],
        "blank-after": ["Basic " + code + "   "],
        "no-padding": ["Basic " + code.rstrip("=")],
        "rubbish-after": ["Basic " + code + "*?"],
        "twice": ["Basic " + code, "Basic " + code],
        "behind-another": ["Basic " + base64.b64encode(b"typed:x").decode(), "Basic " + code],
        "before-another": ["Basic " + code, "Basic " + base64.b64encode(b"typed:secret").decode()],
        "comma": ["Basic " + code + ", Basic " + code],
        "nul": ["Basic " + base64.b64encode((plain + "\0x").encode()).decode()],
        "nul-in-user": ["Basic " + base64.b64encode((user + "\0" + ":password").encode()).decode()],
        "no-colon": ["Basic " + base64.b64encode(user.encode()).decode()],
        "bad-base64": ["Basic !" + code],
        "empty": ["Basic "],
        "only-scheme": ["Basic"],
        "longer": ["Basic " + base64.b64encode((plain + "x").encode()).decode()],
        "much-longer": ["Basic " + base64.b64encode((plain + "x" * 5000).encode()).decode()],
        "eighth-bit": ["Basic " + base64.b64encode(
            user.encode() + b":" + bytes(c | 0x80 for c in b"password")).decode()],
        "one-eighth-bit": ["Basic " + base64.b64encode(user.encode() + b":\xf0assword").decode()],
    }


@pytest.mark.parametrize("opener", [h1, h2])
@pytest.mark.parametrize("path", ["/fake", "/fake-map"])
@pytest.mark.parametrize("who", [None, "carl"])
@pytest.mark.parametrize("spelling", spellings("x"))
def test_T_N11_nobody_types_what_only_certificates_say(site, pki, who, path, spelling, opener):
    if who and path == "/fake":
        who = "foreign"  # there an accepted certificate is somebody by itself
    for user in SPOOFED:
        values = spellings(user)[spelling]
        if opener is h2 and len(values) > 1:
            values = [", ".join(values)]
        answer = get(site, path, who and getattr(pki, who),
                     *(("Authorization", value) for value in values), opener=opener)
        assert answer.status in (400, 401, 403), "%s came in: %r" % (user, answer)
        assert not site.oracle.ran(answer.case)


def test_T_N11_ten_thousand_octets(site):
    answer = get(site, "/fake", None, basic("alice", "password" + "x" * 4000))
    assert answer.status == 403 and not site.oracle.ran(answer.case)
    answer = get(site, "/fake", None, basic("a" * 7000, "password"))
    assert answer.status in (400, 403) and not site.oracle.ran(answer.case)


def test_T_N11_forward_proxies_have_a_field_of_their_own(site, pki):
    """mod_auth_basic reads Proxy-Authorization there, and so do we."""
    target = "http://127.0.0.1:%d" % site.plain

    def ask(path, cert, *headers):
        with h1(site.port2, cert=cert, version="1.3", sni="forward.example.test") as client:
            return client.ask(target + path, host="127.0.0.1:%d" % site.plain,
                              headers=[PROBLEM, *headers])

    spoof = basic("alice", "password")[1]
    answer = ask("/forward", None, ("Proxy-Authorization", spoof))
    assert answer.status == 403 and not site.oracle.ran(answer.case)
    own = basic("typed", "secret")[1]
    answer = ask("/forward", None, ("Proxy-Authorization", own), ("Authorization", "Bearer t"))
    assert answer.status == 200
    assert site.oracle.one(answer.case)["headers"]["X-Auth"] == "Bearer t", "the origin server's"
    answer = ask("/forward", pki.dora, ("Proxy-Authorization", own), ("Authorization", "Bearer t"))
    assert answer.status == 200
    assert site.oracle.one(answer.case)["headers"]["X-Auth"] == "Bearer t", "the origin server's"
    answer = ask("/either", pki.alice, ("Proxy-Authorization", spoof), ("Authorization", "Bearer t"))
    assert answer.status == 200
    headers = site.oracle.one(answer.case)["headers"]
    assert headers["X-Auth"] == "Bearer t" and headers.get("X-Proxy-Auth", "") == ""
