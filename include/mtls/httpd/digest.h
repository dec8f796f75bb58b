/*
 * mtls/httpd/digest.h - SHA-256 of texts that belong together.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_DIGEST_H
#define MTLS_HTTPD_DIGEST_H

#include <stdbool.h>

#include "mtls/cert/bytes.h"

/** Several runs of octets; each counts with its length, so that no two lists of different split are
 * alike. */
bool mtls_digest(unsigned char out[MTLS_SHA256_LEN], const mtls_bytes_t *runs, int count);

/** One text.  @return false, and @a out zeroed, when memory is out */
bool mtls_digest_text(unsigned char out[MTLS_SHA256_LEN], const char *text);

#endif /* MTLS_HTTPD_DIGEST_H */
