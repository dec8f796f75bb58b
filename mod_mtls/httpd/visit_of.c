/* httpd/visit_of.c - see mtls/httpd/visit_of.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/visit_of.h"

#include "mtls/httpd/own_origin.h"

mtls_visit_facts_t mtls_visit_of(const request_rec *r)
{
    const apr_table_t *in = r->headers_in;

    return (mtls_visit_facts_t){
        .method = r->method,
        .sec_fetch_mode = apr_table_get(in, "Sec-Fetch-Mode"),
        .sec_fetch_dest = apr_table_get(in, "Sec-Fetch-Dest"),
        .sec_fetch_site = apr_table_get(in, "Sec-Fetch-Site"),
        .sec_purpose = apr_table_get(in, "Sec-Purpose"),
        .origin = apr_table_get(in, "Origin"),
        .referer = apr_table_get(in, "Referer"),
        .accept = apr_table_get(in, "Accept"),
        .upgrade = apr_table_get(in, "Upgrade"),
        .requested_with = apr_table_get(in, "X-Requested-With"),
        .preflight_for = apr_table_get(in, "Access-Control-Request-Method"),
    };
}

mtls_visit_t mtls_visit_kind_of(request_rec *r)
{
    mtls_visit_facts_t facts = mtls_visit_of(r);

    return mtls_visit_kind(&facts, mtls_own_origin(r));
}
