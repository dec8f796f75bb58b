/*
 * mtls/trust/token.h - claims that travel through a browser: secret, authentic, of one purpose.
 *
 * AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits.  Version, purpose and the key's id are
 * authenticated with what is sealed, so that a token of one purpose is none of another.  Text form:
 * base64url without padding (RFC 4648, section 5).  Layout: token.c.
 *
 * A key with random nonces must not seal without end (SP 800-38D, section 8.3: 2^32 times).  A meter in
 * memory that processes share counts for each key by itself, so that old and new ones may seal with
 * different keys at a time; at the limit nothing is sealed with that key any more.  It counts what those
 * who share it seal, while it lives: not what other servers do, nor what was before.
 *
 * May include: APR, mtls/cert plain headers, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_TOKEN_H
#define MTLS_TRUST_TOKEN_H

#include <apr_pools.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/keys.h"

/** What a token is for; part of what is authenticated, so values never change. */
typedef enum {
    MTLS_TOKEN_START = 1,  /**< a step-up that somebody may begin */
    MTLS_TOKEN_STATE = 2,  /**< one that has begun, on its way to the endpoint */
    MTLS_TOKEN_CODE = 3,   /**< on its way back */
    MTLS_TOKEN_TICKET = 4, /**< in the cookie */
    MTLS_TOKEN_GRANT = 5   /**< for the one form that was on its way */
} mtls_token_purpose_t;

/** Octets that sealing adds before base64url: version, key id, nonce, tag. */
#define MTLS_TOKEN_OVERHEAD (1 + MTLS_KEY_ID_LEN + 12 + 16)
/** Longest claims, in octets. */
#define MTLS_TOKEN_MAX 4096
/** Most seals of one key: 2^32 less what may be under way when it is reached. */
#define MTLS_TOKEN_MAX_SEALS 0xfffff000u

/** Most keys that a meter counts for.  When others come, those go that are no longer among the caller's
 * keys: should one of them ever seal again, it begins anew. */
#define MTLS_TOKEN_METER_KEYS 64

/** How often each key has sealed; zeroed at first. */
typedef struct {
    _Atomic apr_uint64_t words[MTLS_TOKEN_METER_KEYS]; /**< the first octets of a key's id, and how often */
} mtls_token_meter_t;

/** How an attempt to open ended; zero is a refusal. */
typedef enum {
    MTLS_TOKEN_REFUSED = 0, /**< not one of ours, of another purpose, changed */
    MTLS_TOKEN_KEY_UNKNOWN, /**< sealed, it says, with a key that is not known here */
    MTLS_TOKEN_GOOD
} mtls_token_end_t;

/**
 * Seal with the first key.
 * @param meter   counts; never NULL
 * @return text from @a pool; NULL when there is no key, the claims are empty or too long, the meter is at
 *         its limit, or OpenSSL fails
 * Thread: any.
 */
const char *mtls_token_seal(const mtls_keys_t *keys, mtls_token_meter_t *meter,
                            mtls_token_purpose_t purpose, mtls_bytes_t claims, apr_pool_t *pool);

/** @return whether the first key has reached its limit, so that nothing is sealed any more.  Thread: any. */
bool mtls_token_is_spent(const mtls_keys_t *keys, const mtls_token_meter_t *meter);

/**
 * Open what may be a token.
 * @param claims  from @a pool when the end is GOOD, else empty
 * @param text    any text; only the one form that mtls_token_seal() writes is taken: no padding, no blanks,
 *                no stray bits in the last character
 * Thread: any.
 */
mtls_token_end_t mtls_token_open(mtls_bytes_t *claims, const mtls_keys_t *keys,
                                 mtls_token_purpose_t purpose, const char *text, apr_pool_t *pool);

#endif /* MTLS_TRUST_TOKEN_H */
