/* httpd/ticket_time.c - see mtls/httpd/ticket_time.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/ticket_time.h"

#include <apr_atomic.h>
#include <http_log.h>

#include "mtls/httpd/message.h"

APLOG_USE_MODULE(mtls);

/* Clocks are set by less than that all the time. */
#define NOTEWORTHY apr_time_from_sec(60)

apr_time_t mtls_ticket_time(const mtls_shared_t *shared)
{
    static apr_uint32_t told;
    apr_interval_time_t behind;
    apr_time_t now = mtls_forward_clock_now(shared->ticket_clock, &behind);

    if (behind >= NOTEWORTHY && apr_atomic_cas32(&told, 1, 0) == 0)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, shared->main,
                     MTLS_MSG_TICKET "the clock has been set back by %" APR_TIME_T_FMT
                                     " s: tickets go on by the time it was, until the next restart",
                     apr_time_sec(behind));
    return now;
}
