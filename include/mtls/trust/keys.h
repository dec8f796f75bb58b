/*
 * mtls/trust/keys.h - secret keys that several servers share, for whatever they seal for each other.
 *
 * A set is ordered: the first key writes, all of them read.  So a key is replaced without a moment in
 * which one server cannot read what another wrote: add the new one at the end everywhere, then
 * move it to the front, then take the old one out.
 *
 * A key's id tells it from others and says nothing of its octets: it may be logged, and stands in what
 * the key has sealed.
 *
 * May include: APR, mtls/cert plain headers, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_KEYS_H
#define MTLS_TRUST_KEYS_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/fault.h"
#include "mtls/trust/named_file.h"

/** Most keys in a set. */
#define MTLS_KEYS_MAX 8
/** Octets of a key. */
#define MTLS_KEY_LEN 32
/** Octets of its id: the first of SHA-256 over a label and the key. */
#define MTLS_KEY_ID_LEN 8

/** One key. */
typedef struct {
    unsigned char id[MTLS_KEY_ID_LEN];
    unsigned char octets[MTLS_KEY_LEN];
} mtls_key_t;

/** A set; holds secrets, so that whoever makes one that lasts takes mtls_secret_alloc() for it, and
 * calls mtls_keys_wipe() for any other in the end. */
typedef struct {
    mtls_key_t list[MTLS_KEYS_MAX]; /**< the first one writes */
    int count;                      /**< 0: nothing can be written or read */
} mtls_keys_t;

/**
 * Read a key file: one key a line, as 64 hexadecimal digits or as standard base64 with its padding (RFC
 * 4648, section 4); blanks around it, empty lines, and from "#" to the end of a line do not
 * count.
 *
 * @param out   all keys of the text; wiped on failure
 * @param text  borrowed; any octets
 * @param file  where they come from, for faults
 * @return APR_SUCCESS, or APR_EGENERAL with faults by file and line: no key, more than MTLS_KEYS_MAX, one
 *         that is short, long, neither notation, all zero, or there twice.  No fault says what stands
 *         on the line
 */
apr_status_t mtls_keys_read(mtls_keys_t *out, mtls_bytes_t text, const mtls_named_file_t *file,
                            mtls_faults_t *faults);

/** Fill in key->id from key->octets.  @return false when memory is out */
bool mtls_key_identify(mtls_key_t *key);

/** One key nobody else has.  @return false when there is no randomness; @a out is then wiped */
bool mtls_keys_random(mtls_keys_t *out);

/** @return the key with that id, NULL when there is none, borrowed. */
const mtls_key_t *mtls_keys_find(const mtls_keys_t *keys, const unsigned char id[MTLS_KEY_ID_LEN]);

/** Overwrite all of it. */
void mtls_keys_wipe(mtls_keys_t *keys);

/** @return "2 keys, writing with 0123456789abcdef", from @a pool. */
const char *mtls_keys_describe(const mtls_keys_t *keys, apr_pool_t *pool);

#endif /* MTLS_TRUST_KEYS_H */
