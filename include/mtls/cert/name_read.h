/*
 * mtls/cert/name_read.h - from a Name's DER to a typed, ordered name.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_NAME_READ_H
#define MTLS_CERT_NAME_READ_H

#include <apr_pools.h>

#include "mtls/cert/identity.h"

/**
 * @param out   filled on success; complete is false and there are no RDNs when the name has more
 *              than MTLS_IDENTITY_MAX_ATTRS attributes or a type that mtls_oid_write() refuses
 * @param der   the Name; must live as long as @a pool, @a out points into it
 * @return false when @a der is not a Name in DER (RFC 5280 section 4.1.2.4)
 */
bool mtls_name_read(mtls_name_t *out, mtls_bytes_t der, apr_pool_t *pool);

#endif /* MTLS_CERT_NAME_READ_H */
