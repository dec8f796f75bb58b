# SPDX-License-Identifier: Apache-2.0
"""Headless Firefox, over Marionette.  What is outside the page (tabs of their own identity, the
certificate dialog, how a navigation ended) is asked in the browser's own JavaScript."""
import json
import select
import time

from . import stores
from .marionette import Marionette, MarionetteError
from .process import Process, program
from .tab import CANCEL, Tab

SECONDS = 120

# Every name is this machine, and nothing else is asked of the network.  (An address in place of the name,
# network.dns.forceResolve, would keep hosts from sharing connections.)
PREFERENCES = {
    "network.dns.native-is-localhost": True,
    "network.dns.disableIPv6": True,
    "network.trr.mode": 5,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "network.prefetch-next": False,
    "network.http.http3.enable": False,
    "network.http.speculative-parallel-limit": 0,
    "app.update.enabled": False,
    "app.update.disabledForTesting": True,
    "app.normandy.enabled": False,
    "app.shield.optoutstudies.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.blockedURIs.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "browser.region.network.url": "",
    "browser.search.update": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.startup.page": 0,
    # Going back would pass over pages where Firefox saw nobody do anything.
    "browser.navigation.requireUserInteraction": False,
    "browser.newtabpage.enabled": False,
    "browser.newtabpage.activity-stream.feeds.topsites": False,
    "browser.topsites.contile.enabled": False,
    "browser.tabs.warnOnClose": False,
    "browser.urlbar.suggest.quicksuggest.sponsored": False,
    # The viewer is a page of another site, and its icon would be asked for with a dialog of its own.
    "devtools.jsonview.enabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.disable_open_during_load": False,
    "dom.push.enabled": False,
    "dom.security.https_only_mode": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "extensions.update.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "messaging-system.rsexperimentloader.enabled": False,
    "nimbus.rollouts.enabled": False,
    "privacy.userContext.enabled": True,
    "security.OCSP.enabled": 0,
    "security.certerrors.mitm.priming.enabled": False,
    "security.default_personal_cert": "Ask Every Time",
    "security.osclientcerts.autoload": False,
    "security.remote_settings.crlite_filters.enabled": False,
    "security.remote_settings.intermediates.enabled": False,
    "services.settings.server": "https://localhost.invalid/v1",
    "services.sync.enabled": False,
    "signon.rememberSignons": False,
    "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.server": "",
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}

# In the browser: how the navigations of each tab ended (the empty page of a new tab is none of ours), which
# certificate dialogs are ready to be answered, and which of them were.
WATCH = """
window.mtlsTests = {ends: new Map(), dialogs: new WeakSet(), answered: new WeakSet()};
Services.obs.addObserver(dialog => window.mtlsTests.dialogs.add(dialog.ownerDocument),
                         "cert-dialog-loaded");
gBrowser.addTabsProgressListener({
  onStateChange(browser, progress, request, flags, status) {
    const done = Ci.nsIWebProgressListener.STATE_STOP | Ci.nsIWebProgressListener.STATE_IS_NETWORK;
    const document = browser.documentURI?.spec || "";
    const isNewTab = !status && (document == "" || document == "about:blank");
    // A navigation that goes on in another process is told to be aborted in the old one.
    const goesOn = status == Cr.NS_ERROR_ABORT || status == Cr.NS_BINDING_ABORTED;
    if (progress.isTopLevel && (flags & done) == done && !isNewTab && !goesOn)
      window.mtlsTests.ends.set(browser.browserId, {status, url: browser.currentURI.spec, document});
  }
});
"""

# A page, and not an empty one: a dialog that comes while that is still being made is closed again.
OPEN_TAB = """
const tab = gBrowser.addTab("data:text/html,new", {
  userContextId: arguments[0],
  triggeringPrincipal: Services.scriptSecurityManager.getSystemPrincipal()});
gBrowser.selectedTab = tab;
return tab.linkedBrowser.browserId;
"""

DIALOGS = """
const browser = gBrowser.browsers.find(b => b.browserId == arguments[0]);
if (!browser) return [];
const boxes = [gBrowser.getTabDialogBox(browser).getTabDialogManager(),
               gBrowser.getTabDialogBox(browser).getContentDialogManager()];
const dialogs = boxes.flatMap(box => box._dialogs).concat(gDialogBox.dialog || []);
return dialogs.filter(dialog => !window.mtlsTests.answered.has(dialog));
"""

FIND_DIALOG = """
const open = (function() {%s}).apply(null, arguments);
const found = open.find(dialog => window.mtlsTests.dialogs.has(dialog._frame.contentDocument || {}));
""" % DIALOGS

# "ready"; "coming": in line behind another, or not all there; or null.
ASK_DIALOG = FIND_DIALOG + "return found ? 'ready' : open.length ? 'coming' : null;"

ANSWER_DIALOG = FIND_DIALOG + """
const [, label] = arguments;
const page = found._frame.contentDocument;
const dialog = page.querySelector("dialog");
window.mtlsTests.answered.add(found);
if (label === null) { dialog.cancelDialog(); return "cancelled"; }
const list = page.getElementById("nicknames");
const labels = Array.from(list.menupopup.children, item => item.label);
const at = labels.findIndex(text => text.startsWith(label + " ") || text == label);
if (at < 0) return "only " + JSON.stringify(labels);
list.selectedIndex = at;
dialog.acceptDialog();
return "accepted";
"""

TABS = "return gBrowser.browsers.map(b => b.browserId)"
BROWSER = "const browser = gBrowser.browsers.find(b => b.browserId == arguments[0]);"
ACTIONS = {
    "open": BROWSER + "browser.loadURI(Services.io.newURI(arguments[1]), {"
            "triggeringPrincipal: Services.scriptSecurityManager.getSystemPrincipal()});",
    "reload": BROWSER + "browser.reload();",
    "back": BROWSER + "browser.goBack();",
}


class Firefox:
    """One process with one profile."""
    name = "Firefox"

    def __init__(self, server_ca, people=()):
        self.process = Process("firefox")
        try:
            stores.make(self.process.path("profile"), server_ca, people)
            self._start()
        except BaseException:
            self.process.stop(0)
            raise

    def _start(self):
        lines = ["user_pref(%s, %s);" % (json.dumps(name), json.dumps(value))
                 for name, value in {**PREFERENCES, "marionette.port": 0}.items()]
        self.process.write_file("\n".join(lines) + "\n", "profile", "user.js")
        self.process.start([program("firefox-esr", "firefox"), "--headless", "--marionette",
                            "-remote-allow-system-access", "--no-remote",
                            "--profile", self.process.path("profile")])
        self.remote = Marionette(int(self.process.read_file("profile", "MarionetteActivePort")))
        session = self.remote.call("WebDriver:NewSession", capabilities={
            "alwaysMatch": {"pageLoadStrategy": "none", "timeouts": {"script": SECONDS * 1000}}})
        self.version = "Firefox/" + session["capabilities"]["browserVersion"]
        self._context = None
        self._window = None
        self._users = 0
        self.chrome(WATCH)

    def stop(self):
        try:
            self.remote.call("Marionette:Quit", flags=["eForceQuit"])
        except (MarionetteError, EOFError, OSError):
            pass
        self.remote.close()
        self.process.stop()

    def in_context(self, context):
        if self._context != context:
            self.remote.call("Marionette:SetContext", value=context)
            self._context = context

    def chrome(self, script, *arguments):
        """Run JavaScript in the browser itself."""
        self.in_context("chrome")
        return self.remote.call("WebDriver:ExecuteScript", script=script, args=list(arguments),
                                sandbox=None)

    def windows(self):
        self.in_context("content")
        return self.remote.call("WebDriver:GetWindowHandles")

    def switch(self, window):
        self.in_context("content")
        if self._window != window:
            self.remote.call("WebDriver:SwitchToWindow", handle=window, focus=True)
            self._window = window

    def _new_window(self, before):
        """Switch to the window that was not there before; its handle, or None as yet."""
        for window in self.windows():
            if window not in before:
                try:
                    self.switch(window)
                    return window
                except MarionetteError:  # known by name before it is known
                    return None
        return None

    def await_window(self, before):
        return self.wait(lambda: self._new_window(before), "a window to open")

    def end_of(self, number):
        """How the last navigation of a tab ended, if it has."""
        return self.chrome("return window.mtlsTests.ends.get(arguments[0]) || null", number)

    def new_tab(self, user):
        before = self.windows()
        number = self.chrome(OPEN_TAB, user)
        window = self.await_window(before)
        self.wait(lambda: self.end_of(number), "a new tab's page")
        return FirefoxTab(self, user, window, number)

    def visit(self):
        """A tab of a user who was never here: no cookies, no connections, no remembered choices."""
        self._users += 1
        return self.new_tab(self._users)

    @staticmethod
    def wait(condition, what, seconds=SECONDS):
        """Poll until the condition holds."""
        deadline = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            assert time.monotonic() < deadline, "waited for %s in vain" % what
            select.select([], [], [], 0.01)


class FirefoxTab(Tab):
    """A tab, known to Marionette by its window handle, and to the browser by a number."""

    def __init__(self, browser, user, window, number):
        self.browser = browser
        self.user = user
        self.window = window
        self.number = number

    def another(self):
        """A second tab of the same user."""
        return self.browser.new_tab(self.user)

    def close(self):
        """The user leaves, with all of his tabs."""
        self.browser.chrome(
            "for (const tab of [...gBrowser.tabs]) if (tab.userContextId == arguments[0])"
            " gBrowser.removeTab(tab);", self.user)

    def call(self, method, **params):
        self.browser.switch(self.window)
        return self.browser.remote.call(method, **params)

    def evaluate(self, script):
        answer = self.call("WebDriver:ExecuteAsyncScript", args=[], sandbox=None, script=(
            "const done = arguments[arguments.length - 1];"
            "(async () => (%s))().then(value => done({value}), error => done({error: String(error)}))"
            % script))
        assert "error" not in answer, "%s: %s" % (script, answer)
        return answer.get("value")

    def begin(self, action, *arguments):
        # Marionette's own commands would wait for a page, and not see the dialog.
        self.browser.chrome("window.mtlsTests.ends.delete(arguments[0])", self.number)
        if action == "run":
            self.call("WebDriver:ExecuteScript", args=[], sandbox=None,
                      script="setTimeout(() => {%s}, 0)" % arguments[0])
        else:
            self.browser.chrome(ACTIONS[action], self.number, *arguments)

    def _dialog(self):
        return self.browser.chrome(ASK_DIALOG, self.number) == "ready"

    def _end(self):
        return self.browser.end_of(self.number)

    def outcome(self):
        end = self.browser.wait(lambda: self._end() or self._dialog(), "a page or a dialog")
        if end is True:
            return "dialog"
        if end["document"].startswith(("about:neterror", "about:certerror")):
            return "error page: %s" % end["document"]
        if end["status"]:
            return "failed with %x at %s" % (end["status"], end["url"])
        return "page"

    def answer(self, choice):
        label = None if choice == CANCEL else choice
        said = self.browser.chrome(ANSWER_DIALOG, self.number, label)
        assert said in ("accepted", "cancelled"), "the dialog offers %s, not %r" % (said, choice)

    def is_asked(self):
        def state():
            found = self.browser.chrome(ASK_DIALOG, self.number)
            return "" if found == "coming" else found or "none"

        return self.browser.wait(state, "a dialog that is coming") == "ready"

    def expect_dialog(self, choice):
        self.browser.wait(self._dialog, "a dialog")
        self.answer(choice)

    def popup(self, script, choose=()):
        """Run a script that opens a window; the tab of that window, when its page is there."""
        windows, tabs = self.browser.windows(), self.browser.chrome(TABS)
        self.evaluate(script)
        number = self.browser.wait(
            lambda: [n for n in self.browser.chrome(TABS) if n not in tabs], "a window to open")[0]
        tab = FirefoxTab(self.browser, self.user, None, number)
        for choice in [choose] if isinstance(choose, str) else choose:
            tab.expect_dialog(choice)  # until then no command finds the new window
        tab.window = self.browser.await_window(windows)
        tab.finish()
        return tab
