/*
 * mod_mtls/cert/utf8.h - characters in and out of UTF-8, strictly (RFC 3629).
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_UTF8_H
#define MTLS_CERT_UTF8_H

#include <stdint.h>

#include "mtls/cert/bytes.h"

/** Most octets of one character. */
#define MTLS_UTF8_MAX 4

/** @return octets of the first character of @a text (1 to 4), or 0 when it is not valid UTF-8. */
apr_size_t mtls_utf8_next(uint32_t *character, mtls_bytes_t text);

/** @return octets @a character takes; 0 for surrogates and beyond U+10FFFF. */
apr_size_t mtls_utf8_size(uint32_t character);

/** Write @a character, for which mtls_utf8_size() is not 0.  @return octets written. */
apr_size_t mtls_utf8_put(unsigned char *out, uint32_t character);

/** @return true for C0, DEL and C1. */
static inline bool mtls_utf8_is_control(uint32_t character)
{
    return character < 0x20 || (character >= 0x7f && character < 0xa0);
}

#endif /* MTLS_CERT_UTF8_H */
