/* httpd/access.c - see mtls/httpd/access.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/access.h"

#include <apr_atomic.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>

#include "mtls/httpd/arrival.h"
#include "mtls/httpd/audit.h"
#include "mtls/httpd/body.h"
#include "mtls/httpd/carried.h"
#include "mtls/httpd/config.h"
#include "mtls/httpd/conn.h"
#include "mtls/httpd/judgement.h"
#include "mtls/httpd/live.h"
#include "mtls/httpd/message.h"
#include "mtls/httpd/own_origin.h"
#include "mtls/httpd/refuse.h"
#include "mtls/httpd/rehearsal.h"
#include "mtls/httpd/request.h"
#include "mtls/httpd/sending.h"
#include "mtls/httpd/shown_ticket.h"
#include "mtls/httpd/sources.h"
#include "mtls/httpd/told.h"
#include "mtls/httpd/visit_of.h"
#include "mtls/httpd/wire.h"
#include "mtls/policy/reason.h"

APLOG_USE_MODULE(mtls);

/* The question, while it is being answered. */
typedef struct {
    request_rec *r;
    mtls_conn_t *conn; /* NULL: no TLS of ours */
    mtls_shared_t *shared;
    const mtls_settings_t *place;
    mtls_settings_t settings; /* place, resolved; only once somebody may have to be asked */
    mtls_decision_t *decision;
    bool prepared; /* the body is out of the way and pipelined is known */
    bool pipelined;
    bool asked_now;
    apr_time_t now;
} access_t;

/* The error document of a refusal must not begin a step-up of its own, nor a subrequest. */
static bool may_ask(const request_rec *r)
{
    return !r->main && !(r->prev && ap_is_HTTP_ERROR(r->prev->status));
}

/* Where a certificate is only welcome, a client that gave none when it was asked is left in peace
 * for the rest of the connection. */
static bool has_said_no(const access_t *access)
{
    const mtls_conn_t *conn = access->conn;

    return access->place->verify != MTLS_VERIFY_REQUIRE &&
           (conn->failed_attempts > 0 || conn->last_refusal == MTLS_REASON_NO_CERTIFICATE);
}

/* What matters only where a browser may be sent elsewhere. */
static void gather_redirect(const access_t *access, mtls_stepup_facts_t *facts)
{
    request_rec *r = access->r;

    facts->has_address = mtls_shown_ticket_counts(access->place);
    if (!facts->has_address || facts->acceptable || !facts->requires)
        return;
    facts->visit = mtls_visit_kind_of(r);
    facts->looping = mtls_sending_is_looping(r, access->place);
    mtls_sending_target(r, &facts->target_too_long);
}

static mtls_stepup_facts_t gather_facts(const access_t *access)
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

/* Whether the connection's record is this thread's to write: streams of HTTP/2 run beside each
 * other. */
static bool is_alone(const access_t *access)
{
    return access->conn && !access->r->connection->master;
}

/* A connection's next request mostly asks what its last one asked: same profiles, same proofs, same
 * trust, and a verdict that still holds.  HTTP/2 streams, in threads of their own, ask the memo. */
static bool recall(access_t *access)
{
    const mtls_conn_last_t *last = &access->conn->last;

    if (last->accept != access->place->accept || last->sources != access->place->sources ||
        last->newest != access->conn->proofs ||
        last->proof_age != mtls_settings_proof_age(access->place) ||
        last->generation != mtls_live_number(access->r) ||
        !mtls_verdict_admits(&last->told.verdict, access->now))
        return false;
    access->decision->told = last->told;
    access->decision->lasting = true;
    return true;
}

static void judge(access_t *access)
{
    mtls_told_t *told = &access->decision->told;
    const mtls_shown_ticket_t *ticket;

    if (is_alone(access) && recall(access))
        return;
    ticket = mtls_judgement_ticket(access->r, access->conn, access->place);
    mtls_judgement_make(told, access->conn, ticket, access->place, mtls_live_generation(access->r),
                        access->shared, access->now);
    if (told->reason == MTLS_REASON_GOOD)
        return;
    mtls_settings_resolve(&access->settings, access->place);
    if (ticket && ticket->reason == MTLS_REASON_GOOD)
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, access->r,
                      MTLS_MSG_TICKET "a ticket does not count: %s",
                      mtls_reason_info(told->reason)->word);
}

/* Look whether octets are waiting behind this request, without taking them. */
static bool has_waiting_input(request_rec *r)
{
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    apr_off_t len = 0;
    bool waiting = ap_get_brigade(r->connection->input_filters, bb, AP_MODE_SPECULATIVE,
                                  APR_NONBLOCK_READ, 1) == APR_SUCCESS &&
                   apr_brigade_length(bb, 1, &len) == APR_SUCCESS && len > 0;

    apr_brigade_destroy(bb);
    return waiting;
}

static int refuse(access_t *access, mtls_reason_t reason)
{
    return mtls_refuse(access->r, access->decision, reason);
}

/* The client cannot be asked now: where a certificate is only welcome, go on without one. */
static int do_without(access_t *access, mtls_reason_t reason)
{
    if (access->place->verify == MTLS_VERIFY_REQUIRE)
        return refuse(access, reason);
    access->asked_now = true;
    access->decision->told.reason = reason;
    return OK;
}

/* After this answer no octet of the client is read on this connection again. */
static void end_connection(request_rec *r)
{
    r->connection->keepalive = AP_CONN_CLOSE;
}

static int keep_body(access_t *access)
{
    apr_size_t memory = mtls_settings_body_memory(&access->settings);
    apr_size_t disk = mtls_settings_body_disk(&access->settings);
    int status;

    if (mtls_body_is_declared_above(access->r, (apr_uint64_t)memory + disk))
        return do_without(access, MTLS_REASON_BODY_TOO_LARGE);
    status = mtls_body_keep(access->r, memory, disk);
    if (status == OK)
        return OK;
    end_connection(access->r);
    return status == HTTP_REQUEST_ENTITY_TOO_LARGE ? refuse(access, MTLS_REASON_BODY_TOO_LARGE)
                                                   : status;
}

/* What the client sent behind this request arrived before it proved anything, so it is never run
 * (T-P07): the connection ends with this answer, whichever it is.
 *
 * A client that waits for "100 Continue" has its body still to send: it is asked first, and the
 * handler reads the body afterwards as usual (RFC 9110 section 10.1.1). */
static int prepare(access_t *access)
{
    request_rec *r = access->r;
    bool has_body = ap_request_has_body(r);
    int status = OK;

    access->prepared = true;
    mtls_live_give_back(r);
    if (has_body && r->expecting_100 && !has_waiting_input(r))
        return OK;
    if (has_body)
        status = keep_body(access);
    if (status == OK && !access->asked_now)
        access->pipelined = has_waiting_input(r);
    if (access->pipelined)
        end_connection(r);
    return status;
}

/* What a failed exchange means for the connection and for what the client is told. */
static int after_exchange(access_t *access, mtls_wire_end_t end, bool alive)
{
    static const mtls_reason_t reasons[] = {
        [MTLS_WIRE_FAILED] = MTLS_REASON_NOT_PROVEN,
        [MTLS_WIRE_PROVEN] = MTLS_REASON_UNDECIDED,
        [MTLS_WIRE_REFUSED] = MTLS_REASON_UNDECIDED,
        [MTLS_WIRE_DECLINED] = MTLS_REASON_DECLINED,
        [MTLS_WIRE_TIMEOUT] = MTLS_REASON_STEP_UP_TIMEOUT,
        [MTLS_WIRE_DATA_FIRST] = MTLS_REASON_NOT_PROVEN,
        [MTLS_WIRE_CLOSED] = MTLS_REASON_NOT_PROVEN,
    };
    mtls_conn_t *conn = access->conn;

    access->asked_now = true;
    access->now = apr_time_now();
    if (end == MTLS_WIRE_DECLINED)
        conn->last_refusal = MTLS_REASON_DECLINED;
    judge(access);
    if (access->decision->told.reason != MTLS_REASON_GOOD)
        conn->failed_attempts++;
    if (end == MTLS_WIRE_PROVEN || end == MTLS_WIRE_REFUSED || end == MTLS_WIRE_DECLINED)
        return OK;
    end_connection(access->r);
    if (alive)
        return do_without(access, reasons[end]);
    conn->c->aborted = 1;
    return refuse(access, reasons[end]);
}

static int exchange(access_t *access, mtls_stepup_method_t method)
{
    const mtls_accept_t *accept = access->place->accept;
    STACK_OF(X509_NAME) *names = NULL;
    mtls_wire_end_t end;
    bool alive;

    /* check.c sees to it that each place accepts something; where it was misled, nobody gets in */
    if (accept)
        names = mtls_host_ca_names(mtls_live_generation(access->r), accept->slots,
                                   accept->names->nelts);
    if (!names)
        return refuse(access, MTLS_REASON_INTERNAL);
    mtls_live_give_back(access->r);
    end = mtls_wire_ask(access->conn, method, names, access->settings.stepup_timeout, &alive);
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, access->r, MTLS_MSG_EXCHANGE "step-up by %s: %s",
                  mtls_stepup_method_word(method), mtls_wire_end_word(end));
    return after_exchange(access, end, alive);
}

static int max_waiters(const access_t *access)
{
    return access->settings.stepup_waiters ? access->settings.stepup_waiters
                                           : access->shared->default_waiters;
}

/* Ask, while no more than the allowed number of this child's requests are waiting. */
static int ask(access_t *access, mtls_stepup_method_t method)
{
    int status;

    if (!access->prepared)
        return prepare(access);
    if (apr_atomic_inc32(&access->shared->waiters) >= (apr_uint32_t)max_waiters(access))
        status = do_without(access, MTLS_REASON_OVERLOADED);
    else
        status = exchange(access, method);
    apr_atomic_dec32(&access->shared->waiters);
    return status;
}

/* Nobody reads this answer: mod_http2 makes a reset of a 403 with this note.  An ErrorDocument
 * would run for nothing, and one that leads elsewhere would be answered instead. */
static int send_to_http11(access_t *access)
{
    ap_custom_response(access->r, HTTP_FORBIDDEN, "");
    apr_table_setn(access->r->notes, "ssl-renegotiate-forbidden", "verify-client");
    access->decision->sent_to_http11 = true;
    return refuse(access, MTLS_REASON_STEP_UP_UNAVAILABLE);
}

static void remember(access_t *access)
{
    const mtls_told_t *told = &access->decision->told;

    if (!told->principal || access->decision->lasting)
        access->conn->last =
            (mtls_conn_last_t){access->place->accept,  access->conn->proofs,
                               access->place->sources, mtls_settings_proof_age(access->place),
                               told->generation,       *told};
}

/* Whether what is found out about the proof may be kept with the connection: a ticket's is gone
 * with its request. */
static bool lasts(const access_t *access)
{
    return is_alone(access) && access->decision->told.proof->method != MTLS_PROOF_TICKET;
}

/* Who holds the certificate.  @return OK, or the status of a refusal: what the sources deny, and
 * what they cannot say because one of them is down, is settled whoever else might let the client
 * in. */
static int identify(access_t *access)
{
    mtls_told_t *told = &access->decision->told;

    if (access->place->sources && !told->principal)
        access->decision->lasting = mtls_sources_tell(
            access->r, lasts(access) ? access->conn : NULL, told, access->place->sources);
    if (told->principal && (told->principal->reason == MTLS_REASON_DENIED_BY_RULE ||
                            told->principal->reason == MTLS_REASON_MAP_UNAVAILABLE))
        return refuse(access, told->principal->reason);
    if (lasts(access))
        remember(access);
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
static int send_again(access_t *access)
{
    request_rec *r = access->r;
    const char *path = apr_uri_unparse(r->pool, &r->parsed_uri, APR_URI_UNP_OMITSITEPART);

    if (!is_kept_alive(r))
        return refuse(access, MTLS_REASON_STEP_UP_UNAVAILABLE);
    access->decision->refused = true;
    access->decision->status = HTTP_TEMPORARY_REDIRECT;
    apr_table_setn(r->headers_out, "Location", ap_construct_url(r->pool, path, r));
    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r,
                  MTLS_MSG_SENT_AGAIN "sent back to be walked with the certificate it has shown");
    return HTTP_TEMPORARY_REDIRECT;
}

static bool was_walked_without(const access_t *access)
{
    const mtls_request_t *record = mtls_request_of(access->r);

    return access->asked_now && record && record->previewed;
}

/* A browser sends its cookies with whatever a page of another site makes it do.  What changes
 * something must be shown to come from here (S-14). */
static bool is_forged(const access_t *access)
{
    request_rec *r = access->r;
    mtls_visit_facts_t visit = mtls_visit_of(r);

    return access->decision->told.proof->method == MTLS_PROOF_TICKET &&
           access->place->same_origin != MTLS_OFF && !mtls_visit_is_safe(&visit) && !r->main &&
           !mtls_visit_is_own(&visit, mtls_own_origin(r)) && !mtls_arrival_is_granted(r);
}

/* Once, however often httpd redirects the request inside (RFC 6265 section 4.1.1). */
static void refresh_cookies(const access_t *access)
{
    mtls_request_t *record = mtls_request_make((request_rec *)mtls_carried_first(access->r));

    if (access->r->main || record->refreshed)
        return;
    record->refreshed = true;
    mtls_sending_arrived(access->r);
    mtls_shown_ticket_renew(access->r);
}

static int admit(access_t *access)
{
    int status;

    if (was_walked_without(access))
        return send_again(access);
    if (is_forged(access))
        return refuse(access, MTLS_REASON_CROSS_ORIGIN);
    status = identify(access);
    if (status == OK && access->decision->told.proof->method == MTLS_PROOF_TICKET)
        refresh_cookies(access);
    return status;
}

static int proceed(access_t *access, mtls_reason_t reason)
{
    int status = OK;

    if (reason == MTLS_REASON_GOOD)
        status = admit(access);
    if (status != OK)
        return status;
    access->decision->told.reason = reason;
    mtls_audit_admitted(access->r, access->decision);
    return DONE;
}

/* @return OK to decide again, DONE when the request may go on, or an HTTP status. */
static int act(access_t *access, mtls_stepup_answer_t answer)
{
    switch (answer.action) {
    case MTLS_STEPUP_PROCEED:
        return proceed(access, answer.reason);
    case MTLS_STEPUP_DO_POST_HANDSHAKE:
        return ask(access, MTLS_STEPUP_POST_HANDSHAKE);
    case MTLS_STEPUP_DO_RENEGOTIATE:
        return ask(access, MTLS_STEPUP_RENEGOTIATE);
    case MTLS_STEPUP_DO_HTTP11:
        return send_to_http11(access);
    case MTLS_STEPUP_DO_REDIRECT:
        return mtls_sending_begin(access->r, access->decision, access->place,
                                  access->r->method_number == M_POST);
    case MTLS_STEPUP_REFUSE:
        /* whoever comes back on a new connection proves it anew */
        if (answer.reason == MTLS_REASON_PROOF_EXPIRED)
            end_connection(access->r);
        return refuse(access, answer.reason);
    }
    return refuse(access, MTLS_REASON_INTERNAL);
}

/* A browser asks by itself whether a page may ask, and has no certificate to show with that (Fetch
 * standard, "CORS-preflight fetch").  @return OK: it is no such question, or asked like any other
 */
static int answer_preflight(access_t *access)
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

static int decide(access_t *access)
{
    int status;

    judge(access);
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
    end_connection(r);
    return mtls_refuse(r, mtls_decision_make(r), MTLS_REASON_MISDIRECTED);
}

/* The time is now: a client may send the line of its request long before the rest of its head. */
int mtls_access_check(request_rec *r)
{
    access_t access = {.r = r,
                       .conn = mtls_conn_of(r->connection),
                       .place = mtls_config_place(r),
                       .now = apr_time_now()};
    mtls_rehearsal_t *rehearsal;

    if (access.conn)
        mtls_conn_withhold_from_modssl(access.conn);
    if (r->main && (rehearsal = mtls_rehearsal_of(r)) != NULL)
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
    if (decision->refused)
        return decision->status;
    return decision->preflight ? OK : DECLINED; /* OK: nobody's rules are asked */
}
