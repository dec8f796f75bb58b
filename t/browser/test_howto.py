# SPDX-License-Identifier: Apache-2.0
"""The script that docs/howto-step-up.md gives away, as pasted into a page."""
import os
import re

from browsing.servers import fresh, runs

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HEAD = "<!DOCTYPE html><html lang=en><title>A page</title><link rel=icon href=data:,>\n"
ASK = """(() => {
  window.got = 0;
  fetchShown(%r, {method: "POST", body: "x"}).then(answer => { window.got = answer.status; });
})()"""


def example():
    with open(os.path.join(TOP, "docs", "howto-step-up.md"), encoding="utf-8") as f:
        found = re.findall(r"^```html\n(.*?)^```$", f.read(), re.M | re.S)
    assert len(found) == 1
    return found[0]


def test_S_15_a_script_has_the_certificate_shown(site, visitor, pki):
    """Refused, shown in a window that a click opened, asked again; and the next request asks nobody."""
    site.write("htdocs/pages/howto.html", HEAD + example())
    tab = visitor(pki.alice)
    first, second = fresh("/staff"), fresh("/staff")
    tab.open(site.url("/pages/howto.html"))
    tab.evaluate("window.setInterval = look => { window.look = look; return 1; }")  # when the test says
    tab.evaluate(ASK % first)
    assert site.wait_for(lambda: tab.evaluate("document.querySelector('dialog').open"), 60)
    assert not runs(site, first)
    other = tab.popup("document.querySelector('dialog button').click()", choose="alice")
    assert other.url() == site.url("/.mtls/done")
    tab.evaluate("window.look()")
    assert site.wait_for(lambda: tab.evaluate("window.got"), 60) == 200
    assert not tab.evaluate("document.querySelector('dialog').open")
    ran, = runs(site, first)
    assert (ran["method"], ran["body_len"]) == ("POST", 1)
    assert ran["env"]["MTLS_SUBJECT"] == pki.alice.subject
    tab.evaluate(ASK % second)
    assert site.wait_for(lambda: tab.evaluate("window.got"), 60) == 200
    assert len(runs(site, second)) == 1


def test_elsewhere_is_not_back(site, visitor, pki):
    """The window is looked at while it is at the endpoint, where the page may not look."""
    site.write("htdocs/pages/howto.html", HEAD + example())
    tab = visitor(pki.alice)
    tab.open(site.url("/pages/howto.html"))
    tab.evaluate("window.setInterval = look => { window.look = look; return 1; }")
    tab.evaluate(ASK % fresh("/staff"))
    assert site.wait_for(lambda: tab.evaluate("document.querySelector('dialog').open"), 60)
    tab.evaluate("window.open = () => ({closed: false, close() {}, get location() { throw Error(); }})")
    tab.evaluate("document.querySelector('dialog button').click()")
    tab.evaluate("window.look()")
    assert tab.evaluate("document.querySelector('dialog').open && window.got === 0")
