/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/crl_set.h"

#include "crl_set_parts.h"

static const mtls_crl_held_t *held(const mtls_crl_set_t *set, int i)
{
    return &APR_ARRAY_IDX(set->lists, i, const mtls_crl_held_t);
}

int mtls_crl_set_count(const mtls_crl_set_t *set)
{
    return set->lists->nelts;
}

const mtls_crl_t *mtls_crl_set_get(const mtls_crl_set_t *set, int i)
{
    return held(set, i)->crl;
}

const STACK_OF(X509) * mtls_crl_set_signers(const mtls_crl_set_t *set)
{
    return set->signers;
}

apr_size_t mtls_crl_set_entries(const mtls_crl_set_t *set)
{
    apr_size_t sum = 0;

    for (int i = 0; i < set->lists->nelts; i++)
        sum += mtls_crl_count(held(set, i)->crl);
    return sum;
}

apr_size_t mtls_crl_set_octets(const mtls_crl_set_t *set)
{
    apr_size_t sum = 0;

    for (int i = 0; i < set->lists->nelts; i++)
        sum += mtls_crl_octets(held(set, i)->crl);
    return sum;
}

apr_time_t mtls_crl_set_next_update(const mtls_crl_set_t *set)
{
    apr_time_t earliest = 0;

    for (int i = 0; i < set->lists->nelts; i++) {
        apr_time_t end = mtls_crl_next_update(held(set, i)->crl);

        if (earliest == 0 || end < earliest)
            earliest = end;
    }
    return earliest;
}

const unsigned char *mtls_crl_set_digest(const mtls_crl_set_t *set)
{
    return set->digest;
}
