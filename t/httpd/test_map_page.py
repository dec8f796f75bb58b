# SPDX-License-Identifier: Apache-2.0
"""mtls-map(5) and mtlsctl(1) are right: examples load and do what they say, claims hold.

Prevents: a rule pasted from the man page that is a fault, or that admits others than it says.
"""
import os
import re
import shlex
import shutil
import subprocess
import tempfile

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier

from mtlstest.clients import OPENSSL
from mtlstest.people import upn
from test_authn_password import SUBJECTS, issue as issue_odd, oneline
from test_mtlsctl import MTLSCTL, Run

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STATEMENT = re.compile(r"^(#|when |priority |always |include |no rules)")


def plain(roff):
    """A line of a .nf block as a reader sees it."""
    return re.sub(r"\\f[BIRP]", "", roff).replace("\\-", "-").replace("\\e", "\\")


def blocks(page):
    """(line number, text) of each .nf block without its common indentation."""
    with open(os.path.join(TOP, "docs", page), encoding="utf-8") as f:
        text = f.read()
    for found in re.finditer(r"^\.nf\n(.*?)^\.fi$", text, re.M | re.S):
        lines = [plain(x) for x in found.group(1).splitlines()]
        margin = min(len(x) - len(x.lstrip()) for x in lines if x)
        yield text[:found.start()].count("\n") + 2, "\n".join(x[margin:] for x in lines) + "\n"


PAGE = list(blocks("mtls-map.5"))
RULES = [(at, text) for at, text in PAGE if STATEMENT.match(text) and "condition" not in text]
RESULTS = [(at, text) for at, text in PAGE if text.startswith("deny ")]


@pytest.fixture
def folder():
    path = tempfile.mkdtemp(prefix="mtls-page-")
    yield path
    shutil.rmtree(path)


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write(text)
    return os.path.join(folder, name)


def principal(folder, cert, rules, trust=None):
    """Who holds a certificate, by rules."""
    run = Run("explain", "--cert", cert.file, "--trust", trust or cert.chain()[-1].issuer.leaf_file,
              "--map", write(folder, "page.map", rules), "--json")
    assert run.code in (0, 1), run.err
    return run.json["principal"]


def test_examples_were_found():
    assert len(RULES) >= 2 and len(RESULTS) == 1


@pytest.mark.parametrize("at,text", RULES + [(at, "when cn is x then " + text)
                                             for at, text in RESULTS])
def test_example_loads(folder, at, text):
    write(folder, "lost-cards.map", "no rules\n")
    run = Run("check", "--map", write(folder, "example.map", text))
    assert run.code == 0, "mtls-map.5:%d\n%s\n%s" % (at, text, run.err)
    broken = Run("check", "--map", write(folder, "example.map", text.replace(" then ", " ten ")
                                         .replace("    then ", "    ten ")))
    assert broken.code == 1


def fields():
    """The words that stand in bold before each paragraph of "Fields"."""
    with open(os.path.join(TOP, "docs/mtls-map.5"), encoding="utf-8") as f:
        section = f.read().split(".SS Fields")[1].split("\n.SS ")[0]
    for head in re.findall(r"^\.TP\n\.BR? (.*)$", section, re.M):
        yield from re.findall(r"[a-z][a-z0-9.-]+|\d[\d.]+\d", plain(head))


def test_every_field_of_the_page_is_one(folder):
    found = list(fields())
    some = {"subject", "issuer.2.5.4.5", "2.5.4.5", "san-x400", "spki"}
    assert len(found) >= 30 and some <= set(found)
    rules = "".join('when %s present and issuer is "CN=x%d"\n'
                    '    then user "{%s|lower|strip-realm|realm=a.b|upper}"\n'
                    % (word, number, word) for number, word in enumerate(found))
    run = Run("check", "--map", write(folder, "x.map", rules))
    assert run.code == 0, run.err
    assert Run("check", "--map", write(folder, "x.map", rules.replace("{spki", "{spky"))).code == 1


def test_a_copy_with_its_indentation_is_told(folder):
    """Pages are shown indented; who copies that is told what is wrong."""
    text = "\n    " + RULES[0][1].replace("\n", "\n    ")
    run = Run("check", "--map", write(folder, "x.map", text))
    assert run.code == 1 and "indented" in run.err


def staff_ca(pki):
    if not hasattr(pki, "page_ca"):
        pki.issue("page_ca", cn="x", ca=True, subject=x509.Name([
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Staff CA")]))
    return pki.page_ca


def person(pki, label, issuer, *ous, sans=()):
    names = [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, x) for x in ous]
    names.append(x509.NameAttribute(NameOID.COMMON_NAME, label))
    return pki.issue(label, issuer, subject=x509.Name(names), sans=sans)


def test_first_example_does_what_it_says(folder, pki):
    """The board, everybody with a card, cards that were lost."""
    text = RULES[0][1]
    ca = staff_ca(pki)
    card = person(pki, "page_card", ca, "Sales", sans=[upn("Ann.Smith@Example.ORG")])
    who = principal(folder, card, text)
    assert (who["user"], who["groups"]) == ("ann.smith", ["Sales", "staff"])
    assert who["attributes"] == {"dept": "Sales", "level": "3"}
    board = re.sub(r"[0-9a-f]{64}", card.sha256, text)
    assert principal(folder, card, board)["groups"] == ["ops", "board"]
    lost = board.replace("0x1F2A", "0x%X" % card.certificate.serial_number)
    assert principal(folder, card, lost)["message"] == "This card was reported lost."
    other = person(pki, "page_other", ca, "Sales", sans=[upn("ann@elsewhere.test")])
    assert principal(folder, other, text)["reason"] == "no-rule"


def test_last_example_does_what_it_says(folder, pki):
    write(folder, "lost-cards.map", "no rules\n")
    text = RULES[-1][1]
    trust = write(folder, "trust.conf", "<MTLSTrust partner>\nMTLSCACertificateFile %s\n"
                  "</MTLSTrust>\n" % pki.partner_root.leaf_file)
    mail = [x509.RFC822Name("Joe.ext@Example.org")]
    joe = person(pki, "page_joe", pki.partner_root, "Trading", "Audit", sans=[
        x509.RFC822Name("joe.ext@example.org")])
    assert principal(folder, joe, text, trust)["user"] == "ext-joe"
    assert principal(folder, joe, text, trust)["groups"] == ["externals"]
    for ous in ((), ("Sales",), ("Trading", "Sales")):
        stranger = person(pki, "page_stranger", pki.partner_root, *ous, sans=mail)
        assert principal(folder, stranger, text, trust)["message"] == "Your unit has no access."
    left = person(pki, "page_left", pki.partner_root, "Audit")
    assert principal(folder, left, text, trust)["user"] == "page_left"


def openssl(cert, *options):
    words = [OPENSSL, "x509", "-in", cert.leaf_file, "-noout"] + list(options)
    return subprocess.run(words, capture_output=True, check=True, text=True).stdout.strip()


def test_a_subject_from_openssl_can_be_pasted(folder, pki):
    """With -nameopt RFC2253 as the page says; without, it is a fault or another name."""
    subject = x509.Name([x509.NameAttribute(*pair) for pair in [
        (NameOID.COUNTRY_NAME, "DE"), (NameOID.ORGANIZATION_NAME, 'Ex, "Ä" + Söhne \\ <x>;#'),
        (ObjectIdentifier("2.5.4.97"), "PSDDE-BAFIN-125314"), (NameOID.USER_ID, " u1 "),
        (NameOID.COMMON_NAME, "Änne"), (NameOID.EMAIL_ADDRESS, "a@b.c"),
        (ObjectIdentifier("1.2.3.4"), "odd"), (NameOID.SERIAL_NUMBER, "77")]])
    odd = pki.issue("page_odd", pki.staff_root, subject=subject)
    command = [x for _at, text in PAGE for x in text.splitlines() if x.startswith("openssl x509")]
    assert len(command) == 1
    options = [x for x in shlex.split(command[0])[2:] if x not in ("-in", "alice.pem", "-noout")]
    told = principal(folder, odd, "when cn is x then user x\n")
    assert told["reason"] == "no-rule"
    shown = Run("explain", "--cert", odd.file, "--trust", pki.staff_root.leaf_file, "--json")
    for subject in (openssl(odd, *options)[len("subject="):], shown.json["identity"]["subject"]):
        rule = 'when subject is "%s" then user "{uid}"\n' % subject.replace('"', '""')
        assert principal(folder, odd, rule)["user"] == " u1 ", subject
    printed = openssl(pki.alice, "-subject")[len("subject="):]
    for text in (printed, printed.replace(" = ", "=").replace(", ", ",")):
        path = write(folder, "wrong.map", 'when subject is "%s" then user x\n' % text)
        run = Run("explain", "--cert", pki.alice.file, "--trust", pki.staff_root.leaf_file,
                  "--map", path, "--json")
        assert run.code == (2 if " = " in text else 1), "nobody is found by it"


def test_notations_of_a_serial(folder, pki):
    """0x, colons, decimal; bare hex with letters is a fault and not another number."""
    number = pki.alice.certificate.serial_number
    bare = openssl(pki.alice, "-serial")[len("serial="):]
    issuer = openssl(pki.alice, "-nameopt", "RFC2253", "-issuer")[len("issuer="):]
    octets = re.sub("(..)(?!$)", r"\1:", bare)
    for text in ("0x" + bare, "%d" % number, octets, "0x" + bare.lower()):
        rule = 'when serial is %s and issuer is "%s" then user "{serial}"\n' % (text, issuer)
        user = principal(folder, pki.alice, rule)["user"]
        assert user.startswith("0x") and int(user, 16) == number
    run = Run("check", "--map", write(folder, "x.map",
                                      'when serial is 1F2A and issuer is "CN=x" then user x\n'))
    assert run.code == 1 and "0x" in run.err


@pytest.mark.parametrize("word", ["uid", "UID", "userId", "0.9.2342.19200300.100.1.1"])
def test_uid_is_user_id(folder, pki, word):
    unique = ObjectIdentifier("0.9.2342.19200300.100.1.44")
    pki.issue("page_uid", pki.staff_root, subject=x509.Name([
        x509.NameAttribute(unique, "other"), x509.NameAttribute(NameOID.USER_ID, "al")]))
    assert principal(folder, pki.page_uid, 'always then user "{%s}"\n' % word)["user"] == "al"


def test_depth_of_a_regular_expression(folder, pki):
    """A group in a loop gives up on long values, and then does not grant; a class does not."""
    group, each = 'when san-uri matches "x:(a|b)*" then user group\n', \
        'when san-uri matches "x:[ab]*" then user class\n'
    for length, user in ((600, "group"), (3000, "class")):
        cert = pki.issue("page_long", pki.staff_root,
                         sans=[x509.UniformResourceIdentifier("x:" + "ab" * (length // 2))])
        assert principal(folder, cert, group + each)["user"] == user
    deny = group.replace("then user group", "then deny").replace("when ", "when not ")
    assert principal(folder, cert, deny + each)["reason"] == "denied-by-rule", "unknown denies"


def test_a_deny_works_wherever_it_stands(folder, pki):
    """Priority 10 before 50; but 1 to 9 go before."""
    grant = "when email.local is alice then user alice\n"
    deny = "when email is alice@example.test then deny\n"
    assert principal(folder, pki.alice, grant + deny)["reason"] == "denied-by-rule"
    assert principal(folder, pki.alice, "priority 11 " + grant + deny)["reason"] == "denied-by-rule"
    assert principal(folder, pki.alice, "priority 9 " + grant + deny)["user"] == "alice"


def test_password_file_becomes_a_map(folder, pki):
    """The awk line of howto-mapping.md keeps every user's name, however odd the subject."""
    with open(os.path.join(TOP, "docs/howto-mapping.md"), encoding="utf-8") as f:
        line = re.findall(r"^ +(awk .*)$", f.read(), re.M)
    assert len(line) == 1
    issue_odd(pki)
    braces = pki.issue("page_braces", pki.staff_ca, cn="{cn} $1 ' {{")
    # a NUL is no text in rules, and a colon ends the name in a password file
    odd = [getattr(pki, "fake_" + x) for x in SUBJECTS if x not in ("bmp", "colon2")] + [braces]
    write(folder, "ssl.users", "bob:{SHA}x\n" + "".join(oneline(x) + ":{SHA}x\n" for x in odd))
    subprocess.run(line[0], shell=True, check=True, cwd=folder)
    with open(os.path.join(folder, "ssl.map"), encoding="utf-8") as f:
        rules = f.read()
    assert rules.count("\n") == len(odd)
    for cert in odd:
        assert principal(folder, cert, rules)["user"] == oneline(cert)


# The commands of mtlsctl's own page, of the manual and the README.

def commands():
    for at, text in blocks("mtlsctl.1"):
        for line in text.splitlines():
            if line.startswith(("mtlsctl explain --cert alice", "mtlsctl check /", "mtlsctl texts en")):
                yield "mtlsctl.1:%d" % at, line
    for name in ("docs/manual.md", "docs/howto-mapping.md", "README"):
        with open(os.path.join(TOP, name), encoding="utf-8") as f:
            for number, line in enumerate(f, 1):
                if re.match(r" {4}( {4})?(\$ )?mtlsctl ", line):
                    yield "%s:%d" % (name, number), line.strip().lstrip("$ ")


COMMANDS = list(commands())


def test_commands_were_found():
    assert len(COMMANDS) >= 10


@pytest.mark.parametrize("where,line", COMMANDS, ids=[x[0] + "-" + x[1][:20] for x in COMMANDS])
def test_command_runs(folder, pki, where, line):
    os.makedirs(os.path.join(folder, "conf"))
    words = [os.path.join("conf", os.path.basename(x)) if x.startswith("/") else x
             for x in shlex.split(line.split(">")[0])[1:]]
    for word in words:
        if word.endswith(".pem"):
            shutil.copyfile((pki.staff_root.leaf_file if "ca" in word else pki.alice.file),
                            os.path.join(folder, word))
        elif word.endswith(".conf"):
            write(folder, word, "<MTLSTrust staff>\nMTLSCACertificateFile %s\n</MTLSTrust>\n"
                  % pki.staff_root.leaf_file)
        elif word.endswith(".map"):
            write(folder, word, "when email is alice@example.test then user alice\n")
    done = subprocess.run([MTLSCTL] + words, cwd=folder, capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 0, "%s: %s\n%s" % (where, line, done.stderr)
