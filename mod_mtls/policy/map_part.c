/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/map_part.h"

#include <apr_strings.h>

#include "mtls/policy/value.h"
#include "mtls/trust/material.h"

/* What the reader of a map needs. */
typedef struct {
    mtls_files_t *files;
    const apr_array_header_t *profiles;
} reading_t;

static apr_status_t read_file(void *baton, mtls_bytes_t *out, const char *path, mtls_origin_t at,
                              mtls_faults_t *faults, apr_pool_t *pool)
{
    const reading_t *reading = baton;
    mtls_material_use_t use = {
        .directive = "MTLSMap", .at = at, .max = MTLS_MAP_MAX_FILE, .files = reading->files};

    return mtls_material_load(out, path, use, faults, pool);
}

static bool is_named(const apr_array_header_t *profiles, const char *name)
{
    int i;

    for (i = 0; i < profiles->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(profiles, i, const char *), name) == 0)
            return true;
    }
    return false;
}

static const char *known_names(const apr_array_header_t *profiles, apr_pool_t *pool)
{
    const char *text = "no <MTLSTrust> is defined";
    int i;

    for (i = 0; i < profiles->nelts; i++)
        text = apr_pstrcat(pool, i == 0 ? "known are " : text, i == 0 ? "" : ", ",
                           APR_ARRAY_IDX(profiles, i, const char *), NULL);
    return text;
}

static const char *check_profile(void *baton, const char *name, apr_pool_t *pool)
{
    const reading_t *reading = baton;

    if (is_named(reading->profiles, name))
        return NULL;
    return apr_psprintf(pool, "there is no trust profile %s; %s", mtls_value_quote(name, pool),
                        known_names(reading->profiles, pool));
}

static apr_status_t load(const void **out, const void *spec, const void *before,
                         mtls_files_t *files, mtls_faults_t *faults, apr_pool_t *pool,
                         apr_pool_t *scratch)
{
    const mtls_map_spec_t *what = spec;
    reading_t reading = {files, what->profiles};
    mtls_map_reader_t reader = {.read_fn = read_file,
                                .profile_fn = what->profiles != NULL ? check_profile : NULL,
                                .baton = &reading};
    const mtls_map_t *map;
    apr_status_t status = mtls_map_load(&map, what->path, what->at, &reader, faults, pool, scratch);

    (void)before;
    *out = map;
    return status;
}

static const char *describe(const void *thing, apr_pool_t *pool)
{
    const mtls_map_counts_t *counts = mtls_map_counts(thing);

    return apr_psprintf(pool, "%d exact rule%s, %d tried in order, %d file%s", counts->exact,
                        counts->exact == 1 ? "" : "s", counts->scanned, counts->files,
                        counts->files == 1 ? "" : "s");
}

const mtls_part_kind_t mtls_map_part_kind = {"map", true, load, describe};
