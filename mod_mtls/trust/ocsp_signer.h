/*
 * mod_mtls/trust/ocsp_signer.h - whether an OCSP answer was signed by somebody who may (RFC 6960
 * section 4.2.2.2).
 *
 * Three may speak for the issuer of the certificate in question: the issuer's own key; a
 * certificate that is pinned, octet for octet; one from the answer that the issuer's own key has
 * signed and that has id-kp-OCSPSigning.  Names are never enough.  anyExtendedKeyUsage is no
 * id-kp-OCSPSigning.
 *
 * May include: OpenSSL, APR, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_OCSP_SIGNER_H
#define MTLS_TRUST_OCSP_SIGNER_H

#include <apr_pools.h>
#include <apr_time.h>
#include <openssl/ocsp.h>

#include "mtls/trust/ocsp_message.h"

/** Most certificates of an answer that are looked at; one is usual. */
#define MTLS_OCSP_MAX_CERTS 8

/**
 * @param ends  receives the end of the signer's certificate; set when the answer is NULL
 * @return NULL, or what is wrong, clean and bounded, from @a pool
 */
const char *mtls_ocsp_signer_check(OCSP_BASICRESP *basic, const mtls_ocsp_question_t *question,
                                   apr_time_t now, apr_time_t *ends, apr_pool_t *pool);

#endif /* MTLS_TRUST_OCSP_SIGNER_H */
