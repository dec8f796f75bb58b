/* httpd/sending.c - see mtls/httpd/sending.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/sending.h"

#include <apr_escape.h>
#include <apr_strings.h>
#include <http_log.h>
#include <openssl/rand.h>

#include "mtls/httpd/carried.h"
#include "mtls/httpd/digest.h"
#include "mtls/httpd/live.h"
#include "mtls/httpd/message.h"
#include "mtls/httpd/own_origin.h"
#include "mtls/httpd/refuse.h"
#include "mtls/httpd/shown_ticket.h"
#include "mtls/httpd/tokens.h"
#include "mtls/httpd/visit_of.h"
#include "mtls/policy/target.h"

APLOG_USE_MODULE(mtls);

#define DONE_PATH "/done"
/* Random octets of a browser's nonce. */
#define NONCE_LEN 16
#define LABEL_LEN (MTLS_STEPUP_LABEL_LEN / 2)

const char *mtls_sending_base(const mtls_settings_t *host)
{
    return host->stepup_path ? host->stepup_path : MTLS_DEFAULT_STEPUP_PATH;
}

/* The address as it came: httpd decodes the path of parsed_uri in place. */
static const char *own_address(request_rec *r)
{
    const char *text = mtls_carried_first(r)->unparsed_uri;
    apr_uri_t parts;

    while (text[0] == '/' && text[1] == '/')
        text++; /* no authority, as ap_parse_uri() sees it */
    return apr_uri_parse(r->pool, text, &parts) == APR_SUCCESS
               ? apr_uri_unparse(r->pool, &parts, APR_URI_UNP_OMITSITEPART)
               : NULL;
}

const char *mtls_sending_target(request_rec *r, bool *too_long)
{
    const char *target = own_address(r);

    *too_long = false;
    if (!target)
        return NULL;
    switch (mtls_target_check(target)) {
    case MTLS_TARGET_GOOD:
        return target;
    case MTLS_TARGET_TOO_LONG:
        *too_long = true;
        break;
    case MTLS_TARGET_BAD:
        break;
    }
    return NULL;
}

/* A place is known by the profiles it accepts, with their rules: a browser that comes back from the
 * endpoint with a ticket for them, and is sent there for them again, goes round in circles. */
static bool name_place(unsigned char out[MTLS_CLAIMS_PLACE_LEN], const mtls_accept_t *accept,
                       const mtls_generation_t *generation)
{
    unsigned char profiles[MTLS_CLAIMS_MAX_PROFILES][MTLS_CLAIMS_PROFILE_LEN];
    mtls_bytes_t runs[MTLS_CLAIMS_MAX_PROFILES];
    unsigned char sha256[MTLS_SHA256_LEN];
    bool done = true;
    int i;

    for (i = 0; done && i < accept->names->nelts; i++) {
        done = mtls_shown_ticket_profile(profiles[i], generation, accept->slots[i]);
        runs[i] = (mtls_bytes_t){profiles[i], MTLS_CLAIMS_PROFILE_LEN};
    }
    done = done && mtls_digest(sha256, runs, accept->names->nelts);
    if (done)
        memcpy(out, sha256, MTLS_CLAIMS_PLACE_LEN);
    return done;
}

/* What a place asks for; nothing is known of the browser yet.  check.c sees to it that no place
 * accepts more profiles than an attempt can name. */
static bool describe(mtls_attempt_t *out, request_rec *r, const mtls_settings_t *place)
{
    const mtls_accept_t *accept = place->accept;
    int i;

    *out = (mtls_attempt_t){.issued_at = apr_time_now(),
                            .origin = mtls_own_origin(r),
                            .base = mtls_sending_base(mtls_config_host(r->server)),
                            .max_age = mtls_settings_proof_age(place)};
    if (!accept || accept->names->nelts > MTLS_CLAIMS_MAX_PROFILES)
        return false;
    for (i = 0; i < accept->names->nelts; i++)
        out->profiles[out->profile_count++] = APR_ARRAY_IDX(accept->names, i, mtls_sourced_t).value;
    return name_place(out->place, accept, mtls_live_generation(r));
}

static const char *hex(const unsigned char *data, apr_size_t len, apr_pool_t *pool)
{
    return apr_pescape_hex(pool, data, len, 0);
}

static bool is_pending(const mtls_cookie_attempt_t *attempt)
{
    return strlen(attempt->value) == (apr_size_t)NONCE_LEN * 2 &&
           strspn(attempt->value, "0123456789abcdef") == (apr_size_t)NONCE_LEN * 2;
}

/* How often this browser has come back for the place in the last minute. */
static int count_marks(const request_rec *r, const mtls_attempt_t *attempt)
{
    const mtls_cookies_t *cookies = &mtls_carried_of(r)->cookies;
    const char *mark = apr_pstrcat(r->pool, MTLS_SENDING_DONE,
                                   hex(attempt->place, MTLS_CLAIMS_PLACE_LEN, r->pool), NULL);
    int count = 0;
    int i;

    for (i = 0; i < cookies->attempt_count; i++)
        count += strcmp(cookies->attempts[i].value, mark) == 0;
    return count;
}

bool mtls_sending_is_looping(request_rec *r, const mtls_settings_t *place)
{
    mtls_attempt_t attempt;

    return describe(&attempt, r, place) && count_marks(r, &attempt) >= MTLS_SENDING_MAX_MARKS;
}

static bool is_mark(const mtls_cookie_attempt_t *attempt)
{
    return strncmp(attempt->value, MTLS_SENDING_DONE, sizeof(MTLS_SENDING_DONE) - 1) == 0;
}

static void set_cookie(request_rec *r, const char *key, const char *value, apr_interval_time_t life)
{
    const char *name = apr_pstrcat(r->pool, MTLS_COOKIE_ATTEMPT, key, NULL);

    apr_table_addn(r->err_headers_out, "Set-Cookie",
                   mtls_cookie_line(name, value, (long)apr_time_sec(life), r->pool));
}

/* The first ones of the header field are the oldest (RFC 6265 section 5.4). */
static void forget_oldest(request_rec *r)
{
    const mtls_cookies_t *cookies = &mtls_carried_of(r)->cookies;
    int pending = 0;
    int i;

    for (i = 0; i < cookies->attempt_count; i++)
        pending += is_pending(&cookies->attempts[i]);
    for (i = 0; i < cookies->attempt_count && pending >= MTLS_SENDING_MAX_PENDING; i++) {
        if (!is_pending(&cookies->attempts[i]))
            continue;
        set_cookie(r, cookies->attempts[i].key, "", 0);
        pending--;
    }
}

void mtls_sending_arrived(request_rec *r)
{
    const mtls_cookies_t *cookies = &mtls_carried_of(r)->cookies;
    int i;

    for (i = 0; i < cookies->attempt_count; i++) {
        if (is_mark(&cookies->attempts[i]))
            set_cookie(r, cookies->attempts[i].key, "", 0);
    }
}

/* Bind the attempt to this browser: whoever comes back must bring the nonce (S-01).
 * @return false: no randomness */
static bool begin_attempt(mtls_attempt_t *attempt, const char **nonce, unsigned char *label,
                          apr_pool_t *pool)
{
    unsigned char octets[NONCE_LEN];

    if (RAND_bytes(attempt->id, sizeof(attempt->id)) != 1 ||
        RAND_bytes(octets, sizeof(octets)) != 1 || RAND_bytes(label, LABEL_LEN) != 1)
        return false;
    *nonce = hex(octets, sizeof(octets), pool);
    return mtls_digest_text(attempt->browser, *nonce);
}

static void redirect(request_rec *r, mtls_decision_t *decision, const char *url, bool post)
{
    decision->refused = true;
    decision->status = post ? HTTP_TEMPORARY_REDIRECT : HTTP_MOVED_TEMPORARILY;
    apr_table_setn(r->headers_out, "Location", url);
    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->err_headers_out, "Referrer-Policy", "no-referrer");
}

static int send_off(request_rec *r, mtls_decision_t *decision, mtls_attempt_t *attempt)
{
    const mtls_shared_t *shared = mtls_config_server(r->server)->shared;
    const mtls_stepup_address_t *address = mtls_config_host(r->server)->stepup_address;
    unsigned char label[LABEL_LEN];
    const char *nonce, *state, *url;
    mtls_bytes_t octets;

    if (!begin_attempt(attempt, &nonce, label, r->pool))
        return mtls_refuse(r, decision, MTLS_REASON_INTERNAL);
    if (!mtls_attempt_write(&octets, attempt, r->pool))
        return mtls_refuse(r, decision, MTLS_REASON_ADDRESS_TOO_LONG);
    state = mtls_tokens_seal(shared, MTLS_TOKEN_STATE, octets, r->pool);
    if (!state)
        return mtls_refuse(r, decision, MTLS_REASON_INTERNAL);
    url = apr_pstrcat(r->pool, mtls_stepup_address_origin(address, label, r->pool), "/?s=", state,
                      NULL);
    if (strlen(url) > MTLS_SENDING_MAX_URL)
        return mtls_refuse(r, decision, MTLS_REASON_ADDRESS_TOO_LONG);
    /* the browser keeps it until it is revoked, so that the next attempt can do that */
    if (!mtls_shown_ticket_revoke(r))
        return mtls_refuse(r, decision, MTLS_REASON_TICKET_UNAVAILABLE);
    mtls_shown_ticket_forget(r);
    forget_oldest(r);
    set_cookie(r, hex(attempt->id, MTLS_COOKIE_KEY_LEN / 2, r->pool), nonce,
               MTLS_SENDING_STATE_LIFE);
    redirect(r, decision, url, attempt->post);
    mtls_board_count(shared->board, MTLS_COUNTER_STEP_UPS_SENT);
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, MTLS_MSG_SENT "step-up %s: sent to %s for %s",
                  hex(attempt->id, 8, r->pool), address->text, attempt->profiles[0]);
    return decision->status;
}

static const char *start_url(const mtls_shared_t *shared, const mtls_attempt_t *start,
                             apr_pool_t *pool)
{
    const char *token = NULL;
    mtls_bytes_t octets;

    if (mtls_attempt_write(&octets, start, pool))
        token = mtls_tokens_seal(shared, MTLS_TOKEN_START, octets, pool);
    return token ? apr_pstrcat(pool, start->origin, start->base, "/start?s=", token, NULL) : NULL;
}

/* Whoever came by a name or port that is not the host's own would come back to another one, where
 * his cookie is not: he begins there, once.  A proxy in front may hide for ever by which name he
 * comes. */
static int send_home(request_rec *r, mtls_decision_t *decision, const mtls_attempt_t *start)
{
    const char *url = start_url(mtls_config_server(r->server)->shared, start, r->pool);

    if (!url)
        return mtls_refuse(r, decision, MTLS_REASON_INTERNAL);
    redirect(r, decision, url, false);
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r,
                  MTLS_MSG_SENT "sent to the host's own name before a step-up begins");
    return decision->status;
}

int mtls_sending_begin(request_rec *r, mtls_decision_t *decision, const mtls_settings_t *place,
                       bool post)
{
    mtls_attempt_t attempt;
    bool too_long;

    if (!describe(&attempt, r, place))
        return mtls_refuse(r, decision, MTLS_REASON_INTERNAL);
    attempt.tries = count_marks(r, &attempt);
    attempt.post = post;
    attempt.target = mtls_sending_target(r, &too_long);
    if (!attempt.target)
        return mtls_refuse(
            r, decision, too_long ? MTLS_REASON_ADDRESS_TOO_LONG : MTLS_REASON_STEP_UP_UNAVAILABLE);
    if (!post && !mtls_own_origin_is_seen(r))
        return send_home(r, decision, &attempt);
    return send_off(r, decision, &attempt);
}

int mtls_sending_resume(request_rec *r, mtls_decision_t *decision, const mtls_attempt_t *start)
{
    mtls_attempt_t attempt = *start;

    attempt.issued_at = apr_time_now();
    return send_off(r, decision, &attempt);
}

const char *mtls_sending_offer(request_rec *r, const mtls_settings_t *place)
{
    mtls_visit_t visit = mtls_visit_kind_of(r);
    mtls_attempt_t start;
    bool too_long;

    if (!describe(&start, r, place))
        return NULL;
    if (visit == MTLS_VISIT_PAGE || visit == MTLS_VISIT_PROGRAM)
        start.target = mtls_sending_target(r, &too_long);
    if (!start.target)
        start.target = apr_pstrcat(r->pool, start.base, DONE_PATH, NULL);
    return start_url(mtls_config_server(r->server)->shared, &start, r->pool);
}

const char *mtls_sending_again(const mtls_shared_t *shared, const mtls_attempt_t *attempt,
                               apr_pool_t *pool)
{
    mtls_attempt_t start = *attempt;

    memset(start.id, 0, sizeof(start.id));
    memset(start.browser, 0, sizeof(start.browser));
    start.issued_at = apr_time_now();
    start.tries = 0;
    if (start.post)
        start.target = apr_pstrcat(pool, start.base, DONE_PATH, NULL);
    start.post = false;
    return start_url(shared, &start, pool);
}
