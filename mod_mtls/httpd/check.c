/* httpd/check.c - see mtls/httpd/check.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/check.h"

#include <ap_mpm.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <openssl/crypto.h>

#include "mod_mtls.h"
#include "mtls/httpd/conf_walk.h"
#include "mtls/httpd/config.h"
#include "mtls/httpd/message.h"
#include "mtls/httpd/auth_config.h"
#include "mtls/httpd/modssl_config.h"
#include "mtls/httpd/place.h"
#include "mtls/httpd/responders.h"
#include "mtls/httpd/rights.h"
#include "mtls/httpd/source_check.h"
#include "mtls/httpd/stepup_check.h"
#include "mtls/policy/revocation_settings.h"
#include "mtls/policy/shown.h"
#include "mtls/trust/key_part.h"
#include "mtls/trust/ticket_list_part.h"

APLOG_USE_MODULE(mtls);

/* httpd gives a host in which no directive of ours stands the main server's own record. */
static void separate_hosts(server_rec *main, apr_pool_t *pool)
{
    server_rec *s;

    for (s = main->next; s; s = s->next) {
        void *own;

        if (mtls_config_server(s) != mtls_config_server(main))
            continue;
        own = mtls_config_make_server(pool, s);
        ap_set_module_config(s->module_config, &mtls_module,
                             mtls_config_merge_server(pool, mtls_config_server(main), own));
    }
}

/* All profiles of all hosts in one list: a profile's slot is its index here. */
static apr_array_header_t *gather_specs(server_rec *main, apr_pool_t *pool, mtls_faults_t *faults)
{
    apr_array_header_t *all = apr_array_make(pool, 8, sizeof(mtls_profile_spec_t *));
    apr_hash_t *by_name = apr_hash_make(pool);
    const server_rec *s;
    int i;

    for (s = main; s; s = s->next) {
        const apr_array_header_t *specs = mtls_config_server(s)->specs;

        for (i = 0; i < specs->nelts; i++) {
            mtls_profile_spec_t *spec = APR_ARRAY_IDX(specs, i, mtls_profile_spec_t *);
            const mtls_profile_spec_t *first =
                apr_hash_get(by_name, spec->name, APR_HASH_KEY_STRING);

            if (first) {
                mtls_faults_add(faults, spec->at,
                                "<MTLSTrust %s>: there is one of that name at %s:%d already; "
                                "profile names are shared by all hosts",
                                spec->name, first->at.file, first->at.line);
                continue;
            }
            apr_hash_set(by_name, spec->name, APR_HASH_KEY_STRING, spec);
            APR_ARRAY_PUSH(all, mtls_profile_spec_t *) = spec;
            mtls_revocation_spec_check(spec, faults);
        }
    }
    return all;
}

static int find_slot(const apr_array_header_t *specs, const char *name)
{
    int i;

    for (i = 0; i < specs->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(specs, i, mtls_profile_spec_t *)->name, name) == 0)
            return i;
    }
    return -1;
}

static const char *known_names(const apr_array_header_t *specs, apr_pool_t *pool)
{
    const char *text = NULL;
    int i;

    for (i = 0; i < specs->nelts; i++) {
        const char *name = APR_ARRAY_IDX(specs, i, mtls_profile_spec_t *)->name;

        text = text ? apr_pstrcat(pool, text, ", ", name, NULL) : name;
    }
    return text ? apr_pstrcat(pool, "known are ", text, NULL) : "no <MTLSTrust> is defined";
}

static void resolve_accept(mtls_accept_t *accept, const apr_array_header_t *specs,
                           mtls_faults_t *faults, apr_pool_t *scratch)
{
    int i;

    for (i = 0; i < accept->names->nelts; i++) {
        const mtls_sourced_t *name = &APR_ARRAY_IDX(accept->names, i, mtls_sourced_t);

        accept->slots[i] = find_slot(specs, name->value);
        if (accept->slots[i] < 0)
            mtls_faults_add(faults, name->at, "MTLSAccept: unknown trust profile '%s'; %s",
                            name->value, known_names(specs, scratch));
    }
}

static void check_require(const mtls_require_line_t *line, const apr_array_header_t *specs,
                          mtls_faults_t *faults, apr_pool_t *scratch)
{
    const apr_array_header_t *names = mtls_require_profiles(line->require);
    int i;

    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (find_slot(specs, name) < 0)
            mtls_faults_add(faults, line->at, "Require mtls-trust: unknown trust profile '%s'; %s",
                            name, known_names(specs, scratch));
    }
}

static bool accepts(const mtls_settings_t *settings)
{
    return settings->accept != NULL;
}

static void check_place(server_rec *main, const server_rec *s, const mtls_place_t *place,
                        mtls_faults_t *faults)
{
    static const char *const words[] = {"", "none", "optional", "require"};
    const mtls_settings_t *settings = place->settings;

    if (settings->verify <= MTLS_VERIFY_NONE)
        return;
    if (!mtls_place_has(main, s, place, accepts))
        mtls_faults_add(faults, *settings->verify_at,
                        "MTLSVerifyClient: '%s' needs to know whose certificates are accepted; add "
                        "MTLSAccept with the name of a <MTLSTrust> profile here or around",
                        words[settings->verify]);
}

static void collect_faults(server_rec *main, const apr_array_header_t *specs, mtls_faults_t *faults,
                           apr_pool_t *scratch)
{
    const server_rec *s;
    int i;

    for (s = main; s; s = s->next) {
        const mtls_server_t *server = mtls_config_server(s);

        for (i = 0; i < mtls_faults_count(server->faults); i++) {
            const mtls_fault_t *fault = mtls_faults_get(server->faults, i);

            mtls_faults_add(faults, fault->at, "%s", fault->text);
        }
        for (i = 0; i < server->accepts->nelts; i++)
            resolve_accept(APR_ARRAY_IDX(server->accepts, i, mtls_accept_t *), specs, faults,
                           scratch);
        for (i = 0; i < server->requires->nelts; i++)
            check_require(&APR_ARRAY_IDX(server->requires, i, mtls_require_line_t), specs, faults,
                          scratch);
        for (i = 0; i < server->places->nelts; i++)
            check_place(main, s, &APR_ARRAY_IDX(server->places, i, mtls_place_t), faults);
    }
}

static void report(const mtls_faults_t *faults, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < mtls_faults_count(faults); i++) {
        const mtls_fault_t *fault = mtls_faults_get(faults, i);

        if (fault->warning)
            ap_log_error(APLOG_MARK, APLOG_WARNING | APLOG_STARTUP, 0, NULL,
                         MTLS_MSG_CONFIG_WARNING "%s: %s", mtls_shown_place(fault->at, pool),
                         fault->text);
        else
            ap_log_error(APLOG_MARK, APLOG_EMERG | APLOG_STARTUP, 0, NULL,
                         MTLS_MSG_CONFIG_ERROR "%s: %s", mtls_shown_place(fault->at, pool),
                         fault->text);
    }
}

static bool is_used(server_rec *main)
{
    const server_rec *s;

    for (s = main; s; s = s->next) {
        const mtls_server_t *server = mtls_config_server(s);

        if (server->places->nelts || server->specs->nelts)
            return true;
    }
    return false;
}

static void check_modssl_is_there(server_rec *main, mtls_faults_t *faults)
{
    mtls_origin_t at = {.file = main->defn_name ? main->defn_name : "httpd"};

    if (is_used(main) && !ap_find_linked_module("mod_ssl.c"))
        mtls_faults_add(faults, at,
                        "mod_mtls is configured but mod_ssl is not loaded; add "
                        "LoadModule ssl_module");
}

static void settle_places(const server_rec *s, apr_pool_t *pool)
{
    const apr_array_header_t *places = mtls_config_server(s)->places;
    const mtls_settings_t *host = mtls_config_host(s);
    int i;

    for (i = 0; host && i < places->nelts; i++) {
        const mtls_place_t *place = &APR_ARRAY_IDX(places, i, mtls_place_t);

        if (place->section)
            mtls_config_settle_place(place->settings, host, pool);
    }
}

/* Everything that is loaded from files, by slot.  Profiles come first, so that MTLSAccept's slots
 * are theirs. */
static apr_array_header_t *list_parts(const server_rec *main, const apr_array_header_t *profiles,
                                      apr_pool_t *pool)
{
    apr_array_header_t *parts = apr_array_make(pool, profiles->nelts, sizeof(mtls_part_spec_t));
    apr_array_header_t *names = apr_array_make(pool, profiles->nelts, sizeof(const char *));
    int i;

    for (i = 0; i < profiles->nelts; i++) {
        const mtls_profile_spec_t *spec = APR_ARRAY_IDX(profiles, i, mtls_profile_spec_t *);

        APR_ARRAY_PUSH(parts, mtls_part_spec_t) =
            (mtls_part_spec_t){&mtls_profile_part_kind, spec->name, spec};
        APR_ARRAY_PUSH(names, const char *) = spec->name;
    }
    mtls_source_check_maps(parts, main, names, pool);
    return parts;
}

/* @return what to load for a directive that says @a path, NULL when it says nothing. */
static const mtls_named_file_t *named_file(server_rec *main, const char *directive,
                                           const char *path, apr_pool_t *pool)
{
    mtls_named_file_t *file;

    if (!path)
        return NULL;
    file = apr_palloc(pool, sizeof(*file));
    *file = (mtls_named_file_t){directive, path, mtls_conf_origin(main, directive)};
    return file;
}

/* @return its slot, -1 when there is none. */
static int add_file(apr_array_header_t *parts, const mtls_part_kind_t *kind,
                    const mtls_named_file_t *file)
{
    if (!file)
        return -1;
    APR_ARRAY_PUSH(parts, mtls_part_spec_t) = (mtls_part_spec_t){kind, file->path, file};
    return parts->nelts - 1;
}

/* Files that are named once for the whole server. */
static void add_own_files(mtls_shared_t *shared, apr_array_header_t *parts, apr_pool_t *pconf)
{
    server_rec *main = shared->main;
    const mtls_settings_t *host = mtls_config_host(main);

    shared->key_slot = add_file(parts, &mtls_key_part_kind,
                                named_file(main, "MTLSCacheKeyFile", host->cache_key_file, pconf));
    shared->ticket_key_slot =
        add_file(parts, &mtls_key_part_kind,
                 named_file(main, "MTLSTicketKeyFile", host->ticket_key_file, pconf));
    shared->revoked_slot =
        add_file(parts, &mtls_ticket_list_part_kind,
                 named_file(main, "MTLSTicketRevokedFile", host->ticket_revoked_file, pconf));
}

/* What is needed to look for revoked certificates elsewhere than in files. */
static void look_abroad(mtls_shared_t *shared, server_rec *main, const apr_array_header_t *specs,
                        mtls_faults_t *faults, apr_pool_t *pconf)
{
    mtls_settings_t settings;

    mtls_settings_resolve(&settings, mtls_config_host(main));
    shared->asks_responders = mtls_responders_wanted(specs);
    if (shared->asks_responders || settings.cache || mtls_config_redirects(main))
        shared->cache = mtls_cache_check(main, &settings, faults, pconf);
    if (shared->asks_responders || mtls_crl_points_wanted(specs))
        shared->fetching = mtls_fetching_make(main, faults, pconf);
}

/* Give the finished set to every host. */
static void share(mtls_shared_t *shared, server_rec *main, mtls_generation_t *first,
                  const apr_array_header_t *parts, apr_pool_t *pool)
{
    server_rec *s;

    mtls_generation_set_number(first, 1);
    shared->store = mtls_store_make(first, pool);
    shared->parts = parts;
    shared->used = is_used(main);
    for (s = main; s; s = s->next) {
        mtls_server_t *server = mtls_config_server(s);

        server->shared = shared;
        settle_places(s, pool);
        shared->looks_after_any = shared->looks_after_any || server->looked_after;
    }
}

int mtls_check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *main)
{
    mtls_faults_t *faults = mtls_faults_make(ptemp);
    mtls_shared_t *shared = apr_pcalloc(pconf, sizeof(*shared));
    const apr_array_header_t *specs;
    apr_array_header_t *parts;
    mtls_generation_t *generation;
    apr_status_t rv;

    (void)plog;
    separate_hosts(main, pconf);
    specs = gather_specs(main, pconf, faults);
    collect_faults(main, specs, faults, ptemp);
    check_modssl_is_there(main, faults);
    mtls_modssl_check(main, faults, ptemp);
    mtls_auth_check(main, faults, ptemp);
    mtls_source_check_files(main, faults, ptemp);
    mtls_crl_points_check(main, specs, faults, pconf);
    look_abroad(shared, main, specs, faults, pconf);
    mtls_stepup_check(shared, main, faults, pconf, ptemp);
    parts = list_parts(main, specs, pconf);
    shared->main = main;
    add_own_files(shared, parts, pconf);
    rv = mtls_generation_load(&generation, parts, NULL, NULL, faults, pconf, ptemp);
    mtls_reload_check(main, parts, faults);
    if (rv == APR_SUCCESS)
        mtls_rights_check(main, generation, faults, ptemp);
    report(faults, ptemp);
    if (rv != APR_SUCCESS || mtls_faults_error_count(faults) > 0)
        return HTTP_INTERNAL_SERVER_ERROR;
    share(shared, main, generation, parts, pconf);
    return OK;
}
