/* httpd/crl_points.c - see mtls/httpd/crl_points.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/crl_points.h"

#include <apr_optional.h>
#include <apr_strings.h>
#include <fcntl.h>
#include <http_core.h>
#include <http_log.h>
#include <mod_watchdog.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unixd.h>

#include "mtls/httpd/conf_walk.h"
#include "mtls/httpd/config.h"
#include "mtls/httpd/message.h"
#include "mtls/httpd/round.h"
#include "mtls/policy/shown.h"
#include "mtls/trust/crl_fetch.h"
#include "mtls/trust/crl_wanted.h"
#include "mtls/trust/own_pool.h"
#include "mtls/trust/profile_part.h"

APLOG_USE_MODULE(mtls);

/* How often the fetching child looks whether something is due, and each child at its queue. */
#define ROUND_INTERVAL apr_time_from_sec(1)

struct mtls_crl_points_t {
    server_rec *s;
    mtls_shared_t *shared;
    apr_pool_t *pool; /* of this child; NULL: no child yet.  Threads make pools of their own,
                         whose parent is APR's: its children may be made by any thread */
    mtls_round_t fetching;
    mtls_round_t writing;
    bool has_fetched; /* this child has had its first round */
    int unwritten;    /* rounds in a row that could not write down what they did */
    apr_time_t rest_until;
    mtls_crl_wanted_t *wanted; /* by requests of this child */
};

static bool fetches(const mtls_profile_spec_t *spec)
{
    const mtls_crl_spec_t *crl = &spec->revocation.crl;

    return crl->reach != MTLS_REACH_NONE &&
           (crl->fetch_urls->nelts > 0 || crl->fetch_from_certs == MTLS_ON);
}

bool mtls_crl_points_wanted(const apr_array_header_t *specs)
{
    int i;

    for (i = 0; i < specs->nelts; i++) {
        if (fetches(APR_ARRAY_IDX(specs, i, mtls_profile_spec_t *)))
            return true;
    }
    return false;
}

/* It is the administrator's to make, so that a slip of the pen makes no directory. */
static bool check_state_dir(const char *dir, mtls_origin_t at, mtls_faults_t *faults)
{
    char why[120];
    struct stat info;

    if (stat(dir, &info) != 0) {
        apr_strerror(APR_FROM_OS_ERROR(errno), why, sizeof(why));
        mtls_faults_add(faults, at,
                        "MTLSStateDirectory: cannot use %s: %s; name a directory that belongs to "
                        "the server's user (%s)",
                        dir, why, ap_unixd_config.user_name);
    } else if (!S_ISDIR(info.st_mode)) {
        mtls_faults_add(faults, at, "MTLSStateDirectory: %s is not a directory", dir);
    } else if ((info.st_mode & S_IWOTH) != 0) {
        mtls_faults_add(
            faults, at,
            "MTLSStateDirectory: %s is writable by everyone; take that right away (chmod o-w)",
            dir);
    } else if (geteuid() != 0 && access(dir, R_OK | W_OK | X_OK) != 0) {
        mtls_faults_add(faults, at,
                        "MTLSStateDirectory: this server's user may not write to %s; give it to "
                        "that user",
                        dir);
    } else {
        return true;
    }
    return false;
}

/* @return the descriptor of the directory itself, never of what a link there leads to. */
static int open_made(const char *dir, bool *fresh)
{
    *fresh = mkdir(dir, 0755) == 0;
    if (!*fresh && errno != EEXIST)
        return -1;
    return open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The children write here, and they are not root.  Where the state directory is theirs, they can
 * have put anything in the place of this one: root gives away what it has made itself, and nothing
 * else. */
static void make_dir(const char *dir, mtls_origin_t at, mtls_faults_t *faults)
{
    bool fresh;
    int fd = open_made(dir, &fresh);
    struct stat info = {0};
    apr_status_t rv = fd == -1 || fstat(fd, &info) != 0 ? APR_FROM_OS_ERROR(errno) : APR_SUCCESS;
    char why[120];

    if (rv == APR_SUCCESS && geteuid() == 0 && info.st_uid != ap_unixd_config.user_id) {
        if (!fresh)
            rv = APR_EACCES;
        else if (fchown(fd, ap_unixd_config.user_id, ap_unixd_config.group_id) != 0)
            rv = APR_FROM_OS_ERROR(errno);
    }
    if (fd != -1)
        close(fd);
    if (rv == APR_SUCCESS)
        return;
    apr_strerror(rv, why, sizeof(why));
    mtls_faults_add(faults, at,
                    "MTLSStateDirectory: %s must be a directory of the server's user (%s), and no "
                    "link: %s; remove it, and it is made anew",
                    dir, ap_unixd_config.user_name, why);
}

/* Whether this is no mere look at the configuration: then directories are made. */
static bool is_start(void)
{
    return ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_NORMAL &&
           ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_CREATE_PRE_CONFIG;
}

static void check_one(server_rec *main, mtls_profile_spec_t *spec, mtls_faults_t *faults,
                      apr_pool_t *pconf)
{
    const mtls_settings_t *settings = mtls_config_host(main);
    mtls_origin_t at = spec->revocation.crl.at;

    if (!settings->state_dir)
        mtls_faults_add(faults, at,
                        "MTLSCRLFetch: what is fetched for profile %s needs a place; add "
                        "MTLSStateDirectory outside every <VirtualHost>",
                        spec->name);
    else
        spec->fetched_dir = apr_pstrcat(pconf, settings->state_dir, "/", spec->name, NULL);
    if (settings->reload_interval == MTLS_RELOAD_OFF)
        mtls_faults_add(faults, at,
                        "MTLSCRLFetch: with MTLSReloadInterval off, what is fetched for profile %s "
                        "would never be loaded; take one of the two out",
                        spec->name);
    if (!ap_find_linked_module("mod_watchdog.c"))
        mtls_faults_add(faults, at,
                        "MTLSCRLFetch: needs mod_watchdog; add LoadModule watchdog_module");
}

void mtls_crl_points_check(server_rec *main, const apr_array_header_t *specs, mtls_faults_t *faults,
                           apr_pool_t *pconf)
{
    const char *state_dir = mtls_config_host(main)->state_dir;
    mtls_origin_t at = mtls_conf_origin(main, "MTLSStateDirectory");
    bool may_make = state_dir && check_state_dir(state_dir, at, faults) && is_start();
    int i;

    for (i = 0; i < specs->nelts; i++) {
        mtls_profile_spec_t *spec = APR_ARRAY_IDX(specs, i, mtls_profile_spec_t *);

        if (!fetches(spec))
            continue;
        check_one(main, spec, faults, pconf);
        if (may_make)
            make_dir(spec->fetched_dir, at, faults);
    }
}

static const mtls_profile_spec_t *fetching_spec(const apr_array_header_t *parts, int slot)
{
    const mtls_part_spec_t *part = &APR_ARRAY_IDX(parts, slot, const mtls_part_spec_t);
    const mtls_profile_spec_t *spec = part->spec;

    return part->kind == &mtls_profile_part_kind && spec->fetched_dir ? spec : NULL;
}

/* Told by the thread that fetches. */
static void tell(void *baton, bool failed, const char *text)
{
    ap_log_error(APLOG_MARK, failed ? APLOG_ERR : APLOG_INFO, 0, (server_rec *)baton,
                 MTLS_MSG_CRL_FETCH "%s", text);
}

/* @return whether what was done is written down. */
static bool fetch_one(mtls_crl_points_t *points, int slot, const char *dir)
{
    mtls_store_t *store = points->shared->store;
    mtls_crl_fetch_means_t means = {mtls_fetching_means(points->shared->fetching),
                                    points->shared->board, tell, points->s, !points->has_fetched};
    const mtls_generation_t *generation;
    mtls_crl_fetched_t fetched;
    apr_pool_t *scratch;

    if (mtls_own_pool_make(&scratch, NULL) != APR_SUCCESS)
        return true;
    generation = mtls_store_acquire(store);
    fetched = mtls_crl_fetch_round(mtls_generation_profile(generation, slot), dir, &means,
                                   apr_time_now(), scratch);
    mtls_store_release(store, generation);
    apr_pool_destroy(scratch);
    return !fetched.unwritten;
}

/* On a full disk nothing is remembered: neither CAs nor the log are to suffer for it.  A clock that
 * was set back ends the rest. */
static bool rests(const mtls_crl_points_t *points, apr_time_t now)
{
    return now < points->rest_until && points->rest_until - now <= MTLS_CRL_SCHEDULE_RETRY_MAX;
}

static void note_end(mtls_crl_points_t *points, bool written)
{
    points->has_fetched = true;
    points->unwritten = written ? 0 : points->unwritten + 1;
    if (!written)
        points->rest_until = mtls_crl_schedule_retry(points->unwritten, apr_time_now());
}

static void fetch_due(mtls_crl_points_t *points)
{
    bool written = true;
    int slot;

    for (slot = 0; slot < points->shared->parts->nelts; slot++) {
        const mtls_profile_spec_t *spec = fetching_spec(points->shared->parts, slot);

        if (spec && !fetch_one(points, slot, spec->fetched_dir))
            written = false;
    }
    note_end(points, written);
}

/* The watchdog's thread of the one child that fetches.  A profile is looked at each time, because
 * any child may have noted another URL meanwhile; crl_fetch knows what is due. */
static apr_status_t on_round(int state, void *data, apr_pool_t *pool)
{
    mtls_crl_points_t *points = data;

    (void)pool;
    if (state == AP_WATCHDOG_STATE_STOPPING || !points->pool || rests(points, apr_time_now()) ||
        !mtls_round_begin(&points->fetching))
        return APR_SUCCESS;
    fetch_due(points);
    mtls_round_end(&points->fetching);
    return APR_SUCCESS;
}

static void write_wanted(mtls_crl_points_t *points)
{
    mtls_crl_point_t wanted[MTLS_CRL_WANTED_MAX];
    apr_pool_t *scratch;
    int count, i;

    if (mtls_own_pool_make(&scratch, NULL) != APR_SUCCESS)
        return;
    count = mtls_crl_wanted_take(wanted, points->wanted);
    for (i = 0; i < count; i++) {
        apr_status_t rv = mtls_crl_fetch_note(wanted[i].dir, wanted[i].url, scratch);

        if (rv != APR_SUCCESS)
            ap_log_error(APLOG_MARK, APLOG_ERR, rv, points->s,
                         MTLS_MSG_CRL_FETCH "cannot write to %s", wanted[i].dir);
        free(wanted[i].url);
    }
    apr_pool_destroy(scratch);
}

/* The watchdog's thread of each child. */
static apr_status_t on_wanted(int state, void *data, apr_pool_t *pool)
{
    mtls_crl_points_t *points = data;

    (void)pool;
    if (state == AP_WATCHDOG_STATE_STOPPING || !points->pool || !mtls_round_begin(&points->writing))
        return APR_SUCCESS;
    write_wanted(points);
    mtls_round_end(&points->writing);
    return APR_SUCCESS;
}

void mtls_crl_points_want(void *baton, const mtls_profile_t *profile, X509 *cert)
{
    mtls_crl_points_t *points = baton;
    const char *dir = mtls_profile_fetched_dir(profile);
    const apr_array_header_t *urls;
    apr_pool_t *scratch;
    int i;

    if (!dir || mtls_own_pool_make(&scratch, NULL) != APR_SUCCESS)
        return;
    urls = mtls_crl_fetch_points(profile, cert, scratch);
    for (i = 0; i < urls->nelts; i++)
        mtls_crl_wanted_put(points->wanted, dir, APR_ARRAY_IDX(urls, i, const char *));
    apr_pool_destroy(scratch);
}

static bool register_thread(mtls_crl_points_t *points, const char *name, bool in_one_child,
                            ap_watchdog_callback_fn_t *tick, apr_pool_t *pconf)
{
    APR_OPTIONAL_FN_TYPE(ap_watchdog_get_instance) *get =
        APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
    APR_OPTIONAL_FN_TYPE(ap_watchdog_register_callback) *add =
        APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
    ap_watchdog_t *watchdog;

    return get && add && get(&watchdog, name, 0, in_one_child, pconf) == APR_SUCCESS &&
           add(watchdog, ROUND_INTERVAL, points, tick) == APR_SUCCESS;
}

static bool fetches_any(const apr_array_header_t *parts)
{
    int slot;

    for (slot = 0; slot < parts->nelts; slot++) {
        if (fetching_spec(parts, slot))
            return true;
    }
    return false;
}

int mtls_crl_points_start(apr_pool_t *pconf, server_rec *main)
{
    mtls_shared_t *shared = mtls_config_server(main)->shared;
    mtls_crl_points_t *points = apr_pcalloc(pconf, sizeof(*points));

    points->s = main;
    points->shared = shared;
    if (!fetches_any(shared->parts))
        return OK;
    if (!register_thread(points, "_mtls_fetch_", true, on_round, pconf) ||
        !register_thread(points, "_mtls_points_", false, on_wanted, pconf)) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, main,
                     MTLS_MSG_START_FAILED "mod_watchdog has no thread for MTLSCRLFetch");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    shared->points = points;
    return OK;
}

/* What the child was told last is written down, too. */
static apr_status_t stop(void *data)
{
    mtls_crl_points_t *points = data;

    mtls_fetching_stop();
    mtls_round_close(&points->fetching);
    if (mtls_round_close(&points->writing))
        write_wanted(points);
    return APR_SUCCESS;
}

void mtls_crl_points_child(apr_pool_t *pchild, server_rec *main)
{
    mtls_shared_t *shared = mtls_config_server(main)->shared;
    mtls_crl_points_t *points = shared ? shared->points : NULL;
    apr_pool_t *pool;

    if (!points || mtls_own_pool_make(&pool, main->process->pconf) != APR_SUCCESS)
        return;
    points->wanted = mtls_crl_wanted_make(pool);
    if (!points->wanted)
        return;
    points->pool = pool;
    shared->means.crl_wanted_fn = mtls_crl_points_want;
    shared->means.baton = points;
    apr_pool_pre_cleanup_register(pchild, points, stop);
}
