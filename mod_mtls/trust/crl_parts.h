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
    mtls_bytes_t extensions; /**< in tbsCertList: what comes behind the entries; may be empty */
    mtls_bytes_t algorithm;  /**< behind tbsCertList, with tag and length */
    mtls_bytes_t bits;       /**< content of the BIT STRING at the end: the signature */
    bool v2; /**< else version 1: without any extensions (RFC 5280 section 5.1.2.1) */
} mtls_crl_parts_t;

/** @param der  exactly one CertificateList.  @return NULL, or what is wrong, as static text. */
const char *mtls_crl_parts_read(mtls_crl_parts_t *out, mtls_bytes_t der);

/**
 * @return the list without its entries, to be freed by the caller; NULL: see OpenSSL's errors.
 * Instead of a signature, which cannot be right for it, it has one of one bit: OpenSSL finds that
 * wrong without any work, where it would take as long as for a good one otherwise
 */
X509_CRL *mtls_crl_parts_skeleton(const mtls_crl_parts_t *parts);

#endif /* MTLS_TRUST_CRL_PARTS_H */
