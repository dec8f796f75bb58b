/*
 * t/unit/test_text.c - printed names and values.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>
#include <apr_strings.h>
#include <check.h>
#include <stdlib.h>

#include "mtls/cert/text.h"
#include "run.h"

#define B(literal)                                                                                 \
    {                                                                                              \
        (const unsigned char *)(literal), sizeof(literal) - 1                                      \
    }

static mtls_bytes_t bytes_of(const char *string)
{
    mtls_bytes_t bytes = {(const unsigned char *)string, strlen(string)};

    return bytes;
}

static mtls_attr_t attr_of(const char *oid, const char *short_name, mtls_bytes_t text)
{
    static const mtls_bytes_t der = B("\x0c\x01\xab");
    mtls_attr_t attr = {oid, short_name, 12, text, der};

    return attr;
}

/* What a common name of this text alone is written as. */
static const char *written(mtls_bytes_t text, apr_size_t max)
{
    mtls_attr_t attr = attr_of("2.5.4.3", "CN", text);
    mtls_rdn_t rdn = {&attr, 1};
    mtls_name_t name = {&rdn, 1, {NULL, 0}, true};

    return mtls_name_write(&name, max, pool);
}

static const struct {
    mtls_bytes_t text;
    const char *written;
} escapes[] = {
    {B("alice"), "CN=alice"},
    {B("J\xc3\xbcrgen \xe2\x82\xac"), "CN=J\xc3\xbcrgen \xe2\x82\xac"},
    {B("a,b+c\"d;e<f>g\\h"), "CN=a\\,b\\+c\\\"d\\;e\\<f\\>g\\\\h"},
    {B("a=b/c"), "CN=a=b/c"},
    {B("#a#"), "CN=\\#a#"},
    {B(" a b "), "CN=\\ a b\\ "},
    {B(" "), "CN=\\ "},
    {B("  "), "CN=\\ \\ "},
    {B("bob,CN=admin"), "CN=bob\\,CN=admin"},
    /* T_N01: an identity has none of these, but a printer trusts nobody */
    {B("a\0b"), "CN=a\\00b"},
    {B("a\r\nb\x7f"), "CN=a\\0D\\0Ab\\7F"},
    {B("a\xc2\x85"), "CN=a\\C2\\85"},
    {B("a\xff"
       "b"),
     "CN=a\\FFb"},
    {B("a\xe2\x82"), "CN=a\\E2\\82"},
    {B(""), "CN=#0C01AB"},
};

START_TEST(T_N01_T_N03_escapes)
{
    ck_assert_str_eq(written(escapes[_i].text, 1000), escapes[_i].written);
}
END_TEST

START_TEST(order_and_types)
{
    mtls_attr_t attrs[] = {attr_of("2.5.4.6", "C", bytes_of("DE")),
                           attr_of("1.2.840.113549.1.9.1", NULL, bytes_of("a@b")),
                           attr_of("2.5.4.3", "CN", bytes_of("A")),
                           attr_of("2.5.4.11", "OU", bytes_of("B"))};
    mtls_rdn_t rdns[] = {{&attrs[0], 1}, {&attrs[1], 1}, {&attrs[2], 2}};
    mtls_name_t name = {rdns, 3, {NULL, 0}, true};
    mtls_name_t empty = {NULL, 0, {NULL, 0}, true};
    mtls_name_t unusable = {NULL, 0, bytes_of("\x30\x01"), false};

    ck_assert_str_eq(mtls_name_write(&name, 1000, pool),
                     "CN=A+OU=B,1.2.840.113549.1.9.1=#0C01AB,C=DE");
    ck_assert_str_eq(mtls_name_write(&empty, 1000, pool), "");
    ck_assert_str_eq(mtls_name_write(&unusable, 1000, pool), "#3001");
}
END_TEST

/* Every limit there is, against a line whose units are of every kind. */
START_TEST(T_N05_cut_never_splits_a_unit)
{
    static const mtls_bytes_t text =
        B("ab,\xc3\xbc\x01\xe2\x82\xac\xf0\x9f\x98\x80z\"\"\xc3\xbc\x7f,,");
    const char *whole = written(text, 1000);
    apr_size_t max;

    for (max = 16; max < strlen(whole); max++) {
        const char *cut = written(text, max);
        apr_size_t len = strlen(cut);
        unsigned char next;

        ck_assert_uint_le(len, max);
        ck_assert_uint_ge(len, max - 4);
        ck_assert_str_eq(cut + len - 3, "...");
        ck_assert_int_eq(strncmp(cut, whole, len - 3), 0);
        next = (unsigned char)whole[len - 3];
        ck_assert_int_ne(next & 0xc0, 0x80);
        ck_assert(cut[len - 4] != '\\');
        ck_assert(!(cut[len - 5] == '\\' && strchr("07", cut[len - 4]) != NULL));
    }
    ck_assert_str_eq(written(text, max), whole);
}
END_TEST

START_TEST(hex)
{
    ck_assert_str_eq(mtls_hex_write((mtls_bytes_t)B("\x00\x9a\xff"), pool), "009AFF");
    ck_assert_str_eq(mtls_hex_write((mtls_bytes_t){NULL, 0}, pool), "");
}
END_TEST

START_TEST(serial)
{
    mtls_identity_t identity = {.serial = B("\x0a\xbc")};

    ck_assert_str_eq(mtls_serial_write(&identity, pool), "0ABC");
    identity.serial_negative = true;
    ck_assert_str_eq(mtls_serial_write(&identity, pool), "-0ABC");
}
END_TEST

START_TEST(times)
{
    ck_assert_str_eq(mtls_time_write(0, pool), "1970-01-01T00:00:00Z");
    ck_assert_str_eq(mtls_time_write(apr_time_from_sec(1795255200) + 999999, pool),
                     "2026-11-21T10:00:00Z");
    ck_assert_str_eq(mtls_time_write(apr_time_from_sec(-1), pool), "1969-12-31T23:59:59Z");
    ck_assert_str_eq(mtls_time_write(apr_time_from_sec(APR_INT64_C(253402300799)), pool),
                     "9999-12-31T23:59:59Z");
}
END_TEST

START_TEST(alternative_names)
{
    static unsigned char long_raw[5000];
    mtls_attr_t attr = attr_of("2.5.4.3", "CN", bytes_of("a,b"));
    mtls_rdn_t rdn = {&attr, 1};
    mtls_name_t name = {&rdn, 1, {NULL, 0}, true};
    mtls_san_t dns = {MTLS_SAN_DNS, NULL, bytes_of("a.example"), bytes_of("a.example"), NULL};
    mtls_san_t dirname = {MTLS_SAN_DIRNAME, NULL, {NULL, 0}, bytes_of("x"), &name};
    mtls_san_t unclean = {MTLS_SAN_DNS, NULL, {NULL, 0}, B("a\0b"), NULL};
    mtls_san_t longest = {MTLS_SAN_OTHER, "1.2", {NULL, 0}, {long_raw, sizeof long_raw}, NULL};
    mtls_san_t other = {MTLS_SAN_OTHER, "1.2.3", {NULL, 0}, B("\x0c\x01x"), NULL};
    const char *cut;

    ck_assert_str_eq(mtls_san_write(&other, pool), "1.2.3=#0C0178");
    ck_assert_str_eq(mtls_san_write(&dns, pool), "a.example");
    ck_assert_str_eq(mtls_san_write(&dirname, pool), "CN=a\\,b");
    ck_assert_str_eq(mtls_san_write(&unclean, pool), "#610062");
    cut = mtls_san_write(&longest, pool);
    ck_assert_uint_le(strlen(cut), MTLS_TEXT_MAX_SAN);
    ck_assert_str_eq(cut + strlen(cut) - 5, "00...");
}
END_TEST

START_TEST(T_N02_type_words_differ)
{
    int i, j;

    for (i = 0; i < MTLS_SAN_TYPES; i++) {
        for (j = 0; j < i; j++) {
            ck_assert_str_ne(mtls_san_type_word((mtls_san_type_t)i),
                             mtls_san_type_word((mtls_san_type_t)j));
        }
    }
    ck_assert_str_eq(mtls_san_type_word(MTLS_SAN_UPN), "upn");
    ck_assert_str_eq(mtls_san_type_word(MTLS_SAN_DNS), "dns");
    ck_assert_str_eq(mtls_san_type_word(MTLS_SAN_EMAIL), "email");
}
END_TEST

#define PEM(body) "-----BEGIN CERTIFICATE-----\n" body "-----END CERTIFICATE-----\n"

START_TEST(pem)
{
    static const unsigned char zeros[49];

    ck_assert_str_eq(mtls_pem_write((mtls_bytes_t)B("abc"), pool), PEM("YWJj\n"));
    ck_assert_str_eq(mtls_pem_write((mtls_bytes_t)B("ab"), pool), PEM("YWI=\n"));
    ck_assert_str_eq(mtls_pem_write((mtls_bytes_t){zeros, 48}, pool),
                     PEM("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"));
    ck_assert_str_eq(
        mtls_pem_write((mtls_bytes_t){zeros, 49}, pool),
        PEM("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nAA==\n"));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("text");

    tcase_add_loop_test(tcase, T_N01_T_N03_escapes, 0, COUNT_OF(escapes));
    tcase_add_test(tcase, order_and_types);
    tcase_add_test(tcase, T_N05_cut_never_splits_a_unit);
    tcase_add_test(tcase, hex);
    tcase_add_test(tcase, serial);
    tcase_add_test(tcase, times);
    tcase_add_test(tcase, alternative_names);
    tcase_add_test(tcase, T_N02_type_words_differ);
    tcase_add_test(tcase, pem);
    return run_case("text", tcase);
}
