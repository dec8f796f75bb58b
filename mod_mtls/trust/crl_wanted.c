/* mod_mtls/trust/crl_wanted.c - see mtls/trust/crl_wanted.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/crl_wanted.h"

#include <apr_thread_mutex.h>
#include <stdbool.h>
#include <string.h>

struct mtls_crl_wanted_t {
    apr_thread_mutex_t *mutex;
    mtls_crl_point_t list[MTLS_CRL_WANTED_MAX];
    int count;
};

mtls_crl_wanted_t *mtls_crl_wanted_make(apr_pool_t *pool)
{
    mtls_crl_wanted_t *wanted = apr_pcalloc(pool, sizeof(*wanted));

    if (!wanted ||
        apr_thread_mutex_create(&wanted->mutex, APR_THREAD_MUTEX_UNNESTED, pool) != APR_SUCCESS)
        return NULL;
    return wanted;
}

static bool has(const mtls_crl_wanted_t *wanted, const char *dir, const char *url)
{
    int i;

    for (i = 0; i < wanted->count; i++) {
        if (wanted->list[i].dir == dir && strcmp(wanted->list[i].url, url) == 0)
            return true;
    }
    return false;
}

void mtls_crl_wanted_put(mtls_crl_wanted_t *wanted, const char *dir, const char *url)
{
    if (apr_thread_mutex_lock(wanted->mutex) != APR_SUCCESS)
        return;
    if (wanted->count < MTLS_CRL_WANTED_MAX && !has(wanted, dir, url)) {
        mtls_crl_point_t *next = &wanted->list[wanted->count];

        *next = (mtls_crl_point_t){dir, strdup(url)};
        if (next->url)
            wanted->count++;
    }
    apr_thread_mutex_unlock(wanted->mutex);
}

int mtls_crl_wanted_take(mtls_crl_point_t out[MTLS_CRL_WANTED_MAX], mtls_crl_wanted_t *wanted)
{
    int count;

    if (apr_thread_mutex_trylock(wanted->mutex) != APR_SUCCESS)
        return 0;
    count = wanted->count;
    memcpy(out, wanted->list, sizeof(*out) * (size_t)count);
    wanted->count = 0;
    apr_thread_mutex_unlock(wanted->mutex);
    return count;
}
