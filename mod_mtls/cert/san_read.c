/*
 * mod_mtls/cert/san_read.c - alternative names, each with its type.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "san_read.h"

#include <apr_strings.h>
#include <arpa/inet.h>

#include "mtls/cert/der.h"
#include "mtls/cert/name_read.h"
#include "oid.h"
#include "string_read.h"

enum { IPV4_LEN = 4, IPV6_LEN = 16 };

static mtls_bytes_t text_of(const char *string)
{
    mtls_bytes_t text = {(const unsigned char *)string, strlen(string)};

    return text;
}

static bool read_ia5(mtls_san_t *san, mtls_san_type_t type, mtls_bytes_t content, apr_pool_t *pool)
{
    san->type = type;
    san->raw = content;
    san->text = mtls_string_read(MTLS_DER_IA5, content, pool);
    return true;
}

static bool read_opaque(mtls_san_t *san, mtls_san_type_t type, mtls_bytes_t whole)
{
    san->type = type;
    san->raw = whole;
    return true;
}

static bool read_address(mtls_san_t *san, mtls_bytes_t content, apr_pool_t *pool)
{
    char printed[INET6_ADDRSTRLEN];

    san->type = MTLS_SAN_IP;
    san->raw = content;
    if (content.len == IPV4_LEN || content.len == IPV6_LEN) {
        int family = content.len == IPV4_LEN ? AF_INET : AF_INET6;

        if (inet_ntop(family, content.data, printed, sizeof printed) == NULL) {
            return false;
        }
        san->text = text_of(apr_pstrdup(pool, printed));
    }
    return true;
}

static bool read_registered_id(mtls_san_t *san, mtls_bytes_t content, apr_pool_t *pool)
{
    san->type = MTLS_SAN_RID;
    san->raw = content;
    san->oid = mtls_oid_write(content, pool);
    if (san->oid != NULL) {
        san->text = text_of(san->oid);
    }
    return san->oid != NULL;
}

static bool read_directory_name(mtls_san_t *san, mtls_bytes_t content, apr_pool_t *pool)
{
    mtls_name_t *name = apr_palloc(pool, sizeof *name);

    san->type = MTLS_SAN_DIRNAME;
    san->raw = content;
    san->name = name;
    return mtls_name_read(name, content, pool);
}

/* OtherName: type-id, then [0] EXPLICIT value. */
static bool read_other_name(mtls_san_t *san, mtls_bytes_t content, apr_pool_t *pool)
{
    mtls_der_t type, wrapper, value;

    if (!mtls_der_take(&type, &content, MTLS_DER_OID) ||
        !mtls_der_open(&wrapper, content, MTLS_DER_CONTEXT | MTLS_DER_CONSTRUCTED) ||
        !mtls_der_next(&value, &wrapper.content) || wrapper.content.len != 0) {
        return false;
    }
    san->type = MTLS_SAN_OTHER;
    san->raw = value.whole;
    san->oid = mtls_oid_write(type.content, pool);
    if (san->oid == NULL) {
        return false;
    }
    if (value.tag == MTLS_DER_UTF8 && strcmp(san->oid, MTLS_OID_UPN) == 0) {
        san->type = MTLS_SAN_UPN;
        san->text = mtls_string_read(MTLS_DER_UTF8, value.content, pool);
    }
    return true;
}

/* GeneralName is IMPLICIT TAGS but for directoryName, a CHOICE, and so explicit. */
static bool read_general_name(mtls_san_t *san, const mtls_der_t *item, apr_pool_t *pool)
{
    switch (item->tag) {
    case MTLS_DER_CONTEXT | MTLS_DER_CONSTRUCTED | 0:
        return read_other_name(san, item->content, pool);
    case MTLS_DER_CONTEXT | 1:
        return read_ia5(san, MTLS_SAN_EMAIL, item->content, pool);
    case MTLS_DER_CONTEXT | 2:
        return read_ia5(san, MTLS_SAN_DNS, item->content, pool);
    case MTLS_DER_CONTEXT | MTLS_DER_CONSTRUCTED | 3:
        return read_opaque(san, MTLS_SAN_X400, item->whole);
    case MTLS_DER_CONTEXT | MTLS_DER_CONSTRUCTED | 4:
        return read_directory_name(san, item->content, pool);
    case MTLS_DER_CONTEXT | MTLS_DER_CONSTRUCTED | 5:
        return read_opaque(san, MTLS_SAN_EDIPARTY, item->whole);
    case MTLS_DER_CONTEXT | 6:
        return read_ia5(san, MTLS_SAN_URI, item->content, pool);
    case MTLS_DER_CONTEXT | 7:
        return read_address(san, item->content, pool);
    case MTLS_DER_CONTEXT | 8:
        return read_registered_id(san, item->content, pool);
    default: /* an octet, not an enum: RFC 5280 knows no other form */
        return false;
    }
}

bool mtls_sans_read(const mtls_san_t **out, apr_size_t *count, mtls_bytes_t value, apr_pool_t *pool)
{
    mtls_der_t list, item;
    mtls_san_t *sans;
    apr_size_t n, i;

    *out = NULL;
    *count = 0;
    if (!mtls_der_open(&list, value, MTLS_DER_SEQUENCE) || !mtls_der_count(&n, list.content) ||
        n > MTLS_IDENTITY_MAX_SANS) {
        return false;
    }
    sans = apr_pcalloc(pool, n * sizeof *sans);
    for (i = 0; mtls_der_next(&item, &list.content); i++) {
        if (!read_general_name(&sans[i], &item, pool)) {
            return false;
        }
    }
    *out = sans;
    *count = n;
    return true;
}
