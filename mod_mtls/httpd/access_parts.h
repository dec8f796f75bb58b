/*
 * mod_mtls/httpd/access_parts.h - the parts of the access check, for its own files alone.
 *
 * access.c leads: it gathers facts, has mtls/policy/stepup.h decide, and carries the decision out
 * by the others, none of which calls it: access_judge.c says what the proofs are worth,
 * access_ask.c asks the client on its connection and has judged what was shown, access_admit.c lets
 * in whoever has proven enough.
 *
 * Thread: the request's own.
 *
 * May include: httpd, mtls/httpd, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_ACCESS_PARTS_H
#define MTLS_HTTPD_ACCESS_PARTS_H

#include <httpd.h>
#include <stdbool.h>

#include "mtls/httpd/config.h"
#include "mtls/httpd/conn.h"
#include "mtls/httpd/told.h"
#include "mtls/policy/settings.h"
#include "mtls/policy/stepup.h"

/** The question of one request, while it is being answered. */
typedef struct {
    request_rec *r;
    mtls_conn_t *conn; /**< NULL: no TLS of ours */
    mtls_shared_t *shared;
    const mtls_settings_t *place;
    mtls_settings_t settings;  /**< place, resolved; only once somebody may have to be asked */
    mtls_decision_t *decision; /**< r's; its told is what judging found, newest */
    bool prepared;             /**< the body is out of the way and pipelined is known */
    bool pipelined;
    bool asked_now; /**< whoever was asked for this request is not asked for it again */
    apr_time_t now; /**< what is judged is judged at; moves on when the client was waited for */
} mtls_access_t;

/** Fill decision->told with what the proofs of the connection, and the ticket of the request, are
 * worth to the place; from the connection's last answer while that holds. */
void mtls_access_judge(mtls_access_t *access);

/** @return whether what is found out about the judged proof may be kept with the connection: not by
 * one stream of HTTP/2 beside others, and not of a ticket, whose proof is gone with its request. */
bool mtls_access_is_lasting(const mtls_access_t *access);

/** Keep a yes, and who the holder is, for the connection's next request.  Only what
 * mtls_access_is_lasting(). */
void mtls_access_remember(mtls_access_t *access);

/**
 * Ask the client for a certificate on its connection, in two steps: the first call puts the
 * request's body out of the way and finds out whether anything came behind it, the second one asks
 * and judges again. Other requests of the child are waited for by no more than MTLSStepUpLimit
 * allows.
 *
 * @return OK to decide with what is known now, or the status of a refusal.  The request's
 * generation has been given back: mtls/httpd/live.h
 */
int mtls_access_ask(mtls_access_t *access, mtls_stepup_method_t method);

/**
 * Let in whoever was judged good: not what another site's page makes a browser send with its ticket
 * (S-14), not whom the sources deny or cannot tell.  The ticket's cookies are written anew.
 *
 * @return OK, or the status of an answer that ends the request here
 */
int mtls_access_admit(mtls_access_t *access);

#endif /* MTLS_HTTPD_ACCESS_PARTS_H */
