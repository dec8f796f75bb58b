# SPDX-License-Identifier: Apache-2.0
"""What every browser's tab can do, and what a test may ask of it."""
import json

CANCEL = "cancel"   # the answer to a certificate dialog: none of them


class Failed(AssertionError):
    """The browser showed an error page of its own."""


class Surprise(AssertionError):
    """The browser asked for a certificate when it should not have, or did not ask when it should."""


class Tab:
    """One tab; a browser adds evaluate(), begin(), outcome() and answer().

    Every action that leads to another page takes `choose`: what the user answers to the certificate
    dialogs that come up on the way, in order, each a certificate's label or CANCEL.  A dialog more or
    less than that is a failure of the test.
    """

    def evaluate(self, script):
        """The value (of the promise) of a JavaScript expression in the page."""
        raise NotImplementedError

    def begin(self, action, *arguments):
        """Start what may lead to another page."""
        raise NotImplementedError

    def outcome(self):
        """Wait: "dialog", "page", or an error's text."""
        raise NotImplementedError

    def answer(self, choice):
        """Answer the certificate dialog."""
        raise NotImplementedError

    def is_asked(self):
        """Whether a certificate dialog is open."""
        raise NotImplementedError

    def expect_dialog(self, choice):
        """Wait for a certificate dialog that no new page is the cause of, and answer it."""
        raise NotImplementedError

    def _walk(self, choose, action, *arguments):
        self.begin(action, *arguments)
        return self.finish(choose)

    def finish(self, choose=()):
        """Go on to the page that what was begun leads to."""
        choose = [choose] if isinstance(choose, str) else list(choose)
        while True:
            outcome = self.outcome()
            if outcome != "dialog":
                break
            if not choose:
                self.answer(CANCEL)
                self.outcome()
                raise Surprise("asked for a certificate, at last at %s" % self.url())
            self.answer(choose.pop(0))
        if outcome != "page":
            raise Failed(outcome)
        if choose:
            raise Surprise("never asked for a certificate, now at %s: %s" % (self.url(), self.text()))
        return self

    def open(self, url, choose=()):
        """Type an address."""
        return self._walk(choose, "open", url)

    def reload(self, choose=()):
        """Press reload."""
        return self._walk(choose, "reload")

    def back(self, choose=()):
        """Press back, to a page of another address."""
        before = self.url()
        self._walk(choose, "back")
        assert self.url() != before, "still at %s" % before
        return self

    def run(self, script, choose=()):
        """Run a script that leads to another page, as a user's click would."""
        return self._walk(choose, "run", script)

    def click(self, selector, choose=()):
        """Click what a CSS selector finds."""
        assert self.evaluate("!!document.querySelector(%s)" % json.dumps(selector)), \
            "nothing is %s in: %s" % (selector, self.html())
        return self._walk(choose, "run", "document.querySelector(%s).click()" % json.dumps(selector))

    def url(self):
        return self.evaluate("location.href")

    def text(self):
        return self.evaluate("document.body ? document.body.innerText : ''")

    def html(self):
        return self.evaluate("document.documentElement.outerHTML")

    def json(self):
        return json.loads(self.text())

    def status(self):
        """HTTP status of the page."""
        return self.evaluate("performance.getEntriesByType('navigation')[0].responseStatus")

    def protocol(self):
        """Of the page: "h2" or "http/1.1"."""
        return self.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol")
