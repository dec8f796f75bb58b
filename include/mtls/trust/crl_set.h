/*
 * mtls/trust/crl_set.h - all CRLs of a trust profile, loaded and checked.
 *
 * Every list must be signed by a certificate the profile knows: an anchor, an intermediate
 * (MTLSIntermediateFile) or a signer of CRLs (MTLSCRLSignerFile).  That is found out when it is
 * loaded, once, off the request path; what cannot be used is refused, never left out silently:
 *
 *   configured files   a list that cannot be read, or is signed by nobody known or wrongly, is a
 *                      fault, and the profile is not loaded
 *   fetched lists      (state directory) the same is worth a warning, and the list is left out.  Only
 *                      what was found good is stored there, so this is a disk in trouble or somebody
 *                      in the directory; it does not stop reloads.  A directory that cannot be
 *                      listed, or a file that cannot be opened, is a fault: descriptors may be used
 *                      up, and nobody has become less revoked by that
 *
 * Of two editions of the same list in one set the newer one is used, with a warning about the other
 * one unless that was fetched.  Two that are equally old and differ are refused.  What is left must not
 * be older than the edition in use (rollback, F-13), else it is refused as above; a restart knows no
 * edition in use.
 *
 * A delta needs a complete list of the same issuer, key and scope in the set: alone it could never be
 * used, and is refused as above.  One that adds to a newer list than there is revokes only, which is worth
 * a warning; all of it is used when that list comes.
 *
 * May include: OpenSSL, APR, mtls/cert, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_CRL_SET_H
#define MTLS_TRUST_CRL_SET_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <openssl/x509.h>

#include "mtls/trust/crl.h"
#include "mtls/trust/fault.h"
#include "mtls/trust/files.h"
#include "mtls/trust/revocation_spec.h"

/** Opaque, immutable; owned by its pool. */
typedef struct mtls_crl_set_t mtls_crl_set_t;

/** Largest CRL file that is read, in octets (F-15). */
#define MTLS_CRL_MAX_FILE (256 * 1024 * 1024)

/** What a set is loaded with. */
typedef struct {
    const mtls_crl_spec_t *spec;
    const char *profile;                     /**< name, for faults */
    const STACK_OF(X509) *anchors;
    const STACK_OF(X509) *intermediates;
    const char *fetched_dir;                 /**< lists fetched for this profile; NULL: none.  A
                                                  missing directory is an empty one */
    const mtls_crl_set_t *before;            /**< the set this one replaces; NULL: none */
} mtls_crl_set_source_t;

/**
 * @param out    NULL on failure.  On success the set; @a source may go
 * @param files  every file and directory is noted before it is read
 * @return APR_SUCCESS, or APR_EGENERAL or APR_ENOMEM with faults; all of them are told
 */
apr_status_t mtls_crl_set_load(const mtls_crl_set_t **out, const mtls_crl_set_source_t *source,
                               mtls_files_t *files, mtls_faults_t *faults, apr_pool_t *pool,
                               apr_pool_t *scratch);

/** @return number of lists. */
int mtls_crl_set_count(const mtls_crl_set_t *set);

/** @return list @a i, borrowed. */
const mtls_crl_t *mtls_crl_set_get(const mtls_crl_set_t *set, int i);

/** @return signers of CRLs that are no CAs, as untrusted certificates for path building; borrowed,
 * never NULL. */
const STACK_OF(X509) *mtls_crl_set_signers(const mtls_crl_set_t *set);

/** @return number of entries of all lists; octets of memory they take. */
apr_size_t mtls_crl_set_entries(const mtls_crl_set_t *set);
apr_size_t mtls_crl_set_octets(const mtls_crl_set_t *set);

/** @return earliest nextUpdate of all lists, 0 when there is none. */
apr_time_t mtls_crl_set_next_update(const mtls_crl_set_t *set);

/** @return SHA-256 over all lists in an order of their own, and over the signers, borrowed. */
const unsigned char *mtls_crl_set_digest(const mtls_crl_set_t *set);

/** Warn of what will refuse people: CAs of the profile without a list (T-R15, naming the CA), lists
 * that have expired or will soon: within a quarter of their time, a day at most (F-10, naming file and
 * nextUpdate). */
void mtls_crl_set_warn(const mtls_crl_set_t *set, const mtls_crl_set_source_t *source,
                       apr_time_t now, mtls_faults_t *faults, apr_pool_t *scratch);

/** The same of what time alone brings about while the set is in use: lists whose end has come near, that
 * have expired, or whose grace is over, after @a since and not after @a now.  Thread: any. */
void mtls_crl_set_warn_since(const mtls_crl_set_t *set, apr_interval_time_t grace, apr_time_t since,
                             apr_time_t now, mtls_faults_t *faults, apr_pool_t *scratch);

#endif /* MTLS_TRUST_CRL_SET_H */
