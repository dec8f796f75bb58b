/* Distribution points that wait to be written down: none is lost, none is there twice, and who
 * takes them does not wait. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/crl_wanted.h"

#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>

#include "run.h"

static const char staff[] = "/state/staff", guests[] = "/state/guests";

static mtls_crl_wanted_t *wanted;
static mtls_crl_point_t out[MTLS_CRL_WANTED_MAX];

/* Link-time wrapping: what happens in the midst of this thread's next put, while it changes the
 * queue. */
static _Thread_local void (*amid)(void);
static bool is_short;

char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);

char *__wrap_strdup(const char *text)
{
    void (*happens)(void) = amid;

    amid = NULL;
    if (happens)
        happens();
    return is_short ? NULL : __real_strdup(text);
}

static void set_up(void)
{
    wanted = mtls_crl_wanted_make(pool);
    ck_assert_ptr_nonnull(wanted);
}

static const char *url(int number)
{
    return apr_psprintf(pool, "http://ca.example/%d.crl", number);
}

static int take(void)
{
    return mtls_crl_wanted_take(out, wanted);
}

/* As the next one of what was taken. */
static void check_next(int i, const char *dir, int number)
{
    ck_assert_ptr_eq(out[i].dir, dir);
    ck_assert_str_eq(out[i].url, url(number));
    free(out[i].url);
}

START_TEST(what_is_put_is_taken_once)
{
    char given[] = "http://ca.example/1.crl";

    ck_assert_int_eq(take(), 0);
    mtls_crl_wanted_put(wanted, staff, given);
    memset(given, 'x', sizeof(given) - 1);
    mtls_crl_wanted_put(wanted, staff, url(2));
    mtls_crl_wanted_put(wanted, guests, url(1));
    mtls_crl_wanted_put(wanted, staff, url(1));
    mtls_crl_wanted_put(wanted, guests, url(1));
    ck_assert_int_eq(take(), 3);
    check_next(0, staff, 1);
    check_next(1, staff, 2);
    check_next(2, guests, 1);
    ck_assert_int_eq(take(), 0);
    mtls_crl_wanted_put(wanted, staff, url(1));
    ck_assert_int_eq(take(), 1);
    check_next(0, staff, 1);
}
END_TEST

START_TEST(so_many_and_no_more)
{
    int round, i;

    for (round = 0; round < 2; round++) {
        for (i = 0; i < MTLS_CRL_WANTED_MAX + 3; i++)
            mtls_crl_wanted_put(wanted, staff, url(i));
        ck_assert_int_eq(take(), MTLS_CRL_WANTED_MAX);
        for (i = 0; i < MTLS_CRL_WANTED_MAX; i++)
            check_next(i, staff, i);
    }
}
END_TEST

START_TEST(without_memory_it_is_dropped)
{
    mtls_crl_wanted_put(wanted, staff, url(1));
    is_short = true;
    mtls_crl_wanted_put(wanted, staff, url(2));
    is_short = false;
    mtls_crl_wanted_put(wanted, staff, url(3));
    ck_assert_int_eq(take(), 2);
    check_next(0, staff, 1);
    check_next(1, staff, 3);
}
END_TEST

static volatile sig_atomic_t taken;

static void on_signal(int number)
{
    (void)number;
    taken = take();
}

static void be_signalled(void)
{
    raise(SIGTERM);
}

/* A child of prefork ends so. */
START_TEST(a_signal_amid_a_put_waits_for_nobody)
{
    struct sigaction action = {.sa_handler = on_signal};

    ck_assert_int_eq(sigaction(SIGTERM, &action, NULL), 0);
    mtls_crl_wanted_put(wanted, staff, url(1));
    taken = -1;
    amid = be_signalled;
    mtls_crl_wanted_put(wanted, staff, url(2));
    ck_assert_int_eq(taken, 0);
    ck_assert_int_eq(take(), 2);
    check_next(0, staff, 1);
    check_next(1, staff, 2);
}
END_TEST

/* Two who meet where one of them has the queue: it has it, and it may give it back. */
static pthread_barrier_t meeting;

static void meet_twice(void)
{
    pthread_barrier_wait(&meeting);
    pthread_barrier_wait(&meeting);
}

static void *put_slowly(void *data)
{
    amid = meet_twice;
    mtls_crl_wanted_put(wanted, staff, data);
    return NULL;
}

START_TEST(a_put_of_another_thread_is_not_waited_for)
{
    char text[] = "http://ca.example/2.crl";
    pthread_t thread;

    mtls_crl_wanted_put(wanted, staff, url(1));
    ck_assert_int_eq(pthread_barrier_init(&meeting, NULL, 2), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, put_slowly, text), 0);
    pthread_barrier_wait(&meeting);
    ck_assert_int_eq(take(), 0);
    pthread_barrier_wait(&meeting);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(take(), 2);
    check_next(0, staff, 1);
    check_next(1, staff, 2);
}
END_TEST

/* Threads that put, and come upon each other where one of them has the queue, while one takes. */
#define THREADS 4
#define EACH    (MTLS_CRL_WANTED_MAX / THREADS)

static void *put_many(void *data)
{
    const int *first = data;
    int i;

    pthread_barrier_wait(&meeting);
    for (i = *first; i < *first + EACH; i++) {
        char text[32];

        apr_snprintf(text, sizeof(text), "http://ca.example/%d.crl", i);
        amid = apr_thread_yield;
        mtls_crl_wanted_put(wanted, staff, text);
    }
    return NULL;
}

/* @return how many were taken */
static int count_taken(int *seen)
{
    int count = take(), i;

    for (i = 0; i < count; i++) {
        seen[atoi(out[i].url + strlen("http://ca.example/"))]++;
        free(out[i].url);
    }
    return count;
}

START_TEST(nothing_is_lost_between_threads)
{
    int firsts[THREADS], seen[MTLS_CRL_WANTED_MAX], round, i;

    ck_assert_int_eq(pthread_barrier_init(&meeting, NULL, THREADS), 0);
    for (round = 0; round < 50; round++) {
        pthread_t threads[THREADS];
        int count = 0;

        memset(seen, 0, sizeof(seen));
        for (i = 0; i < THREADS; i++) {
            firsts[i] = i * EACH;
            ck_assert_int_eq(pthread_create(&threads[i], NULL, put_many, &firsts[i]), 0);
        }
        for (i = 0; i < 50; i++)
            count += count_taken(seen);
        for (i = 0; i < THREADS; i++)
            ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        count += count_taken(seen);
        ck_assert_int_eq(count, MTLS_CRL_WANTED_MAX);
        for (i = 0; i < MTLS_CRL_WANTED_MAX; i++)
            ck_assert_int_eq(seen[i], 1);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("crl_wanted");

    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, what_is_put_is_taken_once);
    tcase_add_test(tcase, so_many_and_no_more);
    tcase_add_test(tcase, without_memory_it_is_dropped);
    tcase_add_test(tcase, a_signal_amid_a_put_waits_for_nobody);
    tcase_add_test(tcase, a_put_of_another_thread_is_not_waited_for);
    tcase_add_test(tcase, nothing_is_lost_between_threads);
    return run_case_with("crl_wanted", tcase, set_up);
}
