/*
 * mtls/trust/verdict.h - what one profile thinks of one certificate chain.
 *
 * May include: APR, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_VERDICT_H
#define MTLS_TRUST_VERDICT_H

#include <apr_time.h>
#include <stdbool.h>

#include "mtls/trust/reason.h"

/**
 * A verdict is a value: copy it freely.  {0} refuses.
 */
typedef struct {
    mtls_reason_t reason;
    apr_time_t valid_until; /**< wall clock; after it the verdict must be made again */
    int depth;       /**< certificates in the verified path minus one (0: the leaf is its own anchor) */
    int error_depth; /**< which certificate was at fault, 0 is the leaf; 0 when good */
    int x509_error;  /**< OpenSSL's X509_V_ERR_* behind the reason, X509_V_ERR_APPLICATION_VERIFICATION for
                          a rule of our own; X509_V_OK (0) only when good */
    bool lenient;    /**< good only because a source of revocation that cannot say is not insisted on */
    bool unasked;    /**< good as far as it was looked into: a responder should have been asked, and
                          was not.  Admits nobody */
} mtls_verdict_t;

/** @return true only for a good verdict that still holds at @a now. */
static inline bool mtls_verdict_admits(const mtls_verdict_t *verdict, apr_time_t now)
{
    return verdict->reason == MTLS_REASON_GOOD && !verdict->unasked && now < verdict->valid_until;
}

#endif /* MTLS_TRUST_VERDICT_H */
