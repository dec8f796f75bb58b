# SPDX-License-Identifier: Apache-2.0
"""The browsers themselves, at a host whose handshake asks: what the other files build on."""
import socket

import pytest

from browsing.servers import CERT, MODES, fresh, runs, with_certificate
from browsing.tab import CANCEL, Failed, Surprise
from mtlstest.sites import TRUST, vhost


@pytest.fixture(scope="module", params=MODES)
def site(request, serve, pki):
    mode = MODES[request.param]
    lines = "MTLSVerifyClient require\nMTLSAccept staff\nMTLSStepUp off\nServerAlias *.%s" % CERT
    httpd = serve(TRUST + mode.config + with_certificate(pki.cert_server, vhost(CERT, lines)),
                  modules=["http2"])
    httpd.mode = mode
    return httpd


def address(site, path, name=CERT):
    return "https://%s:%d%s" % (name, site.port, path)


def test_chosen_certificate(site, visitor, pki):
    tab = visitor(pki.alice, pki.ben)
    for person, name in ((pki.ben, "a." + CERT), (pki.alice, "b." + CERT)):
        path = fresh("/page")
        tab.open(address(site, path, name), choose=person.label)
        assert tab.status() == 200
        assert tab.protocol() == site.mode.spoken
        ran, = runs(site, path)
        assert ran["env"]["MTLS_SUBJECT"] == person.subject
        assert ran["ssl_protocol"] == site.mode.tls
        assert tab.json()["path"] == path


def test_choice_is_remembered(site, visitor, pki):
    tab = visitor(pki.alice)
    path = fresh("/page")
    tab.open(address(site, path), choose="alice")
    tab.reload()
    tab.another().open(address(site, path))
    assert len(runs(site, path)) == 3


def test_cancelled(site, visitor, pki):
    tab = visitor(pki.alice)
    path = fresh("/page")
    tab.open(address(site, path), choose=CANCEL)
    assert tab.status() == 403
    assert "no-certificate" in tab.html()
    assert not runs(site, path)
    tab.reload()
    assert tab.status() == 403, "neither browser asks twice for a host"


@pytest.mark.parametrize("whose", ["nobody", "expired", "foreign"])
def test_nothing_to_offer(site, visitor, pki, whose):
    """Browsers do not show a dialog that has nothing in it."""
    people = [] if whose == "nobody" else [getattr(pki, whose)]
    tab = visitor(*people)
    path = fresh("/page")
    tab.open(address(site, path))
    assert tab.status() == 403
    assert not runs(site, path)


def test_dialogs_are_counted(site, visitor, pki):
    """A dialog too many, or one that never came, fails a test."""
    with pytest.raises(Surprise):
        visitor(pki.alice).open(address(site, fresh("/page")))
    with pytest.raises(Surprise):
        visitor().open(address(site, fresh("/page")), choose="alice")


def test_error_pages_are_failures(visitor):
    with socket.socket() as silent, pytest.raises(Failed):
        silent.bind(("127.0.0.1", 0))
        visitor().open("https://%s:%d/" % (CERT, silent.getsockname()[1]))
