/*
 * mtls/trust/bundle.h - certificates read from files and directories, all or none.
 *
 * May include: OpenSSL, APR, mtls/cert, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_BUNDLE_H
#define MTLS_TRUST_BUNDLE_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

#include "mtls/trust/fault.h"
#include "mtls/trust/files.h"
#include "mtls/trust/profile_spec.h"

/** What the certificates of a bundle must be. */
typedef enum {
    MTLS_BUNDLE_ANY = 0, /**< any certificate: only its names are used */
    MTLS_BUNDLE_CA,      /**< basicConstraints cA, and a key that is not too large to verify with */
    MTLS_BUNDLE_CRL_SIGNER /**< keyUsage, if any, has cRLSign; and such a key */
} mtls_bundle_kind_t;

/** A growing set of distinct certificates. */
typedef struct {
    const char *directive; /**< named in faults */
    mtls_bundle_kind_t kind;
    mtls_files_t *files;    /**< noted before they are read; NULL: nowhere */
    STACK_OF(X509) * certs; /**< owned by the pool given to mtls_bundle_make() */
    int read;               /**< files, so far */
} mtls_bundle_t;

/** @return an empty bundle; NULL when memory is out.  A cleanup on @a pool frees its certificates.
 */
mtls_bundle_t *mtls_bundle_make(const char *directive, mtls_bundle_kind_t kind, mtls_files_t *files,
                                apr_pool_t *pool);

/**
 * Add the certificates of a file: PEM, or one certificate in DER.
 *
 * @return APR_SUCCESS, or APR_EGENERAL with faults; the bundle may then hold a part
 */
apr_status_t mtls_bundle_load_file(mtls_bundle_t *bundle, const mtls_sourced_t *path,
                                   mtls_faults_t *faults, apr_pool_t *scratch);

/** Add the certificates of every file in a directory, see mtls/trust/profile.h.  Results as above.
 */
apr_status_t mtls_bundle_load_dir(mtls_bundle_t *bundle, const mtls_sourced_t *path,
                                  mtls_faults_t *faults, apr_pool_t *scratch);

/** @return RFC 4514 text of a certificate's subject, bounded, from @a pool; never NULL. */
const char *mtls_bundle_subject(X509 *cert, apr_pool_t *pool);

#endif /* MTLS_TRUST_BUNDLE_H */
