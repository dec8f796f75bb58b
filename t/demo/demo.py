#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mod_mtls at work: a server with certificates of its own, and what clients get from it.

    demo.py --build DIRECTORY [--once]

Makes a throw-away PKI in a temporary directory, starts httpd with the module just built on a free
port of localhost, and goes through the cases one by one: the command (to be copied), the answer,
and a line that says why.  Each answer is checked; if one does not come out, the demo says so and
fails.  Then the server stays up until Ctrl-C, unless --once is given.
"""
import argparse
import contextlib
import hashlib
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import pki  # noqa: E402
import walk  # noqa: E402
from steps import ANSWER_SECONDS, Case, Tool, readable  # noqa: E402

HERE = Path(__file__).resolve().parent
CONNECTION_SECONDS = 60
START_SECONDS = 20
RELOAD_SECONDS = 20


def free_ports(count):
    """Taken at the same time, so that they differ."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


class Server:
    """One httpd in the foreground, with a configuration, logs and content in a directory."""

    def __init__(self, build, directory):
        makefile = (build / "Makefile").read_text()
        self.httpd = re.search(r"^HTTPD = (.+)$", makefile, re.M).group(1)
        self.modules = re.search(r"^HTTPD_MODULES = (.+)$", makefile, re.M).group(1)
        self.module = build / ".libs" / "mod_mtls.so"
        self.tool = build / "mtlsctl"
        self.directory = directory
        self.ports = None  # of the pages, and of the endpoint that asks browsers
        self.process = None

    def write_configuration(self):
        self.ports = free_ports(2)
        user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
        text = (HERE / "httpd.conf.in").read_text()
        for name, value in {"DIRECTORY": self.directory, "MODULES": self.modules,
                            "MODULE": self.module, "PORT": self.ports[0],
                            "PORT2": self.ports[1], "USER": user}.items():
            text = text.replace(f"@{name}@", str(value))
        (self.directory / "httpd.conf").write_text(text)

    def command(self, *arguments):
        return [self.httpd, "-d", str(self.directory), "-f", "httpd.conf", *arguments]

    def start(self):
        self.process = subprocess.Popen(self.command("-DFOREGROUND"), start_new_session=True)
        answers = threading.Event()
        deadline = threading.Timer(START_SECONDS, answers.set)
        deadline.start()
        try:
            while not answers.is_set() and self.process.poll() is None:
                try:
                    socket.create_connection(("127.0.0.1", self.ports[1]), timeout=1).close()
                    return True
                except OSError:
                    answers.wait(0.05)
        finally:
            deadline.cancel()
        self.stop()
        return False

    def stop(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def error_log(self):
        log = self.directory / "error.log"
        return log.read_text(errors="replace") if log.exists() else ""


class NewRule(Case):
    """A rule is added to the map; then the same request again, until it is answered otherwise."""

    rule = "priority 5 when email is alice@example.org then user alice groups ops, board"
    edit = f"(cat staff.map; echo '{rule}') > new.map && mv new.map staff.map"

    def __init__(self):
        super().__init__("A rule is added while the server runs: /board opens for alice",
                         [V13 + ["--cert", "alice.pem", "{url}/board/"]], 200,
                         ["REMOTE_USER=alice", "MTLS_GROUPS=ops,board", "MTLS_GENERATION=2"],
                         "no restart: a new generation of the map, from one request to the next")

    def run(self, demo):
        demo.tell(self.title)
        demo.tell_command(self.edit)
        subprocess.run(self.edit, shell=True, check=True, cwd=demo.directory)
        command = self.command(demo, self.commands[0])
        demo.tell_command(shlex.join(command) + "    # at once, and until the answer is new")
        late, pause = time.monotonic() + RELOAD_SECONDS, threading.Event()
        answer = self.ask(demo, command)
        while self.missing(answer) and time.monotonic() < late:
            pause.wait(0.2)
            answer = self.ask(demo, command)
        demo.show([answer[0]] + [line for line in answer if line.startswith(
            ("Hello", "REMOTE_USER", "MTLS_GROUPS", "MTLS_GENERATION", "MTLS_USER_RULE"))])
        demo.conclude(self.why, self.missing(answer))


class Connection:
    """One TLS 1.3 connection of openssl s_client, which goes on from request to request."""

    def __init__(self, demo, people):
        self.demo = demo
        self.command = ["openssl", "s_client", "-quiet", "-connect",
                        f"127.0.0.1:{demo.server.ports[0]}", "-servername", "localhost",
                        "-CAfile", "server-ca.crt", "-tls1_3", "-enable_pha", "-strict"]
        for person in people:
            self.command += ["-xcert", f"{person}.pem", "-xkey", f"{person}.pem"]

    def __enter__(self):
        self.client = subprocess.Popen(self.command, cwd=self.demo.directory,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL)
        self.deadline = threading.Timer(CONNECTION_SECONDS, self.client.kill)
        self.deadline.start()
        return self

    def __exit__(self, *_):
        self.deadline.cancel()
        self.client.kill()
        self.client.wait()
        self.client.stdout.close()

    def printed(self, *requests, between="sleep 1"):
        """As a command line: the requests, what is between them, and the client."""
        printfs = ["printf " + shlex.quote(request.encode("unicode_escape").decode())
                   for request in requests]
        joined = f";\n  {between};\n  ".join(printfs) if "\n" in between else \
            f"; {between}; ".join(printfs)
        return f"({joined}; sleep 1) |\n    {shlex.join(self.command)} 2>/dev/null"

    def request(self, path, *fields):
        lines = [f"GET {path} HTTP/1.1", f"Host: localhost:{self.demo.server.ports[0]}", *fields]
        return "\r\n".join(lines) + "\r\n\r\n"

    def ask(self, path, *fields):
        """The answer as lines; its first is empty when there is none any more."""
        try:
            self.client.stdin.write(self.request(path, *fields).encode())
            self.client.stdin.flush()
        except BrokenPipeError:
            return [""]
        return readable(self.read_answer())

    def read_answer(self):
        stream, head = self.client.stdout, b""
        while not head.endswith(b"\r\n\r\n"):
            octet = stream.read(1)
            if not octet:
                return head.decode(errors="replace")
            head += octet
        length = re.search(rb"^content-length: (\d+)", head, re.I | re.M)
        body = stream.read(int(length.group(1))) if length else self.read_chunks(stream)
        return (head + body).decode(errors="replace")

    @staticmethod
    def read_chunks(stream):
        body = b""
        while True:
            size = int(stream.readline().split(b";")[0].strip() or b"0", 16)
            body += stream.read(size)
            stream.readline()
            if size == 0:
                return body


class TwoIdentities:
    """Alice and bob on one TLS 1.3 connection; openssl picks by the CA names it is sent."""

    title = "Two identities on one connection"
    paths = ["/staff/", "/partner/", "/staff/"]
    expected = ["CN=alice", "CN=bob", "CN=alice"]
    why = ("each place found its own certificate among the connection's proofs; the third request "
           "was not asked again")

    def run(self, demo):
        demo.tell(self.title)
        wrong = []
        with Connection(demo, ["alice", "bob"]) as connection:
            demo.tell_command(connection.printed(*map(connection.request, self.paths)))
            for path, name in zip(self.paths, self.expected):
                answer = connection.ask(path)
                demo.show([f"{path}  {answer[0]}"] + answer[1:2])
                if " 200" not in answer[0] or name not in "\n".join(answer[1:2]):
                    wrong.append(f"{name} at {path}")
        demo.conclude(self.why, wrong)


class Revocation:
    """Frank's certificate is revoked while his connection, and alice's, are open."""

    title = "Frank's certificate is revoked while his connection is open, and alice's is too"
    revoke = ("openssl ca -config ca.conf -batch -revoke frank.crt 2>/dev/null &&\n"
              "    openssl ca -config ca.conf -gencrl -out new.crl 2>/dev/null && "
              "mv new.crl staff.crl")
    loaded = "trust profile staff reloaded"
    wait = f"until grep -q '{loaded}' error.log; do sleep 0.2; done"
    accept = "Accept: application/problem+json"
    why = ("the next request of an open connection is judged by the new list, no restart; "
           "who is not on it goes on")

    def run(self, demo):
        demo.tell(self.title)
        with Connection(demo, ["frank"]) as frank, Connection(demo, ["alice"]) as alice:
            one = frank.request("/staff/", self.accept)
            demo.tell_command(frank.printed(one, one, between=f"{self.revoke};\n  {self.wait}"))
            wrong = self.ask(demo, "frank, before", frank, 200, "CN=frank")
            wrong += self.ask(demo, "alice, before", alice, 200, "CN=alice")
            wrong += self.replace(demo)
            wrong += self.ask(demo, "frank, the same connection", frank, 403, "reason: revoked")
            wrong += self.ask(demo, "alice, the same connection", alice, 200, "CN=alice")
        demo.conclude(self.why, wrong)

    def ask(self, demo, who, connection, status, text):
        answer = connection.ask("/staff/", self.accept)
        told = [line for line in answer[1:] if line.startswith(("Hello", "reason:"))]
        demo.show([f"{who}: {answer[0]}"] + told)
        good = answer[0].startswith(f"HTTP/1.1 {status} ") and text in "\n".join(told)
        return [] if good else [f"{status} with {text} for {who}"]

    def replace(self, demo):
        """The list, and then until the server says that it has it."""
        subprocess.run(self.revoke, shell=True, check=True, cwd=demo.directory)
        late, pause = time.monotonic() + RELOAD_SECONDS, threading.Event()
        while time.monotonic() < late:
            said = [line for line in demo.server.error_log().splitlines() if self.loaded in line]
            if said:
                demo.show(["error.log: " + said[0][said[0].index("MTLS"):]])
                return []
            pause.wait(0.2)
        return [f"'{self.loaded}' in error.log"]


V12 = ["--http1.1", "--tls-max", "1.2"]
V13 = ["--http1.1", "--tlsv1.3"]
PROBLEM = ["-H", "Accept: application/problem+json"]


def served(title, options, texts, why, lines=24):
    return Case(title, [options + ["--cert", "alice.pem", "{url}/staff/"]], 200,
                ["Hello, CN=alice", "MTLS_VERIFY=SUCCESS"] + texts, why, lines)


def refused(title, certificate, reason, why, status=403):
    """As programs see it, on TLS 1.3 and on TLS 1.2."""
    more = PROBLEM + (["--cert", certificate] if certificate else [])
    return Case(title, [V13 + more + ["{url}/staff/"], V12 + more + ["{url}/staff/"]], status,
                [f"reason: {reason}"], why)


def cases(body_digest):
    return [
        Case("The public page, without a certificate", [["{url}/"]], 200, ["open to everybody"],
             "nobody is asked where nothing is protected"),
        Case("/staff without a certificate, as a person sees it", [V13 + ["{url}/staff/"]], 403,
             ["certificate", "CN=Demo staff CA"],
             "the answer is a page and not a TLS alert; it names the issuers accepted here"),
        served("/staff with alice's certificate, TLS 1.3", V13, ["MTLS_PROOF=post-handshake"],
               "asked by post-handshake authentication, judged by the profile staff, served"),
        served("/staff with alice's certificate, TLS 1.2", V12, ["MTLS_PROOF=renegotiation"],
               "asked by renegotiation, the same otherwise", lines=2),
        served("/staff with alice's certificate, over HTTP/2 as curl would have it", [], [],
               "HTTP/2 has no way to ask, so the server sent curl to HTTP/1.1, and curl went",
               lines=2),
        refused("/staff without a certificate, as a program sees it", None, "declined",
                "asked, and sent none; step_up is where a browser could show one", 401),
        refused("/staff with an expired certificate", "expired.pem", "expired",
                "right issuer, but its time is over"),
        refused("/staff with a certificate of a foreign CA", "foreign.pem", "untrusted-issuer",
                "its issuer is not in the profile staff"),
        refused("/staff with a self-signed certificate that also says alice", "selfsigned.pem",
                "self-signed", "anybody can write a name into a certificate"),
        refused("/staff with a certificate for servers", "purpose.pem", "wrong-purpose",
                "right issuer, but its extended key usage is not clientAuth"),
        refused("/staff with bob's certificate, which is good for /partner", "bob.pem",
                "untrusted-issuer", "each place has its own trust"),
        served("A POST of 1 MB that has to step up", V13 + ["--data-binary", "@body.bin"],
               [f"SHA-256 {body_digest}"],
               "kept while the client was asked; sha256sum body.bin says the same: "
               f"{body_digest[:16]}...", lines=3),
        TwoIdentities(),
    ]


def user_cases():
    """From certificate to user: staff.map, groups, a password instead, and why not."""
    alice = V13 + ["--cert", "alice.pem"]
    carol = V13 + ["--cert", "carol.pem"]
    lost = "Carol, this card was reported lost."
    return [
        Tool("The rules that say who is who", "cat staff.map", 0, ["when email is"],
             "/team, /board, /wiki and /explain know their users by this file"),
        Case("/team with alice's certificate", [alice + ["{url}/team/"]], 200,
             ["Hello, alice", "REMOTE_USER=alice", "AUTH_TYPE=mtls", "MTLS_USER=alice",
              "MTLS_GROUPS=ops,staff", "MTLS_ATTR_DESK=4.11"],
             "a user like any other for the application, with groups and what else the rule says"),
        Case("/board with alice's certificate", [alice + PROBLEM + ["{url}/board/"]], 403,
             ["reason: not-in-group"], "known, but not in the group board"),
        Case("/team with carol's certificate, as a person sees it", [carol + ["{url}/team/"]], 403,
             [lost], "denied by a rule; what the rule says to carol stands on the page"),
        Case("/team with dave's certificate", [V13 + ["--cert", "dave.pem"] + PROBLEM
                                               + ["{url}/team/"]], 403,
             ["reason: no-rule"], "a good certificate, but no rule says whose it is"),
        Case("/wiki with a certificate: no password is asked for", [alice + ["{url}/wiki/"]], 200,
             ["Hello, alice", "AUTH_TYPE=mtls", "MTLS_USER=alice"],
             "certificate or password: the certificate is enough", 2),
        Case("/wiki with a password: no certificate is needed",
             [V13 + ["-u", "erin:demo", "{url}/wiki/"]], 200, ["Hello, erin", "AUTH_TYPE=Basic"],
             "asked for a certificate, had none, and the password was right"),
        Case("/wiki with neither", [V13 + ["{url}/wiki/"]], 401, [],
             "a browser would ask for a password now", 1),
        Case("/wiki with carol's certificate and a good password",
             [carol + ["-u", "erin:demo", "{url}/wiki/"]], 403, [lost],
             "denied stays denied, whatever password comes with it", 3),
        Tool("Why is carol refused?  mtlsctl tells, without a server",
             "./mtlsctl explain --cert carol.crt --trust httpd.conf --profile staff "
             "--map staff.map", 1, ["denied-by-rule", "staff.map:11", lost],
             "what the certificate says, what the profile thinks of it, and the rule that decided"),
        Tool("And alice?", "./mtlsctl explain --cert alice.crt --trust httpd.conf --profile staff "
             "--map staff.map --json |\n    python3 -c 'import json, sys; "
             "print(json.load(sys.stdin)[\"principal\"])'", 0,
             ["'user': 'alice'", "'groups': ['ops', 'staff']", "staff.map', 'line': 4"],
             "the same for programs, as JSON"),
        Case("Ask the running server: alice, an administrator, about carol at /team",
             [alice + ["--data-urlencode", "cert@carol.crt", "-d", "url=/team/",
                       "{url}/explain"]], 200, ["denied-by-rule", "staff.map:11"],
             "the live configuration answers, without a request of carol's", 40),
        Tool("A map with mistakes", "./mtlsctl check httpd.conf broken.map", 1,
             ["broken.map:4:6:", "broken.map:5:", "broken.map:6:", "broken.map:7:"],
             "every fault at once, as file:line:column, before a server has to read it"),
        NewRule(),
        Tool("And a broken map", "cp staff.map good.map; cp broken.map staff.map\n"
             "    until grep -q MTLS0042 error.log; do sleep 0.2; done; "
             "grep -o 'MTLS004[12].*' error.log", 0,
             ["staff.map:4:6:", "generation 2 stays in use"],
             "told once, all of it, with line and column"),
        Case("/board with alice's certificate, all the same", [alice + ["{url}/board/"]], 200,
             ["Hello, alice", "MTLS_GENERATION=2"], "the last good rules go on", 2),
        Tool("Mended", "cp good.map staff.map\n    until grep -q 'generation 3' error.log; "
             "do sleep 0.2; done", 0, [], "the server has noticed that too"),
    ]


def revocation_cases():
    """A list of revoked certificates, replaced while the server runs."""
    return [
        Revocation(),
        refused("/staff with frank's certificate on new connections", "frank.pem", "revoked",
                "the list says so wherever the certificate comes from"),
        Tool("And mtlsctl, without a server",
             "./mtlsctl explain --cert frank.crt --trust httpd.conf --profile staff", 1,
             ["revoked"], "it reads the same list"),
    ]


class Demo:
    """The run: numbering, printing, and what went wrong."""

    def __init__(self, server, directory):
        self.server, self.directory = server, directory
        self.url, self.endpoint = (f"https://localhost:{port}" for port in server.ports)
        self.environment = dict(os.environ, no_proxy="*", NO_PROXY="*")
        self.number, self.failures = 0, 0

    def tell(self, title):
        self.number += 1
        print(f"\n{self.number}. {title}", flush=True)

    @staticmethod
    def tell_command(command):
        print(f"  $ {command}", flush=True)

    @staticmethod
    def show(lines, limit=24):
        for line in lines[:limit]:
            print(textwrap.fill(line[:600], 100, initial_indent="    ",
                                subsequent_indent="      "))
        if len(lines) > limit:
            print("    ...")

    def conclude(self, why, wrong):
        if wrong:
            self.failures += 1
            print(f"  NOT AS EXPECTED, missing: {', '.join(wrong)}", flush=True)
        else:
            print(f"  => {why}", flush=True)

    def run(self):
        digest = hashlib.sha256((self.directory / "body.bin").read_bytes()).hexdigest()
        for case in cases(digest) + user_cases() + revocation_cases() + walk.steps(self):
            try:
                case.run(self)
            except subprocess.TimeoutExpired:
                self.conclude("", [f"an answer within {ANSWER_SECONDS} s"])
        if self.server.process.poll() is not None:
            self.conclude("", ["a server that still runs"])
        print(f"\n{self.number - self.failures} of {self.number} cases as expected.")


def make_content(directory, tool):
    """What the server serves, and who may see it."""
    for name in ("htdocs", "cgi"):
        (directory / name).mkdir()
    shutil.copyfile(HERE / "index.html", directory / "htdocs" / "index.html")
    for source, script in (("show.cgi", "cgi/show"), ("next.sh", "next")):
        shutil.copyfile(HERE / source, directory / script)
        (directory / script).chmod(0o755)
    (directory / "body.bin").write_bytes(os.urandom(1024 * 1024))
    for name in ("staff.map", "broken.map", "browser"):
        shutil.copyfile(HERE / name, directory / name)
    (directory / "mtlsctl").symlink_to(tool)
    password = subprocess.run(["openssl", "passwd", "-apr1", "demo"], check=True,
                              capture_output=True, text=True).stdout
    (directory / "wiki.users").write_text(f"erin:{password}")


def make_list(directory):
    """What openssl ca needs to revoke, and its first list, of nobody."""
    shutil.copyfile(HERE / "ca.conf", directory / "ca.conf")
    (directory / "ca.index").touch()
    (directory / "ca.crlnumber").write_text("01\n")
    subprocess.run(["openssl", "ca", "-config", "ca.conf", "-gencrl", "-out", "staff.crl"],
                   check=True, cwd=directory, capture_output=True)


def start(server):
    """Start on a free port; another one when somebody was faster."""
    for _ in range(3):
        server.write_configuration()
        checked = subprocess.run(server.command("-t"), capture_output=True, text=True)
        if checked.returncode != 0:
            print(checked.stderr, file=sys.stderr)
            return False
        if server.start():
            return True
    print(server.error_log()[-4000:], file=sys.stderr)
    return False


def keep_serving(demo):
    print(f"""
The server goes on serving until Ctrl-C:
    {demo.url}/          open
    {demo.url}/staff/    certificates of the staff CA
    {demo.url}/partner/  certificates of the partner CA
    {demo.url}/team/     users of staff.map
    {demo.url}/board/    users in the group board
    {demo.url}/wiki/     users of staff.map, or password (erin, demo)
    {demo.url}/explain   POST, for users in the group ops
Certificates, configuration and logs are in {demo.directory}
    cd {demo.directory}
    curl -i --cacert server-ca.crt --cert alice.pem {demo.url}/staff/
    curl -i --cacert server-ca.crt --cert expired.pem {demo.url}/staff/
    curl -i --cacert server-ca.crt --cert carol.pem {demo.url}/team/
    curl -i --cacert server-ca.crt --cert frank.pem {demo.url}/staff/
    openssl ca -config ca.conf -revoke dave.crt
    openssl ca -config ca.conf -gencrl -out new.crl && mv new.crl staff.crl
    ./mtlsctl explain --cert dave.crt --trust httpd.conf --map staff.map
    grep MTLS error.log
{walk.invitation(demo)}""", flush=True)
    try:
        demo.server.process.wait()
        print("The server ended by itself:", demo.server.error_log()[-4000:], file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1 if demo.failures else 0


def interrupt(*_):
    """Ctrl-C and SIGTERM end through the clean-up, in the background too."""
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser(description="mod_mtls at work")
    parser.add_argument("--build", required=True, type=Path, help="build directory")
    parser.add_argument("--once", action="store_true", help="stop after the cases")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    os.umask(0o022)  # the server reads maps as another user
    directory = Path(tempfile.mkdtemp(prefix="mtls-demo."))
    directory.chmod(0o755)
    server = Server(options.build.resolve(), directory)
    try:
        print(f"Certificates, configuration and logs are in {directory}: cd {directory}")
        pki.write(directory)
        make_list(directory)
        make_content(directory, server.tool)
        if not start(server):
            print("The server did not start.", file=sys.stderr)
            return 1
        demo = Demo(server, directory)
        demo.run()
        if options.once:
            return 1 if demo.failures else 0
        return keep_serving(demo)
    except KeyboardInterrupt:
        return 130
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
