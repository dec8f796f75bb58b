/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/codepoint.h"

#include <stdbool.h>

/* What a first octet promises: RFC 3629 section 3. */
static const struct {
    unsigned char mask, mark;
    int more;       /* octets that follow */
    uint32_t least; /* smaller values have a shorter form */
} leads[] = {
    {0x80, 0x00, 0, 0}, {0xe0, 0xc0, 1, 0x80}, {0xf0, 0xe0, 2, 0x800}, {0xf8, 0xf0, 3, 0x10000}};

static bool is_shown(uint32_t c)
{
    bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
    bool turns = c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
                 (c >= 0x2066 && c <= 0x2069);
    bool line_end = c == 0x2028 || c == 0x2029;

    return !control && !turns && !line_end;
}

uint32_t mtls_codepoint_next(const char **cursor)
{
    const unsigned char *c = (const unsigned char *)*cursor;
    uint32_t value;
    size_t lead = 0;
    int i;

    (*cursor)++;
    while (lead < sizeof(leads) / sizeof(leads[0]) && (*c & leads[lead].mask) != leads[lead].mark) {
        lead++;
    }
    if (lead == sizeof(leads) / sizeof(leads[0])) {
        return MTLS_CODEPOINT_REPLACEMENT;
    }
    value = *c & (unsigned char)~leads[lead].mask;
    for (i = 1; i <= leads[lead].more; i++) {
        if ((c[i] & 0xc0) != 0x80) {
            return MTLS_CODEPOINT_REPLACEMENT;
        }
        value = value << 6 | (c[i] & 0x3f);
    }
    if (value < leads[lead].least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
        return MTLS_CODEPOINT_REPLACEMENT;
    }
    *cursor += leads[lead].more;
    return is_shown(value) ? value : MTLS_CODEPOINT_REPLACEMENT;
}

size_t mtls_codepoint_write(char *out, uint32_t codepoint)
{
    size_t lead = 0;
    int more, i;

    while (lead + 1 < sizeof(leads) / sizeof(leads[0]) && codepoint >= leads[lead + 1].least) {
        lead++;
    }
    more = leads[lead].more;
    out[0] = (char)(leads[lead].mark | codepoint >> (6 * more));
    for (i = 1; i <= more; i++) {
        out[i] = (char)(0x80 | (codepoint >> (6 * (more - i)) & 0x3f));
    }
    return (size_t)more + 1;
}
