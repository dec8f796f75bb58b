/*
 * mtls/trust/profile.h - a loaded trust profile: anchors, pins and path policy, ready to judge.
 *
 * A profile is loaded once, however many locations and hosts name it, and is immutable afterwards:
 * any thread may judge with it.  When its files change, another one takes its place.
 *
 * What the words mean
 *   CA         every certificate of MTLSCACertificateFile/Path is a trust anchor.  With
 *              MTLSPartialChain off only the self-signed ones end a path.
 *   pins       when a profile has pins, the leaf must match one.  With CAs it must chain to one
 *              of them as well; without CAs the pin alone is the trust, also for a self-signed
 *              certificate.  A pinned certificate never becomes an issuer of others.
 *   depth      MTLSVerifyDepth N: at most N steps from the leaf to the anchor, as SSLVerifyDepth;
 *              0 admits only certificates that are their own anchor (pins).
 *
 * May include: OpenSSL, APR, mtls/cert, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_PROFILE_H
#define MTLS_TRUST_PROFILE_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <openssl/x509.h>

#include "mtls/trust/fault.h"
#include "mtls/trust/files.h"
#include "mtls/trust/profile_spec.h"

/** Opaque; owned by its generation's pool. */
typedef struct mtls_profile_t mtls_profile_t;

/** What was loaded, for the log. */
typedef struct {
    int anchors;       /**< distinct CA certificates */
    int intermediates; /**< distinct intermediate certificates */
    int pins;          /**< distinct pins */
    int ca_names;      /**< names sent to clients */
    int ca_files;      /**< files read, those found in directories included */
    int crls;
    apr_size_t crl_entries;
    apr_size_t crl_octets;      /**< of memory that the entries take */
    apr_time_t crl_next_update; /**< the earliest; 0: there is no CRL */
} mtls_profile_counts_t;

/**
 * Load every file a spec names.
 *
 * Refused, each with its own fault at the place of the directive: a file or directory that is
 * missing, unreadable, a wrong type, writable by everyone, without a certificate, with anything but
 * whole PEM or DER certificates (a private key, garbage between blocks, a truncated block), with a
 * certificate that is not a CA where CAs are named; a pin that is not one; an OID that is not one;
 * a profile with neither CA nor pin.  Worth a warning: an expired CA, the same certificate twice,
 * CA names of more than 16 KiB together.  Directories: every regular file or link to one whose name
 * does not begin with a dot and ends in .pem .crt .cer .der or .0 to .9, each file once however
 * many links lead to it; a link that leads to no regular file is left out with a warning.
 *
 * @param out     the profile; NULL unless every part loaded
 * @param before  the profile this one would replace, whose CRLs must not be newer; NULL: none
 * @param files   every file and directory is noted before it is read; may be NULL
 * @param faults  receives all problems, not only the first
 * @param pool    lifetime of the profile; cleanups free its OpenSSL objects
 * @param scratch temporary
 * @return APR_SUCCESS or APR_EGENERAL (details in @a faults)
 * Thread: the caller's alone.
 */
apr_status_t mtls_profile_load(const mtls_profile_t **out, const mtls_profile_spec_t *spec,
                               const mtls_profile_t *before, mtls_files_t *files,
                               mtls_faults_t *faults, apr_pool_t *pool, apr_pool_t *scratch);

/** @return the profile's name, borrowed. */
const char *mtls_profile_name(const mtls_profile_t *profile);

/** @return where CRLs fetched for it are kept, borrowed from the configuration; NULL: nowhere. */
const char *mtls_profile_fetched_dir(const mtls_profile_t *profile);

/** @return SHA-256 of everything that can change a verdict, MTLS_SHA256_LEN octets, borrowed. */
const unsigned char *mtls_profile_digest(const mtls_profile_t *profile);

/** @return the same of everything but the CRLs: it does not change when a CRL does, and servers with the
 * same configuration and files have the same. */
const unsigned char *mtls_profile_rules(const mtls_profile_t *profile);

/** @return what was loaded, borrowed. */
const mtls_profile_counts_t *mtls_profile_counts(const mtls_profile_t *profile);

/** Warn of CRLs that time has brought nearer to their end while the profile is in use, see
 * mtls_crl_set_warn_since() (F-10).  Thread: any. */
void mtls_profile_warn_since(const mtls_profile_t *profile, apr_time_t since, apr_time_t now,
                             mtls_faults_t *faults, apr_pool_t *scratch);

/** @return names to send to clients, borrowed, possibly empty, never NULL. */
const STACK_OF(X509_NAME) * mtls_profile_ca_names(const mtls_profile_t *profile);

/** @return SHA-256 of those names, borrowed. */
const unsigned char *mtls_profile_names_digest(const mtls_profile_t *profile);

/**
 * @return RFC 4514 texts of the anchors' subjects for people (const char *), at most 32, borrowed;
 * for a profile with pins only: empty.
 */
const apr_array_header_t *mtls_profile_issuers(const mtls_profile_t *profile);

#endif /* MTLS_TRUST_PROFILE_H */
