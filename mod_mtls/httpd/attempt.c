/* httpd/attempt.c - see mtls/httpd/attempt.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/attempt.h"

#include <apr_escape.h>
#include <apr_strings.h>

#include "mtls/httpd/carried.h"
#include "mtls/httpd/digest.h"
#include "mtls/httpd/live.h"
#include "mtls/httpd/own_origin.h"
#include "mtls/httpd/shown_ticket.h"
#include "mtls/httpd/ticket_time.h"
#include "mtls/httpd/tokens.h"
#include "mtls/httpd/visit_of.h"
#include "mtls/policy/target.h"

#define DONE_PATH "/done"

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

const char *mtls_attempt_target(request_rec *r, bool *too_long)
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

bool mtls_attempt_describe(mtls_attempt_t *out, request_rec *r, const mtls_settings_t *place)
{
    const mtls_accept_t *accept = place->accept;
    int i;

    *out = (mtls_attempt_t){.issued_at = mtls_ticket_time(mtls_config_server(r->server)->shared),
                            .origin = mtls_own_origin(r),
                            .base = mtls_settings_stepup_path(mtls_config_host(r->server)),
                            .max_age = mtls_settings_proof_age(place)};
    if (!accept || accept->names->nelts > MTLS_CLAIMS_MAX_PROFILES)
        return false;
    for (i = 0; i < accept->names->nelts; i++)
        out->profiles[out->profile_count++] = APR_ARRAY_IDX(accept->names, i, mtls_sourced_t).value;
    return name_place(out->place, accept, mtls_live_generation(r));
}

int mtls_attempt_count_marks(const request_rec *r, const mtls_attempt_t *attempt)
{
    const mtls_cookies_t *cookies = &mtls_carried_of(r)->cookies;
    const char *mark =
        apr_pstrcat(r->pool, MTLS_ATTEMPT_DONE,
                    apr_pescape_hex(r->pool, attempt->place, MTLS_CLAIMS_PLACE_LEN, 0), NULL);
    int count = 0;
    int i;

    for (i = 0; i < cookies->attempt_count; i++)
        count += strcmp(cookies->attempts[i].value, mark) == 0;
    return count;
}

bool mtls_attempt_is_looping(request_rec *r, const mtls_settings_t *place)
{
    mtls_attempt_t attempt;

    return mtls_attempt_describe(&attempt, r, place) &&
           mtls_attempt_count_marks(r, &attempt) >= MTLS_ATTEMPT_MAX_MARKS;
}

const char *mtls_attempt_start_url(const mtls_shared_t *shared, const mtls_attempt_t *start,
                                   apr_pool_t *pool)
{
    const char *token = NULL;
    mtls_bytes_t octets;

    if (mtls_attempt_write(&octets, start, pool))
        token = mtls_tokens_seal(shared, MTLS_TOKEN_START, octets, pool);
    return token ? apr_pstrcat(pool, start->origin, start->base, "/start?s=", token, NULL) : NULL;
}

const char *mtls_attempt_offer(request_rec *r, const mtls_settings_t *place)
{
    mtls_visit_t visit = mtls_visit_kind_of(r);
    mtls_attempt_t start;
    bool too_long;

    if (!mtls_attempt_describe(&start, r, place))
        return NULL;
    if (visit == MTLS_VISIT_PAGE || visit == MTLS_VISIT_PROGRAM)
        start.target = mtls_attempt_target(r, &too_long);
    if (!start.target)
        start.target = apr_pstrcat(r->pool, start.base, DONE_PATH, NULL);
    return mtls_attempt_start_url(mtls_config_server(r->server)->shared, &start, r->pool);
}

const char *mtls_attempt_again(const mtls_shared_t *shared, const mtls_attempt_t *attempt,
                               apr_pool_t *pool)
{
    mtls_attempt_t start = *attempt;

    memset(start.id, 0, sizeof(start.id));
    memset(start.browser, 0, sizeof(start.browser));
    start.issued_at = mtls_ticket_time(shared);
    start.tries = 0;
    if (start.post)
        start.target = apr_pstrcat(pool, start.base, DONE_PATH, NULL);
    start.post = false;
    return mtls_attempt_start_url(shared, &start, pool);
}
