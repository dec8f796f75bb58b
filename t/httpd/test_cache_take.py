# SPDX-License-Identifier: Apache-2.0
"""Of all who take a value from the shared cache one has it, with the providers of httpd and real stores.

S-02 S-10 T-D09 F-28.  No server runs here: t/httpd/cache_race.c loads the provider's module as httpd would, and
its children take.
"""
import os
import re
import subprocess

import pytest

from mtlstest.memcached import Memcached
from mtlstest.redis import Redis

IDS = 200
BUILD = os.environ["MTLS_BUILD"]
MODULES = os.environ["MTLS_HTTPD_MODULES"]
STORES = {"redis": Redis, "memcache": Memcached}
LARGEST = 16384   # MTLS_SHARED_CACHE_MAX


def command(provider, arguments, *words):
    return [os.path.join(BUILD, "t", "httpd", "cache_race"),
            os.path.join(MODULES, "mod_socache_%s.so" % provider), provider, arguments, *words]


def race(provider, arguments, count):
    """How many each of two processes had, how many were had twice, and by nobody."""
    done = subprocess.run(command(provider, arguments, "race", str(count)), timeout=120, check=True,
                          stdout=subprocess.PIPE)
    found = re.fullmatch(r"(\d+) (\d+) twice (\d+) nobody (\d+)\n", done.stdout.decode("ascii"))
    return [int(x) for x in found.groups()]


class Talk:
    """One process with the cache, which does as it is told."""

    def __init__(self, provider, arguments):
        self.process = subprocess.Popen(command(provider, arguments, "talk"),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.process.stdin.close()
        assert self.process.wait(60) == 0
        self.process.stdout.close()

    def __call__(self, *words):
        self.process.stdin.write((" ".join(map(str, words)) + "\n").encode("ascii"))
        self.process.stdin.flush()
        return self.process.stdout.readline().decode("ascii").strip()


@pytest.fixture(params=sorted(STORES))
def kind(request):
    return request.param


@pytest.fixture
def store(kind):
    with STORES[kind]() as made:
        if made.process is None:
            made.start()
        yield made


def address(store):
    return "127.0.0.1:%d" % store.port


def test_S_02_two_processes_take_the_same(kind, store):
    one, two, twice, nobody = race(kind, address(store), IDS)
    assert (one + two, twice, nobody) == (IDS, 0, 0)


def test_S_02_two_processes_take_the_same_in_place(tmp_path):
    one, two, twice, nobody = race("shmcb", str(tmp_path / "cache(1024000)"), IDS)
    assert (one + two, twice, nobody) == (IDS, 0, 0)


def test_dbm_is_too_small_and_gives_nothing_twice(tmp_path):
    """With some of its formats what is not there is an error, so that it cannot say that something is gone."""
    with Talk("dbm", str(tmp_path / "cache")) as talk:
        assert talk("put", 1, 950) == "failed"
        assert talk("put", 1, 800) == "stored"
        assert talk("get", 1) == "hit"
        assert talk("take", 1) in ("hit", "down")
        assert talk("take", 1) in ("miss", "down")


@pytest.mark.parametrize("memory", [40960, 65536, 81920, 327680, 1310720])
def test_F_26_the_least_memory_for_a_chain(tmp_path, memory):
    """What httpd -t demands of shmcb where tickets are given."""
    with Talk("shmcb", "%s(%d)" % (tmp_path / "cache", memory)) as talk:
        assert talk("put", 1, 4096) == "stored"
        assert talk("get", 1) == "hit"


def test_what_one_takes_another_has_not(kind, store):
    """The one's key is not the other's: what is read is refused, and what is gone is gone all the same."""
    with Talk(kind, address(store)) as one, Talk(kind, address(store)) as two:
        assert (one("take", 1), one("remove", 1)) == ("miss", "miss")
        assert one("put", 1, LARGEST) == "stored"
        assert (one("get", 1), one("take", 1), one("take", 1)) == ("hit", "hit", "miss")
        assert one("put", 1, 100) == "stored"
        assert (two("remove", 1), one("take", 1), one("remove", 1)) == ("hit", "miss", "miss")


def test_F_28_a_store_that_is_gone_says_nothing(kind, store):
    """It refuses connections; what the provider then calls "not found" is no answer."""
    with Talk(kind, address(store)) as talk:
        assert talk("put", 1, 100) == "stored"
        store.stop()
        for word in ("remove", "take", "get", "remove", "take", "get"):
            assert talk(word, 1) == "down"
    with Talk(kind, address(store)) as talk:
        assert talk("take", 1) == "down"


def test_S_10_a_store_that_was_started_again_has_nothing(kind, store):
    with Talk(kind, address(store)) as talk:
        assert talk("put", 1, 100) == "stored"
        store.stop()
        store.start()
        with Talk(kind, address(store)) as fresh:
            assert (fresh("take", 1), fresh("get", 1), fresh("remove", 1)) == ("miss",) * 3
        # connections of before fail once; nothing that is not there is ever had
        assert talk("take", 1) in ("down", "miss")


def test_the_largest_value_fits_the_default(tmp_path):
    with Talk("shmcb", str(tmp_path / "cache") + "(1024000)") as talk:
        for i in range(64):
            assert talk("put", i, LARGEST) == "stored"
            assert talk("get", i) == "hit"
        assert (talk("take", 63), talk("take", 63)) == ("hit", "miss")
