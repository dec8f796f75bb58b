/*
 * mtls/trust/ocsp_spec.h - how a loaded profile asks responders; defaults are applied.
 *
 * May include: OpenSSL, APR, mtls/cert and mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_OCSP_SPEC_H
#define MTLS_TRUST_OCSP_SPEC_H

#include <apr_tables.h>
#include <openssl/x509.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/revocation_spec.h"

/** Immutable, part of its profile. */
typedef struct {
    mtls_reach_t reach;              /**< resolved: NONE, LEAF or CHAIN */
    mtls_lack_t lack;                /**< resolved */
    apr_interval_time_t grace;       /**< 0: none */
    const char *responder;           /**< NULL: none is configured */
    bool override;
    STACK_OF(X509) *pinned;          /**< responder certificates; never NULL, may be empty */
    mtls_nonce_t nonce;              /**< resolved */
    mtls_ocsp_method_t method;       /**< resolved */
    apr_interval_time_t timeout;
    apr_interval_time_t skew;
    apr_interval_time_t max_age;
    const apr_array_header_t *hosts; /**< mtls_sourced_t, MTLSFetchHosts; may be empty */
    unsigned char digest[MTLS_SHA256_LEN]; /**< of the profile's rules without its CRLs */
} mtls_ocsp_rules_t;

#endif /* MTLS_TRUST_OCSP_SPEC_H */
