/*
 * mtls/httpd/shown_ticket.h - the ticket that came with a request: read, checked, and its certificate found.
 *
 * A ticket is no permission: it stands for a proof that was made at the endpoint, and what that is worth
 * is judged at each request (mtls/httpd/judgement.h).
 *
 * May include: httpd, mtls/cert, mtls/policy, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_SHOWN_TICKET_H
#define MTLS_HTTPD_SHOWN_TICKET_H

#include <httpd.h>

#include "mtls/cert/proof.h"
#include "mtls/policy/claims.h"
#include "mtls/policy/settings.h"
#include "mtls/trust/generation.h"
#include "mtls/trust/reason.h"

/** What became of it. */
typedef struct {
    mtls_reason_t reason;      /**< GOOD: there is a proof; UNDECIDED: no ticket came; else why there is none */
    const mtls_proof_t *proof; /**< lives as long as the request that came from the client */
    bool authentic;            /**< claims are ours, whatever else is wrong */
    mtls_ticket_t claims;      /**< when authentic */
} mtls_shown_ticket_t;

/** @return whether tickets count in a place, and browsers are sent for them. */
bool mtls_shown_ticket_counts(const mtls_settings_t *place);

/** @return of the request that @a r came from, read once; never NULL.  Thread: the request's own. */
const mtls_shown_ticket_t *mtls_shown_ticket_of(request_rec *r);

/** Octets that stand for a profile, its name and its rules, in tickets. */
bool mtls_shown_ticket_profile(unsigned char out[MTLS_CLAIMS_PROFILE_LEN],
                               const mtls_generation_t *generation, int slot);

/** @return whether the ticket was given for this profile, with the rules it has in @a generation (S-03). */
bool mtls_shown_ticket_is_for(const mtls_shown_ticket_t *ticket,
                              const mtls_generation_t *generation, int slot);

/** What MTLSTicketBind binds a ticket to in this request; zeroed when to nothing. */
void mtls_shown_ticket_bound(unsigned char out[MTLS_SHA256_LEN], request_rec *r);

/** The request was admitted by it: write that down in a new cookie, once in a while. */
void mtls_shown_ticket_renew(request_rec *r);

/** Revoke it, if one came.  @return false when the shared cache cannot be reached: it lives on until its
 * end */
bool mtls_shown_ticket_revoke(request_rec *r);

/** Have the browser forget it (S-13). */
void mtls_shown_ticket_forget(request_rec *r);

#endif /* MTLS_HTTPD_SHOWN_TICKET_H */
