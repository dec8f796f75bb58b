/* httpd/access_admit.c - see access_parts.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "access_parts.h"

#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>

#include "mtls/httpd/arrival.h"
#include "mtls/httpd/carried.h"
#include "mtls/httpd/message.h"
#include "mtls/httpd/own_origin.h"
#include "mtls/httpd/refuse.h"
#include "mtls/httpd/request.h"
#include "mtls/httpd/sending.h"
#include "mtls/httpd/shown_ticket.h"
#include "mtls/httpd/sources.h"
#include "mtls/httpd/visit_of.h"

APLOG_USE_MODULE(mtls);

/* Who holds the certificate.  @return OK, or the status of a refusal: what the sources deny, and
 * what they cannot say because one of them is down, is settled whoever else might let the client
 * in. */
static int identify(mtls_access_t *access)
{
    mtls_told_t *told = &access->decision->told;

    if (access->place->sources && !told->principal)
        access->decision->lasting =
            mtls_sources_tell(access->r, mtls_access_is_lasting(access) ? access->conn : NULL, told,
                              access->place->sources);
    if (told->principal && (told->principal->reason == MTLS_REASON_DENIED_BY_RULE ||
                            told->principal->reason == MTLS_REASON_MAP_UNAVAILABLE))
        return mtls_refuse(access->r, access->decision, told->principal->reason);
    if (mtls_access_is_lasting(access))
        mtls_access_remember(access);
    return OK;
}

/* Whether the next request of this client would find what it has proven in this one. */
static bool is_kept_alive(const request_rec *r)
{
    return r->server->keep_alive && r->connection->keepalive != AP_CONN_CLOSE &&
           r->proto_num >= HTTP_VERSION(1, 1) &&
           !ap_find_token(r->pool, apr_table_get(r->headers_in, "Connection"), "close");
}

/* httpd has walked <If> without the certificate that was shown since, and may have left out what
 * keeps its holder out.  The same request, sent again, is walked with it (RFC 9110 section 15.4.8).
 */
static int send_again(mtls_access_t *access)
{
    request_rec *r = access->r;
    const char *path = apr_uri_unparse(r->pool, &r->parsed_uri, APR_URI_UNP_OMITSITEPART);

    if (!is_kept_alive(r))
        return mtls_refuse(access->r, access->decision, MTLS_REASON_STEP_UP_UNAVAILABLE);
    access->decision->refused = true;
    access->decision->status = HTTP_TEMPORARY_REDIRECT;
    apr_table_setn(r->headers_out, "Location", ap_construct_url(r->pool, path, r));
    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r,
                  MTLS_MSG_SENT_AGAIN "sent back to be walked with the certificate it has shown");
    return HTTP_TEMPORARY_REDIRECT;
}

static bool was_walked_without(const mtls_access_t *access)
{
    const mtls_request_t *record = mtls_request_of(access->r);

    return access->asked_now && record && record->previewed;
}

/* A browser sends its cookies with whatever a page of another site makes it do.  What changes
 * something must be shown to come from here (S-14). */
static bool is_forged(const mtls_access_t *access)
{
    request_rec *r = access->r;
    mtls_visit_facts_t visit = mtls_visit_of(r);

    return access->decision->told.proof->method == MTLS_PROOF_TICKET &&
           access->place->same_origin != MTLS_OFF && !mtls_visit_is_safe(&visit) && !r->main &&
           !mtls_visit_is_own(&visit, mtls_own_origin(r)) && !mtls_arrival_is_granted(r);
}

/* Once, however often httpd redirects the request inside (RFC 6265 section 4.1.1). */
static void refresh_cookies(const mtls_access_t *access)
{
    mtls_request_t *record = mtls_request_make((request_rec *)mtls_carried_first(access->r));

    if (access->r->main || record->refreshed)
        return;
    record->refreshed = true;
    mtls_sending_arrived(access->r);
    mtls_shown_ticket_renew(access->r);
}

int mtls_access_admit(mtls_access_t *access)
{
    int status;

    if (was_walked_without(access))
        return send_again(access);
    if (is_forged(access))
        return mtls_refuse(access->r, access->decision, MTLS_REASON_CROSS_ORIGIN);
    status = identify(access);
    if (status == OK && access->decision->told.proof->method == MTLS_PROOF_TICKET)
        refresh_cookies(access);
    return status;
}
