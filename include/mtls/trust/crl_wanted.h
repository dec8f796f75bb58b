/*
 * mtls/trust/crl_wanted.h - distribution points that somebody wants to be written down.
 *
 * Requests put them here, so that they wait for no file; whoever has time for that takes them
 * (mtls/trust/crl_fetch.h notes them).  With some MPMs a process ends in a signal handler, which may
 * have interrupted the very thread that puts one: it takes what there is, too, and must not wait for itself.
 * So who takes never waits.
 *
 * May include: APR.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_CRL_WANTED_H
#define MTLS_TRUST_CRL_WANTED_H

#include <apr_pools.h>

/** Most that are kept; more are dropped, and come again with the next request. */
#define MTLS_CRL_WANTED_MAX 64

/** One of them. */
typedef struct {
    const char *dir; /**< of the profile; lives as long as the configuration */
    char *url;       /**< from malloc() */
} mtls_crl_point_t;

/** Opaque; of one process. */
typedef struct mtls_crl_wanted_t mtls_crl_wanted_t;

/** @return an empty one; NULL: no memory, or no mutex. */
mtls_crl_wanted_t *mtls_crl_wanted_make(apr_pool_t *pool);

/** Put one that is not there yet; @a url is copied.  Thread: any. */
void mtls_crl_wanted_put(mtls_crl_wanted_t *wanted, const char *dir, const char *url);

/**
 * Take all of them, in the order in which they were put.
 *
 * @param out  the caller frees each url
 * @return how many; 0 while somebody else puts or takes, and then they stay
 * Thread: any, and a signal handler in any.
 */
int mtls_crl_wanted_take(mtls_crl_point_t out[MTLS_CRL_WANTED_MAX], mtls_crl_wanted_t *wanted);

#endif /* MTLS_TRUST_CRL_WANTED_H */
