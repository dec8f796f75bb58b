/* httpd/waypoints.c - see mtls/httpd/waypoints.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/waypoints.h"

#include <apr_strings.h>
#include <http_request.h>
#include <http_protocol.h>

#include "mtls/httpd/arrival.h"
#include "mtls/httpd/attempt.h"
#include "mtls/httpd/carried.h"
#include "mtls/httpd/config.h"
#include "mtls/httpd/conn.h"
#include "mtls/httpd/endpoint.h"
#include "mtls/httpd/own_origin.h"
#include "mtls/httpd/refuse.h"
#include "mtls/httpd/sending.h"
#include "mtls/httpd/ticket_time.h"
#include "mtls/httpd/tokens.h"
#include "mtls/httpd/visit_of.h"
#include "mtls/policy/page.h"

int mtls_waypoints_tell(request_rec *r, mtls_notice_t *notice)
{
    const mtls_shared_t *shared = mtls_config_server(r->server)->shared;
    const char *page;

    notice->language =
        mtls_languages_choose(shared->languages, apr_table_get(r->headers_in, "Accept-Language"));
    notice->host = r->hostname;
    page = mtls_notice_html(notice, r->pool);
    ap_set_content_type(r, "text/html; charset=utf-8");
    apr_table_setn(r->headers_out, "Content-Language", mtls_language_tag(notice->language));
    apr_table_setn(r->headers_out, "Content-Security-Policy", mtls_page_csp());
    apr_table_setn(r->headers_out, "X-Frame-Options", "DENY");
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    /* a form says where it comes from in Origin, and does not without a referrer */
    apr_table_setn(r->err_headers_out, "Referrer-Policy",
                   notice->button ? "same-origin" : "no-referrer");
    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    apr_table_mergen(r->headers_out, "Vary", "Accept-Language");
    ap_set_content_length(r, (apr_off_t)strlen(page));
    if (!r->header_only)
        ap_rputs(page, r);
    return OK;
}

static int allow_get(request_rec *r)
{
    if (r->method_number == M_GET)
        return OK;
    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, -1);
    return HTTP_METHOD_NOT_ALLOWED;
}

static int say_done(request_rec *r)
{
    mtls_notice_t notice = {.title = MTLS_TEXT_DONE_TITLE,
                            .paragraphs = {MTLS_TEXT_DONE, MTLS_TEXT_DONE_CLOSE}};
    int status = allow_get(r);

    return status == OK ? mtls_waypoints_tell(r, &notice) : status;
}

static bool read_start(mtls_attempt_t *start, request_rec *r)
{
    const mtls_shared_t *shared = mtls_config_server(r->server)->shared;
    const char *token = mtls_carried_of(r)->token;
    mtls_bytes_t octets;

    return token &&
           mtls_tokens_open(&octets, shared, MTLS_TOKEN_START, token, r->pool) == MTLS_TOKEN_GOOD &&
           mtls_attempt_read(start, octets, r->pool) &&
           strcmp(start->origin, mtls_own_origin(r)) == 0 &&
           mtls_claims_age_check(start->issued_at, MTLS_ATTEMPT_START_LIFE,
                                 mtls_settings_ticket_skew(mtls_config_host(r->server)),
                                 mtls_ticket_time(shared)) == MTLS_CLAIMS_FRESH;
}

/* No step-up in a frame, nor behind a page's back: a person must see where he chooses his
 * certificate (S-33). */
static int begin(request_rec *r)
{
    mtls_decision_t *decision = mtls_decision_make(r);
    mtls_visit_facts_t visit = mtls_visit_of(r);
    mtls_attempt_t start;
    int status = allow_get(r);

    if (status != OK)
        return status;
    decision->again = "/";
    if (mtls_visit_is_unseen(&visit) || !read_start(&start, r))
        return mtls_refuse(r, decision, MTLS_REASON_STEP_UP_INVALID);
    return mtls_sending_resume(r, decision, &start);
}

/* Whether the connection was made for this host, over TLS. */
static int check_connection(request_rec *r)
{
    const mtls_conn_t *conn = mtls_conn_of(r->connection);

    if (!conn || !conn->ssl || !conn->settled || !conn->host)
        return mtls_refuse(r, mtls_decision_make(r), MTLS_REASON_NOT_TLS);
    if (conn->host->s != r->server)
        return mtls_refuse(r, mtls_decision_make(r), MTLS_REASON_MISDIRECTED);
    return OK;
}

static int serve(request_rec *r, mtls_waypoint_t waypoint)
{
    switch (waypoint) {
    case MTLS_WAYPOINT_START:
        return begin(r);
    case MTLS_WAYPOINT_RETURN:
        return mtls_arrival_serve(r);
    case MTLS_WAYPOINT_DONE:
        return say_done(r);
    case MTLS_WAYPOINT_ENDPOINT:
        return mtls_endpoint_serve(r);
    case MTLS_WAYPOINT_UNKNOWN:
        return HTTP_NOT_FOUND;
    case MTLS_WAYPOINT_NONE:
        break;
    }
    return DECLINED;
}

/* Whatever is answered at an address that holds a token, an error document of the administrator's
 * too: what that page loads must not be told the address (S-12). */
static void set_fields(request_rec *r)
{
    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->err_headers_out, "Referrer-Policy", "no-referrer");
}

/* An error document of the administrator's is httpd's to serve, at the endpoint too. */
int mtls_waypoints_handle(request_rec *r, int lookup)
{
    mtls_waypoint_t waypoint;
    int status;

    mtls_carried_take((request_rec *)mtls_carried_first(r));
    waypoint = mtls_carried_of(r)->waypoint;
    if (lookup || r->main || r->prev || waypoint == MTLS_WAYPOINT_NONE)
        return DECLINED;
    if (waypoint == MTLS_WAYPOINT_ENDPOINT)
        return serve(r, waypoint);
    set_fields(r);
    status = check_connection(r);
    return status == OK ? serve(r, waypoint) : status;
}
