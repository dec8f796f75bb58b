/* SPDX-License-Identifier: Apache-2.0 */
#include "ocsp_memory.h"

#include <apr_thread_mutex.h>
#include <stdint.h>
#include <string.h>

#include "mtls/trust/ocsp.h"

#define NONE UINT32_MAX

typedef struct {
    unsigned char id[MTLS_SHA256_LEN];
    mtls_ocsp_known_t known;
    apr_time_t due_at;
    uint32_t next; /* in the same bucket */
    bool touched;  /* found since the hand last passed */
} entry_t;

/* A hash table with chaining over a fixed array; the hand of a clock picks what is given up. */
struct mtls_ocsp_memory_t {
    apr_thread_mutex_t *mutex;
    entry_t *entries;
    uint32_t *buckets;
    uint32_t bucket_mask;
    uint32_t capacity;
    uint32_t used;
    uint32_t hand;
};

apr_status_t mtls_ocsp_memory_make(mtls_ocsp_memory_t **out, apr_size_t entries, apr_pool_t *pool)
{
    mtls_ocsp_memory_t *memory = apr_pcalloc(pool, sizeof(*memory));
    uint32_t buckets = 1;

    while (buckets < entries)
        buckets *= 2;
    memory->capacity = (uint32_t)entries;
    memory->bucket_mask = buckets - 1;
    memory->entries = apr_pcalloc(pool, entries * sizeof(entry_t));
    memory->buckets = apr_palloc(pool, buckets * sizeof(uint32_t));
    for (uint32_t i = 0; i < buckets; i++)
        memory->buckets[i] = NONE;
    *out = memory;
    return apr_thread_mutex_create(&memory->mutex, APR_THREAD_MUTEX_DEFAULT, pool);
}

/* An id is SHA-256, so any of its octets spread evenly. */
static uint32_t *bucket_of(const mtls_ocsp_memory_t *memory, const unsigned char *id)
{
    uint32_t part;

    memcpy(&part, id, sizeof(part));
    return &memory->buckets[part & memory->bucket_mask];
}

static entry_t *find(const mtls_ocsp_memory_t *memory, const unsigned char *id)
{
    for (uint32_t i = *bucket_of(memory, id); i != NONE; i = memory->entries[i].next) {
        entry_t *entry = &memory->entries[i];

        if (memcmp(entry->id, id, MTLS_SHA256_LEN) == 0) {
            entry->touched = true;
            return entry;
        }
    }
    return NULL;
}

static void unlink_entry(mtls_ocsp_memory_t *memory, uint32_t index)
{
    uint32_t *link = bucket_of(memory, memory->entries[index].id);

    while (*link != index)
        link = &memory->entries[*link].next;
    *link = memory->entries[index].next;
}

/* Two rounds of the hand at most: the first clears every mark it passes. */
static uint32_t give_up_one(mtls_ocsp_memory_t *memory)
{
    for (;;) {
        uint32_t index = memory->hand;

        memory->hand = (index + 1) % memory->capacity;
        if (!memory->entries[index].touched) {
            unlink_entry(memory, index);
            return index;
        }
        memory->entries[index].touched = false;
    }
}

static entry_t *find_or_add(mtls_ocsp_memory_t *memory, const unsigned char *id)
{
    uint32_t *bucket = bucket_of(memory, id);
    entry_t *entry = find(memory, id);
    uint32_t index;

    if (entry != NULL)
        return entry;
    index = memory->used < memory->capacity ? memory->used++ : give_up_one(memory);
    entry = &memory->entries[index];
    memset(entry, 0, sizeof(*entry));
    memcpy(entry->id, id, MTLS_SHA256_LEN);
    entry->next = *bucket;
    *bucket = index;
    return entry;
}

apr_time_t mtls_ocsp_renewal(const mtls_ocsp_answer_t *answer, apr_interval_time_t timeout)
{
    apr_interval_time_t whole = answer->ends - answer->fetched;
    apr_interval_time_t early = whole / 10 > 2 * timeout ? whole / 10 : 2 * timeout;

    return answer->ends - (early < whole / 2 ? early : whole / 2);
}

bool mtls_ocsp_replaces(const mtls_ocsp_answer_t *held, const mtls_ocsp_answer_t *offered)
{
    if (held->word == MTLS_STATUS_UNASKED)
        return true;
    if (offered->this_update != held->this_update)
        return offered->this_update > held->this_update;
    return held->word != MTLS_STATUS_REVOKED || offered->word == MTLS_STATUS_REVOKED;
}

/* A moment that is further away than it was ever set was set by another clock. */
static bool is_ahead(apr_time_t moment, apr_time_t now, apr_interval_time_t set)
{
    return moment > now && moment <= now + set;
}

/* The caller that is told of it is given time to do it. */
static bool claim(entry_t *entry, apr_time_t now)
{
    if (entry->known.answer.word == MTLS_STATUS_UNASKED || now >= entry->known.answer.ends ||
        is_ahead(entry->due_at, now, MTLS_OCSP_RECHECK))
        return false;
    entry->due_at = now + MTLS_OCSP_RETRY;
    return true;
}

mtls_ocsp_known_t mtls_ocsp_memory_look(mtls_ocsp_memory_t *memory,
                                        const unsigned char id[MTLS_SHA256_LEN], apr_time_t now)
{
    mtls_ocsp_known_t known = {0};
    entry_t *entry;

    if (apr_thread_mutex_lock(memory->mutex) != APR_SUCCESS)
        return known;
    entry = find(memory, id);
    if (entry != NULL) {
        if (!is_ahead(entry->known.failed_until, now, MTLS_OCSP_RETRY))
            entry->known.failure = MTLS_STATUS_UNASKED;
        known = entry->known;
        known.due = claim(entry, now);
    }
    apr_thread_mutex_unlock(memory->mutex);
    return known;
}

/* The same answer once more does not shorten the time somebody was given to look for another. */
static apr_time_t due_after(const entry_t *entry, const mtls_ocsp_answer_t *answer,
                            apr_interval_time_t timeout, apr_time_t now)
{
    apr_time_t renewal = mtls_ocsp_renewal(answer, timeout);
    apr_time_t due = renewal < now + MTLS_OCSP_RECHECK ? renewal : now + MTLS_OCSP_RECHECK;

    if (entry->known.answer.word == answer->word &&
        entry->known.answer.this_update == answer->this_update && due < entry->due_at)
        return entry->due_at;
    return due;
}

bool mtls_ocsp_memory_put(mtls_ocsp_memory_t *memory, const unsigned char id[MTLS_SHA256_LEN],
                          const mtls_ocsp_answer_t *answer, apr_interval_time_t timeout,
                          apr_time_t now, mtls_ocsp_known_t *known)
{
    entry_t *entry;
    bool replaces;

    if (apr_thread_mutex_lock(memory->mutex) != APR_SUCCESS)
        return false;
    entry = find_or_add(memory, id);
    replaces = mtls_ocsp_replaces(&entry->known.answer, answer);
    if (replaces) {
        entry->due_at = due_after(entry, answer, timeout, now);
        entry->known.answer = *answer;
        if (now < answer->ends)
            entry->known.failure = MTLS_STATUS_UNASKED;
    }
    *known = entry->known;
    apr_thread_mutex_unlock(memory->mutex);
    return replaces;
}

mtls_ocsp_known_t mtls_ocsp_memory_fail(mtls_ocsp_memory_t *memory,
                                        const unsigned char id[MTLS_SHA256_LEN],
                                        mtls_status_word_t failure, apr_time_t now)
{
    mtls_ocsp_known_t known = {.failure = failure, .failed_until = now + MTLS_OCSP_RETRY};
    entry_t *entry;

    if (apr_thread_mutex_lock(memory->mutex) != APR_SUCCESS)
        return known;
    entry = find_or_add(memory, id);
    entry->known.failure = failure;
    entry->known.failed_until = known.failed_until;
    known = entry->known;
    apr_thread_mutex_unlock(memory->mutex);
    return known;
}
