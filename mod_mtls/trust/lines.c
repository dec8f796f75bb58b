/* mod_mtls/trust/lines.c - see mtls/trust/lines.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/lines.h"

static bool is_blank(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static mtls_bytes_t before(mtls_bytes_t text, int octet)
{
    const unsigned char *at = text.len ? memchr(text.data, octet, text.len) : NULL;

    if (at)
        text.len = (apr_size_t)(at - text.data);
    return text;
}

/* Without its comment and the blanks around it. */
static mtls_bytes_t strip(mtls_bytes_t line)
{
    line = before(line, '#');
    while (line.len && is_blank(line.data[0])) {
        line.data++;
        line.len--;
    }
    while (line.len && is_blank(line.data[line.len - 1]))
        line.len--;
    return line;
}

bool mtls_lines_next(mtls_bytes_t *out, mtls_lines_t *lines)
{
    *out = (mtls_bytes_t){0};
    while (lines->rest.len && !out->len) {
        mtls_bytes_t line = before(lines->rest, '\n');
        apr_size_t taken = line.len < lines->rest.len ? line.len + 1 : line.len;

        lines->rest.data += taken;
        lines->rest.len -= taken;
        lines->number++;
        *out = strip(line);
    }
    return out->len > 0;
}
