/* SPDX-License-Identifier: Apache-2.0 */
#include "transform.h"

#include <apr_strings.h>

#include "mtls/policy/mailbox.h"
#include "mtls/policy/value.h"

typedef mtls_reason_t (*apply_fn)(mtls_bytes_t *text, mtls_bytes_t argument, apr_pool_t *pool);

static mtls_bytes_t convert(mtls_bytes_t text, int (*letter)(int), apr_pool_t *pool)
{
    char *copy = apr_pstrmemdup(pool, (const char *)text.data, text.len);
    apr_size_t i;

    for (i = 0; i < text.len; i++) {
        unsigned char octet = (unsigned char)copy[i];

        if (octet < 0x80) {
            copy[i] = (char)letter(octet);
        }
    }
    return (mtls_bytes_t){(const unsigned char *)copy, text.len};
}

static int to_lower(int letter)
{
    return letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter;
}

static int to_upper(int letter)
{
    return letter >= 'a' && letter <= 'z' ? letter - ('a' - 'A') : letter;
}

static mtls_reason_t lower(mtls_bytes_t *text, mtls_bytes_t argument, apr_pool_t *pool)
{
    (void)argument;
    *text = convert(*text, to_lower, pool);
    return MTLS_REASON_GOOD;
}

static mtls_reason_t upper(mtls_bytes_t *text, mtls_bytes_t argument, apr_pool_t *pool)
{
    (void)argument;
    *text = convert(*text, to_upper, pool);
    return MTLS_REASON_GOOD;
}

static mtls_reason_t strip_realm(mtls_bytes_t *text, mtls_bytes_t argument, apr_pool_t *pool)
{
    mtls_bytes_t local, domain;

    (void)argument;
    (void)pool;
    if (!memchr(text->data, '@', text->len)) {
        return MTLS_REASON_GOOD;
    }
    if (!mtls_mailbox_split(*text, &local, &domain)) {
        return MTLS_REASON_USER_UNUSABLE;
    }
    *text = local;
    return MTLS_REASON_GOOD;
}

static mtls_reason_t realm(mtls_bytes_t *text, mtls_bytes_t argument, apr_pool_t *pool)
{
    mtls_bytes_t local, domain;

    if (mtls_mailbox_split(*text, &local, &domain) &&
        mtls_bytes_equal(convert(domain, to_lower, pool), argument)) {
        return MTLS_REASON_GOOD;
    }
    return MTLS_REASON_USER_UNUSABLE;
}

/* Whether any value could have it: "realm=@corp.example" would for ever be nobody's. */
static bool is_realm(const char *argument, apr_pool_t *pool)
{
    const char *any = apr_pstrcat(pool, "a@", argument, NULL);
    mtls_bytes_t local, domain;

    return mtls_mailbox_split((mtls_bytes_t){(const unsigned char *)any, strlen(any)}, &local,
                              &domain);
}

/* All of them. */
static const struct {
    const char *word;
    bool has_argument;
    apply_fn apply;
} rows[] = {
    {"lower", false, lower},
    {"upper", false, upper},
    {"strip-realm", false, strip_realm},
    {"realm", true, realm},
};

#define ROW_COUNT ((int)(sizeof(rows) / sizeof(rows[0])))

static const char *known_words(apr_pool_t *pool)
{
    const char *text = "";
    int i;

    for (i = 0; i < ROW_COUNT; i++) {
        text = apr_pstrcat(pool, text,
                           i == 0               ? ""
                           : i == ROW_COUNT - 1 ? " or "
                                                : ", ",
                           rows[i].word, rows[i].has_argument ? "=VALUE" : "", NULL);
    }
    return text;
}

const char *mtls_transform_parse(mtls_transform_t *out, const char *word, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < ROW_COUNT; i++) {
        const char *argument = mtls_value_after_key(word, rows[i].word);
        mtls_bytes_t octets = {(const unsigned char *)argument, argument ? strlen(argument) : 0};

        if (rows[i].has_argument ? argument != NULL : strcmp(word, rows[i].word) == 0) {
            if (argument && !is_realm(argument, pool)) {
                return apr_psprintf(pool, "%s is no realm; use realm=corp.example or the like",
                                    mtls_value_quote(argument, pool));
            }
            out->row = i;
            out->argument = argument ? convert(octets, to_lower, pool) : octets;
            return NULL;
        }
    }
    return apr_psprintf(pool, "unknown transform %s; use %s", mtls_value_quote(word, pool),
                        known_words(pool));
}

mtls_reason_t mtls_transform_apply(mtls_bytes_t *text, const mtls_transform_t *transform,
                                   apr_pool_t *pool)
{
    return rows[transform->row].apply(text, transform->argument, pool);
}
