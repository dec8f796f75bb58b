/*
 * mod_mtls/cert/string_read.c - ASN.1 character strings to clean UTF-8.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "string_read.h"

#include <apr_strings.h>

#include "mtls/cert/der.h"
#include "mtls/cert/identity.h"
#include "utf8.h"

static const mtls_bytes_t nothing = {NULL, 0};

static bool clean_ascii(mtls_bytes_t content)
{
    apr_size_t i;

    for (i = 0; i < content.len; i++) {
        if (content.data[i] < 0x20 || content.data[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

static bool clean_utf8(mtls_bytes_t content)
{
    while (content.len != 0) {
        uint32_t character;
        apr_size_t size = mtls_utf8_next(&character, content);

        if (size == 0 || mtls_utf8_is_control(character)) {
            return false;
        }
        content.data += size;
        content.len -= size;
    }
    return true;
}

static mtls_bytes_t copied(mtls_bytes_t content, apr_pool_t *pool)
{
    mtls_bytes_t text;

    text.data =
        (const unsigned char *)apr_pstrmemdup(pool, (const char *)content.data, content.len);
    text.len = content.len;
    return text;
}

static uint32_t wide_character(const unsigned char *at, apr_size_t width)
{
    uint32_t value = 0;
    apr_size_t i;

    for (i = 0; i < width; i++) {
        value = (value << 8) | at[i];
    }
    return value;
}

/* BMPString and UniversalString: fixed width, big-endian. */
static mtls_bytes_t from_wide(mtls_bytes_t content, apr_size_t width, apr_pool_t *pool)
{
    mtls_bytes_t text;
    unsigned char *out;
    apr_size_t len = 0;
    apr_size_t i;

    if (content.len % width != 0 || content.len / width > MTLS_IDENTITY_MAX_TEXT) {
        return nothing;
    }
    for (i = 0; i < content.len; i += width) {
        uint32_t character = wide_character(content.data + i, width);
        apr_size_t size = mtls_utf8_size(character);

        if (size == 0 || mtls_utf8_is_control(character)) {
            return nothing;
        }
        len += size;
    }
    if (len > MTLS_IDENTITY_MAX_TEXT) {
        return nothing;
    }
    text.data = out = apr_palloc(pool, len + 1);
    text.len = len;
    for (i = 0; i < content.len; i += width) {
        out += mtls_utf8_put(out, wide_character(content.data + i, width));
    }
    *out = '\0';
    return text;
}

mtls_bytes_t mtls_string_read(unsigned char tag, mtls_bytes_t content, apr_pool_t *pool)
{
    if (content.len == 0) {
        return nothing;
    }
    if (tag == MTLS_DER_BMP || tag == MTLS_DER_UNIVERSAL) {
        return from_wide(content, tag == MTLS_DER_BMP ? 2 : 4, pool);
    }
    if (content.len > MTLS_IDENTITY_MAX_TEXT) {
        return nothing;
    }
    switch (tag) {
    case MTLS_DER_UTF8:
        return clean_utf8(content) ? copied(content, pool) : nothing;
    case MTLS_DER_PRINTABLE:
    case MTLS_DER_IA5:
    case MTLS_DER_NUMERIC:
    case MTLS_DER_VISIBLE:
    case MTLS_DER_T61:
        return clean_ascii(content) ? copied(content, pool) : nothing;
    default: /* an octet, not an enum: every other type is not text */
        return nothing;
    }
}
