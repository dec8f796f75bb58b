/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/tool/map_load.h"

#include <apr_file_info.h>

#include "mtls/policy/map_part.h"

const mtls_map_t *mtls_map_load_file(const char *path, const apr_array_header_t *profiles,
                                     mtls_faults_t *faults, apr_pool_t *pool)
{
    mtls_map_spec_t spec = {.profiles = profiles};
    const void *map = NULL;
    apr_pool_t *scratch;
    apr_status_t status;
    char *absolute;

    if (apr_filepath_merge(&absolute, NULL, path, 0, pool) != APR_SUCCESS) {
        mtls_faults_add(faults, spec.at, "%s is not a path", path);
        return NULL;
    }
    spec.path = absolute;
    apr_pool_create(&scratch, pool);
    status = mtls_map_part_kind.load_fn(&map, &spec, NULL, NULL, faults, pool, scratch);
    apr_pool_destroy(scratch);
    return status == APR_SUCCESS ? map : NULL;
}
