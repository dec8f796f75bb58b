/* SPDX-License-Identifier: Apache-2.0 */
/* T-N05: no value is cut; T-N08: regular expressions are anchored and limited; T-N12: no folding of
 * letters that look like ASCII. */
#include <apr_strings.h>

#include "mtls/cert/identity.h"
#include "mtls/policy/clean.h"
#include "mtls/policy/pattern.h"
#include "policy_run.h"

#define NOCASE true

static mtls_bytes_t octets(const char *text)
{
    mtls_bytes_t bytes = {(const unsigned char *)text, strlen(text)};
    return bytes;
}

static mtls_bytes_t run_of(char c, apr_size_t len, const char *end)
{
    char *text = apr_palloc(pool, len + 1);

    memset(text, c, len);
    text[len] = '\0';
    return octets(apr_pstrcat(pool, text, end, NULL));
}

static const mtls_pattern_t *compiled(mtls_pattern_kind_t kind, const char *text, bool nocase)
{
    const mtls_pattern_t *pattern;
    const char *fault = mtls_pattern_compile(&pattern, kind, text, nocase, pool);

    ck_assert_msg(fault == NULL, "%s: %s", text, fault);
    ck_assert_str_eq(mtls_pattern_text(pattern), text);
    return pattern;
}

/* "no", "unknown", or what was captured: "yes 1=a 2=" and "3!" for a group that took no part. */
static const char *match_octets(mtls_pattern_kind_t kind, const char *text, bool nocase,
                                mtls_bytes_t value)
{
    const mtls_pattern_t *pattern = compiled(kind, text, nocase);
    apr_array_header_t *captures = apr_array_make(pool, 1, sizeof(mtls_capture_t));
    mtls_match_t match = mtls_pattern_match(pattern, value, captures, pool);
    const char *all = "yes";
    int i;

    ck_assert_int_eq(match, mtls_pattern_match(pattern, value, NULL, pool));
    if (match != MTLS_MATCH_YES) {
        ck_assert_int_eq(captures->nelts, 0);
        return match == MTLS_MATCH_NO ? "no" : "unknown";
    }
    ck_assert_int_eq(captures->nelts, mtls_pattern_capture_count(pattern));
    for (i = 0; i < captures->nelts; i++) {
        const mtls_capture_t *capture = &APR_ARRAY_IDX(captures, i, mtls_capture_t);

        ck_assert_str_eq(capture->name, mtls_pattern_capture_name(pattern, i));
        if (capture->text.data == NULL) {
            ck_assert_uint_eq(capture->text.len, 0);
            all = apr_pstrcat(pool, all, " ", capture->name, "!", NULL);
            continue;
        }
        ck_assert_uint_eq(capture->text.data[capture->text.len], 0);
        ck_assert_uint_eq(strlen((const char *)capture->text.data), capture->text.len);
        ck_assert(capture->text.data < value.data ||
                  capture->text.data > value.data + value.len); /* a copy */
        all =
            apr_pstrcat(pool, all, " ", capture->name, "=", (const char *)capture->text.data, NULL);
    }
    return all;
}

typedef struct {
    const char *pattern, *value, *answer;
    bool nocase;
} match_case_t;

static void check_cases(mtls_pattern_kind_t kind, const match_case_t *cases, int count)
{
    int i;

    for (i = 0; i < count; i++) {
        const char *answer =
            match_octets(kind, cases[i].pattern, cases[i].nocase, octets(cases[i].value));

        ck_assert_msg(strcmp(answer, cases[i].answer) == 0, "%s on %s: %s instead of %s",
                      cases[i].pattern, cases[i].value, answer, cases[i].answer);
    }
}

START_TEST(globs)
{
    const match_case_t cases[] = {
        {"alice", "alice", "yes", false},
        {"alice", "Alice", "no", false},
        {"alice", "alice2", "no", false},
        {"alice", "malice", "no", false},
        {"Alice", "aLICE", "yes", NOCASE},
        {"*", "alice", "yes 1=alice", false},
        {"a*", "a", "yes 1=", false},
        {"*@*", "a@b@c", "yes 1=a 2=b@c", false},
        {"*.*.example", "a.b.c.example", "yes 1=a 2=b.c", false},
        {"*.example", "a.example.example", "yes 1=a.example", false},
        {"*aab", "aaaab", "yes 1=aa", false},
        {"a*b*c", "abbcbc", "yes 1= 2=bcb", false},
        {"**", "ab", "yes 1= 2=ab", false},
        {"*a", "b", "no", false},
        {"*a*", "b", "no", false},
        {"?", "a", "yes", false},
        {"?", "\xc3\xbc", "yes", false},
        {"??", "\xc3\xbc", "no", false},
        {"?", "\xf0\x9f\x98\x80", "yes", false},
        {"*?", "a\xc3\xbc", "yes 1=a", false},
        {"*?", "\xc3\xbc", "yes 1=", false},
        {"?*", "\xe2\x82\xac", "yes 1=", false},
        {"\xc3\x9c*", "\xc3\xbc!", "no", NOCASE}, /* only ASCII is folded */
        {"k", "\xe2\x84\xaa", "no", NOCASE},
        {"a\\*", "a*", "no", false},
        {"a\\*", "a\\b", "yes 1=b", false},
        {"a.c", "abc", "no", false},
        {"[ab]", "a", "no", false},
        {"[ab]", "[ab]", "yes", false},
        {"*1*2*3*4*5*6*7*8*9", "a1b2c3d4e5f6g7h8i9", "yes 1=a 2=b 3=c 4=d 5=e 6=f 7=g 8=h 9=i",
         false},
    };

    check_cases(MTLS_PATTERN_GLOB, cases, COUNT_OF(cases));
}
END_TEST

START_TEST(regexes_T_N08)
{
    const match_case_t cases[] = {
        {"alice", "alice", "yes", false},
        {"alice", "malice", "no", false},
        {"alice", "alice2", "no", false},
        {"alice|bob", "bobby", "no", false},
        {"alice|bob", "malice", "no", false},
        {"a|ab", "ab", "yes", false},
        {"^alice$", "alice", "yes", false},
        {"alice", "ALICE", "yes", NOCASE},
        {"(?<u>[a-z]+)@corp\\.example", "a@corp.example", "yes u=a", false},
        {"(?<u>[a-z]+)@corp\\.example", "a@corpxexample", "no", false},
        {"(?<u>[a-z]+)@corp\\.example", "a@corp.example@evil.example", "no", false},
        {"(?<z>a)(?<a>b)", "ab", "yes z=a a=b", false}, /* order of groups, not of names */
        {"(a)(?<n>b)(c)", "abc", "yes n=b", false},
        {"(?<x>a)|(?<y>b)", "b", "yes x! y=b", false},
        {"(?<x>a*)b", "b", "yes x=", false},
        {"(?|(?<x>a)|(?<x>b))", "b", "yes x=b", false},
        {".", "\xc3\xbc", "yes", false},
        {"\\w", "\xc3\xbc", "no", false},
        {"ab\\Kc", "abc", "yes", false}, /* moves no anchor */
        {"[(][*]A", "(*A", "yes", false},
        {"(?=alice).*", "alice2", "yes", false},
        {"(?m)^b$", "ab", "no", false},
        {"(?<n>k)", "\xe2\x84\xaa", "unknown", NOCASE}, /* T-N12 */
        {"(?i)kate",
         "\xe2\x84\xaa"
         "ate",
         "unknown", false},
        {"(?i)smith", "\xc5\xbfmith", "unknown", false},
        {"(?i)smith", "mith\xc5\xbf", "unknown", false},
    };

    check_cases(MTLS_PATTERN_REGEX, cases, COUNT_OF(cases));
}
END_TEST

/* Whatever the pattern, such a value is no text: nothing matches it, and nobody may conclude that
 * it does not match (T-N08, newline in value). */
START_TEST(unusable_values_are_unknown)
{
    const mtls_bytes_t values[] = {
        {NULL, 0},
        {(const unsigned char *)"alice\n", 6},
        {(const unsigned char *)"\nalice", 6},
        {(const unsigned char *)"bob\nalice", 9},
        {(const unsigned char *)"alice\0", 6},
        {(const unsigned char *)"alice\x7f", 6},
        {(const unsigned char *)"alice\xc2\x85", 7},
        {(const unsigned char *)"alice\xff", 6},
        {(const unsigned char *)"alice\xc3", 6},
        {(const unsigned char *)"alice\xc0\xaf", 7},
        {(const unsigned char *)"alice\xed\xa0\x80", 8},
        {(const unsigned char *)"alice\xf4\x90\x80\x80", 9},
    };
    int i;

    for (i = 0; i < COUNT_OF(values); i++) {
        const mtls_pattern_kind_t glob = MTLS_PATTERN_GLOB, regex = MTLS_PATTERN_REGEX;

        ck_assert_str_eq(match_octets(glob, "*", false, values[i]), "unknown");
        ck_assert_str_eq(match_octets(glob, "alice", false, values[i]), "unknown");
        ck_assert_str_eq(match_octets(regex, "alice$", false, values[i]), "unknown");
        ck_assert_str_eq(match_octets(regex, "(?s).*", false, values[i]), "unknown");
        ck_assert_str_eq(match_octets(regex, "(?m)^alice$", false, values[i]), "unknown");
    }
}
END_TEST

START_TEST(lengths_T_N05)
{
    const apr_size_t lens[] = {31, 32, 33, 64, 255, 256, MTLS_IDENTITY_MAX_TEXT - 1};
    int i;

    for (i = 0; i < COUNT_OF(lens); i++) {
        mtls_bytes_t longer = run_of('a', lens[i], "b");
        const char *same = (const char *)run_of('a', lens[i], "").data;
        mtls_bytes_t value = octets(same);

        ck_assert_str_eq(match_octets(MTLS_PATTERN_GLOB, same, false, value), "yes");
        ck_assert_str_eq(match_octets(MTLS_PATTERN_GLOB, same, false, longer), "no");
        ck_assert_str_eq(match_octets(MTLS_PATTERN_REGEX, same, false, value), "yes");
        ck_assert_str_eq(match_octets(MTLS_PATTERN_REGEX, same, false, longer), "no");
        ck_assert_str_eq(match_octets(MTLS_PATTERN_GLOB, "*", false, longer),
                         apr_pstrcat(pool, "yes 1=", longer.data, NULL));
    }
    ck_assert_str_eq(
        match_octets(MTLS_PATTERN_GLOB, "*", false, run_of('a', MTLS_IDENTITY_MAX_TEXT, "b")),
        "unknown");
    ck_assert_str_eq(match_octets(MTLS_PATTERN_REGEX, "a*b", false, run_of('a', 65536, "b")),
                     "unknown");
}
END_TEST

/* Each of these would take more steps than there are atoms; that the test ends says that it
 * stopped. */
START_TEST(catastrophes_T_N08)
{
    const char *const patterns[] = {"(a+)+$",          "(a|aa)+$",      "(a|a?)+",
                                    "(a*)*(a*)*(a*)*", "([a-z]+)*[=-]", "(?<x>a+)+(?<y>a+)+$",
                                    "(?:(?R)a|a)+"};
    mtls_bytes_t value = run_of('a', MTLS_IDENTITY_MAX_TEXT - 1, "b");
    int i;

    for (i = 0; i < COUNT_OF(patterns); i++) {
        const char *answer = match_octets(MTLS_PATTERN_REGEX, patterns[i], false, value);

        ck_assert_msg(strcmp(answer, "unknown") == 0, "%s: %s", patterns[i], answer);
    }
}
END_TEST

/* The steps that PCRE2 counts grow with the square of the length here: about n * n / 2. */
START_TEST(the_limit_counts_steps_T_N08)
{
    const char *pattern = ".*.*[xy]";
    const mtls_pattern_kind_t regex = MTLS_PATTERN_REGEX;

    ck_assert_str_eq(match_octets(regex, pattern, false, run_of('a', 100, "b")), "no");
    ck_assert_str_eq(match_octets(regex, pattern, false, run_of('a', 300, "b")), "unknown");
    ck_assert_str_eq(match_octets(regex, pattern, false, run_of('a', 300, "x")), "yes");
    /* What ordinary rules do stays far below. */
    ck_assert_str_eq(
        match_octets(regex, "[^@]+@[a-z.]+", false, run_of('a', MTLS_IDENTITY_MAX_TEXT - 2, "@b")),
        "yes");
}
END_TEST

/* No more than length times length, with the most stars there can be. */
START_TEST(globs_do_not_explode_T_N08)
{
    const char *part = (const char *)run_of('a', 400, "").data;
    const char *pattern = "";
    int i;

    for (i = 0; i < MTLS_PATTERN_MAX_STARS; i++) {
        pattern = apr_pstrcat(pool, pattern, "*", part, NULL);
    }
    pattern = apr_pstrcat(pool, pattern, "c", NULL);
    ck_assert_str_eq(match_octets(MTLS_PATTERN_GLOB, pattern, false,
                                  run_of('a', MTLS_IDENTITY_MAX_TEXT - 1, "b")),
                     "no");
}
END_TEST

START_TEST(refused_patterns)
{
    const struct {
        mtls_pattern_kind_t kind;
        const char *text, *fault;
    } bad[] = {
        {MTLS_PATTERN_GLOB, "", "empty"},
        {MTLS_PATTERN_GLOB, "**********", "more than 9"},
        {MTLS_PATTERN_GLOB, "a\nb", "at 2: a control character"},
        {MTLS_PATTERN_GLOB, "\xff", "at 1: "},
        {MTLS_PATTERN_GLOB, "ab\xc2\x85", "at 3: "},
        {MTLS_PATTERN_REGEX, "", "empty"},
        {MTLS_PATTERN_REGEX, "a(b", "at 4: missing closing parenthesis"},
        {MTLS_PATTERN_REGEX, "a[b", "at 4: missing terminating ]"},
        {MTLS_PATTERN_REGEX, "*a", "at "},
        {MTLS_PATTERN_REGEX, "\xc3", "at 1: "},
        {MTLS_PATTERN_REGEX, "a\\Cb", "at "},
        {MTLS_PATTERN_REGEX, "(*LIMIT_MATCH=4000000000)a", "verbs"},
        {MTLS_PATTERN_REGEX, "(*LIMIT_HEAP=4000000000)a", "verbs"},
        {MTLS_PATTERN_REGEX, "(*LIMIT_DEPTH=4000000000)a", "verbs"},
        {MTLS_PATTERN_REGEX, "(*UTF)(*UCP)a", "verbs"},
        {MTLS_PATTERN_REGEX, "(*ANY)a", "verbs"},
        {MTLS_PATTERN_REGEX, "a(*ACCEPT)b", "at 2: verbs"},
        {MTLS_PATTERN_REGEX, "(a)\\1", "at "}, /* plain parentheses capture nothing */
        {MTLS_PATTERN_REGEX, "(?<a>x)(?<a>y)", "at "},
        {MTLS_PATTERN_REGEX, "(?J)(?<a>x)(?<a>y)", "two groups are named a"},
        {MTLS_PATTERN_REGEX, "(?<\xc3\xbc>x)", "other characters"},
        {MTLS_PATTERN_REGEX, "(?<1a>x)", "at "},
        {MTLS_PATTERN_REGEX, "(?<>x)", "at "},
        {MTLS_PATTERN_REGEX, "(?<a", "at "},
        {MTLS_PATTERN_REGEX, "(?<a234567890123456789012345678901234567890>x)", "at "},
        {MTLS_PATTERN_REGEX, "((a{1,9999}){1,9999}){1,9999}", "at "},
    };
    const mtls_pattern_t *pattern;
    int i;

    for (i = 0; i < COUNT_OF(bad); i++) {
        const char *fault = mtls_pattern_compile(&pattern, bad[i].kind, bad[i].text, false, pool);

        ck_assert_msg(fault && strstr(fault, bad[i].fault), "%s: %s", bad[i].text, fault);
        ck_assert_ptr_null(pattern);
    }
}
END_TEST

static const char *repeat(const char *what, int count)
{
    const char *text = "";

    while (count-- > 0) {
        text = apr_pstrcat(pool, text, what, NULL);
    }
    return text;
}

START_TEST(limits_of_patterns)
{
    const mtls_pattern_t *pattern;
    const char *text = "";
    int i;

    compiled(MTLS_PATTERN_GLOB, repeat("*", MTLS_PATTERN_MAX_STARS), false);
    compiled(MTLS_PATTERN_GLOB, (const char *)run_of('a', MTLS_PATTERN_MAX, "").data, false);
    compiled(MTLS_PATTERN_REGEX, (const char *)run_of('a', MTLS_PATTERN_MAX, "").data, false);
    text = (const char *)run_of('a', MTLS_PATTERN_MAX + 1, "").data;
    ck_assert_ptr_nonnull(mtls_pattern_compile(&pattern, MTLS_PATTERN_GLOB, text, false, pool));
    ck_assert_ptr_nonnull(mtls_pattern_compile(&pattern, MTLS_PATTERN_REGEX, text, false, pool));
    compiled(MTLS_PATTERN_REGEX, apr_pstrcat(pool, repeat("(", 32), "a", repeat(")", 32), NULL),
             false);
    ck_assert_ptr_nonnull(mtls_pattern_compile(
        &pattern, MTLS_PATTERN_REGEX,
        apr_pstrcat(pool, repeat("(", 1000), "a", repeat(")", 1000), NULL), false, pool));
    for (text = "", i = 0; i < MTLS_PATTERN_MAX_CAPTURES; i++) {
        text = apr_psprintf(pool, "%s(?<g%d>a)", text, i);
    }
    pattern = compiled(MTLS_PATTERN_REGEX, text, false);
    ck_assert_int_eq(mtls_pattern_capture_count(pattern), MTLS_PATTERN_MAX_CAPTURES);
    ck_assert_str_eq(mtls_pattern_capture_name(pattern, 10), "g10");
    ck_assert_int_eq(mtls_pattern_match(pattern, run_of('a', MTLS_PATTERN_MAX_CAPTURES, ""),
                                        apr_array_make(pool, 1, sizeof(mtls_capture_t)), pool),
                     MTLS_MATCH_YES);
    text = apr_pstrcat(pool, text, "(?<more>a)", NULL);
    ck_assert_ptr_nonnull(mtls_pattern_compile(&pattern, MTLS_PATTERN_REGEX, text, false, pool));
    ck_assert_ptr_null(pattern);
}
END_TEST

/* Every first, second and further octet, against the identity reader's rule. */
START_TEST(clean_text)
{
    const char *const clean[] = {"",
                                 " ",
                                 "~",
                                 "\xc2\xa0",
                                 "\xdf\xbf",
                                 "\xe0\xa0\x80",
                                 "\xed\x9f\xbf",
                                 "\xee\x80\x80",
                                 "\xef\xbf\xbf",
                                 "\xf0\x90\x80\x80",
                                 "\xf4\x8f\xbf\xbf"};
    const char *const unclean[] = {"\x1f",
                                   "\x7f",
                                   "\xc2\x80",
                                   "\xc2\x9f",
                                   "\x80",
                                   "\xbf",
                                   "\xc1\xbf",
                                   "\xc3",
                                   "\xc3(",
                                   "\xe0\x9f\xbf",
                                   "\xe2\x82",
                                   "\xe2\x82(",
                                   "\xed\xa0\x80",
                                   "\xf0\x8f\xbf\xbf",
                                   "\xf0\x90\x80",
                                   "\xf0\x90\x80(",
                                   "\xf4\x90\x80\x80",
                                   "\xf5\x80\x80\x80"};
    apr_size_t offset;
    int i;

    for (i = 0; i < COUNT_OF(clean); i++) {
        ck_assert_msg(mtls_clean_check(octets(clean[i]), NULL), "clean %d", i);
    }
    for (i = 0; i < COUNT_OF(unclean); i++) {
        offset = 99;
        ck_assert_msg(
            !mtls_clean_check(octets(apr_pstrcat(pool, "\xc3\xbc", unclean[i], NULL)), &offset),
            "unclean %d", i);
        ck_assert_uint_eq(offset, 2);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {globs,
                                  regexes_T_N08,
                                  unusable_values_are_unknown,
                                  lengths_T_N05,
                                  catastrophes_T_N08,
                                  the_limit_counts_steps_T_N08,
                                  globs_do_not_explode_T_N08,
                                  refused_patterns,
                                  limits_of_patterns,
                                  clean_text,
                                  NULL};
    return run_tests("pattern", tests);
}
