/*
 * mtls/httpd/refuse.h - turn a refusal into an HTTP answer.
 *
 * The status goes the usual way (ap_die), so ErrorDocument keeps its say; only
 * httpd's own canned text is replaced, by our page or problem document.
 *
 * May include: httpd, mtls/httpd/told.h.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_REFUSE_H
#define MTLS_HTTPD_REFUSE_H

#include <httpd.h>

#include "mtls/httpd/told.h"

/** Register the output filter; once, in register_hooks. */
void mtls_refuse_register(void);

/** Record a refusal for @a reason, log it, and set the variables that error documents see.
 * @return the HTTP status to answer. */
int mtls_refuse(request_rec *r, mtls_decision_t *decision, mtls_reason_t reason);

/**
 * Make a refusal of ours out of httpd's 403 where authorization failed for want of something only we
 * can explain; otherwise nothing.  To be called before anybody is told of @a r.
 */
void mtls_refuse_conclude(request_rec *r);

/** insert_error_filter hook. */
void mtls_refuse_insert_filter(request_rec *r);

#endif /* MTLS_HTTPD_REFUSE_H */
