/*
 * mod_mtls/policy/field_value.h - single values of fields, in and out of text.
 *
 * May include: APR, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_FIELD_VALUE_H
#define MTLS_FIELD_VALUE_H

#include <stdint.h>

#include "mtls/policy/field.h"

/** As mtls_field_literal(), with the name of values that have one.
 * @param out  untouched on failure; text empty */
const char *mtls_field_literal_value(mtls_field_value_t *out, const mtls_field_t *field,
                                     const char *text, apr_pool_t *pool);

/**
 * @param value  key and name; its text is not looked at
 * @return the one canonical notation of the value, which mtls_field_literal() takes back to the
 * same key; NUL-terminated, borrowed from the key or from @a pool
 */
mtls_bytes_t mtls_field_write(const mtls_field_t *field, const mtls_field_value_t *value,
                              apr_pool_t *pool);

/** @return RFC 4514 string, the same for all names that are equal. */
const char *mtls_field_write_name(const mtls_name_t *name, apr_pool_t *pool);

/**
 * Key of a serial number: its magnitude, after one 00 when it is negative.
 * @param magnitude  as mtls_identity_t has it: no leading zero, but zero is one 00
 */
mtls_bytes_t mtls_field_serial_key(mtls_bytes_t magnitude, bool negative, apr_pool_t *pool);

/** @return "0x0ABC" or "-0x0ABC". */
const char *mtls_field_write_serial(mtls_bytes_t serial_key, apr_pool_t *pool);

/** Length of the serial in front of both. */
mtls_bytes_t mtls_field_serial_issuer_key(mtls_bytes_t serial_key, const mtls_name_t *issuer,
                                          apr_pool_t *pool);

/** @return the serial number's key in the above, borrowed. */
mtls_bytes_t mtls_field_serial_of(mtls_bytes_t serial_issuer_key);

/** @return type-id and "=" before the octets; borrowed when there is no type-id. */
mtls_bytes_t mtls_field_der_key(const char *oid, mtls_bytes_t der, apr_pool_t *pool);

/** @return local part as it is, "@", domain in lower case (ASCII); NUL-terminated when a copy was
 * needed, otherwise @a text.
 * @param domain  the part of @a text that mtls_mailbox_split() found */
mtls_bytes_t mtls_field_mailbox_key(mtls_bytes_t text, mtls_bytes_t domain, apr_pool_t *pool);

/** @return the octets with ASCII letters in lower case, NUL-terminated when a copy was needed;
 * borrowed when nothing was to change. */
mtls_bytes_t mtls_field_lower(mtls_bytes_t octets, apr_pool_t *pool);

/** @return octets of a C string without its NUL. */
mtls_bytes_t mtls_field_octets(const char *string);

#endif /* MTLS_FIELD_VALUE_H */
