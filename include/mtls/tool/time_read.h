/*
 * mtls/tool/time_read.h - a moment as an administrator writes it.
 *
 * May include: APR.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TOOL_TIME_READ_H
#define MTLS_TOOL_TIME_READ_H

#include <apr_pools.h>
#include <apr_time.h>

/**
 * Read RFC 3339 section 5.6, from 1970 on: "2026-11-21T10:00:00Z", "2026-11-21t10:00:00.5+01:00".
 * @return NULL, or what is wrong with @a text, from @a pool; @a out is then untouched
 */
const char *mtls_time_read(apr_time_t *out, const char *text, apr_pool_t *pool);

#endif /* MTLS_TOOL_TIME_READ_H */
