/*
 * mtls/httpd/status.h - what is going on, on mod_status's page.
 *
 * May include: httpd.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_STATUS_H
#define MTLS_HTTPD_STATUS_H

#include <httpd.h>

/**
 * mod_status's optional hook.  With AP_STATUS_SHORT ("?auto") one "MTLS...: value" a line, else HTML.
 * What only this child knows is said to be of this child.
 */
int mtls_status_tell(request_rec *r, int flags);

#endif /* MTLS_HTTPD_STATUS_H */
