/*
 * t/unit/trust_fixture.h - certificates of every kind, made when a test needs them.
 *
 * May include: OpenSSL, APR, mtls/cert, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef T_UNIT_TRUST_FIXTURE_H
#define T_UNIT_TRUST_FIXTURE_H

#include <apr_pools.h>
#include <openssl/x509.h>

#include "mtls/cert/chain.h"
#include "mtls/trust/profile.h"

/** Kinds of key; zero is the usual one. */
typedef enum {
    FIXTURE_P256 = 0,
    FIXTURE_P384,
    FIXTURE_P224,
    FIXTURE_P256_EXPLICIT,
    FIXTURE_ED25519,
    FIXTURE_ED448,
    FIXTURE_RSA1024,
    FIXTURE_RSA2048,
    FIXTURE_RSA8192_PLUS, /**< a made-up modulus: the key can be decoded, nothing can be signed */
    FIXTURE_DSA,
    FIXTURE_KEYS /* count */
} fixture_key_t;

/** A certificate and its key; freed by the pool it was made from. */
typedef struct {
    X509 *cert;
    EVP_PKEY *key;
} fixture_party_t;

#define FIXTURE_MAX_EXTENSIONS 8

/** How to make a certificate; zero is a proper client certificate or, with ca, a proper CA. */
typedef struct {
    const char *subject; /**< common name; NULL: "leaf" or "ca" */
    bool ca;
    fixture_key_t key;
    const fixture_party_t *same_key_as;
    const char *digest; /**< NULL: sha256 */
    const char *
        extensions[FIXTURE_MAX_EXTENSIONS]; /**< "name=value"; instead of the usual ones when any */
    bool bare;                              /**< no extensions at all */
    int from_days;                          /**< validity from now; both 0: -1 to 30 */
    int to_days;
    bool version1;
    long serial;           /**< 0: 1 */
    const char *not_after; /**< as ASN1_TIME_set_string(), unchecked */
} fixture_recipe_t;

/** The time everything is judged at: one reading of the clock for each program. */
apr_time_t fixture_now(void);

/** @param issuer  NULL: self-signed */
fixture_party_t fixture_make(const fixture_party_t *issuer, const fixture_recipe_t *recipe,
                             apr_pool_t *pool);

/** Spoil the last octet of the signature. */
fixture_party_t fixture_spoil(const fixture_party_t *party, apr_pool_t *pool);

/** @return a chain of @a count certificates, leaf first. */
const mtls_chain_t *fixture_chain(apr_pool_t *pool, int count, ...);

/** @return a new directory for this test, removed with the pool. */
const char *fixture_dir(apr_pool_t *pool);

/** Write octets to dir/name. @return the path. */
const char *fixture_write(const char *dir, const char *name, const void *data, size_t len,
                          apr_pool_t *pool);

/** @return the PEM of a certificate. */
const char *fixture_pem(X509 *cert, apr_pool_t *pool);

/** @return a spec with empty lists, named "staff", said at "test.conf" line 7. */
mtls_profile_spec_t *fixture_spec(apr_pool_t *pool);

/** Append one value to a list of a spec. */
void fixture_add(apr_array_header_t *list, const char *value);

/** Write @a cert to a file of its own and name that in @a list. */
void fixture_add_cert(apr_array_header_t *list, X509 *cert, apr_pool_t *pool);

/** Load; the test fails when that fails. */
const mtls_profile_t *fixture_profile(const mtls_profile_spec_t *spec, apr_pool_t *pool);

/** @return "sha256:..." or "spki-sha256:..." of a certificate. */
const char *fixture_pin(X509 *cert, bool spki, apr_pool_t *pool);

#endif /* T_UNIT_TRUST_FIXTURE_H */
