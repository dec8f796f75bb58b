/*
 * mtls/policy/cookies.h - our cookies out of a Cookie header field, and Set-Cookie lines.
 *
 * Names begin with "__Host-", which browsers give only to cookies of the one host, over TLS and for all
 * paths (draft-ietf-httpbis-rfc6265bis, section 4.1.3.2).  They compare that prefix without regard to
 * case and servers with: so a twin of our name in other letters is somebody's trick, and two of a name are
 * worth no more (S-30).
 *
 * May include: APR.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_COOKIES_H
#define MTLS_POLICY_COOKIES_H

#include <apr_pools.h>
#include <stdbool.h>

/** The ticket. */
#define MTLS_COOKIE_TICKET "__Host-mtls"
/** An attempt, followed by the MTLS_COOKIE_KEY_LEN hexadecimal digits, in lower case, it is known by. */
#define MTLS_COOKIE_ATTEMPT "__Host-mtls-"
#define MTLS_COOKIE_KEY_LEN 16
/** Most attempts that are remembered of one header field, which has room for no more as httpd limits it by default
 * (LimitRequestFieldSize); later ones are taken out and forgotten. */
#define MTLS_COOKIE_MAX_ATTEMPTS 128
/** Longest value of ours that is taken for one. */
#define MTLS_COOKIE_MAX_VALUE 512

/** One attempt's cookie. */
typedef struct {
    const char *key;   /**< the digits */
    const char *value; /**< not empty */
} mtls_cookie_attempt_t;

/** What was found. */
typedef struct {
    bool any;           /**< something of ours, or that looks like it, was there */
    bool spoiled;       /**< a ticket twice, by a twin name, or that is no value: .ticket is NULL */
    const char *ticket; /**< value or NULL */
    mtls_cookie_attempt_t attempts[MTLS_COOKIE_MAX_ATTEMPTS]; /**< in their order; one that is there twice
                                                                   (also as a twin), or that is no
                                                                   value, is not among them */
    int attempt_count;
    const char *rest;   /**< the field without ours, everything else as it was; NULL: nothing is left.
                             Without .any it is the field itself */
} mtls_cookies_t;

/**
 * Take ours out.  Pairs are separated by ";" (RFC 6265, section 4.2.1); since httpd joins several fields
 * with ", ", a name of ours after a comma is taken out too, and spoils the ticket when it is the ticket's;
 * so does a comma after its value.  The same holds of an attempt.  Ours are, in whatever case,
 * "__Host-mtls" and everything that begins with "__Host-mtls-", also with blanks around or without a value.
 *
 * A pair goes with the separator before it, the first with the one after it; what a ";" was between stays
 * parted by one.
 *
 * @param out     texts from @a pool or borrowed from @a header
 * @param header  field value, any octets; NULL: none
 */
void mtls_cookies_take(mtls_cookies_t *out, const char *header, apr_pool_t *pool);

/** @return the value of the attempt with that key, or NULL. */
const char *mtls_cookies_attempt(const mtls_cookies_t *cookies, const char *key);

/**
 * @param value    cookie octets (RFC 6265, section 4.1.1)
 * @param max_age  seconds; 0: away with it; below zero: for as long as the browser runs
 * @return "__Host-mtls=...; Path=/; Secure; HttpOnly; SameSite=Lax[; Max-Age=N; Expires=DATE]" from @a pool
 */
const char *mtls_cookie_line(const char *name, const char *value, long max_age, apr_pool_t *pool);

#endif /* MTLS_POLICY_COOKIES_H */
