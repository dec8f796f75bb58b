/*
 * mod_mtls/cert/san_read.h - alternative names, each with its type.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_SAN_READ_H
#define MTLS_CERT_SAN_READ_H

#include <apr_pools.h>

#include "mtls/cert/identity.h"

/**
 * @param out    array from @a pool; NULL when the result is false
 * @param value  the subjectAltName extension's value; must live as long as @a pool
 * @return false when any name cannot be read or there are more than MTLS_IDENTITY_MAX_SANS: half
 *         a list would be a list somebody chose
 */
bool mtls_sans_read(const mtls_san_t **out, apr_size_t *count, mtls_bytes_t value,
                    apr_pool_t *pool);

#endif /* MTLS_CERT_SAN_READ_H */
