/*
 * mtls/trust/fetch.h - one HTTP exchange with a server that is not trusted, within limits.
 *
 * OpenSSL's HTTP client (OSSL_HTTP_*) does the exchange.  Around it: one deadline for everything after
 * the name is resolved (connecting, TLS, sending, receiving; a server that sends an octet a second
 * gains nothing, F-02), a limit for the answer (F-04), no redirects, no user information in URLs, no
 * proxy but the configured one (never that of the environment), and no address of this machine or
 * its private networks unless the host is named by the configuration (F-05).
 *
 * Blocks the calling thread, for name resolution longer than the deadline where the system's resolver
 * does: so it is called from threads of its own, never from one that serves requests (F-06).
 *
 * May include: OpenSSL, APR, mtls/cert plain headers, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_FETCH_H
#define MTLS_TRUST_FETCH_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>
#include <openssl/ssl.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"

/** What all exchanges of a process share; immutable while they run. */
typedef struct {
    const char *proxy;   /**< "http://host:port"; NULL: none */
    SSL_CTX *tls;        /**< verifies servers of https URLs; NULL: https is refused */
    const int *stopping; /**< non-zero: exchanges end soon, with MTLS_FETCH_STOPPED; read atomically;
                              NULL: never */
} mtls_fetch_means_t;

/** What to send. */
typedef struct {
    const char *url;
    mtls_bytes_t body;          /**< empty: GET, else POST */
    const char *content_type;   /**< of the body */
    const char *expected_type;  /**< content type of the answer, compared without case and parameters;
                                     NULL: any */
    const char *etag;           /**< If-None-Match; NULL: not sent */
    const char *last_modified;  /**< If-Modified-Since; NULL: not sent */
    apr_size_t max_size;        /**< of the answer's body, octets */
    apr_interval_time_t time;   /**< for all of it; monotonic clock (F-45) */
    const apr_array_header_t *hosts; /**< mtls_sourced_t: hosts allowed whatever their address */
    bool only_hosts;            /**< and no others */
} mtls_fetch_t;

/** How it ended. */
typedef enum {
    MTLS_FETCH_FAILED = 0,  /**< text says how */
    MTLS_FETCH_DONE,        /**< status 200 */
    MTLS_FETCH_UNCHANGED,   /**< status 304 */
    MTLS_FETCH_FORBIDDEN,   /**< the URL or the address it leads to is not allowed */
    MTLS_FETCH_TIMEOUT,
    MTLS_FETCH_TOO_LARGE,
    MTLS_FETCH_STOPPED
} mtls_fetch_end_t;

/** What came; from the pool given. */
typedef struct {
    mtls_fetch_end_t end;
    mtls_bytes_t body;         /**< empty unless DONE */
    const char *etag;          /**< as sent, NULL: none, or one that no header field may hold */
    const char *last_modified;
    const char *text;          /**< for the log, never NULL: "http://ca.example.org: connection refused";
                                    clean for a terminal, bounded */
} mtls_fetched_t;

/** Do it.  Leaves OpenSSL's error queue empty.  Thread: any that may block. */
mtls_fetched_t mtls_fetch(const mtls_fetch_means_t *means, const mtls_fetch_t *what,
                          apr_pool_t *pool);

/**
 * Check a URL before it is kept or used: absolute, http or https, a host, no user information, no
 * fragment, printable ASCII, at most 2048 octets.
 *
 * @param host  receives the host, lower case, from @a pool; may be NULL
 * @return NULL, or what is wrong with it
 */
const char *mtls_fetch_check_url(const char *url, const char **host, apr_pool_t *pool);

#endif /* MTLS_TRUST_FETCH_H */
