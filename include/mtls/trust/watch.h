/*
 * mtls/trust/watch.h - files looked at, loaded when they have changed, and published when they are good.
 *
 * One watch for each process that has a store, used by one thread at a time: the store's publisher.
 *
 *   nothing has changed    nothing is done
 *   something has changed  it is looked at twice; only when both looks are equal, so that nobody is
 *                          writing, it is loaded (F-12)
 *   and it changes again   while it is loaded: what was read may be of different days, and is dropped;
 *                          it is looked at anew
 *   it is good             it is numbered and published; what nobody uses any more is freed
 *   it is broken           what is in use stays in use; it is tried again when files change again, and
 *                          after MTLS_WATCH_RETRY: the fault may have been a lack of descriptors
 *
 * May include: APR, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_WATCH_H
#define MTLS_TRUST_WATCH_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "mtls/trust/fault.h"
#include "mtls/trust/ledger.h"
#include "mtls/trust/store.h"

/** A broken set is tried again after this long, though its files are the same. */
#define MTLS_WATCH_RETRY apr_time_from_sec(60)

/** Opaque. */
typedef struct mtls_watch_t mtls_watch_t;

/** How a look ended. */
typedef enum {
    MTLS_WATCH_CURRENT = 0, /**< what is in use is what the files say, or they are known to be broken */
    MTLS_WATCH_UNSETTLED,   /**< something has changed: look again soon */
    MTLS_WATCH_LOADED,
    MTLS_WATCH_BROKEN,
    MTLS_WATCH_FULL /**< too many old generations are in use to publish another one */
} mtls_watch_end_t;

/** What a look found; valid until the next one. */
typedef struct {
    mtls_watch_end_t end;
    bool say;                        /**< this process is the one to tell about it */
    const mtls_generation_t *before; /**< what was in use */
    const mtls_generation_t *now;    /**< what is */
    const mtls_faults_t *faults;     /**< of loading: LOADED, BROKEN; from the scratch pool */
} mtls_watched_t;

/**
 * @param specs   of mtls_part_spec_t: what the store's generations are made of
 * @param pool    parent of generations; lives as long as the store is used
 */
mtls_watch_t *mtls_watch_make(mtls_store_t *store, const apr_array_header_t *specs,
                              mtls_ledger_t *ledger, apr_pool_t *pool);

/** Look once.  @a now is the time of day.  Thread: the publisher's. */
mtls_watched_t mtls_watch_look(mtls_watch_t *watch, apr_time_t now, apr_pool_t *scratch);

/** @return whether this process could not load what another one has: its generation is older than the
 * newest of the ledger, and not by its own choice.  Thread: the publisher's. */
bool mtls_watch_is_behind(const mtls_watch_t *watch, mtls_watch_end_t last);

#endif /* MTLS_TRUST_WATCH_H */
