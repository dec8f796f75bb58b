/*
 * mod_mtls/cert/der.c - walk DER without decoding it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/cert/der.h"

enum { LONG_FORM = 0x80, HIGH_TAG = 0x1f, MAX_LENGTH_OCTETS = 4 };

/* X.690 section 10.1: definite, and in the fewest octets. */
static bool take_length(apr_size_t *out, mtls_bytes_t *rest)
{
    apr_size_t octets;
    apr_size_t value = 0;
    apr_size_t i;

    if (rest->len == 0) {
        return false;
    }
    if (rest->data[0] < LONG_FORM) {
        *out = rest->data[0];
        rest->data++;
        rest->len--;
        return true;
    }
    octets = rest->data[0] & ~(unsigned)LONG_FORM;
    if (octets == 0 || octets > MAX_LENGTH_OCTETS || rest->len < 1 + octets || rest->data[1] == 0) {
        return false;
    }
    for (i = 1; i <= octets; i++) {
        value = (value << 8) | rest->data[i];
    }
    if (value < LONG_FORM) {
        return false;
    }
    *out = value;
    rest->data += 1 + octets;
    rest->len -= 1 + octets;
    return true;
}

bool mtls_der_next(mtls_der_t *out, mtls_bytes_t *rest)
{
    mtls_bytes_t at = *rest;
    apr_size_t len;

    if (at.len < 2 || (at.data[0] & HIGH_TAG) == HIGH_TAG) {
        return false;
    }
    out->tag = at.data[0];
    out->whole.data = at.data;
    at.data++;
    at.len--;
    if (!take_length(&len, &at) || len > at.len) {
        return false;
    }
    out->content.data = at.data;
    out->content.len = len;
    out->whole.len = (apr_size_t)(at.data - out->whole.data) + len;
    rest->data = at.data + len;
    rest->len = at.len - len;
    return true;
}

bool mtls_der_take(mtls_der_t *out, mtls_bytes_t *rest, unsigned char tag)
{
    return rest->len != 0 && rest->data[0] == tag && mtls_der_next(out, rest);
}

bool mtls_der_open(mtls_der_t *out, mtls_bytes_t whole, unsigned char tag)
{
    return mtls_der_take(out, &whole, tag) && whole.len == 0;
}

bool mtls_der_count(apr_size_t *count, mtls_bytes_t list)
{
    mtls_der_t item;
    apr_size_t n = 0;

    while (mtls_der_next(&item, &list)) {
        n++;
    }
    *count = list.len == 0 ? n : 0;
    return list.len == 0;
}
