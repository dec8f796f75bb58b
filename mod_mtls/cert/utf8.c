/*
 * mod_mtls/cert/utf8.c - characters in and out of UTF-8, strictly (RFC 3629).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "utf8.h"

apr_size_t mtls_utf8_size(uint32_t character)
{
    if (character < 0x80) {
        return 1;
    }
    if (character < 0x800) {
        return 2;
    }
    if (character < 0x10000) {
        return character >= 0xd800 && character <= 0xdfff ? 0 : 3;
    }
    return character <= 0x10ffff ? 4 : 0;
}

apr_size_t mtls_utf8_put(unsigned char *out, uint32_t character)
{
    static const unsigned char lead[MTLS_UTF8_MAX + 1] = {0, 0, 0xc0, 0xe0, 0xf0};
    apr_size_t size = mtls_utf8_size(character);
    apr_size_t i;

    for (i = size; i > 1; i--) {
        out[i - 1] = (unsigned char)(0x80 | (character & 0x3f));
        character >>= 6;
    }
    out[0] = (unsigned char)(lead[size] | character);
    return size;
}

/* How many octets the first one announces. */
static apr_size_t announced(unsigned char first)
{
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        return 2;
    }
    if (first >= 0xe0 && first <= 0xef) {
        return 3;
    }
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

apr_size_t mtls_utf8_next(uint32_t *character, mtls_bytes_t text)
{
    static const unsigned char mask[MTLS_UTF8_MAX + 1] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    apr_size_t size = text.len == 0 ? 0 : announced(text.data[0]);
    apr_size_t i;
    uint32_t value;

    if (size == 0 || size > text.len) {
        return 0;
    }
    value = text.data[0] & mask[size];
    for (i = 1; i < size; i++) {
        if ((text.data[i] & 0xc0) != 0x80) {
            return 0;
        }
        value = (value << 6) | (text.data[i] & 0x3f);
    }
    *character = value;
    /* Overlong forms, surrogates and too large values differ in size from the right form. */
    return mtls_utf8_size(value) == size ? size : 0;
}
