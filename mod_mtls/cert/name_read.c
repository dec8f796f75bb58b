/*
 * mod_mtls/cert/name_read.c - from a Name's DER to a typed, ordered name.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/cert/name_read.h"

#include "mtls/cert/der.h"
#include "oid.h"
#include "string_read.h"

enum { UNIVERSAL_CLASS_MASK = 0xc0, TAG_NUMBER_MASK = 0x1f };

/* AttributeTypeAndValue: SEQUENCE of a type and a value, nothing after them. */
static bool take_attribute(mtls_der_t *type, mtls_der_t *value, mtls_bytes_t *rest)
{
    mtls_der_t pair;

    return mtls_der_take(&pair, rest, MTLS_DER_SEQUENCE) &&
           mtls_der_take(type, &pair.content, MTLS_DER_OID) &&
           mtls_der_next(value, &pair.content) && pair.content.len == 0;
}

/* The whole structure is checked here, so that filling in cannot meet anything unexpected. */
static bool count_parts(apr_size_t *rdns, apr_size_t *attrs, mtls_bytes_t list)
{
    mtls_der_t set;

    *rdns = 0;
    *attrs = 0;
    while (mtls_der_take(&set, &list, MTLS_DER_SET)) {
        mtls_bytes_t members = set.content;

        if (members.len == 0) {
            return false;
        }
        while (members.len != 0) {
            mtls_der_t type, value;

            if (!take_attribute(&type, &value, &members)) {
                return false;
            }
            ++*attrs;
        }
        ++*rdns;
    }
    return list.len == 0;
}

static bool fill_attribute(mtls_attr_t *attr, mtls_bytes_t *members, apr_pool_t *pool)
{
    mtls_der_t type, value;

    if (!take_attribute(&type, &value, members)) {
        return false;
    }
    attr->oid = mtls_oid_write(type.content, pool);
    attr->short_name = mtls_oid_short_name(type.content);
    attr->asn1_tag = (value.tag & UNIVERSAL_CLASS_MASK) == 0 ? value.tag & TAG_NUMBER_MASK : 0;
    attr->text = mtls_string_read(value.tag, value.content, pool);
    attr->der = value.whole;
    return attr->oid != NULL;
}

static bool fill(mtls_rdn_t *rdn, mtls_attr_t *attr, mtls_bytes_t list, apr_pool_t *pool)
{
    mtls_der_t set;

    while (mtls_der_next(&set, &list)) {
        rdn->attrs = attr;
        while (set.content.len != 0) {
            if (!fill_attribute(attr, &set.content, pool)) {
                return false;
            }
            attr++;
        }
        rdn->count = (apr_size_t)(attr - rdn->attrs);
        rdn++;
    }
    return true;
}

bool mtls_name_read(mtls_name_t *out, mtls_bytes_t der, apr_pool_t *pool)
{
    mtls_der_t name;
    apr_size_t rdn_count, attr_count;
    mtls_rdn_t *rdns;
    mtls_attr_t *attrs;

    memset(out, 0, sizeof *out);
    if (!mtls_der_open(&name, der, MTLS_DER_SEQUENCE) ||
        !count_parts(&rdn_count, &attr_count, name.content)) {
        return false;
    }
    out->der = der;
    if (attr_count > MTLS_IDENTITY_MAX_ATTRS) {
        return true;
    }
    rdns = apr_palloc(pool, rdn_count * sizeof *rdns);
    attrs = apr_palloc(pool, attr_count * sizeof *attrs);
    if (fill(rdns, attrs, name.content, pool)) {
        out->rdns = rdns;
        out->count = rdn_count;
        out->complete = true;
    }
    return true;
}
