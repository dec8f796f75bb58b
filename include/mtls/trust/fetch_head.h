/*
 * mtls/trust/fetch_head.h - what the head of an HTTP answer says, as far as fetching needs it.
 *
 * OpenSSL's client reads heads too, but keeps neither the status nor entity tags, compares content
 * types with their parameters, and takes no notice of encodings.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_FETCH_HEAD_H
#define MTLS_TRUST_FETCH_HEAD_H

#include <apr_pools.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"

/** Largest head of an answer, octets. */
#define MTLS_FETCH_MAX_HEAD  16384
/** Most octets of a field value that is kept. */
#define MTLS_FETCH_MAX_VALUE 256

/** All text is from the pool. */
typedef struct {
    int status;      /**< 100 to 599 */
    bool has_length; /**< there is a Content-Length */
    apr_size_t length;
    bool framed;      /**< a transfer coding other than identity */
    bool encoded;     /**< a content coding other than identity */
    const char *type; /**< media type, lower case, without parameters; NULL: none */
    const char *etag; /**< NULL: none, or not fit to be sent back */
    const char *last_modified;
} mtls_fetch_head_t;

/** @return octets of the head at the beginning of @a octets, its empty line included; 0: not all
 * there. */
apr_size_t mtls_fetch_head_len(mtls_bytes_t octets);

/**
 * @param octets  a whole head
 * @return NULL, or what is wrong with it: static text
 */
const char *mtls_fetch_head_parse(mtls_fetch_head_t *head, mtls_bytes_t octets, apr_pool_t *pool);

/** @return whether a field value may be sent and kept: printable ASCII, at most
 * MTLS_FETCH_MAX_VALUE octets, not empty.  NULL: no. */
bool mtls_fetch_head_is_value(const char *text);

#endif /* MTLS_TRUST_FETCH_HEAD_H */
