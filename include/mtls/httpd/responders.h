/*
 * mtls/httpd/responders.h - OCSP for the requests of a child: its client, and what it says in the log.
 *
 * May include: httpd, mtls/httpd, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_RESPONDERS_H
#define MTLS_HTTPD_RESPONDERS_H

#include <httpd.h>

#include "mtls/trust/profile_spec.h"

/** @return whether some profile of @a specs (mtls_profile_spec_t *) asks responders. */
bool mtls_responders_wanted(const apr_array_header_t *specs);

/** child_init hook, after the shared cache's: from now on verifications of this child may ask. */
void mtls_responders_child(apr_pool_t *pchild, server_rec *main);

#endif /* MTLS_HTTPD_RESPONDERS_H */
