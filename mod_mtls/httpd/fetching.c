/* httpd/fetching.c - see mtls/httpd/fetching.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/fetching.h"

#include <openssl/err.h>

#include "mtls/httpd/conf_walk.h"
#include "mtls/httpd/config.h"
#include "mtls/trust/bundle.h"

static const char directive[] = "MTLSFetchCACertificateFile";

/* Of the process, not of a pool: a thread that hangs in the resolver may look at it after all pools
 * have gone. */
static int stopping;

struct mtls_fetching_t {
    mtls_fetch_means_t means;
};

static apr_status_t free_tls(void *tls)
{
    SSL_CTX_free(tls);
    return APR_SUCCESS;
}

/* Read as the files of profiles are; a server may have signed its certificate itself. */
static bool add_cas(SSL_CTX *tls, const mtls_sourced_t *file, mtls_faults_t *faults,
                    apr_pool_t *pconf)
{
    X509_STORE *store = SSL_CTX_get_cert_store(tls);
    mtls_bundle_t *bundle = mtls_bundle_make(directive, MTLS_BUNDLE_ANY, NULL, pconf);
    int i;

    if (!bundle || mtls_bundle_load_file(bundle, file, faults, pconf) != APR_SUCCESS)
        return false;
    for (i = 0; i < sk_X509_num(bundle->certs); i++) {
        if (!X509_STORE_add_cert(store, sk_X509_value(bundle->certs, i)))
            return false;
    }
    return true;
}

static bool prepare(SSL_CTX *tls, const mtls_sourced_t *file, mtls_faults_t *faults,
                    apr_pool_t *pconf)
{
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
    if (!SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION))
        return false;
    return file->value ? add_cas(tls, file, faults, pconf)
                       : SSL_CTX_set_default_verify_paths(tls) == 1;
}

static SSL_CTX *make_tls(const mtls_sourced_t *file, mtls_faults_t *faults, apr_pool_t *pconf)
{
    int before = mtls_faults_error_count(faults);
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

    if (tls)
        apr_pool_cleanup_register(pconf, tls, free_tls, apr_pool_cleanup_null);
    if (tls && prepare(tls, file, faults, pconf))
        return tls;
    if (mtls_faults_error_count(faults) == before)
        mtls_faults_add(faults, file->at, "%s: cannot use %s: %s", directive,
                        file->value ? file->value : "OpenSSL's defaults",
                        mtls_fault_openssl(pconf));
    return NULL;
}

mtls_fetching_t *mtls_fetching_make(server_rec *main, mtls_faults_t *faults, apr_pool_t *pconf)
{
    const mtls_settings_t *settings = mtls_config_host(main);
    mtls_fetching_t *fetching = apr_pcalloc(pconf, sizeof(*fetching));
    mtls_sourced_t file = {.value = settings->fetch_ca_file,
                           .at = mtls_conf_origin(main, directive)};

    ERR_clear_error();
    fetching->means.tls = make_tls(&file, faults, pconf);
    if (!fetching->means.tls)
        return NULL;
    if (settings->fetch_proxy && *settings->fetch_proxy)
        fetching->means.proxy = settings->fetch_proxy;
    fetching->means.stopping = &stopping;
    return fetching;
}

const mtls_fetch_means_t *mtls_fetching_means(const mtls_fetching_t *fetching)
{
    return &fetching->means;
}

void mtls_fetching_stop(void)
{
    __atomic_store_n(&stopping, 1, __ATOMIC_RELEASE);
}
