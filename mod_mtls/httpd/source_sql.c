/* httpd/source_sql.c - see mtls/httpd/source_sql.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/source_sql.h"

#include <apr_buckets.h>
#include <apr_dbd.h>
#include <apr_sha1.h>
#include <apr_strings.h>
#include <http_config.h>
#include <mod_dbd.h>

#include "mtls/httpd/outside.h"
#include "mtls/policy/rows.h"

/* apr_dbd_pselect(): read the whole answer before it returns.  Read row by row, a query that fails
 * in PostgreSQL looks like one that finds nothing. */
#define WHOLE_ANSWER 1

/* apr_dbd_get_row(): the next one. */
#define NEXT_ROW     (-1)

/* One look-up in one database. */
typedef struct {
    mtls_outside_t outside;
    apr_pool_t *pool; /* of what belongs to the connection while it is ours; texts for later are in
                         the request's */
    ap_dbd_t *dbd;
    bool shared; /* the connection stays the request's */
    apr_dbd_prepared_t *statement;
    apr_dbd_results_t *results;
} query_t;

/* A name that is one in SQL as well: PostgreSQL's driver writes it into a statement without quotes,
 * where it becomes lower case and is cut at 63. */
static const char *make_label(const mtls_source_t *source, apr_pool_t *pool)
{
    unsigned char digest[APR_SHA1_DIGESTSIZE];
    char hex[2 * APR_SHA1_DIGESTSIZE + 1];
    apr_sha1_ctx_t sha1;
    const char *text = apr_psprintf(pool, "%s:%d:%d:%s", source->at.file, source->at.line,
                                    source->at.column, source->query);

    apr_sha1_init(&sha1);
    apr_sha1_update(&sha1, text, (unsigned)strlen(text));
    apr_sha1_final(digest, &sha1);
    ap_bin2hex(digest, sizeof(digest), hex);
    return apr_pstrcat(pool, "mtls_", hex, NULL);
}

const char *mtls_source_sql_prepare(server_rec *s, mtls_source_t *source, apr_pool_t *pool)
{
    APR_OPTIONAL_FN_TYPE(ap_dbd_prepare) *prepare_fn = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_prepare);

    if (!prepare_fn)
        return "needs mod_dbd; add LoadModule dbd_module, and DBDriver and DBDParams";
    source->label = make_label(source, pool);
    prepare_fn(s, source->query, source->label);
    return NULL;
}

static const char *driver_error(const query_t *query, int code)
{
    const char *text = apr_dbd_error(query->dbd->driver, query->dbd->handle, code);

    return text && *text ? apr_pstrdup(query->outside.r->pool, text)
                         : "the driver does not say why";
}

/* Whether some module has acquired a connection for as long as the request lasts.  Taking a second
 * one could wait for those that wait for a second one. */
static bool has_connection(const request_rec *r)
{
    const module *dbd = ap_find_linked_module("mod_dbd.c");

    while (r->prev || r->main)
        r = r->prev ? r->prev : r->main;
    return dbd && ap_get_module_config(r->request_config, dbd);
}

/* A connection for the look-up only: a client that takes its time with the answer keeps none. */
static ap_dbd_t *take_connection(query_t *query)
{
    APR_OPTIONAL_FN_TYPE(ap_dbd_acquire) *acquire_fn = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_acquire);
    APR_OPTIONAL_FN_TYPE(ap_dbd_open) *open_fn = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    request_rec *r = query->outside.r;

    if (!acquire_fn || !open_fn)
        return NULL;
    query->shared = has_connection(r);
    return query->shared ? acquire_fn(r) : open_fn(r->pool, r->server);
}

static void give_back(const query_t *query)
{
    APR_OPTIONAL_FN_TYPE(ap_dbd_close) *close_fn = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);

    if (query->dbd && !query->shared && close_fn)
        close_fn(query->outside.r->server, query->dbd);
}

/* @return NULL, or what is wrong. */
static const char *begin(query_t *query)
{
    query->dbd = take_connection(query);
    if (!query->dbd)
        return "no connection; mod_dbd says more before this line";
    query->statement =
        apr_hash_get(query->dbd->prepared, query->outside.source->label, APR_HASH_KEY_STRING);
    return query->statement ? NULL : "the query is not prepared in this host's database";
}

static int run_once(query_t *query)
{
    const mtls_outside_t *outside = &query->outside;

    query->results = NULL;
    return apr_dbd_pselect(query->dbd->driver, query->pool, query->dbd->handle, &query->results,
                           query->statement, WHOLE_ANSWER, outside->source->keys->nelts,
                           outside->values);
}

/* PostgreSQL's driver connects again when it finds a connection broken, but what had been prepared
 * in it is gone.  Prepared again under its name it is there for later requests too, so that the
 * memory may be this look-up's.  Others keep what is prepared for as long as the connection. */
static bool prepare_again(query_t *query)
{
    const mtls_outside_t *outside = &query->outside;
    const ap_dbd_t *dbd = query->dbd;

    query->statement = NULL;
    return strcmp(apr_dbd_name(dbd->driver), "pgsql") == 0 &&
           apr_dbd_check_conn(dbd->driver, query->pool, dbd->handle) == APR_SUCCESS &&
           apr_dbd_prepare(dbd->driver, query->pool, dbd->handle, outside->source->query,
                           outside->source->label, &query->statement) == 0;
}

/* @return NULL, or what is wrong. */
static const char *run(query_t *query)
{
    int code = run_once(query);
    const char *fault;

    if (code == 0)
        return NULL;
    fault = driver_error(query, code);
    if (!prepare_again(query))
        return fault;
    code = run_once(query);
    return code == 0 ? NULL : driver_error(query, code);
}

/* SQLite's text may hold a NUL; only as a "blob" does its driver tell the length. */
static bool read_counted(mtls_bytes_t *value, const query_t *query, apr_dbd_row_t *row, int column)
{
    apr_bucket_brigade *brigade =
        apr_brigade_create(query->pool, query->outside.r->connection->bucket_alloc);
    char *text;

    if (apr_dbd_datum_get(query->dbd->driver, row, column, APR_DBD_TYPE_BLOB, brigade) !=
            APR_SUCCESS ||
        apr_brigade_pflatten(brigade, &text, &value->len, query->pool) != APR_SUCCESS)
        return false;
    value->data = (const unsigned char *)text;
    return true;
}

/* NULL is no text: only the typed call tells it from "" in every driver. */
static void read_value(mtls_bytes_t *value, const query_t *query, apr_dbd_row_t *row, int column)
{
    const char *text = NULL;

    *value = (mtls_bytes_t){NULL, 0};
    if (apr_dbd_datum_get(query->dbd->driver, row, column, APR_DBD_TYPE_STRING, &text) !=
            APR_SUCCESS ||
        !text)
        return;
    if (strcmp(apr_dbd_name(query->dbd->driver), "sqlite3") == 0 &&
        read_counted(value, query, row, column))
        return;
    value->data = (const unsigned char *)text;
    value->len = strlen(text);
}

/* @return NULL, or what is wrong. */
static const char *name_columns(mtls_rows_t **out, const query_t *query, int count)
{
    apr_pool_t *pool = query->outside.r->pool;
    const char **names = apr_pcalloc(pool, ((apr_size_t)count + 1) * sizeof(*names));
    const char *fault = NULL;
    int i;

    for (i = 0; i < count; i++) {
        names[i] = apr_dbd_get_name(query->dbd->driver, query->results, i);
        if (!names[i])
            return apr_psprintf(pool, "column %d has no name", i + 1);
    }
    *out = mtls_rows_make(count, names, &fault, pool);
    return fault;
}

/* Every row is fetched, also after a fault: the driver frees the answer behind the last. */
static const char *read_rows(mtls_principal_t *out, const query_t *query)
{
    const apr_dbd_driver_t *driver = query->dbd->driver;
    int count = apr_dbd_num_cols(driver, query->results);
    mtls_bytes_t *values = apr_pcalloc(query->pool, ((apr_size_t)count + 1) * sizeof(*values));
    apr_dbd_row_t *row = NULL;
    mtls_rows_t *rows = NULL;
    const char *fault = NULL;
    int i;

    while (apr_dbd_get_row(driver, query->pool, query->results, &row, NEXT_ROW) == 0) {
        if (!rows && !fault)
            fault = name_columns(&rows, query, count);
        for (i = 0; i < count && !fault; i++)
            read_value(&values[i], query, row, i);
        if (!fault)
            fault = mtls_rows_add(rows, values);
    }
    if (rows && !fault)
        mtls_rows_finish(out, rows);
    else
        out->reason = MTLS_REASON_NO_RULE;
    return fault;
}

/* @return NULL, or what is wrong. */
static const char *look_up(mtls_principal_t *out, query_t *query)
{
    const char *fault = begin(query);

    if (!fault)
        fault = run(query);
    return fault ? fault : read_rows(out, query);
}

void mtls_source_sql_ask(mtls_principal_t *out, request_rec *r, const mtls_source_t *source,
                         const mtls_holder_t *holder, mtls_trace_t *trace)
{
    query_t query = {.outside = {.r = r, .source = source, .trace = trace}};
    const char *fault;

    if (!mtls_outside_begin(&query.outside, out, holder))
        return;
    apr_pool_create(&query.pool, r->pool);
    fault = look_up(out, &query);
    apr_pool_destroy(query.pool);
    give_back(&query);
    if (fault)
        mtls_outside_down(&query.outside, out, fault);
    else
        mtls_outside_end(&query.outside, out);
}
