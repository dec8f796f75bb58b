/*
 * mtls/httpd/errand.h - let another thread do what may block for ever, and wait for a while only.
 *
 * Why: mod_socache_redis hands apr_redis_server_create() microseconds where it takes seconds, so
 * that RedisTimeout 5 is 57 days, and apr_memcache sets no time-out at all once it is connected: a server
 * that accepts and says nothing would stop every thread of a child.
 *
 * Threads are started when they are needed, and there are MTLS_ERRAND_THREADS at most.  What blocks
 * keeps its thread until it returns; while all are kept, nothing is begun, and callers wait in vain.
 *
 * May include: APR.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_ERRAND_H
#define MTLS_HTTPD_ERRAND_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_time.h>
#include <stdbool.h>

/** Most threads of a process. */
#define MTLS_ERRAND_THREADS 16

/** Opaque; one per process. */
typedef struct mtls_errands_t mtls_errands_t;

/** The first member of what is to be done: begins what the function reads and writes. */
typedef struct mtls_errand_t {
    void (*run_fn)(struct mtls_errand_t *errand); /**< called once, by another thread */
    struct mtls_errand_t *next;                   /**< mtls_errands_t's own, as the next one */
    int state;
} mtls_errand_t;

/** @param pool  that of the process: when it goes nothing is begun any more, and what is being done is
 *               waited for a little while.  @return NULL when memory is out */
mtls_errands_t *mtls_errands_make(apr_pool_t *pool);

/**
 * @param errand  from malloc().  When the result is true it is the caller's again, to read and to free;
 *                otherwise it is gone: freed, or to be freed by the thread that is still at it
 * @return whether it was done within @a patience of the monotonic clock
 * Thread: any.
 */
bool mtls_errands_run(mtls_errands_t *errands, mtls_errand_t *errand, apr_interval_time_t patience);

#endif /* MTLS_HTTPD_ERRAND_H */
