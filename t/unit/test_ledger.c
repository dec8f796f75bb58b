/* Numbers of generations, agreed on without a lock (F-24). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/ledger.h"

#include <apr_shm.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

#define PROCESSES 4
#define ROUNDS    300

/* Spread like a digest. */
static const unsigned char *digest_of(unsigned number)
{
    unsigned char *digest = apr_palloc(pool, MTLS_SHA256_LEN);

    for (int i = 0; i < MTLS_SHA256_LEN; i++) {
        number = number * 1664525u + 1013904223u;
        digest[i] = (unsigned char)(number >> 24);
    }
    return digest;
}

static mtls_ledger_t *make(void)
{
    return mtls_ledger_init(apr_pcalloc(pool, mtls_ledger_size()), digest_of(1));
}

static void expect(mtls_ledger_t *ledger, unsigned digest, unsigned after, unsigned number,
                   bool new)
{
    bool is_new;

    ck_assert_uint_eq(mtls_ledger_number(ledger, digest_of(digest), after, &is_new), number);
    ck_assert_int_eq(is_new, new);
}

START_TEST(same_files_same_number)
{
    mtls_ledger_t *ledger = make();

    expect(ledger, 2, 1, 2, true);
    expect(ledger, 2, 1, 2, false);
    expect(ledger, 3, 2, 3, true);
    expect(ledger, 2, 1, 2, false);
    expect(ledger, 3, 1, 3, false);
    ck_assert_uint_eq(mtls_ledger_newest(ledger, digest_of(3)), 3);
    ck_assert_uint_eq(mtls_ledger_newest(ledger, digest_of(2)), 0);
}
END_TEST

/* Numbers grow, though the files are what they were. */
START_TEST(back_to_the_first)
{
    mtls_ledger_t *ledger = make();

    ck_assert_uint_eq(mtls_ledger_newest(ledger, digest_of(1)), 1);
    expect(ledger, 2, 1, 2, true);
    expect(ledger, 1, 2, 3, true);
    expect(ledger, 1, 2, 3, false);
    ck_assert_msg(mtls_ledger_newest(ledger, digest_of(1)) == 3, "who never left 1 learns of it");
    expect(ledger, 1, 1, 3, false);
}
END_TEST

START_TEST(many_times_round)
{
    mtls_ledger_t *ledger = make();

    for (unsigned i = 2; i < 1000; i++) {
        expect(ledger, i, i - 1, i, true);
        expect(ledger, i, i - 1, i, false);
        ck_assert_uint_eq(mtls_ledger_newest(ledger, digest_of(i)), i);
    }
}
END_TEST

START_TEST(a_failure_is_news_once)
{
    mtls_ledger_t *ledger = make();

    ck_assert(mtls_ledger_is_news(ledger, digest_of(5)));
    ck_assert(!mtls_ledger_is_news(ledger, digest_of(5)));
    ck_assert(mtls_ledger_is_news(ledger, digest_of(6)));
    ck_assert(!mtls_ledger_is_news(ledger, digest_of(5)));
}
END_TEST

/* What all processes count together. */
typedef struct {
    atomic_uint given;
    atomic_uint news;
    atomic_uint disagreed;
    atomic_uint numbers[ROUNDS + 2]; /* by digest */
    atomic_int arrived[ROUNDS + 2];
} tally_t;

static void meet(atomic_int *arrived)
{
    atomic_fetch_add(arrived, 1);
    while (atomic_load(arrived) < PROCESSES)
        sched_yield();
}

/* Everybody numbers the same digest at the same time, again and again. */
static void race(mtls_ledger_t *ledger, tally_t *tally)
{
    unsigned last = 1;

    for (unsigned i = 2; i < ROUNDS + 2; i++) {
        const unsigned char *digest = digest_of(i);
        unsigned none = 0;
        unsigned number;
        bool is_new;

        meet(&tally->arrived[i]);
        number = mtls_ledger_number(ledger, digest, last, &is_new);
        atomic_fetch_add(&tally->given, is_new);
        atomic_fetch_add(&tally->news, mtls_ledger_is_news(ledger, digest));
        if (number <= last ||
            (!atomic_compare_exchange_strong(&tally->numbers[i], &none, number) && none != number))
            atomic_fetch_add(&tally->disagreed, 1);
        last = number;
    }
}

START_TEST(processes_agree)
{
    apr_size_t size = mtls_ledger_size();
    pid_t children[PROCESSES];
    mtls_ledger_t *ledger;
    tally_t *tally;
    apr_shm_t *shm;

    ck_assert_int_eq(apr_shm_create(&shm, size + sizeof(*tally), NULL, pool), APR_SUCCESS);
    memset(apr_shm_baseaddr_get(shm), 0, size + sizeof(*tally));
    ledger = mtls_ledger_init(apr_shm_baseaddr_get(shm), digest_of(1));
    tally = (tally_t *)((char *)apr_shm_baseaddr_get(shm) + size);
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        ck_assert_int_ge(children[i], 0);
        if (children[i] == 0) {
            race(ledger, tally);
            _exit(0);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;

        ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
        ck_assert_int_eq(status, 0);
    }
    ck_assert_uint_eq(atomic_load(&tally->given), ROUNDS);
    ck_assert_uint_eq(atomic_load(&tally->news), ROUNDS);
    ck_assert_uint_eq(atomic_load(&tally->disagreed), 0);
    ck_assert_uint_eq(mtls_ledger_newest(ledger, digest_of(ROUNDS + 1)), ROUNDS + 1);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("ledger");

    tcase_add_test(tcase, same_files_same_number);
    tcase_add_test(tcase, back_to_the_first);
    tcase_add_test(tcase, many_times_round);
    tcase_add_test(tcase, a_failure_is_news_once);
    tcase_add_test(tcase, processes_agree);
    return run_case("trust/ledger", tcase);
}
