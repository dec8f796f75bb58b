# SPDX-License-Identifier: Apache-2.0
"""What pages send without the user's having typed an address: forms, scripts, frames."""
import hashlib

import pytest

from browsing.servers import CERT, WILD, expire, fresh, refused, runs, served, submit

PAGE = "/pages/page.html"
DONE = "You have shown your certificate."
LARGE = 200 * 1024


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_form_after_expiry(site, visitor, pki):
    """Nothing is kept of it: the user shows the certificate in another window, and sends it again."""
    tab = visitor(pki.alice)
    path = fresh("/staff")
    tab.open(site.url(fresh("/staff")), choose="alice")
    tab.open(site.url(PAGE))
    expire(site, tab)
    tab.run(submit(path, "hello"))
    refused(site, tab, path, "step-up-required")
    other = tab.popup("document.querySelector('a.go').click()")
    assert DONE in other.text()
    assert other.url() == site.url("/.mtls/done")
    tab.open(site.url(PAGE)).run(submit(path, "hello"))
    ran = served(site, tab, path, pki.alice, "POST")
    assert ran["body_sha256"] == sha256("text=hello")


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_form_that_travels(site, visitor, pki, kind):
    """With redirect-post it goes all the way, and is handled once."""
    tab = visitor(pki.alice)
    path = fresh("/form")
    text = "x" * LARGE
    tab.open(site.url(PAGE)).run(submit(path, text, kind), choose="alice")
    ran = served(site, tab, path, pki.alice, "POST")
    assert ran["body_len"] >= LARGE and ran["body_status"] == 0
    if kind != "multipart/form-data":
        assert ran["body_sha256"] == sha256("text=" + text)
    assert tab.url() == site.url(path)


def test_form_that_travels_after_expiry(site, visitor, pki):
    tab = visitor(pki.alice)
    path = fresh("/form")
    tab.open(site.url(fresh("/staff")), choose="alice").open(site.url(PAGE))
    expire(site, tab)
    tab.run(submit(path, "hello"))
    ran = served(site, tab, path, pki.alice, "POST")
    assert ran["body_sha256"] == sha256("text=hello")


def test_S_14_form_of_another_origin(site, visitor, pki):
    """Of the same site, so that the ticket comes along: it does not count."""
    tab = visitor(pki.alice)
    path = fresh("/staff")
    tab.open(site.url(fresh("/staff")), choose="alice")
    tab.open(site.url(PAGE, WILD)).run(submit(site.url(path), "hello"))
    refused(site, tab, path, "cross-origin")
    tab.open(site.url(PAGE)).run(submit(path, "hello"))
    served(site, tab, path, pki.alice, "POST")


FETCH = """(async () => {
  const answer = await fetch(%r, {method: %r, body: %s});
  window.stepUp = answer.headers.get("MTLS-Step-Up");
  return {status: answer.status, stepUp: window.stepUp, text: await answer.text(),
          asks: answer.headers.get("WWW-Authenticate")};
})()"""


@pytest.mark.parametrize("method,body", [("GET", "undefined"), ("POST", "'hello'")])
def test_S_15_fetch(site, visitor, pki, method, body):
    """A script is told where its user can go, opens a window there, and repeats."""
    tab = visitor(pki.alice)
    path = fresh("/staff")
    tab.open(site.url(PAGE))
    told = tab.evaluate(FETCH % (path, method, body))
    assert told["status"] == 401 and not runs(site, path), told
    assert told["stepUp"].startswith(site.url("/.mtls/start?s="))
    assert told["stepUp"] in told["asks"]
    other = tab.popup("void window.open(window.stepUp)", choose="alice")
    assert DONE in other.text()
    told = tab.evaluate(FETCH % (path, method, body))
    assert told["status"] == 200 and told["stepUp"] is None
    ran, = runs(site, path, method)
    assert ran["env"]["MTLS_SUBJECT"] == pki.alice.subject
    assert ran["env"]["MTLS_PROOF"] == "ticket"


FRAME = """(() => {
  const frame = document.createElement("iframe");
  window.framed = new Promise(done => { frame.onload = frame.onerror = () => done(1); });
  frame.src = %r; document.body.append(frame);
})()"""


@pytest.mark.parametrize("where", ["place", "endpoint"])
def test_S_33_frames(site, visitor, pki, where):
    """A page can make the browser ask for a certificate, by a frame of the endpoint; nothing comes of it.
    A frame of the place does not lead there."""
    tab = visitor(pki.alice)
    path = fresh("/staff")
    tab.open(site.url(PAGE))
    if where == "place":
        tab.evaluate(FRAME % site.url(path))
    else:
        tab.evaluate(FRAME % site.url("/?s=x", CERT))
        tab.expect_dialog("alice")
    tab.evaluate("window.framed")
    assert not runs(site, path)
    told = tab.evaluate("fetch(%r).then(answer => answer.status)" % path)
    assert told == 401, "a ticket came of it"
