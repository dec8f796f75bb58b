/*
 * t/unit/test_session_record.c - records written, read back, and damaged.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>
#include <apr_strings.h>
#include <check.h>
#include <stdlib.h>

#include "mtls/cert/session_record.h"
#include "run.h"

#define B(literal)                                                                                 \
    {                                                                                              \
        (const unsigned char *)(literal), sizeof(literal) - 1                                      \
    }

enum { HEAD_LEN = 78, VERSION_AT = 4, TIME_AT = 5, COUNT_AT = 77 };

static mtls_session_record_t sample(void)
{
    mtls_session_record_t record = {.proven_at = apr_time_from_sec(1790000000), .other_count = 2};

    memset(record.scope, 0x11, sizeof record.scope);
    memset(record.leaf_sha256, 0x22, sizeof record.leaf_sha256);
    record.others[0] = (mtls_bytes_t)B("first");
    record.others[1] = (mtls_bytes_t)B("second");
    return record;
}

static mtls_bytes_t written(const mtls_session_record_t *record)
{
    mtls_bytes_t out;

    ck_assert_int_eq(mtls_session_record_write(&out, record, pool), APR_SUCCESS);
    return out;
}

static void assert_refused(mtls_bytes_t data)
{
    static const mtls_session_record_t zero;
    mtls_session_record_t record;
    /* Exactly as large as the data, so that a read beyond shows under a checker. */
    unsigned char *copy = malloc(data.len != 0 ? data.len : 1);

    memcpy(copy, data.data, data.len);
    data.data = copy;
    memset(&record, 0xaa, sizeof record);
    ck_assert_int_eq(mtls_session_record_parse(&record, data), APR_EINVAL);
    ck_assert_mem_eq(&record.scope, &zero.scope, sizeof zero.scope);
    ck_assert_int_eq(record.other_count, 0);
    ck_assert_int_eq(record.proven_at, 0);
    ck_assert_ptr_null(record.others[0].data);
    free(copy);
}

START_TEST(comes_back_as_written)
{
    mtls_session_record_t record = sample();
    mtls_session_record_t back;
    mtls_bytes_t data;

    record.proven_at += 999999;
    data = written(&record);
    ck_assert_uint_eq(data.len, HEAD_LEN + 2 + 5 + 2 + 6);
    ck_assert_int_eq(mtls_session_record_parse(&back, data), APR_SUCCESS);
    ck_assert_int_eq(back.proven_at, apr_time_from_sec(1790000000));
    ck_assert_mem_eq(back.scope, record.scope, sizeof record.scope);
    ck_assert_mem_eq(back.leaf_sha256, record.leaf_sha256, sizeof record.leaf_sha256);
    ck_assert_int_eq(back.other_count, 2);
    ck_assert(mtls_bytes_equal(back.others[0], record.others[0]));
    ck_assert(mtls_bytes_equal(back.others[1], record.others[1]));
    ck_assert(back.others[0].data > data.data && back.others[0].data < data.data + data.len);
}
END_TEST

START_TEST(no_others)
{
    mtls_session_record_t record = sample();
    mtls_session_record_t back;

    record.other_count = 0;
    ck_assert_uint_eq(written(&record).len, HEAD_LEN);
    ck_assert_int_eq(mtls_session_record_parse(&back, written(&record)), APR_SUCCESS);
    ck_assert_int_eq(back.other_count, 0);
}
END_TEST

START_TEST(every_prefix_is_refused)
{
    mtls_session_record_t record = sample();
    mtls_bytes_t data = written(&record);

    while (data.len-- > 0) {
        assert_refused(data);
    }
}
END_TEST

START_TEST(trailing_octet_is_refused)
{
    mtls_session_record_t record = sample();
    mtls_bytes_t data = written(&record);
    unsigned char *longer = apr_pcalloc(pool, data.len + 1);

    memcpy(longer, data.data, data.len);
    data.data = longer;
    data.len++;
    assert_refused(data);
}
END_TEST

static const struct {
    int at;
    unsigned char value;
} damages[] = {
    {0, 'm'},          {3, 'T'},          {VERSION_AT, 0},   {VERSION_AT, 2},   {TIME_AT, 0x80},
    {TIME_AT, 0x01},   {COUNT_AT, 0},     {COUNT_AT, 1},     {COUNT_AT, 3},     {COUNT_AT, 17},
    {COUNT_AT, 0xff},  {HEAD_LEN, 0x01},  {HEAD_LEN + 1, 4}, {HEAD_LEN + 1, 0}, {HEAD_LEN + 1, 6},
    {HEAD_LEN + 8, 5}, {HEAD_LEN + 8, 7},
};

START_TEST(damage_is_refused)
{
    mtls_session_record_t record = sample();
    mtls_bytes_t data = written(&record);

    ((unsigned char *)data.data)[damages[_i].at] = damages[_i].value;
    assert_refused(data);
}
END_TEST

START_TEST(empty_certificate_is_refused)
{
    mtls_session_record_t record = sample();
    mtls_bytes_t data;

    record.other_count = 1;
    record.others[0].len = 1;
    data = written(&record);
    ((unsigned char *)data.data)[HEAD_LEN + 1] = 0;
    data.len--;
    assert_refused(data);
}
END_TEST

START_TEST(F_39_limits_of_writing)
{
    static const unsigned char big[MTLS_SESSION_RECORD_MAX + 1];
    mtls_session_record_t record = sample();
    mtls_session_record_t back;
    mtls_bytes_t out;

    record.other_count = 1;
    record.others[0].data = big;
    record.others[0].len = MTLS_SESSION_RECORD_MAX - HEAD_LEN - 2;
    ck_assert_uint_eq(written(&record).len, MTLS_SESSION_RECORD_MAX);
    ck_assert_int_eq(mtls_session_record_parse(&back, written(&record)), APR_SUCCESS);
    record.others[0].len++;
    ck_assert_int_eq(mtls_session_record_write(&out, &record, pool), APR_ENOSPC);
    ck_assert_uint_eq(out.len, 0);
    ck_assert_ptr_null(out.data);
    record.others[0].len = (apr_size_t)-1;
    ck_assert_int_eq(mtls_session_record_write(&out, &record, pool), APR_ENOSPC);
    record.others[0].len = 0;
    ck_assert_int_eq(mtls_session_record_write(&out, &record, pool), APR_ENOSPC);
    record = sample();
    record.other_count = MTLS_SESSION_RECORD_MAX_CERTS + 1;
    ck_assert_int_eq(mtls_session_record_write(&out, &record, pool), APR_ENOSPC);
    record.other_count = -1;
    ck_assert_int_eq(mtls_session_record_write(&out, &record, pool), APR_ENOSPC);
    record = sample();
    record.proven_at = -1;
    ck_assert_int_eq(mtls_session_record_write(&out, &record, pool), APR_ENOSPC);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("session_record");

    tcase_add_test(tcase, comes_back_as_written);
    tcase_add_test(tcase, no_others);
    tcase_add_test(tcase, every_prefix_is_refused);
    tcase_add_test(tcase, trailing_octet_is_refused);
    tcase_add_loop_test(tcase, damage_is_refused, 0, COUNT_OF(damages));
    tcase_add_test(tcase, empty_certificate_is_refused);
    tcase_add_test(tcase, F_39_limits_of_writing);
    return run_case("session_record", tcase);
}
