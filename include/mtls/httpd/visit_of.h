/*
 * mtls/httpd/visit_of.h - the fields of a request by which it is told what kind it is.
 *
 * May include: httpd, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_VISIT_OF_H
#define MTLS_HTTPD_VISIT_OF_H

#include <httpd.h>

#include "mtls/policy/visit.h"

/** @return borrowed from @a r. */
mtls_visit_facts_t mtls_visit_of(const request_rec *r);

/** @return the kind of @a r, for its own origin. */
mtls_visit_t mtls_visit_kind_of(request_rec *r);

#endif /* MTLS_HTTPD_VISIT_OF_H */
