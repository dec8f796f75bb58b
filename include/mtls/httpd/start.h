/*
 * mtls/httpd/start.h - make what belongs to the process and what its children share.
 *
 * May include: httpd, mtls/httpd/config.h.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_START_H
#define MTLS_HTTPD_START_H

#include <httpd.h>

/** post_config hook: the memo, the board, the shared cache, the threads; says what was loaded. */
int mtls_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main);

/** child_init hook, before mod_watchdog's. */
void mtls_start_child(apr_pool_t *pchild, server_rec *main);

/** child_stopping hook: who waits for a responder waits no longer, unless the child ends gracefully. */
void mtls_start_child_stopping(apr_pool_t *pchild, int graceful);

#endif /* MTLS_HTTPD_START_H */
