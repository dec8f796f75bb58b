# SPDX-License-Identifier: Apache-2.0
"""A user with a good certificate goes to places that need one."""
from browsing.servers import expire, fresh, refused, runs, served


def test_fresh_visit(site, visitor, pki):
    tab = visitor(pki.alice)
    path = fresh("/staff")
    tab.open(site.url(path), choose="alice")
    assert tab.url() == site.url(path)
    ran = served(site, tab, path, pki.alice)
    assert ran["ssl_protocol"] == site.mode.tls
    assert ran["ssl_client_s_dn"] == "", "asked on the application's own connection"


def test_deep_link_with_a_query(site, visitor, pki):
    tab = visitor(pki.alice)
    path = fresh("/staff") + "/a%20b/c"
    tab.open(site.url(path + "?q=1&r=%2F%3F&s=%C3%A4;t"), choose="alice")
    assert tab.url() == site.url(path + "?q=1&r=%2F%3F&s=%C3%A4;t")
    ran = served(site, tab, path.replace("%20", " "), pki.alice)
    assert ran["uri"] == path + "?q=1&r=%2F%3F&s=%C3%A4;t"


def test_second_tab_and_reload(site, visitor, pki):
    tab = visitor(pki.alice)
    first, second = fresh("/staff"), fresh("/staff")
    tab.open(site.url(first), choose="alice")
    other = tab.another()
    other.open(site.url(second))
    served(site, other, second, pki.alice)
    tab.reload()
    assert tab.status() == 200
    assert [x["env"]["MTLS_SUBJECT"] for x in runs(site, first)] == [pki.alice.subject] * 2
    tab.open(site.url("/pages/page.html")).back()
    assert tab.json()["path"] == first, "the way there is no page of the history"


def test_link_from_another_site(site, visitor, pki):
    """SameSite=Lax: the ticket comes along when a link elsewhere leads here, and so does the attempt."""
    tab = visitor(pki.alice)
    path, again = fresh("/staff"), fresh("/staff")
    elsewhere = "data:text/html,<a href='%s'>there</a>"
    tab.open(elsewhere % site.url(path)).click("a", choose="alice")
    served(site, tab, path, pki.alice)
    tab.open(elsewhere % site.url(again)).click("a")
    served(site, tab, again, pki.alice)


def test_expired_ticket(site, visitor, pki):
    """It ends; then the user is sent away again, and the browser shows the certificate by itself."""
    tab = visitor(pki.alice)
    path, later = fresh("/staff"), fresh("/staff")
    tab.open(site.url(path), choose="alice")
    served(site, tab, path, pki.alice)
    expire(site, tab)
    tab.open(site.url(later))
    served(site, tab, later, pki.alice)


def test_place_of_another_profile(site, visitor, pki):
    """The certificate is a good one, and not for this place: told there, with a way to show another."""
    tab = visitor(pki.alice)
    path = fresh("/staff")
    tab.open(site.url(path), choose="alice")
    board = fresh("/board")
    tab.open(site.url(board))
    refused(site, tab, board, {"untrusted-issuer", "no-certificate"})
