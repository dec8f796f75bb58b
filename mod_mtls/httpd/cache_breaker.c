/* httpd/cache_breaker.c - a cache that fails is left alone for a while; see mtls/httpd/cache.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <httpd.h>

#include <http_log.h>

#include "cache_parts.h"
#include "mtls/httpd/message.h"
#include "mtls/trust/monotonic.h"

APLOG_USE_MODULE(mtls);

/* Whoever tries first after a pause, and does not come back, holds up the next one for two calls.
 */
bool mtls_cache_may_try(mtls_cache_t *cache)
{
    apr_int64_t now = mtls_monotonic_now();
    apr_int64_t retry_at = atomic_load(&cache->retry_at);

    if (atomic_load(&cache->failures) < MTLS_CACHE_FAILURES)
        return true;
    return now >= retry_at &&
           atomic_compare_exchange_strong(&cache->retry_at, &retry_at, now + 2 * cache->timeout);
}

static void failed(mtls_cache_t *cache)
{
    int failures = atomic_fetch_add(&cache->failures, 1) + 1;

    mtls_board_count(cache->means.board, MTLS_COUNTER_CACHE_FAILURES);
    if (failures < MTLS_CACHE_FAILURES)
        return;
    atomic_store(&cache->retry_at, mtls_monotonic_now() + MTLS_CACHE_PAUSE);
    atomic_store(&cache->failures, MTLS_CACHE_FAILURES);
    if (failures == MTLS_CACHE_FAILURES)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, cache->s,
                     MTLS_MSG_CACHE_DOWN "the shared cache (%s) failed %d times in a row and is "
                                         "left alone for %d seconds at a time until it works",
                     cache->name, MTLS_CACHE_FAILURES, (int)apr_time_sec(MTLS_CACHE_PAUSE));
}

void mtls_cache_tried(mtls_cache_t *cache, mtls_cache_call_end_t end)
{
    switch (end) {
    case MTLS_CACHE_CALL_FAILED:
        failed(cache);
        break;
    case MTLS_CACHE_CALL_NOTHING: /* prove nothing: the next one may try at once */
    case MTLS_CACHE_CALL_UNFIT:
        if (atomic_load(&cache->failures) >= MTLS_CACHE_FAILURES)
            atomic_store(&cache->retry_at, mtls_monotonic_now());
        break;
    case MTLS_CACHE_CALL_GONE:
    case MTLS_CACHE_CALL_DONE:
        if (atomic_exchange(&cache->failures, 0) >= MTLS_CACHE_FAILURES)
            ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, cache->s,
                         MTLS_MSG_CACHE_BACK "the shared cache (%s) works again", cache->name);
        break;
    }
}
