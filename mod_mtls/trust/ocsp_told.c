/* SPDX-License-Identifier: Apache-2.0 */
#include "ocsp_told.h"

#include <apr_hash.h>
#include <apr_thread_mutex.h>

#include "mtls/trust/monotonic.h"
#include "mtls/trust/ocsp.h"

#define PLACES 64

/* Two texts that share a place displace each other: then one is told once more. */
struct mtls_ocsp_told_t {
    apr_thread_mutex_t *mutex;
    struct {
        unsigned server;
        unsigned text;
        apr_time_t at; /* monotonic; 0: free */
    } places[PLACES];
};

apr_status_t mtls_ocsp_told_make(mtls_ocsp_told_t **out, apr_pool_t *pool)
{
    *out = apr_pcalloc(pool, sizeof(**out));
    return apr_thread_mutex_create(&(*out)->mutex, APR_THREAD_MUTEX_DEFAULT, pool);
}

static unsigned hash_of(const char *text)
{
    apr_ssize_t len = APR_HASH_KEY_STRING;

    return apr_hashfunc_default(text, &len);
}

bool mtls_ocsp_told_before(mtls_ocsp_told_t *told, const char *server, const char *text)
{
    unsigned server_hash = hash_of(server);
    unsigned text_hash = hash_of(text);
    unsigned place = (server_hash ^ text_hash) % PLACES;
    apr_time_t now = mtls_monotonic_now();
    bool before;

    if (apr_thread_mutex_lock(told->mutex) != APR_SUCCESS)
        return false;
    before = told->places[place].at != 0 && told->places[place].server == server_hash &&
             told->places[place].text == text_hash &&
             now < told->places[place].at + MTLS_OCSP_RETRY;
    if (!before) {
        told->places[place].server = server_hash;
        told->places[place].text = text_hash;
        told->places[place].at = now;
    }
    apr_thread_mutex_unlock(told->mutex);
    return before;
}
