/*
 * mtls/trust/seal.h - values for a store that nobody trusts: authentic, of one id, and of their time.
 *
 * A seal is no secret: whoever may read the store reads the data.  It says that a server with the key
 * wrote this data under this id, and until when it meant it, so that the store can lose
 * values and bring old ones back, and nothing else.  Layout: seal.c.
 *
 * Guarantees
 *   bound    any change of a sealed value, or another id, is noticed
 *   equal    the same value is sealed to the same octets by all servers with the same key
 *
 * May include: APR, mtls/cert plain headers, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_SEAL_H
#define MTLS_TRUST_SEAL_H

#include <apr_time.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/keys.h"

/** Octets that a seal adds. */
#define MTLS_SEAL_OVERHEAD 49

/** A value and what it is bound to. */
typedef struct {
    const unsigned char *id; /**< MTLS_SHA256_LEN octets */
    mtls_bytes_t data;       /**< may be empty */
    apr_time_t expires;      /**< wall clock; not before 1970 */
} mtls_sealed_t;

/** What a look at a sealed value found; zero is a refusal. */
typedef enum {
    MTLS_SEAL_REFUSED = 0, /**< not authentic, of another id, sealed with a key that is not known */
    MTLS_SEAL_EXPIRED,     /**< authentic, but its time is over */
    MTLS_SEAL_GOOD
} mtls_seal_end_t;

/**
 * Seal a value with the first key.
 * @param len  capacity of @a out, which must be value->data.len + MTLS_SEAL_OVERHEAD at least; then the
 *             length written, 0 on failure
 * @return false when there is no key, no room, or no memory
 * Thread: any.
 */
bool mtls_seal_write(unsigned char *out, apr_size_t *len, const mtls_keys_t *keys,
                     const mtls_sealed_t *value);

/**
 * Open what may be a sealed value.
 * @param value   id is the caller's; data, which points into @a sealed, and expires are filled when the
 *                end is GOOD, else zeroed
 * @param sealed  any octets
 * Thread: any.
 */
mtls_seal_end_t mtls_seal_read(mtls_sealed_t *value, const mtls_keys_t *keys, mtls_bytes_t sealed,
                               apr_time_t now);

#endif /* MTLS_TRUST_SEAL_H */
