/*
 * t/unit/test_name_read.c - subject names, through mtls_identity_read().
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>
#include <apr_strings.h>
#include <check.h>
#include <stdlib.h>

#include "cert_fixture.h"
#include "run.h"
#include "mtls/cert/identity_read.h"
#include "mtls/cert/text.h"

static apr_status_t read_subject(const mtls_identity_t **out, mtls_bytes_t subject)
{
    cert_fixture_t fixture = fixture_make(pool);
    mtls_bytes_t der;
    X509 *cert;

    fixture.subject = subject;
    der = fixture_write(&fixture, pool);
    cert = fixture_decode(der, pool);
    ck_assert_ptr_nonnull(cert);
    return mtls_identity_read(out, cert, der, NULL, pool);
}

static const mtls_name_t *subject_of(mtls_bytes_t subject)
{
    const mtls_identity_t *identity;

    ck_assert_int_eq(read_subject(&identity, subject), APR_SUCCESS);
    return &identity->subject;
}

/* The same reader by way of a directoryName, which OpenSSL does not look at before we do: there
 * even names arrive that it refuses in a subject. */
static const mtls_name_t *directory_name_of(mtls_bytes_t name)
{
    cert_fixture_t fixture = fixture_with_sans(pool, fixture_tlv(pool, 0xa4, name));
    mtls_bytes_t der = fixture_write(&fixture, pool);
    const mtls_identity_t *identity;

    ck_assert_int_eq(mtls_identity_read(&identity, fixture_decode(der, pool), der, NULL, pool),
                     APR_SUCCESS);
    ck_assert(identity->sans_complete);
    ck_assert_uint_eq(identity->san_count, 1);
    ck_assert_ptr_nonnull(identity->sans[0].name);
    return identity->sans[0].name;
}

static const mtls_attr_t *only_attr(mtls_bytes_t subject)
{
    const mtls_name_t *name = directory_name_of(subject);

    ck_assert_uint_eq(name->count, 1);
    ck_assert_uint_eq(name->rdns[0].count, 1);
    return &name->rdns[0].attrs[0];
}

static void assert_bytes(mtls_bytes_t got, mtls_bytes_t want)
{
    ck_assert_uint_eq(got.len, want.len);
    ck_assert_mem_eq(got.data, want.data, want.len);
}

/* A value and the text it must give; empty: none. */
typedef struct {
    unsigned char tag;
    mtls_bytes_t value;
    mtls_bytes_t text;
} conversion_t;

#define B(literal)                                                                                 \
    {                                                                                              \
        (const unsigned char *)(literal), sizeof(literal) - 1                                      \
    }

static const conversion_t conversions[] = {
    {0x0c, B("J\xc3\xbcrgen"), B("J\xc3\xbcrgen")},
    {0x0c, B("\xf0\x9f\x98\x80"), B("\xf0\x9f\x98\x80")},
    {0x0c, B("e\xcc\x81"), B("e\xcc\x81")}, /* T_N12: stays decomposed */
    {0x0c, B("\xc3\xa9"), B("\xc3\xa9")},   /* T_N12: stays composed */
    {0x13, B("Alice O'Neil"), B("Alice O'Neil")},
    {0x16, B("a@b"), B("a@b")},
    {0x12, B("123 4"), B("123 4")},
    {0x1a, B("visible"), B("visible")},
    {0x14, B("ascii"), B("ascii")},
    {0x1e, B("\x00J\x00\xfc\x20\xac"), B("J\xc3\xbc\xe2\x82\xac")},
    {0x1c, B("\x00\x00\x00J\x00\x01\xf6\x00"), B("J\xf0\x9f\x98\x80")},
    /* T_N01: controls, in every type */
    {0x0c, B("admin\0.evil"), B("")},
    {0x0c, B("a\rb"), B("")},
    {0x0c, B("a\nb"), B("")},
    {0x0c, B("a\x7f"), B("")},
    {0x0c, B("a\x01"), B("")},
    {0x0c, B("a\xc2\x85"), B("")},
    {0x13, B("a\0b"), B("")},
    {0x16, B("a\nb"), B("")},
    {0x16, B("a\x7f"), B("")},
    {0x14, B("a\0b"), B("")},
    {0x1e,
     B("\x00"
       "a\x00\x00\x00"
       "b"),
     B("")},
    {0x1e,
     B("\x00"
       "a\x00\x9f"),
     B("")},
    {0x1e,
     B("\x00"
       "a\x00\x0d"),
     B("")},
    {0x1c,
     B("\x00\x00\x00"
       "a\x00\x00\x00\x00"),
     B("")},
    {0x1c, B("\x00\x00\x00\x7f"), B("")},
    /* T_N12: not what the type says */
    {0x0c, B("\xff"), B("")},
    {0x0c, B("a\x80"), B("")},
    {0x0c, B("\xc0\xaf"), B("")},
    {0x0c, B("\xe0\x80\xaf"), B("")},
    {0x0c, B("\xf0\x80\x80\xaf"), B("")},
    {0x0c, B("\xed\xa0\x80"), B("")},
    {0x0c, B("\xf4\x90\x80\x80"), B("")},
    {0x0c, B("\xf8\x88\x80\x80\x80"), B("")},
    {0x0c, B("a\xe2\x82"), B("")},
    {0x13, B("J\xfc"), B("")},
    {0x14, B("J\xfcrgen"), B("")},
    {0x1e, B("\xd8\x3d\xde\x00"), B("")},
    {0x1c, B("\x00\x00\xd8\x00"), B("")},
    {0x1c, B("\x00\x11\x00\x00"), B("")},
    {0x1c, B("\xff\xff\xff\xff"), B("")},
    {0x0c, B(""), B("")},
    /* not character strings */
    {0x04, B("octets"), B("")},
    {0x1b, B("general"), B("")},
};

START_TEST(T_N01_T_N12_T_C07_text_of_each_type)
{
    const conversion_t *row = &conversions[_i];
    const mtls_attr_t *attr = only_attr(fixture_name(pool, row->tag, row->value));

    ck_assert_str_eq(attr->oid, "2.5.4.3");
    ck_assert_str_eq(attr->short_name, "CN");
    ck_assert_int_eq(attr->asn1_tag, row->tag & 0x1f);
    assert_bytes(attr->der, fixture_tlv(pool, row->tag, row->value));
    ck_assert_uint_eq(attr->text.len, row->text.len);
    if (row->text.len != 0) {
        ck_assert_mem_eq(attr->text.data, row->text.data, row->text.len + 1);
    }
}
END_TEST

/* T_N05: nothing is cut; beyond the limit there is no text at all. */
static const struct {
    unsigned char tag;
    apr_size_t len, text_len;
} lengths[] = {
    {0x0c, 31, 31},      {0x0c, 32, 32},     {0x0c, 33, 33},     {0x0c, 64, 64},
    {0x0c, 255, 255},    {0x0c, 256, 256},   {0x0c, 4096, 4096}, {0x0c, 4097, 0},
    {0x0c, 65536, 0},    {0x16, 4096, 4096}, {0x16, 4097, 0},    {0x1e, 2 * 1365, 3 * 1365},
    {0x1e, 2 * 1366, 0}, {0x1e, 65536, 0},   {0x1c, 65536, 0},   {0x04, 65536, 0},
};

START_TEST(T_N05_T_C07_lengths)
{
    int octet = lengths[_i].tag == 0x1e ? 0x41 : lengths[_i].tag == 0x1c ? 0 : 'a';
    mtls_bytes_t value = fixture_fill(pool, octet, lengths[_i].len);
    const mtls_attr_t *attr = only_attr(fixture_name(pool, lengths[_i].tag, value));

    ck_assert_uint_eq(attr->text.len, lengths[_i].text_len);
    assert_bytes(attr->der, fixture_tlv(pool, lengths[_i].tag, value));
}
END_TEST

START_TEST(T_C07_odd_length_of_wide_strings)
{
    static const mtls_bytes_t value = B("\x00"
                                        "a\x00\x00"
                                        "b");

    ck_assert_uint_eq(only_attr(fixture_name(pool, 0x1e, value))->text.len, 0);
    ck_assert_uint_eq(only_attr(fixture_name(pool, 0x1c, value))->text.len, 0);
}
END_TEST

START_TEST(T_N04_order_repetition_and_multi_value)
{
    mtls_bytes_t pair =
        fixture_tlv(pool, 0x31,
                    fixture_join(pool, 2, fixture_attr(pool, OID_CN, 0x0c, LIT("A")),
                                 fixture_attr(pool, OID_OU, 0x0c, LIT("B"))));
    const mtls_name_t *name =
        subject_of(fixture_tlv(pool, 0x30,
                               fixture_join(pool, 3, fixture_rdn(pool, OID_OU, 0x0c, LIT("first")),
                                            pair, fixture_rdn(pool, OID_OU, 0x0c, LIT("last")))));

    ck_assert(name->complete);
    ck_assert_uint_eq(name->count, 3);
    ck_assert_uint_eq(name->rdns[0].count, 1);
    assert_bytes(name->rdns[0].attrs[0].text, LIT("first"));
    ck_assert_uint_eq(name->rdns[1].count, 2);
    assert_bytes(name->rdns[1].attrs[0].text, LIT("A"));
    assert_bytes(name->rdns[1].attrs[1].text, LIT("B"));
    ck_assert_uint_eq(name->rdns[2].count, 1);
    assert_bytes(name->rdns[2].attrs[0].text, LIT("last"));
}
END_TEST

START_TEST(T_N03_separators_inside_a_value_stay_inside)
{
    mtls_bytes_t value = LIT("bob/CN=admin,CN=admin+CN=admin");
    const mtls_name_t *name = subject_of(fixture_name(pool, 0x0c, value));

    ck_assert_uint_eq(name->count, 1);
    assert_bytes(name->rdns[0].attrs[0].text, value);
}
END_TEST

static mtls_bytes_t many_attrs(int count)
{
    mtls_bytes_t list = {NULL, 0};
    int i;

    for (i = 0; i < count; i++) {
        list = fixture_join(pool, 2, list, fixture_rdn(pool, OID_OU, 0x0c, LIT("x")));
    }
    return fixture_tlv(pool, 0x30, list);
}

START_TEST(T_D06_number_of_attributes)
{
    const mtls_name_t *most = subject_of(many_attrs(MTLS_IDENTITY_MAX_ATTRS));
    const mtls_name_t *more = subject_of(many_attrs(MTLS_IDENTITY_MAX_ATTRS + 1));

    ck_assert(most->complete);
    ck_assert_uint_eq(most->count, MTLS_IDENTITY_MAX_ATTRS);
    ck_assert(!more->complete);
    ck_assert_uint_eq(more->count, 0);
    assert_bytes(more->der, many_attrs(MTLS_IDENTITY_MAX_ATTRS + 1));
}
END_TEST

static const struct {
    mtls_bytes_t oid;
    const char *dotted;
} oids[] = {
    {B("\x2a\x03\x04"), "1.2.3.4"},
    {B("\x00"), "0.0"},
    {B("\x27"), "0.39"},
    {B("\x28"), "1.0"},
    {B("\x4f"), "1.39"},
    {B("\x50"), "2.0"},
    {B("\x88\x37"), "2.999"},
    /* malformed: a padded arc, an unfinished one, nothing */
    {B("\x55\x04\x80\x01"), NULL},
    {B("\x80\x01"), NULL},
    {B("\x55\x84"), NULL},
    {B(""), NULL},
    {B("\x2a\x8f\xff\xff\xff\x7f"), "1.2.4294967295"},
    /* 2.25 and a UUID */
    {B("\x69\x83\xf0\x9d\xa7\xeb\xcf\xde\xe0\xc7\xa1\xa7\xb2\xc0\x94\x8c\xc8\xf9\xd7\x76"),
     "2.25.329800735698586629295641978511506172918"},
};

START_TEST(T_D06_object_identifiers)
{
    mtls_bytes_t name = fixture_tlv(pool, 0x30, fixture_rdn(pool, oids[_i].oid, 0x0c, LIT("x")));

    ck_assert(directory_name_of(name)->complete == (oids[_i].dotted != NULL));
    if (oids[_i].dotted != NULL) {
        ck_assert_str_eq(only_attr(name)->oid, oids[_i].dotted);
        ck_assert_ptr_null(only_attr(name)->short_name);
    }
}
END_TEST

START_TEST(T_D06_huge_identifiers_make_the_name_unusable)
{
    mtls_bytes_t longest = fixture_fill(pool, 0x2a, 128);
    mtls_bytes_t longer = fixture_fill(pool, 0x2a, 129);
    mtls_bytes_t huge = fixture_join(pool, 2, fixture_fill(pool, 0xff, 10240), LIT("\x7f"));
    mtls_bytes_t wide_arc =
        fixture_join(pool, 3, LIT("\x2a"), fixture_fill(pool, 0xff, 19), LIT("\x7f"));
    const mtls_attr_t *attr =
        only_attr(fixture_tlv(pool, 0x30, fixture_rdn(pool, longest, 0x0c, LIT("x"))));

    ck_assert_uint_eq(strlen(attr->oid), 3 + 127 * 3);
    ck_assert(
        !subject_of(fixture_tlv(pool, 0x30, fixture_rdn(pool, longer, 0x0c, LIT("x"))))->complete);
    ck_assert(
        !subject_of(fixture_tlv(pool, 0x30, fixture_rdn(pool, huge, 0x0c, LIT("x"))))->complete);
    ck_assert(!subject_of(fixture_tlv(pool, 0x30, fixture_rdn(pool, wide_arc, 0x0c, LIT("x"))))
                   ->complete);
}
END_TEST

/* OpenSSL decodes these; a name that can be written in two ways is refused. */
static const mtls_bytes_t ber_names[] = {
    B("\x30\x80\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03"
      "bob\x00\x00"),
    B("\x30\x81\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03"
      "bob"),
    B("\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c\x81\x03"
      "bob"),
};

START_TEST(names_that_are_not_der)
{
    const mtls_identity_t *identity;

    ck_assert_int_eq(read_subject(&identity, ber_names[_i]), APR_EGENERAL);
    ck_assert_ptr_null(identity);
}
END_TEST

START_TEST(empty_name)
{
    const mtls_name_t *name = subject_of(LIT("\x30\x00"));

    ck_assert(name->complete);
    ck_assert_uint_eq(name->count, 0);
    assert_bytes(name->der, LIT("\x30\x00"));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("name_read");

    tcase_add_loop_test(tcase, T_N01_T_N12_T_C07_text_of_each_type, 0, COUNT_OF(conversions));
    tcase_add_loop_test(tcase, T_N05_T_C07_lengths, 0, COUNT_OF(lengths));
    tcase_add_test(tcase, T_C07_odd_length_of_wide_strings);
    tcase_add_test(tcase, T_N04_order_repetition_and_multi_value);
    tcase_add_test(tcase, T_N03_separators_inside_a_value_stay_inside);
    tcase_add_test(tcase, T_D06_number_of_attributes);
    tcase_add_loop_test(tcase, T_D06_object_identifiers, 0, COUNT_OF(oids));
    tcase_add_test(tcase, T_D06_huge_identifiers_make_the_name_unusable);
    tcase_add_loop_test(tcase, names_that_are_not_der, 0, COUNT_OF(ber_names));
    tcase_add_test(tcase, empty_name);
    return run_case("name_read", tcase);
}
