# SPDX-License-Identifier: Apache-2.0
"""Servers that know many users: files with a rule, a line or an entry for each, and their places."""

import hashlib
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes

import server

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "httpd"))
from mtlstest import dbm  # noqa: E402

SHAPES = ("print", "serno", "email")  # places have names of five letters: a path costs its length
# The documented password of FakeBasicAuth, as its manual writes it.
FAKE_PASSWORD = "xxj31ZMTZzkVA"
# More places with sources of their own than a connection remembers the users of.
FILLERS = tuple(f"full{number}" for number in range(8))
PAGES = tuple(f"{place}/page" for place in
              ("plain", "field", "entry", "lines", "short", "login", *SHAPES, *FILLERS))
ISSUER = "CN={},OU=Operations,O=Example AB,C=SE"
SUBJECT = "/C=SE/O=Example AB/OU=Operations/CN=Person {}"


class Users:
    """Files for @a count users; the client of pki.one stands in the middle of each."""

    def __init__(self, pki, directory, count):
        self.directory = pathlib.Path(directory)
        self.count = count
        pem = pki.one.read_bytes()
        certificate = x509.load_pem_x509_certificate(pem[pem.index(b"-----BEGIN CERTIFICATE"):])
        self.fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
        self.serial = certificate.serial_number
        self.maps = {shape: self.write(f"{shape}.map", getattr(self, f"{shape}_rule"))
                     for shape in SHAPES}
        self.passwords = self.write("passwords", self.password_line)
        self.one_password = self.directory / "one-password"
        self.one_password.write_text(f"{SUBJECT.format(0)}:{FAKE_PASSWORD}\n")
        self.people = str(self.directory / "people.db")
        dbm.write("db", self.people, dict(map(self.person_entry, self.numbers())))
        self.logins = str(self.directory / "logins.db")
        dbm.write("db", self.logins, dict(map(self.login_entry, self.numbers())))

    def numbers(self):
        """The client is number 0, and half of the others come before it."""
        yield from range(self.count // 2, 0, -1)
        yield from [0]
        yield from range(self.count // 2 + 1, self.count)

    def write(self, name, line):
        path = self.directory / name
        path.write_text("".join(map(line, self.numbers())))
        path.chmod(0o644)
        return path

    def digest(self, number):
        return hashlib.sha256(str(number).encode()).hexdigest() if number else self.fingerprint

    def result(self, number):
        return f"user user{number} groups staff, ops"

    def print_rule(self, number):
        return f"when fingerprint is {self.digest(number)} then {self.result(number)}\n"

    def serno_rule(self, number):
        serial = 4096 + number if number else self.serial
        issuer = ISSUER.format("Bench Client Issuing CA" if number % 2 == 0 else "Another CA")
        return f'when serial is 0x{serial:x} and issuer is "{issuer}" then {self.result(number)}\n'

    def email_rule(self, number):
        return f"when email is person{number}@example.org then {self.result(number)}\n"

    def password_line(self, number):
        return f"{SUBJECT.format(number)}:{FAKE_PASSWORD}\n"

    def person_entry(self, number):
        return self.digest(number), self.result(number)

    def login_entry(self, number):
        return SUBJECT.format(number), f"{FAKE_PASSWORD}:staff,ops"


FAKE = """\
    <Location /{place}>
        SSLOptions +FakeBasicAuth
        AuthType Basic
        AuthName bench
{lines}
    </Location>
"""

SSL_ALONE = """\
    SSLCACertificateFile {pki.ca}
    SSLVerifyDepth 5
    SSLVerifyClient require
"""

GROUP_PLACE = """\
    <Location /{place}>
        {source}
        AuthType mtls
        Require mtls-group ops
    </Location>
"""

MTLS = """\
    MTLSExport off
    MTLSVerifyClient require
    MTLSAccept staff
    <Location /field>
        MTLSUser cn
        AuthType mtls
        Require valid-user
    </Location>
"""


def fake_place(place, *lines):
    return FAKE.format(place=place, lines="\n".join(f"        {line}" for line in lines))


def modssl_host(users):
    return SSL_ALONE + fake_place(
        "lines", "AuthBasicProvider file", f"AuthUserFile {users.passwords}", "Require valid-user",
    ) + fake_place(
        "short", "AuthBasicProvider file", f"AuthUserFile {users.one_password}",
        "Require valid-user",
    ) + fake_place(
        "login", "AuthBasicProvider dbm", "AuthDBMType db", f"AuthDBMUserFile {users.logins}",
        "AuthzDBMType db", f"AuthDBMGroupFile {users.logins}", "Require dbm-group ops")


def mtls_host(users):
    sources = {shape: f"MTLSMap {users.maps[shape]}" for shape in SHAPES}
    sources["entry"] = f'MTLSMapDBM db:{users.people} "{{{{fingerprint}}}}"'  # formatted once more
    places = [GROUP_PLACE.format(place=place, source=source) for place, source in sources.items()]
    fillers = [f"    <Location /{place}>\n        MTLSUser cn\n    </Location>\n"
               for place in FILLERS]
    return MTLS + "".join(places + fillers)


def make_sides(users, reload):
    """What server.Server takes for its sides."""
    return {"mod_ssl": {"global": "", "users": modssl_host(users)},
            "mod_mtls": {"global": f"{server.MTLS['global']}MTLSReloadInterval {reload}\n",
                         "users": mtls_host(users)}}


RELOAD = """\
LogLevel mtls:notice
<IfModule !mod_watchdog.c>
    LoadModule watchdog_module {modules}/mod_watchdog.so
</IfModule>
"""


class UserSite:
    """What both kinds of servers with users differ in from those without."""
    modules = (*server.USUAL_MODULES, "authn_dbm", "authz_dbm")
    hosts = ("users",)

    reload = "off"

    def __init__(self, options, pki, users, side):
        self.sides = make_sides(users, self.reload)
        super().__init__(options, pki, users.directory, side, "cache")


class UserServer(UserSite, server.Server):
    """A connection keeps its process: what threads cost each other varies by more than a user."""
    mpm = "prefork"
    children = workers = 4
    processes = 5
    more_configuration = ""


class Http2UserServer(UserSite, server.Server):
    modules = (*UserSite.modules, "http2")
    more_configuration = server.EVENT + "Protocols h2\n"


class ReloadingServer(UserSite, server.Server):
    reload = "100ms"
    more_configuration = server.EVENT + RELOAD


class CallgrindUserServer(UserSite, server.LateCallgrindServer):
    """To read the files under callgrind's eyes would take minutes."""
