# SPDX-License-Identifier: Apache-2.0
"""What tests of servers with one store have in common."""
import re
import urllib.request

from .responder import Person
from .revoking import assert_let_in

STATUS = "<Location /server-status>\n  SetHandler server-status\n</Location>\n"
MODULES = ["status", "socache_redis", "socache_memcache"]
# Longest that a request may take while the store is of no use: two calls, each cut off after a quarter
# of a second, and what a busy machine takes for the rest.  Calls that are not cut off have no end.
PATIENT = 8.0
# So often something is tried that a busy machine may spoil.
TRIES = 3


def fact(server, name):
    """A number of /server-status?auto."""
    url = "http://127.0.0.1:%d/server-status?auto" % server.plain
    with urllib.request.urlopen(url, timeout=20) as answer:
        text = answer.read().decode("utf-8")
    return int(re.search(r"^MTLS%s: (\d+)" % name, text, re.MULTILINE).group(1))


def counter(server, name):
    return fact(server, "Counter-" + name)


def await_shared(pki, servers, path, seconds=40):
    """Wait until what the first one is told is known to all: after failures a store is left alone for a
    while."""
    def is_shared():
        with Person(pki) as person:
            for server in servers:
                assert_let_in(server, person.cert, path)
            return person.hits == 1

    assert servers[0].wait_for(is_shared, seconds), "the store is not used"


def _lost(servers):
    """Calls of the store that failed, and those that were not tried, by server."""
    return [counter(server, name) for server in servers for name in ("cache-failures", "cache-skipped")]


def _await_use(servers, path):
    """Wait until each server uses its store, alone or not."""
    def is_used(server):
        before = _lost([server])
        with Person(server.pki) as person:
            assert_let_in(server, person.cert, path)
        return _lost([server]) == before

    for server in servers:
        assert server.wait_for(lambda each=server: is_used(each), 40), "the store is not used"


def in_time(servers, scenario, path="/asked"):
    """Let something happen for which the store must be of use, and give back what comes of it.

    A server waits a quarter of a second for its store, and then does without it: that is right, it is
    counted, and it happens on a machine that is busy with other things.  So what fails while it was
    counted shows nothing, and is tried again; what fails while it was not is a fault.
    path: where new people are asked about
    """
    for left in reversed(range(TRIES)):
        before = _lost(servers)
        try:
            return scenario()
        except AssertionError:
            if not left or _lost(servers) == before:
                raise
        _await_use(servers, path)
    raise AssertionError("nothing was tried")
