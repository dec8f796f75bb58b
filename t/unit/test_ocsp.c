/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_thread_proc.h>
#include <string.h>

#include "mtls/trust/monotonic.h"
#include "../../mod_mtls/trust/ocsp_memory.h"
#include "ocsp_scene.h"
#include "run.h"

#define HERD    500
#define READERS 32
#define HOUR    (3600 * SECOND)

static mtls_board_t *board;

static void reset(void)
{
    fixture_reset();
    board = mtls_board_init(apr_pcalloc(pool, mtls_board_size()));
}

static mtls_ocsp_t *make_in(apr_pool_t *where, bool with_cache)
{
    mtls_ocsp_means_t means = fixture_means(board, with_cache);
    mtls_ocsp_t *client;

    ck_assert_int_eq(mtls_ocsp_make(&client, &means, where), APR_SUCCESS);
    return client;
}

static mtls_ocsp_t *make(bool with_cache)
{
    return make_in(pool, with_cache);
}

static mtls_ocsp_answer_t answer_of(mtls_status_word_t word, apr_time_t this_update,
                                    apr_time_t ends)
{
    return (mtls_ocsp_answer_t){
        .word = word, .this_update = this_update, .ends = ends, .fetched = this_update};
}

static void say(mtls_status_word_t word, apr_time_t this_update, apr_time_t ends)
{
    fixture_script_t script = {.end = MTLS_FETCH_DONE,
                               .answer = answer_of(word, this_update, ends)};

    fixture_say(&script);
}

static void say_end(mtls_fetch_end_t end)
{
    fixture_script_t script = {.end = end};

    fixture_say(&script);
}

static mtls_status_t status_of(mtls_ocsp_t *client, int number, apr_time_t now)
{
    return mtls_ocsp_status(client, fixture_question(number, pool), now);
}

static void expect(mtls_ocsp_t *client, int number, apr_time_t now, mtls_status_word_t word)
{
    ck_assert_int_eq(status_of(client, number, now).word, word);
}

static void expect_fetches(int count)
{
    ck_assert_int_eq(fixture_seen().fetches, count);
}

static int counted(mtls_counter_t counter)
{
    return (int)mtls_board_read(board, counter);
}

START_TEST(an_answer_is_remembered)
{
    mtls_ocsp_t *client = make(false);
    mtls_status_t status;

    say(MTLS_STATUS_GOOD, NOW, NOW + HOUR);
    status = status_of(client, 1, NOW);
    ck_assert_int_eq(status.word, MTLS_STATUS_GOOD);
    ck_assert_int_eq(status.until, NOW + MTLS_OCSP_RECHECK);
    say(MTLS_STATUS_REVOKED, NOW, NOW + HOUR);
    expect(client, 1, NOW + SECOND, MTLS_STATUS_GOOD);
    expect_fetches(1);
    expect(client, 2, NOW, MTLS_STATUS_REVOKED);
    expect(client, 2, NOW + SECOND, MTLS_STATUS_REVOKED);
    say(MTLS_STATUS_UNKNOWN, NOW, NOW + 10 * SECOND);
    status = status_of(client, 3, NOW);
    ck_assert_int_eq(status.word, MTLS_STATUS_UNKNOWN);
    /* when it is due for renewal, so that somebody comes in time */
    ck_assert_int_ge(status.until, NOW + 5 * SECOND);
    ck_assert_int_lt(status.until, NOW + 6 * SECOND);
    expect_fetches(3);
    ck_assert_int_eq(counted(MTLS_COUNTER_OCSP_ASKED), 3);
    ck_assert_int_eq(counted(MTLS_COUNTER_OCSP_FAILURES), 0);
    ck_assert_int_eq(fixture_seen().told, 0);
}
END_TEST

START_TEST(an_answer_is_not_used_past_its_end)
{
    mtls_ocsp_t *client = make(false);

    say(MTLS_STATUS_GOOD, NOW, NOW + 10 * SECOND);
    expect(client, 1, NOW, MTLS_STATUS_GOOD);
    say_end(MTLS_FETCH_FAILED);
    expect(client, 1, NOW + 10 * SECOND, MTLS_STATUS_SILENT);
    expect_fetches(2);
    ck_assert_int_eq(counted(MTLS_COUNTER_OCSP_STALE), 0);
}
END_TEST

START_TEST(nobody_to_ask)
{
    mtls_ocsp_t *client = make(true);
    fixture_script_t script = {.nobody = true};
    mtls_status_t status;

    fixture_say(&script);
    status = status_of(client, 1, NOW);
    ck_assert_int_eq(status.word, MTLS_STATUS_MISSING);
    ck_assert_int_gt(status.until, NOW);
    ck_assert_int_le(status.until, NOW + MTLS_OCSP_RETRY);
    expect_fetches(0);
}
END_TEST

/* F-01, F-03: a failure is remembered, told, and tried again after a while. */
START_TEST(F_01_a_failure_is_remembered)
{
    mtls_ocsp_t *client = make(false);
    mtls_status_t status;

    say_end(MTLS_FETCH_TIMEOUT);
    status = status_of(client, 1, NOW);
    ck_assert_int_eq(status.word, MTLS_STATUS_SILENT);
    ck_assert_int_gt(status.until, NOW + MTLS_OCSP_RETRY - SECOND);
    ck_assert_int_le(status.until, NOW + MTLS_OCSP_RETRY);
    ck_assert_int_eq(fixture_seen().told, 1);
    ck_assert_str_eq(fixture_seen().text, "http://ocsp.example.org:2560/q: refused");
    expect(client, 1, NOW + MTLS_OCSP_RETRY - SECOND, MTLS_STATUS_SILENT);
    expect_fetches(1);
    say(MTLS_STATUS_GOOD, NOW, NOW + HOUR);
    expect(client, 1, NOW + MTLS_OCSP_RETRY + 20 * SECOND, MTLS_STATUS_GOOD);
    expect_fetches(2);
    ck_assert_int_eq(counted(MTLS_COUNTER_OCSP_FAILURES), 1);
}
END_TEST

START_TEST(F_45_a_failure_does_not_last_when_the_clock_is_set_back)
{
    mtls_ocsp_t *client = make(false);

    say_end(MTLS_FETCH_TIMEOUT);
    expect(client, 1, NOW, MTLS_STATUS_SILENT);
    say(MTLS_STATUS_GOOD, NOW - 2 * HOUR, NOW + HOUR);
    expect(client, 1, NOW - HOUR, MTLS_STATUS_GOOD);
}
END_TEST

START_TEST(F_03_F_04_what_is_no_status_is_never_remembered_as_one)
{
    static const mtls_fetch_end_t ends[] = {MTLS_FETCH_FAILED,    MTLS_FETCH_UNCHANGED,
                                            MTLS_FETCH_FORBIDDEN, MTLS_FETCH_TIMEOUT,
                                            MTLS_FETCH_TOO_LARGE, MTLS_FETCH_STOPPED};
    mtls_ocsp_t *client = make(true);
    fixture_script_t script = {.end = MTLS_FETCH_DONE,
                               .text = "its signature is wrong",
                               .answer = answer_of(MTLS_STATUS_UNUSABLE, NOW, NOW + HOUR)};

    for (int i = 0; i < COUNT_OF(ends); i++) {
        say_end(ends[i]);
        expect(client, i, NOW, MTLS_STATUS_SILENT);
    }
    fixture_say(&script);
    expect(client, 100, NOW, MTLS_STATUS_UNUSABLE);
    ck_assert_str_eq(fixture_seen().text, "http://ocsp.example.org:2560: its signature is wrong");
    ck_assert_int_eq(fixture_seen().puts, 0);
    ck_assert_int_eq(fixture_seen().told, COUNT_OF(ends)); /* who stops tells nothing */
}
END_TEST

START_TEST(the_same_is_told_as_repeated)
{
    mtls_ocsp_t *client = make(false);

    say_end(MTLS_FETCH_FAILED);
    expect(client, 1, NOW, MTLS_STATUS_SILENT);
    expect(client, 2, NOW, MTLS_STATUS_SILENT);
    ck_assert_int_eq(fixture_seen().told, 2);
    ck_assert_int_eq(fixture_seen().repeated, 1);
}
END_TEST

START_TEST(F_01_a_responder_that_fails_is_avoided)
{
    mtls_ocsp_t *client = make(false);

    say_end(MTLS_FETCH_TIMEOUT);
    for (int i = 0; i < MTLS_BREAKER_FAILURES; i++)
        expect(client, i, NOW, MTLS_STATUS_SILENT);
    expect_fetches(MTLS_BREAKER_FAILURES);
    say(MTLS_STATUS_GOOD, NOW, NOW + HOUR);
    expect(client, 100, NOW, MTLS_STATUS_SILENT);
    expect_fetches(MTLS_BREAKER_FAILURES);
    ck_assert_int_eq(counted(MTLS_COUNTER_OCSP_AVOIDED), 1);
    ck_assert_int_eq(mtls_board_avoided(board), 1);
    ck_assert(!mtls_board_may_try(board, "http://ocsp.example.org:2560"));
}
END_TEST

START_TEST(a_responder_that_answers_is_not_avoided)
{
    mtls_ocsp_t *client = make(false);
    fixture_script_t script = {
        .end = MTLS_FETCH_DONE, .text = "it says tryLater", .answer = {.word = MTLS_STATUS_SILENT}};

    fixture_say(&script);
    for (int i = 0; i < 3 * MTLS_BREAKER_FAILURES; i++)
        expect(client, i, NOW, MTLS_STATUS_SILENT);
    expect_fetches(3 * MTLS_BREAKER_FAILURES);
}
END_TEST

/* The fetch hangs, as in a resolver: its deadline is the waiter's own. */
START_TEST(F_01_F_06_nobody_waits_longer_than_the_timeout)
{
    mtls_ocsp_t *client = make(false);
    mtls_ocsp_question_t *question = fixture_question(1, pool);
    apr_time_t begun = mtls_monotonic_now();

    fixture_hold();
    say(MTLS_STATUS_GOOD, NOW, NOW + HOUR);
    ((mtls_ocsp_rules_t *)question->rules)->timeout = apr_time_from_msec(50);
    ck_assert_int_eq(mtls_ocsp_status(client, question, NOW).word, MTLS_STATUS_SILENT);
    ck_assert_int_ge(mtls_monotonic_now() - begun, apr_time_from_msec(50));
    /* those who come later do not wait at all: their timeout is that of the test */
    expect(client, 1, NOW, MTLS_STATUS_SILENT);
    fixture_await_fetches(1);
    fixture_let_go();
    fixture_await_ended(1);
    expect_fetches(1);
}
END_TEST

typedef struct {
    mtls_ocsp_t *client;
    int number;
    apr_time_t now;
    mtls_status_word_t word;
} asker_t;

static void *ask(apr_thread_t *thread, void *data)
{
    asker_t *asker = data;
    apr_pool_t *own;

    apr_pool_create(&own, NULL);
    asker->word =
        mtls_ocsp_status(asker->client, fixture_question(asker->number, own), asker->now).word;
    apr_pool_destroy(own);
    (void)thread;
    return NULL;
}

static apr_thread_t *start(asker_t *asker)
{
    apr_thread_t *thread;

    ck_assert_int_eq(apr_thread_create(&thread, NULL, ask, asker, pool), APR_SUCCESS);
    return thread;
}

static void join(apr_thread_t *thread)
{
    apr_status_t status;

    ck_assert_int_eq(apr_thread_join(&status, thread), APR_SUCCESS);
}

/* With a cache and without one, where no lease of another process would hide a second flight. */
START_TEST(F_07_a_herd_asks_once)
{
    static asker_t askers[HERD];
    static apr_thread_t *threads[HERD];
    mtls_ocsp_t *client = make(_i == 1);

    fixture_hold();
    say(MTLS_STATUS_GOOD, NOW, NOW + HOUR);
    for (int i = 0; i < HERD; i++) {
        askers[i] = (asker_t){.client = client, .number = 1, .now = NOW};
        threads[i] = start(&askers[i]);
        if (i == HERD / 2) {
            fixture_await_fetches(1);
            fixture_let_go();
        }
    }
    for (int i = 0; i < HERD; i++) {
        join(threads[i]);
        ck_assert_int_eq(askers[i].word, MTLS_STATUS_GOOD);
    }
    expect_fetches(1);
    ck_assert_int_eq(fixture_seen().puts, _i);
}
END_TEST

/* I3: a responder that does not answer leaves threads to others. */
START_TEST(F_01_a_crowd_does_not_wait)
{
    mtls_ocsp_means_t means = fixture_means(board, false);
    asker_t first = {.number = 1, .now = NOW};
    apr_thread_t *thread;
    mtls_status_t status;

    means.patient = 1;
    ck_assert_int_eq(mtls_ocsp_make(&first.client, &means, pool), APR_SUCCESS);
    fixture_hold();
    say(MTLS_STATUS_GOOD, NOW, NOW + HOUR);
    thread = start(&first);
    fixture_await_fetches(1);
    status = status_of(first.client, 1, NOW);
    ck_assert_int_eq(status.word, MTLS_STATUS_SILENT);
    ck_assert_int_eq(status.until, NOW + MTLS_OCSP_CROWDED_HOLD);
    fixture_let_go();
    join(thread);
    ck_assert_int_eq(first.word, MTLS_STATUS_GOOD);
    expect(first.client, 1, NOW, MTLS_STATUS_GOOD);
    expect_fetches(1);
}
END_TEST

/* Whoever is revoked need not keep a responder from answering, but only others busy with it. */
START_TEST(F_09_a_crowd_does_not_forget_who_is_revoked)
{
    mtls_ocsp_means_t means = fixture_means(board, false);
    apr_time_t late = NOW + MTLS_OCSP_RECHECK;
    asker_t first = {.number = 1, .now = late};
    apr_thread_t *thread;

    means.patient = 1;
    ck_assert_int_eq(mtls_ocsp_make(&first.client, &means, pool), APR_SUCCESS);
    say(MTLS_STATUS_REVOKED, NOW, NOW + 10 * SECOND);
    expect(first.client, 2, NOW, MTLS_STATUS_REVOKED);
    fixture_hold();
    say(MTLS_STATUS_GOOD, late, late + HOUR);
    thread = start(&first);
    fixture_await_fetches(2);
    ck_assert_int_eq(status_of(first.client, 2, late).word, MTLS_STATUS_REVOKED);
    fixture_let_go();
    join(thread);
}
END_TEST

START_TEST(different_questions_share_a_few_threads)
{
    asker_t askers[4 * MTLS_OCSP_THREADS];
    apr_thread_t *threads[COUNT_OF(askers)];
    mtls_ocsp_t *client = make(false);

    fixture_hold();
    say(MTLS_STATUS_GOOD, NOW, NOW + HOUR);
    for (int i = 0; i < COUNT_OF(askers); i++) {
        askers[i] = (asker_t){.client = client, .number = i, .now = NOW};
        threads[i] = start(&askers[i]);
    }
    fixture_await_fetches(MTLS_OCSP_THREADS);
    fixture_let_go();
    for (int i = 0; i < COUNT_OF(askers); i++) {
        join(threads[i]);
        ck_assert_int_eq(askers[i].word, MTLS_STATUS_GOOD);
    }
    ck_assert_int_eq(fixture_seen().at_once, MTLS_OCSP_THREADS);
    expect_fetches(COUNT_OF(askers));
}
END_TEST

/* Wait until what is asked behind the caller's back has been remembered. */
static void await_word(mtls_ocsp_t *client, int number, apr_time_t now, mtls_status_word_t word)
{
    while (status_of(client, number, now).word != word)
        apr_thread_yield();
}

START_TEST(F_08_in_its_last_tenth_it_is_renewed_behind_the_back)
{
    mtls_ocsp_t *client = make(_i == 1);
    apr_time_t late = NOW + HOUR - HOUR / 10;

    say(MTLS_STATUS_GOOD, NOW, NOW + HOUR);
    for (apr_time_t now = NOW; now < late; now += MTLS_OCSP_RECHECK + SECOND)
        expect(client, 1, now, MTLS_STATUS_GOOD);
    expect(client, 1, late - SECOND, MTLS_STATUS_GOOD);
    expect_fetches(1);
    fixture_hold();
    say(MTLS_STATUS_REVOKED, late, late + HOUR);
    for (int i = 0; i < 10; i++)
        expect(client, 1, late + MTLS_OCSP_RECHECK, MTLS_STATUS_GOOD);
    fixture_await_fetches(2);
    fixture_let_go();
    await_word(client, 1, late + MTLS_OCSP_RECHECK, MTLS_STATUS_REVOKED);
    expect_fetches(2);
}
END_TEST

START_TEST(F_08_when_an_answer_is_renewed)
{
    static const struct {
        int whole;
        int timeout;
        int left; /* seconds */
    } rows[] = {{3600, 5, 360}, {3600, 180, 360}, {3600, 181, 362},  {604800, 5, 60480},
                {100, 5, 10},   {90, 5, 10},      {20, 5, 10},       {10, 5, 5},
                {10, 20, 5},    {1, 5, 0},        {3600, 3600, 1800}};

    for (int i = 0; i < COUNT_OF(rows); i++) {
        mtls_ocsp_answer_t answer =
            answer_of(MTLS_STATUS_GOOD, NOW - HOUR, NOW + rows[i].whole * SECOND);
        apr_time_t renewal;

        answer.fetched = NOW;
        renewal = mtls_ocsp_renewal(&answer, rows[i].timeout * SECOND);
        ck_assert_int_eq((answer.ends - renewal) / SECOND, rows[i].left);
        ck_assert_int_ge(renewal, NOW);
    }
}
END_TEST

/* An answer that hardly lives longer than a responder is waited for. */
START_TEST(F_08_short_lived_answers_are_renewed_in_their_second_half)
{
    mtls_ocsp_t *client = make(false);

    say(MTLS_STATUS_GOOD, NOW, NOW + 30 * SECOND);
    expect(client, 1, NOW, MTLS_STATUS_GOOD);
    expect(client, 1, NOW + 14 * SECOND, MTLS_STATUS_GOOD);
    expect_fetches(1);
    say(MTLS_STATUS_REVOKED, NOW + 16 * SECOND, NOW + HOUR);
    expect(client, 1, NOW + 16 * SECOND, MTLS_STATUS_GOOD);
    await_word(client, 1, NOW + 16 * SECOND, MTLS_STATUS_REVOKED);
    expect_fetches(2);
}
END_TEST

/* A renewal that fails is not repeated at once, and harms nothing before the end.  When the thread
 * that failed has landed cannot be seen, so the next renewal is waited for with the clock going on.
 */
START_TEST(F_08_a_failed_renewal_keeps_the_answer)
{
    mtls_ocsp_t *client = make(false);
    apr_time_t ends = NOW + 2000 * HOUR;
    apr_time_t now = NOW + 1801 * HOUR;

    say(MTLS_STATUS_GOOD, NOW, ends);
    expect(client, 1, NOW, MTLS_STATUS_GOOD);
    say_end(MTLS_FETCH_FAILED);
    expect(client, 1, now, MTLS_STATUS_GOOD);
    fixture_await_ended(2);
    for (int i = 0; i < 29; i++)
        expect(client, 1, now + i * SECOND, MTLS_STATUS_GOOD);
    expect_fetches(2);
    while (fixture_seen().fetches == 2) {
        now += MTLS_OCSP_RETRY;
        expect(client, 1, now, MTLS_STATUS_GOOD);
        apr_thread_yield();
    }
    ck_assert_int_lt(now, ends);
    expect(client, 1, ends + MTLS_OCSP_RECHECK, MTLS_STATUS_SILENT);
}
END_TEST

static mtls_status_t graced(mtls_ocsp_t *client, apr_interval_time_t grace, apr_time_t now)
{
    mtls_ocsp_question_t *question = fixture_question(1, pool);

    ((mtls_ocsp_rules_t *)question->rules)->grace = grace;
    return mtls_ocsp_status(client, question, now);
}

START_TEST(grace_is_for_what_cannot_be_renewed)
{
    mtls_ocsp_t *client = make(true);
    mtls_status_t status;

    say(MTLS_STATUS_GOOD, NOW, NOW + HOUR);
    ck_assert_int_eq(graced(client, HOUR, NOW).word, MTLS_STATUS_GOOD);
    ck_assert_int_eq(fixture_cache_expires(), NOW + 2 * HOUR);
    say_end(MTLS_FETCH_FAILED);
    status = graced(client, HOUR, NOW + HOUR);
    ck_assert_int_eq(status.word, MTLS_STATUS_GOOD);
    ck_assert_int_le(status.until, NOW + HOUR + MTLS_OCSP_RETRY);
    ck_assert_int_eq(counted(MTLS_COUNTER_OCSP_STALE), 1);
    expect_fetches(2); /* and is asked for first */
    status = graced(client, HOUR, NOW + 2 * HOUR - 5 * SECOND);
    ck_assert_int_eq(status.word, MTLS_STATUS_GOOD);
    ck_assert_int_eq(status.until, NOW + 2 * HOUR);
    ck_assert_int_eq(graced(client, HOUR, NOW + 2 * HOUR).word, MTLS_STATUS_SILENT);
    say(MTLS_STATUS_REVOKED, NOW + 3 * HOUR, NOW + 4 * HOUR);
    ck_assert_int_eq(graced(client, 9 * HOUR, NOW + 3 * HOUR).word, MTLS_STATUS_REVOKED);
}
END_TEST

/* Another process has it from the cache, past its end, and may use it as well. */
START_TEST(grace_is_shared)
{
    mtls_ocsp_t *client = make(true);
    mtls_ocsp_answer_t answer = answer_of(MTLS_STATUS_GOOD, NOW - HOUR, NOW - SECOND);

    fixture_cache_put(1, &answer);
    say_end(MTLS_FETCH_FAILED);
    ck_assert_int_eq(graced(client, HOUR, NOW).word, MTLS_STATUS_GOOD);
    expect_fetches(1);
}
END_TEST

START_TEST(F_09_revoked_stays_until_something_newer_is_known)
{
    mtls_ocsp_t *client = make(false);

    say(MTLS_STATUS_REVOKED, NOW, NOW + 10 * SECOND);
    expect(client, 1, NOW, MTLS_STATUS_REVOKED);
    say(MTLS_STATUS_GOOD, NOW - SECOND, NOW + HOUR);
    expect(client, 1, NOW + MTLS_OCSP_RECHECK, MTLS_STATUS_REVOKED);
    expect_fetches(2);
    say(MTLS_STATUS_GOOD, NOW, NOW + HOUR);
    expect(client, 1, NOW + 3 * MTLS_OCSP_RECHECK, MTLS_STATUS_REVOKED);
    say_end(MTLS_FETCH_FAILED);
    expect(client, 1, NOW + 5 * MTLS_OCSP_RECHECK, MTLS_STATUS_REVOKED);
    say(MTLS_STATUS_GOOD, NOW + SECOND, NOW + HOUR);
    expect(client, 1, NOW + 7 * MTLS_OCSP_RECHECK, MTLS_STATUS_GOOD);
    expect_fetches(5);
}
END_TEST

START_TEST(F_09_an_older_answer_does_not_replace_one_in_the_cache)
{
    mtls_ocsp_t *client = make(true);
    mtls_ocsp_answer_t newer = answer_of(MTLS_STATUS_REVOKED, NOW, NOW + HOUR);
    asker_t asker = {.client = client, .number = 1, .now = NOW};
    apr_thread_t *thread;

    fixture_hold();
    say(MTLS_STATUS_GOOD, NOW - SECOND, NOW + HOUR);
    thread = start(&asker);
    fixture_await_fetches(1);
    fixture_cache_put(1, &newer); /* another machine's */
    fixture_let_go();
    join(thread);
    ck_assert_int_eq(asker.word, MTLS_STATUS_REVOKED);
    ck_assert_int_eq(fixture_cached(1), MTLS_STATUS_REVOKED);
}
END_TEST

START_TEST(F_09_which_answer_replaces_which)
{
    static const struct {
        mtls_status_word_t held;
        mtls_status_word_t offered;
        int later; /* seconds */
        bool replaces;
    } cases[] = {
        {MTLS_STATUS_UNASKED, MTLS_STATUS_GOOD, -9, true},
        {MTLS_STATUS_GOOD, MTLS_STATUS_GOOD, 0, true},
        {MTLS_STATUS_GOOD, MTLS_STATUS_GOOD, -1, false},
        {MTLS_STATUS_GOOD, MTLS_STATUS_REVOKED, 0, true},
        {MTLS_STATUS_GOOD, MTLS_STATUS_REVOKED, -1, false},
        {MTLS_STATUS_REVOKED, MTLS_STATUS_GOOD, 0, false},
        {MTLS_STATUS_REVOKED, MTLS_STATUS_UNKNOWN, 0, false},
        {MTLS_STATUS_REVOKED, MTLS_STATUS_REVOKED, 0, true},
        {MTLS_STATUS_REVOKED, MTLS_STATUS_GOOD, 1, true},
        {MTLS_STATUS_UNKNOWN, MTLS_STATUS_GOOD, 0, true},
    };

    for (int i = 0; i < COUNT_OF(cases); i++) {
        mtls_ocsp_answer_t held = answer_of(cases[i].held, NOW, NOW + HOUR);
        mtls_ocsp_answer_t offered =
            answer_of(cases[i].offered, NOW + cases[i].later * SECOND, NOW + HOUR);

        ck_assert_msg(mtls_ocsp_replaces(&held, &offered) == cases[i].replaces, "case %d", i);
    }
}
END_TEST

START_TEST(processes_share_answers)
{
    mtls_ocsp_t *one = make(true);
    mtls_ocsp_t *other = make(true);

    say(MTLS_STATUS_GOOD, NOW, NOW + HOUR);
    expect(one, 1, NOW, MTLS_STATUS_GOOD);
    ck_assert_int_eq(counted(MTLS_COUNTER_OCSP_CACHE_HITS), 0);
    expect(other, 1, NOW, MTLS_STATUS_GOOD);
    expect_fetches(1);
    ck_assert_int_eq(counted(MTLS_COUNTER_OCSP_CACHE_HITS), 1);
}
END_TEST

START_TEST(after_a_while_what_another_process_got_is_seen)
{
    mtls_ocsp_t *client = make(true);
    mtls_ocsp_answer_t newer = answer_of(MTLS_STATUS_REVOKED, NOW + SECOND, NOW + HOUR);

    say(MTLS_STATUS_GOOD, NOW, NOW + HOUR);
    expect(client, 1, NOW, MTLS_STATUS_GOOD);
    fixture_cache_put(1, &newer);
    expect(client, 1, NOW + SECOND, MTLS_STATUS_GOOD);
    expect(client, 1, NOW + MTLS_OCSP_RECHECK + SECOND, MTLS_STATUS_REVOKED);
    expect_fetches(1);
}
END_TEST

START_TEST(F_07_one_process_asks_and_the_other_waits)
{
    asker_t first = {.client = make(true), .number = 1, .now = NOW};
    asker_t second = {.client = make(true), .number = 1, .now = NOW};
    apr_thread_t *threads[2];

    fixture_hold();
    say(MTLS_STATUS_GOOD, NOW, NOW + HOUR);
    threads[0] = start(&first);
    fixture_await_fetches(1);
    threads[1] = start(&second);
    fixture_await_gets(fixture_seen().gets + 3);
    fixture_let_go();
    join(threads[0]);
    join(threads[1]);
    ck_assert_int_eq(first.word, MTLS_STATUS_GOOD);
    ck_assert_int_eq(second.word, MTLS_STATUS_GOOD);
    expect_fetches(1);
}
END_TEST

START_TEST(F_24_who_held_the_task_and_is_gone_is_followed)
{
    asker_t asker = {.client = make(true), .number = 1, .now = NOW};
    unsigned char id[MTLS_SHA256_LEN];
    apr_thread_t *thread;

    fixture_id(id, 1);
    ck_assert(mtls_board_take(board, id, HOUR));
    say(MTLS_STATUS_GOOD, NOW, NOW + HOUR);
    thread = start(&asker);
    fixture_await_gets(4);
    expect_fetches(0);
    mtls_board_give_back(board, id);
    join(thread);
    ck_assert_int_eq(asker.word, MTLS_STATUS_GOOD);
    expect_fetches(1);
    ck_assert(!mtls_board_is_taken(board, id));
}
END_TEST

START_TEST(who_waits_for_another_process_waits_no_longer_than_the_timeout)
{
    mtls_ocsp_t *client = make(true);
    mtls_ocsp_question_t *question = fixture_question(1, pool);
    unsigned char id[MTLS_SHA256_LEN];

    fixture_id(id, 1);
    ck_assert(mtls_board_take(board, id, HOUR));
    ((mtls_ocsp_rules_t *)question->rules)->timeout = apr_time_from_msec(50);
    ck_assert_int_eq(mtls_ocsp_status(client, question, NOW).word, MTLS_STATUS_SILENT);
    expect_fetches(0);
}
END_TEST

START_TEST(T_D09_a_cache_that_fails_at_every_call)
{
    static const fixture_cache_t kinds[] = {CACHE_DOWN, CACHE_MISSES, CACHE_RUBBISH, CACHE_LONG};

    for (int i = 0; i < COUNT_OF(kinds); i++) {
        mtls_ocsp_t *client;

        reset();
        client = make(true);
        fixture_set_cache(kinds[i]);
        say(MTLS_STATUS_GOOD, NOW, NOW + HOUR);
        expect(client, 1, NOW, MTLS_STATUS_GOOD);
        expect(client, 1, NOW + MTLS_OCSP_RECHECK, MTLS_STATUS_GOOD);
        say_end(MTLS_FETCH_FAILED);
        expect(client, 2, NOW, MTLS_STATUS_SILENT);
        expect_fetches(2);
        ck_assert_int_eq(counted(MTLS_COUNTER_OCSP_CACHE_HITS), 0);
    }
}
END_TEST

/* Nobody waits for a task that cannot be handed over. */
START_TEST(without_a_cache_every_process_asks)
{
    mtls_ocsp_t *client = make(true);
    unsigned char id[MTLS_SHA256_LEN];

    fixture_id(id, 1);
    ck_assert(mtls_board_take(board, id, HOUR));
    fixture_set_cache(CACHE_DOWN);
    say(MTLS_STATUS_GOOD, NOW, NOW + HOUR);
    expect(client, 1, NOW, MTLS_STATUS_GOOD);
    expect(make(false), 1, NOW, MTLS_STATUS_GOOD);
    expect_fetches(2);
    ck_assert(mtls_board_is_taken(board, id));
}
END_TEST

START_TEST(what_is_sent)
{
    mtls_ocsp_t *client = make(false);
    mtls_ocsp_question_t *question = fixture_question(2, pool);
    mtls_ocsp_rules_t *rules = (mtls_ocsp_rules_t *)question->rules;
    fixture_script_t script = {.end = MTLS_FETCH_FAILED, .from_cert = true};
    mtls_sourced_t host = {.value = "pki.example.org"};

    say_end(MTLS_FETCH_FAILED);
    expect(client, 1, NOW, MTLS_STATUS_SILENT);
    ck_assert_str_eq(fixture_seen().url, "http://ocsp.example.org:2560/q");
    ck_assert_str_eq(fixture_seen().host, "ocsp.example.org");
    ck_assert_str_eq(fixture_seen().content_type, "application/ocsp-request");
    ck_assert(!fixture_seen().only_hosts);
    ck_assert_uint_eq(fixture_seen().sent, 2);
    rules->method = MTLS_OCSP_GET;
    fixture_say(&script);
    ck_assert_int_eq(mtls_ocsp_status(client, question, NOW).word, MTLS_STATUS_SILENT);
    ck_assert_str_eq(fixture_seen().url, "http://ocsp.example.org:2560/q/get");
    ck_assert_str_eq(fixture_seen().host, "");
    ck_assert(!fixture_seen().only_hosts);
    ck_assert_uint_eq(fixture_seen().sent, 0);
    APR_ARRAY_PUSH((apr_array_header_t *)rules->hosts, mtls_sourced_t) = host;
    ASN1_INTEGER_set(X509_get_serialNumber(question->cert), 3);
    ck_assert_int_eq(mtls_ocsp_status(client, question, NOW).word, MTLS_STATUS_SILENT);
    ck_assert_str_eq(fixture_seen().host, "pki.example.org");
    ck_assert(fixture_seen().only_hosts);
}
END_TEST

/* What was asked about is freed, with its rules, while the question is under way. */
START_TEST(T_R04_a_question_outlives_who_asked)
{
    mtls_ocsp_t *client = make(false);
    apr_pool_t *generation;
    mtls_ocsp_question_t *question;

    apr_pool_create(&generation, pool);
    question = fixture_question(1, generation);
    ((mtls_ocsp_rules_t *)question->rules)->timeout = apr_time_from_msec(20);
    fixture_hold();
    say(MTLS_STATUS_GOOD, NOW, NOW + HOUR);
    ck_assert_int_eq(mtls_ocsp_status(client, question, NOW).word, MTLS_STATUS_SILENT);
    apr_pool_destroy(generation);
    fixture_await_fetches(1);
    fixture_let_go();
    await_word(client, 1, NOW, MTLS_STATUS_GOOD);
    expect_fetches(1);
}
END_TEST

/* The process ends while a thread is caught: it is not waited for, and touches nothing later. */
START_TEST(T_R04_the_end_does_not_wait_for_ever)
{
    apr_pool_t *process;
    apr_time_t begun = mtls_monotonic_now();
    fixture_seen_t before;
    mtls_ocsp_t *client;
    mtls_ocsp_question_t *question;

    apr_pool_create(&process, NULL);
    client = make_in(process, true);
    question = fixture_question(1, process);
    ((mtls_ocsp_rules_t *)question->rules)->timeout = apr_time_from_msec(20);
    fixture_hold();
    say(MTLS_STATUS_GOOD, NOW, NOW + HOUR);
    ck_assert_int_eq(mtls_ocsp_status(client, question, NOW).word, MTLS_STATUS_SILENT);
    fixture_await_fetches(1);
    before = fixture_seen();
    apr_pool_destroy(process);
    ck_assert_int_lt(mtls_monotonic_now() - begun, 10 * SECOND);
    fixture_let_go();
    fixture_await_threads(1);
    ck_assert_int_eq(fixture_seen().gets, before.gets);
    ck_assert_int_eq(fixture_seen().puts, 0);
    ck_assert_int_eq(fixture_seen().told, 0);
}
END_TEST

START_TEST(threads_end_with_the_process)
{
    apr_pool_t *process;
    apr_time_t begun;
    mtls_ocsp_t *client;

    apr_pool_create(&process, NULL);
    client = make_in(process, true);
    say(MTLS_STATUS_GOOD, NOW, NOW + HOUR);
    expect(client, 1, NOW, MTLS_STATUS_GOOD);
    begun = mtls_monotonic_now();
    apr_pool_destroy(process);
    /* those that do not end are waited for so long at least */
    ck_assert_int_lt(mtls_monotonic_now() - begun, 2 * SECOND);
    fixture_await_threads(1);
    apr_pool_create(&process, NULL); /* and one that never asked */
    make_in(process, true);
    apr_pool_destroy(process);
}
END_TEST

START_TEST(memory_is_bounded_and_keeps_what_is_used)
{
    mtls_ocsp_memory_t *memory;
    mtls_ocsp_answer_t answer = answer_of(MTLS_STATUS_GOOD, NOW, NOW + HOUR);
    unsigned char used[MTLS_SHA256_LEN];
    mtls_ocsp_known_t known;
    int remembered = 0;

    fixture_id(used, 5000);
    ck_assert_int_eq(mtls_ocsp_memory_make(&memory, 64, pool), APR_SUCCESS);
    for (int i = 0; i < 1000; i++) {
        unsigned char id[MTLS_SHA256_LEN];

        fixture_id(id, i);
        ck_assert(mtls_ocsp_memory_put(memory, id, &answer, SECOND, NOW, &known));
        if (i == 0)
            mtls_ocsp_memory_put(memory, used, &answer, SECOND, NOW, &known);
        ck_assert_int_eq(mtls_ocsp_memory_look(memory, used, NOW).answer.word, MTLS_STATUS_GOOD);
        mtls_ocsp_memory_fail(memory, id, MTLS_STATUS_SILENT, NOW);
    }
    for (int i = 0; i < 1000; i++) {
        unsigned char id[MTLS_SHA256_LEN];

        fixture_id(id, i);
        known = mtls_ocsp_memory_look(memory, id, NOW);
        remembered += known.answer.word == MTLS_STATUS_GOOD ? 1 : 0;
    }
    ck_assert_int_eq(remembered, 63);
}
END_TEST

/* T-R05: answers, failures and the cache change while others read. */
static void *read_and_write(apr_thread_t *thread, void *data)
{
    asker_t *asker = data;
    apr_pool_t *own;

    apr_pool_create(&own, NULL);
    for (int i = 0; i < 200; i++) {
        apr_time_t now = NOW + (asker->number + i) * SECOND;
        mtls_ocsp_answer_t answer = answer_of(MTLS_STATUS_GOOD, now, now + 90 * SECOND);

        say(MTLS_STATUS_GOOD, now, now + 30 * SECOND);
        fixture_cache_put(i % 8, &answer);
        asker->word = mtls_ocsp_status(asker->client, fixture_question(i % 8, own), now).word;
        if (asker->word != MTLS_STATUS_GOOD)
            break;
        apr_pool_clear(own);
    }
    apr_pool_destroy(own);
    (void)thread;
    return NULL;
}

START_TEST(T_R05_updates_while_others_read)
{
    asker_t askers[READERS];
    apr_thread_t *threads[READERS];
    mtls_ocsp_t *clients[2] = {make(true), make(true)};

    for (int i = 0; i < READERS; i++) {
        askers[i] = (asker_t){.client = clients[i % 2], .number = i};
        ck_assert_int_eq(apr_thread_create(&threads[i], NULL, read_and_write, &askers[i], pool),
                         APR_SUCCESS);
    }
    for (int i = 0; i < READERS; i++) {
        join(threads[i]);
        ck_assert_int_eq(askers[i].word, MTLS_STATUS_GOOD);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trust/ocsp");
    TCase *tcase = tcase_create("ocsp");
    SRunner *runner;
    int failed;

    apr_initialize();
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, pool_up, pool_down);
    tcase_add_checked_fixture(tcase, reset, NULL); /* after the pool */
    tcase_add_test(tcase, an_answer_is_remembered);
    tcase_add_test(tcase, an_answer_is_not_used_past_its_end);
    tcase_add_test(tcase, nobody_to_ask);
    tcase_add_test(tcase, F_01_a_failure_is_remembered);
    tcase_add_test(tcase, F_45_a_failure_does_not_last_when_the_clock_is_set_back);
    tcase_add_test(tcase, F_03_F_04_what_is_no_status_is_never_remembered_as_one);
    tcase_add_test(tcase, the_same_is_told_as_repeated);
    tcase_add_test(tcase, F_01_a_responder_that_fails_is_avoided);
    tcase_add_test(tcase, a_responder_that_answers_is_not_avoided);
    tcase_add_test(tcase, F_01_F_06_nobody_waits_longer_than_the_timeout);
    tcase_add_loop_test(tcase, F_07_a_herd_asks_once, 0, 2);
    tcase_add_test(tcase, F_01_a_crowd_does_not_wait);
    tcase_add_test(tcase, F_09_a_crowd_does_not_forget_who_is_revoked);
    tcase_add_test(tcase, different_questions_share_a_few_threads);
    tcase_add_loop_test(tcase, F_08_in_its_last_tenth_it_is_renewed_behind_the_back, 0, 2);
    tcase_add_test(tcase, F_08_when_an_answer_is_renewed);
    tcase_add_test(tcase, F_08_short_lived_answers_are_renewed_in_their_second_half);
    tcase_add_test(tcase, F_08_a_failed_renewal_keeps_the_answer);
    tcase_add_test(tcase, grace_is_for_what_cannot_be_renewed);
    tcase_add_test(tcase, grace_is_shared);
    tcase_add_test(tcase, F_09_revoked_stays_until_something_newer_is_known);
    tcase_add_test(tcase, F_09_an_older_answer_does_not_replace_one_in_the_cache);
    tcase_add_test(tcase, F_09_which_answer_replaces_which);
    tcase_add_test(tcase, processes_share_answers);
    tcase_add_test(tcase, after_a_while_what_another_process_got_is_seen);
    tcase_add_test(tcase, F_07_one_process_asks_and_the_other_waits);
    tcase_add_test(tcase, F_24_who_held_the_task_and_is_gone_is_followed);
    tcase_add_test(tcase, who_waits_for_another_process_waits_no_longer_than_the_timeout);
    tcase_add_test(tcase, T_D09_a_cache_that_fails_at_every_call);
    tcase_add_test(tcase, without_a_cache_every_process_asks);
    tcase_add_test(tcase, what_is_sent);
    tcase_add_test(tcase, T_R04_a_question_outlives_who_asked);
    tcase_add_test(tcase, T_R04_the_end_does_not_wait_for_ever);
    tcase_add_test(tcase, threads_end_with_the_process);
    tcase_add_test(tcase, memory_is_bounded_and_keeps_what_is_used);
    tcase_add_test(tcase, T_R05_updates_while_others_read);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    apr_terminate();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
