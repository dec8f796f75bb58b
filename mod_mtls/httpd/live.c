/* httpd/live.c - see mtls/httpd/live.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/live.h"

#include "mtls/httpd/config.h"
#include "mtls/httpd/request.h"

/* What must be given back. */
typedef struct {
    mtls_store_t *store;
    const mtls_generation_t *generation;
} loan_t;

static apr_status_t give_back(void *data)
{
    const loan_t *loan = data;

    mtls_store_release(loan->store, loan->generation);
    return APR_SUCCESS;
}

static const mtls_generation_t *take(request_rec *first)
{
    loan_t *loan = apr_palloc(first->pool, sizeof(*loan));

    loan->store = mtls_config_server(first->server)->shared->store;
    loan->generation = mtls_store_acquire(loan->store);
    apr_pool_cleanup_register(first->pool, loan, give_back, apr_pool_cleanup_null);
    return loan->generation;
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
        record->generation = take(first);
    return record->generation;
}

unsigned mtls_live_number(const request_rec *r)
{
    const mtls_request_t *record = mtls_request_of(first_of(r));

    if (record && record->generation)
        return mtls_generation_number(record->generation);
    return mtls_store_number(mtls_config_server(r->server)->shared->store);
}
