/*
 * mtls/trust/memo.h - verdicts remembered, so that a chain seen before costs no signature check.
 *
 * Bounded and sharded: a fixed number of entries is allocated at the start, each shard has a
 * mutex of its own, and a full shard gives up an old entry.  The key is the whole question
 * (chain digest, profile digest), so an entry can be old but never someone else's.
 *
 * May include: APR, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_MEMO_H
#define MTLS_TRUST_MEMO_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_time.h>
#include <stdbool.h>

#include "mtls/trust/verdict.h"

/** Entries when the configuration does not say. */
#define MTLS_MEMO_DEFAULT_ENTRIES 4096

/** Opaque; one per process. */
typedef struct mtls_memo_t mtls_memo_t;

/** Hits and misses since the start, for status and tests. */
typedef struct {
    unsigned hits;
    unsigned misses;
} mtls_memo_counts_t;

/**
 * @param entries  1 to 1048576, rounded up to a multiple of the shard count
 * @param pool     lifetime; made before the process has more than one thread
 * @return APR_SUCCESS, or the status of a mutex that could not be made (*out is NULL)
 */
apr_status_t mtls_memo_make(mtls_memo_t **out, apr_size_t entries, apr_pool_t *pool);

/**
 * Find a verdict that still holds.
 *
 * @param chain_digest, profile_digest  MTLS_SHA256_LEN octets each
 * @param verdict  filled when found, else untouched
 * @return true when found and @a now is before its valid_until
 * Thread: any.
 */
bool mtls_memo_get(mtls_memo_t *memo, const unsigned char *chain_digest,
                   const unsigned char *profile_digest, apr_time_t now, mtls_verdict_t *verdict);

/** Remember a verdict, replacing one of the same key.  Thread: any. */
void mtls_memo_put(mtls_memo_t *memo, const unsigned char *chain_digest,
                   const unsigned char *profile_digest, const mtls_verdict_t *verdict);

/** @return counts; approximate while others are counting. */
mtls_memo_counts_t mtls_memo_counts(const mtls_memo_t *memo);

#endif /* MTLS_TRUST_MEMO_H */
