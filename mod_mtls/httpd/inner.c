/* httpd/inner.c - see mtls/httpd/inner.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/inner.h"

#include <http_config.h>
#include <string.h>

#include "mtls/httpd/authn.h"
#include "mtls/httpd/request.h"

/* One subrequest, in its pool. */
struct mtls_inner_t {
    struct mtls_inner_t *next;
    mtls_request_t *outer; /* whose list this is in */
    const ap_conf_vector_t *place;
    mtls_decision_t *decision; /* NULL: nobody was asked there */
    char *user;
    char *auth_type;
};

static apr_status_t forget(void *data)
{
    mtls_inner_t *inner = data, **link = &inner->outer->inner;

    while (*link != inner)
        link = &(*link)->next;
    *link = inner->next;
    return APR_SUCCESS;
}

void mtls_inner_note(request_rec *r)
{
    const mtls_request_t *record = mtls_request_of(r);
    mtls_inner_t *inner;

    if (!r->main || r->main->per_dir_config == r->per_dir_config)
        return;
    inner = apr_palloc(r->pool, sizeof(*inner));
    inner->outer = mtls_request_make(r->main);
    inner->next = inner->outer->inner;
    inner->place = r->per_dir_config;
    inner->decision = record ? record->decision : NULL;
    inner->user = r->user;
    inner->auth_type = r->ap_auth_type;
    inner->outer->inner = inner;
    apr_pool_cleanup_register(r->pool, inner, forget, apr_pool_cleanup_null);
}

static bool is_ours(const char *auth_type)
{
    return auth_type && strcmp(auth_type, MTLS_AUTHN_TYPE) == 0;
}

void mtls_inner_follow(request_rec *r)
{
    const mtls_request_t *record = mtls_request_of(r);
    const mtls_inner_t *inner = record ? record->inner : NULL;

    while (inner && inner->place != r->per_dir_config)
        inner = inner->next;
    if (!inner)
        return;
    mtls_request_make(r)->decision = inner->decision;
    if (is_ours(r->ap_auth_type) || is_ours(inner->auth_type)) {
        r->user = inner->user;
        r->ap_auth_type = inner->auth_type;
    }
}
