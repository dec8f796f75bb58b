/*
 * mtls/httpd/audit.h - one log line for each decision.
 *
 * Client mistakes are INFO at most, what the operator must look at is WARNING, once in ten seconds
 * for each child and INFO in between; admitted requests are DEBUG.  Foreign text is escaped and bounded.
 *
 * May include: httpd, mtls/httpd/told.h, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_AUDIT_H
#define MTLS_HTTPD_AUDIT_H

#include <httpd.h>

#include "mtls/httpd/told.h"
#include "mtls/policy/claims.h"

/** A request was let in: with an accepted certificate, or without one where it is optional. */
void mtls_audit_admitted(request_rec *r, const mtls_decision_t *decision);

/** A request was refused.
 * @param judged  the proof that it is about; NULL: of none, and the line tells the connection's newest */
void mtls_audit_refused(request_rec *r, const mtls_decision_t *decision, const mtls_proof_t *judged);

/** A certificate was accepted at a step-up endpoint (S-09).
 * @param attempt  its id; the lines of all its steps begin with it */
void mtls_audit_step(request_rec *r, const unsigned char *attempt, const char *what,
                     const char *profile, const mtls_proof_t *proof);

/** A browser came back from there and was given a ticket. */
void mtls_audit_return(request_rec *r, const mtls_code_t *code, const mtls_ticket_t *ticket);

/** @return what log lines call a code or a ticket, from @a pool: its mark (mtls/cert/mark.h). */
const char *mtls_audit_mark(const unsigned char id[MTLS_CLAIMS_ID_LEN], apr_pool_t *pool);

/** A ticket was revoked because its holder asked for it. */
void mtls_audit_logout(request_rec *r, const mtls_ticket_t *ticket);

#endif /* MTLS_HTTPD_AUDIT_H */
