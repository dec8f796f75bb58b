/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/profile_part.h"

#include <apr_strings.h>

static apr_status_t load(const void **out, const void *spec, const void *before,
                         mtls_files_t *files, mtls_faults_t *faults, apr_pool_t *pool,
                         apr_pool_t *scratch)
{
    const mtls_profile_t *profile;
    apr_status_t status = mtls_profile_load(&profile, spec, before, files, faults, pool, scratch);

    *out = profile;
    return status;
}

static const char *describe(const void *thing, apr_pool_t *pool)
{
    const mtls_profile_counts_t *counts = mtls_profile_counts(thing);

    return apr_psprintf(
        pool, "%d CAs, %d intermediates, %d pins, %d CRLs with %" APR_SIZE_T_FMT " entries",
        counts->anchors, counts->intermediates, counts->pins, counts->crls, counts->crl_entries);
}

const mtls_part_kind_t mtls_profile_part_kind = {"trust profile", true, load, describe};

const mtls_profile_t *mtls_generation_profile(const mtls_generation_t *generation, int slot)
{
    return mtls_generation_part(generation, slot);
}
