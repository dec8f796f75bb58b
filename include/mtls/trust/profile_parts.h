/*
 * mtls/trust/profile_parts.h - what a loaded profile consists of, for trust/ alone.
 *
 * Everything here is in effect: defaults are applied, texts are resolved.  Immutable after
 * mtls_profile_load().
 *
 * May include: OpenSSL, APR, mtls/cert, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_PROFILE_PARTS_H
#define MTLS_TRUST_PROFILE_PARTS_H

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/crl_set.h"
#include "mtls/trust/ocsp_spec.h"
#include "mtls/trust/pins.h"
#include "mtls/trust/profile.h"

/** How strong keys and signatures must be. */
typedef struct {
    int min_rsa_bits;
    int min_ec_bits;
    int min_digest_bits;
} mtls_strength_t;

/** What a certificate must be meant for. */
typedef struct {
    STACK_OF(ASN1_OBJECT) * ekus; /**< one of these; empty only when any */
    bool any;                     /**< extended key usage is not looked at */
    bool strict;                  /**< a leaf without the extension is refused */
    bool client_auth_only;        /**< ekus is exactly clientAuth: OpenSSL's cached bits suffice */
} mtls_purpose_t;

struct mtls_profile_t {
    const char *name;
    STACK_OF(X509) * anchors;
    STACK_OF(X509) * intermediates;
    const mtls_pins_t *pins;
    X509_STORE *store;         /**< the anchors and nothing else; no lookup ever reads a file */
    X509_VERIFY_PARAM *params; /**< everything but the time */
    STACK_OF(ASN1_OBJECT) * policies; /**< empty: any */
    STACK_OF(X509_NAME) * ca_names;
    unsigned char names_digest[MTLS_SHA256_LEN];
    apr_array_header_t *issuers;
    mtls_purpose_t purpose;
    mtls_strength_t strength;
    int depth; /**< most steps from leaf to anchor */
    apr_interval_time_t max_lifetime;
    const mtls_crl_set_t *crls; /**< NULL: none are looked at */
    mtls_reach_t crl_reach;     /**< resolved: NONE, LEAF or CHAIN */
    mtls_lack_t crl_lack;       /**< resolved: when a CRL is missing */
    apr_interval_time_t crl_grace;
    mtls_ocsp_rules_t ocsp;
    mtls_revocation_order_t order;   /**< resolved */
    const mtls_profile_spec_t *spec; /**< what it was made from; the configuration's */
    mtls_profile_counts_t counts;
    unsigned char rules[MTLS_SHA256_LEN];  /**< of all that can change a verdict but the CRLs */
    unsigned char digest[MTLS_SHA256_LEN]; /**< of all that can */
};

/** @return true when pins are the only trust of the profile. */
static inline bool mtls_profile_is_pins_only(const mtls_profile_t *profile)
{
    return sk_X509_num(profile->anchors) == 0;
}

#endif /* MTLS_TRUST_PROFILE_PARTS_H */
