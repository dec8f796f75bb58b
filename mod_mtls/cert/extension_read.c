/*
 * mod_mtls/cert/extension_read.c - the certificate extensions an identity speaks of.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "extension_read.h"

#include <apr_strings.h>

#include "mtls/cert/der.h"
#include "oid.h"
#include "san_read.h"

typedef enum {
    KEY_USAGE,
    SUBJECT_ALT_NAME,
    BASIC_CONSTRAINTS,
    POLICIES,
    EXT_KEY_USAGE,
    QC_STATEMENTS,
    KINDS
} kind_t;

static const struct {
    unsigned char len;
    const char *octets;
} oid_of[KINDS] = {
    [KEY_USAGE] = {3, "\x55\x1d\x0f"},
    [SUBJECT_ALT_NAME] = {3, "\x55\x1d\x11"},
    [BASIC_CONSTRAINTS] = {3, "\x55\x1d\x13"},
    [POLICIES] = {3, "\x55\x1d\x20"},
    [EXT_KEY_USAGE] = {3, "\x55\x1d\x25"},
    [QC_STATEMENTS] = {8, "\x2b\x06\x01\x05\x05\x07\x01\x03"},
};

typedef struct {
    int times;
    mtls_bytes_t value; /* borrowed from the certificate */
} found_t;

static void collect(found_t found[KINDS], const X509 *cert)
{
    int n = X509_get_ext_count(cert);
    int i, k;

    for (i = 0; i < n; i++) {
        X509_EXTENSION *extension = X509_get_ext(cert, i);
        const ASN1_OBJECT *type = X509_EXTENSION_get_object(extension);
        const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);

        for (k = 0; k < KINDS; k++) {
            if (OBJ_length(type) == oid_of[k].len &&
                memcmp(OBJ_get0_data(type), oid_of[k].octets, oid_of[k].len) == 0) {
                found[k].times++;
                found[k].value.data = ASN1_STRING_get0_data(value);
                found[k].value.len = (apr_size_t)ASN1_STRING_length(value);
            }
        }
    }
}

/* BIT STRING: the first content octet counts the unused bits at the end; bit 0 is the highest. */
static bool read_key_usage(uint32_t *out, mtls_bytes_t value)
{
    mtls_der_t bits;
    apr_size_t i;

    if (!mtls_der_open(&bits, value, MTLS_DER_BIT_STRING) || bits.content.len < 2 ||
        bits.content.data[0] > 7) {
        return false;
    }
    for (i = 0; i < 8 * (bits.content.len - 1) - bits.content.data[0] && i < 32; i++) {
        if (bits.content.data[1 + i / 8] & (0x80 >> i % 8)) {
            *out |= (uint32_t)1 << i;
        }
    }
    return true;
}

/* BasicConstraints: cA BOOLEAN DEFAULT FALSE, so an empty sequence is not a CA. */
static bool read_is_ca(mtls_bytes_t value)
{
    mtls_der_t sequence, flag;

    if (!mtls_der_open(&sequence, value, MTLS_DER_SEQUENCE)) {
        return true;
    }
    if (!mtls_der_take(&flag, &sequence.content, MTLS_DER_BOOLEAN)) {
        return sequence.content.len != 0 && sequence.content.data[0] == MTLS_DER_BOOLEAN;
    }
    return flag.content.len != 1 || flag.content.data[0] != 0;
}

/* The OID of an item: itself (extKeyUsage), or first in its sequence (PolicyInformation). */
static const char *read_item_oid(const mtls_der_t *item, bool in_sequence, apr_pool_t *pool)
{
    mtls_der_t oid = *item;

    if (in_sequence) {
        mtls_bytes_t members = item->content;

        if (item->tag != MTLS_DER_SEQUENCE || !mtls_der_take(&oid, &members, MTLS_DER_OID)) {
            return NULL;
        }
    }
    return oid.tag == MTLS_DER_OID ? mtls_oid_write(oid.content, pool) : NULL;
}

static bool read_oids(const char *const **out, apr_size_t *count, mtls_bytes_t value,
                      bool in_sequence, apr_pool_t *pool)
{
    mtls_der_t list, item;
    const char **oids;
    apr_size_t n, i;

    if (!mtls_der_open(&list, value, MTLS_DER_SEQUENCE) || !mtls_der_count(&n, list.content) ||
        n > MTLS_IDENTITY_MAX_OIDS) {
        return false;
    }
    oids = apr_palloc(pool, n * sizeof *oids);
    for (i = 0; mtls_der_next(&item, &list.content); i++) {
        oids[i] = read_item_oid(&item, in_sequence, pool);
        if (oids[i] == NULL) {
            return false;
        }
    }
    *out = oids;
    *count = n;
    return true;
}

static void read_policies(mtls_identity_t *out, const found_t *found, apr_pool_t *pool)
{
    out->policies_complete =
        found->times == 0 || (found->times == 1 && read_oids(&out->policies, &out->policy_count,
                                                             found->value, true, pool));
}

/* QCStatement: an identifier, and information whose form it alone tells.  @return NULL: broken. */
static const char *read_statement(mtls_bytes_t *info, mtls_bytes_t *rest, apr_pool_t *pool)
{
    mtls_der_t statement, id, any;

    if (!mtls_der_take(&statement, rest, MTLS_DER_SEQUENCE) ||
        !mtls_der_take(&id, &statement.content, MTLS_DER_OID)) {
        return NULL;
    }
    *info = statement.content;
    if (info->len != 0 &&
        (!mtls_der_next(&any, &statement.content) || statement.content.len != 0)) {
        return NULL;
    }
    return mtls_oid_write(id.content, pool);
}

/* On failure only the types may be there already. */
static bool read_statements(mtls_identity_t *out, mtls_bytes_t value, apr_pool_t *pool)
{
    mtls_der_t list;
    bool have_types = false;
    const char **ids;
    apr_size_t n, i;

    if (!mtls_der_open(&list, value, MTLS_DER_SEQUENCE) || !mtls_der_count(&n, list.content) ||
        n > MTLS_IDENTITY_MAX_OIDS) {
        return false;
    }
    ids = apr_palloc(pool, n * sizeof *ids);
    for (i = 0; i < n; i++) {
        mtls_bytes_t info;

        ids[i] = read_statement(&info, &list.content, pool);
        if (ids[i] == NULL) {
            return false;
        }
        if (strcmp(ids[i], MTLS_OID_QC_TYPE) == 0) {
            if (have_types || !read_oids(&out->qc_types, &out->qc_type_count, info, false, pool)) {
                return false;
            }
            have_types = true;
        }
    }
    out->qc_statements = ids;
    out->qc_statement_count = n;
    return true;
}

static void read_qc(mtls_identity_t *out, const found_t *found, apr_pool_t *pool)
{
    out->qc_complete =
        found->times == 0 || (found->times == 1 && read_statements(out, found->value, pool));
    if (!out->qc_complete) {
        out->qc_types = NULL;
        out->qc_type_count = 0;
    }
}

static void read_sans(mtls_identity_t *out, const found_t *found, apr_pool_t *pool)
{
    mtls_bytes_t kept;

    if (found->times > 1) {
        return;
    }
    kept.data = apr_pmemdup(pool, found->value.data, found->value.len);
    kept.len = found->value.len;
    out->sans_complete =
        found->times == 0 || mtls_sans_read(&out->sans, &out->san_count, kept, pool);
}

void mtls_extensions_read(mtls_identity_t *out, const X509 *cert, apr_pool_t *pool)
{
    found_t found[KINDS] = {{0, {NULL, 0}}};

    collect(found, cert);
    read_sans(out, &found[SUBJECT_ALT_NAME], pool);
    out->has_key_usage = found[KEY_USAGE].times != 0;
    if (found[KEY_USAGE].times == 1 && !read_key_usage(&out->key_usage, found[KEY_USAGE].value)) {
        out->key_usage = 0;
    }
    out->has_eku = found[EXT_KEY_USAGE].times != 0;
    if (found[EXT_KEY_USAGE].times == 1) {
        read_oids(&out->ekus, &out->eku_count, found[EXT_KEY_USAGE].value, false, pool);
    }
    read_policies(out, &found[POLICIES], pool);
    read_qc(out, &found[QC_STATEMENTS], pool);
    out->is_ca = found[BASIC_CONSTRAINTS].times > 1 || (found[BASIC_CONSTRAINTS].times == 1 &&
                                                        read_is_ca(found[BASIC_CONSTRAINTS].value));
}
