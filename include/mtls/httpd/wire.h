/*
 * mtls/httpd/wire.h - ask a client for a certificate on a connection that is already in use.
 *
 * Two exchanges, one shape: send the request, then read until the peer's
 * answer is complete, the deadline has passed, or something else happened.
 * Success means that the peer's Finished was received and checked, and
 * that OpenSSL is idle again; the certificate is only then published.
 *
 * May include: httpd, OpenSSL, mtls/httpd, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_WIRE_H
#define MTLS_HTTPD_WIRE_H

#include <apr_time.h>
#include <openssl/x509.h>

#include "mtls/httpd/conn.h"
#include "mtls/policy/stepup.h"

/** How an exchange ended.  Zero is a failure. */
typedef enum {
    MTLS_WIRE_FAILED = 0, /**< the TLS library refused or the peer broke the protocol */
    MTLS_WIRE_PROVEN,     /**< a certificate was published as a proof */
    MTLS_WIRE_REFUSED,    /**< proven, but it cannot be used: conn->last_refusal says why */
    MTLS_WIRE_DECLINED,   /**< the peer answered without a certificate */
    MTLS_WIRE_TIMEOUT,    /**< no complete answer before the deadline */
    MTLS_WIRE_DATA_FIRST, /**< the peer sent application data instead of an answer */
    MTLS_WIRE_CLOSED      /**< the peer went away */
} mtls_wire_end_t;

/** Register the input filter of exchanges; once, in register_hooks. */
void mtls_wire_register(void);

/** @return a monotonic clock's time in microseconds; only differences mean anything. */
apr_time_t mtls_wire_clock(void);

/**
 * Ask, and wait for the answer.  To be called with nothing unread on the connection.
 *
 * @param conn      of this thread's connection
 * @param method    post-handshake (TLS 1.3) or renegotiate (TLS 1.2)
 * @param names     CA names to send; taken over and freed
 * @param timeout   total time, at least 1 ms
 * @return how it ended.  *alive is false when the connection can carry nothing more, not even an
 *         answer (TLS is in the middle of something)
 */
mtls_wire_end_t mtls_wire_ask(mtls_conn_t *conn, mtls_stepup_method_t method,
                              STACK_OF(X509_NAME) *names, apr_interval_time_t timeout,
                              bool *alive);

/** @return a word for the log; static storage. */
const char *mtls_wire_end_word(mtls_wire_end_t end);

#endif /* MTLS_HTTPD_WIRE_H */
