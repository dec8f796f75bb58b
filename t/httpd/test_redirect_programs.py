# SPDX-License-Identifier: Apache-2.0
"""Programs with a cookie jar that follow redirects get through a GET, without a word about certificates but
which one to show: Python, curl, Node, Go, Java.

Where a runtime is not installed the test is skipped, and says so.
"""
import json
import os
import shutil
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from mtlstest import stepping
from mtlstest.clients import CURL
from mtlstest.oracle import new_case
from mtlstest.stepping import CERT, WWW, app, endpoint


@pytest.fixture(scope="module")
def site(pki):
    with stepping.site(pki, app() + endpoint(), name="programs") as running:
        yield running


@pytest.fixture
def alice(pki):
    return stepping.person(pki)


def program(name):
    """Its path, or the test is skipped."""
    found = shutil.which(name)
    if not found:
        pytest.skip(name + " is not installed")
    return found


def run(words, **more):
    """What it prints; it must succeed."""
    done = subprocess.run([str(word) for word in words], capture_output=True, timeout=600, check=False,
                          env={**os.environ, **more})
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return done.stdout.decode().strip()


@pytest.mark.parametrize("protocol", ["--http1.1", "--http2"])
def test_curl(site, alice, tmp_path, protocol):
    """-L with a jar; the handler runs once."""
    resolve = [w for host in (WWW, CERT)
               for w in ("--resolve", "%s:%d:127.0.0.1" % (host, site.port))]
    case, jar = new_case("jar"), tmp_path / "jar"
    body, _, tail = run([CURL, "-sSkL", protocol, "--max-time", "60", "-c", jar, "-b", jar, "--cert",
                         alice.file, "--key", alice.key_file, *resolve, "-H", "X-Case: " + case, "-w",
                         "\n%{http_code} %{num_redirects}", site.url("/staff?a=b")]).rpartition("\n")
    assert tail == "200 3", (body, tail)
    assert json.loads(body)["env"]["MTLS_SUBJECT"] == alice.subject
    assert len(site.oracle.lines(case)) == 1


URLLIB = """
import http.cookiejar, json, ssl, sys, socket, urllib.request
port, cert, key = int(sys.argv[1]), sys.argv[2], sys.argv[3]
plain = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: plain("127.0.0.1", *rest, **more)
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
context.load_cert_chain(cert, key)
opener = urllib.request.build_opener(
    urllib.request.HTTPSHandler(context=context),
    urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
for _ in range(2):
    answer = opener.open("https://www.mtls.test:%d/staff?p=1" % port, timeout=60)
    print(answer.status, json.loads(answer.read())["env"]["MTLS_SUBJECT"])
"""


def test_python_urllib(site, alice, tmp_path):
    """And the second request knows its way."""
    script = tmp_path / "walker.py"
    script.write_text(URLLIB)
    assert run([sys.executable, script, site.port, alice.file, alice.key_file]).splitlines() == [
        "200 " + alice.subject] * 2


REQUESTS = """
import socket, sys, urllib3
import requests
plain = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: plain("127.0.0.1", *rest, **more)
urllib3.disable_warnings()
session = requests.Session()
session.verify, session.cert = False, (sys.argv[2], sys.argv[3])
session.trust_env = False
answer = session.get("https://www.mtls.test:%s/staff?r=1" % sys.argv[1], timeout=60)
print(answer.status_code, len(answer.history), answer.json()["env"]["MTLS_SUBJECT"])
answer = session.get("https://www.mtls.test:%s/staff" % sys.argv[1], timeout=60)
print(answer.status_code, len(answer.history), answer.json()["env"]["MTLS_SUBJECT"])
"""


def test_python_requests(site, alice, tmp_path):
    pytest.importorskip("requests")
    script = tmp_path / "walker.py"
    script.write_text(REQUESTS)
    assert run([sys.executable, script, site.port, alice.file, alice.key_file]).splitlines() == [
        "200 3 " + alice.subject, "200 0 " + alice.subject]


NODE = """
const https = require('https'), fs = require('fs');
const [port, cert, key] = [process.argv[2], process.argv[3], process.argv[4]];
const jar = {};
const lookup = (name, options, done) => options.all ? done(null, [{address: '127.0.0.1', family: 4}])
                                                   : done(null, '127.0.0.1', 4);
function get(url, left) {
  const host = new URL(url).hostname, known = jar[host] || {};
  const cookie = Object.entries(known).map(([k, v]) => k + '=' + v).join('; ');
  https.get(url, {rejectUnauthorized: false, lookup, agent: false, cert: fs.readFileSync(cert),
                  key: fs.readFileSync(key), headers: cookie ? {cookie} : {}}, (answer) => {
    for (const line of answer.headers['set-cookie'] || []) {
      const pair = line.split(';')[0], at = pair.indexOf('=');
      jar[host] = Object.assign(jar[host] || {}, {[pair.slice(0, at)]: pair.slice(at + 1)});
    }
    if (answer.headers.location && left) {
      answer.resume();
      return get(new URL(answer.headers.location, url).href, left - 1);
    }
    let text = '';
    answer.on('data', (piece) => { text += piece; });
    answer.on('end', () => console.log(answer.statusCode, JSON.parse(text).env.MTLS_SUBJECT));
  });
}
get('https://www.mtls.test:' + port + '/staff?n=1', 5);
"""


def test_node(site, alice, tmp_path):
    node = program("node")
    script = tmp_path / "walker.js"
    script.write_text(NODE)
    assert run([node, script, site.port, alice.file, alice.key_file]) == "200 " + alice.subject


GO = """
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
)

func main() {
	own, err := tls.LoadX509KeyPair(os.Args[2], os.Args[3])
	if err != nil {
		panic(err)
	}
	jar, _ := cookiejar.New(nil)
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		return net.Dial(network, "127.0.0.1:"+os.Args[1])
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{
		DialContext:       dial,
		ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true,
			Certificates: []tls.Certificate{own}}}}
	answer, err := client.Get("https://www.mtls.test:" + os.Args[1] + "/staff?g=1")
	if err != nil {
		panic(err)
	}
	var seen struct{ Env map[string]string }
	if err := json.NewDecoder(answer.Body).Decode(&seen); err != nil {
		panic(err)
	}
	fmt.Println(answer.StatusCode, answer.Proto, seen.Env["MTLS_SUBJECT"])
}
"""


def test_go(site, alice, tmp_path):
    """net/http, over HTTP/2."""
    go = program("go")
    source, binary = tmp_path / "walker.go", tmp_path / "walker"
    source.write_text(GO)
    run([go, "build", "-o", binary, source], GOCACHE=str(tmp_path / "cache"), GO111MODULE="off",
        HOME=str(tmp_path))
    assert run([binary, site.port, alice.file, alice.key_file]) == "200 HTTP/2.0 " + alice.subject


JAVA = """
import java.io.FileInputStream;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.*;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.*;

public class Walker {
    public static void main(String[] words) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(new FileInputStream(words[1]), "secret".toCharArray());
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(store, "secret".toCharArray());
        X509ExtendedTrustManager anybody = new X509ExtendedTrustManager() {
            public void checkClientTrusted(X509Certificate[] c, String a) { }
            public void checkServerTrusted(X509Certificate[] c, String a) { }
            public void checkClientTrusted(X509Certificate[] c, String a, java.net.Socket s) { }
            public void checkServerTrusted(X509Certificate[] c, String a, java.net.Socket s) { }
            public void checkClientTrusted(X509Certificate[] c, String a, SSLEngine e) { }
            public void checkServerTrusted(X509Certificate[] c, String a, SSLEngine e) { }
            public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
        };
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(keys.getKeyManagers(), new TrustManager[] {anybody}, null);
        HttpClient client = HttpClient.newBuilder().sslContext(tls)
            .cookieHandler(new CookieManager()).followRedirects(HttpClient.Redirect.ALWAYS).build();
        HttpResponse<String> answer = client.send(
            HttpRequest.newBuilder(URI.create("https://www.mtls.test:" + words[0] + "/staff?j=1")).build(),
            HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.statusCode() + " " + answer.version() + " " + answer.body());
    }
}
"""


def test_java(site, alice, tmp_path):
    """java.net.http, over HTTP/2."""
    java = program("java")
    source, store, hosts = tmp_path / "Walker.java", tmp_path / "own.p12", tmp_path / "hosts"
    source.write_text(JAVA)
    hosts.write_text("127.0.0.1 %s %s\n" % (WWW, CERT))
    store.write_bytes(pkcs12.serialize_key_and_certificates(
        b"own", alice.key, alice.certificate, [c.certificate for c in alice.chain()[1:]],
        serialization.BestAvailableEncryption(b"secret")))
    text = run([java, "-Djdk.net.hosts.file=%s" % hosts,
                "-Djdk.internal.httpclient.disableHostnameVerification=true", source, site.port, store])
    status, version, body = text.split(" ", 2)
    assert (status, version) == ("200", "HTTP_2"), text
    assert json.loads(body)["env"]["MTLS_SUBJECT"] == alice.subject
