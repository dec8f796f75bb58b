/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/mailbox.h"

#include <apr_strings.h>

#include "field_value.h"

/* Octets of the quoted string that @a text begins with, quotes included; 0: it has no end. */
static apr_size_t quoted_len(mtls_bytes_t text)
{
    apr_size_t i;

    for (i = 1; i < text.len; i++) {
        if (text.data[i] == '\\') {
            i++;
        } else if (text.data[i] == '"') {
            return i + 1;
        }
    }
    return 0;
}

/* Octets before the first "@"; 0: there are none, or no "@". */
static apr_size_t plain_len(mtls_bytes_t text)
{
    const unsigned char *at = memchr(text.data, '@', text.len);

    return at != NULL ? (apr_size_t)(at - text.data) : 0;
}

static bool has(mtls_bytes_t text, int octet)
{
    return memchr(text.data, octet, text.len) != NULL;
}

bool mtls_mailbox_parse(mtls_mailbox_t *out, mtls_bytes_t text)
{
    static const apr_size_t empty_quotes = 2;
    bool quoted = text.len != 0 && text.data[0] == '"';
    mtls_mailbox_t box;

    if (text.len == 0) {
        return false;
    }
    box.local.data = text.data;
    box.local.len = quoted ? quoted_len(text) : plain_len(text);
    if (box.local.len == 0 || text.len - box.local.len < 2 || text.data[box.local.len] != '@') {
        return false;
    }
    box.domain.data = text.data + box.local.len + 1;
    box.domain.len = text.len - box.local.len - 1;
    if (quoted ? box.local.len == empty_quotes : has(box.local, '"')) {
        return false;
    }
    if (has(box.domain, '@') || has(box.domain, '"')) {
        return false;
    }
    *out = box;
    return true;
}

mtls_bytes_t mtls_mailbox_key(mtls_bytes_t text, const mtls_mailbox_t *box, apr_pool_t *pool)
{
    mtls_bytes_t domain = mtls_field_lower(box->domain, pool);
    mtls_bytes_t key = text;

    if (domain.data != box->domain.data) {
        char *copy = apr_pstrmemdup(pool, (const char *)text.data, text.len);

        memcpy(copy + box->local.len + 1, domain.data, domain.len);
        key.data = (const unsigned char *)copy;
    }
    return key;
}
