/* httpd/sources.c - see mtls/httpd/sources.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/sources.h"

#include "mtls/httpd/live.h"
#include "mtls/httpd/source_dbm.h"
#include "mtls/httpd/source_sql.h"
#include "mtls/policy/map.h"

/* The certificate's own word for its holder. */
static void ask_field(mtls_principal_t *out, request_rec *r, const mtls_source_t *source,
                      const mtls_holder_t *holder, mtls_trace_t *trace)
{
    *out = (mtls_principal_t){.source = mtls_source_word(source->kind), .rule = source->at};
    out->reason = mtls_template_fill(&out->user, source->user, holder, NULL, r->pool);
    mtls_trace_add(trace, source->at,
                   out->reason == MTLS_REASON_GOOD ? MTLS_TRACE_DECIDED : MTLS_TRACE_PASSED,
                   mtls_template_text(source->user));
}

/* @return whether the answer is the last word. */
static bool ask_one(mtls_principal_t *out, request_rec *r, const mtls_source_t *source,
                    const mtls_generation_t *generation, const mtls_holder_t *holder,
                    mtls_trace_t *trace)
{
    switch (source->kind) {
    case MTLS_SOURCE_USER:
        ask_field(out, r, source, holder, trace);
        return out->reason != MTLS_REASON_USER_ABSENT;
    case MTLS_SOURCE_MAP:
        mtls_map_ask(out, mtls_generation_part(generation, source->slot), holder, trace, r->pool);
        break;
    case MTLS_SOURCE_DBM:
        mtls_source_dbm_ask(out, r, source, holder, trace);
        break;
    case MTLS_SOURCE_SQL:
        mtls_source_sql_ask(out, r, source, holder, trace);
        break;
    }
    return out->reason != MTLS_REASON_NO_RULE;
}

/* @return where the source's steps are told. */
static mtls_trace_t *explain_one(apr_array_header_t *explained, const mtls_source_t *source,
                                 apr_pool_t *pool)
{
    mtls_trace_t *trace = mtls_trace_make(pool);

    APR_ARRAY_PUSH(explained, mtls_explained_source_t) = (mtls_explained_source_t){
        mtls_source_word(source->kind), mtls_source_write(source, pool), source->at, trace};
    return trace;
}

void mtls_sources_ask(mtls_principal_t *out, request_rec *r, const mtls_sources_t *sources,
                      const mtls_generation_t *generation, const mtls_holder_t *holder,
                      apr_array_header_t *explained)
{
    mtls_principal_t answer = {.reason = MTLS_REASON_NO_RULE};
    int i;

    *out = answer;
    for (i = 0; i < sources->sources->nelts; i++) {
        const mtls_source_t *source = &APR_ARRAY_IDX(sources->sources, i, mtls_source_t);
        mtls_trace_t *trace = explained ? explain_one(explained, source, r->pool) : NULL;
        bool decided = ask_one(&answer, r, source, generation, holder, trace);

        if (decided || answer.reason != MTLS_REASON_NO_RULE)
            *out = answer;
        if (decided)
            return;
    }
}

bool mtls_sources_are_steady(const mtls_sources_t *sources)
{
    int i;

    for (i = 0; i < sources->sources->nelts; i++) {
        mtls_source_kind_t kind = APR_ARRAY_IDX(sources->sources, i, mtls_source_t).kind;

        if (kind != MTLS_SOURCE_USER && kind != MTLS_SOURCE_MAP)
            return false;
    }
    return true;
}

static bool is_of(const mtls_conn_principal_t *kept, const mtls_told_t *told,
                  const mtls_sources_t *sources)
{
    return kept->proof == told->proof && kept->profile == told->profile &&
           kept->sources == sources && kept->generation == told->generation;
}

/* As with variables, what a connection keeps it keeps to its end, so the number is bounded. */
static bool keep(mtls_conn_t *conn, mtls_told_t *told, const mtls_sources_t *sources)
{
    mtls_conn_principal_t *kept;

    if (!conn || conn->principals_count == MTLS_CONN_MAX_PRINCIPALS ||
        !mtls_sources_are_steady(sources))
        return false;
    kept = &conn->principals[conn->principals_count++];
    kept->proof = told->proof;
    kept->profile = told->profile;
    kept->sources = sources;
    kept->generation = told->generation;
    kept->principal = mtls_principal_copy(told->principal, conn->c->pool);
    told->principal = kept->principal;
    return true;
}

bool mtls_sources_tell(request_rec *r, mtls_conn_t *conn, mtls_told_t *told,
                       const mtls_sources_t *sources)
{
    mtls_holder_t holder = {told->proof->identity, told->profile};
    mtls_principal_t *principal;
    int i;

    for (i = 0; conn && i < conn->principals_count; i++) {
        if (is_of(&conn->principals[i], told, sources)) {
            told->principal = conn->principals[i].principal;
            return true;
        }
    }
    principal = apr_palloc(r->pool, sizeof(*principal));
    mtls_sources_ask(principal, r, sources, mtls_live_generation(r), &holder, NULL);
    told->principal = principal;
    if (keep(conn, told, sources))
        return true;
    told->principal = mtls_principal_copy(principal, r->pool); /* the generation is given back */
    return false;
}
