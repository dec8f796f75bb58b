/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "pattern_kinds.h"

const char *mtls_glob_check(const char *glob, apr_array_header_t *captures, apr_pool_t *pool)
{
    int stars = 0;

    for (; *glob; glob++) {
        if (*glob != '*') {
            continue;
        }
        if (++stars > MTLS_PATTERN_MAX_STARS) {
            return apr_psprintf(pool, "it has more than %d '*'; use \"matches\" for what is longer",
                                MTLS_PATTERN_MAX_STARS);
        }
        APR_ARRAY_PUSH(captures, const char *) = apr_itoa(pool, stars);
    }
    return NULL;
}

static bool is_continuation(unsigned char octet)
{
    return (octet & 0xc0) == 0x80;
}

/* Octets of the character at @a at; 0 in the middle of one. */
static apr_size_t character_len(mtls_bytes_t text, apr_size_t at)
{
    apr_size_t len = 1;

    if (is_continuation(text.data[at])) {
        return 0;
    }
    while (at + len < text.len && is_continuation(text.data[at + len])) {
        len++;
    }
    return len;
}

static bool same_octet(char a, unsigned char b, bool nocase)
{
    unsigned char octet = (unsigned char)a;

    if (octet == b) {
        return true;
    }
    return nocase && octet < 0x80 && b < 0x80 && apr_tolower(octet) == apr_tolower(b);
}

/* How many octets one character of the glob takes, 0: it does not fit. */
static apr_size_t step(char glob, mtls_bytes_t text, apr_size_t at, bool nocase)
{
    if (at == text.len) {
        return 0;
    }
    if (glob == '?') {
        return character_len(text, at);
    }
    return same_octet(glob, text.data[at], nocase) ? 1 : 0;
}

/* Going back to the last star only is enough: what the ones before it took is the least that leads
 * to it, and any later beginning leaves it less to choose from. */
bool mtls_glob_match(const char *glob, mtls_bytes_t text, bool nocase, mtls_bytes_t *runs)
{
    const char *after_star = NULL;
    apr_size_t at = 0;
    int star = -1;

    for (;;) {
        apr_size_t taken;

        if (*glob == '*') {
            after_star = ++glob;
            runs[++star] = (mtls_bytes_t){text.data + at, *glob ? 0 : text.len - at};
            if (!*glob) {
                return true;
            }
            continue;
        }
        if (!*glob && at == text.len) {
            return true;
        }
        taken = *glob ? step(*glob, text, at, nocase) : 0;
        if (taken) {
            glob++;
            at += taken;
            continue;
        }
        if (!after_star) {
            return false;
        }
        at = (apr_size_t)(runs[star].data - text.data) + ++runs[star].len;
        glob = after_star;
        if (at > text.len) {
            return false;
        }
    }
}
