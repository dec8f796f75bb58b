/*
 * mtls/trust/fetch_wire.h - octets to and from a server that is not trusted, until a deadline.
 *
 * Every function ends by the deadline, and within a tenth of a second when it is told to stop.  All
 * sockets are non-blocking and closed on exec; a peer that has gone raises no signal.  TLS runs
 * over buffers in memory, so that all octets take the same way.
 *
 * May include: OpenSSL, APR, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_FETCH_WIRE_H
#define MTLS_TRUST_FETCH_WIRE_H

#include <apr_pools.h>
#include <apr_time.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "mtls/trust/fetch.h"

/** One connection; one thread's. */
typedef struct {
    int fd;              /**< -1: none */
    SSL *tls;            /**< NULL: plain */
    apr_time_t end;      /**< deadline, of mtls_fetch_wire_now() */
    const int *stopping; /**< as in mtls_fetch_means_t */
    const char *problem; /**< what went wrong where MTLS_FETCH_FAILED was returned; from pool */
    apr_pool_t *pool;
} mtls_fetch_wire_t;

/** All functions that return an end: MTLS_FETCH_DONE, FAILED, TIMEOUT or STOPPED. */

/** @return monotonic time. */
apr_time_t mtls_fetch_wire_now(void);

/** @param until  give this address up then, with TIMEOUT, though the deadline may be later */
mtls_fetch_end_t mtls_fetch_wire_connect(mtls_fetch_wire_t *wire, const struct sockaddr *address,
                                         socklen_t len, apr_time_t until);

/** @return whether the connection leads to this machine itself, by whichever address. */
bool mtls_fetch_wire_is_own(const mtls_fetch_wire_t *wire);

/** Begin TLS and verify that the server is @a host.  @param context whose CAs are trusted */
mtls_fetch_end_t mtls_fetch_wire_start_tls(mtls_fetch_wire_t *wire, SSL_CTX *context,
                                           const char *host);

mtls_fetch_end_t mtls_fetch_wire_send(mtls_fetch_wire_t *wire, const void *data, apr_size_t len);

/** Receive some octets.  @param got 0: the server has ended the connection properly */
mtls_fetch_end_t mtls_fetch_wire_receive(mtls_fetch_wire_t *wire, void *data, apr_size_t size,
                                         apr_size_t *got);

/** Close it, without waiting.  Nothing happens when it is not open. */
void mtls_fetch_wire_close(mtls_fetch_wire_t *wire);

#endif /* MTLS_TRUST_FETCH_WIRE_H */
