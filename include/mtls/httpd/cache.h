/*
 * mtls/httpd/cache.h - the cache that processes and machines share: httpd's socache, for trust/.
 *
 * MTLSCache names a provider.  Those in shared memory or a file are called in place, under a mutex when
 * they need one; those on a network (redis, memcache) by threads of their own, because their calls can
 * block for as long as a server pleases: see mtls/httpd/errand.h.  Either way a caller waits for
 * MTLSCacheTimeout at most, and after MTLS_CACHE_FAILURES failures in a row nobody tries for
 * MTLS_CACHE_PAUSE (F-24, F-28).  Values are sealed: mtls/trust/seal.h.
 *
 * A call over the network that fails at once is tried again over new connections before it counts as a
 * failure: servers drop those they have when they are restarted, or when another takes over.  A take whose
 * removal may have been done is not; a removal that is tried again may find that it was done, and say
 * MTLS_CACHE_MISS.
 *
 * May include: httpd, mtls/policy, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_CACHE_H
#define MTLS_HTTPD_CACHE_H

#include <httpd.h>

#include "mtls/policy/settings.h"
#include "mtls/trust/board.h"
#include "mtls/trust/fault.h"
#include "mtls/trust/shared_cache.h"
#include "mtls/trust/store.h"

/** Failures in a row, in one child, after which nothing is tried for a while, then by one caller. */
#define MTLS_CACHE_FAILURES 3
#define MTLS_CACHE_PAUSE    apr_time_from_sec(10)

/** Opaque; made in the parent, each child has its own copy. */
typedef struct mtls_cache_t mtls_cache_t;

/** What a cache works with. */
typedef struct {
    mtls_board_t *board; /**< counts; may be NULL */
    mtls_store_t *store; /**< has the keys of MTLSCacheKeyFile ... */
    int key_slot;        /**< ... in this slot; -1: there is no such file */
} mtls_cache_means_t;

/** pre_config hook's part: make the mutex known to Mutex, as "mtls-cache".  @return OK or an HTTP
 * status, logged. */
int mtls_cache_prepare(apr_pool_t *pconf);

/**
 * For check_config: find the provider and let it read its arguments.
 *
 * @param settings  resolved; .cache unset means MTLS_DEFAULT_CACHE, or MTLS_DEFAULT_TICKET_CACHE: not called where nothing needs one
 * @return NULL for "MTLSCache off", and with a fault: a provider that is not there, naming the module
 *         to load (F-29), arguments it does not like; one that cannot keep what is behind tickets is a fault too,
 *         where browsers are sent for them
 */
mtls_cache_t *mtls_cache_check(server_rec *main, const mtls_settings_t *settings,
                               mtls_faults_t *faults, apr_pool_t *pool);

/** For post_config, not in its first run.  @return OK or an HTTP status, logged. */
int mtls_cache_start(mtls_cache_t *cache, mtls_cache_means_t means, server_rec *main,
                     apr_pool_t *pconf);

/** child_init hook's part.  Without it calls answer MTLS_CACHE_DOWN. */
void mtls_cache_child(mtls_cache_t *cache, apr_pool_t *pchild);

/** @return whether other machines may have the same one. */
bool mtls_cache_is_of_many(const mtls_cache_t *cache);

/** @return what trust/ calls, borrowed; NULL for @a cache NULL. */
const mtls_shared_cache_t *mtls_cache_shared(const mtls_cache_t *cache);

#endif /* MTLS_HTTPD_CACHE_H */
