# SPDX-License-Identifier: Apache-2.0
"""conf.d/: the shipped files load, and each recipe does what its first lines say.

Prevents: a recipe that an administrator includes and that protects nothing, or does not start.
"""
import glob
import os
import re

import pytest

from mtlstest.clients import curl, h1
from mtlstest.server import Httpd
from mtlstest.sites import PROBLEM, assert_ran, assert_refused, location, vhost

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CONF = os.path.join(TOP, "conf.d")
RECIPES = sorted(os.path.basename(x) for x in glob.glob(os.path.join(CONF, "recipes", "*.conf")))
# The others are in test_recipes_users.py, test_recipes_revocation.py and test_recipes_redirect.py.
TESTED = {"staff-location.conf", "smart-cards.conf", "partner-banks.conf", "wiki-password.conf",
          "ldap-groups.conf", "from-fakebasicauth.conf", "revocation-crl.conf",
          "revocation-ocsp.conf", "step-up-second-name.conf", "step-up-second-port.conf"}


def include(name):
    return 'Include "%s"\n' % os.path.join(CONF, name)


def staff_site(more=""):
    return ("Protocols h2 http/1.1\nDefine MTLS_STAFF_CA @PKI@/staff_root.leaf.pem\n"
            + include("mtls.conf") + include("recipes/staff-location.conf") + more
            + vhost("a.example.test", "") + vhost("b.example.test", ""))


@pytest.fixture(scope="module")
def staff(serve):
    return serve(staff_site(), modules=["http2"], name="recipe")


def test_each_recipe_has_a_test():
    assert set(RECIPES) == TESTED


def test_defaults_alone_ask_nobody(serve, pki):
    httpd = serve(include("mtls.conf") + vhost("localhost", ""), name="defaults")
    for way in (dict(version="1.2"), dict(version="1.3", pha=True)):
        with h1(httpd.port, cert=pki.alice, **way) as client:
            assert_ran(httpd, client.ask("/"))
            assert client.conn.requests == 0


def test_load_file_names_the_module(pki):
    """mtls.load in the place of our own LoadModule line, with the path of the build."""
    with open(os.path.join(CONF, "mtls.load"), encoding="utf-8") as f:
        text = f.read()
    assert "# Depends: ssl" in text, "a2enmod must enable mod_ssl with it"
    from mtlstest.server import BUILD
    text, count = re.subn(r"(?m)^LoadModule mtls_module \S+/mod_mtls\.so$",
                          "LoadModule mtls_module %s/.libs/mod_mtls.so" % BUILD, text)
    assert count == 1
    assert Httpd(pki, text + include("mtls.conf"), mtls=False, log_level="info",
                 name="load").check().ok


@pytest.mark.parametrize("host", ["a.example.test", "b.example.test"])
@pytest.mark.parametrize("way", [dict(version="1.2"), dict(version="1.3", pha=True)])
def test_staff_location(staff, pki, host, way):
    with h1(staff.port, sni=host, **way) as client:
        assert_ran(staff, client.ask("/", host=host))
        assert_refused(staff, client.ask("/staff/", host=host, headers=[PROBLEM]), "declined")
    for label, word in (("foreign", "untrusted-issuer"), ("expired", "expired")):
        with h1(staff.port, sni=host, cert=getattr(pki, label), **way) as client:
            assert_refused(staff, client.ask("/staff/", host=host, headers=[PROBLEM]), word)
    with h1(staff.port, sni=host, cert=pki.alice, **way) as client:
        body = os.urandom(1 << 20)
        env = assert_ran(staff, client.ask("/staff/form", host=host, body=body), pki.alice)["env"]
        assert env["MTLS_SHA256"] == pki.alice.sha256.lower(), "told to the application"
        assert_ran(staff, client.ask("/staff/more", host=host), pki.alice)
        assert client.conn.requests == 1


def test_staff_location_as_its_head_says(staff, pki):
    """The two commands of the recipe's head."""
    refused = curl(staff.port, "/staff/", "-i", host="a.example.test")
    assert refused.status == 403 and not staff.oracle.ran(refused.case)
    assert b"certificate" in refused.body, "and why"
    assert curl(staff.port, "/staff/", "-i", cert=pki.alice, host="a.example.test").status == 200


def test_staff_location_without_its_definition(pki):
    """The CA file not named: refused at the start, with the recipe's own file and line."""
    config = include("recipes/staff-location.conf") + vhost("a.example.test", "")
    result = Httpd(pki, config, name="recipe").check()
    assert not result.ok
    assert "staff-location.conf:" in result.text and "MTLSCACertificateFile" in result.text


def test_staff_location_inside_one_host(serve, pki):
    """The head's other use: the <Location> moved into a host protects that host only."""
    with open(os.path.join(CONF, "recipes", "staff-location.conf"), encoding="utf-8") as f:
        text = f.read()
    section = re.search(r"<Location .*?</Location>\n", text, re.S).group(0)
    httpd = serve("Define MTLS_STAFF_CA @PKI@/staff_root.leaf.pem\n" + text.replace(section, "")
                  + vhost("a.example.test", section) + vhost("b.example.test", location("/x")),
                  name="recipe-host")
    with h1(httpd.port, sni="a.example.test", version="1.2") as client:
        assert_refused(httpd, client.ask("/staff/", host="a.example.test", headers=[PROBLEM]),
                       "declined")
    with h1(httpd.port, sni="b.example.test", version="1.2") as client:
        assert_ran(httpd, client.ask("/staff/", host="b.example.test"))
