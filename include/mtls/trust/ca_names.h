/*
 * mtls/trust/ca_names.h - the names of CAs a server sends when it asks for a certificate.
 *
 * May include: OpenSSL, APR, mtls/cert plain headers, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_CA_NAMES_H
#define MTLS_TRUST_CA_NAMES_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <openssl/x509.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/fault.h"
#include "mtls/trust/files.h"
#include "mtls/trust/profile_spec.h"

/** Names of more octets than this together are worth a warning: clients choke on them. */
#define MTLS_CA_NAMES_MANY 16384

/**
 * Make the list that @a spec asks for.
 *
 * @param out      never NULL on success; a cleanup on @a pool frees it
 * @param anchors  of the profile, borrowed for the call
 * @return APR_SUCCESS, or APR_EGENERAL with faults
 */
apr_status_t mtls_ca_names_load(STACK_OF(X509_NAME) * *out, const mtls_profile_spec_t *spec,
                                const STACK_OF(X509) * anchors, mtls_files_t *files,
                                mtls_faults_t *faults, apr_pool_t *pool, apr_pool_t *scratch);

/** SHA-256 over the DER of the names in their order.  @return false when memory is out. */
bool mtls_ca_names_digest(unsigned char out[MTLS_SHA256_LEN], const STACK_OF(X509_NAME) *names);

#endif /* MTLS_TRUST_CA_NAMES_H */
