/*
 * mtls/httpd/waypoints.h - the addresses at which the module itself answers.
 *
 * They answer before httpd looks for a file, a user or a rule: whoever shows a certificate has no rights
 * yet.
 *
 * May include: httpd, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_WAYPOINTS_H
#define MTLS_HTTPD_WAYPOINTS_H

#include <httpd.h>

#include "mtls/policy/notice.h"

/** quick_handler hook, before mod_cache's. */
int mtls_waypoints_handle(request_rec *r, int lookup);

/** Answer with a page of ours; notice->language is filled in.  Thread: the request's own. */
int mtls_waypoints_tell(request_rec *r, mtls_notice_t *notice);

#endif /* MTLS_HTTPD_WAYPOINTS_H */
