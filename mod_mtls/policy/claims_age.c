/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/claims.h"

mtls_claims_age_t mtls_claims_age_check(apr_time_t issued_at, apr_interval_time_t life,
                                        apr_interval_time_t skew, apr_time_t now)
{
    if (issued_at > now) {
        return issued_at - now > skew ? MTLS_CLAIMS_AHEAD : MTLS_CLAIMS_FRESH;
    }
    return now - issued_at - life > skew ? MTLS_CLAIMS_OLD : MTLS_CLAIMS_FRESH;
}

mtls_claims_age_t mtls_ticket_age_check(const mtls_ticket_t *ticket, apr_interval_time_t idle,
                                        apr_interval_time_t skew, apr_time_t now)
{
    if (ticket->issued_at > now && ticket->issued_at - now > skew) {
        return MTLS_CLAIMS_AHEAD;
    }
    if (now >= ticket->ends_at) {
        return MTLS_CLAIMS_OLD;
    }
    return mtls_claims_age_check(ticket->seen_at, idle, skew, now);
}

bool mtls_ticket_is_stale(const mtls_ticket_t *ticket, apr_interval_time_t idle, apr_time_t now)
{
    return now > ticket->seen_at && now - ticket->seen_at >= idle / 10;
}
