/* httpd/responders.c - see mtls/httpd/responders.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/responders.h"

#include <ap_mpm.h>
#include <http_log.h>

#include "mtls/httpd/config.h"
#include "mtls/httpd/message.h"
#include "mtls/trust/own_pool.h"

APLOG_USE_MODULE(mtls);

bool mtls_responders_wanted(const apr_array_header_t *specs)
{
    int i;

    for (i = 0; i < specs->nelts; i++) {
        const mtls_profile_spec_t *spec = APR_ARRAY_IDX(specs, i, mtls_profile_spec_t *);

        if (spec->revocation.ocsp.reach > MTLS_REACH_NONE)
            return true;
    }
    return false;
}

/* Told by any thread of the child. */
static void tell(void *baton, const char *text, bool repeated)
{
    ap_log_error(APLOG_MARK, repeated ? APLOG_DEBUG : APLOG_WARNING, 0, (server_rec *)baton,
                 MTLS_MSG_OCSP "%s", text);
}

static apr_status_t stop(void *data)
{
    mtls_shared_t *shared = data;

    mtls_fetching_stop();
    mtls_ocsp_stop(shared->means.ocsp);
    return APR_SUCCESS;
}

/* Half of the threads, so that a responder that does not answer leaves the other half to requests
 * that need none. */
static int patient_threads(void)
{
    int threads = 1;

    if (ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads) != APR_SUCCESS || threads < 2)
        return 1;
    return threads / 2;
}

/* The client is no child of pchild: threads may still use it when that goes. */
void mtls_responders_child(apr_pool_t *pchild, server_rec *main)
{
    mtls_shared_t *shared = mtls_config_server(main)->shared;
    mtls_ocsp_means_t means = {.tell_fn = tell, .baton = main};
    apr_pool_t *pool;
    apr_status_t rv;

    if (!shared || !shared->asks_responders)
        return;
    means.cache = shared->cache ? mtls_cache_shared(shared->cache) : NULL;
    means.board = shared->board;
    means.means = mtls_fetching_means(shared->fetching);
    means.patient = patient_threads();
    rv = mtls_own_pool_make(&pool, main->process->pconf);
    if (rv == APR_SUCCESS)
        rv = mtls_ocsp_make(&shared->means.ocsp, &means, pool);
    if (rv != APR_SUCCESS) {
        shared->means.ocsp = NULL;
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, main,
                     MTLS_MSG_START_FAILED "OCSP responders cannot be asked by this child");
        return;
    }
    apr_pool_pre_cleanup_register(pchild, shared, stop);
}
