/*
 * mtls/trust/shared_cache.h - a cache that processes, and perhaps machines, share; as trust/ sees it.
 *
 * What is behind it (mtls/httpd/cache.h: httpd's socache) authenticates values and bounds the time it
 * takes: a value that comes out was put in by a server with the same key under the same id.
 * It may lose any value at any time, and may be of no use at all for a while.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_SHARED_CACHE_H
#define MTLS_TRUST_SHARED_CACHE_H

#include <apr_time.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"

/** Largest value, in octets. */
#define MTLS_SHARED_CACHE_MAX 16384

/** How a look ended. */
typedef enum {
    MTLS_CACHE_DOWN = 0, /**< nobody can say: not reachable, or given up on for the moment */
    MTLS_CACHE_MISS,     /**< not there, or not authentic */
    MTLS_CACHE_HIT
} mtls_cache_end_t;

/** Functions may be called by any thread, and block for no longer than a bounded while. */
typedef struct {
    /**
     * @param len  capacity of @a data, then length of the value
     */
    mtls_cache_end_t (*get_fn)(void *baton, const unsigned char id[MTLS_SHA256_LEN],
                               unsigned char *data, apr_size_t *len);
    /** @param expires  wall clock.  @return false when it was not stored */
    bool (*put_fn)(void *baton, const unsigned char id[MTLS_SHA256_LEN], const unsigned char *data,
                   apr_size_t len, apr_time_t expires);
    /**
     * Look, and take the value away: of all who try, in whatever process and on whatever machine, one gets
     * MTLS_CACHE_HIT at most.  MTLS_CACHE_DOWN: nobody can say, and the value may be gone.
     * @param len  as of get_fn
     */
    mtls_cache_end_t (*take_fn)(void *baton, const unsigned char id[MTLS_SHA256_LEN],
                                unsigned char *data, apr_size_t *len);
    /** @return HIT: it was there and is gone; MISS: it was not there; DOWN: it may still be there. */
    mtls_cache_end_t (*remove_fn)(void *baton, const unsigned char id[MTLS_SHA256_LEN]);
    void *baton;
} mtls_shared_cache_t;

#endif /* MTLS_TRUST_SHARED_CACHE_H */
