/* httpd/sending.c - see mtls/httpd/sending.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/sending.h"

#include <apr_escape.h>
#include <apr_strings.h>
#include <http_log.h>
#include <openssl/rand.h>

#include "mtls/httpd/attempt.h"
#include "mtls/httpd/carried.h"
#include "mtls/httpd/digest.h"
#include "mtls/httpd/message.h"
#include "mtls/httpd/own_origin.h"
#include "mtls/httpd/refuse.h"
#include "mtls/httpd/shown_ticket.h"
#include "mtls/httpd/ticket_time.h"
#include "mtls/httpd/tokens.h"

APLOG_USE_MODULE(mtls);

/* Random octets of a browser's nonce. */
#define NONCE_LEN 16
#define LABEL_LEN (MTLS_STEPUP_LABEL_LEN / 2)

static const char *hex(const unsigned char *data, apr_size_t len, apr_pool_t *pool)
{
    return apr_pescape_hex(pool, data, len, 0);
}

static bool is_pending(const mtls_cookie_attempt_t *attempt)
{
    return strlen(attempt->value) == (apr_size_t)NONCE_LEN * 2 &&
           strspn(attempt->value, "0123456789abcdef") == (apr_size_t)NONCE_LEN * 2;
}

static bool is_mark(const mtls_cookie_attempt_t *attempt)
{
    return strncmp(attempt->value, MTLS_ATTEMPT_DONE, sizeof(MTLS_ATTEMPT_DONE) - 1) == 0;
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
               MTLS_ATTEMPT_STATE_LIFE);
    redirect(r, decision, url, attempt->post);
    mtls_board_count(shared->board, MTLS_COUNTER_STEP_UPS_SENT);
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, MTLS_MSG_SENT "step-up %s: sent to %s for %s",
                  hex(attempt->id, 8, r->pool), address->text, attempt->profiles[0]);
    return decision->status;
}

/* Whoever came by a name or port that is not the host's own would come back to another one, where
 * his cookie is not: he begins there, once.  A proxy in front may hide for ever by which name he
 * comes. */
static int send_home(request_rec *r, mtls_decision_t *decision, const mtls_attempt_t *start)
{
    const char *url = mtls_attempt_start_url(mtls_config_server(r->server)->shared, start, r->pool);

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

    if (!mtls_attempt_describe(&attempt, r, place))
        return mtls_refuse(r, decision, MTLS_REASON_INTERNAL);
    attempt.tries = mtls_attempt_count_marks(r, &attempt);
    attempt.post = post;
    attempt.target = mtls_attempt_target(r, &too_long);
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

    attempt.issued_at = mtls_ticket_time(mtls_config_server(r->server)->shared);
    return send_off(r, decision, &attempt);
}
