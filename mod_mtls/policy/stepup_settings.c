/*
 * policy/stepup_settings.c - the directives of step-up: in which order, to which address, and what
 * the tickets are like that browsers come back with.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_cstr.h>
#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/directive_parsers.h"
#include "mtls/policy/value.h"
#include "place_parts.h"
#include "profile_list.h"

/* Longest MTLSStepUpPath; it is part of every address that we make. */
#define MAX_PATH_LEN 64
/* Longest language tag (RFC 5646 section 4.4.1). */
#define MAX_TAG_LEN  35
#define MIN_TIME     apr_time_from_sec(1)
#define MAX_TIME     apr_time_from_sec(30 * 86400)
#define MAX_SKEW     apr_time_from_sec(60)

#define LETTERS      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS       "0123456789"

static bool names_method(const mtls_stepup_order_t *order, mtls_stepup_method_t method)
{
    int i;

    for (i = 0; i < MTLS_STEPUP_MAX_ORDER; i++) {
        if (order->methods[i] == method) {
            return true;
        }
    }
    return false;
}

const char *mtls_parse_step_up(void *target, int argc, const char *const *argv,
                               const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;
    mtls_stepup_order_t order = {.set = true};
    int i;

    if (settings->order.set) {
        return mtls_already_set(settings->order_at, parse->pool);
    }
    for (i = 0; i < argc; i++) {
        int method;
        const char *fault =
            mtls_value_parse_word(&method, argv[i], mtls_stepup_words, "method", parse->pool);

        if (fault) {
            return fault;
        }
        if (mtls_is_among(argv[i], argv, i)) {
            return apr_psprintf(parse->pool, "'%s' is named twice; name each method once", argv[i]);
        }
        if (method == MTLS_STEPUP_NONE && argc > 1) {
            return "'off' stands alone; use off, or methods in order of attempt";
        }
        order.methods[i] = (mtls_stepup_method_t)method;
    }
    if (names_method(&order, MTLS_STEPUP_REDIRECT) &&
        names_method(&order, MTLS_STEPUP_REDIRECT_POST)) {
        return "'redirect-post' includes 'redirect'; use one of them";
    }
    settings->order = order;
    settings->order_at = mtls_origin_copy(parse);
    return NULL;
}

const char *mtls_parse_step_up_url(void *target, int argc, const char *const *argv,
                                   const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;
    mtls_stepup_address_t *address;
    const char *fault;

    if (settings->stepup_address) {
        return mtls_already_set(&settings->stepup_address->at, parse->pool);
    }
    address = apr_pcalloc(parse->pool, sizeof(*address));
    fault = mtls_stepup_address_parse(address, argv[0], argc > 1 ? argv[1] : NULL, parse->pool);
    if (!fault) {
        address->at = parse->at;
        settings->stepup_address = address;
    }
    return fault;
}

const char *mtls_parse_step_up_endpoint(void *target, int argc, const char *const *argv,
                                        const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;
    const char *fault;

    (void)argc;
    if (settings->endpoint) {
        return mtls_already_set(settings->endpoint_at, parse->pool);
    }
    fault = mtls_value_parse_switch(&settings->endpoint, argv[0], parse->pool);
    if (!fault) {
        settings->endpoint_at = mtls_origin_copy(parse);
    }
    return fault;
}

const char *mtls_parse_step_up_origin(void *target, int argc, const char *const *argv,
                                      const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;
    apr_array_header_t *origins = apr_array_make(parse->pool, argc, sizeof(const char *));
    int i;

    if (settings->stepup_origins) {
        return mtls_already_set(NULL, parse->pool);
    }
    for (i = 0; i < argc; i++) {
        const char *fault = mtls_web_origin_check(argv[i], parse->pool);

        if (fault) {
            return fault;
        }
        if (mtls_is_among(argv[i], argv, i)) {
            return apr_psprintf(parse->pool, "%s is named twice; name each origin once",
                                mtls_value_quote(argv[i], parse->pool));
        }
        APR_ARRAY_PUSH(origins, const char *) = apr_pstrdup(parse->pool, argv[i]);
    }
    settings->stepup_origins = origins;
    return NULL;
}

/* Whether each segment is one that no URL parser changes: not empty, no dots alone. */
static bool has_plain_segments(const char *path)
{
    while (*path) {
        size_t len = strcspn(++path, "/");

        if (len == 0 || strspn(path, ".") == len || strspn(path, LETTERS DIGITS "._~-") != len) {
            return false;
        }
        path += len;
    }
    return true;
}

const char *mtls_parse_step_up_path(void *target, int argc, const char *const *argv,
                                    const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;
    const char *path = argv[0];

    (void)argc;
    if (settings->stepup_path) {
        return mtls_already_set(NULL, parse->pool);
    }
    if (path[0] != '/' || strlen(path) > MAX_PATH_LEN || !has_plain_segments(path)) {
        return apr_psprintf(parse->pool,
                            "%s is not a path for this; use " MTLS_DEFAULT_STEPUP_PATH
                            ", or another of letters, digits, '.', '_', '~', '-' and '/', at most "
                            "%d characters, without '/' at its end",
                            mtls_value_quote(path, parse->pool), MAX_PATH_LEN);
    }
    settings->stepup_path = apr_pstrdup(parse->pool, path);
    return NULL;
}

const char *mtls_parse_ticket_key_file(void *target, int argc, const char *const *argv,
                                       const mtls_parse_t *parse)
{
    (void)argc;
    return mtls_set_path(&((mtls_settings_t *)target)->ticket_key_file, argv[0], parse);
}

const char *mtls_parse_ticket_revoked_file(void *target, int argc, const char *const *argv,
                                           const mtls_parse_t *parse)
{
    (void)argc;
    return mtls_set_path(&((mtls_settings_t *)target)->ticket_revoked_file, argv[0], parse);
}

/* The three times; zero is unset in each. */
typedef struct {
    apr_interval_time_t idle;
    apr_interval_time_t total;
    apr_interval_time_t skew; /* plus one */
} times_t;

static const char *take_skew(apr_interval_time_t *out, const char *text, apr_pool_t *pool)
{
    const char *fault = mtls_value_parse_duration(out, text, 0, MAX_SKEW, pool);

    *out += fault ? 0 : 1;
    return fault;
}

static const char *take_time(times_t *times, const char *word, apr_pool_t *pool)
{
    const char *idle = mtls_value_after_key(word, "idle");
    const char *total = mtls_value_after_key(word, "total");
    const char *skew = mtls_value_after_key(word, "skew");

    if (!idle && !total && !skew) {
        return apr_psprintf(pool, "unknown time %s; use idle=TIME, total=TIME or skew=TIME",
                            mtls_value_quote(word, pool));
    }
    if ((idle && times->idle) || (total && times->total) || (skew && times->skew)) {
        return mtls_already_set(NULL, pool);
    }
    if (skew) {
        return take_skew(&times->skew, skew, pool);
    }
    return idle ? mtls_value_parse_duration(&times->idle, idle, MIN_TIME, MAX_TIME, pool)
                : mtls_value_parse_duration(&times->total, total, MIN_TIME, MAX_TIME, pool);
}

const char *mtls_parse_ticket_time(void *target, int argc, const char *const *argv,
                                   const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;
    times_t times = {settings->ticket_idle, settings->ticket_total, settings->ticket_skew};
    int i;

    for (i = 0; i < argc; i++) {
        const char *fault = take_time(&times, argv[i], parse->pool);

        if (fault) {
            return fault;
        }
    }
    if (times.idle && times.total && times.idle > times.total) {
        return apr_psprintf(parse->pool, "idle=%s is longer than total=%s; use at most as much",
                            mtls_value_write_duration(times.idle, parse->pool),
                            mtls_value_write_duration(times.total, parse->pool));
    }
    settings->ticket_idle = times.idle;
    settings->ticket_total = times.total;
    settings->ticket_skew = times.skew;
    return NULL;
}

const char *mtls_parse_ticket_bind(void *target, int argc, const char *const *argv,
                                   const mtls_parse_t *parse)
{
    static const mtls_word_t words[] = {{"none", MTLS_BIND_NONE},
                                        {"user-agent", MTLS_BIND_USER_AGENT},
                                        {"address", MTLS_BIND_ADDRESS},
                                        {NULL, 0}};
    mtls_settings_t *settings = target;
    int i, bits = 0;

    if (settings->ticket_bind) {
        return mtls_already_set(NULL, parse->pool);
    }
    for (i = 0; i < argc; i++) {
        int bit;
        const char *fault = mtls_value_parse_word(&bit, argv[i], words, "word", parse->pool);

        if (fault) {
            return fault;
        }
        if (bits & bit) {
            return apr_psprintf(parse->pool, "'%s' is named twice; name each once", argv[i]);
        }
        bits |= bit;
    }
    if ((bits & MTLS_BIND_NONE) && argc > 1) {
        return "'none' stands alone; use none, or one or both of user-agent and address";
    }
    settings->ticket_bind = (mtls_ticket_bind_t)bits;
    return NULL;
}

const char *mtls_parse_same_origin(void *target, int argc, const char *const *argv,
                                   const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;

    (void)argc;
    return settings->same_origin
               ? mtls_already_set(NULL, parse->pool)
               : mtls_value_parse_switch(&settings->same_origin, argv[0], parse->pool);
}

const char *mtls_parse_preflight(void *target, int argc, const char *const *argv,
                                 const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;
    const char *fault;
    int preflight;

    (void)argc;
    if (settings->preflight) {
        return mtls_already_set(NULL, parse->pool);
    }
    fault = mtls_value_parse_word(&preflight, argv[0], mtls_preflight_words, "choice", parse->pool);
    if (!fault) {
        settings->preflight = (mtls_preflight_t)preflight;
    }
    return fault;
}

/* A language tag by its form (RFC 5646 section 2.1): subtags of one to eight, the first of letters.
 */
static bool is_tag(const char *text)
{
    size_t len = strspn(text, LETTERS);

    if (len < 2 || len > 8 || strlen(text) > MAX_TAG_LEN) {
        return false;
    }
    for (text += len; *text == '-'; text += len) {
        len = strspn(++text, LETTERS DIGITS);
        if (len < 1 || len > 8) {
            return false;
        }
    }
    return *text == '\0';
}

const char *mtls_parse_text_file(void *target, int argc, const char *const *argv,
                                 const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;
    mtls_text_file_t file = {.at = parse->at};
    const char *fault;
    int i;

    (void)argc;
    if (!is_tag(argv[0])) {
        return apr_psprintf(parse->pool, "%s is not a language tag; use one such as fr or pt-BR",
                            mtls_value_quote(argv[0], parse->pool));
    }
    for (i = 0; settings->text_files && i < settings->text_files->nelts; i++) {
        const mtls_text_file_t *other = &APR_ARRAY_IDX(settings->text_files, i, mtls_text_file_t);

        if (apr_cstr_casecmp(other->tag, argv[0]) == 0) {
            return mtls_already_set(&other->at, parse->pool);
        }
    }
    fault = mtls_path_element(&file.path, argv[1], parse);
    if (fault) {
        return fault;
    }
    file.tag = apr_pstrdup(parse->pool, argv[0]);
    if (!settings->text_files) {
        settings->text_files = apr_array_make(parse->pool, 1, sizeof(mtls_text_file_t));
    }
    APR_ARRAY_PUSH(settings->text_files, mtls_text_file_t) = file;
    return NULL;
}
