/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/memo.h"

#include <apr_thread_mutex.h>
#include <stdint.h>
#include <string.h>

#include "mtls/cert/bytes.h"

#define SHARDS      16
#define MAX_ENTRIES 1048576
#define NONE        UINT32_MAX

typedef struct {
    unsigned char key[2 * MTLS_SHA256_LEN]; /* chain digest, profile digest */
    mtls_verdict_t verdict;
    uint32_t next; /* in the same bucket */
    bool touched;  /* found since the hand last passed */
} entry_t;

/* A hash table with chaining over a fixed array; the hand of a clock picks what is given up. */
typedef struct {
    apr_thread_mutex_t *mutex;
    entry_t *entries;
    uint32_t *buckets; /* bucket_mask + 1 heads */
    uint32_t bucket_mask;
    uint32_t capacity;
    uint32_t used;
    uint32_t hand;
    mtls_memo_counts_t counts;
} shard_t;

struct mtls_memo_t {
    shard_t shards[SHARDS];
};

static apr_status_t init_shard(shard_t *shard, uint32_t capacity, apr_pool_t *pool)
{
    uint32_t buckets = 1;

    while (buckets < capacity)
        buckets *= 2;
    shard->capacity = capacity;
    shard->bucket_mask = buckets - 1;
    shard->entries = apr_pcalloc(pool, capacity * sizeof(entry_t));
    shard->buckets = apr_palloc(pool, buckets * sizeof(uint32_t));
    for (uint32_t i = 0; i < buckets; i++)
        shard->buckets[i] = NONE;
    return apr_thread_mutex_create(&shard->mutex, APR_THREAD_MUTEX_DEFAULT, pool);
}

apr_status_t mtls_memo_make(mtls_memo_t **out, apr_size_t entries, apr_pool_t *pool)
{
    mtls_memo_t *memo;

    *out = NULL;
    if (entries < 1 || entries > MAX_ENTRIES)
        return APR_EINVAL;
    memo = apr_pcalloc(pool, sizeof(*memo));
    for (int i = 0; i < SHARDS; i++) {
        apr_status_t status =
            init_shard(&memo->shards[i], (uint32_t)((entries + SHARDS - 1) / SHARDS), pool);

        if (status != APR_SUCCESS)
            return status;
    }
    *out = memo;
    return APR_SUCCESS;
}

/* Both digests are SHA-256, so any of their octets spread evenly. */
static shard_t *shard_of(mtls_memo_t *memo, const unsigned char *key)
{
    return &memo->shards[(key[0] ^ key[MTLS_SHA256_LEN]) % SHARDS];
}

static uint32_t *bucket_of(const shard_t *shard, const unsigned char *key)
{
    uint32_t chain_part;
    uint32_t profile_part;

    memcpy(&chain_part, key + 1, sizeof(chain_part));
    memcpy(&profile_part, key + MTLS_SHA256_LEN + 1, sizeof(profile_part));
    return &shard->buckets[(chain_part ^ profile_part) & shard->bucket_mask];
}

static entry_t *find(const shard_t *shard, const unsigned char *key)
{
    for (uint32_t i = *bucket_of(shard, key); i != NONE; i = shard->entries[i].next) {
        entry_t *entry = &shard->entries[i];

        if (memcmp(entry->key, key, sizeof(entry->key)) == 0)
            return entry;
    }
    return NULL;
}

static void unlink_entry(shard_t *shard, uint32_t index)
{
    uint32_t *link = bucket_of(shard, shard->entries[index].key);

    while (*link != index)
        link = &shard->entries[*link].next;
    *link = shard->entries[index].next;
}

/* Two rounds of the hand at most: the first clears every mark it passes. */
static uint32_t give_up_one(shard_t *shard)
{
    for (;;) {
        uint32_t index = shard->hand;

        shard->hand = (index + 1) % shard->capacity;
        if (!shard->entries[index].touched) {
            unlink_entry(shard, index);
            return index;
        }
        shard->entries[index].touched = false;
    }
}

static entry_t *add(shard_t *shard, const unsigned char *key)
{
    uint32_t index = shard->used < shard->capacity ? shard->used++ : give_up_one(shard);
    uint32_t *bucket = bucket_of(shard, key);
    entry_t *entry = &shard->entries[index];

    memcpy(entry->key, key, sizeof(entry->key));
    entry->next = *bucket;
    *bucket = index;
    return entry;
}

static void join(unsigned char *key, const unsigned char *chain_digest,
                 const unsigned char *profile_digest)
{
    memcpy(key, chain_digest, MTLS_SHA256_LEN);
    memcpy(key + MTLS_SHA256_LEN, profile_digest, MTLS_SHA256_LEN);
}

bool mtls_memo_get(mtls_memo_t *memo, const unsigned char *chain_digest,
                   const unsigned char *profile_digest, apr_time_t now, mtls_verdict_t *verdict)
{
    unsigned char key[2 * MTLS_SHA256_LEN];
    shard_t *shard;
    entry_t *entry;
    bool found;

    join(key, chain_digest, profile_digest);
    shard = shard_of(memo, key);
    if (apr_thread_mutex_lock(shard->mutex) != APR_SUCCESS)
        return false;
    entry = find(shard, key);
    found = entry != NULL && now < entry->verdict.valid_until;
    if (found) {
        *verdict = entry->verdict;
        entry->touched = true;
        shard->counts.hits++;
    } else {
        shard->counts.misses++;
    }
    apr_thread_mutex_unlock(shard->mutex);
    return found;
}

void mtls_memo_put(mtls_memo_t *memo, const unsigned char *chain_digest,
                   const unsigned char *profile_digest, const mtls_verdict_t *verdict)
{
    unsigned char key[2 * MTLS_SHA256_LEN];
    shard_t *shard;
    entry_t *entry;

    join(key, chain_digest, profile_digest);
    shard = shard_of(memo, key);
    if (apr_thread_mutex_lock(shard->mutex) != APR_SUCCESS)
        return;
    entry = find(shard, key);
    if (entry == NULL)
        entry = add(shard, key);
    entry->verdict = *verdict;
    entry->touched = false;
    apr_thread_mutex_unlock(shard->mutex);
}

mtls_memo_counts_t mtls_memo_counts(const mtls_memo_t *memo)
{
    mtls_memo_counts_t sum = {0};

    for (int i = 0; i < SHARDS; i++) {
        const shard_t *shard = &memo->shards[i];

        if (apr_thread_mutex_lock(shard->mutex) != APR_SUCCESS)
            continue;
        sum.hits += shard->counts.hits;
        sum.misses += shard->counts.misses;
        apr_thread_mutex_unlock(shard->mutex);
    }
    return sum;
}
