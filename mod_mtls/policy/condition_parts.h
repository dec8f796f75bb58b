/*
 * mod_mtls/policy/condition_parts.h - what a compiled condition is made of.
 *
 * May include: APR, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CONDITION_PARTS_H
#define MTLS_CONDITION_PARTS_H

#include "mtls/policy/condition.h"

struct mtls_condition_t {
    mtls_field_t field;
    mtls_quantify_t quantify;
    mtls_compare_t compare;
    bool negate;
    bool nocase;
    int count;                             /* operands */
    const mtls_bytes_t *keys;              /* IS: of each operand, in lower case when nocase */
    const mtls_name_t *const *names;       /* IS and UNDER of kinds that have names */
    const mtls_pattern_t *const *patterns; /* LIKE and MATCHES */
    const apr_array_header_t *captures;
    const apr_array_header_t *profiles;
};

#endif /* MTLS_CONDITION_PARTS_H */
