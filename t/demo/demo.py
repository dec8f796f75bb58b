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
import hashlib
import html
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import pki  # noqa: E402

HERE = Path(__file__).resolve().parent
ANSWER_SECONDS = 30
START_SECONDS = 20


class Server:
    """One httpd in the foreground, with a configuration, logs and content in a directory."""

    def __init__(self, build, directory):
        makefile = (build / "Makefile").read_text()
        self.httpd = re.search(r"^HTTPD = (.+)$", makefile, re.M).group(1)
        self.modules = re.search(r"^HTTPD_MODULES = (.+)$", makefile, re.M).group(1)
        self.module = build / ".libs" / "mod_mtls.so"
        self.directory = directory
        self.port = None
        self.process = None

    def write_configuration(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
        text = (HERE / "httpd.conf.in").read_text()
        for name, value in {"DIRECTORY": self.directory, "MODULES": self.modules,
                            "MODULE": self.module, "PORT": self.port, "USER": user}.items():
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
                    socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
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


def readable(answer):
    """The status line and the essential text of an answer, as lines."""
    head, _, body = answer.partition("\r\n\r\n")
    while head.startswith("HTTP/1.1 100") or " 200 Connection established" in head:
        head, _, body = body.partition("\r\n\r\n")
    lines = head.split("\r\n")
    if any(re.match(r"content-type: text/html", line, re.I) for line in lines):
        body = re.sub(r"<(style|head)\b.*?</\1>", "", body, flags=re.S | re.I)
        body = html.unescape(re.sub(r"<[^>]+>", "", body))
    text = [line.strip() for line in body.splitlines() if line.strip()]
    return lines[:1] + text


class Case:
    """A command, what must be in its answer, and why.  Arguments may hold {url}."""

    def __init__(self, title, arguments, status, texts, why):
        self.title, self.arguments = title, arguments
        self.status, self.texts, self.why = status, texts, why

    def run(self, demo):
        command = ["curl", "-si", "--cacert", "server.crt"] + [
            argument.format(url=demo.url) for argument in self.arguments]
        demo.tell(self.title, shlex.join(command))
        result = subprocess.run(command, cwd=demo.directory, env=demo.environment,
                                capture_output=True, timeout=ANSWER_SECONDS)
        answer = readable(result.stdout.decode(errors="replace"))
        demo.show(answer or [f"no answer, curl says: exit status {result.returncode}"])
        wrong = [] if re.match(rf"HTTP/[\d.]+ {self.status}\b", answer[0] if answer else "") \
            else [f"status {self.status}"]
        wrong += [text for text in self.texts if text not in "\n".join(answer)]
        demo.conclude(self.why, wrong)


class TwoIdentities:
    """Alice and bob on one TLS 1.3 connection; openssl picks by the CA names it is sent."""

    title = "Two identities on one connection"
    paths = ["/staff/", "/partner/", "/staff/"]
    expected = ["CN=alice", "CN=bob", "CN=alice"]
    why = ("each place found its own certificate among the connection's proofs; the third request "
           "was not asked again")

    def command(self, demo):
        return ["openssl", "s_client", "-quiet", "-connect", f"localhost:{demo.server.port}",
                "-servername", "localhost", "-CAfile", "server.crt", "-tls1_3", "-enable_pha",
                "-strict", "-xcert", "alice.pem", "-xkey", "alice.pem",
                "-xcert", "bob.pem", "-xkey", "bob.pem"]

    @staticmethod
    def request(demo, path):
        return f"GET {path} HTTP/1.1\r\nHost: localhost:{demo.server.port}\r\n\r\n"

    @staticmethod
    def read_answer(stream):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            octet = stream.read(1)
            if not octet:
                return head.decode(errors="replace")
            head += octet
        length = re.search(rb"^content-length: (\d+)", head, re.I | re.M)
        body = stream.read(int(length.group(1))) if length else b""
        return (head + body).decode(errors="replace")

    def run(self, demo):
        command = self.command(demo)
        requests = "; sleep 1; ".join(
            "printf " + shlex.quote(self.request(demo, path).encode("unicode_escape").decode())
            for path in self.paths)
        demo.tell(self.title, f"({requests}; sleep 1) |\n    {shlex.join(command)} 2>/dev/null")
        client = subprocess.Popen(command, cwd=demo.directory, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
        deadline = threading.Timer(ANSWER_SECONDS, client.kill)
        deadline.start()
        wrong = []
        try:
            for path, name in zip(self.paths, self.expected):
                try:
                    client.stdin.write(self.request(demo, path).encode())
                except BrokenPipeError:
                    wrong.append(f"an answer for {path}")
                    break
                answer = readable(self.read_answer(client.stdout))
                demo.show([f"{path}  {answer[0]}"] + answer[1:2])
                if " 200" not in answer[0] or name not in "\n".join(answer[1:2]):
                    wrong.append(f"{name} at {path}")
        finally:
            deadline.cancel()
            client.kill()
            client.wait()
            client.stdin.close()
            client.stdout.close()
        demo.conclude(self.why, wrong)


PROBLEM = ["-H", "Accept: application/problem+json"]


def refused(title, options, certificate, reason, why):
    certificates = ["--cert", certificate] if certificate else []
    return Case(title, options + PROBLEM + certificates + ["{url}/staff/"], 403,
                [f'"{reason}"'], why)


def cases(body_digest):
    v12 = ["--http1.1", "--tls-max", "1.2"]
    v13 = ["--http1.1", "--tlsv1.3"]
    return [
        Case("The public page, without a certificate", ["{url}/"], 200, ["open to everybody"],
             "nobody is asked where nothing is protected"),
        Case("/staff with alice's certificate, TLS 1.3", v13 + ["--cert", "alice.pem", "{url}/staff/"],
             200, ["CN=alice", "MTLS_PROOF=post-handshake"],
             "asked by post-handshake authentication, judged by the profile staff, served"),
        Case("/staff with alice's certificate, TLS 1.2", v12 + ["--cert", "alice.pem", "{url}/staff/"],
             200, ["CN=alice", "MTLS_PROOF=renegotiation"], "asked by renegotiation, the same otherwise"),
        Case("/staff with alice's certificate, curl's default of HTTP/2",
             ["--cert", "alice.pem", "{url}/staff/"], 200, ["CN=alice"],
             "HTTP/2 has no way to ask, so the server sent curl to HTTP/1.1, and curl went"),
        Case("/staff without a certificate, TLS 1.2, as a person sees it", v12 + ["{url}/staff/"], 403,
             ["certificate", "CN=Demo staff CA"],
             "the answer is a page and not a TLS alert; it names the issuers accepted here"),
        refused("/staff without a certificate, TLS 1.3, as a program sees it", v13, None,
                "step-up-unavailable", "curl without a certificate does not offer to be asked later"),
        refused("/staff with an expired certificate", v13, "expired.pem", "expired",
                "right issuer, but its time is over"),
        refused("/staff with a certificate of a foreign CA, TLS 1.3", v13, "foreign.pem",
                "untrusted-issuer", "its issuer is not in the profile staff"),
        refused("/staff with a certificate of a foreign CA, TLS 1.2", v12, "foreign.pem",
                "untrusted-issuer", "judged alike whatever the protocol"),
        refused("/staff with a self-signed certificate that also says alice", v13, "selfsigned.pem",
                "self-signed", "anybody can write a name into a certificate"),
        refused("/staff with a certificate for servers", v13, "purpose.pem", "wrong-purpose",
                "right issuer, but its extended key usage is not clientAuth"),
        refused("/staff with bob's certificate, which is good for /partner", v13, "bob.pem",
                "untrusted-issuer", "each place has its own trust"),
        Case("A POST of 1 MB that has to step up", v13 + [
            "--cert", "alice.pem", "--data-binary", "@body.bin", "{url}/staff/"], 200,
             ["CN=alice", f"SHA-256 {body_digest}"],
             f"kept while the client was asked; the same octets arrived (sha256sum body.bin: "
             f"{body_digest[:16]}...)"),
        TwoIdentities(),
    ]


class Demo:
    """The run: numbering, printing, and what went wrong."""

    def __init__(self, server, directory):
        self.server, self.directory = server, directory
        self.url = f"https://localhost:{server.port}"
        self.environment = dict(os.environ, no_proxy="*", NO_PROXY="*")
        self.number, self.failures = 0, 0

    def tell(self, title, command):
        self.number += 1
        print(f"\n{self.number}. {title}\n  $ {command}", flush=True)

    @staticmethod
    def show(lines, limit=24):
        for line in lines[:limit]:
            print(f"    {line[:200]}")

    def conclude(self, why, wrong):
        if wrong:
            self.failures += 1
            print(f"  NOT AS EXPECTED, missing: {', '.join(wrong)}", flush=True)
        else:
            print(f"  => {why}", flush=True)

    def run(self):
        digest = hashlib.sha256((self.directory / "body.bin").read_bytes()).hexdigest()
        for case in cases(digest):
            try:
                case.run(self)
            except subprocess.TimeoutExpired:
                self.conclude("", [f"an answer within {ANSWER_SECONDS} s"])
        if self.server.process.poll() is not None:
            self.conclude("", ["a server that still runs"])
        print(f"\n{self.number - self.failures} of {self.number} cases as expected.")


def make_content(directory):
    """What the server serves."""
    for name in ("htdocs", "cgi"):
        (directory / name).mkdir()
    (directory / "htdocs" / "index.html").write_text(
        "<!DOCTYPE html>\n<title>mod_mtls demo</title>\n"
        "<p>This page is open to everybody. <a href=\"/staff/\">/staff/</a> is not.</p>\n")
    script = directory / "cgi" / "show"
    shutil.copyfile(HERE / "show.cgi", script)
    script.chmod(0o755)
    (directory / "body.bin").write_bytes(os.urandom(1024 * 1024))


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
Certificates, configuration and logs are in {demo.directory}
    cd {demo.directory}
    curl -i --cacert server.crt --cert alice.pem {demo.url}/staff/
    curl -i --cacert server.crt --cert expired.pem {demo.url}/staff/
    grep MTLS error.log""", flush=True)
    try:
        demo.server.process.wait()
        print("The server ended by itself:", demo.server.error_log()[-4000:], file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1 if demo.failures else 0


def interrupt(*_):
    """SIGTERM ends like Ctrl-C: through the clean-up."""
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser(description="mod_mtls at work")
    parser.add_argument("--build", required=True, type=Path, help="build directory")
    parser.add_argument("--once", action="store_true", help="stop after the cases")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, interrupt)
    directory = Path(tempfile.mkdtemp(prefix="mtls-demo."))
    directory.chmod(0o755)
    server = Server(options.build.resolve(), directory)
    try:
        print(f"Certificates, configuration and logs are in {directory}: cd {directory}")
        pki.write(directory)
        make_content(directory)
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
