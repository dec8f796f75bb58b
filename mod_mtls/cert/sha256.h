/*
 * mod_mtls/cert/sha256.h - SHA-256 without looking the algorithm up each time.
 *
 * OpenSSL 3's one-shot functions fetch the digest for each call, which costs more than hashing a
 * small certificate.  It is fetched once for the process here, and never given back: the module is
 * linked to stay (-z nodelete).
 *
 * May include: OpenSSL, APR, mtls/cert.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_SHA256_H
#define MTLS_CERT_SHA256_H

#include <apr.h>
#include <stdbool.h>

/**
 * @param out  MTLS_SHA256_LEN octets; undefined on failure
 * @return false when the digest cannot be had or memory is out
 * Thread: any.
 */
bool mtls_sha256(const unsigned char *data, apr_size_t len, unsigned char *out);

#endif /* MTLS_CERT_SHA256_H */
