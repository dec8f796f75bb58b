/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/profile_part.h"

static apr_status_t load(const void **out, const void *spec, const void *before,
                         mtls_files_t *files, mtls_faults_t *faults, apr_pool_t *pool,
                         apr_pool_t *scratch)
{
    const mtls_profile_t *profile;
    apr_status_t status = mtls_profile_load(&profile, spec, before, files, faults, pool, scratch);

    *out = profile;
    return status;
}

const mtls_part_kind_t mtls_profile_part_kind = {"trust profile", false, load, NULL};

const mtls_profile_t *mtls_generation_profile(const mtls_generation_t *generation, int slot)
{
    return mtls_generation_part(generation, slot);
}
