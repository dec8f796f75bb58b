# SPDX-License-Identifier: Apache-2.0
"""What a server's processes hold, memory and descriptors, and what they do, as in proc(5) and its log."""
import os
import re
import signal
import socket


def children_of(site):
    """Processes that serve; those that have just ended are left out."""
    parent = site.process.pid
    with open("/proc/%d/task/%d/children" % (parent, parent), encoding="ascii") as f:
        return {int(pid) for pid in f.read().split()}


def private_kib(pid):
    """Resident memory that is no file's and shared with nobody; 0 of a process that is gone."""
    try:
        with open("/proc/%d/status" % pid, encoding="ascii", errors="replace") as f:
            found = re.search(r"RssAnon:\s+(\d+) kB", f.read())
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(found.group(1)) if found else 0


def descriptors(pid):
    """What is open, without the numbers: names of files, kinds of everything else."""
    folder = "/proc/%d/fd" % pid
    found = []
    for name in os.listdir(folder):
        try:
            found.append(re.sub(r"\[\d+\]", "[]", os.readlink(os.path.join(folder, name))))
        except FileNotFoundError:
            pass
    return sorted(found)


def _state(pid):
    """What its first thread does, and how often it was given a processor, or gave one back."""
    with open("/proc/%d/task/%d/status" % (pid, pid), encoding="ascii", errors="replace") as f:
        return tuple(re.findall(r"^(?:State|\w+_ctxt_switches):\s*(\w+)", f.read(), re.MULTILINE))


def await_idle(site, pid):
    """Wait until a child of prefork has nothing to do but to wait for a request.

    SIGTERM takes it wherever it is: in the middle of mod_ssl's SSL_free() it crashes.
    """
    seen = []

    def is_idle():
        seen.append(_state(pid))
        return len(set(seen[-5:])) == 1 and len(seen) >= 5 and seen[-1][0] == "S"

    assert site.wait_for(is_idle), seen[-5:]


def new_child(site):
    """End the only child of a prefork server; wait for the next one."""
    site.settle()
    old = children_of(site)
    assert len(old) == 1
    await_idle(site, *old)
    os.kill(*old, signal.SIGTERM)
    assert site.wait_for(lambda: children_of(site) and not children_of(site) & old, 30)


def restart(site):
    """A graceful restart of a server that nobody has a connection to; nothing is left of what was.

    A child of prefork that is told in the moment before it waits for a connection notices with the next
    one (stop_listening in server/mpm/prefork/prefork.c): so there is one.
    """
    old = children_of(site)

    def is_gone():
        return not children_of(site) & old

    before = site.log().count("resuming normal operations")
    site.process.send_signal(signal.SIGUSR1)
    assert site.wait_for(lambda: site.log().count("resuming normal operations") > before, 60)
    if not site.wait_for(is_gone, 5):
        socket.create_connection(("127.0.0.1", site.port), 20).close()
    assert site.wait_for(is_gone, 60), "children of before go on"


def have_looked(site, end):
    """Children whose look at the files ended so, and that have looked again and found nothing new:
    whatever they had to tell of it is in the log.  Needs mtls:trace2."""
    looks = {}
    for pid, word in re.findall(r"\[pid (\d+)[:\]].*: files looked at: (\w.*)$", site.log_tail(),
                                re.MULTILINE):
        looks.setdefault(int(pid), []).append(word)
    return {pid for pid, words in looks.items() if end in words and words[-1] == "as before"}
