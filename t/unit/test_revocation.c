/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every combination of order, lacks, sources and words (T-R02, T-R15), against the sentences of
 * the header: each property is checked for itself, none by repeating the decision.
 */
#include "mtls/trust/revocation.h"

#include <stdlib.h>

#include "run.h"

#define WORDS (MTLS_STATUS_UNUSABLE + 1)

typedef struct {
    mtls_status_t crl;
    mtls_status_t ocsp;
    int crl_asked;
    int ocsp_asked;
    int asked_first; /* 'c' or 'o' */
} world_t;

static mtls_status_t ask_crl(void *baton)
{
    world_t *world = baton;

    world->crl_asked++;
    if (world->asked_first == 0)
        world->asked_first = 'c';
    return world->crl;
}

static mtls_status_t ask_ocsp(void *baton)
{
    world_t *world = baton;

    world->ocsp_asked++;
    if (world->asked_first == 0)
        world->asked_first = 'o';
    return world->ocsp;
}

static const mtls_lack_t lacks[] = {MTLS_LACK_UNSET, MTLS_LACK_HARD, MTLS_LACK_SOFT};
static const mtls_revocation_order_t orders[] = {MTLS_ORDER_UNSET, MTLS_ORDER_ALL,
                                                 MTLS_ORDER_CRL_FIRST, MTLS_ORDER_OCSP_FIRST};

/* What a word means by itself: the contract, word by word. */
typedef struct {
    mtls_status_word_t word;
    mtls_reason_t of_crl;
    mtls_reason_t of_ocsp;
    bool soft_crl_forgives;
    bool soft_ocsp_forgives;
} meaning_t;

static const meaning_t meanings[WORDS] = {
    {MTLS_STATUS_UNASKED, MTLS_REASON_UNDECIDED, MTLS_REASON_UNDECIDED, false, false},
    {MTLS_STATUS_GOOD, MTLS_REASON_GOOD, MTLS_REASON_GOOD, false, false},
    {MTLS_STATUS_REVOKED, MTLS_REASON_REVOKED, MTLS_REASON_REVOKED, false, false},
    {MTLS_STATUS_MISSING, MTLS_REASON_CRL_MISSING, MTLS_REASON_OCSP_UNREACHABLE, true, true},
    {MTLS_STATUS_EXPIRED, MTLS_REASON_CRL_EXPIRED, MTLS_REASON_OCSP_UNREACHABLE, false, false},
    {MTLS_STATUS_SILENT, MTLS_REASON_CRL_UNUSABLE, MTLS_REASON_OCSP_UNREACHABLE, false, true},
    {MTLS_STATUS_UNKNOWN, MTLS_REASON_CRL_UNUSABLE, MTLS_REASON_OCSP_UNKNOWN, false, false},
    {MTLS_STATUS_UNUSABLE, MTLS_REASON_CRL_UNUSABLE, MTLS_REASON_OCSP_UNUSABLE, false, true},
};

START_TEST(one_source_means_what_the_table_says)
{
    const meaning_t *m = &meanings[_i];

    ck_assert_int_eq(m->word, _i);
    for (int o = 0; o < COUNT_OF(orders); o++) {
        for (int l = 0; l < COUNT_OF(lacks); l++) {
            bool soft = lacks[l] == MTLS_LACK_SOFT;
            world_t world = {.crl = {m->word, 0}, .ocsp = {m->word, 0}};
            mtls_revocation_question_t crl = {orders[o], lacks[l], MTLS_LACK_UNSET,
                                              ask_crl,   NULL,     &world};
            mtls_revocation_question_t ocsp = {orders[o], MTLS_LACK_UNSET, lacks[l],
                                               NULL,      ask_ocsp,        &world};
            mtls_revocation_t by_crl = mtls_revocation_decide(&crl);
            mtls_revocation_t by_ocsp = mtls_revocation_decide(&ocsp);

            ck_assert_int_eq(by_crl.reason,
                             soft && m->soft_crl_forgives ? MTLS_REASON_GOOD : m->of_crl);
            ck_assert_int_eq(by_crl.lenient, soft && m->soft_crl_forgives);
            ck_assert_int_eq(by_ocsp.reason,
                             soft && m->soft_ocsp_forgives ? MTLS_REASON_GOOD : m->of_ocsp);
            ck_assert_int_eq(by_ocsp.lenient, soft && m->soft_ocsp_forgives);
            ck_assert_int_eq(world.crl_asked, 1);
            ck_assert_int_eq(world.ocsp_asked, 1);
        }
    }
}
END_TEST

START_TEST(no_source_is_good)
{
    for (int o = 0; o < COUNT_OF(orders); o++) {
        mtls_revocation_question_t question = {.order = orders[o]};
        mtls_revocation_t result = mtls_revocation_decide(&question);

        ck_assert_int_eq(result.reason, MTLS_REASON_GOOD);
        ck_assert_int_eq(result.until, 0);
        ck_assert(!result.lenient);
    }
}
END_TEST

static bool can_say(mtls_status_word_t word)
{
    return word == MTLS_STATUS_GOOD || word == MTLS_STATUS_REVOKED;
}

static bool is_forgiven(mtls_lack_t lack, bool ocsp, mtls_status_word_t word)
{
    const meaning_t *m = &meanings[word];

    return lack == MTLS_LACK_SOFT && (ocsp ? m->soft_ocsp_forgives : m->soft_crl_forgives);
}

static void expect_asked_in_order(const mtls_revocation_question_t *question, const world_t *world)
{
    bool ocsp_first = question->order == MTLS_ORDER_OCSP_FIRST;

    ck_assert_int_le(world->crl_asked, 1);
    ck_assert_int_le(world->ocsp_asked, 1);
    ck_assert_int_eq(world->asked_first, ocsp_first ? 'o' : 'c');
}

/* X_FIRST: the second is not asked when the first can say, and is asked when it cannot. */
static void expect_second_only_when_needed(const mtls_revocation_question_t *question,
                                           const world_t *world)
{
    if (question->order == MTLS_ORDER_CRL_FIRST)
        ck_assert_int_eq(world->ocsp_asked, !can_say(world->crl.word));
    if (question->order == MTLS_ORDER_OCSP_FIRST)
        ck_assert_int_eq(world->crl_asked, !can_say(world->ocsp.word));
}

static void expect_revoked_refuses(const world_t *world, const mtls_revocation_t *result)
{
    bool told = (world->crl_asked && world->crl.word == MTLS_STATUS_REVOKED) ||
                (world->ocsp_asked && world->ocsp.word == MTLS_STATUS_REVOKED);

    if (told)
        ck_assert_int_ne(result->reason, MTLS_REASON_GOOD);
    if (result->reason == MTLS_REASON_REVOKED)
        ck_assert(told);
}

static void expect_all(const mtls_revocation_question_t *question, const world_t *world,
                       const mtls_revocation_t *result)
{
    bool crl_ok = world->crl.word == MTLS_STATUS_GOOD ||
                  is_forgiven(question->crl_lack, false, world->crl.word);
    bool ocsp_ok = world->ocsp.word == MTLS_STATUS_GOOD ||
                   is_forgiven(question->ocsp_lack, true, world->ocsp.word);

    ck_assert_int_eq(world->ocsp_asked, crl_ok);
    if (!crl_ok)
        ck_assert_int_eq(result->reason, meanings[world->crl.word].of_crl);
    else if (!ocsp_ok)
        ck_assert_int_eq(result->reason, meanings[world->ocsp.word].of_ocsp);
    else
        ck_assert_int_eq(result->reason, MTLS_REASON_GOOD);
    ck_assert_int_eq(result->lenient, crl_ok && ocsp_ok &&
                                          (world->crl.word != MTLS_STATUS_GOOD ||
                                           world->ocsp.word != MTLS_STATUS_GOOD));
}

static void expect_first(const mtls_revocation_question_t *question, const world_t *world,
                         const mtls_revocation_t *result)
{
    bool ocsp_first = question->order == MTLS_ORDER_OCSP_FIRST;
    mtls_status_word_t first = ocsp_first ? world->ocsp.word : world->crl.word;
    mtls_status_word_t second = ocsp_first ? world->crl.word : world->ocsp.word;
    bool forgiven = is_forgiven(question->crl_lack, false, world->crl.word) &&
                    is_forgiven(question->ocsp_lack, true, world->ocsp.word);

    if (can_say(first) || can_say(second)) {
        bool good = (can_say(first) ? first : second) == MTLS_STATUS_GOOD;

        ck_assert_int_eq(result->reason, good ? MTLS_REASON_GOOD : MTLS_REASON_REVOKED);
        ck_assert(!result->lenient);
    } else if (forgiven) {
        ck_assert_int_eq(result->reason, MTLS_REASON_GOOD);
        ck_assert(result->lenient);
    } else {
        ck_assert_int_eq(result->reason,
                         ocsp_first ? meanings[first].of_ocsp : meanings[first].of_crl);
        ck_assert(!result->lenient);
    }
}

static void expect_earliest_end(const world_t *world, const mtls_revocation_t *result)
{
    apr_time_t earliest = 0;

    if (world->crl_asked && world->crl.until != 0)
        earliest = world->crl.until;
    if (world->ocsp_asked && world->ocsp.until != 0 &&
        (earliest == 0 || world->ocsp.until < earliest))
        earliest = world->ocsp.until;
    ck_assert_int_eq(result->until, earliest);
}

static void try_question(mtls_revocation_question_t question, mtls_status_t crl, mtls_status_t ocsp)
{
    world_t world = {.crl = crl, .ocsp = ocsp};
    mtls_revocation_t result;

    question.crl_fn = ask_crl;
    question.ocsp_fn = ask_ocsp;
    question.baton = &world;
    result = mtls_revocation_decide(&question);
    expect_asked_in_order(&question, &world);
    expect_second_only_when_needed(&question, &world);
    expect_revoked_refuses(&world, &result);
    expect_earliest_end(&world, &result);
    if (question.order == MTLS_ORDER_UNSET || question.order == MTLS_ORDER_ALL)
        expect_all(&question, &world, &result);
    else
        expect_first(&question, &world, &result);
}

static void try_words(mtls_revocation_question_t question)
{
    static const apr_time_t ends[] = {0, 5, 9};

    for (int crl = 0; crl < WORDS; crl++) {
        for (int ocsp = 0; ocsp < WORDS; ocsp++) {
            for (int end = 0; end < COUNT_OF(ends) * COUNT_OF(ends); end++) {
                mtls_status_t by_crl = {(mtls_status_word_t)crl, ends[end % COUNT_OF(ends)]};
                mtls_status_t by_ocsp = {(mtls_status_word_t)ocsp, ends[end / COUNT_OF(ends)]};

                try_question(question, by_crl, by_ocsp);
            }
        }
    }
}

START_TEST(two_sources_keep_every_promise)
{
    for (int c = 0; c < COUNT_OF(lacks); c++) {
        for (int o = 0; o < COUNT_OF(lacks); o++) {
            mtls_revocation_question_t question = {
                .order = orders[_i], .crl_lack = lacks[c], .ocsp_lack = lacks[o]};

            try_words(question);
        }
    }
}
END_TEST

/* A status that was never filled in, from a source that was asked, admits nobody by itself. */
START_TEST(an_empty_status_refuses)
{
    world_t world = {0};
    mtls_revocation_question_t question = {.crl_lack = MTLS_LACK_SOFT,
                                           .ocsp_lack = MTLS_LACK_SOFT,
                                           .crl_fn = ask_crl,
                                           .ocsp_fn = ask_ocsp,
                                           .baton = &world};

    for (int o = 0; o < COUNT_OF(orders); o++) {
        question.order = orders[o];
        ck_assert_int_ne(mtls_revocation_decide(&question).reason, MTLS_REASON_GOOD);
    }
    ck_assert_int_ne((mtls_revocation_t){0}.reason, MTLS_REASON_GOOD);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("revocation");

    tcase_add_loop_test(tcase, one_source_means_what_the_table_says, 0, WORDS);
    tcase_add_test(tcase, no_source_is_good);
    tcase_add_loop_test(tcase, two_sources_keep_every_promise, 0, COUNT_OF(orders));
    tcase_add_test(tcase, an_empty_status_refuses);
    return run_case("revocation", tcase);
}
