/*
 * t/fuzz/fuzz_pattern.c - any pattern on any text: kind and case in the first octet, then the
 * pattern, NUL, and the text.
 *
 * A glob on a short text answers as the definition says, tried in all ways; what is captured
 * lies in the text, in order.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <ctype.h>
#include <string.h>

#include "target.h"
#include "mtls/policy/pattern.h"

/* Longest pattern and text for which all ways are tried. */
#define SHORT 12

static bool same(unsigned char a, unsigned char b, bool nocase)
{
    return a == b || (nocase && a < 0x80 && b < 0x80 && tolower(a) == tolower(b));
}

static size_t next_character(const char *text)
{
    size_t len = 1;

    while (((unsigned char)text[len] & 0xc0) == 0x80) {
        len++;
    }
    return len;
}

/* The definition of a glob, from the left. */
static bool naive(const char *glob, const char *text, bool nocase)
{
    if (*glob == '\0') {
        return *text == '\0';
    }
    if (*glob == '*') {
        return naive(glob + 1, text, nocase) ||
               (*text != '\0' && naive(glob, text + next_character(text), nocase));
    }
    if (*text == '\0') {
        return false;
    }
    if (*glob == '?') {
        return naive(glob + 1, text + next_character(text), nocase);
    }
    return same((unsigned char)*glob, (unsigned char)*text, nocase) &&
           naive(glob + 1, text + 1, nocase);
}

/* Put the captures back where the stars are: that must give the text again. */
static void check_captures(const char *glob, mtls_bytes_t text, const apr_array_header_t *captures,
                           bool nocase)
{
    size_t at = 0;
    int star = 0;

    for (; *glob != '\0'; glob++) {
        if (*glob == '*') {
            const mtls_capture_t *capture = &APR_ARRAY_IDX(captures, star++, mtls_capture_t);

            must(capture->text.len <= text.len - at &&
                 memcmp(capture->text.data, text.data + at, capture->text.len) == 0);
            at += capture->text.len;
        } else {
            must(at < text.len);
            must(*glob == '?' || same((unsigned char)*glob, text.data[at], nocase));
            at += *glob == '?' ? next_character((const char *)text.data + at) : 1;
        }
    }
    must(star == captures->nelts && at == text.len);
}

static bool lies_in(mtls_bytes_t part, mtls_bytes_t text)
{
    apr_size_t at;

    for (at = 0; at + part.len <= text.len; at++) {
        if (memcmp(text.data + at, part.data, part.len) == 0) {
            return true;
        }
    }
    return false;
}

static void check_answer(const mtls_pattern_t *pattern, mtls_pattern_kind_t kind, bool nocase,
                         mtls_bytes_t text, apr_pool_t *pool)
{
    apr_array_header_t *captures = apr_array_make(pool, 4, sizeof(mtls_capture_t));
    const char *written = mtls_pattern_text(pattern);
    mtls_match_t match = mtls_pattern_match(pattern, text, captures, pool);
    int i;

    must(captures->nelts == (match == MTLS_MATCH_YES ? mtls_pattern_capture_count(pattern) : 0));
    for (i = 0; i < captures->nelts; i++) {
        const mtls_capture_t *capture = &APR_ARRAY_IDX(captures, i, mtls_capture_t);

        must(capture->text.data == NULL || lies_in(capture->text, text));
        must(capture->text.data == NULL || capture->text.data[capture->text.len] == '\0');
    }
    if (kind != MTLS_PATTERN_GLOB) {
        return;
    }
    if (match == MTLS_MATCH_YES) {
        check_captures(written, text, captures, nocase);
    }
    if (match != MTLS_MATCH_UNKNOWN && strlen(written) <= SHORT && text.len <= SHORT) {
        must((match == MTLS_MATCH_YES) == naive(written, (const char *)text.data, nocase));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const mtls_pattern_t *pattern;
    mtls_pattern_kind_t kind;
    const uint8_t *nul;
    mtls_bytes_t text;
    apr_pool_t *pool;
    bool nocase;

    if (size == 0 || size > 65536 || (nul = memchr(data + 1, 0, size - 1)) == NULL) {
        return 0;
    }
    pool = make_pool();
    kind = data[0] & 1 ? MTLS_PATTERN_REGEX : MTLS_PATTERN_GLOB;
    nocase = (data[0] & 2) != 0;
    text.len = (apr_size_t)(data + size - nul - 1);
    text.data = (const unsigned char *)apr_pstrmemdup(pool, (const char *)nul + 1, text.len);
    if (mtls_pattern_compile(&pattern, kind, (const char *)data + 1, nocase, pool) == NULL) {
        check_answer(pattern, kind, nocase, text, pool);
    } else {
        must(pattern == NULL);
    }
    apr_pool_destroy(pool);
    return 0;
}
