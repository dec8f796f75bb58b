/* httpd/live.c - see mtls/httpd/live.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/live.h"

#include "mtls/httpd/config.h"
#include "mtls/httpd/request.h"

static apr_status_t give_back(void *data)
{
    mtls_request_t *record = data;

    if (record->generation)
        mtls_store_release(record->store, record->generation);
    record->generation = NULL;
    return APR_SUCCESS;
}

static void take(mtls_request_t *record, request_rec *first)
{
    if (!record->store) {
        record->store = mtls_config_server(first->server)->shared->store;
        apr_pool_cleanup_register(first->pool, record, give_back, apr_pool_cleanup_null);
    }
    record->generation = mtls_store_acquire(record->store);
}

/* The one that came from the client. */
static request_rec *first_of(const request_rec *r)
{
    while (r->main || r->prev)
        r = r->main ? r->main : r->prev;
    return (request_rec *)r;
}

const mtls_generation_t *mtls_live_generation(request_rec *r)
{
    request_rec *first = first_of(r);
    mtls_request_t *record = mtls_request_make(first);

    if (!record->generation)
        take(record, first);
    return record->generation;
}

void mtls_live_give_back(request_rec *r)
{
    if (!mtls_request_rehearsal(r))
        give_back(mtls_request_make(first_of(r)));
}

unsigned mtls_live_number(const request_rec *r)
{
    const mtls_request_t *record = mtls_request_of(first_of(r));

    if (record && record->generation)
        return mtls_generation_number(record->generation);
    return mtls_store_number(mtls_config_server(r->server)->shared->store);
}
