/*
 * mod_mtls/cert/oid.h - object identifiers as dotted decimal.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_OID_H
#define MTLS_CERT_OID_H

#include <apr_pools.h>

#include "mtls/cert/bytes.h"

/**
 * Longest identifier that is printed, in content octets.  Real ones have some 20; printing takes
 * time and room that grow faster than the length.
 */
#define MTLS_OID_MAX     128

/** otherName type of a Microsoft user principal name. */
#define MTLS_OID_UPN     "1.3.6.1.4.1.311.20.2.3"

/** QcType, ETSI EN 319 412-5 section 4.2.3. */
#define MTLS_OID_QC_TYPE "0.4.0.1862.1.6"

/**
 * @param content  content octets of an OBJECT IDENTIFIER
 * @return dotted decimal, static or from @a pool; NULL when malformed, longer than MTLS_OID_MAX or
 *         with an arc of more than 19 octets (a 128-bit UUID under 2.25 needs all of them)
 */
const char *mtls_oid_write(mtls_bytes_t content, apr_pool_t *pool);

/** @return the RFC 4514 section 3 name of the attribute type, static, or NULL. */
const char *mtls_oid_short_name(mtls_bytes_t content);

/** @return the same by dotted decimal. */
const char *mtls_oid_dotted_short_name(const char *dotted);

#endif /* MTLS_CERT_OID_H */
