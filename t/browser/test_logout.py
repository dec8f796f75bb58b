# SPDX-License-Identifier: Apache-2.0
"""Users leave, come back, and come back as somebody else."""
from browsing.servers import WILD, WWW, fresh, served

OUT = "You are logged out."


def log_out(site, tab, host):
    tab.open(site.url("/logout", host))
    assert tab.status() == 200
    tab.click("button")
    assert OUT in tab.text()


def is_known(site, tab, host):
    """Whether a script of one of the host's pages is let in; our own pages run none."""
    tab.open(site.url("/pages/page.html", host))
    return tab.evaluate("fetch('/staff/probe').then(answer => answer.status)") == 200


def test_S_27_logout(site, visitor, pki):
    """The site forgets; the browser does not, and shows the same certificate unasked."""
    tab = visitor(pki.alice, pki.ben)
    path, later = fresh("/staff"), fresh("/staff")
    tab.open(site.url(path), choose="alice")
    served(site, tab, path, pki.alice)
    assert is_known(site, tab, WWW)
    log_out(site, tab, WWW)
    assert not is_known(site, tab, WWW)
    tab.open(site.url(later))
    served(site, tab, later, pki.alice)


def test_S_27_logout_and_switch(site, visitor, pki):
    """Where each attempt has a name of its own, somebody else can come."""
    tab = visitor(pki.alice, pki.ben)
    path, later = fresh("/staff"), fresh("/staff")
    tab.open(site.url(path, WILD), choose="alice")
    served(site, tab, path, pki.alice)
    other = tab.another().open(site.url(fresh("/staff"), WILD))
    log_out(site, tab, WILD)
    assert not is_known(site, other, WILD), "still known in another tab"
    tab.open(site.url(later, WILD), choose="ben")
    served(site, tab, later, pki.ben)
