/* httpd/access.c - see mtls/httpd/access.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/access.h"

#include <http_core.h>
#include <http_protocol.h>

#include "access_parts.h"
#include "mtls/httpd/attempt.h"
#include "mtls/httpd/audit.h"
#include "mtls/httpd/carried.h"
#include "mtls/httpd/live.h"
#include "mtls/httpd/refuse.h"
#include "mtls/httpd/rehearsal.h"
#include "mtls/httpd/request.h"
#include "mtls/httpd/sending.h"
#include "mtls/httpd/shown_ticket.h"
#include "mtls/httpd/visit_of.h"

/* The error document of a refusal must not begin a step-up of its own, nor a subrequest. */
static bool may_ask(const request_rec *r)
{
    return !r->main && !(r->prev && ap_is_HTTP_ERROR(r->prev->status));
}

/* Where a certificate is only welcome, a client that gave none when it was asked is left in peace
 * for the rest of the connection. */
static bool has_said_no(const mtls_access_t *access)
{
    const mtls_conn_t *conn = access->conn;

    return access->place->verify != MTLS_VERIFY_REQUIRE &&
           (conn->failed_attempts > 0 || conn->last_refusal == MTLS_REASON_NO_CERTIFICATE);
}

/* What matters only where a browser may be sent elsewhere. */
static void gather_redirect(const mtls_access_t *access, mtls_stepup_facts_t *facts)
{
    request_rec *r = access->r;

    facts->has_address = mtls_shown_ticket_counts(access->place);
    if (!facts->has_address || facts->acceptable || !facts->requires)
        return;
    facts->visit = mtls_visit_kind_of(r);
    facts->looping = mtls_attempt_is_looping(r, access->place);
    mtls_attempt_target(r, &facts->target_too_long);
}

static mtls_stepup_facts_t gather_facts(const mtls_access_t *access)
{
    const mtls_conn_t *conn = access->conn;
    mtls_stepup_facts_t facts = {
        .asks = access->place->verify > MTLS_VERIFY_NONE,
        .requires = access->place->verify == MTLS_VERIFY_REQUIRE,
        .acceptable = access->decision->told.reason == MTLS_REASON_GOOD,
        .seen = access->decision->told.reason,
        .order = access->settings.order,
        .pipelined = access->pipelined,
        .asked_now = access->asked_now || !may_ask(access->r),
    };

    if (!conn || !conn->ssl || !conn->settled || !conn->host)
        return facts;
    facts.tls = true;
    facts.asked_now = facts.asked_now || has_said_no(access);
    facts.misdirected = conn->host->s != access->r->server;
    facts.http2 = access->r->connection->master != NULL;
    facts.tls13 = conn->tls13;
    facts.offers_pha = conn->offers_pha;
    facts.secure_reneg = conn->secure_reneg;
    facts.proofs_full = conn->proof_count >= MTLS_PROOF_MAX_PER_CONNECTION;
    facts.attempts_left = access->settings.stepup_attempts - conn->failed_attempts;
    gather_redirect(access, &facts);
    return facts;
}

/* Nobody reads this answer: mod_http2 makes a reset of a 403 with this note.  An ErrorDocument
 * would run for nothing, and one that leads elsewhere would be answered instead. */
static int send_to_http11(mtls_access_t *access)
{
    ap_custom_response(access->r, HTTP_FORBIDDEN, "");
    apr_table_setn(access->r->notes, "ssl-renegotiate-forbidden", "verify-client");
    access->decision->sent_to_http11 = true;
    return mtls_refuse(access->r, access->decision, MTLS_REASON_STEP_UP_UNAVAILABLE);
}

static int proceed(mtls_access_t *access, mtls_reason_t reason)
{
    int status = OK;

    if (reason == MTLS_REASON_GOOD)
        status = mtls_access_admit(access);
    if (status != OK)
        return status;
    access->decision->told.reason = reason;
    mtls_audit_admitted(access->r, access->decision);
    return DONE;
}

/* @return OK to decide again, DONE when the request may go on, or an HTTP status. */
static int act(mtls_access_t *access, mtls_stepup_answer_t answer)
{
    switch (answer.action) {
    case MTLS_STEPUP_PROCEED:
        return proceed(access, answer.reason);
    case MTLS_STEPUP_DO_POST_HANDSHAKE:
        return mtls_access_ask(access, MTLS_STEPUP_POST_HANDSHAKE);
    case MTLS_STEPUP_DO_RENEGOTIATE:
        return mtls_access_ask(access, MTLS_STEPUP_RENEGOTIATE);
    case MTLS_STEPUP_DO_HTTP11:
        return send_to_http11(access);
    case MTLS_STEPUP_DO_REDIRECT:
        return mtls_sending_begin(access->r, access->decision, access->place,
                                  access->r->method_number == M_POST);
    case MTLS_STEPUP_REFUSE:
        /* whoever comes back on a new connection proves it anew */
        if (answer.reason == MTLS_REASON_PROOF_EXPIRED)
            access->r->connection->keepalive = AP_CONN_CLOSE;
        return mtls_refuse(access->r, access->decision, answer.reason);
    }
    return mtls_refuse(access->r, access->decision, MTLS_REASON_INTERNAL);
}

/* A browser asks by itself whether a page may ask, and has no certificate to show with that (Fetch
 * standard, "CORS-preflight fetch").  @return OK: it is no such question, or asked like any other
 */
static int answer_preflight(mtls_access_t *access)
{
    mtls_decision_t *decision = access->decision;

    if (decision->told.reason == MTLS_REASON_GOOD || access->place->verify != MTLS_VERIFY_REQUIRE ||
        !access->conn || access->r->method_number != M_OPTIONS ||
        mtls_visit_kind_of(access->r) != MTLS_VISIT_PREFLIGHT)
        return OK;
    switch (access->place->preflight) {
    case MTLS_PREFLIGHT_UNSET:
    case MTLS_PREFLIGHT_ANSWER:
        decision->refused = true;
        decision->status = HTTP_NO_CONTENT;
        return HTTP_NO_CONTENT;
    case MTLS_PREFLIGHT_PASS:
        decision->preflight = true;
        return proceed(access, MTLS_REASON_NO_CERTIFICATE);
    case MTLS_PREFLIGHT_REFUSE:
        break;
    }
    return OK;
}

static int decide(mtls_access_t *access)
{
    int status;

    mtls_access_judge(access);
    status = answer_preflight(access);
    while (status == OK) {
        mtls_stepup_facts_t facts = gather_facts(access);

        status = act(access, mtls_stepup_next(&facts));
    }
    mtls_live_give_back(access->r);
    return status == DONE ? DECLINED : status;
}

/* A step-up has put a certificate on the connection that mod_ssl never saw verified.  Where mod_ssl
 * vouches for certificates itself, such a connection serves our places only. */
static int guard_modssl(request_rec *r, const mtls_conn_t *conn)
{
    if (!conn || !conn->stepped_up || !conn->host->modssl_asks)
        return DECLINED;
    r->connection->keepalive = AP_CONN_CLOSE;
    return mtls_refuse(r, mtls_decision_make(r), MTLS_REASON_MISDIRECTED);
}

/* The time is now: a client may send the line of its request long before the rest of its head. */
int mtls_access_check(request_rec *r)
{
    mtls_access_t access = {.r = r,
                            .conn = mtls_conn_of(r->connection),
                            .place = mtls_config_place(r),
                            .now = apr_time_now()};
    mtls_rehearsal_t *rehearsal;

    if (access.conn)
        mtls_conn_withhold_from_modssl(access.conn);
    if (r->main && (rehearsal = mtls_request_rehearsal(r)) != NULL)
        return mtls_rehearsal_access(r, rehearsal);
    if (access.place->verify <= MTLS_VERIFY_NONE)
        return guard_modssl(r, access.conn);
    access.shared = mtls_config_server(r->server)->shared;
    access.decision = mtls_decision_make(r);
    access.decision->accept = access.place->accept;
    access.decision->level = mtls_settings_export(access.place);
    return decide(&access);
}

int mtls_access_logged(request_rec *r)
{
    const mtls_conn_t *conn = mtls_conn_of(r->connection);

    if (conn)
        mtls_conn_withhold_from_modssl(conn);
    mtls_carried_take((request_rec *)mtls_carried_first(r));
    return DECLINED;
}

int mtls_access_enforce(request_rec *r)
{
    const mtls_decision_t *decision = mtls_decision_own(r);

    if (!decision)
        return mtls_access_check(r);
    return decision->refused ? decision->status : DECLINED;
}
