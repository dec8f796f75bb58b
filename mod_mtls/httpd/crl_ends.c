/* httpd/crl_ends.c - see mtls/httpd/crl_ends.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/crl_ends.h"

#include <apr_shm.h>
#include <http_log.h>
#include <stdatomic.h>

#include "mod_mtls.h"
#include "mtls/httpd/message.h"
#include "mtls/policy/shown.h"
#include "mtls/trust/profile_part.h"

APLOG_USE_MODULE(mtls);

struct mtls_crl_ends_t {
    _Atomic apr_time_t told; /* all up to then has been told */
};

mtls_crl_ends_t *mtls_crl_ends_make(server_rec *main, apr_pool_t *pconf)
{
    apr_shm_t *memory;
    mtls_crl_ends_t *ends;
    apr_status_t rv = apr_shm_create(&memory, sizeof(*ends), NULL, pconf);

    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, main,
                     MTLS_MSG_START_FAILED "no shared memory to tell of CRLs that end");
        return NULL;
    }
    ends = apr_shm_baseaddr_get(memory);
    atomic_init(&ends->told, apr_time_now());
    return ends;
}

static void log_warnings(const mtls_faults_t *faults, server_rec *main, apr_pool_t *scratch)
{
    int i;

    for (i = 0; i < mtls_faults_count(faults); i++) {
        const mtls_fault_t *fault = mtls_faults_get(faults, i);

        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, main, MTLS_MSG_CRL_ENDS "%s: %s",
                     mtls_shown_place(fault->at, scratch), fault->text);
    }
}

void mtls_crl_ends_tell(mtls_crl_ends_t *ends, server_rec *main, mtls_store_t *store,
                        apr_pool_t *scratch)
{
    apr_time_t now = apr_time_now();
    apr_time_t since = atomic_load(&ends->told);
    mtls_faults_t *faults = mtls_faults_make(scratch);
    const mtls_generation_t *generation;
    int slot;

    /* a clock that was set back tells again what it comes to again */
    if (!atomic_compare_exchange_strong(&ends->told, &since, now) || now <= since)
        return;
    generation = mtls_store_acquire(store);
    for (slot = 0; slot < mtls_generation_count(generation); slot++) {
        if (mtls_generation_spec(generation, slot)->kind == &mtls_profile_part_kind)
            mtls_profile_warn_since(mtls_generation_profile(generation, slot), since, now, faults,
                                    scratch);
    }
    mtls_store_release(store, generation);
    log_warnings(faults, main, scratch);
}
