/*
 * mtls/policy/map_result.h - what a rule gives: compiled once, filled for each certificate.
 *
 * May include: APR, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_MAP_RESULT_H
#define MTLS_POLICY_MAP_RESULT_H

#include <apr_pools.h>
#include <stdbool.h>

#include "mtls/policy/map_parse.h"
#include "mtls/policy/principal.h"
#include "mtls/policy/template.h"

/** Longest text of a deny, octets. */
#define MTLS_MAP_MAX_DENY_TEXT 500

/** Text that is the same for everyone, or a template; both NULL: nothing. */
typedef struct {
    const char *literal;
    const mtls_template_t *tmpl;
} mtls_map_text_t;

/** "set NAME TEXT". */
typedef struct {
    const char *name;
    mtls_map_text_t value;
} mtls_map_attribute_t;

/** All that a rule gives but the user, which is mostly the rule's own: shared by rules that give
 * the same. */
typedef struct {
    bool deny;
    const char *message; /**< of a deny, or NULL */
    const mtls_map_text_t *groups;
    int group_count;
    const mtls_map_attribute_t *attributes;
    int attribute_count;
    const char *const *names; /**< groups as they are when all of them are literal; otherwise NULL */
} mtls_map_gives_t;

/** How texts of a result are understood. */
typedef struct {
    bool templates;                     /**< false: braces are ordinary text */
    const apr_array_header_t *captures; /**< names that templates may use (const char *); NULL: none */
    apr_pool_t *scratch;                /**< for what is not kept */
} mtls_map_texts_t;

/** @return true; false with @a why filled.  @param pool  lifetime of @a out */
bool mtls_map_user_compile(mtls_map_text_t *out, const mtls_map_token_t *user,
                           const mtls_map_texts_t *texts, mtls_map_complaint_t *why,
                           apr_pool_t *pool);

/** As mtls_map_user_compile(), for everything else. */
bool mtls_map_gives_compile(mtls_map_gives_t *out, const mtls_map_then_t *then,
                            const mtls_map_texts_t *texts, mtls_map_complaint_t *why,
                            apr_pool_t *pool);

/** Fill reason, user, groups, attributes and message of @a out; on a reason other than GOOD only
 * that (and the message of a deny). */
void mtls_map_result_fill(mtls_principal_t *out, mtls_map_text_t user, const mtls_map_gives_t *gives,
                          const mtls_holder_t *holder, const apr_array_header_t *captures,
                          apr_pool_t *pool);

#endif /* MTLS_POLICY_MAP_RESULT_H */
