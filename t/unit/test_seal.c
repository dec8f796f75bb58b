/* Values for a store that nobody trusts (F-27, F-28, T-S05). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/seal.h"

#include <apr_strings.h>

#include "run.h"

#define NOW apr_time_from_sec(1700000000)

static const unsigned char id[MTLS_SHA256_LEN] = "one id of thirty-two octets.....";
static const unsigned char other_id[MTLS_SHA256_LEN] = "one id of thirty-two octets....!";

static mtls_keys_t keys_of(const unsigned char *firsts, int count)
{
    mtls_keys_t keys = {.count = count};
    int i;

    for (i = 0; i < count; i++) {
        memset(keys.list[i].octets, firsts[i], MTLS_KEY_LEN);
        ck_assert(mtls_key_identify(&keys.list[i]));
    }
    return keys;
}

static mtls_bytes_t text(const char *words)
{
    return (mtls_bytes_t){(const unsigned char *)words, strlen(words)};
}

static mtls_bytes_t seal(const mtls_keys_t *keys, mtls_bytes_t data, apr_time_t expires)
{
    mtls_sealed_t value = {id, data, expires};
    apr_size_t len = data.len + MTLS_SEAL_OVERHEAD;
    unsigned char *out = apr_palloc(pool, len);

    ck_assert(mtls_seal_write(out, &len, keys, &value));
    ck_assert_uint_eq(len, data.len + MTLS_SEAL_OVERHEAD);
    return (mtls_bytes_t){out, len};
}

static mtls_seal_end_t opened(const mtls_keys_t *keys, mtls_bytes_t sealed, apr_time_t now)
{
    mtls_sealed_t value = {.id = id};
    mtls_seal_end_t end = mtls_seal_read(&value, keys, sealed, now);

    if (end != MTLS_SEAL_GOOD) {
        ck_assert_uint_eq(value.data.len, 0);
        ck_assert_int_eq(value.expires, 0);
    }
    return end;
}

START_TEST(what_is_sealed_is_read)
{
    static const struct {
        const char *octets;
        apr_size_t len;
        apr_time_t expires;
    } rows[] = {{"", 0, NOW + 1},
                {"\0", 1, NOW + apr_time_from_sec(1)},
                {"a record", 8, NOW + apr_time_from_sec(86400) + 123456},
                {"for ever", 8, APR_INT64_MAX}};
    mtls_keys_t keys = keys_of((const unsigned char *)"a", 1);
    int i;

    for (i = 0; i < COUNT_OF(rows); i++) {
        mtls_bytes_t data = {(const unsigned char *)rows[i].octets, rows[i].len};
        mtls_sealed_t value = {.id = id};

        ck_assert_int_eq(mtls_seal_read(&value, &keys, seal(&keys, data, rows[i].expires), NOW),
                         MTLS_SEAL_GOOD);
        ck_assert_int_eq(value.expires, rows[i].expires);
        ck_assert_uint_eq(value.data.len, rows[i].len);
        ck_assert(rows[i].len == 0 || mtls_bytes_equal(value.data, data));
    }
}
END_TEST

/* Servers of a cluster write the same octets, and these are those of every release. */
START_TEST(the_layout_is_fixed)
{
    static const unsigned char head[] = {1,    0x26, 0x57, 0x03, 0x87, 0x69, 0x5f,
                                         0x3e, 0x64, 0x84, 0x74, 0xa1, 0x93};
    static const unsigned char tail[] = {0, 6, 10, 36, 24, 30, 64, 0, 'd', 'a', 't', 'a'};
    mtls_keys_t keys = keys_of((const unsigned char *)"a", 1);
    mtls_bytes_t sealed = seal(&keys, text("data"), NOW);

    ck_assert_mem_eq(sealed.data, head, sizeof(head));
    ck_assert_mem_eq(sealed.data + 41, tail, sizeof(tail));
}
END_TEST

START_TEST(T_S05_any_bit_that_changes_is_noticed)
{
    mtls_keys_t keys = keys_of((const unsigned char *)"ab", 2);
    mtls_bytes_t sealed = seal(&keys, text("a record"), NOW + 1);
    unsigned char *octets = apr_pmemdup(pool, sealed.data, sealed.len);
    apr_size_t bit;

    ck_assert_int_eq(opened(&keys, (mtls_bytes_t){octets, sealed.len}, NOW), MTLS_SEAL_GOOD);
    for (bit = 0; bit < 8 * sealed.len; bit++) {
        octets[bit / 8] ^= (unsigned char)(1u << bit % 8);
        ck_assert_int_eq(opened(&keys, (mtls_bytes_t){octets, sealed.len}, NOW), MTLS_SEAL_REFUSED);
        octets[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
}
END_TEST

START_TEST(T_S05_any_other_length_is_noticed)
{
    mtls_keys_t keys = keys_of((const unsigned char *)"a", 1);
    mtls_bytes_t sealed = seal(&keys, text("a record"), NOW + 1);
    unsigned char *longer = apr_pcalloc(pool, sealed.len + 1);
    apr_size_t len;

    memcpy(longer, sealed.data, sealed.len);
    ck_assert_int_eq(opened(&keys, (mtls_bytes_t){longer, sealed.len + 1}, NOW), MTLS_SEAL_REFUSED);
    for (len = 0; len < sealed.len; len++)
        ck_assert_int_eq(opened(&keys, (mtls_bytes_t){sealed.data, len}, NOW), MTLS_SEAL_REFUSED);
    ck_assert_int_eq(opened(&keys, (mtls_bytes_t){0}, NOW), MTLS_SEAL_REFUSED);
}
END_TEST

START_TEST(F_28_a_value_of_another_id_is_refused)
{
    mtls_keys_t keys = keys_of((const unsigned char *)"a", 1);
    mtls_bytes_t sealed = seal(&keys, text("good"), NOW + 1);
    mtls_sealed_t value = {.id = other_id};

    ck_assert_int_eq(mtls_seal_read(&value, &keys, sealed, NOW), MTLS_SEAL_REFUSED);
    ck_assert_ptr_null(value.data.data);
}
END_TEST

START_TEST(F_28_a_value_that_the_store_brought_back_is_expired)
{
    mtls_keys_t keys = keys_of((const unsigned char *)"a", 1);
    mtls_bytes_t sealed = seal(&keys, text("good"), NOW);

    ck_assert_int_eq(opened(&keys, sealed, NOW - 1), MTLS_SEAL_GOOD);
    ck_assert_int_eq(opened(&keys, sealed, NOW), MTLS_SEAL_EXPIRED);
    ck_assert_int_eq(opened(&keys, sealed, NOW + apr_time_from_sec(1)), MTLS_SEAL_EXPIRED);
}
END_TEST

/* The way to a new key: added at the end, moved to the front, the old one out. */
START_TEST(keys_are_replaced_without_a_gap)
{
    mtls_keys_t old = keys_of((const unsigned char *)"a", 1);
    mtls_keys_t added = keys_of((const unsigned char *)"ab", 2);
    mtls_keys_t moved = keys_of((const unsigned char *)"ba", 2);
    mtls_keys_t new = keys_of((const unsigned char *)"b", 1);
    const mtls_keys_t *steps[] = {&old, &added, &moved, &new};
    int i;

    for (i = 0; i + 1 < COUNT_OF(steps); i++) {
        ck_assert_int_eq(opened(steps[i + 1], seal(steps[i], text("x"), NOW + 1), NOW),
                         MTLS_SEAL_GOOD);
        ck_assert_int_eq(opened(steps[i], seal(steps[i + 1], text("x"), NOW + 1), NOW),
                         MTLS_SEAL_GOOD);
    }
    ck_assert_int_eq(opened(&new, seal(&old, text("x"), NOW + 1), NOW), MTLS_SEAL_REFUSED);
}
END_TEST

/* Two keys of one id: what the id finds is not enough. */
START_TEST(an_id_is_no_key)
{
    mtls_keys_t keys = keys_of((const unsigned char *)"a", 1);
    mtls_keys_t liar = keys_of((const unsigned char *)"b", 1);

    memcpy(liar.list[0].id, keys.list[0].id, MTLS_KEY_ID_LEN);
    ck_assert_int_eq(opened(&keys, seal(&liar, text("x"), NOW + 1), NOW), MTLS_SEAL_REFUSED);
}
END_TEST

START_TEST(without_keys_nothing_is_sealed_or_read)
{
    mtls_keys_t keys = keys_of((const unsigned char *)"a", 1);
    mtls_keys_t none = {.count = 0};
    mtls_sealed_t value = {id, text("x"), NOW + 1};
    unsigned char out[MTLS_SEAL_OVERHEAD + 1];
    apr_size_t len = sizeof(out);

    ck_assert(!mtls_seal_write(out, &len, &none, &value));
    ck_assert_uint_eq(len, 0);
    ck_assert_int_eq(opened(&none, seal(&keys, text("x"), NOW + 1), NOW), MTLS_SEAL_REFUSED);
}
END_TEST

START_TEST(room_is_looked_at)
{
    mtls_keys_t keys = keys_of((const unsigned char *)"a", 1);
    mtls_sealed_t value = {id, text("x"), NOW + 1};
    unsigned char *out = apr_palloc(pool, MTLS_SEAL_OVERHEAD);
    apr_size_t room;

    for (room = 0; room <= MTLS_SEAL_OVERHEAD; room++) {
        apr_size_t len = room;

        ck_assert(!mtls_seal_write(out, &len, &keys, &value));
        ck_assert_uint_eq(len, 0);
    }
    value.expires = -1;
    room = MTLS_SEAL_OVERHEAD + 1;
    ck_assert(!mtls_seal_write(apr_palloc(pool, room), &room, &keys, &value));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("seal");

    tcase_add_test(tcase, what_is_sealed_is_read);
    tcase_add_test(tcase, the_layout_is_fixed);
    tcase_add_test(tcase, T_S05_any_bit_that_changes_is_noticed);
    tcase_add_test(tcase, T_S05_any_other_length_is_noticed);
    tcase_add_test(tcase, F_28_a_value_of_another_id_is_refused);
    tcase_add_test(tcase, F_28_a_value_that_the_store_brought_back_is_expired);
    tcase_add_test(tcase, keys_are_replaced_without_a_gap);
    tcase_add_test(tcase, an_id_is_no_key);
    tcase_add_test(tcase, without_keys_nothing_is_sealed_or_read);
    tcase_add_test(tcase, room_is_looked_at);
    return run_case("seal", tcase);
}
