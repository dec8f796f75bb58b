/* httpd/wire.c - see mtls/httpd/wire.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/wire.h"

#include <apr_portable.h>
#include <http_core.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <poll.h>
#include <time.h>
#include <util_filter.h>

/* Just below mod_ssl's own input filter. */
#define FILTER_TYPE (AP_FTYPE_CONNECTION + 6)

static ap_filter_rec_t *patience_filter;

/* Octets of the session id context of a renegotiation. */
#define STEP_UP_SID_CONTEXT_LEN 32

apr_time_t mtls_wire_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return apr_time_from_sec((apr_time_t)now.tv_sec) + now.tv_nsec / 1000;
}

const char *mtls_wire_end_word(mtls_wire_end_t end)
{
    switch (end) {
    case MTLS_WIRE_FAILED:
        return "failed";
    case MTLS_WIRE_PROVEN:
        return "proven";
    case MTLS_WIRE_REFUSED:
        return "refused";
    case MTLS_WIRE_DECLINED:
        return "declined";
    case MTLS_WIRE_TIMEOUT:
        return "timeout";
    case MTLS_WIRE_DATA_FIRST:
        return "data-first";
    case MTLS_WIRE_CLOSED:
        return "closed";
    }
    return "failed";
}

/* OpenSSL shows each handshake message before it checks it: Finished counts only together with
 * SSL_is_init_finished() afterwards. */
static void on_message(int sent, int version, int content_type, const void *data, size_t len,
                       SSL *ssl, void *arg)
{
    mtls_conn_t *conn = arg;

    (void)version;
    (void)ssl;
    if (!sent && content_type == SSL3_RT_HANDSHAKE && len > 0 &&
        *(const unsigned char *)data == SSL3_MT_FINISHED)
        conn->exchange.finished = true;
}

static bool is_complete(const mtls_conn_t *conn)
{
    return conn->exchange.finished && SSL_is_init_finished(conn->ssl);
}

/* @return false when the deadline passed or the socket cannot be waited for */
static bool wait_readable(conn_rec *c, apr_time_t deadline)
{
    struct pollfd fd = {.events = POLLIN};
    apr_os_sock_t sock;

    if (apr_os_sock_get(&sock, ap_get_conn_socket(c)) != APR_SUCCESS)
        return false;
    fd.fd = sock;
    for (;;) {
        apr_interval_time_t left = deadline - mtls_wire_clock();
        int ready;

        if (left <= 0)
            return false;
        ready = poll(&fd, 1, (int)(left / 1000) + 1);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
    }
}

/* mod_ssl's reads block, for as long as the socket lets them and again for each record.  During an
 * exchange they must not: the waiting is done in wait_readable(), against one deadline. */
static apr_status_t read_without_blocking(ap_filter_t *f, apr_bucket_brigade *bb,
                                          ap_input_mode_t mode, apr_read_type_e block,
                                          apr_off_t count)
{
    mtls_conn_t *conn = f->ctx;
    apr_status_t rv = ap_get_brigade(f->next, bb, mode, APR_NONBLOCK_READ, count);

    (void)block;
    conn->exchange.drained =
        APR_STATUS_IS_EAGAIN(rv) || (rv == APR_SUCCESS && APR_BRIGADE_EMPTY(bb));
    return rv;
}

void mtls_wire_register(void)
{
    patience_filter =
        ap_register_input_filter("MTLS_PATIENCE", read_without_blocking, NULL, FILTER_TYPE);
}

/* A read that found nothing more: keep waiting, or the end? */
static mtls_wire_end_t why_no_data(const mtls_conn_t *conn, int result, bool *again)
{
    int error = SSL_get_error(conn->ssl, result);

    *again = error == SSL_ERROR_WANT_READ;
    if (error == SSL_ERROR_ZERO_RETURN || error == SSL_ERROR_SYSCALL)
        return MTLS_WIRE_CLOSED;
    return MTLS_WIRE_FAILED;
}

/* Read handshake messages until the exchange is complete.  Application data is only looked at. */
static mtls_wire_end_t read_answer(mtls_conn_t *conn, apr_time_t deadline)
{
    for (;;) {
        char octet;
        int result;
        bool again;
        mtls_wire_end_t end;

        ERR_clear_error();
        conn->exchange.drained = false;
        result = SSL_peek(conn->ssl, &octet, 1);
        if (is_complete(conn))
            return MTLS_WIRE_PROVEN;
        if (result > 0)
            return MTLS_WIRE_DATA_FIRST;
        end = why_no_data(conn, result, &again);
        if (!again)
            return end;
        if (mtls_wire_clock() >= deadline)
            return MTLS_WIRE_TIMEOUT;
        /* OpenSSL stops after each record that is not application data: octets that were taken
         * from the socket with it may still wait in mod_ssl's buffer */
        if (conn->exchange.drained && !wait_readable(conn->c, deadline))
            return MTLS_WIRE_TIMEOUT;
    }
}

/* A client that asked us to update our keys (RFC 8446 section 4.6.3) is answered first: OpenSSL
 * writes one of the two messages for each call, and would leave the request unsent. */
static bool answer_key_update(SSL *ssl)
{
    if (SSL_get_key_update_type(ssl) == SSL_KEY_UPDATE_NONE)
        return true;
    return SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(ssl) == 1;
}

/* A renegotiated session is the connection's own: no ticket, no id, no place in the cache. */
static int never_resumable(SSL *ssl, int is_forward_secure)
{
    (void)ssl;
    (void)is_forward_secure;
    return 1;
}

static bool start_post_handshake(SSL *ssl)
{
    return answer_key_update(ssl) && SSL_verify_client_post_handshake(ssl) == 1 &&
           SSL_do_handshake(ssl) == 1;
}

/* A session id context of its own keeps an old session from being resumed into the exchange, which
 * would then ask for nothing. */
static bool start_renegotiation(SSL *ssl)
{
    unsigned char sid_context[STEP_UP_SID_CONTEXT_LEN];

    if (RAND_bytes(sid_context, sizeof(sid_context)) != 1 ||
        !SSL_set_session_id_context(ssl, sid_context, sizeof(sid_context)))
        return false;
    SSL_clear_options(ssl, SSL_OP_NO_RENEGOTIATION);
    return SSL_renegotiate(ssl) == 1 && SSL_do_handshake(ssl) == 1;
}

static bool start(const mtls_conn_t *conn, mtls_stepup_method_t method)
{
    switch (method) {
    case MTLS_STEPUP_POST_HANDSHAKE:
        return start_post_handshake(conn->ssl);
    case MTLS_STEPUP_RENEGOTIATE:
        return start_renegotiation(conn->ssl);
    case MTLS_STEPUP_REDIRECT:
    case MTLS_STEPUP_REDIRECT_POST:
    case MTLS_STEPUP_NONE:
    case MTLS_STEPUP_METHODS:
        return false;
    }
    return false;
}

/* The exchange is complete: what did it bring? */
static mtls_wire_end_t publish(mtls_conn_t *conn, mtls_stepup_method_t method)
{
    mtls_proof_method_t how =
        method == MTLS_STEPUP_POST_HANDSHAKE ? MTLS_PROOF_POST_HANDSHAKE : MTLS_PROOF_RENEGOTIATION;

    if (mtls_host_of(conn->ssl) != conn->host)
        return MTLS_WIRE_FAILED;
    if (!conn->pending.received)
        return MTLS_WIRE_DECLINED;
    if (!conn->pending.chain) {
        conn->last_refusal = conn->pending.refusal;
        return MTLS_WIRE_REFUSED;
    }
    return mtls_conn_publish(conn, conn->pending.chain, how, apr_time_now()) ? MTLS_WIRE_PROVEN
                                                                             : MTLS_WIRE_REFUSED;
}

static void begin(mtls_conn_t *conn, STACK_OF(X509_NAME) * names)
{
    conn->pending = (mtls_pending_t){0};
    conn->exchange = (mtls_exchange_t){.active = true};
    SSL_set_msg_callback(conn->ssl, on_message);
    SSL_set_msg_callback_arg(conn->ssl, conn);
    SSL_set_client_CA_list(conn->ssl, names);
    SSL_set_verify(conn->ssl, SSL_VERIFY_PEER, NULL);
    mtls_host_limit_message(conn->host, conn->ssl);
    SSL_set_num_tickets(conn->ssl, 0);
    SSL_set_not_resumable_session_callback(conn->ssl, never_resumable);
}

/* mod_ssl does not ask again where the mode in place says that it has asked before, so the mode of
 * the host is put in place: the peer certificate is no longer the one that mod_ssl verified. */
static void end_exchange(mtls_conn_t *conn)
{
    if (conn->pending.received)
        conn->stepped_up = true;
    conn->exchange.active = false;
    conn->exchange.given_up = !conn->exchange.finished;
    conn->pending = (mtls_pending_t){0};
    SSL_set_options(conn->ssl, SSL_OP_NO_RENEGOTIATION);
    SSL_set_verify(conn->ssl, SSL_CTX_get_verify_mode(SSL_get_SSL_CTX(conn->ssl)), NULL);
    SSL_set_client_CA_list(conn->ssl, NULL);
    SSL_set_msg_callback(conn->ssl, NULL);
    SSL_set_not_resumable_session_callback(conn->ssl, NULL);
    mtls_conn_withhold_from_modssl(conn);
    ERR_clear_error();
}

mtls_wire_end_t mtls_wire_ask(mtls_conn_t *conn, mtls_stepup_method_t method,
                              STACK_OF(X509_NAME) * names, apr_interval_time_t timeout, bool *alive)
{
    apr_time_t deadline = mtls_wire_clock() + timeout;
    mtls_wire_end_t end = MTLS_WIRE_FAILED;
    apr_socket_t *socket = ap_get_conn_socket(conn->c);
    apr_interval_time_t socket_timeout = timeout;
    ap_filter_t *patience = ap_add_input_filter_handle(patience_filter, conn, NULL, conn->c);

    /* our own few octets must not wait longer either, for a client that reads nothing */
    apr_socket_timeout_get(socket, &socket_timeout);
    apr_socket_timeout_set(socket, timeout);
    begin(conn, names);
    if (start(conn, method))
        end = read_answer(conn, deadline);
    if (end == MTLS_WIRE_PROVEN)
        end = publish(conn, method);
    *alive = end != MTLS_WIRE_CLOSED && end != MTLS_WIRE_FAILED && SSL_is_init_finished(conn->ssl);
    end_exchange(conn);
    ap_remove_input_filter(patience);
    apr_socket_timeout_set(socket, socket_timeout);
    return end;
}
