/*
 * mtls/policy/require.h - the arguments of our Require providers, parsed once and then evaluated.
 *
 * The answer has three values.  httpd turns "granted" round in "Require not" and <RequireNone>, so
 * that a plain "no" for what cannot be known would let in whoever the line was to keep out.  UNKNOWN
 * must deny on both sides of a "not": never AUTHZ_DENIED where the line is negated.
 *
 * UNKNOWN is a certificate that is good but has a field that cannot be read or compared, a proof
 * from the future, groups and attributes that nobody could look up, and whatever stands in the way
 * after the certificate was found good (a user that is denied or ambiguous, a fault of ours).
 *
 * May include: APR, mtls/cert plain headers, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_REQUIRE_H
#define MTLS_POLICY_REQUIRE_H

#include <apr_pools.h>
#include <apr_time.h>

#include "mtls/policy/pattern.h"
#include "mtls/policy/vars.h"

/** One parsed Require line; opaque, owned by the configuration. */
typedef struct mtls_require_t mtls_require_t;

/** The providers. */
typedef enum {
    MTLS_REQUIRE_VALID = 0,   /**< Require mtls-valid */
    MTLS_REQUIRE_TRUST,       /**< Require mtls-trust PROFILE... */
    MTLS_REQUIRE_PROOF,       /**< Require mtls-proof [METHOD...] [max-age=DURATION]; not neither */
    MTLS_REQUIRE_FINGERPRINT, /**< Require mtls-fingerprint sha256:HEX | spki-sha256:HEX|BASE64 ... */
    MTLS_REQUIRE_GROUP,       /**< Require mtls-group NAME...: in any of them */
    MTLS_REQUIRE_ISSUER,      /**< Require mtls-issuer [under] "NAME"... */
    MTLS_REQUIRE_SUBJECT,     /**< Require mtls-subject [under] "NAME"... */
    MTLS_REQUIRE_SAN,         /**< Require mtls-san TYPE [any-case] [is|like|matches|under]
                                   PATTERN... */
    MTLS_REQUIRE_EKU,         /**< Require mtls-eku OID...: any of them */
    MTLS_REQUIRE_POLICY,      /**< Require mtls-policy OID...: any of them */
    MTLS_REQUIRE_ATTR,        /**< Require mtls-attr NAME VALUE...: any of the values */
    MTLS_REQUIRE_KINDS        /* count */
} mtls_require_kind_t;

/** @return "mtls-valid", ...; static storage. */
const char *mtls_require_word(mtls_require_kind_t kind);

/**
 * Parse the text after the provider's name.
 *
 * @param out   NULL on failure
 * @param args  words separated by white space; double quotes around a word keep it together, and
 *              keep "is", "like", "matches", "under" and "any-case" from having a meaning; never NULL
 * @return NULL, or "Require mtls-proof: unknown method 'pha'; use handshake, ..." from @a pool
 */
const char *mtls_require_parse(const mtls_require_t **out, mtls_require_kind_t kind,
                               const char *args, apr_pool_t *pool);

/** @return names a mtls-trust line refers to (const char *), to be checked against the profiles;
 * empty for the others. */
const apr_array_header_t *mtls_require_profiles(const mtls_require_t *require);

/**
 * @param now  wall clock, for max-age
 * @return YES: the line is satisfied; NO: it is not; UNKNOWN: see the file comment.  YES is never
 *         answered without a good verdict.
 * Thread: any, with a pool of its own.
 */
mtls_match_t mtls_require_check(const mtls_require_t *require, const mtls_told_t *told,
                                apr_time_t now, apr_pool_t *pool);

/**
 * Why a request is refused for which the answer was not YES: what is against its certificate or its
 * user when something is, otherwise NOT_IN_GROUP for mtls-group and NOT_AUTHORIZED for the others.
 * UNDECIDED where no certificate was asked for.  Never GOOD.
 */
mtls_reason_t mtls_require_reason(const mtls_require_t *require, const mtls_told_t *told);

#endif /* MTLS_POLICY_REQUIRE_H */
