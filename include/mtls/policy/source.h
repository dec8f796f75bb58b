/*
 * mtls/policy/source.h - where a place looks for users: MTLSUser, MTLSMap, MTLSMapDBM, MTLSMapSQL.
 *
 * Sources are asked in the order they are written.  The first that says something (a principal, a
 * deny, a result that could not be made, or that it is down) decides; one that knows nothing of the certificate
 * passes to the next.  A place that names a source has its own list; it inherits none.
 *
 * May include: APR, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_SOURCE_H
#define MTLS_POLICY_SOURCE_H

#include <apr_tables.h>

#include "mtls/policy/principal.h"
#include "mtls/policy/template.h"

/** The kinds, in no order. */
typedef enum {
    MTLS_SOURCE_USER = 0, /**< MTLSUser: one field is the user */
    MTLS_SOURCE_MAP,      /**< MTLSMap: a rules file */
    MTLS_SOURCE_DBM,      /**< MTLSMapDBM: a key-value file */
    MTLS_SOURCE_SQL       /**< MTLSMapSQL: a query through mod_dbd */
} mtls_source_kind_t;

/** One source. */
typedef struct {
    mtls_source_kind_t kind;
    mtls_origin_t at;
    const mtls_template_t *user;    /**< USER */
    const char *path;               /**< MAP, DBM: absolute */
    int slot;                       /**< MAP: of the generation's parts; -1 until all maps are known */
    const char *dbm_type;           /**< DBM: apr_dbm's word ("sdbm", "db", ...); "default" */
    const char *query;              /**< SQL: with one %s for each key */
    const char *label;              /**< SQL: under which mod_dbd prepared it; set by httpd/ */
    const apr_array_header_t *keys; /**< DBM (exactly one), SQL: const mtls_template_t * */
} mtls_source_t;

/** A place's list; shared by all places that inherit it. */
typedef struct {
    apr_array_header_t *sources; /**< mtls_source_t */
} mtls_sources_t;

/** @return the directive that says it, from @a pool. */
const char *mtls_source_write(const mtls_source_t *source, apr_pool_t *pool);

/** @return "map", "dbm", "sql" or "user"; static storage. */
const char *mtls_source_word(mtls_source_kind_t kind);

#endif /* MTLS_POLICY_SOURCE_H */
