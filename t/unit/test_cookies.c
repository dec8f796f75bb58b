/*
 * t/unit/test_cookies.c - our cookies taken out, everybody else's left as they were.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/cookies.h"
#include "policy_run.h"

#define KEY  "0123456789abcdef"
#define KEY2 "fedcba9876543210"
#define T    MTLS_COOKIE_TICKET
#define A    MTLS_COOKIE_ATTEMPT

/* S-12: what is left, octet for octet.  NULL: nothing. */
static const struct {
    const char *header, *rest;
    bool any;
} fields[] = {
    {NULL, NULL, false},
    {"", "", false},
    {"a=1", "a=1", false},
    {" a = 1 ;; b=2;", " a = 1 ;; b=2;", false},
    {"a=1, b=2; c=\"x; y\"", "a=1, b=2; c=\"x; y\"", false},
    {T "=t", NULL, true},
    {T "=t;", NULL, true},
    {" " T "=t ; ", NULL, true},
    {T "=t; " A KEY "=n", NULL, true},
    {T "=t; a=1", "a=1", true},
    {"a=1; " T "=t", "a=1", true},
    {"a=1; " T "=t; b=2", "a=1; b=2", true},
    {"a=1;" T "=t;b=2", "a=1;b=2", true},
    {"a=1;" T "=t; b=2", "a=1; b=2", true},
    {"a=1; " T "=t;\tb=2", "a=1;\tb=2", true},
    {"a=1 ; " T "=t ; b=2 ;", "a=1 ; b=2 ;", true},
    {"a=1; " T "=t; " A KEY "=n; b=2; " A KEY2 "=m; c", "a=1; b=2; c", true},
    {" a=1; " T "=t", " a=1", true},
    {" " T "=t; a=1", "a=1", true},
    {";" T "=t; a=1", "a=1", true},
    {"; a=1; " T "=t", "; a=1", true},
    {"a=1; " T "=t;", "a=1;", true},
    {"a=\"1; b\"; " T "=t; c=\xc3\xa9\x80\x01", "a=\"1; b\"; c=\xc3\xa9\x80\x01", true},
    {"a=; =b; c; " T "=t; d==", "a=; =b; c; d==", true},
    {"a=1; a=1; " T "=t; a=1", "a=1; a=1; a=1", true},
    /* httpd joins fields with a comma */
    {"a=1, " T "=t", "a=1", true},
    {"a=1, " T "=t; b=2", "a=1; b=2", true},
    {"a=1, " T "=t, b=2", "a=1, b=2", true},
    {"a=1; " T "=t, b=2", "a=1; b=2", true},
    {"a=1; " T "=t, b=2, c=3", "a=1; b=2, c=3", true},
    {"a=1; " T "=t, " A KEY "=n, b=2", "a=1; b=2", true},
    {T "=t, b=2", "b=2", true},
    {T "=t, " A KEY "=n, b=2; c", "b=2; c", true},
    {"a; " T "=t; b, " T "=u, c", "a; b, c", true},
    {"a=1,,x, " T "=t", "a=1,,x", true},
    {"a={\"x\":1,\"y\":2}; " T "=t", "a={\"x\":1,\"y\":2}", true},
    {"a=1," T, "a=1", true},
    {"a=1,\t " T " =t;b", "a=1;b", true},
    {"a=1, " T "x=t", "a=1, " T "x=t", false},
    /* ours, in whatever form */
    {"a; __hoST-mtls=t; b", "a; b", true},
    {"a; __HOST-MTLS; b", "a; b", true},
    {"a; " T "; b", "a; b", true},
    {"a; " T " = t; b", "a; b", true},
    {"a; " T "=; b", "a; b", true},
    {"a; " T "=\"t\"; b", "a; b", true},
    {"a; " T "=t=u; b", "a; b", true},
    {"a; " T "=\xff\x01; b", "a; b", true},
    {"a; " T "-; b", "a; b", true},
    {"a; " T "-=x; b", "a; b", true},
    {"a; " T "-nothex=x; b", "a; b", true},
    {"a; __host-MTLS-" KEY "=x; b", "a; b", true},
    {"a; " A "0123456789ABCDEF=x; b", "a; b", true},
    {"a; " A KEY "0=x; b", "a; b", true},
    {"a; " A "next-version=x; b", "a; b", true},
    /* not ours */
    {T "x=t; a", T "x=t; a", false},
    {T "foo=t", T "foo=t", false},
    {T "_=t", T "_=t", false},
    {T "\t.=t", T "\t.=t", false},
    {"x" T "=t", "x" T "=t", false},
    {"__Host-mtl=t", "__Host-mtl=t", false},
    {"__Host-=t; __Host", "__Host-=t; __Host", false},
    {"__Secure-mtls=t; mtls=t", "__Secure-mtls=t; mtls=t", false},
    {"__Host_mtls=t", "__Host_mtls=t", false},
    {"a=" T "=t", "a=" T "=t", false},
    {"=" T "=t", "=" T "=t", false},
};

START_TEST(N_100_S_12_others_stay_as_they_were)
{
    mtls_cookies_t out, again;

    mtls_cookies_take(&out, fields[_i].header, pool);
    ck_assert_int_eq(out.any, fields[_i].any);
    ck_assert_pstr_eq(out.rest, fields[_i].rest);
    if (!out.any) {
        ck_assert_ptr_eq(out.rest, fields[_i].header);
        ck_assert(!out.spoiled && !out.ticket && out.attempt_count == 0);
    }
    mtls_cookies_take(&again, out.rest, pool);
    ck_assert(!again.any);
}
END_TEST

/* N-101, N-104, S-30: which ticket counts. */
static const struct {
    const char *header, *ticket;
    bool spoiled;
} tickets[] = {
    {"a=1", NULL, false},
    {T "=t", "t", false},
    {"a=1; " T "=t; b=2", "t", false},
    {"a=1;" T "=t ;b=2", "t", false},
    {T "=azAZ09-_.!#$%&'()*+/:<=>?@[]^`{|}~", "azAZ09-_.!#$%&'()*+/:<=>?@[]^`{|}~", false},
    {A KEY "=n", NULL, false},
    {T "=t; " A KEY "=n", "t", false},
    {T "=t; " T "x=u", "t", false},
    {T "=t; " T "-nothex=u", "t", false},
    {T "=t; __host-mtls-" KEY "=u", "t", false},
    /* twice */
    {T "=t; " T "=u", NULL, true},
    {T "=t; " T "=t", NULL, true},
    {T "=t; " T "=u; " T "=v", NULL, true},
    {T "=t; a=1; " T, NULL, true},
    {T "=; " T "=t", NULL, true},
    {T " =u; " T "=t", NULL, true},
    /* twins */
    {"__hoST-mtls=t", NULL, true},
    {"__Host-MTLS=t", NULL, true},
    {"__host-mtls=t; " T "=u", NULL, true},
    {T "=u; __HOST-MTLS=t", NULL, true},
    {T "=u; __HOST-MTLS", NULL, true},
    /* no value */
    {T, NULL, true},
    {T "=", NULL, true},
    {T "= ", NULL, true},
    {T "= t", NULL, true},
    {T " =t", NULL, true},
    {T "=\"t\"", NULL, true},
    {T "=t u", NULL, true},
    {T "=t\\", NULL, true},
    {T "=\xc3\xa9", NULL, true},
    {T "=\x7f", NULL, true},
    {T "=t\x01", NULL, true},
    /* commas */
    {"a=1, " T "=t", NULL, true},
    {"a=1," T "=t; b", NULL, true},
    {"," T "=t", NULL, true},
    {T "=t, a=1", NULL, true},
    {T "=t,", NULL, true},
    {T "=t; a=1, " T "=u", NULL, true},
    {T "=t, " T "=t", NULL, true},
};

START_TEST(N_101_N_104_S_30_one_ticket_or_none)
{
    mtls_cookies_t out;

    mtls_cookies_take(&out, tickets[_i].header, pool);
    ck_assert_pstr_eq(out.ticket, tickets[_i].ticket);
    ck_assert_int_eq(out.spoiled, tickets[_i].spoiled);
}
END_TEST

/* S-20: which attempts are known, "key=value key=value". */
static const struct {
    const char *header, *attempts;
} attempt_fields[] = {
    {"a=1; " T "=t", ""},
    {A KEY "=n", KEY "=n "},
    {A KEY2 "=m; a=1;" A KEY "=done.0011", KEY2 "=m " KEY "=done.0011 "},
    {A KEY "=n; " A KEY "=n", ""},
    {A KEY "=n; " A KEY2 "=m; " A KEY "=n", KEY2 "=m "},
    {A KEY "=n; " A KEY "=n; " A KEY "=n", ""},
    {A KEY "=n; __host-mtls-" KEY "=n", ""},
    {"__HOST-MTLS-" KEY "=n; " A KEY2 "=m", KEY2 "=m "},
    {A "0123456789ABCDEF=n", ""},
    {A "0123456789ABCDEF=n; " A KEY "=n; " A KEY2 "=m", KEY2 "=m "},
    {A KEY "=; " A KEY2 "=m", KEY2 "=m "},
    {A KEY, ""},
    {A KEY " =n", ""},
    {A KEY "=\"n\"", ""},
    {A KEY "=n, a", ""},
    {"a, " A KEY "=n", ""},
    {A KEY "0=n", ""},
    {A "0123456789abcde=n", ""},
    {A "0123456789abcdeg=n", ""},
    {T "; " T "=t; " A KEY "=n", KEY "=n "},
};

START_TEST(S_20_attempts_are_known_by_their_keys)
{
    mtls_cookies_t out;
    const char *told = "";
    int i;

    mtls_cookies_take(&out, attempt_fields[_i].header, pool);
    for (i = 0; i < out.attempt_count; i++) {
        told = apr_pstrcat(pool, told, out.attempts[i].key, "=", out.attempts[i].value, " ", NULL);
        ck_assert_str_eq(mtls_cookies_attempt(&out, out.attempts[i].key), out.attempts[i].value);
    }
    ck_assert_str_eq(told, attempt_fields[_i].attempts);
    ck_assert_ptr_null(mtls_cookies_attempt(&out, "0000000000000000"));
    ck_assert_ptr_null(mtls_cookies_attempt(&out, ""));
    ck_assert_ptr_null(mtls_cookies_attempt(&out, NULL));
}
END_TEST

START_TEST(S_20_attempts_beyond_the_most_are_forgotten)
{
    const char *header = "a=1";
    mtls_cookies_t out;
    int i;

    for (i = 0; i < MTLS_COOKIE_MAX_ATTEMPTS + 3; i++) {
        header = apr_psprintf(pool, "%s; %s%016x=n%d", header, A, i, i);
    }
    /* One of those that are known comes again after them. */
    header = apr_psprintf(pool, "%s; %s%016x=x; b=2", header, A, 5);
    mtls_cookies_take(&out, header, pool);
    ck_assert_int_eq(out.attempt_count, MTLS_COOKIE_MAX_ATTEMPTS - 1);
    ck_assert_str_eq(mtls_cookies_attempt(&out, "000000000000007f"), "n127");
    ck_assert_ptr_null(mtls_cookies_attempt(&out, "0000000000000080"));
    ck_assert_ptr_null(mtls_cookies_attempt(&out, "0000000000000005"));
    ck_assert_ptr_null(out.attempts[MTLS_COOKIE_MAX_ATTEMPTS - 1].key);
    ck_assert_str_eq(out.rest, "a=1; b=2");
}
END_TEST

static const char *value_of_len(int len)
{
    char *value = apr_palloc(pool, (apr_size_t)len + 1);

    memset(value, 'v', (apr_size_t)len);
    value[len] = '\0';
    return value;
}

START_TEST(N_105_a_value_that_is_too_long_is_none)
{
    const char *longest = value_of_len(MTLS_COOKIE_MAX_VALUE);
    const char *more = value_of_len(MTLS_COOKIE_MAX_VALUE + 1);
    mtls_cookies_t out;

    mtls_cookies_take(&out, apr_pstrcat(pool, T "=", longest, "; " A KEY "=", longest, NULL), pool);
    ck_assert_str_eq(out.ticket, longest);
    ck_assert_str_eq(mtls_cookies_attempt(&out, KEY), longest);
    mtls_cookies_take(&out, apr_pstrcat(pool, T "=", more, "; " A KEY "=", more, NULL), pool);
    ck_assert(out.spoiled);
    ck_assert_ptr_null(out.ticket);
    ck_assert_int_eq(out.attempt_count, 0);
    ck_assert_ptr_null(out.rest);
}
END_TEST

/* Each octet that a field may hold: as a value of ours, and of another. */
START_TEST(every_octet_in_a_value)
{
    char ours[] = T "=a_b", other[] = "x=a_b; " T "=t";
    mtls_cookies_t out;
    int c;

    for (c = 1; c < 256; c++) {
        const bool fits = c > ' ' && c < 0x7f && !strchr("\",;\\", c);

        ours[sizeof(T "=a") - 1] = (char)c;
        mtls_cookies_take(&out, ours, pool);
        if (c != ';') {
            ck_assert_pstr_eq(out.ticket, fits ? ours + sizeof(T) : NULL);
        } else {
            ck_assert_str_eq(out.ticket, "a");
        }
        other[sizeof("x=a") - 1] = (char)c;
        mtls_cookies_take(&out, other, pool);
        ck_assert_uint_eq(strlen(out.rest), 5);
        ck_assert_mem_eq(out.rest, other, 5);
        ck_assert_str_eq(out.ticket, "t");
    }
}
END_TEST

START_TEST(N_100_N_103_lines)
{
    ck_assert_str_eq(mtls_cookie_line(T, "abc", -1, pool),
                     "__Host-mtls=abc; Path=/; Secure; HttpOnly; SameSite=Lax");
    ck_assert_str_eq(mtls_cookie_line(T, "", 0, pool),
                     "__Host-mtls=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0; "
                     "Expires=Thu, 01 Jan 1970 00:00:00 GMT");
}
END_TEST

START_TEST(N_100_lines_that_end)
{
    static const char start[] =
        "__Host-mtls-" KEY "=n; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600; Expires=";
    apr_time_t now = apr_time_now();
    const char *line = mtls_cookie_line(A KEY, "n", 600, pool);
    char date[APR_RFC822_DATE_LEN];
    bool found = false;
    int late;

    ck_assert_uint_eq(strlen(line), sizeof(start) - 1 + sizeof(date) - 1);
    ck_assert(strncmp(line, start, sizeof(start) - 1) == 0);
    for (late = 0; late < 30 && !found; late++) {
        apr_rfc822_date(date, now + apr_time_from_sec(600 + late));
        found = strcmp(line + sizeof(start) - 1, date) == 0;
    }
    ck_assert(found);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("cookies");

    tcase_add_loop_test(tcase, N_100_S_12_others_stay_as_they_were, 0, COUNT_OF(fields));
    tcase_add_loop_test(tcase, N_101_N_104_S_30_one_ticket_or_none, 0, COUNT_OF(tickets));
    tcase_add_loop_test(tcase, S_20_attempts_are_known_by_their_keys, 0, COUNT_OF(attempt_fields));
    tcase_add_test(tcase, S_20_attempts_beyond_the_most_are_forgotten);
    tcase_add_test(tcase, N_105_a_value_that_is_too_long_is_none);
    tcase_add_test(tcase, every_octet_in_a_value);
    tcase_add_test(tcase, N_100_N_103_lines);
    tcase_add_test(tcase, N_100_lines_that_end);
    return run_case("cookies", tcase);
}
