/*
 * mod_mtls/cert/extension_read.c - the certificate extensions an identity speaks of.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "extension_read.h"

#include <apr_strings.h>

#include "der.h"
#include "oid.h"
#include "san_read.h"

/* All of them are id-ce 2.5.29.x. */
typedef enum {
    KEY_USAGE,
    SUBJECT_ALT_NAME,
    BASIC_CONSTRAINTS,
    POLICIES,
    EXT_KEY_USAGE,
    KINDS
} kind_t;
static const unsigned char last_arc[KINDS] = {15, 17, 19, 32, 37};

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
        const unsigned char *oid = OBJ_get0_data(type);

        if (OBJ_length(type) != 3 || oid[0] != 0x55 || oid[1] != 0x1d) {
            continue;
        }
        for (k = 0; k < KINDS; k++) {
            if (oid[2] == last_arc[k]) {
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

static void read_oids(const char *const **out, apr_size_t *count, mtls_bytes_t value,
                      bool in_sequence, apr_pool_t *pool)
{
    mtls_der_t list, item;
    const char **oids;
    apr_size_t n, i;

    if (!mtls_der_open(&list, value, MTLS_DER_SEQUENCE) || !mtls_der_count(&n, list.content) ||
        n > MTLS_IDENTITY_MAX_OIDS) {
        return;
    }
    oids = apr_palloc(pool, n * sizeof *oids);
    for (i = 0; mtls_der_next(&item, &list.content); i++) {
        oids[i] = read_item_oid(&item, in_sequence, pool);
        if (oids[i] == NULL) {
            return;
        }
    }
    *out = oids;
    *count = n;
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
    if (found[POLICIES].times == 1) {
        read_oids(&out->policies, &out->policy_count, found[POLICIES].value, true, pool);
    }
    out->is_ca = found[BASIC_CONSTRAINTS].times > 1 || (found[BASIC_CONSTRAINTS].times == 1 &&
                                                        read_is_ca(found[BASIC_CONSTRAINTS].value));
}
