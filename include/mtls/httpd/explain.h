/*
 * mtls/httpd/explain.h - SetHandler mtls-explain: a posted certificate against the live
 * configuration.
 *
 * POST application/x-www-form-urlencoded with the fields
 *   cert    PEM of the certificate, and of its chain behind it
 *   url     path of this host, with a query if one likes
 *   method  optional, GET
 * Answers with text, or with JSON where the Accept field asks for it (mtls/policy/explain.h). Shows
 * rules, users and groups: for administrators only, and only where SetHandler
 * stands in the server's configuration, not in .htaccess.
 *
 * May include: httpd.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_EXPLAIN_H
#define MTLS_HTTPD_EXPLAIN_H

#include <httpd.h>

/** handler hook */
int mtls_explain_handle(request_rec *r);

#endif /* MTLS_HTTPD_EXPLAIN_H */
