/* httpd/arrival.c - see mtls/httpd/arrival.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/arrival.h"

#include <apr_escape.h>
#include <apr_strings.h>
#include <http_request.h>
#include <http_protocol.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "mtls/httpd/attempt.h"
#include "mtls/httpd/audit.h"
#include "mtls/httpd/carried.h"
#include "mtls/httpd/config.h"
#include "mtls/httpd/digest.h"
#include "mtls/httpd/endpoint.h"
#include "mtls/httpd/own_origin.h"
#include "mtls/httpd/refuse.h"
#include "mtls/httpd/shown_ticket.h"
#include "mtls/httpd/ticket_time.h"
#include "mtls/httpd/tokens.h"
#include "mtls/httpd/visit_of.h"
#include "mtls/policy/target.h"

/* The return, while it is being looked at. */
typedef struct {
    request_rec *r;
    const mtls_shared_t *shared;
    mtls_decision_t *decision;
    mtls_code_t code;
    mtls_ticket_t ticket;
    mtls_bytes_t record; /* the chain, as the endpoint has kept it */
} arrival_t;

static int refuse(arrival_t *arrival, mtls_reason_t reason)
{
    mtls_board_count(arrival->shared->board, MTLS_COUNTER_CODES_REFUSED);
    arrival->decision->again =
        arrival->code.target
            ? mtls_target_url(arrival->code.origin, arrival->code.target, arrival->r->pool)
            : "/";
    if (arrival->code.target)
        arrival->decision->attempt =
            apr_pmemdup(arrival->r->pool, arrival->code.attempt, sizeof(arrival->code.attempt));
    return mtls_refuse(arrival->r, arrival->decision, reason);
}

static bool read_code(arrival_t *arrival)
{
    request_rec *r = arrival->r;
    const char *token = mtls_carried_of(r)->token;
    mtls_bytes_t octets;
    mtls_code_t code;

    if (!token ||
        mtls_tokens_open(&octets, arrival->shared, MTLS_TOKEN_CODE, token, r->pool) !=
            MTLS_TOKEN_GOOD ||
        !mtls_code_read(&code, octets, r->pool) || strcmp(code.origin, mtls_own_origin(r)) != 0)
        return false;
    arrival->code = code;
    return mtls_ticket_id_of_code(arrival->ticket.id, code.id) &&
           mtls_claims_age_check(code.issued_at, MTLS_ENDPOINT_CODE_LIFE,
                                 mtls_settings_ticket_skew(mtls_config_host(r->server)),
                                 mtls_ticket_time(arrival->shared)) == MTLS_CLAIMS_FRESH &&
           (r->method_number == M_POST) == code.post;
}

static const char *key_of(const unsigned char *id, apr_pool_t *pool)
{
    return apr_pescape_hex(pool, id, MTLS_COOKIE_KEY_LEN / 2, 0);
}

/* Whether this is the browser that set out (S-01). */
static bool is_same_browser(const arrival_t *arrival)
{
    const char *key = key_of(arrival->code.attempt, arrival->r->pool);
    const char *nonce = mtls_cookies_attempt(&mtls_carried_of(arrival->r)->cookies, key);
    unsigned char browser[MTLS_SHA256_LEN];

    return nonce && mtls_digest_text(browser, nonce) &&
           CRYPTO_memcmp(browser, arrival->code.browser, sizeof(browser)) == 0;
}

/* A code that comes a second time has been seen by somebody else: what it was exchanged for ends
 * (RFC 6749 section 4.1.2).  When its record's time is over, nobody can tell that from a first one
 * that comes late. */
static int refuse_replay(arrival_t *arrival)
{
    bool late =
        mtls_ticket_time(arrival->shared) - arrival->code.issued_at >= MTLS_ENDPOINT_CODE_LIFE;

    mtls_ticket_store_revoke(&arrival->shared->tickets, arrival->ticket.id);
    return refuse(arrival, late ? MTLS_REASON_STEP_UP_INVALID : MTLS_REASON_TICKET_REPLAYED);
}

/* The chain that the endpoint has kept under the code. */
static mtls_cache_end_t look(arrival_t *arrival)
{
    apr_size_t len = MTLS_SHARED_CACHE_MAX;
    unsigned char *data = apr_palloc(arrival->r->pool, len);
    mtls_cache_end_t end =
        mtls_ticket_store_look_at_code(&arrival->shared->tickets, arrival->code.id, data, &len);

    if (end == MTLS_CACHE_HIT)
        arrival->record = (mtls_bytes_t){data, len};
    return end;
}

/* Of all who bring the code, one gets to its end. */
static mtls_cache_end_t spend(const mtls_shared_t *shared, const unsigned char *id,
                              apr_pool_t *pool)
{
    apr_size_t len = MTLS_SHARED_CACHE_MAX;

    return mtls_ticket_store_take_code(&shared->tickets, id, apr_palloc(pool, len), &len);
}

/* A code in the wrong browser stays good for the right one, unless that has used it. */
static int refuse_browser(arrival_t *arrival)
{
    if (look(arrival) == MTLS_CACHE_MISS)
        return refuse_replay(arrival);
    return refuse(arrival, MTLS_REASON_STEP_UP_INVALID);
}

static apr_time_t earlier(apr_time_t a, apr_time_t b)
{
    return a < b ? a : b;
}

static bool fill_ticket(arrival_t *arrival)
{
    const mtls_code_t *code = &arrival->code;
    mtls_ticket_t *ticket = &arrival->ticket;
    apr_time_t now = mtls_ticket_time(arrival->shared);

    memcpy(ticket->leaf, code->leaf, sizeof(ticket->leaf));
    memcpy(ticket->accepted, code->accepted, sizeof(ticket->accepted));
    ticket->accepted_count = code->accepted_count;
    ticket->issued_at = ticket->seen_at = now;
    ticket->ends_at = earlier(
        now + mtls_settings_ticket_total(mtls_config_host(arrival->r->server)), code->ends_at);
    mtls_shown_ticket_bound(ticket->bound, arrival->r);
    return mtls_digest_text(ticket->origin, code->origin);
}

/* The ticket's record is there before the code is spent, so that whoever brings the code too late
 * finds it and takes it away. */
static int exchange(arrival_t *arrival)
{
    const mtls_ticket_store_t *store = &arrival->shared->tickets;

    switch (look(arrival)) {
    case MTLS_CACHE_HIT:
        break;
    case MTLS_CACHE_MISS:
        return refuse_replay(arrival);
    case MTLS_CACHE_DOWN:
        return refuse(arrival, MTLS_REASON_TICKET_UNAVAILABLE);
    }
    if (!fill_ticket(arrival))
        return refuse(arrival, MTLS_REASON_INTERNAL);
    if (!mtls_ticket_store_put(store, arrival->ticket.id, arrival->record, arrival->ticket.ends_at))
        return refuse(arrival, MTLS_REASON_TICKET_UNAVAILABLE);
    switch (spend(arrival->shared, arrival->code.id, arrival->r->pool)) {
    case MTLS_CACHE_HIT:
        return OK;
    case MTLS_CACHE_MISS:
        return refuse_replay(arrival);
    case MTLS_CACHE_DOWN:
        break;
    }
    mtls_ticket_store_revoke(store, arrival->ticket.id);
    return refuse(arrival, MTLS_REASON_TICKET_UNAVAILABLE);
}

static void set_cookie(request_rec *r, const char *name, const char *value, long max_age)
{
    apr_table_addn(r->err_headers_out, "Set-Cookie",
                   mtls_cookie_line(name, value, max_age, r->pool));
}

/* The attempt's cookie stays for a moment, as a mark that this place was reached (S-16). */
static void mark_attempt(const arrival_t *arrival)
{
    const mtls_code_t *code = &arrival->code;
    apr_pool_t *pool = arrival->r->pool;
    const char *name = apr_pstrcat(pool, MTLS_COOKIE_ATTEMPT, key_of(code->attempt, pool), NULL);

    set_cookie(arrival->r, name,
               apr_pstrcat(pool, MTLS_ATTEMPT_DONE,
                           apr_pescape_hex(pool, code->place, sizeof(code->place), 0), NULL),
               (long)apr_time_sec(MTLS_ATTEMPT_MARK_LIFE));
}

static bool digest_target(unsigned char *out, const char *origin, const char *target)
{
    mtls_bytes_t runs[] = {{(const unsigned char *)origin, strlen(origin)},
                           {(const unsigned char *)target, strlen(target)}};

    return mtls_digest(out, runs, 2);
}

/* The form goes its last step by itself, and its Origin is "null" by then (Fetch standard, "append
 * a request Origin header"; a redirect over another origin taints it). */
static mtls_reason_t give_grant(const arrival_t *arrival)
{
    static const unsigned char unspent = 1;
    apr_pool_t *pool = arrival->r->pool;
    mtls_grant_t grant = {.issued_at = mtls_ticket_time(arrival->shared)};
    mtls_bytes_t octets;
    const char *token;

    memcpy(grant.ticket, arrival->ticket.id, sizeof(grant.ticket));
    if (RAND_bytes(grant.id, sizeof(grant.id)) != 1 ||
        !digest_target(grant.target, arrival->code.origin, arrival->code.target) ||
        !mtls_grant_write(&octets, &grant, pool))
        return MTLS_REASON_INTERNAL;
    token = mtls_tokens_seal(arrival->shared, MTLS_TOKEN_GRANT, octets, pool);
    if (!token)
        return MTLS_REASON_INTERNAL;
    if (!mtls_ticket_store_put_code(&arrival->shared->tickets, grant.id,
                                    (mtls_bytes_t){&unspent, 1},
                                    grant.issued_at + MTLS_ARRIVAL_GRANT_LIFE))
        return MTLS_REASON_TICKET_UNAVAILABLE;
    set_cookie(arrival->r, apr_pstrcat(pool, MTLS_COOKIE_ATTEMPT, key_of(grant.id, pool), NULL),
               token, (long)apr_time_sec(MTLS_ARRIVAL_GRANT_LIFE));
    return MTLS_REASON_GOOD;
}

static int send_home(arrival_t *arrival)
{
    request_rec *r = arrival->r;
    const char *url = mtls_target_url(arrival->code.origin, arrival->code.target, r->pool);
    mtls_reason_t given = MTLS_REASON_GOOD;
    mtls_bytes_t octets;
    const char *token = NULL;

    if (mtls_ticket_write(&octets, &arrival->ticket, r->pool))
        token = mtls_tokens_seal(arrival->shared, MTLS_TOKEN_TICKET, octets, r->pool);
    if (!url || !token)
        given = MTLS_REASON_INTERNAL;
    else if (arrival->code.post)
        given = give_grant(arrival);
    if (given != MTLS_REASON_GOOD)
        return refuse(arrival, given);
    mark_attempt(arrival);
    set_cookie(r, MTLS_COOKIE_TICKET, token, -1);
    apr_table_setn(r->headers_out, "Location", url);
    mtls_board_count(arrival->shared->board, MTLS_COUNTER_TICKETS_ISSUED);
    mtls_audit_return(r, &arrival->code, &arrival->ticket);
    return arrival->code.post ? HTTP_TEMPORARY_REDIRECT : HTTP_MOVED_TEMPORARILY;
}

static int check_request(arrival_t *arrival)
{
    request_rec *r = arrival->r;
    mtls_visit_facts_t visit = mtls_visit_of(r);

    if (r->method_number != M_GET && r->method_number != M_POST) {
        ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, M_POST, -1);
        return HTTP_METHOD_NOT_ALLOWED;
    }
    if (mtls_visit_is_unseen(&visit) || !read_code(arrival))
        return refuse(arrival, MTLS_REASON_STEP_UP_INVALID);
    return is_same_browser(arrival) ? OK : refuse_browser(arrival);
}

/* Several tabs that come back one after the other replace each other's tickets, of which requests
 * that are under way still bring the one before (S-20).  A ticket of the same certificate is nobody
 * else's (S-13). */
static bool is_same_person(const arrival_t *arrival)
{
    const mtls_shown_ticket_t *shown = mtls_shown_ticket_of(arrival->r);

    return shown->authentic &&
           memcmp(shown->claims.leaf, arrival->code.leaf, sizeof(arrival->code.leaf)) == 0;
}

int mtls_arrival_serve(request_rec *r)
{
    arrival_t arrival = {
        .r = r, .shared = mtls_config_server(r->server)->shared, .decision = mtls_decision_make(r)};
    int status = check_request(&arrival);

    if (status == OK)
        status = exchange(&arrival);
    if (status != OK)
        return status;
    if (!is_same_person(&arrival))
        mtls_shown_ticket_revoke(r);
    return send_home(&arrival);
}

/* @return whether the cookie's value is a grant for this very request. */
static bool is_grant(request_rec *r, const char *value, mtls_grant_t *grant)
{
    const mtls_settings_t *host = mtls_config_host(r->server);
    const mtls_shared_t *shared = mtls_config_server(r->server)->shared;
    const mtls_shown_ticket_t *ticket = mtls_shown_ticket_of(r);
    unsigned char target[MTLS_SHA256_LEN];
    mtls_bytes_t octets;
    const char *path;
    bool too_long;

    if (mtls_tokens_open(&octets, shared, MTLS_TOKEN_GRANT, value, r->pool) != MTLS_TOKEN_GOOD ||
        !mtls_grant_read(grant, octets) ||
        mtls_claims_age_check(grant->issued_at, MTLS_ARRIVAL_GRANT_LIFE,
                              mtls_settings_ticket_skew(host),
                              mtls_ticket_time(shared)) != MTLS_CLAIMS_FRESH)
        return false;
    path = mtls_attempt_target(r, &too_long);
    return path && digest_target(target, mtls_own_origin(r), path) &&
           memcmp(target, grant->target, sizeof(target)) == 0 &&
           memcmp(grant->ticket, ticket->claims.id, sizeof(grant->ticket)) == 0;
}

/* Whatever the end, it is good for nothing after. */
static bool spend_grant(request_rec *r, const char *key, const mtls_grant_t *grant)
{
    const char *name = apr_pstrcat(r->pool, MTLS_COOKIE_ATTEMPT, key, NULL);

    set_cookie(r, name, "", 0);
    return spend(mtls_config_server(r->server)->shared, grant->id, r->pool) == MTLS_CACHE_HIT;
}

/* Pages of sibling hosts are sent the same cookies, and may be faster.  The form shows itself in a
 * window, and its Origin is "null", or, of browsers that do not taint it, ours. */
static bool may_have_travelled(request_rec *r)
{
    mtls_visit_facts_t visit = mtls_visit_of(r);

    return r->method_number == M_POST && !mtls_visit_is_unseen(&visit) &&
           (!visit.origin || strcmp(visit.origin, "null") == 0 ||
            strcmp(visit.origin, mtls_own_origin(r)) == 0);
}

bool mtls_arrival_is_granted(request_rec *r)
{
    const mtls_cookies_t *cookies = &mtls_carried_of(r)->cookies;
    mtls_grant_t grant;
    int i;

    if (!may_have_travelled(r))
        return false;
    for (i = 0; i < cookies->attempt_count; i++) {
        if (is_grant(r, cookies->attempts[i].value, &grant))
            return spend_grant(r, cookies->attempts[i].key, &grant);
    }
    return false;
}
