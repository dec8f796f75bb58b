/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/target.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

/* An octet that is none: an escape that is cut, or one of a control character. */
#define MALFORMED (-1)

/*
 * A walk along a path as the most careless reader would see it: escapes resolved, also those of
 * slashes, a backslash a slash, blanks not there, and dots followed.  Who leaves escapes of slashes
 * alone sees fewer segments for dots to take back, so what such a slash ends does not count as one.
 */
typedef struct {
    int depth;      /* of the directory it stands in; 0: the root */
    apr_size_t len; /* of the segment so far */
    bool dots;      /* that consists of dots */
} walk_t;

static bool is_plain(const char *text)
{
    for (; *text; text++) {
        if (*text <= ' ' || *text > '~' || strchr("\"<>\\#", *text)) {
            return false;
        }
    }
    return true;
}

static int hex_value(char digit)
{
    return apr_isdigit(digit) ? digit - '0' : apr_tolower(digit) - 'a' + 10;
}

static int next_octet(const char **cursor)
{
    const char *at = *cursor;
    int octet = (unsigned char)*at;

    if (octet == '%') {
        if (!apr_isxdigit(at[1]) || !apr_isxdigit(at[2])) {
            return MALFORMED;
        }
        octet = hex_value(at[1]) * 16 + hex_value(at[2]);
        at += 2;
    }
    *cursor = at + 1;
    return octet < ' ' || octet == 0x7f ? MALFORMED : octet;
}

static void enter_octet(walk_t *walk, int octet)
{
    if (octet != ' ') {
        walk->dots = octet == '.' && (walk->len == 0 || walk->dots);
        walk->len++;
    }
}

/* The segment is over, by a slash.  @return false when another slash follows that of the root. */
static bool leave_segment(walk_t *walk, bool escaped)
{
    if (walk->len == 0 && walk->depth == 0) {
        return false;
    }
    if (walk->dots && walk->len == 2) {
        walk->depth -= walk->depth > 0 ? 1 : 0;
    } else if (!escaped && walk->len != 0 && !(walk->dots && walk->len == 1)) {
        walk->depth++;
    }
    walk->len = 0;
    walk->dots = false;
    return true;
}

/* @param path  what follows the first slash, up to a "?" or the end */
static bool stays(const char *path)
{
    walk_t walk = {0};

    while (*path && *path != '?') {
        const bool escaped = *path == '%';
        const int octet = next_octet(&path);

        if (octet == MALFORMED) {
            return false;
        }
        if (octet != '/' && octet != '\\') {
            enter_octet(&walk, octet);
        } else if (!leave_segment(&walk, escaped)) {
            return false;
        }
    }
    return true;
}

mtls_target_end_t mtls_target_check(const char *text)
{
    if (!text || *text != '/') {
        return MTLS_TARGET_BAD;
    }
    if (strnlen(text, MTLS_TARGET_MAX + 1) > MTLS_TARGET_MAX) {
        return MTLS_TARGET_TOO_LONG;
    }
    return is_plain(text) && stays(text + 1) ? MTLS_TARGET_GOOD : MTLS_TARGET_BAD;
}

const char *mtls_target_url(const char *origin, const char *target, apr_pool_t *pool)
{
    return mtls_target_check(target) == MTLS_TARGET_GOOD ? apr_pstrcat(pool, origin, target, NULL)
                                                         : NULL;
}
