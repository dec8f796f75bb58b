/*
 * mod_mtls/policy/claims_write.c - claims to octets.  Layout: claims_layout.h.
 *
 * Each kind is laid twice: first to count and to see whether everything keeps its limits, then into
 * memory of that size.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "claims_layout.h"

/* Where octets are laid; .at is NULL while they are only counted. */
typedef struct {
    unsigned char *at;
    apr_size_t len;
    apr_size_t text_len; /* of all texts so far */
    bool good;
} sink_t;

/* Lays one of the four kinds. */
typedef void lay_fn(sink_t *sink, const void *claims);

static void put(sink_t *sink, const void *data, apr_size_t len)
{
    if (sink->at) {
        memcpy(sink->at + sink->len, data, len);
    }
    sink->len += len;
}

static void put_number(sink_t *sink, apr_uint32_t value, int octets)
{
    while (octets-- > 0) {
        const unsigned char octet = (unsigned char)(value >> (8 * octets));

        put(sink, &octet, 1);
    }
}

static void put_time(sink_t *sink, apr_time_t time)
{
    sink->good = sink->good && time >= 0 && apr_time_sec(time) <= SECONDS_MAX;
    put_number(sink, (apr_uint32_t)apr_time_sec(time), TIME_LEN);
}

/* An end may be as late as it likes: an earlier one is told, and admits no longer. */
static void put_end(sink_t *sink, apr_time_t time)
{
    put_time(sink, apr_time_sec(time) > SECONDS_MAX ? apr_time_from_sec(SECONDS_MAX) : time);
}

static void put_age(sink_t *sink, apr_interval_time_t age)
{
    sink->good = sink->good && apr_time_sec(age) < (apr_interval_time_t)AGE_NONE;
    put_number(sink, age < 0 ? AGE_NONE : (apr_uint32_t)apr_time_sec(age), TIME_LEN);
}

static void put_text(sink_t *sink, const char *text)
{
    const apr_size_t len = text ? strnlen(text, MTLS_CLAIMS_MAX_TEXT + 1) : 0;

    sink->text_len += len;
    if (len == 0 || sink->text_len > MTLS_CLAIMS_MAX_TEXT) {
        sink->good = false;
        return;
    }
    put_number(sink, (apr_uint32_t)len, LENGTH_LEN);
    put(sink, text, len);
}

/* @return whether there is anything to put after it. */
static bool put_count(sink_t *sink, int count, int most)
{
    if (count < 1 || count > most) {
        sink->good = false;
        return false;
    }
    put_number(sink, (apr_uint32_t)count, COUNT_LEN);
    return true;
}

static void put_accepted(sink_t *sink, const unsigned char (*accepted)[MTLS_CLAIMS_PROFILE_LEN],
                         int count)
{
    if (put_count(sink, count, MTLS_CLAIMS_MAX_ACCEPTED)) {
        put(sink, accepted, (apr_size_t)count * MTLS_CLAIMS_PROFILE_LEN);
    }
}

static void lay_attempt(sink_t *sink, const void *claims)
{
    const mtls_attempt_t *attempt = claims;
    int i;

    put_number(sink, FORM_ATTEMPT, 1);
    put_number(sink, attempt->post ? FLAG_POST : 0, FLAGS_LEN);
    put(sink, attempt->id, sizeof(attempt->id));
    put(sink, attempt->browser, sizeof(attempt->browser));
    put(sink, attempt->place, sizeof(attempt->place));
    put_time(sink, attempt->issued_at);
    put_age(sink, attempt->max_age);
    sink->good = sink->good && attempt->tries >= 0 && attempt->tries <= TRIES_MAX;
    put_number(sink, (apr_uint32_t)attempt->tries, TRIES_LEN);
    put_text(sink, attempt->origin);
    put_text(sink, attempt->base);
    put_text(sink, attempt->target);
    if (put_count(sink, attempt->profile_count, MTLS_CLAIMS_MAX_PROFILES)) {
        for (i = 0; i < attempt->profile_count; i++) {
            put_text(sink, attempt->profiles[i]);
        }
    }
}

static void lay_code(sink_t *sink, const void *claims)
{
    const mtls_code_t *code = claims;

    put_number(sink, FORM_CODE, 1);
    put_number(sink, code->post ? FLAG_POST : 0, FLAGS_LEN);
    put(sink, code->id, sizeof(code->id));
    put(sink, code->attempt, sizeof(code->attempt));
    put(sink, code->browser, sizeof(code->browser));
    put(sink, code->place, sizeof(code->place));
    put(sink, code->leaf, sizeof(code->leaf));
    put_time(sink, code->issued_at);
    put_end(sink, code->ends_at);
    put_text(sink, code->origin);
    put_text(sink, code->target);
    put_accepted(sink, code->accepted, code->accepted_count);
}

static void lay_ticket(sink_t *sink, const void *claims)
{
    const mtls_ticket_t *ticket = claims;

    put_number(sink, FORM_TICKET, 1);
    put(sink, ticket->id, sizeof(ticket->id));
    put(sink, ticket->origin, sizeof(ticket->origin));
    put(sink, ticket->leaf, sizeof(ticket->leaf));
    put(sink, ticket->bound, sizeof(ticket->bound));
    sink->good = sink->good && apr_time_sec(ticket->seen_at) >= apr_time_sec(ticket->issued_at);
    put_time(sink, ticket->issued_at);
    put_time(sink, ticket->seen_at);
    put_end(sink, ticket->ends_at);
    put_accepted(sink, ticket->accepted, ticket->accepted_count);
}

static void lay_grant(sink_t *sink, const void *claims)
{
    const mtls_grant_t *grant = claims;

    put_number(sink, FORM_GRANT, 1);
    put(sink, grant->id, sizeof(grant->id));
    put(sink, grant->ticket, sizeof(grant->ticket));
    put(sink, grant->target, sizeof(grant->target));
    put_time(sink, grant->issued_at);
}

static bool write_claims(mtls_bytes_t *out, lay_fn *lay, const void *claims, apr_pool_t *pool)
{
    sink_t counted = {.good = true}, written = {.good = true};

    *out = (mtls_bytes_t){NULL, 0};
    lay(&counted, claims);
    if (!counted.good) {
        return false;
    }
    written.at = apr_palloc(pool, counted.len);
    lay(&written, claims);
    *out = (mtls_bytes_t){written.at, written.len};
    return true;
}

bool mtls_attempt_write(mtls_bytes_t *out, const mtls_attempt_t *attempt, apr_pool_t *pool)
{
    return write_claims(out, lay_attempt, attempt, pool);
}

bool mtls_code_write(mtls_bytes_t *out, const mtls_code_t *code, apr_pool_t *pool)
{
    return write_claims(out, lay_code, code, pool);
}

bool mtls_ticket_write(mtls_bytes_t *out, const mtls_ticket_t *ticket, apr_pool_t *pool)
{
    return write_claims(out, lay_ticket, ticket, pool);
}

bool mtls_grant_write(mtls_bytes_t *out, const mtls_grant_t *grant, apr_pool_t *pool)
{
    return write_claims(out, lay_grant, grant, pool);
}
