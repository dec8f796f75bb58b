/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/mailbox.h"

#include <stdint.h>

/* RFC 5322 section 3.2.3 atext, RFC 6531 section 3.3 UTF8-non-ascii, and the dot: all but control
 * characters, the blank and ()<>[]:;@\,".  One bit for each octet, since this is most of what a
 * look-up by address costs. */
static bool is_atom(unsigned char octet)
{
    static const uint64_t atoms[] = {UINT64_C(0xa3ffecfa00000000), UINT64_C(0x7fffffffc7fffffe),
                                     UINT64_MAX, UINT64_MAX};

    return (atoms[octet / 64] >> octet % 64 & 1) != 0;
}

/* Octets of the local part at the beginning of @a text; 0: none. */
static apr_size_t local_len(mtls_bytes_t text)
{
    apr_size_t i = 0;

    if (text.len == 0 || text.data[0] != '"') {
        while (i < text.len && is_atom(text.data[i])) {
            i++;
        }
        return i;
    }
    for (i = 1; i < text.len && text.data[i] != '"'; i++) {
        if (text.data[i] == '\\') {
            i++;
        }
        if (i == text.len || text.data[i] < 0x20 || text.data[i] == 0x7f) {
            return 0;
        }
    }
    return i < text.len ? i + 1 : 0;
}

/* RFC 5321 section 4.1.3, without the "@" that its dcontent would allow. */
static bool is_literal(mtls_bytes_t text)
{
    apr_size_t i;

    if (text.len < 3 || text.data[0] != '[' || text.data[text.len - 1] != ']') {
        return false;
    }
    for (i = 1; i < text.len - 1; i++) {
        if (!is_atom(text.data[i]) && text.data[i] != ':') {
            return false;
        }
    }
    return true;
}

static bool is_domain(mtls_bytes_t text)
{
    apr_size_t i = 0;

    while (i < text.len && is_atom(text.data[i])) {
        i++;
    }
    return (i > 0 && i == text.len) || is_literal(text);
}

bool mtls_mailbox_split(mtls_bytes_t text, mtls_bytes_t *local, mtls_bytes_t *domain)
{
    apr_size_t len = local_len(text);
    mtls_bytes_t rest;

    if (len == 0 || len == text.len || text.data[len] != '@') {
        return false;
    }
    rest.data = text.data + len + 1;
    rest.len = text.len - len - 1;
    if (!is_domain(rest)) {
        return false;
    }
    local->data = text.data;
    local->len = len;
    *domain = rest;
    return true;
}
