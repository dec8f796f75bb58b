/*
 * mtls/policy/map_index.h - which rules a certificate can concern, found by the keys of its values.
 *
 * For each field that some rule is found by there is one hash from key to rules.  A certificate's
 * field is read once; each of its values leads to one list, in the order of the semantics.
 *
 * A field that cannot be read completely rules nothing out.  For rules that grant this makes no
 * difference: an unknown condition does not hold.  Rules that deny then apply unless another of
 * their conditions says no.  Of those with the same other conditions and priority only the first
 * can decide, so that the index keeps one rule for each such group: as many as there are
 * different lists of other conditions, not as many as there are rules.
 *
 * May include: APR, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_MAP_INDEX_H
#define MTLS_POLICY_MAP_INDEX_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "mtls/policy/map_rule.h"

/** A list of rules: a ring, known by its last node. */
typedef struct mtls_map_node_t {
    const mtls_map_rule_t *rule;
    struct mtls_map_node_t *next;
} mtls_map_node_t;

/** Opaque; immutable after mtls_map_index_finish(). */
typedef struct mtls_map_index_t mtls_map_index_t;

mtls_map_index_t *mtls_map_index_make(apr_pool_t *pool, apr_pool_t *scratch);

/**
 * Enter a rule; rules come in ascending order.
 * @param keys  its field NULL: it will be scanned
 * @return NULL, or an exact rule of the same priority that has the same conditions: not entered
 */
const mtls_map_rule_t *mtls_map_index_add(mtls_map_index_t *index, const mtls_map_rule_t *rule,
                                          const mtls_map_keys_t *keys);

/** Put every list into the order in which rules are tried; what scratch held is not used again. */
void mtls_map_index_finish(mtls_map_index_t *index, apr_pool_t *scratch);

/** @return memory taken, near enough. */
apr_size_t mtls_map_index_bytes(const mtls_map_index_t *index);

/** Walks through the rules that may concern one certificate, each once and in order. */
typedef struct {
    apr_array_header_t *cursors; /* of cursor_t in map_index.c */
} mtls_map_walk_t;

void mtls_map_walk_init(mtls_map_walk_t *walk, const mtls_map_index_t *index,
                        const mtls_holder_t *holder, apr_pool_t *pool);

/**
 * @param doubtful  set to the field whose key could not be read, when that is why the rule, a deny,
 *                  comes; otherwise to NULL
 * @return NULL after the last
 */
const mtls_map_rule_t *mtls_map_walk_next(mtls_map_walk_t *walk, const mtls_field_t **doubtful);

/** @return a walk at the same place; walking one does not move the other. */
mtls_map_walk_t mtls_map_walk_copy(const mtls_map_walk_t *walk, apr_pool_t *pool);

#endif /* MTLS_POLICY_MAP_INDEX_H */
