# SPDX-License-Identifier: Apache-2.0
"""mtlsctl as an administrator runs it: answers, exit statuses, every fault with its place.

T-N01 T-L01 T-F01 F-42 F-43.
"""
import json
import os
import re
import shutil
import subprocess
import tempfile

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from mtlstest.pki import DAY
from mtlstest.server import BUILD, Httpd

MTLSCTL = os.path.join(BUILD, "mtlsctl")
NOBODY = 65534

TRUST = """
Listen 8443
<MTLSTrust staff>
    MTLSCACertificateFile staff_root.pem
</MTLSTrust>
<VirtualHost *:8443>
    <MTLSTrust partner>
        MTLSCACertificateFile "partner_root.pem"
    </MTLSTrust>
</VirtualHost>
"""

MAP = """# people
when cn is bob
  then user bob groups partners
when email.domain is evil.test then deny "Go away."
when email like *@example.test
  then user "{email.local|lower}" groups ops, staff set dept "R&D"
"""


class Run:
    """What the program said."""

    def __init__(self, *args, **more):
        done = subprocess.run([MTLSCTL] + [str(a) for a in args], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60, check=False, **more)
        self.code = done.returncode
        self.raw = done.stdout + done.stderr
        self.out = done.stdout.decode("utf-8")
        self.err = done.stderr.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def places(self):
        """Each line on stderr without what comes behind the place."""
        return [re.match(r"([^:]+(?::\d+){0,2})", line).group(1) for line in self.err.splitlines()]


@pytest.fixture
def files(pki, tmp_path):
    """write(name, text) into a directory that has the CAs too."""
    for name in ("staff_root", "partner_root"):
        shutil.copy(getattr(pki, name).leaf_file, tmp_path / (name + ".pem"))

    def write(name, text):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        os.chmod(path, 0o644)
        return str(path)

    write.dir = tmp_path
    write.trust = write("trust.conf", TRUST)
    write.map = write("staff.map", MAP)
    return write


def explain(files, cert, *more, trust=None):
    return Run("explain", "--cert", getattr(cert, "file", cert), "--trust", trust or files.trust,
               *more)


def mapped(files, cert, *more):
    return explain(files, cert, "--map", files.map, *more)


def stamp(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_good_certificate(pki, files):
    run = mapped(files, pki.alice)
    assert (run.code, run.err) == (0, "")
    for line in ("  certificate    %s" % pki.alice.file, "  subject        %s" % pki.alice.subject,
                 "  san-email      alice@example.test", "  san-dns        alice.example.test",
                 "  san-uri        urn:person:alice", "  eku            1.3.6.1.5.5.7.3.2",
                 "  fingerprint    %s" % pki.alice.sha256.lower(),
                 "  spki           %s" % pki.alice.spki_sha256.lower(),
                 "  accepted by    staff", "  user           alice", "  group          ops",
                 "  group          staff", "  attribute      dept = R&D",
                 "  said by        map %s:5:1" % files.map):
        assert line in run.out.splitlines(), run.out
    assert re.search(r"%s:5:1 +decided " % re.escape(files.map), run.out), run.out


def test_good_certificate_in_JSON(pki, files):
    run = mapped(files, pki.alice, "--json")
    answer = run.json
    assert (run.code, run.err) == (0, "")
    assert sorted(answer) == sorted((
        "certificate url time identity profiles accepted_by sources principal reason title status "
        "require").split())
    assert answer["reason"] == "good" and answer["accepted_by"] == "staff"
    assert answer["identity"]["subject"] == pki.alice.subject
    assert int(answer["identity"]["serial"], 16) == pki.alice.certificate.serial_number
    assert answer["identity"]["fingerprint"] == pki.alice.sha256.lower()
    assert [(p["name"], p["accepts"], p["reason"]) for p in answer["profiles"]] == [
        ("staff", True, "good"), ("partner", False, "untrusted-issuer")]
    assert answer["profiles"][0]["depth"] == 2
    assert answer["principal"]["user"] == "alice"
    assert answer["principal"]["groups"] == ["ops", "staff"]
    assert answer["principal"]["attributes"] == {"dept": "R&D"}
    assert answer["principal"]["rule"] == {"file": files.map, "line": 5, "column": 1}
    assert answer["sources"][0]["steps"][-1]["end"] == "decided"
    assert answer["status"] is None and answer["url"] is None and answer["require"] is None


def members(value, but=("attributes",)):
    """Names of all members of a JSON value; those of attributes are the rules' own."""
    if isinstance(value, list):
        return set().union(*(members(v) for v in value))
    if isinstance(value, dict):
        return set(value).union(*(members(v) for k, v in value.items() if k not in but))
    return set()


def manual():
    path = os.path.join(os.path.dirname(__file__), "../../docs/mtlsctl.1")
    with open(path, encoding="utf-8") as f:
        return f.read().replace("\\-", "-")


def test_members_of_JSON_are_in_the_manual(pki, files):
    found = members(mapped(files, pki.alice, "--json").json)
    words = set(re.findall(r"\w+", manual().split(".SH OUTPUT")[1].split(".SH EXIT")[0]
                           .replace("\\fB", " ").replace("\\fR", " ")))
    assert len(found) > 40 and found <= words, found - words


def test_time(pki, files):
    good = mapped(files, pki.alice, "--json", "--at", stamp(pki.now))
    assert (good.code, good.json["time"]) == (0, stamp(pki.now))
    late = mapped(files, pki.alice, "--json", "--at", stamp(pki.now + 91 * DAY))
    assert (late.code, late.json["reason"], late.json["principal"]) == (1, "expired", None)
    early = mapped(files, pki.alice, "--json", "--at", stamp(pki.now - 2 * DAY))
    assert (early.code, early.json["reason"]) == (1, "not-yet-valid")
    # a certificate that has expired was good when it was
    then = explain(files, pki.expired, "--user", "cn", "--json", "--at",
                   stamp(pki.now - DAY - DAY / 24))
    assert then.json["identity"]["subject"] == pki.expired.subject
    assert explain(files, pki.expired, "--user", "cn", "--json").json["reason"] == "expired"


@pytest.mark.parametrize("who, reason, error", [
    ("foreign", "untrusted-issuer", 20), ("selfsigned", "self-signed", 18),
    ("serveronly", "wrong-purpose", None), ("weak", "weak-key", None),
    ("fake", "invalid-ca", None)])
def test_refused_by_trust(pki, files, who, reason, error):
    run = mapped(files, getattr(pki, who), "--json")
    staff = run.json["profiles"][0]
    assert run.code == 1 and run.json["accepted_by"] is None and run.json["principal"] is None
    assert run.json["reason"] == reason == staff["reason"], staff
    assert staff["x509_text"]
    if error:
        assert staff["x509_error"] == error
    text = mapped(files, getattr(pki, who))
    assert text.code == 1 and "refuses: %s " % reason in text.out


def test_denied(pki, files):
    evil = pki.issue("mallory", pki.staff_ca, sans=[x509.RFC822Name("mallory@evil.test"),
                                                    x509.RFC822Name("alice@example.test")])
    run = mapped(files, evil)
    assert run.code == 1
    assert "  message        Go away." in run.out.splitlines()
    assert "\n  user " not in run.out
    assert mapped(files, evil, "--json").json["reason"] == "denied-by-rule"


def test_no_rule(pki, files):
    run = mapped(files, pki.anna, "--json")
    assert (run.code, run.json["reason"]) == (1, "no-rule")
    assert run.json["accepted_by"] == "staff" and run.json["principal"]["user"] is None
    assert "decided" not in [s["end"] for s in run.json["sources"][0]["steps"]]


def test_sources_are_asked_in_order(pki, files):
    two = pki.issue("two", pki.staff_ca, sans=[x509.RFC822Name("a@example.test"),
                                               x509.RFC822Name("b@example.test")])
    run = explain(files, two, "--user", "email", "--json")
    assert (run.code, run.json["reason"]) == (1, "user-ambiguous")
    run = explain(files, pki.anna, "--user", "email", "--json")
    assert (run.code, run.json["reason"]) == (1, "user-absent")
    run = explain(files, pki.alice, "--user", "email upper", "--json")
    assert (run.code, run.json["principal"]["user"]) == (0, "ALICE@EXAMPLE.TEST")
    run = explain(files, pki.alice, "--user", "upn", "--map", files.map, "--user", "cn", "--json")
    assert (run.code, run.json["principal"]["source"]) == (0, "map")
    assert [s["kind"] for s in run.json["sources"]] == ["user", "map"]
    run = explain(files, pki.anna, "--map", files.map, "--user", "cn", "--json")
    assert (run.code, run.json["principal"]["user"]) == (0, "anna")
    assert [s["what"] for s in run.json["sources"]] == [files.map, "cn"]


def test_nobody_is_asked_for_a_user(pki, files):
    run = explain(files, pki.alice, "--json")
    assert (run.code, run.json["reason"], run.json["principal"]) == (1, "good", None)


def test_profiles_are_chosen_and_known_to_rules(pki, files):
    rules = files("p.map", 'when profile is partner then user p\n'
                           'when profile is staff then user s\n')
    run = explain(files, pki.bob, "--map", rules, "--json")
    assert (run.code, run.json["principal"]["user"]) == (0, "p")
    run = explain(files, pki.bob, "--profile", "staff", "--map", rules, "--json")
    assert (run.code, run.json["accepted_by"]) == (1, None)
    assert [p["name"] for p in run.json["profiles"]] == ["staff"]
    run = explain(files, pki.bob, "--profile", "partner", "--profile", "staff", "--json")
    assert [p["name"] for p in run.json["profiles"]] == ["partner", "staff"]
    run = explain(files, pki.bob, "--profile", "nobody")
    assert run.code == 2 and "unknown trust profile 'nobody'" in run.err and "staff" in run.err
    unknown = files("u.map", "when profile is other then user x\n")
    run = explain(files, pki.bob, "--map", unknown)
    assert run.code == 2 and "other" in run.err and "%s:1:" % unknown in run.err


def test_forms_of_a_certificate(pki, files):
    chain = files("chain.pem", pki.staff_ca.pem)
    both = files("both.pem", open(pki.alice.key_file, "rb").read() + pki.alice.pem)
    for cert, more, accepted in ((pki.alice.der_file, (), None),
                                 (pki.alice.der_file, ("--chain", chain), "staff"),
                                 (pki.alice.leaf_file, ("--chain", chain), "staff"),
                                 (both, ("--chain", chain), "staff"),
                                 (pki.alice.file, (), "staff")):
        run = explain(files, cert, "--json", *more)
        assert run.json["accepted_by"] == accepted, cert
        assert run.json["identity"]["subject"] == pki.alice.subject


def test_CAs_in_PEM_are_a_profile(pki, files):
    for trust in (files("ca.pem", pki.staff_root.pem),
                  files("bom.pem", b"\xef\xbb\xbf" + pki.staff_root.pem)):
        run = explain(files, pki.alice, "--user", "cn", "--json", trust=trust)
        assert (run.code, run.json["accepted_by"]) == (0, "file")
    run = Run("explain", "--cert", pki.bob.file, "--trust", files("a.pem", pki.staff_root.pem),
              "--trust", files("b.pem", pki.partner_root.pem), "--user", "cn", "--json")
    assert (run.code, [p["name"] for p in run.json["profiles"]]) == (0, ["file"])
    run = Run("check", "--trust", files("not.pem", pki.alice.pem))
    assert run.code == 1 and "is not a CA certificate" in run.err


def test_check_counts_what_is_right(files):
    files("more.map", "when uid is x then user x\n")
    two = files("two.map", MAP + "include more.map\n")
    for args in (("--trust", files.trust, "--map", two), (files.trust, two),
                 (two, "--trust", files.trust)):
        run = Run("check", *args)
        assert (run.code, run.err) == (0, "")
        assert sorted(run.out.splitlines()) == sorted([
            "profile staff: 1 CA from 1 file, 0 intermediates, 0 pins",
            "profile partner: 1 CA from 1 file, 0 intermediates, 0 pins",
            "%s: 3 exact rules, 1 tried in order, 2 files" % two])


BROKEN_MAP = """when cn is a then user a
when emial is a then user a
when cn is z then user z nonsense
when cn matches "(" then user a
when cn is b then user b
when cn is b then user c
when serial is 12 then user d
when cn is e then user "{nothing}"
"""


def test_F_42_F_43_every_fault_of_a_map(files):
    path = files("broken.map", BROKEN_MAP)
    run = Run("check", path, files.map)
    lines = run.err.splitlines()
    assert run.code == 1
    assert all(re.fullmatch(re.escape(path) + r":\d+:[1-9]\d*", p) for p in run.places), run.err
    assert [int(p.split(":")[1]) for p in run.places] == [2, 3, 4, 6, 7, 8], run.err
    assert "%s:2:6: unknown field 'emial'" % path in run.err
    assert len(lines) == 6
    # what is right is still counted, and explain gives no answer from a broken map
    assert "%s: 2 exact rules" % files.map in run.out and path not in run.out


def test_explain_with_broken_files(pki, files):
    run = explain(files, pki.alice, "--map", files("broken.map", BROKEN_MAP), "--user", "frob",
                  trust=files("broken.conf", "<MTLSTrust a>\n  MTLSPin x\n"))
    assert (run.code, run.out) == (2, "")
    for word in ("broken.map:2:6: ", "--user: ", "broken.conf:2:3: MTLSPin: ",
                 "broken.conf:1:1: <MTLSTrust a> lacks"):
        assert word in run.err, run.err
    for cert in (files("empty.pem", b""), files("text.pem", b"hello\n"), "/nonexistent",
                 files("cut.pem", pki.alice.pem[:-40]), files.dir,
                 files("tail.der", pki.alice.der + b"x"), pki.alice.key_file):
        run = explain(files, cert)
        assert (run.code, run.out) == (2, ""), cert
        assert run.err
    many = files("many.pem", pki.alice.pem * 21)
    run = explain(files, many)
    assert run.code == 2 and "20" in run.err


BROKEN_TRUST = """<MTLSTrust one>
    MTLSCACertificateFile missing.pem
    MTLSVerifyDepth many
  MTLSPin sha256:00
    Frobnicate
</MTLSTrust>
<MTLSTrust two>
</MTLSTrust>
<MTLSTrust one>
    MTLSCACertificateFile staff_root.pem
</MTLSTrust>
"""


def test_F_42_every_fault_of_a_trust_file(pki, files):
    path = files("broken.conf", BROKEN_TRUST)
    run = Run("check", path)
    assert run.code == 1
    assert run.places == ["%s:%s" % (path, at) for at in
                          ("3:5", "4:3", "5:5", "2:5", "7:1", "9:1")], run.err
    for words in ("cannot read %s/missing.pem" % files.dir, "'many' is not a number",
                  "'Frobnicate'", "trusts nobody", "there is one of that name at %s:1" % path):
        assert words in run.err


def test_T_F01_the_server_finds_the_same(pki, files):
    """What is said of <MTLSTrust> here and by httpd -t differs in the place's column alone."""
    broken = re.sub(r"    Frobnicate\n", "", BROKEN_TRUST)
    path = files("broken.conf", broken)
    server = Httpd(pki, broken.replace("missing.pem", str(files.dir / "missing.pem"))
                   .replace("staff_root.pem", str(files.dir / "staff_root.pem")), name="same")
    said = server.check()
    run = Run("check", path)
    assert not said.ok and run.code == 1
    for line in run.err.splitlines():
        text = line.split(": ", 1)[1].replace(path, server.conf_file)
        text = re.sub(r" at \S+:\d+ already", "", text)
        assert text in re.sub(r" at \S+:\d+ already", "", said.text), said.text


def test_root(pki, files):
    os.mkdir(files.dir / "conf")
    path = files("conf/t.conf", TRUST)
    assert Run("check", path).code == 1
    assert Run("check", "--root", files.dir, path).code == 0
    assert Run("check", "--root", ".", path, cwd=str(files.dir)).code == 0
    assert Run("check", "trust.conf", "staff.map", cwd=str(files.dir)).code == 0


def assert_unusable(path, *words):
    """As map, as trust file and as plain file; said once or twice, never on stdout."""
    for args in (("--map", path), ("--trust", path), (path,)):
        run = Run("check", *args)
        assert (run.code, run.out) == (1, ""), (args, run.out)
        assert any(w in run.err for w in words), run.err


def test_T_F01_states_of_a_file(files):
    assert_unusable("/nonexistent", "No such file")
    assert_unusable(files.dir, "a directory")
    assert_unusable(files("empty", b""), "is empty", "without a rule", "no rules")
    world = files("world.map", MAP)
    os.chmod(world, 0o666)
    assert_unusable(world, "writable by everyone")
    world = files("world.conf", TRUST)
    os.chmod(world, 0o666)
    assert_unusable(world, "writable by everyone")
    fifo = str(files.dir / "fifo")
    os.mkfifo(fifo, 0o600)
    assert_unusable(fifo, "not a regular file")


def test_T_F01_unreadable():
    """As a user who may not read it: to root no file is unreadable."""
    with tempfile.TemporaryDirectory(prefix="mtls-unreadable-") as folder:
        os.chmod(folder, 0o755)
        program = shutil.copy(MTLSCTL, folder)
        secret = os.path.join(folder, "secret.map")
        with open(secret, "w", encoding="utf-8") as f:
            f.write(MAP)
        os.chmod(secret, 0)
        who = {"user": NOBODY, "group": NOBODY, "extra_groups": ()} if os.geteuid() == 0 else {}
        for option in ("--map", "--trust"):
            done = subprocess.run([program, "check", option, secret], capture_output=True,
                                  check=False, **who)
            assert done.returncode == 1 and b"Permission denied" in done.stderr, done.stderr


def test_huge_files(files):
    path = files("huge.conf", TRUST)
    os.truncate(path, 17 * 1024 * 1024)
    run = Run("check", "--trust", path)
    assert run.code == 1 and "larger than" in run.err
    path = files("huge.map", MAP)
    os.truncate(path, 513 * 1024 * 1024)
    for args in (("--map", path), (path,)):
        run = Run("check", *args)
        assert run.code == 1 and "larger than" in run.err
    # just long: a line of megabytes, and as many faults as are told
    path = files("long.conf", TRUST + "#" + "x" * 4000000 + "\n<MTLSTrust c>\n"
                 + "  Frob\n" * 1000 + "</MTLSTrust>")
    run = Run("check", path)
    assert run.code == 1 and len(run.err.splitlines()) == 1001


def test_CRLF(pki, files):
    trust = files("crlf.conf", TRUST.replace("\n", "\r\n"))
    rules = files("crlf.map", MAP.replace("\n", "\r\n"))
    assert Run("check", trust, rules).code == 0
    run = explain(files, pki.alice, "--map", rules, "--json", trust=trust)
    assert (run.code, run.json["principal"]["user"]) == (0, "alice")


def assert_clean(run):
    """T-L01: nothing that a terminal would obey."""
    for character in run.raw.decode("utf-8"):
        assert character == "\n" or not (character < " " or "\x7f" <= character < "\xa0"
                                         or character in "\u202e\u2028\u200f"), run.raw


def test_T_N01_T_L01_no_control_characters(pki, files):
    nasty = "x\x1b[2J\x07\x85\u009b31m\u202e\r\n\x7f"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, nasty),
                      x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "\u202eturned")])
    cert = pki.issue("nasty", pki.staff_ca, subject=name, sans=[
        x509.DNSName("a\x1b[31m.test"), x509.RFC822Name("a\nb@c.test"),
        x509.UniformResourceIdentifier("urn:\x07\x00x"), x509.DirectoryName(name)])
    rules = files("nasty.map", 'when ou present then user "{ou}" groups "{each ou}"\n'
                               'when cn present then deny "no"\n')
    for who in (cert, pki.hostile, pki.hostile_foreign):
        for more in ((), ("--json",)):
            for source in (("--map", rules), ("--user", "cn"), ("--user", "ou")):
                run = explain(files, who, *(source + more))
                assert run.code in (0, 1) and run.out
                assert_clean(run)
    assert all(ord(c) < 0x7f for c in explain(files, cert, "--map", rules, "--json").out)


def test_T_L01_faults_and_usage_are_clean(pki, files):
    nasty = "\x1b[2J\u009b\u202e\x07"
    trust = files("nasty\x1b.conf", "<MTLSTrust a%s>\n  %s\n  MTLSPin %s\n  MTLSCANames file "
                  "\"/%s\"\n</MTLSTrust>\n" % (nasty, nasty, nasty, nasty))
    rules = files("nasty\x1b.map", "%s\nwhen cn is \x00 then\nwhen %s is x then user y\n"
                  % (nasty, nasty))
    for args in (("check", trust, rules), ("check", "/" + nasty), (nasty,), ("check", "--" + nasty),
                 ("explain", "--cert", "c", "--trust", trust, "--at", nasty),
                 ("explain", "--cert", nasty, "--trust", trust, "--user", nasty,
                  "--profile", nasty)):
        run = Run(*args)
        assert run.code in (1, 2) and run.err, args
        assert_clean(run)


def test_warnings_do_not_fail(pki, files):
    old = pki.issue("old_root", ca=True, before=pki.now - 20 * DAY, after=pki.now - DAY)
    trust = files("old.pem", pki.staff_root.pem + old.pem)
    run = Run("check", trust)
    assert run.code == 0 and "warning: " in run.err and "has expired" in run.err
    assert "profile file: 2 CAs from 1 file" in run.out
    run = explain(files, pki.alice, "--user", "cn", trust=trust)
    assert run.code == 0 and "warning: " in run.err and "  user           alice" in run.out


@pytest.mark.parametrize("args", [
    (), ("frob",), ("explain",), ("explain", "--cert", "x"), ("check",), ("check", "--frob"),
    ("explain", "--cert", "a", "--trust", "b", "--at", "tomorrow"), ("check", "--map"),
    ("texts", "en", "de"), ("texts", "--json")])
def test_usage(args):
    run = Run(*args)
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("mtlsctl: ") and run.err.endswith("mtlsctl: try mtlsctl --help\n")


def test_help_and_version():
    run = Run("--help")
    assert (run.code, run.err) == (0, "")
    for word in ("explain", "check", "texts", "--cert", "--trust", "--map", "--at", "--json", "mtlsctl(1)"):
        assert word in run.out
    for option in re.findall(r"^  (--\w+) ", run.out, re.MULTILINE):
        assert re.search(r"^\.BI? %s( |$)" % option, manual(), re.MULTILINE), option
    run = Run("--version")
    assert run.code == 0 and re.fullmatch(r"mtlsctl \d+\.\d+\.\d+, OpenSSL 3\..*\n", run.out)


def test_texts_of_each_language():
    english, german = Run("texts"), Run("texts", "DE")
    assert (english.code, english.err, german.code, german.err) == (0, "", 0, "")
    assert english.out == Run("texts", "en").out != german.out
    assert english.json["texts"]["again"] == "Try again"
    assert german.json["texts"]["again"] == "Noch einmal versuchen"
    assert german.json["reasons"]["expired"]["title"] == "Ihr Zertifikat ist abgelaufen."
    for group in ("texts", "reasons"):
        assert list(english.json[group]) == list(german.json[group])
    with open(os.path.join(os.path.dirname(__file__), "../../docs/reasons.md"),
              encoding="utf-8") as page:
        table = page.read()
    for word, told in english.json["reasons"].items():
        assert re.search(r"^\| `%s` \|.*\| %s \| %s \|$" % (
            word, re.escape(told["title"]), re.escape(told["advice"])), table, re.MULTILINE), word


def test_texts_of_no_language():
    for tag in ("fr", "d", "de-AT", "../en", "\x1b[31m"):
        run = Run("texts", tag)
        assert (run.code, run.out) == (2, "") and "is not built in; use en or de" in run.err
        assert "\x1b" not in run.err


def test_output_that_cannot_be_written(pki, files):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([MTLSCTL, "explain", "--cert", pki.alice.file, "--trust",
                               files.trust, "--user", "cn"], stdout=full,
                              stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2 and b"No space left" in done.stderr
