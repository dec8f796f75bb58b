# SPDX-License-Identifier: Apache-2.0
"""An httpd for the bench: with mod_ssl alone or with mod_mtls, on event or under callgrind."""

import ctypes
import os
import pathlib
import re
import socket
import subprocess
import time

CONTROL_SECONDS = 30
# httpd never serves as root; to begin as another user keeps callgrind in reach of its control.
NOBODY = 65534
RUN_AS = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
LIBC = ctypes.CDLL(None, use_errno=True)

COMMON = """\
ServerRoot {directory}
ServerName localhost
DefaultRuntimeDir {directory}
PidFile {name}.pid
ErrorLog {name}.log
LogLevel warn
LoadModule mpm_{mpm}_module {modules}/mod_mpm_{mpm}.so
{usual}
StartServers {children}
ServerLimit {children}
MaxRequestWorkers {workers}
Timeout 600
KeepAliveTimeout 600
RequestReadTimeout handshake=0 header=0 body=0
TypesConfig /dev/null
CustomLog {name}-access.log "%h %l %u %t \\"%r\\" %>s %O"
MaxKeepAliveRequests 0
DocumentRoot {directory}/htdocs
<Directory />
    AllowOverride None
    Require all granted
</Directory>
SSLProtocol -all +TLSv1.2 +TLSv1.3
SSLCertificateFile {pki.server}
"""

# What a usual installation loads: a request that does nothing else would flatter nobody.
USUAL_MODULES = ("access_compat", "alias", "auth_basic", "authn_core", "authn_file", "authz_core",
                 "authz_host", "authz_user", "deflate", "dir", "env", "filter", "headers", "mime",
                 "negotiation", "reqtimeout", "setenvif", "socache_shmcb", "ssl", "status")

EVENT = """\
ThreadsPerChild 8
ThreadLimit 8
"""

# What a session is kept in: the server's shared cache, or httpd's defaults.
SESSIONS = {
    "cache": "SSLSessionCache shmcb:{directory}/{name}-sessions(1024000)\nSSLSessionTickets off\n",
    "tickets": "",
}

HOST = """\
Listen 127.0.0.1:{port}
<VirtualHost 127.0.0.1:{port}>
    SSLEngine on
    # A section without a policy: what sections cost as such is not protection's.
    <Location /plain>
        Options None
    </Location>
{inside}</VirtualHost>
"""

SSL_ALONE = {
    "global": "",
    "open": """\
    SSLCACertificateFile {pki.ca}
    SSLVerifyDepth 5
    <Location /staff>
        SSLVerifyClient require
    </Location>
    <Location /env>
        SSLVerifyClient require
        SSLOptions +StdEnvVars
    </Location>
""",
    "require": """\
    SSLCACertificateFile {pki.ca}
    SSLVerifyDepth 5
    SSLVerifyClient require
    <Location /env>
        SSLOptions +StdEnvVars
    </Location>
""",
}

MTLS = {
    "global": """\
LoadModule mtls_module {module}
<MTLSTrust staff>
    MTLSCACertificateFile {pki.ca}
</MTLSTrust>
""",
    "open": """\
    MTLSExport off
    <Location /staff>
        MTLSVerifyClient require
        MTLSAccept staff
    </Location>
    <Location /env>
        MTLSVerifyClient require
        MTLSAccept staff
        MTLSExport standard
    </Location>
""",
    "require": """\
    MTLSExport off
    MTLSVerifyClient require
    MTLSAccept staff
    <Location /env>
        MTLSExport standard
    </Location>
""",
}

SIDES = {"mod_ssl": SSL_ALONE, "mod_mtls": MTLS}
PAGES = ("none/page", "plain/page", "staff/page", "env/page")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def make_site(directory, pages=PAGES):
    """Pages to serve, and a directory that the server's user may write to."""
    if RUN_AS:
        os.chown(directory, NOBODY, NOBODY)
    for page in pages:
        path = pathlib.Path(directory, "htdocs", page)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("ok\n")


def process_nanoseconds(pid):
    """User and system time of a process and all its threads, the ended ones too."""
    clock = ctypes.c_int()
    error = LIBC.clock_getcpuclockid(ctypes.c_int(pid), ctypes.byref(clock))
    if error:
        raise OSError(error, os.strerror(error))
    return time.clock_gettime_ns(clock.value)


def children(pid):
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(after_name[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def accepts(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """One httpd with two hosts: "open" steps up below /staff, "require" asks every client."""

    mpm = "event"
    children = 1
    workers = 8
    processes = 2
    more_configuration = EVENT
    modules = USUAL_MODULES
    sides = SIDES
    hosts = ("open", "require")
    start_seconds = 60

    def __init__(self, options, pki, directory, side, sessions):
        self.options = options
        self.directory = pathlib.Path(directory)
        self.name = f"{side}-{sessions}-{self.mpm}"
        self.ports = {host: free_port() for host in self.hosts}
        self.configuration = self.directory / f"{self.name}.conf"
        self.write_configuration(pki, self.sides[side], SESSIONS[sessions])
        self.process = None
        self.pids = []

    def write_configuration(self, pki, side, sessions):
        values = {"directory": self.directory, "name": self.name, "mpm": self.mpm,
                  "children": self.children, "workers": self.workers, "pki": pki,
                  "modules": self.options.httpd_modules,
                  "module": self.options.module, "usual": "\n".join(
                      f"LoadModule {name}_module {self.options.httpd_modules}/mod_{name}.so"
                      for name in self.modules)}
        hosts = "".join(HOST.format(port=port, inside=side[host].format(**values))
                        for host, port in self.ports.items())
        text = COMMON + self.more_configuration + sessions + side["global"]
        self.configuration.write_text(text.format(**values) + hosts)

    def command(self):
        return [self.options.httpd, "-f", str(self.configuration), "-D", "FOREGROUND"]

    def __enter__(self):
        self.process = subprocess.Popen(self.command(), stderr=subprocess.PIPE, text=True,
                                        **RUN_AS)
        deadline = time.monotonic() + self.start_seconds
        while not self.serves():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} does not start: {self.complaints()}")
            time.sleep(0.05)
        return self

    def serves(self):
        """Listening begins before the child is there that will do the work."""
        self.pids = [self.process.pid, *children(self.process.pid)]
        return len(self.pids) == self.processes and all(map(accepts, self.ports.values()))

    def complaints(self):
        self.process.terminate()
        log = self.directory / f"{self.name}.log"
        return self.process.communicate()[1] + (log.read_text() if log.exists() else "")

    def cpu_nanoseconds(self):
        """The configuration keeps one child for good; if it died, its clock is an error."""
        return sum(process_nanoseconds(pid) for pid in self.pids)

    def __exit__(self, *unused):
        if self.process.returncode is None:  # complaints() have ended it already
            self.process.terminate()
            self.process.communicate()


class CallgrindServer(Server):
    """The same server as a single process that counts its instructions."""

    mpm = "prefork"
    workers = 1
    processes = 1
    more_configuration = ""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.dumps = 0

    def command(self):
        return ["valgrind", "-q", "--tool=callgrind",
                f"--callgrind-out-file={self.directory / self.name}.out",
                self.options.httpd, "-f", str(self.configuration), "-X"]

    def control(self, action):
        subprocess.run(["callgrind_control", action, str(self.process.pid)], check=True,
                       timeout=CONTROL_SECONDS, capture_output=True, **RUN_AS)

    def zero(self):
        self.control("--zero")

    def dump(self):
        """@return (instructions since zero(), the dump's path)."""
        self.control("--dump")
        self.dumps += 1
        path = pathlib.Path(f"{self.directory / self.name}.out.{self.dumps}")
        total = re.search(r"^totals: (\d+)", path.read_text(), re.MULTILINE)
        return int(total[1]), path


class LateCallgrindServer(CallgrindServer):
    """Counting begins with the first zero(), so that the server starts at a bearable speed."""

    counting = False

    def command(self):
        first, *rest = super().command()
        return [first, "--instr-atstart=no", *rest]

    def zero(self):
        if not self.counting:
            self.control("--instr=on")
            self.counting = True
        super().zero()
