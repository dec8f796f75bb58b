/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_cstr.h>
#include <apr_lib.h>
#include <stdbool.h>
#include <string.h>

#include "mtls/policy/texts.h"
#include "texts_parts.h"
#include "weight.h"

/* Most letters and digits of one subtag: RFC 4647 section 2.1. */
#define MAX_SUBTAG 8
/* Longest field that is read; browsers send some 100 octets. */
#define MAX_FIELD  1024

/* One element of Accept-Language. */
typedef struct {
    const char *tag; /* "de-AT" or "*", not terminated */
    apr_size_t len;
    int q; /* thousandths */
} range_t;

/* Length of one subtag at @a c; 0 when there is none, or too long a one. */
static apr_size_t subtag_len(const char *c, bool first)
{
    apr_size_t len = 0;

    while (first ? apr_isalpha(c[len]) : apr_isalnum(c[len])) {
        len++;
    }
    return len <= MAX_SUBTAG ? len : 0;
}

apr_size_t mtls_tag_len(const char *c)
{
    apr_size_t len = subtag_len(c, true), more = len;

    while (more > 0 && c[len] == '-') {
        more = subtag_len(c + len + 1, false);
        len += 1 + more;
    }
    return more > 0 ? len : 0;
}

static const char *skip_space(const char *c)
{
    return c + strspn(c, " \t");
}

/* Take one element.  @return what follows, at a comma or the end; NULL when malformed. */
static const char *take_range(const char *c, range_t *range)
{
    *range = (range_t){c, *c == '*' ? 1 : mtls_tag_len(c), MTLS_WEIGHT_FULL};
    if (range->len == 0) {
        return NULL;
    }
    c = skip_space(c + range->len);
    if (*c == ';') {
        apr_size_t len;

        c = skip_space(c + 1);
        if ((*c != 'q' && *c != 'Q') || c[1] != '=') {
            return NULL;
        }
        len = strspn(c + 2, "0123456789.");
        range->q = mtls_weight_parse(c + 2, len);
        c = skip_space(c + 2 + len);
    }
    return range->q >= 0 && (*c == ',' || *c == '\0') ? c : NULL;
}

/* Take the next element that is not empty.  @return false at the end. */
static bool next_range(const char **field, range_t *range)
{
    *field += strspn(*field, " \t,");
    return **field && (*field = take_range(*field, range)) != NULL;
}

static bool is_readable(const char *field)
{
    bool more = true;
    range_t range;

    if (strlen(field) > MAX_FIELD) {
        return false;
    }
    while (more) {
        more = next_range(&field, &range);
    }
    return field != NULL;
}

/* Whether the range covers the tag (RFC 4647 section 3.3.1). */
static bool covers(const range_t *range, const char *tag)
{
    return strlen(tag) >= range->len && apr_cstr_casecmpn(tag, range->tag, range->len) == 0 &&
           (tag[range->len] == '-' || tag[range->len] == '\0');
}

/* What the longest range that covers a language says of it; -1 when none does.  "*" covers none. */
static int weight_of(const char *field, const mtls_language_t *language)
{
    apr_size_t longest = 0;
    int q = -1;
    range_t range;

    while (next_range(&field, &range)) {
        if (range.len >= longest && covers(&range, language->tag)) {
            longest = range.len;
            q = range.q;
        }
    }
    return q;
}

/* "*" stands for what no other range covers (RFC 9110 section 12.5.4). */
static const mtls_language_t *first_unnamed(const mtls_languages_t *languages, const char *field)
{
    int i;

    for (i = 0; i < languages->list->nelts; i++) {
        const mtls_language_t *language = APR_ARRAY_IDX(languages->list, i, mtls_language_t *);

        if (weight_of(field, language) < 0) {
            return language;
        }
    }
    return NULL;
}

static const mtls_language_t *look_up(const mtls_languages_t *languages, const range_t *range,
                                      const char *field)
{
    apr_size_t len;

    if (*range->tag == '*') {
        return first_unnamed(languages, field);
    }
    for (len = range->len; len > 0; len = mtls_tag_truncate(range->tag, len)) {
        const mtls_language_t *language = mtls_languages_find(languages, range->tag, len);

        if (language && weight_of(field, language) != 0) {
            return language;
        }
    }
    return NULL;
}

const mtls_language_t *mtls_languages_choose(const mtls_languages_t *languages,
                                             const char *accept_language)
{
    const mtls_language_t *best = APR_ARRAY_IDX(languages->list, 0, mtls_language_t *);
    const char *field = accept_language ? accept_language : "", *c = field;
    int best_q = 0;
    range_t range;

    if (!is_readable(field)) {
        return best;
    }
    while (next_range(&c, &range)) {
        const mtls_language_t *language =
            range.q > best_q ? look_up(languages, &range, field) : NULL;

        if (language) {
            best = language;
            best_q = range.q;
        }
    }
    return best;
}
