/*
 * mtls/httpd/fetching.h - what this server's own HTTP requests to CAs have in common: proxy, the CAs of
 * https servers, and that they end when the child does.
 *
 * May include: httpd, OpenSSL, mtls/httpd, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_FETCHING_H
#define MTLS_HTTPD_FETCHING_H

#include <httpd.h>

#include "mtls/trust/fault.h"
#include "mtls/trust/fetch.h"

/** Opaque; made in the parent, each child has its own copy. */
typedef struct mtls_fetching_t mtls_fetching_t;

/**
 * Make it from MTLSFetchProxy and MTLSFetchCACertificateFile of the main server.
 * @return NULL with a fault when the CAs cannot be loaded
 */
mtls_fetching_t *mtls_fetching_make(server_rec *main, mtls_faults_t *faults, apr_pool_t *pconf);

/** @return what exchanges work with, borrowed. */
const mtls_fetch_means_t *mtls_fetching_means(const mtls_fetching_t *fetching);

/** End all exchanges of this child soon, and begin no other.  Thread: any. */
void mtls_fetching_stop(void);

#endif /* MTLS_HTTPD_FETCHING_H */
