/* SPDX-License-Identifier: Apache-2.0 */
#include "ocsp_shared.h"

#include "mtls/trust/ocsp_record.h"

static mtls_cache_end_t read_cache(const mtls_ocsp_shared_t *shared, const unsigned char *id,
                                   mtls_ocsp_answer_t *answer)
{
    const mtls_shared_cache_t *cache = shared->cache;
    unsigned char data[MTLS_OCSP_RECORD_LEN]; /* nothing longer is one */
    apr_size_t len = sizeof(data);
    mtls_cache_end_t end;

    if (cache == NULL)
        return MTLS_CACHE_DOWN;
    end = cache->get_fn(cache->baton, id, data, &len);
    if (end == MTLS_CACHE_HIT &&
        !mtls_ocsp_record_parse(answer, (mtls_bytes_t){.data = data, .len = len}))
        end = MTLS_CACHE_MISS;
    return end;
}

mtls_ocsp_look_t mtls_ocsp_shared_look(const mtls_ocsp_shared_t *shared,
                                       const unsigned char id[MTLS_SHA256_LEN],
                                       apr_interval_time_t timeout, bool renews, apr_time_t now,
                                       mtls_ocsp_known_t *known)
{
    mtls_ocsp_answer_t answer;
    bool is_news;

    switch (read_cache(shared, id, &answer)) {
    case MTLS_CACHE_DOWN:
        return MTLS_OCSP_LOOK_DOWN;
    case MTLS_CACHE_MISS:
        return MTLS_OCSP_LOOK_NOTHING;
    case MTLS_CACHE_HIT:
        break;
    }
    is_news = known->answer.this_update != answer.this_update;
    mtls_ocsp_memory_put(shared->memory, id, &answer, timeout, now, known);
    if (now >= (renews ? mtls_ocsp_renewal(&known->answer, timeout) : known->answer.ends))
        return MTLS_OCSP_LOOK_NOTHING;
    if (is_news)
        mtls_board_count(shared->board, MTLS_COUNTER_OCSP_CACHE_HITS);
    return MTLS_OCSP_LOOK_FOUND;
}

/* Between the look and the write another machine may write a newer answer, which is then lost until
 * the next is fetched: a cache of this kind knows no better. */
void mtls_ocsp_shared_put(const mtls_ocsp_shared_t *shared, const unsigned char id[MTLS_SHA256_LEN],
                          const mtls_ocsp_answer_t *answer, const mtls_ocsp_rules_t *rules,
                          apr_time_t now)
{
    const mtls_shared_cache_t *cache = shared->cache;
    unsigned char record[MTLS_OCSP_RECORD_LEN];
    mtls_ocsp_answer_t held;
    mtls_ocsp_known_t known;

    switch (read_cache(shared, id, &held)) {
    case MTLS_CACHE_DOWN:
        return;
    case MTLS_CACHE_HIT:
        mtls_ocsp_memory_put(shared->memory, id, &held, rules->timeout, now, &known);
        if (!mtls_ocsp_replaces(&held, answer))
            return;
        break;
    case MTLS_CACHE_MISS:
        break;
    }
    mtls_ocsp_record_write(record, answer);
    cache->put_fn(cache->baton, id, record, sizeof(record), answer->ends + rules->grace);
}
