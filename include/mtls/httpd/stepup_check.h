/*
 * mtls/httpd/stepup_check.h - what step-up by redirect needs of the configuration, for `httpd -t`.
 *
 * May include: httpd, mtls/httpd/config.h.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_STEPUP_CHECK_H
#define MTLS_HTTPD_STEPUP_CHECK_H

#include "mtls/httpd/config.h"

/**
 * For check_config, once MTLSAccept is resolved: find each host's endpoint (mtls_server_t.sends_to), say
 * whether there are any (mtls_shared_t.redirects), and read the texts of pages.
 *
 * Faults: an address that no host of this server is the endpoint of, unless it is external; one on another
 * site, whose cookies do not come back; an endpoint without profiles, or without those that are asked for
 * where browsers come from; no shared cache.  Warnings: names that browsers would take for one connection;
 * keys that another server cannot have.
 */
void mtls_stepup_check(mtls_shared_t *shared, server_rec *main, mtls_faults_t *faults,
                       apr_pool_t *pconf, apr_pool_t *scratch);

#endif /* MTLS_HTTPD_STEPUP_CHECK_H */
