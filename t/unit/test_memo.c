/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>
#include <apr_thread_proc.h>
#include <check.h>
#include <stdlib.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/judge.h"
#include "mtls/trust/memo.h"
#include "trust_fixture.h"

#define NOW 1000

static apr_pool_t *pool;

static void setup(void)
{
    apr_pool_create(&pool, NULL);
}

static void teardown(void)
{
    apr_pool_destroy(pool);
}

static mtls_memo_t *make(apr_size_t entries)
{
    mtls_memo_t *memo;

    ck_assert_int_eq(mtls_memo_make(&memo, entries, pool), APR_SUCCESS);
    return memo;
}

/* Spread like a digest: the number is repeated through a multiplication. */
static void digest_of(unsigned char *digest, unsigned number)
{
    for (int i = 0; i < MTLS_SHA256_LEN; i++) {
        number = number * 1664525u + 1013904223u;
        digest[i] = (unsigned char)(number >> 24);
    }
}

static void put(mtls_memo_t *memo, unsigned chain, unsigned profile, int depth, apr_time_t until)
{
    unsigned char a[MTLS_SHA256_LEN];
    unsigned char b[MTLS_SHA256_LEN];
    mtls_verdict_t verdict = {.reason = MTLS_REASON_GOOD, .valid_until = until, .depth = depth};

    digest_of(a, chain);
    digest_of(b, profile);
    mtls_memo_put(memo, a, b, &verdict);
}

/* The depth remembered, or -1. */
static int get(mtls_memo_t *memo, unsigned chain, unsigned profile, apr_time_t now)
{
    unsigned char a[MTLS_SHA256_LEN];
    unsigned char b[MTLS_SHA256_LEN];
    mtls_verdict_t verdict = {.depth = -2};

    digest_of(a, chain);
    digest_of(b, profile);
    if (mtls_memo_get(memo, a, b, now, &verdict))
        return verdict.depth;
    ck_assert_int_eq(verdict.depth, -2);
    return -1;
}

START_TEST(remembers_until_the_time_is_over)
{
    mtls_memo_t *memo = make(16);

    ck_assert_int_eq(get(memo, 1, 2, NOW), -1);
    put(memo, 1, 2, 7, NOW + 10);
    ck_assert_int_eq(get(memo, 1, 2, NOW), 7);
    ck_assert_int_eq(get(memo, 1, 2, NOW + 9), 7);
    ck_assert_int_eq(get(memo, 1, 2, NOW + 10), -1);
    ck_assert_int_eq(get(memo, 2, 1, NOW), -1);
    ck_assert_int_eq(get(memo, 1, 3, NOW), -1);
    put(memo, 1, 2, 8, NOW + 20);
    ck_assert_int_eq(get(memo, 1, 2, NOW + 10), 8);
    ck_assert_uint_eq(mtls_memo_counts(memo).hits, 3);
    ck_assert_uint_eq(mtls_memo_counts(memo).misses, 4);
}
END_TEST

/* Every octet of the key counts. */
START_TEST(keys_are_compared_whole)
{
    mtls_memo_t *memo = make(1024);
    unsigned char key[2][MTLS_SHA256_LEN] = {{0}};
    mtls_verdict_t verdict = {.reason = MTLS_REASON_GOOD, .valid_until = NOW + 1};

    mtls_memo_put(memo, key[0], key[1], &verdict);
    ck_assert(mtls_memo_get(memo, key[0], key[1], NOW, &verdict));
    for (int i = 0; i < 2 * MTLS_SHA256_LEN; i++) {
        unsigned char *octet = &key[i / MTLS_SHA256_LEN][i % MTLS_SHA256_LEN];

        *octet ^= 0x80;
        ck_assert(!mtls_memo_get(memo, key[0], key[1], NOW, &verdict));
        *octet ^= 0x80;
    }
}
END_TEST

START_TEST(stays_within_its_size_and_keeps_what_is_used)
{
    mtls_memo_t *memo = make(256);
    int kept = 0;

    put(memo, 0, 0, 42, NOW + 10);
    for (unsigned i = 1; i <= 20000; i++) {
        put(memo, i, 0, (int)i, NOW + 10);
        ck_assert_int_eq(get(memo, 0, 0, NOW), 42);
    }
    for (unsigned i = 0; i <= 20000; i++) {
        int depth = get(memo, i, 0, NOW);

        ck_assert(depth == -1 || depth == (int)(i == 0 ? 42 : i));
        kept += depth != -1;
    }
    ck_assert_int_eq(kept, 256);
}
END_TEST

START_TEST(sizes)
{
    mtls_memo_t *memo;

    ck_assert_int_eq(mtls_memo_make(&memo, 0, pool), APR_EINVAL);
    ck_assert_ptr_null(memo);
    ck_assert_int_eq(mtls_memo_make(&memo, 1048577, pool), APR_EINVAL);
    memo = make(1);
    for (unsigned i = 0; i < 1000; i++) {
        put(memo, i, i, (int)i, NOW + 1);
        ck_assert_int_eq(get(memo, i, i, NOW), (int)i);
    }
}
END_TEST

#define THREADS 8
#define ROUNDS  20000

static void *APR_THREAD_FUNC hammer(apr_thread_t *thread, void *data)
{
    mtls_memo_t *memo = data;
    unsigned seed = (unsigned)(uintptr_t)thread;
    intptr_t wrong = 0;

    for (int i = 0; i < ROUNDS; i++) {
        unsigned number = rand_r(&seed) % 500;
        int depth = get(memo, number, number, NOW);

        if (depth == -1)
            put(memo, number, number, (int)number, NOW + 1);
        else if (depth != (int)number)
            wrong++;
        if (i % 1000 == 0)
            (void)mtls_memo_counts(memo);
    }
    apr_thread_exit(thread, wrong == 0 ? APR_SUCCESS : APR_EGENERAL);
    return NULL;
}

START_TEST(threads_share_it)
{
    mtls_memo_t *memo = make(256);
    apr_thread_t *threads[THREADS];
    mtls_memo_counts_t counts;

    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(apr_thread_create(&threads[i], NULL, hammer, memo, pool), APR_SUCCESS);
    for (int i = 0; i < THREADS; i++) {
        apr_status_t status;

        ck_assert_int_eq(apr_thread_join(&status, threads[i]), APR_SUCCESS);
        ck_assert_int_eq(status, APR_SUCCESS);
    }
    counts = mtls_memo_counts(memo);
    ck_assert_uint_eq(counts.hits + counts.misses, THREADS * ROUNDS);
}
END_TEST

START_TEST(judging_asks_the_memo_first)
{
    fixture_party_t root =
        fixture_make(NULL, &(fixture_recipe_t){.subject = "root", .ca = true}, pool);
    fixture_party_t leaf = fixture_make(&root, &(fixture_recipe_t){0}, pool);
    mtls_profile_spec_t *spec = fixture_spec(pool);
    const mtls_profile_t *profile;
    const mtls_chain_t *chain = fixture_chain(pool, 1, leaf.cert);
    mtls_memo_t *memo = make(16);
    mtls_verdict_t verdict;

    fixture_add_cert(spec->ca_files, root.cert, pool);
    profile = fixture_profile(spec, pool);
    ck_assert_int_eq(mtls_judge(profile, chain, NULL, NULL, fixture_now()).reason,
                     MTLS_REASON_GOOD);
    ck_assert_int_eq(mtls_judge(profile, chain, memo, NULL, fixture_now()).reason,
                     MTLS_REASON_GOOD);
    ck_assert_uint_eq(mtls_memo_counts(memo).misses, 1);
    verdict = mtls_judge(profile, chain, memo, NULL, fixture_now());
    ck_assert_int_eq(verdict.reason, MTLS_REASON_GOOD);
    ck_assert_int_eq(verdict.depth, 1);
    ck_assert_uint_eq(mtls_memo_counts(memo).hits, 1);
    spec->depth = 1; /* another profile: another question */
    ck_assert_int_eq(
        mtls_judge(fixture_profile(spec, pool), chain, memo, NULL, fixture_now()).reason,
        MTLS_REASON_CHAIN_TOO_LONG);
    verdict = (mtls_verdict_t){
        .reason = MTLS_REASON_EXPIRED, .valid_until = fixture_now() + 1, .x509_error = 10};
    mtls_memo_put(memo, mtls_chain_digest(chain), mtls_profile_digest(profile), &verdict);
    ck_assert_int_eq(mtls_judge(profile, chain, memo, NULL, fixture_now()).reason,
                     MTLS_REASON_EXPIRED);
    ck_assert_int_eq(mtls_judge(profile, chain, memo, NULL, fixture_now() + 1).reason,
                     MTLS_REASON_GOOD);
}
END_TEST

/* F-45: a refusal of a clock that was set back since does not outlive the mistake. */
START_TEST(F_45_no_verdict_of_the_future_counts)
{
    const apr_interval_time_t hour = apr_time_from_sec(3600);
    fixture_party_t root =
        fixture_make(NULL, &(fixture_recipe_t){.subject = "root", .ca = true}, pool);
    fixture_party_t leaf =
        fixture_make(&root, &(fixture_recipe_t){.from_days = -1, .to_days = 30}, pool);
    const apr_time_t late = fixture_now() + 31 * 24 * hour;
    mtls_profile_spec_t *spec = fixture_spec(pool);
    const mtls_chain_t *chain = fixture_chain(pool, 1, leaf.cert);
    mtls_memo_t *memo = make(16);
    const mtls_profile_t *profile;

    fixture_add_cert(spec->ca_files, root.cert, pool);
    profile = fixture_profile(spec, pool);
    ck_assert_int_ne(mtls_judge(profile, chain, memo, NULL, late).reason, MTLS_REASON_GOOD);
    ck_assert_int_eq(mtls_judge(profile, chain, memo, NULL, fixture_now()).reason,
                     MTLS_REASON_GOOD);
    ck_assert_int_eq(mtls_judge(profile, chain, memo, NULL, fixture_now() + hour).reason,
                     MTLS_REASON_GOOD);
    ck_assert_uint_eq(mtls_memo_counts(memo).hits, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trust/memo");
    TCase *tc = tcase_create("memo");
    SRunner *runner = srunner_create(suite);
    int failed;

    apr_initialize();
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, remembers_until_the_time_is_over);
    tcase_add_test(tc, keys_are_compared_whole);
    tcase_add_test(tc, stays_within_its_size_and_keeps_what_is_used);
    tcase_add_test(tc, sizes);
    tcase_add_test(tc, threads_share_it);
    tcase_add_test(tc, judging_asks_the_memo_first);
    tcase_add_test(tc, F_45_no_verdict_of_the_future_counts);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
