/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_shm.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mtls/trust/monotonic.h"
#include "mtls/trust/board.h"
#include "run.h"

#define THREADS 32
#define ROUNDS  1000
#define SECOND  apr_time_from_sec(1)
#define SERVER  "http://ocsp.example.org:80"

/* The clock is the test's. */
static _Atomic(apr_time_t) clock_now = 1000 * SECOND;

apr_time_t mtls_monotonic_now(void)
{
    return clock_now;
}

static mtls_board_t *make(void)
{
    return mtls_board_init(apr_pcalloc(pool, mtls_board_size()));
}

/* Ids that share no word differ in their first two octets; spread the rest. */
static const unsigned char *id_of(unsigned word, unsigned rest)
{
    unsigned char *id = apr_palloc(pool, MTLS_SHA256_LEN);

    memset(id, (int)rest, MTLS_SHA256_LEN);
    id[0] = (unsigned char)(word >> 8);
    id[1] = (unsigned char)word;
    return id;
}

static void fail_times(mtls_board_t *board, const char *server, int times)
{
    for (int i = 0; i < times; i++)
        mtls_board_tell(board, server, false);
}

START_TEST(counts)
{
    mtls_board_t *board = make();

    for (int i = 0; i < MTLS_COUNTER_COUNT; i++)
        ck_assert_uint_eq(mtls_board_read(board, (mtls_counter_t)i), 0);
    mtls_board_count(board, MTLS_COUNTER_OCSP_ASKED);
    mtls_board_count(board, MTLS_COUNTER_OCSP_ASKED);
    mtls_board_count(board, MTLS_COUNTER_RELOADS);
    ck_assert_uint_eq(mtls_board_read(board, MTLS_COUNTER_OCSP_ASKED), 2);
    ck_assert_uint_eq(mtls_board_read(board, MTLS_COUNTER_RELOADS), 1);
    ck_assert_uint_eq(mtls_board_read(board, MTLS_COUNTER_CACHE_REFUSED), 0);
}
END_TEST

START_TEST(counters_have_names_of_their_own)
{
    ck_assert_str_eq(mtls_counter_name(MTLS_COUNTER_OCSP_STALE), "ocsp-stale");
    for (int i = 0; i < MTLS_COUNTER_COUNT; i++) {
        ck_assert_uint_gt(strlen(mtls_counter_help((mtls_counter_t)i)), 10);
        for (int j = 0; j < i; j++)
            ck_assert_str_ne(mtls_counter_name((mtls_counter_t)i),
                             mtls_counter_name((mtls_counter_t)j));
    }
}
END_TEST

START_TEST(without_a_board_nothing_is_shared)
{
    const unsigned char *id = id_of(1, 1);

    mtls_board_count(NULL, MTLS_COUNTER_RELOADS);
    ck_assert_uint_eq(mtls_board_read(NULL, MTLS_COUNTER_RELOADS), 0);
    ck_assert(mtls_board_take(NULL, id, SECOND));
    ck_assert(mtls_board_take(NULL, id, SECOND));
    ck_assert(!mtls_board_is_taken(NULL, id));
    mtls_board_give_back(NULL, id);
    fail_times(NULL, SERVER, 2 * MTLS_BREAKER_FAILURES);
    ck_assert(mtls_board_may_try(NULL, SERVER));
    ck_assert_int_eq(mtls_board_avoided(NULL), 0);
}
END_TEST

START_TEST(one_takes_a_task)
{
    mtls_board_t *board = make();
    const unsigned char *id = id_of(1, 1);

    ck_assert(!mtls_board_is_taken(board, id));
    ck_assert(mtls_board_take(board, id, SECOND));
    ck_assert(mtls_board_is_taken(board, id));
    ck_assert(!mtls_board_take(board, id, SECOND));
    ck_assert(mtls_board_take(board, id_of(2, 1), SECOND));
    mtls_board_give_back(board, id);
    ck_assert(!mtls_board_is_taken(board, id));
    ck_assert(mtls_board_is_taken(board, id_of(2, 1)));
    ck_assert(mtls_board_take(board, id, SECOND));
}
END_TEST

START_TEST(a_task_ends_by_its_time)
{
    mtls_board_t *board = make();
    const unsigned char *id = id_of(1, 1);
    apr_time_t begin = clock_now;

    ck_assert(mtls_board_take(board, id, SECOND));
    clock_now = begin + SECOND;
    ck_assert(mtls_board_is_taken(board, id));
    clock_now = begin + SECOND + 2000;
    ck_assert(!mtls_board_is_taken(board, id));
    ck_assert(mtls_board_take(board, id, SECOND));
    ck_assert(!mtls_board_take(board, id, SECOND));
}
END_TEST

START_TEST(what_is_another_s_is_not_given_back)
{
    mtls_board_t *board = make();
    const unsigned char *late = id_of(1, 1);
    const unsigned char *next = id_of(1, 2); /* the same word */

    ck_assert(mtls_board_take(board, late, SECOND));
    ck_assert(!mtls_board_take(board, next, SECOND));
    clock_now += 2 * SECOND;
    ck_assert(mtls_board_take(board, next, SECOND));
    mtls_board_give_back(board, late);
    ck_assert(mtls_board_is_taken(board, next));
    mtls_board_give_back(board, next);
    ck_assert(!mtls_board_is_taken(board, next));
}
END_TEST

START_TEST(times_are_bounded)
{
    mtls_board_t *board = make();

    ck_assert(mtls_board_take(board, id_of(1, 1), INT64_MAX));
    ck_assert(mtls_board_is_taken(board, id_of(1, 1)));
    ck_assert(mtls_board_take(board, id_of(2, 1), -1));
    ck_assert(!mtls_board_is_taken(board, id_of(2, 1)));
}
END_TEST

START_TEST(F_01_a_server_that_fails_is_avoided)
{
    mtls_board_t *board = make();

    fail_times(board, SERVER, MTLS_BREAKER_FAILURES - 1);
    ck_assert(mtls_board_may_try(board, SERVER));
    ck_assert_int_eq(mtls_board_avoided(board), 0);
    fail_times(board, SERVER, 1);
    ck_assert(!mtls_board_may_try(board, SERVER));
    ck_assert(mtls_board_may_try(board, "https://ocsp.example.org:443"));
    ck_assert_int_eq(mtls_board_avoided(board), 1);
    clock_now += MTLS_BREAKER_PAUSE - SECOND;
    ck_assert(!mtls_board_may_try(board, SERVER));
}
END_TEST

START_TEST(a_success_ends_the_row)
{
    mtls_board_t *board = make();

    fail_times(board, SERVER, MTLS_BREAKER_FAILURES - 1);
    mtls_board_tell(board, SERVER, true);
    fail_times(board, SERVER, MTLS_BREAKER_FAILURES - 1);
    ck_assert(mtls_board_may_try(board, SERVER));
}
END_TEST

START_TEST(after_the_pause_one_tries_for_all)
{
    mtls_board_t *board = make();

    fail_times(board, SERVER, MTLS_BREAKER_FAILURES);
    clock_now += MTLS_BREAKER_PAUSE + SECOND;
    ck_assert_int_eq(mtls_board_avoided(board), 0);
    ck_assert(mtls_board_may_try(board, SERVER));
    ck_assert(!mtls_board_may_try(board, SERVER));
    mtls_board_tell(board, SERVER, false);
    ck_assert(!mtls_board_may_try(board, SERVER));
    clock_now += MTLS_BREAKER_PAUSE + SECOND;
    ck_assert(mtls_board_may_try(board, SERVER));
    mtls_board_tell(board, SERVER, true);
    ck_assert(mtls_board_may_try(board, SERVER));
    ck_assert(mtls_board_may_try(board, SERVER));
    ck_assert_int_eq(mtls_board_avoided(board), 0);
}
END_TEST

/* The one who tried is gone: the next pause ends as the one before. */
START_TEST(F_24_who_tried_and_died_is_not_waited_for)
{
    mtls_board_t *board = make();

    fail_times(board, SERVER, MTLS_BREAKER_FAILURES);
    clock_now += MTLS_BREAKER_PAUSE + SECOND;
    ck_assert(mtls_board_may_try(board, SERVER));
    clock_now += MTLS_BREAKER_PAUSE + SECOND;
    ck_assert(mtls_board_may_try(board, SERVER));
}
END_TEST

/* More servers than there are places (F-26): what is remembered is right, and places come back. */
START_TEST(many_servers)
{
    mtls_board_t *board = make();
    int avoided = 0;

    for (int round = 0; round < 2; round++) {
        avoided = 0;
        for (int i = 0; i < 4096; i++) {
            const char *server = apr_psprintf(pool, "http://%d.example.org:%d", i, round);

            fail_times(board, server, MTLS_BREAKER_FAILURES);
            avoided += mtls_board_may_try(board, server) ? 0 : 1;
        }
        ck_assert_int_gt(avoided, 400);
        ck_assert_int_eq(mtls_board_avoided(board), avoided);
        clock_now += MTLS_BREAKER_PAUSE + SECOND;
    }
}
END_TEST

/* @return the exit status of a process that did it, and died at once. */
static int in_a_child(int (*work)(mtls_board_t *), mtls_board_t *board)
{
    int status = -1;
    pid_t child = fork();

    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(work(board));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int take_and_fail(mtls_board_t *board)
{
    fail_times(board, SERVER, MTLS_BREAKER_FAILURES);
    mtls_board_count(board, MTLS_COUNTER_OCSP_FAILURES);
    return mtls_board_take(board, id_of(1, 1), SECOND) ? 0 : 1;
}

static int give_back(mtls_board_t *board)
{
    mtls_board_give_back(board, id_of(1, 1));
    return mtls_board_is_taken(board, id_of(1, 1)) ? 0 : 1;
}

static int raise_epoch(mtls_board_t *board)
{
    mtls_board_raise_ticket_epoch(board, id_of(3, 3));
    return 0;
}

START_TEST(F_24_processes_share_it_and_may_die)
{
    apr_shm_t *memory;
    mtls_board_t *board;

    ck_assert_int_eq(apr_shm_create(&memory, mtls_board_size(), NULL, pool), APR_SUCCESS);
    memset(apr_shm_baseaddr_get(memory), 0, mtls_board_size());
    board = mtls_board_init(apr_shm_baseaddr_get(memory));
    ck_assert_int_eq(in_a_child(take_and_fail, board), 0);
    ck_assert_int_eq(in_a_child(take_and_fail, board), 1);
    ck_assert_uint_eq(mtls_board_read(board, MTLS_COUNTER_OCSP_FAILURES), 2);
    ck_assert_int_eq(in_a_child(raise_epoch, board), 0);
    ck_assert_uint_eq(mtls_board_ticket_epoch(board, id_of(3, 3)), 1);
    ck_assert(!mtls_board_may_try(board, SERVER));
    ck_assert(!mtls_board_take(board, id_of(1, 1), SECOND));
    clock_now += 2 * SECOND;
    ck_assert(mtls_board_take(board, id_of(1, 1), SECOND));
    ck_assert_int_eq(in_a_child(give_back, board), 0);
    ck_assert(mtls_board_is_taken(board, id_of(1, 1)));
}
END_TEST

/* S-08, S-27: who revokes a ticket is noticed by all who remember it. */
START_TEST(S_27_epochs_of_tickets)
{
    static const unsigned char one[16] = {0, 0, 1, 1};
    static const unsigned char other[16] = {0, 0, 1, 2};
    static const unsigned char last[16] = {0xff, 0xff, 0xff, 0xff};
    mtls_board_t *board = make();

    ck_assert_uint_eq(mtls_board_ticket_epoch(board, one), 0);
    mtls_board_raise_ticket_epoch(board, one);
    ck_assert_uint_eq(mtls_board_ticket_epoch(board, one), 1);
    ck_assert_uint_eq(mtls_board_ticket_epoch(board, other), 0);
    mtls_board_raise_ticket_epoch(board, last);
    mtls_board_raise_ticket_epoch(board, last);
    ck_assert_uint_eq(mtls_board_ticket_epoch(board, last), 2);
    ck_assert_uint_eq(mtls_board_ticket_epoch(board, one), 1);
    ck_assert_int_eq(mtls_board_avoided(board), 0);
    mtls_board_raise_ticket_epoch(NULL, one);
    ck_assert_uint_eq(mtls_board_ticket_epoch(NULL, one), 0);
}
END_TEST

typedef struct {
    mtls_board_t *board;
    atomic_int holders;
    atomic_int tries; /* granted while the server is avoided */
} shared_t;

static void *hammer(apr_thread_t *thread, void *data)
{
    static const unsigned char id[MTLS_SHA256_LEN] = {7, 7};
    shared_t *shared = data;

    if (mtls_board_may_try(shared->board, SERVER))
        atomic_fetch_add(&shared->tries, 1);
    for (int i = 0; i < ROUNDS; i++) {
        char server[32];

        snprintf(server, sizeof(server), "http://h%d", i % 16);
        mtls_board_count(shared->board, MTLS_COUNTER_OCSP_ASKED);
        if (mtls_board_take(shared->board, id, 3600 * SECOND)) {
            ck_assert_int_eq(atomic_fetch_add(&shared->holders, 1), 0);
            atomic_fetch_sub(&shared->holders, 1);
            mtls_board_give_back(shared->board, id);
        }
        mtls_board_tell(shared->board, server, false);
        mtls_board_may_try(shared->board, server);
        mtls_board_raise_ticket_epoch(shared->board, id);
    }
    (void)thread;
    return NULL;
}

START_TEST(threads_share_it)
{
    apr_thread_t *threads[THREADS];
    shared_t shared = {.board = make()};

    fail_times(shared.board, SERVER, MTLS_BREAKER_FAILURES);
    clock_now += MTLS_BREAKER_PAUSE + SECOND;
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(apr_thread_create(&threads[i], NULL, hammer, &shared, pool), APR_SUCCESS);
    for (int i = 0; i < THREADS; i++) {
        apr_status_t status;

        apr_thread_join(&status, threads[i]);
    }
    ck_assert_uint_eq(mtls_board_read(shared.board, MTLS_COUNTER_OCSP_ASKED), THREADS * ROUNDS);
    ck_assert_int_eq(shared.tries, 1);
    ck_assert_uint_eq(mtls_board_ticket_epoch(shared.board, (const unsigned char[]){7, 7, 0, 0}),
                      THREADS * ROUNDS);
    ck_assert_int_eq(mtls_board_avoided(shared.board), 17);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("board");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, counts);
    tcase_add_test(tcase, counters_have_names_of_their_own);
    tcase_add_test(tcase, without_a_board_nothing_is_shared);
    tcase_add_test(tcase, one_takes_a_task);
    tcase_add_test(tcase, a_task_ends_by_its_time);
    tcase_add_test(tcase, what_is_another_s_is_not_given_back);
    tcase_add_test(tcase, times_are_bounded);
    tcase_add_test(tcase, F_01_a_server_that_fails_is_avoided);
    tcase_add_test(tcase, a_success_ends_the_row);
    tcase_add_test(tcase, after_the_pause_one_tries_for_all);
    tcase_add_test(tcase, F_24_who_tried_and_died_is_not_waited_for);
    tcase_add_test(tcase, many_servers);
    tcase_add_test(tcase, F_24_processes_share_it_and_may_die);
    tcase_add_test(tcase, S_27_epochs_of_tickets);
    tcase_add_test(tcase, threads_share_it);
    return run_case("trust/board", tcase);
}
