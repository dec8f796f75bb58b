# SPDX-License-Identifier: Apache-2.0
"""Ways to be somebody else: the road from a certificate to its user, attacked.

The certificates are good ones, of a CA that is accepted; what stands in them is the attacker's.
"""
import base64
import concurrent.futures
import hashlib
import json
import os
import threading
import urllib.parse

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from mtlstest import odd_certs
from mtlstest.clients import h1, h2
from mtlstest.sites import PROBLEM, TRUST, assert_refused, location, vhost

STAFF = ["MTLSVerifyClient require", "MTLSAccept staff partner"]
LOGIN = ["AuthType mtls", "Require valid-user"]
BASIC = ["AuthType Basic", 'AuthName "t"', "AuthBasicProvider file",
         "AuthUserFile @ROOT@/conf/users", "Require valid-user"]
MAP = """
when cn is alice then user alice groups ops
when cn is bob then deny
when cn is anna then user anna
"""
PASSWORD = "{SHA}" + base64.b64encode(hashlib.sha1(b"password").digest()).decode()

CN, O = NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME
# Who stands in the file of users, and others whose subjects OpenSSL prints in the same way.
GENUINE = {"jose": [(O, "tests"), (CN, "Jos\u00e9")], "e": [(O, "tests"), (CN, "\u00e9")],
           "slash": [(O, "tests"), (CN, "g/CN=x")]}
TWINS = {"escaped": [(O, "tests"), (CN, "Jos\\xC3\\xA9")],
         "split": [(O, "tests"), (CN, "g\\"), (CN, "x")],
         "wide": [(O, "tests"), (CN, "\uc3a9", _ASN1Type.BMPString)]}


NOTS = ["not", "NOT", '"not"', "'Not'"]  # as httpd reads it


def subject(values):
    return x509.Name([x509.NameAttribute(*value) for value in values])


def config():
    places = [
        location("/fake", "MTLSFakeBasicAuth on", *STAFF, *BASIC),
        location("/map", "MTLSMap conf/people.map", *STAFF, *LOGIN),
        location("/staff", "MTLSMap conf/people.map", "MTLSVerifyClient require",
                 "MTLSAccept staff"),
        location("/bob", "MTLSMap conf/people.map", "MTLSVerifyClient require",
                 "MTLSAccept partner"),
        location("/seen", "MTLSMap conf/people.map", *STAFF, "SetEnv mtls_user eve",
                 "SetEnv MTLS.USER eve", "SetEnv MTLS-GROUPS admins", "SetEnv Mtls_Attr_X eve"),
        location("/explain", "SetHandler mtls-explain", "MTLSMap conf/people.map", *STAFF, *LOGIN),
        location("/nobody-asks", "MTLSVerifyClient none", *LOGIN),
        *(location("/not-%d" % i, "MTLSUser cn", *STAFF, "<RequireAll>", "Require mtls-valid",
                   "Require %s mtls-group ops" % word, "</RequireAll>")
          for i, word in enumerate(NOTS)),
        location("/either", "MTLSMap conf/people.map", "MTLSVerifyClient optional",
                 "MTLSAccept staff", *BASIC),
        location("/env", "MTLSMap conf/people.map", *STAFF, "Require env MTLS_USER"),
        "<Location /if>\n" + "\n".join(["MTLSMap conf/people.map", *STAFF])
        + "\n<If \"%{MTLS_USER} == 'alice'\">\nRequire all denied\n</If>\n</Location>\n",
    ]
    return ("Protocols h2 http/1.1\n" + TRUST
            + vhost("localhost", "MTLSAskInHandshake always\n" + "".join(places)))


@pytest.fixture(scope="module")
def people(pki):
    for label, values in list(GENUINE.items()) + list(TWINS.items()):
        pki.issue("twin_" + label, pki.staff_ca, subject=subject(values))
    pki.issue("two_names_each", pki.staff_ca, subject=subject([(CN, "one"), (CN, "two")]))
    pki.issue("carl_nobody", pki.staff_ca)
    latin = odd_certs.name((odd_certs.O, b"tests"), (odd_certs.CN, b"\xc3\xa9", odd_certs.T61))
    odd_certs.issue(pki, "twin_latin", pki.staff_ca, subject=latin)
    return pki


@pytest.fixture(scope="module")
def site(serve, people):
    users = ["/O=tests/CN=Jos\\xC3\\xA9", "/O=tests/CN=\\xC3\\xA9", "/O=tests/CN=g\\/CN=x",
             "typed"]
    return serve(config(), modules=["http2", "auth_basic", "authn_file", "authz_host", "env"],
                 name="attack-users", files={
                     "conf/people.map": MAP,
                     "conf/users": "".join("%s:%s\n" % (user, PASSWORD) for user in users)})


def get(site, path, cert, *headers, opener=h1):
    with opener(site.port, cert=cert) as client:
        return client.ask(path, headers=[PROBLEM, *headers])


def basic(user, password):
    plain = "%s:%s" % (user, password)
    return ("Authorization", "Basic " + base64.b64encode(plain.encode()).decode())


def seen_by_handler(site, answer):
    assert answer.status == 200, "expected 200: %r" % answer
    return site.oracle.one(answer.case)


@pytest.mark.parametrize("who", GENUINE)
def test_who_stands_in_the_old_file_logs_in(site, people, who):
    seen = seen_by_handler(site, get(site, "/fake", getattr(people, "twin_" + who)))
    assert seen["user"].startswith("/O=tests/CN=")


@pytest.mark.parametrize("who", [*TWINS, "latin"])
def test_another_name_that_prints_alike_is_nobody(site, people, who):
    """T-N11 T-N12: X509_NAME_oneline() does not escape backslashes, nor tell character sets apart."""
    assert_refused(site, get(site, "/fake", getattr(people, "twin_" + who)), "user-unusable")


@pytest.mark.parametrize("opener", [h1, h2])
def test_look_alikes_of_our_variables(site, pki, opener):
    """T-H06: tables find names in any case, and CGI makes "_" of every odd character."""
    env = seen_by_handler(site, get(site, "/seen", pki.alice, opener=opener))["env"]
    names = [name for name in env if name.upper().startswith("MTLS") and env[name] in
             ("eve", "admins")]
    assert not names and env["MTLS_USER"] == "alice"


@pytest.mark.parametrize("place", range(len(NOTS)))
def test_who_cannot_be_told_is_not_outside_the_group(site, people, place):
    """What cannot be known keeps out, on both sides of a "not"."""
    assert get(site, "/not-%d" % place, people.two_names_each).status == 403
    assert get(site, "/not-%d" % place, people.alice).status == 200


def explain(site, cert, url, by, *headers):
    body = urllib.parse.urlencode({"cert": cert.pem + cert.issuer.pem, "url": url}).encode()
    with h1(site.port, cert=by) as client:
        answer = client.ask("/explain", method="POST", body=body, headers=[
            ("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"), *headers])
    assert answer.status == 200, "expected 200: %r" % answer
    return json.loads(answer.body)


@pytest.mark.parametrize("url", ["/explain", "/explain/", "/explain?x"])
def test_what_may_explain_is_explained_too(site, pki, url):
    """httpd does not check a subrequest in its own place again: whoever asked was let in there."""
    told = explain(site, pki.bob, url, by=pki.alice)
    assert (told["status"], told["reason"]) == (403, "denied-by-rule")
    told = explain(site, pki.alice, url, by=pki.anna)
    assert (told["status"], told["principal"]["user"]) == (200, "alice")


def test_a_section_that_asks_for_the_user_sees_the_posted_certificate(site, pki):
    assert explain(site, pki.alice, "/if", by=pki.anna)["status"] == 403
    assert explain(site, pki.anna, "/if", by=pki.alice)["status"] == 200
    assert get(site, "/if", pki.alice).status == 403
    assert get(site, "/if", pki.anna).status == 200


def test_who_asks_lends_nothing(site, pki):
    """Passwords, cookies and variables of the explaining request are not the certificate's."""
    password = basic("typed", "password")
    assert get(site, "/either", None, password).status == 200
    assert explain(site, pki.carl_nobody, "/either", pki.alice, password)["status"] == 401
    assert explain(site, pki.alice, "/either", pki.alice, password)["status"] == 200
    assert explain(site, pki.anna, "/env", pki.alice)["status"] == 403


def test_no_line_says_that_who_asks_was_refused(site, pki):
    """T-L01: the place asks nobody for a certificate, so that it has no decision of its own."""
    told = explain(site, pki.anna, "/nobody-asks", by=pki.alice)
    assert told["status"] == 403
    assert " refused: " not in site.log_tail()


def test_the_log_names_whom_the_rule_denied(site, pki):
    """T-L01: a second certificate on the connection takes no blame."""
    with h1(site.port, cert=pki.bob, version="1.3", pha=True) as client:
        client.conn.use(pki.anna)
        assert client.ask("/staff").status == 200
        assert_refused(site, client.ask("/bob", headers=[PROBLEM]), "denied-by-rule")
    lines = [line for line in site.log_tail().splitlines() if "denied-by-rule" in line]
    assert len(lines) == 1 and "CN=bob" in lines[0] and pki.bob.sha256 in lines[0]


# generations: what is told of one request is of one map, and never of an older one than before

def versioned(version):
    """A map in which alice is that one, by key or by pattern, in another line each time."""
    lines = "# pushed down\n" * (version % 7)
    if version % 3:
        return lines + "when cn is alice then user v{0} groups g{0}, h{0} set n {0}\n".format(version)
    return lines + ('when cn like "ali*" then user "v%d{$1}" groups g%d, "h{cn}" set n %d\n'
                    % ((version,) * 3))


@pytest.fixture(scope="module")
def changing(serve, pki):
    log = ('LogFormat "%{X-Case}i|%u|%{MTLS_USER}e|%{MTLS_GROUPS}e|%{MTLS_ATTR_N}e|'
           '%{MTLS_GENERATION}e|%{MTLS_USER_RULE}e" told\nCustomLog @ROOT@/logs/told.log told\n')
    here = ["MTLSMap conf/people.map", *STAFF]
    places = (location("/a", *here, *LOGIN) + location("/b", *here, "Require mtls-valid")
              + location("/c", *here, *LOGIN, "Options +Includes", "SetOutputFilter INCLUDES"))
    httpd = serve("Protocols h2 http/1.1\nMTLSReloadInterval 100ms\n" + TRUST + log
                  + "<VirtualHost *:@PORT@>\nServerName localhost\nSSLEngine on\n@SERVERCERT@\n"
                  + "MTLSAskInHandshake always\n" + places + "</VirtualHost>\n",
                  modules=["http2", "include"], name="changing", log_level="info",
                  files={"conf/people.map": versioned(1)})
    for name, text in (("a", "x" * 200000), ("b", "b"), ("c", "<!--#include virtual='/b' -->" * 5)):
        httpd.write("htdocs/" + name, text)
    return httpd


class Versions(threading.Thread):
    """Writes one map after the other, as fast as they are taken into use."""

    def __init__(self, site, count):
        super().__init__()
        self.site, self.count = site, count

    def run(self):
        for version in range(2, self.count + 2):
            before = self.site.log().count("MTLS0040: ")
            os.replace(self.site.write("conf/people.new", versioned(version)),
                       self.site.path("conf", "people.map"))
            self.site.wait_for(lambda b=before: self.site.log().count("MTLS0040: ") > b)


def told_lines(site):
    with open(site.path("logs", "told.log"), encoding="utf-8") as f:
        return [line.rstrip("\n").split("|") for line in f if line.endswith("\n")]


def assert_of_one_map(line):
    _case, who, user, groups, number, _generation, rule = line
    assert user in ("v" + number, "v%sce" % number), line
    assert who in (user, "-"), line
    assert groups in ("g%s,h%s" % (number, number), "g%s,halice" % number), line
    assert rule.split(":")[0].endswith("people.map"), line


def pipelined(site, cert, changes):
    """Cases in the order of the requests, 30 at once, as long as maps change."""
    cases = []
    with h1(site.port, cert=cert) as client:
        while changes.is_alive():
            heads = [client.head("/" + "abcb"[i % 4]) for i in range(30)]
            client.conn.send(b"".join(head for head, _ in heads))
            for _, case in heads:
                assert client.read(case).status == 200
            cases += [case for _, case in heads]
    return cases


def streams(site, cert, changes):
    cases = []
    with h2(site.port, cert=cert) as client:
        while changes.is_alive():
            ids = [client.start("/" + "abcb"[i % 4]) for i in range(20)]
            cases.append([stream.case for stream in client.finish(*ids)])
    return cases


def test_F_17_F_18_each_answer_is_of_one_map(changing, pki):
    """Log lines are written when the next requests run already (EOR), and when a generation of then
    would be gone."""
    changes = Versions(changing, 25)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        changes.start()
        in_order = [pool.submit(pipelined, changing, pki.alice, changes) for _ in range(2)]
        beside = pool.submit(streams, changing, pki.alice, changes)
        sequences = [job.result() for job in in_order]
        turns = beside.result()
    changes.join()
    wanted = {case for cases in sequences + turns for case in cases}
    changing.wait_for(lambda: wanted <= {line[0] for line in told_lines(changing)})
    told = {line[0]: line for line in told_lines(changing) if line[0] in wanted}
    for line in told.values():
        assert_of_one_map(line)
    for cases in sequences:
        generations = [int(told[case][5]) for case in cases]
        assert generations == sorted(generations), "back to an older map"
    assert len({line[4] for line in told.values()}) > 5, "the maps did not change"


def begin_and_read_nothing(site, cert, path):
    """A connection whose answer is on its way and stays there."""
    client = h1(site.port, cert=cert)
    head, case = client.head(path)
    client.conn.send(head)
    assert client.conn.recv(1), "no answer"
    return client, case


# A thread for each of the slow answers, and more.
MANY_THREADS = ("StartServers 1\nServerLimit 1\nThreadsPerChild 64\nMaxRequestWorkers 64\n"
                "MinSpareThreads 64\nMaxSpareThreads 64\n")


@pytest.fixture(scope="module")
def slow(serve, pki):
    httpd = serve("Timeout 120\nMTLSReloadInterval 100ms\n" + TRUST
                  + "<VirtualHost *:@PORT@>\nServerName localhost\nSSLEngine on\n@SERVERCERT@\n"
                  + "MTLSAskInHandshake always\n"
                  + location("/big", "MTLSMap conf/people.map", *STAFF, *LOGIN)
                  + "</VirtualHost>\n", name="slow", log_level="info", mpm_config=MANY_THREADS,
                  files={"conf/people.map": versioned(1)})
    httpd.write("htdocs/big", "x" * (16 << 20))
    return httpd


def change(site, text):
    """Whether the map was taken into use."""
    before = site.log().count("MTLS0040: ")
    waits = site.log().count("MTLS0043: ")
    os.replace(site.write("conf/people.new", text), site.path("conf", "people.map"))
    site.wait_for(lambda: site.log().count("MTLS0040: ") > before
                  or site.log().count("MTLS0043: ") > waits)
    return site.log().count("MTLS0043: ") == waits


def test_F_17_nobody_keeps_a_map_in_use_by_reading_slowly(slow, pki):
    """Forty answers that alice does not read, each of another map: the one that takes her out is
    still loaded."""
    clients = []
    try:
        for version in range(2, 42):
            clients.append(begin_and_read_nothing(slow, pki.alice, "/big")[0])
            assert change(slow, versioned(version)), "at the %dth" % len(clients)
        assert change(slow, "when cn is alice then deny\n")
        with h1(slow.port, cert=pki.alice) as client:
            assert_refused_page(client.ask("/big", headers=[PROBLEM]))
    finally:
        for client in clients:
            client.conn.abort()


def assert_refused_page(answer):
    assert answer.status == 403 and answer.json["reason"] == "denied-by-rule"
