# SPDX-License-Identifier: Apache-2.0
"""Programs as clients, and short ways to make a connection."""
import os
import subprocess

from .http1 import Http1
from .http2 import Http2
from .oracle import new_case
from .tls import Connection

CURL = os.environ.get("MTLS_CURL", "curl")
OPENSSL = os.environ.get("MTLS_OPENSSL", "openssl")


def h1(port, **more):
    """HTTP/1.1 over a fresh TLS connection; arguments of tls.Connection."""
    return Http1(Connection(port, **more))


def h2(port, **more):
    """HTTP/2 over a fresh TLS connection; arguments of tls.Connection."""
    return Http2(Connection(port, alpn=["h2"], **more))


class CurlResult:
    """Exit code, status of the last answer, its HTTP version, and the body."""

    def __init__(self, process, case):
        self.code = process.returncode
        self.case = case
        self.errors = process.stderr.decode("utf-8", "replace")
        body, _, tail = process.stdout.rpartition(b"\n")
        words = tail.decode().split()
        self.status = int(words[0]) if words else None
        self.http = words[1] if len(words) > 1 else None
        self.body = body

    def __repr__(self):
        return "<curl %s: %s over %s %r %s>" % (self.code, self.status, self.http,
                                               self.body[:300], self.errors)


def curl(port, path, *options, cert=None, host="localhost", case=None, stdin=None, timeout=60):
    """Run curl; trust in the server is not the matter of these tests."""
    case = case or new_case("curl")
    words = [CURL, "-sS", "-k", "--max-time", str(timeout), "-H", "X-Case: " + case,
             "--connect-to", "%s:%d:127.0.0.1:%d" % (host, port, port),
             "-w", "\n%{http_code} %{http_version}"]
    if cert is not None:
        words += ["--cert", cert.file, "--key", cert.key_file]
    words += list(options) + ["https://%s:%d%s" % (host, port, path)]
    done = subprocess.run(words, input=stdin, capture_output=True, timeout=timeout + 10,
                          check=False)
    return CurlResult(done, case)


def s_client(port, *options, send=b"", sni="localhost", timeout=60):
    """Run openssl s_client, send octets, and give back everything it printed."""
    words = [OPENSSL, "s_client", "-connect", "127.0.0.1:%d" % port, "-servername", sni,
             "-ign_eof" if send else "-brief"] + list(options)
    done = subprocess.run(words, input=send, capture_output=True, timeout=timeout, check=False)
    return (done.stdout + done.stderr).decode("utf-8", "replace")
