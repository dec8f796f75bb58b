/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/directive_parsers.h"
#include "mtls/policy/value.h"
#include "profile_list.h"

/* Longest name of a profile, so that it fits any message. */
#define MAX_NAME 64

/* Words whose number is the digest's bits. */
static const mtls_word_t digest_words[] = {
    {"sha256", 256}, {"sha384", 384}, {"sha512", 512}, {NULL, 0}};

static const mtls_word_t ca_names_words[] = {{"all", MTLS_CA_NAMES_ALL},
                                             {"none", MTLS_CA_NAMES_NONE},
                                             {"file", MTLS_CA_NAMES_FILE},
                                             {NULL, 0}};

mtls_profile_spec_t *mtls_profile_spec_make(const char *name, mtls_origin_t at, apr_pool_t *pool)
{
    mtls_profile_spec_t *spec = apr_pcalloc(pool, sizeof(*spec));
    apr_array_header_t **const lists[] = {&spec->ca_files,
                                          &spec->ca_dirs,
                                          &spec->intermediate_files,
                                          &spec->pins,
                                          &spec->pin_files,
                                          &spec->ekus,
                                          &spec->policies,
                                          &spec->revocation.crl.files,
                                          &spec->revocation.crl.dirs,
                                          &spec->revocation.crl.signer_files,
                                          &spec->revocation.crl.fetch_urls,
                                          &spec->revocation.ocsp.responder_certs,
                                          &spec->revocation.fetch_hosts};
    size_t i;

    spec->name = apr_pstrdup(pool, name);
    spec->at = at;
    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        *lists[i] = apr_array_make(pool, 1, sizeof(mtls_sourced_t));
    }
    return spec;
}

const char *mtls_profile_name_check(const char *name, apr_pool_t *pool)
{
    size_t len = strlen(name);

    if (len > 0 && len <= MAX_NAME &&
        strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == len) {
        return NULL;
    }
    return apr_psprintf(pool,
                        "%s cannot name a profile; use 1 to %d letters, digits, dots, dashes and "
                        "underscores",
                        mtls_value_quote(name, pool), MAX_NAME);
}

const char *mtls_list_append(apr_array_header_t *list, int argc, const char *const *argv,
                             const mtls_parse_t *parse, mtls_element_fn element)
{
    int had = list->nelts, i;

    for (i = 0; i < argc; i++) {
        mtls_sourced_t item = {NULL, parse->at};
        const char *fault = element(&item.value, argv[i], parse);

        if (fault) {
            list->nelts = had;
            /* cppcheck-suppress returnDanglingLifetime ; the text is the pool's, not the item's */
            return fault;
        }
        APR_ARRAY_PUSH(list, mtls_sourced_t) = item;
    }
    return NULL;
}

const char *mtls_path_element(const char **out, const char *text, const mtls_parse_t *parse)
{
    const char *path = text[0] ? parse->path_fn(parse->path_baton, text) : NULL;

    if (!path) {
        return apr_psprintf(parse->pool, "%s is not a path; use one below ServerRoot or absolute",
                            mtls_value_quote(text, parse->pool));
    }
    *out = path;
    return NULL;
}

static const char *pin_element(const char **out, const char *text, const mtls_parse_t *parse)
{
    mtls_pin_t pin;
    const char *fault = mtls_value_parse_pin(&pin, text, parse->pool);

    if (!fault) {
        *out = mtls_value_write_pin(&pin, parse->pool);
    }
    return fault;
}

static const char *oid_element(const char **out, const char *text, const mtls_parse_t *parse)
{
    return mtls_value_parse_oid(out, text, parse->pool);
}

const char *mtls_parse_ca_file(void *target, int argc, const char *const *argv,
                               const mtls_parse_t *parse)
{
    return mtls_list_append(((mtls_profile_spec_t *)target)->ca_files, argc, argv, parse,
                            mtls_path_element);
}

const char *mtls_parse_ca_path(void *target, int argc, const char *const *argv,
                               const mtls_parse_t *parse)
{
    return mtls_list_append(((mtls_profile_spec_t *)target)->ca_dirs, argc, argv, parse,
                            mtls_path_element);
}

const char *mtls_parse_intermediate_file(void *target, int argc, const char *const *argv,
                                         const mtls_parse_t *parse)
{
    return mtls_list_append(((mtls_profile_spec_t *)target)->intermediate_files, argc, argv, parse,
                            mtls_path_element);
}

const char *mtls_parse_pin(void *target, int argc, const char *const *argv,
                           const mtls_parse_t *parse)
{
    return mtls_list_append(((mtls_profile_spec_t *)target)->pins, argc, argv, parse, pin_element);
}

const char *mtls_parse_pin_file(void *target, int argc, const char *const *argv,
                                const mtls_parse_t *parse)
{
    return mtls_list_append(((mtls_profile_spec_t *)target)->pin_files, argc, argv, parse,
                            mtls_path_element);
}

const char *mtls_parse_partial_chain(void *target, int argc, const char *const *argv,
                                     const mtls_parse_t *parse)
{
    mtls_profile_spec_t *spec = target;

    (void)argc;
    return spec->partial_chain
               ? MTLS_AGAIN
               : mtls_value_parse_switch(&spec->partial_chain, argv[0], parse->pool);
}

const char *mtls_parse_verify_depth(void *target, int argc, const char *const *argv,
                                    const mtls_parse_t *parse)
{
    mtls_profile_spec_t *spec = target;
    const char *fault;
    int depth;

    (void)argc;
    if (spec->depth) {
        return MTLS_AGAIN;
    }
    fault = mtls_value_parse_int(&depth, argv[0], 0, 20, parse->pool);
    if (!fault) {
        spec->depth = depth + 1;
    }
    return fault;
}

/* A word that may stand among the OIDs of a directive, and the switch it turns on. */
typedef struct {
    const char *word;
    mtls_switch_t *on;
} flag_t;

/* Take out the words of @a flags, turning their switches on, and keep the rest. */
static int split_flags(const char **rest, int argc, const char *const *argv, const flag_t *flags,
                       size_t flag_count)
{
    int kept = 0, i;

    for (i = 0; i < argc; i++) {
        size_t f = 0;

        while (f < flag_count && strcmp(argv[i], flags[f].word) != 0) {
            f++;
        }
        if (f < flag_count) {
            *flags[f].on = MTLS_ON;
        } else {
            rest[kept++] = argv[i];
        }
    }
    return kept;
}

const char *mtls_parse_extended_key_usage(void *target, int argc, const char *const *argv,
                                          const mtls_parse_t *parse)
{
    mtls_profile_spec_t *spec = target;
    mtls_switch_t any = spec->eku_any, strict = spec->eku_strict;
    const flag_t flags[] = {{"any", &any}, {"strict", &strict}};
    const char **oids = apr_palloc(parse->pool, sizeof(char *) * (size_t)argc);
    int count = split_flags(oids, argc, argv, flags, sizeof(flags) / sizeof(flags[0]));
    const char *fault;

    if (any == MTLS_ON && (strict == MTLS_ON || count > 0 || spec->ekus->nelts > 0)) {
        return "'any' stands alone; use any, or usages with or without strict";
    }
    fault = mtls_list_append(spec->ekus, count, oids, parse, oid_element);
    if (!fault) {
        spec->eku_any = any;
        spec->eku_strict = strict;
    }
    return fault;
}

const char *mtls_parse_certificate_policy(void *target, int argc, const char *const *argv,
                                          const mtls_parse_t *parse)
{
    mtls_profile_spec_t *spec = target;
    mtls_switch_t no_mapping = spec->policy_no_mapping, no_any = spec->policy_no_any;
    mtls_switch_t any = MTLS_UNSET;
    const flag_t flags[] = {
        {"any", &any}, {"inhibit-mapping", &no_mapping}, {"inhibit-any", &no_any}};
    const char **oids = apr_palloc(parse->pool, sizeof(char *) * (size_t)argc);
    int count = split_flags(oids, argc, argv, flags, sizeof(flags) / sizeof(flags[0]));
    const char *fault;

    if (any == MTLS_ON && (count > 0 || spec->policies->nelts > 0)) {
        return "'any' cannot stand beside policies; use any, or the policies of which one is "
               "needed";
    }
    fault = mtls_list_append(spec->policies, count, oids, parse, oid_element);
    if (!fault) {
        spec->policy_no_mapping = no_mapping;
        spec->policy_no_any = no_any;
    }
    return fault;
}

const char *mtls_parse_min_key_size(void *target, int argc, const char *const *argv,
                                    const mtls_parse_t *parse)
{
    mtls_profile_spec_t *spec = target;
    int rsa = spec->min_rsa_bits, ec = spec->min_ec_bits;
    int i;

    for (i = 0; i < argc; i++) {
        const char *for_rsa = mtls_value_after_key(argv[i], "rsa");
        const char *for_ec = mtls_value_after_key(argv[i], "ec");
        const char *fault;

        if (!for_rsa && !for_ec) {
            return apr_psprintf(parse->pool, "unknown key type %s; use rsa=BITS or ec=BITS",
                                mtls_value_quote(argv[i], parse->pool));
        }
        if (for_rsa ? rsa : ec) {
            return MTLS_AGAIN;
        }
        fault = for_rsa ? mtls_value_parse_int(&rsa, for_rsa, 1024, MTLS_PROFILE_MAX_RSA_BITS,
                                               parse->pool)
                        : mtls_value_parse_int(&ec, for_ec, 160, 521, parse->pool);
        if (fault) {
            return fault;
        }
    }
    spec->min_rsa_bits = rsa;
    spec->min_ec_bits = ec;
    return NULL;
}

const char *mtls_parse_min_digest(void *target, int argc, const char *const *argv,
                                  const mtls_parse_t *parse)
{
    mtls_profile_spec_t *spec = target;

    (void)argc;
    return spec->min_digest_bits ? MTLS_AGAIN
                                 : mtls_value_parse_word(&spec->min_digest_bits, argv[0],
                                                         digest_words, "digest", parse->pool);
}

const char *mtls_parse_max_lifetime(void *target, int argc, const char *const *argv,
                                    const mtls_parse_t *parse)
{
    mtls_profile_spec_t *spec = target;

    (void)argc;
    return spec->max_lifetime
               ? MTLS_AGAIN
               : mtls_value_parse_duration(&spec->max_lifetime, argv[0], apr_time_from_sec(3600),
                                           apr_time_from_sec(INT64_C(36500) * 86400), parse->pool);
}

const char *mtls_parse_ca_names(void *target, int argc, const char *const *argv,
                                const mtls_parse_t *parse)
{
    mtls_profile_spec_t *spec = target;
    mtls_sourced_t file = {NULL, parse->at};
    const char *fault;
    int which;

    if (spec->ca_names) {
        return MTLS_AGAIN;
    }
    fault = mtls_value_parse_word(&which, argv[0], ca_names_words, "choice", parse->pool);
    if (fault) {
        return fault;
    }
    if ((which == MTLS_CA_NAMES_FILE) != (argc == 2)) {
        return "only 'file' takes a path, and needs one; use all, none or file PATH";
    }
    if (argc == 2) {
        fault = mtls_path_element(&file.value, argv[1], parse);
        if (fault) {
            return fault;
        }
        spec->ca_names_file = file;
    }
    spec->ca_names = (mtls_ca_names_t)which;
    return NULL;
}
