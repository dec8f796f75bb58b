/*
 * t/unit/cert_fixture.h - certificates put together octet by octet.
 *
 * A certificate library writes only sane certificates; the interesting ones
 * are not.  Nothing here is signed: no reader of facts looks at signatures.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CERT_FIXTURE_H
#define CERT_FIXTURE_H

#include <apr_pools.h>
#include <openssl/x509.h>

#include "mtls/cert/bytes.h"

/** The octets of a string literal, NULs included. */
#define LIT(literal)    ((mtls_bytes_t){(const unsigned char *)(literal), sizeof(literal) - 1})

#define OID_CN          LIT("\x55\x04\x03")
#define OID_C           LIT("\x55\x04\x06")
#define OID_O           LIT("\x55\x04\x0a")
#define OID_OU          LIT("\x55\x04\x0b")
#define OID_EMAIL       LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01")
#define OID_UPN         LIT("\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03")
#define OID_QC          LIT("\x2b\x06\x01\x05\x05\x07\x01\x03")
#define OID_CLIENT_AUTH LIT("\x2b\x06\x01\x05\x05\x07\x03\x02")

/** Last arcs of id-ce (2.5.29). */
enum { EXT_KU = 15, EXT_SAN = 17, EXT_BC = 19, EXT_CP = 32, EXT_EKU = 37 };

/** What a certificate is made of; each part is DER but serial, which is INTEGER content. */
typedef struct {
    bool v1;
    mtls_bytes_t serial;
    mtls_bytes_t issuer;
    mtls_bytes_t not_before;
    mtls_bytes_t not_after;
    mtls_bytes_t subject;
    mtls_bytes_t spki;
    mtls_bytes_t extensions; /**< any number, one after the other; empty: no field */
} cert_fixture_t;

/** @return @a count mtls_bytes_t arguments, one after the other. */
mtls_bytes_t fixture_join(apr_pool_t *pool, int count, ...);

/** @return @a len times @a octet. */
mtls_bytes_t fixture_fill(apr_pool_t *pool, int octet, apr_size_t len);

/** @return one DER element. */
mtls_bytes_t fixture_tlv(apr_pool_t *pool, unsigned char tag, mtls_bytes_t content);

/** @return AttributeTypeAndValue. */
mtls_bytes_t fixture_attr(apr_pool_t *pool, mtls_bytes_t oid, unsigned char tag,
                          mtls_bytes_t value);

/** @return a set of one attribute. */
mtls_bytes_t fixture_rdn(apr_pool_t *pool, mtls_bytes_t oid, unsigned char tag, mtls_bytes_t value);

/** @return Name of one common name. */
mtls_bytes_t fixture_name(apr_pool_t *pool, unsigned char tag, mtls_bytes_t cn);

/** @return one extension, not critical. */
mtls_bytes_t fixture_extension(apr_pool_t *pool, unsigned char last_arc, mtls_bytes_t value);

/** @return otherName of @a oid around the DER @a value. */
mtls_bytes_t fixture_other_name(apr_pool_t *pool, mtls_bytes_t oid, mtls_bytes_t value);

/** @return a usual client certificate: P-256, four RDNs, e-mail and UPN. */
cert_fixture_t fixture_make(apr_pool_t *pool);

/** @return the same with only @a sans (GeneralNames, joined) as extension. */
cert_fixture_t fixture_with_sans(apr_pool_t *pool, mtls_bytes_t sans);

/** @return DER. */
mtls_bytes_t fixture_write(const cert_fixture_t *fixture, apr_pool_t *pool);

/** @return the decoded certificate, freed with @a pool; NULL when OpenSSL refuses it. */
X509 *fixture_decode(mtls_bytes_t der, apr_pool_t *pool);

#endif /* CERT_FIXTURE_H */
