/* httpd/rehearsal.c - see mtls/httpd/rehearsal.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/rehearsal.h"

#include <apr_strings.h>
#include <http_request.h>
#include <openssl/x509_vfy.h>

#include "mtls/httpd/config.h"
#include "mtls/httpd/env.h"
#include "mtls/httpd/live.h"
#include "mtls/httpd/refuse.h"
#include "mtls/httpd/request.h"
#include "mtls/httpd/sources.h"
#include "mtls/trust/judge.h"
#include "mtls/trust/profile_part.h"

static mtls_explained_profile_t judge_one(const mtls_rehearsal_t *rehearsal,
                                          const mtls_generation_t *generation, int slot,
                                          const mtls_verify_means_t *means)
{
    mtls_explained_profile_t told = {.name = mtls_generation_spec(generation, slot)->name};

    told.verdict = mtls_judge(mtls_generation_profile(generation, slot), rehearsal->proof.chain,
                              NULL, means, rehearsal->story.time);
    if (told.verdict.x509_error != X509_V_OK)
        told.detail = X509_verify_cert_error_string(told.verdict.x509_error);
    return told;
}

/* Every profile is told of, not only up to the one that accepts. */
static void judge(request_rec *r, mtls_rehearsal_t *rehearsal, mtls_decision_t *decision)
{
    const mtls_accept_t *accept = decision->accept;
    const mtls_generation_t *generation = mtls_live_generation(r);
    mtls_told_t *told = &decision->told;
    apr_array_header_t *profiles = apr_array_make(r->pool, 4, sizeof(mtls_explained_profile_t));
    const mtls_explained_profile_t *accepted;
    int i;

    for (i = 0; accept && i < accept->names->nelts; i++)
        APR_ARRAY_PUSH(profiles, mtls_explained_profile_t) = judge_one(
            rehearsal, generation, accept->slots[i], &mtls_config_server(r->server)->shared->means);
    rehearsal->story.profiles = profiles;
    accepted = mtls_explanation_accept(&rehearsal->story);
    told->generation = mtls_generation_number(generation);
    told->reason = rehearsal->story.reason;
    if (!accepted)
        return;
    told->reason = MTLS_REASON_GOOD;
    told->proof = &rehearsal->proof;
    told->verdict = accepted->verdict;
    told->profile = accepted->name;
}

static void identify(request_rec *r, mtls_rehearsal_t *rehearsal, mtls_told_t *told,
                     const mtls_sources_t *sources)
{
    mtls_holder_t holder = {told->proof->identity, told->profile};
    mtls_principal_t *principal = apr_palloc(r->pool, sizeof(*principal));
    apr_array_header_t *asked = apr_array_make(r->pool, 2, sizeof(mtls_explained_source_t));

    mtls_sources_ask(principal, r, sources, mtls_live_generation(r), &holder, asked);
    rehearsal->story.sources = asked;
    rehearsal->story.principal = principal;
    told->principal = principal;
}

static bool is_final(const mtls_principal_t *principal)
{
    return principal && (principal->reason == MTLS_REASON_DENIED_BY_RULE ||
                         principal->reason == MTLS_REASON_MAP_UNAVAILABLE);
}

int mtls_rehearsal_access(request_rec *r, mtls_rehearsal_t *rehearsal)
{
    const mtls_settings_t *place = mtls_config_place(r);
    mtls_decision_t *decision;
    mtls_told_t *told;

    if (place->verify <= MTLS_VERIFY_NONE || mtls_decision_own(r))
        return DECLINED;
    decision = mtls_decision_make(r);
    decision->accept = place->accept;
    decision->level = mtls_settings_export(place);
    rehearsal->decision = decision;
    told = &decision->told;
    judge(r, rehearsal, decision);
    if (told->reason != MTLS_REASON_GOOD)
        return place->verify == MTLS_VERIFY_REQUIRE ? mtls_refuse(r, decision, told->reason)
                                                    : DECLINED;
    if (place->sources)
        identify(r, rehearsal, told, place->sources);
    return is_final(told->principal) ? mtls_refuse(r, decision, told->principal->reason) : DECLINED;
}

/* What was decided, once everybody had a say. */
static void conclude(mtls_rehearsal_t *rehearsal, request_rec *looked_up)
{
    mtls_explanation_t *story = &rehearsal->story;
    const mtls_decision_t *decision;

    story->status = looked_up->status;
    if (looked_up->status == HTTP_FORBIDDEN)
        mtls_refuse_conclude(looked_up);
    decision = mtls_decision_of(looked_up);
    if (!decision)
        decision = rehearsal->decision;
    if (!decision) {
        story->reason = MTLS_REASON_UNDECIDED;
        return;
    }
    story->reason = decision->told.reason;
    story->require = decision->unmet_line;
    if (story->reason == MTLS_REASON_GOOD && ap_is_HTTP_ERROR(looked_up->status))
        story->reason = MTLS_REASON_NOT_AUTHORIZED;
}

/* The request that the subrequest is of: @a r without everything that tells who asks.
 *
 * Its place is another one that says the same, for httpd checks no subrequest again that is in the
 * very place of its request. */
static request_rec *without_who_asks(request_rec *r)
{
    request_rec *nobodys = apr_pmemdup(r->pool, r, sizeof(*r));

    nobodys->user = NULL;
    nobodys->ap_auth_type = NULL;
    nobodys->notes = apr_table_make(r->pool, 5);
    nobodys->headers_in = apr_table_copy(r->pool, r->headers_in);
    apr_table_unset(nobodys->headers_in, "Authorization");
    apr_table_unset(nobodys->headers_in, "Proxy-Authorization");
    apr_table_unset(nobodys->headers_in, "Cookie");
    nobodys->subprocess_env = apr_table_copy(r->pool, r->subprocess_env);
    mtls_env_remove(nobodys->subprocess_env);
    nobodys->per_dir_config =
        ap_merge_per_dir_configs(r->pool, r->per_dir_config, ap_create_request_config(r->pool));
    return nobodys;
}

void mtls_rehearsal_run(request_rec *r, mtls_rehearsal_t *rehearsal, const char *method,
                        const char *url)
{
    request_rec *looked_up;

    mtls_request_make(r)->rehearsal = rehearsal;
    rehearsal->story.time = r->request_time;
    rehearsal->story.url = url;
    /* its pool is the request's: what the story refers to stays until the answer is written */
    looked_up = ap_sub_req_method_uri(method, url, without_who_asks(r), NULL);
    conclude(rehearsal, looked_up);
    mtls_request_make(r)->rehearsal = NULL;
}
