/*
 * mtls/httpd/request.h - what the module keeps of a request, under httpd's one pointer for it.
 *
 * Each field belongs to one unit, which is named beside it; others use that unit's functions.
 *
 * May include: httpd, mtls/httpd/told.h, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_REQUEST_H
#define MTLS_HTTPD_REQUEST_H

#include <httpd.h>

#include "mtls/httpd/carried.h"
#include "mtls/httpd/shown_ticket.h"
#include "mtls/httpd/told.h"
#include "mtls/trust/generation.h"
#include "mtls/trust/store.h"

/** A subrequest; see inner.h. */
typedef struct mtls_inner_t mtls_inner_t;

/** One for each request_rec that needs one, subrequests and redirects too. */
typedef struct {
    mtls_decision_t *decision;           /**< told.h; NULL: the access checks did not come to us */
    const mtls_generation_t *generation; /**< live.h; NULL: none is needed just now */
    mtls_store_t *store;                 /**< live.h; to which it will be given back; NULL: none yet */
    struct mtls_rehearsal_t *rehearsal;  /**< rehearsal.h; NULL: none is going on */
    bool previewed;                      /**< judgement.h: an expression was told of it before the decision */
    mtls_carried_t *carried;             /**< carried.h; of the request that came from the client */
    mtls_shown_ticket_t *ticket;         /**< shown_ticket.h; likewise; NULL: not looked at yet */
    bool refreshed;                      /**< access_admit.c; likewise: its cookies were written anew */
    mtls_inner_t *inner;                 /**< inner.h; NULL: no subrequests, or all are gone */
} mtls_request_t;

/** @return the record of @a r, made when there is none. */
mtls_request_t *mtls_request_make(request_rec *r);

/** @return the record of @a r, or NULL. */
const mtls_request_t *mtls_request_of(const request_rec *r);

/** @return the rehearsal that subrequest @a r is part of, or NULL: a request of a client. */
struct mtls_rehearsal_t *mtls_request_rehearsal(const request_rec *r);

#endif /* MTLS_HTTPD_REQUEST_H */
