# SPDX-License-Identifier: Apache-2.0
"""A server whose places send browsers to an endpoint and take tickets, and one who walks there."""

import contextlib
import http.client
import re
import ssl
import urllib.parse

import load_client
import pki
import server

PAGES = ("plain/page", "staff/page", "users/page")
# An endpoint gives so many codes a minute for one certificate, and to one address.
MOST_OF_ONE = 20

RULE = "when fingerprint is {} then user alice groups staff, ops\n"

GLOBAL = """\
LoadModule mtls_module {{module}}
MTLSReloadInterval {reload}
<MTLSTrust staff>
    MTLSCACertificateFile {{pki.ca}}
</MTLSTrust>
<Location /status>
    SetHandler server-status
</Location>
"""

# The handshake asks, so that one kind of connection serves both: with a certificate, or a ticket.
APPLICATION = """\
    MTLSExport off
    MTLSVerifyClient optional
    MTLSAccept staff
    MTLSStepUp redirect
    MTLSStepUpURL https://localhost:{endpoint}/
    <LocationMatch ^/(plain|status)>
        MTLSVerifyClient none
    </LocationMatch>
    <Location /staff>
        MTLSVerifyClient require
    </Location>
    <Location /users>
        MTLSVerifyClient require
        MTLSMap {map}
        AuthType mtls
        Require mtls-group ops
    </Location>
"""

ENDPOINT = """\
    MTLSStepUpEndpoint on
    MTLSAccept staff
"""


class TicketSite:
    hosts = ("app", "endpoint")
    reload = "10s"  # the default

    def __init__(self, options, certificates, directory, rules):
        self.rules = rules
        self.sides = {"tickets": {"global": GLOBAL.format(reload=self.reload),
                                  "app": APPLICATION, "endpoint": ENDPOINT}}
        super().__init__(options, certificates, directory, "tickets", "cache")

    def write_configuration(self, certificates, side, sessions):
        application = side["app"].format(endpoint=self.ports["endpoint"], map=self.rules)
        super().write_configuration(certificates, {**side, "app": application}, sessions)


class TicketServer(TicketSite, server.Server):
    """One child, which a ticket's record is read by once in an interval."""


class BriefTicketServer(TicketServer):
    reload = "1s"


class CallgrindTicketServer(TicketSite, server.CallgrindServer):
    pass


def people(certificates, directory, count):
    """Files of so many clients, each with its chain."""
    found = []
    for number in range(count):
        path = directory / f"walker{number}.pem"
        path.write_bytes(pki.client_identity(certificates.signers[1], 1000 + number)
                         + certificates.intermediate.read_bytes())
        found.append(path)
    return found


class Walker:
    """Walks from a place to the endpoint and back, with a new connection for each; the last request
    follows the return on its connection."""

    def __init__(self, target, certificates, walkers):
        self.target, self.walkers, self.walks = target, walkers, 0
        self.anonymous = ssl.create_default_context(cafile=certificates.server_ca)
        self.known = []
        for person in walkers:
            context = ssl.create_default_context(cafile=certificates.server_ca)
            context.load_cert_chain(person)
            self.known.append(context)

    def connect(self, host, context):
        address = f"127.0.1.{1 + self.walks // MOST_OF_ONE % 250}"
        return contextlib.closing(http.client.HTTPSConnection(
            "localhost", self.target.ports[host], timeout=600, context=context,
            source_address=(address, 0)))

    @staticmethod
    def ask(connection, url, cookies, status):
        connection.request("GET", url, headers={"Cookie": cookies} if cookies else {})
        answer = connection.getresponse()
        answer.read()
        if answer.status != status:
            raise load_client.LoadFailed(f"{url}: {answer.status}, not {status}")
        cookies = [line.split(";")[0] for line in answer.headers.get_all("Set-Cookie", [])]
        return answer.headers["Location"], cookies

    def walk(self, path, whose=None):
        """@return the ticket's cookie."""
        number = self.walks // MOST_OF_ONE % len(self.known) if whose is None else whose
        with self.connect("app", self.anonymous) as connection:
            to, attempt = self.ask(connection, path, None, 302)
        with self.connect("endpoint", self.known[number]) as connection:
            back, _ = self.ask(connection, relative(to), None, 302)
        with self.connect("app", self.anonymous) as connection:
            _, cookies = self.ask(connection, relative(back), attempt[0], 302)
            ticket = next(cookie for cookie in cookies if cookie.startswith("__Host-mtls="))
            self.ask(connection, path, ticket, 200)
        self.walks += 1
        return ticket

    def counter(self, name):
        """Of the module, as mod_status tells it."""
        with self.connect("app", self.anonymous) as connection:
            connection.request("GET", "/status?auto")
            text = connection.getresponse().read().decode()
        return int(re.search(rf"^MTLSCounter-{name}: (\d+)", text, re.MULTILINE)[1])


def relative(url):
    parts = urllib.parse.urlsplit(url)
    return f"{parts.path}?{parts.query}"
