/*
 * mtls/policy/settings.h - what was configured for a place, and what it means once merged.
 *
 * A place is a virtual host, a <Location>, <Directory> or <If>.  httpd merges
 * from the outside in; a field that a place does not set comes from around it.
 * Zero is "unset" in every field, so a zeroed struct is a valid place that
 * says nothing.
 *
 * Guarantees (unit-tested laws)
 *   unset is identity   merge(x, {0}) == x == merge({0}, x)
 *   associative         merge(merge(a, b), c) == merge(a, merge(b, c))
 *   inner wins          a field set in the inner place is the result's
 *
 * May include: APR, mtls/policy, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_SETTINGS_H
#define MTLS_POLICY_SETTINGS_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>
#include <stdbool.h>

#include "mtls/policy/source.h"
#include "mtls/policy/stepup.h"
#include "mtls/policy/stepup_address.h"
#include "mtls/policy/value.h"
#include "mtls/trust/origin.h"
#include "mtls/trust/profile_spec.h"

/** MTLSVerifyClient. */
typedef enum {
    MTLS_VERIFY_UNSET = 0,
    MTLS_VERIFY_NONE,
    MTLS_VERIFY_OPTIONAL,
    MTLS_VERIFY_REQUIRE
} mtls_verify_mode_t;

/** MTLSAskInHandshake.  Unset: always where the host's MTLSVerifyClient asks, never elsewhere. */
typedef enum {
    MTLS_ASK_UNSET = 0,
    MTLS_ASK_NEVER,
    MTLS_ASK_UNLESS_PHA,
    MTLS_ASK_ALWAYS
} mtls_ask_t;

/** MTLSExport, each including the ones before it. */
typedef enum {
    MTLS_EXPORT_UNSET = 0,
    MTLS_EXPORT_OFF,
    MTLS_EXPORT_STANDARD, /**< every variable but the PEM ones */
    MTLS_EXPORT_CERT,     /**< and MTLS_CERT */
    MTLS_EXPORT_CHAIN     /**< and MTLS_CHAIN_n */
} mtls_export_t;

/** MTLSTicketBind; bits. */
typedef enum {
    MTLS_BIND_UNSET = 0,
    MTLS_BIND_NONE = 1,
    MTLS_BIND_USER_AGENT = 2, /**< the User-Agent field */
    MTLS_BIND_ADDRESS = 4,    /**< the client's network: 24 bits of IPv4, 64 of IPv6 */
    MTLS_BIND_BOTH = 6
} mtls_ticket_bind_t;

/** MTLSPreflight: a CORS preflight, which cannot have a certificate, where one is required. */
typedef enum {
    MTLS_PREFLIGHT_UNSET = 0,
    MTLS_PREFLIGHT_ANSWER, /**< 204 with what "Header always" adds; no handler sees it */
    MTLS_PREFLIGHT_PASS,   /**< to the handler, without an identity, past our Require lines too */
    MTLS_PREFLIGHT_REFUSE
} mtls_preflight_t;

/** One MTLSTextFile. */
typedef struct {
    const char *tag;
    const char *path; /**< absolute */
    mtls_origin_t at;
} mtls_text_file_t;

/** MTLSAccept: the profiles of a place, in order.  Shared by all places that inherit it. */
typedef struct {
    apr_array_header_t *names; /**< of mtls_sourced_t */
    int *slots;                /**< same order; filled once all profiles are known, -1 before */
} mtls_accept_t;

/** @return whether the profile in @a slot is among them; @a accept may be NULL, and has none then. */
bool mtls_accept_has(const mtls_accept_t *accept, int slot);

/** What was said.  Filled by mtls/policy/directives.h; never changed once the server runs. */
typedef struct {
    mtls_verify_mode_t verify;
    const mtls_origin_t *verify_at;
    mtls_accept_t *accept;
    const mtls_origin_t *accept_at;
    mtls_ask_t ask;
    mtls_stepup_order_t order;     /**< MTLSStepUp */
    const mtls_origin_t *order_at;
    apr_interval_time_t stepup_timeout;
    int stepup_waiters;            /**< MTLSStepUpLimit waiters=N, per child process */
    int stepup_attempts;           /**< MTLSStepUpLimit attempts=N, per connection */
    apr_size_t body_memory;        /**< MTLSBodyBuffer, first argument + 1, so that 0 is unset */
    apr_size_t body_disk;          /**< second argument + 1; 1 when it was left out */
    apr_size_t chain_bytes;        /**< MTLSChainLimit */
    int chain_certs;
    mtls_export_t export_vars;
    apr_size_t memo_entries;       /**< MTLSVerdictMemo; server-wide */
    mtls_sources_t *sources;       /**< MTLSUser, MTLSMap, MTLSMapDBM, MTLSMapSQL */
    mtls_switch_t fake_basic;      /**< MTLSFakeBasicAuth */
    apr_interval_time_t reload_interval; /**< MTLSReloadInterval; MTLS_RELOAD_OFF: never */
    apr_interval_time_t max_proof_age;   /**< MTLSMaxProofAge; MTLS_PROOF_AGE_OFF: no limit */
    const mtls_stepup_address_t *stepup_address; /**< MTLSStepUpURL */
    mtls_switch_t endpoint;              /**< MTLSStepUpEndpoint; of a host, as all up to ticket_bind */
    const mtls_origin_t *endpoint_at;
    apr_array_header_t *stepup_origins;  /**< MTLSStepUpOrigin, of const char *: whom the endpoint serves
                                              besides the hosts of this server that send to it */
    const char *stepup_path;             /**< MTLSStepUpPath: "/.mtls" */
    apr_interval_time_t ticket_idle;     /**< MTLSTicketTime idle= */
    apr_interval_time_t ticket_total;    /**< total= */
    apr_interval_time_t ticket_skew;     /**< skew=, plus one microsecond, so that 0 is unset */
    mtls_ticket_bind_t ticket_bind;      /**< MTLSTicketBind */
    mtls_switch_t same_origin;           /**< MTLSSameOrigin */
    mtls_preflight_t preflight;          /**< MTLSPreflight */
    apr_array_header_t *text_files;      /**< MTLSTextFile, of mtls_text_file_t; server-wide, as all below */
    const char *ticket_key_file;         /**< MTLSTicketKeyFile, absolute */
    const char *ticket_revoked_file;     /**< MTLSTicketRevokedFile, absolute */
    const char *cache;                   /**< MTLSCache: "shmcb:mtls(1024000)"; "off": none is kept;
                                              server-wide, as all below */
    apr_interval_time_t cache_timeout;   /**< MTLSCacheTimeout */
    const char *cache_key_file;          /**< MTLSCacheKeyFile, absolute */
    const char *state_dir;               /**< MTLSStateDirectory, absolute */
    const char *fetch_proxy;             /**< MTLSFetchProxy: "http://host:port"; "": none */
    const char *fetch_ca_file;           /**< MTLSFetchCACertificateFile, absolute */
} mtls_settings_t;

/** The words of each choice, for parsing and writing. */
extern const mtls_word_t mtls_verify_mode_words[];
extern const mtls_word_t mtls_ask_words[];
extern const mtls_word_t mtls_export_words[];
extern const mtls_word_t mtls_switch_words[];
/** Methods of MTLSStepUp; "off" is MTLS_STEPUP_NONE. */
extern const mtls_word_t mtls_stepup_words[];
/** "user-agent address" is a row of its own, for writing; arguments are one word each. */
extern const mtls_word_t mtls_ticket_bind_words[];
extern const mtls_word_t mtls_preflight_words[];

/** MTLSReloadInterval off, which is not unset. */
#define MTLS_RELOAD_OFF (-1)
/** MTLSMaxProofAge off, which is not unset. */
#define MTLS_PROOF_AGE_OFF (-1)
/** What .cache says when there is none, which is not unset. */
#define MTLS_CACHE_OFF "off"

/** Defaults. */
#define MTLS_DEFAULT_STEPUP_PATH     "/.mtls"
#define MTLS_DEFAULT_TICKET_IDLE     apr_time_from_sec(600)
#define MTLS_DEFAULT_TICKET_TOTAL    apr_time_from_sec(8 * 3600)
#define MTLS_DEFAULT_TICKET_SKEW     apr_time_from_sec(30)
#define MTLS_DEFAULT_STEPUP_TIMEOUT  apr_time_from_sec(30)
#define MTLS_DEFAULT_STEPUP_ATTEMPTS 3
#define MTLS_DEFAULT_BODY_MEMORY     (128u * 1024u)
#define MTLS_DEFAULT_BODY_DISK       (16u * 1024u * 1024u)
#define MTLS_DEFAULT_CHAIN_BYTES     (32u * 1024u)
#define MTLS_DEFAULT_CHAIN_CERTS     6
#define MTLS_DEFAULT_RELOAD_INTERVAL apr_time_from_sec(10)
#define MTLS_DEFAULT_MAX_PROOF_AGE   apr_time_from_sec(24 * 3600)
#define MTLS_DEFAULT_CACHE_TIMEOUT   apr_time_from_msec(250)
/** For a server in which something needs a cache; mtls_settings_resolve() leaves it unset. */
#define MTLS_DEFAULT_CACHE "shmcb:mtls(1024000)"
/** And for one that keeps the certificates of tickets in it: some five thousand of three kilobytes. */
#define MTLS_DEFAULT_TICKET_CACHE "shmcb:mtls(16777216)"

/**
 * Merge two places.
 *
 * @param base   the outer place
 * @param over   the inner place
 * @param out    may be neither; filled completely
 */
void mtls_settings_merge(mtls_settings_t *out, const mtls_settings_t *base,
                         const mtls_settings_t *over);

/**
 * Replace every unset field by its default; a separate step, so that "unset" survives merging.
 *
 * Left unset: accept (there is no default trust), stepup_waiters (only the child knows its
 * threads), stepup_address and stepup_origins, and all from text_files on (only the server knows
 * what it needs).  ask follows this place's verify and means something for a host only.
 */
void mtls_settings_resolve(mtls_settings_t *out, const mtls_settings_t *settings);

/** @return resolved memory limit in octets (the field minus its offset). */
apr_size_t mtls_settings_body_memory(const mtls_settings_t *resolved);

/** @return resolved limit of the temporary file in octets; 0: no file is used. */
apr_size_t mtls_settings_body_disk(const mtls_settings_t *resolved);

/** @return MTLSMaxProofAge in force in a place, resolved or not; MTLS_PROOF_AGE_OFF: no limit. */
apr_interval_time_t mtls_settings_proof_age(const mtls_settings_t *settings);

/** @return MTLSTicketTime in force in a host, resolved or not. */
apr_interval_time_t mtls_settings_ticket_idle(const mtls_settings_t *settings);
apr_interval_time_t mtls_settings_ticket_total(const mtls_settings_t *settings);
apr_interval_time_t mtls_settings_ticket_skew(const mtls_settings_t *settings);

/** @return MTLSStepUpPath in force in a host, resolved or not: below it the module itself answers. */
const char *mtls_settings_stepup_path(const mtls_settings_t *settings);

/** @return whether a place, resolved or not, sends browsers to an endpoint and takes the tickets they come
 * back with: it has an address, and its MTLSStepUp (or the default) names redirect or redirect-post. */
bool mtls_settings_redirect(const mtls_settings_t *settings);

/** @return what is exported in a place, resolved or not. */
mtls_export_t mtls_settings_export(const mtls_settings_t *settings);

/**
 * Everything set in a place as directive lines, for `httpd -t -D DUMP_MTLS` and tests.
 * @return of const char *, from @a pool
 */
apr_array_header_t *mtls_settings_write(const mtls_settings_t *settings, apr_pool_t *pool);

#endif /* MTLS_POLICY_SETTINGS_H */
