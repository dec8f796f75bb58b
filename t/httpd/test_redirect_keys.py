# SPDX-License-Identifier: Apache-2.0
"""Where in the server's processes the keys of tickets and of the cache are.  S-26."""
import hashlib
import mmap
import os

import pytest

from mtlstest import memory, stepping
from mtlstest.server import SANITIZER
from mtlstest.stepping import CERT, app, assert_served, endpoint, visit
from mtlstest.vitals import children_of

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root reads what the children have")
HOSTS = app() + endpoint()


def traces_of(key):
    """The octets, or half of them, in a row; as the file has them; and as HMAC adds its constants to
    them (RFC 2104, section 2)."""
    return [key[:16], key[16:], key.hex().encode()[:32], key.hex().encode()[32:],
            bytes(octet ^ 0x36 for octet in key)[:16], bytes(octet ^ 0x5c for octet in key)[:16]]


def processes(site):
    return [site.process.pid, *sorted(children_of(site))]


def assert_kept(pid, key):
    """It is there, in one place or several of this process alone, and core dumps leave all of them out."""
    found = memory.holders(pid, traces_of(key))
    assert found, "the key is nowhere"
    for mapping in found:
        assert "dd" in mapping.flags, mapping.line
        assert "p" in mapping.rights, mapping.line
        assert mapping.end - mapping.start <= 65536, mapping.line
    return found


def assert_locked(found):
    """Where this process has allocated it; the limit of an ordinary system is far above some pages.  With
    AddressSanitizer mlock(2) does nothing."""
    assert SANITIZER or all("lo" in mapping.flags for mapping in found), [mapping.line for mapping in found]


def assert_not_in_environment(pid, key):
    with open("/proc/%d/environ" % pid, "rb") as f:
        assert key.hex().encode() not in f.read()


def use(site, pki):
    """Seal and open all kinds of tokens, write and read records."""
    who = stepping.person(pki)
    with site.browser(who, CERT) as browser:
        visit(site, browser, "/staff", who)
        for _ in range(3):
            assert_served(site, browser.open(site.url()), who)


class Keys:
    """Key files of a server, with keys that stand nowhere else."""

    def __init__(self, pki, name):
        self.ticket, self.cache, self.later = (os.urandom(32) for _ in range(3))
        self.ticket_path = stepping.key_file(pki.path(name + ".keys"), self.ticket.hex())
        self.cache_path = stepping.key_file(pki.path(name + "-cache.keys"), self.cache.hex())

    def change(self):
        """Another key seals."""
        os.replace(stepping.key_file(self.ticket_path + "~", self.later.hex(), self.ticket.hex()),
                   self.ticket_path)

    def site(self, pki, mpm="event"):
        head = "MTLSReloadInterval 100ms\nMTLSCacheKeyFile %s\n" % self.cache_path
        return stepping.site(pki, HOSTS, "kept", head, mpm=mpm, keys=self.ticket_path)


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_S_26_keys_of_files(pki, mpm):
    """Of keys that are in use no copy lies where it would be dumped, and none is shared or handed down."""
    keys = Keys(pki, "kept-" + mpm)
    with keys.site(pki, mpm) as site:
        use(site, pki)
        for key in keys.ticket, keys.cache:
            for pid in processes(site):
                assert_not_in_environment(pid, key)
                found = assert_kept(pid, key)
                if pid == site.process.pid:
                    assert_locked(found)


def test_S_26_keys_that_are_loaded_again(pki):
    """A child keeps them as the parent kept the first; the parent has them not."""
    keys = Keys(pki, "again")
    with keys.site(pki) as site:
        use(site, pki)
        before = site.reloads()
        keys.change()
        site.await_reload(before)
        use(site, pki)
        for pid in children_of(site):
            assert_locked(assert_kept(pid, keys.later))
            assert_kept(pid, keys.ticket)
        assert not memory.holders(site.process.pid, traces_of(keys.later))


def made_up(pid):
    """The keys of a process, known by their ids: include/mtls/trust/keys.h."""
    found = set()
    for mapping in memory.mappings(pid):
        if "dd" not in mapping.flags or not memory.is_wanted(mapping):
            continue
        for octets in memory.read(pid, mapping):
            for at in range(0, len(octets), mmap.PAGESIZE):
                key_id, key = octets[at:at + 8], octets[at + 8:at + 40]
                if hashlib.sha256(b"mod_mtls key id 1\0" + key).digest()[:8] == key_id:
                    found.add(key)
    return found


def test_S_26_keys_without_a_file(pki):
    """Those of the parent are kept as well; what a restart ends is wiped, what it keeps is still there."""
    with stepping.site(pki, HOSTS, "made_up") as site:
        use(site, pki)
        keys, old = made_up(site.process.pid), children_of(site)
        assert len(keys) == 2, "one for tickets, one for the cache"
        for key in keys:
            for pid in processes(site):
                assert_kept(pid, key)
        site.restart()
        use(site, pki)
        kept, = keys & made_up(site.process.pid)
        ended, = keys - {kept}
        for pid in {site.process.pid, *children_of(site)} - old:
            assert len(made_up(pid)) == 2
            assert_kept(pid, kept)
            assert not memory.holders(pid, traces_of(ended))
