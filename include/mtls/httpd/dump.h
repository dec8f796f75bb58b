/*
 * mtls/httpd/dump.h - the configuration as it was understood: `httpd -t -D DUMP_MTLS`.
 *
 * May include: httpd.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_DUMP_H
#define MTLS_HTTPD_DUMP_H

#include <httpd.h>

/** test_config hook: with DUMP_MTLS defined, print profiles, maps, hosts and places to standard output. */
void mtls_dump(apr_pool_t *pconf, server_rec *main);

#endif /* MTLS_HTTPD_DUMP_H */
