/*
 * mtls/cert/bytes.h - a counted, borrowed run of octets.
 *
 * Certificates carry values with NUL and worse inside, so nothing in this
 * project that came from one is ever a C string on trust: it has a length.
 *
 * May include: APR only.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_BYTES_H
#define MTLS_CERT_BYTES_H

#include <apr.h>
#include <stdbool.h>
#include <string.h>

/** Size of every SHA-256 in this project, in octets. */
#define MTLS_SHA256_LEN 32

/** Borrowed octets; the owner is whoever owns the struct that holds them. */
typedef struct {
    const unsigned char *data; /**< NULL only when len is 0 */
    apr_size_t len;            /**< octets */
} mtls_bytes_t;

/** @return true when both runs hold the same octets; empty equals nothing, not even empty. */
static inline bool mtls_bytes_equal(mtls_bytes_t a, mtls_bytes_t b)
{
    return a.len != 0 && a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

#endif /* MTLS_CERT_BYTES_H */
