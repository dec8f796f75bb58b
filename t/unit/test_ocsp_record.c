/*
 * t/unit/test_ocsp_record.c - answers written for the shared cache, read back, and damaged.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "mtls/trust/ocsp_record.h"
#include "run.h"

enum { VERSION_AT = 4, WORD_AT = 5, THIS_AT = 6, NEXT_AT = 14, ENDS_AT = 22, FETCHED_AT = 30 };

static const mtls_ocsp_answer_t sample = {.word = MTLS_STATUS_REVOKED,
                                          .this_update = 1790000000000000,
                                          .next_update = 1790000600000001,
                                          .ends = 1790000500000002,
                                          .fetched = 1790000300000003};

static void assert_refused(const unsigned char *octets, apr_size_t len)
{
    static const mtls_ocsp_answer_t zero;
    mtls_ocsp_answer_t out;
    /* Exactly as large, so that a read beyond shows under a checker. */
    unsigned char *copy = malloc(len != 0 ? len : 1);

    memcpy(copy, octets, len);
    memset(&out, 0xaa, sizeof(out));
    ck_assert(!mtls_ocsp_record_parse(&out, (mtls_bytes_t){copy, len}));
    ck_assert_int_eq(out.word, zero.word);
    ck_assert_int_eq(out.this_update, 0);
    ck_assert_int_eq(out.next_update, 0);
    ck_assert_int_eq(out.ends, 0);
    ck_assert_int_eq(out.fetched, 0);
    free(copy);
}

static void assert_kept(const mtls_ocsp_answer_t *answer)
{
    unsigned char octets[MTLS_OCSP_RECORD_LEN];
    mtls_ocsp_answer_t back;

    mtls_ocsp_record_write(octets, answer);
    ck_assert(mtls_ocsp_record_parse(&back, (mtls_bytes_t){octets, sizeof(octets)}));
    ck_assert_int_eq(back.word, answer->word);
    ck_assert_int_eq(back.this_update, answer->this_update);
    ck_assert_int_eq(back.next_update, answer->next_update);
    ck_assert_int_eq(back.ends, answer->ends);
    ck_assert_int_eq(back.fetched, answer->fetched);
}

START_TEST(comes_back_as_written)
{
    static const mtls_status_word_t words[] = {MTLS_STATUS_GOOD, MTLS_STATUS_REVOKED,
                                               MTLS_STATUS_UNKNOWN};

    for (int i = 0; i < COUNT_OF(words); i++) {
        mtls_ocsp_answer_t answer = sample;

        answer.word = words[i];
        assert_kept(&answer);
        answer.next_update = 0;
        assert_kept(&answer);
        answer.next_update = answer.this_update;
        answer.ends = APR_INT64_MAX;
        assert_kept(&answer);
        answer.fetched = answer.ends;
        assert_kept(&answer);
    }
}
END_TEST

/* What other releases read: this must never change without the version. */
START_TEST(F_27_layout)
{
    static const unsigned char expected[MTLS_OCSP_RECORD_LEN] = "MTLO\x01\x02"
                                                                "\x00\x06\x5b\xfe\xda\x25\xe0\x00"
                                                                "\x00\x06\x5b\xfe\xfd\xe9\x26\x01"
                                                                "\x00\x06\x5b\xfe\xf7\xf3\x45\x02"
                                                                "\x00\x06\x5b\xfe\xec\x07\x83\x03";
    unsigned char octets[MTLS_OCSP_RECORD_LEN];

    mtls_ocsp_record_write(octets, &sample);
    ck_assert_mem_eq(octets, expected, sizeof(octets));
}
END_TEST

START_TEST(other_words_are_not_kept)
{
    static const mtls_status_word_t words[] = {MTLS_STATUS_UNASKED, MTLS_STATUS_MISSING,
                                               MTLS_STATUS_EXPIRED, MTLS_STATUS_SILENT,
                                               MTLS_STATUS_UNUSABLE};

    for (int i = 0; i < COUNT_OF(words); i++) {
        mtls_ocsp_answer_t answer = sample;
        unsigned char octets[MTLS_OCSP_RECORD_LEN];

        answer.word = words[i];
        mtls_ocsp_record_write(octets, &answer);
        assert_refused(octets, sizeof(octets));
    }
}
END_TEST

START_TEST(other_lengths_are_refused)
{
    unsigned char octets[MTLS_OCSP_RECORD_LEN + 1] = {0};

    mtls_ocsp_record_write(octets, &sample);
    for (apr_size_t len = 0; len <= sizeof(octets); len++) {
        if (len != MTLS_OCSP_RECORD_LEN)
            assert_refused(octets, len);
    }
    ck_assert(!mtls_ocsp_record_parse(&(mtls_ocsp_answer_t){0}, (mtls_bytes_t){NULL, 0}));
}
END_TEST

static const struct {
    int at;
    unsigned char value;
} damages[] = {
    {0, 'm'},        {3, 'S'},        {VERSION_AT, 0},  {VERSION_AT, 2},    {WORD_AT, 0},
    {WORD_AT, 4},    {WORD_AT, 0xff}, {THIS_AT, 0x80},  {NEXT_AT, 0x80},    {ENDS_AT, 0x80},
    {FETCHED_AT, 1}, {THIS_AT, 1},    {NEXT_AT + 2, 0}, {FETCHED_AT, 0xff},
};

START_TEST(F_27_damage_is_refused)
{
    unsigned char octets[MTLS_OCSP_RECORD_LEN];

    mtls_ocsp_record_write(octets, &sample);
    octets[damages[_i].at] = damages[_i].value;
    assert_refused(octets, sizeof(octets));
}
END_TEST

START_TEST(impossible_times_are_refused)
{
    mtls_ocsp_answer_t rows[6];
    unsigned char octets[MTLS_OCSP_RECORD_LEN];

    for (int i = 0; i < COUNT_OF(rows); i++)
        rows[i] = sample;
    rows[0].this_update = 0;
    rows[1].next_update = sample.this_update - 1;
    rows[2].ends = sample.fetched - 1;
    rows[3].ends = 0;
    rows[4].fetched = 0;
    rows[5].next_update = -1;
    for (int i = 0; i < COUNT_OF(rows); i++) {
        mtls_ocsp_record_write(octets, &rows[i]);
        assert_refused(octets, sizeof(octets));
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("ocsp_record");

    tcase_add_test(tcase, comes_back_as_written);
    tcase_add_test(tcase, F_27_layout);
    tcase_add_test(tcase, other_words_are_not_kept);
    tcase_add_test(tcase, other_lengths_are_refused);
    tcase_add_loop_test(tcase, F_27_damage_is_refused, 0, COUNT_OF(damages));
    tcase_add_test(tcase, impossible_times_are_refused);
    return run_case("ocsp_record", tcase);
}
