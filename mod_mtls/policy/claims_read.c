/*
 * mod_mtls/policy/claims_read.c - octets to claims.  Layout: claims_layout.h.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "claims_layout.h"

/* What is still to be read.  Once not .good, everything reads as zero. */
typedef struct {
    mtls_bytes_t rest;
    apr_size_t text_len; /* of all texts so far */
    bool good;
} source_t;

/* @return the next octets, or NULL. */
static const unsigned char *take(source_t *source, apr_size_t len)
{
    const unsigned char *data = source->rest.data;

    source->good = source->good && len <= source->rest.len;
    if (!source->good) {
        return NULL;
    }
    source->rest.data += len;
    source->rest.len -= len;
    return data;
}

static void take_octets(source_t *source, void *out, apr_size_t len)
{
    const unsigned char *data = take(source, len);

    if (data) {
        memcpy(out, data, len);
    }
}

static apr_uint32_t take_number(source_t *source, int octets)
{
    const unsigned char *data = take(source, (apr_size_t)octets);
    apr_uint32_t value = 0;

    while (data && octets-- > 0) {
        value = (value << 8) | *data++;
    }
    return value;
}

static void take_form(source_t *source, apr_uint32_t form)
{
    source->good = take_number(source, 1) == form && source->good;
}

static bool take_flags(source_t *source)
{
    const apr_uint32_t flags = take_number(source, FLAGS_LEN);

    source->good = source->good && flags <= FLAG_POST;
    return flags == FLAG_POST;
}

static apr_time_t take_time(source_t *source)
{
    return apr_time_from_sec((apr_time_t)take_number(source, TIME_LEN));
}

static apr_interval_time_t take_age(source_t *source)
{
    const apr_uint32_t seconds = take_number(source, TIME_LEN);

    return seconds == AGE_NONE ? -1 : apr_time_from_sec((apr_interval_time_t)seconds);
}

static const char *take_text(source_t *source, apr_pool_t *pool)
{
    const apr_size_t len = take_number(source, LENGTH_LEN);
    const unsigned char *data = take(source, len);

    source->text_len += len;
    if (!data || len == 0 || source->text_len > MTLS_CLAIMS_MAX_TEXT || memchr(data, '\0', len)) {
        source->good = false;
        return NULL;
    }
    return apr_pstrmemdup(pool, (const char *)data, len);
}

static int take_count(source_t *source, apr_uint32_t most)
{
    const apr_uint32_t count = take_number(source, COUNT_LEN);

    source->good = source->good && count >= 1 && count <= most;
    return source->good ? (int)count : 0;
}

static int take_accepted(source_t *source, unsigned char (*out)[MTLS_CLAIMS_PROFILE_LEN])
{
    const int count = take_count(source, MTLS_CLAIMS_MAX_ACCEPTED);

    take_octets(source, out, (apr_size_t)count * MTLS_CLAIMS_PROFILE_LEN);
    return count;
}

/* @return whether all was read, and nothing is left; @a out is cleared otherwise. */
static bool finish(const source_t *source, void *out, apr_size_t len)
{
    if (!source->good || source->rest.len != 0) {
        memset(out, 0, len);
        return false;
    }
    return true;
}

bool mtls_attempt_read(mtls_attempt_t *out, mtls_bytes_t data, apr_pool_t *pool)
{
    source_t source = {.rest = data, .good = true};
    int i;

    memset(out, 0, sizeof(*out));
    take_form(&source, FORM_ATTEMPT);
    out->post = take_flags(&source);
    take_octets(&source, out->id, sizeof(out->id));
    take_octets(&source, out->browser, sizeof(out->browser));
    take_octets(&source, out->place, sizeof(out->place));
    out->issued_at = take_time(&source);
    out->max_age = take_age(&source);
    out->tries = (int)take_number(&source, TRIES_LEN);
    out->origin = take_text(&source, pool);
    out->base = take_text(&source, pool);
    out->target = take_text(&source, pool);
    out->profile_count = take_count(&source, MTLS_CLAIMS_MAX_PROFILES);
    for (i = 0; i < out->profile_count; i++) {
        out->profiles[i] = take_text(&source, pool);
    }
    return finish(&source, out, sizeof(*out));
}

bool mtls_code_read(mtls_code_t *out, mtls_bytes_t data, apr_pool_t *pool)
{
    source_t source = {.rest = data, .good = true};

    memset(out, 0, sizeof(*out));
    take_form(&source, FORM_CODE);
    out->post = take_flags(&source);
    take_octets(&source, out->id, sizeof(out->id));
    take_octets(&source, out->attempt, sizeof(out->attempt));
    take_octets(&source, out->browser, sizeof(out->browser));
    take_octets(&source, out->place, sizeof(out->place));
    take_octets(&source, out->leaf, sizeof(out->leaf));
    out->issued_at = take_time(&source);
    out->ends_at = take_time(&source);
    out->origin = take_text(&source, pool);
    out->target = take_text(&source, pool);
    out->accepted_count = take_accepted(&source, out->accepted);
    return finish(&source, out, sizeof(*out));
}

bool mtls_ticket_read(mtls_ticket_t *out, mtls_bytes_t data)
{
    source_t source = {.rest = data, .good = true};

    memset(out, 0, sizeof(*out));
    take_form(&source, FORM_TICKET);
    take_octets(&source, out->id, sizeof(out->id));
    take_octets(&source, out->origin, sizeof(out->origin));
    take_octets(&source, out->leaf, sizeof(out->leaf));
    take_octets(&source, out->bound, sizeof(out->bound));
    out->issued_at = take_time(&source);
    out->seen_at = take_time(&source);
    out->ends_at = take_time(&source);
    out->accepted_count = take_accepted(&source, out->accepted);
    source.good = source.good && out->seen_at >= out->issued_at;
    return finish(&source, out, sizeof(*out));
}

bool mtls_grant_read(mtls_grant_t *out, mtls_bytes_t data)
{
    source_t source = {.rest = data, .good = true};

    memset(out, 0, sizeof(*out));
    take_form(&source, FORM_GRANT);
    take_octets(&source, out->id, sizeof(out->id));
    take_octets(&source, out->ticket, sizeof(out->ticket));
    take_octets(&source, out->target, sizeof(out->target));
    out->issued_at = take_time(&source);
    return finish(&source, out, sizeof(*out));
}
