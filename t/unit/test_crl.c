/*
 * t/unit/test_crl.c - one revocation list: what is read, what is refused, what is found.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include <apr_strings.h>
#include <openssl/asn1err.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "crl_fixture.h"
#include "mtls/cert/der.h"
#include "mtls/trust/crl.h"

static const mtls_material_use_t use = {.directive = "MTLSCRLFile", .at = {"test.conf", 9, 0}};
static mtls_faults_t *faults;
static fixture_party_t ca;

static void up(void)
{
    faults = mtls_faults_make(pool);
    ca = fixture_make(NULL, &(fixture_recipe_t){.ca = true, .subject = "Root"}, pool);
}

/* With everything that may go gone: octets and scratch. */
static mtls_crl_t *read_or_not(mtls_bytes_t der)
{
    unsigned char *copy = malloc(der.len);
    apr_pool_t *scratch;
    mtls_crl_t *crl;
    apr_status_t status;

    memcpy(copy, der.data, der.len);
    apr_pool_create(&scratch, pool);
    status =
        mtls_crl_read(&crl, (mtls_bytes_t){copy, der.len}, "a.crl", use, faults, pool, scratch);
    apr_pool_destroy(scratch);
    free(copy);
    ck_assert_int_eq(status == APR_SUCCESS, crl != NULL);
    return crl;
}

static mtls_crl_t *must_read(mtls_bytes_t der)
{
    mtls_crl_t *crl = read_or_not(der);

    ck_assert_msg(crl != NULL, "%s",
                  mtls_faults_count(faults) != 0 ? mtls_faults_get(faults, 0)->text : "no fault");
    ck_assert_int_eq(mtls_faults_count(faults), 0);
    return crl;
}

static X509 *with_serial(const fixture_party_t *issuer, const char *serial)
{
    X509 *cert = X509_dup(issuer->cert);
    ASN1_INTEGER *number = s2i_ASN1_INTEGER(NULL, serial);

    X509_set_serialNumber(cert, number);
    X509_set_issuer_name(cert, X509_get_subject_name(issuer->cert));
    ASN1_INTEGER_free(number);
    return cert;
}

static mtls_crl_entry_t find(const mtls_crl_t *crl, const fixture_party_t *issuer,
                             const char *serial)
{
    X509 *cert = with_serial(issuer, serial);
    mtls_crl_entry_t found = mtls_crl_find(crl, cert);

    X509_free(cert);
    return found;
}

START_TEST(T_R10_entries_are_found)
{
    static const fixture_entry_t entries[] = {{.serial = "7"}, {.serial = "3"}, {.serial = "0x80"}};
    mtls_bytes_t der = fixture_crl(&ca, &(fixture_crl_t){.entries = entries, .count = 3}, pool);
    mtls_crl_t *crl = must_read(der);

    ck_assert_int_eq(find(crl, &ca, "3"), MTLS_CRL_REVOKED);
    ck_assert_int_eq(find(crl, &ca, "7"), MTLS_CRL_REVOKED);
    ck_assert_int_eq(find(crl, &ca, "128"), MTLS_CRL_REVOKED);
    ck_assert_int_eq(find(crl, &ca, "-128"), MTLS_CRL_ABSENT);
    ck_assert_int_eq(find(crl, &ca, "4"), MTLS_CRL_ABSENT);
    ck_assert_int_eq(find(crl, &ca, "0"), MTLS_CRL_ABSENT);
    ck_assert_uint_eq(mtls_crl_count(crl), 3);
    ck_assert(!mtls_crl_is_verified(crl));
    ck_assert(mtls_crl_verify(crl, der, ca.cert, pool));
    ck_assert(mtls_crl_is_verified(crl));
    ck_assert(mtls_crl_is_signed_by(crl, ca.key));
    ck_assert_ptr_null(X509_CRL_get_REVOKED(mtls_crl_skeleton(crl)));
}
END_TEST

/* The one fault that reading @a der must end with. */
static void must_refuse(mtls_bytes_t der, const char *why)
{
    int before = mtls_faults_count(faults);

    ck_assert_ptr_null(read_or_not(der));
    ck_assert_int_eq(mtls_faults_count(faults), before + 1);
    ck_assert_ptr_nonnull(strstr(mtls_faults_get(faults, before)->text, "MTLSCRLFile: a.crl: "));
    ck_assert_msg(strstr(mtls_faults_get(faults, before)->text, why) != NULL, "%s",
                  mtls_faults_get(faults, before)->text);
    ck_assert_int_eq(mtls_faults_get(faults, before)->at.line, 9);
}

static mtls_bytes_t with_extensions(const char *first, const char *second, const char *third)
{
    return fixture_crl(&ca, &(fixture_crl_t){.extensions = {first, second, third}}, pool);
}

static mtls_bytes_t with_entry(const char *extension, const fixture_entry_t *entry)
{
    return fixture_crl(
        &ca, &(fixture_crl_t){.extensions = {extension}, .entries = entry, .count = 1}, pool);
}

#define NUMBER   "crlNumber=ASN1:INTEGER:5"
#define DELTA    "deltaCRL=critical,ASN1:INTEGER:3"
#define INDIRECT "issuingDistributionPoint=critical,indirectCRL:TRUE"

START_TEST(T_R10_serial_numbers_of_all_sizes)
{
    static const char *const serials[] = {
        "0",
        "1",
        "-1",
        "127",
        "128",
        "-128",
        "-129",
        "255",
        "0xff00",
        "-32768",
        "0x7fff",
        "0x8000",
        "65536",
        "0x80000000",
        "-2147483648",
        "0xffffffffffffffffffffffffffffffffffffffff",
        "0x7fffffffffffffffffffffffffffffffffffffff",
        "0x0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c"};
    fixture_entry_t entries[COUNT_OF(serials)] = {{0}};
    int used = 0;
    mtls_crl_t *crl;

    for (int i = 0; i < COUNT_OF(serials); i += 2)
        entries[used++].serial = serials[i];
    crl = must_read(fixture_crl(&ca, &(fixture_crl_t){.entries = entries, .count = used}, pool));
    ck_assert_uint_eq(mtls_crl_count(crl), (unsigned)used);
    for (int i = 0; i < COUNT_OF(serials); i++)
        ck_assert_msg(find(crl, &ca, serials[i]) ==
                          (i % 2 == 0 ? MTLS_CRL_REVOKED : MTLS_CRL_ABSENT),
                      "%s", serials[i]);
}
END_TEST

START_TEST(T_R10_of_another_issuer)
{
    static const fixture_entry_t entry = {.serial = "7"};
    fixture_party_t other = fixture_make(NULL, &(fixture_recipe_t){.ca = true}, pool);
    mtls_crl_t *crl =
        must_read(fixture_crl(&ca, &(fixture_crl_t){.entries = &entry, .count = 1}, pool));

    ck_assert_int_eq(find(crl, &ca, "7"), MTLS_CRL_REVOKED);
    ck_assert_int_eq(find(crl, &other, "7"), MTLS_CRL_ABSENT);
}
END_TEST

START_TEST(T_R10_no_entries)
{
    mtls_crl_t *crl = must_read(fixture_crl(&ca, &(fixture_crl_t){0}, pool));

    ck_assert_uint_eq(mtls_crl_count(crl), 0);
    ck_assert_int_eq(find(crl, &ca, "1"), MTLS_CRL_ABSENT);
    ck_assert(!mtls_crl_is_delta(crl) && !mtls_crl_is_indirect(crl));
    ck_assert_int_eq(mtls_crl_this_update(crl),
                     apr_time_from_sec(apr_time_sec(fixture_now()) - 3600));
    ck_assert_int_eq(mtls_crl_next_update(crl),
                     apr_time_from_sec(apr_time_sec(fixture_now()) + 86400));
}
END_TEST

/* As "openssl ca -gencrl" writes it by default. */
START_TEST(version_1)
{
    static const fixture_entry_t plain = {.serial = "7"};
    static const fixture_entry_t extended = {.serial = "7", .reason = 1};
    fixture_crl_t recipe = {.version1 = true, .entries = &plain, .count = 1};
    mtls_crl_t *crl = must_read(fixture_crl(&ca, &recipe, pool));

    ck_assert_int_eq(find(crl, &ca, "7"), MTLS_CRL_REVOKED);
    recipe.entries = &extended;
    must_refuse(fixture_crl(&ca, &recipe, pool), "version 1");
}
END_TEST

START_TEST(T_R16_every_reason_revokes)
{
    for (int reason = 1; reason <= 10; reason++) {
        fixture_entry_t entry = {.serial = "7", .reason = reason};
        mtls_bytes_t der = with_entry(NUMBER, &entry);

        if (reason == 8)
            must_refuse(der, "only a delta CRL may do");
        else
            ck_assert_int_eq(find(read_or_not(der), &ca, "7"), MTLS_CRL_REVOKED);
    }
}
END_TEST

START_TEST(T_R16_removed_in_a_delta)
{
    static const fixture_entry_t entries[] = {{.serial = "1", .reason = 8},
                                              {.serial = "2", .reason = 6},
                                              {.serial = "3", .reason = 8},
                                              {.serial = "3"},
                                              {.serial = "4"},
                                              {.serial = "4", .reason = 8}};
    mtls_crl_t *crl = must_read(fixture_crl(
        &ca, &(fixture_crl_t){.extensions = {NUMBER, DELTA}, .entries = entries, .count = 6},
        pool));

    ck_assert(mtls_crl_is_delta(crl));
    ck_assert_int_eq(find(crl, &ca, "1"), MTLS_CRL_REMOVED);
    ck_assert_int_eq(find(crl, &ca, "2"), MTLS_CRL_REVOKED);
    ck_assert_int_eq(find(crl, &ca, "3"), MTLS_CRL_REVOKED);
    ck_assert_int_eq(find(crl, &ca, "4"), MTLS_CRL_REVOKED);
    ck_assert_int_eq(find(crl, &ca, "5"), MTLS_CRL_ABSENT);
    ck_assert_uint_eq(mtls_crl_count(crl), 4);
}
END_TEST

START_TEST(T_R13_deltas)
{
    must_refuse(with_extensions(DELTA, NULL, NULL), "without CRL number");
    must_refuse(with_extensions("crlNumber=ASN1:INTEGER:2", DELTA, NULL), "higher number");
    must_refuse(with_extensions(NUMBER, "deltaCRL=critical,DER:0403", NULL), "base number");
    must_refuse(with_extensions(NUMBER, "deltaCRL=critical,ASN1:INTEGER:-1", NULL), "base number");
    ck_assert_ptr_nonnull(read_or_not(with_extensions("crlNumber=ASN1:INTEGER:3", DELTA, NULL)));
}
END_TEST

static int count_of(const X509_CRL *list, int nid)
{
    int count = 0;

    for (int at = X509_CRL_get_ext_by_NID(list, nid, -1); at >= 0;
         at = X509_CRL_get_ext_by_NID(list, nid, at))
        count++;
    return count;
}

/* N-34: OpenSSL looks for a delta only where this extension is. */
START_TEST(N_34_complete_lists_announce_deltas)
{
    mtls_bytes_t plain = fixture_crl(&ca, &(fixture_crl_t){.version1 = true}, pool);
    X509_CRL *list = mtls_crl_skeleton(must_read(with_extensions(NUMBER, NULL, NULL)));
    CRL_DIST_POINTS *points = X509_CRL_get_ext_d2i(list, NID_freshest_crl, NULL, NULL);

    ck_assert_int_eq(count_of(list, NID_freshest_crl), 1);
    ck_assert_int_eq(X509_CRL_get_ext_count(list), 2);
    ck_assert_int_eq(sk_DIST_POINT_num(points), 1);
    CRL_DIST_POINTS_free(points);
    list = mtls_crl_skeleton(must_read(with_extensions(NUMBER, "freshestCRL=URI:http://h/", NULL)));
    ck_assert_int_eq(X509_CRL_get_ext_count(list), 2);
    ck_assert_int_eq(count_of(list, NID_freshest_crl), 1);
    list = mtls_crl_skeleton(must_read(with_extensions(NUMBER, DELTA, NULL)));
    ck_assert_int_eq(count_of(list, NID_freshest_crl), 0);
    ck_assert_int_eq(X509_CRL_get_ext_count(mtls_crl_skeleton(must_read(plain))), 0);
}
END_TEST

START_TEST(a_skeleton_is_turned_down_before_its_key_is_used)
{
    mtls_crl_t *crl = must_read(with_extensions(NUMBER, NULL, NULL));

    ERR_clear_error();
    ck_assert_int_ne(X509_CRL_verify(mtls_crl_skeleton(crl), ca.key), 1);
    ck_assert_int_eq(ERR_GET_REASON(ERR_peek_error()), ASN1_R_INVALID_BIT_STRING_BITS_LEFT);
    ck_assert_uint_eq(ERR_peek_error(), ERR_peek_last_error());
    ERR_clear_error();
}
END_TEST

/* The octet that says how many bits are unused is found behind the algorithm. */
START_TEST(signatures_are_whole_octets)
{
    mtls_bytes_t der = with_extensions(NUMBER, NULL, NULL);
    unsigned char *copy = apr_pmemdup(pool, der.data, der.len);
    X509_CRL *list = fixture_crl_decode(der, pool);
    const ASN1_BIT_STRING *bits;

    X509_CRL_get0_signature(list, &bits, NULL);
    ck_assert_uint_eq(copy[der.len - (apr_size_t)bits->length - 1], 0);
    copy[der.len - (apr_size_t)bits->length - 1] = 1;
    must_refuse((mtls_bytes_t){copy, der.len}, "no signature");
}
END_TEST

START_TEST(T_R14_extensions_that_cannot_be_used)
{
    static const struct {
        const char *extensions[3];
        const char *why;
    } cases[] = {
        {{NUMBER, "crlNumber=ASN1:INTEGER:6"}, "twice"},
        {{"crlNumber=critical,ASN1:INTEGER:5"}, "not understood"},
        {{NUMBER, "1.2.3.4=critical,ASN1:NULL"}, "not understood"},
        {{NUMBER, "freshestCRL=critical,URI:http://h/"}, "not understood"},
        {{"crlNumber=ASN1:INTEGER:-5"}, "CRL number"},
        {{"crlNumber=ASN1:INTEGER:0x0102030405060708090a0b0c0d0e0f101112131415"}, "CRL number"},
        {{"crlNumber=DER:0500"}, "CRL number"},
        {{NUMBER, "issuingDistributionPoint=critical,onlyuser:TRUE,onlyCA:TRUE"}, "invalid"},
        {{NUMBER, "issuingDistributionPoint=critical,onlyCA:TRUE,onlyAA:TRUE"}, "invalid"},
        {{NUMBER, "issuingDistributionPoint=critical,DER:0500"}, "invalid"},
        {{NUMBER, "authorityKeyIdentifier=DER:0500"}, "authority key identifier"},
    };

    for (int i = 0; i < COUNT_OF(cases); i++)
        must_refuse(with_extensions(cases[i].extensions[0], cases[i].extensions[1], NULL),
                    cases[i].why);
    ck_assert_ptr_nonnull(
        read_or_not(with_extensions(NUMBER, "1.2.3.4=ASN1:NULL", "freshestCRL=URI:http://h/")));
}
END_TEST

START_TEST(T_R14_entries_that_cannot_be_used)
{
    static const fixture_entry_t unknown = {.serial = "7", .extension = "1.2.3=critical,ASN1:NULL"};
    static const fixture_entry_t harmless = {.serial = "7", .extension = "1.2.3=ASN1:NULL"};
    static const fixture_entry_t no_reason = {.serial = "7", .extension = "CRLReason=DER:0201"};
    static const fixture_entry_t critical = {.serial = "7",
                                             .extension = "CRLReason=critical,ASN1:ENUM:1"};
    fixture_entry_t twice = {.serial = "7", .reason = 1, .extension = "CRLReason=ASN1:ENUM:8"};
    fixture_entry_t named = {.serial = "7", .issuer = ca.cert};
    mtls_bytes_t cut = with_entry(NUMBER, &harmless);
    unsigned char *oid;

    must_refuse(with_entry(NUMBER, &unknown), "not understood");
    oid = memmem((void *)(uintptr_t)cut.data, cut.len, "\x06\x02\x2a\x03", 4);
    oid[3] = 0x83;
    must_refuse(cut, "not DER of a revoked");
    must_refuse(with_entry(NUMBER, &no_reason), "reason cannot be read");
    must_refuse(with_entry(NUMBER, &twice), "reason cannot be read");
    must_refuse(with_entry(NUMBER, &named), "only an indirect list");
    ck_assert_int_eq(find(read_or_not(with_entry(NUMBER, &harmless)), &ca, "7"), MTLS_CRL_REVOKED);
    ck_assert_int_eq(find(read_or_not(with_entry(NUMBER, &critical)), &ca, "7"), MTLS_CRL_REVOKED);
}
END_TEST

START_TEST(T_R14_indirect)
{
    fixture_party_t a = fixture_make(NULL, &(fixture_recipe_t){.ca = true, .subject = "A"}, pool);
    fixture_party_t b = fixture_make(NULL, &(fixture_recipe_t){.ca = true, .subject = "B"}, pool);
    fixture_party_t same =
        fixture_make(NULL, &(fixture_recipe_t){.ca = true, .subject = " a"}, pool);
    const fixture_entry_t entries[] = {{.serial = "1"},
                                       {.serial = "2", .issuer = b.cert},
                                       {.serial = "3"},
                                       {.serial = "4", .issuer = a.cert},
                                       {.serial = "5", .issuer = b.cert},
                                       {.serial = "6", .issuer = same.cert}};
    mtls_crl_t *crl = must_read(fixture_crl(
        &ca, &(fixture_crl_t){.extensions = {INDIRECT}, .entries = entries, .count = 6}, pool));
    const fixture_party_t *of[] = {&ca, &b, &b, &a, &b, &a};

    ck_assert(mtls_crl_is_indirect(crl));
    for (int i = 0; i < 6; i++) {
        ck_assert_int_eq(find(crl, of[i], entries[i].serial), MTLS_CRL_REVOKED);
        ck_assert_int_eq(find(crl, of[i] == &ca ? &a : &ca, entries[i].serial), MTLS_CRL_ABSENT);
    }
}
END_TEST

START_TEST(T_R14_indirect_of_nobody_certain)
{
    static const fixture_entry_t mail = {
        .serial = "7", .extension = "certificateIssuer=critical,DER:30058103614062"};
    static const fixture_entry_t broken = {.serial = "7",
                                           .extension = "certificateIssuer=critical,DER:3000ff"};

    must_refuse(with_entry(INDIRECT, &mail), "not exactly one name");
    must_refuse(with_entry(INDIRECT, &broken), "not exactly one name");
}
END_TEST

/* CRL numbers are integers, not octets; without them the time counts. */
START_TEST(T_R14_age)
{
    static const char *const numbers[] = {
        "crlNumber=ASN1:INTEGER:127", "crlNumber=ASN1:INTEGER:128", "crlNumber=ASN1:INTEGER:255",
        "crlNumber=ASN1:INTEGER:256", "crlNumber=ASN1:INTEGER:65536"};
    mtls_crl_t *lists[COUNT_OF(numbers)];
    mtls_crl_t *old, *new;

    for (int i = 0; i < COUNT_OF(numbers); i++)
        lists[i] = must_read(with_extensions(numbers[i], NULL, NULL));
    for (int i = 0; i < COUNT_OF(numbers); i++) {
        for (int j = 0; j < COUNT_OF(numbers); j++) {
            int order = mtls_crl_compare_age(lists[i], lists[j]);

            ck_assert_int_eq((order > 0) - (order < 0), (i > j) - (i < j));
            ck_assert(mtls_crl_is_same_list(lists[i], lists[j]));
        }
    }
    old = must_read(fixture_crl(
        &ca, &(fixture_crl_t){.version1 = true, .from_seconds = -10, .to_seconds = 9}, pool));
    new = must_read(fixture_crl(
        &ca, &(fixture_crl_t){.version1 = true, .from_seconds = -9, .to_seconds = 8}, pool));
    ck_assert_int_lt(mtls_crl_compare_age(old, new), 0);
    ck_assert_int_gt(mtls_crl_compare_age(new, old), 0);
    ck_assert_int_eq(mtls_crl_compare_age(new, new), 0);
}
END_TEST

START_TEST(T_R14_same_list)
{
    fixture_party_t twin =
        fixture_make(NULL, &(fixture_recipe_t){.ca = true, .subject = "Root"}, pool);
    mtls_bytes_t der = with_extensions(NUMBER, NULL, NULL);
    mtls_bytes_t twin_der = fixture_crl(&twin, &(fixture_crl_t){.extensions = {NUMBER}}, pool);
    mtls_crl_t *plain = must_read(der);
    mtls_crl_t *of_twin = must_read(twin_der);
    mtls_crl_t *users =
        must_read(with_extensions(NUMBER, "issuingDistributionPoint=critical,onlyuser:TRUE", NULL));
    mtls_crl_t *cas =
        must_read(with_extensions(NUMBER, "issuingDistributionPoint=critical,onlyCA:TRUE", NULL));
    mtls_crl_t *delta = must_read(with_extensions(NUMBER, DELTA, NULL));
    mtls_crl_t *keyed =
        must_read(with_extensions(NUMBER, "authorityKeyIdentifier=keyid:always", NULL));
    const mtls_crl_t *all[] = {plain, users, cas, delta, keyed};

    for (int i = 0; i < COUNT_OF(all); i++) {
        for (int j = 0; j < COUNT_OF(all); j++)
            ck_assert_int_eq(mtls_crl_is_same_list(all[i], all[j]), i == j);
    }
    ck_assert(mtls_crl_is_same_list(plain, of_twin));
    ck_assert(mtls_crl_verify(plain, der, ca.cert, pool));
    ck_assert(mtls_crl_is_same_list(plain, of_twin));
    ck_assert(mtls_crl_verify(of_twin, twin_der, twin.cert, pool));
    ck_assert(!mtls_crl_is_same_list(plain, of_twin));
}
END_TEST

START_TEST(F_14_signatures)
{
    static const struct {
        fixture_key_t key;
        bool pss;
        const char *digest;
    } cases[] = {{FIXTURE_P256, false, NULL},    {FIXTURE_P384, false, "sha384"},
                 {FIXTURE_ED25519, false, NULL}, {FIXTURE_ED448, false, NULL},
                 {FIXTURE_RSA2048, false, NULL}, {FIXTURE_RSA2048, true, "sha512"}};
    static const fixture_entry_t entry = {.serial = "7", .reason = 1};

    for (int i = 0; i < COUNT_OF(cases); i++) {
        fixture_recipe_t made = {.ca = true, .key = cases[i].key};
        fixture_party_t signer = fixture_make(NULL, &made, pool);
        fixture_party_t renewed = fixture_make(
            NULL, &(fixture_recipe_t){.ca = true, .same_key_as = &signer, .serial = 2}, pool);
        mtls_bytes_t der = fixture_crl(
            &signer,
            &(fixture_crl_t){
                .entries = &entry, .count = 1, .pss = cases[i].pss, .digest = cases[i].digest},
            pool);
        mtls_bytes_t spoilt = fixture_crl_spoil(der, pool);
        mtls_crl_t *crl = must_read(der);
        mtls_crl_t *bad = must_read(spoilt);

        ck_assert(!mtls_crl_verify(crl, der, ca.cert, pool));
        ck_assert(!mtls_crl_is_verified(crl));
        ck_assert(mtls_crl_verify(crl, der, signer.cert, pool));
        ck_assert(mtls_crl_is_signed_by(crl, X509_get0_pubkey(renewed.cert)));
        ck_assert(!mtls_crl_is_signed_by(crl, ca.key));
        ck_assert(!mtls_crl_verify(bad, spoilt, signer.cert, pool));
        ck_assert(!mtls_crl_is_verified(bad));
    }
}
END_TEST

/* The entries are signed although the skeleton has none. */
START_TEST(F_14_changed_entry)
{
    static const fixture_entry_t entry = {.serial = "0x0102030405"};
    mtls_bytes_t der = fixture_crl(&ca, &(fixture_crl_t){.entries = &entry, .count = 1}, pool);
    unsigned char *at =
        memmem((void *)(uintptr_t)der.data, der.len, "\x02\x05\x01\x02\x03\x04\x05", 7);
    mtls_crl_t *crl;

    at[6] ^= 1;
    crl = must_read(der);
    ck_assert_int_eq(find(crl, &ca, "0x0102030404"), MTLS_CRL_REVOKED);
    ck_assert(!mtls_crl_verify(crl, der, ca.cert, pool));
}
END_TEST

START_TEST(F_14_broken_digests)
{
    fixture_party_t rsa =
        fixture_make(NULL, &(fixture_recipe_t){.ca = true, .key = FIXTURE_RSA2048}, pool);
    fixture_crl_t recipe = {.digest = "sha1"};

    must_refuse(fixture_crl(&ca, &recipe, pool), "broken");
    must_refuse(fixture_crl(&rsa, &recipe, pool), "broken");
    recipe.pss = true;
    must_refuse(fixture_crl(&rsa, &recipe, pool), "broken");
    recipe = (fixture_crl_t){.digest = "md5"};
    must_refuse(fixture_crl(&rsa, &recipe, pool), "broken");
}
END_TEST

START_TEST(T_F05_no_end)
{
    must_refuse(fixture_crl(&ca, &(fixture_crl_t){.no_end = true}, pool), "no nextUpdate");
}
END_TEST

/* Cut anywhere, or with something behind it, nothing is read. */
START_TEST(F_11_cut)
{
    static const fixture_entry_t entry = {.serial = "7", .reason = 1};
    mtls_bytes_t der = with_entry(NUMBER, &entry);
    unsigned char *longer = apr_pcalloc(pool, der.len + 1);
    int before = 0;

    for (apr_size_t len = 1; len < der.len; len++)
        ck_assert_ptr_null(read_or_not((mtls_bytes_t){der.data, len}));
    before = mtls_faults_count(faults);
    ck_assert_int_eq(before, (int)der.len - 1);
    memcpy(longer, der.data, der.len);
    must_refuse((mtls_bytes_t){longer, der.len + 1}, "exactly one");
}
END_TEST

START_TEST(F_11_algorithms_differ)
{
    mtls_bytes_t der = fixture_crl(&ca, &(fixture_crl_t){0}, pool);
    static const unsigned char ecdsa_sha256[] = {0x06, 0x08, 0x2a, 0x86, 0x48,
                                                 0xce, 0x3d, 0x04, 0x03, 0x02};
    unsigned char *at =
        memmem((void *)(uintptr_t)der.data, der.len, ecdsa_sha256, sizeof(ecdsa_sha256));

    at[9] = 0x03;
    must_refuse(der, "one signature algorithm inside");
}
END_TEST

START_TEST(described)
{
    static const fixture_entry_t entries[] = {{.serial = "1"}, {.serial = "2"}};
    fixture_crl_t recipe = {
        .extensions = {"crlNumber=ASN1:INTEGER:12"}, .entries = entries, .count = 2};
    mtls_crl_t *crl = must_read(fixture_crl(&ca, &recipe, pool));
    const char *text = mtls_crl_describe(crl, pool);

    ck_assert_ptr_eq(strstr(text, "CN=Root; number 12, 2 entries, until 20"), text);
    ck_assert_str_eq(text + strlen(text) - 1, "Z");
    recipe = (fixture_crl_t){.version1 = true};
    ck_assert_ptr_nonnull(strstr(
        mtls_crl_describe(must_read(fixture_crl(&ca, &recipe, pool)), pool), "no number, 0 "));
}
END_TEST

/* A pseudo-random number that every run repeats. */
static unsigned next_random(void)
{
    static unsigned state = 1;

    state = state * 1664525u + 1013904223u;
    return state >> 16;
}

static char *random_serial(void)
{
    unsigned number = next_random() % 40;

    switch (next_random() % 4) {
    case 0:
        return apr_psprintf(pool, "-%u", number);
    case 1:
        return apr_psprintf(pool, "0x%x0000000000000000000000000000000%x", number + 1,
                            next_random() % 4);
    case 2:
        return apr_psprintf(pool, "0x%x", number * 8);
    default:
        return apr_psprintf(pool, "%u", number);
    }
}

/* What OpenSSL's own list says. */
static mtls_crl_entry_t answer_of(X509_CRL *list, X509 *cert)
{
    X509_REVOKED *entry;

    switch (X509_CRL_get0_by_cert(list, &entry, cert)) {
    case 0:
        return MTLS_CRL_ABSENT;
    case 2:
        return MTLS_CRL_REMOVED;
    default:
        return MTLS_CRL_REVOKED;
    }
}

/* Whether a serial number is there with both words: then OpenSSL's answer depends on how it sorts.
 */
static bool is_ambiguous(const fixture_entry_t *entries, int count)
{
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < i; j++) {
            ASN1_INTEGER *a = s2i_ASN1_INTEGER(NULL, entries[i].serial);
            ASN1_INTEGER *b = s2i_ASN1_INTEGER(NULL, entries[j].serial);
            bool equal = ASN1_INTEGER_cmp(a, b) == 0;

            ASN1_INTEGER_free(a);
            ASN1_INTEGER_free(b);
            if (equal && entries[i].reason != entries[j].reason)
                return true;
        }
    }
    return false;
}

START_TEST(T_R10_as_openssl_says)
{
    fixture_party_t others[3];
    int compared = 0;

    others[0] = ca;
    others[1] = fixture_make(NULL, &(fixture_recipe_t){.ca = true, .subject = "A"}, pool);
    others[2] = fixture_make(NULL, &(fixture_recipe_t){.ca = true, .subject = "B"}, pool);
    for (int round = 0; round < 150; round++) {
        fixture_entry_t entries[24] = {{0}};
        bool delta = round % 3 == 1;
        bool indirect = round % 2 == 1;
        fixture_crl_t recipe = {.entries = entries, .count = (int)(next_random() % 24)};
        mtls_bytes_t der;
        mtls_crl_t *crl;
        X509_CRL *list;

        recipe.extensions[0] = NUMBER;
        if (indirect)
            recipe.extensions[1] = INDIRECT;
        if (delta)
            recipe.extensions[indirect ? 2 : 1] = DELTA;
        for (int i = 0; i < recipe.count; i++) {
            entries[i].serial = random_serial();
            entries[i].reason = delta && next_random() % 3 == 0 ? 8 : (int)(next_random() % 3);
            if (indirect && next_random() % 3 == 0)
                entries[i].issuer = others[next_random() % 3].cert;
        }
        if (delta && is_ambiguous(entries, recipe.count))
            continue;
        der = fixture_crl(&ca, &recipe, pool);
        crl = must_read(der);
        list = fixture_crl_decode(der, pool);
        for (int i = 0; i < recipe.count + 20; i++) {
            const char *serial = i < recipe.count ? entries[i].serial : random_serial();

            for (int j = 0; j < 3; j++) {
                X509 *cert = with_serial(&others[j], serial);

                ck_assert_int_eq(mtls_crl_find(crl, cert), answer_of(list, cert));
                X509_free(cert);
                compared++;
            }
        }
    }
    ck_assert_int_gt(compared, 5000);
}
END_TEST

/* One entry of a list, with a serial number of 20 octets that depends on i. */
static mtls_bytes_t many_entries(int count)
{
    static const unsigned char frame[] = {0x30, 0x25, 0x02, 0x14, 0x55};
    static const unsigned char date[] = "\x17\x0d"
                                        "260101000000Z";
    unsigned char *all = apr_palloc(pool, (apr_size_t)count * 39);

    for (int i = 0; i < count; i++) {
        unsigned char *entry = all + i * 39;

        memcpy(entry, frame, 5);
        for (int j = 0; j < 19; j++)
            entry[5 + j] = (unsigned char)next_random();
        entry[5] = (unsigned char)(i >> 16);
        entry[6] = (unsigned char)(i >> 8);
        entry[7] = (unsigned char)i;
        memcpy(entry + 24, date, 15);
    }
    return (mtls_bytes_t){all, (apr_size_t)count * 39};
}

static mtls_bytes_t wrap(unsigned char tag, mtls_bytes_t a, mtls_bytes_t b, mtls_bytes_t c)
{
    apr_size_t len = a.len + b.len + c.len;
    unsigned char *out = apr_palloc(pool, len + 6);

    out[0] = tag;
    out[1] = 0x83;
    out[2] = (unsigned char)(len >> 16);
    out[3] = (unsigned char)(len >> 8);
    out[4] = (unsigned char)len;
    if (a.len != 0)
        memcpy(out + 5, a.data, a.len);
    if (b.len != 0)
        memcpy(out + 5 + a.len, b.data, b.len);
    if (c.len != 0)
        memcpy(out + 5 + a.len + b.len, c.data, c.len);
    return (mtls_bytes_t){out, len + 5};
}

/* A list of many entries, unsigned: OpenSSL would take long to make one. */
static mtls_bytes_t large_list(int count)
{
    mtls_bytes_t small = fixture_crl(&ca, &(fixture_crl_t){.version1 = true}, pool);
    mtls_bytes_t rest;
    mtls_der_t list, tbs;
    const mtls_bytes_t none = {NULL, 0};

    ck_assert(mtls_der_open(&list, small, MTLS_DER_SEQUENCE));
    rest = list.content;
    ck_assert(mtls_der_take(&tbs, &rest, MTLS_DER_SEQUENCE));
    return wrap(0x30, wrap(0x30, tbs.content, wrap(0x30, many_entries(count), none, none), none),
                rest, none);
}

START_TEST(F_15_memory_for_each_entry)
{
    const int count = 100000;
    mtls_bytes_t der = large_list(count);
    mtls_crl_t *crl;
    X509 *cert;

    crl = must_read(der);
    ck_assert_uint_eq(mtls_crl_count(crl), (unsigned)count);
    ck_assert_uint_le(mtls_crl_octets(crl), (unsigned)count * 25);
    cert = with_serial(&ca, "0x5500ffff");
    ck_assert_int_eq(mtls_crl_find(crl, cert), MTLS_CRL_ABSENT);
    for (int i = 0; i < count; i += 997) {
        const unsigned char *at = (const unsigned char *)memmem(
            der.data, der.len,
            (unsigned char[]){0x55, (unsigned char)(i >> 16), (unsigned char)(i >> 8),
                              (unsigned char)i},
            4);
        ASN1_INTEGER *serial = ASN1_INTEGER_new();

        ck_assert_ptr_nonnull(at);
        ASN1_STRING_set(serial, at, 20);
        X509_set_serialNumber(cert, serial);
        ck_assert_int_eq(mtls_crl_find(crl, cert), MTLS_CRL_REVOKED);
        ASN1_INTEGER_free(serial);
    }
    X509_free(cert);
}
END_TEST

/* T-R12, T-R13: fields that OpenSSL once took for others. */
START_TEST(T_R12_x400_address_in_point)
{
    ck_assert_ptr_nonnull(
        read_or_not(with_extensions(NUMBER,
                                    "issuingDistributionPoint=critical,DER:300aa008a006a3043002"
                                    "0500",
                                    NULL)));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("crl");

    tcase_set_timeout(tcase, 240);
    tcase_add_test(tcase, T_R10_entries_are_found);
    tcase_add_test(tcase, T_R10_serial_numbers_of_all_sizes);
    tcase_add_test(tcase, T_R10_of_another_issuer);
    tcase_add_test(tcase, T_R10_no_entries);
    tcase_add_test(tcase, version_1);
    tcase_add_test(tcase, T_R16_every_reason_revokes);
    tcase_add_test(tcase, T_R16_removed_in_a_delta);
    tcase_add_test(tcase, T_R13_deltas);
    tcase_add_test(tcase, N_34_complete_lists_announce_deltas);
    tcase_add_test(tcase, a_skeleton_is_turned_down_before_its_key_is_used);
    tcase_add_test(tcase, signatures_are_whole_octets);
    tcase_add_test(tcase, T_R14_extensions_that_cannot_be_used);
    tcase_add_test(tcase, T_R14_entries_that_cannot_be_used);
    tcase_add_test(tcase, T_R14_indirect);
    tcase_add_test(tcase, T_R14_indirect_of_nobody_certain);
    tcase_add_test(tcase, T_R14_age);
    tcase_add_test(tcase, T_R14_same_list);
    tcase_add_test(tcase, F_14_signatures);
    tcase_add_test(tcase, F_14_changed_entry);
    tcase_add_test(tcase, F_14_broken_digests);
    tcase_add_test(tcase, T_F05_no_end);
    tcase_add_test(tcase, F_11_cut);
    tcase_add_test(tcase, F_11_algorithms_differ);
    tcase_add_test(tcase, described);
    tcase_add_test(tcase, T_R10_as_openssl_says);
    tcase_add_test(tcase, F_15_memory_for_each_entry);
    tcase_add_test(tcase, T_R12_x400_address_in_point);
    return run_case_with("crl", tcase, up);
}
