/*
 * mtls/httpd/source_sql.h - MTLSMapSQL: users from a database, through mod_dbd.
 *
 * Columns of the answer are known by name, see mtls/policy/rows.h.
 *
 * Guarantees
 *   data is data  the query is prepared when the server connects; what the certificate says is
 *                 only ever a parameter of it
 *   fail closed   a query that fails, or an answer that cannot be understood, is MAP_UNAVAILABLE
 *   comes back    a connection that PostgreSQL lost is used again as soon as there is a server
 *
 * May include: httpd, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_SOURCE_SQL_H
#define MTLS_HTTPD_SOURCE_SQL_H

#include <httpd.h>

#include "mtls/policy/source.h"
#include "mtls/policy/trace.h"

/**
 * Give the query to mod_dbd, while the configuration is read; sets the source's label.  The query has
 * one %s for each key, as its parser made sure.
 *
 * @param s     the host in which the directive stands
 * @param pool  lifetime of the configuration
 * @return NULL, or what is wrong, without the directive's name: mod_dbd is not loaded
 */
const char *mtls_source_sql_prepare(server_rec *s, mtls_source_t *source, apr_pool_t *pool);

/**
 * Look the holder up.
 *
 * @param out    filled; reason is GOOD, NO_RULE, DENIED_BY_RULE, USER_* or MAP_UNAVAILABLE, which
 *               was logged; text from r->pool
 * @param trace  receives one step; NULL: not wanted
 * Thread: the request's.
 */
void mtls_source_sql_ask(mtls_principal_t *out, request_rec *r, const mtls_source_t *source,
                         const mtls_holder_t *holder, mtls_trace_t *trace);

#endif /* MTLS_HTTPD_SOURCE_SQL_H */
