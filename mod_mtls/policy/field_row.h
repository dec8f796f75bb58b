/*
 * mod_mtls/policy/field_row.h - a row of the table of fields.
 *
 * May include: APR, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_FIELD_ROW_H
#define MTLS_FIELD_ROW_H

#include "mtls/policy/field.h"

/** Where in a certificate the values of a field are. */
typedef enum {
    MTLS_SOURCE_NAME = 0, /**< whole; arg: mtls_field_whose_t */
    MTLS_SOURCE_ATTR,     /**< arg: mtls_field_whose_t */
    MTLS_SOURCE_SAN,      /**< arg: mtls_san_type_t */
    MTLS_SOURCE_MAILBOX,  /**< whole; arg: mtls_san_type_t */
    MTLS_SOURCE_LOCAL,    /**< before the "@"; arg: mtls_san_type_t */
    MTLS_SOURCE_DOMAIN,   /**< after the "@"; arg: mtls_san_type_t */
    MTLS_SOURCE_SERIAL,
    MTLS_SOURCE_SERIAL_ISSUER,
    MTLS_SOURCE_CERT_DIGEST,
    MTLS_SOURCE_KEY_DIGEST,
    MTLS_SOURCE_EKU,
    MTLS_SOURCE_POLICY,
    MTLS_SOURCE_QC_TYPE,
    MTLS_SOURCE_QC_STATEMENT,
    MTLS_SOURCE_PROFILE
} mtls_field_source_t;

/** Whose name. */
typedef enum { MTLS_WHOSE_SUBJECT = 0, MTLS_WHOSE_ISSUER } mtls_field_whose_t;

typedef struct {
    const char *columns[3]; /**< as mtls_field_help() gives them */
    mtls_field_kind_t kind;
    mtls_field_source_t source;
    int arg;
    const char *oid; /**< ATTR: of this attribute; NULL: of any, and the word is a form */
} mtls_field_row_t;

/** @return row of a parsed field; static. */
const mtls_field_row_t *mtls_field_row(const mtls_field_t *field);

/** @return word of an attribute type that has one of its own, else @a oid. */
const char *mtls_field_attr_word(const char *oid);

#endif /* MTLS_FIELD_ROW_H */
