# SPDX-License-Identifier: Apache-2.0
"""A real httpd: made from snippets, started, watched, stopped, and its logs judged.

In snippets @NAME@ is replaced: @PORT@ (TLS), @PORT2@ (a second one), @PLAIN@ (no TLS), @PKI@,
@ROOT@ (the server's directory), @SERVERCERT@ (two mod_ssl lines).
"""
import ctypes
import glob
import os
import re
import select
import shlex
import signal
import socket
import subprocess
import tempfile
import time

from .oracle import Oracle

BUILD = os.environ.get("MTLS_BUILD", os.path.join(os.getcwd(), "build"))
HTTPD = os.environ.get("MTLS_HTTPD", "/usr/sbin/apache2")
MODULES = os.environ.get("MTLS_HTTPD_MODULES", "/usr/lib/apache2/modules")
# A command put before httpd, e.g. valgrind and its options; @ROOT@ and the like are replaced.
WRAPPER = shlex.split(os.environ.get("MTLS_HTTPD_WRAPPER", ""))
START_SECONDS = 30 if not WRAPPER else 180
STOP_SECONDS = 30 if not WRAPPER else 120
QUIET_LOOKS = 5  # in a row, 10 ms apart: a thread may still be at work when its socket is closed

# A server that logged one of these has failed, whatever its answers were.
FORBIDDEN = re.compile(
    r"exit signal|AH00052|[Ss]egmentation|[Aa]ssertion|AddressSanitizer|LeakSanitizer"
    r"|runtime error:|stack smashing|double free|\*\*\* |== (Invalid|Conditional jump|Use of uninit)")


def _sanitizer_runtime():
    """The sanitizer's library when the module was built with it: httpd itself was not, so that it
    must be loaded before everything else."""
    listed = subprocess.run(["ldd", BUILD + "/.libs/mod_mtls.so"], capture_output=True, check=False)
    found = re.search(rb"=> (\S*libasan\S*)", listed.stdout)
    return found.group(1).decode() if found else None


SANITIZER = _sanitizer_runtime()
LIVE = []  # servers now running in this process, for the report of a failed test
LEFT = []  # name and log of each that was stopped since the test began

BASE_MODULES = ["authz_core", "authn_core", "authz_user", "ssl", "socache_shmcb"]

MPM = {
    "event": "StartServers 1\nServerLimit 1\nThreadsPerChild 32\nMaxRequestWorkers 32\n"
             "MinSpareThreads 32\nMaxSpareThreads 32\n",
    "worker": "StartServers 1\nServerLimit 1\nThreadsPerChild 32\nMaxRequestWorkers 32\n"
              "MinSpareThreads 32\nMaxSpareThreads 32\n",
    "prefork": "StartServers 4\nServerLimit 16\nMinSpareServers 4\nMaxSpareServers 16\n"
               "MaxRequestWorkers 16\n",
}


def _reserve():
    """A free port, held by a bound socket until the server is about to bind it."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    return holder


def _end_with_parent():
    """In the child: be told to end when the tests are killed (prctl(2), PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _our_leaks(output):
    """Valgrind's records of memory that code of ours allocated and lost."""
    blocks = re.split(r"^==\d+== *$", output, flags=re.MULTILINE)
    return [b for b in blocks if "definitely lost" in b and "mtls_" in b]


class CheckResult:
    """What `httpd -t` said."""

    def __init__(self, process):
        self.ok = process.returncode == 0
        self.code = process.returncode
        self.text = (process.stdout + process.stderr).decode("utf-8", "replace")

    def __repr__(self):
        return "<httpd -t: %d\n%s>" % (self.code, self.text)


class Httpd:
    """One server in a directory of its own.

    config   httpd configuration after the base part
    modules  further standard modules, without "mod_"
    files    name below @ROOT@ and text of files that must be there before the start
    mtls     load mod_mtls; last: after every other module instead of first
    """

    def __init__(self, pki, config, mpm="event", modules=(), mtls=True, mtls_last=False,
                 name="server", mpm_config=None, log_level=None, files=None):
        self.pki = pki
        self.config = config
        self.mpm = mpm
        self.modules = list(modules)
        self.mtls = mtls
        self.mtls_last = mtls_last
        self.mpm_config = MPM[mpm] if mpm_config is None else mpm_config
        self.log_level = log_level or ("info mtls:trace2" if mtls else "info")
        self.name = "%s-%s" % (name, mpm)
        self._folder = tempfile.TemporaryDirectory(prefix="mtls-%s-" % self.name)
        self.root = self._folder.name
        os.chmod(self.root, 0o755)
        for folder in ("logs", "htdocs", "tmp", "conf"):
            os.mkdir(os.path.join(self.root, folder))
        os.chmod(self.path("tmp"), 0o777)
        for name, text in (files or {}).items():
            self.write(name, text)
        self.oracle = Oracle(self.path("oracle.jsonl"))
        self.error_log = self.path("logs", "error.log")
        self.access_log = self.path("logs", "access.log")
        self.conf_file = self.path("conf", "httpd.conf")
        self.environment = {}  # further variables
        self.process = None
        self.port = self.port2 = self.plain = None
        self._mark = 0

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def write(self, name, text):
        """A file below the server's directory; its absolute path."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    # configuration

    def _load(self):
        lines = ["<IfModule !unixd_module>\n" + self._load_line("unixd") + "</IfModule>",
                 "<IfModule !log_config_module>\n" + self._load_line("log_config") + "</IfModule>",
                 self._load_line("mpm_" + self.mpm)]
        ours = ["LoadModule oracle_module %s/.libs/mod_oracle.so" % BUILD]
        if self.mtls:
            ours.append("LoadModule mtls_module %s/.libs/mod_mtls.so" % BUILD)
        names = BASE_MODULES + [m for m in self.modules if m not in BASE_MODULES]
        rest = [self._load_line(m) for m in names]
        return "\n".join(lines + (rest + ours if self.mtls_last else ours + rest))

    @staticmethod
    def _load_line(name):
        return "LoadModule %s_module %s/mod_%s.so\n" % (name, MODULES, name)

    def _base(self):
        user = "User nobody\nGroup nogroup\n" if os.geteuid() == 0 else ""
        return "\n".join([
            'ServerRoot "@ROOT@"', "ServerName localhost", "PidFile @ROOT@/httpd.pid",
            "DefaultRuntimeDir @ROOT@", "Mutex pthread default", self._load(), user,
            self.mpm_config, "ErrorLog @ROOT@/logs/error.log", "LogLevel " + self.log_level,
            'LogFormat "%{X-Case}i %>s %l %u \\"%r\\"" case', "CustomLog @ROOT@/logs/access.log case",
            "Listen 127.0.0.1:@PORT@ https", "Listen 127.0.0.1:@PORT2@ https",
            "Listen 127.0.0.1:@PLAIN@ http", "DocumentRoot @ROOT@/htdocs",
            "SSLSessionCache shmcb:@ROOT@/logs/ssl_scache(512000)",
            "AcceptFilter https none", "AcceptFilter http none",
            "KeepAliveTimeout 30", "MaxKeepAliveRequests 0", "Timeout 20",
            "<IfModule mime_module>", "TypesConfig /dev/null", "</IfModule>",
            "OracleFile @ROOT@/oracle.jsonl", ""])

    def expand(self, text):
        """Replace the @NAME@ words."""
        server = self.pki.server
        words = {"PORT": self.port, "PORT2": self.port2, "PLAIN": self.plain, "ROOT": self.root,
                 "PKI": self.pki.dir, "SERVERCERT": "SSLCertificateFile %s\nSSLCertificateKeyFile %s"
                 % (server.file, server.key_file)}
        for name, value in words.items():
            text = text.replace("@%s@" % name, str(value))
        return text

    def _configure(self):
        with open(self.conf_file, "w", encoding="utf-8") as f:
            f.write(self.expand(self._base()) + "\n# --- the test's part ---\n"
                    + self.expand(self.config))

    def line_of(self, needle):
        """Line number in the configuration of the only line that holds the text."""
        with open(self.conf_file, encoding="utf-8") as f:
            found = [i for i, line in enumerate(f, 1) if needle in line]
        assert len(found) == 1, "%r stands on lines %r" % (needle, found)
        return found[0]

    def _environment(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith("APACHE_")}
        env.update(self.environment, TMPDIR=self.path("tmp"), LC_ALL="C")
        if SANITIZER:  # httpd frees its configuration in ways that count as leaks
            preload = " ".join(filter(None, [SANITIZER, self.environment.get("LD_PRELOAD")]))
            env.update(LD_PRELOAD=preload, ASAN_OPTIONS="detect_leaks=0:abort_on_error=1:handle_segv=2",
                       UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1")
        return env

    def check(self, *arguments):
        """Run `httpd -t` on the configuration."""
        holders = [_reserve() for _ in range(3)]
        self.port, self.port2, self.plain = (h.getsockname()[1] for h in holders)
        self._configure()
        done = subprocess.run([HTTPD, "-t", "-f", self.conf_file, *arguments], capture_output=True,
                              env=self._environment(), timeout=60, check=False)
        for holder in holders:
            holder.close()
        return CheckResult(done)

    # life

    def start(self):
        for attempt in range(5):
            if self._start_once():
                LIVE.append(self)
                return self
        raise AssertionError("no free port after %d attempts:\n%s" % (attempt + 1, self.output()))

    def _start_once(self):
        holders = [_reserve() for _ in range(3)]
        self.port, self.port2, self.plain = (h.getsockname()[1] for h in holders)
        self._configure()
        for holder in holders:
            holder.close()
        with open(self.path("logs", "output"), "wb") as out:
            self.process = subprocess.Popen(
                [self.expand(word) for word in WRAPPER] + [HTTPD, "-DFOREGROUND", "-f", self.conf_file], stdout=out, stderr=out,
                stdin=subprocess.DEVNULL, env=self._environment(), start_new_session=True,
                preexec_fn=_end_with_parent)
        if self._ready():
            return True
        self.process = None
        if "could not bind" in self.output():
            return False
        raise AssertionError("server did not start:\n%s\n%s" % (self.output(), self.log_tail(0)))

    def _ready(self):
        """Wait for the pid file and an accepted connection, or the end of the process."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            if os.path.exists(self.path("httpd.pid")) and self._accepts():
                return True
            select.select([], [], [], 0.01)
        self._kill()
        raise AssertionError("server not ready:\n%s\n%s" % (self.output(), self.log_tail(0)))

    def _accepts(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def _kill(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def _connections(self):
        """Connections that the server has not closed: ESTABLISHED or CLOSE_WAIT, as in proc(5)."""
        ports = {"%04X" % port for port in (self.port, self.port2, self.plain)}
        with open("/proc/net/tcp", encoding="ascii") as f:
            rows = [line.split() for line in f][1:]
        return [r for r in rows if r[1].rsplit(":", 1)[1] in ports and r[3] in ("01", "08")]

    def settle(self):
        """Let the last connections end.

        When they stop, the threaded MPMs close the sockets of busy threads from another thread
        (close_worker_sockets in server/mpm/event/event.c); where a thread is freeing its
        connection just then, the child crashes.  That is httpd's, and not what is tested here.
        """
        seen = []

        def is_quiet():
            seen.append(len(self._connections()))
            return len(seen) >= QUIET_LOOKS and not any(seen[-QUIET_LOOKS:])

        self.wait_for(is_quiet, 10)

    def stop(self):
        """End the server, then judge its logs."""
        if self.process is not None:
            LIVE.remove(self)
            self.settle()
            # Valgrind looks for leaks at exit, which takes a child longer than httpd's patience
            # with SIGTERM; a graceful stop has no limit.
            self.process.send_signal(signal.SIGWINCH if WRAPPER else signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._kill()
                raise AssertionError("server did not stop:\n" + self.log_tail(0)) from None
            finally:
                self.process = None
                LEFT.append((self.name, self.log_tail()))
        bad = [line for line in (self.log() + self.output()).splitlines() if FORBIDDEN.search(line)]
        bad += _our_leaks(self.output())
        assert not bad, "the server's log must not say:\n" + "\n".join(bad)
        faults = self._memory_faults()
        assert not faults, "valgrind complains:\n" + "\n".join(faults)
        self._folder.cleanup()

    def _memory_faults(self):
        """What valgrind wrote about each process of the server, where it found errors."""
        if "valgrind" not in " ".join(WRAPPER):
            return []
        reports = [self._read(name) for name in glob.glob(self.path("logs", "valgrind.*"))]
        assert len(reports) >= 2, "reports of the server and its children: %d" % len(reports)
        return [report or "an empty report" for report in reports
                if not re.search(r"ERROR SUMMARY: 0 errors", report)]

    def __enter__(self):
        return self.start()

    def __exit__(self, *_exc):
        self.stop()

    # logs

    @staticmethod
    def _read(path):
        try:
            with open(path, encoding="utf-8", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def log(self):
        return self._read(self.error_log)

    def access(self, case):
        """Access log lines of a case; the server writes them when the request is done."""
        lines = self.wait_for(lambda: [x for x in self._read(self.access_log).split("\n")[:-1]
                                       if x.startswith(case + " ")])
        return lines or []

    def output(self):
        return self._read(self.path("logs", "output"))

    def mark(self):
        """Remember where the log is; log_tail() begins there."""
        self._mark = len(self.log())
        return self._mark

    def log_tail(self, start=None):
        return self.log()[self._mark if start is None else start:]

    @staticmethod
    def wait_for(condition, seconds=30):
        """Poll until the condition holds; its value, or what it was at the end."""
        deadline = time.monotonic() + seconds
        while True:
            value = condition()
            if value or time.monotonic() > deadline:
                return value
            select.select([], [], [], 0.01)
