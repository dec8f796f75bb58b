/* httpd/logout.c - see mtls/httpd/logout.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/logout.h"

#include <apr_strings.h>
#include <http_request.h>
#include <http_protocol.h>

#include "mtls/httpd/audit.h"
#include "mtls/httpd/carried.h"
#include "mtls/httpd/config.h"
#include "mtls/httpd/own_origin.h"
#include "mtls/httpd/refuse.h"
#include "mtls/httpd/shown_ticket.h"
#include "mtls/httpd/visit_of.h"
#include "mtls/httpd/waypoints.h"
#include "mtls/policy/report.h"

#define HANDLER "mtls-logout"

static bool wants_json(const request_rec *r)
{
    return mtls_report_choose(apr_table_get(r->headers_in, "Accept")) == MTLS_REPORT_PROBLEM;
}

static int tell_json(request_rec *r, bool had_ticket)
{
    ap_set_content_type(r, "application/json");
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    ap_rputs(had_ticket ? "{\"logged_out\": true}\n" : "{\"logged_out\": false}\n", r);
    return OK;
}

static int tell(request_rec *r, bool had_ticket)
{
    mtls_notice_t done = {.title = MTLS_TEXT_LOGOUT_DONE_TITLE,
                          .paragraphs = {MTLS_TEXT_LOGOUT_DONE, MTLS_TEXT_LOGOUT_KEEPS}};
    mtls_notice_t nothing = {.title = MTLS_TEXT_LOGOUT_NOTHING_TITLE,
                             .paragraphs = {MTLS_TEXT_LOGOUT_NOTHING, MTLS_TEXT_LOGOUT_KEEPS}};

    apr_table_mergen(r->headers_out, "Vary", "Accept");
    if (wants_json(r))
        return tell_json(r, had_ticket);
    return mtls_waypoints_tell(r, had_ticket ? &done : &nothing);
}

static int ask(request_rec *r)
{
    mtls_notice_t notice = {.title = MTLS_TEXT_LOGOUT_TITLE,
                            .paragraphs = {MTLS_TEXT_LOGOUT, MTLS_TEXT_LOGOUT_KEEPS},
                            .button = MTLS_TEXT_LOGOUT_BUTTON};

    return mtls_waypoints_tell(r, &notice);
}

/* Cookies of attempts go too: somebody who leaves has nothing under way (and is in no loop). */
static void forget_attempts(request_rec *r)
{
    const mtls_cookies_t *cookies = &mtls_carried_of(r)->cookies;
    int i;

    for (i = 0; i < cookies->attempt_count; i++)
        apr_table_addn(r->err_headers_out, "Set-Cookie",
                       mtls_cookie_line(apr_pstrcat(r->pool, MTLS_COOKIE_ATTEMPT,
                                                    cookies->attempts[i].key, NULL),
                                        "", 0, r->pool));
}

static int log_out(request_rec *r)
{
    const mtls_shown_ticket_t *ticket = mtls_shown_ticket_of(r);
    mtls_visit_facts_t visit = mtls_visit_of(r);

    if (!mtls_visit_is_own(&visit, mtls_own_origin(r)))
        return mtls_refuse(r, mtls_decision_make(r), MTLS_REASON_CROSS_ORIGIN);
    forget_attempts(r);
    mtls_shown_ticket_forget(r);
    if (!mtls_shown_ticket_revoke(r))
        return mtls_refuse(r, mtls_decision_make(r), MTLS_REASON_TICKET_UNAVAILABLE);
    if (ticket->authentic)
        mtls_audit_logout(r, &ticket->claims);
    return tell(r, ticket->authentic);
}

int mtls_logout_handle(request_rec *r)
{
    if (!r->handler || strcmp(r->handler, HANDLER) != 0)
        return DECLINED;
    if (r->method_number == M_GET)
        return ask(r);
    if (r->method_number == M_POST)
        return log_out(r);
    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, M_POST, -1);
    return HTTP_METHOD_NOT_ALLOWED;
}
