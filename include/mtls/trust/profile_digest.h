/*
 * mtls/trust/profile_digest.h - one number for everything that can change a profile's verdicts.
 *
 * May include: OpenSSL, APR, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_PROFILE_DIGEST_H
#define MTLS_TRUST_PROFILE_DIGEST_H

#include <apr_errno.h>
#include <openssl/x509.h>

#include "mtls/trust/profile_parts.h"

/**
 * Fill profile->rules and profile->digest (and ocsp.digest) from all other parts that matter to a verdict.  The order in which files
 * were read does not matter, nor do the name (but where CRLs are fetched for it) and what is told to clients.
 *
 * @param switches  flags of the path policy that stand in no other part
 * @return APR_SUCCESS, or APR_ENOMEM
 */
apr_status_t mtls_profile_digest_write(mtls_profile_t *profile, unsigned long switches,
                                       apr_pool_t *scratch);

#endif /* MTLS_TRUST_PROFILE_DIGEST_H */
