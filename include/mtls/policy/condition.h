/*
 * mtls/policy/condition.h - one question about a certificate: a field, how to compare, with what.
 *
 * The same conditions stand behind map rules and behind Require mtls-issuer, mtls-san and the like.
 *
 * Semantics
 *   some (default)  at least one value of the field compares
 *   only            the field has exactly one value, and it compares
 *   every           the field has at least one value, and each compares
 *   not             the opposite of all that
 * An unusable value is unknown: "some" is still YES when another value compares, "only" and "every"
 * are still NO when a usable value does not compare, "only" also when two are usable; everything
 * else is UNKNOWN, and "not" keeps UNKNOWN.
 *
 * Comparisons see keys (mtls/policy/field.h), patterns too: domains and hosts are in lower case there.
 *
 * May include: APR, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_CONDITION_H
#define MTLS_POLICY_CONDITION_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <stdbool.h>

#include "mtls/policy/field.h"
#include "mtls/policy/pattern.h"

/** How values are compared. */
typedef enum {
    MTLS_COMPARE_IS = 0,  /**< keys are equal */
    MTLS_COMPARE_LIKE,    /**< glob */
    MTLS_COMPARE_MATCHES, /**< regular expression */
    MTLS_COMPARE_UNDER,   /**< names only: begins, in certificate order, with the RDNs of the given name */
    MTLS_COMPARE_PRESENT  /**< has a value; takes no operands */
} mtls_compare_t;

/** How many values must compare. */
typedef enum { MTLS_QUANTIFY_SOME = 0, MTLS_QUANTIFY_ONLY, MTLS_QUANTIFY_EVERY } mtls_quantify_t;

/** A condition as written. */
typedef struct {
    const char *field;        /**< word */
    mtls_quantify_t quantify;
    bool negate;
    mtls_compare_t compare;
    bool nocase;              /**< ASCII case does not matter; text fields only */
    const apr_array_header_t *operands; /**< const char *: one of them must compare; at least one but for PRESENT */
} mtls_condition_spec_t;

/** Compiled; opaque, immutable, for any thread. */
typedef struct mtls_condition_t mtls_condition_t;

/**
 * @param operand  on failure the operand at fault, -1 when it is the field or the combination
 * @return NULL, or what is wrong and what would be right, without the place
 */
const char *mtls_condition_compile(const mtls_condition_t **out, const mtls_condition_spec_t *spec,
                                   int *operand, apr_pool_t *pool);

/**
 * @param captures  mtls_capture_t are appended when the answer is YES, of each value that matched: a
 *                  name can come twice, and with two texts it fills no template.  None of a
 *                  condition with "not".  May be NULL
 * Thread: any, with a pool of its own.
 */
mtls_match_t mtls_condition_match(const mtls_condition_t *condition, const mtls_holder_t *holder,
                                  apr_array_header_t *captures, apr_pool_t *pool);

/** @return the field, borrowed. */
const mtls_field_t *mtls_condition_field(const mtls_condition_t *condition);

/**
 * Keys by which an index can find the condition: those of its operands when it is a plain "is":
 * some, not negated, without any-case.
 * @param keys  mtls_bytes_t, borrowed
 * @return number of keys, 0 when an index cannot help
 */
int mtls_condition_keys(const mtls_condition_t *condition, const mtls_bytes_t **keys);

/** @return names of its captures (const char *) in order, each once, borrowed. */
const apr_array_header_t *mtls_condition_captures(const mtls_condition_t *condition);

/** @return the condition in map syntax and one canonical spelling, from @a pool: equal text, equal
 * condition.  For traces, and to find two rules that say the same. */
const char *mtls_condition_write(const mtls_condition_t *condition, apr_pool_t *pool);

/** Operands of "profile is", and of no other condition (const char *), borrowed; possibly empty. */
const apr_array_header_t *mtls_condition_profiles(const mtls_condition_t *condition);

#endif /* MTLS_POLICY_CONDITION_H */
