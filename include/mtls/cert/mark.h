/*
 * mtls/cert/mark.h - what a log may say of an id that is as good as a password.
 *
 * Whoever reads a mark cannot make the id of it, but lines that have the same mark are of the same
 * one.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_MARK_H
#define MTLS_CERT_MARK_H

#include <apr_pools.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"

/** Octets of a mark: the first of the id's SHA-256. */
#define MTLS_MARK_LEN 8

/** @return false, and @a out zeroed, when memory is out.  Thread: any. */
bool mtls_mark_make(unsigned char out[MTLS_MARK_LEN], mtls_bytes_t id);

/** @return in hexadecimal, lower case, from @a pool. */
const char *mtls_mark_write(const unsigned char mark[MTLS_MARK_LEN], apr_pool_t *pool);

#endif /* MTLS_CERT_MARK_H */
