/*
 * mod_mtls/trust/ocsp_memory.h - what a process remembers of certificates: what responders said of
 * them, and that they did not.
 *
 * Bounded: the one that was not looked at for longest, or nearly, makes room.  No function blocks.
 *
 * May include: APR, mtls/cert plain headers, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_OCSP_MEMORY_H
#define MTLS_TRUST_OCSP_MEMORY_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/ocsp_answer.h"

/** Opaque. */
typedef struct mtls_ocsp_memory_t mtls_ocsp_memory_t;

/** What is known of one certificate at a time. */
typedef struct {
    mtls_ocsp_answer_t answer;  /**< the newest one, perhaps past its end; word UNASKED: none */
    mtls_status_word_t failure; /**< why there is no newer one; UNASKED: nobody failed lately */
    apr_time_t failed_until;    /**< wall clock: then it is tried again */
    bool due;                   /**< the answer is to be looked up again, by this caller */
} mtls_ocsp_known_t;

apr_status_t mtls_ocsp_memory_make(mtls_ocsp_memory_t **out, apr_size_t entries, apr_pool_t *pool);

/** An answer that holds is due after MTLS_OCSP_RECHECK, or when it is to be renewed; that is told
 * to one caller, and again after MTLS_OCSP_RETRY.  A clock that was set back makes it due too
 * (F-45). */
mtls_ocsp_known_t mtls_ocsp_memory_look(mtls_ocsp_memory_t *memory,
                                        const unsigned char id[MTLS_SHA256_LEN], apr_time_t now);

/**
 * Remember an answer, and that nobody fails any more.
 * @param timeout  as mtls_ocsp_renewal()
 * @param known  receives what is known then
 * @return false when a newer one is known (mtls_ocsp_replaces()); that one is kept
 */
bool mtls_ocsp_memory_put(mtls_ocsp_memory_t *memory, const unsigned char id[MTLS_SHA256_LEN],
                          const mtls_ocsp_answer_t *answer, apr_interval_time_t timeout,
                          apr_time_t now, mtls_ocsp_known_t *known);

/** Remember for MTLS_OCSP_RETRY that there is no newer answer.  @return what is known then */
mtls_ocsp_known_t mtls_ocsp_memory_fail(mtls_ocsp_memory_t *memory,
                                        const unsigned char id[MTLS_SHA256_LEN],
                                        mtls_status_word_t failure, apr_time_t now);

/** @return whether @a offered is not older than @a held; of two of the same thisUpdate the one that
 * says REVOKED stays (F-09). */
bool mtls_ocsp_replaces(const mtls_ocsp_answer_t *held, const mtls_ocsp_answer_t *offered);

/**
 * @param timeout  how long a responder is waited for
 * @return when the answer is to be asked for anew: a tenth of its time (fetched to ends) before the
 * end, or twice @a timeout where that is more; but not in the first half of its time
 */
apr_time_t mtls_ocsp_renewal(const mtls_ocsp_answer_t *answer, apr_interval_time_t timeout);

#endif /* MTLS_TRUST_OCSP_MEMORY_H */
