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

/** check_access hook, after mod_ssl's. */
int mtls_access_check(request_rec *r);

/**
 * check_access_ex hook, before all others: a refusal of ours holds, and a request of which the
 * check_access hook did not hear is decided now.  httpd runs the check_access hooks only up to the
 * first that refuses, and under "Satisfy any" goes on here all the same.
 */
int mtls_access_enforce(request_rec *r);

/**
 * log_transaction hook, before all others: log formats read mod_ssl's verify result, which mod_ssl
 * has reset when its own refusal kept the request from mtls_access_check().
 */
int mtls_access_logged(request_rec *r);

#endif /* MTLS_HTTPD_ACCESS_H */
