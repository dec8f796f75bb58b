/*
 * policy/source_settings.c - the directives that say where users come from, and their text again.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/directive_parsers.h"
#include "mtls/policy/source.h"
#include "mtls/policy/value.h"

/* Most sources of one place. */
#define MAX_SOURCES 16

/* The types apr_dbm_open_ex() knows by name. */
static const mtls_word_t dbm_types[] = {{"default", 0}, {"sdbm", 1}, {"gdbm", 2},
                                        {"ndbm", 3},    {"db", 4},   {NULL, 0}};

static const char *add(mtls_settings_t *settings, const mtls_source_t *source, apr_pool_t *pool)
{
    if (!settings->sources) {
        settings->sources = apr_pcalloc(pool, sizeof(*settings->sources));
        settings->sources->sources = apr_array_make(pool, 2, sizeof(mtls_source_t));
    }
    if (settings->sources->sources->nelts == MAX_SOURCES) {
        return apr_psprintf(pool, "is one source of users too many; a place has at most %d",
                            MAX_SOURCES);
    }
    APR_ARRAY_PUSH(settings->sources->sources, mtls_source_t) = *source;
    return NULL;
}

/* @return NULL, or why one of the templates is none. */
static const char *compile_keys(const apr_array_header_t **out, int argc, const char *const *argv,
                                apr_pool_t *pool)
{
    apr_array_header_t *keys = apr_array_make(pool, argc, sizeof(const mtls_template_t *));
    int i;

    for (i = 0; i < argc; i++) {
        mtls_template_fault_t fault;

        if (!mtls_template_compile(&APR_ARRAY_PUSH(keys, const mtls_template_t *), argv[i], NULL,
                                   false, &fault, pool)) {
            return apr_psprintf(pool, "key %s: at %d: %s", mtls_value_quote(argv[i], pool),
                                fault.offset + 1, fault.text);
        }
    }
    *out = keys;
    return NULL;
}

static const char *absolute(const char **out, const char *path, const mtls_parse_t *parse)
{
    *out = *path ? parse->path_fn(parse->path_baton, path) : NULL;
    return *out ? NULL
                : apr_psprintf(parse->pool, "%s is no path", mtls_value_quote(path, parse->pool));
}

const char *mtls_parse_user(void *target, int argc, const char *const *argv,
                            const mtls_parse_t *parse)
{
    mtls_source_t source = {.kind = MTLS_SOURCE_USER, .at = parse->at, .slot = -1};
    const char *fault = mtls_template_of_field(&source.user, argc, argv, parse->pool);

    return fault ? fault : add(target, &source, parse->pool);
}

const char *mtls_parse_map(void *target, int argc, const char *const *argv,
                           const mtls_parse_t *parse)
{
    mtls_source_t source = {.kind = MTLS_SOURCE_MAP, .at = parse->at, .slot = -1};
    const char *fault = absolute(&source.path, argv[0], parse);

    (void)argc;
    return fault ? fault : add(target, &source, parse->pool);
}

/* "sdbm:path" or a path alone; a path may hold a colon of its own. */
static const char *split_type(const char **type, const char *text, apr_pool_t *pool)
{
    const char *colon = strchr(text, ':');
    int i;

    *type = dbm_types[0].word;
    for (i = 0; colon && dbm_types[i].word; i++) {
        const char *path = colon + 1;

        if (strcmp(apr_pstrmemdup(pool, text, (apr_size_t)(colon - text)), dbm_types[i].word) ==
            0) {
            *type = dbm_types[i].word;
            return path;
        }
    }
    return text;
}

const char *mtls_parse_map_dbm(void *target, int argc, const char *const *argv,
                               const mtls_parse_t *parse)
{
    mtls_source_t source = {.kind = MTLS_SOURCE_DBM, .at = parse->at, .slot = -1};
    const char *path = split_type(&source.dbm_type, argv[0], parse->pool);
    const char *fault = absolute(&source.path, path, parse);

    if (!fault) {
        fault = compile_keys(&source.keys, argc - 1, argv + 1, parse->pool);
    }
    return fault ? fault : add(target, &source, parse->pool);
}

/* @return the number of %s in a query, -1 when it holds another conversion. */
static int count_places(const char *query)
{
    int count = 0;

    for (; (query = strchr(query, '%')) != NULL; query += 2) {
        if (query[1] == 's') {
            count++;
        } else if (query[1] != '%') {
            return -1;
        }
    }
    return count;
}

const char *mtls_parse_map_sql(void *target, int argc, const char *const *argv,
                               const mtls_parse_t *parse)
{
    mtls_source_t source = {.kind = MTLS_SOURCE_SQL, .at = parse->at, .slot = -1};
    int places = count_places(argv[0]);
    const char *fault;

    if (places < 0) {
        return "the query may hold %s for each key, and %% for a percent sign, but no other "
               "conversion";
    }
    if (places != argc - 1) {
        return apr_psprintf(parse->pool,
                            "the query has %d of %%s, but %d key%s follow%s; give one key for each",
                            places, argc - 1, argc == 2 ? "" : "s", argc == 2 ? "s" : "");
    }
    source.query = apr_pstrdup(parse->pool, argv[0]);
    fault = compile_keys(&source.keys, argc - 1, argv + 1, parse->pool);
    return fault ? fault : add(target, &source, parse->pool);
}

const char *mtls_parse_fake_basic_auth(void *target, int argc, const char *const *argv,
                                       const mtls_parse_t *parse)
{
    mtls_settings_t *settings = target;

    (void)argc;
    return settings->fake_basic
               ? "was already set in the same place; keep one of them"
               : mtls_value_parse_switch(&settings->fake_basic, argv[0], parse->pool);
}

static const char *write_keys(const mtls_source_t *source, apr_pool_t *pool)
{
    const char *text = "";
    int i;

    for (i = 0; source->keys && i < source->keys->nelts; i++) {
        text =
            apr_pstrcat(pool, text, " \"",
                        mtls_template_text(APR_ARRAY_IDX(source->keys, i, const mtls_template_t *)),
                        "\"", NULL);
    }
    return text;
}

const char *mtls_source_write(const mtls_source_t *source, apr_pool_t *pool)
{
    switch (source->kind) {
    case MTLS_SOURCE_USER:
        return apr_psprintf(pool, "%s %s", mtls_directives[MTLS_DIRECTIVE_user].name,
                            mtls_template_text(source->user));
    case MTLS_SOURCE_MAP:
        return apr_psprintf(pool, "%s %s", mtls_directives[MTLS_DIRECTIVE_map].name, source->path);
    case MTLS_SOURCE_DBM:
        return apr_psprintf(pool, "%s %s:%s%s", mtls_directives[MTLS_DIRECTIVE_map_dbm].name,
                            source->dbm_type, source->path, write_keys(source, pool));
    case MTLS_SOURCE_SQL:
        break;
    }
    return apr_psprintf(pool, "%s \"%s\"%s", mtls_directives[MTLS_DIRECTIVE_map_sql].name,
                        source->query, write_keys(source, pool));
}
