/* httpd/reload.c - see mtls/httpd/reload.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/reload.h"

#include <apr_optional.h>
#include <apr_shm.h>
#include <apr_strings.h>
#include <http_log.h>
#include <mod_watchdog.h>
#include <scoreboard.h>
#include <stdatomic.h>

#include "mtls/httpd/config.h"
#include "mtls/httpd/crl_ends.h"
#include "mtls/httpd/message.h"
#include "mtls/httpd/round.h"
#include "mtls/policy/shown.h"
#include "mtls/trust/own_pool.h"
#include "mtls/trust/watch.h"

APLOG_USE_MODULE(mtls);

/* A change that was seen is looked at again after this long, however long the interval is. */
#define SETTLE_INTERVAL apr_time_from_sec(1)
/* Looks of a child that starts late, and the time between them, before it serves what it has. */
#define CATCH_UP_LOOKS  10
#define CATCH_UP_PAUSE  apr_time_from_msec(100)

struct mtls_reload_t {
    server_rec *s;
    const mtls_shared_t *shared;
    apr_interval_time_t interval;
    apr_interval_time_t interval_now; /* until the next look */
    mtls_ledger_t *ledger;            /* shared by all children */
    mtls_crl_ends_t *ends;            /* so is this */
    ap_watchdog_t *watchdog;
    apr_pool_t *pconf;
    mtls_watch_t *watch;             /* of this child */
    apr_pool_t *pool;                /* of this child's generations */
    mtls_round_t round;              /* a look at the files */
    atomic_bool behind;              /* this child began late, with what others have left behind */
    _Atomic apr_time_t looked_at;    /* by this child; 0: not yet */
    _Atomic apr_time_t published_at; /* the current generation, in this child */
};

static apr_interval_time_t interval_of(server_rec *main)
{
    mtls_settings_t settings;

    mtls_settings_resolve(&settings, mtls_config_host(main));
    return settings.reload_interval;
}

void mtls_reload_check(server_rec *main, const apr_array_header_t *parts, mtls_faults_t *faults)
{
    mtls_origin_t at = {.file = main->defn_name ? main->defn_name : "httpd"};
    int i;

    if (interval_of(main) == MTLS_RELOAD_OFF || ap_find_linked_module("mod_watchdog.c"))
        return;
    for (i = 0; i < parts->nelts; i++) {
        const mtls_part_spec_t *part = &APR_ARRAY_IDX(parts, i, mtls_part_spec_t);

        if (!part->kind->reloadable)
            continue;
        mtls_faults_warn(faults, at,
                         "MTLSReloadInterval: %s %s will not be reloaded, for mod_watchdog is not "
                         "loaded; add LoadModule watchdog_module, or say MTLSReloadInterval off",
                         part->kind->word, part->name);
        return;
    }
}

/* Log lines in the order of the files, warnings told from faults. */
static void log_faults(const mtls_reload_t *reload, const mtls_faults_t *faults, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < mtls_faults_count(faults); i++) {
        const mtls_fault_t *fault = mtls_faults_get(faults, i);

        ap_log_error(APLOG_MARK, fault->warning ? APLOG_WARNING : APLOG_ERR, 0, reload->s,
                     MTLS_MSG_RELOAD_FAULT "%s: %s", mtls_shown_place(fault->at, pool),
                     fault->text);
    }
}

/* "map a.map reloaded, 12 exact rules; map b.map reloaded, 3 exact rules" */
static const char *describe(const mtls_watched_t *watched, apr_pool_t *pool)
{
    const char *text = "";
    int slot;

    for (slot = 0; slot < mtls_generation_count(watched->now); slot++) {
        const mtls_part_spec_t *spec = mtls_generation_spec(watched->now, slot);

        if (mtls_generation_shares(watched->before, watched->now, slot))
            continue;
        text = apr_psprintf(
            pool, "%s%s%s %s reloaded, %s", text, *text ? "; " : "", spec->kind->word, spec->name,
            spec->kind->describe_fn(mtls_generation_part(watched->now, slot), pool));
    }
    return *text ? text : "the same files as before";
}

static void report(const mtls_reload_t *reload, const mtls_watched_t *watched, apr_pool_t *pool)
{
    static const char *const words[] = {"as before", "changing", "loaded", "broken", "waiting"};

    ap_log_error(APLOG_MARK, APLOG_TRACE2, 0, reload->s, "files looked at: %s",
                 words[watched->end]);
    if (!watched->say)
        return;
    switch (watched->end) {
    case MTLS_WATCH_CURRENT:
    case MTLS_WATCH_UNSETTLED:
        break;
    case MTLS_WATCH_LOADED:
        mtls_board_count(reload->shared->board, MTLS_COUNTER_RELOADS);
        if (watched->faults)
            log_faults(reload, watched->faults, pool);
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, reload->s, MTLS_MSG_RELOADED "generation %u: %s",
                     mtls_generation_number(watched->now), describe(watched, pool));
        break;
    case MTLS_WATCH_BROKEN:
        mtls_board_count(reload->shared->board, MTLS_COUNTER_RELOAD_FAILURES);
        log_faults(reload, watched->faults, pool);
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, reload->s,
                     MTLS_MSG_NOT_RELOADED "files have changed and are not used, for %d fault%s; "
                                           "generation %u stays in use",
                     mtls_faults_error_count(watched->faults),
                     mtls_faults_error_count(watched->faults) == 1 ? "" : "s",
                     mtls_generation_number(watched->now));
        break;
    case MTLS_WATCH_FULL:
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, reload->s,
                     MTLS_MSG_RELOAD_WAITS "files have changed and are not loaded yet: requests "
                                           "still use %d older generations",
                     MTLS_STORE_SLOTS - 1);
        break;
    }
}

/* For the status page: a thread that is stuck shows by its age (F-25). */
static void note_times(mtls_reload_t *reload, const mtls_watched_t *watched)
{
    if (watched->before != watched->now)
        atomic_store(&reload->published_at, apr_time_now());
    if (watched->end != MTLS_WATCH_UNSETTLED && watched->end != MTLS_WATCH_FULL)
        atomic_store(&reload->looked_at, apr_time_now());
}

/* Look once, with memory that is given back afterwards, however much it was. */
static mtls_watch_end_t look(mtls_reload_t *reload)
{
    mtls_watched_t watched;
    apr_pool_t *scratch;

    if (mtls_own_pool_make(&scratch, reload->pool) != APR_SUCCESS)
        return MTLS_WATCH_UNSETTLED;
    watched = mtls_watch_look(reload->watch, apr_time_now(), scratch);
    note_times(reload, &watched);
    report(reload, &watched, scratch);
    if (!mtls_watch_is_behind(reload->watch, watched.end))
        atomic_store(&reload->behind, false);
    mtls_crl_ends_tell(reload->ends, reload->s, reload->shared->store, scratch);
    apr_pool_destroy(scratch);
    return watched.end;
}

static void set_interval(mtls_reload_t *reload, apr_interval_time_t interval);

static void look_and_pace(mtls_reload_t *reload)
{
    bool soon = look(reload) == MTLS_WATCH_UNSETTLED && reload->interval > SETTLE_INTERVAL;

    set_interval(reload, soon ? SETTLE_INTERVAL : reload->interval);
}

/* mod_watchdog's thread. */
static apr_status_t on_tick(int state, void *data, apr_pool_t *pool)
{
    mtls_reload_t *reload = data;

    (void)pool;
    if (state == AP_WATCHDOG_STATE_STOPPING || !reload->watch || !mtls_round_begin(&reload->round))
        return APR_SUCCESS;
    look_and_pace(reload);
    mtls_round_end(&reload->round);
    return APR_SUCCESS;
}

static void set_interval(mtls_reload_t *reload, apr_interval_time_t interval)
{
    APR_OPTIONAL_FN_TYPE(ap_watchdog_set_callback_interval) *set =
        APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_set_callback_interval);

    if (set && interval != reload->interval_now &&
        set(reload->watchdog, interval, reload, on_tick) == APR_SUCCESS)
        reload->interval_now = interval;
}

/* A thread and a name of its own: a large map must not hold up what other modules do there. */
static bool register_tick(mtls_reload_t *reload)
{
    APR_OPTIONAL_FN_TYPE(ap_watchdog_get_instance) *get =
        APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
    APR_OPTIONAL_FN_TYPE(ap_watchdog_register_callback) *add =
        APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);

    return get && add &&
           get(&reload->watchdog, "_mtls_reload_", 0, 0, reload->pconf) == APR_SUCCESS &&
           add(reload->watchdog, reload->interval, reload, on_tick) == APR_SUCCESS;
}

static mtls_ledger_t *make_ledger(const mtls_generation_t *first, server_rec *s, apr_pool_t *pconf)
{
    apr_shm_t *memory;
    apr_status_t rv = apr_shm_create(&memory, mtls_ledger_size(), NULL, pconf);

    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s,
                     MTLS_MSG_START_FAILED "no shared memory for MTLSReloadInterval");
        return NULL;
    }
    memset(apr_shm_baseaddr_get(memory), 0, mtls_ledger_size());
    return mtls_ledger_init(apr_shm_baseaddr_get(memory), mtls_generation_digest(first));
}

int mtls_reload_start(apr_pool_t *pconf, server_rec *main)
{
    mtls_shared_t *shared = mtls_config_server(main)->shared;
    const mtls_generation_t *first = mtls_store_current(shared->store);
    apr_interval_time_t interval = interval_of(main);
    mtls_reload_t *reload;

    if (interval == MTLS_RELOAD_OFF || !mtls_generation_is_reloadable(first))
        return OK;
    reload = apr_pcalloc(pconf, sizeof(*reload));
    reload->s = main;
    reload->shared = shared;
    reload->interval = interval;
    reload->interval_now = interval;
    reload->pconf = pconf;
    atomic_store(&reload->published_at, apr_time_now());
    reload->ledger = make_ledger(first, main, pconf);
    reload->ends = mtls_crl_ends_make(main, pconf);
    if (!reload->ledger || !reload->ends)
        return HTTP_INTERNAL_SERVER_ERROR;
    if (register_tick(reload))
        shared->reload = reload;
    return OK;
}

static apr_status_t end_looking(void *data)
{
    mtls_reload_t *reload = data;

    mtls_round_close(&reload->round);
    return APR_SUCCESS;
}

/* What was loaded at the start of the server may be out of date by now: somebody who was taken out
 * of a map since, or revoked, must not come back.  Where the files cannot be loaded, nobody comes
 * in before they can: this child has nothing but what was loaded at the start. */
static void catch_up(mtls_reload_t *reload)
{
    mtls_watch_end_t end = look(reload);
    bool behind = mtls_watch_is_behind(reload->watch, end);
    int i;

    for (i = 1; i < CATCH_UP_LOOKS && (behind || end == MTLS_WATCH_UNSETTLED); i++) {
        apr_sleep(CATCH_UP_PAUSE);
        end = look(reload);
        behind = mtls_watch_is_behind(reload->watch, end);
    }
    if (!behind)
        return;
    atomic_store(&reload->behind, true);
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, reload->s,
                 MTLS_MSG_NOT_RELOADED "this child cannot load what others have loaded before the "
                                       "files were broken; it admits nobody until it can");
}

/* Generations are no children of pchild: threads may still use them when that goes. */
void mtls_reload_child(apr_pool_t *pchild, server_rec *main)
{
    const mtls_shared_t *shared = mtls_config_server(main)->shared;
    mtls_reload_t *reload = shared ? shared->reload : NULL;

    if (!reload || mtls_own_pool_make(&reload->pool, reload->pconf) != APR_SUCCESS)
        return;
    reload->watch = mtls_watch_make(shared->store, shared->parts, reload->ledger, reload->pool);
    catch_up(reload);
    apr_pool_pre_cleanup_register(pchild, reload, end_looking);
}

static const mtls_reload_t *reload_of(const server_rec *main)
{
    const mtls_shared_t *shared = mtls_config_server(main)->shared;

    return shared ? shared->reload : NULL;
}

bool mtls_reload_is_behind(const mtls_reload_t *reload)
{
    return reload && atomic_load_explicit(&reload->behind, memory_order_relaxed);
}

apr_time_t mtls_reload_looked_at(const server_rec *main)
{
    const mtls_reload_t *reload = reload_of(main);

    return reload ? atomic_load(&reload->looked_at) : 0;
}

apr_time_t mtls_reload_published_at(const server_rec *main)
{
    const mtls_reload_t *reload = reload_of(main);

    return reload ? atomic_load(&reload->published_at) : ap_scoreboard_image->global->restart_time;
}
