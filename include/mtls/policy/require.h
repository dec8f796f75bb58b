/*
 * mtls/policy/require.h - the arguments of our Require providers, parsed once and then evaluated.
 *
 * May include: APR, mtls/cert plain headers, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_REQUIRE_H
#define MTLS_POLICY_REQUIRE_H

#include <apr_pools.h>
#include <stdbool.h>

#include "mtls/policy/vars.h"

/** One parsed Require line; opaque, owned by the configuration. */
typedef struct mtls_require_t mtls_require_t;

/** The providers. */
typedef enum {
    MTLS_REQUIRE_VALID = 0,   /**< Require mtls-valid */
    MTLS_REQUIRE_TRUST,       /**< Require mtls-trust PROFILE... */
    MTLS_REQUIRE_PROOF,       /**< Require mtls-proof METHOD... */
    MTLS_REQUIRE_FINGERPRINT, /**< Require mtls-fingerprint sha256:HEX | spki-sha256:HEX|BASE64 ... */
    MTLS_REQUIRE_KINDS        /* count */
} mtls_require_kind_t;

/** @return "mtls-valid", ...; static storage. */
const char *mtls_require_word(mtls_require_kind_t kind);

/**
 * Parse the text after the provider's name.
 *
 * @param out   NULL on failure
 * @param args  words separated by white space; double quotes around a word keep it together; never NULL
 * @return NULL, or "Require mtls-proof: unknown method 'pha'; use handshake, ..." from @a pool
 */
const char *mtls_require_parse(const mtls_require_t **out, mtls_require_kind_t kind,
                               const char *args, apr_pool_t *pool);

/** @return names a mtls-trust line refers to (const char *), to be checked against the profiles;
 * empty for the others. */
const apr_array_header_t *mtls_require_profiles(const mtls_require_t *require);

/** @return whether the line is satisfied; false for anything but a good verdict. */
bool mtls_require_check(const mtls_require_t *require, const mtls_told_t *told);

#endif /* MTLS_POLICY_REQUIRE_H */
