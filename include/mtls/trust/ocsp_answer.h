/*
 * mtls/trust/ocsp_answer.h - what a responder said of a certificate.
 *
 * May include: APR, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_OCSP_ANSWER_H
#define MTLS_TRUST_OCSP_ANSWER_H

#include <apr_time.h>

#include "mtls/trust/revocation.h"

/** What was found out; a value without pointers, so that it can be kept in a cache. */
typedef struct {
    mtls_status_word_t word; /**< GOOD, REVOKED, UNKNOWN; SILENT or UNUSABLE when there is none */
    apr_time_t this_update;  /**< 0 when there is none */
    apr_time_t next_update;  /**< 0: the responder always has newer information (section 2.4) */
    apr_time_t ends;         /**< not used after this: earliest of next_update + skew, this_update +
                                  max_age + skew, end of the signer's certificate */
    apr_time_t fetched;      /**< when it was asked for */
} mtls_ocsp_answer_t;

#endif /* MTLS_TRUST_OCSP_ANSWER_H */
