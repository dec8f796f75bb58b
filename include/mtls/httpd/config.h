/*
 * mtls/httpd/config.h - what the module keeps of the configuration, and where.
 *
 * Per place (host, <Location>, <Directory>, <If>): a mtls_settings_t, merged by httpd.
 * Per host: a mtls_server_t, which collects what was written in it until check.c looks at all
 * hosts together.  For the whole process: one mtls_shared_t, made by check.c.
 *
 * Nothing here changes once post_config has run, except the store and the counters of
 * mtls_shared_t.
 *
 * May include: httpd, mtls/httpd, mtls/policy, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_CONFIG_H
#define MTLS_HTTPD_CONFIG_H

#include <httpd.h>

#include <http_config.h>

#include "mtls/httpd/cache.h"
#include "mtls/httpd/crl_points.h"
#include "mtls/httpd/fetching.h"
#include "mtls/httpd/reload.h"
#include "mtls/policy/directives.h"
#include "mtls/policy/require.h"
#include "mtls/policy/settings.h"
#include "mtls/policy/texts.h"
#include "mtls/trust/board.h"
#include "mtls/trust/fault.h"
#include "mtls/trust/forward_clock.h"
#include "mtls/trust/memo.h"
#include "mtls/trust/pace.h"
#include "mtls/trust/profile_part.h"
#include "mtls/trust/store.h"
#include "mtls/trust/ticket_store.h"
#include "mtls/trust/token.h"
#include "mtls/trust/verify_means.h"

extern module AP_MODULE_DECLARE_DATA mtls_module;

/** One for the process; lives in the configuration pool, each child has its own copy. */
typedef struct {
    mtls_store_t *store;                 /**< never NULL once requests are served; requests come by
                                              mtls/httpd/live.h */
    const apr_array_header_t *parts;     /**< mtls_part_spec_t, by slot: what the store holds */
    mtls_reload_t *reload;               /**< NULL: nothing is reloaded */
    mtls_memo_t *memo;                   /**< NULL until post_config */
    mtls_verify_means_t means;           /**< whom this child asks about revocation; nobody in the
                                              parent */
    mtls_board_t *board;                 /**< shared by all children; NULL until post_config */
    mtls_cache_t *cache;                 /**< shared by all children; NULL: none is needed */
    mtls_fetching_t *fetching;           /**< NULL: nothing is fetched, nobody asked */
    mtls_crl_points_t *points;           /**< NULL: no CRLs are fetched */
    bool asks_responders;                /**< some profile does */
    int key_slot;                        /**< of MTLSCacheKeyFile; -1: there is none */
    server_rec *main;                    /**< of all hosts */
    bool redirects;                      /**< some host is or has a step-up endpoint */
    int ticket_key_slot;                 /**< of MTLSTicketKeyFile; -1: there is none */
    mtls_keys_t *ticket_keys;            /**< the parent's own, when there is none */
    int revoked_slot;                    /**< of MTLSTicketRevokedFile; -1: there is none */
    mtls_token_meter_t *token_meter;     /**< shared by all children, also those of before a restart; NULL
                                              until post_config */
    mtls_forward_clock_t *ticket_clock;  /**< shared by all children; NULL until post_config */
    mtls_pace_t *cert_pace;              /**< of codes, by certificate; shared by all children; NULL until
                                              post_config */
    mtls_pace_t *address_pace;           /**< and by the client's network */
    mtls_ticket_store_t tickets;         /**< of this child; without a memo in the parent */
    apr_interval_time_t ticket_interval; /**< how long a record that was read is taken for true */
    mtls_languages_t *languages;         /**< of pages */
    bool used;                           /**< some directive of ours says something */
    bool looks_after_any;                /**< some host has mod_mtls directives that ask */
    apr_uint32_t waiters;                /**< requests of this child waiting in a step-up; atomic */
    apr_uint32_t last_warning;           /**< second in which this child last warned; atomic */
    int default_waiters;                 /**< when MTLSStepUpLimit does not say */
} mtls_shared_t;

/** A section or host in which a directive of ours stands. */
typedef struct {
    mtls_settings_t *settings;
    const ap_directive_t *section; /**< NULL: the host itself */
    const char *path;              /**< of the section, or NULL */
} mtls_place_t;

/** One "Require mtls-trust" line, to be checked against the profiles. */
typedef struct {
    const mtls_require_t *require;
    mtls_origin_t at;
} mtls_require_line_t;

/** One for each server_rec. */
typedef struct {
    mtls_shared_t *shared;            /**< the process's; NULL until check.c ran */
    bool looked_after;                /**< this host, or one it inherits from, asks somewhere */
    bool modssl_asks;                 /**< SSLVerifyClient asks somewhere in this host too */
    const server_rec *sends_to;       /**< the endpoint that MTLSStepUpURL leads to; NULL: none of ours */
    const ap_directive_t *modssl_verify; /**< SSLVerifyClient of the host itself, or NULL */
    apr_array_header_t *specs;        /**< mtls_profile_spec_t *, written in this host */
    apr_array_header_t *accepts;      /**< mtls_accept_t * */
    apr_array_header_t *sources;      /**< mtls_sources_t * */
    apr_array_header_t *places;       /**< mtls_place_t */
    apr_array_header_t *requires;     /**< mtls_require_line_t */
    mtls_faults_t *faults;            /**< mistakes found by parsers */
    mtls_profile_spec_t *open_spec;   /**< inside <MTLSTrust>; NULL otherwise */
} mtls_server_t;

/** @return the host's record, never NULL. */
mtls_server_t *mtls_config_server(const server_rec *s);

/** @return the host-scope settings, after httpd merged them. */
const mtls_settings_t *mtls_config_host(const server_rec *s);

/** @return the settings in force for a request, merged, not resolved. */
const mtls_settings_t *mtls_config_place(const request_rec *r);

/** @return whether a host is a step-up endpoint. */
bool mtls_config_is_endpoint(const server_rec *s);

/** @return whether a host sends browsers to one; known once all of it has been read. */
bool mtls_config_sends(const server_rec *s);

/** @return whether some host is, or sends to, a step-up endpoint. */
bool mtls_config_redirects(const server_rec *main);

/** Module record slots. */
void *mtls_config_make_server(apr_pool_t *pool, server_rec *s);
void *mtls_config_merge_server(apr_pool_t *pool, void *base, void *over);
void *mtls_config_make_place(apr_pool_t *pool, char *path);
void *mtls_config_merge_place(apr_pool_t *pool, void *base, void *over);

/**
 * Merge a section's settings into its host's once, after the configuration was read, so that
 * requests find the result.  Both must be records of this module's.
 */
void mtls_config_settle_place(mtls_settings_t *settings, const mtls_settings_t *host,
                              apr_pool_t *pool);

/** @return where a directive stands. */
mtls_origin_t mtls_config_origin(const ap_directive_t *directive);

/** The command table, made from directives.def. */
extern const command_rec mtls_commands[];

#endif /* MTLS_HTTPD_CONFIG_H */
