/*
 * mtls/trust/profile_spec.h - a trust profile as the administrator wrote it.
 *
 * Filled by policy/profile_settings while the configuration is read; nothing here has touched a
 * file or OpenSSL yet.  mtls/trust/profile.h turns it into something that can judge.
 *
 * May include: APR, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_PROFILE_SPEC_H
#define MTLS_TRUST_PROFILE_SPEC_H

#include <apr_tables.h>
#include <apr_time.h>
#include <stdbool.h>

#include "mtls/trust/origin.h"
#include "mtls/trust/revocation_spec.h"

/** Defaults, used by the profile where the spec says 0 or unset. */
#define MTLS_PROFILE_DEFAULT_DEPTH    5
#define MTLS_PROFILE_DEFAULT_RSA_BITS 2048
#define MTLS_PROFILE_DEFAULT_EC_BITS  256
/** RSA keys above this are refused whatever the configuration says (F-39: bounded CPU). */
#define MTLS_PROFILE_MAX_RSA_BITS 8192

/** Which CA names the server sends with its CertificateRequest. */
typedef enum {
    MTLS_CA_NAMES_UNSET = 0, /**< means ALL */
    MTLS_CA_NAMES_ALL,       /**< subjects of the profile's anchors */
    MTLS_CA_NAMES_NONE,      /**< none: the client chooses freely */
    MTLS_CA_NAMES_FILE       /**< subjects of the certificates in ca_names_file */
} mtls_ca_names_t;

/** All of <MTLSTrust name>.  Arrays hold mtls_sourced_t and are never NULL. */
typedef struct {
    const char *name; /**< [A-Za-z0-9._-]+ */
    mtls_origin_t at;
    apr_array_header_t *ca_files;           /**< MTLSCACertificateFile */
    apr_array_header_t *ca_dirs;            /**< MTLSCACertificatePath */
    apr_array_header_t *intermediate_files; /**< MTLSIntermediateFile */
    apr_array_header_t *pins;               /**< MTLSPin: "sha256:HEX" or "spki-sha256:HEX|BASE64" */
    apr_array_header_t *pin_files;          /**< MTLSPinFile: one pin a line, "#" comments */
    apr_array_header_t *ekus;               /**< MTLSExtendedKeyUsage: dotted OIDs; empty: clientAuth */
    apr_array_header_t *policies;           /**< MTLSCertificatePolicy: dotted OIDs; empty: any */
    mtls_switch_t eku_any;        /**< MTLSExtendedKeyUsage any: no EKU is asked for */
    mtls_switch_t eku_strict;     /**< ... strict: a certificate without EKU is refused */
    mtls_switch_t policy_no_mapping; /**< MTLSCertificatePolicy ... inhibit-mapping */
    mtls_switch_t policy_no_any;  /**< ... inhibit-any */
    mtls_switch_t partial_chain;  /**< MTLSPartialChain; unset is on: every named CA is an anchor */
    mtls_ca_names_t ca_names;     /**< MTLSCANames */
    mtls_sourced_t ca_names_file;
    int depth;                    /**< MTLSVerifyDepth + 1, so that 0 is unset; see profile.h */
    int min_rsa_bits;             /**< MTLSMinKeySize rsa=N; 0 unset */
    int min_ec_bits;              /**< MTLSMinKeySize ec=N; 0 unset */
    int min_digest_bits;          /**< MTLSMinDigest sha256|sha384|sha512: 256, 384, 512; 0 unset (256) */
    apr_interval_time_t max_lifetime; /**< MTLSMaxLifetime; 0: no limit */
    mtls_revocation_spec_t revocation;
    const char *fetched_dir; /**< where CRLs fetched for this profile are kept; NULL: nowhere */
} mtls_profile_spec_t;

#endif /* MTLS_TRUST_PROFILE_SPEC_H */
