/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/map_result.h"

#include <apr_hash.h>
#include <apr_strings.h>

#include "mtls/policy/map.h"

static bool complain(mtls_map_complaint_t *why, const mtls_map_token_t *token, const char *text)
{
    *why = (mtls_map_complaint_t){token->line, token->column, text};
    return false;
}

static bool is_literal(const mtls_map_token_t *token, const mtls_map_texts_t *texts)
{
    return !texts->templates || strpbrk(token->text, "{}") == NULL;
}

/* Templates find captures that were written without braces. */
static bool may_lack_braces(const mtls_map_token_t *token, const mtls_map_texts_t *texts)
{
    return texts->templates && texts->captures != NULL && texts->captures->nelts != 0 &&
           strpbrk(token->text, "$\\") != NULL;
}

static bool compile_template(const mtls_template_t **out, const mtls_map_token_t *token, bool many,
                             const mtls_map_texts_t *texts, mtls_map_complaint_t *why,
                             apr_pool_t *pool)
{
    const char *text = apr_pstrmemdup(pool, token->text, token->len);
    mtls_template_fault_t fault;

    if (mtls_template_compile(out, text, texts->captures, many, &fault, pool))
        return true;
    complain(why, token, fault.text);
    why->column += fault.offset + (token->kind == MTLS_MAP_QUOTED ? 1 : 0);
    return false;
}

static bool compile_text(mtls_map_text_t *out, const mtls_map_token_t *token, bool many,
                         const mtls_map_texts_t *texts, mtls_map_complaint_t *why, apr_pool_t *pool)
{
    const mtls_template_t *unused;

    *out = (mtls_map_text_t){0};
    if (token->len == 0)
        return complain(why, token, "an empty text");
    if (!is_literal(token, texts))
        return compile_template(&out->tmpl, token, many, texts, why, pool);
    if (may_lack_braces(token, texts) && !compile_template(&unused, token, many, texts, why, pool))
        return false;
    if (token->len > MTLS_TEMPLATE_MAX)
        return complain(why, token,
                        apr_psprintf(pool, "a text of %" APR_SIZE_T_FMT " octets; at most %d",
                                     token->len, MTLS_TEMPLATE_MAX));
    out->literal = apr_pstrmemdup(pool, token->text, token->len);
    return true;
}

bool mtls_map_user_compile(mtls_map_text_t *out, const mtls_map_token_t *user,
                           const mtls_map_texts_t *texts, mtls_map_complaint_t *why,
                           apr_pool_t *pool)
{
    return compile_text(out, user, false, texts, why, pool);
}

static bool compile_group(mtls_map_text_t *out, const mtls_map_token_t *token,
                          const mtls_map_texts_t *texts, mtls_map_complaint_t *why,
                          apr_pool_t *pool)
{
    const char *fault;

    if (!compile_text(out, token, true, texts, why, pool))
        return false;
    fault = out->literal != NULL ? mtls_group_name_check(out->literal, pool) : NULL;
    return fault == NULL || complain(why, token, fault);
}

/* When no template is among them, the names are ready to be handed out. */
static void keep_names(mtls_map_gives_t *out, apr_pool_t *pool)
{
    const char **names = apr_palloc(pool, (apr_size_t)out->group_count * sizeof(*names));
    int i;

    for (i = 0; i < out->group_count; i++) {
        if (out->groups[i].literal == NULL)
            return;
        names[i] = out->groups[i].literal;
    }
    out->names = names;
}

static bool compile_groups(mtls_map_gives_t *out, const apr_array_header_t *tokens,
                           const mtls_map_texts_t *texts, mtls_map_complaint_t *why,
                           apr_pool_t *pool)
{
    mtls_map_text_t *groups = apr_palloc(pool, (apr_size_t)tokens->nelts * sizeof(*groups));
    apr_hash_t *seen = apr_hash_make(texts->scratch);
    int i;

    out->groups = groups;
    for (i = 0; i < tokens->nelts; i++) {
        const mtls_map_token_t *token = APR_ARRAY_IDX(tokens, i, const mtls_map_token_t *);

        if (apr_hash_get(seen, token->text, (apr_ssize_t)token->len) != NULL)
            continue;
        if (!compile_group(&groups[out->group_count], token, texts, why, pool))
            return false;
        apr_hash_set(seen, token->text, (apr_ssize_t)token->len, token);
        out->group_count++;
    }
    keep_names(out, pool);
    return true;
}

static bool compile_attributes(mtls_map_gives_t *out, const apr_array_header_t *sets,
                               const mtls_map_texts_t *texts, mtls_map_complaint_t *why,
                               apr_pool_t *pool)
{
    mtls_map_attribute_t *attributes =
        apr_palloc(pool, (apr_size_t)sets->nelts * sizeof(*attributes));
    int i;

    out->attributes = attributes;
    for (i = 0; i < sets->nelts; i++) {
        const mtls_map_set_t *set = &APR_ARRAY_IDX(sets, i, const mtls_map_set_t);
        const char *fault = mtls_attribute_name_check(set->name->text, pool);

        if (fault != NULL)
            return complain(why, set->name, fault);
        if (!compile_text(&attributes[i].value, set->value, false, texts, why, pool))
            return false;
        attributes[i].name = apr_pstrmemdup(pool, set->name->text, set->name->len);
    }
    out->attribute_count = sets->nelts;
    return true;
}

static bool compile_deny(mtls_map_gives_t *out, const mtls_map_token_t *text,
                         mtls_map_complaint_t *why, apr_pool_t *pool)
{
    if (text == NULL)
        return true;
    if (text->len == 0 || text->len > MTLS_MAP_MAX_DENY_TEXT)
        return complain(why, text,
                        apr_psprintf(pool,
                                     "the text of a deny has %" APR_SIZE_T_FMT
                                     " octets; write 1 to %d, or none at all",
                                     text->len, MTLS_MAP_MAX_DENY_TEXT));
    out->message = apr_pstrmemdup(pool, text->text, text->len);
    return true;
}

bool mtls_map_gives_compile(mtls_map_gives_t *out, const mtls_map_then_t *then,
                            const mtls_map_texts_t *texts, mtls_map_complaint_t *why,
                            apr_pool_t *pool)
{
    *out = (mtls_map_gives_t){.deny = then->deny};
    if (then->deny)
        return compile_deny(out, then->deny_text, why, pool);
    if (then->groups != NULL && !compile_groups(out, then->groups, texts, why, pool))
        return false;
    return then->sets == NULL || then->sets->nelts == 0 ||
           compile_attributes(out, then->sets, texts, why, pool);
}

/* One certificate that is being given a result. */
typedef struct {
    const mtls_holder_t *holder;
    const apr_array_header_t *captures;
    apr_pool_t *pool;
} filling_t;

static mtls_reason_t fill_text(const char **out, mtls_map_text_t text, const filling_t *filling)
{
    if (text.tmpl != NULL)
        return mtls_template_fill(out, text.tmpl, filling->holder, filling->captures,
                                  filling->pool);
    *out = text.literal;
    return MTLS_REASON_GOOD;
}

static mtls_reason_t fill_names(apr_array_header_t *names, const mtls_map_gives_t *gives,
                                const filling_t *filling)
{
    mtls_reason_t reason = MTLS_REASON_GOOD;
    int i;

    for (i = 0; i < gives->group_count && reason == MTLS_REASON_GOOD; i++) {
        if (gives->groups[i].tmpl == NULL)
            APR_ARRAY_PUSH(names, const char *) = gives->groups[i].literal;
        else
            reason = mtls_template_fill_each(names, gives->groups[i].tmpl, filling->holder,
                                             filling->captures, filling->pool);
    }
    return reason;
}

static mtls_reason_t fill_groups(mtls_principal_t *out, const mtls_map_gives_t *gives,
                                 const filling_t *filling)
{
    apr_array_header_t *names;
    apr_hash_t *seen;
    mtls_reason_t reason;
    int i, kept = 0;

    if (gives->names != NULL || gives->group_count == 0) {
        out->groups = gives->names;
        out->group_count = gives->group_count;
        return MTLS_REASON_GOOD;
    }
    names = apr_array_make(filling->pool, gives->group_count, sizeof(const char *));
    reason = fill_names(names, gives, filling);
    seen = apr_hash_make(filling->pool);
    for (i = 0; i < names->nelts && reason == MTLS_REASON_GOOD; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (mtls_group_name_check(name, filling->pool) != NULL)
            reason = MTLS_REASON_USER_UNUSABLE;
        if (apr_hash_get(seen, name, APR_HASH_KEY_STRING) != NULL)
            continue;
        apr_hash_set(seen, name, APR_HASH_KEY_STRING, name);
        APR_ARRAY_IDX(names, kept++, const char *) = name;
    }
    out->groups = (const char *const *)names->elts;
    out->group_count = kept;
    return reason;
}

static mtls_reason_t fill_attributes(mtls_principal_t *out, const mtls_map_gives_t *gives,
                                     const filling_t *filling)
{
    mtls_attribute_t *attributes;
    mtls_reason_t reason = MTLS_REASON_GOOD;
    int i;

    if (gives->attribute_count == 0)
        return reason;
    attributes =
        apr_palloc(filling->pool, (apr_size_t)gives->attribute_count * sizeof(*attributes));
    for (i = 0; i < gives->attribute_count && reason == MTLS_REASON_GOOD; i++) {
        attributes[i].name = gives->attributes[i].name;
        reason = fill_text(&attributes[i].value, gives->attributes[i].value, filling);
    }
    out->attributes = attributes;
    out->attribute_count = gives->attribute_count;
    return reason;
}

void mtls_map_result_fill(mtls_principal_t *out, mtls_map_text_t user,
                          const mtls_map_gives_t *gives, const mtls_holder_t *holder,
                          const apr_array_header_t *captures, apr_pool_t *pool)
{
    filling_t filling = {holder, captures, pool};
    mtls_principal_t filled = {0};

    *out = (mtls_principal_t){.reason = MTLS_REASON_DENIED_BY_RULE, .message = gives->message};
    if (gives->deny)
        return;
    filled.reason = fill_text(&filled.user, user, &filling);
    if (filled.reason == MTLS_REASON_GOOD)
        filled.reason = fill_groups(&filled, gives, &filling);
    if (filled.reason == MTLS_REASON_GOOD)
        filled.reason = fill_attributes(&filled, gives, &filling);
    if (filled.reason == MTLS_REASON_GOOD)
        *out = filled;
    else
        *out = (mtls_principal_t){.reason = filled.reason};
}

static const char *said(const mtls_map_complaint_t *why, apr_pool_t *pool)
{
    return apr_psprintf(pool, "at %d: %s", why->column, why->text);
}

const char *mtls_map_parse_result(mtls_principal_t *out, mtls_bytes_t text, apr_pool_t *pool)
{
    apr_array_header_t *tokens = apr_array_make(pool, 8, sizeof(mtls_map_token_t));
    mtls_map_texts_t texts = {false, NULL, pool};
    mtls_map_complaint_t why = {0, 0, NULL};
    mtls_map_lex_t lex;
    mtls_map_then_t then;
    mtls_map_text_t user = {0};
    mtls_map_gives_t gives;

    if (text.len != 0 && memchr(text.data, '\n', text.len) != NULL)
        return "more than one line";
    mtls_map_lex_init(&lex, text, false);
    switch (mtls_map_lex_next(&lex, tokens, &why, pool)) {
    case MTLS_MAP_LEX_END:
        return "nothing in it";
    case MTLS_MAP_LEX_FAULT:
        return said(&why, pool);
    case MTLS_MAP_LEX_STATEMENT:
        break;
    }
    if (!mtls_map_parse_then(&then, tokens, &why, pool) ||
        (then.user != NULL && !mtls_map_user_compile(&user, then.user, &texts, &why, pool)) ||
        !mtls_map_gives_compile(&gives, &then, &texts, &why, pool))
        return said(&why, pool);
    mtls_map_result_fill(out, user, &gives, NULL, NULL, pool);
    return NULL;
}
