# SPDX-License-Identifier: Apache-2.0
"""Steps of the demo: a command that can be copied, its answer as a person would read it, and what
must be in it."""
import html
import json
import re
import shlex
import subprocess

ANSWER_SECONDS = 30


def essential(content_type, body):
    """What a person would read of a body, as lines."""
    if content_type == "text/html":
        body = re.sub(r"<(style|head)\b.*?</\1>", "", body, flags=re.S | re.I)
        body = re.sub(r"</(dt|th)>", ": ", body, flags=re.I)
        body = html.unescape(re.sub(r"<[^>]+>", "", body))
    elif content_type == "application/problem+json":
        return [f"{name}: {value}" for name, value in json.loads(body).items()]
    else:
        return [line.rstrip() for line in body.splitlines() if line.strip()]
    return [line.strip() for line in body.splitlines() if line.strip()]


def readable(answer):
    """The status line and the essential text of an answer, as lines."""
    head, _, body = answer.partition("\r\n\r\n")
    while re.match(r"HTTP/[\d.]+ 1\d\d\b", head):
        head, _, body = body.partition("\r\n\r\n")
    content_type = re.search(r"^content-type: *([^;\s]+)", head, re.I | re.M)
    return [head.split("\r\n")[0].strip()] + essential(
        content_type.group(1) if content_type else "", body)


class Case:
    """Commands of curl, what must be in each answer, and why.  Arguments may hold {url}."""

    def __init__(self, title, commands, status, texts, why, lines=24):
        self.title, self.commands = title, commands
        self.status, self.texts, self.why, self.lines = status, texts, why, lines

    def run(self, demo):
        demo.tell(self.title)
        wrong = []
        for arguments in self.commands:
            command = self.command(demo, arguments)
            demo.tell_command(shlex.join(command))
            answer = self.ask(demo, command)
            first = arguments is self.commands[0]
            demo.show(answer if first else self.in_short(answer), self.lines)
            wrong += self.missing(answer)
        demo.conclude(self.why, wrong)

    @staticmethod
    def command(demo, arguments):
        return ["curl", "-si", "--cacert", "server-ca.crt"] + [
            argument.format(url=demo.url) for argument in arguments]

    @staticmethod
    def ask(demo, command):
        result = subprocess.run(command, cwd=demo.directory, env=demo.environment,
                                capture_output=True, timeout=ANSWER_SECONDS)
        answer = readable(result.stdout.decode(errors="replace"))
        return answer if answer[0] else [f"no answer, exit status of curl is {result.returncode}"]

    def missing(self, answer):
        wrong = [text for text in self.texts if text not in "\n".join(answer)]
        if not re.match(rf"HTTP/[\d.]+ {self.status}\b", answer[0]):
            wrong.insert(0, f"status {self.status}")
        return wrong

    @staticmethod
    def in_short(answer):
        return answer[:1] + [line for line in answer if line.startswith("reason:")]


class Tool:
    """A command line for the shell, its exit status, what it must print, and why."""

    def __init__(self, title, command, status, texts, why, lines=40):
        self.title, self.command, self.status = title, command, status
        self.texts, self.why, self.lines = texts, why, lines

    def run(self, demo):
        demo.tell(self.title)
        demo.tell_command(self.command)
        result = subprocess.run(self.command, shell=True, cwd=demo.directory,
                                env=demo.environment, capture_output=True, timeout=ANSWER_SECONDS)
        output = (result.stdout + result.stderr).decode(errors="replace")
        demo.show(output.splitlines(), self.lines)
        wrong = [text for text in self.texts if text not in output]
        if result.returncode != self.status:
            wrong.insert(0, f"exit status {self.status}, it was {result.returncode}")
        demo.conclude(self.why, wrong)
