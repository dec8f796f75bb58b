# SPDX-License-Identifier: Apache-2.0
"""What `httpd -t` says of a configuration for step-up by redirect: what stops the start, what is warned of.

T-F06 T-F07 for these directives, S-25 (the file of keys).
"""
import json
import os
import shutil

import pytest
from cryptography import x509

from mtlstest import stepping
from mtlstest.server import Httpd
from mtlstest.sites import TRUST, location, vhost
from mtlstest.stepping import CERT, KEYS, OTHER, PLACES, REQUIRE, WWW, app, endpoint

STAFF = location("/staff", *REQUIRE, "MTLSAccept staff")
GOOD = app(places=STAFF) + endpoint()


def check(pki, hosts, head="", **more):
    """(server, what -t says)."""
    server = Httpd(pki, "Protocols h2 http/1.1\n" + head + TRUST + hosts, name="redirect-config",
                   modules=["http2", *more.pop("modules", ())], **more)
    return server, server.check()


def assert_told(server, result, at, *words):
    """One line names file and line of the text, and has every word."""
    place = "%s:%d:" % (server.conf_file, server.line_of(server.expand(at)))
    # httpd itself says this of what a directive refuses
    other = "on line %d of %s:" % (server.line_of(server.expand(at)), server.conf_file)
    lines = result.text.splitlines()
    said = [x for x in lines if place in x]
    said += [" ".join(lines[i:i + 2]) for i, x in enumerate(lines) if other in x]
    assert said, "nothing said about %s (%s) in\n%s" % (place, at, result.text)
    assert any(all(word in x for word in words) for x in said), "expected %r in\n%s" % (
        words, "\n".join(said))


def assert_fault(pki, hosts, at, *words, **more):
    server, result = check(pki, hosts, **more)
    assert not result.ok, "accepted:\n" + result.text
    assert_told(server, result, at, *words)


def assert_fine(pki, hosts, *unsaid, **more):
    _, result = check(pki, hosts, **more)
    assert result.ok, result
    for word in unsaid:
        assert word not in result.text, result


def test_right_configurations(pki):
    assert_fine(pki, GOOD)
    assert_fine(pki, app(places=PLACES) + endpoint(), files={
        "conf/people.map": stepping.MAP % pki.alice.sha256})
    assert_fine(pki, app(url="https://www.mtls.test:@PORT2@/", places=STAFF)
                + endpoint(WWW, port="@PORT2@"))
    assert_fine(pki, app(url="https://*.many.mtls.test:@PORT@/", places=STAFF)
                + endpoint("many.mtls.test", "ServerAlias *.many.mtls.test\n"))
    assert_fine(pki, app(url="https://cert.mtls.test:8443/ external", places=STAFF))
    assert_fine(pki, GOOD, head="MTLSTicketKeyFile %s\n" % stepping.key_file(
        pki.path("config-good.keys"), *KEYS))


# the address

@pytest.mark.parametrize("url", ["https://nobody.mtls.test:@PORT@/", "https://cert.mtls.test:1/",
                                 "https://cert.mtls.test/", "https://*.cert.mtls.test:@PORT@/"])
def test_an_address_that_nobody_serves(pki, url):
    line = "MTLSStepUpURL " + url
    assert_fault(pki, app(url=url, places=STAFF) + endpoint(), line, "MTLSStepUpURL", "external")
    assert_fine(pki, app(url=url + " external", places=STAFF) + endpoint())


def test_an_address_whose_host_is_no_endpoint(pki):
    assert_fault(pki, app(places=STAFF) + vhost(CERT, "MTLSAccept staff\n"),
                 "MTLSStepUpURL " + stepping.TO_CERT, "MTLSStepUpEndpoint")


@pytest.mark.parametrize("url", [
    "http://cert.mtls.test:@PORT@/", "cert.mtls.test", "https://cert.mtls.test:@PORT@/path",
    "https://cert.mtls.test:@PORT@/?x", "https://cert.mtls.test:@PORT@/#x", "https://u@cert.mtls.test:@PORT@/",
    "https://a.*.mtls.test/", "https://*/", "https://cert.mtls.test:0/", "https://cert.mtls.test:99999/",
    "https:///", "//cert.mtls.test/", "https://c\xc3\xa4rt.mtls.test/", "\"https://cert.mtls.test/ x\""])
def test_what_is_no_address(pki, url):
    line = "MTLSStepUpURL " + url
    assert_fault(pki, app(url=url, places=STAFF) + endpoint(), line, "MTLSStepUpURL")


def test_external_is_the_only_word(pki):
    assert_fault(pki, app(url=stepping.TO_CERT + " internal", places=STAFF) + endpoint(),
                 "MTLSStepUpURL " + stepping.TO_CERT + " internal", "external")


def test_an_address_of_another_site(pki):
    """Cookies with SameSite stay behind when a form comes back from there."""
    url = "https://cert.other.test:@PORT@/"
    assert_fault(pki, app(url=url, places=STAFF, order="redirect-post") + endpoint("cert.other.test"),
                 "MTLSStepUpURL " + url, "site")


@pytest.mark.parametrize("www,cert", [("www.one.co.uk", "cert.two.co.uk"), ("a.github.io", "b.github.io"),
                                      ("www.mtls.test", "127.0.0.1")])
def test_sites_by_the_public_suffix_list(pki, www, cert):
    url = "https://%s:@PORT@/" % cert
    assert_fault(pki, app(www, url=url, places=STAFF) + endpoint(cert), "MTLSStepUpURL " + url, "site")


def test_one_site_under_a_public_suffix(pki):
    assert_fine(pki, app("www.one.co.uk", url="https://cert.one.co.uk:@PORT@/", places=STAFF)
                + endpoint("cert.one.co.uk"))


# the endpoint

def test_an_endpoint_without_profiles(pki):
    assert_fault(pki, app(places=STAFF) + vhost(CERT, "MTLSStepUpEndpoint on\n"),
                 "MTLSStepUpEndpoint on", "MTLSAccept")


def test_an_endpoint_that_lacks_a_profile(pki):
    """A place accepts what its endpoint does not know: nobody would ever get in."""
    assert_fault(pki, app(places=STAFF + location("/third", *REQUIRE, "MTLSAccept third"))
                 + endpoint(), "MTLSAccept third", "third", CERT)


# What a host that sends browsers away inherits counts like what is written in it: (head, places).
THIRD = "MTLSAccept third\n"
NEEDS = location("/x", *REQUIRE)
INHERITED = {
    "server": (THIRD, NEEDS),
    "server-requires": (THIRD + "MTLSVerifyClient require\n", ""),
    "server-location": (location("/x", *REQUIRE, "MTLSAccept third"), ""),
    "server-location-accepts": (location("/x", "MTLSAccept third"), location("/x/y", *REQUIRE) + STAFF),
    "server-location-requires": (location("/x", *REQUIRE) + THIRD, ""),
    "server-location-of-all": (location("/", "MTLSAccept third"), "MTLSAccept staff\n<Directory /srv/x>\n"
                               "  MTLSVerifyClient require\n</Directory>\n"),
    "server-directory": ("<Directory /srv/x>\n  MTLSVerifyClient require\n  MTLSAccept third\n</Directory>\n", ""),
    "server-match": ("<LocationMatch ^/x>\n  MTLSVerifyClient require\n  MTLSAccept third\n</LocationMatch>\n", ""),
    "server-if": ("<If true>\n  MTLSAccept third\n</If>\n", STAFF),
    "server-nested-if": (location("/x", *REQUIRE, "<If true>", "MTLSAccept third", "</If>"),
                         "MTLSAccept staff\n"),
    "host-if": ("", STAFF + "<If true>\n  MTLSAccept third\n</If>\n"),
    "host-nested-if": ("", "MTLSAccept staff\n" + location("/x", *REQUIRE, "<If true>", "MTLSAccept third", "</If>")),
    "host-if-requires": (THIRD, "<If true>\n  MTLSVerifyClient require\n</If>\n"),
    "server-comes-back": (location("/x", *REQUIRE, "MTLSStepUp off", "MTLSAccept third"),
                          location("/x", "MTLSStepUp redirect")),
}


@pytest.mark.parametrize("url", ["host", "server"])
@pytest.mark.parametrize("kind", INHERITED)
def test_an_endpoint_that_lacks_what_is_inherited(pki, kind, url):
    """What stands in the main server, or in a section of it, holds in each host; one line tells it."""
    head, places = INHERITED[kind]
    hosts, head = senders(url, places, head)
    server, result = check(pki, hosts + app(OTHER, places="") + endpoint(), head=head)
    assert not result.ok, "accepted:\n" + result.text
    assert_told(server, result, "MTLSAccept third", "third", CERT)
    assert result.text.count("for profile third") == 1, result


def senders(url, places, head):
    """(hosts that send browsers away, what stands in the main server)."""
    if url == "host":
        return app(places=places), head
    line = "MTLSStepUpURL %s\nMTLSStepUp redirect\n" % stepping.TO_CERT
    return vhost(WWW, places), line + head


# Where nobody is sent to the endpoint for that profile: (head, places).
NOT_ASKED = {
    "replaced": (THIRD, STAFF),
    "replaced-in-host": (THIRD, "MTLSAccept partner\n" + NEEDS),
    "replaced-everywhere": (THIRD + "MTLSVerifyClient require\n", location("/", "MTLSAccept staff")),
    "replaced-above": (location("/x/y", *REQUIRE, "MTLSAccept third"), location("/x", "MTLSAccept staff")),
    "replaced-same": (location("/x", *REQUIRE, "MTLSAccept third"), location("/x", "MTLSAccept staff")),
    "replaced-match": ("<LocationMatch ^/x>\n  MTLSVerifyClient require\n  MTLSAccept third\n</LocationMatch>\n",
                       "<LocationMatch ^/x>\n  MTLSAccept staff\n</LocationMatch>\n"),
    "replaced-later": ("<Directory /srv>\n  MTLSAccept third\n</Directory>\n", STAFF),
    "elsewhere": (location("/x", "MTLSAccept third"), STAFF),
    "optional": (THIRD, location("/x", "MTLSVerifyClient optional")),
    "optional-place": ("", STAFF + location("/x", "MTLSVerifyClient optional", "MTLSAccept third")),
    "never": (THIRD, ""),
    "freed": (location("/x", *REQUIRE, "MTLSAccept third"), location("/x", "MTLSVerifyClient none")),
    "not-sent": (THIRD, location("/x", *REQUIRE, "MTLSStepUp post-handshake")),
    "not-sent-from-server": (location("/x", *REQUIRE, "MTLSAccept third", "MTLSStepUp off"), STAFF),
    "outer-not-sent": ("", location("/x", *REQUIRE, "MTLSStepUp off")
                       + location("/x/y", "MTLSAccept third") + "MTLSAccept staff\n"),
}


@pytest.mark.parametrize("url", ["host", "server"])
@pytest.mark.parametrize("kind", NOT_ASKED)
def test_profiles_that_nobody_is_sent_for(pki, kind, url):
    head, places = NOT_ASKED[kind]
    hosts, head = senders(url, places, head)
    assert_fine(pki, hosts + endpoint(), "for profile", head=head)


def test_hosts_that_send_nobody_inherit_too(pki):
    """Without TLS, without an address, or an endpoint: nobody is sent from there."""
    head = THIRD + location("/x", *REQUIRE)
    here = "MTLSAccept staff\n"
    assert_fine(pki, app(places=here) + vhost(OTHER, "") + endpoint(), head=head)
    url = "MTLSStepUpURL %s\n" % stepping.TO_CERT
    assert_fine(pki, vhost(WWW, here) + endpoint() + "<VirtualHost *:@PLAIN@>\n  ServerName %s\n</VirtualHost>\n"
                % WWW, head=url + head)


def test_an_endpoint_that_inherits_its_profiles(pki):
    bare = vhost(CERT, "MTLSStepUpEndpoint on\n")
    for head in (THIRD, "MTLSAccept staff partner third\n"):
        assert_fine(pki, app(places=NEEDS) + bare, head=head)
    assert_fault(pki, app(places=NEEDS + location("/z", *REQUIRE, "MTLSAccept staff")) + bare,
                 "MTLSAccept staff", "staff", CERT, head=THIRD)


def test_an_endpoint_without_tls(pki):
    plain = endpoint().replace("SSLEngine on", "SSLEngine off")
    assert_fault(pki, app(places=STAFF) + plain, "MTLSStepUpEndpoint on", "SSLEngine")


@pytest.mark.parametrize("origin", ["http://www.mtls.test", "https://www.mtls.test/", "www.mtls.test",
                                    "https://*.mtls.test", "https://www.mtls.test:0", "null",
                                    "https://WWW.mtls.test", "https://www.mtls.test:443"])
def test_what_is_no_origin(pki, origin):
    line = "MTLSStepUpOrigin " + origin
    assert_fault(pki, app(places=STAFF) + endpoint(lines=line + "\n"), line, "MTLSStepUpOrigin")


def test_origins(pki):
    assert_fine(pki, app(places=STAFF) + endpoint(
        lines="MTLSStepUpOrigin https://app.mtls.test https://app.mtls.test:8443\n"))


# order and words

@pytest.mark.parametrize("words", ["redirect redirect", "redirect redirect-post", "redirect-post redirect",
                                   "off redirect", "redirect off", "redirects",
                                   "post-handshake renegotiate redirect redirect-post"])
def test_orders(pki, words):
    assert_fault(pki, app(places=STAFF, order=words) + endpoint(), "MTLSStepUp " + words, "MTLSStepUp")


@pytest.mark.parametrize("words", ["redirect", "redirect-post", "post-handshake redirect",
                                   "renegotiate redirect-post post-handshake",
                                   "redirect renegotiate"])
def test_right_orders(pki, words):
    assert_fine(pki, app(places=STAFF, order=words) + endpoint())


@pytest.mark.parametrize("line", [
    "MTLSTicketTime", "MTLSTicketTime idle=0", "MTLSTicketTime idle=2h total=1h", "MTLSTicketTime skew=61s",
    "MTLSTicketTime 10m", "MTLSTicketTime idle=10m idle=10m",
    "MTLSTicketTime idle=-1s", "MTLSTicketTime idle=x", "MTLSTicketTime never=1s",
    "MTLSTicketBind", "MTLSTicketBind cookie", "MTLSTicketBind none address",
    "MTLSTicketBind address address", "MTLSSameOrigin maybe", "MTLSPreflight yes",
    "MTLSStepUpPath mtls", "MTLSStepUpPath /", "MTLSStepUpPath /a/", "MTLSStepUpPath //a",
    "MTLSStepUpPath /a?b", "MTLSStepUpPath /a%20b", "MTLSStepUpEndpoint maybe"])
def test_words_that_are_wrong(pki, line):
    assert_fault(pki, app(lines=line + "\n", places=STAFF) + endpoint(), line,
                 line.split()[0])


@pytest.mark.parametrize("line", [
    "MTLSTicketTime idle=1s", "MTLSTicketTime idle=1m total=1m skew=0s", "MTLSTicketTime skew=60s",
    "MTLSTicketBind none", "MTLSTicketBind user-agent address", "MTLSSameOrigin off",
    "MTLSPreflight refuse", "MTLSStepUpPath /.well/known"])
def test_words_that_are_right(pki, line):
    assert_fine(pki, app(lines=line + "\n", places=STAFF) + endpoint())


@pytest.mark.parametrize("line", ["MTLSTicketKeyFile x", "MTLSTicketRevokedFile x", "MTLSTextFile fr x"])
def test_for_the_whole_server(pki, line):
    assert_fault(pki, app(lines=line + "\n", places=STAFF) + endpoint(), line, line.split()[0])


def test_a_cache_is_needed(pki):
    assert_fault(pki, GOOD, "MTLSCache off", "MTLSCache", head="MTLSCache off\n")


def test_a_cache_that_cannot_keep_chains(pki):
    """F-26: dbm takes small values only; too little shared memory none of that size."""
    assert_fault(pki, GOOD, "MTLSCache dbm", "950", "shmcb", head="MTLSCache dbm:logs/cache\n",
                 modules=["socache_dbm"])
    line = "MTLSCache shmcb:mtls(40959)"
    assert_fault(pki, GOOD, line, "40959", "40960", "shmcb:mtls(16777216)", head=line + "\n")
    assert_fine(pki, GOOD, "MTLSCache:", head="MTLSCache shmcb:mtls(40960)\n")
    assert_fine(pki, GOOD, "MTLSCache:", head="MTLSCache shmcb\n")


def test_such_a_cache_is_good_enough_without_redirects(pki):
    hosts = vhost(WWW, STAFF)
    assert_fine(pki, hosts, "950", head="MTLSCache dbm:logs/cache\n", modules=["socache_dbm"])
    assert_fine(pki, hosts, "40960", head="MTLSCache shmcb:mtls(9000)\n")


@pytest.mark.parametrize("kind", ["redis", "memcache"])
def test_S_27_several_servers_of_a_store(pki, kind):
    """One that comes back may have missed a revocation."""
    line = "MTLSCache %s:127.0.0.1:6379" % kind
    server, result = check(pki, GOOD, head=line + ",127.0.0.1:6380\n", modules=["socache_" + kind])
    assert result.ok, result
    assert_told(server, result, line, "revoked", "name one")
    assert_fine(pki, GOOD, "name one", head=line + "\n", modules=["socache_" + kind])


def test_logout_needs_no_more_than_a_place(pki):
    assert_fine(pki, app(places=STAFF + location("/logout", "SetHandler mtls-logout")) + endpoint())


# keys (S-25)

def keys_checked(pki, text, mode=0o640):
    path = pki.path("config.keys")
    with open(path, "wb") as f:
        f.write(text)
    os.chmod(path, mode)
    if os.geteuid() == 0:
        shutil.chown(path, 0, "nogroup")
    server, result = check(pki, GOOD, head="MTLSTicketKeyFile %s\n" % path)
    return server, result, path


ONE, TWO = KEYS[0].encode(), KEYS[1].encode()
BAD_KEYS = {
    "empty": b"", "blank": b"\n\n", "short": ONE[:-2] + b"\n", "long": ONE + b"00\n",
    "zero": b"0" * 64 + b"\n", "twice": ONE + b"\n" + TWO + b"\n" + ONE + b"\n",
    "rubbish": b"not a key\n", "half": ONE + b"\n" + TWO[:20] + b"\n", "nul": ONE + b"\0\n",
    "binary": bytes(range(32))}


@pytest.mark.parametrize("kind", BAD_KEYS)
def test_S_25_keys_that_are_none(pki, kind):
    _, result, path = keys_checked(pki, BAD_KEYS[kind])
    assert not result.ok, result
    assert path in result.text, result
    assert ONE.decode() not in result.text and TWO.decode() not in result.text, "a key is told"


@pytest.mark.skipif(os.geteuid() != 0, reason="who owns a file decides")
@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o660, 0o666, 0o620])
def test_S_25_keys_that_others_may_read_or_write(pki, mode):
    _, result, path = keys_checked(pki, ONE + b"\n", mode)
    assert not result.ok and path in result.text, result


def test_S_25_no_file_of_keys(pki):
    assert_fault(pki, GOOD, "MTLSTicketKeyFile /nowhere/keys", "/nowhere/keys",
                 head="MTLSTicketKeyFile /nowhere/keys\n")


# revoked tickets (S-08)

MARK = b"0123456789abcdef"
LISTS = {"empty": b"", "one": MARK, "several": b"# two\r\n" + MARK + b" # a laptop\r\n\n" + MARK[::-1].upper()}
BAD_LISTS = {  # and the lines that are told
    "short": (MARK[:-1] + b"\n", [1]), "long": (MARK + b"0\n", [1]), "nul": (MARK + b"\0\n", [1]),
    "several": (MARK + b"\nticket\n" + MARK + b" " + MARK + b"\n#\n" + MARK + b"\n0x\n", [2, 3, 6]),
    "binary": (bytes(range(32, 256)), [1])}


def list_checked(pki, text, mode=0o644):
    path = pki.path("config.revoked")
    with open(path, "wb") as f:
        f.write(text)
    os.chmod(path, mode)
    line = "MTLSTicketRevokedFile " + path
    return (*check(pki, GOOD, head=line + "\n"), path, line)


@pytest.mark.parametrize("kind", LISTS)
def test_S_08_lists_of_tickets(pki, kind):
    _, result, _, _ = list_checked(pki, LISTS[kind])
    assert result.ok, result


@pytest.mark.parametrize("kind", BAD_LISTS)
def test_S_08_lists_of_what_is_no_ticket(pki, kind):
    """All wrong lines at once; what stands there is not repeated."""
    text, wrong = BAD_LISTS[kind]
    _, result, path, _ = list_checked(pki, text)
    assert not result.ok, result
    told = [int(x.split(path + ":")[1].split(":")[0]) for x in result.text.splitlines() if path + ":" in x]
    assert told == wrong, result
    assert MARK[:-1].decode() not in result.text, result


@pytest.mark.skipif(os.geteuid() != 0, reason="who owns a file decides")
@pytest.mark.parametrize("mode", [0o666, 0o602])
def test_S_08_a_list_that_everybody_may_write(pki, mode):
    server, result, path, line = list_checked(pki, MARK, mode)
    assert not result.ok, result
    assert_told(server, result, line, path, "chmod o-w")


def test_S_08_a_list_that_is_too_large(pki):
    server, result, path, line = list_checked(pki, b"#" * (1024 * 1024 + 1))
    assert not result.ok, result
    assert_told(server, result, line, path, "larger than 1048576")


def test_S_08_no_list(pki):
    assert_fault(pki, GOOD, "MTLSTicketRevokedFile /nowhere/list", "/nowhere/list",
                 head="MTLSTicketRevokedFile /nowhere/list\n")


def test_S_35_random_keys_are_warned_of_when_there_are_other_servers(pki):
    """More than one host is evident from a shared cache or an external endpoint."""
    url = "https://cert.mtls.test:8443/ external"
    _, result = check(pki, app(url=url, places=STAFF))
    assert result.ok and "MTLSTicketKeyFile" in result.text, result
    _, result = check(pki, GOOD, head="MTLSCache redis:127.0.0.1:6379\n", modules=["socache_redis"])
    assert result.ok and "MTLSTicketKeyFile" in result.text, result
    _, result = check(pki, GOOD)
    assert "MTLSTicketKeyFile" not in result.text, result


# S-17: names that browsers take for one

def test_S_17_names_that_share_everything(pki):
    """Same address, same certificate, HTTP/2: the browser may reuse a connection; said, not forbidden."""
    shared = GOOD.replace("@SERVERCERT@", "SSLCertificateFile %s\n  SSLCertificateKeyFile %s" % (
        wide(pki).file, wide(pki).key_file))
    _, result = check(pki, shared)
    assert result.ok, result
    assert CERT in result.text and "Protocols http/1.1" in result.text, result


def test_S_17_remedies_are_silent(pki):
    """HTTP/1.1 alone at the endpoint, a port of its own, or certificates that cover one name each."""
    cert = wide(pki)
    lines = "SSLCertificateFile %s\n  SSLCertificateKeyFile %s" % (cert.file, cert.key_file)
    own_lines, other_lines = (
        "SSLCertificateFile %s\n  SSLCertificateKeyFile %s" % (own.file, own.key_file) for own in (
            pki.issue(name, pki.server_root, cn=name, eku=(), sans=[x509.DNSName(name)])
            for name in (CERT, WWW)))
    www = app(places=STAFF).replace("@SERVERCERT@", lines)
    for hosts in (
            www + endpoint(lines="Protocols http/1.1\n").replace("@SERVERCERT@", lines),
            app(places=STAFF).replace("@SERVERCERT@", other_lines)
            + endpoint().replace("@SERVERCERT@", own_lines),
            app(places=STAFF, url="https://www.mtls.test:@PORT2@/").replace("@SERVERCERT@", lines)
            + endpoint(WWW, port="@PORT2@").replace("@SERVERCERT@", lines)):
        _, result = check(pki, hosts)
        assert result.ok and "connection" not in result.text, result


def wide(pki):
    """A server certificate for both names."""
    if not hasattr(pki, "wide"):
        pki.issue("wide", pki.server_root, cn=WWW, eku=(), sans=[x509.DNSName("*.mtls.test")])
    return pki.wide


# texts

def test_text_files(pki):
    good = json.dumps({"reasons": {"expired": {"title": "P\u00e9rim\u00e9"}}})
    assert_fine(pki, GOOD, head="MTLSTextFile fr @ROOT@/conf/fr.json\nMTLSTextFile de @ROOT@/conf/fr.json\n",
                files={"conf/fr.json": good})


@pytest.mark.parametrize("text", ["", "x", "[]", "{\"reasons\": {\"nonsense\": {\"title\": \"x\"}}}",
                                  "{\"reasons\": {\"expired\": {\"title\": 1}}}", "{\"other\": {}}",
                                  "{\"reasons\": {\"expired\": {\"title\": \"%s\"}}}" % ("x" * 3000)])
def test_text_files_that_are_none(pki, text):
    server, result = check(pki, GOOD, head="MTLSTextFile fr @ROOT@/conf/fr.json\n",
                           files={"conf/fr.json": text})
    assert not result.ok and "fr.json" in result.text, result


def test_a_language_twice(pki):
    assert_fault(pki, GOOD, "MTLSTextFile fr @ROOT@/conf/b.json", "MTLSTextFile",
                 head="MTLSTextFile fr @ROOT@/conf/a.json\nMTLSTextFile fr @ROOT@/conf/b.json\n",
                 files={"conf/a.json": "{}", "conf/b.json": "{}"})


# the whole

def test_faults_are_told_at_once(pki):
    hosts = app(lines="MTLSTicketTime idle=1m\n", places=STAFF, url="https://no.mtls.test:@PORT@/")
    hosts += vhost(CERT, "MTLSStepUpEndpoint on\n")
    server, result = check(pki, hosts, head="MTLSCache off\n")
    assert not result.ok
    for at in "MTLSStepUpURL https://no.mtls.test", "MTLSStepUpEndpoint on", "MTLSCache off":
        place = "%s:%d:" % (server.conf_file, server.line_of(at))
        assert place in result.text, (at, result)
