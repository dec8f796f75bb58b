/*
 * mod_mtls/policy/require_line.h - what a Require line of ours says, after parsing.
 *
 * Written by require_parse.c, read by require.c.
 *
 * May include: APR, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_REQUIRE_LINE_H
#define MTLS_POLICY_REQUIRE_LINE_H

#include <apr_tables.h>

#include "mtls/policy/require.h"

/** All arrays exist, and are empty for the kinds that do not use them. */
struct mtls_require_t {
    mtls_require_kind_t kind;
    apr_array_header_t *profiles;   /**< const char *: mtls-trust */
    unsigned methods;               /**< mtls-proof: bits 1 << mtls_proof_method_t; 0: any */
    apr_interval_time_t max_age;    /**< mtls-proof; 0: any */
    apr_array_header_t *pins;       /**< mtls_pin_t: mtls-fingerprint */
    apr_array_header_t *conditions; /**< const mtls_condition_t *: one of them must hold */
    const char *attribute;          /**< mtls-attr */
    apr_array_header_t *names;      /**< const char *: groups of mtls-group, values of mtls-attr */
};

#endif /* MTLS_POLICY_REQUIRE_LINE_H */
