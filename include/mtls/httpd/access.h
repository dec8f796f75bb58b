/*
 * mtls/httpd/access.h - decide each request: is there a proof this place accepts, and if not, what next?
 *
 * Facts are gathered, mtls/policy/stepup.h decides, the decision is carried out, and the
 * question is asked again with the new facts until the answer is yes or no.
 *
 * May include: httpd, mtls/httpd, mtls/policy, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_ACCESS_H
#define MTLS_HTTPD_ACCESS_H

#include <httpd.h>

#include "mtls/policy/vars.h"

/** check_access hook, after mod_ssl's. */
int mtls_access_check(request_rec *r);

/**
 * What would be told of @a r if it were decided now, without asking anybody: for expressions that
 * are evaluated before the decision (<If>).
 */
void mtls_access_preview(request_rec *r, mtls_told_t *told);

#endif /* MTLS_HTTPD_ACCESS_H */
