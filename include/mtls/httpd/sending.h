/*
 * mtls/httpd/sending.h - send a browser to the step-up endpoint, or tell it where it could go.
 *
 * May include: httpd, mtls/httpd, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_SENDING_H
#define MTLS_HTTPD_SENDING_H

#include <httpd.h>
#include <stdbool.h>

#include "mtls/httpd/config.h"
#include "mtls/httpd/told.h"
#include "mtls/policy/claims.h"
#include "mtls/policy/settings.h"

/** Longest address that a browser is sent to, in octets (S-31). */
#define MTLS_SENDING_MAX_URL 2048
/** How long a state and its cookie count, and how long a start. */
#define MTLS_SENDING_STATE_LIFE apr_time_from_sec(600)
#define MTLS_SENDING_START_LIFE apr_time_from_sec(12 * 3600)
/** How long a completed step-up is remembered, and how many of one place make a loop (S-16).  A loop takes
 * no time; a person who goes from one area to another and back does. */
#define MTLS_SENDING_MARK_LIFE apr_time_from_sec(20)
#define MTLS_SENDING_MAX_MARKS 2
/** Most attempts that one browser may have under way (S-20). */
#define MTLS_SENDING_MAX_PENDING 8
/** The field of a refusal that names where a certificate can be shown. */
#define MTLS_SENDING_FIELD "MTLS-Step-Up"
/** How the value of a completed attempt's cookie begins; the place in hexadecimal follows. */
#define MTLS_SENDING_DONE "done."

/** @return MTLSStepUpPath of a host, resolved or not. */
const char *mtls_sending_base(const mtls_settings_t *host);

/** @return the request's own address as a target: path and query as they came; NULL: it cannot be one.
 * @param too_long  set when it is only too long */
const char *mtls_sending_target(request_rec *r, bool *too_long);

/** @return whether this browser has just been sent for this place too often. */
bool mtls_sending_is_looping(request_rec *r, const mtls_settings_t *place);

/**
 * Send the browser of @a r, for what its place asks for.
 * @param post  a form travels along
 * @return the status of a redirect, with its fields set; or that of a refusal, with @a decision made one
 */
int mtls_sending_begin(request_rec *r, mtls_decision_t *decision, const mtls_settings_t *place,
                       bool post);

/** As mtls_sending_begin(), for what a start names. */
int mtls_sending_resume(request_rec *r, mtls_decision_t *decision, const mtls_attempt_t *start);

/** It was admitted by its ticket, and so was in no loop: the browser may forget that it has come back. */
void mtls_sending_arrived(request_rec *r);

/**
 * Where the browser of @a r could begin a step-up for its place, to come back to the page it shows, or else
 * to MTLS_WAYPOINT_DONE.
 * @return URL from r->pool; NULL: nowhere
 */
const char *mtls_sending_offer(request_rec *r, const mtls_settings_t *place);

/** @return where a browser could begin again what @a attempt has begun; from @a pool, NULL: nowhere. */
const char *mtls_sending_again(const mtls_shared_t *shared, const mtls_attempt_t *attempt,
                               apr_pool_t *pool);

#endif /* MTLS_HTTPD_SENDING_H */
