/*
 * mod_mtls/policy/pattern_kinds.h - the two notations behind mtls/policy/pattern.h.
 *
 * Patterns and texts are clean, not empty and of bounded length when they come here.
 *
 * May include: APR, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_PATTERN_KINDS_H
#define MTLS_PATTERN_KINDS_H

#include "mtls/policy/pattern.h"

/**
 * @param captures  "1", "2", ... for each star, appended
 * @return NULL, or what is wrong
 */
const char *mtls_glob_check(const char *glob, apr_array_header_t *captures, apr_pool_t *pool);

/**
 * Match all of @a text.  Each star takes as little as it can, the leftmost first.
 * @param runs  what each star took, borrowed from @a text; room for MTLS_PATTERN_MAX_STARS
 */
bool mtls_glob_match(const char *glob, mtls_bytes_t text, bool nocase, mtls_bytes_t *runs);

/** A compiled regular expression. */
typedef struct mtls_regex_t mtls_regex_t;

/**
 * @param captures  names of its groups (const char *), appended in the order of the groups
 * @return NULL, or what is wrong
 */
const char *mtls_regex_compile(mtls_regex_t **out, const char *text, bool nocase,
                               apr_array_header_t *captures, apr_pool_t *pool);

/** @param groups  what each named group took, borrowed from @a text, in the order of the names;
 * data NULL: it took no part.  Room for all of them; untouched unless the answer is YES. */
mtls_match_t mtls_regex_match(const mtls_regex_t *regex, mtls_bytes_t text, mtls_bytes_t *groups);

#endif /* MTLS_PATTERN_KINDS_H */
