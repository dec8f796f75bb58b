/*
 * mtls/policy/field.h - what of a certificate a rule can name: one table of fields.
 *
 * A field has a word ("email", "issuer.o", "fingerprint") and any number of values in one
 * certificate.  Each value has two forms: its text, which templates and people use, and its key,
 * typed and canonical octets, which rules compare.  Patterns see keys too: a domain in capitals
 * does not slip by.  A value that is not usable as text (NUL, control characters, bad encoding, over
 * a limit; T-N01) has neither and makes the whole reading incomplete: nobody may conclude from such
 * a certificate that a value is absent.
 *
 * The words
 *   subject issuer           whole names.  Compared attribute by attribute in order, as sets within
 *                            a multi-valued RDN; their text is RFC 4514 and for templates only
 *                            A subject or san-dirname with a value that is no text is found by its
 *                            DER ("CN=#0C..."), and never said to be another than any name
 *   cn ou o uid 2.5.4.5 ...  each attribute of that type in the subject: RFC 4514 and OpenSSL names,
 *                            any case, or a dotted OID
 *   issuer.cn issuer.2.5...  the same in the issuer
 *   email upn                rfc822Name and Microsoft's UPN among the alternative names, never the
 *                            subject's emailAddress.  One unquoted "@" or unusable (T-N09,
 *                            mtls/policy/mailbox.h); keys have the part after it in lower case
 *   email.local email.domain upn.local upn.realm   what is before and after that "@"
 *   san-dns san-uri san-ip san-rid san-dirname san-other san-x400 san-ediparty
 *                            alternative names by type, never crossing types (T-N02); dns keys are
 *                            lower case with a trailing dot left as it is, ip keys 4 or 16 octets
 *   serial serial-issuer     serial number; the same, "$", and the issuer as RFC 4514.  The text is
 *                            "0x" and hex ("-0x" when negative), so that it can be pasted into a
 *                            rule, where digits alone are decimal
 *   fingerprint spki         SHA-256 of the certificate, of its SubjectPublicKeyInfo; lower-case hex
 *   eku policy qc-type qc-statement   OIDs; the names of mtls_value_parse_oid() in rules
 *   profile                  the trust profile that accepted the certificate
 *
 * No Unicode normalisation is done: octets of UTF-8 are compared (T-N12).  So are internationalised
 * domains: nothing converts between U-labels and A-labels.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_FIELD_H
#define MTLS_POLICY_FIELD_H

#include <apr_pools.h>
#include <stdbool.h>

#include "mtls/cert/identity.h"

/** What rules look at: a certificate, and the profile that accepted it. */
typedef struct {
    const mtls_identity_t *identity; /**< never NULL */
    const char *profile;             /**< name of the accepting profile; never NULL */
} mtls_holder_t;

/** How values of a field are compared and written. */
typedef enum {
    MTLS_FIELD_NAME = 0, /**< a distinguished name; "is" and "under" only */
    MTLS_FIELD_TEXT,     /**< octets of UTF-8 */
    MTLS_FIELD_HOST,     /**< a DNS name: ASCII case does not matter */
    MTLS_FIELD_MAILBOX,  /**< local@domain: ASCII case of the domain does not matter */
    MTLS_FIELD_ADDRESS,  /**< IPv4 or IPv6 */
    MTLS_FIELD_NUMBER,   /**< serial: decimal, or hex after "0x" or with colons between octets; "-" */
    MTLS_FIELD_DIGEST,   /**< SHA-256 as mtls_value_parse_pin() takes it after its colon */
    MTLS_FIELD_OID,      /**< dotted decimal */
    MTLS_FIELD_DER,      /**< "#" and hex of DER; for san-other the type-id and "=" before it */
    MTLS_FIELD_SERIAL_ISSUER, /**< a NUMBER, "$" and a NAME */
    MTLS_FIELD_KINDS          /**< count, not a kind */
} mtls_field_kind_t;

/** A parsed field word; a value, copy it freely. */
typedef struct {
    int row;                /**< of the table in field.c */
    mtls_field_kind_t kind;
    const char *word;       /**< canonical spelling, for traces and faults */
    const char *oid;        /**< of an attribute field; otherwise NULL */
} mtls_field_t;

/** One value; both parts borrowed from the identity or from the pool of the reading. */
typedef struct {
    mtls_bytes_t text; /**< UTF-8 without control characters, NUL-terminated at data[len] */
    mtls_bytes_t key;  /**< canonical octets; two values of one field are equal when these are */
    const mtls_name_t *name; /**< the name, of NAME; the issuer, of SERIAL_ISSUER; otherwise NULL */
} mtls_field_value_t;

/** All usable values of one field in one certificate, in certificate order.  It may point into
 * itself: do not copy it. */
typedef struct {
    const mtls_field_value_t *values;
    apr_size_t count;
    bool complete; /**< false: there is or may be another value that cannot be read */
    mtls_field_value_t one; /**< room for a single value; read values[0] */
} mtls_field_values_t;

/**
 * Parse a field's word.
 * @return NULL, or "unknown field 'emial'; did you mean email?" or the like from @a pool
 */
const char *mtls_field_parse(mtls_field_t *out, const char *word, apr_pool_t *pool);

/** Read the values of @a field.  Never fails; unusable values are left out and complete is false.
 * Thread: any, with a pool of its own. */
void mtls_field_read(mtls_field_values_t *out, const mtls_field_t *field,
                     const mtls_holder_t *holder, apr_pool_t *pool);

/** As mtls_field_read(), but every text is left empty: for those who only compare. */
void mtls_field_read_keys(mtls_field_values_t *out, const mtls_field_t *field,
                          const mtls_holder_t *holder, apr_pool_t *pool);

/**
 * The key of a value as an administrator writes it in a rule, equal to the key that
 * mtls_field_read() gives for it.
 * @param key  from @a pool, untouched on failure
 * @return NULL, or what is wrong with @a text and what would be right, from @a pool
 */
const char *mtls_field_literal(mtls_bytes_t *key, const mtls_field_t *field, const char *text,
                               apr_pool_t *pool);

/** @return true when pattern matching and case folding make sense for the kind: TEXT, HOST, MAILBOX. */
bool mtls_field_is_text(const mtls_field_t *field);

/** One row for the manual: word (or form, in capitals), kind's word, one line of help; NULL after
 * the last.  Static. */
const char *const *mtls_field_help(int row);

#endif /* MTLS_POLICY_FIELD_H */
