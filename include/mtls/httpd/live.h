/*
 * mtls/httpd/live.h - the generation a request is judged with.
 *
 * One request takes one reference while it is decided about, and so do its subrequests, its internal
 * redirects and its error document, each when its turn comes.  None is held while a client is waited
 * for: who takes his time would keep old generations in use until no new one can be loaded.  So
 * whatever outlives a decision is copied out of it.  An HTTP/2 stream is a request of its own.
 *
 * May include: httpd, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_LIVE_H
#define MTLS_HTTPD_LIVE_H

#include <httpd.h>

#include "mtls/trust/generation.h"

/** @return the request's generation, taken when it is needed; it stays until it is given back, at the
 * latest when the pool of the request that came from the client goes.  Thread: the request's own. */
const mtls_generation_t *mtls_live_generation(request_rec *r);

/** Give it back, if one was taken: what is decided next is decided with the one that is current then.
 * A request that is rehearsed keeps it until its rehearsal is told.  Thread: the request's own. */
void mtls_live_give_back(request_rec *r);

/** @return the number of the request's generation or, as long as it has taken none, of the current
 * one; takes nothing. */
unsigned mtls_live_number(const request_rec *r);

#endif /* MTLS_HTTPD_LIVE_H */
