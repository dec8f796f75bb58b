# SPDX-License-Identifier: Apache-2.0
"""Where the endpoint is: beside the application with a certificate for both, or on another port."""
from browsing.servers import PORTAL, SHARED, WILD, fresh, served, submit


def walk(tab, action, argument):
    """Go there, answering every dialog; how many there were."""
    count = 0
    tab.begin(action, argument)
    while (outcome := tab.outcome()) == "dialog":
        tab.answer("alice")
        count += 1
    assert outcome == "page", outcome
    while tab.is_asked():
        tab.answer("alice")
        count += 1
    return count


def count_misdirected(site):
    with open(site.access_log, encoding="utf-8") as log:
        return sum(" 421 " in line for line in log)


def test_S_17_one_certificate_for_both_names(site, visitor, pki):
    """Over HTTP/2 browsers ask for the endpoint on the connection that they have to the application;
    they are told 421, ask on one of its own, and are asked there; Firefox opens two, and shows a dialog for each."""
    before = count_misdirected(site)
    tab = visitor(pki.alice)
    for place in "/staff", "/form":
        path = fresh(place)
        dialogs = walk(tab, "open", site.url(path, SHARED))
        assert 1 <= dialogs <= 2 if place == "/staff" else not dialogs
        served(site, tab, path, pki.alice)
    if site.mode.spoken == "h2":
        assert site.wait_for(lambda: count_misdirected(site) > before), "nothing was coalesced"


def test_S_17_one_certificate_for_both_names_and_a_form(site, visitor, pki):
    tab = visitor(pki.alice)
    path = fresh("/form")
    tab.open(site.url("/pages/page.html", SHARED))
    assert 1 <= walk(tab, "run", submit(path, "hello")) <= 2
    assert served(site, tab, path, pki.alice, "POST")["body_len"] == len("text=hello")


def test_second_port(site, visitor, pki):
    tab = visitor(pki.alice)
    path = fresh("/staff")
    tab.open(site.url(path, PORTAL), choose="alice")
    served(site, tab, path, pki.alice)
    assert tab.url() == site.url(path, PORTAL)


def test_each_attempt_has_a_name(site, visitor, pki):
    """Two users of one browser, who do not wait for each other's cookies to end."""
    first, second = visitor(pki.alice, pki.ben), visitor(pki.alice, pki.ben)
    for tab, who in ((first, pki.alice), (second, pki.ben)):
        path = fresh("/staff")
        tab.open(site.url(path, WILD), choose=who.label)
        served(site, tab, path, who)
