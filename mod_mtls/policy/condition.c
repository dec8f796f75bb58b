/*
 * mod_mtls/policy/condition.c - compile a condition, and answer it in three values.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/condition.h"

#include <apr_strings.h>
#include <string.h>

#include "condition_parts.h"
#include "field_value.h"
#include "mtls/cert/name_spec.h"
#include "mtls/policy/value.h"

enum { NO_OPERAND = -1 };

static const apr_array_header_t no_strings;

static const char *operand_at(const mtls_condition_spec_t *spec, int i)
{
    return APR_ARRAY_IDX(spec->operands, i, const char *);
}

static const char *compare_word(mtls_compare_t compare)
{
    switch (compare) {
    case MTLS_COMPARE_IS:
        return "is";
    case MTLS_COMPARE_LIKE:
        return "like";
    case MTLS_COMPARE_MATCHES:
        return "matches";
    case MTLS_COMPARE_UNDER:
        return "under";
    case MTLS_COMPARE_PRESENT:
        return "present";
    }
    return NULL;
}

static bool is_pattern(mtls_compare_t compare)
{
    return compare == MTLS_COMPARE_LIKE || compare == MTLS_COMPARE_MATCHES;
}

/* What a field that has no text can be compared with. */
static const char *instead_of_text(const mtls_field_t *field, const char *word, apr_pool_t *pool)
{
    if (field->kind == MTLS_FIELD_NAME) {
        return apr_psprintf(pool,
                            "%s does not work on names; compare %s with is or under, or use one "
                            "of its attributes: cn, ou, issuer.o ...",
                            word, field->word);
    }
    return apr_psprintf(pool, "%s works on text such as cn, email or san-dns; compare %s with is",
                        word, field->word);
}

/* Whether field, comparison and operands can stand together at all. */
static const char *check_combination(const mtls_condition_t *condition, int operands,
                                     apr_pool_t *pool)
{
    const char *word = compare_word(condition->compare);

    if (condition->compare == MTLS_COMPARE_PRESENT && operands != 0) {
        return "present takes no value; use is to compare with one";
    }
    if (condition->compare != MTLS_COMPARE_PRESENT && operands == 0) {
        return apr_pstrcat(pool, word, " needs at least one value", NULL);
    }
    if (is_pattern(condition->compare) && !mtls_field_is_text(&condition->field)) {
        return instead_of_text(&condition->field, word, pool);
    }
    if (condition->compare == MTLS_COMPARE_UNDER && condition->field.kind != MTLS_FIELD_NAME) {
        return apr_psprintf(pool,
                            "under works on names: subject, issuer and san-dirname; compare %s "
                            "with is",
                            condition->field.word);
    }
    if (condition->nocase && !mtls_field_is_text(&condition->field)) {
        return instead_of_text(&condition->field, "any-case", pool);
    }
    if (condition->nocase && condition->compare == MTLS_COMPARE_PRESENT) {
        return "any-case works with is, like and matches";
    }
    return NULL;
}

static const char *compile_key(mtls_bytes_t *key, const mtls_name_t **name,
                               const mtls_condition_t *condition, const char *text,
                               apr_pool_t *pool)
{
    mtls_field_value_t value;
    const char *fault = mtls_field_literal_value(&value, &condition->field, text, pool);

    if (fault == NULL) {
        *key = condition->nocase ? mtls_field_lower(value.key, pool) : value.key;
        *name = value.name;
    }
    return fault;
}

/* Patterns of mailboxes see the domain in lower case: one that asks for capitals there asks for
 * nothing. */
static const char *check_mailbox_glob(const mtls_condition_t *condition, const char *text,
                                      apr_pool_t *pool)
{
    const char *at = strrchr(text, '@');

    if (condition->field.kind == MTLS_FIELD_MAILBOX && condition->compare == MTLS_COMPARE_LIKE &&
        !condition->nocase && at != NULL && at[strcspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] != '\0') {
        return apr_pstrcat(pool, mtls_value_quote(text, pool),
                           " has capitals after its @, where values are in lower case; write it "
                           "so, or add any-case",
                           NULL);
    }
    return NULL;
}

static const char *compile_pattern(const mtls_pattern_t **pattern,
                                   const mtls_condition_t *condition, const char *text,
                                   apr_pool_t *pool)
{
    const char *fault = check_mailbox_glob(condition, text, pool);
    bool nocase = condition->nocase || condition->field.kind == MTLS_FIELD_HOST;

    if (fault != NULL) {
        return fault;
    }
    return mtls_pattern_compile(
        pattern, condition->compare == MTLS_COMPARE_LIKE ? MTLS_PATTERN_GLOB : MTLS_PATTERN_REGEX,
        text, nocase, pool);
}

static const char *compile_keys(mtls_condition_t *condition, const mtls_condition_spec_t *spec,
                                int *operand, apr_pool_t *pool)
{
    size_t count = (size_t)condition->count;
    mtls_bytes_t *keys = apr_palloc(pool, count * sizeof *keys);
    const mtls_name_t **names = apr_palloc(pool, count * sizeof(const mtls_name_t *));
    const char *fault = NULL;
    int i;

    for (i = 0; i < condition->count && fault == NULL; i++) {
        *operand = i;
        fault = compile_key(&keys[i], &names[i], condition, operand_at(spec, i), pool);
    }
    condition->keys = keys;
    condition->names = names;
    return fault;
}

static const char *compile_patterns(mtls_condition_t *condition, const mtls_condition_spec_t *spec,
                                    int *operand, apr_pool_t *pool)
{
    const mtls_pattern_t **patterns =
        apr_palloc(pool, (size_t)condition->count * sizeof(const mtls_pattern_t *));
    const char *fault = NULL;
    int i;

    for (i = 0; i < condition->count && fault == NULL; i++) {
        *operand = i;
        fault = compile_pattern(&patterns[i], condition, operand_at(spec, i), pool);
    }
    condition->patterns = patterns;
    return fault;
}

static bool has_string(const apr_array_header_t *strings, const char *string)
{
    int i;

    for (i = 0; i < strings->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(strings, i, const char *), string) == 0) {
            return true;
        }
    }
    return false;
}

/* Each name once; what is not the case gives nothing to a template. */
static const apr_array_header_t *collect_captures(const mtls_condition_t *condition,
                                                  apr_pool_t *pool)
{
    apr_array_header_t *names;
    int i, j;

    if (!is_pattern(condition->compare) || condition->negate) {
        return &no_strings;
    }
    names = apr_array_make(pool, condition->count, sizeof(const char *));
    for (i = 0; i < condition->count; i++) {
        const mtls_pattern_t *pattern = condition->patterns[i];

        for (j = 0; j < mtls_pattern_capture_count(pattern); j++) {
            const char *name = mtls_pattern_capture_name(pattern, j);

            if (!has_string(names, name)) {
                APR_ARRAY_PUSH(names, const char *) = name;
            }
        }
    }
    return names;
}

static const apr_array_header_t *collect_profiles(const mtls_condition_t *condition,
                                                  apr_pool_t *pool)
{
    apr_array_header_t *names;
    int i;

    if (strcmp(condition->field.word, "profile") != 0 || condition->compare != MTLS_COMPARE_IS ||
        condition->nocase) {
        return &no_strings;
    }
    names = apr_array_make(pool, condition->count, sizeof(const char *));
    for (i = 0; i < condition->count; i++) {
        APR_ARRAY_PUSH(names, const char *) = (const char *)condition->keys[i].data;
    }
    return names;
}

static const char *compile_operands(mtls_condition_t *condition, const mtls_condition_spec_t *spec,
                                    int *operand, apr_pool_t *pool)
{
    switch (condition->compare) {
    case MTLS_COMPARE_IS:
    case MTLS_COMPARE_UNDER:
        return compile_keys(condition, spec, operand, pool);
    case MTLS_COMPARE_LIKE:
    case MTLS_COMPARE_MATCHES:
        return compile_patterns(condition, spec, operand, pool);
    case MTLS_COMPARE_PRESENT:
        break;
    }
    return NULL;
}

const char *mtls_condition_compile(const mtls_condition_t **out, const mtls_condition_spec_t *spec,
                                   int *operand, apr_pool_t *pool)
{
    mtls_condition_t *condition = apr_pcalloc(pool, sizeof *condition);
    int operands = spec->operands != NULL ? spec->operands->nelts : 0;
    const char *fault = mtls_field_parse(&condition->field, spec->field, pool);

    *out = NULL;
    *operand = NO_OPERAND;
    if (fault != NULL) {
        return fault;
    }
    condition->quantify = spec->quantify;
    condition->compare = spec->compare;
    condition->negate = spec->negate;
    condition->nocase = spec->nocase;
    condition->count = operands;
    fault = check_combination(condition, operands, pool);
    if (fault != NULL) {
        return fault;
    }
    if (condition->field.kind == MTLS_FIELD_HOST) {
        condition->nocase = false; /* case never matters there: one spelling */
    }
    fault = compile_operands(condition, spec, operand, pool);
    if (fault != NULL) {
        return fault;
    }
    *operand = NO_OPERAND;
    condition->captures = collect_captures(condition, pool);
    condition->profiles = collect_profiles(condition, pool);
    *out = condition;
    return NULL;
}

static bool is_one_of(const mtls_condition_t *condition, mtls_bytes_t key, apr_pool_t *pool)
{
    mtls_bytes_t folded = condition->nocase ? mtls_field_lower(key, pool) : key;
    int i;

    for (i = 0; i < condition->count; i++) {
        if (mtls_bytes_equal(folded, condition->keys[i])) {
            return true;
        }
    }
    return false;
}

static bool is_under_one_of(const mtls_condition_t *condition, const mtls_name_t *name)
{
    int i;

    for (i = 0; i < condition->count; i++) {
        if (mtls_name_is_under(name, condition->names[i])) {
            return true;
        }
    }
    return false;
}

/* A pattern that gave up may have matched, unless another did. */
static mtls_match_t match_patterns(const mtls_condition_t *condition, mtls_bytes_t text,
                                   apr_array_header_t *captures, apr_pool_t *pool)
{
    mtls_match_t answer = MTLS_MATCH_NO;
    int i;

    for (i = 0; i < condition->count && answer != MTLS_MATCH_YES; i++) {
        mtls_match_t one = mtls_pattern_match(condition->patterns[i], text, captures, pool);

        if (one != MTLS_MATCH_NO) {
            answer = one;
        }
    }
    return answer;
}

static mtls_match_t match_value(const mtls_condition_t *condition, const mtls_field_value_t *value,
                                apr_array_header_t *captures, apr_pool_t *pool)
{
    bool matches = true;

    switch (condition->compare) {
    case MTLS_COMPARE_IS:
        matches = is_one_of(condition, value->key, pool);
        break;
    case MTLS_COMPARE_UNDER:
        matches = is_under_one_of(condition, value->name);
        break;
    case MTLS_COMPARE_LIKE:
    case MTLS_COMPARE_MATCHES:
        return match_patterns(condition, value->key, captures, pool);
    case MTLS_COMPARE_PRESENT:
        break;
    }
    return matches ? MTLS_MATCH_YES : MTLS_MATCH_NO;
}

/* How the values of a field answered. */
typedef struct {
    apr_size_t yes;
    apr_size_t no;
    apr_size_t unknown; /* patterns that gave up */
    bool complete;
} tally_t;

static mtls_match_t decide_some(const tally_t *tally)
{
    if (tally->yes != 0) {
        return MTLS_MATCH_YES;
    }
    return tally->unknown != 0 || !tally->complete ? MTLS_MATCH_UNKNOWN : MTLS_MATCH_NO;
}

static mtls_match_t decide_only(const tally_t *tally)
{
    if (tally->no != 0 || tally->yes + tally->unknown > 1) {
        return MTLS_MATCH_NO;
    }
    if (tally->unknown != 0 || !tally->complete) {
        return MTLS_MATCH_UNKNOWN;
    }
    return tally->yes != 0 ? MTLS_MATCH_YES : MTLS_MATCH_NO;
}

static mtls_match_t decide_every(const tally_t *tally)
{
    if (tally->no != 0) {
        return MTLS_MATCH_NO;
    }
    if (tally->unknown != 0 || !tally->complete) {
        return MTLS_MATCH_UNKNOWN;
    }
    return tally->yes != 0 ? MTLS_MATCH_YES : MTLS_MATCH_NO;
}

static mtls_match_t decide(const mtls_condition_t *condition, const tally_t *tally)
{
    switch (condition->quantify) {
    case MTLS_QUANTIFY_SOME:
        return decide_some(tally);
    case MTLS_QUANTIFY_ONLY:
        return decide_only(tally);
    case MTLS_QUANTIFY_EVERY:
        return decide_every(tally);
    }
    return MTLS_MATCH_UNKNOWN;
}

static mtls_match_t opposite(mtls_match_t answer)
{
    switch (answer) {
    case MTLS_MATCH_NO:
        return MTLS_MATCH_YES;
    case MTLS_MATCH_YES:
        return MTLS_MATCH_NO;
    case MTLS_MATCH_UNKNOWN:
        break;
    }
    return MTLS_MATCH_UNKNOWN;
}

/* The first value settles "some", unless each value's captures are wanted. */
static bool is_settled(const mtls_condition_t *condition, const tally_t *tally,
                       const apr_array_header_t *captures)
{
    return condition->quantify == MTLS_QUANTIFY_SOME && tally->yes != 0 && captures == NULL;
}

mtls_match_t mtls_condition_match(const mtls_condition_t *condition, const mtls_holder_t *holder,
                                  apr_array_header_t *captures, apr_pool_t *pool)
{
    apr_array_header_t *wanted = condition->captures->nelts != 0 ? captures : NULL;
    int captured = wanted != NULL ? wanted->nelts : 0;
    mtls_field_values_t values;
    tally_t tally = {0, 0, 0, true};
    mtls_match_t answer;
    apr_size_t i;

    mtls_field_read_keys(&values, &condition->field, holder, pool);
    tally.complete = values.complete;
    for (i = 0; i < values.count && !is_settled(condition, &tally, wanted); i++) {
        mtls_match_t one = match_value(condition, &values.values[i], wanted, pool);

        tally.yes += one == MTLS_MATCH_YES;
        tally.no += one == MTLS_MATCH_NO;
        tally.unknown += one == MTLS_MATCH_UNKNOWN;
    }
    answer = decide(condition, &tally);
    if (wanted != NULL && answer != MTLS_MATCH_YES) {
        wanted->nelts = captured;
    }
    return condition->negate ? opposite(answer) : answer;
}

const mtls_field_t *mtls_condition_field(const mtls_condition_t *condition)
{
    return &condition->field;
}

int mtls_condition_keys(const mtls_condition_t *condition, const mtls_bytes_t **keys)
{
    bool plain = condition->compare == MTLS_COMPARE_IS && !condition->nocase &&
                 !condition->negate && condition->quantify == MTLS_QUANTIFY_SOME;

    *keys = plain ? condition->keys : NULL;
    return plain ? condition->count : 0;
}

const apr_array_header_t *mtls_condition_captures(const mtls_condition_t *condition)
{
    return condition->captures;
}

const apr_array_header_t *mtls_condition_profiles(const mtls_condition_t *condition)
{
    return condition->profiles;
}
