/*
 * mod_mtls/trust/crl_file.h - a file of revocation lists, cut into its lists: PEM with blocks
 * "X509 CRL" and nothing else, or one list in DER.
 *
 * May include: APR, mtls/cert, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_CRL_FILE_H
#define MTLS_TRUST_CRL_FILE_H

#include <apr_tables.h>

#include "mtls/trust/material.h"

/** One list. */
typedef struct {
    mtls_bytes_t der;
    const char *place; /**< the path, with the line where there are several */
} mtls_crl_block_t;

/**
 * @param out   of mtls_crl_block_t, from @a pool; never empty on success
 * @return false with faults; @a out is then undefined
 */
bool mtls_crl_file_read(apr_array_header_t **out, const char *path, mtls_material_use_t use,
                        mtls_faults_t *faults, apr_pool_t *pool);

#endif /* MTLS_TRUST_CRL_FILE_H */
