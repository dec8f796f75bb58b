/* httpd/cache_call.c - reads and writes of the shared cache; see mtls/httpd/cache.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdlib.h>

#include "cache_parts.h"
#include "mtls/trust/key_part.h"
#include "mtls/trust/seal.h"

/* Nobody is served by what ends sooner; and redis takes whole seconds, of which none is an error.
 */
#define SHORTEST_LIFE apr_time_from_sec(2)

/* The room for a value is left as it is. */
static mtls_cache_call_t *make_call(mtls_cache_t *cache, mtls_cache_ask_t ask,
                                    const unsigned char *id)
{
    mtls_cache_call_t *call = malloc(sizeof(*call));

    if (call) {
        memset(call, 0, offsetof(mtls_cache_call_t, sealed));
        call->cache = cache;
        call->ask = ask;
        call->is_trial = atomic_load(&cache->failures) >= MTLS_CACHE_FAILURES;
        memcpy(call->id, id, MTLS_SHA256_LEN);
    }
    return call;
}

static void run_errand(mtls_errand_t *errand)
{
    mtls_cache_call_provider((mtls_cache_call_t *)errand);
}

/* A child that dies with the mutex must not stop the others (F-24): where the system does not free
 * it, the cache is down until the next start, and no more than that. */
static void call_under_mutex(mtls_cache_call_t *call)
{
    apr_global_mutex_t *mutex = call->cache->mutex;

    call->end = MTLS_CACHE_CALL_FAILED;
    if (apr_global_mutex_timedlock(mutex, call->cache->timeout) != APR_SUCCESS)
        return;
    mtls_cache_call_provider(call);
    apr_global_mutex_unlock(mutex);
}

/* @return false when it came to no end; then @a call is gone. */
static bool perform(mtls_cache_call_t *call)
{
    mtls_cache_t *cache = call->cache;

    if (cache->mutex) {
        call_under_mutex(call);
        return true;
    }
    call->errand.run_fn = run_errand;
    return mtls_errands_run(cache->errands, &call->errand, cache->timeout);
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
        return cache->own;
    *generation = mtls_store_acquire(cache->means.store);
    return mtls_generation_keys(*generation, cache->means.key_slot);
}

static void give_keys_back(const mtls_cache_t *cache, const mtls_generation_t *generation)
{
    if (generation)
        mtls_store_release(cache->means.store, generation);
}

static mtls_cache_end_t unseal(const mtls_cache_call_t *call, unsigned char *data, apr_size_t *len)
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

/* Begin, and let it be done.  @return NULL when nobody can say; otherwise the caller frees it */
static mtls_cache_call_t *ask(mtls_cache_t *cache, mtls_cache_ask_t what, const unsigned char *id)
{
    mtls_cache_call_t *call;

    if (!begin(cache))
        return NULL;
    call = make_call(cache, what, id);
    if (!call || !perform(call)) {
        mtls_cache_tried(cache, MTLS_CACHE_CALL_FAILED);
        return NULL;
    }
    mtls_cache_tried(cache, call->end);
    return call;
}

/* For GET and TAKE. */
static mtls_cache_end_t ask_for_value(mtls_cache_t *cache, mtls_cache_ask_t what,
                                      const unsigned char *id, unsigned char *data, apr_size_t *len)
{
    mtls_cache_call_t *call = ask(cache, what, id);
    mtls_cache_end_t end = MTLS_CACHE_DOWN;

    if (!call)
        return MTLS_CACHE_DOWN;
    switch (call->end) {
    case MTLS_CACHE_CALL_FAILED:
        break;
    case MTLS_CACHE_CALL_UNFIT: /* nothing of ours */
        mtls_board_count(cache->means.board, MTLS_COUNTER_CACHE_REFUSED);
        end = MTLS_CACHE_MISS;
        break;
    case MTLS_CACHE_CALL_NOTHING:
    case MTLS_CACHE_CALL_GONE:
        end = MTLS_CACHE_MISS;
        break;
    case MTLS_CACHE_CALL_DONE:
        end = unseal(call, data, len);
        break;
    }
    free(call);
    return end;
}

mtls_cache_end_t mtls_cache_get(void *baton, const unsigned char id[MTLS_SHA256_LEN],
                                unsigned char *data, apr_size_t *len)
{
    return ask_for_value(baton, MTLS_CACHE_ASK_GET, id, data, len);
}

mtls_cache_end_t mtls_cache_take(void *baton, const unsigned char id[MTLS_SHA256_LEN],
                                 unsigned char *data, apr_size_t *len)
{
    return ask_for_value(baton, MTLS_CACHE_ASK_TAKE, id, data, len);
}

mtls_cache_end_t mtls_cache_remove(void *baton, const unsigned char id[MTLS_SHA256_LEN])
{
    mtls_cache_call_t *call = ask(baton, MTLS_CACHE_ASK_REMOVE, id);
    mtls_cache_end_t end = MTLS_CACHE_DOWN;

    if (!call)
        return MTLS_CACHE_DOWN;
    switch (call->end) {
    case MTLS_CACHE_CALL_FAILED:
        break;
    case MTLS_CACHE_CALL_NOTHING:
    case MTLS_CACHE_CALL_GONE:
    case MTLS_CACHE_CALL_UNFIT:
        end = MTLS_CACHE_MISS;
        break;
    case MTLS_CACHE_CALL_DONE:
        end = MTLS_CACHE_HIT;
        break;
    }
    free(call);
    return end;
}

static bool seal(mtls_cache_call_t *call, mtls_bytes_t data)
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

/* Of what is too large for the provider only the count tells: others still fit. */
static bool end_put(mtls_cache_t *cache, mtls_cache_call_end_t end)
{
    if (end == MTLS_CACHE_CALL_UNFIT)
        mtls_board_count(cache->means.board, MTLS_COUNTER_CACHE_FAILURES);
    mtls_cache_tried(cache, end);
    return end == MTLS_CACHE_CALL_DONE;
}

bool mtls_cache_put(void *baton, const unsigned char id[MTLS_SHA256_LEN], const unsigned char *data,
                    apr_size_t len, apr_time_t expires)
{
    mtls_cache_t *cache = baton;
    mtls_cache_call_t *call;
    bool stored;

    if (len > MTLS_SHARED_CACHE_MAX || expires < apr_time_now() + SHORTEST_LIFE || !begin(cache))
        return false;
    call = make_call(cache, MTLS_CACHE_ASK_PUT, id);
    if (!call)
        return false;
    call->expires = expires;
    if (!seal(call, (mtls_bytes_t){data, len})) {
        free(call);
        return false;
    }
    if (!perform(call)) {
        mtls_cache_tried(cache, MTLS_CACHE_CALL_FAILED);
        return false;
    }
    stored = end_put(cache, call->end);
    free(call);
    return stored;
}
