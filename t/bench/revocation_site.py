# SPDX-License-Identifier: Apache-2.0
"""Servers that look for revoked certificates, and what they look in."""

import pathlib
import sys

import pki
import server

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "httpd"))
from mtlstest import crls  # noqa: E402

SSL_ALONE = """\
    SSLCACertificateFile {pki.ca}
    SSLVerifyDepth 5
    SSLVerifyClient require
"""

SSL_CRL = """\
    SSLCARevocationFile {lists}
    SSLCARevocationCheck chain
"""

# The same question as mod_mtls asks: without a nonce.
SSL_OCSP = """\
    SSLOCSPEnable {reach}
    SSLOCSPDefaultResponder {url}
    SSLOCSPOverrideResponder on
    SSLOCSPUseRequestNonce off
    SSLOCSPResponderTimeout 60
"""

MTLS_GLOBAL = """\
LoadModule mtls_module {{module}}
<MTLSTrust staff>
    MTLSCACertificateFile {{pki.ca}}
    MTLSIntermediateFile {{pki.intermediate}}
{inside}</MTLSTrust>
MTLSMaxProofAge {age}
"""

MTLS_HOST = """\
    MTLSExport off
    MTLSVerifyClient require
    MTLSAccept staff
"""

MTLS_CRL = "    MTLSCRLFile {lists}\n"

MTLS_OCSP = """\
    MTLSOCSP {reach}
    MTLSOCSPResponder {url} override
    MTLSOCSPTimeout 60s
"""

# What one module calls leaf and chain, and the other.
REACH = {"mod_ssl": {"leaf": "leaf", "chain": "on"}, "mod_mtls": {"leaf": "leaf", "chain": "chain"}}


class Trust(pki.Pki):
    """With lists of both CAs in one file, and the CAs' keys for a responder."""

    def __init__(self, directory, many, entries):
        super().__init__(directory, many)
        root, issuing = self.signers
        self.list = self.write("issuing.crl", crls.many(issuing, entries))
        self.lists = self.write("lists.pem", crls.pem(crls.make(root), self.list.read_bytes()))
        self.issuers = self.write("issuers.pem", b"".join(
            pki.pem(signer.key, signer.certificate) for signer in self.signers))


def make_side(module, certificates, crl=False, ocsp=None, reach="leaf", age="24h",
              hosts=("require",)):
    """
    What server.Server takes for one of its sides.

    @param crl   with the lists
    @param ocsp  the responder's URL, or None
    """
    values = {"lists": certificates.lists, "url": ocsp, "reach": REACH[module][reach]}
    templates = (SSL_CRL, SSL_OCSP) if module == "mod_ssl" else (MTLS_CRL, MTLS_OCSP)
    inside = "".join(template.format(**values)
                     for template, wanted in zip(templates, (crl, ocsp)) if wanted)
    if module == "mod_ssl":
        return {"global": "", **dict.fromkeys(hosts, SSL_ALONE + inside)}
    return {"global": MTLS_GLOBAL.format(inside=inside, age=age),
            **dict.fromkeys(hosts, MTLS_HOST)}


class RevocationSite:
    """A server of one host that is known by its side."""

    hosts = ("require",)
    start_seconds = 300

    def __init__(self, options, certificates, name, side):
        self.sides = {name: side}
        super().__init__(options, certificates, certificates.directory, name, "cache")


class RevocationServer(RevocationSite, server.Server):
    pass


class CallgrindRevocationServer(RevocationSite, server.LateCallgrindServer):
    pass


class ManyProcessServer(RevocationSite, server.Server):
    """Four processes of sixteen threads: none of 32 connections waits for a thread."""

    children = 4
    workers = 64
    processes = 5
    more_configuration = "ThreadsPerChild 16\nThreadLimit 16\n"


class TenHostServer(RevocationSite, server.Server):
    hosts = tuple(f"host{number}" for number in range(10))
