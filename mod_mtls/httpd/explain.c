/* httpd/explain.c - see mtls/httpd/explain.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/explain.h"

#include <ap_expr.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>

#include "mtls/cert/identity_read.h"
#include "mtls/httpd/config.h"
#include "mtls/httpd/live.h"
#include "mtls/httpd/rehearsal.h"
#include "mtls/policy/report.h"
#include "mtls/trust/chain_read.h"

#define HANDLER    "mtls-explain"
/* Most octets of a posted form, and of its URL. */
#define MAX_FORM   (128 * 1024)
#define MAX_URL    8192
/* Most fields of a form. */
#define MAX_FIELDS 16

/* The form, as it came. */
typedef struct {
    mtls_bytes_t cert;
    const char *url;
    const char *method;
} question_t;

static int complain(request_rec *r, int status, const char *text)
{
    r->status = status;
    ap_set_content_type(r, "text/plain; charset=utf-8");
    ap_rprintf(r, "%s\n", text);
    return OK;
}

static mtls_bytes_t value_of(request_rec *r, const apr_array_header_t *form, const char *name)
{
    mtls_bytes_t value = {NULL, 0};
    int i;

    for (i = 0; i < form->nelts; i++) {
        const ap_form_pair_t *pair = &APR_ARRAY_IDX(form, i, ap_form_pair_t);
        apr_size_t len = 0;
        char *text = NULL;

        if (strcmp(pair->name, name) == 0 &&
            apr_brigade_pflatten(pair->value, &text, &len, r->pool) == APR_SUCCESS) {
            value.data = (const unsigned char *)apr_pstrmemdup(r->pool, text, len);
            value.len = len;
        }
    }
    return value;
}

static bool holds_nul(mtls_bytes_t value)
{
    return value.len && memchr(value.data, '\0', value.len);
}

/* @return NULL, or what the form lacks. */
static const char *read_question(question_t *out, request_rec *r, const apr_array_header_t *form)
{
    mtls_bytes_t url = value_of(r, form, "url"), method = value_of(r, form, "method");

    out->cert = value_of(r, form, "cert");
    if (!out->cert.len)
        return "the field cert is missing: PEM of a certificate, and of its chain behind it";
    if (!url.len || url.len > MAX_URL || url.data[0] != '/' || holds_nul(url))
        return "the field url is missing or no path of this host: it begins with \"/\"";
    out->url = (const char *)url.data;
    out->method = method.len ? (const char *)method.data : "GET";
    if (holds_nul(method) || ap_method_number_of(out->method) == M_INVALID)
        return "the field method names no method; leave it out for GET";
    return NULL;
}

/* @return NULL, or why the certificate cannot be used. */
static const char *read_certificate(mtls_rehearsal_t *rehearsal, request_rec *r, mtls_bytes_t pem)
{
    mtls_settings_t host;
    mtls_chain_limits_t limits;
    const char *fault;

    mtls_settings_resolve(&host, mtls_config_host(r->server));
    limits.max_bytes = host.chain_bytes;
    limits.max_certs = host.chain_certs;
    fault = mtls_chain_read(&rehearsal->proof.chain, pem, NULL, &limits, r->pool);
    if (fault)
        return apr_pstrcat(r->pool, "the field cert: ", fault, NULL);
    if (mtls_identity_read(&rehearsal->proof.identity, mtls_chain_get0_leaf(rehearsal->proof.chain),
                           mtls_chain_der(rehearsal->proof.chain, 0),
                           mtls_chain_leaf_sha256(rehearsal->proof.chain), r->pool) != APR_SUCCESS)
        return "the field cert: the certificate cannot be read";
    rehearsal->proof.method = MTLS_PROOF_HANDSHAKE;
    rehearsal->proof.proven_at = r->request_time;
    rehearsal->story.certificate = "posted certificate";
    rehearsal->story.identity = rehearsal->proof.identity;
    return NULL;
}

static int answer(request_rec *r, const mtls_explanation_t *story)
{
    bool json = mtls_report_choose(apr_table_get(r->headers_in, "Accept")) == MTLS_REPORT_PROBLEM;
    const char *text =
        json ? mtls_explanation_write_json(story, r->pool) : mtls_explanation_write(story, r->pool);

    if (!text)
        return HTTP_INTERNAL_SERVER_ERROR;
    ap_set_content_type(r, json ? "application/json" : "text/plain; charset=utf-8");
    ap_rputs(text, r);
    return OK;
}

static bool holds(const ap_conf_vector_t *conf, const ap_expr_info_t *handler);

static bool one_holds(const apr_array_header_t *sections, const ap_expr_info_t *handler)
{
    int i;

    for (i = 0; sections && i < sections->nelts; i++) {
        if (holds(APR_ARRAY_IDX(sections, i, const ap_conf_vector_t *), handler))
            return true;
    }
    return false;
}

/* Whether this SetHandler stands there, in sections within too. */
static bool holds(const ap_conf_vector_t *conf, const ap_expr_info_t *handler)
{
    const core_dir_config *core = ap_get_core_module_config(conf);

    return core && (core->expr_handler == handler || one_holds(core->sec_file, handler) ||
                    one_holds(core->sec_if, handler));
}

/* Only SetHandler in the server's own configuration: .htaccess may set it, and RewriteRule and
 * AddHandler name handlers too, where "AllowOverride FileInfo" lets people write content. */
static bool is_set_by_administrator(request_rec *r)
{
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);
    const struct htaccess_result *file;
    const char *name, *error = NULL;

    if (!core || !core->expr_handler)
        return false;
    name = ap_expr_str_exec(r, core->expr_handler, &error);
    if (error || !name || strcmp(name, HANDLER) != 0)
        return false;
    for (file = r->htaccess; file; file = file->next) {
        if (file->htaccess && holds(file->htaccess, core->expr_handler))
            return false;
    }
    return true;
}

int mtls_explain_handle(request_rec *r)
{
    mtls_rehearsal_t *rehearsal;
    apr_array_header_t *form = NULL;
    question_t question;
    const char *fault;
    int status;

    if (!r->handler || strcmp(r->handler, HANDLER) != 0 || !is_set_by_administrator(r))
        return DECLINED;
    ap_allow_standard_methods(r, MERGE_ALLOW, M_POST, -1);
    if (r->method_number != M_POST)
        return HTTP_METHOD_NOT_ALLOWED;
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    apr_table_mergen(r->headers_out, "Vary", "Accept");
    status = ap_parse_form_data(r, NULL, &form, MAX_FIELDS, MAX_FORM);
    if (status != OK)
        return status;
    rehearsal = apr_pcalloc(r->pool, sizeof(*rehearsal));
    fault = read_question(&question, r, form);
    if (!fault)
        fault = read_certificate(rehearsal, r, question.cert);
    if (fault)
        return complain(r, HTTP_BAD_REQUEST, fault);
    mtls_rehearsal_run(r, rehearsal, question.method, question.url);
    status = answer(r, &rehearsal->story);
    mtls_live_give_back(r);
    return status;
}
