/* httpd/request.c - see mtls/httpd/request.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/request.h"

#include "mtls/httpd/config.h"

mtls_request_t *mtls_request_make(request_rec *r)
{
    mtls_request_t *record = ap_get_module_config(r->request_config, &mtls_module);

    if (!record) {
        record = apr_pcalloc(r->pool, sizeof(*record));
        ap_set_module_config(r->request_config, &mtls_module, record);
    }
    return record;
}

const mtls_request_t *mtls_request_of(const request_rec *r)
{
    return ap_get_module_config(r->request_config, &mtls_module);
}

struct mtls_rehearsal_t *mtls_request_rehearsal(const request_rec *r)
{
    for (r = r->main; r; r = r->main) {
        const mtls_request_t *record = mtls_request_of(r);

        if (record && record->rehearsal)
            return record->rehearsal;
    }
    return NULL;
}
