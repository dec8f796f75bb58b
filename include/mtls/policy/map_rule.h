/*
 * mtls/policy/map_rule.h - a rule as it is kept: small, since there may be a million of them.
 *
 * Conditions, lists of conditions and what rules give are kept once however many rules say the
 * same.  The condition by which the index finds a rule is not kept at all: its keys are in the index.
 *
 * May include: APR, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_MAP_RULE_H
#define MTLS_POLICY_MAP_RULE_H

#include <apr_hash.h>
#include <apr_pools.h>
#include <stdbool.h>
#include <stdint.h>

#include "mtls/policy/condition.h"
#include "mtls/policy/map_parse.h"
#include "mtls/policy/map_result.h"

/** Conditions of a rule that must be asked one by one; equal lists are the same pointer. */
typedef struct {
    const void *set; /**< the same pointer for lists of the same exact conditions in any order */
    int count;
    const mtls_condition_t *conditions[]; /**< in the order written */
} mtls_map_rest_t;

/** One rule. */
typedef struct {
    const void *user; /**< const char *, or const mtls_template_t *; NULL: none */
    const mtls_map_gives_t *gives;
    const mtls_map_rest_t *rest;
    uint32_t order; /**< position among all rules of the map */
    uint32_t line;
    uint32_t file;  /**< of the map's list of files */
    uint8_t priority;
    bool user_is_template;
    bool indexed; /**< found by key; the condition of that key is not in rest */
    bool exact;   /**< all its conditions are a plain "is" */
} mtls_map_rule_t;

/** How the index finds a rule; borrows from the pool of the statement. */
typedef struct {
    const mtls_field_t *field; /**< NULL: it does not */
    const mtls_bytes_t *keys;
    int count;
} mtls_map_keys_t;

/** What rules share while they are made. */
typedef struct {
    apr_pool_t *pool;       /**< lifetime of the rules */
    apr_hash_t *conditions; /**< by how they are written */
    apr_hash_t *sets;       /**< sorted numbers of exact conditions */
    apr_hash_t *identities; /**< exact conditions by field and keys */
    apr_hash_t *rests;
    apr_hash_t *gives;
    apr_hash_t *templates; /**< of users, by their text */
    apr_size_t bytes; /**< memory taken from pool, near enough */
} mtls_map_shared_t;

/** @param scratch  lives while rules are made */
void mtls_map_shared_init(mtls_map_shared_t *shared, apr_pool_t *pool, apr_pool_t *scratch);

/** A profile that a condition names. */
typedef void mtls_map_profile_fn(void *baton, const char *name, const mtls_map_token_t *at);

/**
 * Make a rule of a statement; order, line and file are the caller's.
 *
 * @param keys     how it is to be entered into the index
 * @param name_fn  called for each profile named
 * @return the rule, or NULL with @a why filled
 */
mtls_map_rule_t *mtls_map_rule_make(const mtls_map_statement_t *statement, mtls_map_shared_t *shared,
                                    mtls_map_keys_t *keys, mtls_map_profile_fn *name_fn,
                                    void *baton, mtls_map_complaint_t *why, apr_pool_t *scratch);

/** @return less than 0 when @a a is tried before @a b. */
static inline int mtls_map_rule_order(const mtls_map_rule_t *a, const mtls_map_rule_t *b)
{
    if (a->priority != b->priority)
        return a->priority < b->priority ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

#endif /* MTLS_POLICY_MAP_RULE_H */
