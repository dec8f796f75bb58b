/*
 * t/unit/test_san_read.c - alternative names, through mtls_identity_read().
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>
#include <apr_strings.h>
#include <check.h>
#include <stdlib.h>

#include "cert_fixture.h"
#include "run.h"
#include "mtls/cert/identity_read.h"

#define B(literal)                                                                                 \
    {                                                                                              \
        (const unsigned char *)(literal), sizeof(literal) - 1                                      \
    }

static const mtls_identity_t *read_fixture(const cert_fixture_t *fixture)
{
    mtls_bytes_t der = fixture_write(fixture, pool);
    const mtls_identity_t *identity;
    X509 *cert = fixture_decode(der, pool);

    ck_assert_ptr_nonnull(cert);
    ck_assert_int_eq(mtls_identity_read(&identity, cert, der, NULL, pool), APR_SUCCESS);
    return identity;
}

static const mtls_identity_t *read_sans(mtls_bytes_t sans)
{
    cert_fixture_t fixture = fixture_with_sans(pool, sans);

    return read_fixture(&fixture);
}

static void assert_none(const mtls_identity_t *identity, bool complete)
{
    ck_assert(identity->sans_complete == complete);
    ck_assert_uint_eq(identity->san_count, 0);
    ck_assert_ptr_null(identity->sans);
}

static void assert_bytes(mtls_bytes_t got, mtls_bytes_t want)
{
    ck_assert_uint_eq(got.len, want.len);
    if (want.len != 0) {
        ck_assert_mem_eq(got.data, want.data, want.len);
    }
}

/* One GeneralName and what it must be. */
static const struct {
    unsigned char tag;
    mtls_bytes_t content;
    mtls_san_type_t type;
    mtls_bytes_t text;
} names[] = {
    {0x81, B("alice@example.org"), MTLS_SAN_EMAIL, B("alice@example.org")},
    {0x82, B("host.example.org"), MTLS_SAN_DNS, B("host.example.org")},
    {0x86, B("spiffe://example.org/web"), MTLS_SAN_URI, B("spiffe://example.org/web")},
    {0x87, B("\xc0\x00\x02\x01"), MTLS_SAN_IP, B("192.0.2.1")},
    {0x87, B("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"), MTLS_SAN_IP, B("2001:db8::1")},
    {0x87, B("\xc0\x00\x02\x00\xff\xff\xff\x00"), MTLS_SAN_IP, B("")},
    {0x87, B(""), MTLS_SAN_IP, B("")},
    {0x88, B("\x2a\x03\x04"), MTLS_SAN_RID, B("1.2.3.4")},
    /* T_N02: an address in the wrong type stays in that type */
    {0x82, B("alice@example.org"), MTLS_SAN_DNS, B("alice@example.org")},
    {0x86, B("host.example.org"), MTLS_SAN_URI, B("host.example.org")},
    /* T_N03: separators are text */
    {0x82, B("a, DNS:admin.example.org"), MTLS_SAN_DNS, B("a, DNS:admin.example.org")},
    {0x86, B("u\", DNS:\"admin"), MTLS_SAN_URI, B("u\", DNS:\"admin")},
    /* T_N01 */
    {0x82, B("good.example.org\0.evil.test"), MTLS_SAN_DNS, B("")},
    {0x82, B("a\nDNS:b"), MTLS_SAN_DNS, B("")},
    {0x82, B("a\x7f"), MTLS_SAN_DNS, B("")},
    {0x81, B("alice@example.org\0"), MTLS_SAN_EMAIL, B("")},
    {0x81, B("a\r\n@b"), MTLS_SAN_EMAIL, B("")},
    {0x86, B("https://a\0b"), MTLS_SAN_URI, B("")},
    /* IA5String is ASCII */
    {0x81, B("J\xc3\xbcrgen@example.org"), MTLS_SAN_EMAIL, B("")},
    {0x82, B(""), MTLS_SAN_DNS, B("")},
};

START_TEST(T_N01_T_N02_T_N03_each_type)
{
    const mtls_identity_t *identity =
        read_sans(fixture_tlv(pool, names[_i].tag, names[_i].content));
    const mtls_san_t *san = identity->sans;

    ck_assert(identity->sans_complete);
    ck_assert_uint_eq(identity->san_count, 1);
    ck_assert_int_eq(san->type, names[_i].type);
    assert_bytes(san->text, names[_i].text);
    assert_bytes(san->raw, names[_i].content);
    if (san->text.len != 0) {
        ck_assert_int_eq(san->text.data[san->text.len], '\0');
    }
    ck_assert(san->type == MTLS_SAN_RID || san->oid == NULL);
    ck_assert_ptr_null(san->name);
}
END_TEST

static const struct {
    unsigned char tag;
    mtls_bytes_t value;
    mtls_san_type_t type;
    mtls_bytes_t text;
} upns[] = {
    {0x0c, B("alice@corp.example"), MTLS_SAN_UPN, B("alice@corp.example")},
    {0x0c, B("J\xc3\xbcrgen@corp.example"), MTLS_SAN_UPN, B("J\xc3\xbcrgen@corp.example")},
    {0x0c, B("alice@corp.example\0.evil"), MTLS_SAN_UPN, B("")},
    {0x0c, B("\xc0\x80"), MTLS_SAN_UPN, B("")},
    {0x16, B("alice@corp.example"), MTLS_SAN_OTHER, B("")},
    {0x1e, B("\0a"), MTLS_SAN_OTHER, B("")},
};

START_TEST(T_N01_T_N02_user_principal_name)
{
    mtls_bytes_t value = fixture_tlv(pool, upns[_i].tag, upns[_i].value);
    const mtls_identity_t *identity = read_sans(fixture_other_name(pool, OID_UPN, value));

    ck_assert_uint_eq(identity->san_count, 1);
    ck_assert_int_eq(identity->sans[0].type, upns[_i].type);
    ck_assert_str_eq(identity->sans[0].oid, "1.3.6.1.4.1.311.20.2.3");
    assert_bytes(identity->sans[0].text, upns[_i].text);
    assert_bytes(identity->sans[0].raw, value);
}
END_TEST

START_TEST(other_types_and_their_order)
{
    mtls_bytes_t name = fixture_name(pool, 0x0c, LIT("inner"));
    mtls_bytes_t x400 = LIT("\xa3\x02\x30\x00");
    mtls_bytes_t edi = LIT("\xa5\x05\xa1\x03\x0c\x01p");
    mtls_bytes_t other = fixture_tlv(pool, 0x0c, LIT("x"));
    const mtls_identity_t *identity =
        read_sans(fixture_join(pool, 5, x400, fixture_tlv(pool, 0xa4, name), edi,
                               fixture_other_name(pool, LIT("\x2a\x03"), other),
                               LIT("\x82\x01"
                                   "d")));
    const mtls_san_t *san = identity->sans;

    ck_assert_uint_eq(identity->san_count, 5);
    ck_assert_int_eq(san[0].type, MTLS_SAN_X400);
    assert_bytes(san[0].raw, x400);
    ck_assert_int_eq(san[1].type, MTLS_SAN_DIRNAME);
    assert_bytes(san[1].raw, name);
    assert_bytes(san[1].name->rdns[0].attrs[0].text, LIT("inner"));
    ck_assert_uint_eq(san[1].text.len, 0);
    ck_assert_int_eq(san[2].type, MTLS_SAN_EDIPARTY);
    assert_bytes(san[2].raw, edi);
    ck_assert_int_eq(san[3].type, MTLS_SAN_OTHER);
    ck_assert_str_eq(san[3].oid, "1.2.3");
    assert_bytes(san[3].raw, other);
    ck_assert_int_eq(san[4].type, MTLS_SAN_DNS);
}
END_TEST

/* A good name first, so that reading half the list would show. */
#define GOOD                                                                                       \
    "\x82\x01"                                                                                     \
    "g"
static const mtls_bytes_t broken[] = {
    B(GOOD "\x89\x01x"),                                      /* no such GeneralName */
    B(GOOD "\xa2\x03\x16\x01x"),                              /* constructed DNS name */
    B(GOOD "\x82\x05x"),                                      /* longer than there is */
    B(GOOD "\x82\x02x"),                                      /* by one */
    B(GOOD "\x82\x81\x01x"),                                  /* length not in the fewest octets */
    B(GOOD "\x82\x84\x00\x00\x00\x01x"),                      /* the same */
    B(GOOD "\x82\x80x\x00\x00"),                              /* indefinite length */
    B(GOOD "\x82"),                                           /* no length */
    B(GOOD "\x9f\x02\x01x"),                                  /* high tag number */
    B(GOOD "\x88\x02\x2a\x80"),                               /* unfinished OID */
    B(GOOD "\xa0\x03\x06\x01\x2a"),                           /* otherName without value */
    B(GOOD "\xa0\x07\x06\x01\x2a\xa0\x02\x0c\x01"),           /* otherName value cut */
    B(GOOD "\xa0\x0b\x06\x01\x2a\xa0\x06\x0c\x01x\x0c\x01y"), /* otherName with two values */
    B(GOOD "\xa4\x02\x31\x00"),                               /* directoryName that is no Name */
    B(GOOD "\xa4\x04\x30\x02\x31\x00"),                       /* empty RDN */
    B(GOOD "\xa4\x00"),
};

START_TEST(broken_lists_are_not_half_read)
{
    assert_none(read_sans(broken[_i]), false);
}
END_TEST

START_TEST(broken_extension_value)
{
    cert_fixture_t fixture = fixture_make(pool);

    fixture.extensions = fixture_extension(pool, EXT_SAN, LIT("\x30\x03\x82\x01x\x00"));
    assert_none(read_fixture(&fixture), false);
    fixture.extensions = fixture_extension(pool, EXT_SAN, LIT("\x31\x03\x82\x01x"));
    assert_none(read_fixture(&fixture), false);
    fixture.extensions = fixture_extension(pool, EXT_SAN, LIT(""));
    assert_none(read_fixture(&fixture), false);
}
END_TEST

START_TEST(extension_twice)
{
    cert_fixture_t fixture = fixture_with_sans(pool, LIT(GOOD));

    fixture.extensions = fixture_join(pool, 2, fixture.extensions, fixture.extensions);
    assert_none(read_fixture(&fixture), false);
}
END_TEST

START_TEST(none_and_empty_are_complete)
{
    cert_fixture_t fixture = fixture_make(pool);
    const mtls_identity_t *identity;

    fixture.extensions.len = 0;
    assert_none(read_fixture(&fixture), true);
    identity = read_sans(LIT(""));
    ck_assert(identity->sans_complete);
    ck_assert_uint_eq(identity->san_count, 0);
}
END_TEST

static mtls_bytes_t many(int count)
{
    mtls_bytes_t list = {NULL, 0};

    while (count-- > 0) {
        list = fixture_join(pool, 2, list, LIT(GOOD));
    }
    return list;
}

START_TEST(T_D06_number_of_names)
{
    const mtls_identity_t *most = read_sans(many(MTLS_IDENTITY_MAX_SANS));

    ck_assert(most->sans_complete);
    ck_assert_uint_eq(most->san_count, MTLS_IDENTITY_MAX_SANS);
    assert_none(read_sans(many(MTLS_IDENTITY_MAX_SANS + 1)), false);
}
END_TEST

START_TEST(T_N05_T_D06_lengths)
{
    const mtls_identity_t *identity =
        read_sans(fixture_join(pool, 3, fixture_tlv(pool, 0x82, fixture_fill(pool, 'a', 4096)),
                               fixture_tlv(pool, 0x82, fixture_fill(pool, 'a', 4097)),
                               fixture_tlv(pool, 0x86, fixture_fill(pool, 'a', 65536))));
    mtls_bytes_t huge = fixture_join(pool, 2, fixture_fill(pool, 0xff, 10240), LIT("\x7f"));

    ck_assert_uint_eq(identity->san_count, 3);
    ck_assert_uint_eq(identity->sans[0].text.len, 4096);
    ck_assert_uint_eq(identity->sans[1].text.len, 0);
    ck_assert_uint_eq(identity->sans[1].raw.len, 4097);
    ck_assert_uint_eq(identity->sans[2].text.len, 0);
    assert_none(read_sans(fixture_tlv(pool, 0x88, huge)), false);
    assert_none(read_sans(fixture_other_name(pool, huge, LIT("\x05\x00"))), false);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("san_read");

    tcase_add_loop_test(tcase, T_N01_T_N02_T_N03_each_type, 0, COUNT_OF(names));
    tcase_add_loop_test(tcase, T_N01_T_N02_user_principal_name, 0, COUNT_OF(upns));
    tcase_add_test(tcase, other_types_and_their_order);
    tcase_add_loop_test(tcase, broken_lists_are_not_half_read, 0, COUNT_OF(broken));
    tcase_add_test(tcase, broken_extension_value);
    tcase_add_test(tcase, extension_twice);
    tcase_add_test(tcase, none_and_empty_are_complete);
    tcase_add_test(tcase, T_D06_number_of_names);
    tcase_add_test(tcase, T_N05_T_D06_lengths);
    return run_case("san_read", tcase);
}
