/*
 * mtls/tool/trust_set.h - the trust profiles of all files named on the command line.
 *
 * A trust file is httpd configuration with <MTLSTrust> sections, or certificates of CAs in PEM;
 * those of all PEM files together are one profile named "file".
 *
 * May include: OpenSSL, APR, mtls/cert plain headers, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TOOL_TRUST_SET_H
#define MTLS_TOOL_TRUST_SET_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/fault.h"
#include "mtls/trust/profile.h"

/** A growing set. */
typedef struct {
    apr_pool_t *pool;
    apr_array_header_t *specs;    /**< mtls_profile_spec_t * */
    apr_array_header_t *profiles; /**< const mtls_profile_t *: by mtls_trust_set_load(), same order;
                                       NULL where that failed */
} mtls_trust_set_t;

mtls_trust_set_t *mtls_trust_set_make(apr_pool_t *pool);

/** @return whether a file of this content is a trust file; any other may be a map. */
bool mtls_trust_set_fits(mtls_bytes_t text);

/**
 * Read a trust file.
 * @param root  NULL: the directory of @a path
 */
void mtls_trust_set_add(mtls_trust_set_t *set, const char *path, const char *root,
                        mtls_faults_t *faults);

/** Load what was read, as the server does at its start.  Two profiles of one name are a fault. */
void mtls_trust_set_load(mtls_trust_set_t *set, mtls_faults_t *faults);

/** @return the loaded profile of that name, or NULL. */
const mtls_profile_t *mtls_trust_set_find(const mtls_trust_set_t *set, const char *name);

/** @return names of all profiles (const char *). */
apr_array_header_t *mtls_trust_set_names(const mtls_trust_set_t *set);

#endif /* MTLS_TOOL_TRUST_SET_H */
