/*
 * t/unit/test_ticket_record.c - the certificate behind a ticket: written, read back, and damaged
 * (S-04).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <check.h>
#include <stdlib.h>

#include "mtls/cert/ticket_record.h"
#include "run.h"

#define B(literal)                                                                                 \
    {                                                                                              \
        (const unsigned char *)(literal), sizeof(literal) - 1                                      \
    }

enum { VERSION_AT = 4, TIME_AT = 5, COUNT_AT = 13, HEAD_LEN = 14 };

static mtls_ticket_record_t sample(void)
{
    return (mtls_ticket_record_t){.proven_at = apr_time_from_sec(1790000000),
                                  .certs = {B("leaf"), B("issuer")},
                                  .cert_count = 2};
}

static mtls_bytes_t written(const mtls_ticket_record_t *record)
{
    mtls_bytes_t out;

    ck_assert_int_eq(mtls_ticket_record_write(&out, record, pool), APR_SUCCESS);
    return out;
}

static void assert_not_written(const mtls_ticket_record_t *record)
{
    mtls_bytes_t out = B("left from before");

    ck_assert_int_eq(mtls_ticket_record_write(&out, record, pool), APR_ENOSPC);
    ck_assert_uint_eq(out.len, 0);
    ck_assert_ptr_null(out.data);
}

/* Parse a copy that is exactly as large as the data, so that a read beyond shows under a checker.
 * @return whether it was taken; then it is written back as it was */
static bool is_taken(mtls_bytes_t data)
{
    mtls_ticket_record_t record;
    unsigned char *copy = malloc(data.len != 0 ? data.len : 1);
    apr_status_t status;
    int i;

    if (data.len != 0)
        memcpy(copy, data.data, data.len);
    memset(&record, 0xaa, sizeof record);
    status = mtls_ticket_record_parse(&record, (mtls_bytes_t){copy, data.len});
    if (status == APR_SUCCESS) {
        ck_assert(mtls_bytes_equal(written(&record), data));
    } else {
        ck_assert_int_eq(status, APR_EINVAL);
        ck_assert_int_eq(record.proven_at, 0);
        ck_assert_int_eq(record.cert_count, 0);
        for (i = 0; i < MTLS_TICKET_RECORD_MAX_CERTS; i++) {
            ck_assert_ptr_null(record.certs[i].data);
            ck_assert_uint_eq(record.certs[i].len, 0);
        }
    }
    free(copy);
    return status == APR_SUCCESS;
}

START_TEST(comes_back_as_written)
{
    static const unsigned char octets[] = {'M',  'T',  'L',  'T', 1,   0,   0,   0,   0,   0x6a,
                                           0xb1, 0x3b, 0x80, 2,   0,   4,   'l', 'e', 'a', 'f',
                                           0,    6,    'i',  's', 's', 'u', 'e', 'r'};
    mtls_ticket_record_t record = sample();
    mtls_ticket_record_t back;
    mtls_bytes_t data;

    record.proven_at += 999999;
    data = written(&record);
    ck_assert_uint_eq(data.len, sizeof octets);
    ck_assert_mem_eq(data.data, octets, sizeof octets);
    ck_assert_int_eq(mtls_ticket_record_parse(&back, data), APR_SUCCESS);
    ck_assert_int_eq(back.proven_at, apr_time_from_sec(1790000000));
    ck_assert_int_eq(back.cert_count, 2);
    ck_assert(mtls_bytes_equal(back.certs[0], record.certs[0]));
    ck_assert(mtls_bytes_equal(back.certs[1], record.certs[1]));
    ck_assert(back.certs[0].data > data.data && back.certs[0].data < data.data + data.len);
}
END_TEST

START_TEST(as_many_as_there_may_be)
{
    mtls_ticket_record_t record = sample();
    mtls_ticket_record_t back;
    int i;

    for (i = 0; i < MTLS_TICKET_RECORD_MAX_CERTS; i++)
        record.certs[i] = (mtls_bytes_t)B("cert");
    for (i = 1; i <= MTLS_TICKET_RECORD_MAX_CERTS; i++) {
        record.cert_count = i;
        ck_assert_int_eq(mtls_ticket_record_parse(&back, written(&record)), APR_SUCCESS);
        ck_assert_int_eq(back.cert_count, i);
    }
}
END_TEST

START_TEST(every_prefix_is_refused)
{
    mtls_ticket_record_t record = sample();
    mtls_bytes_t data = written(&record);

    ck_assert(is_taken(data));
    while (data.len-- > 0)
        ck_assert(!is_taken(data));
    ck_assert(!is_taken((mtls_bytes_t){0}));
}
END_TEST

START_TEST(trailing_octet_is_refused)
{
    mtls_ticket_record_t record = sample();
    mtls_bytes_t data = written(&record);
    unsigned char *longer = apr_pcalloc(pool, data.len + 1);

    memcpy(longer, data.data, data.len);
    ck_assert(!is_taken((mtls_bytes_t){longer, data.len + 1}));
}
END_TEST

/* Every octet, with every value: refused, or another record that is written back as it was read. */
START_TEST(every_octet_counts)
{
    mtls_ticket_record_t record = sample();
    mtls_bytes_t data = written(&record);
    unsigned char *octets = apr_pmemdup(pool, data.data, data.len);
    apr_size_t at;
    int value;

    for (at = 0; at < data.len; at++) {
        for (value = 0; value < 256; value++) {
            octets[at] = (unsigned char)value;
            if (is_taken((mtls_bytes_t){octets, data.len}))
                ck_assert(octets[at] == data.data[at] || (at >= TIME_AT && at < COUNT_AT) ||
                          at >= HEAD_LEN);
        }
        octets[at] = data.data[at];
    }
}
END_TEST

static const struct {
    int at;
    unsigned char value;
} damages[] = {
    {0, 'm'},          {3, 'S'},          {VERSION_AT, 0},   {VERSION_AT, 2},   {TIME_AT, 0x80},
    {TIME_AT, 0x01},   {COUNT_AT, 0},     {COUNT_AT, 1},     {COUNT_AT, 3},     {COUNT_AT, 17},
    {COUNT_AT, 0xff},  {HEAD_LEN, 0x01},  {HEAD_LEN + 1, 3}, {HEAD_LEN + 1, 0}, {HEAD_LEN + 1, 5},
    {HEAD_LEN + 7, 5}, {HEAD_LEN + 7, 7},
};

START_TEST(damage_is_refused)
{
    mtls_ticket_record_t record = sample();
    mtls_bytes_t data = written(&record);

    ((unsigned char *)data.data)[damages[_i].at] = damages[_i].value;
    ck_assert(!is_taken(data));
}
END_TEST

/* Put together by hand: the writer writes none of these. */
START_TEST(what_is_never_written_is_refused)
{
    static const unsigned char head[] = {'M', 'T', 'L', 'T', 1, 0, 0, 0, 0, 0, 0, 0, 1, 0};
    static const unsigned char with_empty[] = {'M', 'T', 'L', 'T', 1, 0, 0,   0, 0, 0,
                                               0,   0,   1,   2,   0, 1, 'x', 0, 0};
    enum { CERT_LEN = 3, MANY = MTLS_TICKET_RECORD_MAX_CERTS + 1 };
    unsigned char many[HEAD_LEN + MANY * CERT_LEN] = {0};
    int i;

    ck_assert(!is_taken((mtls_bytes_t){head, sizeof head}));
    ck_assert(!is_taken((mtls_bytes_t){with_empty, sizeof with_empty}));
    memcpy(many, head, sizeof head);
    for (i = 0; i < MANY; i++)
        many[HEAD_LEN + i * CERT_LEN + 1] = 1;
    many[COUNT_AT] = MANY - 1;
    ck_assert(is_taken((mtls_bytes_t){many, sizeof many - CERT_LEN}));
    many[COUNT_AT] = MANY;
    ck_assert(!is_taken((mtls_bytes_t){many, sizeof many}));
}
END_TEST

START_TEST(F_39_limits)
{
    static const unsigned char big[MTLS_TICKET_RECORD_MAX + 1];
    mtls_ticket_record_t record = sample();
    mtls_bytes_t data;
    unsigned char *longer;

    record.cert_count = 1;
    record.certs[0] = (mtls_bytes_t){big, MTLS_TICKET_RECORD_MAX - HEAD_LEN - 2};
    data = written(&record);
    ck_assert_uint_eq(data.len, MTLS_TICKET_RECORD_MAX);
    ck_assert(is_taken(data));
    longer = apr_pcalloc(pool, data.len + 1);
    memcpy(longer, data.data, data.len);
    longer[HEAD_LEN + 1]++; /* the length says so too: only the limit is against it */
    ck_assert(!is_taken((mtls_bytes_t){longer, data.len + 1}));
    record.certs[0].len++;
    assert_not_written(&record);
    record.certs[0].len = (apr_size_t)-1;
    assert_not_written(&record);
    record.certs[0].len = 0;
    assert_not_written(&record);
}
END_TEST

START_TEST(counts_and_times_out_of_range)
{
    mtls_ticket_record_t record = sample();

    record.cert_count = 0;
    assert_not_written(&record);
    record.cert_count = -1;
    assert_not_written(&record);
    record.cert_count = MTLS_TICKET_RECORD_MAX_CERTS + 1;
    assert_not_written(&record);
    record = sample();
    record.certs[1].len = 0;
    assert_not_written(&record);
    record = sample();
    record.proven_at = -1;
    assert_not_written(&record);
    record.proven_at = APR_INT64_MAX;
    ck_assert(is_taken(written(&record)));
    record.proven_at = 0;
    ck_assert(is_taken(written(&record)));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("ticket_record");

    tcase_add_test(tcase, comes_back_as_written);
    tcase_add_test(tcase, as_many_as_there_may_be);
    tcase_add_test(tcase, every_prefix_is_refused);
    tcase_add_test(tcase, trailing_octet_is_refused);
    tcase_add_test(tcase, every_octet_counts);
    tcase_add_loop_test(tcase, damage_is_refused, 0, COUNT_OF(damages));
    tcase_add_test(tcase, what_is_never_written_is_refused);
    tcase_add_test(tcase, F_39_limits);
    tcase_add_test(tcase, counts_and_times_out_of_range);
    return run_case("ticket_record", tcase);
}
