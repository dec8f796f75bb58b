/* httpd/env.c - see mtls/httpd/env.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/env.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_request.h>
#include <http_ssl.h>

#include "mtls/httpd/config.h"
#include "mtls/httpd/conn.h"
#include "mtls/httpd/judgement.h"

#define PREFIX        "MTLS_"
#define MODSSL_VERIFY "SSL_CLIENT_VERIFY"

static bool is_ours(const char *name)
{
    return name[0] == PREFIX[0] && strncmp(name, PREFIX, sizeof(PREFIX) - 1) == 0;
}

/* Tables find "mtls_user" where MTLS_USER is asked for, and to a CGI program every odd character of
 * a name becomes "_". */
static bool is_like_ours(const char *name)
{
    const char *ours;

    for (ours = PREFIX; *ours; ours++, name++) {
        if (*ours == '_' ? *name == '\0' || apr_isalnum(*name) : apr_toupper(*name) != *ours)
            return false;
    }
    return true;
}

void mtls_env_remove(apr_table_t *env)
{
    const apr_array_header_t *entries = apr_table_elts(env);
    int i;

    for (i = 0; i < entries->nelts;) {
        const char *name = APR_ARRAY_IDX(entries, i, apr_table_entry_t).key;

        if (is_like_ours(name))
            apr_table_unset(env, name);
        else
            i++;
    }
}

static bool is_same_answer(const mtls_conn_vars_t *kept, const mtls_decision_t *decision)
{
    return kept->level == decision->level && kept->told.proof == decision->told.proof &&
           kept->told.profile == decision->told.profile &&
           kept->told.principal == decision->told.principal &&
           kept->told.generation == decision->told.generation &&
           kept->told.verdict.depth == decision->told.verdict.depth;
}

static void keep(mtls_conn_vars_t *kept, const mtls_decision_t *decision, apr_pool_t *pool)
{
    kept->told = decision->told;
    kept->level = decision->level;
    kept->table = mtls_vars_all(&decision->told, decision->level, pool);
}

/* The variables of an admitted certificate are the same for each request of its connection.  What
 * is kept stays until the connection ends: the log line of a pipelined request is written when the
 * next one is already running. */
static const apr_table_t *all_variables(request_rec *r, const mtls_decision_t *decision)
{
    mtls_conn_t *conn = r->connection->master ? NULL : mtls_conn_of(r->connection);
    int i;

    if (!conn || decision->told.reason != MTLS_REASON_GOOD || !decision->told.proof ||
        decision->told.proof->method == MTLS_PROOF_TICKET ||
        (decision->told.principal && !decision->lasting))
        return mtls_vars_all(&decision->told, decision->level, r->pool);
    for (i = 0; i < conn->vars_count; i++) {
        if (is_same_answer(&conn->vars[i], decision))
            return conn->vars[i].table;
    }
    if (i == MTLS_CONN_MAX_VARS)
        return mtls_vars_all(&decision->told, decision->level, r->pool);
    keep(&conn->vars[conn->vars_count++], decision, conn->c->pool);
    return conn->vars[i].table;
}

void mtls_env_export(request_rec *r, const mtls_decision_t *decision)
{
    const apr_array_header_t *entries;
    int i;

    mtls_env_remove(r->subprocess_env);
    if (decision->level <= MTLS_EXPORT_OFF)
        return;
    entries = apr_table_elts(all_variables(r, decision));
    for (i = 0; i < entries->nelts; i++) {
        const apr_table_entry_t *entry = &APR_ARRAY_IDX(entries, i, apr_table_entry_t);

        apr_table_addn(r->subprocess_env, entry->key, entry->val);
    }
}

/*
 * The truth about mod_ssl's own variable, where mod_ssl cannot know it.  On TLS 1.2 its access hook
 * sets OpenSSL's verify result to OK on each request; ours puts it back, but on HTTP/2 other
 * streams may look in between.  So whoever reads the variable is answered here.
 */
static const char *verify_of_modssl(const conn_rec *c)
{
    const mtls_conn_t *conn = mtls_conn_of(c);

    return conn && conn->let_through ? MTLS_CONN_WITHHELD : NULL;
}

void mtls_env_correct_modssl(const request_rec *r)
{
    const char *verify = verify_of_modssl(r->connection);

    if (verify && apr_table_get(r->subprocess_env, MODSSL_VERIFY))
        apr_table_setn(r->subprocess_env, MODSSL_VERIFY, verify);
}

static const char *value_of(apr_pool_t *pool, request_rec *r, const char *name)
{
    const mtls_decision_t *decision = mtls_decision_to_tell(r);
    mtls_told_t told;

    if (decision)
        return mtls_vars_value(name, &decision->told, pool);
    mtls_judgement_preview(r, &told);
    return mtls_vars_value(name, &told, pool);
}

static const char *expr_value(ap_expr_eval_ctx_t *ctx, const void *data)
{
    return ctx->r ? value_of(ctx->p, ctx->r, data) : NULL;
}

static const char *expr_modssl_verify(ap_expr_eval_ctx_t *ctx, const void *data)
{
    return ap_ssl_var_lookup(ctx->p, ctx->s, ctx->c, ctx->r, data);
}

int mtls_env_expr_lookup(ap_expr_lookup_parms *parms)
{
    if (parms->type != AP_EXPR_FUNC_VAR)
        return DECLINED;
    if (strcmp(parms->name, MODSSL_VERIFY) == 0)
        *parms->func = (void *)expr_modssl_verify;
    else if (is_ours(parms->name) && mtls_vars_is_known(parms->name))
        *parms->func = (void *)expr_value;
    else
        return DECLINED;
    *parms->data = parms->name;
    return OK;
}

const char *mtls_env_ssl_var(apr_pool_t *pool, server_rec *s, conn_rec *c, request_rec *r,
                             const char *name)
{
    (void)s;
    if (r && is_ours(name))
        return value_of(pool, r, name);
    return c && strcmp(name, MODSSL_VERIFY) == 0 ? verify_of_modssl(c) : NULL;
}
