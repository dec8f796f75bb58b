/*
 * mtls/cert/text.h - certificate values as text for people.
 *
 * Printed names are for logs, pages and variables only; nothing is ever
 * matched on them (RFC 4514 output is not unique, and mod_ssl's oneline form
 * can be forged with a slash in a value).
 *
 * Guarantees
 *   one line     no control character is ever produced: they are escaped as \XX (RFC 4514
 *                section 2.4 allows any octet as a hex pair)
 *   bounded      the result never exceeds the stated number of octets; a cut ends in "..."
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_TEXT_H
#define MTLS_CERT_TEXT_H

#include <apr_pools.h>

#include "mtls/cert/identity.h"

/** Most octets mtls_san_write() gives. */
#define MTLS_TEXT_MAX_SAN MTLS_IDENTITY_MAX_TEXT

/**
 * RFC 4514 string of a name: RDNs in reverse order, "," between them, "+" inside a multi-valued
 * one, short names only from RFC 4514 section 3, everything else dotted OID and "#" hex of the DER.
 * An attribute without usable text is written as hex of its DER, and so is a whole name that is
 * not complete ("#30..."): half a name would be somebody else's.
 *
 * @param name  never NULL; an empty name gives ""
 * @param max   most octets of the result, without the NUL; at least 16
 * @return NUL-terminated text from @a pool, never NULL
 */
const char *mtls_name_write(const mtls_name_t *name, apr_size_t max, apr_pool_t *pool);

/** @return upper-case hex of @a bytes without separators, from @a pool ("" when empty). */
const char *mtls_hex_write(mtls_bytes_t bytes, apr_pool_t *pool);

/** @return serial as upper-case hex with an even number of digits, "-" in front when negative. */
const char *mtls_serial_write(const mtls_identity_t *identity, apr_pool_t *pool);

/** @return @a when in UTC as RFC 3339 "2026-11-21T10:00:00Z", from @a pool. */
const char *mtls_time_write(apr_time_t when, apr_pool_t *pool);

/**
 * Text of one alternative name for people: the text where there is one, the RFC 4514 name for
 * directoryName, "#" and hex of the raw octets otherwise, with "1.2.3=" and the like before it for
 * an otherName, whose value means nothing without its type; cut at MTLS_TEXT_MAX_SAN.
 */
const char *mtls_san_write(const mtls_san_t *san, apr_pool_t *pool);

/** @return stable lower-case word of a SAN type ("dns", "email", "upn", ...); static storage. */
const char *mtls_san_type_word(mtls_san_type_t type);

/** @return PEM of a certificate's DER: one "CERTIFICATE" block, LF line ends, from @a pool. */
const char *mtls_pem_write(mtls_bytes_t der, apr_pool_t *pool);

#endif /* MTLS_CERT_TEXT_H */
