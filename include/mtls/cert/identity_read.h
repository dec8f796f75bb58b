/*
 * mtls/cert/identity_read.h - from an OpenSSL certificate to a plain identity.
 *
 * May include: OpenSSL, APR, mtls/cert.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_IDENTITY_READ_H
#define MTLS_CERT_IDENTITY_READ_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <openssl/x509.h>

#include "mtls/cert/identity.h"

/**
 * Read a certificate.
 *
 * @param out   the identity, allocated from @a pool; NULL on failure
 * @param cert  borrowed for the call; not modified except for OpenSSL's own caches
 * @param der   the certificate's DER, from which sha256 is taken; borrowed for the call
 * @param sha256  SHA-256 over @a der where it is known already, else NULL
 * @param pool  lifetime of the identity
 * @return APR_SUCCESS; APR_EGENERAL when the certificate's required fields cannot be decoded: a
 *         name that is BER and not DER, a time that is none, a serial number beyond
 *         MTLS_IDENTITY_MAX_SERIAL.  Odd optional parts (broken SAN, EKU) do not fail: the matching
 *         *_complete flag or count says so and rules on them never match.  Leaves OpenSSL's error
 *         queue as found.
 * Thread: any, as long as @a pool belongs to the caller.
 */
apr_status_t mtls_identity_read(const mtls_identity_t **out, X509 *cert, mtls_bytes_t der,
                                const unsigned char *sha256, apr_pool_t *pool);

#endif /* MTLS_CERT_IDENTITY_READ_H */
