# SPDX-License-Identifier: Apache-2.0
"""conf.d/recipes/ of revocation: each starts, and says what it lacks."""
import pytest

from mtlstest.lists import crl
from mtlstest.server import Httpd
from mtlstest.sites import vhost
from test_recipes import include

RECIPES = {"revocation-crl.conf": ("STAFF_CA", "STAFF_CRL"),
           "revocation-ocsp.conf": ("STAFF_CA", "STAFF_CRL", "STAFF_OCSP")}


def recipe(name, **definitions):
    """A server with a recipe, and what is to be said before it."""
    defined = "".join('Define MTLS_%s "%s"\n' % pair for pair in definitions.items())
    return defined + include("recipes/" + name) + vhost("localhost", "")


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
