/*
 * t/unit/test_name_spec.c - names in an administrator's notation against names in certificates.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>
#include <apr_strings.h>
#include <check.h>
#include <ctype.h>
#include <openssl/objects.h>
#include <stdlib.h>

#include "cert_fixture.h"
#include "run.h"
#include "mtls/cert/identity_read.h"
#include "mtls/cert/name_spec.h"
#include "mtls/cert/text.h"

#define B(literal)                                                                                 \
    {                                                                                              \
        (const unsigned char *)(literal), sizeof(literal) - 1                                      \
    }

enum { UTF8 = 0x0c, PRINTABLE = 0x13, T61 = 0x14, IA5 = 0x16, UNIVERSAL = 0x1c, BMP = 0x1e };

static const mtls_name_t *parsed(const char *text)
{
    mtls_name_t *name = apr_palloc(pool, sizeof *name);
    const char *fault = mtls_name_parse(name, text, pool);

    ck_assert_msg(fault == NULL, "%s: %s", text, fault);
    ck_assert(name->complete);
    ck_assert_uint_eq(name->der.len, 0);
    return name;
}

static const mtls_name_t *subject_of(mtls_bytes_t subject)
{
    cert_fixture_t fixture = fixture_make(pool);
    const mtls_identity_t *identity;
    mtls_bytes_t der;
    X509 *cert;

    fixture.subject = subject;
    der = fixture_write(&fixture, pool);
    cert = fixture_decode(der, pool);
    ck_assert_ptr_nonnull(cert);
    ck_assert_int_eq(mtls_identity_read(&identity, cert, der, NULL, pool), APR_SUCCESS);
    return &identity->subject;
}

static const mtls_name_t *cn(unsigned char tag, mtls_bytes_t value)
{
    return subject_of(fixture_name(pool, tag, value));
}

static mtls_bytes_t rdn(mtls_bytes_t oid, const char *value)
{
    mtls_bytes_t octets = {(const unsigned char *)value, strlen(value)};

    return fixture_rdn(pool, oid, UTF8, octets);
}

static mtls_bytes_t attr(mtls_bytes_t oid, const char *value)
{
    mtls_bytes_t octets = {(const unsigned char *)value, strlen(value)};

    return fixture_attr(pool, oid, UTF8, octets);
}

static mtls_bytes_t sequence(int count, mtls_bytes_t a, mtls_bytes_t b, mtls_bytes_t c)
{
    return fixture_tlv(pool, 0x30, fixture_join(pool, count, a, b, c));
}

/* Equality and the key must never disagree. */
static bool same(const mtls_name_t *a, const mtls_name_t *b)
{
    bool equal = mtls_name_equal(a, b);

    ck_assert(equal == mtls_name_equal(b, a));
    ck_assert(equal == mtls_bytes_equal(mtls_name_key(a, pool), mtls_name_key(b, pool)));
    return equal;
}

/* Notation, and the same written by mtls_name_write(). */
static const struct {
    const char *text, *written;
} good[] = {
    {"CN=Alice,O=Example,C=DE", "CN=Alice,O=Example,C=DE"},
    {"cn=Alice,  organizationName=Example, C=DE", "CN=Alice,O=Example,C=DE"},
    {"CN=Alice+ UID=a,C=DE", "CN=Alice+UID=a,C=DE"},
    {"2.5.4.3=Alice", "CN=Alice"},
    {"UID=a", "UID=a"},
    {"uid=a", "UID=a"},
    {"1.2.3.4=x", "1.2.3.4=x"},
    {"serialNumber=1", "2.5.4.5=1"},
    {"E=a@b", "1.2.840.113549.1.9.1=a@b"},
    {"CN=a=b= c", "CN=a=b= c"},
    {"CN=\\ a \\ ", "CN=\\ a \\ "},
    {"CN=\\#a#", "CN=\\#a#"},
    {"CN=\\\"\\+\\,\\;\\<\\>\\\\\\=", "CN=\\\"\\+\\,\\;\\<\\>\\\\="},
    {"CN=a\\,CN=admin", "CN=a\\,CN=admin"},
    {"CN=\\41\\c3\\BC", "CN=A\xc3\xbc"},
    {"CN=\xc3\\bc", "CN=\xc3\xbc"},
    {"CN=a/b", "CN=a/b"},
    {"CN=a\\2Cb", "CN=a\\,b"},
    {"CN=#0c0161", "CN=a"},
    {"CN=#1E02006A", "CN=j"},
    {"CN=#0402fF00", "CN=#0402FF00"},
    {"CN=#0403610062,O=x", "CN=#0403610062,O=x"},
    {"CN=#0C00", "CN=#0C00"},
    {"2.999.3=#130161", "2.999.3=#130161"},
    /* oneline: certificate order */
    {"/C=DE/O=Example/CN=Alice", "CN=Alice,O=Example,C=DE"},
    {"/CN=Alice", "CN=Alice"},
    {"/C=DE/CN=Alice+UID=a", "CN=Alice+UID=a,C=DE"},
    {"/CN=a/b", "CN=a/b"},
    {"/CN=a//O=x", "O=x,CN=a/"},
    {"/CN=a/", "CN=a/"},
    {"/CN=host/web.example/O=x", "O=x,CN=host/web.example"},
    {"/CN=a\\/CN=admin", "CN=a/CN=admin"},
    {"/CN=a\\+CN=admin", "CN=a\\+CN=admin"},
    {"/CN=a+b", "CN=a\\+b"},
    {"/CN=a,b", "CN=a\\,b"},
    {"/CN=J\\xC3\\xbcrgen", "CN=J\xc3\xbcrgen"},
    {"/CN=a\\b\\x4", "CN=a\\\\b\\\\x4"},
    {"/CN=a\\\\b", "CN=a\\\\\\\\b"},
    {"/CN= a ", "CN=\\ a\\ "},
    {"/CN=#0c0161", "CN=\\#0c0161"},
    {"/emailAddress=a@b/1.2.3=x", "1.2.3=x,1.2.840.113549.1.9.1=a@b"},
};

START_TEST(T_N03_notations)
{
    const mtls_name_t *name = parsed(good[_i].text);

    ck_assert_str_eq(mtls_name_write(name, 4096, pool), good[_i].written);
    ck_assert(same(name, parsed(good[_i].written)));
}
END_TEST

static const struct {
    const char *text;
    int at;
} mistakes[] = {
    {"", 1},
    {" CN=a", 1},
    {"CN", 3},
    {"CN =a", 3},
    {"CN= a", 4},
    {"CN=a ", 5},
    {"CN=a ,O=b", 5},
    {"CN=", 4},
    {"CN=,O=b", 4},
    {"CN=a,", 6},
    {"CN=a,,O=b", 6},
    {"CN=a+", 6},
    {",CN=a", 1},
    {"=a", 1},
    {"CN=a;O=b", 5},
    {"CN=\"a\"", 4},
    {"CN=a<b", 5},
    {"CN=a>b", 5},
    {"CN=a\\", 5},
    {"CN=a\\x", 5},
    {"CN=a\\c", 5},
    {"CN=a\\\n", 5},
    {"Common=a", 1},
    {"O=b,XX=a", 5},
    {"OID.2.5.4.3=a", 4},
    {"2=a", 1},
    {"2.=a", 1},
    {"2..5=a", 1},
    {"2.5.=a", 1},
    {"2.05=a", 1},
    {"02.5=a", 1},
    {"3.5=a", 1},
    {"1.40=a", 1},
    {"0.100=a", 1},
    {"CN=#", 4},
    {"CN=#0", 4},
    {"CN=#0c0", 4},
    {"CN=#0c02", 4},
    {"CN=#0c02616", 4},
    {"CN=#0c016100", 4},
    {"CN=#0c810161", 4},
    {"CN=#0c0161z", 11},
    {"CN=#0c0161 ", 11},
    /* T_N01, T_N12: what no clean text holds */
    {"CN=ab\\00", 6},
    {"CN=ab\\00.evil", 6},
    {"CN=a\r", 5},
    {"CN=a\nb", 5},
    {"CN=a\\0a", 5},
    {"CN=a\x7f", 5},
    {"CN=\\c2\\85", 4},
    {"CN=a\\c3", 5},
    {"CN=a\\c3x", 5},
    {"CN=\\c0\\af", 4},
    {"CN=\\ed\\a0\\80", 4},
    {"CN=\xff", 4},
    /* oneline */
    {"/", 2},
    {"/a", 3},
    {"//CN=a", 2},
    {"/CN=", 5},
    {"/CN=/O=a", 5},
    {"/C=DE/Organization=x", 7},
    {"/CN=a+XX=b", 7},
    {"/CN=a\\x00", 6},
    {"/CN=a\\xC3", 6},
    {"/CN=\\x00a\\x00b", 5},
};

START_TEST(T_N01_T_N12_mistakes_have_a_place)
{
    mtls_name_t name;
    const char *fault = mtls_name_parse(&name, mistakes[_i].text, pool);
    const char *want = apr_psprintf(pool, "at %d: ", mistakes[_i].at);

    ck_assert_msg(fault != NULL, "accepted: %s", mistakes[_i].text);
    ck_assert_msg(strncmp(fault, want, strlen(want)) == 0, "%s: %s", mistakes[_i].text, fault);
    ck_assert(!name.complete);
    ck_assert_uint_eq(name.count, 0);
    ck_assert_uint_eq(mtls_name_key(&name, pool).len, 0);
    ck_assert(!mtls_name_equal(&name, &name));
}
END_TEST

/* A certificate's common name, and whether the rule "CN=admin" means it. */
static const struct {
    unsigned char tag;
    mtls_bytes_t value;
    bool equal;
} admins[] = {
    {UTF8, B("admin"), true},
    {PRINTABLE, B("admin"), true},
    {T61, B("admin"), true},
    {IA5, B("admin"), true},
    {BMP, B("\0a\0d\0m\0i\0n"), true},
    {UNIVERSAL, B("\0\0\0a\0\0\0d\0\0\0m\0\0\0i\0\0\0n"), true},
    {0x04, B("admin"), false},
    {UTF8, B("admin\0"), false},
    {UTF8, B("admin\0.evil"), false},
    {UTF8, B("admin\r"), false},
    {UTF8, B("admin\n"), false},
    {UTF8, B("admin\x7f"), false},
    {UTF8, B("\0admin"), false},
    {PRINTABLE, B("admin\0"), false},
    {IA5, B("admin\n"), false},
    {T61, B("admin\0"), false},
    {T61, B("admin\x7f"), false},
    {BMP, B("\0a\0d\0m\0i\0n\0\0"), false},
    {BMP, B("\0a\0d\0m\0i\0n\0\r"), false},
    {BMP, B("\0a\0d\0m\0i\0n\0\x7f"), false},
    {UNIVERSAL, B("\0\0\0a\0\0\0d\0\0\0m\0\0\0i\0\0\0n\0\0\0\0"), false},
    {UNIVERSAL, B("\0\0\0a\0\0\0d\0\0\0m\0\0\0i\0\0\0n\0\0\0\n"), false},
    {UTF8, B("Admin"), false},
    {UTF8, B("admin "), false},
    {UTF8, B(""), false},
    /* full-width letters and a letter from another alphabet */
    {UTF8, B("\xef\xbd\x81\xef\xbd\x84\xef\xbd\x8d\xef\xbd\x89\xef\xbd\x8e"), false},
    {UTF8,
     B("\xd0\xb0"
       "dmin"),
     false},
};

START_TEST(T_N01_T_N12_values_that_look_like_admin)
{
    const mtls_name_t *name = admins[_i].tag == 0x04
                                  ? parsed("CN=#040561646D696E") /* no certificate has it */
                                  : cn(admins[_i].tag, admins[_i].value);
    const mtls_name_t *again;

    ck_assert(same(name, parsed("CN=admin")) == admins[_i].equal);
    ck_assert(same(name, parsed("/CN=admin")) == admins[_i].equal);
    /* Even an unclean value can be named exactly. */
    again = parsed(mtls_name_write(name, 4096, pool));
    ck_assert(same(name, again));
}
END_TEST

START_TEST(T_N12_composed_and_decomposed_differ)
{
    ck_assert(!same(cn(UTF8, LIT("e\xcc\x81")), parsed("CN=\xc3\xa9")));
    ck_assert(same(cn(UTF8, LIT("\xc3\xa9")), parsed("CN=\xc3\xa9")));
    ck_assert(same(cn(BMP, LIT("\0\xe9")), parsed("CN=\xc3\xa9")));
    ck_assert(!same(cn(T61, LIT("\xe9")), parsed("CN=\xc3\xa9")));
}
END_TEST

static const char *const injections[] = {
    "bob/CN=admin", "bob,CN=admin", "bob+CN=admin",   "CN=admin",       "admin,CN=bob",
    "admin/CN=bob", "admin+CN=bob", "bob\\,CN=admin", "bob\\/CN=admin", "\"admin\"",
};

static const char *const admin_names[] = {
    "CN=admin",         "CN=admin,CN=bob",  "CN=bob,CN=admin",  "CN=bob+CN=admin",
    "/CN=bob/CN=admin", "/CN=admin/CN=bob", "/CN=bob+CN=admin",
};

START_TEST(T_N03_separators_in_a_value_name_nobody_else)
{
    mtls_bytes_t value = {(const unsigned char *)injections[_i], strlen(injections[_i])};
    const mtls_name_t *name = cn(UTF8, value);
    int i;

    for (i = 0; i < COUNT_OF(admin_names); i++) {
        ck_assert(!same(name, parsed(admin_names[i])));
        ck_assert(!mtls_name_is_under(name, parsed(admin_names[i])));
        ck_assert(!mtls_name_is_under(parsed(admin_names[i]), name));
    }
    ck_assert(same(name, parsed(mtls_name_write(name, 4096, pool))));
}
END_TEST

START_TEST(T_N03_type_and_value_do_not_flow_together)
{
    ck_assert(!same(parsed("1.2.3=4"), parsed("1.2.34=4")));
    ck_assert(!same(parsed("CN=ab,O=c"), parsed("CN=a,O=bc")));
    ck_assert(!same(parsed("CN=a+O=b"), parsed("CN=a,O=b")));
    ck_assert(!same(parsed("CN=a+O=b,C=x"), parsed("CN=a,O=b+C=x")));
    ck_assert(!same(parsed("CN=#0403616263"), parsed("CN=abc")));
    ck_assert(same(parsed("CN=#0C03616263"), parsed("CN=abc")));
}
END_TEST

START_TEST(T_N04_order_and_repetition)
{
    const mtls_name_t *name =
        subject_of(sequence(3, rdn(OID_O, "Example"), rdn(OID_OU, "Ops"), rdn(OID_CN, "alice")));
    const mtls_name_t *twice =
        subject_of(sequence(3, rdn(OID_O, "Example"), rdn(OID_CN, "alice"), rdn(OID_CN, "alice")));

    ck_assert(same(name, parsed("CN=alice,OU=Ops,O=Example")));
    ck_assert(same(name, parsed("/O=Example/OU=Ops/CN=alice")));
    ck_assert(!same(name, parsed("OU=Ops,CN=alice,O=Example")));
    ck_assert(!same(name, parsed("O=Example,OU=Ops,CN=alice")));
    ck_assert(!same(name, parsed("CN=alice,O=Example")));
    ck_assert(!same(name, parsed("CN=alice,OU=Ops")));
    ck_assert(!same(name, parsed("CN=x,CN=alice,OU=Ops,O=Example")));
    ck_assert(!same(name, parsed("CN=alice+OU=Ops,O=Example")));
    ck_assert(same(twice, parsed("CN=alice,CN=alice,O=Example")));
    ck_assert(!same(twice, parsed("CN=alice,O=Example")));
    ck_assert(!same(twice, parsed("CN=alice+CN=alice,O=Example")));
}
END_TEST

static mtls_bytes_t set_of(int count, mtls_bytes_t a, mtls_bytes_t b, mtls_bytes_t c)
{
    return fixture_tlv(pool, 0x31, fixture_join(pool, count, a, b, c));
}

START_TEST(T_N04_multi_valued_is_a_set)
{
    mtls_bytes_t a = attr(OID_CN, "A");
    mtls_bytes_t b = attr(OID_OU, "B");
    mtls_bytes_t country = rdn(OID_C, "DE");
    const mtls_name_t *ab = subject_of(sequence(2, country, set_of(2, a, b, b), b));
    const mtls_name_t *ba = subject_of(sequence(2, country, set_of(2, b, a, a), b));
    const mtls_name_t *aab = subject_of(sequence(2, country, set_of(3, a, a, b), b));
    const mtls_name_t *abb = subject_of(sequence(2, country, set_of(3, a, b, b), b));

    ck_assert(same(ab, ba));
    ck_assert(same(ab, parsed("CN=A+OU=B,C=DE")));
    ck_assert(same(ab, parsed("OU=B+CN=A,C=DE")));
    ck_assert(same(ab, parsed("/C=DE/OU=B+CN=A")));
    ck_assert(!same(ab, parsed("CN=B+OU=A,C=DE")));
    ck_assert(!same(ab, parsed("CN=A,C=DE")));
    ck_assert(!same(ab, parsed("OU=B,CN=A,C=DE")));
    ck_assert(!same(aab, ab));
    ck_assert(!same(aab, abb));
    ck_assert(same(aab, parsed("CN=A+OU=B+CN=A,C=DE")));
}
END_TEST

START_TEST(T_N04_under)
{
    const mtls_name_t *name = parsed("CN=alice+UID=a,OU=Ops,O=Example,C=DE");

    ck_assert(mtls_name_is_under(name, parsed("C=DE")));
    ck_assert(mtls_name_is_under(name, parsed("O=Example,C=DE")));
    ck_assert(mtls_name_is_under(name, parsed("/C=DE/O=Example/OU=Ops")));
    ck_assert(mtls_name_is_under(name, parsed("UID=a+CN=alice,OU=Ops,O=Example,C=DE")));
    ck_assert(!mtls_name_is_under(name, parsed("O=Example")));
    ck_assert(!mtls_name_is_under(name, parsed("CN=alice,OU=Ops,O=Example,C=DE")));
    ck_assert(!mtls_name_is_under(name, parsed("O=Exampl,C=DE")));
    ck_assert(!mtls_name_is_under(name, parsed("CN=x,CN=alice+UID=a,OU=Ops,O=Example,C=DE")));
    ck_assert(!mtls_name_is_under(parsed("C=DE"), name));
}
END_TEST

START_TEST(names_without_parts_equal_nothing)
{
    static const mtls_attr_t no_value = {"2.5.4.3", "CN", 0, {NULL, 0}, {NULL, 0}};
    static const mtls_rdn_t one = {&no_value, 1};
    mtls_name_t hollow = {&one, 1, {NULL, 0}, true};
    mtls_name_t partial = *parsed("CN=a");
    const mtls_name_t *empty = subject_of(LIT("\x30\x00"));

    partial.complete = false;
    ck_assert(!same(empty, empty));
    ck_assert(!same(&partial, &partial));
    ck_assert(!same(&partial, parsed("CN=a")));
    ck_assert(!same(&hollow, &hollow));
    ck_assert(!mtls_name_is_under(parsed("CN=a"), empty));
    ck_assert(!mtls_name_is_under(parsed("CN=a"), &partial));
    ck_assert(!mtls_name_is_under(&partial, parsed("CN=a")));
}
END_TEST

/* T_N05: each length is told apart from one less, and nothing is cut. */
static const struct {
    apr_size_t len;
    bool usable;
} lengths[] = {
    {31, true},  {32, true},   {33, true},    {64, true},     {255, true},
    {256, true}, {4096, true}, {4097, false}, {65536, false},
};

START_TEST(T_N05_lengths)
{
    apr_size_t len = lengths[_i].len;
    mtls_bytes_t value = fixture_fill(pool, 'a', len);
    const char *line =
        apr_pstrcat(pool, "CN=", apr_pstrmemdup(pool, (const char *)value.data, len), NULL);
    const mtls_name_t *name = cn(UTF8, value);
    const char *fault;
    mtls_name_t spec;

    fault = mtls_name_parse(&spec, line, pool);
    ck_assert((fault == NULL) == lengths[_i].usable);
    ck_assert(same(name, &spec) == lengths[_i].usable);
    if (fault != NULL) {
        ck_assert_str_eq(fault, "at 4100: the value is too long");
    }
    value.len = len - 1;
    ck_assert(!same(name, cn(UTF8, value)));
    ck_assert(same(name, cn(UTF8, fixture_fill(pool, 'a', len))));
    ck_assert_uint_eq(strlen(mtls_name_write_oneline(name, 4 * len, pool)), len + 4);
}
END_TEST

static const char *repeated(const char *part, int count)
{
    const char *text = "C=DE";

    while (--count > 0) {
        text = apr_pstrcat(pool, part, text, NULL);
    }
    return text;
}

START_TEST(T_D06_number_of_attributes)
{
    mtls_name_t name;

    ck_assert_uint_eq(parsed(repeated("O=a,", MTLS_IDENTITY_MAX_ATTRS))->count,
                      MTLS_IDENTITY_MAX_ATTRS);
    ck_assert_uint_eq(parsed(repeated("O=a+", MTLS_IDENTITY_MAX_ATTRS))->count, 1);
    ck_assert_str_eq(mtls_name_parse(&name, repeated("O=a,", MTLS_IDENTITY_MAX_ATTRS + 1), pool),
                     "at 257: too many attributes");
    ck_assert_ptr_nonnull(
        mtls_name_parse(&name, repeated("O=a+", MTLS_IDENTITY_MAX_ATTRS + 1), pool));
}
END_TEST

START_TEST(T_D06_length_of_types_and_hex)
{
    mtls_bytes_t most = fixture_fill(pool, 0, 4 * MTLS_IDENTITY_MAX_TEXT);
    const char *der = mtls_hex_write(fixture_tlv(pool, 0x04, most), pool);
    mtls_bytes_t digits = fixture_fill(pool, '1', 600);
    mtls_name_t name;

    ck_assert_ptr_null(mtls_name_parse(&name, apr_pstrcat(pool, "CN=#", der, NULL), pool));
    most = fixture_fill(pool, 0, 4 * MTLS_IDENTITY_MAX_TEXT + 2);
    der = mtls_hex_write(fixture_tlv(pool, 0x04, most), pool);
    ck_assert_str_eq(mtls_name_parse(&name, apr_pstrcat(pool, "CN=#", der, NULL), pool),
                     "at 4: the value is too long");
    ck_assert_ptr_nonnull(mtls_name_parse(
        &name,
        apr_pstrcat(pool, "1.2.", apr_pstrmemdup(pool, (const char *)digits.data, 600), "=a", NULL),
        pool));
}
END_TEST

/* Names of attribute types that OpenSSL prints but that are not one word cannot be a type. */
static bool is_word(const char *name)
{
    while (isalnum((unsigned char)*name)) {
        name++;
    }
    return *name == '\0';
}

static void check_name_of_type(const char *name, const char *dotted)
{
    const char *oid = is_word(name) ? mtls_attr_type_oid(name) : dotted;

    if (strcmp(name, "uid") == 0) {
        dotted = "0.9.2342.19200300.100.1.1"; /* RFC 4519 knows no case */
    }
    ck_assert_msg(oid != NULL, "unknown: %s", name);
    ck_assert_str_eq(oid, dotted);
}

static const struct {
    const char *arc;
    int from, to;
} printed_types[] = {
    {"2.5.4.", 3, 200},
    {"0.9.2342.19200300.100.1.", 1, 100},
    {"1.2.840.113549.1.9.", 1, 9},
    {"1.3.6.1.4.1.311.60.2.1.", 1, 3},
    {"1.2.643.100.", 1, 200},
    {"1.2.643.3.131.1.", 1, 1},
};

START_TEST(types_that_openssl_prints)
{
    int known = 0;
    int arc;

    for (arc = printed_types[_i].from; arc <= printed_types[_i].to; arc++) {
        const char *dotted = apr_psprintf(pool, "%s%d", printed_types[_i].arc, arc);
        int nid = OBJ_txt2nid(dotted);

        if (nid != NID_undef) {
            check_name_of_type(OBJ_nid2sn(nid), dotted);
            check_name_of_type(OBJ_nid2ln(nid), dotted);
            known++;
        }
    }
    ck_assert_int_gt(known, 0);
}
END_TEST

static const struct {
    const char *name, *oid;
} types[] = {
    {"CN", "2.5.4.3"},
    {"cn", "2.5.4.3"},
    {"commonNAME", "2.5.4.3"},
    {"a", NULL},
    {"aRecord", "0.9.2342.19200300.100.1.26"},
    {"x500UniqueIdentifier", "2.5.4.45"},
    {"STREET", "2.5.4.9"},
    {"SN", "2.5.4.4"},
    {"serialNumber", "2.5.4.5"},
    {"E", "1.2.840.113549.1.9.1"},
    {"email", "1.2.840.113549.1.9.1"},
    {"organizationIdentifier", "2.5.4.97"},
    {"pseudonym", "2.5.4.65"},
    {"jurisdictionC", "1.3.6.1.4.1.311.60.2.1.3"},
    {"DC", "0.9.2342.19200300.100.1.25"},
    {"S", NULL},
    {"CNx", NULL},
    {"zz", NULL},
    {"", NULL},
};

START_TEST(types_by_name)
{
    const char *oid = mtls_attr_type_oid(types[_i].name);

    ck_assert((oid == NULL) == (types[_i].oid == NULL));
    if (oid != NULL) {
        ck_assert_str_eq(oid, types[_i].oid);
    }
}
END_TEST

/* Subjects, and how they print. */
static const struct {
    unsigned char tag;
    mtls_bytes_t value;
    const char *oneline;
} lines[] = {
    {UTF8, B("alice"), "/CN=alice"},
    {UTF8, B("J\xc3\xbcrgen"), "/CN=J\\xC3\\xBCrgen"},
    {BMP, B("\0a\x20\xac"), "/CN=\\x00a \\xAC"},
    {UNIVERSAL, B("\0\0\0a"), "/CN=\\x00\\x00\\x00a"},
    {T61, B("J\xfcrgen"), "/CN=J\\xFCrgen"},
    {UTF8, B("bob/CN=admin"), "/CN=bob\\/CN=admin"},
    {UTF8, B("bob+CN=admin,O=x"), "/CN=bob\\+CN=admin,O=x"},
    {UTF8, B("a\\b"), "/CN=a\\b"},
    {UTF8, B("admin\0.evil"), "/CN=admin\\x00.evil"},
    {UTF8, B("a\r\n\x7f"), "/CN=a\\x0D\\x0A\\x7F"},
    {UTF8, B(""), "/CN="},
    {0x30, B("\x05\x00"), "/CN=0\\x02\\x05\\x00"},
    {0x03, B("\x03\xff"), "/CN=\\xF8"},
};

static void check_oneline(mtls_bytes_t subject, const char *want)
{
    const unsigned char *at = subject.data;
    X509_NAME *theirs = d2i_X509_NAME(NULL, &at, (long)subject.len);
    char *line = X509_NAME_oneline(theirs, NULL, 0);
    const mtls_name_t *name = subject_of(subject);

    ck_assert_ptr_nonnull(line);
    ck_assert_str_eq(mtls_name_write_oneline(name, 4096, pool), line);
    ck_assert_str_eq(line, want);
    ck_assert_ptr_nonnull(mtls_name_write_oneline(name, strlen(want), pool));
    if (want[0] != '\0') {
        ck_assert_ptr_null(mtls_name_write_oneline(name, strlen(want) - 1, pool));
    }
    OPENSSL_free(line);
    X509_NAME_free(theirs);
}

START_TEST(T_N11_oneline_of_values)
{
    check_oneline(fixture_name(pool, lines[_i].tag, lines[_i].value), lines[_i].oneline);
}
END_TEST

START_TEST(T_N11_oneline_of_names)
{
    mtls_bytes_t both = set_of(2, attr(OID_CN, "A"), attr(OID_EMAIL, "a@b"), attr(OID_C, "x"));

    check_oneline(sequence(3, rdn(OID_C, "DE"), both, rdn(OID_OU, "x")),
                  "/C=DE/CN=A+emailAddress=a@b/OU=x");
    check_oneline(sequence(2, rdn(OID_OU, "x"), rdn(OID_OU, "x"), both), "/OU=x/OU=x");
    check_oneline(sequence(1, rdn(LIT("\x2a\x03\x04"), "v"), both, both), "/1.2.3.4=v");
    check_oneline(sequence(1, rdn(LIT("\x55\x04\x61"), "NTRDE-1"), both, both),
                  "/organizationIdentifier=NTRDE-1");
    check_oneline(LIT("\x30\x00"), "");
}
END_TEST

START_TEST(T_N11_oneline_of_what_is_no_certificate_name)
{
    mtls_name_t partial = *cn(UTF8, LIT("alice"));

    ck_assert_ptr_null(mtls_name_write_oneline(parsed("CN=alice"), 4096, pool));
    partial.complete = false;
    ck_assert_ptr_null(mtls_name_write_oneline(&partial, 4096, pool));
    /* GeneralString: a directoryName may hold what OpenSSL takes for no name */
    partial.complete = true;
    partial.der = fixture_name(pool, 0x1b, LIT("alice"));
    ck_assert_ptr_null(mtls_name_write_oneline(&partial, 4096, pool));
}
END_TEST

static const struct {
    int tag;
    mtls_bytes_t value;
    bool unique;
} alike[] = {
    {UTF8, B("alice"), true},
    {UTF8, B("J\xc3\xbcrgen"), true},
    {UTF8, B("a/CN=b+c"), true},
    {UTF8, B("o\\te"), true},
    {UTF8, B("J\\xC3\\xBCrgen"), false},
    {UTF8, B("a\\/b"), false},
    {UTF8, B("a\\+b"), false},
    {UTF8, B("a\\"), false},
    {UTF8, B("a\0"), false},
    {UTF8, B(""), false},
    {0x14, B("alice"), true},
    {0x14, B("\xc3\xbc"), false},
    {0x1e, B("\0a"), true},
    {0x1e, B("\xc3\xbc"), false},
    {0x1c, B("\0\0\xc3\xbc"), false},
};

START_TEST(T_N11_oneline_of_one_name_only)
{
    const mtls_name_t *name = cn(alike[_i].tag, alike[_i].value);
    mtls_name_t partial = *name;

    ck_assert(mtls_name_oneline_is_unique(name) == alike[_i].unique);
    partial.complete = false;
    ck_assert(!mtls_name_oneline_is_unique(&partial));
    partial = (mtls_name_t){.complete = true};
    ck_assert(!mtls_name_oneline_is_unique(&partial));
}
END_TEST

/* What OpenSSL prints of a clean name can be pasted into a rule. */
START_TEST(oneline_is_read_back)
{
    static const char *const values[] = {"alice", "J\xc3\xbcrgen", "bob/CN=admin", "a+O=b", "x y "};
    int i;

    for (i = 0; i < COUNT_OF(values); i++) {
        const mtls_name_t *name = subject_of(
            sequence(3, rdn(OID_C, "DE"),
                     set_of(2, attr(OID_CN, values[i]), attr(OID_EMAIL, "a@b"), attr(OID_C, "")),
                     rdn(LIT("\x2a\x03"), values[i])));

        ck_assert(same(name, parsed(mtls_name_write_oneline(name, 4096, pool))));
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("name_spec");

    tcase_add_loop_test(tcase, T_N03_notations, 0, COUNT_OF(good));
    tcase_add_loop_test(tcase, T_N01_T_N12_mistakes_have_a_place, 0, COUNT_OF(mistakes));
    tcase_add_loop_test(tcase, T_N01_T_N12_values_that_look_like_admin, 0, COUNT_OF(admins));
    tcase_add_test(tcase, T_N12_composed_and_decomposed_differ);
    tcase_add_loop_test(tcase, T_N03_separators_in_a_value_name_nobody_else, 0,
                        COUNT_OF(injections));
    tcase_add_test(tcase, T_N03_type_and_value_do_not_flow_together);
    tcase_add_test(tcase, T_N04_order_and_repetition);
    tcase_add_test(tcase, T_N04_multi_valued_is_a_set);
    tcase_add_test(tcase, T_N04_under);
    tcase_add_test(tcase, names_without_parts_equal_nothing);
    tcase_add_loop_test(tcase, T_N05_lengths, 0, COUNT_OF(lengths));
    tcase_add_test(tcase, T_D06_number_of_attributes);
    tcase_add_test(tcase, T_D06_length_of_types_and_hex);
    tcase_add_loop_test(tcase, types_that_openssl_prints, 0, COUNT_OF(printed_types));
    tcase_add_loop_test(tcase, types_by_name, 0, COUNT_OF(types));
    tcase_add_loop_test(tcase, T_N11_oneline_of_values, 0, COUNT_OF(lines));
    tcase_add_test(tcase, T_N11_oneline_of_names);
    tcase_add_test(tcase, T_N11_oneline_of_what_is_no_certificate_name);
    tcase_add_loop_test(tcase, T_N11_oneline_of_one_name_only, 0, COUNT_OF(alike));
    tcase_add_test(tcase, oneline_is_read_back);
    return run_case("name_spec", tcase);
}
