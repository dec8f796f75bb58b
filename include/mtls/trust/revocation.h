/*
 * mtls/trust/revocation.h - what is known of a certificate's revocation, and what that means.
 *
 * May include: APR, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_REVOCATION_H
#define MTLS_TRUST_REVOCATION_H

#include <apr_time.h>
#include <stdbool.h>

#include "mtls/trust/reason.h"
#include "mtls/trust/revocation_spec.h"

/** What one source says of one certificate.  Zero is "has not been asked". */
typedef enum {
    MTLS_STATUS_UNASKED = 0,
    MTLS_STATUS_GOOD,
    MTLS_STATUS_REVOKED,
    MTLS_STATUS_MISSING, /**< no CRL of its issuer, no responder for it */
    MTLS_STATUS_EXPIRED, /**< there is a CRL, and its time is over */
    MTLS_STATUS_SILENT,  /**< OCSP: no answer, or one that says nothing (RFC 6960 section 2.3) */
    MTLS_STATUS_UNKNOWN, /**< OCSP: the responder does not know the certificate */
    MTLS_STATUS_UNUSABLE /**< what there is cannot be used for it: scope, signature, signer, age */
} mtls_status_word_t;

/** The same with its end. */
typedef struct {
    mtls_status_word_t word;
    apr_time_t until; /**< wall clock; the status must be asked for again.  0: not limited by itself */
} mtls_status_t;

/** What follows for the certificate. */
typedef struct {
    mtls_reason_t reason; /**< MTLS_REASON_GOOD, or why not */
    apr_time_t until;     /**< as above */
    bool lenient;         /**< good only because the configuration does not insist */
} mtls_revocation_t;

/**
 * Asks a source, at most once for each certificate.
 * @param baton  handed through
 */
typedef mtls_status_t (*mtls_status_fn)(void *baton);

/** How a profile weighs its sources; a fn of NULL is a source that is not configured. */
typedef struct {
    mtls_revocation_order_t order;
    mtls_lack_t crl_lack;
    mtls_lack_t ocsp_lack;
    mtls_status_fn crl_fn;
    mtls_status_fn ocsp_fn;
    void *baton;
} mtls_revocation_question_t;

/**
 * Decide about one certificate.
 *
 *   REVOKED    from any source that was asked refuses, always
 *   ALL        sources are asked in the order CRL, OCSP, until one refuses; what one cannot say
 *              (all words but GOOD and REVOKED) refuses when its lack is HARD.  SOFT forgives, of
 *              CRLs, MISSING and nothing else: what is there and out of date is nobody's intention.  Of
 *              OCSP it forgives MISSING, SILENT and UNUSABLE, which anybody on the way to the responder
 *              can bring about; UNKNOWN is an answer, and refuses
 *   X_FIRST    the second source is asked only when the first cannot say.  Who says GOOD decides.
 *              When neither can, the certificate is refused when either lack is HARD, with the
 *              reason of the first source
 *   none       no source: GOOD
 *
 * until is the earliest of the sources that were asked and limit themselves, 0 when none does.
 */
mtls_revocation_t mtls_revocation_decide(const mtls_revocation_question_t *question);

#endif /* MTLS_TRUST_REVOCATION_H */
