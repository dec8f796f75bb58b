/* How often somebody does something, for all children together (S-21). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/pace.h"

#include <apr_shm.h>
#include <apr_thread_proc.h>
#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

#define THREADS 8
#define ROUNDS  8000
#define SECOND  apr_time_from_sec(1)
#define MINUTE  apr_time_from_sec(60)
#define NOW     (1000 * SECOND)

static const unsigned char secret[MTLS_SHA256_LEN] = "known to this test alone";
static const unsigned char one[MTLS_SHA256_LEN] = {0, 1};
static const unsigned char other[MTLS_SHA256_LEN] = {0, 2};
static const unsigned char last[MTLS_SHA256_LEN] = {0xff, 0xff};

static mtls_pace_t *make(void)
{
    return mtls_pace_init(apr_pcalloc(pool, mtls_pace_size()), secret);
}

/* @return how many of @a tries are allowed. */
static int allowed(mtls_pace_t *pace, const unsigned char *id, int tries, apr_time_t now)
{
    int count = 0;
    int i;

    for (i = 0; i < tries; i++)
        count += mtls_pace_allow(pace, id, 30, MINUTE, now) ? 1 : 0;
    return count;
}

START_TEST(S_21_as_many_as_the_limit_says)
{
    mtls_pace_t *pace = make();

    ck_assert_int_eq(allowed(pace, one, 30, NOW), 30);
    ck_assert_int_eq(allowed(pace, one, 100, NOW), 0);
    ck_assert_int_eq(allowed(pace, one, 1, NOW + MINUTE - 1000), 0);
    ck_assert_int_eq(allowed(pace, one, 100, NOW + MINUTE), 30);
}
END_TEST

/* The window does not slide with whoever goes on trying. */
START_TEST(S_21_the_window_begins_with_the_first)
{
    mtls_pace_t *pace = make();

    ck_assert_int_eq(allowed(pace, one, 1, NOW), 1);
    ck_assert_int_eq(allowed(pace, one, 100, NOW + 59 * SECOND), 29);
    ck_assert_int_eq(allowed(pace, one, 100, NOW + 60 * SECOND), 30);
    ck_assert_int_eq(allowed(pace, one, 100, NOW + 119 * SECOND), 0);
}
END_TEST

START_TEST(two_ids_have_a_pace_each)
{
    mtls_pace_t *pace = make();

    ck_assert_int_eq(allowed(pace, one, 100, NOW), 30);
    ck_assert_int_eq(allowed(pace, other, 100, NOW), 30);
    ck_assert_int_eq(allowed(pace, last, 100, NOW), 30);
}
END_TEST

/* @return how many of these ids are stopped because somebody else has gone on too long. */
static int sharing(mtls_pace_t *pace, bool *shares, int count)
{
    int stopped = 0;
    int i;

    ck_assert_int_eq(allowed(pace, one, 100, NOW), 30);
    for (i = 0; i < count; i++) {
        const unsigned char id[MTLS_SHA256_LEN] = {1, (unsigned char)(i >> 8), (unsigned char)i,
                                                   (unsigned char)(i >> 16)};

        shares[i] = allowed(pace, id, 1, NOW) == 0;
        stopped += shares[i] ? 1 : 0;
    }
    return stopped;
}

/* Who shares the word of another under one secret does not under the next. */
START_TEST(S_21_nobody_can_tell_who_shares_a_word)
{
    enum { IDS = 100000 };
    static const unsigned char next[MTLS_SHA256_LEN] = "known to nobody";
    bool *before = apr_pcalloc(pool, IDS), *after = apr_pcalloc(pool, IDS);
    mtls_pace_t *pace = make();
    mtls_pace_t *renewed = mtls_pace_init(apr_pcalloc(pool, mtls_pace_size()), next);
    int both = 0;
    int i;

    ck_assert_int_gt(sharing(pace, before, IDS), 0);
    ck_assert_int_gt(sharing(renewed, after, IDS), 0);
    for (i = 0; i < IDS; i++)
        both += before[i] && after[i] ? 1 : 0;
    ck_assert_int_eq(both, 0);
}
END_TEST

START_TEST(what_is_refused_is_not_counted)
{
    mtls_pace_t *pace = make();

    ck_assert_int_eq(allowed(pace, one, 1000, NOW), 30);
    ck_assert(mtls_pace_allow(pace, one, 31, MINUTE, NOW));
    ck_assert(!mtls_pace_allow(pace, one, 31, MINUTE, NOW));
}
END_TEST

START_TEST(limits_are_bounded)
{
    mtls_pace_t *pace = make();
    int count = 0;

    while (mtls_pace_allow(pace, one, UINT_MAX, MINUTE, NOW))
        count++;
    ck_assert_int_eq(count, 65535);
    ck_assert(mtls_pace_allow(pace, other, 1, MINUTE, NOW));
    ck_assert(!mtls_pace_allow(pace, other, 1, MINUTE, NOW));
}
END_TEST

/* Processes read the same clock one after the other, and write in any order. */
START_TEST(a_caller_who_is_late_does_not_begin_anew)
{
    mtls_pace_t *pace = make();

    ck_assert_int_eq(allowed(pace, one, 30, NOW), 30);
    ck_assert_int_eq(allowed(pace, one, 10, NOW - 5 * 1000), 0);
    ck_assert_int_eq(allowed(pace, one, 10, NOW + 5 * 1000), 0);
}
END_TEST

/* What a broken clock has left does not shut anybody out for ever. */
START_TEST(F_45_a_clock_far_ahead)
{
    static const apr_time_t clocks[] = {APR_INT64_MAX, NOW + APR_TIME_C(1000000) * MINUTE,
                                        NOW + 2 * MINUTE, 0, 1};
    int i;

    for (i = 0; i < COUNT_OF(clocks); i++) {
        mtls_pace_t *pace = make();

        ck_assert_int_eq(allowed(pace, one, 100, clocks[i]), 30);
        ck_assert_int_eq(allowed(pace, one, 100, NOW), 30);
        ck_assert_int_eq(allowed(pace, one, 100, NOW + 1000), 0);
        ck_assert_int_eq(allowed(pace, one, 100, NOW + MINUTE), 30);
    }
}
END_TEST

START_TEST(a_long_window)
{
    mtls_pace_t *pace = make();

    ck_assert(mtls_pace_allow(pace, one, 1, APR_INT64_MAX, NOW));
    ck_assert(!mtls_pace_allow(pace, one, 1, APR_INT64_MAX, NOW + 1000000 * MINUTE));
}
END_TEST

START_TEST(F_24_processes_share_it_and_may_die)
{
    apr_shm_t *memory;
    mtls_pace_t *pace;
    pid_t child;
    int status;

    ck_assert_int_eq(apr_shm_create(&memory, mtls_pace_size(), NULL, pool), APR_SUCCESS);
    memset(apr_shm_baseaddr_get(memory), 0, mtls_pace_size());
    pace = mtls_pace_init(apr_shm_baseaddr_get(memory), secret);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(allowed(pace, one, 20, NOW));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 20);
    ck_assert_int_eq(allowed(pace, one, 100, NOW), 10);
    ck_assert_int_eq(allowed(pace, one, 100, NOW + MINUTE), 30);
}
END_TEST

typedef struct {
    mtls_pace_t *pace;
    atomic_int ready;
    atomic_int refused;
} shared_t;

/* All begin together, and each one counts. */
static void *APR_THREAD_FUNC hammer(apr_thread_t *thread, void *data)
{
    shared_t *shared = data;
    int i;

    (void)thread;
    atomic_fetch_add(&shared->ready, 1);
    while (shared->ready < THREADS)
        sched_yield();
    for (i = 0; i < ROUNDS; i++)
        if (!mtls_pace_allow(shared->pace, one, 65535, MINUTE, NOW + i))
            atomic_fetch_add(&shared->refused, 1);
    return NULL;
}

START_TEST(S_21_threads_share_it)
{
    shared_t shared = {.pace = make()};
    apr_thread_t *threads[THREADS];
    int i;

    for (i = 0; i < THREADS; i++)
        ck_assert_int_eq(apr_thread_create(&threads[i], NULL, hammer, &shared, pool), APR_SUCCESS);
    for (i = 0; i < THREADS; i++) {
        apr_status_t status;

        apr_thread_join(&status, threads[i]);
    }
    ck_assert_int_eq(shared.refused, 0);
    for (i = THREADS * ROUNDS; i < 65535; i++)
        ck_assert(mtls_pace_allow(shared.pace, one, 65535, MINUTE, NOW));
    ck_assert(!mtls_pace_allow(shared.pace, one, 65535, MINUTE, NOW));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("pace");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, S_21_as_many_as_the_limit_says);
    tcase_add_test(tcase, S_21_the_window_begins_with_the_first);
    tcase_add_test(tcase, two_ids_have_a_pace_each);
    tcase_add_test(tcase, S_21_nobody_can_tell_who_shares_a_word);
    tcase_add_test(tcase, what_is_refused_is_not_counted);
    tcase_add_test(tcase, limits_are_bounded);
    tcase_add_test(tcase, a_caller_who_is_late_does_not_begin_anew);
    tcase_add_test(tcase, F_45_a_clock_far_ahead);
    tcase_add_test(tcase, a_long_window);
    tcase_add_test(tcase, F_24_processes_share_it_and_may_die);
    tcase_add_test(tcase, S_21_threads_share_it);
    return run_case("pace", tcase);
}
