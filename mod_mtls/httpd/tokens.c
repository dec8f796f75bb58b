/* httpd/tokens.c - see mtls/httpd/tokens.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/tokens.h"

#include "mtls/httpd/conf_walk.h"

/* Under which name the parent process keeps its key. */
#define RETAINED "mod_mtls-ticket-key"

const mtls_key_spec_t *mtls_tokens_key_spec(server_rec *main, const mtls_settings_t *settings,
                                            apr_pool_t *pool)
{
    mtls_key_spec_t *spec;

    if (!settings->ticket_key_file)
        return NULL;
    spec = apr_pcalloc(pool, sizeof(*spec));
    spec->directive = "MTLSTicketKeyFile";
    spec->path = settings->ticket_key_file;
    spec->at = mtls_conf_origin(main, spec->directive);
    return spec;
}

bool mtls_tokens_start(mtls_shared_t *shared)
{
    mtls_keys_t *keys = ap_retained_data_get(RETAINED);

    if (!keys) {
        keys = ap_retained_data_create(RETAINED, sizeof(*keys));
        if (!mtls_keys_random(keys))
            return false;
    }
    shared->ticket_keys = keys;
    return keys->count > 0;
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

const char *mtls_tokens_seal(const mtls_shared_t *shared, mtls_token_purpose_t purpose,
                             mtls_bytes_t claims, apr_pool_t *pool)
{
    const mtls_generation_t *generation;
    const mtls_keys_t *keys = take_keys(shared, &generation);
    const char *token = mtls_token_seal(keys, shared->token_meter, purpose, claims, pool);

    give_keys_back(shared, generation);
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
