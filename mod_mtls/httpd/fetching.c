/* httpd/fetching.c - see mtls/httpd/fetching.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/fetching.h"

#include <openssl/err.h>

#include "mtls/httpd/config.h"

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

static bool load_cas(SSL_CTX *tls, const char *file)
{
    return file ? SSL_CTX_load_verify_file(tls, file) == 1
                : SSL_CTX_set_default_verify_paths(tls) == 1;
}

static SSL_CTX *make_tls(const char *file, apr_pool_t *pconf)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

    if (!tls)
        return NULL;
    apr_pool_cleanup_register(pconf, tls, free_tls, apr_pool_cleanup_null);
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
    if (!SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) || !load_cas(tls, file))
        return NULL;
    return tls;
}

mtls_fetching_t *mtls_fetching_make(server_rec *main, mtls_faults_t *faults, apr_pool_t *pconf)
{
    const mtls_settings_t *settings = mtls_config_host(main);
    mtls_fetching_t *fetching = apr_pcalloc(pconf, sizeof(*fetching));
    mtls_origin_t at = {.file = main->defn_name ? main->defn_name : "httpd"};

    ERR_clear_error();
    fetching->means.tls = make_tls(settings->fetch_ca_file, pconf);
    if (!fetching->means.tls) {
        mtls_faults_add(faults, at, "MTLSFetchCACertificateFile: cannot use %s: %s",
                        settings->fetch_ca_file ? settings->fetch_ca_file : "OpenSSL's defaults",
                        mtls_fault_openssl(pconf));
        return NULL;
    }
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
