/*
 * t/fuzz/fuzz_target.c - any octets as a target: what is good stays on its origin, also when
 * escapes are resolved and dots removed by the book.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/target.h"
#include "target.h"

#define ORIGIN "https://www.example.org"

/* @return the path with escapes resolved once; with @a careless also those of slashes and
 * backslashes, which are slashes then, and blanks gone. */
static char *resolved_path(const char *text, bool careless, apr_pool_t *pool)
{
    char *path = apr_pstrdup(pool, text), *to = path;
    const char *at;

    path[strcspn(path, "?")] = '\0';
    for (at = path; *at; at++) {
        char c = *at;

        if (c == '%') {
            const char digits[] = {at[1], at[2], '\0'};

            must(strspn(digits, "0123456789abcdefABCDEF") == 2);
            c = (char)strtol(digits, NULL, 16);
            c = !careless && (c == '/' || c == '\\') ? '_' : c;
            at += 2;
        }
        if (c != ' ' || !careless) {
            *to++ = c == '\\' ? '/' : c;
        }
    }
    *to = '\0';
    return path;
}

/* RFC 3986 section 5.2.4, for a path that begins with a slash.  It may pass through "//x" on its
 * way to something else; that is refused as well, so each step is looked at. */
static void walk_dots(const char *in, apr_pool_t *pool)
{
    char *out = apr_pcalloc(pool, strlen(in) + 2);
    size_t len = 0, segment;

    for (; *in; in += segment) {
        segment = 1 + strcspn(in + 1, "/");
        if (segment == 3 && memcmp(in, "/..", 3) == 0) {
            while (len > 0 && out[--len] != '/') {
            }
        } else if (!(segment == 2 && in[1] == '.')) {
            memcpy(out + len, in, segment);
            len += segment;
        }
        out[len] = '\0';
        must(strncmp(out, "//", 2) != 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool;
    const char *text, *url, *c;

    if (size > 4096) {
        return 0;
    }
    pool = make_pool();
    text = apr_pstrmemdup(pool, (const char *)data, size);
    url = mtls_target_url(ORIGIN, text, pool);
    must((url != NULL) == (mtls_target_check(text) == MTLS_TARGET_GOOD));
    if (url) {
        must(strlen(text) <= MTLS_TARGET_MAX);
        must(strncmp(url, ORIGIN "/", strlen(ORIGIN "/")) == 0);
        must(strcmp(url + strlen(ORIGIN), text) == 0);
        for (c = url; *c; c++) {
            must(*c > ' ' && *c <= '~' && !strchr("\"<>\\#", *c));
        }
        walk_dots(apr_pstrmemdup(pool, text, strcspn(text, "?")), pool);
        walk_dots(resolved_path(text, false, pool), pool);
        walk_dots(resolved_path(text, true, pool), pool);
    }
    apr_pool_destroy(pool);
    return 0;
}
