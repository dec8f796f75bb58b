/*
 * mod_mtls/httpd/cache_parts.h - what a cache consists of, for its own files alone.
 *
 * May include: httpd, mtls/httpd, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_CACHE_PARTS_H
#define MTLS_HTTPD_CACHE_PARTS_H

#include <ap_socache.h>
#include <apr_global_mutex.h>
#include <stdatomic.h>

#include "mtls/httpd/cache.h"
#include "mtls/httpd/errand.h"
#include "mtls/trust/seal.h"

/** Largest value as it is stored. */
#define MTLS_CACHE_SEALED_MAX (MTLS_SHARED_CACHE_MAX + MTLS_SEAL_OVERHEAD)

/** What a child has of a provider whose servers are elsewhere: see mtls_cache_link_take(). */
typedef struct mtls_cache_links_t mtls_cache_links_t;
/** An instance of the provider, with its connections, and what it thinks of its servers. */
typedef struct mtls_cache_link_t mtls_cache_link_t;

struct mtls_cache_t {
    const ap_socache_provider_t *provider;
    ap_socache_instance_t *instance;
    const char *name;      /**< of the provider */
    const char *arguments; /**< its own; may be NULL */
    server_rec *s;
    apr_interval_time_t timeout; /**< longest that a call is waited for */
    mtls_cache_means_t means;
    mtls_keys_t *own;          /**< used when there is no key file; secret memory */
    apr_global_mutex_t *mutex; /**< NULL: the provider needs none, and may block for ever */
    mtls_errands_t *errands;   /**< of this child; NULL with a mutex */
    mtls_cache_links_t *links; /**< of this child; NULL: there is the one instance for ever */
    bool ready;                /**< in this child */
    mtls_shared_cache_t shared;
    atomic_int failures;          /**< in a row, in this child */
    _Atomic apr_int64_t retry_at; /**< monotonic; meaningful after MTLS_CACHE_FAILURES */
    atomic_uint troubles; /**< calls of a provider without a mutex that failed, in this child */
    atomic_uint settled;  /**< how many of them were over when one began that worked */
};

/** How a call of the provider ended. */
typedef enum {
    MTLS_CACHE_CALL_FAILED = 0,
    MTLS_CACHE_CALL_NOTHING, /**< not there; a server that is given up on says so too */
    MTLS_CACHE_CALL_GONE,    /**< not there, and it was the server that said so */
    MTLS_CACHE_CALL_UNFIT,   /**< larger than there is room for */
    MTLS_CACHE_CALL_DONE
} mtls_cache_call_end_t;

/** What a call is for. */
typedef enum {
    MTLS_CACHE_ASK_GET,
    MTLS_CACHE_ASK_PUT,
    MTLS_CACHE_ASK_TAKE,
    MTLS_CACHE_ASK_REMOVE
} mtls_cache_ask_t;

/** One call, with all it needs: whoever began it may be gone when it ends. */
typedef struct {
    mtls_errand_t errand;
    mtls_cache_t *cache;
    ap_socache_instance_t *instance; /**< of the provider, for this try */
    bool is_trial;                   /**< the first one after a pause */
    bool removing;                   /**< a removal has begun: it may have been done */
    mtls_cache_ask_t ask;
    apr_time_t expires;
    mtls_cache_call_end_t end;
    unsigned len;
    unsigned char id[MTLS_SHA256_LEN];
    unsigned char sealed[MTLS_CACHE_SEALED_MAX]; /**< not cleared */
} mtls_cache_call_t;

/** Let the provider do what @a call is for; with its mutex, where it needs one.  Thread: any. */
void mtls_cache_call_provider(mtls_cache_call_t *call);

/**
 * For step-up by redirect.  Faults: a provider that cannot keep chains, or of which a value cannot
 * be taken once; too little memory.  Warning: several servers, among which one may come back that
 * has missed a revocation.
 */
void mtls_cache_check_tickets(const mtls_cache_t *cache, mtls_origin_t at, mtls_faults_t *faults);

/** Let an instance begin.  @return the provider's status */
apr_status_t mtls_cache_init(const mtls_cache_t *cache, ap_socache_instance_t *instance,
                             apr_pool_t *pool);

/**
 * Begin with the instance that the parent made.
 * @param pool  of the child.  @return NULL: no memory
 */
mtls_cache_links_t *mtls_cache_links_make(mtls_cache_t *cache, apr_pool_t *pool);
/** @return the current one, to be given back.  Thread: any, as of the next two. */
mtls_cache_link_t *mtls_cache_link_take(mtls_cache_links_t *links);
void mtls_cache_link_give_back(mtls_cache_links_t *links, mtls_cache_link_t *link);
/**
 * Connections of a link have failed: give it back, and take one without any, which all callers use
 * from now on.  The old one ends when its last call does.
 * @return the new one; the current one when that is new already, none can be made, or it was done
 * too often of late
 */
mtls_cache_link_t *mtls_cache_link_replace(mtls_cache_links_t *links, mtls_cache_link_t *link);
ap_socache_instance_t *mtls_cache_link_instance(const mtls_cache_link_t *link);

/** As mtls_shared_cache_t's; @a baton is a mtls_cache_t. */
mtls_cache_end_t mtls_cache_get(void *baton, const unsigned char id[MTLS_SHA256_LEN],
                                unsigned char *data, apr_size_t *len);
bool mtls_cache_put(void *baton, const unsigned char id[MTLS_SHA256_LEN], const unsigned char *data,
                    apr_size_t len, apr_time_t expires);
mtls_cache_end_t mtls_cache_take(void *baton, const unsigned char id[MTLS_SHA256_LEN],
                                 unsigned char *data, apr_size_t *len);
mtls_cache_end_t mtls_cache_remove(void *baton, const unsigned char id[MTLS_SHA256_LEN]);

/** @return whether the cache may be tried now; after failures one caller at a time. */
bool mtls_cache_may_try(mtls_cache_t *cache);
/** Tell how the try ended. */
void mtls_cache_tried(mtls_cache_t *cache, mtls_cache_call_end_t end);

#endif /* MTLS_HTTPD_CACHE_PARTS_H */
