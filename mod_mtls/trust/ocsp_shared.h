/*
 * mod_mtls/trust/ocsp_shared.h - answers of responders as processes and machines share them.
 *
 * Whatever comes out of the shared cache is remembered by this process as well.  The cache may lose
 * answers and bring back older ones; none that is older than what is remembered is taken from it,
 * and none is put over a newer one that it was seen to hold.
 *
 * Thread: any.
 *
 * May include: OpenSSL, APR, mtls/cert plain headers, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_OCSP_SHARED_H
#define MTLS_TRUST_OCSP_SHARED_H

#include <stdbool.h>

#include "mtls/trust/board.h"
#include "mtls/trust/ocsp_spec.h"
#include "mtls/trust/shared_cache.h"
#include "ocsp_memory.h"

/** What it works with; all borrowed. */
typedef struct {
    const mtls_shared_cache_t *cache; /**< NULL: nothing is shared */
    mtls_board_t *board;              /**< counts; may be NULL */
    mtls_ocsp_memory_t *memory;
} mtls_ocsp_shared_t;

/** What a look into the shared cache brought. */
typedef enum {
    MTLS_OCSP_LOOK_DOWN = 0, /**< nobody can say */
    MTLS_OCSP_LOOK_NOTHING,  /**< nothing, or nothing that will do */
    MTLS_OCSP_LOOK_FOUND
} mtls_ocsp_look_t;

/**
 * Look for an answer.
 * @param timeout  as of mtls_ocsp_renewal()
 * @param renews   what is known holds still: an answer that is due itself will not do
 * @param known    what is known already; then what is known with what was found
 */
mtls_ocsp_look_t mtls_ocsp_shared_look(const mtls_ocsp_shared_t *shared,
                                       const unsigned char id[MTLS_SHA256_LEN],
                                       apr_interval_time_t timeout, bool renews, apr_time_t now,
                                       mtls_ocsp_known_t *known);

/** Let the others have an answer, until its end and the grace of @a rules. */
void mtls_ocsp_shared_put(const mtls_ocsp_shared_t *shared, const unsigned char id[MTLS_SHA256_LEN],
                          const mtls_ocsp_answer_t *answer, const mtls_ocsp_rules_t *rules,
                          apr_time_t now);

#endif /* MTLS_TRUST_OCSP_SHARED_H */
