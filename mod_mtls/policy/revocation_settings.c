/* policy/revocation_settings.c - the directives of <MTLSTrust> that look for revoked certificates.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/revocation_settings.h"

#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/directive_parsers.h"
#include "mtls/policy/value.h"
#include "profile_list.h"

static const mtls_word_t crl_reach_words[] = {
    {"chain", MTLS_REACH_CHAIN}, {"leaf", MTLS_REACH_LEAF}, {"none", MTLS_REACH_NONE}, {NULL, 0}};

static const mtls_word_t ocsp_reach_words[] = {
    {"leaf", MTLS_REACH_LEAF}, {"chain", MTLS_REACH_CHAIN}, {"off", MTLS_REACH_NONE}, {NULL, 0}};

static const mtls_word_t missing_words[] = {
    {"strict", MTLS_LACK_HARD}, {"missing-ok", MTLS_LACK_SOFT}, {NULL, 0}};

static const mtls_word_t lack_words[] = {
    {"hard", MTLS_LACK_HARD}, {"soft", MTLS_LACK_SOFT}, {NULL, 0}};

static const mtls_word_t nonce_words[] = {{"off", MTLS_NONCE_OFF},
                                          {"optional", MTLS_NONCE_OPTIONAL},
                                          {"require", MTLS_NONCE_REQUIRE},
                                          {NULL, 0}};

static const mtls_word_t method_words[] = {
    {"post", MTLS_OCSP_POST}, {"get", MTLS_OCSP_GET}, {NULL, 0}};

static const mtls_word_t source_words[] = {{"all", MTLS_ORDER_ALL},
                                           {"crl", MTLS_ORDER_CRL_FIRST},
                                           {"ocsp", MTLS_ORDER_OCSP_FIRST},
                                           {NULL, 0}};

static mtls_crl_spec_t *crl_of(void *target)
{
    return &((mtls_profile_spec_t *)target)->revocation.crl;
}

static mtls_ocsp_spec_t *ocsp_of(void *target)
{
    return &((mtls_profile_spec_t *)target)->revocation.ocsp;
}

/* Keep the place of the first directive of a kind, once it was found right. */
static const char *noted(mtls_origin_t *at, const char *fault, const mtls_parse_t *parse)
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

    return noted(&crl->at, mtls_list_append(crl->files, argc, argv, parse, mtls_path_element),
                 parse);
}

const char *mtls_parse_crl_path(void *target, int argc, const char *const *argv,
                                const mtls_parse_t *parse)
{
    mtls_crl_spec_t *crl = crl_of(target);

    return noted(&crl->at, mtls_list_append(crl->dirs, argc, argv, parse, mtls_path_element),
                 parse);
}

const char *mtls_parse_crl_signer_file(void *target, int argc, const char *const *argv,
                                       const mtls_parse_t *parse)
{
    mtls_crl_spec_t *crl = crl_of(target);

    return noted(&crl->at,
                 mtls_list_append(crl->signer_files, argc, argv, parse, mtls_path_element), parse);
}

/* The words after the reach, in any order. */
typedef struct {
    mtls_lack_t lack;          /* unset: not said */
    bool hard;                 /* MTLSCRLCheck hard */
    apr_interval_time_t grace; /* 0: not said */
} manner_t;

static const char *parse_grace(manner_t *manner, const char *text, apr_pool_t *pool)
{
    return manner->grace ? "'grace=' is said twice; keep one of them"
                         : mtls_value_parse_duration(&manner->grace, text, apr_time_from_sec(1),
                                                     apr_time_from_sec(365 * 86400), pool);
}

/* One of two words that exclude each other. */
static const char *parse_lack(manner_t *manner, const char *text, const mtls_word_t *words,
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

static const char *parse_crl_word(manner_t *manner, const char *text, apr_pool_t *pool)
{
    const char *grace = mtls_value_after_key(text, "grace");
    const char *fault = NULL;

    if (grace) {
        fault = parse_grace(manner, grace, pool);
    } else if (strcmp(text, "hard") == 0) {
        fault = manner->hard ? "'hard' is said twice; keep one of them" : NULL;
        manner->hard = true;
    } else {
        fault = parse_lack(manner, text, missing_words,
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
    manner_t manner = {.lack = MTLS_LACK_UNSET};
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
    return noted(&crl->at, fault, parse);
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
    return noted(&crl->at, NULL, parse);
}

const char *mtls_parse_fetch_hosts(void *target, int argc, const char *const *argv,
                                   const mtls_parse_t *parse)
{
    return mtls_list_append(((mtls_profile_spec_t *)target)->revocation.fetch_hosts, argc, argv,
                            parse, host_element);
}

const char *mtls_parse_ocsp(void *target, int argc, const char *const *argv,
                            const mtls_parse_t *parse)
{
    mtls_ocsp_spec_t *ocsp = ocsp_of(target);
    manner_t manner = {.lack = MTLS_LACK_UNSET};
    const char *fault;
    int reach, i;

    if (ocsp->reach) {
        return MTLS_AGAIN;
    }
    fault = mtls_value_parse_word(&reach, argv[0], ocsp_reach_words, "choice", parse->pool);
    for (i = 1; !fault && i < argc; i++) {
        const char *grace = mtls_value_after_key(argv[i], "grace");

        fault = grace ? parse_grace(&manner, grace, parse->pool)
                      : parse_lack(&manner, argv[i], lack_words, "hard or soft, and grace=DURATION",
                                   parse->pool);
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
    return noted(&ocsp->at, fault, parse);
}

const char *mtls_parse_ocsp_responder_cert(void *target, int argc, const char *const *argv,
                                           const mtls_parse_t *parse)
{
    mtls_ocsp_spec_t *ocsp = ocsp_of(target);

    return noted(&ocsp->at,
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
    return noted(&ocsp->at, fault, parse);
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
    return noted(&ocsp->at, fault, parse);
}

const char *mtls_parse_ocsp_timeout(void *target, int argc, const char *const *argv,
                                    const mtls_parse_t *parse)
{
    mtls_ocsp_spec_t *ocsp = ocsp_of(target);

    (void)argc;
    return ocsp->timeout
               ? MTLS_AGAIN
               : noted(&ocsp->at,
                       mtls_value_parse_duration(&ocsp->timeout, argv[0], apr_time_from_msec(100),
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
    return noted(&ocsp->at, NULL, parse);
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

bool mtls_revocation_spec_fetches(const mtls_revocation_spec_t *spec)
{
    return spec->crl.fetch_from_certs == MTLS_ON || spec->crl.fetch_urls->nelts > 0;
}

bool mtls_revocation_spec_has_crls(const mtls_revocation_spec_t *spec)
{
    return spec->crl.files->nelts > 0 || spec->crl.dirs->nelts > 0 ||
           mtls_revocation_spec_fetches(spec);
}

bool mtls_revocation_spec_asks(const mtls_revocation_spec_t *spec)
{
    return spec->ocsp.reach > MTLS_REACH_NONE;
}

static void check_crl(const mtls_revocation_spec_t *spec, mtls_faults_t *faults)
{
    const mtls_crl_spec_t *crl = &spec->crl;
    bool has_crls = mtls_revocation_spec_has_crls(spec) || crl->fetch_from_certs == MTLS_OFF;

    if (!mtls_revocation_spec_has_crls(spec) && crl->reach > MTLS_REACH_NONE) {
        mtls_faults_add(
            faults, crl->at,
            "MTLSCRLCheck: '%s' needs CRLs; add MTLSCRLFile, MTLSCRLPath or MTLSCRLFetch",
            mtls_value_word(crl_reach_words, (int)crl->reach));
    }
    if (!has_crls && crl->signer_files->nelts > 0) {
        mtls_faults_add(faults, APR_ARRAY_IDX(crl->signer_files, 0, mtls_sourced_t).at,
                        "MTLSCRLSignerFile: there are no CRLs that its keys could have signed; add "
                        "MTLSCRLFile, MTLSCRLPath or MTLSCRLFetch");
    }
    if (crl->fetch_size && !mtls_revocation_spec_fetches(spec) &&
        crl->fetch_from_certs != MTLS_OFF) {
        mtls_faults_add(faults, crl->at,
                        "MTLSCRLFetchLimit: nothing is fetched; add MTLSCRLFetch certificates or "
                        "MTLSCRLFetch URL");
    }
}

/* @return the name of the first directive that only MTLSOCSP gives a meaning, NULL: none was said.
 */
static const char *ocsp_detail(const mtls_ocsp_spec_t *ocsp)
{
    const struct {
        bool said;
        mtls_directive_id_t directive;
    } details[] = {
        {ocsp->responder.value != NULL, MTLS_DIRECTIVE_ocsp_responder},
        {ocsp->responder_certs->nelts > 0, MTLS_DIRECTIVE_ocsp_responder_cert},
        {ocsp->nonce != MTLS_NONCE_UNSET, MTLS_DIRECTIVE_ocsp_nonce},
        {ocsp->method != MTLS_OCSP_METHOD_UNSET, MTLS_DIRECTIVE_ocsp_method},
        {ocsp->timeout != 0, MTLS_DIRECTIVE_ocsp_timeout},
        {ocsp->skew != 0 || ocsp->max_age != 0, MTLS_DIRECTIVE_ocsp_time},
    };
    size_t i;

    for (i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
        if (details[i].said) {
            return mtls_directives[details[i].directive].name;
        }
    }
    return NULL;
}

static void check_ocsp(const mtls_ocsp_spec_t *ocsp, mtls_faults_t *faults)
{
    const char *detail = ocsp->reach == MTLS_REACH_UNSET ? ocsp_detail(ocsp) : NULL;

    if (detail) {
        mtls_faults_add(
            faults, ocsp->at,
            "%s: nobody is asked by OCSP in this profile; add MTLSOCSP leaf or MTLSOCSP "
            "chain",
            detail);
    }
}

/* Hosts are those of URLs in certificates: of responders, and of distribution points. */
static void check_hosts(const mtls_revocation_spec_t *spec, mtls_faults_t *faults)
{
    bool off = spec->ocsp.reach == MTLS_REACH_NONE || spec->crl.fetch_from_certs == MTLS_OFF;
    bool follows = spec->crl.fetch_from_certs == MTLS_ON ||
                   (mtls_revocation_spec_asks(spec) && spec->ocsp.responder_override != MTLS_ON);

    if (spec->fetch_hosts->nelts > 0 && !follows && !off) {
        mtls_faults_add(
            faults, APR_ARRAY_IDX(spec->fetch_hosts, 0, mtls_sourced_t).at,
            "MTLSFetchHosts: no URL of a certificate is used in this profile; add "
            "MTLSCRLFetch certificates, or MTLSOCSP without a responder that overrides");
    }
}

static void check_order(const mtls_revocation_spec_t *spec, mtls_faults_t *faults)
{
    bool crl = mtls_revocation_spec_has_crls(spec) || spec->crl.reach == MTLS_REACH_NONE ||
               spec->crl.fetch_from_certs == MTLS_OFF;
    bool ocsp = spec->ocsp.reach != MTLS_REACH_UNSET;

    switch (spec->order) {
    case MTLS_ORDER_UNSET:
        return;
    case MTLS_ORDER_ALL:
        if (crl || ocsp) {
            return;
        }
        break;
    case MTLS_ORDER_CRL_FIRST:
    case MTLS_ORDER_OCSP_FIRST:
        if (crl && ocsp) {
            return;
        }
        break;
    }
    mtls_faults_add(faults, spec->order_at,
                    "MTLSRevocationOrder: there %s to put in order; add %s%s%s, or leave this out",
                    crl || ocsp ? "is one source only" : "are no sources",
                    crl ? "" : "MTLSCRLFile, MTLSCRLPath or MTLSCRLFetch",
                    crl || ocsp ? "" : ", and ", ocsp ? "" : "MTLSOCSP");
}

/* A pinned certificate is trusted for itself: no CA says anything of it. */
static bool has_pins_only(const mtls_profile_spec_t *spec)
{
    return spec->ca_files->nelts == 0 && spec->ca_dirs->nelts == 0 &&
           (spec->pins->nelts > 0 || spec->pin_files->nelts > 0);
}

void mtls_revocation_spec_check(const mtls_profile_spec_t *spec, mtls_faults_t *faults)
{
    const mtls_revocation_spec_t *revocation = &spec->revocation;
    bool crl = mtls_revocation_spec_has_crls(revocation) || revocation->crl.reach > MTLS_REACH_NONE;

    if (has_pins_only(spec) && (crl || mtls_revocation_spec_asks(revocation))) {
        mtls_faults_add(
            faults, crl ? revocation->crl.at : revocation->ocsp.at,
            "%s: profile %s has pins and no CA, and who revokes is a CA; take the pin out "
            "to revoke a certificate, or add MTLSCACertificateFile",
            crl ? "MTLSCRL..." : "MTLSOCSP", spec->name);
        return;
    }
    check_crl(revocation, faults);
    check_ocsp(&revocation->ocsp, faults);
    check_hosts(revocation, faults);
    check_order(revocation, faults);
}
