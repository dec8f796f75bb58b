/* httpd/access_ask.c - see access_parts.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "access_parts.h"

#include <apr_atomic.h>
#include <http_log.h>
#include <http_protocol.h>

#include "mtls/httpd/body.h"
#include "mtls/httpd/live.h"
#include "mtls/httpd/message.h"
#include "mtls/httpd/refuse.h"
#include "mtls/httpd/wire.h"

APLOG_USE_MODULE(mtls);

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

/* The client cannot be asked now: where a certificate is only welcome, go on without one. */
static int do_without(mtls_access_t *access, mtls_reason_t reason)
{
    if (access->place->verify == MTLS_VERIFY_REQUIRE)
        return mtls_refuse(access->r, access->decision, reason);
    access->asked_now = true;
    access->decision->told.reason = reason;
    return OK;
}

/* After this answer no octet of the client is read on this connection again. */
static void end_connection(request_rec *r)
{
    r->connection->keepalive = AP_CONN_CLOSE;
}

static int keep_body(mtls_access_t *access)
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
    return status == HTTP_REQUEST_ENTITY_TOO_LARGE
               ? mtls_refuse(access->r, access->decision, MTLS_REASON_BODY_TOO_LARGE)
               : status;
}

/* What the client sent behind this request arrived before it proved anything, so it is never run
 * (T-P07): the connection ends with this answer, whichever it is.
 *
 * A client that waits for "100 Continue" has its body still to send: it is asked first, and the
 * handler reads the body afterwards as usual (RFC 9110 section 10.1.1). */
static int prepare(mtls_access_t *access)
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
static int after_exchange(mtls_access_t *access, mtls_wire_end_t end, bool alive)
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
    mtls_access_judge(access);
    if (access->decision->told.reason != MTLS_REASON_GOOD)
        conn->failed_attempts++;
    if (end == MTLS_WIRE_PROVEN || end == MTLS_WIRE_REFUSED || end == MTLS_WIRE_DECLINED)
        return OK;
    end_connection(access->r);
    if (alive)
        return do_without(access, reasons[end]);
    conn->c->aborted = 1;
    return mtls_refuse(access->r, access->decision, reasons[end]);
}

static int exchange(mtls_access_t *access, mtls_stepup_method_t method)
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
        return mtls_refuse(access->r, access->decision, MTLS_REASON_INTERNAL);
    mtls_live_give_back(access->r);
    ap_log_rerror(APLOG_MARK, APLOG_TRACE1, 0, access->r, MTLS_MSG_EXCHANGE "step-up by %s: asking",
                  mtls_stepup_method_word(method));
    end = mtls_wire_ask(access->conn, method, names, access->settings.stepup_timeout, &alive);
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, access->r, MTLS_MSG_EXCHANGE "step-up by %s: %s",
                  mtls_stepup_method_word(method), mtls_wire_end_word(end));
    return after_exchange(access, end, alive);
}

static int max_waiters(const mtls_access_t *access)
{
    return access->settings.stepup_waiters ? access->settings.stepup_waiters
                                           : access->shared->default_waiters;
}

int mtls_access_ask(mtls_access_t *access, mtls_stepup_method_t method)
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
