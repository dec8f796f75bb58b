/*
 * mtls/httpd/logout.h - SetHandler mtls-logout: the ticket ends, on all servers that share the cache.
 *
 * May include: httpd.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_LOGOUT_H
#define MTLS_HTTPD_LOGOUT_H

#include <httpd.h>

/** handler hook: a POST from our own pages ends the ticket, a GET asks. */
int mtls_logout_handle(request_rec *r);

#endif /* MTLS_HTTPD_LOGOUT_H */
