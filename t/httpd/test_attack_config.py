# SPDX-License-Identifier: Apache-2.0
"""Configurations that look right and are not: told at the start, and never an open door."""
import pytest

from mtlstest.clients import h1
from mtlstest.server import Httpd
from mtlstest.sites import PROBLEM, STAFF, TRUST, assert_ran, assert_refused, location, vhost

ASK = ["MTLSVerifyClient require"]
ACCEPT = ["MTLSAccept staff"]


def check(pki, config, **more):
    server = Httpd(pki, TRUST + config, name="attack", **more)
    return server, server.check()


NEIGHBOURS = {
    "longer-name": location("/a", *ACCEPT) + location("/ab", *ASK),
    "two-ifs": "<If \"%{QUERY_STRING} == 'a'\">\nMTLSAccept staff\n</If>\n"
               "<If \"%{QUERY_STRING} == 'b'\">\nMTLSVerifyClient require\n</If>\n",
    "two-expressions": "<LocationMatch ^/a>\nMTLSAccept staff\n</LocationMatch>\n"
                       "<LocationMatch ^/a?b>\nMTLSVerifyClient require\n</LocationMatch>\n",
    "two-files": "<Directory @ROOT@/htdocs>\n<Files x>\nMTLSAccept staff\n</Files>\n"
                 "<Files xy>\nMTLSVerifyClient require\n</Files>\n</Directory>\n",
    "tilde": "<Location ~ ^/a>\nMTLSAccept staff\n</Location>\n"
             "<Location ~ ^/a?b>\nMTLSVerifyClient require\n</Location>\n",
}


@pytest.mark.parametrize("key", NEIGHBOURS)
def test_neighbour_does_not_accept_for_another(pki, key):
    server, result = check(pki, vhost("localhost", NEIGHBOURS[key]))
    assert not result.ok, "accepted, but nobody's certificate is:\n%s" % NEIGHBOURS[key]
    assert "MTLSAccept" in result.text and ":%d:" % server.line_of("MTLSVerifyClient") in result.text


OURS = "MTLSVerifyClient optional\nMTLSAccept staff\n"
INHERITED = {  # in the main server, in the host, and what would be right in the host
    "mod_ssl's": ("SSLVerifyClient require\n", OURS, OURS + "SSLVerifyClient none\n"),
    "ours": (OURS, "SSLVerifyClient require\n", "SSLVerifyClient none\n"),
}


@pytest.mark.parametrize("key", INHERITED)
def test_inherited_requirement_of_mod_ssl_is_not_taken_over(pki, key):
    """A host where both ask is found also when one of the two comes from outside."""
    outside, inside, right = INHERITED[key]
    server, result = check(pki, outside + vhost("localhost", inside))
    assert not result.ok, "mod_ssl's requirement would be ours to soften"
    assert ":%d:" % server.line_of("MTLSVerifyClient optional") in result.text
    assert "SSLVerifyClient require" in result.text
    assert check(pki, outside + vhost("localhost", right))[1].ok


@pytest.mark.parametrize("places", [
    location("/a", *ACCEPT) + location("/a/b", *ASK),
    location("/a/", *ACCEPT) + location("/a/b", *ASK),
    location("/a", *ACCEPT) + location("/a", *ASK),
    location("/", *ACCEPT) + location("/b", *ASK),
    "<Directory />\nMTLSAccept staff\n</Directory>\n<Directory @ROOT@/htdocs>\n"
    "MTLSVerifyClient require\n</Directory>\n",
    location("/a", *ACCEPT, '<If "true">', *ASK, "</If>"),
])
def test_surroundings_accept(pki, places):
    _, result = check(pki, vhost("localhost", places))
    assert result.ok, result


@pytest.mark.parametrize("section", ["<Limit GET>%s</Limit>", "<LimitExcept GET>%s</LimitExcept>"])
@pytest.mark.parametrize("line", ["MTLSVerifyClient none", "MTLSVerifyClient require",
                                  "MTLSAccept partner"])
def test_methods_have_no_policy_of_their_own(pki, section, line):
    """httpd would apply the directive to every method."""
    body = location("/staff", *ASK, *ACCEPT, section % ("\n  " + line + "\n  "))
    _, result = check(pki, vhost("localhost", body))
    assert not result.ok and "<Limit>" in result.text, result


HTACCESS = """
<Location /dir>
  SetHandler none
</Location>
<Directory @ROOT@/htdocs>
  MTLSVerifyClient require
  MTLSAccept staff
  MTLSStepUp off
  AllowOverride All
  AllowOverrideList MTLSVerifyClient MTLSAccept MTLSStepUp MTLSExport Require
</Directory>
"""


@pytest.mark.parametrize("lines", ["MTLSVerifyClient none", "MTLSAccept partner",
                                   "MTLSAccept nonsense", "MTLSVerifyClient nonsense",
                                   "MTLSStepUp post-handshake"])
def test_htaccess_changes_no_trust(pki, lines):
    with Httpd(pki, TRUST + vhost("localhost", HTACCESS), name="htaccess") as httpd:
        httpd.write("htdocs/dir/file", "the file")
        httpd.write("htdocs/dir/.htaccess", lines + "\n")
        for cert in (pki.bob, pki.alice, None):
            with h1(httpd.port, version="1.3", cert=cert, pha=True) as client:
                answer = client.ask("/dir/file")
                assert answer.status == 500 and b"the file" not in answer.body, answer


@pytest.mark.parametrize("line,status", [
    ("Require mtls-valid", 200), ("Require mtls-trust staff", 200),
    ("Require mtls-trust nobody", 403), ("Require mtls-trust partner", 403),
    ("Require mtls-nonsense", 500), ("Require mtls-proof nonsense", 500),
    ("Require not mtls-valid", 500)])
def test_htaccess_may_require(pki, line, status):
    config = HTACCESS.replace("MTLSStepUp off", "")
    with Httpd(pki, TRUST + vhost("localhost", config), name="htaccess") as httpd:
        httpd.write("htdocs/dir/file", "the file")
        httpd.write("htdocs/dir/.htaccess", line + "\n")
        with h1(httpd.port, version="1.3", cert=pki.alice, pha=True) as client:
            assert client.ask("/dir/file").status == status


def test_inheritance(pki):
    """Main server's settings reach every host; a host that says "none" is free of them."""
    config = (TRUST + "MTLSVerifyClient require\nMTLSAccept staff\nMTLSAskInHandshake never\n"
              + vhost("plain.example.test", "") + vhost("free.example.test",
                                                       "MTLSVerifyClient none\n")
              + vhost("other.example.test", "MTLSAccept partner\n")
              + vhost("inner.example.test", location("/free", "MTLSVerifyClient none")))
    with Httpd(pki, config, name="inherit") as httpd:
        def visit(name, path="/x", cert=None):
            name += ".example.test"
            with h1(httpd.port, version="1.3", pha=True, sni=name, cert=cert) as client:
                return client.ask(path, host=name, headers=[PROBLEM])

        assert_refused(httpd, visit("plain"), "declined")
        assert_refused(httpd, visit("plain", cert=pki.bob), "untrusted-issuer")
        assert_ran(httpd, visit("plain", cert=pki.alice), pki.alice)
        assert_ran(httpd, visit("free"))
        assert_refused(httpd, visit("other", cert=pki.alice), "untrusted-issuer")
        assert_ran(httpd, visit("other", cert=pki.bob), pki.bob)
        assert_refused(httpd, visit("inner"), "declined")
        assert_ran(httpd, visit("inner", "/free"))
        assert_refused(httpd, visit("inner", "/freedom"), "declined")


def test_without_mod_ssl_the_start_is_refused(pki):
    class NoSsl(Httpd):
        def _load(self):
            return "\n".join(x for x in super()._load().splitlines() if "ssl_module" not in x)

        def _base(self):
            return "\n".join(x for x in super()._base().splitlines() if "SSL" not in x)

    server = NoSsl(pki, TRUST + STAFF, name="nossl")
    result = server.check()
    assert not result.ok and "mod_ssl is not loaded" in result.text, result
    assert NoSsl(pki, "", name="nossl").check().ok
