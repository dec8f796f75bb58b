/* policy/ocsp_settings.c - the directives of <MTLSTrust> that ask by OCSP. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/directive_parsers.h"
#include "mtls/policy/value.h"
#include "profile_list.h"
#include "revocation_words.h"

static const mtls_word_t ocsp_reach_words[] = {
    {"leaf", MTLS_REACH_LEAF}, {"chain", MTLS_REACH_CHAIN}, {"off", MTLS_REACH_NONE}, {NULL, 0}};

static const mtls_word_t lack_words[] = {
    {"hard", MTLS_LACK_HARD}, {"soft", MTLS_LACK_SOFT}, {NULL, 0}};

static const mtls_word_t nonce_words[] = {{"off", MTLS_NONCE_OFF},
                                          {"optional", MTLS_NONCE_OPTIONAL},
                                          {"require", MTLS_NONCE_REQUIRE},
                                          {NULL, 0}};

static const mtls_word_t method_words[] = {
    {"post", MTLS_OCSP_POST}, {"get", MTLS_OCSP_GET}, {NULL, 0}};

static mtls_ocsp_spec_t *ocsp_of(void *target)
{
    return &((mtls_profile_spec_t *)target)->revocation.ocsp;
}

const char *mtls_parse_ocsp(void *target, int argc, const char *const *argv,
                            const mtls_parse_t *parse)
{
    mtls_ocsp_spec_t *ocsp = ocsp_of(target);
    mtls_manner_t manner = {.lack = MTLS_LACK_UNSET};
    const char *fault;
    int reach, i;

    if (ocsp->reach) {
        return MTLS_AGAIN;
    }
    fault = mtls_value_parse_word(&reach, argv[0], ocsp_reach_words, "choice", parse->pool);
    for (i = 1; !fault && i < argc; i++) {
        const char *grace = mtls_value_after_key(argv[i], "grace");

        fault = grace ? mtls_manner_grace(&manner, grace, parse->pool)
                      : mtls_manner_lack(&manner, argv[i], lack_words,
                                         "hard or soft, and grace=DURATION", parse->pool);
    }
    if (!fault && reach == MTLS_REACH_NONE && argc > 1) {
        fault = "'off' stands alone; use off, or leaf or chain with other words";
    }
    if (fault) {
        return fault;
    }
    ocsp->reach = (mtls_reach_t)reach;
    ocsp->lack = manner.lack;
    ocsp->grace = manner.grace;
    ocsp->at = parse->at;
    return NULL;
}

const char *mtls_parse_ocsp_responder(void *target, int argc, const char *const *argv,
                                      const mtls_parse_t *parse)
{
    mtls_ocsp_spec_t *ocsp = ocsp_of(target);
    mtls_sourced_t responder = {NULL, parse->at};
    const char *fault;

    if (ocsp->responder.value) {
        return MTLS_AGAIN;
    }
    if (argc > 1 && strcmp(argv[1], "override") != 0) {
        return apr_psprintf(parse->pool, "unknown word %s; use URL, or URL override",
                            mtls_value_quote(argv[1], parse->pool));
    }
    fault = mtls_value_parse_url(&responder.value, argv[0], parse->pool);
    if (!fault) {
        ocsp->responder = responder;
        ocsp->responder_override = argc > 1 ? MTLS_ON : MTLS_OFF;
    }
    return mtls_noted(&ocsp->at, fault, parse);
}

const char *mtls_parse_ocsp_responder_cert(void *target, int argc, const char *const *argv,
                                           const mtls_parse_t *parse)
{
    mtls_ocsp_spec_t *ocsp = ocsp_of(target);

    return mtls_noted(&ocsp->at,
                      mtls_list_append(ocsp->responder_certs, argc, argv, parse, mtls_path_element),
                      parse);
}

const char *mtls_parse_ocsp_nonce(void *target, int argc, const char *const *argv,
                                  const mtls_parse_t *parse)
{
    mtls_ocsp_spec_t *ocsp = ocsp_of(target);
    const char *fault;
    int nonce;

    (void)argc;
    if (ocsp->nonce) {
        return MTLS_AGAIN;
    }
    fault = mtls_value_parse_word(&nonce, argv[0], nonce_words, "choice", parse->pool);
    if (!fault) {
        ocsp->nonce = (mtls_nonce_t)nonce;
    }
    return mtls_noted(&ocsp->at, fault, parse);
}

const char *mtls_parse_ocsp_method(void *target, int argc, const char *const *argv,
                                   const mtls_parse_t *parse)
{
    mtls_ocsp_spec_t *ocsp = ocsp_of(target);
    const char *fault;
    int method;

    (void)argc;
    if (ocsp->method) {
        return MTLS_AGAIN;
    }
    fault = mtls_value_parse_word(&method, argv[0], method_words, "method", parse->pool);
    if (!fault) {
        ocsp->method = (mtls_ocsp_method_t)method;
    }
    return mtls_noted(&ocsp->at, fault, parse);
}

const char *mtls_parse_ocsp_timeout(void *target, int argc, const char *const *argv,
                                    const mtls_parse_t *parse)
{
    mtls_ocsp_spec_t *ocsp = ocsp_of(target);

    (void)argc;
    return ocsp->timeout ? MTLS_AGAIN
                         : mtls_noted(&ocsp->at,
                                      mtls_value_parse_duration(&ocsp->timeout, argv[0],
                                                                apr_time_from_msec(100),
                                                                apr_time_from_sec(60), parse->pool),
                                      parse);
}

const char *mtls_parse_ocsp_time(void *target, int argc, const char *const *argv,
                                 const mtls_parse_t *parse)
{
    mtls_ocsp_spec_t *ocsp = ocsp_of(target);
    apr_interval_time_t skew = ocsp->skew, max_age = ocsp->max_age;
    int i;

    for (i = 0; i < argc; i++) {
        const char *for_skew = mtls_value_after_key(argv[i], "skew");
        const char *for_age = mtls_value_after_key(argv[i], "max-age");
        const char *fault;

        if (!for_skew && !for_age) {
            return apr_psprintf(parse->pool,
                                "unknown time %s; use skew=DURATION or max-age=DURATION",
                                mtls_value_quote(argv[i], parse->pool));
        }
        if (for_skew ? skew : max_age) {
            return MTLS_AGAIN;
        }
        fault = for_skew ? mtls_value_parse_duration(&skew, for_skew, apr_time_from_sec(1),
                                                     apr_time_from_sec(3600), parse->pool)
                         : mtls_value_parse_duration(&max_age, for_age, apr_time_from_sec(1),
                                                     apr_time_from_sec(365 * 86400), parse->pool);
        if (fault) {
            return fault;
        }
    }
    ocsp->skew = skew;
    ocsp->max_age = max_age;
    return mtls_noted(&ocsp->at, NULL, parse);
}
