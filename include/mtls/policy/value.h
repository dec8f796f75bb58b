/*
 * mtls/policy/value.h - the kinds of value a directive can have: one parser each.
 *
 * Every parser takes the whole of its text or refuses it, and on refusal says what was found and
 * what would be right, without the name of the directive ("unknown method 'pka'; use ..."); its
 * out-parameter is then unchanged.  Numbers that do not fit are out of range, never wrapped.
 *
 * May include: APR, mtls/cert and mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_VALUE_H
#define MTLS_POLICY_VALUE_H

#include <apr_pools.h>
#include <apr_time.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/profile_spec.h"

/** A word and what it means; a table of them ends with a NULL word. */
typedef struct {
    const char *word;
    int value;
} mtls_word_t;

/** Longest OID accepted, in characters. */
#define MTLS_VALUE_MAX_OID 128

/** A digest that names one certificate or one public key. */
typedef struct {
    bool spki; /**< of the SubjectPublicKeyInfo; otherwise of the certificate */
    unsigned char digest[MTLS_SHA256_LEN];
} mtls_pin_t;

/** @return @a text in single quotes, cut after 64 characters, control characters as "?". */
const char *mtls_value_quote(const char *text, apr_pool_t *pool);

/** @return the words as "a, b or c". */
const char *mtls_value_words(const mtls_word_t *words, apr_pool_t *pool);

/** @return the word of @a value, NULL when the table has none; static storage. */
const char *mtls_value_word(const mtls_word_t *words, int value);

/** @param noun  what the words are, for the fault: "method" */
const char *mtls_value_parse_word(int *out, const char *text, const mtls_word_t *words,
                                  const char *noun, apr_pool_t *pool);

/** On or off in any case, as httpd's own switches. */
const char *mtls_value_parse_switch(mtls_switch_t *out, const char *text, apr_pool_t *pool);

/** Plain decimal number. */
const char *mtls_value_parse_int(int *out, const char *text, int min, int max, apr_pool_t *pool);

/** Octets: a number, alone or followed by K, M or G (powers of 1024). */
const char *mtls_value_parse_size(apr_size_t *out, const char *text, apr_size_t min, apr_size_t max,
                                  apr_pool_t *pool);

/** A number followed by ms, s, m, h or d; alone it means seconds. */
const char *mtls_value_parse_duration(apr_interval_time_t *out, const char *text,
                                      apr_interval_time_t min, apr_interval_time_t max,
                                      apr_pool_t *pool);

/** @return text that mtls_value_parse_size() reads back to @a size. */
const char *mtls_value_write_size(apr_size_t size, apr_pool_t *pool);

/** @return text that mtls_value_parse_duration() reads back, when @a duration is whole
 * milliseconds. */
const char *mtls_value_write_duration(apr_interval_time_t duration, apr_pool_t *pool);

/**
 * Dotted decimal, or one of the names clientAuth, serverAuth, emailProtection, smartcardLogon.
 * @param out  dotted decimal, from @a pool or static
 */
const char *mtls_value_parse_oid(const char **out, const char *text, apr_pool_t *pool);

/**
 * "sha256:" with 64 hex digits, of any case and with colons between pairs where one likes;
 * "spki-sha256:" with the same, or with padded base64 (RFC 4648 section 4) as curl and browsers
 * write it.
 */
const char *mtls_value_parse_pin(mtls_pin_t *out, const char *text, apr_pool_t *pool);

/** @return the one canonical text of a pin: its kind, a colon, 64 lower-case hex digits. */
const char *mtls_value_write_pin(const mtls_pin_t *pin, apr_pool_t *pool);

/** Longest URL accepted, in characters. */
#define MTLS_VALUE_MAX_URL 2048

/**
 * Absolute URL of http or https: "http://" or "https://" in lower case, a host name or an IP address
 * (IPv6 in brackets), a port where one is needed; no user information, no fragment, printable ASCII
 * without backslashes.
 * @param out  as it was written, from @a pool
 */
const char *mtls_value_parse_url(const char **out, const char *text, apr_pool_t *pool);

/**
 * A host without a port: a DNS name; "*." and a DNS name, which stands for every name below that one
 * but not for it; or an IP address, IPv6 with or without brackets.
 * @param out  the one text of it, from @a pool: names in lower case without a dot at the end,
 *             addresses as inet_ntop() writes them, without brackets
 */
const char *mtls_value_parse_host(const char **out, const char *text, apr_pool_t *pool);

/** @return what follows "key=" in @a text, or NULL when it does not begin so. */
const char *mtls_value_after_key(const char *text, const char *key);

#endif /* MTLS_POLICY_VALUE_H */
