/* httpd/refuse.c - see mtls/httpd/refuse.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/refuse.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <mod_core.h>
#include <util_filter.h>

#include "mtls/cert/text.h"
#include "mtls/httpd/attempt.h"
#include "mtls/httpd/audit.h"
#include "mtls/httpd/carried.h"
#include "mtls/httpd/env.h"
#include "mtls/httpd/live.h"
#include "mtls/httpd/shown_ticket.h"
#include "mtls/httpd/visit_of.h"
#include "mtls/policy/page.h"
#include "mtls/policy/reason.h"
#include "mtls/policy/report.h"
#include "mtls/trust/profile_part.h"

/* Seconds after which a waiting place may be free again (RFC 9110 section 10.2.3). */
#define RETRY_AFTER   "10"
/* Most issuer names on a page. */
#define MAX_ISSUERS   32
/* Random octets of a reference: enough to find one line in a log. */
#define REFERENCE_LEN 6

static ap_filter_rec_t *page_filter;

static const char *make_reference(request_rec *r)
{
    unsigned char random[REFERENCE_LEN];
    mtls_bytes_t bytes = {random, sizeof(random)};

    ap_random_insecure_bytes(random, sizeof(random));
    return mtls_hex_write(bytes, r->pool);
}

/* Whether showing a certificate, or another one, would help. */
static bool would_help(const mtls_reason_info_t *info)
{
    if (info->reason == MTLS_REASON_STEP_UP_REQUIRED)
        return true;
    return info->retryable && info->status == HTTP_FORBIDDEN &&
           (info->about == MTLS_ABOUT_ASKING || info->about == MTLS_ABOUT_CERTIFICATE ||
            info->about == MTLS_ABOUT_HOLDER);
}

/* A script is told in a field where its user could go, and why it was refused in the status (RFC
 * 9110 section 15.5.2 wants a challenge with that). */
static void tell_script(request_rec *r, mtls_decision_t *decision, const mtls_reason_info_t *info)
{
    if (info->about != MTLS_ABOUT_ASKING || mtls_visit_kind_of(r) != MTLS_VISIT_SCRIPT)
        return;
    decision->status = HTTP_UNAUTHORIZED;
    apr_table_addn(r->err_headers_out, "WWW-Authenticate",
                   apr_psprintf(r->pool, "MTLS step-up=\"%s\"", decision->step_up));
}

/* Where browsers are sent for certificates, a refused one is told where to go. */
static void offer(request_rec *r, mtls_decision_t *decision, const mtls_reason_info_t *info)
{
    const mtls_settings_t *place = mtls_config_place(r);

    if (decision->rehearsed || decision->sent_to_http11 || r->main || !would_help(info) ||
        place->verify != MTLS_VERIFY_REQUIRE || !mtls_shown_ticket_counts(place))
        return;
    decision->step_up = mtls_attempt_offer(r, place);
    if (!decision->step_up)
        return;
    apr_table_setn(r->err_headers_out, MTLS_ATTEMPT_FIELD, decision->step_up);
    tell_script(r, decision, info);
}

int mtls_refuse(request_rec *r, mtls_decision_t *decision, mtls_reason_t reason)
{
    const mtls_reason_info_t *info = mtls_reason_info(reason);
    const mtls_proof_t *judged = decision->told.proof;

    decision->refused = true;
    decision->status = info->status;
    offer(r, decision, info);
    decision->told.reason = reason;
    decision->told.proof = NULL;
    decision->told.profile = NULL;
    decision->reference = make_reference(r);
    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    if (info->status == HTTP_SERVICE_UNAVAILABLE)
        apr_table_setn(r->err_headers_out, "Retry-After", RETRY_AFTER);
    mtls_env_export(r, decision);
    mtls_audit_refused(r, decision, judged);
    return decision->status;
}

void mtls_refuse_conclude(request_rec *r)
{
    const mtls_decision_t *decision = mtls_decision_own(r);
    mtls_decision_t *refusal;

    if (!decision || decision->refused || !decision->unmet || r->status != HTTP_FORBIDDEN)
        return;
    refusal = mtls_decision_make(r);
    *refusal = *decision;
    mtls_refuse(r, refusal, refusal->unmet);
}

/* The rule that denied may have a text for the person. */
static const char *message_of(const mtls_told_t *told)
{
    return told->reason == MTLS_REASON_DENIED_BY_RULE && told->principal ? told->principal->message
                                                                         : NULL;
}

static const apr_array_header_t *accepted_issuers(request_rec *r, const mtls_accept_t *accept)
{
    apr_array_header_t *all = apr_array_make(r->pool, 8, sizeof(const char *));
    const mtls_generation_t *generation = mtls_live_generation(r);
    int i, k;

    for (i = 0; accept && i < accept->names->nelts; i++) {
        const apr_array_header_t *issuers =
            mtls_profile_issuers(mtls_generation_profile(generation, accept->slots[i]));

        for (k = 0; k < issuers->nelts && all->nelts < MAX_ISSUERS; k++)
            APR_ARRAY_PUSH(all, const char *) = APR_ARRAY_IDX(issuers, k, const char *);
    }
    return all;
}

static const mtls_language_t *language_of(const request_rec *r)
{
    return mtls_languages_choose(mtls_config_server(r->server)->shared->languages,
                                 apr_table_get(r->headers_in, "Accept-Language"));
}

static void set_page_fields(request_rec *r, const mtls_language_t *language)
{
    apr_table_setn(r->headers_out, "Content-Language", mtls_language_tag(language));
    apr_table_setn(r->headers_out, "Content-Security-Policy", mtls_page_csp());
    apr_table_setn(r->headers_out, "X-Frame-Options", "DENY");
    apr_table_setn(r->headers_out, "Referrer-Policy", "no-referrer");
    apr_table_mergen(r->headers_out, "Vary", "Accept-Language");
}

/* What nobody sees need not be a page. */
static mtls_report_format_t format_of(const request_rec *r)
{
    mtls_visit_facts_t visit = mtls_visit_of(r);

    return mtls_visit_is_of_script(&visit) ? mtls_report_choose_for_script(visit.accept)
                                           : mtls_report_choose(visit.accept);
}

static const char *make_page(request_rec *r, const mtls_decision_t *decision)
{
    mtls_report_format_t format = format_of(r);
    mtls_report_t report = {.reason = decision->told.reason,
                            .status = decision->status,
                            .host = r->hostname,
                            .issuers = accepted_issuers(r, decision->accept),
                            .reference = decision->reference,
                            .message = message_of(&decision->told),
                            .language = language_of(r),
                            .step_up = decision->step_up,
                            .again = decision->again,
                            .dead_end = mtls_carried_of(r)->waypoint != MTLS_WAYPOINT_NONE,
                            .new_window = r->method_number == M_POST};
    const char *page = NULL;

    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    if (format == MTLS_REPORT_PROBLEM) {
        if (!report.step_up)
            report.step_up = report.again;
        page = mtls_report_problem(&report, r->pool);
    }
    if (!page) {
        format = MTLS_REPORT_HTML;
        page = mtls_report_html(&report, r->pool);
    }
    if (format == MTLS_REPORT_HTML)
        set_page_fields(r, report.language);
    ap_set_content_type(r, mtls_report_content_type(format));
    ap_set_content_length(r, (apr_off_t)strlen(page));
    apr_table_mergen(r->headers_out, "Vary", "Accept");
    return page;
}

/* Whatever httpd wrote goes; ours is sent once, in its place. */
static apr_status_t replace_page(ap_filter_t *f, apr_bucket_brigade *bb)
{
    const mtls_decision_t *decision = f->ctx;
    const char *page;

    apr_brigade_cleanup(bb);
    page = make_page(f->r, decision);
    mtls_live_give_back(f->r);
    APR_BRIGADE_INSERT_TAIL(
        bb, apr_bucket_pool_create(page, strlen(page), f->r->pool, f->c->bucket_alloc));
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(f->c->bucket_alloc));
    f->ctx = NULL;
    return ap_pass_brigade(f->next, bb);
}

static apr_status_t page_output(ap_filter_t *f, apr_bucket_brigade *bb)
{
    if (f->ctx)
        return replace_page(f, bb);
    apr_brigade_cleanup(bb);
    return APR_SUCCESS;
}

void mtls_refuse_insert_filter(request_rec *r)
{
    const mtls_decision_t *decision;

    mtls_refuse_conclude(r);
    decision = mtls_decision_of(r);
    if (!decision || !decision->refused || !decision->reference ||
        ap_is_HTTP_REDIRECT(decision->status) || r->status != decision->status)
        return;
    if (ap_response_code_string(r, ap_index_of_response(r->status)))
        return;
    ap_add_output_filter_handle(page_filter, (void *)decision, r, r->connection);
}

void mtls_refuse_register(void)
{
    page_filter = ap_register_output_filter("MTLS_PAGE", page_output, NULL, AP_FTYPE_RESOURCE);
}
