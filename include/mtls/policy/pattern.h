/*
 * mtls/policy/pattern.h - globs and regular expressions over clean text, with captures.
 *
 * Patterns match the whole text or not at all.  Globs: "*" any run, "?" one character (not octet),
 * everything else itself; each "*" is a numbered capture.  Regular expressions: PCRE2 in UTF-8 mode,
 * anchored at both ends whatever they say (T-N08), "." and "$" never concern a newline because
 * values hold none, captures by name only, with limits on steps and depth so that no value and no pattern
 * can take longer than MTLS_PATTERN_MATCH_LIMIT steps.  ASCII letters have no other case beyond ASCII
 * (T-N12): whether a value matches is UNKNOWN where it depends on U+017F (s) or U+212A (k) being one.
 *
 * Only policy/pattern_regex.c includes PCRE2.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_PATTERN_H
#define MTLS_POLICY_PATTERN_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"

/** PCRE2 match limit (pcre2_set_match_limit); depth is limited to a tenth of it. */
#define MTLS_PATTERN_MATCH_LIMIT 20000
/** Longest pattern, octets. */
#define MTLS_PATTERN_MAX 4096

/** Three-valued: what cannot be decided must neither admit nor excuse. */
typedef enum {
    MTLS_MATCH_NO = 0,
    MTLS_MATCH_YES,
    MTLS_MATCH_UNKNOWN /**< an unusable value, or a limit was reached */
} mtls_match_t;

/** The two notations. */
typedef enum { MTLS_PATTERN_GLOB = 0, MTLS_PATTERN_REGEX } mtls_pattern_kind_t;

/** What a "*" or a named group matched. */
typedef struct {
    const char *name;  /**< of a group; for a "*" its number from 1 as text */
    mtls_bytes_t text; /**< from the pool of the match, NUL-terminated; data NULL: the group took no part */
} mtls_capture_t;

/** Opaque, immutable; may be used by many threads at once. */
typedef struct mtls_pattern_t mtls_pattern_t;

/**
 * @param nocase  ASCII case (glob), or PCRE2's caseless (regex), does not matter
 * @param pool    lifetime; a cleanup frees what PCRE2 holds
 * @return NULL, or what is wrong with it, at which octet: "at 7: missing closing parenthesis"
 */
const char *mtls_pattern_compile(const mtls_pattern_t **out, mtls_pattern_kind_t kind,
                                 const char *text, bool nocase, apr_pool_t *pool);

/** @return number of captures, and the name of capture @a i (0-based), borrowed. */
int mtls_pattern_capture_count(const mtls_pattern_t *pattern);
const char *mtls_pattern_capture_name(const mtls_pattern_t *pattern, int i);

/**
 * @param captures  mtls_capture_t, appended to when the answer is YES; may be NULL
 * Thread: any, with a pool of its own.
 */
mtls_match_t mtls_pattern_match(const mtls_pattern_t *pattern, mtls_bytes_t text,
                                apr_array_header_t *captures, apr_pool_t *pool);

/** @return the pattern as it was written, borrowed. */
const char *mtls_pattern_text(const mtls_pattern_t *pattern);

#endif /* MTLS_POLICY_PATTERN_H */
