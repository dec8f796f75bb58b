/*
 * t/fuzz/target.h - what every fuzz target needs: a fresh pool for each input, and a word for what
 * must hold.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_FUZZ_TARGET_H
#define MTLS_FUZZ_TARGET_H

#include <apr_general.h>
#include <apr_pools.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void must(bool holds)
{
    if (!holds)
        abort();
}

/* @return to be destroyed by the caller; a million inputs in one process leave nothing behind. */
static inline apr_pool_t *make_pool(void)
{
    static apr_pool_t *root;
    apr_pool_t *pool;

    if (root == NULL) {
        must(apr_initialize() == APR_SUCCESS);
        must(apr_pool_create(&root, NULL) == APR_SUCCESS);
    }
    must(apr_pool_create(&pool, root) == APR_SUCCESS);
    return pool;
}

#endif /* MTLS_FUZZ_TARGET_H */
