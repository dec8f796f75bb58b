/*
 * mod_mtls/trust/crl_parts.h - a CertificateList cut into its parts, so that its entries can be
 * left out.
 *
 * May include: OpenSSL, APR, mtls/cert.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_CRL_PARTS_H
#define MTLS_TRUST_CRL_PARTS_H

#include <openssl/x509.h>

#include "mtls/cert/bytes.h"

/** Everything points into the octets that were read. */
typedef struct {
    mtls_bytes_t tbs;        /**< tbsCertList, with tag and length: what is signed */
    mtls_bytes_t head;       /**< in tbsCertList: what comes before the entries */
    mtls_bytes_t entries;    /**< content of revokedCertificates; empty where there are none */
    mtls_bytes_t extensions; /**< in tbsCertList: one Extension after the other; may be empty */
    mtls_bytes_t algorithm;  /**< of the signature, with tag and length */
    mtls_bytes_t signature;  /**< its bits, which are whole octets */
    bool v2; /**< else version 1: without any extensions (RFC 5280 section 5.1.2.1) */
} mtls_crl_parts_t;

/** @param der  exactly one CertificateList.  @return NULL, or what is wrong, as static text. */
const char *mtls_crl_parts_read(mtls_crl_parts_t *out, mtls_bytes_t der);

/**
 * Write the list without its entries.  Its signature is another one, which is turned down before
 * any key is used, since that of the list could not verify either.  A complete list with extensions
 * has freshestCRL (RFC 5280 section 5.2.6): OpenSSL looks for a delta only where that is.
 *
 * @return to be freed by the caller; NULL: see OpenSSL's errors
 */
X509_CRL *mtls_crl_parts_skeleton(const mtls_crl_parts_t *parts);

#endif /* MTLS_TRUST_CRL_PARTS_H */
