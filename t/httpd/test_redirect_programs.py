# SPDX-License-Identifier: Apache-2.0
"""Programs with a cookie jar, in the languages they are written in, get through a GET by redirect.

None of these offers post-handshake authentication by itself.  A runtime that is not installed is
skipped, and said so.
"""
import os
import shutil
import subprocess

import pytest

from mtlstest import stepping
from mtlstest.sites import location
from mtlstest.stepping import CERT, REQUIRE, WWW, app, endpoint

OPENSSL = os.environ.get("MTLS_OPENSSL", "openssl")
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "walkers")
PASSWORD = "walker"
STAFF = location("/staff", *REQUIRE, "MTLSAccept staff")


@pytest.fixture(scope="module")
def site(pki):
    with stepping.site(pki, app(places=STAFF) + endpoint(), name="programs") as running:
        yield running


@pytest.fixture
def alice(pki):
    return stepping.person(pki)


def runtime(name):
    found = shutil.which(name)
    if not found:
        pytest.skip(name + " is not installed")
    return found


def assert_walked(site, who, command, **more):
    """Served twice, the second time without another walk."""
    before = site.counter("tickets-issued")
    done = subprocess.run(command, capture_output=True, timeout=120, check=False, **more)
    assert done.returncode == 0, done.stderr.decode()
    lines = done.stdout.decode().splitlines()
    assert len(lines) == 2, lines
    for line in lines:
        assert line.startswith("200 ") and '"%s"' % who.subject in line, line
    assert site.counter("tickets-issued") == before + 1


def test_python_requests(site, alice):
    pytest.importorskip("requests")
    assert_walked(site, alice, [runtime("python3"), os.path.join(HERE, "walker.py"),
                                site.url("/staff?p=1"), alice.file, alice.key_file])


def store(tmp_path, who):
    """The certificate as a PKCS #12 file; its path."""
    path = str(tmp_path / "walker.p12")
    subprocess.run([OPENSSL, "pkcs12", "-export", "-in", who.file, "-inkey", who.key_file, "-out", path,
                    "-passout", "pass:" + PASSWORD], check=True, timeout=60)
    return path


@pytest.mark.parametrize("version", ["HTTP_1_1", "HTTP_2"])
def test_java(site, alice, tmp_path, version):
    """java.net.http.HttpClient."""
    java = runtime("java")
    runtime("javac")
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 %s %s\n" % (WWW, CERT))
    assert_walked(site, alice, [java, "-Djdk.net.hosts.file=" + str(hosts),
                                os.path.join(HERE, "Walker.java"), site.url("/staff?p=1"),
                                store(tmp_path, alice), PASSWORD, version])


@pytest.mark.parametrize("protocol", ["h1", "h2"])
def test_go(site, alice, tmp_path, protocol):
    """net/http with net/http/cookiejar."""
    go = runtime("go")
    settings = dict(os.environ, GO111MODULE="off", GOCACHE=str(tmp_path / "cache"),
                    GOPATH=str(tmp_path / "path"), GOTOOLCHAIN="local")
    assert_walked(site, alice, [go, "run", os.path.join(HERE, "walker.go"), site.url("/staff?p=1"),
                                alice.file, alice.key_file, protocol], env=settings)
