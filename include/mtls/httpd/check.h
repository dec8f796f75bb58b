/*
 * mtls/httpd/check.h - find everything wrong with a configuration, in one run, and load it.
 *
 * May include: httpd, mtls/httpd/config.h.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_CHECK_H
#define MTLS_HTTPD_CHECK_H

#include <httpd.h>

/**
 * check_config hook: also run by `httpd -t`.  Resolves names, checks every place, loads every
 * profile; reports all faults and refuses the configuration when there is one.
 */
int mtls_check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main);

#endif /* MTLS_HTTPD_CHECK_H */
