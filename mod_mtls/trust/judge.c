/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/judge.h"

/* Without means nobody was told which list is wanted: the verdict would keep those who could. */
static bool is_for_want_of_a_list(const mtls_verdict_t *verdict)
{
    return verdict->lenient || verdict->reason == MTLS_REASON_CRL_MISSING ||
           verdict->reason == MTLS_REASON_CRL_EXPIRED ||
           verdict->reason == MTLS_REASON_CRL_UNUSABLE;
}

static bool is_worth_keeping(const mtls_verdict_t *verdict, const mtls_verify_means_t *means)
{
    return verdict->reason != MTLS_REASON_INTERNAL && !verdict->unasked &&
           (means != NULL || !is_for_want_of_a_list(verdict));
}

/* No verdict of now holds for longer: this one was made when the clock was ahead (F-45). */
static bool is_of_the_future(const mtls_verdict_t *verdict, apr_time_t now)
{
    return verdict->valid_until > now + MTLS_VERDICT_MAX_AGE;
}

mtls_verdict_t mtls_judge(const mtls_profile_t *profile, const mtls_chain_t *chain,
                          mtls_memo_t *memo, const mtls_verify_means_t *means, apr_time_t now)
{
    const unsigned char *chain_digest = mtls_chain_digest(chain);
    const unsigned char *profile_digest = mtls_profile_digest(profile);
    mtls_verdict_t verdict = {0};

    if (memo != NULL && mtls_memo_get(memo, chain_digest, profile_digest, now, &verdict) &&
        !is_of_the_future(&verdict, now))
        return verdict;
    verdict = mtls_verify(profile, chain, means, now);
    if (memo != NULL && is_worth_keeping(&verdict, means))
        mtls_memo_put(memo, chain_digest, profile_digest, &verdict);
    return verdict;
}
