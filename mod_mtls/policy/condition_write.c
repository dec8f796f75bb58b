/*
 * mod_mtls/policy/condition_write.c - conditions in the syntax of maps, one spelling for each.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <apr_tables.h>
#include <stdlib.h>
#include <string.h>

#include "condition_parts.h"
#include "field_value.h"

static const char *quantify_word(mtls_quantify_t quantify)
{
    switch (quantify) {
    case MTLS_QUANTIFY_SOME:
        return "";
    case MTLS_QUANTIFY_ONLY:
        return "only ";
    case MTLS_QUANTIFY_EVERY:
        return "every ";
    }
    return "";
}

static const char *compare_phrase(mtls_compare_t compare)
{
    switch (compare) {
    case MTLS_COMPARE_IS:
        return " is ";
    case MTLS_COMPARE_LIKE:
        return " like ";
    case MTLS_COMPARE_MATCHES:
        return " matches ";
    case MTLS_COMPARE_UNDER:
        return " under ";
    case MTLS_COMPARE_PRESENT:
        return " present";
    }
    return "";
}

/* In double quotes every octet is itself, and a double quote is two of them. */
static const char *quote(const char *text, apr_size_t len, apr_pool_t *pool)
{
    char *quoted = apr_palloc(pool, 2 * len + 3);
    char *at = quoted;
    apr_size_t i;

    *at++ = '"';
    for (i = 0; i < len; i++) {
        if (text[i] == '"') {
            *at++ = '"';
        }
        *at++ = text[i];
    }
    *at++ = '"';
    *at = '\0';
    return quoted;
}

static const char *write_operand(const mtls_condition_t *condition, int i, apr_pool_t *pool)
{
    mtls_field_value_t value = {{NULL, 0}, {NULL, 0}, NULL};
    mtls_bytes_t text;

    if (condition->patterns != NULL) {
        const char *pattern = mtls_pattern_text(condition->patterns[i]);

        return quote(pattern, strlen(pattern), pool);
    }
    value.key = condition->keys[i];
    value.name = condition->names[i];
    text = mtls_field_write(&condition->field, &value, pool);
    return quote((const char *)text.data, text.len, pool);
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The order of values means nothing, nor does the second of two that are the same; patterns keep
 * theirs, since the first that matches captures. */
static void sort_once(apr_array_header_t *operands)
{
    const char **texts = (const char **)operands->elts;
    int kept = 0;
    int i;

    qsort(texts, (size_t)operands->nelts, sizeof *texts, compare_text);
    for (i = 0; i < operands->nelts; i++) {
        if (kept == 0 || strcmp(texts[kept - 1], texts[i]) != 0) {
            texts[kept++] = texts[i];
        }
    }
    operands->nelts = kept;
}

static const char *join(const apr_array_header_t *operands, apr_pool_t *pool)
{
    static const char separator[] = " or ";
    apr_size_t room = 1;
    char *text, *at;
    int i;

    for (i = 0; i < operands->nelts; i++) {
        room += strlen(APR_ARRAY_IDX(operands, i, const char *)) + sizeof separator - 1;
    }
    text = at = apr_palloc(pool, room);
    for (i = 0; i < operands->nelts; i++) {
        const char *operand = APR_ARRAY_IDX(operands, i, const char *);
        size_t len = strlen(operand);

        if (i != 0) {
            memcpy(at, separator, sizeof separator - 1);
            at += sizeof separator - 1;
        }
        memcpy(at, operand, len);
        at += len;
    }
    *at = '\0';
    return text;
}

static const char *write_operands(const mtls_condition_t *condition, apr_pool_t *pool)
{
    apr_array_header_t *operands = apr_array_make(pool, condition->count, sizeof(const char *));
    int i;

    for (i = 0; i < condition->count; i++) {
        APR_ARRAY_PUSH(operands, const char *) = write_operand(condition, i, pool);
    }
    if (condition->patterns == NULL) {
        sort_once(operands);
    }
    return join(operands, pool);
}

const char *mtls_condition_write(const mtls_condition_t *condition, apr_pool_t *pool)
{
    return apr_pstrcat(pool, condition->negate ? "not " : "", quantify_word(condition->quantify),
                       condition->field.word, compare_phrase(condition->compare),
                       write_operands(condition, pool), condition->nocase ? " any-case" : "", NULL);
}
