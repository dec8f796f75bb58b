/*
 * mtls/trust/judge.h - the verdict on a chain, remembered or made now.
 *
 * May include: APR, mtls/cert plain headers, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_JUDGE_H
#define MTLS_TRUST_JUDGE_H

#include "mtls/trust/memo.h"
#include "mtls/trust/verify.h"

/**
 * Look the verdict up, or verify and remember it.  Verdicts of MTLS_REASON_INTERNAL, those that left
 * a responder unasked, and without means those for want of a CRL, are never remembered.
 *
 * @param memo   NULL: always verify
 * @param means  as of mtls_verify()
 * Thread: any.
 */
mtls_verdict_t mtls_judge(const mtls_profile_t *profile, const mtls_chain_t *chain,
                          mtls_memo_t *memo, const mtls_verify_means_t *means,
                          apr_time_t now);

#endif /* MTLS_TRUST_JUDGE_H */
