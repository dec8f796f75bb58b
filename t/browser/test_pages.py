# SPDX-License-Identifier: Apache-2.0
"""Our own pages, wide and narrow.  MTLS_PICTURES names a folder for pictures of them."""
import os

import pytest

from browsing.chromium import Chromium
from browsing.servers import WWW, MODES, fresh, submit
from browsing import servers

SIZES = {"wide": (1280, 900), "narrow": (360, 740)}
MISFITS = """[...document.querySelectorAll("body *")]
  .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
  .map(e => e.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module", params=["tls13-h2"])
def site(request, pki):
    made = servers.site(pki, MODES[request.param])
    with made.clock, made:
        yield made


@pytest.fixture(scope="module", params=["chromium"])
def browser(pki):
    running = Chromium(pki.server_root, [pki.alice])
    yield lambda *_people: running
    running.stop()


def not_shown(site, tab, pki):
    tab.open(site.url(fresh("/staff")), choose="cancel")


def not_for_the_board(site, tab, pki):
    tab.open(site.url(fresh("/board")), choose="alice")


def form_refused(site, tab, pki):
    tab.open(site.url("/pages/page.html")).run(submit(fresh("/staff"), "hello"))


def done(site, tab, pki):
    tab.open(site.url("/.mtls/done"))


def logout(site, tab, pki):
    tab.open(site.url("/logout"))


def logged_out(site, tab, pki):
    tab.open(site.url(fresh("/staff")), choose="alice")
    tab.open(site.url("/logout", WWW)).click("button")


def endpoint(site, tab, pki):
    tab.open("https://%s:%d/" % (servers.CERT, site.port), choose="cancel")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("page", [not_shown, not_for_the_board, form_refused, done, logout, logged_out,
                                  endpoint], ids=lambda page: page.__name__)
def test_page_fits(site, visitor, pki, page, size):
    """Nothing stands out to the right, and it can be read without zooming."""
    tab = visitor(pki.alice)
    page(site, tab, pki)
    tab.resize(*SIZES[size])
    width = SIZES[size][0]
    site.wait_for(lambda: tab.evaluate("document.documentElement.clientWidth") == width)
    assert tab.evaluate("document.documentElement.clientWidth") == width
    pictures = os.environ.get("MTLS_PICTURES")
    if pictures:
        tab.picture(os.path.join(pictures, "%s-%s.png" % (page.__name__, size)))
    assert not tab.evaluate(MISFITS)
    assert tab.evaluate("parseFloat(getComputedStyle(document.querySelector('p')).fontSize)") >= 14
    assert tab.evaluate("document.querySelectorAll('h1').length") == 1
    assert tab.evaluate("document.documentElement.lang") == "en"
