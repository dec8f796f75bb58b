/*
 * mtls/policy/map_explain.h - what became of a rule, in words for mtls/policy/trace.h.
 *
 * May include: APR, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_MAP_EXPLAIN_H
#define MTLS_POLICY_MAP_EXPLAIN_H

#include <apr_pools.h>

#include "mtls/policy/condition.h"
#include "mtls/policy/principal.h"

/** @return 'email is "x": the certificate has "y", "z"'. */
const char *mtls_map_explain_condition(const mtls_condition_t *condition,
                                       const mtls_holder_t *holder, apr_pool_t *pool);

/** @return 'gives user "alice" groups "ops", "staff"', 'denies: "Lost."' or why it gave nothing. */
const char *mtls_map_explain_result(const mtls_principal_t *principal, apr_pool_t *pool);

/** @return the number with commas: "12,345". */
const char *mtls_map_explain_count(int count, apr_pool_t *pool);

#endif /* MTLS_POLICY_MAP_EXPLAIN_H */
