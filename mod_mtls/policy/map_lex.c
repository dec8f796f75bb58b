/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/map_lex.h"

#include <apr_strings.h>

#include "mtls/policy/codepoint.h"
#include "mtls/policy/map.h"

/* One line without its end, and the one after it. */
typedef struct {
    const unsigned char *begin, *end;
    const unsigned char *next;
    int number;
} line_t;

typedef struct {
    apr_array_header_t *tokens;
    mtls_map_complaint_t *why;
    apr_pool_t *pool;
    bool comments;
} lexing_t;

void mtls_map_lex_init(mtls_map_lex_t *lex, mtls_bytes_t octets, bool comments)
{
    *lex = (mtls_map_lex_t){octets.data, octets.data, 1, comments};
    if (octets.len != 0)
        lex->end = octets.data + octets.len;
}

static bool is_blank(unsigned char c)
{
    return c == ' ' || c == '\t';
}

static line_t line_at(const mtls_map_lex_t *lex)
{
    line_t line = {lex->at, lex->end, lex->end, lex->line};
    const unsigned char *newline = memchr(lex->at, '\n', (size_t)(lex->end - lex->at));

    if (newline != NULL) {
        line.end = newline;
        line.next = newline + 1;
    }
    if (line.end > line.begin && line.end[-1] == '\r')
        line.end--;
    return line;
}

static bool complain(const lexing_t *lexing, const line_t *line, const unsigned char *at,
                     const char *text)
{
    *lexing->why = (mtls_map_complaint_t){line->number, (int)(at - line->begin) + 1, text};
    return false;
}

/* Octets of the character at @a at, whose first octet is not ASCII; 0 when it is no UTF-8. */
static apr_size_t character_size(const unsigned char *at, const unsigned char *end)
{
    char copy[MTLS_CODEPOINT_MAX_UTF8 + 1] = {0};
    const char *cursor = copy;
    size_t len = (size_t)(end - at);

    memcpy(copy, at, len < MTLS_CODEPOINT_MAX_UTF8 ? len : MTLS_CODEPOINT_MAX_UTF8);
    mtls_codepoint_next(&cursor);
    return cursor - copy == 1 ? 0 : (apr_size_t)(cursor - copy);
}

static bool is_c1(const unsigned char *at)
{
    return at[0] == 0xc2 && at[1] < 0xa0;
}

/* NUL, control characters and what is no UTF-8 are faults in comments too: such a file is not what
 * an editor shows of it. */
static bool clean(const lexing_t *lexing, const line_t *line)
{
    const unsigned char *at = line->begin;
    apr_size_t size;

    while (at < line->end) {
        if ((*at >= 0x20 && *at < 0x7f) || *at == '\t') {
            at++;
            continue;
        }
        if (*at == 0)
            return complain(lexing, line, at, "a NUL octet; a rules file is text");
        if (*at < 0x80)
            return complain(lexing, line, at,
                            apr_psprintf(lexing->pool, "a control character (0x%02x)", *at));
        size = character_size(at, line->end);
        if (size == 0)
            return complain(lexing, line, at, "invalid UTF-8");
        if (is_c1(at))
            return complain(lexing, line, at,
                            apr_psprintf(lexing->pool, "a control character (U+%04X)", at[1]));
        at += size;
    }
    return true;
}

static void push(const lexing_t *lexing, const line_t *line, mtls_map_token_kind_t kind,
                 const char *text, apr_size_t len, const unsigned char *begin,
                 const unsigned char *end)
{
    mtls_map_token_t *token = apr_array_push(lexing->tokens);

    *token = (mtls_map_token_t){kind,
                                text,
                                len,
                                line->number,
                                (int)(begin - line->begin) + 1,
                                (int)(end - line->begin) + 1};
}

/* @return after the closing quote, NULL when there is none. */
static const unsigned char *quoted(const lexing_t *lexing, const line_t *line,
                                   const unsigned char *begin)
{
    char *text = apr_palloc(lexing->pool, (apr_size_t)(line->end - begin));
    const unsigned char *at = begin + 1;
    apr_size_t len = 0;

    while (at < line->end) {
        if (*at == '\t') {
            complain(lexing, line, at, "a control character (0x09) in quotes");
            return NULL;
        }
        if (*at == '"') {
            if (at + 1 == line->end || at[1] != '"')
                break;
            at++;
        }
        text[len++] = (char)*at++;
    }
    if (at == line->end) {
        complain(lexing, line, begin,
                 "a quote that is not closed in its line; write \"\" for a quote inside");
        return NULL;
    }
    text[len] = '\0';
    at++;
    if (at < line->end && !is_blank(*at) && *at != ',') {
        complain(lexing, line, at, "white space is missing after the closing quote");
        return NULL;
    }
    push(lexing, line, MTLS_MAP_QUOTED, text, len, begin, at);
    return at;
}

static const unsigned char *bare(const lexing_t *lexing, const line_t *line,
                                 const unsigned char *begin)
{
    const unsigned char *at = begin;

    if (*at == '\'') {
        complain(lexing, line, at,
                 "quotes are double here; put the word in them, also when it begins with '");
        return NULL;
    }
    while (at < line->end && !is_blank(*at) && *at != ',') {
        if (*at == '"') {
            complain(
                lexing, line, at,
                "a quote inside a word; put the whole word in quotes and write \"\" for this one");
            return NULL;
        }
        at++;
    }
    push(lexing, line, MTLS_MAP_BARE,
         apr_pstrmemdup(lexing->pool, (const char *)begin, (apr_size_t)(at - begin)),
         (apr_size_t)(at - begin), begin, at);
    return at;
}

static bool tokenize(const lexing_t *lexing, const line_t *line)
{
    const unsigned char *at = line->begin;

    while (at != NULL && at < line->end) {
        if (is_blank(*at)) {
            at++;
        } else if (*at == '#') {
            if (lexing->comments)
                break;
            return complain(lexing, line, at, "'#' at the begin of a word; put the word in quotes");
        } else if (*at == '"') {
            at = quoted(lexing, line, at);
        } else if (*at == ',') {
            push(lexing, line, MTLS_MAP_COMMA, ",", 1, at, at + 1);
            at++;
        } else {
            at = bare(lexing, line, at);
        }
    }
    return at != NULL;
}

/* What a line is to the statement before it. */
typedef enum { LINE_NOTHING = 0, LINE_BEGINS, LINE_CONTINUES } place_t;

static place_t place_of(const line_t *line, bool comments)
{
    const unsigned char *at = line->begin;

    while (at < line->end && is_blank(*at))
        at++;
    if (at == line->end || (*at == '#' && comments))
        return LINE_NOTHING;
    return at == line->begin ? LINE_BEGINS : LINE_CONTINUES;
}

static void advance(mtls_map_lex_t *lex, const line_t *line)
{
    lex->at = line->next;
    lex->line++;
}

static mtls_map_lexed_t skip_statement(mtls_map_lex_t *lex)
{
    while (lex->at < lex->end) {
        line_t line = line_at(lex);

        if (place_of(&line, lex->comments) == LINE_BEGINS)
            break;
        advance(lex, &line);
    }
    return MTLS_MAP_LEX_FAULT;
}

/* The statement's begin stays in @a first while its lines are added. */
static bool take_line(const lexing_t *lexing, const line_t *line, place_t place, line_t *first)
{
    if (place == LINE_NOTHING)
        return clean(lexing, line);
    if (first->begin == NULL && place == LINE_CONTINUES)
        return complain(lexing, line, line->begin,
                        "an indented line goes on with a statement, and none has begun");
    if (first->begin == NULL)
        *first = *line;
    if (line->end - first->begin > MTLS_MAP_MAX_STATEMENT)
        return complain(lexing, first, first->begin,
                        apr_psprintf(lexing->pool, "a statement of more than %d octets",
                                     MTLS_MAP_MAX_STATEMENT));
    return clean(lexing, line) && tokenize(lexing, line);
}

mtls_map_lexed_t mtls_map_lex_next(mtls_map_lex_t *lex, apr_array_header_t *tokens,
                                   mtls_map_complaint_t *why, apr_pool_t *pool)
{
    lexing_t lexing = {tokens, why, pool, lex->comments};
    line_t first = {0};

    apr_array_clear(tokens);
    while (lex->at < lex->end) {
        line_t line = line_at(lex);
        place_t place = place_of(&line, lex->comments);

        if (place == LINE_BEGINS && first.begin != NULL)
            break;
        advance(lex, &line);
        if (!take_line(&lexing, &line, place, &first))
            return skip_statement(lex);
    }
    return first.begin != NULL ? MTLS_MAP_LEX_STATEMENT : MTLS_MAP_LEX_END;
}
