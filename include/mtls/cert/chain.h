/*
 * mtls/cert/chain.h - the certificates a peer sent, bounded, with their digests.
 *
 * A chain is what arrived: the leaf and whatever came after it, in the order
 * received.  It says nothing about trust.  It is immutable once made and may
 * be read by any thread; X509 objects it holds are only handed to trust/.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_CHAIN_H
#define MTLS_CERT_CHAIN_H

#include "mtls/cert/bytes.h"

/** Opaque; owned by the pool it was made from. */
typedef struct mtls_chain_t mtls_chain_t;

/** What a peer may send (F-39). */
typedef struct {
    apr_size_t max_bytes; /**< sum of all DER lengths, octets */
    int max_certs;        /**< leaf included */
} mtls_chain_limits_t;

/** @return number of certificates, leaf included; at least 1. */
int mtls_chain_count(const mtls_chain_t *chain);

/** @return DER of certificate @a i (0 is the leaf), borrowed from the chain. */
mtls_bytes_t mtls_chain_der(const mtls_chain_t *chain, int i);

/** @return SHA-256 over the leaf's DER, MTLS_SHA256_LEN octets, borrowed. */
const unsigned char *mtls_chain_leaf_sha256(const mtls_chain_t *chain);

/**
 * @return SHA-256 over the SHA-256 of each certificate in order, MTLS_SHA256_LEN octets, borrowed:
 * equal only for the same certificates in the same order (fixed-length parts, so no two lists
 * of different split collide, T-N10).
 */
const unsigned char *mtls_chain_digest(const mtls_chain_t *chain);

#endif /* MTLS_CERT_CHAIN_H */
