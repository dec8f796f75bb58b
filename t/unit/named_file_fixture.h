/*
 * t/unit/named_file_fixture.h - files that a directive names, and generations that consist of one.
 *
 * May include: APR, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef T_UNIT_NAMED_FILE_FIXTURE_H
#define T_UNIT_NAMED_FILE_FIXTURE_H

#include <apr_pools.h>
#include <sys/stat.h>

#include "mtls/trust/generation.h"
#include "mtls/trust/named_file.h"

/** @return the path of a new file with that text and those rights. */
const char *fixture_file(const char *text, mode_t mode, apr_pool_t *pool);

/** Put another text into it. */
void fixture_file_change(const char *path, const char *text, apr_pool_t *pool);

/** @return a file that @a directive names in "httpd.conf", line 7; as long as @a pool. */
const mtls_named_file_t *fixture_named_file(const char *directive, const char *path,
                                            apr_pool_t *pool);

/** Load it as the one part of a generation.  @return NULL, and then there is a fault */
mtls_generation_t *fixture_load_file(const mtls_part_kind_t *kind, const mtls_named_file_t *file,
                                     const mtls_generation_t *before, mtls_faults_t *faults,
                                     apr_pool_t *pool);

#endif /* T_UNIT_NAMED_FILE_FIXTURE_H */
