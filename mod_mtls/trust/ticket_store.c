/* trust/ticket_store.c - see mtls/trust/ticket_store.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/ticket_store.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "mtls/trust/monotonic.h"

_Static_assert(MTLS_CODE_ID_LEN == MTLS_TICKET_ID_LEN, "ids are hashed by one function");
_Static_assert(MTLS_TICKET_ID_LEN <= MTLS_SHA256_LEN, "an id is part of a hash");

/* What an id is hashed with, its NUL included, so that no id of one kind is one of another. */
typedef struct {
    const char *text;
    apr_size_t len;
} label_t;

#define LABEL(text)                                                                                \
    {                                                                                              \
        text, sizeof(text)                                                                         \
    }

static const label_t of_code = LABEL("mod_mtls code");
static const label_t of_ticket = LABEL("mod_mtls ticket");
static const label_t of_ticket_of_code = LABEL("mod_mtls ticket of code");

static bool hash(unsigned char out[MTLS_SHA256_LEN], const label_t *label, const unsigned char *id)
{
    EVP_MD_CTX *sha = EVP_MD_CTX_new();
    bool done = sha && EVP_DigestInit_ex(sha, EVP_sha256(), NULL) == 1 &&
                EVP_DigestUpdate(sha, label->text, label->len) == 1 &&
                EVP_DigestUpdate(sha, id, MTLS_TICKET_ID_LEN) == 1 &&
                EVP_DigestFinal_ex(sha, out, NULL) == 1;

    EVP_MD_CTX_free(sha);
    return done;
}

static bool put(const mtls_ticket_store_t *store, const label_t *label, const unsigned char *id,
                mtls_bytes_t record, apr_time_t ends_at)
{
    const mtls_shared_cache_t *cache = store->cache;
    unsigned char name[MTLS_SHA256_LEN];

    return record.len > 0 && hash(name, label, id) &&
           cache->put_fn(cache->baton, name, record.data, record.len, ends_at);
}

bool mtls_ticket_store_put_code(const mtls_ticket_store_t *store,
                                const unsigned char code_id[MTLS_CODE_ID_LEN], mtls_bytes_t record,
                                apr_time_t ends_at)
{
    return put(store, &of_code, code_id, record, ends_at);
}

mtls_cache_end_t mtls_ticket_store_look_at_code(const mtls_ticket_store_t *store,
                                                const unsigned char code_id[MTLS_CODE_ID_LEN],
                                                unsigned char *out, apr_size_t *len)
{
    unsigned char name[MTLS_SHA256_LEN];

    if (!hash(name, &of_code, code_id))
        return MTLS_CACHE_DOWN;
    return store->cache->get_fn(store->cache->baton, name, out, len);
}

mtls_cache_end_t mtls_ticket_store_take_code(const mtls_ticket_store_t *store,
                                             const unsigned char code_id[MTLS_CODE_ID_LEN],
                                             unsigned char *out, apr_size_t *len)
{
    unsigned char name[MTLS_SHA256_LEN];

    if (!hash(name, &of_code, code_id))
        return MTLS_CACHE_DOWN;
    return store->cache->take_fn(store->cache->baton, name, out, len);
}

bool mtls_ticket_id_of_code(unsigned char out[MTLS_TICKET_ID_LEN],
                            const unsigned char code_id[MTLS_CODE_ID_LEN])
{
    unsigned char whole[MTLS_SHA256_LEN];

    if (!hash(whole, &of_ticket_of_code, code_id))
        return false;
    memcpy(out, whole, MTLS_TICKET_ID_LEN);
    return true;
}

bool mtls_ticket_store_put(const mtls_ticket_store_t *store,
                           const unsigned char ticket_id[MTLS_TICKET_ID_LEN], mtls_bytes_t record,
                           apr_time_t ends_at)
{
    return put(store, &of_ticket, ticket_id, record, ends_at);
}

/* The record goes first: who reads under the epoch that follows finds none. */
mtls_cache_end_t mtls_ticket_store_revoke(const mtls_ticket_store_t *store,
                                          const unsigned char ticket_id[MTLS_TICKET_ID_LEN])
{
    unsigned char name[MTLS_SHA256_LEN];
    mtls_cache_end_t end = MTLS_CACHE_DOWN;

    if (hash(name, &of_ticket, ticket_id))
        end = store->cache->remove_fn(store->cache->baton, name);
    mtls_ticket_memo_forget(store->memo, ticket_id);
    mtls_board_raise_ticket_epoch(store->board, ticket_id);
    if (end == MTLS_CACHE_HIT)
        mtls_board_count(store->board, MTLS_COUNTER_TICKETS_REVOKED);
    return end;
}

/* @param len  capacity of @a record, then its length */
static mtls_cache_end_t read_record(const mtls_ticket_store_t *store,
                                    const unsigned char *ticket_id, unsigned char *record,
                                    apr_size_t *len)
{
    unsigned char name[MTLS_SHA256_LEN];

    if (!hash(name, &of_ticket, ticket_id))
        return MTLS_CACHE_DOWN;
    mtls_board_count(store->board, MTLS_COUNTER_TICKET_READS);
    return store->cache->get_fn(store->cache->baton, name, record, len);
}

static mtls_cache_end_t remember(const mtls_ticket_store_t *store, const mtls_ticket_look_t *look,
                                 mtls_bytes_t record, unsigned epoch, apr_time_t read_at,
                                 const mtls_ticket_proof_t **out)
{
    apr_status_t status = mtls_ticket_memo_put(out, store->memo, look->id, record, look->leaf,
                                               look->limits, epoch, read_at);

    if (status == APR_SUCCESS)
        return MTLS_CACHE_HIT;
    return status == APR_EINVAL ? MTLS_CACHE_MISS : MTLS_CACHE_DOWN;
}

/* A request's stack is no place for a record. */
static mtls_cache_end_t read_again(const mtls_ticket_store_t *store, const mtls_ticket_look_t *look,
                                   unsigned epoch, const mtls_ticket_proof_t **out)
{
    apr_time_t began = mtls_monotonic_now();
    apr_size_t len = MTLS_SHARED_CACHE_MAX;
    unsigned char *record = malloc(len);
    mtls_cache_end_t end;

    if (!record)
        return MTLS_CACHE_DOWN;
    end = read_record(store, look->id, record, &len);
    if (end == MTLS_CACHE_HIT)
        end = remember(store, look, (mtls_bytes_t){record, len}, epoch, began, out);
    free(record);
    if (end == MTLS_CACHE_MISS)
        mtls_ticket_memo_forget(store->memo, look->id);
    return end;
}

static bool is_of(const mtls_ticket_proof_t *ticket, const unsigned char *leaf)
{
    const mtls_chain_t *chain = mtls_ticket_proof_of(ticket)->chain;

    return memcmp(mtls_chain_leaf_sha256(chain), leaf, MTLS_SHA256_LEN) == 0;
}

/* The epoch is of before the read: what is revoked meanwhile is read again. */
mtls_cache_end_t mtls_ticket_store_find(const mtls_ticket_store_t *store,
                                        const mtls_ticket_look_t *look,
                                        const mtls_ticket_proof_t **out)
{
    unsigned epoch = mtls_board_ticket_epoch(store->board, look->id);
    const mtls_ticket_proof_t *known =
        mtls_ticket_memo_take(store->memo, look->id, epoch, mtls_monotonic_now() - look->interval);

    *out = NULL;
    if (known && is_of(known, look->leaf)) {
        *out = known;
        return MTLS_CACHE_HIT;
    }
    mtls_ticket_memo_give_back(store->memo, known);
    return read_again(store, look, epoch, out);
}
