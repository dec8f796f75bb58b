/* httpd/start.c - see mtls/httpd/start.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/start.h"

#include <ap_mpm.h>
#include <apr_shm.h>
#include <http_core.h>
#include <http_log.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "mod_mtls.h"
#include "mtls/httpd/config.h"
#include "mtls/httpd/message.h"
#include "mtls/httpd/responders.h"
#include "mtls/httpd/tokens.h"
#include "mtls/policy/map_part.h"

APLOG_USE_MODULE(mtls);

/* Tickets whose certificates a child remembers: some kilobytes each. */
#define TICKETS_REMEMBERED 4096

static void say_profile(server_rec *main, const mtls_profile_t *profile)
{
    const mtls_profile_counts_t *counts = mtls_profile_counts(profile);

    ap_log_error(APLOG_MARK, APLOG_INFO, 0, main,
                 MTLS_MSG_PROFILE "trust profile %s: %d CAs from %d files, %d intermediates, "
                                  "%d pins, %d CA names for clients, %d CRLs with %" APR_SIZE_T_FMT
                                  " entries in %" APR_SIZE_T_FMT " octets",
                 mtls_profile_name(profile), counts->anchors, counts->ca_files,
                 counts->intermediates, counts->pins, counts->ca_names, counts->crls,
                 counts->crl_entries, counts->crl_octets);
}

static void say_maps(server_rec *main, const mtls_generation_t *generation, apr_pool_t *scratch)
{
    int i;

    for (i = 0; i < mtls_generation_count(generation); i++) {
        const mtls_part_spec_t *spec = mtls_generation_spec(generation, i);

        if (spec->kind == &mtls_map_part_kind)
            ap_log_error(APLOG_MARK, APLOG_INFO, 0, main, MTLS_MSG_MAP "map %s: %s", spec->name,
                         spec->kind->describe_fn(mtls_generation_part(generation, i), scratch));
    }
}

static void say_what_was_loaded(server_rec *main, const mtls_generation_t *generation,
                                apr_pool_t *scratch)
{
    int profiles = 0;
    int i;

    for (i = 0; i < mtls_generation_count(generation); i++)
        profiles += mtls_generation_spec(generation, i)->kind == &mtls_profile_part_kind;
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, main,
                 MTLS_MSG_STARTED "mod_mtls %s, %s, generation %u, %d trust profile%s",
                 MOD_MTLS_VERSION, OpenSSL_version(OPENSSL_VERSION),
                 mtls_generation_number(generation), profiles, profiles == 1 ? "" : "s");
    for (i = 0; i < profiles; i++)
        say_profile(main, mtls_generation_profile(generation, i));
    say_maps(main, generation, scratch);
}

/* A quarter of the threads: waiting clients must not stop a child (F-30). */
static int default_waiters(void)
{
    int threads = 1;

    if (ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads) != APR_SUCCESS || threads < 4)
        return 1;
    return threads / 4;
}

/* @return zeroed memory that all children share; NULL: there is none, which is logged. */
static void *share_memory(apr_size_t size, server_rec *main, apr_pool_t *pconf)
{
    apr_shm_t *memory;
    apr_status_t rv = apr_shm_create(&memory, size, NULL, pconf);

    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, main,
                     MTLS_MSG_START_FAILED "no shared memory for counters");
        return NULL;
    }
    return memset(apr_shm_baseaddr_get(memory), 0, size);
}

static bool make_board(mtls_shared_t *shared, server_rec *main, apr_pool_t *pconf)
{
    void *memory = share_memory(mtls_board_size(), main, pconf);

    if (memory)
        shared->board = mtls_board_init(memory);
    return memory != NULL;
}

static bool say_no_randomness(server_rec *main)
{
    ap_log_error(APLOG_MARK, APLOG_CRIT, 0, main,
                 MTLS_MSG_START_FAILED "no randomness for tickets, or no memory for a key");
    return false;
}

static bool make_pace(mtls_pace_t **out, server_rec *main, apr_pool_t *pconf)
{
    void *memory = share_memory(mtls_pace_size(), main, pconf);
    unsigned char secret[MTLS_SHA256_LEN];

    if (!memory)
        return false;
    if (RAND_bytes(secret, sizeof(secret)) != 1)
        return say_no_randomness(main);
    *out = mtls_pace_init(memory, secret);
    return true;
}

/* What step-up by redirect needs. */
static bool start_tickets(mtls_shared_t *shared, server_rec *main, apr_pool_t *pconf)
{
    if (!shared->redirects)
        return true;
    if (!make_pace(&shared->cert_pace, main, pconf) ||
        !make_pace(&shared->address_pace, main, pconf))
        return false;
    shared->ticket_clock = share_memory(sizeof(*shared->ticket_clock), main, pconf);
    if (!shared->ticket_clock)
        return false;
    shared->token_meter = mtls_tokens_meter(main);
    if (!shared->token_meter) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, main,
                     MTLS_MSG_START_FAILED "no shared memory to count seals of tickets");
        return false;
    }
    return shared->ticket_key_slot >= 0 || mtls_tokens_start(shared) || say_no_randomness(main);
}

/* What the children have in common. */
static bool start_sharing(mtls_shared_t *shared, server_rec *main, apr_pool_t *pconf)
{
    mtls_cache_means_t means = {.store = shared->store, .key_slot = shared->key_slot};

    if (!make_board(shared, main, pconf))
        return false;
    means.board = shared->board;
    if (shared->cache && mtls_cache_start(shared->cache, means, main, pconf) != OK)
        return false;
    return start_tickets(shared, main, pconf) && mtls_crl_points_start(pconf, main) == OK;
}

int mtls_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main)
{
    mtls_shared_t *shared = mtls_config_server(main)->shared;
    mtls_settings_t settings;
    apr_status_t rv;

    (void)plog;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG || !shared || !shared->used)
        return OK;
    mtls_settings_resolve(&settings, mtls_config_host(main));
    shared->default_waiters = default_waiters();
    rv = mtls_memo_make(&shared->memo, settings.memo_entries, pconf);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, main,
                     MTLS_MSG_START_FAILED "no memory for MTLSVerdictMemo %" APR_SIZE_T_FMT,
                     settings.memo_entries);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    say_what_was_loaded(main, mtls_store_current(shared->store), ptemp);
    return start_sharing(shared, main, pconf) ? mtls_reload_start(pconf, main)
                                              : HTTP_INTERNAL_SERVER_ERROR;
}

/* Without a memo no ticket counts in this child.  Not in the child's pool: event MPM destroys that
 * while connections are still there, whose requests give their tickets back. */
static void start_ticket_store(mtls_shared_t *shared, server_rec *main)
{
    mtls_settings_t settings;

    if (!shared->redirects)
        return;
    mtls_settings_resolve(&settings, mtls_config_host(main));
    shared->ticket_interval =
        settings.reload_interval > 0 ? settings.reload_interval : MTLS_DEFAULT_RELOAD_INTERVAL;
    shared->tickets.cache = mtls_cache_shared(shared->cache);
    shared->tickets.board = shared->board;
    if (mtls_ticket_memo_make(&shared->tickets.memo, TICKETS_REMEMBERED, main->process->pconf) !=
        APR_SUCCESS)
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, main,
                     MTLS_MSG_START_FAILED "no memory for tickets: none count in this child");
}

/* The cache before those who ask it; reloading last, because a child that starts late loads here.
 */
void mtls_start_child(apr_pool_t *pchild, server_rec *main)
{
    mtls_shared_t *shared = mtls_config_server(main)->shared;

    if (!shared || !shared->board)
        return;
    if (shared->cache)
        mtls_cache_child(shared->cache, pchild);
    start_ticket_store(shared, main);
    mtls_responders_child(pchild, main);
    mtls_crl_points_child(pchild, main);
    mtls_reload_child(pchild, main);
}

/* A question that is given up lands at once, and wakes the threads that httpd waits for. */
void mtls_start_child_stopping(apr_pool_t *pchild, int graceful)
{
    (void)pchild;
    if (!graceful)
        mtls_fetching_stop();
}
