/* httpd/shown_ticket.c - see mtls/httpd/shown_ticket.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/shown_ticket.h"

#include <apr_strings.h>
#include <http_log.h>

#include "mtls/httpd/audit.h"
#include "mtls/httpd/carried.h"
#include "mtls/httpd/config.h"
#include "mtls/httpd/digest.h"
#include "mtls/httpd/message.h"
#include "mtls/httpd/network.h"
#include "mtls/httpd/own_origin.h"
#include "mtls/httpd/request.h"
#include "mtls/httpd/revoked_tickets.h"
#include "mtls/httpd/ticket_time.h"
#include "mtls/httpd/tokens.h"
#include "mtls/cert/ticket_record.h"
#include "mtls/policy/reason.h"
#include "mtls/trust/profile_part.h"

APLOG_USE_MODULE(mtls);

/* Of an IPv4 address, as many octets name the client's network. */
#define IPV4_OCTETS 3

bool mtls_shown_ticket_counts(const mtls_settings_t *place)
{
    return place->endpoint != MTLS_ON && mtls_settings_redirect(place);
}

bool mtls_shown_ticket_profile(unsigned char out[MTLS_CLAIMS_PROFILE_LEN],
                               const mtls_generation_t *generation, int slot)
{
    const char *name = mtls_generation_spec(generation, slot)->name;
    mtls_bytes_t runs[] = {
        {(const unsigned char *)name, strlen(name)},
        {mtls_profile_rules(mtls_generation_profile(generation, slot)), MTLS_SHA256_LEN}};
    unsigned char sha256[MTLS_SHA256_LEN];
    bool done = mtls_digest(sha256, runs, 2);

    memcpy(out, sha256, MTLS_CLAIMS_PROFILE_LEN);
    return done;
}

bool mtls_shown_ticket_is_for(const mtls_shown_ticket_t *ticket,
                              const mtls_generation_t *generation, int slot)
{
    unsigned char profile[MTLS_CLAIMS_PROFILE_LEN];
    int i;

    if (!mtls_shown_ticket_profile(profile, generation, slot))
        return false;
    for (i = 0; i < ticket->claims.accepted_count; i++) {
        if (memcmp(ticket->claims.accepted[i], profile, MTLS_CLAIMS_PROFILE_LEN) == 0)
            return true;
    }
    return false;
}

void mtls_shown_ticket_bound(unsigned char out[MTLS_SHA256_LEN], request_rec *r)
{
    mtls_ticket_bind_t bind = mtls_config_host(r->server)->ticket_bind;
    const char *agent = apr_table_get(r->headers_in, "User-Agent");
    mtls_bytes_t runs[2] = {{0}};

    memset(out, 0, MTLS_SHA256_LEN);
    if ((bind & MTLS_BIND_BOTH) == 0)
        return;
    if ((bind & MTLS_BIND_USER_AGENT) && agent)
        runs[0] = (mtls_bytes_t){(const unsigned char *)agent, strlen(agent)};
    if (bind & MTLS_BIND_ADDRESS) /* of the connection, which no header field can pretend to be */
        runs[1] = mtls_network_of(r->connection->client_addr, IPV4_OCTETS);
    mtls_digest(out, runs, 2);
}

/* @return UNDECIDED when nothing is wrong with the claims. */
static mtls_reason_t check_claims(const mtls_ticket_t *claims, request_rec *r)
{
    const mtls_settings_t *host = mtls_config_host(r->server);
    unsigned char origin[MTLS_SHA256_LEN], bound[MTLS_SHA256_LEN];

    if (!mtls_digest_text(origin, mtls_own_origin(r)) ||
        memcmp(origin, claims->origin, MTLS_SHA256_LEN) != 0)
        return MTLS_REASON_TICKET_AUDIENCE;
    mtls_shown_ticket_bound(bound, r);
    if (memcmp(bound, claims->bound, MTLS_SHA256_LEN) != 0)
        return MTLS_REASON_TICKET_AUDIENCE;
    switch (mtls_ticket_age_check(claims, mtls_settings_ticket_idle(host),
                                  mtls_settings_ticket_skew(host),
                                  mtls_ticket_time(mtls_config_server(r->server)->shared))) {
    case MTLS_CLAIMS_FRESH:
        return MTLS_REASON_UNDECIDED;
    case MTLS_CLAIMS_OLD:
        return MTLS_REASON_TICKET_EXPIRED;
    case MTLS_CLAIMS_AHEAD:
        break;
    }
    return MTLS_REASON_TICKET_UNUSABLE;
}

/* A counted certificate, and whom to give it back to. */
typedef struct {
    mtls_ticket_memo_t *memo;
    const mtls_ticket_proof_t *found;
} held_t;

static apr_status_t give_back(void *data)
{
    const held_t *held = data;

    mtls_ticket_memo_give_back(held->memo, held->found);
    return APR_SUCCESS;
}

static mtls_reason_t find_proof(mtls_shown_ticket_t *ticket, const request_rec *first)
{
    static const mtls_chain_limits_t limits = {MTLS_TICKET_RECORD_MAX,
                                               MTLS_TICKET_RECORD_MAX_CERTS};
    const mtls_shared_t *shared = mtls_config_server(first->server)->shared;
    const mtls_ticket_look_t look = {ticket->claims.id, ticket->claims.leaf, &limits,
                                     shared->ticket_interval};
    held_t *held = apr_pcalloc(first->pool, sizeof(*held));

    if (!shared->tickets.memo)
        return MTLS_REASON_TICKET_UNAVAILABLE;
    held->memo = shared->tickets.memo;
    switch (mtls_ticket_store_find(&shared->tickets, &look, &held->found)) {
    case MTLS_CACHE_HIT:
        break;
    case MTLS_CACHE_MISS:
        return MTLS_REASON_TICKET_UNUSABLE;
    case MTLS_CACHE_DOWN:
        return MTLS_REASON_TICKET_UNAVAILABLE;
    }
    apr_pool_cleanup_register(first->pool, held, give_back, apr_pool_cleanup_null);
    ticket->proof = mtls_ticket_proof_of(held->found);
    return MTLS_REASON_GOOD;
}

static mtls_reason_t read_ticket(mtls_shown_ticket_t *ticket, request_rec *r,
                                 const mtls_cookies_t *cookies)
{
    const mtls_shared_t *shared = mtls_config_server(r->server)->shared;
    mtls_bytes_t claims;
    mtls_reason_t wrong;

    if (cookies->spoiled)
        return MTLS_REASON_TICKET_UNUSABLE;
    if (!cookies->ticket)
        return MTLS_REASON_UNDECIDED;
    if (mtls_tokens_open(&claims, shared, MTLS_TOKEN_TICKET, cookies->ticket, r->pool) !=
            MTLS_TOKEN_GOOD ||
        !mtls_ticket_read(&ticket->claims, claims))
        return MTLS_REASON_TICKET_UNUSABLE;
    ticket->authentic = true;
    wrong = check_claims(&ticket->claims, r);
    if (wrong != MTLS_REASON_UNDECIDED)
        return wrong;
    if (mtls_revoked_tickets_has(shared, ticket->claims.id))
        return MTLS_REASON_TICKET_REVOKED;
    return find_proof(ticket, mtls_carried_first(r));
}

/* Somebody waits for the one that was revoked by hand. */
static void tell_why_not(request_rec *r, const mtls_shown_ticket_t *ticket)
{
    int level = ticket->reason == MTLS_REASON_TICKET_REVOKED ? APLOG_INFO : APLOG_DEBUG;
    const char *which = "";

    if (!APLOG_R_IS_LEVEL(r, level))
        return;
    if (ticket->authentic)
        which =
            apr_pstrcat(r->pool, ", ticket ", mtls_audit_mark(ticket->claims.id, r->pool), NULL);
    ap_log_rerror(APLOG_MARK, level, 0, r, MTLS_MSG_TICKET "a ticket does not count: %s%s",
                  mtls_reason_info(ticket->reason)->word, which);
}

const mtls_shown_ticket_t *mtls_shown_ticket_of(request_rec *r)
{
    request_rec *first = (request_rec *)mtls_carried_first(r);
    mtls_request_t *record = mtls_request_make(first);
    mtls_shown_ticket_t *ticket = record->ticket;

    if (ticket)
        return ticket;
    ticket = record->ticket = apr_pcalloc(first->pool, sizeof(*ticket));
    ticket->reason = read_ticket(ticket, first, &mtls_carried_of(first)->cookies);
    if (ticket->reason != MTLS_REASON_UNDECIDED && ticket->reason != MTLS_REASON_GOOD)
        tell_why_not(r, ticket);
    return ticket;
}

static void set_cookie(request_rec *r, const char *value, long max_age)
{
    apr_table_addn(r->err_headers_out, "Set-Cookie",
                   mtls_cookie_line(MTLS_COOKIE_TICKET, value, max_age, r->pool));
}

void mtls_shown_ticket_renew(request_rec *r)
{
    const mtls_settings_t *host = mtls_config_host(r->server);
    const mtls_shown_ticket_t *shown = mtls_shown_ticket_of(r);
    apr_time_t now = mtls_ticket_time(mtls_config_server(r->server)->shared);
    mtls_ticket_t claims = shown->claims;
    mtls_bytes_t octets;
    const char *token;

    if (!mtls_ticket_is_stale(&claims, mtls_settings_ticket_idle(host), now))
        return;
    claims.seen_at = now;
    if (!mtls_ticket_write(&octets, &claims, r->pool))
        return;
    token =
        mtls_tokens_seal(mtls_config_server(r->server)->shared, MTLS_TOKEN_TICKET, octets, r->pool);
    if (!token)
        return;
    set_cookie(r, token, -1);
    apr_table_mergen(r->err_headers_out, "Cache-Control", "no-cache=\"Set-Cookie\"");
}

void mtls_shown_ticket_forget(request_rec *r)
{
    const mtls_cookies_t *cookies = &mtls_carried_of(r)->cookies;

    if (cookies->ticket || cookies->spoiled)
        set_cookie(r, "", 0);
}

bool mtls_shown_ticket_revoke(request_rec *r)
{
    const mtls_shared_t *shared = mtls_config_server(r->server)->shared;
    const mtls_shown_ticket_t *shown = mtls_shown_ticket_of(r);

    return !shown->authentic ||
           mtls_ticket_store_revoke(&shared->tickets, shown->claims.id) != MTLS_CACHE_DOWN;
}
