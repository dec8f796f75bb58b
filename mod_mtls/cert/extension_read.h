/*
 * mod_mtls/cert/extension_read.h - the certificate extensions an identity speaks of.
 *
 * May include: OpenSSL, APR, mtls/cert.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_EXTENSION_READ_H
#define MTLS_CERT_EXTENSION_READ_H

#include <apr_pools.h>
#include <openssl/x509.h>

#include "mtls/cert/identity.h"

/**
 * Fill the facts of @a out that come from extensions: subjectAltName, keyUsage, extKeyUsage,
 * certificatePolicies, qcStatements and basicConstraints.
 *
 * One that cannot be read, or occurs twice (RFC 5280 section 4.2), counts as present and grants
 * nothing: no names, no usages, no policies, no statements, but is_ca; so does QcType twice.
 *
 * @param out  zeroed in these fields
 */
void mtls_extensions_read(mtls_identity_t *out, const X509 *cert, apr_pool_t *pool);

#endif /* MTLS_CERT_EXTENSION_READ_H */
