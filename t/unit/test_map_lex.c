/*
 * Words and statements of rules files: F-42.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_run.h"

#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/map.h"
#include "mtls/policy/map_lex.h"

static const char *write_token(const mtls_map_token_t *token)
{
    ck_assert_uint_eq(strlen(token->text), token->len);
    ck_assert_int_gt(token->end, token->column);
    switch (token->kind) {
    case MTLS_MAP_BARE:
        return apr_psprintf(pool, "%d:%d %s", token->line, token->column, token->text);
    case MTLS_MAP_QUOTED:
        return apr_psprintf(pool, "%d:%d <%s>", token->line, token->column, token->text);
    case MTLS_MAP_COMMA:
        break;
    }
    return apr_psprintf(pool, "%d:%d ,", token->line, token->column);
}

/* All statements: words behind "|" each, statements ended by ";", faults as "!line:column text". */
static const char *lex_all(const char *text, apr_size_t len, bool comments)
{
    apr_array_header_t *tokens = apr_array_make(pool, 1, sizeof(mtls_map_token_t));
    mtls_bytes_t octets = {apr_pmemdup(pool, text, len), len};
    mtls_map_complaint_t why;
    mtls_map_lexed_t lexed;
    mtls_map_lex_t lex;
    const char *all = "";
    int i;

    mtls_map_lex_init(&lex, octets, comments);
    while ((lexed = mtls_map_lex_next(&lex, tokens, &why, pool)) != MTLS_MAP_LEX_END) {
        if (lexed == MTLS_MAP_LEX_FAULT) {
            all = apr_psprintf(pool, "%s!%d:%d %s;", all, why.line, why.column, why.text);
            continue;
        }
        ck_assert_int_gt(tokens->nelts, 0);
        for (i = 0; i < tokens->nelts; i++)
            all = apr_pstrcat(pool, all, i != 0 ? "|" : "",
                              write_token(&APR_ARRAY_IDX(tokens, i, mtls_map_token_t)), NULL);
        all = apr_pstrcat(pool, all, ";", NULL);
    }
    return all;
}

static const struct {
    const char *text, *words;
} samples[] = {
    {"", ""},
    {"\n \n\t\n# only this\n  # and this", ""},
    {"a b\n", "1:1 a|1:3 b;"},
    {"a b", "1:1 a|1:3 b;"},
    {"a\tb\r\nc\r\n", "1:1 a|1:3 b;2:1 c;"},
    {"a\r", "1:1 a;"},
    {"a\n b\n\n# between\n   # here too\n\tc\nd", "1:1 a|2:2 b|6:2 c;7:1 d;"},
    {"a # b \"c\nd", "1:1 a;2:1 d;"},
    {"a#b c#", "1:1 a#b|1:5 c#;"},
    {"a,b ,c, \"d\",", "1:1 a|1:2 ,|1:3 b|1:5 ,|1:6 c|1:7 ,|1:9 <d>|1:12 ,;"},
    {"\"a # b, c\" \"\" \"\"\"\" \"x\"\"y\"", "1:1 <a # b, c>|1:12 <>|1:15 <\">|1:20 <x\"y>;"},
    {"\"\\n\\\" \"{cn}$1%{ENV:x}\"", "1:1 <\\n\\>|1:7 <{cn}$1%{ENV:x}>;"},
    {"\xc3\xa4 \"\xe2\x82\xac\" \xf0\x9f\x98\x80",
     "1:1 \xc3\xa4|1:4 <\xe2\x82\xac>|1:10 \xf0\x9f\x98\x80;"},
    /* faults, and that the next statement comes */
    {"a \"b\nc",
     "!1:3 a quote that is not closed in its line; write \"\" for a quote inside;2:1 c;"},
    {"a \"b\"\"", "!1:3 a quote that is not closed in its line; write \"\" for a quote inside;"},
    {"a \"b\"c\n d\n\ne", "!1:6 white space is missing after the closing quote;4:1 e;"},
    {"a b\"c\"",
     "!1:4 a quote inside a word; put the whole word in quotes and write \"\" for this one;"},
    {"a 'b'\nc 'd e'\nf", "!1:3 quotes are double here; put the word in them, also when it begins "
                          "with ';!2:3 quotes are double here; put the word in them, also when "
                          "it begins with ';3:1 f;"},
    {"o'hara \"'b'\"", "1:1 o'hara|1:8 <'b'>;"},
    {" a\nb", "!1:1 an indented line goes on with a statement, and none has begun;2:1 b;"},
    {"a \"b\tc\"", "!1:5 a control character (0x09) in quotes;"},
    {"a\rb", "!1:2 a control character (0x0d);"},
    {"a\x1b[2Jb\nc", "!1:2 a control character (0x1b);2:1 c;"},
    {"a\x7f", "!1:2 a control character (0x7f);"},
    {"a \xc2\x85", "!1:3 a control character (U+0085);"},
    {"a\n b \xff\n c\nd", "!2:4 invalid UTF-8;4:1 d;"},
    {"a \xc0\xaf", "!1:3 invalid UTF-8;"},
    {"a \xed\xa0\x80", "!1:3 invalid UTF-8;"},
    {"a \xf4\x90\x80\x80", "!1:3 invalid UTF-8;"},
    {"a \xe2\x82", "!1:3 invalid UTF-8;"},
    {"a\n# \xff\nb", "!2:3 invalid UTF-8;3:1 b;"},
    {"a # \x01\nb", "!1:5 a control character (0x01);2:1 b;"},
};

START_TEST(cuts_into_words)
{
    const char *text = samples[_i].text;

    ck_assert_str_eq(lex_all(text, strlen(text), true), samples[_i].words);
}
END_TEST

START_TEST(refuses_nul)
{
    static const char in_word[] = "a b\0c\nd";
    static const char in_comment[] = "a # \0\nd";

    ck_assert_str_eq(lex_all(in_word, sizeof(in_word) - 1, true),
                     "!1:4 a NUL octet; a rules file is text;2:1 d;");
    ck_assert_str_eq(lex_all(in_comment, sizeof(in_comment) - 1, true),
                     "!1:5 a NUL octet; a rules file is text;2:1 d;");
}
END_TEST

START_TEST(knows_no_comments_in_a_result)
{
    ck_assert_str_eq(lex_all("a #b", 4, false),
                     "!1:3 '#' at the begin of a word; put the word in quotes;");
    ck_assert_str_eq(lex_all("#b", 2, false),
                     "!1:1 '#' at the begin of a word; put the word in quotes;");
    ck_assert_str_eq(lex_all("a \"#b\"", 6, false), "1:1 a|1:3 <#b>;");
}
END_TEST

/* F-42: a line of a megabyte, and many short ones. */
START_TEST(bounds_statements)
{
    enum { MEGABYTE = 1 << 20 };
    char *text = apr_palloc(pool, MEGABYTE + 3);
    const char *fault = apr_psprintf(pool, "!1:1 a statement of more than %d octets;2:1 z;",
                                     MTLS_MAP_MAX_STATEMENT);
    int i;

    memset(text, 'a', MEGABYTE);
    memcpy(text + MEGABYTE, "\nz", 3);
    ck_assert_str_eq(lex_all(text, MEGABYTE + 2, true), fault);
    for (i = 1; i < MEGABYTE; i += 4)
        memcpy(text + i, "\n bb", 4);
    text[MEGABYTE] = '\n';
    fault = lex_all(text, MEGABYTE + 2, true);
    ck_assert_msg(strstr(fault, "!1:1 a statement of more than") == fault, "%s", fault);
    ck_assert_msg(strstr(fault, " z;") != NULL, "%s", fault);
    memset(text, 'a', MTLS_MAP_MAX_STATEMENT);
    ck_assert_msg(*lex_all(text, MTLS_MAP_MAX_STATEMENT, true) == '1', "not at the limit");
    text[MTLS_MAP_MAX_STATEMENT] = 'a';
    ck_assert_msg(*lex_all(text, MTLS_MAP_MAX_STATEMENT + 1, true) == '!', "beyond the limit");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("map_lex");

    tcase_add_loop_test(tcase, cuts_into_words, 0, COUNT_OF(samples));
    tcase_add_test(tcase, refuses_nul);
    tcase_add_test(tcase, knows_no_comments_in_a_result);
    tcase_add_test(tcase, bounds_statements);
    return run_case("map_lex", tcase);
}
