/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_lib.h>
#include <apr_strings.h>

#include "mtls/policy/codepoint.h"
#include "mtls/policy/value.h"
#include "template_parts.h"

#define EACH "each "

/* A template while it is taken apart. */
typedef struct {
    const char *start;
    const char *cursor;
    const apr_array_header_t *captures;
    bool many;
    mtls_segment_t segments[MTLS_TEMPLATE_MAX_SEGMENTS];
    int count;
    size_t literal;       /* octets outside of braces */
    const char *fault;    /* NULL: none so far */
    const char *fault_at; /* where in the template */
    apr_pool_t *pool;
} parsing_t;

const mtls_segment_t *mtls_template_each(const mtls_template_t *tmpl)
{
    int i;

    for (i = 0; i < tmpl->count; i++) {
        if (tmpl->segments[i].kind == MTLS_SEGMENT_EACH) {
            return &tmpl->segments[i];
        }
    }
    return NULL;
}

static void fail(parsing_t *parsing, const char *at, const char *text)
{
    if (!parsing->fault) {
        parsing->fault = text;
        parsing->fault_at = at;
    }
}

static mtls_segment_t *add(parsing_t *parsing, const char *at, mtls_segment_kind_t kind)
{
    mtls_segment_t *segment;

    if (parsing->count == MTLS_TEMPLATE_MAX_SEGMENTS) {
        fail(parsing, at,
             apr_psprintf(parsing->pool, "a template has at most %d parts",
                          MTLS_TEMPLATE_MAX_SEGMENTS));
        return NULL;
    }
    segment = &parsing->segments[parsing->count++];
    *segment = (mtls_segment_t){.kind = kind};
    return segment;
}

static bool is_captured(const parsing_t *parsing, const char *name)
{
    int i;

    for (i = 0; parsing->captures && i < parsing->captures->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(parsing->captures, i, const char *), name) == 0) {
            return true;
        }
    }
    return false;
}

/* "$1" or "\1" of a rule that captures it, as other programs have it, would be everybody's name. */
static void refuse_bare_capture(parsing_t *parsing, const char *at)
{
    const char *end = at + 1;
    const char *name;

    while (apr_isalnum(*end) || *end == '_') {
        end++;
    }
    name = apr_pstrmemdup(parsing->pool, at + 1, (size_t)(end - at - 1));
    if (is_captured(parsing, name)) {
        fail(parsing, at,
             apr_psprintf(parsing->pool, "what is captured stands in braces: {$%s}", name));
    }
}

/* Text up to the next single brace; doubled ones are one. */
static void take_literal(parsing_t *parsing)
{
    const char *at = parsing->cursor;
    char *text = apr_palloc(parsing->pool, strlen(at) + 1), *end = text;
    mtls_segment_t *segment = add(parsing, at, MTLS_SEGMENT_LITERAL);

    while (*parsing->cursor) {
        char c = *parsing->cursor;

        if ((c == '{' || c == '}') && parsing->cursor[1] != c) {
            break;
        }
        if (c == '$' || c == '\\') {
            refuse_bare_capture(parsing, parsing->cursor);
        }
        parsing->cursor += c == '{' || c == '}' ? 2 : 1;
        *end++ = c;
    }
    *end = '\0';
    parsing->literal += (size_t)(end - text);
    if (parsing->literal > MTLS_TEMPLATE_MAX) {
        fail(parsing, at,
             apr_psprintf(parsing->pool, "a text of more than %d octets", MTLS_TEMPLATE_MAX));
    }
    if (segment) {
        segment->text = text;
    }
}

static void take_transform(parsing_t *parsing, mtls_segment_t *segment, const char *word,
                           const char *at)
{
    const char *fault;

    if (segment->transform_count == MTLS_TEMPLATE_MAX_TRANSFORMS) {
        fail(parsing, at,
             apr_psprintf(parsing->pool, "a value has at most %d transforms",
                          MTLS_TEMPLATE_MAX_TRANSFORMS));
        return;
    }
    fault =
        mtls_transform_parse(&segment->transforms[segment->transform_count++], word, parsing->pool);
    if (fault) {
        fail(parsing, at, fault);
    }
}

static void take_subject(parsing_t *parsing, mtls_segment_t *segment, const char *word,
                         const char *at)
{
    const char *fault;
    size_t prefix = 0;

    if (*word == '$') {
        segment->kind = MTLS_SEGMENT_CAPTURE;
        segment->text = word + 1;
        if (!is_captured(parsing, word + 1)) {
            fail(parsing, at,
                 apr_psprintf(parsing->pool,
                              "nothing captures %s; patterns with * capture $1, $2 "
                              "..., regular expressions what they name",
                              mtls_value_quote(word, parsing->pool)));
        }
        return;
    }
    if (strncmp(word, EACH, sizeof(EACH) - 1) == 0) {
        segment->kind = MTLS_SEGMENT_EACH;
        if (!parsing->many) {
            fail(parsing, at, "{each ...} makes several texts, and here is room for one only");
        }
        prefix = sizeof(EACH) - 1 + strspn(word + sizeof(EACH) - 1, " ");
    }
    fault = mtls_field_parse(&segment->field, word + prefix, parsing->pool);
    if (fault) {
        fail(parsing, at + prefix, fault);
    }
}

static bool has_two_each(const parsing_t *parsing)
{
    int i, count = 0;

    for (i = 0; i < parsing->count; i++) {
        count += parsing->segments[i].kind == MTLS_SEGMENT_EACH;
    }
    return count > 1;
}

/* "{" ... "}", of which the cursor is at the first. */
static void take_braces(parsing_t *parsing)
{
    const char *begin = parsing->cursor + 1, *end = strchr(begin, '}');
    mtls_segment_t *segment = add(parsing, parsing->cursor, MTLS_SEGMENT_FIELD);
    const char *at = begin;

    if (!end) {
        fail(parsing, parsing->cursor, "a '{' without its '}'; write {{ for a brace");
        return;
    }
    parsing->cursor = end + 1;
    if (!segment) {
        return;
    }
    segment->transforms =
        apr_pcalloc(parsing->pool, sizeof(*segment->transforms) * MTLS_TEMPLATE_MAX_TRANSFORMS);
    for (;;) {
        const char *bar = memchr(at, '|', (size_t)(end - at));
        const char *word = apr_pstrmemdup(parsing->pool, at, (size_t)((bar ? bar : end) - at));

        if (at == begin) {
            take_subject(parsing, segment, word, at);
        } else {
            take_transform(parsing, segment, word, at);
        }
        if (!bar) {
            break;
        }
        at = bar + 1;
    }
    if (has_two_each(parsing)) {
        fail(parsing, begin, "a second {each ...} in one template");
    }
}

/* What is filled in is clean by itself; the text around it must be. */
static const char *find_unclean(const char *text)
{
    while (*text) {
        const char *at = text;

        if (mtls_codepoint_next(&text) == MTLS_CODEPOINT_REPLACEMENT) {
            return at;
        }
    }
    return NULL;
}

static void take_apart(parsing_t *parsing)
{
    const char *unclean = find_unclean(parsing->start);

    if (unclean) {
        fail(parsing, unclean, "an octet that is no UTF-8, or a control character");
    }
    while (!parsing->fault && *parsing->cursor) {
        if (parsing->cursor[0] == '{' && parsing->cursor[1] != '{') {
            take_braces(parsing);
        } else if (parsing->cursor[0] == '}' && parsing->cursor[1] != '}') {
            fail(parsing, parsing->cursor, "a '}' without its '{'; write }} for a brace");
        } else {
            take_literal(parsing);
        }
    }
    if (!parsing->fault && parsing->count == 0) {
        fail(parsing, parsing->start, "an empty text");
    }
}

bool mtls_template_compile(const mtls_template_t **out, const char *text,
                           const apr_array_header_t *captures, bool many,
                           mtls_template_fault_t *fault, apr_pool_t *pool)
{
    mtls_template_t *tmpl = apr_palloc(pool, sizeof(*tmpl));
    parsing_t parsing = {
        .start = text, .cursor = text, .captures = captures, .many = many, .pool = pool};

    take_apart(&parsing);
    *out = NULL;
    if (parsing.fault) {
        fault->text = parsing.fault;
        fault->offset = (int)(parsing.fault_at - text);
        return false;
    }
    tmpl->text = apr_pstrdup(pool, text);
    tmpl->count = parsing.count;
    tmpl->segments =
        apr_pmemdup(pool, parsing.segments, sizeof(*tmpl->segments) * (size_t)parsing.count);
    *out = tmpl;
    return true;
}

const char *mtls_template_of_field(const mtls_template_t **out, int argc, const char *const *argv,
                                   apr_pool_t *pool)
{
    const char *text = "{";
    mtls_template_fault_t fault;
    int i;

    *out = NULL;
    for (i = 0; i < argc; i++) {
        if (strpbrk(argv[i], "{}|")) {
            return apr_psprintf(pool,
                                "%s is no field and no transform; use words such as: cn lower",
                                mtls_value_quote(argv[i], pool));
        }
        text = apr_pstrcat(pool, text, i ? "|" : "", argv[i], NULL);
    }
    text = apr_pstrcat(pool, text, "}", NULL);
    return mtls_template_compile(out, text, NULL, false, &fault, pool) ? NULL : fault.text;
}
