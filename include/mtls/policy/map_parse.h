/*
 * mtls/policy/map_parse.h - from words to a statement: its shape only, not what fields and
 * templates mean.
 *
 * May include: APR, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_MAP_PARSE_H
#define MTLS_POLICY_MAP_PARSE_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <stdbool.h>

#include "mtls/policy/condition.h"
#include "mtls/policy/map_lex.h"

/** A condition and where its words stand. */
typedef struct {
    mtls_condition_spec_t spec;
    const mtls_map_token_t *field;
    const mtls_map_token_t *operand; /**< the first; each further one stands two words on.  NULL: none */
} mtls_map_when_t;

/** "set NAME TEXT". */
typedef struct {
    const mtls_map_token_t *name;
    const mtls_map_token_t *value;
} mtls_map_set_t;

/** What stands after "then". */
typedef struct {
    const mtls_map_token_t *user;    /**< NULL: not said */
    const apr_array_header_t *groups; /**< const mtls_map_token_t *; NULL: not said */
    const apr_array_header_t *sets;   /**< mtls_map_set_t; NULL: not said */
    bool deny;
    const mtls_map_token_t *deny_text; /**< NULL: none */
} mtls_map_then_t;

/** What a statement is. */
typedef enum {
    MTLS_MAP_RULE = 0,
    MTLS_MAP_INCLUDE, /**< include "path" */
    MTLS_MAP_NO_RULES /**< no rules */
} mtls_map_statement_kind_t;

/** A statement; all of it borrows from tokens and pool. */
typedef struct {
    mtls_map_statement_kind_t kind;
    int priority;                    /**< 0: not said */
    const apr_array_header_t *whens; /**< mtls_map_when_t; empty for "always" */
    mtls_map_then_t then;
    const mtls_map_token_t *path;    /**< of INCLUDE */
} mtls_map_statement_t;

/** @param tokens  mtls_map_token_t, at least one
 * @return true; false with @a why filled */
bool mtls_map_parse_statement(mtls_map_statement_t *out, const apr_array_header_t *tokens,
                              mtls_map_complaint_t *why, apr_pool_t *pool);

/** As mtls_map_parse_statement() for what stands after "then" alone. */
bool mtls_map_parse_then(mtls_map_then_t *out, const apr_array_header_t *tokens,
                         mtls_map_complaint_t *why, apr_pool_t *pool);

#endif /* MTLS_POLICY_MAP_PARSE_H */
