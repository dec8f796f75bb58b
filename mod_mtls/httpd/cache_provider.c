/*
 * httpd/cache_provider.c - what is asked of a cache's provider; see mtls/httpd/cache.h.
 *
 * What providers do (mod_socache_*.c of httpd 2.4.68; redis/apr_redis.c and memcache/apr_memcache.c
 * of apr-util 1.6; tried with 1.6.3, redis-server and memcached):
 *
 * - one whose server refuses connections fails the first call; for five seconds then nothing is
 *   tried and everything is "not found".  So APR_NOTFOUND from a write is a failure, and from any
 *   other call proves nothing by itself.  A write succeeds only when a server has said so.
 *
 * - one that accepts and says nothing is waited for without end: RedisTimeout's microseconds are
 *   taken for seconds, and apr_memcache sets no time-out once it is connected
 *   (mtls/httpd/errand.h).
 *
 * - remove() of redis and memcache is APR_SUCCESS for whoever deleted the value (":1", "DELETED")
 *   and APR_NOTFOUND for everybody after that (":0", "NOT_FOUND"): a server deletes a name once,
 *   whoever asks.  So of all who have read a value, one removes it.
 *
 * - remove() of shmcb is APR_SUCCESS or APR_NOTFOUND, and right.  That of dbm is APR_SUCCESS even
 *   when nothing was there, or nothing could be deleted; so under the mutex it is looked at before
 *   and after.  With some formats of dbm what is not there is APR_EGENERAL, so that it never says
 *   that something is gone.
 *
 * - with several servers a name belongs to another one while its own is given up on: what is there
 *   cannot be found then, nor removed, and is back later.  At most one removes it all the same.
 *
 * - dbm takes no value of 950 octets or more, shmcb none that is larger than one of its parts:
 *   APR_ENOSPC.  Some versions of apr_redis_setex() say APR_NOTFOUND to 512 octets and more; 1.6.3
 *   stores them.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cache_parts.h"
#include "mtls/trust/monotonic.h"
#include "mtls/trust/own_pool.h"

/* Life of the value that only shows that it can be stored. */
#define PROBE_LIFE apr_time_from_sec(5)

/* One call of the provider. */
typedef mtls_cache_call_end_t step_fn_t(mtls_cache_call_t *call, apr_pool_t *pool);

static mtls_cache_call_end_t retrieve(mtls_cache_call_t *call, apr_pool_t *pool)
{
    const mtls_cache_t *cache = call->cache;
    apr_status_t status;

    call->len = sizeof(call->sealed);
    status = cache->provider->retrieve(call->instance, cache->s, call->id, MTLS_SHA256_LEN,
                                       call->sealed, &call->len, pool);
    if (status == APR_SUCCESS)
        return call->len <= sizeof(call->sealed) ? MTLS_CACHE_CALL_DONE : MTLS_CACHE_CALL_UNFIT;
    if (APR_STATUS_IS_ENOMEM(status) || APR_STATUS_IS_ENOSPC(status))
        return MTLS_CACHE_CALL_UNFIT;
    return APR_STATUS_IS_NOTFOUND(status) ? MTLS_CACHE_CALL_NOTHING : MTLS_CACHE_CALL_FAILED;
}

static mtls_cache_call_end_t store(mtls_cache_call_t *call, apr_pool_t *pool)
{
    const mtls_cache_t *cache = call->cache;
    apr_status_t status =
        cache->provider->store(call->instance, cache->s, call->id, MTLS_SHA256_LEN, call->expires,
                               call->sealed, call->len, pool);

    if (status == APR_SUCCESS)
        return MTLS_CACHE_CALL_DONE;
    return APR_STATUS_IS_ENOSPC(status) ? MTLS_CACHE_CALL_UNFIT : MTLS_CACHE_CALL_FAILED;
}

static mtls_cache_call_end_t remove_it(mtls_cache_call_t *call, apr_pool_t *pool)
{
    const mtls_cache_t *cache = call->cache;
    apr_status_t status;

    call->removing = true;
    status = cache->provider->remove(call->instance, cache->s, call->id, MTLS_SHA256_LEN, pool);

    if (status == APR_SUCCESS)
        return MTLS_CACHE_CALL_DONE;
    return APR_STATUS_IS_NOTFOUND(status) ? MTLS_CACHE_CALL_NOTHING : MTLS_CACHE_CALL_FAILED;
}

/* What was found stays in the call. */
static mtls_cache_call_end_t remove_and_look(mtls_cache_call_t *call, apr_pool_t *pool)
{
    unsigned len = call->len;
    mtls_cache_call_end_t end = remove_it(call, pool);

    if (end != MTLS_CACHE_CALL_DONE)
        return end;
    end = retrieve(call, pool);
    call->len = len;
    return end == MTLS_CACHE_CALL_NOTHING ? MTLS_CACHE_CALL_DONE : MTLS_CACHE_CALL_FAILED;
}

/* With the mutex nobody comes between. */
static mtls_cache_call_end_t take_in_place(mtls_cache_call_t *call, apr_pool_t *pool)
{
    mtls_cache_call_end_t end = retrieve(call, pool);

    switch (end) {
    case MTLS_CACHE_CALL_FAILED:
    case MTLS_CACHE_CALL_NOTHING:
    case MTLS_CACHE_CALL_GONE:
        return end;
    case MTLS_CACHE_CALL_UNFIT:
        return call->ask == MTLS_CACHE_ASK_REMOVE ? remove_and_look(call, pool) : end;
    case MTLS_CACHE_CALL_DONE:
        return remove_and_look(call, pool);
    }
    return MTLS_CACHE_CALL_FAILED;
}

static mtls_cache_call_end_t call_in_place(mtls_cache_call_t *call, apr_pool_t *pool)
{
    mtls_cache_call_end_t end = MTLS_CACHE_CALL_FAILED;

    switch (call->ask) {
    case MTLS_CACHE_ASK_GET:
        end = retrieve(call, pool);
        break;
    case MTLS_CACHE_ASK_PUT:
        end = store(call, pool);
        break;
    case MTLS_CACHE_ASK_TAKE:
    case MTLS_CACHE_ASK_REMOVE:
        end = take_in_place(call, pool);
        break;
    }
    return end == MTLS_CACHE_CALL_NOTHING ? MTLS_CACHE_CALL_GONE : end;
}

/* @return whether a server is there that stores. */
static bool is_served(const mtls_cache_call_t *call, apr_pool_t *pool)
{
    static const unsigned char id[MTLS_SHA256_LEN] = "mod_mtls: is anybody there";
    unsigned char octet[] = {'y'};
    const mtls_cache_t *cache = call->cache;

    return cache->provider->store(call->instance, cache->s, id, MTLS_SHA256_LEN,
                                  apr_time_now() + PROBE_LIFE, octet, sizeof(octet),
                                  pool) == APR_SUCCESS;
}

/* Asked between two writes that succeed, "not found" is the server's own word: one that is given up
 * on is not tried again for longer than anybody waits for a call. */
static mtls_cache_call_end_t surely(step_fn_t *step, mtls_cache_call_t *call, apr_pool_t *pool)
{
    mtls_cache_call_end_t end = step(call, pool);

    if (end != MTLS_CACHE_CALL_NOTHING)
        return end;
    if (!is_served(call, pool))
        return MTLS_CACHE_CALL_FAILED;
    end = step(call, pool);
    if (end != MTLS_CACHE_CALL_NOTHING)
        return end;
    return is_served(call, pool) ? MTLS_CACHE_CALL_GONE : MTLS_CACHE_CALL_FAILED;
}

static mtls_cache_call_end_t take_from_afar(mtls_cache_call_t *call, apr_pool_t *pool)
{
    mtls_cache_call_end_t end = surely(retrieve, call, pool);

    return end == MTLS_CACHE_CALL_DONE ? surely(remove_it, call, pool) : end;
}

/* The server may have been given up on; other threads' calls tell. */
static bool is_doubtful(const mtls_cache_t *cache)
{
    return atomic_load(&cache->troubles) != atomic_load(&cache->settled);
}

/* Its server may be given up on before, or meanwhile. */
static mtls_cache_call_end_t look_from_afar(mtls_cache_call_t *call, apr_pool_t *pool)
{
    mtls_cache_call_end_t end;

    if (is_doubtful(call->cache))
        return surely(retrieve, call, pool);
    end = retrieve(call, pool);
    return end == MTLS_CACHE_CALL_NOTHING && is_doubtful(call->cache) ? surely(retrieve, call, pool)
                                                                      : end;
}

static mtls_cache_call_end_t call_from_afar(mtls_cache_call_t *call, apr_pool_t *pool)
{
    switch (call->ask) {
    case MTLS_CACHE_ASK_GET:
        return look_from_afar(call, pool);
    case MTLS_CACHE_ASK_PUT:
        return store(call, pool);
    case MTLS_CACHE_ASK_TAKE:
        return take_from_afar(call, pool);
    case MTLS_CACHE_ASK_REMOVE:
        return surely(remove_it, call, pool);
    }
    return MTLS_CACHE_CALL_FAILED;
}

/* A call that began before another one failed says nothing about what was given up then. */
static void note_trouble(mtls_cache_t *cache, mtls_cache_call_end_t end, unsigned before)
{
    switch (end) {
    case MTLS_CACHE_CALL_FAILED:
        atomic_fetch_add(&cache->troubles, 1);
        break;
    case MTLS_CACHE_CALL_NOTHING:
    case MTLS_CACHE_CALL_UNFIT:
        break;
    case MTLS_CACHE_CALL_GONE:
    case MTLS_CACHE_CALL_DONE:
        atomic_store(&cache->settled, before);
        break;
    }
}

static void try_from_afar(mtls_cache_call_t *call, ap_socache_instance_t *instance,
                          apr_pool_t *pool)
{
    mtls_cache_t *cache = call->cache;
    unsigned before = atomic_load(&cache->troubles);

    call->instance = instance;
    call->end = call_from_afar(call, pool);
    note_trouble(cache, call->end, before);
}

/* A failure that is worth a second try took so little that whoever waits is still there. */
static apr_interval_time_t at_once(const mtls_cache_t *cache)
{
    return cache->timeout / 5;
}

/* What is to be stored was kept as it was; a removal may have been done before it failed, and then
 * the value was this call's: a second try would lose it. */
static bool is_repeatable(const mtls_cache_call_t *call, apr_int64_t began)
{
    return call->end == MTLS_CACHE_CALL_FAILED &&
           !(call->ask == MTLS_CACHE_ASK_TAKE && call->removing) &&
           mtls_monotonic_now() - began < at_once(call->cache);
}

/* When its servers drop all connections (one is restarted, another takes over), those that the
 * provider keeps fail one by one, and for each of them it thinks for five seconds that its server
 * is gone.  So what has failed at once is tried again over new ones, and a trial begins with new
 * ones: connections may also be such that nothing is ever said on them. */
static void call_over_links(mtls_cache_call_t *call, apr_pool_t *pool)
{
    mtls_cache_links_t *links = call->cache->links;
    mtls_cache_link_t *link = mtls_cache_link_take(links);
    apr_int64_t began = mtls_monotonic_now();

    if (call->is_trial)
        link = mtls_cache_link_replace(links, link);
    try_from_afar(call, mtls_cache_link_instance(link), pool);
    if (!call->is_trial && is_repeatable(call, began)) {
        const mtls_cache_link_t *failed = link;

        link = mtls_cache_link_replace(links, link);
        if (link != failed)
            try_from_afar(call, mtls_cache_link_instance(link), pool);
    }
    mtls_cache_link_give_back(links, link);
}

/* Providers allocate from the pool they are given. */
void mtls_cache_call_provider(mtls_cache_call_t *call)
{
    mtls_cache_t *cache = call->cache;
    apr_pool_t *pool;

    call->end = MTLS_CACHE_CALL_FAILED;
    if (mtls_own_pool_make(&pool, NULL) != APR_SUCCESS)
        return;
    call->instance = cache->instance;
    if (cache->mutex)
        call->end = call_in_place(call, pool);
    else if (cache->links)
        call_over_links(call, pool);
    else
        try_from_afar(call, cache->instance, pool);
    apr_pool_destroy(pool);
}
