/*
 * mtls/policy/pattern.h - globs and regular expressions over clean text, with captures.
 *
 * Patterns match the whole text or not at all.
 *
 * Globs: "*" any run, "?" one character (not octet), everything else itself, "\" too.  Each "*" is a
 * numbered capture and takes as little as it can, the leftmost first.  A match costs at most the
 * product of the two lengths.
 *
 * Regular expressions: PCRE2 in UTF-8 mode, anchored at both ends whatever they say (T-N08), "." and
 * "$" never concern a newline because values hold none.  Captures by name only: plain parentheses
 * group.  No \C and no (*VERB).  Steps, depth and memory are limited: what is not known after
 * MTLS_PATTERN_MATCH_LIMIT steps is UNKNOWN.  So is a value with U+017F or U+212A, which Unicode's
 * caseless matching takes for "s" and "k".
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
/** Most "*" in a glob. */
#define MTLS_PATTERN_MAX_STARS 9
/** Most captures of one pattern. */
#define MTLS_PATTERN_MAX_CAPTURES 32

/** Three-valued: what cannot be decided must neither admit nor excuse. */
typedef enum {
    MTLS_MATCH_NO = 0,
    MTLS_MATCH_YES,
    MTLS_MATCH_UNKNOWN /**< no usable text (empty, over MTLS_IDENTITY_MAX_TEXT, control
                               characters, no UTF-8), or a limit was reached */
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
 * @return NULL, or what is wrong with it, at which octet, from 1: "at 7: missing closing
 *         parenthesis"; then @a out is NULL
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
