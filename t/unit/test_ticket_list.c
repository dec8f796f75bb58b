/* Lists of revoked tickets: what is a mark, what is refused, who is found, and as parts of a
 * generation. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/ticket_list_part.h"

#include <apr_file_io.h>
#include <apr_strings.h>
#include <sys/stat.h>

#include "named_file_fixture.h"
#include "run.h"
#include "trust_fixture.h"

#define A "0011223344556677"
#define B "89abcdefABCDEF00"
#define C "ffffffffffffffff"

static const unsigned char mark_a[] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77};
static const unsigned char mark_b[] = {0x89, 0xab, 0xcd, 0xef, 0xab, 0xcd, 0xef, 0x00};
static const unsigned char mark_c[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const unsigned char nobodys[] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x78};

static mtls_faults_t *faults;

static const mtls_named_file_t *named(const char *path)
{
    return fixture_named_file("MTLSTicketRevokedFile", path, pool);
}

/* The text is gone when the list is searched, and stood in memory of just its length. */
static apr_status_t read_octets(mtls_ticket_list_t *list, const char *octets, apr_size_t len)
{
    mtls_bytes_t text = {NULL, len};
    char *copy = len ? malloc(len) : NULL;
    apr_pool_t *scratch;
    apr_status_t status;

    if (copy)
        text.data = memcpy(copy, octets, len);
    faults = mtls_faults_make(pool);
    ck_assert_int_eq(apr_pool_create(&scratch, pool), APR_SUCCESS);
    status = mtls_ticket_list_read(list, text, named("list"), faults, pool, scratch);
    apr_pool_destroy(scratch);
    free(copy);
    return status;
}

#define ROW(text, a, b, c)                                                                         \
    {                                                                                              \
        text, sizeof(text) - 1, a, b, c                                                            \
    }

static const struct {
    const char *text;
    apr_size_t len;
    bool a, b, c;
} good[] = {
    ROW("", false, false, false),
    ROW("\n\n  \t\r\n", false, false, false),
    ROW("# nothing\n#" A, false, false, false),
    ROW(A, true, false, false),
    ROW(A "\n", true, false, false),
    ROW(A "\r\n" B "\r\n", true, true, false),
    ROW("\t " A " \t# a laptop\n" C "#no blank", true, false, true),
    ROW("89ABCDEFabcdef00\n", false, true, false),
    ROW(C "\n" B "\n" A, true, true, true),
    ROW(A "\n" A "\n" B "\n89abcdefabcdef00\n", true, true, false),
};

START_TEST(S_08_who_is_listed_is_found)
{
    mtls_ticket_list_t list;

    ck_assert_int_eq(read_octets(&list, good[_i].text, good[_i].len), APR_SUCCESS);
    ck_assert_int_eq(mtls_faults_count(faults), 0);
    ck_assert(mtls_ticket_list_has(&list, mark_a) == good[_i].a);
    ck_assert(mtls_ticket_list_has(&list, mark_b) == good[_i].b);
    ck_assert(mtls_ticket_list_has(&list, mark_c) == good[_i].c);
    ck_assert(!mtls_ticket_list_has(&list, nobodys));
    ck_assert_uint_eq(list.count, (apr_size_t)(good[_i].a + good[_i].b + good[_i].c));
}
END_TEST

#define WRONG(text, line)                                                                          \
    {                                                                                              \
        text, sizeof(text) - 1, line                                                               \
    }

static const struct {
    const char *text;
    apr_size_t len;
    int line;
} broken[] = {
    WRONG("0\n", 1),
    WRONG("001122334455667\n", 1),
    WRONG("00112233445566778\n", 1),
    WRONG(A A, 1),
    WRONG(A "\n" B " " C "\n", 2),
    WRONG(A "\n\n# " B "\nticket " C "\n", 4),
    WRONG("001122334455667g\n", 1),
    WRONG("00:11:22:33:44:5\n", 1),
    WRONG("0x11223344556677\n", 1),
    WRONG("-011223344556677\n", 1),
    WRONG("00112233\0"
          "4556677\n",
          1),
    WRONG(A "\0\n", 1),
    WRONG("\0", 1),
    WRONG(A "\n\xef\xbb\xbf" B "\n", 2),
    WRONG(A "\r" B "\n", 1),
    WRONG(A ";\n", 1),
};

/* No fault repeats what stands on the line: somebody may have put a ticket there. */
START_TEST(S_08_what_is_no_mark_is_refused)
{
    mtls_ticket_list_t list = {mark_a, 1};
    const mtls_fault_t *fault;

    ck_assert_int_eq(read_octets(&list, broken[_i].text, broken[_i].len), APR_EGENERAL);
    ck_assert_int_eq(mtls_faults_error_count(faults), 1);
    fault = mtls_faults_get(faults, 0);
    ck_assert_str_eq(fault->at.file, "list");
    ck_assert_int_eq(fault->at.line, broken[_i].line);
    ck_assert_str_eq(fault->text, "MTLSTicketRevokedFile: this is no mark of a ticket; give the 16 "
                                  "hexadecimal digits by which the log names it");
    ck_assert_uint_eq(list.count, 0);
    ck_assert(!mtls_ticket_list_has(&list, mark_a));
}
END_TEST

START_TEST(all_wrong_lines_are_told)
{
    static const char text[] = "a\n" A "\nb\n# c\nd";
    mtls_ticket_list_t list;

    ck_assert_int_eq(read_octets(&list, text, sizeof(text) - 1), APR_EGENERAL);
    ck_assert_int_eq(mtls_faults_error_count(faults), 3);
    ck_assert_int_eq(mtls_faults_get(faults, 0)->at.line, 1);
    ck_assert_int_eq(mtls_faults_get(faults, 1)->at.line, 3);
    ck_assert_int_eq(mtls_faults_get(faults, 2)->at.line, 5);
}
END_TEST

/* Marks, or lines that are none, in descending order. */
static char *many(bool wrong, int count, apr_size_t *len)
{
    char *text = apr_palloc(pool, (apr_size_t)count * 17 + 1);
    char *at = text;
    int i;

    for (i = count; i > 0; i--)
        at += wrong ? apr_snprintf(at, 18, "no %d\n", i) : apr_snprintf(at, 18, "%016x\n", i);
    *len = (apr_size_t)(at - text);
    return text;
}

START_TEST(so_many_and_no_more)
{
    const unsigned char last[MTLS_MARK_LEN] = {0, 0, 0, 0, 0, 0, 0x80, 0x00};
    mtls_ticket_list_t list;
    apr_size_t len;
    char *text = many(false, MTLS_TICKET_LIST_MAX, &len);

    ck_assert_uint_le(len, MTLS_TICKET_LIST_FILE_MAX);
    ck_assert_int_eq(read_octets(&list, text, len), APR_SUCCESS);
    ck_assert_uint_eq(list.count, MTLS_TICKET_LIST_MAX);
    ck_assert(mtls_ticket_list_has(&list, last));
    text = many(false, MTLS_TICKET_LIST_MAX + 20, &len);
    ck_assert_int_eq(read_octets(&list, text, len), APR_EGENERAL);
    ck_assert_int_eq(mtls_faults_error_count(faults), 1);
    ck_assert_int_eq(mtls_faults_get(faults, 0)->at.line, MTLS_TICKET_LIST_MAX + 1);
    ck_assert_ptr_nonnull(strstr(mtls_faults_get(faults, 0)->text, "more than 32768 tickets"));
}
END_TEST

START_TEST(faults_are_bounded)
{
    mtls_ticket_list_t list;
    apr_size_t len;
    char *text = many(true, MTLS_TICKET_LIST_MAX_FAULTS, &len);

    ck_assert_int_eq(read_octets(&list, text, len), APR_EGENERAL);
    ck_assert_int_eq(mtls_faults_error_count(faults), MTLS_TICKET_LIST_MAX_FAULTS);
    text = many(true, 1000, &len);
    ck_assert_int_eq(read_octets(&list, text, len), APR_EGENERAL);
    ck_assert_int_eq(mtls_faults_error_count(faults), MTLS_TICKET_LIST_MAX_FAULTS + 1);
    ck_assert_ptr_nonnull(
        strstr(mtls_faults_get(faults, MTLS_TICKET_LIST_MAX_FAULTS)->text, "and 950 more"));
    text = many(true, 2 * MTLS_TICKET_LIST_MAX, &len);
    ck_assert_int_eq(read_octets(&list, text, len), APR_EGENERAL);
    ck_assert_int_eq(mtls_faults_error_count(faults), MTLS_TICKET_LIST_MAX_FAULTS + 2);
}
END_TEST

/* As a part of a generation. */
static mtls_generation_t *load(const char *path, const mtls_generation_t *before)
{
    faults = mtls_faults_make(pool);
    return fixture_load_file(&mtls_ticket_list_part_kind, named(path), before, faults, pool);
}

static bool revokes(const mtls_generation_t *generation, const unsigned char *mark)
{
    return mtls_ticket_list_has(mtls_generation_ticket_list(generation, 0), mark);
}

/* It is no secret, but who may write it can end people's tickets, or let them go on. */
START_TEST(F_20_rights_of_others_stop_the_start)
{
    static const struct {
        mode_t mode;
        bool good;
    } rows[] = {{0600, true}, {0644, true}, {0664, true}, {0666, false}, {0602, false}};
    int i;

    for (i = 0; i < COUNT_OF(rows); i++) {
        const mtls_generation_t *generation = load(fixture_file(A "\n", rows[i].mode, pool), NULL);

        ck_assert_msg((generation != NULL) == rows[i].good, "%o", rows[i].mode);
        if (rows[i].good) {
            ck_assert(revokes(generation, mark_a) && !revokes(generation, mark_b));
            continue;
        }
        ck_assert_int_eq(mtls_faults_error_count(faults), 1);
        ck_assert_str_eq(mtls_faults_get(faults, 0)->at.file, "httpd.conf");
        ck_assert_ptr_nonnull(strstr(mtls_faults_get(faults, 0)->text, "chmod o-w"));
    }
}
END_TEST

START_TEST(an_empty_file_is_one_and_a_missing_or_large_one_is_not)
{
    char *filler = apr_pcalloc(pool, MTLS_TICKET_LIST_FILE_MAX + 2);
    const mtls_generation_t *generation = load(fixture_file("", 0600, pool), NULL);

    ck_assert_ptr_nonnull(generation);
    ck_assert(!revokes(generation, mark_a));
    ck_assert_ptr_null(load("/nowhere/list", NULL));
    ck_assert_ptr_null(load(fixture_dir(pool), NULL));
    memset(filler, '#', MTLS_TICKET_LIST_FILE_MAX);
    ck_assert_ptr_nonnull(load(fixture_file(filler, 0600, pool), NULL));
    filler[MTLS_TICKET_LIST_FILE_MAX] = '#';
    ck_assert_ptr_null(load(fixture_file(filler, 0600, pool), NULL));
}
END_TEST

START_TEST(S_08_F_11_a_list_that_changes_is_loaded_again_or_the_old_one_stays)
{
    const char *path = fixture_file(A "\n", 0600, pool);
    mtls_generation_t *first = load(path, NULL), *second;

    ck_assert_ptr_nonnull(first);
    ck_assert(mtls_generation_is_reloadable(first) && !mtls_generation_is_stale(first));
    fixture_file_change(path, A "\n" B "\n", pool);
    ck_assert(mtls_generation_is_stale(first));
    second = load(path, first);
    ck_assert_ptr_nonnull(second);
    ck_assert(revokes(second, mark_a) && revokes(second, mark_b));
    fixture_file_change(path, B "\nbroken\n", pool);
    ck_assert_ptr_null(load(path, second));
    ck_assert_int_eq(apr_file_remove(path, pool), APR_SUCCESS);
    ck_assert(mtls_generation_is_stale(second));
    ck_assert_ptr_null(load(path, second));
    ck_assert(revokes(second, mark_a) && revokes(second, mark_b));
    ck_assert(revokes(first, mark_a) && !revokes(first, mark_b));
}
END_TEST

START_TEST(the_log_is_told_how_many_there_are)
{
    mtls_ticket_list_t one = {mark_a, 1}, two = {mark_a, 2};

    ck_assert_str_eq(mtls_ticket_list_part_kind.describe_fn(&one, pool), "1 ticket");
    ck_assert_str_eq(mtls_ticket_list_part_kind.describe_fn(&two, pool), "2 tickets");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("ticket_list");

    tcase_add_loop_test(tcase, S_08_who_is_listed_is_found, 0, COUNT_OF(good));
    tcase_add_loop_test(tcase, S_08_what_is_no_mark_is_refused, 0, COUNT_OF(broken));
    tcase_add_test(tcase, all_wrong_lines_are_told);
    tcase_add_test(tcase, so_many_and_no_more);
    tcase_add_test(tcase, faults_are_bounded);
    tcase_add_test(tcase, F_20_rights_of_others_stop_the_start);
    tcase_add_test(tcase, an_empty_file_is_one_and_a_missing_or_large_one_is_not);
    tcase_add_test(tcase, S_08_F_11_a_list_that_changes_is_loaded_again_or_the_old_one_stays);
    tcase_add_test(tcase, the_log_is_told_how_many_there_are);
    return run_case("ticket_list", tcase);
}
