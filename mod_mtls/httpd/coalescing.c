/* httpd/coalescing.c - see mtls/httpd/coalescing.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/coalescing.h"

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "mtls/httpd/conf_walk.h"

static bool speaks_http2(server_rec *main, const server_rec *host, apr_pool_t *pool)
{
    const char *args = mtls_conf_args(main, host, "Protocols");

    while (args && *args) {
        if (strcasecmp(ap_getword_conf(pool, &args), "h2") == 0)
            return true;
    }
    return false;
}

bool mtls_coalescing_is_same_address(const server_rec *a, const server_rec *b)
{
    const server_addr_rec *i, *k;

    for (i = a->addrs; i; i = i->next) {
        for (k = b->addrs; k; k = k->next) {
            if (i->host_port == k->host_port && apr_sockaddr_equal(i->host_addr, k->host_addr))
                return true;
        }
    }
    return false;
}

/* What mod_ssl shows for @a host, as far as it is a file; NULL: not known. */
static X509 *certificate_of(server_rec *main, const server_rec *host, apr_pool_t *pool)
{
    const char *args = mtls_conf_args(main, host, "SSLCertificateFile");
    const char *path = args ? ap_server_root_relative(pool, ap_getword_conf(pool, &args)) : NULL;
    BIO *file = path ? BIO_new_file(path, "r") : NULL;
    X509 *cert = file ? PEM_read_bio_X509(file, NULL, NULL, NULL) : NULL;

    BIO_free(file);
    ERR_clear_error();
    return cert;
}

static bool covers(server_rec *main, const server_rec *host, const mtls_stepup_address_t *address,
                   apr_pool_t *pool)
{
    const char *name =
        address->wildcard ? apr_pstrcat(pool, "x.", address->host, NULL) : address->host;
    X509 *cert = certificate_of(main, host, pool);
    bool does = cert && X509_check_host(cert, name, 0, 0, NULL) == 1;

    X509_free(cert);
    return does;
}

void mtls_coalescing_check(server_rec *main, const server_rec *s, const server_rec *endpoint,
                           mtls_faults_t *faults, apr_pool_t *scratch)
{
    const mtls_stepup_address_t *address = mtls_config_host(s)->stepup_address;

    if (!mtls_coalescing_is_same_address(s, endpoint) || !speaks_http2(main, s, scratch) ||
        !speaks_http2(main, endpoint, scratch) || !covers(main, s, address, scratch))
        return;
    mtls_faults_warn(
        faults, address->at,
        "MTLSStepUpURL: browsers will ask for '%s' on the connection they have to '%s' "
        "and must be sent away from there each time, since the certificate of the one "
        "covers the other; say Protocols http/1.1 in the endpoint, or give it another "
        "port or certificate",
        address->host, s->server_hostname);
}
