# SPDX-License-Identifier: Apache-2.0
"""conf.d/recipes/ of revocation: each starts, says what it lacks, and does what its first lines say."""
import os
import re

import pytest

from mtlstest import crls, files
from mtlstest.clients import h1
from mtlstest.lists import crl
from mtlstest.responder import Responder, new_label
from mtlstest.revoking import ASKING, Visitor, assert_word
from mtlstest.server import Httpd
from mtlstest.sites import assert_ran, vhost
from test_recipes import CONF, include

RECIPES = {"revocation-crl.conf": ("STAFF_CA", "STAFF_CRL"),
           "revocation-ocsp.conf": ("STAFF_CA", "STAFF_CRL", "STAFF_OCSP")}


def defined(**definitions):
    return "".join('Define MTLS_%s "%s"\n' % pair for pair in definitions.items())


def recipe(name, **definitions):
    """A server with a recipe, and what is to be said before it."""
    return defined(**definitions) + include("recipes/" + name) + vhost("localhost", "")


def patient_recipe(name, **definitions):
    """The same, with more time for a responder whose answer is to be seen."""
    with open(os.path.join(CONF, "recipes", name), encoding="utf-8") as f:
        text, count = re.subn(r"(?m)^( *MTLSOCSPTimeout +)2s$", r"\g<1>20s", f.read())
    assert count == 1
    return defined(**definitions) + text + vhost("localhost", "")


@pytest.fixture
def said(pki):
    return {"STAFF_CA": pki.write("recipe-ca.pem", pki.staff_root, pki.staff_ca),
            "STAFF_CRL": pki.write("recipe.crl", crl(pki.staff_root).encode(),
                                   crl(pki.staff_ca).encode()),
            "STAFF_OCSP": "http://127.0.0.1:9/ocsp"}


@pytest.mark.parametrize("name", RECIPES)
def test_it_starts(pki, said, name):
    config = recipe(name, **{key: said[key] for key in RECIPES[name]})
    result = Httpd(pki, config, modules=["socache_shmcb"], name="recipe").check()
    assert result.ok, repr(result)


@pytest.mark.parametrize("name,lacks", [("revocation-crl.conf", "STAFF_CA"),
                                        ("revocation-ocsp.conf", "STAFF_CA"),
                                        ("revocation-ocsp.conf", "STAFF_OCSP")])
def test_without_a_definition(pki, said, name, lacks):
    """Refused at the start, with the recipe's own file and the directive."""
    config = recipe(name, **{key: said[key] for key in RECIPES[name] if key != lacks})
    result = Httpd(pki, config, modules=["socache_shmcb"], name="recipe").check()
    directive = {"STAFF_CA": "MTLSCACertificateFile", "STAFF_OCSP": "MTLSOCSPResponder"}[lacks]
    assert not result.ok
    assert name + ":" in result.text and directive in result.text


@pytest.fixture
def people(pki):
    """Two certificates of the staff CA, which nobody has heard of before."""
    return [pki.issue(new_label(), pki.staff_ca) for _ in range(2)]


def lists(pki, *revoked, number=1):
    """The lists of both CAs in a file, as an administrator would put them together."""
    return crls.pem(crls.make(pki.staff_root),
                    crls.make(pki.staff_ca, revoked, number=number))


def ask(site, cert, **more):
    """The answer of /staff/ to a client of its own."""
    with h1(site.port, cert=cert, sni=ASKING, **more) as client:
        return Visitor(client, ASKING).ask("/staff/")


def test_crl_replaced_by_rename(pki, said, people):
    """The list names one of two; then it names the other too, whose connection is open."""
    good, revoked = people
    path = files.replace(pki.path("recipe-replaced.crl"), lists(pki, revoked))
    config = "MTLSReloadInterval 100ms\n" + recipe("revocation-crl.conf",
                                                   STAFF_CA=said["STAFF_CA"], STAFF_CRL=path)
    with Httpd(pki, config, name="recipe-crl") as site:
        assert_word(site, ask(site, revoked), "revoked")
        with h1(site.port, cert=good, sni=ASKING, version="1.3", pha=True) as client:
            visitor = Visitor(client, ASKING)
            assert_ran(site, visitor.ask("/staff/"), good)
            files.replace(path, lists(pki, revoked, good, number=2))
            assert site.wait_for(lambda: "trust profile staff reloaded" in site.log_tail())
            assert_word(site, visitor.ask("/staff/"), "revoked")


def test_crl_names_nobody_of_another_ca(pki, said, people):
    """strict: without the list of the issuing CA nobody of it is let in."""
    path = files.replace(pki.path("recipe-half.crl"), crls.pem(crls.make(pki.staff_root)))
    only_root = pki.write("recipe-root.pem", pki.staff_root)
    config = recipe("revocation-crl.conf", STAFF_CA=only_root, STAFF_CRL=path)
    with Httpd(pki, config, name="recipe-crl") as site:
        assert_word(site, ask(site, people[0]), "crl-missing")


def test_ocsp_and_then_the_list(pki, said, people):
    """The responder's word counts; when it is gone, that of the list does."""
    good, revoked = people
    listed = pki.issue(new_label(), pki.staff_ca)
    path = files.replace(pki.path("recipe-ocsp.crl"), lists(pki, listed))
    with Responder(pki.staff_ca, pki.staff_root) as responder:
        responder.say(revoked, "revoked")
        config = patient_recipe("revocation-ocsp.conf", STAFF_CA=said["STAFF_CA"], STAFF_CRL=path,
                                STAFF_OCSP=responder.url("/ocsp"))
        with Httpd(pki, config, modules=["socache_shmcb"], name="recipe-ocsp") as site:
            for _ in range(2):
                assert_ran(site, ask(site, good), good)
                assert_word(site, ask(site, revoked), "revoked")
            assert (responder.hits(good), responder.hits(revoked)) == (1, 1)
            responder.stop()
            assert_word(site, ask(site, listed), "revoked")
            unlisted = pki.issue(new_label(), pki.staff_ca)
            assert_ran(site, ask(site, unlisted), unlisted)
