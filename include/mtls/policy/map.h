/*
 * mtls/policy/map.h - a rules file: from certificate to principal.  Syntax: mtls-map(5).
 *
 * Rules are tried by priority (1 first), within one priority in the order of the file; the first
 * whose conditions all hold decides.  A rule that says "deny" has priority 10 and any other 50
 * unless it says otherwise, so that a deny works wherever it stands.  For a rule that grants, an
 * UNKNOWN condition does not hold; for one that denies it does.
 *
 * A rule with a plain "is" is found through a hash of that field's keys, others are scanned.  Both
 * ways give the same answer as trying all rules in order.
 *
 * May include: APR, mtls/policy, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_MAP_H
#define MTLS_POLICY_MAP_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_tables.h>

#include "mtls/policy/field.h"
#include "mtls/policy/principal.h"
#include "mtls/policy/trace.h"
#include "mtls/trust/fault.h"

/** Priorities of rules that do not say. */
#define MTLS_MAP_PRIORITY_DENY 10
#define MTLS_MAP_PRIORITY      50
#define MTLS_MAP_PRIORITY_MAX  99
/** Files included by files included by ... */
#define MTLS_MAP_MAX_INCLUDES 8
/** Largest file, octets: a million rules of 130, four times over. */
#define MTLS_MAP_MAX_FILE (512 * 1024 * 1024)
/** Longest statement, octets. */
#define MTLS_MAP_MAX_STATEMENT 65536

/** How a map's files are read; the caller's, so that a map needs no file system. */
typedef struct {
    /**
     * @param path  absolute
     * @param out   octets; must stay until the load returns
     * @param at    where the file was named, for the fault
     * @param faults  NULL: enough has been said
     * @return APR_SUCCESS, or another status with one fault added
     */
    apr_status_t (*read_fn)(void *baton, mtls_bytes_t *out, const char *path, mtls_origin_t at,
                            mtls_faults_t *faults, apr_pool_t *pool);
    /**
     * Whether rules may name a trust profile; asked once for each name.  NULL: any.
     * @return NULL, or what is wrong, from @a pool
     */
    const char *(*profile_fn)(void *baton, const char *name, apr_pool_t *pool);
    void *baton;
} mtls_map_reader_t;

/** Opaque, immutable, for any thread. */
typedef struct mtls_map_t mtls_map_t;

/** What was loaded. */
typedef struct {
    int exact;   /**< rules found through the hash */
    int scanned; /**< rules tried one after another */
    int files;   /**< files read, included ones too */
    apr_size_t bytes; /**< memory of rules and hashes, near enough */
} mtls_map_counts_t;

/**
 * Load a map and what it includes.  Refused, each with its own fault with line and column: what is
 * no statement, an unknown field, a value its field cannot have, a pattern that does not compile, a
 * serial without issuer, NUL or invalid UTF-8, a file without a rule (unless it says "no rules"),
 * and two exact rules of one priority with the same conditions (F-42, F-43).
 *
 * @param at    where the map itself was named
 * @param pool  lifetime of the map
 * @return APR_SUCCESS, or APR_EGENERAL with @a out NULL and all faults added (at most 50, and how
 *         many more there are)
 * Thread: the caller's alone.
 */
apr_status_t mtls_map_load(const mtls_map_t **out, const char *path, mtls_origin_t at,
                           const mtls_map_reader_t *reader, mtls_faults_t *faults,
                           apr_pool_t *pool, apr_pool_t *scratch);

/**
 * Ask the map.
 *
 * @param out    filled; reason is GOOD, NO_RULE, DENIED_BY_RULE or USER_*; text from @a pool or the map
 * @param trace  receives each rule that was tried up to the one that decided; NULL: not wanted
 * Thread: any, with a pool of its own.
 */
void mtls_map_ask(mtls_principal_t *out, const mtls_map_t *map, const mtls_holder_t *holder,
                  mtls_trace_t *trace, apr_pool_t *pool);

const mtls_map_counts_t *mtls_map_counts(const mtls_map_t *map);

/**
 * Read one result as other sources store it: what stands after "then" in a rule, without fields or
 * captures: 'user alice groups ops, staff set dept "R&D"', or 'deny "The card was lost."'.
 *
 * @param out  filled on success, reason GOOD or DENIED_BY_RULE; untouched on failure
 * @return NULL, or what is wrong
 */
const char *mtls_map_parse_result(mtls_principal_t *out, mtls_bytes_t text, apr_pool_t *pool);

#endif /* MTLS_POLICY_MAP_H */
