/*
 * mtls/httpd/auth_config.h - httpd's own authentication directives, as far as they concern us.
 *
 * May include: httpd, mtls/httpd/config.h.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_AUTH_CONFIG_H
#define MTLS_HTTPD_AUTH_CONFIG_H

#include "mtls/httpd/config.h"

/**
 * Look through the whole tree.  Warnings: "AuthType mtls" where nothing says who the user is, or where
 * no certificate is asked for; "Require mtls-group" and "mtls-attr" where no source gives groups and
 * attributes.  The text of a configuration does not tell for certain which sections
 * meet in a request, and such a place lets nobody in, so it is no fault.
 */
void mtls_auth_check(server_rec *main, mtls_faults_t *faults, apr_pool_t *scratch);

#endif /* MTLS_HTTPD_AUTH_CONFIG_H */
