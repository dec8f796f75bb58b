/*
 * mtls/policy/principal.h - who the holder of a certificate is, and who said so.
 *
 * May include: APR, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_PRINCIPAL_H
#define MTLS_POLICY_PRINCIPAL_H

#include <apr_pools.h>
#include <stdbool.h>

#include "mtls/trust/origin.h"
#include "mtls/trust/reason.h"

/** A fact about the holder, exported as MTLS_ATTR_<NAME>. */
typedef struct {
    const char *name;  /**< [a-z][a-z0-9_]*, see mtls_attribute_name_check() */
    const char *value; /**< UTF-8 without control characters */
} mtls_attribute_t;

/**
 * The answer of one source, or of all of them.  {0} (UNDECIDED) means that nobody was asked.
 * All pointers are from one pool, named by whoever fills it.
 */
typedef struct {
    mtls_reason_t reason; /**< GOOD: it said something; NO_RULE: it says nothing; DENIED_BY_RULE;
                               USER_*: a rule applied whose result could not be made; MAP_UNAVAILABLE */
    const char *user;     /**< with GOOD only; NULL: groups and attributes, but no user */
    const char *const *groups; /**< each once, no ",", no control character, not empty */
    int group_count;
    const mtls_attribute_t *attributes; /**< each name once */
    int attribute_count;
    const char *source;   /**< "map", "dbm", "sql" or "user"; NULL when nobody decided; static */
    mtls_origin_t rule;   /**< what decided: the rule's begin, or the directive */
    const char *message;  /**< with DENIED_BY_RULE: text for the person, or NULL */
} mtls_principal_t;

/** @return NULL, or why @a name cannot name an attribute. */
const char *mtls_attribute_name_check(const char *name, apr_pool_t *pool);

/** @return NULL, or why @a name cannot name a group. */
const char *mtls_group_name_check(const char *name, apr_pool_t *pool);

/** @return whether the principal is in the group; exact, case matters. */
bool mtls_principal_has_group(const mtls_principal_t *principal, const char *group);

/** @return the attribute's value or NULL. */
const char *mtls_principal_attribute(const mtls_principal_t *principal, const char *name);

/** @return a copy in @a pool that shares nothing with the original but static text. */
mtls_principal_t *mtls_principal_copy(const mtls_principal_t *principal, apr_pool_t *pool);

#endif /* MTLS_POLICY_PRINCIPAL_H */
