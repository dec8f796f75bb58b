/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/map.h"

#include <apr_file_info.h>
#include <apr_hash.h>
#include <apr_strings.h>

#include "mtls/policy/map_data.h"
#include "mtls/policy/map_lex.h"
#include "mtls/policy/map_parse.h"
#include "mtls/policy/value.h"

enum { MAX_FAULTS = 50 };

/* A file that is being read; the one that includes it is above. */
typedef struct file_t {
    const struct file_t *above;
    const char *path;
    uint32_t number;
    int depth;
    int statements; /* rules and includes */
    int no_rules;   /* line that says so; 0: none */
} file_t;

typedef struct {
    mtls_map_t *map;
    mtls_map_index_t *index;
    mtls_map_shared_t shared;
    const mtls_map_reader_t *reader;
    mtls_faults_t *faults;
    int found;         /* faults, added or only counted */
    apr_hash_t *read;  /* mtls_origin_t of the include, by path */
    apr_hash_t *named; /* profiles that were asked about */
    apr_array_header_t *files;
    apr_pool_t *pool, *scratch, *statement;
    uint32_t rules;
} loading_t;

static void complain(loading_t *loading, mtls_origin_t at, const char *text)
{
    if (loading->found++ < MAX_FAULTS)
        mtls_faults_add(loading->faults, at, "%s", text);
}

static mtls_origin_t place_in(const file_t *file, int line, int column)
{
    return (mtls_origin_t){file->path, line, column};
}

static void complain_why(loading_t *loading, const file_t *file, const mtls_map_complaint_t *why)
{
    complain(loading, place_in(file, why->line, why->column), why->text);
}

typedef struct {
    loading_t *loading;
    const file_t *file;
} naming_t;

static void name_profile(void *baton, const char *name, const mtls_map_token_t *at)
{
    const naming_t *naming = baton;
    loading_t *loading = naming->loading;
    const mtls_map_reader_t *reader = loading->reader;
    const char *fault;

    if (reader->profile_fn == NULL ||
        apr_hash_get(loading->named, name, APR_HASH_KEY_STRING) != NULL)
        return;
    name = apr_pstrdup(loading->scratch, name);
    apr_hash_set(loading->named, name, APR_HASH_KEY_STRING, name);
    fault = reader->profile_fn(reader->baton, name, loading->scratch);
    if (fault != NULL)
        complain(loading, place_in(naming->file, at->line, at->column), fault);
}

static void add_rule(loading_t *loading, const file_t *file, const mtls_map_statement_t *statement,
                     int line)
{
    naming_t naming = {loading, file};
    mtls_map_complaint_t why = {0, 0, NULL};
    mtls_map_keys_t keys;
    const mtls_map_rule_t *equal;
    mtls_map_rule_t *rule = mtls_map_rule_make(statement, &loading->shared, &keys, name_profile,
                                               &naming, &why, loading->statement);

    if (rule == NULL) {
        complain_why(loading, file, &why);
        return;
    }
    rule->order = loading->rules++;
    rule->line = (uint32_t)line;
    rule->file = file->number;
    equal = mtls_map_index_add(loading->index, rule, &keys);
    if (equal != NULL)
        complain(loading, place_in(file, line, 1),
                 apr_psprintf(loading->statement,
                              "the same conditions as the rule at %s:%u; take one of them away, or "
                              "give one another priority",
                              APR_ARRAY_IDX(loading->files, (int)equal->file, const char *),
                              (unsigned)equal->line));
    else if (rule->indexed)
        loading->map->counts.exact++;
    else
        loading->map->counts.scanned++;
}

static void load_file(loading_t *loading, const file_t *above, const char *path, mtls_origin_t at);

/* A file is read once: twice it would say everything twice, and files that include each other
 * twice would be read 2^depth times. */
static const char *refuse_include(const loading_t *loading, const file_t *file, const char *path)
{
    const mtls_origin_t *before = apr_hash_get(loading->read, path, APR_HASH_KEY_STRING);
    const file_t *each = file;

    do {
        if (strcmp(each->path, path) == 0)
            return apr_psprintf(loading->statement, "%s includes itself", path);
        each = each->above;
    } while (each != NULL);
    if (before != NULL)
        return apr_psprintf(loading->statement, "%s is included at %s:%d already", path,
                            before->file, before->line);
    if (file->depth >= MTLS_MAP_MAX_INCLUDES)
        return apr_psprintf(loading->statement, "files include each other over %d levels",
                            MTLS_MAP_MAX_INCLUDES);
    return NULL;
}

static void include_file(loading_t *loading, const file_t *file, const mtls_map_token_t *name)
{
    mtls_origin_t at = place_in(file, name->line, name->column);
    const char *slash = strrchr(file->path, '/');
    const char *dir = slash == NULL ? "." : slash == file->path ? "/" : NULL;
    const char *fault;
    char *path;

    if (dir == NULL)
        dir = apr_pstrmemdup(loading->statement, file->path, (apr_size_t)(slash - file->path));
    if (apr_filepath_merge(&path, dir, name->text, 0, loading->pool) != APR_SUCCESS) {
        complain(loading, at, "not a path");
        return;
    }
    fault = refuse_include(loading, file, path);
    if (fault != NULL)
        complain(loading, at, fault);
    else
        load_file(loading, file, path, at);
}

static void take_statement(loading_t *loading, file_t *file, const apr_array_header_t *tokens)
{
    int line = APR_ARRAY_IDX(tokens, 0, mtls_map_token_t).line;
    mtls_map_statement_t statement;
    mtls_map_complaint_t why = {0, 0, NULL};
    mtls_map_token_t path;

    file->statements++;
    if (!mtls_map_parse_statement(&statement, tokens, &why, loading->statement)) {
        complain_why(loading, file, &why);
        return;
    }
    switch (statement.kind) {
    case MTLS_MAP_RULE:
        add_rule(loading, file, &statement, line);
        break;
    case MTLS_MAP_INCLUDE:
        /* The pool of the statement is cleared while the other file is read. */
        path = *statement.path;
        path.text = apr_pstrdup(loading->scratch, path.text);
        include_file(loading, file, &path);
        break;
    case MTLS_MAP_NO_RULES:
        file->statements--;
        file->no_rules = line;
        break;
    }
}

static void load_statements(loading_t *loading, file_t *file, mtls_bytes_t octets)
{
    apr_array_header_t *tokens = apr_array_make(loading->scratch, 32, sizeof(mtls_map_token_t));
    mtls_map_complaint_t why = {0, 0, NULL};
    mtls_map_lexed_t lexed;
    mtls_map_lex_t lex;

    mtls_map_lex_init(&lex, octets, true);
    while ((lexed = mtls_map_lex_next(&lex, tokens, &why, loading->statement)) !=
           MTLS_MAP_LEX_END) {
        if (lexed == MTLS_MAP_LEX_STATEMENT) {
            take_statement(loading, file, tokens);
        } else {
            complain_why(loading, file, &why);
            file->statements++;
        }
        apr_pool_clear(loading->statement);
    }
    apr_pool_clear(loading->statement);
}

static mtls_bytes_t skip_mark(loading_t *loading, const file_t *file, mtls_bytes_t octets)
{
    if (octets.len < 3 || memcmp(octets.data, "\xef\xbb\xbf", 3) != 0)
        return octets;
    complain(loading, place_in(file, 1, 1),
             "the file begins with a byte order mark; save it as UTF-8 without one");
    return (mtls_bytes_t){octets.data + 3, octets.len - 3};
}

static void check_emptiness(loading_t *loading, const file_t *file)
{
    if (file->statements == 0 && file->no_rules == 0)
        complain(loading, place_in(file, 0, 0),
                 "the file holds no rule; write \"no rules\" if that is meant");
    else if (file->statements != 0 && file->no_rules != 0)
        complain(loading, place_in(file, file->no_rules, 1),
                 "\"no rules\" in a file with rules; take it away");
}

static void load_file(loading_t *loading, const file_t *above, const char *path, mtls_origin_t at)
{
    file_t file = {
        above, path, (uint32_t)loading->files->nelts, above != NULL ? above->depth + 1 : 0, 0, 0};
    mtls_bytes_t octets = {0};

    apr_hash_set(loading->read, path, APR_HASH_KEY_STRING,
                 apr_pmemdup(loading->scratch, &at, sizeof(at)));
    APR_ARRAY_PUSH(loading->files, const char *) = path;
    if (loading->reader->read_fn(loading->reader->baton, &octets, path, at,
                                 loading->found < MAX_FAULTS ? loading->faults : NULL,
                                 loading->scratch) != APR_SUCCESS) {
        loading->found++;
        return;
    }
    load_statements(loading, &file, skip_mark(loading, &file, octets));
    check_emptiness(loading, &file);
}

static void begin(loading_t *loading, apr_pool_t *pool, apr_pool_t *scratch)
{
    loading->pool = pool;
    loading->scratch = scratch;
    apr_pool_create(&loading->statement, scratch);
    loading->map = apr_pcalloc(pool, sizeof(*loading->map));
    loading->index = mtls_map_index_make(pool, scratch);
    mtls_map_shared_init(&loading->shared, pool, scratch);
    loading->read = apr_hash_make(scratch);
    loading->named = apr_hash_make(scratch);
    loading->files = apr_array_make(pool, 1, sizeof(const char *));
}

static void finish(loading_t *loading)
{
    mtls_map_t *map = loading->map;

    mtls_map_index_finish(loading->index, loading->scratch);
    map->index = loading->index;
    map->files = loading->files;
    map->counts.files = loading->files->nelts;
    map->counts.bytes = loading->shared.bytes + mtls_map_index_bytes(loading->index);
}

apr_status_t mtls_map_load(const mtls_map_t **out, const char *path, mtls_origin_t at,
                           const mtls_map_reader_t *reader, mtls_faults_t *faults, apr_pool_t *pool,
                           apr_pool_t *scratch)
{
    loading_t loading = {.reader = reader, .faults = faults};

    *out = NULL;
    begin(&loading, pool, scratch);
    load_file(&loading, NULL, apr_pstrdup(pool, path), at);
    finish(&loading);
    apr_pool_destroy(loading.statement);
    if (loading.found > MAX_FAULTS)
        mtls_faults_add(faults, (mtls_origin_t){path, 0, 0}, "and %d more",
                        loading.found - MAX_FAULTS);
    if (loading.found != 0)
        return APR_EGENERAL;
    *out = loading.map;
    return APR_SUCCESS;
}

const mtls_map_counts_t *mtls_map_counts(const mtls_map_t *map)
{
    return &map->counts;
}
