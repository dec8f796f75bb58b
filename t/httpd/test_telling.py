# SPDX-License-Identifier: Apache-2.0
"""What applications, logs and people are told: variables, Require, pages, lines.  T-H06 T-L01."""
import base64
import datetime
import re

import pytest

from mtlstest.clients import h1, h2
from mtlstest.sites import (PARTNER, PROBLEM, STAFF, TRUST, assert_ran, assert_refused, location,
                            vhost)

OPENERS = {"h1": h1, "h2": h2}
OPTIONAL = ["MTLSVerifyClient optional", "MTLSAccept staff partner"]


def config(pki):
    alice = "sha256:" + pki.alice.sha256
    spki = "spki-sha256:" + base64.b64encode(bytes.fromhex(pki.bob.spki_sha256)).decode()
    places = [
        location("/none", "MTLSVerifyClient none"),
        STAFF, PARTNER,
        location("/standard", *OPTIONAL),
        location("/off", "MTLSExport off", *OPTIONAL),
        location("/cert", "MTLSExport cert", *OPTIONAL),
        location("/chain", "MTLSExport chain", *OPTIONAL),
        location("/spoof", "SetEnv MTLS_SUBJECT CN=spoof", "SetEnv MTLS_VERIFY SUCCESS",
                 "SetEnv MTLS_SAN_DNS_7 spoof", "SetEnv mtls_reason good",
                 "SetEnvIf Request_URI . MTLS_ISSUER=spoof MTLS_PROFILE=staff", *OPTIONAL),
        location("/spoof-off", "MTLSExport off", "SetEnv MTLS_SUBJECT CN=spoof", *OPTIONAL),
        location("/request-headers", 'RequestHeader set X-Env "%{MTLS_SUBJECT}e"',
                 'RequestHeader set X-Var "%{MTLS_SUBJECT}s"',
                 'RequestHeader set X-Expr "expr=%{MTLS_SUBJECT}"', *OPTIONAL),
        location("/response-headers", 'Header always set X-Env "%{MTLS_SUBJECT}e"',
                 'Header always set X-Var "%{MTLS_SUBJECT}s"',
                 'Header always set X-Expr "expr=%{MTLS_VERIFY}"', *OPTIONAL),
        location("/expr", "Require expr %{MTLS_SUBJECT} =~ /CN=alice/ && %{MTLS_PROFILE} == 'staff'",
                 *OPTIONAL),
        location("/valid", "Require mtls-valid", *OPTIONAL),
        location("/trust-staff", "Require mtls-trust staff", *OPTIONAL),
        location("/trust-both", "Require mtls-trust third partner", *OPTIONAL),
        location("/proof-handshake", "Require mtls-proof handshake", *OPTIONAL),
        location("/proof-later", "Require mtls-proof post-handshake renegotiation", *OPTIONAL),
        location("/proof-resumed", "Require mtls-proof resumption", *OPTIONAL),
        location("/fingerprint", "Require mtls-fingerprint %s %s" % (alice, spki), *OPTIONAL),
        location("/all", "<RequireAll>", "Require mtls-valid", "Require mtls-fingerprint " + alice,
                 "</RequireAll>", *OPTIONAL),
        location("/any", "<RequireAny>", "Require mtls-trust partner",
                 "Require mtls-fingerprint " + alice, "</RequireAny>", *OPTIONAL),
        location("/not", "<RequireAll>", "Require all granted", "<RequireNone>",
                 "Require mtls-trust partner", "</RequireNone>", "</RequireAll>", *OPTIONAL),
        location("/document", "MTLSVerifyClient require", "MTLSAccept staff",
                 "ErrorDocument 403 /none/page"),
        location("/text", "MTLSVerifyClient require", "MTLSAccept staff",
                 'ErrorDocument 403 "our own words"'),
    ]
    return ("Protocols h2 http/1.1\n" + TRUST
            + 'CustomLog @ROOT@/logs/vars.log "%{X-Case}i|%{MTLS_SUBJECT}e|%{MTLS_REASON}e"\n'
            + vhost("later.example.test", "".join(places))
            + vhost("first.example.test", "MTLSAskInHandshake always\nMTLSVerifyClient optional\n"
                    "MTLSAccept staff partner\n" + "".join(places)))


LATER, FIRST = "later.example.test", "first.example.test"


@pytest.fixture(scope="module")
def site(serve, pki):
    return serve(config(pki), modules=["http2", "headers", "env", "setenvif"], name="telling")


def visit(site, path, cert=None, proto="h1", host=FIRST, headers=(PROBLEM,), **more):
    with OPENERS[proto](site.port, cert=cert, sni=host, **more) as client:
        return client.ask(path, host=host, headers=headers)


RFC3339 = "%Y-%m-%dT%H:%M:%SZ"


def rfc3339(moment):
    return moment.strftime(RFC3339)


def when(text):
    return datetime.datetime.strptime(text, RFC3339)


@pytest.mark.parametrize("proto", OPENERS)
def test_standard_variables(site, pki, proto):
    before = datetime.datetime.utcnow().replace(microsecond=0)
    env = assert_ran(site, visit(site, "/standard", pki.alice, proto), pki.alice)["env"]
    alice = pki.alice.certificate
    told_at = when(env["MTLS_PROOF_TIME"])
    assert before - datetime.timedelta(seconds=2) <= told_at <= datetime.datetime.utcnow()
    assert int(env["MTLS_SERIAL"], 16) == alice.serial_number
    expected = {
        "MTLS_VERIFY": "SUCCESS", "MTLS_PROFILE": "staff",
        "MTLS_PROOF": "handshake", "MTLS_DEPTH": "2", "MTLS_SUBJECT": pki.alice.subject,
        "MTLS_ISSUER": pki.staff_ca.subject, "MTLS_SHA256": pki.alice.sha256.lower(),
        "MTLS_SPKI_SHA256": pki.alice.spki_sha256.lower(),
        "MTLS_NOT_BEFORE": rfc3339(alice.not_valid_before),
        "MTLS_NOT_AFTER": rfc3339(alice.not_valid_after),
        "MTLS_SAN_DNS_0": "alice.example.test", "MTLS_SAN_EMAIL_0": "alice@example.test",
        "MTLS_SAN_URI_0": "urn:person:alice", "MTLS_GENERATION": "1"}
    assert {k: env.get(k) for k in expected} == expected
    assert "MTLS_CERT" not in env and "MTLS_CHAIN_0" not in env
    assert not [k for k in env if k.startswith("MTLS_SAN_") and k not in expected]


@pytest.mark.parametrize("proto", OPENERS)
def test_export_levels(site, pki, proto):
    env = assert_ran(site, visit(site, "/cert", pki.alice, proto), pki.alice)["env"]
    assert env["MTLS_CERT"] == pki.alice.pem.decode()
    assert "MTLS_CHAIN_0" not in env
    env = assert_ran(site, visit(site, "/chain", pki.alice, proto), pki.alice)["env"]
    assert env["MTLS_CERT"] == pki.alice.pem.decode()
    assert env["MTLS_CHAIN_0"] == pki.staff_ca.pem.decode()
    assert "MTLS_CHAIN_1" not in env
    answer = visit(site, "/off", pki.alice, proto)
    assert answer.status == 200
    env = site.oracle.one(answer.case)["env"]
    assert not [k for k in env if k.startswith("MTLS_")]


@pytest.mark.parametrize("proto", OPENERS)
@pytest.mark.parametrize("kind,verify,word", [
    (None, "NONE", {"no-certificate", "declined"}),
    ("foreign", "FAILED:untrusted-issuer", {"untrusted-issuer"}),
    ("expired", "FAILED:expired", {"expired"})])
def test_variables_without_identity(site, pki, proto, kind, verify, word):
    cert = getattr(pki, kind) if kind else None
    answer = visit(site, "/standard", cert, proto, version="1.3")
    env = assert_ran(site, answer)["env"]
    assert env["MTLS_VERIFY"] == verify
    assert env["MTLS_REASON"] in word
    assert {k for k in env if k.startswith("MTLS_")} == {"MTLS_VERIFY", "MTLS_REASON",
                                                         "MTLS_GENERATION"}


@pytest.mark.parametrize("proto", OPENERS)
def test_a_place_that_does_not_ask_is_told_nothing(site, pki, proto):
    env = assert_ran(site, visit(site, "/none", pki.alice, proto))["env"]
    assert not [k for k in env if k.startswith("MTLS_")]


@pytest.mark.parametrize("proto", OPENERS)
def test_mod_ssl_stays_truthful(site, pki, proto):
    for kind in (None, "alice", "foreign"):
        cert = getattr(pki, kind) if kind else None
        seen = site.oracle.one(visit(site, "/standard", cert, proto).case)
        assert seen["ssl_client_verify"] != "SUCCESS"
        assert (seen["ssl_client_verify"] == "NONE") == (cert is None)


@pytest.mark.parametrize("proto", OPENERS)
@pytest.mark.parametrize("kind", [None, "foreign", "alice"])
def test_T_H06_spoofed_variables_are_replaced(site, pki, proto, kind):
    cert = getattr(pki, kind) if kind else None
    answer = visit(site, "/spoof", cert, proto)
    env = assert_ran(site, answer, cert if kind == "alice" else None)["env"]
    assert "spoof" not in " ".join(env.values()).lower(), env
    assert "MTLS_SAN_DNS_7" not in env
    if kind != "alice":
        assert env["MTLS_VERIFY"] != "SUCCESS" and "MTLS_PROFILE" not in env
    env = site.oracle.one(visit(site, "/spoof-off", cert, proto).case)["env"]
    assert "MTLS_SUBJECT" not in env, "switched off, the variable is nobody's"


@pytest.mark.parametrize("proto", OPENERS)
def test_request_headers(site, pki, proto):
    seen = assert_ran(site, visit(site, "/request-headers", pki.alice, proto), pki.alice)
    told = {k.lower(): v for k, v in seen["headers"].items()}
    assert told["x-expr"] == pki.alice.subject
    assert told["x-var"] == pki.alice.subject
    assert told["x-env"] == pki.alice.subject


@pytest.mark.parametrize("proto", OPENERS)
def test_response_headers(site, pki, proto):
    answer = visit(site, "/response-headers", pki.alice, proto)
    response = answer.response if proto == "h2" else answer
    assert response.header("X-Expr") == "SUCCESS"
    assert response.header("X-Env") == pki.alice.subject
    assert response.header("X-Var") == pki.alice.subject


@pytest.mark.parametrize("proto", OPENERS)
def test_access_log(site, pki, proto):
    cases = {visit(site, "/standard", c, proto).case: c for c in (pki.alice, pki.foreign)}
    for case, cert in cases.items():
        lines = site.wait_for(lambda c=case: [
            x for x in open(site.path("logs", "vars.log"), encoding="utf-8") if x.startswith(c + "|")])
        expected = "%s|-" % cert.subject if cert is pki.alice else "-|untrusted-issuer"
        assert lines[0].strip().split("|", 1)[1] == expected


# authorization: (path, who is let in)

GRANTS = {
    "/valid": {"alice", "bob"}, "/trust-staff": {"alice", "anna"}, "/expr": {"alice"},
    "/proof-handshake": {"alice", "bob", "anna"}, "/proof-later": set(),
    "/fingerprint": {"alice", "bob"}, "/all": {"alice"}, "/any": {"alice", "bob"},
    "/not": {"alice", "anna", None, "foreign", "expired"}}


@pytest.mark.parametrize("proto", OPENERS)
@pytest.mark.parametrize("path", GRANTS)
@pytest.mark.parametrize("kind", [None, "alice", "anna", "bob", "foreign", "expired"])
def test_require(site, pki, proto, path, kind):
    cert = getattr(pki, kind) if kind else None
    answer = visit(site, path, cert, proto, version="1.3")
    granted = kind in GRANTS[path] or (path == "/valid" and kind == "anna")
    assert site.oracle.ran(answer.case) == granted
    assert answer.status == (200 if granted else 403)


@pytest.mark.parametrize("way,proof", [(dict(version="1.2"), "renegotiation"),
                                       (dict(version="1.3", pha=True), "post-handshake")])
def test_require_proof_of_a_step_up(site, pki, way, proof):
    seen = assert_ran(site, visit(site, "/proof-later", pki.alice, host=LATER, **way), pki.alice)
    assert seen["env"]["MTLS_PROOF"] == proof
    answer = visit(site, "/proof-handshake", pki.alice, host=LATER, **way)
    assert answer.status == 403 and not site.oracle.ran(answer.case)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_require_proof_of_resumption(site, pki, version):
    with h1(site.port, sni=FIRST, cert=pki.alice, version=version) as client:
        answer = client.ask("/proof-resumed", host=FIRST)
        assert answer.status == 403 and not site.oracle.ran(answer.case)
        first = assert_ran(site, client.ask("/standard", host=FIRST), pki.alice)["env"]
        session = client.conn.session()
    with h1(site.port, sni=FIRST, session=session, version=version) as client:
        env = assert_ran(site, client.ask("/proof-resumed", host=FIRST), pki.alice)["env"]
        assert env["MTLS_PROOF"] == "resumption"
        then, now = when(first["MTLS_PROOF_TIME"]), when(env["MTLS_PROOF_TIME"])
        # written into the session before the exchange was complete
        assert datetime.timedelta(0) <= then - now <= datetime.timedelta(seconds=20)


# refusals

@pytest.mark.parametrize("proto", OPENERS)
@pytest.mark.parametrize("accept", [None, "text/html", "*/*", "text/html, application/json;q=0.1"])
def test_page_for_people(site, pki, proto, accept):
    headers = [("Accept", accept)] if accept else []
    answer = visit(site, "/staff", pki.expired, proto, headers=headers, version="1.3")
    response = answer.response if proto == "h2" else answer
    assert response.status == 403 and not site.oracle.ran(answer.case)
    assert response.header("Content-Type").startswith("text/html")
    assert response.header("Cache-Control") == "no-store"
    assert "Accept" in response.header("Vary")
    for words in ("expired", "Staff root", "<html", "</html>"):
        assert words in response.text


@pytest.mark.parametrize("proto", OPENERS)
@pytest.mark.parametrize("accept", ["application/problem+json", "application/json"])
def test_document_for_programs(site, pki, proto, accept):
    answer = visit(site, "/staff", pki.expired, proto, headers=[("Accept", accept)],
                   version="1.3")
    response = answer.response if proto == "h2" else answer
    assert_refused(site, answer, "expired")
    document = response.json
    assert document["status"] == 403 and document["type"].endswith("expired")
    assert response.header("Cache-Control") == "no-store"
    assert any("Staff root" in x for x in document["issuers"])
    assert not any("Partner" in x for x in document["issuers"])


def test_reference_leads_to_the_log(site, pki):
    site.mark()
    answer = visit(site, "/staff", pki.foreign, version="1.3")
    reference = answer.json["reference"]
    lines = [x for x in site.log_tail().splitlines() if reference in x]
    assert len(lines) == 1 and "untrusted-issuer" in lines[0] and "CN=foreign" in lines[0]


def test_head_has_no_body(site):
    with h1(site.port, sni=FIRST, version="1.3") as client:
        assert client.ask("/staff", method="HEAD", host=FIRST).status == 403
        assert_ran(site, client.ask("/none", host=FIRST))


@pytest.mark.parametrize("proto", OPENERS)
@pytest.mark.parametrize("kind,word", [(None, {"no-certificate", "declined"}),
                                       ("expired", {"expired"})])
def test_error_document_sees_the_reason(site, pki, proto, kind, word):
    cert = getattr(pki, kind) if kind else None
    answer = visit(site, "/document", cert, proto, version="1.3")
    assert answer.status == 403
    seen = site.oracle.one(answer.case)
    assert (seen["path"], seen["redirected"]) == ("/none/page", 1)
    env = seen["env"]
    assert (env.get("REDIRECT_MTLS_REASON") or env.get("MTLS_REASON")) in word
    assert "MTLS_SUBJECT" not in env and "REDIRECT_MTLS_SUBJECT" not in env


def test_error_document_text(site):
    answer = visit(site, "/text", version="1.3")
    assert answer.status == 403 and answer.body == b"our own words"
    assert answer.header("Cache-Control") == "no-store"


# log lines

LINE = re.compile(r"\[mtls:(\w+)\] .*?(MTLS\d{4}): (.*)")


def decisions(site):
    found = [LINE.search(x) for x in site.log_tail().splitlines()]
    return [m.groups() for m in found if m and m.group(2) in ("MTLS0010", "MTLS0011", "MTLS0012")]


@pytest.mark.parametrize("path,kind,ident,words", [
    ("/staff", "alice", "MTLS0010", ["CN=alice", "staff"]), ("/staff", None, "MTLS0011", []),
    ("/staff", "foreign", "MTLS0011", ["untrusted-issuer"]),
    ("/staff", "expired", "MTLS0011", ["expired", "CN=expired"]),
    ("/standard", None, "MTLS0012", [])])
@pytest.mark.parametrize("way", [dict(version="1.2"), dict(version="1.3")])
def test_one_line_for_each_decision(site, pki, way, path, kind, ident, words):
    cert = getattr(pki, kind) if kind else None
    site.mark()
    visit(site, path, cert, **way)
    found = decisions(site)
    assert len(found) == 1, found
    level, told, text = found[0]
    assert told == ident and path in text and all(w in text for w in words)
    assert level == ("info" if ident == "MTLS0011" else "debug")


def test_client_mistakes_are_no_warnings(site, pki):
    site.mark()
    for kind in (None, "foreign", "expired", "selfsigned", "serveronly", "weak", "fake", "hostile"):
        for host in (FIRST, LATER):
            cert = getattr(pki, kind) if kind else None
            visit(site, "/staff", cert, host=host, version="1.2")
    loud = [x for x in site.log_tail().splitlines()
            if re.search(r"\[mtls:(notice|warn|error|crit|alert|emerg)\]", x)]
    assert not loud, "\n".join(loud)


@pytest.mark.parametrize("kind", ["hostile", "hostile_foreign"])
def test_T_L01_control_octets(site, pki, kind):
    """A distinguished name with CR, LF, ESC and quotes stays one line everywhere."""
    cert = getattr(pki, kind)
    site.mark()
    answer = visit(site, "/response-headers", cert, version="1.3")
    refused = visit(site, "/partner", cert, version="1.3")
    assert answer.status == 200 and refused.status == 403
    assert answer.header("X-Injected") is None and refused.header("X-Injected") is None
    if kind == "hostile":
        assert answer.header("X-Env").startswith("CN=")
        env = site.oracle.one(answer.case)["env"]
        assert all(c.isprintable() for c in env["MTLS_SUBJECT"]), env
    assert site.access(answer.case) and site.access(refused.case)
    logs = site.log_tail() + open(site.path("logs", "vars.log"), encoding="latin-1").read()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", logs), "a control octet reached a log"
    assert not [x for x in logs.split("\n") if x.startswith("X-Injected")]


def test_host_is_escaped_on_the_page(site):
    with h1(site.port, sni=None, version="1.3") as client:
        answer = client.ask("/staff", host='<script>"x"', headers=[("Accept", "text/html")])
        assert b"<script>" not in answer.body


def logged(site, case):
    """What vars.log says of a case, once it is written."""
    found = site.wait_for(lambda: [
        x for x in open(site.path("logs", "vars.log"), encoding="utf-8") if x.startswith(case + "|")])
    assert len(found) == 1, "%s: %r" % (case, found)
    return found[0].strip().split("|", 1)[1]


@pytest.fixture(scope="module", params=["event", "worker", "prefork"])
def logging(request, serve):
    return serve(
        TRUST + 'LogFormat "%{X-Case}i|%{MTLS_SUBJECT}e|%{MTLS_SHA256}e" vars\n'
        "CustomLog @ROOT@/logs/vars.log vars\n"
        + vhost(LATER, "MTLSExport chain\n" + STAFF + PARTNER), mpm=request.param, name="logging")


@pytest.mark.parametrize("way", [dict(version="1.2"), dict(version="1.3", pha=True)])
def test_pipelined_requests_are_logged_as_who_they_were(logging, pki, way):
    """The log line of a request may be written while the next one, as somebody else, runs."""
    with h1(logging.port, sni=LATER, cert=pki.alice, **way) as client:
        assert_ran(logging, client.ask("/staff", host=LATER), pki.alice)
        client.conn.use(pki.bob)
        assert_ran(logging, client.ask("/partner", host=LATER), pki.bob)
        people = [("/staff", pki.alice), ("/partner", pki.bob)] * 10
        heads = [client.head(path, host=LATER, method="HEAD") for path, _ in people]
        client.conn.send(b"".join(head for head, _ in heads))
        for _, case in heads:
            assert client.read(case, no_body=True).status == 200
        for (_, cert), (_, case) in zip(people, heads):
            assert logged(logging, case) == "%s|%s" % (cert.subject, cert.sha256.lower())
