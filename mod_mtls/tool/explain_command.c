/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/tool/explain_command.h"

#include <apr_strings.h>
#include <openssl/x509_vfy.h>

#include "mtls/cert/chain_x509.h"
#include "mtls/cert/identity_read.h"
#include "mtls/policy/explain.h"
#include "mtls/policy/template.h"
#include "mtls/tool/map_load.h"
#include "mtls/tool/say.h"
#include "mtls/tool/trust_set.h"
#include "mtls/trust/chain_read.h"
#include "mtls/trust/judge.h"
#include "mtls/trust/material.h"

/* The largest chain that MTLSChainLimit can allow. */
static const mtls_chain_limits_t largest_chain = {100 * 1024, 20};

/* A source as it was loaded: one of the two is there. */
typedef struct {
    const mtls_source_option_t *option;
    const mtls_map_t *map;
    const mtls_template_t *user;
} loaded_source_t;

/* One run. */
typedef struct {
    const mtls_options_t *options;
    const mtls_chain_t *chain;
    mtls_trust_set_t *trust;
    apr_array_header_t *profiles; /* const mtls_profile_t *: to be tried, in order */
    apr_array_header_t *sources;  /* loaded_source_t */
    mtls_faults_t *faults;
    apr_pool_t *pool;
} run_t;

static bool load_file(mtls_bytes_t *out, const char *path, run_t *run)
{
    mtls_material_use_t use = {.directive = "certificate"};

    return mtls_material_load(out, path, use, run->faults, run->pool) == APR_SUCCESS;
}

/* Unlike files that trust is built on, these are foreign: a certificate that is odd is judged. */
static void load_chain(run_t *run)
{
    const mtls_options_t *options = run->options;
    mtls_bytes_t cert, more = {NULL, 0};
    const char *path = options->cert;
    const char *fault;

    if (!load_file(&cert, path, run) ||
        (options->chain && !load_file(&more, options->chain, run))) {
        return;
    }
    fault = mtls_chain_read(&run->chain, cert, NULL, &largest_chain, run->pool);
    if (!fault && options->chain) {
        path = options->chain;
        fault = mtls_chain_read(&run->chain, cert, &more, &largest_chain, run->pool);
    }
    if (fault) {
        mtls_faults_add(run->faults, (mtls_origin_t){path, 0, 0}, "%s", fault);
    }
    mtls_material_wipe(cert);
    mtls_material_wipe(more);
}

static void load_trust(run_t *run)
{
    const mtls_options_t *options = run->options;
    int i;

    for (i = 0; i < options->trust->nelts; i++) {
        mtls_trust_set_add(run->trust, APR_ARRAY_IDX(options->trust, i, const char *),
                           options->root, run->faults);
    }
    mtls_trust_set_load(run->trust, run->faults);
}

/* Those named, or all. */
static void choose_profiles(run_t *run)
{
    const apr_array_header_t *known = mtls_trust_set_names(run->trust);
    const apr_array_header_t *names =
        run->options->profiles->nelts > 0 ? run->options->profiles : known;
    int i;

    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        const mtls_profile_t *profile = mtls_trust_set_find(run->trust, name);

        if (profile) {
            APR_ARRAY_PUSH(run->profiles, const mtls_profile_t *) = profile;
        } else if (names != known) {
            mtls_faults_add(run->faults, (mtls_origin_t){0},
                            "--profile: unknown trust profile '%s'; known are: %s", name,
                            apr_array_pstrcat(run->pool, known, ' '));
        }
    }
}

static void load_user(run_t *run, loaded_source_t *source)
{
    char **words = NULL;
    const char *fault;
    int count = 0;

    if (apr_tokenize_to_argv(source->option->text, &words, run->pool) == APR_SUCCESS) {
        while (words[count]) {
            count++;
        }
    }
    fault = count > 0 ? mtls_template_of_field(&source->user, count, (const char *const *)words,
                                               run->pool)
                      : "needs a field, and may have transforms after it";
    if (fault) {
        mtls_faults_add(run->faults, (mtls_origin_t){0}, "--user: %s", fault);
    }
}

static void load_sources(run_t *run)
{
    const apr_array_header_t *profiles = mtls_trust_set_names(run->trust);
    int i;

    for (i = 0; i < run->options->sources->nelts; i++) {
        loaded_source_t *source = apr_array_push(run->sources);

        *source = (loaded_source_t){
            .option = &APR_ARRAY_IDX(run->options->sources, i, mtls_source_option_t)};
        if (source->option->kind == MTLS_SOURCE_MAP) {
            source->map =
                mtls_map_load_file(source->option->text, profiles, run->faults, run->pool);
        } else {
            load_user(run, source);
        }
    }
}

/* Everything is tried, whatever failed before: all faults are told in one run. */
static bool load(run_t *run)
{
    load_chain(run);
    load_trust(run);
    choose_profiles(run);
    load_sources(run);
    mtls_say_faults(run->faults, run->pool);
    return mtls_faults_error_count(run->faults) == 0;
}

static void judge(mtls_explanation_t *e, const run_t *run)
{
    apr_array_header_t *all =
        apr_array_make(run->pool, run->profiles->nelts, sizeof(mtls_explained_profile_t));
    int i;

    for (i = 0; i < run->profiles->nelts; i++) {
        const mtls_profile_t *profile = APR_ARRAY_IDX(run->profiles, i, const mtls_profile_t *);
        mtls_explained_profile_t *one = apr_array_push(all);

        one->name = mtls_profile_name(profile);
        one->verdict = mtls_judge(profile, run->chain, NULL, NULL, e->time);
        one->detail =
            one->verdict.x509_error ? X509_verify_cert_error_string(one->verdict.x509_error) : NULL;
    }
    e->profiles = all;
}

/* As the server asks MTLSUser.  @return whether the answer is the last word. */
static bool ask_user(mtls_principal_t *answer, const loaded_source_t *source,
                     const mtls_holder_t *holder, mtls_trace_t *trace)
{
    *answer = (mtls_principal_t){.source = mtls_source_word(MTLS_SOURCE_USER)};
    answer->reason = mtls_template_fill(&answer->user, source->user, holder, NULL, trace->pool);
    mtls_trace_add(trace, answer->rule,
                   answer->reason == MTLS_REASON_GOOD ? MTLS_TRACE_DECIDED : MTLS_TRACE_PASSED,
                   mtls_template_text(source->user));
    return answer->reason != MTLS_REASON_USER_ABSENT;
}

/* @return whether the answer is the last word. */
static bool ask_one(mtls_principal_t *answer, apr_array_header_t *told,
                    const loaded_source_t *source, const mtls_holder_t *holder, apr_pool_t *pool)
{
    mtls_trace_t *trace = mtls_trace_make(pool);

    APR_ARRAY_PUSH(told, mtls_explained_source_t) = (mtls_explained_source_t){
        mtls_source_word(source->option->kind), source->option->text, {NULL, 0, 0}, trace};
    if (source->user) {
        return ask_user(answer, source, holder, trace);
    }
    mtls_map_ask(answer, source->map, holder, trace, pool);
    return answer->reason != MTLS_REASON_NO_RULE;
}

/* As the server asks its sources: in order, up to the first that says something. */
static void ask(mtls_explanation_t *e, const run_t *run, const char *profile)
{
    mtls_holder_t holder = {e->identity, profile};
    mtls_principal_t *out = apr_pcalloc(run->pool, sizeof(*out));
    apr_array_header_t *told =
        apr_array_make(run->pool, run->sources->nelts, sizeof(mtls_explained_source_t));
    bool decided = false;
    int i;

    out->reason = MTLS_REASON_NO_RULE;
    for (i = 0; !decided && i < run->sources->nelts; i++) {
        mtls_principal_t answer = {.reason = MTLS_REASON_NO_RULE};

        decided = ask_one(&answer, told, &APR_ARRAY_IDX(run->sources, i, const loaded_source_t),
                          &holder, run->pool);
        if (answer.reason != MTLS_REASON_NO_RULE) {
            *out = answer;
        }
    }
    e->sources = told;
    e->principal = out;
    e->reason = out->reason;
}

static void explain(mtls_explanation_t *e, const run_t *run)
{
    const mtls_explained_profile_t *accepted;

    if (mtls_identity_read(&e->identity, mtls_chain_get0_leaf(run->chain),
                           mtls_chain_der(run->chain, 0), mtls_chain_leaf_sha256(run->chain),
                           run->pool) != APR_SUCCESS) {
        e->identity = NULL;
        e->reason = MTLS_REASON_MALFORMED;
        return;
    }
    judge(e, run);
    accepted = mtls_explanation_accept(e);
    if (accepted && run->sources->nelts > 0) {
        ask(e, run, accepted->name);
    }
}

int mtls_explain_command(const mtls_options_t *options, apr_pool_t *pool)
{
    run_t run = {.options = options,
                 .trust = mtls_trust_set_make(pool),
                 .profiles = apr_array_make(pool, 4, sizeof(const mtls_profile_t *)),
                 .sources = apr_array_make(pool, 4, sizeof(loaded_source_t)),
                 .faults = mtls_faults_make(pool),
                 .pool = pool};
    mtls_explanation_t e = {.certificate = options->cert, .time = options->at, .offline = true};
    const char *text;

    if (!load(&run)) {
        return MTLS_EXIT_UNUSABLE;
    }
    explain(&e, &run);
    text = options->json ? mtls_explanation_write_json(&e, pool) : mtls_explanation_write(&e, pool);
    if (!text || !mtls_say(text, pool)) {
        return MTLS_EXIT_UNUSABLE;
    }
    return e.principal && e.principal->user && e.reason == MTLS_REASON_GOOD ? MTLS_EXIT_YES
                                                                            : MTLS_EXIT_NO;
}
