/*
 * mtls/httpd/modssl_config.h - what the configuration tells mod_ssl, as far as it concerns us.
 *
 * mod_ssl's own records are private; the configuration tree is not.
 *
 * May include: httpd, mtls/httpd/config.h.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_MODSSL_CONFIG_H
#define MTLS_HTTPD_MODSSL_CONFIG_H

#include "mtls/httpd/config.h"

/**
 * Look through the whole tree for mod_ssl directives that cannot stand beside ours, and note for
 * each host whether mod_ssl itself asks for certificates there (mtls_server_t.modssl_asks).
 *
 * Faults: SSLVerifyClient that asks in a place where MTLSVerifyClient asks; SSLUserName,
 * SSLOptions +FakeBasicAuth, SSLRequire with SSL_CLIENT_*, and Require with SSL_CLIENT_* other than
 * SSL_CLIENT_VERIFY in a host we look after, because they believe a certificate before, or without,
 * looking at mod_ssl's verify result.
 */
void mtls_modssl_check(server_rec *main, mtls_faults_t *faults, apr_pool_t *scratch);

#endif /* MTLS_HTTPD_MODSSL_CONFIG_H */
