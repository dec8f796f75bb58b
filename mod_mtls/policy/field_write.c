/*
 * mod_mtls/policy/field_write.c - values in their one canonical notation.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_tables.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "field_row.h"
#include "field_value.h"
#include "mtls/cert/text.h"

enum { IPV4_LEN = 4 };

const char *mtls_field_write_serial(mtls_bytes_t serial_key, apr_pool_t *pool)
{
    bool negative = serial_key.len > 1 && serial_key.data[0] == 0;
    mtls_bytes_t magnitude = {serial_key.data + negative, serial_key.len - negative};

    return apr_pstrcat(pool, negative ? "-0x" : "0x", mtls_hex_write(magnitude, pool), NULL);
}

static const char *write_address(mtls_bytes_t key, apr_pool_t *pool)
{
    char printed[INET6_ADDRSTRLEN];
    const char *text =
        inet_ntop(key.len == IPV4_LEN ? AF_INET : AF_INET6, key.data, printed, sizeof printed);

    return text != NULL ? apr_pstrdup(pool, text) : "";
}

static const char *write_digest(mtls_bytes_t key, apr_pool_t *pool)
{
    char *hex = apr_palloc(pool, 2 * key.len + 1);
    apr_size_t i;

    for (i = 0; i < key.len; i++) {
        hex[2 * i] = "0123456789abcdef"[key.data[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[key.data[i] & 15];
    }
    hex[2 * key.len] = '\0';
    return hex;
}

/* No type-id has an "=" and no DER of one begins with a digit, as an otherName's key does. */
static const char *write_der(const mtls_field_t *field, mtls_bytes_t key, apr_pool_t *pool)
{
    bool typed = mtls_field_row(field)->arg == MTLS_SAN_OTHER;
    const unsigned char *sign = typed ? memchr(key.data, '=', key.len) : NULL;
    apr_size_t type_len = sign != NULL ? (apr_size_t)(sign - key.data) + 1 : 0;
    mtls_bytes_t der = {key.data + type_len, key.len - type_len};

    return apr_pstrcat(pool, apr_pstrmemdup(pool, (const char *)key.data, type_len), "#",
                       mtls_hex_write(der, pool), NULL);
}

/* RFC 4514 section 2.4, with the fewest escapes. */
static const char *escape(mtls_bytes_t text, apr_pool_t *pool)
{
    char *out = apr_palloc(pool, 2 * text.len + 1);
    char *at = out;
    apr_size_t i;

    for (i = 0; i < text.len; i++) {
        unsigned char octet = text.data[i];
        bool edge = i == 0 || i + 1 == text.len;

        if ((octet != '\0' && strchr("\"+,;<>\\", octet) != NULL) || (octet == ' ' && edge) ||
            (octet == '#' && i == 0)) {
            *at++ = '\\';
        }
        *at++ = (char)octet;
    }
    *at = '\0';
    return out;
}

static const char *write_attr(const mtls_attr_t *attr, apr_pool_t *pool)
{
    char *type = apr_pstrdup(pool, mtls_field_attr_word(attr->oid));
    char *c;

    for (c = type; *c; c++) {
        *c = (char)apr_toupper(*c);
    }
    if (attr->text.len == 0) {
        return apr_pstrcat(pool, type, "=#", mtls_hex_write(attr->der, pool), NULL);
    }
    return apr_pstrcat(pool, type, "=", escape(attr->text, pool), NULL);
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *write_rdn(const mtls_rdn_t *rdn, apr_pool_t *pool)
{
    apr_array_header_t *attrs = apr_array_make(pool, (int)rdn->count, sizeof(const char *));
    apr_size_t i;

    for (i = 0; i < rdn->count; i++) {
        APR_ARRAY_PUSH(attrs, const char *) = write_attr(&rdn->attrs[i], pool);
    }
    qsort(attrs->elts, (size_t)attrs->nelts, sizeof(const char *), compare_text);
    return apr_array_pstrcat(pool, attrs, '+');
}

const char *mtls_field_write_name(const mtls_name_t *name, apr_pool_t *pool)
{
    apr_array_header_t *rdns = apr_array_make(pool, (int)name->count, sizeof(const char *));
    apr_size_t i;

    for (i = name->count; i > 0; i--) {
        APR_ARRAY_PUSH(rdns, const char *) = write_rdn(&name->rdns[i - 1], pool);
    }
    return apr_array_pstrcat(pool, rdns, ',');
}

mtls_bytes_t mtls_field_write(const mtls_field_t *field, const mtls_field_value_t *value,
                              apr_pool_t *pool)
{
    const char *text = "";

    switch (field->kind) {
    case MTLS_FIELD_TEXT:
    case MTLS_FIELD_HOST:
    case MTLS_FIELD_MAILBOX:
    case MTLS_FIELD_OID:
        return value->key;
    case MTLS_FIELD_NAME:
        text = mtls_field_write_name(value->name, pool);
        break;
    case MTLS_FIELD_ADDRESS:
        text = write_address(value->key, pool);
        break;
    case MTLS_FIELD_NUMBER:
        text = mtls_field_write_serial(value->key, pool);
        break;
    case MTLS_FIELD_DIGEST:
        text = write_digest(value->key, pool);
        break;
    case MTLS_FIELD_DER:
        text = write_der(field, value->key, pool);
        break;
    case MTLS_FIELD_SERIAL_ISSUER:
        text = apr_pstrcat(pool, mtls_field_write_serial(mtls_field_serial_of(value->key), pool),
                           "$", mtls_field_write_name(value->name, pool), NULL);
        break;
    case MTLS_FIELD_KINDS:
        break;
    }
    return mtls_field_octets(text);
}
