/*
 * mod_mtls/policy/transform.h - the words after "|" in templates, and after the field in MTLSUser.
 *
 * May include: APR, mtls/cert and mtls/trust plain headers, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRANSFORM_H
#define MTLS_TRANSFORM_H

#include <apr_pools.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/reason.h"

/** One transform; a value. */
typedef struct {
    int row;
    mtls_bytes_t argument; /**< what stands after "=", in lower case */
} mtls_transform_t;

/** @return NULL, or "unknown transform 'lowre'; use lower, ..." from @a pool */
const char *mtls_transform_parse(mtls_transform_t *out, const char *word, apr_pool_t *pool);

/**
 * @param text  in: a clean text; out: the changed one, borrowed or from @a pool
 * @return GOOD; USER_UNUSABLE when the text cannot be changed so; @a text is then untouched
 */
mtls_reason_t mtls_transform_apply(mtls_bytes_t *text, const mtls_transform_t *transform,
                                   apr_pool_t *pool);

#endif /* MTLS_TRANSFORM_H */
