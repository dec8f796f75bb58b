/*
 * mtls/policy/reason.h - how each reason is told: word, status, sentence, advice.
 *
 * One table (policy/reason.c) drives MTLS_REASON, the log, the page, the
 * problem document and docs/reasons.md.
 *
 * May include: APR, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_REASON_H
#define MTLS_POLICY_REASON_H

#include <stdbool.h>

#include "mtls/trust/reason.h"

/** What a reason speaks of. */
typedef enum {
    MTLS_ABOUT_NOTHING = 0, /**< it is no refusal: undecided, good */
    MTLS_ABOUT_ASKING,      /**< nothing acceptable was shown, and none could be asked for */
    MTLS_ABOUT_CERTIFICATE, /**< the certificate that was shown */
    MTLS_ABOUT_HOLDER,      /**< the certificate is good; its holder */
    MTLS_ABOUT_SERVER       /**< a fault of ours */
} mtls_reason_about_t;

/** One row.  All text is static, ASCII, without HTML. */
typedef struct {
    mtls_reason_t reason; /**< equals the row's index */
    const char *word;     /**< stable, lower case with dashes */
    int status;           /**< HTTP status of a refusal for it: 403, 413, 414, 421, 500, 503 */
    int telling;          /**< when several certificates or profiles fail, the highest is told */
    mtls_reason_about_t about;
    bool operator_fault;  /**< true: logged above INFO; false: a client's matter, INFO at most */
    bool retryable;       /**< true: the page explains how to try again */
    const char *title;    /**< one short sentence: what happened */
    const char *advice;   /**< what the person can do */
} mtls_reason_info_t;

/** @return the row of @a reason; for a value outside the enum, the row of MTLS_REASON_INTERNAL. */
const mtls_reason_info_t *mtls_reason_info(mtls_reason_t reason);

/** @return of two refusals the one that tells the person more; on a tie @a a.  GOOD beats all. */
mtls_reason_t mtls_reason_more_telling(mtls_reason_t a, mtls_reason_t b);

#endif /* MTLS_POLICY_REASON_H */
