/*
 * mod_oracle.c - a handler that writes down that it ran, for the server tests only.
 *
 * A status code says what the client was told; only a side effect says whether the
 * application behind a policy was reached.  Each run of the handler appends one line
 * of JSON to OracleFile in a single write(2), and answers with the same line.
 *
 * Query words, joined with "&":
 *   chunk=N    read the request body in pieces of at most N octets (default 8000)
 *   nobody     do not read the request body
 *
 * A second handler, oracle-spent, makes mod_mtls believe that its ticket keys have sealed as often
 * as they may.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <httpd.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <http_ssl.h>
#include <util_varbuf.h>
#include <apr_buckets.h>
#include <apr_strings.h>
#include <stdbool.h>
#include <openssl/evp.h>

#include "mtls/trust/token.h"

/* The main server's; virtual hosts look there. */
typedef struct {
    const char *path;
    apr_file_t *file;
} oracle_conf_t;

/* What became of a request body. */
typedef struct {
    apr_off_t len;
    char sha256[2 * EVP_MAX_MD_SIZE + 1];
    apr_status_t status;
} oracle_body_t;

/* A JSON object that grows. */
typedef struct {
    struct ap_varbuf text;
    bool first;
} oracle_json_t;

static oracle_conf_t main_conf;

static void json_put(oracle_json_t *json, const char *text)
{
    ap_varbuf_strmemcat(&json->text, text, (int)strlen(text));
}

static void json_string(oracle_json_t *json, const char *text)
{
    if (!text) {
        json_put(json, "null");
        return;
    }
    json_put(json, "\"");
    for (const unsigned char *c = (const unsigned char *)text; *c; ++c) {
        char piece[8];
        if (*c < 0x20 || *c >= 0x7f || *c == '"' || *c == '\\')
            apr_snprintf(piece, sizeof piece, "\\u%04x", *c);
        else
            apr_snprintf(piece, sizeof piece, "%c", *c);
        json_put(json, piece);
    }
    json_put(json, "\"");
}

static void json_key(oracle_json_t *json, const char *key)
{
    if (!json->first)
        json_put(json, ",");
    json->first = false;
    json_string(json, key);
    json_put(json, ":");
}

static void json_member(oracle_json_t *json, const char *key, const char *value)
{
    json_key(json, key);
    json_string(json, value);
}

static void json_number(oracle_json_t *json, const char *key, apr_int64_t value)
{
    char digits[24];
    json_key(json, key);
    apr_snprintf(digits, sizeof digits, "%" APR_INT64_T_FMT, value);
    json_put(json, digits);
}

static bool named_so(const char *name, const char *const *stems)
{
    if (!stems)
        return true;
    for (; *stems; ++stems) {
        if (!ap_cstr_casecmpn(name, *stems, strlen(*stems)))
            return true;
    }
    return false;
}

/* Entries of a table whose names begin with one of the stems; NULL: all. */
static void json_table(oracle_json_t *json, const char *key, const apr_table_t *table,
                       const char *const *stems)
{
    json_key(json, key);
    json_put(json, "{");
    json->first = true;
    const apr_array_header_t *rows = apr_table_elts(table);
    const apr_table_entry_t *entry = (const apr_table_entry_t *)rows->elts;
    for (int i = 0; i < rows->nelts; ++i) {
        if (named_so(entry[i].key, stems))
            json_member(json, entry[i].key, entry[i].val);
    }
    json_put(json, "}");
    json->first = false;
}

static bool query_has(const request_rec *r, const char *word)
{
    return r->args && ap_strstr_c(r->args, word) != NULL;
}

static apr_off_t query_chunk(const request_rec *r)
{
    const char *at = r->args ? ap_strstr_c(r->args, "chunk=") : NULL;
    apr_off_t n = at ? apr_atoi64(at + sizeof "chunk=" - 1) : 0;
    return n > 0 ? n : 8000;
}

static apr_status_t digest_brigade(apr_bucket_brigade *brigade, EVP_MD_CTX *digest, apr_off_t *len,
                                   bool *end)
{
    for (apr_bucket *b = APR_BRIGADE_FIRST(brigade); b != APR_BRIGADE_SENTINEL(brigade);
         b = APR_BUCKET_NEXT(b)) {
        const char *data;
        apr_size_t size;
        if (APR_BUCKET_IS_EOS(b)) {
            *end = true;
            return APR_SUCCESS;
        }
        if (APR_BUCKET_IS_METADATA(b))
            continue;
        apr_status_t rv = apr_bucket_read(b, &data, &size, APR_BLOCK_READ);
        if (rv != APR_SUCCESS)
            return rv;
        EVP_DigestUpdate(digest, data, size);
        *len += (apr_off_t)size;
    }
    return APR_SUCCESS;
}

static void read_body(request_rec *r, oracle_body_t *body)
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned int raw_len = 0;
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    apr_off_t chunk = query_chunk(r);
    bool end = query_has(r, "nobody");

    EVP_DigestInit_ex(digest, EVP_sha256(), NULL);
    while (!end && body->status == APR_SUCCESS) {
        body->status =
            ap_get_brigade(r->input_filters, brigade, AP_MODE_READBYTES, APR_BLOCK_READ, chunk);
        if (body->status == APR_SUCCESS)
            body->status = digest_brigade(brigade, digest, &body->len, &end);
        apr_brigade_cleanup(brigade);
    }
    EVP_DigestFinal_ex(digest, raw, &raw_len);
    EVP_MD_CTX_free(digest);
    ap_bin2hex(raw, raw_len, body->sha256);
}

static const char *ssl_var(request_rec *r, const char *name)
{
    return ap_ssl_var_lookup(r->pool, r->server, r->connection, r, name);
}

static void tell_request(oracle_json_t *json, request_rec *r)
{
    static const char *const headers[] = {"X-", "Cookie", "Origin", "Referer", NULL};
    static const char *const variables[] = {"MTLS_", "REDIRECT_MTLS_", "SSL_CLIENT_", NULL};

    json_member(json, "case", apr_table_get(r->headers_in, "X-Case"));
    json_member(json, "method", r->method);
    json_member(json, "uri", r->unparsed_uri);
    json_member(json, "path", r->uri);
    json_member(json, "args", r->args);
    json_member(json, "request_line", r->the_request);
    json_member(json, "vhost", r->server->server_hostname);
    json_member(json, "host", r->hostname);
    json_member(json, "user", r->user);
    json_member(json, "auth_type", r->ap_auth_type);
    json_member(json, "protocol", r->protocol);
    json_member(json, "cookie", apr_table_get(r->headers_in, "Cookie"));
    json_number(json, "subrequest", r->main != NULL);
    json_number(json, "redirected", r->prev != NULL);
    json_number(json, "status", r->status);
    json_number(json, "conn",
                r->connection->master ? r->connection->master->id : r->connection->id);
    json_number(json, "pid", getpid());
    json_member(json, "ssl_client_verify", ssl_var(r, "SSL_CLIENT_VERIFY"));
    json_member(json, "ssl_client_s_dn", ssl_var(r, "SSL_CLIENT_S_DN"));
    json_member(json, "ssl_protocol", ssl_var(r, "SSL_PROTOCOL"));
    json_member(json, "ssl_session_resumed", ssl_var(r, "SSL_SESSION_RESUMED"));
    json_table(json, "headers", r->headers_in, headers);
    json_table(json, "env", r->subprocess_env, variables);
}

static void tell_body(oracle_json_t *json, request_rec *r, const oracle_body_t *body)
{
    json_number(json, "body_len", body->len);
    json_member(json, "body_sha256", body->sha256);
    json_number(json, "body_status", body->status);
    json_table(json, "trailers", r->trailers_in, NULL);
}

static int oracle_handler(request_rec *r)
{
    if (!r->handler || strcmp(r->handler, "oracle"))
        return DECLINED;

    oracle_body_t body = {0};
    oracle_json_t json = {.first = true};
    read_body(r, &body);
    ap_varbuf_init(r->pool, &json.text, 2048);
    json_put(&json, "{");
    tell_request(&json, r);
    tell_body(&json, r, &body);
    json_put(&json, "}\n");

    apr_size_t len = strlen(json.text.buf);
    apr_status_t rv = apr_file_write_full(main_conf.file, json.text.buf, len, NULL);
    if (rv != APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_CRIT, rv, r, "oracle: cannot write %s", main_conf.path);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    ap_set_content_type(r, "application/json");
    if (!r->main)
        ap_set_content_length(r, (apr_off_t)len);
    if (!r->header_only)
        ap_rwrite(json.text.buf, (int)len, r);
    return OK;
}

/* What mod_mtls keeps over restarts, httpd gives to anybody who knows its name. */
static int spend(request_rec *r)
{
    mtls_token_meter_t **meter = ap_retained_data_get("mod_mtls-token-meter-1");
    int i;

    if (!r->handler || strcmp(r->handler, "oracle-spent"))
        return DECLINED;
    if (!meter || !*meter)
        return HTTP_NOT_FOUND;
    for (i = 0; i < MTLS_TOKEN_METER_KEYS; i++) {
        apr_uint64_t word = atomic_load(&(*meter)->words[i]);

        if (word)
            atomic_store(&(*meter)->words[i], word | MTLS_TOKEN_MAX_SEALS);
    }
    return HTTP_NO_CONTENT;
}

static int oracle_open(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)plog;
    (void)ptemp;
    if (!main_conf.path)
        return OK;
    apr_status_t rv = apr_file_open(&main_conf.file, main_conf.path,
                                    APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_APPEND,
                                    APR_FPROT_OS_DEFAULT, pconf);
    if (rv != APR_SUCCESS)
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s, "oracle: cannot open %s", main_conf.path);
    return rv == APR_SUCCESS ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

static const char *set_file(cmd_parms *cmd, void *config, const char *path)
{
    (void)config;
    main_conf.path = ap_server_root_relative(cmd->pool, path);
    return ap_check_cmd_context(cmd, GLOBAL_ONLY);
}

static const command_rec commands[] = {
    AP_INIT_TAKE1("OracleFile", set_file, NULL, RSRC_CONF, "file that records each handler run"),
    {.name = NULL}};

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_post_config(oracle_open, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(oracle_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(spend, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(oracle) = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, commands,
                             register_hooks,          0};
