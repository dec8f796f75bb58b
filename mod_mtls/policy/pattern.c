/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/pattern.h"

#include <apr_strings.h>
#include <string.h>

#include "pattern_kinds.h"

struct mtls_pattern_t {
    mtls_pattern_kind_t kind;
    const char *text;
    bool nocase;
    mtls_regex_t *regex;
    apr_array_header_t *captures; /* const char * */
};

const char *mtls_pattern_compile(const mtls_pattern_t **out, mtls_pattern_kind_t kind,
                                 const char *text, bool nocase, apr_pool_t *pool)
{
    mtls_pattern_t *pattern = apr_pcalloc(pool, sizeof(*pattern));
    const char *fault = NULL;

    *out = NULL;
    if (strlen(text) > MTLS_PATTERN_MAX) {
        return apr_psprintf(pool, "it is longer than %d octets", MTLS_PATTERN_MAX);
    }
    pattern->kind = kind;
    pattern->text = apr_pstrdup(pool, text);
    pattern->nocase = nocase;
    pattern->captures = apr_array_make(pool, 2, sizeof(const char *));
    switch (kind) {
    case MTLS_PATTERN_GLOB:
        fault = mtls_glob_check(text, pattern->captures, pool);
        break;
    case MTLS_PATTERN_REGEX:
        fault = mtls_regex_compile(&pattern->regex, text, nocase, pattern->captures, pool);
        break;
    }
    if (!fault) {
        *out = pattern;
    }
    return fault;
}

int mtls_pattern_capture_count(const mtls_pattern_t *pattern)
{
    return pattern->captures->nelts;
}

const char *mtls_pattern_capture_name(const mtls_pattern_t *pattern, int i)
{
    return APR_ARRAY_IDX(pattern->captures, i, const char *);
}

const char *mtls_pattern_text(const mtls_pattern_t *pattern)
{
    return pattern->text;
}

static mtls_bytes_t copy_of(mtls_bytes_t run, apr_pool_t *pool)
{
    if (run.data) {
        run.data = (const unsigned char *)apr_pstrmemdup(pool, (const char *)run.data, run.len);
    }
    return run;
}

mtls_match_t mtls_pattern_match(const mtls_pattern_t *pattern, mtls_bytes_t text,
                                apr_array_header_t *captures, apr_pool_t *pool)
{
    int count = pattern->captures->nelts, i;
    mtls_bytes_t *runs = apr_palloc(pool, sizeof(*runs) * (size_t)(count + 1));
    mtls_match_t match = MTLS_MATCH_UNKNOWN;

    switch (pattern->kind) {
    case MTLS_PATTERN_GLOB:
        match = mtls_glob_match(pattern->text, text, pattern->nocase, runs) ? MTLS_MATCH_YES
                                                                            : MTLS_MATCH_NO;
        break;
    case MTLS_PATTERN_REGEX:
        match = mtls_regex_match(pattern->regex, text, runs, pool);
        break;
    }
    for (i = 0; captures && match == MTLS_MATCH_YES && i < count; i++) {
        APR_ARRAY_PUSH(captures, mtls_capture_t) =
            (mtls_capture_t){mtls_pattern_capture_name(pattern, i), copy_of(runs[i], pool)};
    }
    return match;
}
