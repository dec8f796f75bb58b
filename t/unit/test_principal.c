/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/principal.h"
#include "mtls/policy/source.h"
#include "mtls/policy/trace.h"
#include "policy_run.h"

static const char *run_of(char c, int len)
{
    char *text = apr_palloc(pool, (apr_size_t)len + 1);

    memset(text, c, (size_t)len);
    text[len] = '\0';
    return text;
}

START_TEST(attribute_names)
{
    const char *const good[] = {"a", "dept", "cost_center_2", run_of('a', 64)};
    const char *const bad[] = {"",    "A",  "Dept", "1a",  "_a",       "a-b",
                               "a.b", "a ", "a\nb", "a=b", "\xc3\xbc", run_of('a', 65)};
    int i;

    for (i = 0; i < COUNT_OF(good); i++) {
        ck_assert_ptr_null(mtls_attribute_name_check(good[i], pool));
    }
    for (i = 0; i < COUNT_OF(bad); i++) {
        ck_assert_msg(mtls_attribute_name_check(bad[i], pool) != NULL, "%s", bad[i]);
    }
}
END_TEST

START_TEST(group_names)
{
    const char *const good[] = {"a",       "Domain Users", "R&D",           "cn=ops",
                                "\"ops\"", "\xc3\xbc",     run_of('a', 256)};
    const char *const bad[] = {"",          " ",    "a,b",           ",",    " a",
                               "a ",        "a\n",  "\ta",           "a\tb", "a\x7f",
                               "a\xc2\x85", "\xff", run_of('a', 257)};
    int i;

    for (i = 0; i < COUNT_OF(good); i++) {
        ck_assert_msg(mtls_group_name_check(good[i], pool) == NULL, "%s", good[i]);
    }
    for (i = 0; i < COUNT_OF(bad); i++) {
        ck_assert_msg(mtls_group_name_check(bad[i], pool) != NULL, "%s", bad[i]);
    }
}
END_TEST

START_TEST(look_up_and_copy)
{
    char user[] = "alice", group[] = "ops", name[] = "dept", value[] = "R&D", message[] = "m";
    char file[] = "/etc/staff.map";
    const char *const groups[] = {group, "staff"};
    const mtls_attribute_t attributes[] = {{name, value}, {"site", "x"}};
    const mtls_principal_t original = {.reason = MTLS_REASON_GOOD,
                                       .user = user,
                                       .groups = groups,
                                       .group_count = 2,
                                       .attributes = attributes,
                                       .attribute_count = 2,
                                       .source = "map",
                                       .rule = {file, 7, 3},
                                       .message = message};
    const mtls_principal_t nobody = {0};
    mtls_principal_t *copy = mtls_principal_copy(&original, pool);

    /* nothing of what the original owned is left */
    user[0] = group[0] = name[0] = value[0] = message[0] = file[0] = '!';
    ck_assert_int_eq(copy->reason, MTLS_REASON_GOOD);
    ck_assert_str_eq(copy->user, "alice");
    ck_assert_str_eq(copy->message, "m");
    ck_assert_str_eq(copy->source, "map");
    ck_assert_str_eq(copy->rule.file, "/etc/staff.map");
    ck_assert_int_eq(copy->rule.line, 7);
    ck_assert(mtls_principal_has_group(copy, "ops"));
    ck_assert(mtls_principal_has_group(copy, "staff"));
    ck_assert(!mtls_principal_has_group(copy, "Ops"));
    ck_assert(!mtls_principal_has_group(copy, "op"));
    ck_assert_str_eq(mtls_principal_attribute(copy, "dept"), "R&D");
    ck_assert_str_eq(mtls_principal_attribute(copy, "site"), "x");
    ck_assert_ptr_null(mtls_principal_attribute(copy, "DEPT"));

    copy = mtls_principal_copy(&nobody, pool);
    ck_assert_int_eq(copy->reason, MTLS_REASON_UNDECIDED);
    ck_assert_ptr_null(copy->user);
    ck_assert_ptr_null(copy->message);
    ck_assert(!mtls_principal_has_group(copy, ""));
    ck_assert_ptr_null(mtls_principal_attribute(copy, ""));
}
END_TEST

START_TEST(traces)
{
    const mtls_origin_t at = {"staff.map", 3, 1};
    mtls_trace_t *trace = mtls_trace_make(pool);
    char text[] = "cn is alice";
    int i;

    mtls_trace_add(NULL, at, MTLS_TRACE_PASSED, text);
    for (i = 0; i < 20; i++) {
        mtls_trace_add(trace, at, i == 19 ? MTLS_TRACE_DECIDED : MTLS_TRACE_PASSED, text);
    }
    text[0] = '!';
    ck_assert_int_eq(trace->steps->nelts, 20);
    for (i = 0; i < 20; i++) {
        const mtls_trace_step_t *step = &APR_ARRAY_IDX(trace->steps, i, mtls_trace_step_t);

        ck_assert_int_eq(step->end, i == 19 ? MTLS_TRACE_DECIDED : MTLS_TRACE_PASSED);
        ck_assert_str_eq(step->text, "cn is alice");
        ck_assert_int_eq(step->at.line, 3);
    }
}
END_TEST

START_TEST(source_words)
{
    ck_assert_str_eq(mtls_source_word(MTLS_SOURCE_USER), "user");
    ck_assert_str_eq(mtls_source_word(MTLS_SOURCE_MAP), "map");
    ck_assert_str_eq(mtls_source_word(MTLS_SOURCE_DBM), "dbm");
    ck_assert_str_eq(mtls_source_word(MTLS_SOURCE_SQL), "sql");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {attribute_names, group_names,  look_up_and_copy,
                                  traces,          source_words, NULL};
    return run_tests("principal", tests);
}
