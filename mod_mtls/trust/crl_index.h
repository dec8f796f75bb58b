/*
 * mod_mtls/trust/crl_index.h - the entries of a revocation list, sorted and packed.
 *
 * Three arrays in one piece of memory: the serial numbers, one behind the other; where each begins
 * (four octets each); and where the entries of each issuer begin.  Serial numbers are kept as the
 * content of their DER, which is one form for one number, negative ones too.
 *
 * Said twice of a certificate: revoked counts, whatever else is said.
 *
 * May include: OpenSSL, APR, mtls/cert, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_CRL_INDEX_H
#define MTLS_TRUST_CRL_INDEX_H

#include <apr_pools.h>
#include <openssl/x509.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/crl.h"

/** Most issuers whose certificates one indirect list may name. */
#define MTLS_CRL_INDEX_MAX_ISSUERS 10000

/** Opaque, immutable; owned by its pool. */
typedef struct mtls_crl_index_t mtls_crl_index_t;

/** What the list says of itself that its entries must agree with. */
typedef struct {
    const X509_NAME *issuer; /**< copied */
    bool v2;
    bool delta;
    bool indirect;
} mtls_crl_index_kind_t;

/** Problem of mtls_crl_index_make() when memory is out: compare by address. */
extern const char mtls_crl_index_no_memory[];

/**
 * @param out      undefined on failure
 * @param entries  content of revokedCertificates; copied
 * @param pool     lifetime; a cleanup frees what lies outside of it
 * @return NULL, or what is wrong, as static text
 */
const char *mtls_crl_index_make(mtls_crl_index_t **out, mtls_bytes_t entries,
                                const mtls_crl_index_kind_t *kind, apr_pool_t *pool,
                                apr_pool_t *scratch);

/** Thread: any. */
mtls_crl_entry_t mtls_crl_index_find(const mtls_crl_index_t *index, X509 *cert);

/** @return number of entries, those said twice once. */
apr_size_t mtls_crl_index_count(const mtls_crl_index_t *index);

/** @return octets of memory. */
apr_size_t mtls_crl_index_octets(const mtls_crl_index_t *index);

#endif /* MTLS_TRUST_CRL_INDEX_H */
