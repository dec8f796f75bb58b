/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/forward_clock.h"

#include <stdatomic.h>

#include "mtls/trust/monotonic.h"

/* The wall clock is read first: a process that is held up in between takes the start for earlier
 * than it is, which changes nothing. */
apr_time_t mtls_forward_clock_now(mtls_forward_clock_t *clock, apr_interval_time_t *behind)
{
    apr_time_t wall = apr_time_now();
    apr_time_t elapsed = mtls_monotonic_now();
    apr_time_t start = wall - elapsed;
    apr_time_t highest = atomic_load(&clock->start);

    while (start > highest && !atomic_compare_exchange_weak(&clock->start, &highest, start))
        ;
    if (start > highest)
        highest = start;
    if (behind)
        *behind = highest - start;
    return highest + elapsed;
}
