/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/generation.h"

struct mtls_generation_t {
    unsigned number;
    apr_array_header_t *profiles; /* of const mtls_profile_t *, by slot */
};

apr_status_t mtls_generation_load(const mtls_generation_t **out, const apr_array_header_t *specs,
                                  unsigned number, mtls_faults_t *faults, apr_pool_t *pool,
                                  apr_pool_t *scratch)
{
    mtls_generation_t *generation = apr_pcalloc(pool, sizeof(*generation));
    apr_status_t status = APR_SUCCESS;

    *out = NULL;
    generation->number = number;
    generation->profiles = apr_array_make(pool, specs->nelts, sizeof(const mtls_profile_t *));
    for (int slot = 0; slot < specs->nelts; slot++) {
        const mtls_profile_spec_t *spec = APR_ARRAY_IDX(specs, slot, const mtls_profile_spec_t *);
        const mtls_profile_t *profile = NULL;

        if (mtls_profile_load(&profile, spec, faults, pool, scratch) != APR_SUCCESS)
            status = APR_EGENERAL;
        APR_ARRAY_PUSH(generation->profiles, const mtls_profile_t *) = profile;
    }
    if (status == APR_SUCCESS)
        *out = generation;
    return status;
}

unsigned mtls_generation_number(const mtls_generation_t *generation)
{
    return generation->number;
}

int mtls_generation_count(const mtls_generation_t *generation)
{
    return generation->profiles->nelts;
}

const mtls_profile_t *mtls_generation_profile(const mtls_generation_t *generation, int slot)
{
    return APR_ARRAY_IDX(generation->profiles, slot, const mtls_profile_t *);
}
