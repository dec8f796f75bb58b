/*
 * mod_mtls/cert/der_list.h - certificates one after the other in a record: each its length in two
 * octets, big-endian and at least 1, then its DER.
 *
 * May include: APR, mtls/cert.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_DER_LIST_H
#define MTLS_CERT_DER_LIST_H

#include <apr.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"

/** Write @a octets octets of a number, big-endian.  @return @a at */
unsigned char *mtls_number_put(unsigned char *at, apr_uint64_t value, int octets);

/** Take a number of @a octets octets, which there must be, off the front of @a rest. */
apr_uint64_t mtls_number_take(mtls_bytes_t *rest, int octets);

/**
 * @param len  grows by what the list takes; undefined on failure
 * @param max  at most 65535: what @a len may grow to
 * @return false when it would be more, or one is empty
 */
bool mtls_der_list_measure(apr_size_t *len, const mtls_bytes_t *list, int count, apr_size_t max);

/** Write a list that has been measured. */
void mtls_der_list_put(unsigned char *at, const mtls_bytes_t *list, int count);

/**
 * @param list  filled with @a count runs that point into @a data
 * @return false when they do not fill @a data exactly, or one is empty
 */
bool mtls_der_list_take(mtls_bytes_t *list, int count, mtls_bytes_t data);

#endif /* MTLS_CERT_DER_LIST_H */
