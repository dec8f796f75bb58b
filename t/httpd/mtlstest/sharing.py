# SPDX-License-Identifier: Apache-2.0
"""What tests of servers with one store have in common."""
import re
import urllib.request

from .responder import Person
from .revoking import assert_let_in

STATUS = "<Location /server-status>\n  SetHandler server-status\n</Location>\n"
MODULES = ["status", "socache_redis", "socache_memcache"]
# For servers whose store is good: it is of use however busy the machine is.
SURE = "MTLSCacheTimeout 20s\n"
# For those whose store is of no use for a while, and the longest that a request of theirs may take then:
# three calls, each cut off, and what a busy machine takes for the rest.
BRIEF, PATIENT = "MTLSCacheTimeout 1s\n", 3 * 1.0 + 6


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
