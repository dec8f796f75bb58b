# SPDX-License-Identifier: Apache-2.0
"""MTLSCache and MTLSCacheKeyFile: what stops the start, and what mod_status tells."""
import os
import re
import shutil
import socket
import urllib.request

import pytest

from mtlstest.memcached import Memcached
from mtlstest.redis import Redis
from mtlstest.relay import CUT, DROP, FAIR, HOLD, RUBBISH, STALL, Relay
from mtlstest.server import Httpd
from mtlstest.sites import STAFF, TRUST, vhost

KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
OTHER = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="
SITE = TRUST + vhost("localhost", STAFF)
STATUS_MODULES = ("status", "socache_redis", "socache_memcache")


def check(pki, lines, keys=None, mode=0o640, modules=()):
    """What `httpd -t` says of a site with these lines."""
    server = Httpd(pki, lines + SITE, name="cache", modules=modules)
    if keys is not None:
        path = server.path("conf", "cache.keys")
        with open(path, "wb") as f:
            f.write(keys if isinstance(keys, bytes) else keys.encode("ascii"))
        os.chmod(path, mode)
        if os.geteuid() == 0:  # httpd's children must be able to load it again
            shutil.chown(path, 0, "nogroup")
    return server, server.check()


def assert_told(server, result, at, *words):
    """A fault at the place of this text."""
    place = "%s:%d: " % (server.conf_file, server.line_of(at))
    assert not result.ok, result
    said = [x for x in result.text.splitlines() if "MTLS0001: " + place in x]
    assert len(said) == 1, result
    for word in words:
        assert word in said[0], said[0]


# F-29: a provider that is not there

@pytest.mark.parametrize("name", ["redis", "memcache", "dbm", "dc"])
def test_F_29_a_provider_that_is_not_loaded(pki, name):
    server, result = check(pki, "MTLSCache %s:127.0.0.1:1\n" % name)
    assert_told(server, result, "MTLSCache", "mod_socache_%s is not loaded" % name,
                "LoadModule socache_%s_module" % name)


def test_F_29_a_provider_that_nobody_knows(pki):
    server, result = check(pki, "MTLSCache memory:x\n")
    assert_told(server, result, "MTLSCache", "no cache provider 'memory'", "shmcb")


@pytest.mark.parametrize("value, words", [
    ("shmcb:mtls(12)", "size has to be"), ("shmcb:mtls(1024", "parenthesis"),
    ("shmcb:mtls(many)", "not numerical")])
def test_F_29_arguments_that_the_provider_does_not_like(pki, value, words):
    server, result = check(pki, "MTLSCache %s\n" % value)
    assert_told(server, result, "MTLSCache", "MTLSCache: shmcb: ", words)


@pytest.mark.parametrize("value", ["redis", "redis:", "memcache"])
def test_F_29_no_server_is_named(pki, value):
    server, result = check(pki, "MTLSCache %s\n" % value,
                           modules=["socache_redis", "socache_memcache"])
    assert_told(server, result, "MTLSCache", "List of server names required")


@pytest.mark.parametrize("lines", ["MTLSCache off\n", "MTLSCache shmcb\n",
                                   "MTLSCache shmcb:mtls(65536)\n"])
def test_what_is_right_is_silent(pki, lines):
    _, result = check(pki, lines)
    assert result.ok and "MTLS" not in result.text, result


@pytest.mark.parametrize("value", ["redis:127.0.0.1:1", "memcache:127.0.0.1:1"])
def test_F_28_a_cluster_without_a_key_is_warned_of(pki, value):
    modules = ["socache_redis", "socache_memcache"]
    server, result = check(pki, "MTLSCache %s\n" % value, modules=modules)
    assert result.ok, result
    assert re.search(r"MTLS0002: \S+:%d: MTLSCache: without MTLSCacheKeyFile"
                     % server.line_of("MTLSCache"), result.text), result
    _, result = check(pki, "MTLSCache %s\nMTLSCacheKeyFile conf/cache.keys\n" % value,
                      keys=KEY, modules=modules)
    assert result.ok and "MTLS" not in result.text, result


# key files

BAD_KEYS = {
    "comment": ("# nothing\n", 0, "no key"),
    "short": ("ab\n", 1, "too short"),
    "long": (KEY + "00\n", 1, "too long"),
    "garbage": ("# one\n" + KEY[:-1] + "x\n", 2, "neither"),
    "zeros": ("0" * 64 + "\n", 1, "zeros"),
    "twice": (KEY + "\n" + OTHER + "\n" + KEY.upper(), 3, "line 1 again"),
    "nul": (b"\0" * 64 + b"\n", 1, "neither"),
    "nine": ("".join("%064x\n" % i for i in range(1, 10)), 9, "more than 8"),
}


@pytest.mark.parametrize("name", BAD_KEYS)
def test_a_key_file_that_is_wrong(pki, name):
    text, line, words = BAD_KEYS[name]
    server, result = check(pki, "MTLSCache shmcb\nMTLSCacheKeyFile conf/cache.keys\n", keys=text)
    place = server.path("conf", "cache.keys") + (":%d" % line if line else "")
    assert not result.ok, result
    said = [x for x in result.text.splitlines() if "MTLS0001: %s: " % place in x]
    assert len(said) == 1 and words in said[0], result
    assert KEY[8:40] not in result.text


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604, 0o602, 0o666])
def test_F_20_a_key_file_that_others_may_use(pki, mode):
    server, result = check(pki, "MTLSCache shmcb\nMTLSCacheKeyFile conf/cache.keys\n", keys=KEY,
                           mode=mode)
    assert_told(server, result, "MTLSCacheKeyFile", "chmod 640")


@pytest.mark.parametrize("keys", [None, ""])
def test_a_key_file_that_is_missing_or_empty(pki, keys):
    server, result = check(pki, "MTLSCache shmcb\nMTLSCacheKeyFile conf/cache.keys\n", keys=keys)
    assert_told(server, result, "MTLSCacheKeyFile", "cache.keys")


# mod_status

STATUS = SITE + "<Location /server-status>\n  SetHandler server-status\n</Location>\n"


def status(server, query="?auto"):
    """The lines of mod_mtls on the status page, by name."""
    url = "http://127.0.0.1:%d/server-status%s" % (server.plain, query)
    with urllib.request.urlopen(url, timeout=20) as answer:
        text = answer.read().decode("utf-8")
    return dict(re.findall(r"^MTLS(\S+): (.*)$", text, re.MULTILINE)), text


@pytest.fixture(scope="module")
def told(serve, pki):
    server = serve(STATUS, name="status", modules=STATUS_MODULES)
    return server


def test_F_25_status_tells_programs(told):
    told.wait_for(lambda: status(told)[0].get("FilesLookedAtAgo") != "never", 20)
    lines, text = status(told)
    assert lines["Generation"] == "1"
    assert re.fullmatch(r"[0-9a-f]{16}", lines["GenerationDigest"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", lines["GenerationPublished"])
    assert re.fullmatch(r"never|\d+ s", lines["FilesLookedAtAgo"])
    assert lines["Trust-staff"].startswith("cas=1 crls=0 "), text
    assert lines["Counter-reloads"] == "0" and lines["Counter-cache-failures"] == "0"
    assert lines["ServersAvoided"] == "0"
    assert lines["ChildMemoHits"].isdigit() and lines["ChildMemoMisses"].isdigit()


def test_status_tells_people(told):
    _, text = status(told, "")
    assert "<h2>mod_mtls</h2>" in text and "of this child" in text
    assert "<dt>Trust profile staff: cas=1 " in text
    assert text.index("<h2>mod_mtls</h2>") < text.index("</body>")


def test_status_of_a_server_without_us_is_as_before(serve, pki):
    server = serve("<Location /server-status>\nSetHandler server-status\n</Location>\n",
                   name="bare", modules=STATUS_MODULES)
    assert "MTLS" not in status(server)[1]
    assert "mod_mtls" not in status(server, "")[1]


# the daemons that tests of clusters need

@pytest.mark.parametrize("kind", [Redis, Memcached])
def test_daemons_keep_their_port(kind):
    with kind() as daemon:
        daemon.start()
        port = daemon.port
        daemon.stop()
        assert not daemon_answers(daemon)
        daemon.start()
        assert daemon.port == port and daemon.is_ready()


def daemon_answers(daemon):
    try:
        return daemon.is_ready()
    except OSError:
        return False


def test_relay_does_as_it_is_told():
    with Redis() as one, Redis() as two:
        one.start()
        two.start()
        with Relay(one.port, two.port) as relay:
            one.cli("SET", "who", "one")
            two.cli("SET", "who", "two")
            answers = {b"$3\r\none\r\n", b"$3\r\ntwo\r\n"}
            assert {relayed(relay), relayed(relay)} == answers
            relay.tell(RUBBISH)
            assert relayed(relay) == relay.rubbish
            relay.tell(CUT)
            assert relayed(relay) in (b"$3\r\n", b"$3\r\no")
            relay.tell(DROP)
            assert relayed(relay) == b""
            relay.tell(STALL)
            with pytest.raises(TimeoutError):
                relayed(relay, 0.3)
            assert {held(relay), relayed(relay)} == answers
            one.stop()
            assert relayed(relay) == b"$3\r\ntwo\r\n" == relayed(relay)


def relayed(relay, seconds=10):
    """What comes back for a question."""
    with socket.create_connection(("127.0.0.1", relay.port), seconds) as client:
        try:
            client.sendall(b"GET who\r\n")
        except ConnectionError:
            return b""
        return answer_of(client)


def held(relay):
    """What comes back for a question when it no longer has to wait."""
    relay.tell(HOLD)
    with socket.create_connection(("127.0.0.1", relay.port), 0.3) as client:
        client.sendall(b"GET who\r\n")
        with pytest.raises(TimeoutError):
            client.recv(1)
        relay.tell(FAIR)
        client.settimeout(10)
        return answer_of(client)


def answer_of(client):
    """All, until the end or the end of an answer."""
    octets = b""
    try:
        while octets.count(b"\r\n") < 2 and len(octets) < 64:
            more = client.recv(64)
            if not more:
                break
            octets += more
    except ConnectionError:
        pass
    return octets
