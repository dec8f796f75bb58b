/*
 * mtls/cert/der.h - walk DER without decoding it.
 *
 * Names and extensions are read in place, so that each fact keeps the exact
 * octets the certificate carried.  Only the distinguished encoding is
 * accepted: with one way to write a value there is one way to read it, and no
 * second parser can see something else in the same octets.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_DER_H
#define MTLS_CERT_DER_H

#include "mtls/cert/bytes.h"

/** Identifier octets (X.690 section 8.1.2) of the types that are told apart here. */
enum {
    MTLS_DER_BOOLEAN = 0x01,
    MTLS_DER_INTEGER = 0x02,
    MTLS_DER_BIT_STRING = 0x03,
    MTLS_DER_OCTET_STRING = 0x04,
    MTLS_DER_OID = 0x06,
    MTLS_DER_ENUMERATED = 0x0a,
    MTLS_DER_UTF8 = 0x0c,
    MTLS_DER_NUMERIC = 0x12,
    MTLS_DER_PRINTABLE = 0x13,
    MTLS_DER_T61 = 0x14,
    MTLS_DER_IA5 = 0x16,
    MTLS_DER_UTC_TIME = 0x17,
    MTLS_DER_GENERALIZED_TIME = 0x18,
    MTLS_DER_VISIBLE = 0x1a,
    MTLS_DER_UNIVERSAL = 0x1c,
    MTLS_DER_BMP = 0x1e,
    MTLS_DER_SEQUENCE = 0x30,
    MTLS_DER_SET = 0x31,
    MTLS_DER_CONTEXT = 0x80,
    MTLS_DER_CONSTRUCTED = 0x20
};

/** One element; everything points into the octets it was read from. */
typedef struct {
    unsigned char tag;    /**< identifier octet; tag numbers above 30 are refused */
    mtls_bytes_t content; /**< without tag and length */
    mtls_bytes_t whole;   /**< with tag and length */
} mtls_der_t;

/**
 * Take the next element off @a rest.
 *
 * @return false at the end and for anything that is not DER; @a rest is then unchanged, so
 *         rest->len tells the two apart.
 */
bool mtls_der_next(mtls_der_t *out, mtls_bytes_t *rest);

/** @return true when @a rest begins with an element of @a tag, which is taken off. */
bool mtls_der_take(mtls_der_t *out, mtls_bytes_t *rest, unsigned char tag);

/** @return true when @a whole is one element of @a tag and nothing else. */
bool mtls_der_open(mtls_der_t *out, mtls_bytes_t whole, unsigned char tag);

/**
 * @param count  how many elements of any type @a list holds; 0 on failure
 * @return false when @a list is not a run of DER elements
 */
bool mtls_der_count(apr_size_t *count, mtls_bytes_t list);

#endif /* MTLS_CERT_DER_H */
