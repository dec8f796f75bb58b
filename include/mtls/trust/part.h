/*
 * mtls/trust/part.h - one reloadable thing of a generation: a trust profile, a map.
 *
 * Generations know parts only by this interface, so that trust/ need not know what a map is.
 *
 * May include: APR, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_PART_H
#define MTLS_TRUST_PART_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <stdbool.h>

#include "mtls/trust/fault.h"
#include "mtls/trust/files.h"

/** How parts of one kind are loaded. */
typedef struct {
    const char *word; /**< "trust profile", "map" */
    bool reloadable;  /**< false: loaded once, at the start */
    /**
     * @param out    the thing, from @a pool with cleanups for what is not of APR
     * @param spec   of mtls_part_spec_t
     * @param before the thing that this one would replace, or NULL
     * @param files  every file that was read, or could not be, is noted here
     * @return APR_SUCCESS, or another status with at least one fault added
     */
    apr_status_t (*load_fn)(const void **out, const void *spec, const void *before,
                            mtls_files_t *files, mtls_faults_t *faults, apr_pool_t *pool,
                            apr_pool_t *scratch);
    /** @return what the thing holds, in a few words from @a pool for the log: "12 exact rules".
     * Asked of reloadable kinds only. */
    const char *(*describe_fn)(const void *thing, apr_pool_t *pool);
} mtls_part_kind_t;

/** What to load; its index in the list of all is its slot. */
typedef struct {
    const mtls_part_kind_t *kind;
    const char *name; /**< for the log: the profile's name, the map's path */
    const void *spec; /**< handed to load_fn; lives as long as the configuration */
} mtls_part_spec_t;

#endif /* MTLS_TRUST_PART_H */
