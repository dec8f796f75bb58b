/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/shown.h"

#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/codepoint.h"

static const char cut_mark[] = "...";
enum { CUT_MARK_LEN = sizeof(cut_mark) - 1 };

/* One stray octet becomes the three of U+FFFD; nothing grows more. */
#define MAX_GROWTH 3

const char *mtls_shown_text(const char *text, apr_size_t max, apr_pool_t *pool)
{
    apr_size_t room = strnlen(text, max) * MAX_GROWTH;
    apr_size_t len = 0, uncut = 0;
    char *out;

    room = room < max ? room : max;
    out = apr_palloc(pool, room + CUT_MARK_LEN + 1);
    while (*text) {
        char one[MTLS_CODEPOINT_MAX_UTF8];
        apr_size_t size = mtls_codepoint_write(one, mtls_codepoint_next(&text));

        if (size > room - len) {
            memcpy(out + uncut, cut_mark, sizeof(cut_mark));
            return out;
        }
        memcpy(out + len, one, size);
        len += size;
        if (len + CUT_MARK_LEN <= max) {
            uncut = len;
        }
    }
    out[len] = '\0';
    return out;
}

const char *mtls_shown_place(mtls_origin_t at, apr_pool_t *pool)
{
    const char *file = at.file ? mtls_shown_text(at.file, MTLS_SHOWN_MAX, pool) : "";

    if (!at.file || at.line <= 0) {
        return file;
    }
    if (at.column <= 0) {
        return apr_psprintf(pool, "%s:%d", file, at.line);
    }
    return apr_psprintf(pool, "%s:%d:%d", file, at.line, at.column);
}
