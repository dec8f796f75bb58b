# SPDX-License-Identifier: Apache-2.0
"""The harness itself, against mod_ssl alone: a test that cannot fail proves nothing."""
import hashlib

import pytest

from mtlstest.clients import curl, h1, h2, s_client
from mtlstest.server import Httpd
from mtlstest.tls import TlsError

SITE = """
Protocols h2 http/1.1
<VirtualHost *:@PORT@>
  SSLEngine on
  @SERVERCERT@
  SSLCACertificateFile @PKI@/staff_root.pem
  <Location />
    SetHandler oracle
  </Location>
  <Location /staff>
    SSLVerifyClient require
    SSLVerifyDepth 5
  </Location>
  <Location /denied>
    Require all denied
  </Location>
</VirtualHost>
"""


@pytest.fixture(scope="module", params=["event", "worker", "prefork"])
def site(request, serve):
    modules = [] if request.param == "prefork" else ["http2"]
    return serve(SITE if modules else SITE.replace("Protocols", "#Protocols"), mpm=request.param,
                 modules=modules, mtls=False, name="plain")


def test_handler_leaves_one_line(site):
    with h1(site.port) as client:
        body = b"x" * 100000
        answer = client.ask("/a?chunk=7", body=body)
        seen = site.oracle.one(answer.case)
        assert (answer.status, answer.json) == (200, seen)
        assert seen["body_sha256"] == hashlib.sha256(body).hexdigest()
        chunked = client.ask_chunked("/b", [b"abc", b"defg"], trailers=[("X-Tail", "1")])
        assert site.oracle.one(chunked.case)["body_len"] == 7
        assert site.oracle.one(chunked.case)["trailers"] == {"X-Tail": "1"}


def test_denied_leaves_no_line(site):
    with h1(site.port) as client:
        answer = client.ask("/denied")
        assert answer.status == 403
        assert not site.oracle.ran(answer.case)


@pytest.mark.parametrize("version,pha", [("1.2", False), ("1.3", True)])
def test_step_up_is_seen(site, pki, version, pha):
    with h1(site.port, version=version, pha=pha, cert=pki.alice) as client:
        assert client.ask("/").status == 200
        assert client.conn.requests == 0
        assert client.ask("/staff").status == 200
        assert client.conn.requests == 1


def test_certificate_can_change_between_requests(site, pki):
    with h1(site.port, version="1.2", cert=pki.alice) as client:
        assert client.ask("/staff").status == 200
        client.conn.use(pki.foreign)
        assert client.ask("/staff").status == 200, "mod_ssl asks only once"


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_session_resumes(site, version):
    with h1(site.port, version=version) as client:
        assert client.ask("/").status == 200
        assert not client.conn.resumed
        session = client.conn.session()
    with h1(site.port, version=version, session=session) as client:
        assert client.ask("/").status == 200
        assert client.conn.resumed


def test_foreign_certificate_is_refused_by_mod_ssl(site, pki):
    with h1(site.port, version="1.2", cert=pki.foreign) as client:
        with pytest.raises(TlsError):
            client.ask("/staff", case="foreign-" + site.name)
    assert not site.oracle.ran("foreign-" + site.name)


def test_parallel_streams(site):
    if site.mpm == "prefork":
        return
    with h2(site.port) as client:
        found = client.finish(*[client.start("/s%d" % i) for i in range(20)])
        assert [s.status for s in found] == [200] * 20
        assert all(site.oracle.one(s.case)["protocol"] == "HTTP/2.0" for s in found)
        assert client.ask("/staff").http11


def test_programs(site, pki):
    assert curl(site.port, "/staff", cert=pki.alice).status == 200
    assert "CONNECTION ESTABLISHED" in s_client(site.port)


def test_bad_log_is_noticed(pki):
    server = Httpd(pki, SITE.replace("Protocols", "#Protocols"), mtls=False)
    server.start()
    with open(server.error_log, "a", encoding="utf-8") as log:
        log.write("child pid 1 exit signal Segmentation fault (11)\n")
    with pytest.raises(AssertionError, match="exit signal"):
        server.stop()


def test_wrong_configuration_is_noticed(pki):
    server = Httpd(pki, "NoSuchDirective on\n", mtls=False)
    assert not server.check().ok
    with pytest.raises(AssertionError, match="NoSuchDirective"):
        server.start()
