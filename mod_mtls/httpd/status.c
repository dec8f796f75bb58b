/* httpd/status.c - see mtls/httpd/status.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/status.h"

#include <apr_strings.h>
#include <http_protocol.h>
#include <mod_status.h>

#include "mtls/httpd/config.h"
#include "mtls/policy/shown.h"

/* Octets of the generation's digest that are shown. */
#define DIGEST_SHOWN 8

/* What is told; gathered first and written then, so that nothing is held while a client reads. */
typedef struct {
    const char *key;   /* after "MTLS", for programs */
    const char *words; /* for people */
    const char *value;
} row_t;

typedef struct {
    apr_array_header_t *rows; /* of row_t */
    apr_time_t now;
    apr_pool_t *pool;
} page_t;

static void add(page_t *page, const char *key, const char *words, const char *value)
{
    APR_ARRAY_PUSH(page->rows, row_t) = (row_t){key, words, value};
}

static const char *date(apr_time_t time, apr_pool_t *pool)
{
    apr_time_exp_t at;

    apr_time_exp_gmt(&at, time);
    return apr_psprintf(pool, "%04d-%02d-%02dT%02d:%02d:%02dZ", at.tm_year + 1900, at.tm_mon + 1,
                        at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec);
}

static const char *seconds_since(const page_t *page, apr_time_t time)
{
    if (time == 0)
        return "never";
    return apr_psprintf(page->pool, "%" APR_TIME_T_FMT " s",
                        page->now > time ? apr_time_sec(page->now - time) : 0);
}

static void add_generation(page_t *page, const mtls_generation_t *generation, const server_rec *s)
{
    const unsigned char *digest = mtls_generation_digest(generation);
    char *hex = apr_palloc(page->pool, 2 * DIGEST_SHOWN + 1);
    int i;

    for (i = 0; i < DIGEST_SHOWN; i++)
        apr_snprintf(hex + (size_t)i * 2, 3, "%02x", digest[i]);
    add(page, "Generation", "Generation of this child",
        apr_psprintf(page->pool, "%u", mtls_generation_number(generation)));
    add(page, "GenerationDigest", "Digest of its files", hex);
    add(page, "GenerationPublished", "Published in this child",
        date(mtls_reload_published_at(s), page->pool));
    add(page, "FilesLookedAtAgo", "This child looked at all files, ago",
        seconds_since(page, mtls_reload_looked_at(s)));
}

static void add_profile(page_t *page, const mtls_profile_t *profile)
{
    const mtls_profile_counts_t *counts = mtls_profile_counts(profile);
    const char *name = mtls_shown_text(mtls_profile_name(profile), MTLS_SHOWN_MAX, page->pool);
    const char *next = counts->crl_next_update ? date(counts->crl_next_update, page->pool) : "none";

    add(page, apr_pstrcat(page->pool, "Trust-", name, NULL),
        apr_pstrcat(page->pool, "Trust profile ", name, NULL),
        apr_psprintf(page->pool,
                     "cas=%d crls=%d crl-entries=%" APR_SIZE_T_FMT " crl-octets=%" APR_SIZE_T_FMT
                     " crl-next-update=%s",
                     counts->anchors, counts->crls, counts->crl_entries, counts->crl_octets, next));
}

static void add_profiles(page_t *page, const mtls_generation_t *generation)
{
    int i;

    for (i = 0; i < mtls_generation_count(generation); i++) {
        if (mtls_generation_spec(generation, i)->kind == &mtls_profile_part_kind)
            add_profile(page, mtls_generation_profile(generation, i));
    }
}

static void add_counters(page_t *page, const mtls_board_t *board)
{
    int i;

    for (i = 0; i < MTLS_COUNTER_COUNT; i++)
        add(page, apr_pstrcat(page->pool, "Counter-", mtls_counter_name(i), NULL),
            mtls_counter_help(i),
            apr_psprintf(page->pool, "%" APR_UINT64_T_FMT, mtls_board_read(board, i)));
    add(page, "ServersAvoided", "Servers that are not asked because they do not answer",
        apr_psprintf(page->pool, "%d", mtls_board_avoided(board)));
}

static void add_memo(page_t *page, const mtls_memo_t *memo)
{
    mtls_memo_counts_t counts = mtls_memo_counts(memo);

    add(page, "ChildMemoHits", "Verdicts remembered, of this child",
        apr_psprintf(page->pool, "%u", counts.hits));
    add(page, "ChildMemoMisses", "Verdicts worked out, of this child",
        apr_psprintf(page->pool, "%u", counts.misses));
}

static void gather(page_t *page, const mtls_shared_t *shared, const server_rec *s)
{
    const mtls_generation_t *generation = mtls_store_acquire(shared->store);

    add_generation(page, generation, s);
    add_profiles(page, generation);
    mtls_store_release(shared->store, generation);
    add_counters(page, shared->board);
    if (shared->memo)
        add_memo(page, shared->memo);
}

static void write_short(request_rec *r, const page_t *page)
{
    int i;

    for (i = 0; i < page->rows->nelts; i++) {
        const row_t *row = &APR_ARRAY_IDX(page->rows, i, const row_t);

        ap_rvputs(r, "MTLS", row->key, ": ", row->value, "\n", NULL);
    }
}

static void write_html(request_rec *r, const page_t *page)
{
    int i;

    ap_rputs("<hr />\n<h2>mod_mtls</h2>\n<dl>\n", r);
    for (i = 0; i < page->rows->nelts; i++) {
        const row_t *row = &APR_ARRAY_IDX(page->rows, i, const row_t);

        ap_rvputs(r, "<dt>", ap_escape_html(r->pool, row->words), ": ",
                  ap_escape_html(r->pool, row->value), "</dt>\n", NULL);
    }
    ap_rputs("</dl>\n", r);
}

int mtls_status_tell(request_rec *r, int flags)
{
    const mtls_shared_t *shared = mtls_config_server(r->server)->shared;
    page_t page = {.now = apr_time_now(), .pool = r->pool};

    if (!shared || !shared->used)
        return DECLINED;
    page.rows = apr_array_make(r->pool, 32, sizeof(row_t));
    gather(&page, shared, r->server);
    if ((flags & AP_STATUS_SHORT) != 0)
        write_short(r, &page);
    else
        write_html(r, &page);
    return OK;
}
