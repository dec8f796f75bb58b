/*
 * mtls/trust/path_revocation.h - whether any certificate of a verified path is revoked, as its
 * profile wants to know it.
 *
 * May include: OpenSSL, APR, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_PATH_REVOCATION_H
#define MTLS_TRUST_PATH_REVOCATION_H

#include <apr_time.h>
#include <openssl/x509.h>

#include "mtls/trust/crl_check.h"
#include "mtls/trust/profile.h"
#include "mtls/trust/verify_means.h"

/** The answer; the earliest certificate, from the leaf, that something is wrong with decides. */
typedef struct {
    mtls_reason_t reason; /**< GOOD, or why not */
    int at;               /**< which certificate, 0 is the leaf */
    int x509_error;       /**< X509_V_OK when good */
    apr_time_t until;     /**< wall clock, 0: not limited by revocation */
    bool lenient;
    bool unasked; /**< a responder should have been asked, and means has none to do so */
} mtls_path_revocation_t;

/**
 * @param path   leaf first, anchor last; complete and verified
 * @param crls   what X509_verify_cert() found for it; NULL where the profile looks at no CRL
 * @param means  may be NULL
 * Thread: any; may wait for a responder as mtls_ocsp_status() does.
 */
mtls_path_revocation_t mtls_path_revocation_check(const mtls_profile_t *profile,
                                                  STACK_OF(X509) *path,
                                                  const mtls_crl_check_t *crls,
                                                  const mtls_verify_means_t *means, apr_time_t now);

#endif /* MTLS_TRUST_PATH_REVOCATION_H */
