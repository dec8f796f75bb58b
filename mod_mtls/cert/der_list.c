/* mod_mtls/cert/der_list.c - see der_list.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "der_list.h"

enum { LENGTH_LEN = 2 };

unsigned char *mtls_number_put(unsigned char *at, apr_uint64_t value, int octets)
{
    while (octets-- > 0) {
        at[octets] = (unsigned char)value;
        value >>= 8;
    }
    return at;
}

apr_uint64_t mtls_number_take(mtls_bytes_t *rest, int octets)
{
    apr_uint64_t value = 0;

    while (octets-- > 0) {
        value = (value << 8) | *rest->data++;
        rest->len--;
    }
    return value;
}

bool mtls_der_list_measure(apr_size_t *len, const mtls_bytes_t *list, int count, apr_size_t max)
{
    int i;

    for (i = 0; i < count; i++) {
        if (list[i].len == 0 || list[i].len > max) {
            return false;
        }
        *len += LENGTH_LEN + list[i].len;
    }
    return *len <= max;
}

void mtls_der_list_put(unsigned char *at, const mtls_bytes_t *list, int count)
{
    int i;

    for (i = 0; i < count; i++) {
        at = mtls_number_put(at, list[i].len, LENGTH_LEN) + LENGTH_LEN;
        memcpy(at, list[i].data, list[i].len);
        at += list[i].len;
    }
}

bool mtls_der_list_take(mtls_bytes_t *list, int count, mtls_bytes_t data)
{
    int i;

    for (i = 0; i < count; i++) {
        apr_size_t len;

        if (data.len < LENGTH_LEN) {
            return false;
        }
        len = (apr_size_t)mtls_number_take(&data, LENGTH_LEN);
        if (len == 0 || len > data.len) {
            return false;
        }
        list[i] = (mtls_bytes_t){data.data, len};
        data.data += len;
        data.len -= len;
    }
    return data.len == 0;
}
