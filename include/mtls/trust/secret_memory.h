/*
 * mtls/trust/secret_memory.h - memory for secrets that last: pages of their own, which leave the
 * process as little as the system allows.
 *
 * Guarantees
 *   not dumped  core dumps leave the pages out, also those of processes forked later: madvise(2),
 *               MADV_DONTDUMP
 *   wiped       before a pool gives the pages back; they are not part of the pool's own memory,
 * which is used again
 *
 * As far as the system allows
 *   not swapped the pages are locked in memory: mlock(2).  Without the right, or beyond
 * RLIMIT_MEMLOCK, all works without.  Locks are not inherited by fork(2): a process has locked what
 * it allocated, not what it inherited
 *
 * Thread: as of the pool.
 *
 * May include: APR.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_SECRET_MEMORY_H
#define MTLS_TRUST_SECRET_MEMORY_H

#include <apr_pools.h>

/**
 * @param len  at least 1; takes whole pages
 * @return zeros that live as long as @a pool; NULL with errno when memory is out, or when the
 * system would dump it
 */
void *mtls_secret_alloc(apr_size_t len, apr_pool_t *pool);

#endif /* MTLS_TRUST_SECRET_MEMORY_H */
