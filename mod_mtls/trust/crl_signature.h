/*
 * mod_mtls/trust/crl_signature.h - signatures of revocation lists.
 *
 * May include: OpenSSL, APR, mtls/cert.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_CRL_SIGNATURE_H
#define MTLS_TRUST_CRL_SIGNATURE_H

#include <openssl/x509.h>

#include "mtls/cert/bytes.h"

/** @return NULL, or why a signature like that of @a list proves nothing, as static text. */
const char *mtls_crl_signature_check(const X509_CRL *list);

/** @return whether @a key has signed @a tbs with these @a bits, by the algorithm of @a list. */
bool mtls_crl_signature_verify(const X509_CRL *list, mtls_bytes_t tbs, mtls_bytes_t bits,
                               EVP_PKEY *key);

#endif /* MTLS_TRUST_CRL_SIGNATURE_H */
