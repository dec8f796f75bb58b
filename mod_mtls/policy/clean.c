/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/clean.h"

/* RFC 3629 section 4: first octets, how many follow, and the range of the first that follows. */
static const struct {
    unsigned char first, last, more, low, high;
} forms[] = {
    {0x20, 0x7e, 0, 0x80, 0xbf}, {0xc2, 0xc2, 1, 0xa0, 0xbf}, /* without U+0080 to U+009F */
    {0xc3, 0xdf, 1, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0xa0, 0xbf}, {0xe1, 0xec, 2, 0x80, 0xbf},
    {0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf}, {0xf0, 0xf0, 3, 0x90, 0xbf},
    {0xf1, 0xf3, 3, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x80, 0x8f},
};

/* Octets of the character at the beginning of a text that is not empty; 0: none. */
static apr_size_t next_len(mtls_bytes_t text)
{
    const unsigned char *c = text.data;
    size_t form = 0;
    apr_size_t i;

    while (form < sizeof(forms) / sizeof(forms[0]) &&
           (*c < forms[form].first || *c > forms[form].last)) {
        form++;
    }
    if (form == sizeof(forms) / sizeof(forms[0]) || forms[form].more >= text.len) {
        return 0;
    }
    if (forms[form].more > 0 && (c[1] < forms[form].low || c[1] > forms[form].high)) {
        return 0;
    }
    for (i = 2; i <= forms[form].more; i++) {
        if ((c[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return (apr_size_t)forms[form].more + 1;
}

bool mtls_clean_check(mtls_bytes_t text, apr_size_t *offset)
{
    mtls_bytes_t rest = text;

    while (rest.len > 0) {
        apr_size_t len = next_len(rest);

        if (len == 0) {
            if (offset) {
                *offset = text.len - rest.len;
            }
            return false;
        }
        rest.data += len;
        rest.len -= len;
    }
    return true;
}
