/*
 * mtls/httpd/judgement.h - a connection's proofs held against a place's profiles.
 *
 * May include: httpd, mtls/httpd, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_JUDGEMENT_H
#define MTLS_HTTPD_JUDGEMENT_H

#include "mtls/httpd/config.h"
#include "mtls/httpd/conn.h"
#include "mtls/policy/vars.h"

/**
 * Judge, newest proof first, profiles in the order of MTLSAccept.
 *
 * @param told    filled: GOOD with proof, verdict and profile; else the most telling reason, or
 *                UNDECIDED when there was nothing to judge.  It points into the configuration and
 *                the connection, never into @a generation
 * @param conn    may be NULL
 * @param accept  may be NULL: accepts nothing
 * Thread: any that serves a request of the connection.
 */
void mtls_judgement_make(mtls_told_t *told, const mtls_conn_t *conn, const mtls_accept_t *accept,
                         const mtls_generation_t *generation, mtls_memo_t *memo, apr_time_t now);

/**
 * What would be told of @a r if it were decided now, without asking anybody: for expressions that
 * are evaluated before the decision (<If>).
 */
void mtls_judgement_preview(request_rec *r, mtls_told_t *told);

#endif /* MTLS_HTTPD_JUDGEMENT_H */
