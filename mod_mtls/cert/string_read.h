/*
 * mod_mtls/cert/string_read.h - ASN.1 character strings to clean UTF-8.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_STRING_READ_H
#define MTLS_CERT_STRING_READ_H

#include <apr_pools.h>

#include "mtls/cert/bytes.h"

/**
 * Convert, without normalising, the content of a primitive universal string type.
 *
 * UTF8String, PrintableString, IA5String, NumericString, VisibleString, BMPString (UCS-2:
 * surrogates are refused), UniversalString, and T61String as far as it is ASCII: beyond that
 * issuers do not agree what it means.
 *
 * @param tag  identifier octet; any other than the above gives an empty result
 * @return clean text, NUL-terminated at data[len], from @a pool; empty when the encoding is wrong,
 *         a control character is inside, or the text is longer than MTLS_IDENTITY_MAX_TEXT
 */
mtls_bytes_t mtls_string_read(unsigned char tag, mtls_bytes_t content, apr_pool_t *pool);

#endif /* MTLS_CERT_STRING_READ_H */
