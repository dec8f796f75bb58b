/*
 * mtls/trust/profile_revocation.h - the part of a profile that looks for revoked certificates, loaded.
 *
 * May include: OpenSSL, APR, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_PROFILE_REVOCATION_H
#define MTLS_TRUST_PROFILE_REVOCATION_H

#include <apr_errno.h>
#include <apr_pools.h>

#include "mtls/trust/fault.h"
#include "mtls/trust/files.h"
#include "mtls/trust/profile_parts.h"

/**
 * Load the CRLs and the rules of OCSP of a profile whose certificates are loaded: fills crls, crl_*,
 * ocsp and order.  Defaults are applied.
 *
 * @param before  as of mtls_profile_load()
 * @param files   as of mtls_profile_load()
 * @return APR_SUCCESS, or another status with faults
 */
apr_status_t mtls_profile_revocation_load(mtls_profile_t *profile, const mtls_profile_spec_t *spec,
                                          const mtls_profile_t *before, mtls_files_t *files,
                                          mtls_faults_t *faults, apr_pool_t *pool,
                                          apr_pool_t *scratch);

#endif /* MTLS_TRUST_PROFILE_REVOCATION_H */
