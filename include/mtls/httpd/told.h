/*
 * mtls/httpd/told.h - what was decided about a request, for everyone who asks later.
 *
 * Made by whoever decides: the access check, or a waypoint that answers instead of it; AuthType mtls
 * makes a request's own of one that it has from elsewhere.  What authorization missed is noted in it,
 * and a refusal for that is one of its own.  Read by authorization, variables, pages and the log.
 *
 * Thread: the request's own.
 *
 * May include: httpd, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_TOLD_H
#define MTLS_HTTPD_TOLD_H

#include <httpd.h>
#include <stdbool.h>

#include "mtls/policy/settings.h"
#include "mtls/policy/vars.h"

/** One decision. */
typedef struct {
    mtls_told_t told;
    mtls_export_t level;         /**< resolved MTLSExport of the place */
    const mtls_accept_t *accept; /**< the place's profiles */
    bool refused;           /**< it goes no further: refused, sent elsewhere, or answered here */
    bool sent_to_http11;    /**< refused only so that the client comes back on HTTP/1.1 */
    int status;             /**< HTTP status of that answer */
    const char *step_up;    /**< where a certificate, or another one, can be shown; NULL: nowhere */
    const char *again;      /**< where to try again; NULL: at the request's own address */
    bool preflight;         /**< handed on without a certificate, which it cannot have: what
                                 only a certificate could meet is not asked for */
    const char *reference;  /**< id shown on the page and in the log line of a refusal */
    const unsigned char *attempt; /**< id of the step-up that this ends; NULL: it is no step of one */
    bool lasting;           /**< told.principal lasts as long as the connection */
    bool user_wanted;       /**< authorization must not end before the user is known */
    bool rehearsed;         /**< nobody sent this certificate: see rehearsal.h */
    const char *unmet_line; /**< the Require that missed it, or NULL */
    mtls_reason_t unmet;    /**< what a Require of ours missed; UNDECIDED: nothing, or others
                                 granted instead */
} mtls_decision_t;

/** Make and attach the decision of @a r. */
mtls_decision_t *mtls_decision_make(request_rec *r);

/** Note that a Require of ours did not grant.  The first of a request is kept.
 * @param line  as it was written; must live as long as @a r */
void mtls_decision_note_unmet(request_rec *r, mtls_reason_t reason, const char *line);

/** Note that authorization must not end before the user is known. */
void mtls_decision_want_user(request_rec *r);

/** Forget what did not grant: authorization as a whole did. */
void mtls_decision_forget_unmet(request_rec *r);

/** @return the decision about @a r itself, or NULL: the access checks did not come to us. */
const mtls_decision_t *mtls_decision_own(const request_rec *r);

/**
 * @return the decision that admits or refuses @a r: its own, or the one of the request it came
 * from when httpd did not run the access checks again because the configuration is the same.  NULL:
 * nothing was asked.
 */
const mtls_decision_t *mtls_decision_of(const request_rec *r);

/** @return as mtls_decision_of(), or the refusal for which @a r is the error document. */
const mtls_decision_t *mtls_decision_to_tell(const request_rec *r);

#endif /* MTLS_HTTPD_TOLD_H */
