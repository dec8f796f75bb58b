/*
 * t/unit/test_field.c - what rules see of a certificate.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "cert_fixture.h"
#include "mtls/cert/identity_read.h"
#include "mtls/policy/field.h"
#include "policy_run.h"

#define B(literal)                                                                                 \
    {                                                                                              \
        (const unsigned char *)(literal), sizeof(literal) - 1                                      \
    }

#define HEX64 "0011223344556677889900112233445566778899001122334455667788990011"

enum { TAG_UTF8 = 0x0c, TAG_PRINTABLE = 0x13, TAG_T61 = 0x14, TAG_IA5 = 0x16, TAG_BMP = 0x1e };
enum { SAN_EMAIL = 0x81, SAN_DNS = 0x82, SAN_URI = 0x86, SAN_IP = 0x87, SAN_RID = 0x88 };
enum { SAN_X400 = 0xa3, SAN_DIRNAME = 0xa4, SAN_EDIPARTY = 0xa5 };

static const char profile[] = "staff";

static mtls_field_t field_of(const char *word)
{
    mtls_field_t field;
    const char *fault = mtls_field_parse(&field, word, pool);

    ck_assert_msg(fault == NULL, "%s", fault);
    return field;
}

/* The texts of a field, "|" between them, and "?" after them when there may be more. */
static const char *texts(const mtls_identity_t *identity, const char *word)
{
    mtls_field_t field = field_of(word);
    mtls_holder_t holder = {identity, profile};
    mtls_field_values_t values, keys;
    const char *all = "";
    apr_size_t i;

    mtls_field_read(&values, &field, &holder, pool);
    mtls_field_read_keys(&keys, &field, &holder, pool);
    ck_assert_uint_eq(keys.count, values.count);
    ck_assert_int_eq(keys.complete, values.complete);
    for (i = 0; i < values.count; i++) {
        const mtls_field_value_t *value = &values.values[i];

        ck_assert_uint_ne(value->text.len, 0);
        ck_assert_uint_eq(value->text.data[value->text.len], 0);
        ck_assert_uint_eq(value->text.len, strlen((const char *)value->text.data));
        ck_assert_uint_eq(keys.values[i].text.len, 0);
        ck_assert(mtls_bytes_equal(value->key, keys.values[i].key));
        all = apr_pstrcat(pool, all, i != 0 ? "|" : "", (const char *)value->text.data, NULL);
    }
    return apr_pstrcat(pool, all, values.complete ? "" : "?", NULL);
}

#define assert_texts(identity, word, expected)                                                     \
    ck_assert_msg(strcmp(texts(identity, word), expected) == 0, "%s: got %s, not %s", word,        \
                  texts(identity, word), expected)

static mtls_bytes_t key_of(const mtls_identity_t *identity, const char *word)
{
    mtls_field_t field = field_of(word);
    mtls_holder_t holder = {identity, profile};
    mtls_field_values_t values;

    mtls_field_read_keys(&values, &field, &holder, pool);
    ck_assert_uint_eq(values.count, 1);
    return values.values[0].key;
}

static mtls_bytes_t literal(const char *word, const char *text)
{
    mtls_field_t field = field_of(word);
    mtls_bytes_t key = {NULL, 0};
    const char *fault = mtls_field_literal(&key, &field, text, pool);

    ck_assert_msg(fault == NULL, "%s", fault);
    return key;
}

static bool is(const mtls_identity_t *identity, const char *word, const char *text)
{
    return mtls_bytes_equal(key_of(identity, word), literal(word, text));
}

static const char *refusal(const char *word, const char *text)
{
    mtls_field_t field = field_of(word);
    mtls_bytes_t key = {NULL, 4711};
    const char *fault = mtls_field_literal(&key, &field, text, pool);

    ck_assert_msg(fault != NULL, "%s accepted %s", word, text);
    ck_assert_uint_eq(key.len, 4711);
    return fault;
}

static const mtls_identity_t *read_fixture(const cert_fixture_t *fixture)
{
    const mtls_identity_t *identity;
    mtls_bytes_t der = fixture_write(fixture, pool);
    X509 *cert = fixture_decode(der, pool);

    ck_assert_ptr_nonnull(cert);
    ck_assert_int_eq(mtls_identity_read(&identity, cert, der, NULL, pool), APR_SUCCESS);
    return identity;
}

static const mtls_identity_t *with_sans(mtls_bytes_t sans)
{
    cert_fixture_t fixture = fixture_with_sans(pool, sans);

    return read_fixture(&fixture);
}

static const mtls_identity_t *with_subject(mtls_bytes_t rdns)
{
    cert_fixture_t fixture = fixture_make(pool);

    fixture.subject = fixture_tlv(pool, 0x30, rdns);
    return read_fixture(&fixture);
}

static mtls_bytes_t upn(unsigned char tag, mtls_bytes_t text)
{
    return fixture_other_name(pool, OID_UPN, fixture_tlv(pool, tag, text));
}

START_TEST(words)
{
    const struct {
        const char *word, *canonical;
        mtls_field_kind_t kind;
    } good[] = {
        {"subject", "subject", MTLS_FIELD_NAME},
        {"CN", "cn", MTLS_FIELD_TEXT},
        {"commonName", "cn", MTLS_FIELD_TEXT},
        {"2.5.4.3", "cn", MTLS_FIELD_TEXT},
        {"uid", "uid", MTLS_FIELD_TEXT},
        {"organizationIdentifier", "2.5.4.97", MTLS_FIELD_TEXT},
        {"2.5.4.97", "2.5.4.97", MTLS_FIELD_TEXT},
        {"1.2.840.113549.1.9.1", "emailaddress", MTLS_FIELD_TEXT},
        {"issuer.cn", "issuer.cn", MTLS_FIELD_TEXT},
        {"Issuer.organizationName", "issuer.o", MTLS_FIELD_TEXT},
        {"issuer.2.5.4.5", "issuer.serialnumber", MTLS_FIELD_TEXT},
        {"issuer.1.2.3", "issuer.1.2.3", MTLS_FIELD_TEXT},
        {"EMAIL", "email", MTLS_FIELD_MAILBOX},
        {"email.local", "email.local", MTLS_FIELD_TEXT},
        {"email.domain", "email.domain", MTLS_FIELD_HOST},
        {"upn.realm", "upn.realm", MTLS_FIELD_HOST},
        {"serialNumber", "serialnumber", MTLS_FIELD_TEXT},
        {"serial", "serial", MTLS_FIELD_NUMBER},
        {"serial-issuer", "serial-issuer", MTLS_FIELD_SERIAL_ISSUER},
    };
    const char *const bad[] = {
        "",  "TYPE", "issuer.TYPE",   "issuer.",   "issuer.email",  "clientAuth", "2.5.4.03",
        "2", "cn ",  "issuer.serial", "san-email", "issuer.issuer", "upn.domain"};
    mtls_field_t field;
    int i;

    for (i = 0; i < COUNT_OF(good); i++) {
        field = field_of(good[i].word);
        ck_assert_str_eq(field.word, good[i].canonical);
        ck_assert_int_eq(field.kind, good[i].kind);
    }
    for (i = 0; i < COUNT_OF(bad); i++) {
        ck_assert_msg(mtls_field_parse(&field, bad[i], pool) != NULL, "accepted '%s'", bad[i]);
    }
}
END_TEST

START_TEST(guesses)
{
    const struct {
        const char *word, *guess;
    } cases[] = {{"emial", "did you mean email?"},
                 {"Fingerprnt", "did you mean fingerprint?"},
                 {"san-dnsname", "did you mean san-dns?"},
                 {"san-email", "did you mean email?"},
                 {"print", "did you mean fingerprint?"}};
    mtls_field_t field;
    int i;

    for (i = 0; i < COUNT_OF(cases); i++) {
        const char *fault = mtls_field_parse(&field, cases[i].word, pool);

        ck_assert_msg(strstr(fault, cases[i].guess) != NULL, "%s", fault);
        ck_assert_ptr_nonnull(strstr(fault, "an attribute of them (cn, issuer.o, 2.5.4.5)"));
    }
    ck_assert_str_eq(
        mtls_field_parse(&field, "q\nzzzzz", pool),
        "unknown field 'q?zzzzz'; use subject, issuer, an attribute of them (cn, issuer.o, "
        "2.5.4.5), "
        "email, upn, san-TYPE, serial, serial-issuer, fingerprint, spki, eku, policy, qc-type, "
        "qc-statement or profile");
}
END_TEST

/* The table is the manual's source: what it says of kinds is what the parser says. */
START_TEST(help)
{
    static const char *const kinds[] = {
        [MTLS_FIELD_NAME] = "name",       [MTLS_FIELD_TEXT] = "text",
        [MTLS_FIELD_HOST] = "host",       [MTLS_FIELD_MAILBOX] = "mailbox",
        [MTLS_FIELD_ADDRESS] = "address", [MTLS_FIELD_NUMBER] = "number",
        [MTLS_FIELD_DIGEST] = "digest",   [MTLS_FIELD_OID] = "oid",
        [MTLS_FIELD_DER] = "der",         [MTLS_FIELD_SERIAL_ISSUER] = "serial-issuer"};
    const char *const *row;
    int i, forms = 0;

    ck_assert_int_eq(COUNT_OF(kinds), MTLS_FIELD_KINDS);
    for (i = 0; (row = mtls_field_help(i)) != NULL; i++) {
        if (strstr(row[0], "TYPE") != NULL) {
            forms++;
            continue;
        }
        ck_assert_str_eq(field_of(row[0]).word, row[0]);
        ck_assert_str_eq(row[1], kinds[field_of(row[0]).kind]);
        ck_assert_uint_gt(strlen(row[2]), 0);
    }
    ck_assert_int_gt(i, 30);
    ck_assert_int_eq(forms, 2);
}
END_TEST

/* T-N02: the same octets as each type of alternative name, and in the subject. */
START_TEST(types_never_cross)
{
    static const char same[] = "a@b.example";
    const struct {
        const char *word;
        mtls_bytes_t san;
    } types[] = {{"email", fixture_tlv(pool, SAN_EMAIL, LIT("a@b.example"))},
                 {"san-dns", fixture_tlv(pool, SAN_DNS, LIT("a@b.example"))},
                 {"san-uri", fixture_tlv(pool, SAN_URI, LIT("a@b.example"))},
                 {"upn", upn(TAG_UTF8, LIT("a@b.example"))}};
    const mtls_identity_t *identity;
    int i, j;

    for (i = 0; i < COUNT_OF(types); i++) {
        identity = with_sans(types[i].san);
        for (j = 0; j < COUNT_OF(types); j++) {
            assert_texts(identity, types[j].word, i == j ? same : "");
        }
    }
    identity = with_subject(fixture_rdn(pool, OID_EMAIL, TAG_IA5, LIT("a@b.example")));
    assert_texts(identity, "emailaddress", same);
    assert_texts(identity, "email", "alice@example.org"); /* the fixture's alternative name */
    identity = with_sans(fixture_tlv(pool, SAN_DNS, LIT("b.example")));
    assert_texts(identity, "email.domain", "");
    assert_texts(identity, "upn.realm", "");
}
END_TEST

/* T-N03: text that looks like more of a name, or like more alternative names. */
START_TEST(text_is_not_structure)
{
    const mtls_identity_t *identity =
        with_subject(fixture_join(pool, 3, fixture_rdn(pool, OID_O, TAG_UTF8, LIT("x/CN=admin")),
                                  fixture_rdn(pool, OID_O, TAG_UTF8, LIT("x,CN=admin")),
                                  fixture_rdn(pool, OID_CN, TAG_UTF8, LIT("x+CN=admin"))));

    assert_texts(identity, "cn", "x+CN=admin");
    assert_texts(identity, "o", "x/CN=admin|x,CN=admin");
    assert_texts(identity, "subject", "CN=x\\+CN=admin,O=x\\,CN=admin,O=x/CN=admin");
}
END_TEST

/* T-N04: every attribute of the type, wherever it stands. */
START_TEST(attributes)
{
    mtls_bytes_t pair =
        fixture_tlv(pool, 0x31,
                    fixture_join(pool, 2, fixture_attr(pool, OID_OU, TAG_UTF8, LIT("two")),
                                 fixture_attr(pool, OID_CN, TAG_UTF8, LIT("inner"))));
    const mtls_identity_t *identity =
        with_subject(fixture_join(pool, 4, fixture_rdn(pool, OID_OU, TAG_PRINTABLE, LIT("one")),
                                  pair, fixture_rdn(pool, OID_OU, TAG_BMP, LIT("\0t\0h\0r\0e\0e")),
                                  fixture_rdn(pool, OID_OU, TAG_UTF8, LIT("two"))));

    assert_texts(identity, "ou", "one|two|three|two");
    assert_texts(identity, "cn", "inner");
    assert_texts(identity, "o", "");
    assert_texts(identity, "issuer.cn", "Test CA");
    assert_texts(identity, "issuer.ou", "");
}
END_TEST

/* Five values do not fit where four do, nor two where one does. */
START_TEST(many_values)
{
    mtls_bytes_t rdns = {NULL, 0};
    const char *expected = "";
    int i;

    for (i = 0; i < 20; i++) {
        char *text = apr_psprintf(pool, "ou%d", i);
        mtls_bytes_t value = {(const unsigned char *)text, strlen(text)};

        rdns = fixture_join(pool, 2, rdns, fixture_rdn(pool, OID_OU, TAG_UTF8, value));
        expected = apr_pstrcat(pool, expected, i != 0 ? "|" : "", text, NULL);
        assert_texts(with_subject(rdns), "ou", expected);
    }
}
END_TEST

/* T-N01: no part of such a value is seen, and nobody may conclude that there is none. */
START_TEST(unusable_text)
{
    enum { SAN_ONLY = 0 }; /* OpenSSL decodes no subject with it */
    const struct {
        unsigned char tag;
        mtls_bytes_t value;
    } bad[] = {{TAG_UTF8, LIT("admin\0.evil")}, {TAG_UTF8, LIT("admin\r\nx")},
               {TAG_UTF8, LIT("admin\x7f")},    {TAG_UTF8, LIT("admin\xc2\x85")},
               {SAN_ONLY, LIT("admin\xff")},    {TAG_BMP, LIT("\0a\0\0\0b")},
               {TAG_T61, LIT("admin\0")},       {TAG_UTF8, LIT("")}};
    int i;

    for (i = 0; i < COUNT_OF(bad); i++) {
        if (bad[i].tag != SAN_ONLY) {
            const mtls_identity_t *identity = with_subject(
                fixture_join(pool, 2, fixture_rdn(pool, OID_CN, bad[i].tag, bad[i].value),
                             fixture_rdn(pool, OID_CN, TAG_UTF8, LIT("good"))));

            assert_texts(identity, "cn", "good?");
            assert_texts(identity, "ou", "");
        }
        if (bad[i].tag == TAG_UTF8 || bad[i].tag == SAN_ONLY) {
            assert_texts(with_sans(upn(TAG_UTF8, bad[i].value)), "upn", "?");
            assert_texts(with_sans(fixture_tlv(pool, SAN_DNS, bad[i].value)), "san-dns", "?");
            assert_texts(with_sans(fixture_tlv(pool, SAN_URI, bad[i].value)), "san-uri", "?");
            assert_texts(with_sans(fixture_tlv(pool, SAN_EMAIL, bad[i].value)), "email", "?");
            assert_texts(with_sans(fixture_tlv(pool, SAN_EMAIL, bad[i].value)), "email.domain",
                         "?");
        }
    }
    /* a whole name is told by its DER, and not known to be another */
    assert_texts(with_subject(fixture_rdn(pool, OID_CN, TAG_UTF8, LIT("a\0"))), "subject",
                 "CN=#0C026100?");
    /* a UPN in a string type that UPNs do not have is not absent either */
    assert_texts(with_sans(upn(TAG_IA5, LIT("a@corp"))), "upn", "?");
    assert_texts(with_sans(upn(TAG_IA5, LIT("a@corp"))), "email", "");
    assert_texts(with_sans(fixture_tlv(pool, SAN_IP, LIT("\x7f\x00\x01"))), "san-ip", "?");
}
END_TEST

/* T-N05: a value is there in full or not at all. */
START_TEST(long_text)
{
    const apr_size_t lengths[] = {31, 32, 33, 64, 255, 256, 4096, 4097, 65536};
    int i;

    for (i = 0; i < COUNT_OF(lengths); i++) {
        mtls_bytes_t value = fixture_fill(pool, 'a', lengths[i]);
        const char *all = apr_pstrmemdup(pool, (const char *)value.data, value.len);
        const char *expected = lengths[i] <= MTLS_IDENTITY_MAX_TEXT ? all : "?";

        assert_texts(with_subject(fixture_rdn(pool, OID_CN, TAG_UTF8, value)), "cn", expected);
        assert_texts(with_sans(fixture_tlv(pool, SAN_DNS, value)), "san-dns", expected);
    }
    ck_assert_ptr_nonnull(strstr(
        refusal("cn",
                (const char *)fixture_join(pool, 2, fixture_fill(pool, 'a', 4097), LIT("\0")).data),
        "longer than any value"));
}
END_TEST

START_TEST(unreadable_parts)
{
    const char *const of_sans[] = {"email",     "email.local", "upn",      "upn.realm",
                                   "san-dns",   "san-uri",     "san-ip",   "san-rid",
                                   "san-other", "san-dirname", "san-x400", "san-ediparty"};
    const mtls_identity_t broken = {.has_eku = true, .sha256 = {1}};
    const mtls_identity_t empty = {.subject.complete = true,
                                   .issuer.complete = true,
                                   .sans_complete = true,
                                   .policies_complete = true,
                                   .qc_complete = true};
    const char *const others[] = {"subject", "issuer", "cn",      "issuer.o",
                                  "eku",     "policy", "qc-type", "qc-statement"};
    int i;

    for (i = 0; i < COUNT_OF(of_sans); i++) {
        assert_texts(&broken, of_sans[i], "?");
        assert_texts(&empty, of_sans[i], "");
    }
    for (i = 0; i < COUNT_OF(others); i++) {
        assert_texts(&broken, others[i], "?");
        assert_texts(&empty, others[i], "");
    }
    assert_texts(&broken, "serial-issuer", "?");
    assert_texts(&broken, "profile", "staff");
}
END_TEST

START_TEST(lists)
{
    static const char *const ekus[] = {"1.3.6.1.5.5.7.3.2", "1.3.6.1.4.1.311.20.2.2"};
    static const char *const policies[] = {"1.2.3.4"};
    static const char *const statements[] = {"0.4.0.1862.1.6"};
    static const char *const types[] = {"0.4.0.1862.1.6.1"};
    const mtls_identity_t identity = {.has_eku = true,
                                      .ekus = ekus,
                                      .eku_count = 2,
                                      .policies = policies,
                                      .policy_count = 1,
                                      .policies_complete = true,
                                      .qc_statements = statements,
                                      .qc_statement_count = 1,
                                      .qc_types = types,
                                      .qc_type_count = 1,
                                      .qc_complete = true};

    assert_texts(&identity, "eku", "1.3.6.1.5.5.7.3.2|1.3.6.1.4.1.311.20.2.2");
    assert_texts(&identity, "policy", "1.2.3.4");
    assert_texts(&identity, "qc-statement", "0.4.0.1862.1.6");
    assert_texts(&identity, "qc-type", "0.4.0.1862.1.6.1");
    ck_assert(is(&identity, "policy", "1.2.3.4"));
    ck_assert(!is(&identity, "policy", "1.2.3"));
    ck_assert(mtls_bytes_equal(literal("eku", "clientAuth"), literal("eku", "1.3.6.1.5.5.7.3.2")));
}
END_TEST

/* T-N09 */
START_TEST(mailboxes)
{
    const struct {
        mtls_bytes_t text;
        const char *whole, *local, *domain;
    } cases[] = {
        {LIT("Alice@Corp.Example"), "Alice@Corp.Example", "Alice", "Corp.Example"},
        {LIT("\"a@b\"@corp.example"), "\"a@b\"@corp.example", "\"a@b\"", "corp.example"},
        {LIT("a@evil.com@corp.com"), "?", "?", "?"},
        {LIT("a"), "?", "?", "?"},
        {LIT("@corp.com"), "?", "?", "?"},
        {LIT("a@"), "?", "?", "?"},
        {LIT("\"a@corp.com"), "?", "?", "?"},
        {LIT("\"a\"b@corp.com"), "?", "?", "?"},
        {LIT("\"a\\\"@evil.com\"@corp.com"), "\"a\\\"@evil.com\"@corp.com", "\"a\\\"@evil.com\"",
         "corp.com"},
    };
    int i;

    for (i = 0; i < COUNT_OF(cases); i++) {
        const mtls_identity_t *mail = with_sans(fixture_tlv(pool, SAN_EMAIL, cases[i].text));
        const mtls_identity_t *principal = with_sans(upn(TAG_UTF8, cases[i].text));

        assert_texts(mail, "email", cases[i].whole);
        assert_texts(mail, "email.local", cases[i].local);
        assert_texts(mail, "email.domain", cases[i].domain);
        assert_texts(mail, "upn", "");
        assert_texts(principal, "upn", cases[i].whole);
        assert_texts(principal, "upn.local", cases[i].local);
        assert_texts(principal, "upn.realm", cases[i].domain);
    }
    ck_assert_ptr_nonnull(strstr(refusal("email", "a@evil.com@corp.com"), "email.domain"));
    ck_assert_ptr_nonnull(strstr(refusal("upn", "corp"), "upn.realm"));
}
END_TEST

START_TEST(case_of_keys)
{
    const mtls_identity_t *mail = with_sans(fixture_tlv(pool, SAN_EMAIL, LIT("Al@Corp.EXAMPLE")));
    const mtls_identity_t *dns = with_sans(fixture_tlv(pool, SAN_DNS, LIT("WWW.Corp.example.")));
    const mtls_identity_t *uri = with_sans(fixture_tlv(pool, SAN_URI, LIT("urn:Corp")));

    ck_assert(is(mail, "email", "Al@corp.example"));
    ck_assert(is(mail, "email", "Al@CORP.example"));
    ck_assert(!is(mail, "email", "al@corp.example"));
    ck_assert(is(mail, "email.local", "Al"));
    ck_assert(!is(mail, "email.local", "al"));
    ck_assert(is(mail, "email.domain", "corp.Example"));
    ck_assert(is(dns, "san-dns", "www.CORP.example."));
    ck_assert(!is(dns, "san-dns", "www.corp.example"));
    ck_assert(is(uri, "san-uri", "urn:Corp"));
    ck_assert(!is(uri, "san-uri", "urn:corp"));
}
END_TEST

START_TEST(serials)
{
    const struct {
        mtls_bytes_t magnitude;
        bool negative;
        const char *text;
        const char *same[4];
    } cases[] = {
        {LIT("\x0a\xbc"), false, "0x0ABC", {"2748", "0xabc", "0A:BC", "00:0a:bc"}},
        {LIT("\x0a\xbc"), true, "-0x0ABC", {"-2748", "-0xABC", "-0A:BC", "-0x000abc"}},
        {LIT("\x00"), false, "0x00", {"0", "0x0", "00:00", "-0"}},
        {LIT("\x01\x00\x00\x00\x00\x00\x00\x00\x00"),
         false,
         "0x010000000000000000",
         {"18446744073709551616", "0x10000000000000000", "01:00:00:00:00:00:00:00:00",
          "00018446744073709551616"}},
        {LIT("\xff"), false, "0xFF", {"255", "0xff", "00:FF", "0255"}},
    };
    int i, j, k;

    for (i = 0; i < COUNT_OF(cases); i++) {
        const mtls_identity_t identity = {.serial = cases[i].magnitude,
                                          .serial_negative = cases[i].negative};

        assert_texts(&identity, "serial", cases[i].text);
        ck_assert(is(&identity, "serial", cases[i].text));
        for (j = 0; j < COUNT_OF(cases); j++) {
            for (k = 0; k < 4; k++) {
                ck_assert_msg(is(&identity, "serial", cases[j].same[k]) == (i == j), "%s is %s",
                              cases[i].text, cases[j].same[k]);
            }
        }
    }
    ck_assert_str_eq(refusal("serial", "0ABC"),
                     "'0ABC' has letters; write 0x before it when it is hex");
    ck_assert_ptr_nonnull(strstr(refusal("serial", "12 34"), "not a serial number"));
    refusal("serial", "-");
    refusal("serial", "0x");
    refusal("serial", "0xg");
    refusal("serial", "A:BC");
    refusal("serial", "AA:");
    refusal("serial", ":AA");
    refusal("serial", "AA::BB");
    refusal("serial", "--1");
    refusal("serial", "+1");
}
END_TEST

/* A magnitude of just as many octets as are read, and of one more. */
START_TEST(long_serials)
{
    mtls_bytes_t most = fixture_fill(pool, 0xff, MTLS_IDENTITY_MAX_SERIAL);
    const mtls_identity_t identity = {.serial = most};
    const char *text = texts(&identity, "serial");
    const char *digits = apr_pstrmemdup(pool, (const char *)fixture_fill(pool, '9', 400).data, 400);

    ck_assert(is(&identity, "serial", text));
    ck_assert_ptr_nonnull(
        strstr(refusal("serial", apr_pstrcat(pool, text, "00", NULL)), "longer than any"));
    ck_assert_ptr_nonnull(strstr(refusal("serial", digits), "longer than any"));
    ck_assert_ptr_nonnull(strstr(refusal("serial", digits + 80), "longer than any"));
    ck_assert_uint_eq(literal("serial", digits + 100).len, 125);
}
END_TEST

/* T-N10: parts of a key cannot flow into each other. */
START_TEST(serial_and_issuer)
{
    cert_fixture_t fixture = fixture_make(pool);
    const mtls_identity_t *identity = read_fixture(&fixture);
    mtls_bytes_t key = key_of(identity, "serial-issuer");

    assert_texts(identity, "serial-issuer", "0x010203$CN=Test CA");
    ck_assert(is(identity, "serial-issuer", "0x010203$CN=Test CA"));
    ck_assert(is(identity, "serial-issuer", "66051$/CN=Test CA"));
    ck_assert(!is(identity, "serial-issuer", "66052$CN=Test CA"));
    ck_assert(!is(identity, "serial-issuer", "66051$CN=Test CB"));
    ck_assert(!is(identity, "serial-issuer", "66051$CN=Test CA,O=Example"));
    ck_assert_int_eq(memcmp(key.data, "\0\3\1\2\3", 5), 0);
    ck_assert_ptr_nonnull(strstr(refusal("serial-issuer", "66051"), "has no $"));
    ck_assert_ptr_nonnull(strstr(refusal("serial-issuer", "A$CN=x"), "0x"));
    refusal("serial-issuer", "1$nonsense");
    refusal("serial-issuer", "1$");
    refusal("serial-issuer", "$CN=x");
}
END_TEST

START_TEST(names)
{
    cert_fixture_t fixture = fixture_make(pool);
    const mtls_identity_t *identity = read_fixture(&fixture);

    ck_assert(is(identity, "subject", "CN=alice,OU=Ops,O=Example,C=DE"));
    ck_assert(is(identity, "subject", "/C=DE/O=Example/OU=Ops/CN=alice"));
    ck_assert(is(identity, "subject", "2.5.4.3=alice, 2.5.4.11=Ops, O=Example, C=DE"));
    ck_assert(!is(identity, "subject", "C=DE,O=Example,OU=Ops,CN=alice"));
    ck_assert(!is(identity, "subject", "CN=alice,O=Example,C=DE"));
    ck_assert(is(identity, "issuer", "CN=Test CA"));
    ck_assert_ptr_nonnull(strstr(refusal("subject", "alice"), "is no name: at "));
    ck_assert_ptr_nonnull(strstr(refusal("subject", ""), "not subject present"));
}
END_TEST

/* T-N12: octets of UTF-8 whatever string type carried them, and no other equality. */
START_TEST(octets_of_utf8)
{
    const mtls_identity_t *composed =
        with_subject(fixture_rdn(pool, OID_CN, TAG_UTF8, LIT("Ren\xc3\xa9")));
    const mtls_identity_t *bmp =
        with_subject(fixture_rdn(pool, OID_CN, TAG_BMP, LIT("\0R\0e\0n\0\xe9")));
    const mtls_identity_t *decomposed =
        with_subject(fixture_rdn(pool, OID_CN, TAG_UTF8, LIT("Rene\xcc\x81")));

    ck_assert(is(composed, "cn", "Ren\xc3\xa9"));
    ck_assert(is(bmp, "cn", "Ren\xc3\xa9"));
    ck_assert(!is(decomposed, "cn", "Ren\xc3\xa9"));
    ck_assert(!is(composed, "cn", "ren\xc3\xa9"));
    ck_assert(!is(composed, "cn", "REN\xc3\x89"));
    refusal("cn", "a\nb");
}
END_TEST

START_TEST(other_alternative_names)
{
    mtls_bytes_t dirname =
        fixture_tlv(pool, SAN_DIRNAME, fixture_name(pool, TAG_UTF8, LIT("inner")));
    mtls_bytes_t other = fixture_other_name(pool, LIT("\x2a\x03\x04"), LIT("\x0c\x01x"));
    const mtls_identity_t *identity =
        with_sans(fixture_join(pool, 7, fixture_tlv(pool, SAN_IP, LIT("\xc0\x00\x02\x01")), dirname,
                               other, fixture_tlv(pool, SAN_RID, LIT("\x2a\x03\x05")),
                               fixture_tlv(pool, SAN_X400, LIT("\x30\x00")),
                               fixture_tlv(pool, SAN_EDIPARTY, LIT("\xa1\x03\x0c\x01x")),
                               fixture_tlv(pool, SAN_DNS, LIT("a.example"))));
    const mtls_identity_t *six =
        with_sans(fixture_tlv(pool, SAN_IP, LIT("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01")));

    assert_texts(identity, "san-ip", "192.0.2.1");
    assert_texts(identity, "san-dirname", "CN=inner");
    assert_texts(identity, "san-other", "1.2.3.4=#0C0178");
    assert_texts(identity, "san-rid", "1.2.3.5");
    assert_texts(identity, "san-x400", "#A3023000");
    assert_texts(identity, "san-ediparty", "#A505A1030C0178");
    ck_assert(is(identity, "san-ip", "192.0.2.1"));
    ck_assert(!is(identity, "san-ip", "::ffff:192.0.2.1"));
    ck_assert(is(six, "san-ip", "2001:DB8:0::1"));
    ck_assert(is(identity, "san-dirname", "cn=inner"));
    ck_assert(is(identity, "san-rid", texts(identity, "san-rid")));
    ck_assert(is(identity, "san-other", texts(identity, "san-other")));
    ck_assert(!is(identity, "san-other", "1.2.3=#0C0178"));
    ck_assert(is(identity, "san-x400", "#a3023000"));
    ck_assert(is(identity, "san-ediparty", "#A505A1030C0178"));
    refusal("san-ip", "192.0.2");
    refusal("san-ip", "192.0.2.0/24");
    refusal("san-rid", "1..2");
    refusal("san-other", "#0C0178");
    refusal("san-other", "1.2.3=0C0178");
    refusal("san-other", "clientAuth=#0C0178");
    refusal("san-x400", "#");
    refusal("san-x400", "#A30");
    refusal("san-x400", "A3023000");
}
END_TEST

/* A DER value whose text would be over the limit of texts. */
START_TEST(long_der)
{
    mtls_bytes_t fits = fixture_fill(pool, 'x', 2038);
    mtls_bytes_t beyond = fixture_fill(pool, 'x', 2048);
    mtls_bytes_t type = LIT("\x2a\x03\x04");

    ck_assert_ptr_null(
        strchr(texts(with_sans(fixture_other_name(pool, type, fixture_tlv(pool, TAG_UTF8, fits))),
                     "san-other"),
               '?'));
    assert_texts(with_sans(fixture_other_name(pool, type, fixture_tlv(pool, TAG_UTF8, beyond))),
                 "san-other", "?");
}
END_TEST

START_TEST(digests)
{
    const mtls_identity_t identity = {.sha256 = {0x00, 0x11, 0x22}, .spki_sha256 = {0xab}};
    const char *fingerprint = texts(&identity, "fingerprint");

    ck_assert_str_eq(apr_pstrndup(pool, fingerprint, 8), "00112200");
    ck_assert_uint_eq(strlen(fingerprint), 64);
    ck_assert(is(&identity, "fingerprint", fingerprint));
    ck_assert(!is(&identity, "fingerprint", HEX64));
    ck_assert(is(&identity, "spki", texts(&identity, "spki")));
    ck_assert(!is(&identity, "spki", fingerprint));
    ck_assert(is(&identity, "spki", "qwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    refusal("fingerprint", "qwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    refusal("fingerprint", "00:11");
    refusal("fingerprint", "sha256:" HEX64);
}
END_TEST

/* A request that only reads what is there already takes nothing from its pool. */
START_TEST(values_are_borrowed)
{
    static const mtls_attr_t attr = {"2.5.4.3", "CN", 12, B("alice"),
                                     B("\x0c\x05"
                                       "alice")};
    static const mtls_rdn_t rdn = {&attr, 1};
    static const mtls_san_t san = {MTLS_SAN_EMAIL, NULL, B("a@b.example"), B("a@b.example"), NULL};
    static const mtls_identity_t identity = {.subject = {&rdn, 1, B("0"), true},
                                             .serial = B("\x01"),
                                             .sans = &san,
                                             .san_count = 1,
                                             .sans_complete = true};
    const mtls_holder_t holder = {&identity, profile};
    mtls_field_values_t values;
    mtls_field_t field = field_of("cn");

    mtls_field_read(&values, &field, &holder, NULL);
    ck_assert_ptr_eq(values.values, &values.one);
    ck_assert_ptr_eq(values.values[0].text.data, attr.text.data);
    ck_assert_ptr_eq(values.values[0].key.data, attr.text.data);
    field = field_of("email");
    mtls_field_read(&values, &field, &holder, NULL);
    ck_assert_ptr_eq(values.values[0].key.data, san.text.data);
    field = field_of("fingerprint");
    mtls_field_read_keys(&values, &field, &holder, NULL);
    ck_assert_ptr_eq(values.values[0].key.data, identity.sha256);
    field = field_of("serial");
    mtls_field_read_keys(&values, &field, &holder, NULL);
    ck_assert_ptr_eq(values.values[0].key.data, identity.serial.data);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {words,
                                  guesses,
                                  help,
                                  types_never_cross,
                                  text_is_not_structure,
                                  attributes,
                                  many_values,
                                  unusable_text,
                                  long_text,
                                  unreadable_parts,
                                  lists,
                                  mailboxes,
                                  case_of_keys,
                                  serials,
                                  long_serials,
                                  serial_and_issuer,
                                  names,
                                  octets_of_utf8,
                                  other_alternative_names,
                                  long_der,
                                  digests,
                                  values_are_borrowed,
                                  NULL};

    return run_tests("field", tests);
}
