/*
 * mtls/trust/verify_means.h - whom a verification may ask.
 *
 * May include: OpenSSL, APR, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_VERIFY_MEANS_H
#define MTLS_TRUST_VERIFY_MEANS_H

#include <openssl/x509.h>

#include "mtls/trust/ocsp.h"
#include "mtls/trust/profile.h"

/** Lives as long as verifications that use it. */
typedef struct {
    mtls_ocsp_t *ocsp; /**< NULL: no responder is asked, and what depends on one is left unasked */
    /**
     * Told of a certificate of a verified path that the profile has no usable CRL for; NULL: nobody is.
     * Both are borrowed for the call.  Thread: any.
     */
    void (*crl_wanted_fn)(void *baton, const mtls_profile_t *profile, X509 *cert);
    void *baton;
} mtls_verify_means_t;

#endif /* MTLS_TRUST_VERIFY_MEANS_H */
