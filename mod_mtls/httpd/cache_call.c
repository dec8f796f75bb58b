/*
 * httpd/cache_call.c - reads and writes of the shared cache; see mtls/httpd/cache.h.
 *
 * What providers do without their server (mod_socache_redis.c and mod_socache_memcache.c of httpd
 * 2.4.68, redis/apr_redis.c of apr-util 1.6; tried with 1.6.3):
 *
 * - one that refuses connections fails the first call; for five seconds then nothing is tried and
 *   everything is "not found".  So APR_NOTFOUND from a write is a failure, and from a read proves
 *   nothing.
 * - one that accepts and says nothing is waited for without end: RedisTimeout's microseconds are
 *   taken for seconds, and apr_memcache sets no time-out once it is connected
 *   (mtls/httpd/errand.h).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cache_parts.h"
#include "mtls/trust/own_pool.h"
#include "mtls/trust/seal.h"

/* Nobody is served by what ends sooner; and redis takes whole seconds, of which none is an error.
 */
#define SHORTEST_LIFE apr_time_from_sec(2)

/* One call, with all it needs: whoever began it may be gone when it ends. */
typedef struct {
    mtls_errand_t errand;
    mtls_cache_t *cache;
    bool store;
    apr_time_t expires;
    apr_status_t status;
    unsigned len;
    unsigned char id[MTLS_SHA256_LEN];
    unsigned char sealed[MTLS_CACHE_SEALED_MAX];
} call_t;

static call_t *make_call(mtls_cache_t *cache, const unsigned char *id)
{
    call_t *call = calloc(1, sizeof(*call));

    if (call) {
        call->cache = cache;
        memcpy(call->id, id, MTLS_SHA256_LEN);
    }
    return call;
}

/* Providers allocate from the pool they are given. */
static void call_provider(call_t *call)
{
    const ap_socache_provider_t *provider = call->cache->provider;
    ap_socache_instance_t *instance = call->cache->instance;
    apr_pool_t *pool;

    call->status = mtls_own_pool_make(&pool, NULL);
    if (call->status != APR_SUCCESS)
        return;
    if (call->store)
        call->status = provider->store(instance, call->cache->s, call->id, MTLS_SHA256_LEN,
                                       call->expires, call->sealed, call->len, pool);
    else
        call->status = provider->retrieve(instance, call->cache->s, call->id, MTLS_SHA256_LEN,
                                          call->sealed, &call->len, pool);
    apr_pool_destroy(pool);
}

static void run_errand(mtls_errand_t *errand)
{
    call_provider((call_t *)errand);
}

/* A child that dies with the mutex must not stop the others (F-24): where the system does not free
 * it, the cache is down until the next start, and no more than that. */
static void call_under_mutex(call_t *call)
{
    apr_global_mutex_t *mutex = call->cache->mutex;

    call->status = apr_global_mutex_timedlock(mutex, MTLS_CACHE_PATIENCE);
    if (call->status != APR_SUCCESS)
        return;
    call_provider(call);
    apr_global_mutex_unlock(mutex);
}

/* @return false when it came to no end; then @a call is gone. */
static bool perform(call_t *call)
{
    mtls_cache_t *cache = call->cache;

    if (cache->mutex) {
        call_under_mutex(call);
        return true;
    }
    call->errand.run_fn = run_errand;
    return mtls_errands_run(cache->errands, &call->errand, MTLS_CACHE_PATIENCE);
}

static bool begin(mtls_cache_t *cache)
{
    if (!cache->ready)
        return false;
    if (mtls_cache_may_try(cache))
        return true;
    mtls_board_count(cache->means.board, MTLS_COUNTER_CACHE_SKIPPED);
    return false;
}

/* A reference to the generation is held for no longer than it takes to compute. */
static const mtls_keys_t *take_keys(const mtls_cache_t *cache, const mtls_generation_t **generation)
{
    *generation = NULL;
    if (cache->means.key_slot < 0)
        return &cache->own;
    *generation = mtls_store_acquire(cache->means.store);
    return mtls_generation_keys(*generation, cache->means.key_slot);
}

static void give_keys_back(const mtls_cache_t *cache, const mtls_generation_t *generation)
{
    if (generation)
        mtls_store_release(cache->means.store, generation);
}

static mtls_cache_end_t unseal(const call_t *call, unsigned char *data, apr_size_t *len)
{
    const mtls_cache_t *cache = call->cache;
    const mtls_generation_t *generation;
    const mtls_keys_t *keys = take_keys(cache, &generation);
    mtls_sealed_t value = {.id = call->id};
    mtls_seal_end_t end =
        mtls_seal_read(&value, keys, (mtls_bytes_t){call->sealed, call->len}, apr_time_now());

    give_keys_back(cache, generation);
    if (end == MTLS_SEAL_REFUSED)
        mtls_board_count(cache->means.board, MTLS_COUNTER_CACHE_REFUSED);
    if (end != MTLS_SEAL_GOOD || value.data.len > *len)
        return MTLS_CACHE_MISS;
    *len = value.data.len;
    if (value.data.len)
        memcpy(data, value.data.data, value.data.len);
    return MTLS_CACHE_HIT;
}

/* Too large for the room it was given: nothing of ours. */
static bool is_too_large(apr_status_t status)
{
    return APR_STATUS_IS_ENOMEM(status) || APR_STATUS_IS_ENOSPC(status);
}

static mtls_cache_call_end_t end_of_read(apr_status_t status)
{
    if (status == APR_SUCCESS)
        return MTLS_CACHE_CALL_DONE;
    return APR_STATUS_IS_NOTFOUND(status) || is_too_large(status) ? MTLS_CACHE_CALL_NOTHING
                                                                  : MTLS_CACHE_CALL_FAILED;
}

mtls_cache_end_t mtls_cache_get(void *baton, const unsigned char id[MTLS_SHA256_LEN],
                                unsigned char *data, apr_size_t *len)
{
    mtls_cache_t *cache = baton;
    mtls_cache_end_t end = MTLS_CACHE_MISS;
    mtls_cache_call_end_t called;
    call_t *call;

    if (!begin(cache))
        return MTLS_CACHE_DOWN;
    call = make_call(cache, id);
    if (call)
        call->len = sizeof(call->sealed);
    if (!call || !perform(call)) {
        mtls_cache_tried(cache, MTLS_CACHE_CALL_FAILED);
        return MTLS_CACHE_DOWN;
    }
    called = end_of_read(call->status);
    mtls_cache_tried(cache, called);
    if (called == MTLS_CACHE_CALL_FAILED)
        end = MTLS_CACHE_DOWN;
    else if (called == MTLS_CACHE_CALL_DONE && call->len <= sizeof(call->sealed))
        end = unseal(call, data, len);
    else if (is_too_large(call->status))
        mtls_board_count(cache->means.board, MTLS_COUNTER_CACHE_REFUSED);
    free(call);
    return end;
}

static bool seal(call_t *call, mtls_bytes_t data)
{
    const mtls_generation_t *generation;
    const mtls_keys_t *keys = take_keys(call->cache, &generation);
    mtls_sealed_t value = {call->id, data, call->expires};
    apr_size_t len = sizeof(call->sealed);
    bool done = mtls_seal_write(call->sealed, &len, keys, &value);

    give_keys_back(call->cache, generation);
    call->len = (unsigned)len;
    return done;
}

bool mtls_cache_put(void *baton, const unsigned char id[MTLS_SHA256_LEN], const unsigned char *data,
                    apr_size_t len, apr_time_t expires)
{
    mtls_cache_t *cache = baton;
    call_t *call;
    bool stored;

    if (len > MTLS_SHARED_CACHE_MAX || expires < apr_time_now() + SHORTEST_LIFE || !begin(cache))
        return false;
    call = make_call(cache, id);
    if (!call)
        return false;
    call->store = true;
    call->expires = expires;
    if (!seal(call, (mtls_bytes_t){data, len})) {
        free(call);
        return false;
    }
    if (!perform(call)) {
        mtls_cache_tried(cache, MTLS_CACHE_CALL_FAILED);
        return false;
    }
    stored = call->status == APR_SUCCESS;
    mtls_cache_tried(cache, stored ? MTLS_CACHE_CALL_DONE : MTLS_CACHE_CALL_FAILED);
    free(call);
    return stored;
}
