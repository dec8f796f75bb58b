/*
 * mtls/trust/generation.h - one immutable set of everything that was loaded from files.
 *
 * Loaded together or not at all.  A part is found by its slot, a small number that a name gets when
 * the configuration is read, so that the request path compares no strings.  Parts whose files did
 * not change are shared between one generation and the next.
 *
 * May include: APR, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_GENERATION_H
#define MTLS_TRUST_GENERATION_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_tables.h>

#include "mtls/trust/fault.h"
#include "mtls/trust/part.h"

/** Opaque; freed by mtls_generation_free() or with the pool it was made from. */
typedef struct mtls_generation_t mtls_generation_t;

/**
 * Load all parts.
 *
 * @param out     NULL unless every part loaded
 * @param specs   of mtls_part_spec_t; borrowed for the life of all generations made from it
 * @param before  the generation of the same specs whose unchanged parts, and those that are not
 *                reloadable, are taken over; they live as long as the pool it was made from.
 *                NULL: load all
 * @param tried   receives the files of all reloadable parts, taken over or not, loaded or not: as
 *                long as none of them changes, trying again would end in the same way.  May be NULL
 * @param pool    parent of what is allocated; each part and the generation have pools of their own
 *                with allocators of their own, so that another thread may free them
 * @return APR_SUCCESS, or APR_ENOMEM or APR_EGENERAL with @a faults filled; faults of all parts are
 *         reported
 * Thread: one at a time for all generations that share parts.
 */
apr_status_t mtls_generation_load(mtls_generation_t **out, const apr_array_header_t *specs,
                                  const mtls_generation_t *before, mtls_files_t *tried,
                                  mtls_faults_t *faults, apr_pool_t *pool, apr_pool_t *scratch);

/** Free a generation nobody uses, and those parts no other one shares.  Same thread rule. */
void mtls_generation_free(mtls_generation_t *generation);

/** Number it, before it is published.  Numbers begin with 1. */
void mtls_generation_set_number(mtls_generation_t *generation, unsigned number);
unsigned mtls_generation_number(const mtls_generation_t *generation);

/** @return SHA-256 over the state of all files of all parts when they were loaded, borrowed: equal
 * in all processes that loaded the same files. */
const unsigned char *mtls_generation_digest(const mtls_generation_t *generation);

/** @return whether some part can be reloaded, so that looking at files makes sense. */
bool mtls_generation_is_reloadable(const mtls_generation_t *generation);

/** @return whether a reloadable part's files have changed since it was loaded. */
bool mtls_generation_is_stale(const mtls_generation_t *generation);

/** As mtls_files_look(), over the files of all reloadable parts. */
bool mtls_generation_look(unsigned char out[MTLS_SHA256_LEN], const mtls_generation_t *generation,
                          apr_pool_t *scratch);

/** Call @a fn with the path of each file the part in @a slot was loaded from. */
void mtls_generation_each_file(const mtls_generation_t *generation, int slot,
                               void (*fn)(void *baton, const char *path), void *baton);

/** @return number of parts. */
int mtls_generation_count(const mtls_generation_t *generation);

/** @return what load_fn made for the slot (0 <= slot < count), borrowed. */
const void *mtls_generation_part(const mtls_generation_t *generation, int slot);

/** @return the slot's spec, borrowed; it outlives the generation. */
const mtls_part_spec_t *mtls_generation_spec(const mtls_generation_t *generation, int slot);

/** @return whether both hold the very same part in that slot: it was taken over. */
bool mtls_generation_shares(const mtls_generation_t *a, const mtls_generation_t *b, int slot);

#endif /* MTLS_TRUST_GENERATION_H */
