# SPDX-License-Identifier: Apache-2.0
"""Chromium's debugging protocol, over whatever carries its messages: commands that are answered, and
events that are kept until somebody looks."""
import json
import select
import time

SECONDS = 120  # what never comes about makes tests slow, and a busy machine no failures


class CdpError(Exception):
    """The browser refused a command, or said nothing in time."""


class Cdp:
    """One conversation; carrier is a Pipe or a WebSocket."""

    def __init__(self, carrier):
        self.carrier = carrier
        self.events = []
        self._answers = {}
        self._number = 0

    def fileno(self):
        return self.carrier.fileno()

    def take(self):
        """Sort what has arrived; call when the carrier is readable."""
        self.carrier.fill()
        while True:
            whole = self.carrier.message()
            if whole is None:
                return
            message = json.loads(whole)
            if "id" in message:
                self._answers[message["id"]] = message
            else:
                self.events.append(message)

    def send(self, method, session=None, **params):
        """Send a command; its number."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        self.carrier.send(json.dumps(message))
        return self._number

    def call(self, method, session=None, **params):
        """Send a command, and wait for its result."""
        number = self.send(method, session, **params)
        deadline = time.monotonic() + SECONDS
        while number not in self._answers:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self], [], [], left)[0]:
                raise CdpError("%s: no answer" % method)
            self.take()
        answer = self._answers.pop(number)
        if "error" in answer:
            raise CdpError("%s: %s" % (method, answer["error"].get("message")))
        return answer["result"]
