/* httpd/tokens.c - see mtls/httpd/tokens.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/tokens.h"

#include <apr_atomic.h>
#include <apr_shm.h>
#include <http_log.h>

#include "mtls/httpd/message.h"
#include "mtls/trust/key_part.h"
#include "mtls/trust/secret_memory.h"

APLOG_USE_MODULE(mtls);

/* Under which names the parent process keeps its key, and the meter of all keys; what is of another
 * layout needs another name. */
#define RETAINED         "mod_mtls-ticket-key-1"
#define RETAINED_METER   "mod_mtls-token-meter-1"
/* Seconds between two warnings of one child. */
#define WARNING_INTERVAL 10

/* What is kept under the first one, and under the second. */
typedef struct {
    mtls_keys_t *keys;
} retained_keys_t;

typedef struct {
    mtls_token_meter_t *meter; /* in memory of the parent process, which children share */
} retained_t;

/* Second in which this child last said that its key is spent; atomic. */
static apr_uint32_t last_told;

/* Children of before a restart and of after it seal with the same keys: they share the meter. */
mtls_token_meter_t *mtls_tokens_meter(const server_rec *main)
{
    retained_t *retained = ap_retained_data_get(RETAINED_METER);
    apr_shm_t *memory;

    if (!retained)
        retained = ap_retained_data_create(RETAINED_METER, sizeof(*retained));
    if (!retained->meter && apr_shm_create(&memory, sizeof(mtls_token_meter_t), NULL,
                                           main->process->pool) == APR_SUCCESS)
        retained->meter = memset(apr_shm_baseaddr_get(memory), 0, sizeof(mtls_token_meter_t));
    return retained->meter;
}

static mtls_keys_t *make_keys(apr_pool_t *pool)
{
    mtls_keys_t *keys = mtls_secret_alloc(sizeof(*keys), pool);

    return keys && mtls_keys_random(keys) ? keys : NULL;
}

bool mtls_tokens_start(mtls_shared_t *shared)
{
    retained_keys_t *retained = ap_retained_data_get(RETAINED);

    if (!retained)
        retained = ap_retained_data_create(RETAINED, sizeof(*retained));
    if (!retained->keys)
        retained->keys = make_keys(shared->main->process->pool);
    shared->ticket_keys = retained->keys;
    return retained->keys != NULL;
}

/* A reference to the generation is held for no longer than it takes to compute. */
static const mtls_keys_t *take_keys(const mtls_shared_t *shared,
                                    const mtls_generation_t **generation)
{
    *generation = NULL;
    if (shared->ticket_key_slot < 0)
        return shared->ticket_keys;
    *generation = mtls_store_acquire(shared->store);
    return mtls_generation_keys(*generation, shared->ticket_key_slot);
}

static void give_keys_back(const mtls_shared_t *shared, const mtls_generation_t *generation)
{
    if (generation)
        mtls_store_release(shared->store, generation);
}

/* Clients can cause it as often as they like. */
static void tell_spent(const mtls_shared_t *shared)
{
    apr_uint32_t now = (apr_uint32_t)apr_time_sec(apr_time_now());
    apr_uint32_t last = apr_atomic_read32(&last_told);

    if (now - last >= WARNING_INTERVAL && apr_atomic_cas32(&last_told, now, last) == last)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, shared->main,
                     MTLS_MSG_KEY_SPENT "no more seals with this key: give MTLSTicketKeyFile a new "
                                        "first key; without one, stop the server and start it");
}

const char *mtls_tokens_seal(const mtls_shared_t *shared, mtls_token_purpose_t purpose,
                             mtls_bytes_t claims, apr_pool_t *pool)
{
    const mtls_generation_t *generation;
    const mtls_keys_t *keys = take_keys(shared, &generation);
    const char *token = mtls_token_seal(keys, shared->token_meter, purpose, claims, pool);
    bool is_spent = !token && mtls_token_is_spent(keys, shared->token_meter);

    give_keys_back(shared, generation);
    if (is_spent)
        tell_spent(shared);
    return token;
}

mtls_token_end_t mtls_tokens_open(mtls_bytes_t *claims, const mtls_shared_t *shared,
                                  mtls_token_purpose_t purpose, const char *text, apr_pool_t *pool)
{
    const mtls_generation_t *generation;
    const mtls_keys_t *keys = take_keys(shared, &generation);
    mtls_token_end_t end = mtls_token_open(claims, keys, purpose, text, pool);

    give_keys_back(shared, generation);
    return end;
}
