/* httpd/cache.c - see mtls/httpd/cache.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/cache.h"

#include <ap_provider.h>
#include <apr_strings.h>
#include <http_log.h>
#include <util_mutex.h>

#include "cache_parts.h"
#include "mtls/httpd/conf_walk.h"
#include "mtls/httpd/config.h"
#include "mtls/httpd/message.h"
#include "mtls/policy/shown.h"
#include "mtls/trust/secret_memory.h"

APLOG_USE_MODULE(mtls);

/* What Mutex calls ours. */
static const char mutex_name[] = "mtls-cache";

int mtls_cache_prepare(apr_pool_t *pconf)
{
    apr_status_t rv = ap_mutex_register(pconf, mutex_name, NULL, APR_LOCK_DEFAULT, 0);

    if (rv == APR_SUCCESS)
        return OK;
    ap_log_error(APLOG_MARK, APLOG_CRIT, rv, NULL, MTLS_MSG_START_FAILED "no mutex for MTLSCache");
    return HTTP_INTERNAL_SERVER_ERROR;
}

/* "mod_socache_redis for redis"; those of httpd are named alike. */
static const char *known_names(apr_pool_t *pool)
{
    const apr_array_header_t *names =
        ap_list_provider_names(pool, AP_SOCACHE_PROVIDER_GROUP, AP_SOCACHE_PROVIDER_VERSION);
    const char *text = "";
    int i;

    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const ap_list_provider_names_t).provider_name;

        if (strcmp(name, AP_SOCACHE_DEFAULT_PROVIDER) != 0)
            text = apr_pstrcat(pool, text, *text ? ", " : "", name, NULL);
    }
    return *text ? apr_pstrcat(pool, "loaded are: ", text, NULL) : "no provider is loaded";
}

static void tell_missing(const char *name, mtls_origin_t at, mtls_faults_t *faults,
                         apr_pool_t *pool)
{
    static const char *const usual[] = {"shmcb", "dbm", "dc", "redis", "memcache"};
    size_t i;

    for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        if (strcmp(name, usual[i]) != 0)
            continue;
        mtls_faults_add(faults, at,
                        "MTLSCache: mod_socache_%s is not loaded; add LoadModule "
                        "socache_%s_module, or say MTLSCache off",
                        name, name);
        return;
    }
    mtls_faults_add(faults, at, "MTLSCache: there is no cache provider %s; %s",
                    mtls_value_quote(name, pool), known_names(pool));
}

static bool needs_mutex(const mtls_cache_t *cache)
{
    return (cache->provider->flags & AP_SOCACHE_FLAG_NOTMPSAFE) != 0;
}

bool mtls_cache_is_of_many(const mtls_cache_t *cache)
{
    return !needs_mutex(cache);
}

/* Without a key file each server has a key of its own, and what it shares nobody else can use. */
static void check_keys(const mtls_cache_t *cache, const mtls_settings_t *settings, mtls_origin_t at,
                       mtls_faults_t *faults)
{
    if (!needs_mutex(cache) && strcmp(cache->name, "dc") != 0 && !settings->cache_key_file)
        mtls_faults_warn(
            faults, at,
            "MTLSCache: without MTLSCacheKeyFile nothing that this server stores in %s "
            "can be used by another one, nor after the next start",
            cache->name);
}

/* Chains of people are larger than answers of responders, and losing one means another step-up. */
static const char *text_of(server_rec *main, const mtls_settings_t *settings)
{
    if (settings->cache)
        return settings->cache;
    return mtls_config_redirects(main) ? MTLS_DEFAULT_TICKET_CACHE : MTLS_DEFAULT_CACHE;
}

mtls_cache_t *mtls_cache_check(server_rec *main, const mtls_settings_t *settings,
                               mtls_faults_t *faults, apr_pool_t *pool)
{
    const char *text = text_of(main, settings);
    const char *arguments = strchr(text, ':');
    mtls_origin_t at = mtls_conf_origin(main, "MTLSCache");
    mtls_cache_t *cache = apr_pcalloc(pool, sizeof(*cache));
    const char *wrong;

    if (strcmp(text, MTLS_CACHE_OFF) == 0)
        return NULL;
    cache->name = arguments ? apr_pstrmemdup(pool, text, (apr_size_t)(arguments - text)) : text;
    cache->provider =
        ap_lookup_provider(AP_SOCACHE_PROVIDER_GROUP, cache->name, AP_SOCACHE_PROVIDER_VERSION);
    if (!cache->provider) {
        tell_missing(cache->name, at, faults, pool);
        return NULL;
    }
    cache->arguments = arguments ? arguments + 1 : NULL;
    cache->timeout = settings->cache_timeout;
    wrong = cache->provider->create(&cache->instance, cache->arguments, pool, pool);
    if (wrong) {
        mtls_faults_add(faults, at, "MTLSCache: %s: %s", cache->name, wrong);
        return NULL;
    }
    check_keys(cache, settings, at, faults);
    if (mtls_config_redirects(main))
        mtls_cache_check_tickets(cache, at, faults);
    return cache;
}

static apr_status_t end(void *data)
{
    mtls_cache_t *cache = data;

    cache->provider->destroy(cache->instance, cache->s);
    return APR_SUCCESS;
}

static int fail(const mtls_cache_t *cache, apr_status_t rv, const char *what)
{
    ap_log_error(APLOG_MARK, APLOG_CRIT, rv, cache->s, MTLS_MSG_START_FAILED "MTLSCache %s: %s",
                 cache->name, what);
    return HTTP_INTERNAL_SERVER_ERROR;
}

static bool make_own_keys(mtls_cache_t *cache, apr_pool_t *pconf)
{
    cache->own = mtls_secret_alloc(sizeof(*cache->own), pconf);
    return cache->own && mtls_keys_random(cache->own);
}

int mtls_cache_start(mtls_cache_t *cache, mtls_cache_means_t means, server_rec *main,
                     apr_pool_t *pconf)
{
    apr_status_t rv;

    cache->s = main;
    cache->means = means;
    cache->shared = (mtls_shared_cache_t){.get_fn = mtls_cache_get,
                                          .put_fn = mtls_cache_put,
                                          .take_fn = mtls_cache_take,
                                          .remove_fn = mtls_cache_remove,
                                          .baton = cache};
    if (means.key_slot < 0 && !make_own_keys(cache, pconf))
        return fail(cache, 0, "no memory or no randomness for a key");
    if (needs_mutex(cache)) {
        rv = ap_global_mutex_create(&cache->mutex, NULL, mutex_name, NULL, main, pconf, 0);
        if (rv != APR_SUCCESS)
            return fail(cache, rv, "no mutex");
    }
    rv = mtls_cache_init(cache, cache->instance, pconf);
    if (rv != APR_SUCCESS)
        return fail(cache, rv, "cannot begin");
    apr_pool_cleanup_register(pconf, cache, end, apr_pool_cleanup_null);
    return OK;
}

/* Those whose instances hold connections and nothing else, so that there may be a second one. */
static bool is_renewable(const mtls_cache_t *cache)
{
    return strcmp(cache->name, "redis") == 0 || strcmp(cache->name, "memcache") == 0;
}

static apr_status_t start_errands(mtls_cache_t *cache, apr_pool_t *pchild)
{
    if (is_renewable(cache)) {
        cache->links = mtls_cache_links_make(cache, pchild);
        if (!cache->links)
            return APR_ENOMEM;
    }
    cache->errands = mtls_errands_make(pchild);
    return cache->errands ? APR_SUCCESS : APR_ENOMEM;
}

void mtls_cache_child(mtls_cache_t *cache, apr_pool_t *pchild)
{
    apr_status_t rv;

    if (cache->mutex) {
        rv = apr_global_mutex_child_init(&cache->mutex, apr_global_mutex_lockfile(cache->mutex),
                                         pchild);
    } else
        rv = start_errands(cache, pchild);
    cache->ready = rv == APR_SUCCESS;
    if (rv != APR_SUCCESS)
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, cache->s,
                     MTLS_MSG_START_FAILED "MTLSCache %s: not in this child", cache->name);
}

const mtls_shared_cache_t *mtls_cache_shared(const mtls_cache_t *cache)
{
    return cache ? &cache->shared : NULL;
}
