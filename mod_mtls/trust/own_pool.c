/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/own_pool.h"

#include <apr_allocator.h>

apr_status_t mtls_own_pool_make(apr_pool_t **out, apr_pool_t *parent)
{
    apr_allocator_t *allocator;
    apr_status_t status = apr_allocator_create(&allocator);

    *out = NULL;
    if (status != APR_SUCCESS)
        return status;
    status = apr_pool_create_ex(out, parent, NULL, allocator);
    if (status != APR_SUCCESS)
        apr_allocator_destroy(allocator);
    else
        apr_allocator_owner_set(allocator, *out);
    return status;
}
