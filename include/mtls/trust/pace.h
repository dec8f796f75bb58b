/*
 * mtls/trust/pace.h - how often somebody does something, for all children together (S-21).
 *
 * A table of words in shared memory, one for each of many ids: who shares a word shares its limit, which
 * is rare, and nobody can tell who does.  No lock; what a dead process has counted ends with its window.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_PACE_H
#define MTLS_TRUST_PACE_H

#include <apr_time.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"

/** Opaque. */
typedef struct mtls_pace_t mtls_pace_t;

/** @return octets it needs. */
apr_size_t mtls_pace_size(void);

/**
 * @param memory  zeroed, aligned as from an allocator; stays the caller's
 * @param secret  random, of this table alone: with it an id's word is found
 */
mtls_pace_t *mtls_pace_init(void *memory, const unsigned char secret[MTLS_SHA256_LEN]);

/**
 * Count one, unless @a limit were passed within the window that began with the first.
 * @param id      of whoever does it: a digest
 * @param limit   1 to 65535
 * @param window  at least a second; callers with the same id use the same one
 * @param now     of the monotonic clock that all processes share
 * @return whether it may be done; what may not be done is not counted.  false when OpenSSL fails
 * Thread and process: any.
 */
bool mtls_pace_allow(mtls_pace_t *pace, const unsigned char id[MTLS_SHA256_LEN], unsigned limit,
                     apr_interval_time_t window, apr_time_t now);

#endif /* MTLS_TRUST_PACE_H */
