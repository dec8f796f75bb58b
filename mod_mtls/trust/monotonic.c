/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/monotonic.h"

#include <time.h>

apr_time_t mtls_monotonic_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return apr_time_from_sec((apr_time_t)now.tv_sec) + now.tv_nsec / 1000 + 1;
}
