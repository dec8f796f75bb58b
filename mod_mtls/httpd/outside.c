/* httpd/outside.c - see mtls/httpd/outside.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/outside.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <http_log.h>

#include "mtls/httpd/config.h"
#include "mtls/httpd/message.h"
#include "mtls/policy/reason.h"

APLOG_USE_MODULE(mtls);

/* Seconds between two errors of one child. */
#define ERROR_INTERVAL 10

/* Most octets of foreign text in a line, before escaping. */
#define MAX_TEXT       256

/* Second in which this child last logged an error; atomic. */
static apr_uint32_t last_error;

static int level_of(const request_rec *r)
{
    apr_uint32_t now = (apr_uint32_t)apr_time_sec(r->request_time);
    apr_uint32_t last = apr_atomic_read32(&last_error);

    /* signed: a request that began before the one that logged is not late by an age */
    if (last && (apr_int32_t)(now - last) < ERROR_INTERVAL)
        return APLOG_INFO;
    return apr_atomic_cas32(&last_error, now, last) == last ? APLOG_ERR : APLOG_INFO;
}

static void conclude(const mtls_outside_t *ask, mtls_principal_t *out, const char *text)
{
    mtls_trace_end_t end =
        out->reason == MTLS_REASON_NO_RULE ? MTLS_TRACE_PASSED : MTLS_TRACE_DECIDED;

    out->source = out->reason == MTLS_REASON_NO_RULE ? NULL : mtls_source_word(ask->source->kind);
    out->rule = ask->source->at;
    mtls_trace_add(ask->trace, ask->source->at, end, text);
}

bool mtls_outside_begin(mtls_outside_t *ask, mtls_principal_t *out, const mtls_holder_t *holder)
{
    const apr_array_header_t *keys = ask->source->keys;
    apr_pool_t *pool = ask->r->pool;
    int i;

    *out = (mtls_principal_t){.reason = MTLS_REASON_UNDECIDED};
    ask->values = apr_pcalloc(pool, ((apr_size_t)keys->nelts + 1) * sizeof(*ask->values));
    for (i = 0; i < keys->nelts; i++) {
        const mtls_template_t *key = APR_ARRAY_IDX(keys, i, const mtls_template_t *);
        mtls_reason_t reason = mtls_template_fill(&ask->values[i], key, holder, NULL, pool);

        if (reason == MTLS_REASON_GOOD)
            continue;
        out->reason = reason == MTLS_REASON_USER_ABSENT ? MTLS_REASON_NO_RULE : reason;
        conclude(ask, out,
                 apr_psprintf(pool, "key %s: %s", mtls_template_text(key),
                              mtls_reason_info(reason)->word));
        return false;
    }
    return true;
}

static const char *describe(const mtls_principal_t *out, apr_pool_t *pool)
{
    if (out->reason == MTLS_REASON_NO_RULE)
        return "no entry";
    if (out->reason != MTLS_REASON_GOOD)
        return mtls_reason_info(out->reason)->word;
    return apr_psprintf(pool, "user %s, %d groups", out->user ? out->user : "none",
                        out->group_count);
}

void mtls_outside_end(const mtls_outside_t *ask, mtls_principal_t *out)
{
    conclude(ask, out, ask->trace ? describe(out, ask->r->pool) : NULL);
}

void mtls_outside_down(const mtls_outside_t *ask, mtls_principal_t *out, const char *why)
{
    request_rec *r = ask->r;
    const mtls_origin_t *at = &ask->source->at;
    int level = level_of(r);

    if (APLOG_R_IS_LEVEL(r, level))
        ap_log_rerror(APLOG_MARK, level, 0, r,
                      MTLS_MSG_SOURCE_DOWN "%s:%d: the %s source is down: %s", at->file, at->line,
                      mtls_source_word(ask->source->kind),
                      ap_escape_logitem(r->pool, apr_pstrndup(r->pool, why, MAX_TEXT)));
    *out = (mtls_principal_t){.reason = MTLS_REASON_MAP_UNAVAILABLE};
    conclude(ask, out, mtls_reason_info(MTLS_REASON_MAP_UNAVAILABLE)->word);
}
