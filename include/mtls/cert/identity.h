/*
 * mtls/cert/identity.h - what a certificate says, read once, as plain values.
 *
 * An identity holds every fact of a certificate that rules, variables and
 * logs may use: names as ordered lists of typed attributes (never printed
 * strings), alternative names by type, numbers, times and fingerprints.
 * Text that could not be converted to clean UTF-8 (bad encoding, NUL, control
 * characters, over the length limit) keeps its octets but has text.len 0, so
 * it can be shown escaped and can never match.
 *
 * Guarantees
 *   immutable    after mtls_identity_read() nothing in it changes; any thread may read
 *   plain        no OpenSSL pointer inside; it outlives the X509 it came from
 *   bounded      see the MTLS_IDENTITY_MAX_* limits
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_IDENTITY_H
#define MTLS_CERT_IDENTITY_H

#include <apr_time.h>
#include <stdbool.h>
#include <stdint.h>

#include "mtls/cert/bytes.h"

/** Longest single attribute or alternative name that is converted to text, in octets of UTF-8. */
#define MTLS_IDENTITY_MAX_TEXT 4096
/** Longest serial number, in octets; RFC 5280 section 4.1.2.2 allows 20. */
#define MTLS_IDENTITY_MAX_SERIAL 128
/** Most attributes in one name (subject, issuer, directoryName). */
#define MTLS_IDENTITY_MAX_ATTRS 64
/** Most alternative names that are read. */
#define MTLS_IDENTITY_MAX_SANS 256
/** Most extended key usages or policies that are read. */
#define MTLS_IDENTITY_MAX_OIDS 64

/** One attribute type and value, RFC 5280 section 4.1.2.4. */
typedef struct {
    const char *oid;        /**< dotted decimal, NUL-terminated, never NULL */
    const char *short_name; /**< RFC 4514 section 3 name ("CN"), or NULL when that table has none */
    int asn1_tag;           /**< universal tag of the value, e.g. 12 UTF8String, 30 BMPString; 0: none */
    mtls_bytes_t text;      /**< clean UTF-8, also NUL-terminated at data[len]; len 0: not usable as text */
    mtls_bytes_t der;       /**< the value's complete DER (tag, length, content); empty in a name that
                                 was parsed from text, but for "#" values */
} mtls_attr_t;

/** One relative distinguished name: a set, so the order of attrs carries no meaning. */
typedef struct {
    const mtls_attr_t *attrs;
    apr_size_t count;
} mtls_rdn_t;

/** A distinguished name: an ordered sequence in certificate order (most significant first). */
typedef struct {
    const mtls_rdn_t *rdns;
    apr_size_t count;
    mtls_bytes_t der;  /**< the whole Name as DER */
    bool complete;     /**< false: over MTLS_IDENTITY_MAX_ATTRS, or a type that is no sane OID; then it has
                            no RDNs, only der, and matches nothing */
} mtls_name_t;

/** Kinds of alternative name, RFC 5280 section 4.2.1.6; UPN is otherName 1.3.6.1.4.1.311.20.2.3. */
typedef enum {
    MTLS_SAN_OTHER = 0,
    MTLS_SAN_EMAIL,
    MTLS_SAN_DNS,
    MTLS_SAN_X400,
    MTLS_SAN_DIRNAME,
    MTLS_SAN_EDIPARTY,
    MTLS_SAN_URI,
    MTLS_SAN_IP,
    MTLS_SAN_RID,
    MTLS_SAN_UPN,
    MTLS_SAN_TYPES /* count, not a type */
} mtls_san_type_t;

/** One alternative name. */
typedef struct {
    mtls_san_type_t type;
    const char *oid;         /**< OTHER, UPN: the type-id; RID: the registered id; otherwise NULL */
    mtls_bytes_t text;       /**< EMAIL, DNS, URI, UPN: clean text; IP: printed address; RID: dotted; else empty.
                                  NUL-terminated at data[len] */
    mtls_bytes_t raw;        /**< content octets: IA5 bytes, 4 or 16 address octets, or the value's DER */
    const mtls_name_t *name; /**< DIRNAME only */
} mtls_san_t;

/** Key usage bits as in RFC 5280 section 4.2.1.3: bit 0 is digitalSignature. */
#define MTLS_KU_DIGITAL_SIGNATURE (1u << 0)
#define MTLS_KU_KEY_CERT_SIGN     (1u << 5)
#define MTLS_KU_CRL_SIGN          (1u << 6)

/** Everything read from one certificate.  See the file comment for lifetime. */
typedef struct {
    mtls_name_t subject;
    mtls_name_t issuer;
    mtls_bytes_t serial;     /**< INTEGER magnitude, big-endian, no leading zero; zero is one 00 */
    bool serial_negative;    /**< RFC 5280 section 4.1.2.2 forbids it; seen in the wild */
    const mtls_san_t *sans;
    apr_size_t san_count;
    bool sans_complete;      /**< false: unreadable, doubled or over the limit; then there are none here
                                  and SAN rules must not match, not even "has none" */
    apr_time_t not_before;   /**< microseconds since 1970, wall clock */
    apr_time_t not_after;
    bool has_key_usage;
    uint32_t key_usage;      /**< MTLS_KU_* bits; 0 when unreadable or doubled */
    bool has_eku;            /**< with eku_count 0: unreadable, doubled or over the limit */
    const char *const *ekus; /**< dotted OIDs */
    apr_size_t eku_count;
    const char *const *policies; /**< dotted OIDs of certificatePolicies */
    apr_size_t policy_count;
    bool policies_complete;  /**< false: unreadable, doubled or over the limit; then there are none here */
    const char *const *qc_statements; /**< dotted OIDs of qcStatements (RFC 3739 section 3.2.6) */
    apr_size_t qc_statement_count;
    const char *const *qc_types; /**< dotted OIDs in QcType (ETSI EN 319 412-5 section 4.2.3) */
    apr_size_t qc_type_count;
    bool qc_complete;        /**< false: unreadable, doubled or over the limit; then there are none here */
    bool is_ca;              /**< basicConstraints cA; also when that cannot be read */
    const char *key_type;    /**< "RSA", "EC", "ED25519", "ED448", "DSA" or "unknown"; static */
    int key_bits;            /**< 0 when unknown */
    unsigned char sha256[MTLS_SHA256_LEN];      /**< over the certificate's DER */
    unsigned char spki_sha256[MTLS_SHA256_LEN]; /**< over its SubjectPublicKeyInfo DER */
} mtls_identity_t;

#endif /* MTLS_CERT_IDENTITY_H */
