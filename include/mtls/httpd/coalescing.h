/*
 * mtls/httpd/coalescing.h - would a browser use one connection for two hosts?
 *
 * It does when both have the same address and port, speak HTTP/2, and the certificate it was shown covers
 * both names (RFC 9113 section 9.1.1).  The endpoint then answers 421 and the browser tries again, which
 * works, and costs every visitor a round trip.
 *
 * May include: httpd, OpenSSL, mtls/httpd/config.h.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_COALESCING_H
#define MTLS_HTTPD_COALESCING_H

#include "mtls/httpd/config.h"

/** @return whether two hosts share an address with its port. */
bool mtls_coalescing_is_same_address(const server_rec *a, const server_rec *b);

/** Warn, at the address of @a s, when browsers would take @a endpoint for it. */
void mtls_coalescing_check(server_rec *main, const server_rec *s, const server_rec *endpoint,
                           mtls_faults_t *faults, apr_pool_t *scratch);

#endif /* MTLS_HTTPD_COALESCING_H */
