/*
 * t/unit/test_identity_read.c - everything of an identity but the names.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>
#include <apr_strings.h>
#include <check.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "cert_fixture.h"
#include "run.h"
#include "mtls/cert/identity_read.h"
#include "mtls/cert/text.h"

#define B(literal)                                                                                 \
    {                                                                                              \
        (const unsigned char *)(literal), sizeof(literal) - 1                                      \
    }

static apr_status_t read_into(const mtls_identity_t **out, const cert_fixture_t *fixture)
{
    mtls_bytes_t der = fixture_write(fixture, pool);
    X509 *cert = fixture_decode(der, pool);

    ck_assert_ptr_nonnull(cert);
    return mtls_identity_read(out, cert, der, NULL, pool);
}

static const mtls_identity_t *read_fixture(const cert_fixture_t *fixture)
{
    const mtls_identity_t *identity;

    ck_assert_int_eq(read_into(&identity, fixture), APR_SUCCESS);
    return identity;
}

START_TEST(usual_certificate)
{
    cert_fixture_t fixture = fixture_make(pool);
    const mtls_identity_t *identity = read_fixture(&fixture);

    ck_assert_str_eq(mtls_name_write(&identity->subject, 200, pool),
                     "CN=alice,OU=Ops,O=Example,C=DE");
    ck_assert_str_eq(mtls_name_write(&identity->issuer, 200, pool), "CN=Test CA");
    ck_assert_str_eq(mtls_serial_write(identity, pool), "010203");
    ck_assert_str_eq(mtls_time_write(identity->not_before, pool), "2026-01-01T00:00:00Z");
    ck_assert_str_eq(mtls_time_write(identity->not_after, pool), "2027-01-01T00:00:00Z");
    ck_assert_uint_eq(identity->san_count, 2);
    ck_assert(identity->has_key_usage);
    ck_assert_uint_eq(identity->key_usage, MTLS_KU_DIGITAL_SIGNATURE);
    ck_assert(identity->has_eku);
    ck_assert_uint_eq(identity->eku_count, 1);
    ck_assert_str_eq(identity->ekus[0], "1.3.6.1.5.5.7.3.2");
    ck_assert_uint_eq(identity->policy_count, 1);
    ck_assert_str_eq(identity->policies[0], "1.2.3.4");
    ck_assert(identity->policies_complete && identity->qc_complete);
    ck_assert_uint_eq(identity->qc_statement_count + identity->qc_type_count, 0);
    ck_assert(!identity->is_ca);
    ck_assert_str_eq(identity->key_type, "EC");
    ck_assert_int_eq(identity->key_bits, 256);
}
END_TEST

START_TEST(digests)
{
    cert_fixture_t fixture = fixture_make(pool);
    const mtls_identity_t *identity = read_fixture(&fixture);
    mtls_bytes_t der = fixture_write(&fixture, pool);
    unsigned char want[MTLS_SHA256_LEN];

    ck_assert_int_eq(EVP_Digest(der.data, der.len, want, NULL, EVP_sha256(), NULL), 1);
    ck_assert_mem_eq(identity->sha256, want, sizeof want);
    ck_assert_int_eq(
        EVP_Digest(fixture.spki.data, fixture.spki.len, want, NULL, EVP_sha256(), NULL), 1);
    ck_assert_mem_eq(identity->spki_sha256, want, sizeof want);
}
END_TEST

START_TEST(outlives_the_certificate)
{
    cert_fixture_t fixture = fixture_make(pool);
    mtls_bytes_t der = fixture_write(&fixture, pool);
    const mtls_identity_t *identity;
    apr_pool_t *scratch;

    apr_pool_create(&scratch, NULL);
    der.data = apr_pmemdup(scratch, der.data, der.len);
    ck_assert_int_eq(mtls_identity_read(&identity, fixture_decode(der, scratch), der, NULL, pool),
                     APR_SUCCESS);
    memset((unsigned char *)der.data, 0xee, der.len);
    apr_pool_destroy(scratch);
    ck_assert_str_eq(mtls_name_write(&identity->subject, 200, pool),
                     "CN=alice,OU=Ops,O=Example,C=DE");
    ck_assert_str_eq(mtls_san_write(&identity->sans[1], pool), "alice@corp.example");
    ck_assert_uint_eq(identity->sans[0].raw.len, strlen("alice@example.org"));
    ck_assert_mem_eq(identity->sans[0].raw.data, "alice@example.org", identity->sans[0].raw.len);
    ck_assert_str_eq(mtls_serial_write(identity, pool), "010203");
    ck_assert_str_eq(identity->policies[0], "1.2.3.4");
}
END_TEST

START_TEST(F_40_version_1_without_extensions)
{
    cert_fixture_t fixture = fixture_make(pool);
    const mtls_identity_t *identity;

    fixture.v1 = true;
    fixture.extensions.len = 0;
    identity = read_fixture(&fixture);
    ck_assert(!identity->has_key_usage && !identity->has_eku && !identity->is_ca);
    ck_assert(identity->sans_complete && identity->policies_complete && identity->qc_complete);
    ck_assert_uint_eq(identity->san_count + identity->eku_count + identity->policy_count +
                          identity->qc_statement_count + identity->qc_type_count,
                      0);
}
END_TEST

static const struct {
    mtls_bytes_t content;
    const char *written;
} serials[] = {
    {B("\x00"), "00"},
    {B("\x05"), "05"},
    {B("\x00\x80"), "80"},
    {B("\x12\x34"), "1234"},
    {B("\xff"), "-01"},
    {B("\x80"), "-80"},
    {B("\xff\x00"), "-0100"},
    {B("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15"),
     "0102030405060708090A0B0C0D0E0F101112131415"},
};

START_TEST(F_40_serials)
{
    cert_fixture_t fixture = fixture_make(pool);

    fixture.serial = serials[_i].content;
    ck_assert_str_eq(mtls_serial_write(read_fixture(&fixture), pool), serials[_i].written);
}
END_TEST

START_TEST(F_40_serial_lengths)
{
    cert_fixture_t fixture = fixture_make(pool);
    const mtls_identity_t *identity;

    fixture.serial = fixture_fill(pool, 0x11, MTLS_IDENTITY_MAX_SERIAL);
    ck_assert_uint_eq(read_fixture(&fixture)->serial.len, MTLS_IDENTITY_MAX_SERIAL);
    fixture.serial = fixture_fill(pool, 0x11, MTLS_IDENTITY_MAX_SERIAL + 1);
    ck_assert_int_eq(read_into(&identity, &fixture), APR_EGENERAL);
    ck_assert_ptr_null(identity);
}
END_TEST

static const struct {
    mtls_bytes_t der;
    const char *written; /* NULL: refused */
} times[] = {
    {B("\x17\x0d"
       "491231235959Z"),
     "2049-12-31T23:59:59Z"},
    {B("\x17\x0d"
       "500101000000Z"),
     "1950-01-01T00:00:00Z"},
    {B("\x17\x0d"
       "690720201740Z"),
     "1969-07-20T20:17:40Z"},
    {B("\x17\x0d"
       "000229120000Z"),
     "2000-02-29T12:00:00Z"},
    {B("\x18\x0f"
       "99991231235959Z"),
     "9999-12-31T23:59:59Z"},
    {B("\x18\x0f"
       "21000301000000Z"),
     "2100-03-01T00:00:00Z"},
    {B("\x18\x0f"
       "21000228235959Z"),
     "2100-02-28T23:59:59Z"},
    {B("\x18\x0f"
       "00000101000000Z"),
     "0000-01-01T00:00:00Z"},
    {B("\x18\x13"
       "20260101000000.999Z"),
     "2026-01-01T00:00:00Z"},
    {B("\x17\x11"
       "260101000000+0100"),
     "2025-12-31T23:00:00Z"},
    {B("\x17\x0b"
       "2601010000Z"),
     "2026-01-01T00:00:00Z"},
    {B("\x18\x0f"
       "21000229000000Z"),
     NULL},
    {B("\x17\x0d"
       "261301000000Z"),
     NULL},
    {B("\x17\x0d"
       "26010100000\x00Z"),
     NULL},
    {B("\x17\x01"
       "Z"),
     NULL},
    {B("\x17\x00"), NULL},
};

START_TEST(F_40_times)
{
    cert_fixture_t fixture = fixture_make(pool);
    const mtls_identity_t *identity;

    fixture.not_after = times[_i].der;
    if (times[_i].written == NULL) {
        ck_assert_int_eq(read_into(&identity, &fixture), APR_EGENERAL);
        ck_assert_ptr_null(identity);
        return;
    }
    identity = read_fixture(&fixture);
    ck_assert_str_eq(mtls_time_write(identity->not_after, pool), times[_i].written);
    ck_assert_int_eq(apr_time_usec(identity->not_after), 0);
}
END_TEST

START_TEST(F_40_inverted_validity_is_kept)
{
    cert_fixture_t fixture = fixture_make(pool);
    const mtls_identity_t *identity;
    mtls_bytes_t swapped = fixture.not_before;

    fixture.not_before = fixture.not_after;
    fixture.not_after = swapped;
    identity = read_fixture(&fixture);
    ck_assert(identity->not_after < identity->not_before);
}
END_TEST

static const mtls_identity_t *read_extension(unsigned char arc, mtls_bytes_t value, int times_in)
{
    cert_fixture_t fixture = fixture_make(pool);
    mtls_bytes_t one = fixture_extension(pool, arc, value);

    fixture.extensions = times_in == 1 ? one : fixture_join(pool, 2, one, one);
    return read_fixture(&fixture);
}

static const struct {
    mtls_bytes_t value;
    uint32_t bits;
} usages[] = {
    {B("\x03\x02\x07\x80"), 1u << 0},
    {B("\x03\x02\x01\x06"), MTLS_KU_KEY_CERT_SIGN | MTLS_KU_CRL_SIGN},
    {B("\x03\x02\x00\xff"), 0xff},
    {B("\x03\x03\x07\x00\x80"), 1u << 8},
    {B("\x03\x02\x07\xff"), 1u << 0}, /* unused bits are not bits */
    {B("\x03\x01\x00"), 0},
    {B("\x03\x00"), 0},
    {B("\x03\x02\x08\x80"), 0},
    {B("\x03\x02\x07\x80\x00"), 0},
    {B("\x04\x02\x07\x80"), 0},
    {B(""), 0},
};

START_TEST(key_usage)
{
    const mtls_identity_t *identity = read_extension(EXT_KU, usages[_i].value, 1);

    ck_assert(identity->has_key_usage);
    ck_assert_uint_eq(identity->key_usage, usages[_i].bits);
}
END_TEST

static const struct {
    mtls_bytes_t value;
    bool is_ca;
} constraints[] = {
    {B("\x30\x00"), false},
    {B("\x30\x03\x01\x01\xff"), true},
    {B("\x30\x06\x01\x01\xff\x02\x01\x00"), true},
    {B("\x30\x03\x01\x01\x01"), true},
    {B("\x30\x03\x01\x01\x00"), false},
    {B("\x30\x03\x02\x01\x00"), false},
    {B("\x30\x02\x01\x00"), true},
    {B("\x30\x03\x01\x05\xff"), true},
    {B("\x30"), true},
    {B(""), true},
};

START_TEST(basic_constraints)
{
    ck_assert(read_extension(EXT_BC, constraints[_i].value, 1)->is_ca == constraints[_i].is_ca);
}
END_TEST

static const mtls_bytes_t broken_oids[] = {
    B(""),
    B("\x30"),
    B("\x30\x02\x06\x01"),
    B("\x30\x03\x06\x01\x80"),
    B("\x30\x03\x0c\x01x"),
    B("\x30\x06\x06\x01\x2a\x0c\x01x"),
    B("\x30\x03\x06\x01\x2a\x00"),
    B("\x31\x03\x06\x01\x2a"),
    B("\x30\x02\x30\x00"),
};

START_TEST(broken_usages_and_policies_give_none)
{
    const mtls_identity_t *identity = read_extension(EXT_EKU, broken_oids[_i], 1);

    ck_assert(identity->has_eku);
    ck_assert_uint_eq(identity->eku_count, 0);
    identity = read_extension(EXT_CP, broken_oids[_i], 1);
    ck_assert_uint_eq(identity->policy_count, 0);
    ck_assert(!identity->policies_complete);
}
END_TEST

START_TEST(doubled_extensions_grant_nothing)
{
    const mtls_identity_t *identity;

    identity = read_extension(EXT_KU, LIT("\x03\x02\x07\x80"), 2);
    ck_assert(identity->has_key_usage);
    ck_assert_uint_eq(identity->key_usage, 0);
    identity = read_extension(EXT_EKU, LIT("\x30\x03\x06\x01\x2a"), 2);
    ck_assert(identity->has_eku);
    ck_assert_uint_eq(identity->eku_count, 0);
    identity = read_extension(EXT_CP, LIT("\x30\x05\x30\x03\x06\x01\x2a"), 2);
    ck_assert_uint_eq(identity->policy_count, 0);
    ck_assert(!identity->policies_complete);
    ck_assert(read_extension(EXT_BC, LIT("\x30\x00"), 2)->is_ca);
}
END_TEST

static mtls_bytes_t many_usages(int count)
{
    mtls_bytes_t list = {NULL, 0};

    while (count-- > 0) {
        list = fixture_join(pool, 2, list, LIT("\x06\x02\x2a\x03"));
    }
    return fixture_tlv(pool, 0x30, list);
}

START_TEST(T_D06_number_and_size_of_identifiers)
{
    mtls_bytes_t huge = fixture_join(pool, 2, fixture_fill(pool, 0xff, 10240), LIT("\x7f"));
    const mtls_identity_t *identity;

    identity = read_extension(EXT_EKU, many_usages(MTLS_IDENTITY_MAX_OIDS), 1);
    ck_assert_uint_eq(identity->eku_count, MTLS_IDENTITY_MAX_OIDS);
    identity = read_extension(EXT_EKU, many_usages(MTLS_IDENTITY_MAX_OIDS + 1), 1);
    ck_assert(identity->has_eku);
    ck_assert_uint_eq(identity->eku_count, 0);
    huge = fixture_tlv(pool, 0x06, huge);
    identity = read_extension(EXT_EKU, fixture_tlv(pool, 0x30, huge), 1);
    ck_assert_uint_eq(identity->eku_count, 0);
    huge = fixture_tlv(pool, 0x30, huge);
    identity = read_extension(EXT_CP, fixture_tlv(pool, 0x30, huge), 1);
    ck_assert_uint_eq(identity->policy_count, 0);
}
END_TEST

/* QcCompliance, and QcType with esign and one that nobody knows. */
#define QC_COMPLIANCE "\x30\x08\x06\x06\x04\x00\x8e\x46\x01\x01"
#define QC_TYPE       "\x06\x06\x04\x00\x8e\x46\x01\x06"

static const mtls_identity_t *read_statements(mtls_bytes_t value, int times_in)
{
    cert_fixture_t fixture = fixture_make(pool);
    mtls_bytes_t one = fixture_attr(pool, OID_QC, 0x04, value);

    fixture.extensions = times_in == 1 ? one : fixture_join(pool, 2, one, one);
    return read_fixture(&fixture);
}

static void assert_no_statements(const mtls_identity_t *identity, bool complete)
{
    ck_assert(identity->qc_complete == complete);
    ck_assert_uint_eq(identity->qc_statement_count, 0);
    ck_assert_uint_eq(identity->qc_type_count, 0);
}

START_TEST(qualified_statements_and_types)
{
    const mtls_identity_t *identity =
        read_statements(LIT("\x30\x2b" QC_COMPLIANCE "\x30\x17" QC_TYPE
                            "\x30\x0d\x06\x07\x04\x00\x8e\x46\x01\x06\x01\x06\x02\x2a\x03"
                            "\x30\x06\x06\x01\x2b\x02\x01\x07"),
                        1);

    ck_assert(identity->qc_complete);
    ck_assert_uint_eq(identity->qc_statement_count, 3);
    ck_assert_str_eq(identity->qc_statements[0], "0.4.0.1862.1.1");
    ck_assert_str_eq(identity->qc_statements[1], "0.4.0.1862.1.6");
    ck_assert_str_eq(identity->qc_statements[2], "1.3");
    ck_assert_uint_eq(identity->qc_type_count, 2);
    ck_assert_str_eq(identity->qc_types[0], "0.4.0.1862.1.6.1");
    ck_assert_str_eq(identity->qc_types[1], "1.2.3");
}
END_TEST

START_TEST(no_qualified_statements_are_complete)
{
    assert_no_statements(read_statements(LIT("\x30\x00"), 1), true);
}
END_TEST

START_TEST(doubled_qualified_statements_are_none)
{
    ck_assert_uint_eq(read_statements(LIT("\x30\x0a" QC_COMPLIANCE), 1)->qc_statement_count, 1);
    assert_no_statements(read_statements(LIT("\x30\x0a" QC_COMPLIANCE), 2), false);
}
END_TEST

static const mtls_bytes_t broken_statements[] = {
    B(""),
    B("\x30"),
    B("\x31\x0a" QC_COMPLIANCE),
    B("\x30\x0a" QC_COMPLIANCE "\x00"),                   /* more behind it */
    B("\x30\x0c" QC_COMPLIANCE "\x05\x00"),               /* not a statement */
    B("\x30\x0c" QC_COMPLIANCE "\x30\x00"),               /* no identifier */
    B("\x30\x03\x06\x01\x2a"),                            /* an identifier alone */
    B("\x30\x05\x30\x03\x06\x01\x80"),                    /* unfinished identifier */
    B("\x30\x06\x30\x04\x06\x01\x2a\x05"),                /* broken information */
    B("\x30\x09\x30\x07\x06\x01\x2a\x05\x00\x05\x00"),    /* information twice */
    B("\x30\x0a\x30\x08" QC_TYPE),                        /* no types */
    B("\x30\x0c\x30\x0a" QC_TYPE "\x31\x00"),             /* a set of types */
    B("\x30\x0f\x30\x0d" QC_TYPE "\x30\x03\x0c\x01x"),    /* a type that is text */
    B("\x30\x0f\x30\x0d" QC_TYPE "\x30\x03\x06\x01\x80"), /* an unfinished type */
    B("\x30\x1e\x30\x0d" QC_TYPE "\x30\x03\x06\x01\x2a"   /* types twice */
      "\x30\x0d" QC_TYPE "\x30\x03\x06\x01\x2a"),
    B("\x30\x11\x30\x0d" QC_TYPE "\x30\x03\x06\x01\x2a\x05\x00"), /* good types, then broken */
};

START_TEST(broken_qualified_statements_are_none)
{
    assert_no_statements(read_statements(broken_statements[_i], 1), false);
}
END_TEST

static mtls_bytes_t many(int count, mtls_bytes_t item)
{
    mtls_bytes_t list = {NULL, 0};

    while (count-- > 0) {
        list = fixture_join(pool, 2, list, item);
    }
    return fixture_tlv(pool, 0x30, list);
}

static mtls_bytes_t many_types(int count)
{
    mtls_bytes_t types = many(count, LIT("\x06\x01\x2a"));

    return many(1, fixture_tlv(pool, 0x30, fixture_join(pool, 2, LIT(QC_TYPE), types)));
}

START_TEST(T_D06_number_of_qualified_statements)
{
    mtls_bytes_t one = LIT("\x30\x03\x06\x01\x2a");
    const mtls_identity_t *identity = read_statements(many(MTLS_IDENTITY_MAX_OIDS, one), 1);

    ck_assert(identity->qc_complete);
    ck_assert_uint_eq(identity->qc_statement_count, MTLS_IDENTITY_MAX_OIDS);
    assert_no_statements(read_statements(many(MTLS_IDENTITY_MAX_OIDS + 1, one), 1), false);
    identity = read_statements(many_types(MTLS_IDENTITY_MAX_OIDS), 1);
    ck_assert(identity->qc_complete);
    ck_assert_uint_eq(identity->qc_type_count, MTLS_IDENTITY_MAX_OIDS);
    assert_no_statements(read_statements(many_types(MTLS_IDENTITY_MAX_OIDS + 1), 1), false);
}
END_TEST

START_TEST(unknown_key_leaves_the_error_queue_as_found)
{
    cert_fixture_t fixture = fixture_make(pool);
    const mtls_identity_t *identity;

    fixture.spki = LIT("\x30\x09\x30\x04\x06\x02\x2a\x03\x03\x01\x00");
    ERR_clear_error();
    identity = read_fixture(&fixture);
    ck_assert_str_eq(identity->key_type, "unknown");
    ck_assert_int_eq(identity->key_bits, 0);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

static const struct {
    const char *algorithm;
    unsigned bits; /* asked for; 0: fixed */
    const char *word;
    int key_bits;
} keys[] = {
    {"RSA", 1024, "RSA", 1024},
    {"ED25519", 0, "ED25519", 256},
    {"ED448", 0, "ED448", 456},
};

static EVP_PKEY *generate(int row)
{
    return keys[row].bits != 0
               ? EVP_PKEY_Q_keygen(NULL, NULL, keys[row].algorithm, (size_t)keys[row].bits)
               : EVP_PKEY_Q_keygen(NULL, NULL, keys[row].algorithm);
}

START_TEST(kinds_of_key)
{
    cert_fixture_t fixture = fixture_make(pool);
    EVP_PKEY *key = generate(_i);
    unsigned char *spki = NULL;
    int len = i2d_PUBKEY(key, &spki);
    const mtls_identity_t *identity;

    ck_assert_int_gt(len, 0);
    fixture.spki.data = spki;
    fixture.spki.len = (apr_size_t)len;
    identity = read_fixture(&fixture);
    ck_assert_str_eq(identity->key_type, keys[_i].word);
    ck_assert_int_eq(identity->key_bits, keys[_i].key_bits);
    OPENSSL_free(spki);
    EVP_PKEY_free(key);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("identity_read");

    tcase_add_test(tcase, usual_certificate);
    tcase_add_test(tcase, digests);
    tcase_add_test(tcase, outlives_the_certificate);
    tcase_add_test(tcase, F_40_version_1_without_extensions);
    tcase_add_loop_test(tcase, F_40_serials, 0, COUNT_OF(serials));
    tcase_add_test(tcase, F_40_serial_lengths);
    tcase_add_loop_test(tcase, F_40_times, 0, COUNT_OF(times));
    tcase_add_test(tcase, F_40_inverted_validity_is_kept);
    tcase_add_loop_test(tcase, key_usage, 0, COUNT_OF(usages));
    tcase_add_loop_test(tcase, basic_constraints, 0, COUNT_OF(constraints));
    tcase_add_loop_test(tcase, broken_usages_and_policies_give_none, 0, COUNT_OF(broken_oids));
    tcase_add_test(tcase, doubled_extensions_grant_nothing);
    tcase_add_test(tcase, T_D06_number_and_size_of_identifiers);
    tcase_add_test(tcase, qualified_statements_and_types);
    tcase_add_test(tcase, no_qualified_statements_are_complete);
    tcase_add_test(tcase, doubled_qualified_statements_are_none);
    tcase_add_loop_test(tcase, broken_qualified_statements_are_none, 0,
                        COUNT_OF(broken_statements));
    tcase_add_test(tcase, T_D06_number_of_qualified_statements);
    tcase_add_test(tcase, unknown_key_leaves_the_error_queue_as_found);
    tcase_add_loop_test(tcase, kinds_of_key, 0, COUNT_OF(keys));
    return run_case("identity_read", tcase);
}
