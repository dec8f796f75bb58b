/*
 * mtls/httpd/judgement.h - a connection's proofs held against a place's profiles.
 *
 * May include: httpd, mtls/httpd, mtls/policy, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_JUDGEMENT_H
#define MTLS_HTTPD_JUDGEMENT_H

#include "mtls/httpd/config.h"
#include "mtls/httpd/conn.h"
#include "mtls/httpd/shown_ticket.h"
#include "mtls/policy/vars.h"

/**
 * Judge, newest proof first, profiles in the order of MTLSAccept.
 *
 * A proof older than the place's MTLSMaxProofAge is none, however often its session was resumed or
 * renewed since (T-V08); a verdict ends when its proof does.
 *
 * @param told    filled: GOOD with proof, verdict and profile; else the most telling reason, or
 *                UNDECIDED when there was nothing to judge.  It points into the configuration, the
 *                connection and @a ticket, never into @a generation
 * @param conn    may be NULL
 * @param ticket  judged after the connection's own proofs, and only for the profiles it was given for; NULL:
 *                none counts
 * @param place   its MTLSAccept and MTLSMaxProofAge; a place without MTLSAccept accepts nothing
 * @param now     wall clock to judge at
 * Thread: any that serves a request of the connection; it may wait for an OCSP responder.
 */
void mtls_judgement_make(mtls_told_t *told, const mtls_conn_t *conn,
                         const mtls_shown_ticket_t *ticket, const mtls_settings_t *place,
                         const mtls_generation_t *generation, const mtls_shared_t *shared,
                         apr_time_t now);

/** @return the ticket to judge in a place; NULL: none counts there, or not on this connection. */
const mtls_shown_ticket_t *mtls_judgement_ticket(request_rec *r, const mtls_conn_t *conn,
                                                 const mtls_settings_t *place);

/**
 * What would be told of @a r if it were decided now, without asking anybody: for expressions that
 * are evaluated before the decision (<If>).  That it was asked for is noted: see access_admit.c.
 */
void mtls_judgement_preview(request_rec *r, mtls_told_t *told);

#endif /* MTLS_HTTPD_JUDGEMENT_H */
