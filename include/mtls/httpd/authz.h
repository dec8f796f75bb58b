/*
 * mtls/httpd/authz.h - our Require providers, on top of mtls/policy/require.h.
 *
 * May include: httpd.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_AUTHZ_H
#define MTLS_HTTPD_AUTHZ_H

#include <apr_pools.h>

/** Register all providers; once, in register_hooks. */
void mtls_authz_register(apr_pool_t *pool);

#endif /* MTLS_HTTPD_AUTHZ_H */
