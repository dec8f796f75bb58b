/* policy/revocation_settings.c - the directives of <MTLSTrust> that look for revoked certificates.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/revocation_settings.h"

#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/directive_parsers.h"
#include "mtls/policy/value.h"
#include "profile_list.h"
#include "revocation_words.h"

static const mtls_word_t crl_reach_words[] = {
    {"chain", MTLS_REACH_CHAIN}, {"leaf", MTLS_REACH_LEAF}, {"none", MTLS_REACH_NONE}, {NULL, 0}};

static const mtls_word_t missing_words[] = {
    {"strict", MTLS_LACK_HARD}, {"missing-ok", MTLS_LACK_SOFT}, {NULL, 0}};

static const mtls_word_t source_words[] = {{"all", MTLS_ORDER_ALL},
                                           {"crl", MTLS_ORDER_CRL_FIRST},
                                           {"ocsp", MTLS_ORDER_OCSP_FIRST},
                                           {NULL, 0}};

static mtls_crl_spec_t *crl_of(void *target)
{
    return &((mtls_profile_spec_t *)target)->revocation.crl;
}

const char *mtls_noted(mtls_origin_t *at, const char *fault, const mtls_parse_t *parse)
{
    if (!fault && !at->file) {
        *at = parse->at;
    }
    return fault;
}

static const char *url_element(const char **out, const char *text, const mtls_parse_t *parse)
{
    return mtls_value_parse_url(out, text, parse->pool);
}

static const char *host_element(const char **out, const char *text, const mtls_parse_t *parse)
{
    return mtls_value_parse_host(out, text, parse->pool);
}

const char *mtls_parse_crl_file(void *target, int argc, const char *const *argv,
                                const mtls_parse_t *parse)
{
    mtls_crl_spec_t *crl = crl_of(target);

    return mtls_noted(&crl->at, mtls_list_append(crl->files, argc, argv, parse, mtls_path_element),
                      parse);
}

const char *mtls_parse_crl_path(void *target, int argc, const char *const *argv,
                                const mtls_parse_t *parse)
{
    mtls_crl_spec_t *crl = crl_of(target);

    return mtls_noted(&crl->at, mtls_list_append(crl->dirs, argc, argv, parse, mtls_path_element),
                      parse);
}

const char *mtls_parse_crl_signer_file(void *target, int argc, const char *const *argv,
                                       const mtls_parse_t *parse)
{
    mtls_crl_spec_t *crl = crl_of(target);

    return mtls_noted(
        &crl->at, mtls_list_append(crl->signer_files, argc, argv, parse, mtls_path_element), parse);
}

const char *mtls_manner_grace(mtls_manner_t *manner, const char *text, apr_pool_t *pool)
{
    return manner->grace ? "'grace=' is said twice; keep one of them"
                         : mtls_value_parse_duration(&manner->grace, text, apr_time_from_sec(1),
                                                     apr_time_from_sec(365 * 86400), pool);
}

const char *mtls_manner_lack(mtls_manner_t *manner, const char *text, const mtls_word_t *words,
                             const char *use, apr_pool_t *pool)
{
    int lack;

    if (mtls_value_parse_word(&lack, text, words, "word", pool)) {
        return apr_psprintf(pool, "unknown word %s; use %s", mtls_value_quote(text, pool), use);
    }
    if (manner->lack) {
        return apr_psprintf(pool, "'%s' stands beside '%s'; keep one of them", text,
                            mtls_value_word(words, (int)manner->lack));
    }
    manner->lack = (mtls_lack_t)lack;
    return NULL;
}

static const char *parse_crl_word(mtls_manner_t *manner, const char *text, apr_pool_t *pool)
{
    const char *grace = mtls_value_after_key(text, "grace");
    const char *fault = NULL;

    if (grace) {
        fault = mtls_manner_grace(manner, grace, pool);
    } else if (strcmp(text, "hard") == 0) {
        fault = manner->hard ? "'hard' is said twice; keep one of them" : NULL;
        manner->hard = true;
    } else {
        fault = mtls_manner_lack(manner, text, missing_words,
                                 "strict or missing-ok, and hard or grace=DURATION", pool);
    }
    if (!fault && manner->hard && manner->grace) {
        fault = "'hard' leaves no grace; keep 'hard' or 'grace=', not both";
    }
    return fault;
}

const char *mtls_parse_crl_check(void *target, int argc, const char *const *argv,
                                 const mtls_parse_t *parse)
{
    mtls_crl_spec_t *crl = crl_of(target);
    mtls_manner_t manner = {.lack = MTLS_LACK_UNSET};
    const char *fault;
    int reach, i;

    if (crl->reach) {
        return MTLS_AGAIN;
    }
    fault = mtls_value_parse_word(&reach, argv[0], crl_reach_words, "choice", parse->pool);
    for (i = 1; !fault && i < argc; i++) {
        fault = parse_crl_word(&manner, argv[i], parse->pool);
    }
    if (!fault && reach == MTLS_REACH_NONE && argc > 1) {
        fault = "'none' stands alone; use none, or chain or leaf with other words";
    }
    if (fault) {
        return fault;
    }
    crl->reach = (mtls_reach_t)reach;
    crl->missing = manner.lack;
    crl->grace = manner.grace;
    crl->at = parse->at;
    return NULL;
}

/* Keep all arguments but @a word.  @return their number. */
static int take_out(const char **rest, int argc, const char *const *argv, const char *word)
{
    int kept = 0, i;

    for (i = 0; i < argc; i++) {
        if (strcmp(argv[i], word) != 0) {
            rest[kept++] = argv[i];
        }
    }
    return kept;
}

const char *mtls_parse_crl_fetch(void *target, int argc, const char *const *argv,
                                 const mtls_parse_t *parse)
{
    static const char alone[] = "'off' stands alone; use off, or 'certificates' and URLs";
    mtls_crl_spec_t *crl = crl_of(target);
    const char **urls = apr_palloc(parse->pool, sizeof(char *) * (size_t)argc);
    int count = take_out(urls, argc, argv, "certificates");
    const char *fault;

    if (crl->fetch_from_certs == MTLS_OFF) {
        return alone;
    }
    if (strcmp(argv[0], "off") == 0) {
        if (argc > 1 ||
            mtls_revocation_spec_fetches(&((mtls_profile_spec_t *)target)->revocation)) {
            return alone;
        }
        crl->fetch_from_certs = MTLS_OFF;
        return NULL;
    }
    fault = mtls_list_append(crl->fetch_urls, count, urls, parse, url_element);
    if (!fault && count < argc) {
        crl->fetch_from_certs = MTLS_ON;
    }
    return mtls_noted(&crl->at, fault, parse);
}

const char *mtls_parse_crl_fetch_limit(void *target, int argc, const char *const *argv,
                                       const mtls_parse_t *parse)
{
    mtls_crl_spec_t *crl = crl_of(target);
    apr_interval_time_t time;
    apr_size_t size;
    const char *fault;

    (void)argc;
    if (crl->fetch_size) {
        return MTLS_AGAIN;
    }
    fault = mtls_value_parse_size(&size, argv[0], 1024, 1024u * 1024u * 1024u, parse->pool);
    if (!fault) {
        fault = mtls_value_parse_duration(&time, argv[1], apr_time_from_msec(100),
                                          apr_time_from_sec(3600), parse->pool);
    }
    if (fault) {
        return fault;
    }
    crl->fetch_size = size;
    crl->fetch_time = time;
    crl->fetch_limit_at = parse->at;
    return mtls_noted(&crl->at, NULL, parse);
}

const char *mtls_parse_fetch_hosts(void *target, int argc, const char *const *argv,
                                   const mtls_parse_t *parse)
{
    return mtls_list_append(((mtls_profile_spec_t *)target)->revocation.fetch_hosts, argc, argv,
                            parse, host_element);
}

const char *mtls_parse_revocation_order(void *target, int argc, const char *const *argv,
                                        const mtls_parse_t *parse)
{
    mtls_revocation_spec_t *spec = &((mtls_profile_spec_t *)target)->revocation;
    int first, second = 0;
    const char *fault;

    if (spec->order) {
        return MTLS_AGAIN;
    }
    fault = mtls_value_parse_word(&first, argv[0], source_words, "source", parse->pool);
    if (!fault && argc > 1) {
        fault = mtls_value_parse_word(&second, argv[1], source_words, "source", parse->pool);
    }
    if (fault) {
        return fault;
    }
    if ((first == MTLS_ORDER_ALL) != (argc == 1) || second == MTLS_ORDER_ALL || first == second) {
        return "an order names both sources; use 'all', 'crl ocsp' or 'ocsp crl'";
    }
    spec->order = (mtls_revocation_order_t)first;
    spec->order_at = parse->at;
    return NULL;
}
