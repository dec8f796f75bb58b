/*
 * mtls/httpd/env.h - the MTLS_* variables where httpd's users look for them.
 *
 * Environment (CGI, proxies, %{..}e), expressions (%{MTLS_X}) and mod_headers'
 * %{MTLS_X}s.  All computed by mtls/policy/vars.h.
 *
 * May include: httpd, mtls/httpd/told.h.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_ENV_H
#define MTLS_HTTPD_ENV_H

#include <ap_expr.h>
#include <httpd.h>

#include "mtls/httpd/told.h"

/** Put the variables of @a decision into the request's environment. */
void mtls_env_export(request_rec *r, const mtls_decision_t *decision);

/** Take out whatever calls itself MTLS_*: before us it is not from us (SetEnv, SetEnvIf; T-H06). */
void mtls_env_remove(apr_table_t *env);

/** Put the truth in the place of what mod_ssl has said of a certificate that it did not verify, where it has
 * said anything. */
void mtls_env_correct_modssl(const request_rec *r);

/** expr_lookup hook: variables named MTLS_*. */
int mtls_env_expr_lookup(ap_expr_lookup_parms *parms);

/** ssl_var_lookup hook, before mod_ssl's: variables named MTLS_*. */
const char *mtls_env_ssl_var(apr_pool_t *pool, server_rec *s, conn_rec *c, request_rec *r,
                             const char *name);

#endif /* MTLS_HTTPD_ENV_H */
