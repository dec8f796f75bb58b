/*
 * mtls/httpd/attempt.h - an attempt at a step-up by redirect, before it begins: what it is for, how often
 * the browser has just been through one, and the address of a start, at which it may begin.
 *
 * May include: httpd, mtls/httpd, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_ATTEMPT_H
#define MTLS_HTTPD_ATTEMPT_H

#include <httpd.h>
#include <stdbool.h>

#include "mtls/httpd/config.h"
#include "mtls/policy/claims.h"
#include "mtls/policy/settings.h"

/** How long a state and its cookie count, and how long a start. */
#define MTLS_ATTEMPT_STATE_LIFE apr_time_from_sec(600)
#define MTLS_ATTEMPT_START_LIFE apr_time_from_sec(12 * 3600)
/** How long a completed step-up is remembered, and how many of one place make a loop (S-16).  A loop takes
 * no time; a person who goes from one area to another and back does. */
#define MTLS_ATTEMPT_MARK_LIFE apr_time_from_sec(20)
#define MTLS_ATTEMPT_MAX_MARKS 2
/** The field of a refusal that names where a certificate can be shown. */
#define MTLS_ATTEMPT_FIELD "MTLS-Step-Up"
/** How the value of a completed attempt's cookie begins; the place in hexadecimal follows. */
#define MTLS_ATTEMPT_DONE "done."

/**
 * What @a place asks for, at the host of @a r, now.  Nothing of the browser is in it: neither id nor nonce,
 * and no target.
 *
 * Takes the request's generation: mtls/httpd/live.h.
 *
 * @return false, with @a out good for nothing: the place accepts nothing, or more profiles than an attempt
 *         can name, which check.c sees to, or memory is out
 */
bool mtls_attempt_describe(mtls_attempt_t *out, request_rec *r, const mtls_settings_t *place);

/** @return the request's own address as a target: path and query as they came, from r->pool; NULL: it
 * cannot be one.
 * @param too_long  set: whether that is because it is too long */
const char *mtls_attempt_target(request_rec *r, bool *too_long);

/** @return how often the browser of @a r has come back for the place of @a attempt in the last
 * MTLS_ATTEMPT_MARK_LIFE. */
int mtls_attempt_count_marks(const request_rec *r, const mtls_attempt_t *attempt);

/** @return whether this browser has just been sent for this place too often. */
bool mtls_attempt_is_looping(request_rec *r, const mtls_settings_t *place);

/** @return the address at which @a start can be begun, from @a pool; NULL: it cannot be written, or
 * sealed. */
const char *mtls_attempt_start_url(const mtls_shared_t *shared, const mtls_attempt_t *start,
                                   apr_pool_t *pool);

/**
 * Where the browser of @a r could begin a step-up for its place, to come back to the page it shows, or else
 * to MTLS_WAYPOINT_DONE.
 * @return URL from r->pool; NULL: nowhere
 */
const char *mtls_attempt_offer(request_rec *r, const mtls_settings_t *place);

/** @return where a browser could begin again what @a attempt has begun; from @a pool, NULL: nowhere. */
const char *mtls_attempt_again(const mtls_shared_t *shared, const mtls_attempt_t *attempt,
                               apr_pool_t *pool);

#endif /* MTLS_HTTPD_ATTEMPT_H */
