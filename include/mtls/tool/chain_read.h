/*
 * mtls/tool/chain_read.h - the certificate to explain, and what came with it, from files.
 *
 * Unlike files that trust is built on these are foreign: a certificate that is odd is not refused
 * here but judged, as the server would judge it.
 *
 * May include: APR, mtls/cert and mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TOOL_CHAIN_READ_H
#define MTLS_TOOL_CHAIN_READ_H

#include <apr_errno.h>
#include <apr_pools.h>

#include "mtls/cert/chain.h"
#include "mtls/trust/fault.h"

/** The largest chain that MTLSChainLimit can allow. */
#define MTLS_CHAIN_READ_MAX_BYTES (100 * 1024)
#define MTLS_CHAIN_READ_MAX_CERTS 20

/**
 * Read a chain, leaf first.  PEM blocks that are no certificate are passed over, so that a file with a
 * key in it can be asked about; the key is not looked at.
 *
 * @param cert  PEM (the first certificate is the leaf) or DER
 * @param more  certificates that follow; NULL: none
 * @return APR_SUCCESS, or APR_EGENERAL with @a faults filled
 */
apr_status_t mtls_chain_read(const mtls_chain_t **out, const char *cert, const char *more,
                             mtls_faults_t *faults, apr_pool_t *pool);

#endif /* MTLS_TOOL_CHAIN_READ_H */
