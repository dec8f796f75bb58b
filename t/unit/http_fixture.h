/*
 * t/unit/http_fixture.h - a web server on loopback that behaves as badly as it is told to.
 *
 * May include: OpenSSL, APR.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef T_UNIT_HTTP_FIXTURE_H
#define T_UNIT_HTTP_FIXTURE_H

#include <apr_pools.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

/** What it does with a connection; zero answers 200 with nothing. */
typedef struct {
    const char *head; /**< sent as it is; NULL: a proper one of HTTP/1.0 */
    const void *body;
    size_t len;
    bool endless; /**< the body again and again */
    int drip_ms;  /**< milliseconds before every octet of the answer */
    bool silent;  /**< reads, and says nothing */
    bool reset;   /**< reads, and resets the connection */
    bool tunnel;  /**< is a proxy first: answers CONNECT, and then is the server itself */
    const char *tunnel_head; /**< NULL: status 200 */
    bool truncates;          /**< TLS: ends without saying so */
    SSL_CTX *tls;            /**< NULL: plain */
} http_answer_t;

/** Opaque; ended by its pool. */
typedef struct http_server_t http_server_t;

/** Start it on a port of its own. @param window octets of its receive buffer; 0: usual */
http_server_t *http_start(int window, apr_pool_t *pool);

/** @return its port, as text. */
const char *http_port(const http_server_t *server, apr_pool_t *pool);

/** @return "SCHEME://127.0.0.1:PORT/PATH". */
const char *http_url(const http_server_t *server, const char *scheme, const char *path,
                     apr_pool_t *pool);

/** What it does from now on; borrowed. */
void http_set(http_server_t *server, const http_answer_t *answer);

/** @return number of connections that it has read a request from, or tried to. */
int http_count(http_server_t *server);

/** @return the last request as it came, body included, NUL-terminated. @param len may be NULL */
const char *http_request(http_server_t *server, size_t *len, apr_pool_t *pool);

#endif /* T_UNIT_HTTP_FIXTURE_H */
