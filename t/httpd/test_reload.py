# SPDX-License-Identifier: Apache-2.0
"""Maps that change while the server runs.  F-11 F-12 F-16 F-17 F-18 F-20 F-24 F-25 F-42.

Each test has a map of its own.  Nothing is waited for by the clock: the number of the generation in
an answer, or a line of the log, says that a change has been seen.
"""
import itertools
import os
import re
import signal
import threading

import pytest

from mtlstest import files
from mtlstest.clients import h1, h2
from mtlstest.server import Httpd
from mtlstest.sites import TRUST, location, vhost
from mtlstest.vitals import await_idle, children_of, have_looked, new_child, restart

RELOADED, FAULT, SUMMARY = "MTLS0040: ", "MTLS0041: ", "MTLS0042: "
NAMES = ["rename", "inplace", "touch", "delete", "link", "open", "h2", "include", "rights", "load",
         "broken", "late", "off"]


def rule(user):
    return "when cn is alice then user %s\n" % user


def place(name):
    return location("/" + name, "MTLSVerifyClient require", "MTLSAccept staff",
                    "MTLSMap @ROOT@/conf/%s.map" % name)


def make(pki, interval="100ms", **more):
    """A server whose every map says that alice is "first"."""
    site = Httpd(pki, "Protocols h2 http/1.1\nMTLSReloadInterval %s\n" % interval + TRUST
                 + 'CustomLog @ROOT@/logs/pids.log "%{X-Case}i %P"\n'
                 + vhost("localhost", "MTLSAskInHandshake always\nMTLSAccept staff\n"
                         + "".join(place(name) for name in NAMES)),
                 modules=["http2"], log_level="info mtls:trace2 watchdog:debug", name="reload", **more)
    for name in NAMES:
        site.write("conf/%s.map" % name, rule("first"))
    return site


@pytest.fixture(scope="module")
def site(pki):
    with make(pki) as running:
        yield running


# Nobody is started later, or ended: a child that begins while a file is broken tells of that too.
SIX_CHILDREN = ("StartServers 6\nServerLimit 6\nMaxRequestWorkers 6\n"
                "MinSpareServers 1\nMaxSpareServers 6\n")


@pytest.fixture(scope="module")
def many(pki):
    """Six children that serve one connection each."""
    with make(pki, mpm="prefork", mpm_config=SIX_CHILDREN) as running:
        yield running


def path_of(site, name):
    return site.path("conf", name + ".map")


def replace(site, name, text):
    """Another file by that name, at once."""
    files.replace(path_of(site, name), text)


def ask(site, client, path):
    """Who alice is, and the number of the generation that says so."""
    answer = client.ask(path)
    assert answer.status == 200, "expected 200: %r" % answer
    env = site.oracle.one(answer.case)["env"]
    return env.get("MTLS_USER"), int(env["MTLS_GENERATION"])


def ask_anew(site, pki, path):
    with h1(site.port, cert=pki.alice) as client:
        return ask(site, client, path)


def wait_for_user(site, client, path, user):
    """The generation in which alice has become the user."""
    seen = site.wait_for(lambda: [n for u, n in [ask(site, client, path)] if u == user])
    assert seen, "alice is not %r at %s: %r" % (user, path, ask(site, client, path))
    return seen[0]


def wait_for_line(site, *words):
    """The line of this test's log that holds all the words."""
    lines = site.wait_for(lambda: [line for line in site.log_tail().splitlines()
                                   if all(word in line for word in words)])
    assert lines, "no log line with %r" % (words,)
    return lines[0]


# one process


def change(site, pki, name, act):
    """Do it, and see that alice, first before, is second afterwards, in a later generation."""
    with h1(site.port, cert=pki.alice) as client:
        before = wait_for_user(site, client, "/" + name, "first")
        act()
        assert wait_for_user(site, client, "/" + name, "second") > before
    line = wait_for_line(site, RELOADED, path_of(site, name))
    assert re.search(r"generation \d+: map \S+/%s\.map reloaded, 1 exact rule" % name, line), line


def test_F_12_renamed_over(site, pki):
    change(site, pki, "rename", lambda: replace(site, "rename", rule("second")))


def test_F_12_written_in_place(site, pki):
    change(site, pki, "inplace",
           lambda: files.overwrite(path_of(site, "inplace"), rule("second")))


def test_F_12_directory_swapped(site, pki):
    """As Kubernetes mounts a ConfigMap: the file is a link into ..data, which is swapped."""
    volume = files.Volume(site.path("conf", "volume"))
    volume.publish(link_map=rule("first"))
    site.mark()
    os.symlink(volume.path("link.map"), path_of(site, "link") + ".new")
    os.replace(path_of(site, "link") + ".new", path_of(site, "link"))
    wait_for_line(site, RELOADED, "link.map")
    site.mark()
    change(site, pki, "link", lambda: volume.publish(link_map=rule("second")))


def test_touched(site, pki):
    """The same words in another file are another generation."""
    with h1(site.port, cert=pki.alice) as client:
        before = wait_for_user(site, client, "/touch", "first")
        os.utime(path_of(site, "touch"))
        wait_for_line(site, RELOADED, "touch.map")
        assert site.wait_for(lambda: ask(site, client, "/touch")[1] > before)
        assert ask(site, client, "/touch")[0] == "first"


def test_F_17_open_connection(site, pki):
    """Its next request is judged with the new map; unchanged maps say what they said."""
    with h1(site.port, cert=pki.alice) as client, h1(site.port, cert=pki.alice) as other:
        assert ask(site, client, "/open")[0] == "first"
        assert ask(site, client, "/off")[0] == "first"
        replace(site, "open", rule("second"))
        number = wait_for_user(site, other, "/open", "second")
        assert ask(site, client, "/open") == ("second", number)
        assert ask(site, client, "/off") == ("first", number)


def test_F_17_streams(site, pki):
    with h2(site.port, cert=pki.alice) as client:
        assert ask(site, client, "/h2")[0] == "first"
        replace(site, "h2", rule("second"))
        number = wait_for_user(site, client, "/h2", "second")
        ids = [client.start("/h2") for _ in range(8)]
        for stream in client.finish(*ids):
            env = site.oracle.one(stream.case)["env"]
            assert (env["MTLS_USER"], int(env["MTLS_GENERATION"])) == ("second", number)


def stays(site, pki, name, *words):
    """Something went wrong with the map: it is logged, and the last good one stays in use."""
    before = ask_anew(site, pki, "/" + name)
    line = wait_for_line(site, FAULT, path_of(site, name), *words)
    summary = wait_for_line(site, SUMMARY)
    assert "generation %d stays in use" % before[1] in summary, summary
    assert before[0] == "first"
    assert ask_anew(site, pki, "/" + name) == before
    return line


def test_F_12_deleted(site, pki):
    os.unlink(path_of(site, "delete"))
    stays(site, pki, "delete")
    site.mark()
    site.write("conf/delete.map", rule("second"))
    with h1(site.port, cert=pki.alice) as client:
        wait_for_user(site, client, "/delete", "second")


def test_F_20_rights_taken_away(site, pki):
    """The children are not root: what they cannot read stays as it was."""
    os.chmod(path_of(site, "rights"), 0)
    stays(site, pki, "rights", "Permission denied")
    os.chmod(path_of(site, "rights"), 0o644)
    site.mark()
    replace(site, "rights", rule("second"))
    with h1(site.port, cert=pki.alice) as client:
        wait_for_user(site, client, "/rights", "second")


FAULTS = {
    "F-18 cut off": ("when cn is alice th", r"broken\.map:1:\d+: "),
    "F-18 empty": ("", r"broken\.map:\d+:\d+: |broken\.map is empty"),
    "F-42 second line": (rule("second") + "nonsense\n", r"broken\.map:2:1: "),
    "F-42 key twice": (rule("second") + rule("third"), r"broken\.map:2:1: "),
    "F-42 NUL": (rule("second") + "\0\n", r"broken\.map:2:\d+: "),
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_F_11_broken(site, pki, fault):
    text, where = FAULTS[fault]
    replace(site, "broken", text)
    line = wait_for_line(site, FAULT, "broken.map")
    assert re.search(where, line), line
    assert ask_anew(site, pki, "/broken")[0] == "first"
    site.mark()
    replace(site, "broken", rule("first"))
    wait_for_line(site, RELOADED, "broken.map")


def test_included_files(site, pki):
    """A missing file that comes mends what names it; a change of it counts."""
    replace(site, "include", 'include "%s"\n' % site.path("conf", "more.rules"))
    wait_for_line(site, FAULT, "more.rules")
    assert ask_anew(site, pki, "/include")[0] == "first"
    with h1(site.port, cert=pki.alice) as client:
        for user in ("second", "third"):
            files.replace(site.path("conf", "more.rules"), rule(user))
            wait_for_user(site, client, "/include", user)


def test_F_16_under_load(site, pki):
    """Twenty maps at least, every second one broken, while four connections ask without a pause."""
    seen, faults, stop = [], [], threading.Event()

    def read_on(opener):
        numbers = []
        seen.append(numbers)
        try:
            with opener(site.port, cert=pki.alice) as client:
                while not stop.is_set():
                    numbers.append(ask(site, client, "/load"))
        except (AssertionError, OSError, KeyError) as problem:
            faults.append(problem)

    threads = [threading.Thread(target=read_on, args=(o,)) for o in (h1, h1, h1, h2)]
    for thread in threads:
        thread.start()
    try:
        with h1(site.port, cert=pki.alice) as client:
            for i in itertools.count(0, 2):
                if i >= 20 and (faults or min(map(len, seen)) > 20):
                    break
                assert i < 98, [len(numbers) for numbers in seen]
                site.mark()
                replace(site, "load", rule("user%02d" % i) + "nonsense\n")
                wait_for_line(site, SUMMARY)
                replace(site, "load", rule("user%02d" % (i + 1)))
                wait_for_user(site, client, "/load", "user%02d" % (i + 1))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not faults, faults
    answers = {number: user for numbers in seen for user, number in numbers}
    assert len(seen) == 4
    for numbers in seen:
        assert [n for _, n in numbers] == sorted(n for _, n in numbers), "an older one came back"
        assert all(answers[number] == user for user, number in numbers), "a number with two users"
    good = {"first"} | {"user%02d" % i for i in range(1, 100, 2)}
    assert set(answers.values()) <= good, "a broken map was used"
    assert len(set(answers.values())) > 5


# several processes


def pid_of(site, client):
    """The child that serves the connection."""
    case = client.ask("/off").case

    def pid():
        with open(site.path("logs", "pids.log"), encoding="ascii") as f:
            return dict(line.split() for line in f if line.endswith("\n")).get(case)

    return int(site.wait_for(pid))


@pytest.fixture
def four(many, pki):
    """A connection to each of four children; there are spare ones besides."""
    clients = [h1(many.port, cert=pki.alice) for _ in range(4)]
    assert len({pid_of(many, client) for client in clients}) == 4
    yield clients
    for client in clients:
        client.close()


def count(site, *words):
    return sum(all(word in line for word in words) for line in site.log_tail().splitlines())


def await_all_told(site, end):
    """Each child's look has ended so, and whatever any has to say of it is in the log."""
    pids = children_of(site)
    assert len(pids) >= 4
    assert site.wait_for(lambda: pids <= have_looked(site, end)), \
        "%r of %r" % (have_looked(site, end), pids)


def test_F_24_numbers_agree_and_one_tells(many, four):
    def numbers():
        return {ask(many, client, "/rename") for client in four}

    assert many.wait_for(lambda: len(numbers()) == 1), numbers()
    many.mark()
    before = numbers()
    replace(many, "rename", rule("second"))
    after = {wait_for_user(many, client, "/rename", "second") for client in four}
    assert len(after) == 1 and after.pop() > before.pop()[1]
    await_all_told(many, "loaded")
    assert count(many, RELOADED) == 1


def test_F_11_told_once(many, four):
    """Each child finds the fault, one tells; so it is after another change too."""
    for number in (1, 2):
        many.mark()
        replace(many, "broken", "nonsense %d\n" % number)
        await_all_told(many, "broken")
        assert count(many, FAULT, "broken.map:1:1: ") == 1
        assert count(many, FAULT) == count(many, SUMMARY) == 1
        assert {ask(many, client, "/broken")[0] for client in four} == {"first"}
    many.mark()
    replace(many, "broken", rule("second"))
    for client in four:
        wait_for_user(many, client, "/broken", "second")
    await_all_told(many, "loaded")
    assert count(many, RELOADED) == 1


def test_F_24_a_child_is_killed(many, four, pki):
    """Whatever it held, the others go on."""
    pid = pid_of(many, four[0])
    await_idle(many, pid)
    os.kill(pid, signal.SIGTERM)
    replace(many, "touch", rule("second"))
    numbers = {wait_for_user(many, client, "/touch", "second") for client in four[1:]}
    assert len(numbers) == 1
    with h1(many.port, cert=pki.alice) as client:
        assert wait_for_user(many, client, "/touch", "second") in numbers


# without looking in between

# SIGTERM ends a child of prefork, but none of event.
ONE_CHILD = {"mpm": "prefork", "mpm_config":
             "StartServers 1\nServerLimit 1\nMaxRequestWorkers 1\n"
             "MinSpareServers 1\nMaxSpareServers 1\n"}


def test_F_17_a_child_that_starts_late(pki):
    """It never serves with what the server was started with: nobody comes back."""
    with make(pki, interval="1d", **ONE_CHILD) as site:
        # before it serves, and when its thread begins
        assert site.wait_for(lambda: site.log().count("files looked at: as before") >= 2)
        replace(site, "late", rule("second"))
        assert ask_anew(site, pki, "/late") == ("first", 1)
        new_child(site)
        assert ask_anew(site, pki, "/late") == ("second", 2)
        replace(site, "late", "nonsense\n")
        new_child(site)
        wait_for_line(site, FAULT, "late.map:1:1: ")
        with h1(site.port, cert=pki.alice) as client:
            answer = client.ask("/late")
            assert answer.status == 503 and not site.oracle.ran(answer.case), answer
        replace(site, "late", rule("third"))
        new_child(site)
        assert ask_anew(site, pki, "/late")[0] == "third"


def test_off(pki):
    """Nobody looks, until a restart loads everything."""
    with make(pki, interval="off", **ONE_CHILD) as site:
        replace(site, "off", rule("second"))
        assert ask_anew(site, pki, "/off") == ("first", 1)
        new_child(site)
        assert ask_anew(site, pki, "/off") == ("first", 1)
        restart(site)
        assert ask_anew(site, pki, "/off") == ("second", 1)
        assert "_mtls_reload_" not in site.log()


def test_F_22_after_a_restart(pki):
    """What is there then is loaded; numbers begin again, and files are looked at as before."""
    with make(pki) as site:
        for _ in (1, 2):
            replace(site, "rename", rule("second"))
            with h1(site.port, cert=pki.alice) as client:
                wait_for_user(site, client, "/rename", "second")
            replace(site, "rename", rule("first"))
            with h1(site.port, cert=pki.alice) as client:
                assert wait_for_user(site, client, "/rename", "first") == 3
            restart(site)
            assert ask_anew(site, pki, "/rename") == ("first", 1)


def test_on_has_a_thread_of_its_own(site):
    assert site.wait_for(lambda: "_mtls_reload_" in site.log())


def test_a_graceful_stop_ends_the_thread(pki):
    with make(pki) as site:
        replace(site, "rename", rule("second"))
        with h1(site.port, cert=pki.alice) as client:
            wait_for_user(site, client, "/rename", "second")
        site.process.send_signal(signal.SIGWINCH)
        site.process.wait(30)
