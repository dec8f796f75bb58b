/*
 * mod_mtls/cert/name_compare.c - what makes two names the same.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/cert/name_spec.h"

/* What a value is compared by. */
static mtls_bytes_t value_of(const mtls_attr_t *attr)
{
    return attr->text.len != 0 ? attr->text : attr->der;
}

static int compare_sizes(apr_size_t a, apr_size_t b)
{
    return a < b ? -1 : a > b;
}

/* An order in which only equal attributes are neighbours without a difference. */
static int compare_attrs(const mtls_attr_t *a, const mtls_attr_t *b)
{
    mtls_bytes_t left = value_of(a);
    mtls_bytes_t right = value_of(b);
    int result = compare_sizes(left.len, right.len);

    if (result == 0) {
        result = compare_sizes(a->text.len != 0, b->text.len != 0);
    }
    if (result == 0 && left.len != 0) {
        result = memcmp(left.data, right.data, left.len);
    }
    return result != 0 ? result : strcmp(a->oid, b->oid);
}

static bool attrs_equal(const mtls_attr_t *a, const mtls_attr_t *b)
{
    return value_of(a).len != 0 && compare_attrs(a, b) == 0;
}

static apr_size_t occurrences(const mtls_attr_t *attr, const mtls_rdn_t *rdn)
{
    apr_size_t found = 0;
    apr_size_t i;

    for (i = 0; i < rdn->count; i++) {
        found += attrs_equal(attr, &rdn->attrs[i]);
    }
    return found;
}

/* X.501 forbids a type twice in one set, but a certificate can hold even the same attribute twice:
 * then that number counts. */
static bool rdns_equal(const mtls_rdn_t *a, const mtls_rdn_t *b)
{
    apr_size_t i;

    if (a->count != b->count) {
        return false;
    }
    if (a->count == 1) {
        return attrs_equal(&a->attrs[0], &b->attrs[0]);
    }
    for (i = 0; i < a->count; i++) {
        apr_size_t here = occurrences(&a->attrs[i], a);

        if (here == 0 || here != occurrences(&a->attrs[i], b)) {
            return false;
        }
    }
    return true;
}

bool mtls_name_is_under(const mtls_name_t *name, const mtls_name_t *base)
{
    apr_size_t i;

    if (!name->complete || !base->complete || base->count == 0 || name->count < base->count) {
        return false;
    }
    for (i = 0; i < base->count; i++) {
        if (!rdns_equal(&name->rdns[i], &base->rdns[i])) {
            return false;
        }
    }
    return true;
}

bool mtls_name_equal(const mtls_name_t *a, const mtls_name_t *b)
{
    return a->count == b->count && mtls_name_is_under(a, b);
}

enum { LEN_OCTETS = 4, KIND_TEXT = 't', KIND_DER = 'd' };

/* @return octets of the key; 0 when an attribute has no value to compare. */
static apr_size_t key_len(const mtls_name_t *name)
{
    apr_size_t len = 0;
    apr_size_t i, j;

    for (i = 0; i < name->count; i++) {
        len += LEN_OCTETS;
        for (j = 0; j < name->rdns[i].count; j++) {
            const mtls_attr_t *attr = &name->rdns[i].attrs[j];

            if (value_of(attr).len == 0) {
                return 0;
            }
            len += LEN_OCTETS + strlen(attr->oid) + 1 + LEN_OCTETS + value_of(attr).len;
        }
    }
    return len;
}

static unsigned char *put_len(unsigned char *out, apr_size_t len)
{
    int shift;

    for (shift = 8 * (LEN_OCTETS - 1); shift >= 0; shift -= 8) {
        *out++ = (unsigned char)(len >> shift);
    }
    return out;
}

static unsigned char *put_octets(unsigned char *out, const void *octets, apr_size_t len)
{
    out = put_len(out, len);
    memcpy(out, octets, len);
    return out + len;
}

static unsigned char *put_attr(unsigned char *out, const mtls_attr_t *attr)
{
    mtls_bytes_t value = value_of(attr);

    out = put_octets(out, attr->oid, strlen(attr->oid));
    *out++ = attr->text.len != 0 ? KIND_TEXT : KIND_DER;
    return put_octets(out, value.data, value.len);
}

static unsigned char *put_rdn(unsigned char *out, const mtls_rdn_t *rdn)
{
    const mtls_attr_t *sorted[MTLS_IDENTITY_MAX_ATTRS];
    apr_size_t i;

    for (i = 0; i < rdn->count; i++) {
        apr_size_t to = i;

        while (to > 0 && compare_attrs(&rdn->attrs[i], sorted[to - 1]) < 0) {
            sorted[to] = sorted[to - 1];
            to--;
        }
        sorted[to] = &rdn->attrs[i];
    }
    out = put_len(out, rdn->count);
    for (i = 0; i < rdn->count; i++) {
        out = put_attr(out, sorted[i]);
    }
    return out;
}

mtls_bytes_t mtls_name_key(const mtls_name_t *name, apr_pool_t *pool)
{
    apr_size_t len = name->complete ? key_len(name) : 0;
    mtls_bytes_t key = {NULL, 0};
    unsigned char *out;
    apr_size_t i;

    if (len == 0) {
        return key;
    }
    key.data = out = apr_palloc(pool, len);
    key.len = len;
    for (i = 0; i < name->count; i++) {
        out = put_rdn(out, &name->rdns[i]);
    }
    return key;
}
