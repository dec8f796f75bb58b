/* policy/rows.c - see mtls/policy/rows.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/rows.h"

#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "mtls/policy/codepoint.h"

typedef enum { COLUMN_USER = 0, COLUMN_GROUPS, COLUMN_DENY, COLUMN_ATTRIBUTE } column_kind_t;

typedef struct {
    column_kind_t kind;
    const char *name;
    const char *value; /* of the first row, and so of all; NULL: nothing */
} column_t;

struct mtls_rows_t {
    apr_pool_t *pool;
    int column_count;
    column_t *columns;
    int row_count;
    apr_array_header_t *groups; /* const char * */
    apr_hash_t *seen;           /* groups that are in the list */
    bool denied;
    const char *message;
    bool ambiguous;
    bool unusable;
};

static column_kind_t kind_of(const char *name)
{
    if (strcmp(name, "user") == 0)
        return COLUMN_USER;
    if (strcmp(name, "groups") == 0)
        return COLUMN_GROUPS;
    if (strcmp(name, "deny") == 0)
        return COLUMN_DENY;
    return COLUMN_ATTRIBUTE;
}

static const char *check_column(const mtls_rows_t *rows, const column_t *column)
{
    const char *fault = NULL;
    int i;

    if (column->kind == COLUMN_ATTRIBUTE)
        fault = mtls_attribute_name_check(column->name, rows->pool);
    for (i = 0; !fault && &rows->columns[i] != column; i++) {
        if (strcmp(rows->columns[i].name, column->name) == 0)
            fault = "two columns have this name; name them with AS";
    }
    return fault ? apr_psprintf(rows->pool, "column '%s': %s", column->name, fault) : NULL;
}

static char *lower(const char *name, apr_pool_t *pool)
{
    char *copy = apr_pstrdup(pool, name);
    char *at;

    for (at = copy; *at; at++)
        *at = apr_tolower(*at);
    return copy;
}

mtls_rows_t *mtls_rows_make(int count, const char *const *names, const char **fault,
                            apr_pool_t *pool)
{
    mtls_rows_t *rows = apr_pcalloc(pool, sizeof(*rows));
    int i;

    rows->pool = pool;
    rows->column_count = count;
    rows->columns = apr_pcalloc(pool, (apr_size_t)count * sizeof(*rows->columns));
    rows->groups = apr_array_make(pool, 8, sizeof(const char *));
    rows->seen = apr_hash_make(pool);
    for (i = 0; i < count; i++) {
        column_t *column = &rows->columns[i];

        column->name = lower(names[i], pool);
        column->kind = kind_of(column->name);
        *fault = check_column(rows, column);
        if (*fault)
            return NULL;
    }
    return rows;
}

static bool is_clean(const char *text)
{
    while (*text) {
        if (mtls_codepoint_next(&text) == MTLS_CODEPOINT_REPLACEMENT)
            return false;
    }
    return true;
}

/* The value as text, NULL when it is none. */
static const char *text_of(mtls_bytes_t value, apr_size_t max, apr_pool_t *pool)
{
    const char *text;

    if (value.len > max || memchr(value.data, '\0', value.len))
        return NULL;
    text = apr_pstrmemdup(pool, (const char *)value.data, value.len);
    return is_clean(text) ? text : NULL;
}

static void add_group(mtls_rows_t *rows, const char *name)
{
    if (mtls_group_name_check(name, rows->pool)) {
        rows->unusable = true;
        return;
    }
    if (apr_hash_get(rows->seen, name, APR_HASH_KEY_STRING))
        return;
    apr_hash_set(rows->seen, name, APR_HASH_KEY_STRING, name);
    APR_ARRAY_PUSH(rows->groups, const char *) = name;
}

static void add_groups(mtls_rows_t *rows, mtls_bytes_t value)
{
    const char *text = text_of(value, MTLS_ROWS_MAX_VALUE, rows->pool);
    const char *end;

    if (!text) {
        rows->unusable = true;
        return;
    }
    for (; text; text = *end ? end + 1 : NULL) {
        apr_size_t len;

        while (*text == ' ')
            text++;
        end = strchr(text, ',');
        if (!end)
            end = text + strlen(text);
        for (len = (apr_size_t)(end - text); len && text[len - 1] == ' '; len--)
            ;
        if (len)
            add_group(rows, apr_pstrmemdup(rows->pool, text, len));
    }
}

static void add_deny(mtls_rows_t *rows, mtls_bytes_t value)
{
    if (!rows->denied)
        rows->message = text_of(value, MTLS_ROWS_MAX_VALUE, rows->pool);
    rows->denied = true;
}

/* A user or an attribute: the same in every row. */
static void add_single(mtls_rows_t *rows, column_t *column, mtls_bytes_t value)
{
    apr_size_t max = column->kind == COLUMN_USER ? MTLS_ROWS_MAX_USER : MTLS_ROWS_MAX_VALUE;
    const char *text = value.len ? text_of(value, max, rows->pool) : NULL;

    if (value.len && !text)
        rows->unusable = true;
    else if (rows->row_count == 0)
        column->value = text;
    else if (!text != !column->value || (text && strcmp(text, column->value) != 0))
        rows->ambiguous = true;
}

const char *mtls_rows_add(mtls_rows_t *rows, const mtls_bytes_t *values)
{
    int i;

    if (rows->row_count == MTLS_ROWS_MAX)
        return apr_psprintf(rows->pool, "more than %d rows", MTLS_ROWS_MAX);
    for (i = 0; i < rows->column_count; i++) {
        column_t *column = &rows->columns[i];

        switch (column->kind) {
        case COLUMN_USER:
        case COLUMN_ATTRIBUTE:
            add_single(rows, column, values[i]);
            break;
        case COLUMN_GROUPS:
            if (values[i].len)
                add_groups(rows, values[i]);
            break;
        case COLUMN_DENY:
            if (values[i].len)
                add_deny(rows, values[i]);
            break;
        }
    }
    rows->row_count++;
    return NULL;
}

static mtls_reason_t reason_of(const mtls_rows_t *rows, const char *user)
{
    if (rows->denied)
        return MTLS_REASON_DENIED_BY_RULE;
    if (rows->unusable)
        return MTLS_REASON_USER_UNUSABLE;
    if (rows->ambiguous)
        return MTLS_REASON_USER_AMBIGUOUS;
    return user || rows->groups->nelts ? MTLS_REASON_GOOD : MTLS_REASON_NO_RULE;
}

static void fill_good(mtls_principal_t *out, const mtls_rows_t *rows)
{
    mtls_attribute_t *attributes =
        apr_pcalloc(rows->pool, (apr_size_t)rows->column_count * sizeof(*attributes));
    int i;

    out->groups = (const char *const *)rows->groups->elts;
    out->group_count = rows->groups->nelts;
    out->attributes = attributes;
    for (i = 0; i < rows->column_count; i++) {
        const column_t *column = &rows->columns[i];

        if (column->kind != COLUMN_ATTRIBUTE || !column->value)
            continue;
        attributes[out->attribute_count].name = column->name;
        attributes[out->attribute_count].value = column->value;
        out->attribute_count++;
    }
}

void mtls_rows_finish(mtls_principal_t *out, const mtls_rows_t *rows)
{
    const char *source = out->source;
    mtls_origin_t rule = out->rule;
    const char *user = NULL;
    int i;

    for (i = 0; i < rows->column_count; i++) {
        if (rows->columns[i].kind == COLUMN_USER)
            user = rows->columns[i].value;
    }
    *out = (mtls_principal_t){.reason = reason_of(rows, user), .source = source, .rule = rule};
    if (out->reason == MTLS_REASON_DENIED_BY_RULE)
        out->message = rows->message;
    if (out->reason != MTLS_REASON_GOOD)
        return;
    out->user = user;
    fill_good(out, rows);
}
