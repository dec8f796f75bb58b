/* httpd/host.c - see mtls/httpd/host.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/host.h"

#include <openssl/evp.h>

/* Between the limit and this multiple of it a client gets an answer it can read; a Certificate
 * message above that is not even collected, and the client gets an alert. */
#define MESSAGE_PER_CHAIN_LIMIT 2

static int ctx_index = -1;

bool mtls_host_init(void)
{
    if (ctx_index < 0)
        ctx_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    return ctx_index >= 0;
}

const mtls_host_t *mtls_host_of(const SSL *ssl)
{
    return SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), ctx_index);
}

static void add_slots(apr_array_header_t *slots, const mtls_accept_t *accept)
{
    int i, k;

    for (i = 0; i < accept->names->nelts; i++) {
        for (k = 0; k < slots->nelts; k++) {
            if (APR_ARRAY_IDX(slots, k, int) == accept->slots[i])
                break;
        }
        if (k == slots->nelts)
            APR_ARRAY_PUSH(slots, int) = accept->slots[i];
    }
}

/* MTLSAccept of the host; without one, everything that some place of the host accepts. */
static apr_array_header_t *handshake_slots(const server_rec *s, apr_pool_t *pool)
{
    apr_array_header_t *slots = apr_array_make(pool, 4, sizeof(int));
    const mtls_accept_t *accept = mtls_config_host(s)->accept;
    const apr_array_header_t *places = mtls_config_server(s)->places;
    int i;

    if (accept) {
        add_slots(slots, accept);
        return slots;
    }
    for (i = 0; i < places->nelts; i++) {
        accept = APR_ARRAY_IDX(places, i, mtls_place_t).settings->accept;
        if (accept)
            add_slots(slots, accept);
    }
    return slots;
}

static int compare_names(const X509_NAME *const *a, const X509_NAME *const *b)
{
    return X509_NAME_cmp(*a, *b);
}

static bool add_names(STACK_OF(X509_NAME) * all, const STACK_OF(X509_NAME) * names)
{
    int i;

    for (i = 0; i < sk_X509_NAME_num(names); i++) {
        X509_NAME *name = sk_X509_NAME_value(names, i);
        X509_NAME *copy;

        if (sk_X509_NAME_find(all, name) >= 0)
            continue;
        copy = X509_NAME_dup(name);
        if (!copy || !sk_X509_NAME_push(all, copy)) {
            X509_NAME_free(copy);
            return false;
        }
    }
    return true;
}

STACK_OF(X509_NAME) *
    mtls_host_ca_names(const mtls_generation_t *generation, const int *slots, int count)
{
    STACK_OF(X509_NAME) *all = sk_X509_NAME_new(compare_names);
    bool done = all != NULL;
    int i;

    for (i = 0; done && i < count; i++) {
        const STACK_OF(X509_NAME) *names =
            mtls_profile_ca_names(mtls_generation_profile(generation, slots[i]));

        if (sk_X509_NAME_num(names) == 0) {
            sk_X509_NAME_pop_free(all, X509_NAME_free);
            return sk_X509_NAME_new_null();
        }
        done = add_names(all, names);
    }
    if (done)
        return all;
    sk_X509_NAME_pop_free(all, X509_NAME_free);
    return NULL;
}

static bool has_names_of_start(const mtls_host_t *host, const mtls_generation_t *generation)
{
    int i;

    for (i = 0; i < host->slot_count; i++) {
        const mtls_profile_t *profile = mtls_generation_profile(generation, host->slots[i]);

        if (memcmp(mtls_profile_names_digest(profile), host->names_digests + i * MTLS_SHA256_LEN,
                   MTLS_SHA256_LEN) != 0)
            return false;
    }
    return true;
}

STACK_OF(X509_NAME) * mtls_host_changed_names(const mtls_host_t *host)
{
    mtls_store_t *store = host->shared->store;
    const mtls_generation_t *generation = mtls_store_acquire(store);
    STACK_OF(X509_NAME) *names = NULL;

    if (!has_names_of_start(host, generation))
        names = mtls_host_ca_names(generation, host->slots, host->slot_count);
    mtls_store_release(store, generation);
    return names;
}

static const unsigned char *names_digests(const mtls_host_t *host,
                                          const mtls_generation_t *generation, apr_pool_t *pool)
{
    unsigned char *all = apr_palloc(pool, (apr_size_t)host->slot_count * MTLS_SHA256_LEN + 1);
    int i;

    for (i = 0; i < host->slot_count; i++)
        memcpy(all + i * MTLS_SHA256_LEN,
               mtls_profile_names_digest(mtls_generation_profile(generation, host->slots[i])),
               MTLS_SHA256_LEN);
    return all;
}

static apr_interval_time_t shorter(apr_interval_time_t a, apr_interval_time_t b)
{
    if (a == MTLS_PROOF_AGE_OFF || b == MTLS_PROOF_AGE_OFF)
        return a == MTLS_PROOF_AGE_OFF ? b : a;
    return a < b ? a : b;
}

static apr_interval_time_t shortest_proof_age(const server_rec *s)
{
    const apr_array_header_t *places = mtls_config_server(s)->places;
    apr_interval_time_t age = mtls_settings_proof_age(mtls_config_host(s));
    int i;

    for (i = 0; i < places->nelts; i++) {
        const mtls_settings_t *settings = APR_ARRAY_IDX(places, i, mtls_place_t).settings;

        if (settings->max_proof_age)
            age = shorter(age, settings->max_proof_age);
    }
    return age;
}

/* A session resumes only where the same questions would be asked of it. */
static bool make_scope(mtls_host_t *host, const mtls_generation_t *generation)
{
    const char *name = host->s->server_hostname ? host->s->server_hostname : "";
    EVP_MD_CTX *sha = EVP_MD_CTX_new();
    bool done =
        sha && EVP_DigestInit_ex(sha, EVP_sha256(), NULL) &&
        EVP_DigestUpdate(sha, name, strlen(name) + 1) &&
        EVP_DigestUpdate(sha, &host->s->port, sizeof(host->s->port)) &&
        EVP_DigestUpdate(sha, &host->s->defn_line_number, sizeof(host->s->defn_line_number)) &&
        EVP_DigestUpdate(sha, &host->ask, sizeof(host->ask));
    int i;

    for (i = 0; done && i < host->slot_count; i++) {
        const mtls_profile_t *profile = mtls_generation_profile(generation, host->slots[i]);

        done = EVP_DigestUpdate(sha, mtls_profile_rules(profile), MTLS_SHA256_LEN);
    }
    done = done && EVP_DigestFinal_ex(sha, host->scope, NULL);
    EVP_MD_CTX_free(sha);
    return done;
}

void mtls_host_limit_message(const mtls_host_t *host, SSL *ssl)
{
    size_t limit = host->limits.max_bytes * MESSAGE_PER_CHAIN_LIMIT;

    if (limit < (size_t)SSL_get_max_cert_list(ssl))
        SSL_set_max_cert_list(ssl, (long)limit);
}

static apr_status_t free_names(void *names)
{
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return APR_SUCCESS;
}

mtls_host_t *mtls_host_make(const server_rec *s, SSL_CTX *ctx, apr_pool_t *pool)
{
    const mtls_server_t *server = mtls_config_server(s);
    const mtls_generation_t *generation = mtls_store_current(server->shared->store);
    apr_array_header_t *slots = handshake_slots(s, pool);
    mtls_host_t *host = apr_pcalloc(pool, sizeof(*host));
    mtls_settings_t settings;

    mtls_settings_resolve(&settings, mtls_config_host(s));
    host->s = s;
    host->shared = server->shared;
    host->looked_after = server->looked_after;
    host->modssl_asks = server->modssl_asks;
    host->endpoint = settings.endpoint == MTLS_ON;
    host->ask = server->looked_after ? settings.ask : MTLS_ASK_NEVER;
    if (host->endpoint)
        host->ask = MTLS_ASK_ALWAYS;
    host->slots = (const int *)slots->elts;
    host->slot_count = slots->nelts;
    host->limits.max_bytes = settings.chain_bytes;
    host->limits.max_certs = settings.chain_certs;
    host->ca_names = mtls_host_ca_names(generation, host->slots, host->slot_count);
    if (!host->ca_names)
        return NULL;
    host->names_digests = names_digests(host, generation, pool);
    host->proof_age = shortest_proof_age(s);
    apr_pool_cleanup_register(pool, host->ca_names, free_names, apr_pool_cleanup_null);
    return make_scope(host, generation) && SSL_CTX_set_ex_data(ctx, ctx_index, host) ? host : NULL;
}
