/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/directives.h"

#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/directive_parsers.h"
#include "mtls/policy/value.h"
#include "place_parts.h"
#include "profile_list.h"

#define KIBI ((apr_size_t)1024)
#define MEBI (KIBI * 1024)
#define GIBI (MEBI * 1024)

const mtls_directive_t mtls_directives[MTLS_DIRECTIVE_COUNT] = {
#define MTLS_DIRECTIVE(id, name, where, min, max, dflt, help)                                      \
    {name, where, min, max, mtls_parse_##id, dflt, help},
#include "mtls/policy/directives.def"
#undef MTLS_DIRECTIVE
};

static const char *expected_args(const mtls_directive_t *directive, apr_pool_t *pool)
{
    const char *plural = directive->max_args == 1 ? "" : "s";

    if (directive->max_args == MTLS_ARGS_MANY) {
        return apr_psprintf(pool, "%d or more arguments", directive->min_args);
    }
    if (directive->min_args == directive->max_args) {
        return apr_psprintf(pool, "%d argument%s", directive->min_args, plural);
    }
    return apr_psprintf(pool, "%d to %d argument%s", directive->min_args, directive->max_args,
                        plural);
}

const char *mtls_directive_apply(const mtls_directive_t *directive, void *target, int argc,
                                 const char *const *argv, const mtls_parse_t *parse)
{
    const char *fault;

    if (argc < directive->min_args || argc > directive->max_args) {
        return apr_psprintf(parse->pool, "%s: takes %s, found %d", directive->name,
                            expected_args(directive, parse->pool), argc);
    }
    fault = directive->parse(target, argc, argv, parse);
    return fault ? apr_pstrcat(parse->pool, directive->name, ": ", fault, NULL) : NULL;
}

const char *mtls_already_set(const mtls_origin_t *at, apr_pool_t *pool)
{
    if (at && at->file) {
        return apr_psprintf(pool, "was already set at %s:%d; keep one of them", at->file, at->line);
    }
    return "was already set in the same place; keep one of them";
}

const mtls_origin_t *mtls_origin_copy(const mtls_parse_t *parse)
{
    return apr_pmemdup(parse->pool, &parse->at, sizeof(parse->at));
}

const char *mtls_parse_verify_client(void *target, int argc, const char *const *argv,
                                     const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;
    const char *fault;
    int mode;

    (void)argc;
    if (settings->verify) {
        return mtls_already_set(settings->verify_at, parse->pool);
    }
    fault = mtls_value_parse_word(&mode, argv[0], mtls_verify_mode_words, "mode", parse->pool);
    if (!fault) {
        settings->verify = (mtls_verify_mode_t)mode;
        settings->verify_at = mtls_origin_copy(parse);
    }
    return fault;
}

bool mtls_is_among(const char *word, const char *const *words, int count)
{
    int i;

    for (i = 0; i < count; i++) {
        if (strcmp(word, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

const char *mtls_parse_accept(void *target, int argc, const char *const *argv,
                              const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;
    mtls_accept_t *accept;
    int i;

    if (settings->accept) {
        return mtls_already_set(settings->accept_at, parse->pool);
    }
    accept = apr_pcalloc(parse->pool, sizeof(*accept));
    accept->names = apr_array_make(parse->pool, argc, sizeof(mtls_sourced_t));
    accept->slots = apr_palloc(parse->pool, sizeof(int) * (size_t)argc);
    for (i = 0; i < argc; i++) {
        const char *fault = mtls_profile_name_check(argv[i], parse->pool);

        if (fault) {
            return fault;
        }
        if (mtls_is_among(argv[i], argv, i)) {
            return apr_psprintf(parse->pool, "%s is named twice; name each profile once",
                                mtls_value_quote(argv[i], parse->pool));
        }
        APR_ARRAY_PUSH(accept->names, mtls_sourced_t) =
            (mtls_sourced_t){apr_pstrdup(parse->pool, argv[i]), parse->at};
        accept->slots[i] = -1;
    }
    settings->accept = accept;
    settings->accept_at = mtls_origin_copy(parse);
    return NULL;
}

const char *mtls_parse_ask_in_handshake(void *target, int argc, const char *const *argv,
                                        const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;
    const char *fault;
    int ask;

    (void)argc;
    if (settings->ask) {
        return mtls_already_set(NULL, parse->pool);
    }
    fault = mtls_value_parse_word(&ask, argv[0], mtls_ask_words, "choice", parse->pool);
    if (!fault) {
        settings->ask = (mtls_ask_t)ask;
    }
    return fault;
}

const char *mtls_parse_step_up_timeout(void *target, int argc, const char *const *argv,
                                       const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;

    (void)argc;
    if (settings->stepup_timeout) {
        return mtls_already_set(NULL, parse->pool);
    }
    return mtls_value_parse_duration(&settings->stepup_timeout, argv[0], apr_time_from_msec(100),
                                     apr_time_from_sec(600), parse->pool);
}

const char *mtls_parse_step_up_limit(void *target, int argc, const char *const *argv,
                                     const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;
    int waiters = settings->stepup_waiters, attempts = settings->stepup_attempts;
    int i;

    for (i = 0; i < argc; i++) {
        const char *for_waiters = mtls_value_after_key(argv[i], "waiters");
        const char *for_attempts = mtls_value_after_key(argv[i], "attempts");
        const char *fault;

        if (!for_waiters && !for_attempts) {
            return apr_psprintf(parse->pool, "unknown limit %s; use waiters=N or attempts=N",
                                mtls_value_quote(argv[i], parse->pool));
        }
        if (for_waiters ? waiters : attempts) {
            return mtls_already_set(NULL, parse->pool);
        }
        fault = for_waiters ? mtls_value_parse_int(&waiters, for_waiters, 1, 10000, parse->pool)
                            : mtls_value_parse_int(&attempts, for_attempts, 1, 100, parse->pool);
        if (fault) {
            return fault;
        }
    }
    settings->stepup_waiters = waiters;
    settings->stepup_attempts = attempts;
    return NULL;
}

const char *mtls_parse_body_buffer(void *target, int argc, const char *const *argv,
                                   const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;
    apr_size_t memory, disk = 0;
    const char *fault;

    if (settings->body_memory) {
        return mtls_already_set(NULL, parse->pool);
    }
    fault = mtls_value_parse_size(&memory, argv[0], 0, 64 * MEBI, parse->pool);
    if (!fault && argc > 1) {
        fault = mtls_value_parse_size(&disk, argv[1], 0, 2 * GIBI, parse->pool);
    }
    if (fault) {
        return fault;
    }
    settings->body_memory = memory + 1;
    settings->body_disk = disk + 1;
    return NULL;
}

const char *mtls_parse_chain_limit(void *target, int argc, const char *const *argv,
                                   const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;
    apr_size_t bytes;
    int certs = 0;
    const char *fault;

    if (settings->chain_bytes) {
        return mtls_already_set(NULL, parse->pool);
    }
    fault = mtls_value_parse_size(&bytes, argv[0], KIBI, 100 * KIBI, parse->pool);
    if (!fault && argc > 1) {
        fault = mtls_value_parse_int(&certs, argv[1], 1, 20, parse->pool);
    }
    if (fault) {
        return fault;
    }
    settings->chain_bytes = bytes;
    settings->chain_certs = certs;
    return NULL;
}

const char *mtls_parse_export_vars(void *target, int argc, const char *const *argv,
                                   const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;
    const char *fault;
    int level;

    (void)argc;
    if (settings->export_vars) {
        return mtls_already_set(NULL, parse->pool);
    }
    fault = mtls_value_parse_word(&level, argv[0], mtls_export_words, "level", parse->pool);
    if (!fault) {
        settings->export_vars = (mtls_export_t)level;
    }
    return fault;
}

const char *mtls_parse_verdict_memo(void *target, int argc, const char *const *argv,
                                    const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;
    const char *fault;
    int entries;

    (void)argc;
    if (settings->memo_entries) {
        return mtls_already_set(NULL, parse->pool);
    }
    fault = mtls_value_parse_int(&entries, argv[0], 1, 1048576, parse->pool);
    if (!fault) {
        settings->memo_entries = (apr_size_t)entries;
    }
    return fault;
}

/* A duration that may be off; off is stored as @a off, which is not zero. */
static const char *set_duration_or_off(apr_interval_time_t *field, const char *text,
                                       apr_interval_time_t off, apr_interval_time_t min,
                                       apr_interval_time_t max, apr_pool_t *pool)
{
    if (*field) {
        return mtls_already_set(NULL, pool);
    }
    if (strcmp(text, "off") == 0) {
        *field = off;
        return NULL;
    }
    return mtls_value_parse_duration(field, text, min, max, pool);
}

const char *mtls_parse_reload_interval(void *target, int argc, const char *const *argv,
                                       const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;

    (void)argc;
    return set_duration_or_off(&settings->reload_interval,
                               strcmp(argv[0], "0") == 0 ? "off" : argv[0], MTLS_RELOAD_OFF,
                               apr_time_from_msec(100), apr_time_from_sec(86400), parse->pool);
}

const char *mtls_parse_max_proof_age(void *target, int argc, const char *const *argv,
                                     const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;

    (void)argc;
    return set_duration_or_off(&settings->max_proof_age, argv[0], MTLS_PROOF_AGE_OFF,
                               apr_time_from_sec(1), apr_time_from_sec(365 * 86400), parse->pool);
}

const char *mtls_parse_cache(void *target, int argc, const char *const *argv,
                             const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;
    size_t len = strspn(argv[0], "abcdefghijklmnopqrstuvwxyz0123456789_-");

    (void)argc;
    if (settings->cache) {
        return mtls_already_set(NULL, parse->pool);
    }
    if (len == 0 || (argv[0][len] && argv[0][len] != ':')) {
        return apr_psprintf(
            parse->pool,
            "%s names no cache; use PROVIDER or PROVIDER:ARGUMENTS as in " MTLS_DEFAULT_CACHE
            ", or off",
            mtls_value_quote(argv[0], parse->pool));
    }
    settings->cache = apr_pstrdup(parse->pool, argv[0]);
    return NULL;
}

const char *mtls_parse_cache_timeout(void *target, int argc, const char *const *argv,
                                     const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;

    (void)argc;
    if (settings->cache_timeout)
        return mtls_already_set(NULL, parse->pool);
    return mtls_value_parse_duration(&settings->cache_timeout, argv[0], apr_time_from_msec(10),
                                     apr_time_from_sec(30), parse->pool);
}

const char *mtls_set_path(const char **field, const char *text, const mtls_parse_t *parse)
{
    return *field ? mtls_already_set(NULL, parse->pool) : mtls_path_element(field, text, parse);
}

const char *mtls_parse_cache_key_file(void *target, int argc, const char *const *argv,
                                      const mtls_parse_t *parse)
{
    (void)argc;
    return mtls_set_path(&((mtls_settings_t *)target)->cache_key_file, argv[0], parse);
}

const char *mtls_parse_state_dir(void *target, int argc, const char *const *argv,
                                 const mtls_parse_t *parse)
{
    (void)argc;
    return mtls_set_path(&((mtls_settings_t *)target)->state_dir, argv[0], parse);
}

const char *mtls_parse_fetch_ca_file(void *target, int argc, const char *const *argv,
                                     const mtls_parse_t *parse)
{
    (void)argc;
    return mtls_set_path(&((mtls_settings_t *)target)->fetch_ca_file, argv[0], parse);
}

const char *mtls_parse_fetch_proxy(void *target, int argc, const char *const *argv,
                                   const mtls_parse_t *parse)
{
    static const char scheme[] = "http://";
    mtls_settings_t *settings = target;
    const char *url, *rest, *fault;

    (void)argc;
    if (settings->fetch_proxy) {
        return mtls_already_set(NULL, parse->pool);
    }
    if (strcmp(argv[0], "none") == 0) {
        settings->fetch_proxy = "";
        return NULL;
    }
    fault = mtls_value_parse_url(&url, argv[0], parse->pool);
    if (fault) {
        return fault;
    }
    rest = url + sizeof(scheme) - 1;
    if (strncmp(url, scheme, sizeof(scheme) - 1) != 0 || rest[strcspn(rest, "/?")]) {
        return apr_psprintf(parse->pool, "%s is not a proxy; use http://host:port, or none",
                            mtls_value_quote(argv[0], parse->pool));
    }
    settings->fetch_proxy = url;
    return NULL;
}
