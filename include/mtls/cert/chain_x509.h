/*
 * mtls/cert/chain_x509.h - chains made from, and given back to, OpenSSL.
 *
 * May include: OpenSSL, APR, mtls/cert.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_CHAIN_X509_H
#define MTLS_CERT_CHAIN_X509_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <openssl/x509.h>

#include "mtls/cert/chain.h"

/**
 * Make a chain from decoded certificates, without decoding anything again.
 *
 * @param out     the chain; NULL on failure.  A cleanup on @a pool drops its X509 references
 * @param leaf    the peer's own certificate; its reference count is raised
 * @param rest    all certificates as received; may be NULL, may or may not contain @a leaf first
 *                (OpenSSL's two conventions); references are raised
 * @param limits  checked before anything is allocated per certificate
 * @param pool    lifetime of the chain
 * @return APR_SUCCESS; APR_ENOSPC over the limits; APR_EGENERAL or APR_ENOMEM when OpenSSL fails
 */
apr_status_t mtls_chain_make(const mtls_chain_t **out, X509 *leaf, STACK_OF(X509) *rest,
                             const mtls_chain_limits_t *limits, apr_pool_t *pool);

/**
 * Make a chain for a resumed session: the decoded leaf OpenSSL kept, and the DER of the others
 * from our own record.  The others are decoded only when verification needs them.
 *
 * @param others  DER of the certificates after the leaf; copied into @a pool
 */
apr_status_t mtls_chain_make_resumed(const mtls_chain_t **out, X509 *leaf,
                                     const mtls_bytes_t *others, int other_count,
                                     const mtls_chain_limits_t *limits, apr_pool_t *pool);

/** @return the leaf, borrowed from the chain.  X509 is safe to share for reading between threads. */
X509 *mtls_chain_get0_leaf(const mtls_chain_t *chain);

/**
 * The certificates after the leaf as untrusted material for path building.
 *
 * @return a new stack with its own references, to be freed with OSSL_STACK_OF_X509_free() /
 *         sk_X509_pop_free(); empty when there are none; NULL when one cannot be decoded or memory
 *         is out (treat as untrusted).
 */
STACK_OF(X509) *mtls_chain_get1_rest(const mtls_chain_t *chain);

#endif /* MTLS_CERT_CHAIN_X509_H */
