/*
 * mtls/httpd/ticket_time.h - what time it is for states, codes and tickets.
 *
 * They are made and looked at by one clock, which all processes of a server share and which does not go
 * back: what was over stays over when somebody sets the wall clock (S-11).  Certificates and proofs go by the
 * wall clock.
 *
 * May include: httpd, mtls/httpd/config.h.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_TICKET_TIME_H
#define MTLS_HTTPD_TICKET_TIME_H

#include "mtls/httpd/config.h"

/** @return for a server that has or sends to a step-up endpoint (shared->redirects).  Warns once in a
 * child when the wall clock has been set back.  Thread: any. */
apr_time_t mtls_ticket_time(const mtls_shared_t *shared);

#endif /* MTLS_HTTPD_TICKET_TIME_H */
