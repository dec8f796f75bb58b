/* SPDX-License-Identifier: Apache-2.0 */
#include "crl_set_parts.h"

static mtls_crl_base_t find_base(const mtls_crl_set_t *set, const mtls_crl_t *delta)
{
    mtls_crl_base_t best = MTLS_CRL_BASE_NONE;

    for (int i = 0; i < set->lists->nelts; i++) {
        mtls_crl_base_t found = mtls_crl_base_of(delta, mtls_crl_set_get(set, i));

        if (found > best)
            best = found;
    }
    return best;
}

/* @return whether the list is kept. */
static bool check(const mtls_crl_set_t *set, const mtls_crl_held_t *held, mtls_faults_t *faults,
                  apr_pool_t *scratch)
{
    if (!mtls_crl_is_delta(held->crl))
        return true;
    switch (find_base(set, held->crl)) {
    case MTLS_CRL_BASE_FITS:
    case MTLS_CRL_BASE_AHEAD:
        return true;
    case MTLS_CRL_BASE_BEHIND:
        mtls_faults_warn(
            faults, held->at,
            "%s: %s: the revocation list (%s) revokes, and renews nothing: the complete "
            "list that is there is older than the one it adds to",
            held->directive, held->place, mtls_crl_describe(held->crl, scratch));
        return true;
    case MTLS_CRL_BASE_NONE:
        break;
    }
    (held->fetched ? mtls_faults_warn : mtls_faults_add)(
        faults, held->at,
        "%s: %s: the revocation list (%s) is refused: there is no complete list that it adds to, "
        "of "
        "the same issuer, key and scope",
        held->directive, held->place, mtls_crl_describe(held->crl, scratch));
    return false;
}

/* A list that is left out goes last: the others are still compared with it. */
void mtls_crl_set_check_deltas(mtls_crl_set_t *set, mtls_faults_t *faults, apr_pool_t *scratch)
{
    apr_array_header_t *kept = apr_array_make(scratch, set->lists->nelts, sizeof(mtls_crl_held_t));
    apr_array_header_t *gone = apr_array_make(scratch, 1, sizeof(apr_pool_t *));

    for (int i = 0; i < set->lists->nelts; i++) {
        const mtls_crl_held_t *held = &APR_ARRAY_IDX(set->lists, i, const mtls_crl_held_t);

        if (check(set, held, faults, scratch))
            APR_ARRAY_PUSH(kept, mtls_crl_held_t) = *held;
        else
            APR_ARRAY_PUSH(gone, apr_pool_t *) = held->pool;
    }
    apr_array_clear(set->lists);
    apr_array_cat(set->lists, kept);
    for (int i = 0; i < gone->nelts; i++)
        apr_pool_destroy(APR_ARRAY_IDX(gone, i, apr_pool_t *));
}
