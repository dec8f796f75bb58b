/*
 * mod_mtls/trust/crl_set_parts.h - what a set of revocation lists is made of.
 *
 * May include: OpenSSL, APR, mtls/cert, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_CRL_SET_PARTS_H
#define MTLS_TRUST_CRL_SET_PARTS_H

#include <apr_tables.h>

#include "mtls/trust/crl_set.h"

/** A list of the set, and where it came from. */
typedef struct {
    mtls_crl_t *crl;
    apr_pool_t *pool;      /**< of the list alone: a list that is not kept leaves nothing behind */
    const char *place;     /**< path, perhaps with a line */
    const char *directive; /**< that named it */
    mtls_origin_t at;
    bool fetched;
} mtls_crl_held_t;

struct mtls_crl_set_t {
    apr_array_header_t *lists; /* of mtls_crl_held_t */
    STACK_OF(X509) * signers;
    unsigned char digest[MTLS_SHA256_LEN];
};

/** Leave out deltas without a complete list to add to: a fault, or for fetched ones a warning.  One
 * whose list is too old for it is kept, with a warning. */
void mtls_crl_set_check_deltas(mtls_crl_set_t *set, mtls_faults_t *faults, apr_pool_t *scratch);

#endif /* MTLS_TRUST_CRL_SET_PARTS_H */
