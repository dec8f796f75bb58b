/*
 * mtls/trust/store.h - the current generation of a process, replaced while requests use it.
 *
 * Taking a reference is one atomic addition and never waits; the publisher alone frees, when the last
 * reader of an old generation has left it.
 *
 * May include: APR, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_STORE_H
#define MTLS_TRUST_STORE_H

#include <apr_pools.h>
#include <stdbool.h>

#include "mtls/trust/generation.h"

/** Most generations that can be in use at once; a further one is not published until one is free. */
#define MTLS_STORE_SLOTS 32

/** Opaque; one per process. */
typedef struct mtls_store_t mtls_store_t;

/** @param first  published at once; numbered already.  @a pool does not free it: what was made from
 *                 a pool goes with that pool, and mtls_store_sweep() frees only what was replaced */
mtls_store_t *mtls_store_make(mtls_generation_t *first, apr_pool_t *pool);

/** @return number of the current generation, without taking it.  It changes just before the
 * generation does: what an older one answered is no longer current once somebody has the new one.
 * Thread: any. */
unsigned mtls_store_number(const mtls_store_t *store);

/** @return the current generation, which stays until it is given back.  Thread: any. */
const mtls_generation_t *mtls_store_acquire(mtls_store_t *store);

/** Give back what mtls_store_acquire() returned, once.  Thread: any. */
void mtls_store_release(mtls_store_t *store, const mtls_generation_t *generation);

/**
 * Make @a next the current generation.
 * @return false when all slots are in use: nothing changed, @a next is still the caller's
 * Thread: the publisher's.
 */
bool mtls_store_publish(mtls_store_t *store, mtls_generation_t *next);

/** Free generations that nobody uses any more.  @return number of old ones still in use.
 * Thread: the publisher's. */
int mtls_store_sweep(mtls_store_t *store);

/** The current generation for the publisher, who needs no reference to it. */
const mtls_generation_t *mtls_store_current(const mtls_store_t *store);

#endif /* MTLS_TRUST_STORE_H */
