/*
 * mtls/httpd/inner.h - subrequests whose place a request may take over.
 *
 * DirectoryIndex and MultiViews look for a file by subrequests and then go on with the request
 * itself as if it had asked for that file: ap_internal_fast_redirect() gives it the subrequest's
 * configuration, but not what was decided there, and not the user.  So each subrequest notes both,
 * and the request takes those of the place it is in now.
 *
 * Thread: the request's own.
 *
 * May include: httpd, mtls/httpd/told.h.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_INNER_H
#define MTLS_HTTPD_INNER_H

#include <httpd.h>

/** To be called when the checks of @a r are over; only subrequests are noted that were
 * checked for themselves, until they are destroyed. */
void mtls_inner_note(request_rec *r);

/** To be called before anybody is told of @a r: take over what was decided about the subrequest
 * whose place it is in, if it is in one. */
void mtls_inner_follow(request_rec *r);

#endif /* MTLS_HTTPD_INNER_H */
