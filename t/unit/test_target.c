/*
 * t/unit/test_target.c - where a step-up may lead back to, and where somebody would like it to.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/target.h"
#include "policy_run.h"

#define ORIGIN "https://www.example.org:8443"

static const char *const good[] = {
    "/",
    "/?",
    "/staff",
    "/staff/",
    "/staff?x=1&y=%2F%2F",
    "/a/b;c=d",
    "/a?next=//x",
    "/?//evil",
    "/?next=https://elsewhere.example/%0d%0a",
    "/a?b=100%",
    "/~u/",
    "/a%20b",
    "/%20",
    "/a//b",
    "/a///",
    "/a/%2Fb",
    "/a%2fb",
    "/o'neil/(x)!*$,+&=:@",
    "/@scope/pkg",
    "/evil@www.example.org",
    "/javascript:alert(1)",
    "/https:evil",
    "/a{b}|c^`",
};

/* Also what normal forms make of dots that go nowhere. */
static const char *const dotted[] = {
    "/.",       "/..",  "/./",   "/../",   "/a/.",    "/a/..",     "/a/../",    "/.well-known/x",
    "/..a",     "/...", "/.../", "/a/./b", "/a/../b", "/%2e%2e/b", "/a/..;x/b", "/a/b/..//c",
    "/%2e.x/y",
};

/* The corpus of S-06, and what it grew from (CVE-2019-14857,
 * CVE-2019-20479, CVE-2021-32786, CVE-2019-3877, CVE-2019-13038, CVE-2021-3639). */
static const char *const bad[] = {
    "",
    "evil",
    "?x",
    "#",
    "*",
    " /",
    "//",
    "//evil",
    "//evil/..",
    "///",
    "///evil",
    "////evil",
    "/\\evil",
    "/\\/evil",
    "\\\\/",
    "\\/evil",
    "\\\\evil",
    "/a\\b",
    "/a?b=\\",
    "/%5cevil",
    "/%5Cevil",
    "/%5c%5cevil",
    "/%2fevil",
    "/%2Fevil",
    "/%2f%2fevil",
    "/%09/evil",
    "/%09//evil",
    "/\t/evil",
    "/\t\\evil",
    "/%0a/evil",
    "/%0d/evil",
    "/%00/evil",
    "/%7f/evil",
    "/%20/evil",
    "/%20%20//evil",
    "/ /evil",
    "/..//evil",
    "/../..//evil",
    "/..%2fevil/../..//x",
    "/..%2f%2fevil",
    "/..%5cevil/..%5c..%5c%5cx",
    "/%2e%2e//evil",
    "/%2E%2e%2f%2Fevil",
    "/.%2e//evil",
    "/%2e//evil",
    "/.//x",
    "/.//",
    "/./\\evil",
    "/././/evil",
    "/.%20//evil",
    "/a/..//evil",
    "/x%2fy/..//evil",
    "/x%5Cy/%2e%2e//evil",
    "/x%2fy%2f..//evil",
    "/a/../%2fevil",
    "/a/%2e%2e//evil",
    "/a/b/../..//evil",
    "/a//..//evil",
    "/a%2f..%2f%2fevil",
    "/staff\r\nSet-Cookie: a=b",
    "/staff\nLocation: x",
    "/staff%0d%0aSet-Cookie:%20a=b",
    "/staff%00",
    "/a b",
    "/\x01",
    "/\x7f",
    "/b\xc3\xbc",
    "/\xe2\x81\x84\xe2\x81\x84"
    "evil",
    "/?\xff",
    "/a#b",
    "/a?b#c",
    "/#//evil",
    "/\"onload=",
    "/?<script>",
    "/a>b",
    "/%",
    "/%2",
    "/%zz",
    "/a%2?x",
    "https:evil",
    "https:/evil",
    "https://evil/",
    "HTTPS://www.example.org/",
    "http:///evil",
    "javascript:alert(1)",
    "data:text/html,x",
    "@evil/",
    ":8443@evil/",
    ".evil/",
    "user:secret@evil/",
    "www.example.org@evil",
};

START_TEST(ordinary_addresses_are_good)
{
    ck_assert_int_eq(mtls_target_check(good[_i]), MTLS_TARGET_GOOD);
    ck_assert_str_eq(mtls_target_url(ORIGIN, good[_i], pool),
                     apr_pstrcat(pool, ORIGIN, good[_i], NULL));
}
END_TEST

START_TEST(dots_that_stay_are_good)
{
    ck_assert_int_eq(mtls_target_check(dotted[_i]), MTLS_TARGET_GOOD);
}
END_TEST

START_TEST(S_06_the_corpus_is_bad)
{
    ck_assert_int_eq(mtls_target_check(bad[_i]), MTLS_TARGET_BAD);
    ck_assert_ptr_null(mtls_target_url(ORIGIN, bad[_i], pool));
}
END_TEST

START_TEST(S_06_nothing_is_bad)
{
    ck_assert_int_eq(mtls_target_check(NULL), MTLS_TARGET_BAD);
    ck_assert_ptr_null(mtls_target_url(ORIGIN, NULL, pool));
}
END_TEST

/* Every octet, in the path and in the query. */
START_TEST(S_06_every_octet_has_its_answer)
{
    char path[] = "/a_b", query[] = "/?_";
    int c;

    for (c = 1; c < 256; c++) {
        const bool out = c <= ' ' || c > '~' || strchr("\"#<>\\", c) != NULL;

        path[2] = query[2] = (char)c;
        ck_assert_int_eq(mtls_target_check(path),
                         out || c == '%' ? MTLS_TARGET_BAD : MTLS_TARGET_GOOD);
        ck_assert_int_eq(mtls_target_check(query), out ? MTLS_TARGET_BAD : MTLS_TARGET_GOOD);
    }
}
END_TEST

START_TEST(S_31_a_long_one_is_not_carried)
{
    char text[8193];

    memset(text, 'x', sizeof(text));
    text[0] = '/';
    text[8192] = '\0';
    ck_assert_int_eq(mtls_target_check(text), MTLS_TARGET_TOO_LONG);
    ck_assert_ptr_null(mtls_target_url(ORIGIN, text, pool));
    text[MTLS_TARGET_MAX + 1] = '\0';
    ck_assert_int_eq(mtls_target_check(text), MTLS_TARGET_TOO_LONG);
    text[MTLS_TARGET_MAX] = '\0';
    ck_assert_int_eq(mtls_target_check(text), MTLS_TARGET_GOOD);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("target");

    tcase_add_loop_test(tcase, ordinary_addresses_are_good, 0, COUNT_OF(good));
    tcase_add_loop_test(tcase, dots_that_stay_are_good, 0, COUNT_OF(dotted));
    tcase_add_loop_test(tcase, S_06_the_corpus_is_bad, 0, COUNT_OF(bad));
    tcase_add_test(tcase, S_06_nothing_is_bad);
    tcase_add_test(tcase, S_06_every_octet_has_its_answer);
    tcase_add_test(tcase, S_31_a_long_one_is_not_carried);
    return run_case("target", tcase);
}
