/*
 * mtls/httpd/arrival.h - a browser comes back from the endpoint: its code becomes a ticket.
 *
 * May include: httpd.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_ARRIVAL_H
#define MTLS_HTTPD_ARRIVAL_H

#include <httpd.h>
#include <stdbool.h>

/** How long the form that came along may take for its last step. */
#define MTLS_ARRIVAL_GRANT_LIFE apr_time_from_sec(60)

/** Answer MTLS_WAYPOINT_RETURN.  @return an HTTP status */
int mtls_arrival_serve(request_rec *r);

/**
 * Whether @a r is the form that came back just now: it may pass once though its Origin was lost on the way
 * (redirect-post).  A grant is spent by asking, and its cookie deleted.
 * Thread: the request's own.
 */
bool mtls_arrival_is_granted(request_rec *r);

#endif /* MTLS_HTTPD_ARRIVAL_H */
