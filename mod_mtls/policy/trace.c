/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/trace.h"

#include <apr_strings.h>

mtls_trace_t *mtls_trace_make(apr_pool_t *pool)
{
    mtls_trace_t *trace = apr_palloc(pool, sizeof(*trace));

    trace->pool = pool;
    trace->steps = apr_array_make(pool, 8, sizeof(mtls_trace_step_t));
    return trace;
}

void mtls_trace_add(mtls_trace_t *trace, mtls_origin_t at, mtls_trace_end_t end, const char *text)
{
    if (!trace) {
        return;
    }
    APR_ARRAY_PUSH(trace->steps, mtls_trace_step_t) =
        (mtls_trace_step_t){at, end, apr_pstrdup(trace->pool, text)};
}
