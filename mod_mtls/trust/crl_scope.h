/*
 * mod_mtls/trust/crl_scope.h - what the extensions of a revocation list say that it is.
 *
 * May include: OpenSSL, APR.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_CRL_SCOPE_H
#define MTLS_TRUST_CRL_SCOPE_H

#include <openssl/x509.h>
#include <stdbool.h>

/** Make with mtls_crl_scope_read(), free with mtls_crl_scope_clear(). */
typedef struct {
    bool indirect;
    ASN1_INTEGER *number; /**< CRL number; NULL: the list has none */
    ASN1_INTEGER *base;   /**< of a delta: number of the list it adds to at least; else NULL */
} mtls_crl_scope_t;

/**
 * @param out  to be cleared in any case
 * @return NULL, or why the list cannot be used, as static text
 */
const char *mtls_crl_scope_read(mtls_crl_scope_t *out, const X509_CRL *list);

void mtls_crl_scope_clear(mtls_crl_scope_t *scope);

/** @return whether @a a and @a b have the issuer, the issuing distribution point and the authority
 * key identifier in common. */
bool mtls_crl_scope_is_same(const X509_CRL *a, const X509_CRL *b);

#endif /* MTLS_TRUST_CRL_SCOPE_H */
