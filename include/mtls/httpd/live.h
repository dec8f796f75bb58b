/*
 * mtls/httpd/live.h - the generation a request is judged with.
 *
 * One request takes one reference, whatever becomes of it: its subrequests, its internal redirects
 * and its error document are judged with what it was judged with.  An HTTP/2 stream is a request of
 * its own.
 *
 * May include: httpd, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_LIVE_H
#define MTLS_HTTPD_LIVE_H

#include <httpd.h>

#include "mtls/trust/generation.h"

/** @return the request's generation, taken when it is first needed, given back when the pool of the
 * request that came from the client goes.  Thread: the request's own. */
const mtls_generation_t *mtls_live_generation(request_rec *r);

/** @return the number of the request's generation or, as long as it has taken none, of the current
 * one; takes nothing. */
unsigned mtls_live_number(const request_rec *r);

#endif /* MTLS_HTTPD_LIVE_H */
