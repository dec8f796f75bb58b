/*
 * mtls/httpd/dump.h - the configuration as it was understood: `httpd -t`, and more with `-D DUMP_MTLS`.
 *
 * May include: httpd.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_DUMP_H
#define MTLS_HTTPD_DUMP_H

#include <httpd.h>

/** test_config hook: print to standard output what each map holds, since rules that are tried one after
 * another cost time; with DUMP_MTLS defined profiles, hosts and places too. */
void mtls_dump(apr_pool_t *pconf, server_rec *main);

#endif /* MTLS_HTTPD_DUMP_H */
