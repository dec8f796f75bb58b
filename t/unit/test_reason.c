/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "mtls/policy/reason.h"
#include "policy_run.h"

START_TEST(each_row_stands_at_its_reason)
{
    int i;

    for (i = 0; i < MTLS_REASON_COUNT; i++) {
        ck_assert_int_eq(mtls_reason_info((mtls_reason_t)i)->reason, i);
    }
}
END_TEST

START_TEST(a_value_outside_the_enum_is_internal)
{
    ck_assert_int_eq(mtls_reason_info(MTLS_REASON_COUNT)->reason, MTLS_REASON_INTERNAL);
    ck_assert_int_eq(mtls_reason_info((mtls_reason_t)4711)->reason, MTLS_REASON_INTERNAL);
}
END_TEST

static void check_text(const char *text)
{
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_gt(strlen(text), 10);
    ck_assert_msg(text[strlen(text) - 1] == '.', "no full stop: %s", text);
    for (; *text; text++) {
        ck_assert_msg(*text >= ' ' && *text <= '~', "not plain ASCII: %s", text);
        ck_assert_msg(!strchr("<>&", *text), "markup: %s", text);
    }
}

START_TEST(words_are_stable_tokens_and_texts_are_plain)
{
    int i, j;

    for (i = 0; i < MTLS_REASON_COUNT; i++) {
        const mtls_reason_info_t *row = mtls_reason_info((mtls_reason_t)i);

        ck_assert_uint_gt(strlen(row->word), 0);
        ck_assert_uint_eq(strspn(row->word, "abcdefghijklmnopqrstuvwxyz-"), strlen(row->word));
        check_text(row->title);
        check_text(row->advice);
        for (j = 0; j < i; j++) {
            ck_assert_str_ne(row->word, mtls_reason_info((mtls_reason_t)j)->word);
        }
    }
}
END_TEST

/* Nobody can tell whether a certificate is revoked: the site's trouble, and perhaps over soon. */
static bool is_of_revocation(int reason)
{
    return reason == MTLS_REASON_CRL_MISSING || reason == MTLS_REASON_CRL_EXPIRED ||
           reason == MTLS_REASON_CRL_UNUSABLE || reason == MTLS_REASON_OCSP_UNREACHABLE ||
           reason == MTLS_REASON_OCSP_UNUSABLE;
}

START_TEST(statuses)
{
    int i;

    for (i = 0; i < MTLS_REASON_COUNT; i++) {
        int want = i == MTLS_REASON_GOOD                 ? 200
                   : i == MTLS_REASON_MISDIRECTED        ? 421
                   : i == MTLS_REASON_BODY_TOO_LARGE     ? 413
                   : i == MTLS_REASON_OVERLOADED         ? 503
                   : i == MTLS_REASON_MAP_UNAVAILABLE    ? 503
                   : i == MTLS_REASON_PROOF_EXPIRED      ? 421
                   : i == MTLS_REASON_TRUST_UNAVAILABLE  ? 503
                   : i == MTLS_REASON_TICKET_UNAVAILABLE ? 503
                   : i == MTLS_REASON_ADDRESS_TOO_LONG   ? 414
                   : is_of_revocation(i)                 ? 503
                   : i == MTLS_REASON_INTERNAL           ? 500
                                                         : 403;

        ck_assert_int_eq(mtls_reason_info((mtls_reason_t)i)->status, want);
    }
}
END_TEST

START_TEST(only_our_own_faults_are_logged_as_such)
{
    int i;

    for (i = 0; i < MTLS_REASON_COUNT; i++) {
        bool ours = i == MTLS_REASON_UNDECIDED || i == MTLS_REASON_OVERLOADED ||
                    i == MTLS_REASON_MAP_UNAVAILABLE || i == MTLS_REASON_INTERNAL ||
                    i == MTLS_REASON_TRUST_UNAVAILABLE || i == MTLS_REASON_TICKET_UNAVAILABLE ||
                    is_of_revocation(i);

        ck_assert_int_eq(mtls_reason_info((mtls_reason_t)i)->operator_fault, ours);
    }
}
END_TEST

START_TEST(the_most_telling_does_not_depend_on_order)
{
    int a, b;

    for (a = 0; a < MTLS_REASON_COUNT; a++) {
        for (b = 0; b < MTLS_REASON_COUNT; b++) {
            mtls_reason_t one = mtls_reason_more_telling((mtls_reason_t)a, (mtls_reason_t)b);
            mtls_reason_t two = mtls_reason_more_telling((mtls_reason_t)b, (mtls_reason_t)a);

            ck_assert_msg(one == two, "%d and %d", a, b);
            ck_assert(one == (mtls_reason_t)a || one == (mtls_reason_t)b);
        }
        ck_assert_int_eq(mtls_reason_more_telling((mtls_reason_t)a, MTLS_REASON_GOOD),
                         MTLS_REASON_GOOD);
        ck_assert_int_eq(mtls_reason_more_telling((mtls_reason_t)a, MTLS_REASON_UNDECIDED), a);
    }
}
END_TEST

/* Each beats all that stand below it. */
static const mtls_reason_t ranks[] = {
    MTLS_REASON_GOOD,
    MTLS_REASON_INTERNAL,
    MTLS_REASON_MAP_UNAVAILABLE,
    MTLS_REASON_DENIED_BY_RULE,
    MTLS_REASON_NOT_AUTHORIZED,
    MTLS_REASON_NOT_IN_GROUP,
    MTLS_REASON_USER_UNUSABLE,
    MTLS_REASON_USER_AMBIGUOUS,
    MTLS_REASON_USER_ABSENT,
    MTLS_REASON_NO_RULE,
    MTLS_REASON_EXPIRED,
    MTLS_REASON_WEAK_KEY,
    MTLS_REASON_LIFETIME_TOO_LONG,
    MTLS_REASON_WRONG_PURPOSE,
    MTLS_REASON_CHAIN_TOO_LONG,
    MTLS_REASON_NOT_PINNED,
    MTLS_REASON_UNTRUSTED_ISSUER,
    MTLS_REASON_SELF_SIGNED,
    MTLS_REASON_MALFORMED,
    MTLS_REASON_DECLINED,
    MTLS_REASON_NO_CERTIFICATE,
    MTLS_REASON_UNDECIDED,
};

START_TEST(the_certificate_that_came_closest_is_told)
{
    size_t i;

    for (i = 1; i < sizeof(ranks) / sizeof(ranks[0]); i++) {
        ck_assert_msg(mtls_reason_more_telling(ranks[i], ranks[i - 1]) == ranks[i - 1],
                      "%s under %s", mtls_reason_info(ranks[i - 1])->word,
                      mtls_reason_info(ranks[i])->word);
    }
}
END_TEST

START_TEST(no_two_are_equally_telling)
{
    int a, b;

    for (a = 0; a < MTLS_REASON_COUNT; a++) {
        for (b = 0; b < a; b++) {
            ck_assert_msg(mtls_reason_info((mtls_reason_t)a)->telling !=
                              mtls_reason_info((mtls_reason_t)b)->telling,
                          "%d and %d", a, b);
        }
    }
}
END_TEST

/* What follows a good verdict is told as such: whoever asks why should not doubt the certificate.
 */
START_TEST(rules_speak_of_accepted_certificates)
{
    int i;

    for (i = MTLS_REASON_NO_RULE; i <= MTLS_REASON_NOT_AUTHORIZED; i++) {
        const mtls_reason_info_t *row = mtls_reason_info((mtls_reason_t)i);

        ck_assert_msg(i == MTLS_REASON_MAP_UNAVAILABLE || strstr(row->title, "was accepted, but "),
                      "%s", row->title);
        ck_assert_int_gt(row->telling, mtls_reason_info(MTLS_REASON_EXPIRED)->telling);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        each_row_stands_at_its_reason,
        a_value_outside_the_enum_is_internal,
        words_are_stable_tokens_and_texts_are_plain,
        statuses,
        only_our_own_faults_are_logged_as_such,
        the_most_telling_does_not_depend_on_order,
        the_certificate_that_came_closest_is_told,
        no_two_are_equally_telling,
        rules_speak_of_accepted_certificates,
        NULL,
    };

    return run_tests("reason", tests);
}
