/* httpd/endpoint.c - see mtls/httpd/endpoint.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/endpoint.h"

#include <apr_strings.h>
#include <apr_uri.h>
#include <http_request.h>
#include <http_log.h>
#include <http_protocol.h>
#include <openssl/rand.h>

#include "mtls/cert/text.h"
#include "mtls/cert/ticket_record.h"
#include "mtls/httpd/attempt.h"
#include "mtls/httpd/audit.h"
#include "mtls/httpd/carried.h"
#include "mtls/httpd/config.h"
#include "mtls/httpd/conn.h"
#include "mtls/httpd/digest.h"
#include "mtls/httpd/judgement.h"
#include "mtls/httpd/live.h"
#include "mtls/httpd/message.h"
#include "mtls/httpd/network.h"
#include "mtls/httpd/own_origin.h"
#include "mtls/httpd/refuse.h"
#include "mtls/httpd/shown_ticket.h"
#include "mtls/httpd/ticket_time.h"
#include "mtls/httpd/tokens.h"
#include "mtls/httpd/visit_of.h"
#include "mtls/policy/page.h"
#include "mtls/policy/reason.h"
#include "mtls/trust/judge.h"
#include "mtls/trust/monotonic.h"

APLOG_USE_MODULE(mtls);

/* Of https. */
#define DEFAULT_PORT      443

/* Codes that one certificate, and one client address, are given in a minute (S-21).  Behind one
 * address there may be a whole company. */
#define CODES_PER_CERT    30
#define CODES_PER_ADDRESS 300
#define PACE_WINDOW       apr_time_from_sec(60)
#define IPV4_OCTETS       4

/* The question, while it is being answered. */
typedef struct {
    request_rec *r;
    const mtls_shared_t *shared;
    const mtls_conn_t *conn;
    mtls_decision_t *decision;
    mtls_attempt_t attempt; /* what the state says; zeroed before it is known */
    mtls_settings_t place;  /* whose certificates count: as the state says */
} asked_t;

static int refuse(asked_t *asked, mtls_reason_t reason)
{
    asked->decision->accept = asked->place.accept;
    if (asked->attempt.origin) {
        asked->decision->again = mtls_attempt_again(asked->shared, &asked->attempt, asked->r->pool);
        asked->decision->attempt =
            apr_pmemdup(asked->r->pool, asked->attempt.id, sizeof(asked->attempt.id));
    }
    if (asked->decision->again)
        apr_table_setn(asked->r->err_headers_out, MTLS_ATTEMPT_FIELD, asked->decision->again);
    return mtls_refuse(asked->r, asked->decision, reason);
}

/* Browsers use a connection for another host of the same certificate and address.  There nobody was
 * asked for a certificate for this host; told so, they make a new one (RFC 9110 section 15.5.20).
 * That a wildcard name fits is not enough: each label is asked for anew (S-17, S-19). */
static bool is_misdirected(const asked_t *asked)
{
    const mtls_conn_t *conn = asked->conn;
    const request_rec *r = asked->r;

    return conn->host->s != r->server || !conn->server_name || !r->hostname ||
           strcasecmp(conn->server_name, r->hostname) != 0 ||
           !mtls_own_origin_is_name(r->server, r->hostname);
}

static bool is_settled(const mtls_conn_t *conn)
{
    return conn && conn->ssl && conn->settled && conn->host;
}

/* @return OK when the request is one that the endpoint answers. */
static int check_request(asked_t *asked)
{
    request_rec *r = asked->r;
    mtls_visit_facts_t visit = mtls_visit_of(r);

    if (!is_settled(asked->conn))
        return refuse(asked, MTLS_REASON_NOT_TLS);
    if (is_misdirected(asked)) {
        r->connection->keepalive = AP_CONN_CLOSE;
        return refuse(asked, MTLS_REASON_MISDIRECTED);
    }
    if (strcmp(r->uri, "/") != 0)
        return HTTP_NOT_FOUND;
    if (r->method_number != M_GET && r->method_number != M_POST) {
        ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, M_POST, -1);
        return HTTP_METHOD_NOT_ALLOWED;
    }
    return mtls_visit_is_unseen(&visit) ? refuse(asked, MTLS_REASON_STEP_UP_INVALID) : OK;
}

/* A host of this server that sends its browsers here. */
static bool is_sender(const server_rec *s, const server_rec *endpoint, const apr_uri_t *origin)
{
    const mtls_stepup_address_t *address = mtls_config_host(s)->stepup_address;

    return s != endpoint && address && mtls_own_origin_is_name(s, origin->hostname) &&
           mtls_own_origin_has_port(s, origin->port_str ? origin->port : DEFAULT_PORT) &&
           mtls_config_server(s)->sends_to == endpoint;
}

/* Whoever has the keys can write a state; where it may lead to is for the configuration to say
 * (S-06). */
static bool is_served(const request_rec *r, const char *origin)
{
    const apr_array_header_t *origins = mtls_config_host(r->server)->stepup_origins;
    const server_rec *s;
    apr_uri_t parsed;
    int i;

    if (apr_uri_parse(r->pool, origin, &parsed) != APR_SUCCESS || !parsed.hostname)
        return false;
    for (s = mtls_config_server(r->server)->shared->main; s; s = s->next) {
        if (is_sender(s, r->server, &parsed))
            return true;
    }
    for (i = 0; origins && i < origins->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(origins, i, const char *), origin) == 0)
            return true;
    }
    return false;
}

static int find_profile(const mtls_shared_t *shared, const char *name)
{
    int i;

    for (i = 0; i < shared->parts->nelts; i++) {
        const mtls_part_spec_t *spec = &APR_ARRAY_IDX(shared->parts, i, mtls_part_spec_t);

        if (spec->kind == &mtls_profile_part_kind && strcmp(spec->name, name) == 0)
            return i;
    }
    return -1;
}

/* The profiles that the state names, as a place: all of them, or none. */
static bool make_place(asked_t *asked)
{
    const mtls_attempt_t *attempt = &asked->attempt;
    const mtls_settings_t *host = mtls_config_host(asked->r->server);
    apr_pool_t *pool = asked->r->pool;
    mtls_accept_t *accept = apr_pcalloc(pool, sizeof(*accept));
    int i;

    accept->names = apr_array_make(pool, attempt->profile_count, sizeof(mtls_sourced_t));
    accept->slots = apr_pcalloc(pool, sizeof(int) * (apr_size_t)attempt->profile_count);
    for (i = 0; i < attempt->profile_count; i++) {
        accept->slots[i] = find_profile(asked->shared, attempt->profiles[i]);
        if (accept->slots[i] < 0 || !mtls_accept_has(host->accept, accept->slots[i]))
            return false;
        APR_ARRAY_PUSH(accept->names, mtls_sourced_t) =
            (mtls_sourced_t){.value = attempt->profiles[i]};
    }
    asked->place.accept = accept;
    asked->place.max_proof_age = attempt->max_age < 0 ? MTLS_PROOF_AGE_OFF : attempt->max_age;
    return true;
}

/* @return OK when the state is ours, of its time, and names what can be judged here. */
static int read_state(asked_t *asked)
{
    request_rec *r = asked->r;
    const char *token = mtls_carried_of(r)->token;
    mtls_attempt_t attempt;
    mtls_bytes_t octets;

    if (!token ||
        mtls_tokens_open(&octets, asked->shared, MTLS_TOKEN_STATE, token, r->pool) !=
            MTLS_TOKEN_GOOD ||
        !mtls_attempt_read(&attempt, octets, r->pool) || !is_served(r, attempt.origin))
        return refuse(asked, MTLS_REASON_STEP_UP_INVALID);
    asked->attempt = attempt;
    if (mtls_claims_age_check(attempt.issued_at, MTLS_ATTEMPT_STATE_LIFE,
                              mtls_settings_ticket_skew(mtls_config_host(r->server)),
                              mtls_ticket_time(mtls_config_server(r->server)->shared)) !=
            MTLS_CLAIMS_FRESH ||
        !make_place(asked) || (r->method_number == M_POST) != attempt.post)
        return refuse(asked, MTLS_REASON_STEP_UP_INVALID);
    return OK;
}

static void add_accepting(mtls_code_t *code, const mtls_generation_t *generation, int slot)
{
    unsigned char *next = code->accepted[code->accepted_count];
    int i;

    if (!mtls_shown_ticket_profile(next, generation, slot))
        return;
    for (i = 0; i < code->accepted_count; i++) {
        if (memcmp(code->accepted[i], next, MTLS_CLAIMS_PROFILE_LEN) == 0)
            return;
    }
    code->accepted_count++;
}

/* The profile that was asked for, and others of this endpoint that accept the certificate, as far
 * as that can be told without asking anybody: who walks between areas of several profiles with one
 * certificate need not show it each time.  Each place judges the ticket for itself. */
static int count_accepting(asked_t *asked, mtls_code_t *code)
{
    const mtls_generation_t *generation = mtls_live_generation(asked->r);
    const mtls_told_t *told = &asked->decision->told;
    const mtls_accept_t *here = mtls_config_host(asked->r->server)->accept;
    apr_time_t now = apr_time_now();
    int i;

    add_accepting(code, generation, find_profile(asked->shared, told->profile));
    for (i = 0; i < here->names->nelts && code->accepted_count < MTLS_CLAIMS_MAX_ACCEPTED; i++) {
        mtls_verdict_t verdict = mtls_judge(mtls_generation_profile(generation, here->slots[i]),
                                            told->proof->chain, asked->shared->memo, NULL, now);

        if (mtls_verdict_admits(&verdict, now))
            add_accepting(code, generation, here->slots[i]);
    }
    return code->accepted_count;
}

/* What is refused to a certificate does not count for its address: others are behind that. */
static bool is_in_pace(const asked_t *asked, const mtls_proof_t *proof)
{
    mtls_bytes_t where = mtls_network_of(asked->r->connection->client_addr, IPV4_OCTETS);
    unsigned char address[MTLS_SHA256_LEN];
    apr_time_t now = mtls_monotonic_now();

    return mtls_digest(address, &where, 1) &&
           mtls_pace_allow(asked->shared->cert_pace, proof->identity->sha256, CODES_PER_CERT,
                           PACE_WINDOW, now) &&
           mtls_pace_allow(asked->shared->address_pace, address, CODES_PER_ADDRESS, PACE_WINDOW,
                           now);
}

/* The chain and the time of its proof, into the shared cache under the code's id. */
static mtls_reason_t keep_chain(const asked_t *asked, const mtls_code_t *code,
                                const mtls_proof_t *proof)
{
    mtls_ticket_record_t record = {.proven_at = proof->proven_at};
    mtls_bytes_t octets;
    int i;

    record.cert_count = mtls_chain_count(proof->chain);
    if (record.cert_count > MTLS_TICKET_RECORD_MAX_CERTS)
        return MTLS_REASON_CHAIN_TOO_LONG;
    for (i = 0; i < record.cert_count; i++)
        record.certs[i] = mtls_chain_der(proof->chain, i);
    if (mtls_ticket_record_write(&octets, &record, asked->r->pool) != APR_SUCCESS)
        return MTLS_REASON_CHAIN_TOO_LONG;
    if (!mtls_ticket_store_put_code(&asked->shared->tickets, code->id, octets,
                                    code->issued_at + MTLS_ENDPOINT_CODE_LIFE))
        return MTLS_REASON_TICKET_UNAVAILABLE;
    return MTLS_REASON_GOOD;
}

static bool make_code(asked_t *asked, mtls_code_t *code, const mtls_proof_t *proof)
{
    const mtls_attempt_t *attempt = &asked->attempt;

    *code = (mtls_code_t){.issued_at = mtls_ticket_time(asked->shared),
                          .ends_at = proof->identity->not_after,
                          .origin = attempt->origin,
                          .target = attempt->target,
                          .post = attempt->post};
    memcpy(code->attempt, attempt->id, sizeof(code->attempt));
    memcpy(code->browser, attempt->browser, sizeof(code->browser));
    memcpy(code->place, attempt->place, sizeof(code->place));
    memcpy(code->leaf, proof->identity->sha256, sizeof(code->leaf));
    return RAND_bytes(code->id, sizeof(code->id)) == 1 && count_accepting(asked, code) > 0;
}

static int send_back(asked_t *asked, const mtls_code_t *code, const mtls_proof_t *proof)
{
    request_rec *r = asked->r;
    const mtls_attempt_t *attempt = &asked->attempt;
    mtls_bytes_t octets;
    const char *token = NULL;

    if (mtls_code_write(&octets, code, r->pool))
        token = mtls_tokens_seal(asked->shared, MTLS_TOKEN_CODE, octets, r->pool);
    if (!token)
        return refuse(asked, MTLS_REASON_INTERNAL);
    apr_table_setn(r->headers_out, "Location",
                   apr_pstrcat(r->pool, attempt->origin, attempt->base, "/return?c=", token, NULL));
    mtls_board_count(asked->shared->board, MTLS_COUNTER_CODES_ISSUED);
    mtls_audit_step(r, attempt->id, "accepted at the endpoint", asked->decision->told.profile,
                    proof);
    return attempt->post ? HTTP_TEMPORARY_REDIRECT : HTTP_MOVED_TEMPORARILY;
}

static int issue_code(asked_t *asked)
{
    const mtls_proof_t *proof = asked->decision->told.proof;
    mtls_code_t code;
    mtls_reason_t kept;

    if (!is_in_pace(asked, proof))
        return refuse(asked, MTLS_REASON_OVERLOADED);
    if (!make_code(asked, &code, proof))
        return refuse(asked, MTLS_REASON_INTERNAL);
    kept = keep_chain(asked, &code, proof);
    if (kept != MTLS_REASON_GOOD)
        return refuse(asked, kept);
    return send_back(asked, &code, proof);
}

static int judge(asked_t *asked)
{
    mtls_told_t *told = &asked->decision->told;
    request_rec *r = asked->r;

    mtls_judgement_make(told, asked->conn, NULL, &asked->place, mtls_live_generation(r),
                        asked->shared, apr_time_now());
    if (told->reason == MTLS_REASON_GOOD)
        return issue_code(asked);
    /* a new connection proves it anew */
    if (told->reason == MTLS_REASON_PROOF_EXPIRED)
        r->connection->keepalive = AP_CONN_CLOSE;
    return refuse(asked, told->reason == MTLS_REASON_UNDECIDED ? MTLS_REASON_NO_CERTIFICATE
                                                               : told->reason);
}

/* Whatever is answered here is for this browser, now, and in no frame (S-02, S-33).  A connection
 * that has brought its certificate is of no further use; on HTTP/1.1 it ends. */
static void set_fields(request_rec *r)
{
    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->err_headers_out, "Referrer-Policy", "no-referrer");
    apr_table_setn(r->err_headers_out, "X-Frame-Options", "DENY");
    apr_table_setn(r->err_headers_out, "Content-Security-Policy", mtls_page_csp());
    if (!r->connection->master)
        r->connection->keepalive = AP_CONN_CLOSE;
}

int mtls_endpoint_serve(request_rec *r)
{
    asked_t asked = {.r = r,
                     .shared = mtls_config_server(r->server)->shared,
                     .conn = mtls_conn_of(r->connection),
                     .decision = mtls_decision_make(r)};
    int status;

    set_fields(r);
    status = check_request(&asked);
    if (status == OK)
        status = read_state(&asked);
    if (status == OK)
        status = judge(&asked);
    mtls_live_give_back(r);
    return status;
}
