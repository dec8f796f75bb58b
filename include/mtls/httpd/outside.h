/*
 * mtls/httpd/outside.h - what sources outside the server's memory have in common: their keys, how
 * they are down, and what a trace says of them.
 *
 * Only for the sources in httpd/.  Every function finishes the answer's reason, source and rule.
 *
 * May include: httpd, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_OUTSIDE_H
#define MTLS_HTTPD_OUTSIDE_H

#include <httpd.h>

#include "mtls/policy/source.h"
#include "mtls/policy/trace.h"

/** One look-up. */
typedef struct {
    request_rec *r;
    const mtls_source_t *source;
    mtls_trace_t *trace; /**< NULL: not wanted */
    const char **values; /**< of the source's keys, in order; from r->pool */
} mtls_outside_t;

/**
 * Begin: fill the keys of the source.
 *
 * @return true; false when @a out is the answer already: NO_RULE where a key has no value, since
 *         another source may know the certificate by something else, or the USER_* reason
 */
bool mtls_outside_begin(mtls_outside_t *ask, mtls_principal_t *out, const mtls_holder_t *holder);

/** End: the answer is in @a out, its reason set. */
void mtls_outside_end(const mtls_outside_t *ask, mtls_principal_t *out);

/** End: it could not be asked.  @a why is for the log, in which it is escaped and cut; the line is an
 * error once in ten seconds for each child and INFO in between. */
void mtls_outside_down(const mtls_outside_t *ask, mtls_principal_t *out, const char *why);

#endif /* MTLS_HTTPD_OUTSIDE_H */
