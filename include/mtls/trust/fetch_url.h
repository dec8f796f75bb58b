/*
 * mtls/trust/fetch_url.h - the address of something to fetch, taken apart.
 *
 * OpenSSL's reader of URLs takes almost anything (user information, any octet, host names that hold
 * a path); an address that may come from a certificate is read more narrowly here.
 *
 * May include: APR only.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_FETCH_URL_H
#define MTLS_TRUST_FETCH_URL_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <stdbool.h>

/** Most octets of a URL. */
#define MTLS_FETCH_MAX_URL 2048

/** All text is from the pool. */
typedef struct {
    bool tls;
    bool ipv6;        /**< host is an address of IPv6 */
    const char *host; /**< lower case, without brackets and without a dot behind it; an address of IPv6
                           as inet_ntop() writes it */
    const char *port; /**< decimal, 1 to 65535 */
    const char
        *authority;   /**< for a Host field: brackets where needed, a port unless it is the usual */
    const char *path; /**< path and query, begins with "/" */
} mtls_fetch_url_t;

/** @return NULL, or what is wrong with @a text: a phrase that quotes nothing of it. */
const char *mtls_fetch_url_parse(mtls_fetch_url_t *url, const char *text, apr_pool_t *pool);

/** @return whether @a host (as above) is one of @a hosts (mtls_sourced_t): without case, brackets
 * and a dot behind; "*.example.org" is every name below example.org, and not that itself.  @a hosts NULL:
 * no. */
bool mtls_fetch_url_is_listed(const char *host, const apr_array_header_t *hosts);

#endif /* MTLS_TRUST_FETCH_URL_H */
