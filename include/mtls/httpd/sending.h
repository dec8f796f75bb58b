/*
 * mtls/httpd/sending.h - send a browser to the step-up endpoint: an attempt begins.
 *
 * Its nonce goes into a cookie of its own, its state into the address (S-01).
 *
 * May include: httpd, mtls/httpd, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_SENDING_H
#define MTLS_HTTPD_SENDING_H

#include <httpd.h>
#include <stdbool.h>

#include "mtls/httpd/told.h"
#include "mtls/policy/claims.h"
#include "mtls/policy/settings.h"

/** Longest address that a browser is sent to, in octets (S-31). */
#define MTLS_SENDING_MAX_URL 2048
/** Most attempts that one browser may have under way (S-20). */
#define MTLS_SENDING_MAX_PENDING 8

/**
 * Send the browser of @a r, for what its place asks for; whoever came by a name or port that is not the
 * host's own first to the host itself.
 * @param post  a form travels along
 * @return the status of a redirect, with its fields set; or that of a refusal, with @a decision made one
 */
int mtls_sending_begin(request_rec *r, mtls_decision_t *decision, const mtls_settings_t *place,
                       bool post);

/** As mtls_sending_begin(), for what a start names. */
int mtls_sending_resume(request_rec *r, mtls_decision_t *decision, const mtls_attempt_t *start);

/** It was admitted by its ticket, and so was in no loop: the browser may forget that it has come back. */
void mtls_sending_arrived(request_rec *r);

#endif /* MTLS_HTTPD_SENDING_H */
