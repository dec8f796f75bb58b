/*
 * mtls/cert/name_spec.h - distinguished names as administrators write them, and how names compare.
 *
 * Names are compared as what they are: a sequence of RDNs in order, each a set of attributes, each
 * a type and a value (T-N03, T-N04).  Values are octets of UTF-8 whatever ASN.1 string type carried
 * them, without normalisation (T-N12); a value that is no clean text is compared as its DER.
 * Printed names are never compared.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_NAME_SPEC_H
#define MTLS_CERT_NAME_SPEC_H

#include <apr_pools.h>

#include "mtls/cert/identity.h"

/**
 * Parse a name in one of two notations.  Attribute types are mtls_attr_type_oid() names or dotted
 * OIDs, directly followed by "=".  A value that is empty, is longer than MTLS_IDENTITY_MAX_TEXT or
 * holds what a clean text may not hold is a mistake, since no certificate could match it.
 *
 * RFC 4514, "CN=Alice,O=Example,C=DE": most specific first, "+" in multi-valued RDNs, "#" and hex
 * of DER; blanks may follow a separator.  All escapes of section 2.4; quoted values and ";" as
 * separator (RFC 2253 section 4) are mistakes, and so are blanks around "=", by which
 * "openssl x509 -subject" of OpenSSL 3.0 is told apart: it prints the other order.
 *
 * OpenSSL's oneline, "/C=DE/O=Example/CN=Alice": recognised by the leading slash, in certificate
 * order.  "/" begins an RDN, and "+" one more attribute in it, when a type and "=" follow;
 * elsewhere they are part of the value, as they always are after a backslash (OpenSSL 3.0 prints
 * them so).  "\x" and two hexadecimal digits are an octet; any other backslash stands for itself,
 * as OpenSSL does not escape it.  A value that ends in a backslash cannot be told in this notation.
 *
 * @param out  the name in certificate order; its der is empty; text is set, and der for "#" values
 *             only, which get text too when they are a clean string
 * @return NULL, or what is wrong and where ("at 12: ...", octets counted from 1), from @a pool;
 *         @a out is then empty and not complete
 */
const char *mtls_name_parse(mtls_name_t *out, const char *text, apr_pool_t *pool);

/** @return true for the same RDNs in the same order; false when either is not complete or empty. */
bool mtls_name_equal(const mtls_name_t *a, const mtls_name_t *b);

/** @return true when @a name begins, in certificate order, with all RDNs of @a base (and may be
 * equal); false when either is not complete or empty. */
bool mtls_name_is_under(const mtls_name_t *name, const mtls_name_t *base);

/**
 * Octets that are equal exactly for equal names: every part is typed and has its length before it
 * (T-N10), sets are sorted.
 * @return from @a pool; empty for a name that is empty or not complete
 */
mtls_bytes_t mtls_name_key(const mtls_name_t *name, apr_pool_t *pool);

/**
 * @return dotted OID of an attribute type by its RFC 4514, X.520 or OpenSSL (short or long) name in
 *         any case, or NULL; static storage.  "UID" is RFC 4514's userId and "SN" is
 *         OpenSSL's surname.
 */
const char *mtls_attr_type_oid(const char *name);

/**
 * As OpenSSL's X509_NAME_oneline() prints it ("/C=DE/CN=Alice", other octets as \xHH), for those
 * who come from SSLOptions +FakeBasicAuth, "+" between the attributes of one RDN.  Ambiguous: for
 * showing and, after mtls_name_oneline_is_unique(), for user names of old files only.
 *
 * @param name  one that was read from a certificate
 * @return from @a pool; NULL when it would be longer than @a max octets, the name is not complete,
 *         or OpenSSL cannot read its DER
 */
const char *mtls_name_write_oneline(const mtls_name_t *name, apr_size_t max, apr_pool_t *pool);

/** @return true when no name of other attributes for which this is true is printed like @a name; false
 * also when it is empty or not complete. */
bool mtls_name_oneline_is_unique(const mtls_name_t *name);

#endif /* MTLS_CERT_NAME_SPEC_H */
