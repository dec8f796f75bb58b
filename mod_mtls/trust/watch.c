/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/watch.h"

#include "mtls/trust/own_pool.h"

struct mtls_watch_t {
    mtls_store_t *store;
    const apr_array_header_t *specs;
    mtls_ledger_t *ledger;
    apr_pool_t *pool;
    bool looked; /* the last look found a change, and it looked like this */
    unsigned char look[MTLS_SHA256_LEN];
    apr_pool_t *failed_pool;    /* NULL: the last load was good */
    const mtls_files_t *failed; /* files of the load that was not */
    apr_time_t retry_at;
    bool full; /* so it was at the last look */
};

mtls_watch_t *mtls_watch_make(mtls_store_t *store, const apr_array_header_t *specs,
                              mtls_ledger_t *ledger, apr_pool_t *pool)
{
    mtls_watch_t *watch = apr_pcalloc(pool, sizeof(*watch));

    watch->store = store;
    watch->specs = specs;
    watch->ledger = ledger;
    watch->pool = pool;
    return watch;
}

static void forget_failure(mtls_watch_t *watch)
{
    if (watch->failed_pool != NULL)
        apr_pool_destroy(watch->failed_pool);
    watch->failed_pool = NULL;
    watch->failed = NULL;
}

/* What failed is not tried again at once unless a file of it changes, a missing one included. */
static bool is_due(mtls_watch_t *watch, const mtls_generation_t *current, apr_time_t now)
{
    bool stale = mtls_generation_is_stale(current);

    if (watch->failed == NULL)
        return stale;
    if (!mtls_files_changed(watch->failed) && now < watch->retry_at)
        return false;
    if (!stale)
        forget_failure(watch);
    return stale;
}

static bool is_settled(mtls_watch_t *watch, const mtls_generation_t *current, apr_pool_t *scratch)
{
    unsigned char look[MTLS_SHA256_LEN];
    bool done = watch->failed != NULL ? mtls_files_look(look, watch->failed)
                                      : mtls_generation_look(look, current, scratch);
    bool settled = done && watch->looked && memcmp(look, watch->look, sizeof(look)) == 0;

    watch->looked = done && !settled;
    if (watch->looked)
        memcpy(watch->look, look, sizeof(look));
    return settled;
}

static void remember_failure(mtls_watch_t *watch, apr_pool_t *pool, const mtls_files_t *tried,
                             mtls_watched_t *out)
{
    unsigned char digest[MTLS_SHA256_LEN];

    watch->failed_pool = pool;
    watch->failed = tried;
    out->end = MTLS_WATCH_BROKEN;
    out->say = !mtls_files_digest(digest, tried) || mtls_ledger_is_news(watch->ledger, digest);
}

/* There is a free slot: nobody else publishes, and one was counted. */
static void publish(mtls_watch_t *watch, mtls_generation_t *next, mtls_watched_t *out)
{
    mtls_generation_set_number(next,
                               mtls_ledger_number(watch->ledger, mtls_generation_digest(next),
                                                  mtls_generation_number(out->before), &out->say));
    if (mtls_store_publish(watch->store, next)) {
        out->now = next;
        out->end = MTLS_WATCH_LOADED;
        return;
    }
    mtls_generation_free(next);
    out->end = MTLS_WATCH_FULL;
}

/* What was loaded while a file changed may be of different days, and together was never meant. */
static bool has_moved(const mtls_files_t *tried, mtls_generation_t *loaded)
{
    if (!mtls_files_changed(tried))
        return false;
    if (loaded != NULL)
        mtls_generation_free(loaded);
    return true;
}

static void load(mtls_watch_t *watch, mtls_watched_t *out, apr_time_t now, apr_pool_t *scratch)
{
    mtls_faults_t *faults = mtls_faults_make(scratch);
    mtls_generation_t *next;
    mtls_files_t *tried;
    apr_pool_t *pool;

    out->faults = faults;
    out->end = MTLS_WATCH_UNSETTLED;
    if (mtls_own_pool_make(&pool, watch->pool) != APR_SUCCESS)
        return;
    tried = mtls_files_make(pool);
    forget_failure(watch);
    mtls_generation_load(&next, watch->specs, out->before, tried, faults, watch->pool, scratch);
    if (has_moved(tried, next)) {
        apr_pool_destroy(pool);
    } else if (next == NULL) {
        remember_failure(watch, pool, tried, out);
        watch->retry_at = now + MTLS_WATCH_RETRY;
    } else {
        apr_pool_destroy(pool);
        publish(watch, next, out);
    }
}

/* Files that are back at what they were have a new number, from a process that saw them change.
 * Nothing is loaded, for all parts are taken over, unless a file changes this very moment: then it
 * is loaded in vain, and looked at again. */
static void renumber(mtls_watch_t *watch, mtls_watched_t *out, apr_pool_t *scratch)
{
    const unsigned char *digest = mtls_generation_digest(out->before);
    mtls_generation_t *same;

    if (mtls_ledger_newest(watch->ledger, digest) <= mtls_generation_number(out->before) ||
        mtls_generation_load(&same, watch->specs, out->before, NULL, mtls_faults_make(scratch),
                             watch->pool, scratch) != APR_SUCCESS)
        return;
    if (memcmp(mtls_generation_digest(same), digest, MTLS_SHA256_LEN) == 0)
        publish(watch, same, out);
    else
        mtls_generation_free(same);
}

mtls_watched_t mtls_watch_look(mtls_watch_t *watch, apr_time_t now, apr_pool_t *scratch)
{
    int old = mtls_store_sweep(watch->store);
    const mtls_generation_t *current = mtls_store_current(watch->store);
    mtls_watched_t out = {.before = current, .now = current};
    bool due = is_due(watch, current, now);
    bool full = due && old == MTLS_STORE_SLOTS - 1;

    if (!due)
        watch->looked = false;
    if (due && !is_settled(watch, current, scratch)) {
        out.end = MTLS_WATCH_UNSETTLED;
        return out;
    }
    if (full)
        out = (mtls_watched_t){MTLS_WATCH_FULL, !watch->full, current, current, NULL};
    else if (due)
        load(watch, &out, now, scratch);
    else if (watch->failed == NULL && old < MTLS_STORE_SLOTS - 1)
        renumber(watch, &out, scratch);
    watch->full = full;
    return out;
}

bool mtls_watch_is_behind(const mtls_watch_t *watch, mtls_watch_end_t last)
{
    const mtls_generation_t *current = mtls_store_current(watch->store);

    return (watch->failed != NULL || last == MTLS_WATCH_UNSETTLED || last == MTLS_WATCH_FULL) &&
           mtls_ledger_newest(watch->ledger, mtls_generation_digest(current)) == 0;
}
