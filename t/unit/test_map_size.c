/*
 * Large maps: F-41.  Times are for t/bench/bench_map; here is what must hold on any machine.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "map_fixture.h"

#include <stdio.h>

enum {
    RULES = 20000,
    PIECE = 128,
    MAX_OCTETS_A_RULE = 220,
    MAX_OCTETS_OF_TWO = 900,
    MAX_POOL = 6 * 1024
};

typedef int write_fn(char *line, int number);

static int by_email(char *line, int number)
{
    return snprintf(line, PIECE, "when email is p%d@example.org then user u%d groups a, b\n",
                    number, number);
}

static int by_issuer(char *line, int number)
{
    return snprintf(line, PIECE, "when issuer is \"CN=CA\" and cn is \"c%d\" then user u%d\n",
                    number, number);
}

static int by_serial(char *line, int number)
{
    return snprintf(line, PIECE, "when serial is 1 and issuer is \"CN=%d\" then user u%d\n", number,
                    number);
}

static const mtls_map_t *load_many(write_fn *write, apr_size_t max_octets)
{
    char *text = apr_palloc(pool, RULES * PIECE + 1);
    map_file_t files[] = {{"/m", text, 0}, {NULL, NULL, 0}};
    mtls_faults_t *faults = mtls_faults_make(pool);
    const mtls_map_t *map;
    int i, len = 0;

    for (i = 0; i < RULES; i++)
        len += write(text + len, i);
    map = load_files(files, faults);
    ck_assert_msg(map != NULL, "%s", faults_of(faults));
    ck_assert_int_eq(mtls_map_counts(map)->exact, RULES);
    ck_assert_int_eq(mtls_map_counts(map)->scanned, 0);
    ck_assert_uint_lt(mtls_map_counts(map)->bytes, RULES * max_octets);
    return map;
}

/* The line of the rule that decided; the answer takes little memory, however many rules there are.
 */
static int ask_within_bound(const mtls_map_t *map, const person_t *person)
{
    const mtls_holder_t *holder = make_holder(person);
    mtls_principal_t who;
    apr_allocator_t *allocator;
    apr_pool_t *small;
    char *first, *last;

    apr_allocator_create(&allocator);
    apr_pool_create_ex(&small, NULL, NULL, allocator);
    apr_allocator_owner_set(allocator, small);
    /* Both are in the pool's first 8 KiB when all that the answer takes is. */
    first = apr_palloc(small, 8);
    mtls_map_ask(&who, map, holder, NULL, small);
    last = apr_palloc(small, 8);
    ck_assert_msg(last > first && last - first < MAX_POOL, "%td octets", last - first);
    apr_pool_destroy(small);
    return who.rule.line;
}

START_TEST(finds_each_of_many)
{
    const mtls_map_t *map = load_many(by_email, MAX_OCTETS_A_RULE);
    int i;

    for (i = 0; i < RULES; i += 997) {
        person_t person = {.email = {apr_psprintf(pool, "p%d@Example.ORG", i)}};

        ck_assert_int_eq(ask_within_bound(map, &person), i + 1);
    }
    ck_assert_int_eq(ask_within_bound(map, &(person_t){.email = {"p20000@example.org"}}), 0);
    ck_assert_int_eq(ask_within_bound(map, &(person_t){.cn = {"p1@example.org"}}), 0);
    ck_assert_int_eq(ask_within_bound(map, &(person_t){.bad_sans = true}), 0);
}
END_TEST

/* Rules of one key are tried one after another, each in the memory of the one before. */
START_TEST(tries_many_of_one_key)
{
    const mtls_map_t *map = load_many(by_serial, MAX_OCTETS_OF_TWO);

    ck_assert_int_eq(ask_within_bound(map, &(person_t){.issuer = "19999"}), RULES);
    ck_assert_int_eq(ask_within_bound(map, &(person_t){.issuer = "CA"}), 0);
    ck_assert_int_eq(ask_within_bound(map, &(person_t){.issuer = "7", .serial = 2}), 0);
}
END_TEST

START_TEST(finds_by_the_best_field)
{
    const mtls_map_t *map = load_many(by_issuer, MAX_OCTETS_A_RULE);

    ck_assert_int_eq(ask_within_bound(map, &(person_t){.cn = {"c777"}}), 778);
    ck_assert_int_eq(ask_within_bound(map, &(person_t){.cn = {"c777"}, .issuer = "CB"}), 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("map_size");

    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, finds_each_of_many);
    tcase_add_test(tcase, finds_by_the_best_field);
    tcase_add_test(tcase, tries_many_of_one_key);
    return run_case("map_size", tcase);
}
