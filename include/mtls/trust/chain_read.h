/*
 * mtls/trust/chain_read.h - a chain out of a file or a form: a certificate that somebody has, which is
 * not one that somebody has proven.
 *
 * May include: OpenSSL, APR, mtls/cert, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_CHAIN_READ_H
#define MTLS_TRUST_CHAIN_READ_H

#include "mtls/cert/chain_x509.h"

/**
 * The first certificate is the leaf, the others are its chain.
 *
 * @param text    PEM, in which other blocks than certificates are passed over, or one DER certificate
 * @param more    NULL, or further text with certificates of the chain
 * @param limits  as for a chain that a client sends
 * @return NULL, or what is wrong, from @a pool; @a out is then NULL
 */
const char *mtls_chain_read(const mtls_chain_t **out, mtls_bytes_t text, const mtls_bytes_t *more,
                            const mtls_chain_limits_t *limits, apr_pool_t *pool);

#endif /* MTLS_TRUST_CHAIN_READ_H */
