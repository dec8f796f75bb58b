/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/rows.h"

#include <apr_strings.h>

#include "policy_run.h"

#define MAX_COLUMNS 4

/* One query's answer: names of columns, then rows of as many values; NULL ends both. */
typedef struct {
    const char *names[MAX_COLUMNS + 1];
    const char *values[4 * MAX_COLUMNS + 1];
} answer_t;

static mtls_bytes_t bytes(const char *text)
{
    return (mtls_bytes_t){(const unsigned char *)text, strlen(text)};
}

static int count_names(const char *const *names)
{
    int count = 0;

    while (names[count])
        count++;
    return count;
}

static mtls_rows_t *make(const char *const *names)
{
    const char *fault = NULL;
    mtls_rows_t *rows = mtls_rows_make(count_names(names), names, &fault, pool);

    ck_assert_msg(rows != NULL, "%s", fault);
    ck_assert_ptr_null(fault);
    return rows;
}

static mtls_principal_t read_answer(const answer_t *answer)
{
    mtls_principal_t out = {.source = "sql", .rule = {"f", 7, 0}};
    mtls_rows_t *rows = make(answer->names);
    int width = count_names(answer->names);
    mtls_bytes_t row[MAX_COLUMNS];
    int i;

    for (i = 0; answer->values[i]; i++) {
        row[i % width] = bytes(answer->values[i]);
        if (i % width == width - 1)
            ck_assert_ptr_null(mtls_rows_add(rows, row));
    }
    ck_assert_int_eq(i % width, 0);
    mtls_rows_finish(&out, rows);
    ck_assert_str_eq(out.source, "sql");
    ck_assert_int_eq(out.rule.line, 7);
    return out;
}

static const char *joined_groups(const mtls_principal_t *principal)
{
    const char *text = "";
    int i;

    for (i = 0; i < principal->group_count; i++)
        text = apr_pstrcat(pool, text, *text ? "|" : "", principal->groups[i], NULL);
    return text;
}

START_TEST(one_row_is_a_person)
{
    answer_t answer = {{"USER", "Groups", "Dept", "deny"}, {"alice", "ops, staff", "R&D", ""}};
    mtls_principal_t out = read_answer(&answer);

    ck_assert_int_eq(out.reason, MTLS_REASON_GOOD);
    ck_assert_str_eq(out.user, "alice");
    ck_assert_str_eq(joined_groups(&out), "ops|staff");
    ck_assert_int_eq(out.attribute_count, 1);
    ck_assert_str_eq(out.attributes[0].name, "dept");
    ck_assert_str_eq(out.attributes[0].value, "R&D");
}
END_TEST

START_TEST(groups_of_all_rows_add_up_each_once)
{
    answer_t answer = {
        {"user", "groups"},
        {"alice", "ops", "alice", " staff ,,ops", "alice", "", "alice", "night shift"}};
    mtls_principal_t out = read_answer(&answer);

    ck_assert_int_eq(out.reason, MTLS_REASON_GOOD);
    ck_assert_str_eq(joined_groups(&out), "ops|staff|night shift");
}
END_TEST

START_TEST(groups_need_no_user)
{
    answer_t answer = {{"user", "groups"}, {"", "ops"}};
    mtls_principal_t out = read_answer(&answer);

    ck_assert_int_eq(out.reason, MTLS_REASON_GOOD);
    ck_assert_ptr_null(out.user);
    ck_assert_int_eq(out.group_count, 1);
}
END_TEST

START_TEST(nobody_is_found_without_user_and_groups)
{
    static const answer_t answers[] = {{{"user", "groups"}, {NULL}},
                                       {{"user", "groups"}, {"", "", "", " ,"}},
                                       {{"user", "dept"}, {"", "R&D"}},
                                       {{"dept"}, {"R&D"}},
                                       {{"deny"}, {""}}};
    int i;

    for (i = 0; i < COUNT_OF(answers); i++) {
        mtls_principal_t out = read_answer(&answers[i]);

        ck_assert_int_eq(out.reason, MTLS_REASON_NO_RULE);
        ck_assert_ptr_null(out.user);
        ck_assert_int_eq(out.group_count, 0);
        ck_assert_int_eq(out.attribute_count, 0);
    }
}
END_TEST

START_TEST(rows_that_disagree_are_nobody)
{
    static const answer_t answers[] = {{{"user"}, {"alice", "bob"}},
                                       {{"user"}, {"alice", "Alice"}},
                                       {{"user"}, {"alice", ""}},
                                       {{"user"}, {"", "alice"}},
                                       {{"user", "dept"}, {"alice", "a", "alice", "b"}},
                                       {{"user", "dept"}, {"alice", "a", "alice", ""}}};
    int i;

    for (i = 0; i < COUNT_OF(answers); i++) {
        mtls_principal_t out = read_answer(&answers[i]);

        ck_assert_msg(out.reason == MTLS_REASON_USER_AMBIGUOUS, "answer %d: %d", i, out.reason);
        ck_assert_ptr_null(out.user);
    }
}
END_TEST

START_TEST(one_row_that_denies_decides)
{
    static const answer_t answers[] = {
        {{"user", "deny"}, {"alice", "lost"}},
        {{"user", "deny"}, {"alice", "", "alice", "lost"}},
        {{"user", "deny"}, {"alice", "", "bob", "lost", "eve\x01", "stolen"}},
        {{"DENY"}, {"lost"}}};
    int i;

    for (i = 0; i < COUNT_OF(answers); i++) {
        mtls_principal_t out = read_answer(&answers[i]);

        ck_assert_msg(out.reason == MTLS_REASON_DENIED_BY_RULE, "answer %d: %d", i, out.reason);
        ck_assert_str_eq(out.message, "lost");
        ck_assert_ptr_null(out.user);
    }
}
END_TEST

START_TEST(T_N01_a_deny_that_cannot_be_shown_denies)
{
    answer_t answer = {{"user", "deny"}, {"alice", "lost\x1b[2J"}};
    mtls_principal_t out = read_answer(&answer);

    ck_assert_int_eq(out.reason, MTLS_REASON_DENIED_BY_RULE);
    ck_assert_ptr_null(out.message);
}
END_TEST

START_TEST(T_N01_what_is_no_clean_text_is_nobody)
{
    static const answer_t answers[] = {{{"user"}, {"ali\nce"}},
                                       {{"user"}, {"alice\x7f"}},
                                       {{"user"}, {"ali\xff"}},
                                       {{"user"}, {"ali\xc3"}},
                                       {{"user"}, {"\xc0\x80"}},
                                       {{"user"}, {"\xed\xa0\x80"}},
                                       {{"user", "dept"}, {"alice", "\xc2\x85"}},
                                       {{"user", "groups"}, {"alice", "ops,sta\tff"}}};
    int i;

    for (i = 0; i < COUNT_OF(answers); i++) {
        mtls_principal_t out = read_answer(&answers[i]);

        ck_assert_msg(out.reason == MTLS_REASON_USER_UNUSABLE, "answer %d: %d", i, out.reason);
        ck_assert_ptr_null(out.user);
        ck_assert_int_eq(out.group_count, 0);
    }
}
END_TEST

START_TEST(T_N01_a_value_is_never_cut_at_a_nul)
{
    static const char *const names[] = {"user", NULL};
    mtls_bytes_t value = {(const unsigned char *)"admin\0x", 7};
    mtls_principal_t out = {.reason = MTLS_REASON_UNDECIDED};
    mtls_rows_t *rows = make(names);

    ck_assert_ptr_null(mtls_rows_add(rows, &value));
    mtls_rows_finish(&out, rows);
    ck_assert_int_eq(out.reason, MTLS_REASON_USER_UNUSABLE);
    ck_assert_ptr_null(out.user);
}
END_TEST

START_TEST(T_N05_a_user_is_never_cut)
{
    static const char *const names[] = {"user", NULL};
    char *text = apr_palloc(pool, MTLS_ROWS_MAX_USER + 1);
    apr_size_t len;

    memset(text, 'a', MTLS_ROWS_MAX_USER + 1);
    for (len = MTLS_ROWS_MAX_USER; len <= MTLS_ROWS_MAX_USER + 1; len++) {
        mtls_bytes_t value = {(const unsigned char *)text, len};
        mtls_principal_t out = {.reason = MTLS_REASON_UNDECIDED};
        mtls_rows_t *rows = make(names);

        ck_assert_ptr_null(mtls_rows_add(rows, &value));
        mtls_rows_finish(&out, rows);
        if (len <= MTLS_ROWS_MAX_USER)
            ck_assert_uint_eq(strlen(out.user), len);
        else
            ck_assert_int_eq(out.reason, MTLS_REASON_USER_UNUSABLE);
    }
}
END_TEST

START_TEST(values_of_other_scripts_stay_as_they_are)
{
    answer_t answer = {
        {"user", "groups", "name"},
        {"\xc3\xa6rin", "\xd0\xbe\xd1\x82\xd0\xb4\xd0\xb5\xd0\xbb", "\xf0\x9f\x94\x91"}};
    mtls_principal_t out = read_answer(&answer);

    ck_assert_int_eq(out.reason, MTLS_REASON_GOOD);
    ck_assert_str_eq(out.user, "\xc3\xa6rin");
    ck_assert_str_eq(out.attributes[0].value, "\xf0\x9f\x94\x91");
}
END_TEST

START_TEST(a_column_that_can_be_no_attribute_is_a_fault)
{
    static const char *const wrong[][3] = {
        {"user", "?column?"}, {"user", ""}, {"1st"}, {"user", "USER"}, {"dept", "Dept"}};
    int i;

    for (i = 0; i < COUNT_OF(wrong); i++) {
        const char *fault = NULL;

        ck_assert_ptr_null(mtls_rows_make(count_names(wrong[i]), wrong[i], &fault, pool));
        ck_assert_ptr_nonnull(strstr(fault, "column '"));
    }
}
END_TEST

START_TEST(an_answer_has_an_end)
{
    static const char *const names[] = {"user", NULL};
    mtls_bytes_t value = bytes("alice");
    mtls_rows_t *rows = make(names);
    int i;

    for (i = 0; i < MTLS_ROWS_MAX; i++)
        ck_assert_ptr_null(mtls_rows_add(rows, &value));
    ck_assert_str_eq(mtls_rows_add(rows, &value), "more than 1000 rows");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {one_row_is_a_person,
                                  groups_of_all_rows_add_up_each_once,
                                  groups_need_no_user,
                                  nobody_is_found_without_user_and_groups,
                                  rows_that_disagree_are_nobody,
                                  one_row_that_denies_decides,
                                  T_N01_a_deny_that_cannot_be_shown_denies,
                                  T_N01_what_is_no_clean_text_is_nobody,
                                  T_N01_a_value_is_never_cut_at_a_nul,
                                  T_N05_a_user_is_never_cut,
                                  values_of_other_scripts_stay_as_they_are,
                                  a_column_that_can_be_no_attribute_is_a_fault,
                                  an_answer_has_an_end,
                                  NULL};

    return run_tests("rows", tests);
}
