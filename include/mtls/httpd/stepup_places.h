/*
 * mtls/httpd/stepup_places.h - for which profiles the places of a host send browsers away, for `httpd -t`.
 *
 * A place is a section of the host or of the main server, or the host outside of all sections.  What holds there
 * is merged as httpd merges it for a request that is in the place and, for all that the text tells, in no other
 * section than those around it.
 *
 * May include: httpd, mtls/httpd/config.h.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_STEPUP_PLACES_H
#define MTLS_HTTPD_STEPUP_PLACES_H

#include "mtls/httpd/config.h"

/**
 * Faults: a place of @a s that requires certificates by redirect, and accepts a profile that @a endpoint does not;
 * more profiles there than a state can name.  Each is told once, however many hosts and places inherit it.
 *
 * @param s         a host with TLS and an address to send browsers to; MTLSAccept is resolved
 * @param endpoint  where that leads; NULL: no host of this server
 */
void mtls_stepup_places_check(const server_rec *main, const server_rec *s,
                              const server_rec *endpoint, mtls_faults_t *faults,
                              apr_pool_t *scratch);

#endif /* MTLS_HTTPD_STEPUP_PLACES_H */
