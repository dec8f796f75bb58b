/*
 * mtls/httpd/endpoint.h - the host that asks browsers for their certificates and serves nothing else.
 *
 * Judged here is whether one of the profiles that the state names accepts the certificate, so that a
 * refusal can be told where another certificate can be chosen.  Whether that is enough for a place is
 * judged there, at each request.
 *
 * May include: httpd.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_ENDPOINT_H
#define MTLS_HTTPD_ENDPOINT_H

#include <httpd.h>

/** How long a code counts. */
#define MTLS_ENDPOINT_CODE_LIFE apr_time_from_sec(60)

/** Answer any request of a host with MTLSStepUpEndpoint on.  @return an HTTP status or OK */
int mtls_endpoint_serve(request_rec *r);

#endif /* MTLS_HTTPD_ENDPOINT_H */
