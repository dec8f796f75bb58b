# SPDX-License-Identifier: Apache-2.0
"""Headless Chromium, over its debugging protocol.  The certificate dialog is not part of any page: it
is seen and clicked through the second protocol Chromium has, for its own user interface."""
import base64
import select
import time

from . import stores
from .cdp import SECONDS, Cdp, CdpError
from .pipe import Pipe
from .process import Process, program
from .tab import CANCEL, Tab
from .websocket import WebSocket

# Chromium takes no click on a dialog in the first half second, nor one so soon after another
# (views::InputEventActivationProtector).
DIALOG_DEAF_SECONDS = 0.55
ROW_HEIGHT = 28

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--disable-extensions", "--disable-crash-reporter", "--no-pings",
    "--disable-domain-reliability", "--password-store=basic", "--disable-dev-shm-usage",
    "--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication",
    "--host-resolver-rules=MAP *.mtls.test 127.0.0.1, MAP * ~NOTFOUND",
    "--enable-features=ui-debug-tools-enable-synthetic-events", "--enable-ui-devtools=0",
    "--remote-debugging-pipe",
]


class Dialog:
    """The certificate dialog, as it is built up on the screen."""

    def __init__(self, window):
        self.window = window
        self.views = {}

    def grow(self, node):
        attributes = node.get("attributes") or [None, None]
        self.views[node["nodeId"]] = attributes[1]
        for child in node.get("children", []):
            self.grow(child)

    def named(self, name):
        return sorted(number for number, found in self.views.items() if found == name)

    def complete(self):
        return len(self.named("MdTextButton")) == 3 and self.named("TableView")


class Chromium:
    """One process with one store of certificates.

    people  whose certificates the user has; the dialog shows those that end later first
    """
    name = "Chromium"

    def __init__(self, server_ca, people=()):
        self.people = [person.label for person in sorted(
            people, key=lambda person: person.certificate.not_valid_after, reverse=True)]
        self.process = Process("chromium")
        try:
            stores.make(self.process.path(".pki", "nssdb"), server_ca, people)
            self._start()
        except BaseException:
            self.process.stop(0)
            raise

    def _start(self):
        pipe = Pipe()
        # The browser's pipes are its descriptors 3 and 4.
        shell = 'exec 3<&%d 4>&%d && exec "$@"' % (pipe.browser_reads, pipe.browser_writes)
        self.process.start(["/bin/bash", "-c", shell, "bash", program("chromium"), *FLAGS,
                            "--user-data-dir=" + self.process.path("data")],
                           pass_fds=(pipe.browser_reads, pipe.browser_writes))
        pipe.close_theirs()
        self.cdp = Cdp(pipe)
        self.version = self.cdp.call("Browser.getVersion")["product"]
        port = int(self.process.read_file("data", "UIDevToolsActivePort").split()[0])
        self.views = Cdp(WebSocket(port, "/0"))
        self.views.call("DOM.enable")
        self.views.call("DOM.getDocument")
        self.dialog = None
        self.cdp.call("Target.setDiscoverTargets", discover=True)

    def stop(self):
        try:
            self.cdp.call("Browser.close")
        except (CdpError, EOFError, OSError):
            pass
        self.views.carrier.close()
        self.cdp.carrier.close()
        self.process.stop()

    def visit(self):
        """A tab of a user who was never here: no cookies, no connections, no remembered choices."""
        context = self.cdp.call("Target.createBrowserContext")["browserContextId"]
        target = self.cdp.call("Target.createTarget", url="about:blank", browserContextId=context,
                               width=1280, height=900)
        return ChromiumTab(self, context, target["targetId"])

    def _look_at_screen(self):
        """Follow the comings and goings of the dialog."""
        for event in self.views.events:
            if event["method"] == "DOM.childNodeInserted":
                node = event["params"]["node"]
                if node["nodeName"] == "Window" and "CertificateSelector" in node["attributes"]:
                    self.dialog = Dialog(node["nodeId"])
                if self.dialog:
                    self.dialog.grow(node)
            elif event["method"] == "DOM.childNodeRemoved":
                if self.dialog and self.dialog.window == event["params"]["nodeId"]:
                    self.dialog = None
        self.views.events.clear()

    def wait(self, condition, what, seconds=SECONDS):
        """Wait until the condition holds, looking again whenever the browser said something."""
        deadline = time.monotonic() + seconds
        while True:
            self._look_at_screen()
            value = condition()
            if value:
                return value
            left = deadline - time.monotonic()
            ready = select.select([self.cdp, self.views], [], [], max(left, 0))[0]
            if not ready:
                raise CdpError("waited for %s in vain" % what)
            for conversation in ready:
                conversation.take()

    def _press(self, view, x, y):
        for kind in ("mousePressed", "mouseReleased"):
            self.views.call("DOM.dispatchMouseEvent", nodeId=view, event={
                "type": kind, "x": x, "y": y, "button": "left", "wheelDirection": "none"})

    def _goes_away(self, dialog, seconds):
        """Whether it does in this time."""
        try:
            return self.wait(lambda: self.dialog is not dialog, "the end of the dialog", seconds)
        except CdpError:
            return False

    def _choose(self, dialog, choice):
        _information, cancel, accept = dialog.named("MdTextButton")
        if choice == CANCEL:
            self._press(cancel, 10, 10)
        else:
            row = self.people.index(choice)
            self._press(dialog.named("TableView")[0], 20, ROW_HEIGHT * row + ROW_HEIGHT // 2)
            self._press(accept, 10, 10)

    def answer(self, choice):
        """Choose a certificate of the dialog, or cancel."""
        dialog = self.dialog
        assert not self._goes_away(dialog, DIALOG_DEAF_SECONDS), "the certificate dialog went away by itself"
        for _attempt in range(20):
            try:
                self._choose(dialog, choice)
            except CdpError:  # it heard an earlier click, and was going away
                assert self._goes_away(dialog, SECONDS), "the certificate dialog does not listen"
            if self._goes_away(dialog, 2):
                return
        raise CdpError("the certificate dialog does not go away")


class ChromiumTab(Tab):
    """A page target and its session."""

    def __init__(self, browser, context, target):
        self.browser = browser
        self.context = context
        self.target = target
        self.session = browser.cdp.call("Target.attachToTarget", targetId=target,
                                        flatten=True)["sessionId"]
        for command in ("Page.enable", "Runtime.enable", "Network.enable"):
            self.call(command)
        self.call("Page.setLifecycleEventsEnabled", enabled=True)
        frame = self.call("Page.getFrameTree")["frameTree"]["frame"]
        self.frame = frame["id"]
        # A page that was there before us tells again that it was loaded, and so may have one before it.
        is_new = frame["url"] in ("", "about:blank")
        self._loader = frame["loaderId"] if is_new else None
        if not is_new:
            browser.cdp.events[:] = [event for event in browser.cdp.events
                                     if self._is_of(event, frame["loaderId"])]

    def call(self, method, **params):
        return self.browser.cdp.call(method, self.session, **params)

    def another(self):
        """A second tab of the same user."""
        target = self.browser.cdp.call("Target.createTarget", url="about:blank",
                                       browserContextId=self.context)
        return ChromiumTab(self.browser, self.context, target["targetId"])

    def close(self):
        """The user leaves, with all of his tabs."""
        self.browser.cdp.call("Target.disposeBrowserContext", browserContextId=self.context)

    def evaluate(self, script):
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True,
                           returnByValue=True, userGesture=True)
        assert "exceptionDetails" not in answer, "%s: %s" % (script, answer)
        return answer["result"].get("value")

    def _is_of(self, event, loader):
        """Whether it is no other page's of this tab."""
        return event.get("sessionId") != self.session or event["params"].get("loaderId", loader) == loader

    def _events(self, method):
        return [event["params"] for event in self.browser.cdp.events
                if event["method"] == method and event.get("sessionId") == self.session]

    def begin(self, action, *arguments):
        self.browser.cdp.events.clear()
        cdp = self.browser.cdp
        if action == "open":
            cdp.send("Page.navigate", self.session, url=arguments[0])
        elif action == "reload":
            cdp.send("Page.reload", self.session)
        elif action == "back":
            cdp.send("Runtime.evaluate", self.session, expression="history.back()")
        else:
            cdp.send("Runtime.evaluate", self.session, expression=arguments[0], userGesture=True)

    def _loaded(self):
        """The loader of a page that has come up since begin()."""
        for event in self._events("Page.lifecycleEvent"):
            if event["name"] == "load" and event["frameId"] == self.frame \
                    and event["loaderId"] != self._loader:
                return event["loaderId"]
        for event in self._events("Page.frameNavigated"):
            if event.get("type") == "BackForwardCacheRestore" and event["frame"]["id"] == self.frame:
                return event["frame"]["loaderId"]
        return None

    def _dialog(self):
        dialog = self.browser.dialog
        return dialog is not None and dialog.complete()

    def outcome(self):
        self.browser.wait(lambda: self._loaded() or self._dialog(), "a page or a dialog")
        if self._dialog():
            return "dialog"
        self._loader = self._loaded()
        for event in self._events("Page.frameNavigated"):
            if event["frame"]["id"] == self.frame and event["frame"].get("unreachableUrl"):
                errors = [e["errorText"] for e in self._events("Network.loadingFailed")]
                return "error page for %s: %s" % (event["frame"]["unreachableUrl"], errors)
        return "page"

    def answer(self, choice):
        self.browser.answer(choice)

    def is_asked(self):
        return self._dialog()

    def expect_dialog(self, choice):
        self.browser.wait(self._dialog, "a dialog")
        self.answer(choice)

    def popup(self, script, choose=()):
        """Run a script that opens a window; the tab of that window, when its page is there."""
        self.browser.cdp.events.clear()
        self.evaluate(script)

        def opened():
            for event in self.browser.cdp.events:
                if event["method"] == "Target.targetCreated" \
                        and event["params"]["targetInfo"].get("openerId") == self.target:
                    return event["params"]["targetInfo"]["targetId"]
            return None

        target = self.browser.wait(opened, "a window to open")
        for choice in [choose] if isinstance(choose, str) else choose:
            self.expect_dialog(choice)  # until then no command to the new tab is answered
        tab = ChromiumTab(self.browser, self.context, target)
        tab.finish()
        return tab

    def resize(self, width, height):
        """As if the window had this size."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 600)

    def picture(self, path):
        """Write what the page looks like."""
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as f:
            f.write(base64.b64decode(data))
