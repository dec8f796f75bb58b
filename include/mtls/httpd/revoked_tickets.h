/*
 * mtls/httpd/revoked_tickets.h - the tickets of MTLSTicketRevokedFile, as the file is now.
 *
 * May include: httpd, mtls/httpd/config.h, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_REVOKED_TICKETS_H
#define MTLS_HTTPD_REVOKED_TICKETS_H

#include "mtls/httpd/config.h"
#include "mtls/policy/claims.h"

/** @return whether the ticket of that id is one of them; it is, too, when memory is out, so that
 * nobody can say.  Thread: any. */
bool mtls_revoked_tickets_has(const mtls_shared_t *shared,
                              const unsigned char id[MTLS_CLAIMS_ID_LEN]);

#endif /* MTLS_HTTPD_REVOKED_TICKETS_H */
