/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/crl_schedule.h"

#define BEFORE_END apr_time_from_sec(3600)

apr_time_t mtls_crl_schedule_next(apr_time_t this_update, apr_time_t next_update, apr_time_t now)
{
    apr_time_t half = this_update + (next_update - this_update) / 2;
    apr_time_t last = next_update - BEFORE_END;
    apr_time_t next = half > now ? half : now + (next_update - now) / 2;

    if (last > now && next > last)
        next = last;
    if (next < now + MTLS_CRL_SCHEDULE_MIN)
        return now + MTLS_CRL_SCHEDULE_MIN;
    if (next > now + MTLS_CRL_SCHEDULE_MAX)
        return now + MTLS_CRL_SCHEDULE_MAX;
    return next;
}

apr_time_t mtls_crl_schedule_retry(int failures, apr_time_t now)
{
    apr_interval_time_t pause = MTLS_CRL_SCHEDULE_RETRY;

    for (int i = 1; i < failures && pause < MTLS_CRL_SCHEDULE_RETRY_MAX; i++)
        pause *= 2;
    return now + (pause < MTLS_CRL_SCHEDULE_RETRY_MAX ? pause : MTLS_CRL_SCHEDULE_RETRY_MAX);
}

bool mtls_crl_schedule_is_due(apr_time_t asked, apr_time_t next, apr_time_t now)
{
    return next <= now || asked > now || next > asked + MTLS_CRL_SCHEDULE_MAX;
}
