# SPDX-License-Identifier: Apache-2.0
"""Material that is replaced all the time, people who come meanwhile, and a judge who knows what each
generation allowed.

The number of the generation that decided stands in every answer, of refusals too.  What that
generation was made of is known, for nothing is published but what Material has put there as a whole.
"""
import collections
import itertools
import os
import re
import threading

from . import crls, files
from .clients import h1, h2
from .revoking import profile
from .sites import PROBLEM, location, vhost

RELOADED, FAULT, SUMMARY = "MTLS0040: ", "MTLS0041: ", "MTLS0042: "
HOST = "localhost"
# The issuing CA is the anchor: one list says all.
ISSUING = ["MTLSCACertificateFile @PKI@/staff_ca.leaf.pem"]

State = collections.namedtuple("State", "user revokes trusts_partner")
Seen = collections.namedtuple("Seen", "who way status generation case")

CONFIG = ("MTLSReloadInterval 100ms\nMTLSStepUpLimit waiters=100 attempts=8\n"
          + profile("live", "MTLSCRLFile @ROOT@/conf/live.crl", "MTLSCRLCheck leaf", trust=ISSUING)
          + profile("more", trust=["MTLSCACertificateFile @ROOT@/conf/more.pem"])
          + vhost(HOST, "MTLSAskInHandshake always\nMTLSAccept live more\n"
                  'Header always set X-Generation "expr=%{MTLS_GENERATION}"\n'
                  + location("/live", "MTLSVerifyClient require", "MTLSAccept live more",
                             "MTLSMap @ROOT@/conf/live.map")
                  + location("/page", "SetHandler none", "MTLSVerifyClient require",
                             "MTLSAccept live more", "MTLSMap @ROOT@/conf/live.map")))
DELETED, UNREADABLE = "deleted", "unreadable"


def people(pki):
    """Who comes: always good, always revoked, revoked and trusted in turns."""
    if not hasattr(pki, "living_good"):
        for name in ("good", "revoked", "turns"):
            pki.issue("living_" + name, pki.staff_ca)
    return {"good": pki.living_good, "revoked": pki.living_revoked, "turns": pki.living_turns,
            "partner": pki.bob}


def is_legal(who, state):
    """Whether the person may come in while this is in force."""
    return {"good": True, "revoked": False, "turns": not state.revokes,
            "partner": state.trusts_partner}[who]


class Material:
    """Three files: a list, CAs and a map.  Good ones all change; of broken ones none counts."""

    def __init__(self, site, pki, rows=slice(None)):
        """rows: which of the broken lists, in the order of their names."""
        self.site = site
        self.pki = pki
        self.states = {}          # by number of the generation
        self.count = 0
        self.newest = 1           # number of a generation
        self.paths = {kind: site.path("conf", name) for kind, name in
                      (("crl", "live.crl"), ("cas", "more.pem"), ("map", "live.map"))}
        broken = {kind: sorted(named.items(), key=lambda row: row[0])
                  for kind, named in self._broken().items()}
        broken["crl"] = broken["crl"][rows]
        self.turns = len(broken["crl"])
        self.broken = {kind: itertools.cycle(named) for kind, named in broken.items()}
        self.states[1] = self._put_good()

    def _octets(self, state):
        everybody = people(self.pki)
        revoked = [everybody["revoked"]] + [everybody["turns"]] * state.revokes
        cas = [self.pki.third_root] + [self.pki.partner_root] * state.trusts_partner
        return {"crl": crls.make(self.pki.staff_ca, revoked, number=self.count + 10),
                "cas": b"".join(ca.pem for ca in cas),
                "map": b"always then user %s\n" % state.user.encode()}

    def _put_good(self):
        """All three are others than before; the state they make."""
        self.count += 1
        state = State("user%04d" % self.count, self.count % 2 == 1, self.count % 3 != 0)
        for kind, octets in self._octets(state).items():
            self._put(kind, octets)
        return state

    def _put(self, kind, octets):
        """Another file by that name, or other octets in the same one, by turns."""
        path = self.paths[kind]
        if octets == DELETED:
            os.unlink(path)
        elif octets == UNREADABLE:
            os.chmod(path, 0)
        elif self.count % 2 and os.path.exists(path) and os.stat(path).st_mode & 0o4:
            files.overwrite(path, octets)
        else:
            files.replace(path, octets)

    def _broken(self):
        """F-11 F-12 F-13 F-14 F-18 F-19 F-20 F-42: by kind and name."""
        pki, pem = self.pki, self.pki.third_root.pem
        gone = {DELETED: DELETED, UNREADABLE: UNREADABLE}
        lists = crls.broken(pki.staff_ca, pki.partner_root, [people(pki)["turns"]])
        rolled_back = {"rolled back": crls.make(pki.staff_ca, [], number=9)}
        cas = {"empty": b"", "first one cut": pem[:len(pem) // 2],
               "second one cut": pem + pki.partner_root.pem[:300],
               "without its end": pem[:pem.rindex(b"-----END")],
               "bad base64": pem.replace(b"\n", b"\n!", 3), "no CA": pem + pki.alice.pem,
               "private key": pem + crls.read(pki.third_root.key_file),
               "DER and an octet more": pki.third_root.der + b"\0", "NUL": pem + b"\0"}
        rule = b"always then user wrong\n"
        maps = {"empty": b"", "cut": rule[:-12], "second line": rule + b"nonsense\n",
                "NUL": rule + b"\0\n", "bad UTF-8": rule + b"when cn is \xff then user wrong\n",
                "twice": b"when cn is alice then user a\n" * 2,
                "include of nothing": rule + b'include "/nonexistent/rules"\n'}
        return {"crl": {**lists, **rolled_back, **gone}, "cas": {**cas, **gone},
                "map": {**maps, **gone}}

    # turns

    def spoil(self):
        """Each of the three is broken in the next way of its own; wait until all have been refused."""
        self.site.mark()
        names = {kind: next(rows) for kind, rows in self.broken.items()}
        for kind, (_, octets) in names.items():
            self._put(kind, octets)

        def all_refused():
            lines = self.site.log_tail().splitlines()
            return SUMMARY in self.site.log_tail() and all(
                any(FAULT in line and path in line for line in lines)
                for path in self.paths.values())

        assert self.site.wait_for(all_refused, 60), \
            "not refused: %r\n%s" % ({k: n for k, (n, _) in names.items()}, self.site.log_tail())

    def mend(self):
        """Good ones again; wait for the number of their generation."""
        self.site.mark()
        state = self._put_good()
        found = self.site.wait_for(
            lambda: re.findall(RELOADED + r"generation (\d+):", self.site.log_tail()), 60)
        assert found, "not loaded:\n" + self.site.log_tail()
        self.newest = int(found[-1])
        self.states[self.newest] = state


class Crowd:
    """People on connections of every kind, each as fast as it goes, until the end."""

    def __init__(self, site, pki, with_h2=True, pause=0):
        """pause: seconds between two requests of each."""
        self.site = site
        self.pause = pause
        self.seen = []
        self.faults = []
        self.resumed = 0
        self._stop = threading.Event()
        everybody = people(pki)
        ways = [self._keep_alive, self._fresh, self._resumed] + [self._streams] * with_h2
        self._threads = [threading.Thread(target=self._run, args=(way, who, everybody[who]))
                         for way in ways for who in everybody]

    def _run(self, way, who, cert):
        try:
            while not self._stop.is_set():
                way(who, cert)
        except Exception as problem:  # whatever it is, it is told
            self.faults.append((way.__name__, who, repr(problem)))

    def _note(self, who, way, answer, after=0):
        """On one connection no number is lower than one seen before."""
        response = getattr(answer, "response", answer)
        number = int(response.header("X-Generation"))
        if number < after:
            self.faults.append((way, who, "generation %d after %d" % (number, after)))
        self.seen.append(Seen(who, way, answer.status, number, answer.case))
        return max(number, after)

    def _ask(self, who, way, client, after=0):
        after = self._note(who, way, client.ask("/live", headers=[PROBLEM]), after)
        self._stop.wait(self.pause)
        return after

    def _keep_alive(self, who, cert):
        after = 0
        with h1(self.site.port, cert=cert, sni=HOST) as client:
            for _ in range(100):
                if self._stop.is_set():
                    return
                after = self._ask(who, "keep-alive", client, after)

    def _fresh(self, who, cert):
        for version in ("1.2", "1.3"):
            with h1(self.site.port, cert=cert, sni=HOST, version=version) as client:
                self._ask(who, "fresh " + version, client)

    def _resumed(self, who, cert):
        for version in ("1.2", "1.3"):
            session = None
            for _ in range(6):
                with h1(self.site.port, cert=cert, sni=HOST, version=version,
                        session=session) as client:
                    self._ask(who, "resumed " + version, client)
                    self.resumed += client.conn.resumed
                    session = client.conn.session()

    def _streams(self, who, cert):
        after = 0
        with h2(self.site.port, cert=cert, sni=HOST) as client:
            for _ in range(25):
                if self._stop.is_set():
                    return
                ids = [client.start("/live", headers=[PROBLEM]) for _ in range(4)]
                after = max(self._note(who, "streams", answer, after)
                            for answer in client.finish(*ids))
                self._stop.wait(self.pause)

    def have_all_met(self, generation, since):
        """Whether each of them has been answered by it, in what was seen after so many answers."""
        met = {seen.who for seen in self.seen[since:] if seen.generation >= generation}
        return len(met) == len(people(self.site.pki)) or bool(self.faults)

    def has_come(self, often):
        """Whether each of them has had so many answers, and some on resumed connections."""
        counts = collections.Counter(seen.who for seen in list(self.seen))
        return (len(counts) == len(people(self.site.pki)) and min(counts.values()) >= often
                and self.resumed > 5) or bool(self.faults)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exc):
        self._stop.set()
        for thread in self._threads:
            thread.join(60)


def judge(crowd, site, states):
    """Every answer against what its generation allowed, by status and by what the handler saw; how many
    were let in and kept out, by person."""
    assert not crowd.faults, "%r\n%s" % (crowd.faults[:5], crowd.site.log_tail())
    ran = collections.defaultdict(list)
    for run in site.oracle.lines():
        ran[run["case"]].append(run["env"])
    counts = collections.Counter()
    wrong = []
    for seen in crowd.seen:
        state = states.get(seen.generation)
        legal = state is not None and is_legal(seen.who, state)
        runs = ran.get(seen.case, [])
        counts[seen.who, legal] += 1
        if state is None or seen.status != (200 if legal else 403) or len(runs) != legal:
            wrong.append((seen, state, len(runs)))
        elif legal and (runs[0]["MTLS_USER"], runs[0]["MTLS_GENERATION"]) != (
                state.user, str(seen.generation)):
            wrong.append((seen, state, runs[0]))
    assert not wrong, "%d of %d are wrong: %r" % (len(wrong), len(crowd.seen), wrong[:3])
    return counts
