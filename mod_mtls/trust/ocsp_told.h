/*
 * mod_mtls/trust/ocsp_told.h - what was told of responders lately, so that nobody is told it with
 * every certificate.
 *
 * May include: APR.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_OCSP_TOLD_H
#define MTLS_TRUST_OCSP_TOLD_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <stdbool.h>

/** Opaque. */
typedef struct mtls_ocsp_told_t mtls_ocsp_told_t;

apr_status_t mtls_ocsp_told_make(mtls_ocsp_told_t **out, apr_pool_t *pool);

/** @return whether @a text was told of @a server within MTLS_OCSP_RETRY; if not, it is now. Thread:
 * any. */
bool mtls_ocsp_told_before(mtls_ocsp_told_t *told, const char *server, const char *text);

#endif /* MTLS_TRUST_OCSP_TOLD_H */
