/* httpd/cache_link.c - connections of a child to the servers of its cache; see cache_parts.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_allocator.h>
#include <apr_thread_mutex.h>
#include <pthread.h>
#include <stdlib.h>

#include "cache_parts.h"
#include "mtls/trust/monotonic.h"
#include "mtls/trust/own_pool.h"

/* What the provider calls us; redis makes it part of each name, and allows 14 characters. */
static const char cache_name[] = "mod_mtls";

struct mtls_cache_link_t {
    ap_socache_instance_t *instance;
    apr_pool_t *pool; /* NULL: the parent's, which stays */
    int users;        /* whoever calls, and the links while it is the current one */
};

/* A store may also fail at once for other reasons, as redis does when it is full: new connections
 * are of no use then, and are not made over and over again. */
#define MOST_RENEWALS 10

struct mtls_cache_links_t {
    mtls_cache_t *cache;
    pthread_mutex_t mutex;
    mtls_cache_link_t of_parent;
    mtls_cache_link_t *current;
    int users;         /* calls, and the pool of the child: the last one frees it */
    int renewals;      /* since ... */
    apr_int64_t since; /* ... then; monotonic */
};

apr_status_t mtls_cache_init(const mtls_cache_t *cache, ap_socache_instance_t *instance,
                             apr_pool_t *pool)
{
    /* Records of OCSP answers, sealed.  Chains are larger, but fewer; from the average size shmcb
     * derives how many entries it can hold, and in how many parts it is divided
     * (mod_socache_shmcb.c): with these the MTLS_DEFAULT_CACHE has 32 parts of 27 KB, so that the
     * largest value fits one. */
    static const struct ap_socache_hints hints = {MTLS_SHA256_LEN, 128, apr_time_from_sec(60)};

    return cache->provider->init(instance, cache_name, &hints, cache->s, pool);
}

/* Several threads make connections, each with a pool of its own, from one. */
static bool make_pool(apr_pool_t **pool)
{
    apr_thread_mutex_t *mutex;

    if (mtls_own_pool_make(pool, NULL) != APR_SUCCESS)
        return false;
    if (apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_DEFAULT, *pool) == APR_SUCCESS) {
        apr_allocator_mutex_set(apr_pool_allocator_get(*pool), mutex);
        return true;
    }
    apr_pool_destroy(*pool);
    return false;
}

/* @return NULL when it cannot be made. */
static mtls_cache_link_t *make_link(const mtls_cache_t *cache)
{
    mtls_cache_link_t *link;
    apr_pool_t *pool;

    if (!make_pool(&pool))
        return NULL;
    link = apr_pcalloc(pool, sizeof(*link));
    link->pool = pool;
    link->users = 1;
    if (!cache->provider->create(&link->instance, cache->arguments, pool, pool) &&
        mtls_cache_init(cache, link->instance, pool) == APR_SUCCESS)
        return link;
    apr_pool_destroy(pool);
    return NULL;
}

/* With the mutex.  @return the pool that the caller is to destroy without it; NULL: none */
static apr_pool_t *drop(mtls_cache_link_t *link)
{
    return --link->users == 0 ? link->pool : NULL;
}

/* With the mutex, which is given back; the last user frees what is left. */
static void leave(mtls_cache_links_t *links, mtls_cache_link_t *link)
{
    apr_pool_t *pool = drop(link);
    bool last = --links->users == 0;

    pthread_mutex_unlock(&links->mutex);
    if (pool)
        apr_pool_destroy(pool);
    if (!last)
        return;
    pthread_mutex_destroy(&links->mutex);
    free(links);
}

mtls_cache_link_t *mtls_cache_link_take(mtls_cache_links_t *links)
{
    mtls_cache_link_t *link;

    pthread_mutex_lock(&links->mutex);
    link = links->current;
    link->users++;
    links->users++;
    pthread_mutex_unlock(&links->mutex);
    return link;
}

void mtls_cache_link_give_back(mtls_cache_links_t *links, mtls_cache_link_t *link)
{
    pthread_mutex_lock(&links->mutex);
    leave(links, link);
}

/* With the mutex. */
static bool may_renew(mtls_cache_links_t *links)
{
    apr_int64_t now = mtls_monotonic_now();

    if (now - links->since >= MTLS_CACHE_PAUSE) {
        links->since = now;
        links->renewals = 0;
    }
    return links->renewals++ < MOST_RENEWALS;
}

/* Of all who find that a link has failed, one replaces it. */
mtls_cache_link_t *mtls_cache_link_replace(mtls_cache_links_t *links, mtls_cache_link_t *link)
{
    mtls_cache_link_t *fresh;

    pthread_mutex_lock(&links->mutex);
    if (links->current == link && may_renew(links) && (fresh = make_link(links->cache)) != NULL) {
        links->current = fresh;
        link->users--; /* the caller's use remains */
    }
    fresh = links->current;
    fresh->users++;
    links->users++;
    leave(links, link);
    return fresh;
}

ap_socache_instance_t *mtls_cache_link_instance(const mtls_cache_link_t *link)
{
    return link->instance;
}

/* What a call still uses is left to it.  The process may end in a signal handler, while this very
 * thread holds the mutex. */
static apr_status_t end(void *data)
{
    mtls_cache_links_t *links = data;

    if (pthread_mutex_trylock(&links->mutex) == 0)
        leave(links, links->current);
    return APR_SUCCESS;
}

mtls_cache_links_t *mtls_cache_links_make(mtls_cache_t *cache, apr_pool_t *pool)
{
    mtls_cache_links_t *links = calloc(1, sizeof(*links));

    if (!links)
        return NULL;
    if (pthread_mutex_init(&links->mutex, NULL) != 0) {
        free(links);
        return NULL;
    }
    links->cache = cache;
    links->users = 1;
    links->of_parent.instance = cache->instance;
    links->of_parent.users = 1;
    links->current = &links->of_parent;
    apr_pool_cleanup_register(pool, links, end, apr_pool_cleanup_null);
    return links;
}
