/*
 * mtls/httpd/source_dbm.h - MTLSMapDBM: users in a key-value file.
 *
 * The value of a key reads like the result of a rule: 'user alice groups ops, staff', or
 * 'deny "The card was lost."' (mtls_map_parse_result()).  Keys end without a NUL.
 *
 * Guarantees
 *   fresh        the file is opened for each look-up: one that was replaced is seen at once
 *   fail closed  a file that cannot be opened or read, or a value that says nothing, is
 *                MAP_UNAVAILABLE, never "no entry"
 *
 * May include: httpd, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_SOURCE_DBM_H
#define MTLS_HTTPD_SOURCE_DBM_H

#include <httpd.h>

#include "mtls/policy/source.h"
#include "mtls/policy/trace.h"

/**
 * Look the holder up.
 *
 * @param out    filled; reason is GOOD, NO_RULE, DENIED_BY_RULE, USER_* (the key) or
 *               MAP_UNAVAILABLE, which was logged; text from r->pool
 * @param trace  receives one step; NULL: not wanted
 * Thread: the request's.
 */
void mtls_source_dbm_ask(mtls_principal_t *out, request_rec *r, const mtls_source_t *source,
                         const mtls_holder_t *holder, mtls_trace_t *trace);

/**
 * Try the file, for `httpd -t`.
 * @return NULL, or what is wrong, without the directive's name, from @a pool: the type is not known
 *         here, the file is not there, is none of that type, or may be written by everybody
 */
const char *mtls_source_dbm_check(const mtls_source_t *source, apr_pool_t *pool);

#endif /* MTLS_HTTPD_SOURCE_DBM_H */
