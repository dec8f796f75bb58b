/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/map_parse.h"

#include <apr_strings.h>

#include "mtls/policy/map.h"
#include "mtls/policy/value.h"

typedef struct {
    const mtls_map_token_t *begin, *at, *end;
    mtls_map_complaint_t *why;
    apr_pool_t *pool;
} parsing_t;

/* A bare word of these where text is expected is a forgotten word more often than text. */
static const char *const keywords[] = {"when",     "always",  "priority", "include", "and",
                                       "or",       "not",     "only",     "every",   "is",
                                       "like",     "matches", "under",    "present", "then",
                                       "any-case", "user",    "groups",   "set",     "deny"};

static bool is_word(const mtls_map_token_t *token, const char *word)
{
    return token->kind == MTLS_MAP_BARE && strcmp(token->text, word) == 0;
}

static bool at_word(const parsing_t *parsing, const char *word)
{
    return parsing->at < parsing->end && is_word(parsing->at, word);
}

static bool take_word(parsing_t *parsing, const char *word)
{
    if (!at_word(parsing, word))
        return false;
    parsing->at++;
    return true;
}

static bool is_keyword(const mtls_map_token_t *token)
{
    size_t i;

    for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        if (is_word(token, keywords[i]))
            return true;
    }
    return false;
}

/* "expected WANTED, found ...", at the word that is there or after the last one. */
static bool expected(const parsing_t *parsing, const char *wanted)
{
    const mtls_map_token_t *token = parsing->at;
    const char *hint = "";

    if (token == parsing->end) {
        token--;
        *parsing->why = (mtls_map_complaint_t){
            token->line, token->end,
            apr_psprintf(parsing->pool, "expected %s, found the end of the statement", wanted)};
        return false;
    }
    if (token->kind == MTLS_MAP_COMMA)
        hint = "; a value with a comma needs quotes";
    else if (is_keyword(token))
        hint = "; a value that is a word of this language needs quotes";
    *parsing->why =
        (mtls_map_complaint_t){token->line, token->column,
                               apr_psprintf(parsing->pool, "expected %s, found %s%s", wanted,
                                            mtls_value_quote(token->text, parsing->pool), hint)};
    return false;
}

static bool refuse(const parsing_t *parsing, const mtls_map_token_t *token, const char *text)
{
    *parsing->why = (mtls_map_complaint_t){token->line, token->column, text};
    return false;
}

/* What begins no statement goes on with the one before more often than not. */
static bool no_statement(const parsing_t *parsing)
{
    static const char wanted[] = "when, always, priority, include or \"no rules\"";

    if (parsing->at == parsing->begin && is_keyword(parsing->at))
        return refuse(parsing, parsing->at,
                      apr_psprintf(parsing->pool,
                                   "expected %s, found '%s'; indent the line when it goes on with "
                                   "the statement before",
                                   wanted, parsing->at->text));
    return expected(parsing, wanted);
}

static const mtls_map_token_t *take_text(parsing_t *parsing, const char *wanted)
{
    const mtls_map_token_t *token = parsing->at;

    if (token == parsing->end || token->kind == MTLS_MAP_COMMA || is_keyword(token)) {
        expected(parsing, wanted);
        return NULL;
    }
    parsing->at++;
    return token;
}

static bool parse_operands(parsing_t *parsing, mtls_map_when_t *when)
{
    apr_array_header_t *operands = apr_array_make(parsing->pool, 1, sizeof(const char *));

    when->spec.operands = operands;
    do {
        const mtls_map_token_t *token = take_text(parsing, "a value");

        if (token == NULL)
            return false;
        if (when->operand == NULL)
            when->operand = token;
        APR_ARRAY_PUSH(operands, const char *) = token->text;
    } while (take_word(parsing, "or"));
    when->spec.nocase = take_word(parsing, "any-case");
    return true;
}

static bool parse_comparison(parsing_t *parsing, mtls_map_when_t *when)
{
    if (take_word(parsing, "present")) {
        when->spec.compare = MTLS_COMPARE_PRESENT;
        when->spec.operands = apr_array_make(parsing->pool, 0, sizeof(const char *));
        return true;
    }
    if (take_word(parsing, "is"))
        when->spec.compare = MTLS_COMPARE_IS;
    else if (take_word(parsing, "like"))
        when->spec.compare = MTLS_COMPARE_LIKE;
    else if (take_word(parsing, "matches"))
        when->spec.compare = MTLS_COMPARE_MATCHES;
    else if (take_word(parsing, "under"))
        when->spec.compare = MTLS_COMPARE_UNDER;
    else
        return expected(parsing, "is, like, matches, under or present");
    return parse_operands(parsing, when);
}

static bool parse_when(parsing_t *parsing, mtls_map_when_t *when)
{
    when->spec.negate = take_word(parsing, "not");
    if (take_word(parsing, "only"))
        when->spec.quantify = MTLS_QUANTIFY_ONLY;
    else if (take_word(parsing, "every"))
        when->spec.quantify = MTLS_QUANTIFY_EVERY;
    when->field = take_text(parsing, "a field");
    if (when->field == NULL)
        return false;
    if (when->field->kind == MTLS_MAP_QUOTED)
        return refuse(parsing, when->field, "a field is named without quotes");
    when->spec.field = when->field->text;
    return parse_comparison(parsing, when);
}

static bool parse_whens(parsing_t *parsing, mtls_map_statement_t *out)
{
    apr_array_header_t *whens = apr_array_make(parsing->pool, 2, sizeof(mtls_map_when_t));

    out->whens = whens;
    if (take_word(parsing, "always"))
        return true;
    if (!take_word(parsing, "when"))
        return no_statement(parsing);
    do {
        mtls_map_when_t when = {0};

        if (!parse_when(parsing, &when))
            return false;
        APR_ARRAY_PUSH(whens, mtls_map_when_t) = when;
    } while (take_word(parsing, "and"));
    return true;
}

static bool parse_groups(parsing_t *parsing, mtls_map_then_t *out)
{
    apr_array_header_t *groups;

    if (out->groups != NULL)
        return refuse(parsing, parsing->at - 1, "groups twice; separate groups by commas");
    groups = apr_array_make(parsing->pool, 2, sizeof(const mtls_map_token_t *));
    out->groups = groups;
    for (;;) {
        const mtls_map_token_t *token = take_text(parsing, "a group");

        if (token == NULL)
            return false;
        APR_ARRAY_PUSH(groups, const mtls_map_token_t *) = token;
        if (parsing->at == parsing->end || parsing->at->kind != MTLS_MAP_COMMA)
            return true;
        parsing->at++;
    }
}

static bool parse_set(parsing_t *parsing, apr_array_header_t *sets)
{
    mtls_map_set_t set = {0};
    int i;

    set.name = take_text(parsing, "the name of an attribute");
    if (set.name == NULL)
        return false;
    set.value = take_text(parsing, "the attribute's value");
    if (set.value == NULL)
        return false;
    for (i = 0; i < sets->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(sets, i, mtls_map_set_t).name->text, set.name->text) == 0)
            return refuse(parsing, set.name,
                          apr_psprintf(parsing->pool, "set %s twice",
                                       mtls_value_quote(set.name->text, parsing->pool)));
    }
    APR_ARRAY_PUSH(sets, mtls_map_set_t) = set;
    return true;
}

static bool parse_user(parsing_t *parsing, mtls_map_then_t *out)
{
    if (out->user != NULL)
        return refuse(parsing, parsing->at - 1, "user twice");
    out->user = take_text(parsing, "a user");
    return out->user != NULL;
}

static bool parse_deny(parsing_t *parsing, mtls_map_then_t *out)
{
    const mtls_map_token_t *word = parsing->at - 1;

    if (out->user != NULL || out->groups != NULL || out->sets->nelts != 0)
        return refuse(parsing, word, "deny stands alone: it excludes user, groups and set");
    out->deny = true;
    if (parsing->at == parsing->end)
        return true;
    out->deny_text = take_text(parsing, "the text of the deny");
    if (out->deny_text == NULL)
        return false;
    if (parsing->at < parsing->end)
        return expected(parsing, "the end of the statement after deny and its text in quotes");
    return true;
}

static bool parse_results(parsing_t *parsing, mtls_map_then_t *out)
{
    apr_array_header_t *sets = apr_array_make(parsing->pool, 2, sizeof(mtls_map_set_t));
    const mtls_map_token_t *begin = parsing->at;
    bool good = true;

    *out = (mtls_map_then_t){.sets = sets};
    while (good && parsing->at < parsing->end) {
        if (take_word(parsing, "user"))
            good = parse_user(parsing, out);
        else if (take_word(parsing, "groups"))
            good = parse_groups(parsing, out);
        else if (take_word(parsing, "set"))
            good = parse_set(parsing, sets);
        else if (take_word(parsing, "deny"))
            good = parse_deny(parsing, out);
        else
            return expected(parsing, begin == parsing->at
                                         ? "user, groups, set or deny"
                                         : "user, groups, set or the end of the statement");
    }
    if (good && parsing->at == begin)
        return expected(parsing, "user, groups, set or deny");
    return good;
}

static bool parse_priority(parsing_t *parsing, mtls_map_statement_t *out)
{
    const char *fault;

    if (!take_word(parsing, "priority"))
        return true;
    if (parsing->at == parsing->end)
        return expected(parsing, "a number");
    fault = mtls_value_parse_int(&out->priority, parsing->at->text, 1, MTLS_MAP_PRIORITY_MAX,
                                 parsing->pool);
    if (fault != NULL)
        return refuse(parsing, parsing->at, fault);
    parsing->at++;
    return true;
}

static bool parse_include(parsing_t *parsing, mtls_map_statement_t *out)
{
    out->kind = MTLS_MAP_INCLUDE;
    out->path = take_text(parsing, "the path of a rules file");
    if (out->path == NULL)
        return false;
    if (out->path->len == 0)
        return refuse(parsing, out->path, "an empty path");
    return parsing->at == parsing->end || expected(parsing, "the end of the statement");
}

static bool parse_no_rules(parsing_t *parsing, mtls_map_statement_t *out)
{
    out->kind = MTLS_MAP_NO_RULES;
    if (!take_word(parsing, "rules"))
        return expected(parsing, "\"rules\" after \"no\"");
    return parsing->at == parsing->end || expected(parsing, "the end of the statement");
}

static parsing_t begin_parsing(const apr_array_header_t *tokens, mtls_map_complaint_t *why,
                               apr_pool_t *pool)
{
    const mtls_map_token_t *first = (const mtls_map_token_t *)tokens->elts;

    return (parsing_t){first, first, first + tokens->nelts, why, pool};
}

/* What may come where no "then" is. */
static const char *after_whens(const apr_array_header_t *whens)
{
    if (whens->nelts == 0)
        return "then";
    return APR_ARRAY_IDX(whens, whens->nelts - 1, mtls_map_when_t).spec.compare ==
                   MTLS_COMPARE_PRESENT
               ? "and or then"
               : "and, or, any-case or then";
}

bool mtls_map_parse_statement(mtls_map_statement_t *out, const apr_array_header_t *tokens,
                              mtls_map_complaint_t *why, apr_pool_t *pool)
{
    parsing_t parsing = begin_parsing(tokens, why, pool);

    *out = (mtls_map_statement_t){.kind = MTLS_MAP_RULE};
    if (take_word(&parsing, "include"))
        return parse_include(&parsing, out);
    if (take_word(&parsing, "no"))
        return parse_no_rules(&parsing, out);
    if (!parse_priority(&parsing, out) || !parse_whens(&parsing, out))
        return false;
    if (!take_word(&parsing, "then"))
        return expected(&parsing, after_whens(out->whens));
    return parse_results(&parsing, &out->then);
}

bool mtls_map_parse_then(mtls_map_then_t *out, const apr_array_header_t *tokens,
                         mtls_map_complaint_t *why, apr_pool_t *pool)
{
    parsing_t parsing = begin_parsing(tokens, why, pool);

    return parse_results(&parsing, out);
}
