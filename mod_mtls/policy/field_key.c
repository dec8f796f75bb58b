/*
 * mod_mtls/policy/field_key.c - keys that are put together; every part is typed or has its length.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "field_value.h"
#include "mtls/cert/name_spec.h"

/* A serial number's key has at most MTLS_IDENTITY_MAX_SERIAL + 1 octets: two octets hold that. */
enum { LENGTH_OCTETS = 2 };
_Static_assert(MTLS_IDENTITY_MAX_SERIAL + 1 <= 0xffff, "the length fits");

mtls_bytes_t mtls_field_octets(const char *string)
{
    mtls_bytes_t octets = {(const unsigned char *)string, strlen(string)};

    return octets;
}

/* Three parts as one; a NUL is after it. */
static mtls_bytes_t join(mtls_bytes_t a, mtls_bytes_t b, mtls_bytes_t c, apr_pool_t *pool)
{
    const mtls_bytes_t parts[] = {a, b, c};
    unsigned char *data = apr_palloc(pool, a.len + b.len + c.len + 1);
    mtls_bytes_t whole = {data, 0};
    apr_size_t i;

    for (i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].len != 0) {
            memcpy(data + whole.len, parts[i].data, parts[i].len);
            whole.len += parts[i].len;
        }
    }
    data[whole.len] = '\0';
    return whole;
}

mtls_bytes_t mtls_field_serial_key(mtls_bytes_t magnitude, bool negative, apr_pool_t *pool)
{
    static const unsigned char zero = 0;
    mtls_bytes_t sign = {&zero, 1};

    return negative ? join(sign, magnitude, (mtls_bytes_t){NULL, 0}, pool) : magnitude;
}

mtls_bytes_t mtls_field_serial_issuer_key(mtls_bytes_t serial_key, const mtls_name_t *issuer,
                                          apr_pool_t *pool)
{
    unsigned char length[LENGTH_OCTETS] = {(unsigned char)(serial_key.len >> 8),
                                           (unsigned char)(serial_key.len & 0xff)};

    return join((mtls_bytes_t){length, LENGTH_OCTETS}, serial_key, mtls_name_key(issuer, pool),
                pool);
}

mtls_bytes_t mtls_field_serial_of(mtls_bytes_t serial_issuer_key)
{
    const unsigned char *data = serial_issuer_key.data;
    mtls_bytes_t serial = {data + LENGTH_OCTETS, ((apr_size_t)data[0] << 8) | data[1]};

    return serial;
}

mtls_bytes_t mtls_field_der_key(const char *oid, mtls_bytes_t der, apr_pool_t *pool)
{
    return oid != NULL ? join(mtls_field_octets(oid), mtls_field_octets("="), der, pool) : der;
}

mtls_bytes_t mtls_field_lower(mtls_bytes_t octets, apr_pool_t *pool)
{
    mtls_bytes_t lower = octets;
    apr_size_t i;

    for (i = 0; i < octets.len && (octets.data[i] < 'A' || octets.data[i] > 'Z'); i++) {
    }
    if (i < octets.len) {
        char *copy = apr_pstrmemdup(pool, (const char *)octets.data, octets.len);

        for (; i < octets.len; i++) {
            if (copy[i] >= 'A' && copy[i] <= 'Z') {
                copy[i] = (char)(copy[i] - 'A' + 'a');
            }
        }
        lower.data = (const unsigned char *)copy;
    }
    return lower;
}

mtls_bytes_t mtls_field_mailbox_key(mtls_bytes_t text, mtls_bytes_t domain, apr_pool_t *pool)
{
    mtls_bytes_t lower = mtls_field_lower(domain, pool);
    mtls_bytes_t key = text;

    if (lower.data != domain.data) {
        char *copy = apr_pstrmemdup(pool, (const char *)text.data, text.len);

        memcpy(copy + (text.len - domain.len), lower.data, lower.len);
        key.data = (const unsigned char *)copy;
    }
    return key;
}
