/*
 * mtls/httpd/rehearsal.h - what a place would say to a certificate that nobody has proven here.
 *
 * A rehearsed request is a subrequest that is looked up and never run: access, authentication and
 * authorization go through the live configuration, with the certificate of the rehearsal in the
 * place of the connection's.  Only subrequests of the request that holds the rehearsal see it, so
 * that no request of a client is ever decided by one.
 *
 * May include: httpd, mtls/cert, mtls/httpd, mtls/policy, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_REHEARSAL_H
#define MTLS_HTTPD_REHEARSAL_H

#include <httpd.h>

#include "mtls/cert/proof.h"
#include "mtls/httpd/told.h"
#include "mtls/policy/explain.h"

/** One rehearsal; in the pool of the request that holds it. */
typedef struct mtls_rehearsal_t {
    mtls_proof_t proof;           /**< as if the certificate had come in a handshake just now */
    mtls_explanation_t story;     /**< what was found; its reason and status are filled at the end */
    const mtls_decision_t *decision; /**< of the looked-up request; NULL: its place does not ask */
} mtls_rehearsal_t;

/**
 * Look up @a method @a url on the host of @a r with the rehearsal's certificate.
 * @param rehearsal  proof and story.identity are filled; the rest of the story is filled here
 */
void mtls_rehearsal_run(request_rec *r, mtls_rehearsal_t *rehearsal, const char *method,
                        const char *url);

/** The access check of a rehearsed request.  @return DECLINED or an HTTP status. */
int mtls_rehearsal_access(request_rec *r, mtls_rehearsal_t *rehearsal);

#endif /* MTLS_HTTPD_REHEARSAL_H */
