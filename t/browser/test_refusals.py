# SPDX-License-Identifier: Apache-2.0
"""A user without a certificate that is good for the place: told so on a page, with a way to try again."""
import pytest

from browsing.servers import CERT, MANY, WILD, fresh, publish, refused, served
from browsing.tab import CANCEL

NONE = {"no-certificate", "declined"}
AGAIN = "a.go"


@pytest.mark.parametrize("whose", ["nobody", "expired", "foreign"])
def test_nothing_to_offer(site, visitor, pki, whose):
    """Browsers offer neither what has expired nor what is of an issuer that the server does not name:
    for the server it is as if there were none."""
    tab = visitor(*([] if whose == "nobody" else [getattr(pki, whose)]))
    path = fresh("/staff")
    tab.open(site.url(path))
    refused(site, tab, path, NONE)
    assert tab.url().startswith("https://%s:" % CERT)
    tab.click(AGAIN)
    refused(site, tab, path, NONE)


def test_cancelled(site, visitor, pki):
    """Where the address stays the same, browsers remember that none was chosen."""
    tab = visitor(pki.alice, pki.ben)
    path = fresh("/staff")
    tab.open(site.url(path), choose=CANCEL)
    refused(site, tab, path, NONE)
    tab.click(AGAIN)
    refused(site, tab, path, NONE)


def test_S_23_cancelled_and_asked_again(site, visitor, pki):
    """Where each attempt has a name of its own, they ask again."""
    tab = visitor(pki.alice, pki.ben)
    path = fresh("/staff")
    tab.open(site.url(path, WILD), choose=CANCEL)
    refused(site, tab, path, NONE)
    first = tab.url()
    assert first.split("/")[2].split(":")[0].endswith("." + MANY)
    tab.click(AGAIN, choose=CANCEL)
    refused(site, tab, path, NONE)
    assert tab.url() != first
    tab.click(AGAIN, choose="ben")
    assert tab.url() == site.url(path, WILD)
    served(site, tab, path, pki.ben)


@pytest.fixture
def revoke(site, pki):
    """revoke(person, ...): they are, until the end of the test."""
    def publish_list(*people):
        publish(site, pki, *people)

    yield publish_list
    publish(site, pki)


def test_revoked(site, visitor, pki, revoke):
    """A certificate that browsers offer, and the endpoint does not accept; another one helps."""
    revoke(pki.carl)
    tab = visitor(pki.alice, pki.carl)
    path = fresh("/watched")
    tab.open(site.url(path, WILD), choose="carl")
    refused(site, tab, path, "revoked")
    tab.click(AGAIN, choose="alice")
    served(site, tab, path, pki.alice)


def test_S_28_revoked_during_the_visit(site, visitor, pki, revoke):
    """The ticket is worth no more than its certificate: asked again, and that is refused too."""
    tab = visitor(pki.alice, pki.carl)
    path, after = fresh("/watched"), fresh("/watched")
    tab.open(site.url(path, WILD), choose="carl")
    served(site, tab, path, pki.carl)
    revoke(pki.carl)
    tab.open(site.url(after, WILD), choose="carl")
    refused(site, tab, after, "revoked")
    tab.click(AGAIN, choose="alice")
    served(site, tab, after, pki.alice)


def test_another_certificate_for_another_place(site, visitor, pki):
    """Good for the staff, not for the board: told at the endpoint, where another can be shown."""
    tab = visitor(pki.alice, pki.bella)
    path, board = fresh("/staff"), fresh("/board")
    tab.open(site.url(path, WILD), choose="alice")
    served(site, tab, path, pki.alice)
    tab.open(site.url(board, WILD), choose="alice")
    refused(site, tab, board, "untrusted-issuer")
    tab.click(AGAIN, choose="bella")
    served(site, tab, board, pki.bella)
