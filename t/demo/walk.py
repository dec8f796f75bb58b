# SPDX-License-Identifier: Apache-2.0
"""Step-up by redirect, hop by hop: what a browser does by itself, done with curl."""
import re
import subprocess
import textwrap

from pki import PASSWORD
from steps import ANSWER_SECONDS, Tool, readable

# Of each answer's head, what the walk is about.
FIELDS = re.compile(r"(location|set-cookie|cache-control|referrer-policy|mtls-step-up|"
                    r"www-authenticate|content-security-policy): ", re.I)
TOKEN = re.compile(r"[A-Za-z0-9_-]{60,}")
PLACE = "/portal/?page=7"


def shortened(line):
    """Nobody reads a token."""
    return TOKEN.sub(lambda token: f"{token[0][:12]}...{token[0][-12:]}", line)


class Hop:
    """One request: command lines for the shell, of which the last is curl; status, what head and
    body must and must not say, and why."""

    def __init__(self, title, command, status, texts, why, absent=(), lines=16):
        self.title, self.command, self.status = title, command, status
        self.texts, self.why, self.absent, self.lines = texts, why, absent, lines

    def run(self, demo):
        demo.tell(self.title)
        command = self.command.format(url=demo.url)
        demo.tell_command(command)
        result = subprocess.run(command, shell=True, cwd=demo.directory, env=demo.environment,
                                capture_output=True, timeout=ANSWER_SECONDS)
        answer = result.stdout.decode(errors="replace")
        head = answer.partition("\r\n\r\n")[0].split("\r\n")
        said = [line for line in head if FIELDS.match(line)]
        status, *body = readable(answer)
        demo.show([status] + [shortened(line) for line in said + body], self.lines)
        demo.conclude(self.why, self.missing(status, "\n".join(said + body), demo))

    def missing(self, status, said, demo):
        wrong = [text for text in self.texts
                 if not re.search(text.format(url=demo.url, endpoint=demo.endpoint), said)]
        wrong += [f"no {text}" for text in self.absent if re.search(text, said)]
        if not re.match(rf"HTTP/[\d.]+ {self.status}\b", status):
            wrong.insert(0, f"status {self.status}")
        return wrong


def round_trip(demo):
    return [
        Tool("Browsers: curl as one of them", "cat browser next", 0, ["Sec-Fetch-Mode"],
             "cookies, and what a browser says of a visit; next says where an answer sends it"),
        Hop("/portal in a browser, which cannot be asked on its connection",
            f"curl -K browser '{{url}}{PLACE}'", 302,
            [r"(?i)location: {endpoint}/\?s=", "(?i)set-cookie: __Host-mtls-[0-9a-f]{{16}}=",
             "(?i)cache-control: no-store", "(?i)referrer-policy: no-referrer"],
            "sent to the endpoint with something sealed; the cookie knows the browser again"),
        Hop("There without a certificate: a page, and not a TLS alert",
            'curl -K browser "$(./next)"', 403,
            ["no-certificate", "CN=Demo staff CA", "Try again"],
            "what is missing, whose certificates are accepted, and a way to try again"),
        Hop("From the start, and there with grace's certificate",
            f"curl -K browser -o /dev/null '{{url}}{PLACE}'; "
            'curl -K browser --cert grace.pem "$(./next)"', 302,
            [r"(?i)location: {url}/\.mtls/return\?c=", "frame-ancestors 'none'"],
            "asked in the handshake, judged by the profile staff, sent back with a code"),
        Hop("Back", 'curl -K browser "$(./next)"', 302,
            [rf"(?im)location: {{url}}{re.escape(PLACE)}$",
             "(?im)set-cookie: __Host-mtls=[^;]+; Path=/; Secure; HttpOnly; SameSite=Lax$"],
            "the code is exchanged for a ticket, in a cookie; now to where the visit was going"),
        Hop("In, without a certificate on this connection",
            "curl -K browser -b cookies -b theme=dark \"$(./next)\"", 200,
            ["Hello, CN=grace", "MTLS_PROOF=ticket", "(?m)HTTP_COOKIE=theme=dark$"],
            "the application is told who it is, and sees its own cookies and none of ours",
            absent=["HTTP_COOKIE=.*__Host-mtls"]),
        Hop("Other places of the host", "curl -K browser '{url}/team/'", 200,
            ["Hello, grace", "MTLS_PROOF=ticket"],
            "judged anew at each request, by profile, rules and lists of the place"),
        Hop("/board, whose rules say no", "curl -K browser '{url}/board/'", 403,
            ["not-in-group", r"(?i)mtls-step-up: {url}/\.mtls/start\?s="],
            "the page has a link to show another certificate"),
        Tool("All of it in one command, as any program with cookies would",
             "curl -sL --cacert server-ca.crt --cert grace.pem -c others -b others \\\n"
             f"    -w '%{{num_redirects}} redirects, %{{http_code}}\\n' '{demo.url}/portal/'", 0,
             ["Hello, CN=grace", "3 redirects, 200"],
             "Python's requests, Java, Node and Go get in that way too"),
    ]


def beyond_pages():
    """What is no visit to a page, and what another site's page could make a browser do."""
    # A refusal that does not read the form may be cut short on HTTP/2 (curl's error 92).
    form = "--http1.1 -d 'amount=1' -H 'Origin: {url}'"
    script = ("curl -si --cacert server-ca.crt -H 'Accept: application/json' \\\n    "
              "-H 'Sec-Fetch-Mode: cors' -H 'Sec-Fetch-Dest: empty' "
              "-H 'Sec-Fetch-Site: same-origin'")
    return [
        Hop("A form is sent with the ticket", f"curl -K browser {form} '{{url}}/portal/'", 200,
            ["received 8 octets"], "it comes from a page of this host, as its Origin says"),
        Hop("The same from a page of another site",
            f"curl -K browser {form.format(url='https://evil.example')} '{{url}}/portal/'", 403,
            ["cross-origin"], "that the cookie goes along is not enough to change something"),
        Hop("The form without a ticket",
            f"grep -v ^cookie browser > stranger; curl -K stranger {form} '{{url}}/portal/'", 403,
            ["step-up-required", r"(?i)mtls-step-up: {url}/\.mtls/start\?s="],
            "it is not sent on a journey; \"MTLSStepUp redirect-post\" would",
            absent=["(?i)location:"]),
        Hop("A page's script asks without a ticket", f"{script} '{{url}}/portal/'", 401,
            ["(?i)www-authenticate: MTLS step-up=", r"(?i)mtls-step-up: {url}/\.mtls/start\?s=",
             "reason: step-up-required"],
            "a script cannot be sent away; it is told where its user could go, and may ask again"),
    ]


def logout():
    return [
        Hop("Log out",
            "cp cookies kept; curl -K browser -H 'Origin: {url}' -d '' '{url}/logout'", 200,
            ["(?i)set-cookie: __Host-mtls=;.*Max-Age=0"],
            "the ticket has ended, in all servers that share the cache; the page says what the "
            "browser keeps"),
        Hop("/portal once more", "curl -K browser '{url}/portal/'", 302,
            [r"(?i)location: {endpoint}/\?s="], "asked again"),
        Hop("And with the ticket that somebody has kept a copy of",
            "curl -K stranger -b kept '{url}/portal/'", 302, [r"(?i)location: {endpoint}/\?s="],
            "worth nothing any more"),
        Tool("What became of the attempts",
             "grep -o 'MTLS[0-9]*: \\(step-up\\|logged out\\).*' error.log | tail -8", 0,
             ["sent to", "back with code", "logged out"],
             "one line a stage, with the attempt's id; of secrets no more than a digest"),
    ]


def steps(demo):
    """Those of the demo that is about to run."""
    return round_trip(demo) + beyond_pages() + logout() + [
        Tool("For a browser of yours: a certificate with its key, as .p12",
             f"openssl pkcs12 -info -noout -in grace.p12 -passin pass:{PASSWORD}", 0,
             ["PBES2, PBKDF2, AES-256-CBC", "sha256"],
             "the form and the protection that browsers import"),
    ]


def invitation(demo):
    """What to do with a browser."""
    return textwrap.dedent(f"""
        OPEN THIS IN A BROWSER

            {demo.url}/staff/

        It asks for a certificate at {demo.endpoint}/ and comes back. Import one first, from
            {demo.directory}/grace.p12    password: {PASSWORD}
        (carol.p12, same password: somebody whom /team refuses). Accept the warning about the
        server's certificate, for both ports, or trust its CA, which can certify localhost alone.

        Firefox    Settings, Privacy & Security, View Certificates: Your Certificates, Import,
                   grace.p12; Authorities, Import, server-ca.crt, "identify websites"
        Chromium   pk12util -d sql:$HOME/.pki/nssdb -i grace.p12 -W {PASSWORD}
                   certutil -d sql:$HOME/.pki/nssdb -A -n 'mtls demo' -t C,, -i server-ca.crt
                   (or chrome://certificate-manager); to remove: certutil -D -n 'mtls demo' and
                   certutil -F -n grace, with the same -d

        Then   {demo.url}/           links to all places
               {demo.url}/board/     refused, with a link to show another certificate
               {demo.url}/logout     ends the ticket
        A browser remembers its choice for a port until it is restarted; an endpoint with a wildcard
        name (MTLSStepUpURL https://*.cert.example.org/) asks each time.
        """)
