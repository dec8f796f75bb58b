# SPDX-License-Identifier: Apache-2.0
"""The server that the message-level clients meet, and what every such test must show.

On prefork it serves one connection at a time, so that another client is answered
only when the server has let go of the attacker; on event few attackers it does not
let go of are enough to stop it.
"""

import contextlib

from .oracle import new_case
from .raw12 import Tls12
from .raw13 import Hello, Tls13
from .raw_common import Credential, RawError
from .server import Httpd

DEADLINE = 1.0  # seconds: MTLSStepUpTimeout of HASTY
LATER = 6.0  # seconds: MTLSStepUpTimeout of UNHURRIED, and of a handshake on the second port
MARGIN = 6.0  # seconds: what scheduling on a busy machine may add; nothing else ends so soon
LINGER = 2.0  # seconds: how long httpd waits for the other side's close (SECONDS_TO_LINGER)

OPEN = "localhost"  # asks for nothing in the handshake; /staff steps up
HASTY = "hasty.example.test"  # the same, with little time for the answer
UNHURRIED = "unhurried.example.test"  # the same, with enough for half of a renegotiation
OPTIONAL = "optional.example.test"
REQUIRE = "require.example.test"
UNLESS_PHA = "unless-pha.example.test"  # asks in the handshake those it could not ask later
TRUSTED = "trusted.example.test"  # mod_ssl itself would verify alice, if it were asked to

WORKERS = {"prefork": 1, "event": 8}

MPM = {
    "prefork": "StartServers 1\nServerLimit 1\nMinSpareServers 1\nMaxSpareServers 1\n"
    "MaxRequestWorkers 1\n",
    "event": "StartServers 1\nServerLimit 1\nThreadLimit 8\nThreadsPerChild 8\n"
    "MaxRequestWorkers 8\nMinSpareThreads 8\nMaxSpareThreads 8\n",
}

COMMON = """
Timeout 60
KeepAliveTimeout 60
RequestReadTimeout handshake=60 header=60 body=60
SSLProtocol -all +TLSv1.2 +TLSv1.3
MTLSStepUpTimeout 60s
MTLSStepUpLimit waiters=@WAITERS@ attempts=3
<MTLSTrust staff>
    MTLSCACertificateFile @PKI@/staff_root.leaf.pem
</MTLSTrust>
<MTLSTrust partner>
    MTLSCACertificateFile @PKI@/partner_root.leaf.pem
</MTLSTrust>
SetHandler oracle
<Location "/">
    Require all granted
</Location>
"""

VHOST = """
<VirtualHost *:%(port)s>
    ServerName %(name)s
    SSLEngine on
    @SERVERCERT@
    MTLSAccept staff
    MTLSVerifyClient %(mode)s
    %(more)s
    <Location "/staff">
        MTLSVerifyClient require
    </Location>
    <Location "/partner">
        MTLSVerifyClient require
        MTLSAccept partner
    </Location>
</VirtualHost>
"""

CONFIG = COMMON + "".join(
    VHOST % {"name": name, "mode": mode, "more": more, "port": "@PORT@"}
    for name, mode, more in (
        (OPEN, "none", ""),
        (HASTY, "none", "MTLSStepUpTimeout %ds" % DEADLINE),
        (UNHURRIED, "none", "MTLSStepUpTimeout %ds" % LATER),
        (OPTIONAL, "optional", ""),
        (REQUIRE, "require", ""),
        (UNLESS_PHA, "require", "MTLSAskInHandshake unless-pha"),
        (TRUSTED, "none", "SSLCACertificateFile @PKI@/staff_root.leaf.pem\n"
         '<Location "/welcome">\nMTLSVerifyClient optional\nMTLSStepUpTimeout %ds\n</Location>'
         % DEADLINE),
    )
) + VHOST % {"name": REQUIRE, "mode": "require", "more": "RequestReadTimeout handshake=%d" % LATER,
             "port": "@PORT2@"}


class Site:
    """One running server with its credentials, its record of handler runs, and the checks."""

    def __init__(self, httpd, pki):
        self.httpd = httpd
        self.oracle = httpd.oracle
        self.address = ("127.0.0.1", httpd.port)
        self.second_address = ("127.0.0.1", httpd.port2)
        self.alice = self.credential(pki.alice)
        self.bob = self.credential(pki.bob)
        self.foreign = self.credential(pki.foreign)

    @staticmethod
    def credential(cert):
        return Credential.load(cert.file, cert.key_file)

    def tls13(self, cut=None, address=None, **hello):
        return Tls13(address or self.address, Hello(**hello), cut)

    def tls12(self, hello=None, cut=None):
        return Tls12(self.address, hello, cut)

    # --- requests: each has a case by which the oracle knows it

    @staticmethod
    def get(client, path="/staff", host=OPEN, notice=(), **more):
        """Send a request; (its case, its outcome)."""
        case = new_case("raw")
        return case, client.get(path, host, notice=notice, headers=["X-Case: " + case], **more)

    def asked13(self, client, path="/staff", host=OPEN):
        """Complete the handshake and be asked for a certificate by /staff: (case, event)."""
        client.handshake()
        return self.asked_by(client, path, host)

    def asked_by(self, client, path="/staff", host=OPEN):
        """Be asked for a certificate on a connection that stands: (case, event)."""
        case, outcome = self.get(client, path, host, notice=("certificate_request",))
        assert outcome.kind == "certificate_request", outcome
        return case, outcome.event

    def asked12(self, client, path="/staff", host=OPEN):
        """The same for TLS 1.2, where the server says HelloRequest."""
        client.handshake()
        case, outcome = self.get(client, path, host, notice=("hello_request",))
        assert outcome.kind == "hello_request", outcome
        return case

    # --- verdicts

    def served(self, case, outcome, person="alice"):
        """The handler ran, once, for this person."""
        assert outcome.status == 200, outcome
        assert person in self.identity(self.oracle.one(case))

    @staticmethod
    def identity(run):
        """Every word in a record of the oracle that says who the client is, "" for nobody."""
        env = run["env"]
        named = [env.get("MTLS_SUBJECT"), run["ssl_client_s_dn"], run["user"]]
        return " ".join(word for word in named if word)

    def refused(self, client, case, outcome, within=DEADLINE):
        """The server came to an end with the request in time and the handler never ran: not for
        this request, and not for another that insists on the same connection."""
        assert outcome.ended, outcome
        assert outcome.seconds < within + MARGIN, outcome
        assert outcome.status is None or outcome.status >= 400, outcome
        insisted = self._insist(client)
        client.wire.close()
        self.answers_again()
        for one in (case, insisted):
            assert not self.oracle.ran(one), self.oracle.lines(one)

    def _insist(self, client):
        """Ask for the same place again, without a certificate, if the connection still stands."""
        notice = ("certificate_request", "hello_request")
        case = new_case("insist")
        host = client.hello.server_name or OPEN
        with contextlib.suppress(RawError):
            outcome = client.get("/staff", host, notice=notice, headers=["X-Case: " + case])
            assert outcome.status != 200, outcome
        return case

    def answers_again(self, within=MARGIN):
        """A new client is answered and steps up: a worker and a waiter's place are free."""
        with self.tls13() as client:
            client.handshake(timeout=within)
            case, outcome = self.get(client, "/open")
            assert outcome.status == 200, outcome
            assert self.identity(self.oracle.one(case)) == ""
            case, event = self.asked_by(client)
            client.send_handshake(client.answer(event).rightful(self.alice))
            self.served(case, client.await_outcome())

    # --- the log

    def log_is_quiet(self):
        """Nothing a client does may be logged above INFO by the module."""
        loud = ("[mtls:warn]", "[mtls:error]", "[mtls:crit]", "[mtls:alert]", "[mtls:emerg]")
        lines = [x for x in self.httpd.log().splitlines() if any(word in x for word in loud)]
        assert not lines, "\n".join(lines)


@contextlib.contextmanager
def running(pki, mpm):
    """A site on the given MPM, whose log is judged at the end."""
    config = CONFIG.replace("@WAITERS@", str(WORKERS[mpm]))
    with Httpd(pki, config, mpm=mpm, modules=["reqtimeout"], mpm_config=MPM[mpm],
               name="raw") as httpd:
        site = Site(httpd, pki)
        yield site
        site.log_is_quiet()
