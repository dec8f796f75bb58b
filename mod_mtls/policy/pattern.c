/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/pattern.h"

#include <apr_strings.h>
#include <string.h>

#include "mtls/cert/identity.h"
#include "mtls/policy/clean.h"
#include "pattern_kinds.h"

struct mtls_pattern_t {
    mtls_pattern_kind_t kind;
    const char *text;
    bool nocase;
    mtls_regex_t *regex;
    apr_array_header_t *captures; /* const char * */
};

/* What is wrong with it in either notation. */
static const char *check_text(const char *text, apr_pool_t *pool)
{
    mtls_bytes_t octets = {(const unsigned char *)text, strlen(text)};
    apr_size_t offset;

    if (octets.len == 0) {
        return "it is empty, and no value is";
    }
    if (octets.len > MTLS_PATTERN_MAX) {
        return apr_psprintf(pool, "it is longer than %d octets", MTLS_PATTERN_MAX);
    }
    if (!mtls_clean_check(octets, &offset)) {
        return apr_psprintf(pool, "at %" APR_SIZE_T_FMT ": a control character, or no UTF-8",
                            offset + 1);
    }
    return NULL;
}

const char *mtls_pattern_compile(const mtls_pattern_t **out, mtls_pattern_kind_t kind,
                                 const char *text, bool nocase, apr_pool_t *pool)
{
    mtls_pattern_t *pattern = apr_pcalloc(pool, sizeof(*pattern));
    const char *fault;

    *out = NULL;
    fault = check_text(text, pool);
    if (fault) {
        return fault;
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
    mtls_bytes_t runs[MTLS_PATTERN_MAX_CAPTURES];
    int count = pattern->captures->nelts, i;
    mtls_match_t match = MTLS_MATCH_UNKNOWN;

    if (text.len == 0 || text.len > MTLS_IDENTITY_MAX_TEXT || !mtls_clean_check(text, NULL)) {
        return MTLS_MATCH_UNKNOWN;
    }
    switch (pattern->kind) {
    case MTLS_PATTERN_GLOB:
        match = mtls_glob_match(pattern->text, text, pattern->nocase, runs) ? MTLS_MATCH_YES
                                                                            : MTLS_MATCH_NO;
        break;
    case MTLS_PATTERN_REGEX:
        match = mtls_regex_match(pattern->regex, text, runs);
        break;
    }
    for (i = 0; captures && match == MTLS_MATCH_YES && i < count; i++) {
        APR_ARRAY_PUSH(captures, mtls_capture_t) =
            (mtls_capture_t){mtls_pattern_capture_name(pattern, i), copy_of(runs[i], pool)};
    }
    return match;
}
