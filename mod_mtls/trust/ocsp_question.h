/*
 * mod_mtls/trust/ocsp_question.h - a question that outlives who asked it.
 *
 * A question points into a profile, whose generation may go while its answer is waited for.
 *
 * May include: OpenSSL, APR, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_OCSP_QUESTION_H
#define MTLS_TRUST_OCSP_QUESTION_H

#include <apr_pools.h>

#include "mtls/trust/ocsp_message.h"

/** @return a copy that holds all it needs until @a pool ends, NULL: no memory. */
const mtls_ocsp_question_t *mtls_ocsp_question_copy(const mtls_ocsp_question_t *question,
                                                    apr_pool_t *pool);

#endif /* MTLS_TRUST_OCSP_QUESTION_H */
