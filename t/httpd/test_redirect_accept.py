# SPDX-License-Identifier: Apache-2.0
"""Step-up by redirect in configurations that are odd, and legal: what an administrator has anyway.

Deliver 1, 2 and 8 of the step-up by redirect; S-08, S-12, S-16, S-17, S-19, S-20, S-32.
"""
import re
import urllib.error
import urllib.request

import pytest

from mtlstest import ports, stepping
from mtlstest.roundtrip import Browser
from mtlstest.server import Httpd
from mtlstest.service import Answer, Service
from mtlstest.sites import PROBLEM, TRUST, location, vhost
from mtlstest.stepping import (CERT, OTHER, REQUIRE, STATUS, TICKET, TO_CERT, WWW, app,
                               assert_none_ran, assert_sent, assert_served, assert_stopped, endpoint,
                               visit)

STAFF = location("/staff", *REQUIRE, "MTLSAccept staff")
ALSO = "also.mtls.test"
PASSWORD = ["AuthType Basic", "AuthName x", "AuthUserFile conf/none", "AuthBasicProvider file"]


@pytest.fixture
def alice(pki):
    return stepping.person(pki)


def serve(pki, hosts, **more):
    return stepping.site(pki, hosts, name="odd", **more)


# hosts

def test_one_line_for_all_hosts(pki, alice):
    """MTLSStepUpURL of the main server: each host's browsers are sent, and come back to theirs."""
    head = "MTLSStepUpURL %s\nMTLSStepUp redirect\n" % TO_CERT
    with serve(pki, vhost(WWW, STAFF) + vhost(OTHER, STAFF) + endpoint(), head=head) as site:
        for host in (WWW, OTHER):
            with site.browser(alice, CERT) as browser:
                hops = visit(site, browser, "/staff", alice, host=host)
                assert [h.url.host for h in hops] == [host, CERT, host, host]


def test_a_host_without_tls_beside(pki, alice):
    """The same name without TLS knows nothing of the walk, and refuses where a certificate is required."""
    plain = "<VirtualHost *:@PLAIN@>\n  ServerName %s\n<Location />\n  SetHandler oracle\n</Location>\n%s" \
            "</VirtualHost>\n" % (WWW, STATUS + STAFF)
    head = "MTLSStepUpURL %s\nMTLSStepUp redirect\n" % TO_CERT
    with serve(pki, vhost(WWW, STAFF) + endpoint() + plain, head=head) as site:
        with site.browser(alice, CERT) as browser:
            visit(site, browser, "/staff", alice)
        for path, cookie in (("/staff", ""), ("/.mtls/start?s=x", ""), ("/.mtls/return?c=x", "")):
            request = urllib.request.Request("http://127.0.0.1:%d%s" % (site.plain, path),
                                             headers={"Host": WWW, "Cookie": cookie})
            with pytest.raises(urllib.error.HTTPError) as error:
                urllib.request.urlopen(request, timeout=20)
            assert error.value.code == 403
            assert "not-tls" in error.value.read().decode()
            assert error.value.headers["Location"] is None


@pytest.mark.parametrize("canonical", ["Off", "On"])
@pytest.mark.parametrize("host", [ALSO, "unknown.mtls.test"])
def test_S_32_by_another_name(pki, alice, canonical, host):
    """Whoever comes by a name that is not the origin's is sent to the one that is, before he is asked for
    anything: cookies of this name would not come along to the other."""
    lines = "ServerAlias %s\nUseCanonicalName %s\n" % (ALSO, canonical)
    with serve(pki, app(lines=lines, places=STAFF) + endpoint()) as site:
        with site.browser(alice, CERT) as browser:
            hops = browser.go(site.url("/staff?a=b", host=host))
            assert_none_ran(site, *hops[:-1])
            assert_served(site, hops[-1], alice)
            assert hops[-1].url.host == (ALSO if (host, canonical) == (ALSO, "Off") else WWW)
            assert hops[-1].url.query == "a=b"
            assert len(browser.go(hops[-1].url.text)) == 1


@pytest.mark.parametrize("host", [CERT, "cert2.mtls.test"])
def test_S_19_an_alias_of_the_endpoint(pki, alice, host):
    hosts = app(places=STAFF, url="https://%s:@PORT@/" % host) + endpoint(
        lines="ServerAlias cert2.mtls.test\n")
    with serve(pki, hosts) as site, site.browser(alice, host) as browser:
        visit(site, browser, "/staff", alice)


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("canonical", ["Off", "On"])
def test_the_same_name_on_two_ports(pki, alice, named, canonical):
    """With and without the port in ServerName."""
    hosts = app(places=STAFF, lines="UseCanonicalName %s\n" % canonical,
                url="https://%s:@PORT2@/" % WWW) + endpoint(WWW, port="@PORT2@")
    if named:
        first, second = hosts.split("<VirtualHost *:@PORT2@>")
        hosts = first.replace("ServerName " + WWW, "ServerName https://%s:@PORT@" % WWW) \
            + "<VirtualHost *:@PORT2@>" + second.replace("ServerName " + WWW,
                                                         "ServerName %s:@PORT2@" % WWW)
    with serve(pki, hosts) as site, site.browser(alice) as browser:
        hops = visit(site, browser, "/staff", alice)
        assert [h.url.port for h in hops] == [site.port, site.port2, site.port, site.port]


@pytest.fixture
def port():
    with ports.held() as found:
        yield found


@pytest.mark.parametrize("listen", ["Listen %d https\n", "Listen 127.0.0.1:%d https\n"],
                         ids=["dual", "ipv4"])
def test_S_08_bound_to_the_address_on_any_socket(pki, alice, listen, port):
    """A socket for both families gives addresses of IPv4 as ones of IPv6."""
    hosts = app(places=STAFF, lines="MTLSTicketBind address\n", port=port,
                url="https://cert.mtls.test:%d/" % port) + endpoint(port=port)
    with serve(pki, hosts, head=listen % port) as site:
        with site.browser(alice, CERT, source="127.0.0.1") as browser:
            visit(site, browser, "/staff", alice, port=port)
            cookie = ("Cookie", "%s=%s" % (TICKET, browser.jar.value(WWW, TICKET)))
        for source, status in (("127.0.0.9", 200), ("127.9.9.9", 401)):
            with Browser(program=True, source=source) as other:
                hop = other.fetch(site.url("/staff", port=port), site.url("/", port=port),
                                  headers=[cookie, PROBLEM])
                assert hop.status == status, hop
                assert site.oracle.ran(hop.case) == (status == 200)


# what else a host may do

GREEDY = {
    "rewritten": (["rewrite"], "RewriteEngine on\nRewriteRule ^/(?!index\\.php).* /index.php [L]\n"),
    "sent-away": (["rewrite"], "RewriteEngine on\nRewriteCond %{REQUEST_URI} !^/staff\n"
                               "RewriteRule ^ https://elsewhere.mtls.test/ [R,L]\n"),
    "redirected": (["alias"], "RedirectMatch ^/[^s] https://elsewhere.mtls.test/\n"),
    "denied": ([], location("/", "Require all denied") + location("/staff", "Require all granted")),
    "compressed": (["deflate", "filter"], "SetOutputFilter DEFLATE\n"),
}


@pytest.mark.parametrize("protocol", ["h1", "h2"])
@pytest.mark.parametrize("name", GREEDY)
def test_hosts_that_take_every_address(pki, alice, name, protocol):
    """The walk's addresses are the module's before anybody else's, at both ends."""
    modules, lines = GREEDY[name]
    hosts = app(places=STAFF + lines) + endpoint(lines=lines.replace("/staff", "/nothing"))
    with serve(pki, hosts, modules=modules) as site:
        with site.browser(alice, CERT, protocol=protocol) as browser:
            visit(site, browser, "/staff", None)
            assert_served(site, browser.hops[-1], alice)


class Backend(Service):
    """Remembers what it was asked."""

    def answer_to(self, request):
        return Answer(b"from behind", "text/plain")


@pytest.fixture(scope="module")
def backend():
    with Backend() as one:
        yield one


def test_everything_is_behind(pki, alice, backend):
    """ProxyPass / at both hosts: no step of the walk is asked of the backend."""
    lines = "ProxyPass / http://127.0.0.1:%d/\n" % backend.port
    none = location("/", "SetHandler none")
    with serve(pki, app(places=none + STAFF, lines=lines) + endpoint(lines=lines + none),
               modules=["proxy", "proxy_http"]) as site:
        with site.browser(alice, CERT) as browser:
            hops = browser.go(site.url("/staff/x?y"))
            assert hops[-1].status == 200 and hops[-1].text == "from behind", hops
            assert len(hops) == 4


def test_mod_cache_keeps_nothing(pki, alice, backend):
    """What one was shown is not another's to see, nor is his walk another's to go."""
    lines = ("ProxyPass /staff http://127.0.0.1:%d/\nProxyPass /free http://127.0.0.1:%d/\n"
             "CacheRoot @ROOT@/tmp\nCacheEnable disk /\nCacheIgnoreNoLastMod On\n"
             "CacheDefaultExpire 600\nCacheHeader on\nCacheIgnoreCacheControl On\nCacheStoreNoStore On\n"
             "CacheStorePrivate On\n" % (backend.port, backend.port))
    places = location("/staff", *REQUIRE, "MTLSAccept staff", "SetHandler none") + location(
        "/free", "SetHandler none")
    with serve(pki, app(places=places, lines=lines) + endpoint(),
               modules=["cache", "cache_disk", "proxy", "proxy_http"]) as site:
        with site.browser(alice, CERT) as browser:
            assert browser.go(site.url("/staff"))[-1].text == "from behind"
            assert browser.go(site.url("/staff"))[-1].text == "from behind"
            # the cache does its work
            browser.open(site.url("/free"))
            assert site.wait_for(lambda: "HIT" in (browser.open(site.url("/free")).header("X-Cache")
                                                   or ""))
        with site.browser(None) as stranger:
            first = assert_sent(site, stranger.open(site.url("/staff")))
            second = assert_sent(site, stranger.open(site.url("/staff")))
            assert first.value != second.value


@pytest.mark.parametrize("lines,status", [
    (['<If "%{MTLS_SUBJECT} =~ /walker/">', "Header always set X-If yes", "</If>"], 200),
    (['<If "-z %{MTLS_SUBJECT}">', "Require all denied", "</If>"], 200),
    (['<If "-n %{MTLS_SUBJECT}">', "Require all denied", "</If>"], 403),
    (["Satisfy any", "Order deny,allow", "Deny from all"], 200),
    (["Satisfy any", "Order deny,allow"], 200),
    (["Require all denied"], 403),
    (["AuthType mtls", "MTLSUser cn", "<RequireAny>", "Require ip 10.0.0.0/8", "Require valid-user",
      "</RequireAny>"], 200),
    ([*PASSWORD, "Require valid-user"], 401),
], ids=["if", "if-nobody", "if-somebody", "satisfy-denied", "satisfy-allowed", "denied", "any", "password"])
def test_a_ticket_is_a_certificate_to_other_rules(pki, alice, lines, status):
    """What decides beside the certificate decides with a ticket as with any proof, and nobody gets round
    the certificate."""
    place = location("/staff", *REQUIRE, "MTLSAccept staff", *lines)
    with serve(pki, app(places=place) + endpoint(), files={"conf/none": ""}, modules=[
            "headers", "access_compat", "authz_host", "auth_basic", "authn_file"]) as site:
        with site.browser(None) as stranger:
            assert_sent(site, stranger.open(site.url("/staff")))
        with site.browser(alice, CERT) as browser:
            hops = browser.go(site.url("/staff"))
            assert len(hops) == 4 and hops[-1].status == status, hops
            assert site.oracle.ran(hops[-1].case) == (status == 200)
            if "Header always set X-If yes" in lines:
                assert hops[-1].header("X-If") == "yes"


# preflights that are handed on

PASSED = [
    # what stands beside the certificate, and what becomes of the preflight: None: it is handed on
    (["Require mtls-valid"], None),
    (["AuthType mtls", "MTLSUser cn", "Require valid-user"], None),
    (["AuthType mtls", "MTLSUser cn", "Require user somebody"], None),
    (["Require mtls-issuer CN=nobody", "Require ip 127.0.0.0/8"], None),
    (["<RequireAll>", "Require ip 127.0.0.0/8", "Require mtls-valid", "</RequireAll>"], None),
    (["<RequireAll>", "Require ip 10.0.0.0/8", "Require mtls-valid", "</RequireAll>"], 403),
    (["AuthType mtls", "MTLSUser cn", "<RequireAll>", "Require ip 10.0.0.0/8", "Require valid-user",
      "</RequireAll>"], 403),
    (["<RequireAll>", "Require mtls-valid", "Require not mtls-trust partner", "</RequireAll>"], None),
    (["<RequireAll>", "Require mtls-valid", "Require not ip 127.0.0.0/8", "</RequireAll>"], 403),
    (["<RequireAll>", "Require is-staff", "Require ip 127.0.0.0/8", "</RequireAll>"], None),
    (["<RequireAll>", "Require is-staff", "Require ip 10.0.0.0/8", "</RequireAll>"], 403),
    (["<RequireAll>", "Require all granted", "Require not is-staff", "</RequireAll>"], None),
    (["Require all denied"], 403),
    ([*PASSWORD, "Require valid-user"], 401),
    ([*PASSWORD, "<RequireAll>", "Require mtls-valid", "Require valid-user", "</RequireAll>"], 401),
    ([*PASSWORD, "Require mtls-valid"], None),
    ([*PASSWORD, "MTLSUser cn", "Require valid-user"], None),
    ([*PASSWORD, "MTLSFakeBasicAuth on", "Require valid-user"], None),
    (["Satisfy any", "Order deny,allow", "Deny from all", "Require mtls-valid"], None),
    (["Order deny,allow", "Deny from all", "Require mtls-valid"], 403),
]


def test_S_15_a_preflight_passes_the_certificate_alone(pki, alice):
    """MTLSPreflight pass leaves out what only a certificate could meet; what others demand stands."""
    aliases = '<AuthzProviderAlias mtls-trust is-staff "staff">\n</AuthzProviderAlias>\n'
    places = "".join(location("/passed-%d" % number, *REQUIRE, "MTLSAccept staff", "MTLSPreflight pass",
                              *lines) for number, (lines, _) in enumerate(PASSED))
    asks = [("Access-Control-Request-Method", "PUT")]
    with serve(pki, app(places=places) + endpoint(), head=aliases, files={"conf/none": ""}, modules=[
            "access_compat", "authz_host", "auth_basic", "authn_file"]) as site:
        for number, (lines, status) in enumerate(PASSED):
            with site.browser() as browser:
                hop = browser.fetch(site.url("/passed-%d" % number), "https://evil.example", "OPTIONS",
                                    headers=asks)
                assert hop.status == (status or 200), (lines, hop)
                assert site.oracle.ran(hop.case) == (status is None), lines
                hop = browser.fetch(site.url("/passed-%d" % number), "https://evil.example", "OPTIONS")
                assert not site.oracle.ran(hop.case), lines


@pytest.mark.parametrize("protocol", ["h1", "h2"])
def test_S_12_server_status(pki, alice, protocol):
    """The lines of requests that the status page shows are without states and codes.

    A thread shows its latest request only, and the page's own may be that: walks are made until it
    shows one.
    """
    with serve(pki, app(places=STAFF) + endpoint(), head="ExtendedStatus On\n") as site:
        def walk_and_look():
            with site.browser(alice, CERT, protocol=protocol) as browser:
                hops = visit(site, browser, "/staff", alice)
            with urllib.request.urlopen("http://127.0.0.1:%d/server-status" % site.plain,
                                        timeout=20) as answer:
                page = answer.read().decode("utf-8")
            for hop in hops[:2]:
                assert hop.to.query[2:26] not in page
            assert not re.search(r"[?&][sc]=", page)
            return "GET /staff HTTP" in page

        assert site.wait_for(walk_and_look), "no walk is on the page"


@pytest.mark.parametrize("mpm", ["prefork", "worker"])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_other_processing_modules(pki, alice, mpm, version):
    with serve(pki, app(places=STAFF) + endpoint(), mpm=mpm) as site:
        with site.browser(alice, CERT, version=version) as browser:
            visit(site, browser, "/staff", alice)
        with site.browser(None) as stranger:
            hop = stranger.walk(stranger.open(site.url("/staff")))[-1]
            assert_stopped(site, hop, "no-certificate")


def test_the_whole_host_requires(pki, alice):
    """Its own addresses answer without a certificate all the same, and the first page is sent away."""
    lines = "MTLSVerifyClient require\nMTLSAskInHandshake never\nMTLSAccept staff\n"
    with serve(pki, app(places=lines) + endpoint()) as site, site.browser(alice, CERT) as browser:
        hops = visit(site, browser, "/", None)
        assert_served(site, hops[-1], alice)
        assert browser.open(site.url("/.mtls/done")).status == 200


ORDERS = {
    "default": (None, {"1.2": "renegotiation", "pha": "post-handshake"}),
    "first": ("redirect post-handshake renegotiate", {}),
    "last": ("renegotiate post-handshake redirect", {"1.2": "renegotiation",
                                                     "pha": "post-handshake"}),
    "new": ("post-handshake redirect", {"pha": "post-handshake"}),
    "old": ("renegotiate redirect-post", {"1.2": "renegotiation"}),
    "alone": ("redirect", {}),
}


@pytest.fixture(scope="module")
def ordered(pki):
    places = "".join(location("/" + name, *REQUIRE, "MTLSAccept staff",
                              *(["MTLSStepUp " + words] if words else []))
                     for name, (words, _) in ORDERS.items())
    with serve(pki, app(places=places, order=None) + endpoint()) as running:
        yield running


@pytest.mark.parametrize("protocol", ["h1", "h2"])
@pytest.mark.parametrize("client", ["1.2", "1.3", "pha"])
@pytest.mark.parametrize("name", ORDERS)
def test_S_18_the_first_that_is_possible(ordered, alice, name, client, protocol):
    """Each order, each kind of client; a browser is not sent from HTTP/2 to HTTP/1.1 where it can be sent to
    the endpoint."""
    _, methods = ORDERS[name]
    expected = methods.get(client, "ticket") if protocol == "h1" else "ticket"
    with ordered.browser(alice, "*", protocol=protocol, pha=client == "pha",
                         version="1.2" if client == "1.2" else "1.3") as browser:
        hops = browser.go(ordered.url("/" + name))
        assert hops[-1].status == 200, hops
        assert ordered.oracle.one(hops[-1].case)["env"]["MTLS_PROOF"] == expected
        assert len(hops) == (4 if expected == "ticket" else 1)


# loops that are none

AGAIN = "<MTLSTrust again>\n  MTLSCACertificateFile @PKI@/staff_root.leaf.pem\n</MTLSTrust>\n"


def test_S_16_to_and_fro_is_no_loop(pki, alice):
    """Two places that accept one certificate by different profiles, visited in turn without a pause."""
    places = STAFF + location("/again", *REQUIRE, "MTLSAccept again")
    with serve(pki, app(places=places) + endpoint(accept="staff again"), head=AGAIN) as site:
        with site.browser(alice, CERT) as browser:
            for turn in range(5):
                for path in ("/staff", "/again"):
                    hops = browser.go(site.url(path))
                    assert hops[-1].status == 200, (turn, hops)


def test_S_16_two_applications_of_one_name(pki, alice):
    """They share the cookies, since ports do not divide these."""
    hosts = app(places=STAFF) + app(places=STAFF, port="@PORT2@") + endpoint()
    with serve(pki, hosts) as site, site.browser(alice, CERT) as browser:
        for turn in range(4):
            for port in (site.port, site.port2):
                hops = browser.go(site.url("/staff", port=port))
                assert hops[-1].status == 200, (turn, hops)


def test_S_20_tabs_that_are_restored(pki, alice):
    """All at once, and each asks for its page with the ticket that it was given itself."""
    with serve(pki, app(places=STAFF) + endpoint()) as site, site.browser(alice, CERT) as browser:
        tabs = [browser.open(site.url("/staff/%d" % i)) for i in range(5)]
        tabs = [browser.follow(hop) for hop in tabs]
        home = []
        for hop in tabs:
            back = browser.follow(hop)
            home.append((back, browser.jar.value(WWW, TICKET)))
        for i, (hop, ticket) in enumerate(home):
            others = ["%s=%s" % (name, browser.jar.value(WWW, name))
                      for name in browser.jar.names(WWW) if name != TICKET]
            request = hop.request.after(hop)
            request.headers.append(("Cookie", "; ".join(["%s=%s" % (TICKET, ticket)] + others)))
            assert_served(site, browser.send(request), alice, "/staff/%d" % i)


# what is written down

def step_ups(site, start):
    """(message, the number of a step-up) of each line that has one."""
    return re.findall(r"(MTLS\d{4}): .*?step-up ([0-9a-f]{16})\b", site.log_tail(start))


def test_S_09_a_walk_that_ends_before_its_end(pki, alice):
    """The line of a refusal at the endpoint, or at the return, has the number of the walk too, so that one
    knows where it began."""
    with serve(pki, app(places=STAFF) + endpoint()) as site:
        start = site.mark()
        with site.browser(None) as nobody:
            hops = nobody.go(site.url("/staff"))
            assert_stopped(site, hops[-1], "no-certificate")
        assert site.wait_for(lambda: len(step_ups(site, start)) == 2), site.log_tail(start)
        (sent, first), (refused, second) = step_ups(site, start)
        assert (sent, refused) == ("MTLS0025", "MTLS0011") and first == second
        with site.browser(alice, CERT) as browser:
            hops = visit(site, browser, "/staff", alice)
            start = site.mark()
            again = browser.open(hops[1].to.text)
            assert_stopped(site, again, "ticket-replayed")
        assert site.wait_for(lambda: step_ups(site, start)), site.log_tail(start)
        assert step_ups(site, start)[0][0] == "MTLS0011"


# what `httpd -t` must not let pass, since no browser would come through

def told(pki, hosts, **environment):
    """What -t says of these hosts."""
    server = Httpd(pki, "Protocols h2 http/1.1\n" + TRUST + hosts, name="odd-config",
                   modules=["http2"])
    server.environment = environment
    return server.check()


SHADOWED = {
    "same-name": app(places=STAFF, url="https://%s:@PORT@/" % WWW) + endpoint(WWW),
    "alias": app(places=STAFF, lines="ServerAlias *.mtls.test\n") + endpoint(),
    "alias-of-another": vhost(OTHER, "ServerAlias cert.*\n") + app(places=STAFF) + endpoint(),
}


@pytest.mark.parametrize("name", SHADOWED)
def test_another_host_comes_first(pki, name):
    """httpd takes the first host that has the name: states would go to its pages, and into its log."""
    result = told(pki, SHADOWED[name])
    assert not result.ok, result.text
    assert re.search(r"conf:\d+: MTLSStepUpURL: ", result.text), result.text


def test_the_endpoint_comes_first(pki):
    result = told(pki, endpoint() + app(places=STAFF, lines="ServerAlias *.mtls.test\n"))
    assert result.ok, result.text


@pytest.mark.parametrize("hosts", [
    vhost(WWW, "MTLSStepUp redirect\n" + STAFF),
    vhost(WWW, location("/staff", *REQUIRE, "MTLSAccept staff", "MTLSStepUp post-handshake redirect")),
], ids=["host", "place"])
def test_redirect_without_an_address(pki, hosts):
    result = told(pki, hosts)
    assert re.search(r"conf:\d+: MTLSStepUp: .*MTLSStepUpURL", result.text), result.text


@pytest.mark.parametrize("word", ["require", "optional"])
def test_mod_ssl_asks_at_the_endpoint(pki, word):
    """It would end handshakes with alerts, which is what the endpoint is there to avoid."""
    result = told(pki, app(places=STAFF) + endpoint(
        lines="SSLVerifyClient %s\nSSLCACertificateFile @PKI@/partner_root.leaf.pem\n" % word))
    assert not result.ok, result.text
    assert re.search(r"conf:\d+: .*SSLVerifyClient", result.text), result.text


def test_an_address_names_no_host(pki):
    """Clients name no host for it in their handshakes (RFC 6066 section 3): each would be misdirected."""
    hosts = app("127.0.0.1", places=STAFF, url="https://127.0.0.1:@PORT2@/") + endpoint(
        "127.0.0.1", port="@PORT2@")
    result = told(pki, hosts)
    assert not result.ok, result.text
    assert re.search(r"conf:\d+: MTLSStepUpURL: ", result.text), result.text


def test_S_26_a_log_of_secrets(pki):
    """mod_ssl writes what TLS keeps secret where the environment says."""
    hosts = app(places=STAFF) + endpoint()
    result = told(pki, hosts, SSLKEYLOGFILE="/nonexistent/keys")
    assert result.ok, result.text
    assert re.search(r"MTLS0002: .*conf:\d+: SSLKEYLOGFILE .*'/nonexistent/keys'",
                     result.text), result.text
    assert "SSLKEYLOGFILE" not in told(pki, hosts).text
    assert "SSLKEYLOGFILE" not in told(pki, vhost(WWW, STAFF),
                                       SSLKEYLOGFILE="/nonexistent/keys").text
