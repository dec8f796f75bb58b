/*
 * t/unit/test_condition.c - questions about a certificate, and answers in three values.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/condition.h"
#include "policy_run.h"

#define B(literal)                                                                                 \
    {                                                                                              \
        (const unsigned char *)(literal), sizeof(literal) - 1                                      \
    }
enum { MAX_ATTRS = 4 };

/* A holder whose subject has these organizational units; "" is one that cannot be read. */
static const mtls_holder_t *with_units(const char *const *units)
{
    mtls_identity_t *identity = apr_pcalloc(pool, sizeof *identity);
    mtls_holder_t *holder = apr_pcalloc(pool, sizeof *holder);
    mtls_rdn_t *rdns = apr_pcalloc(pool, MAX_ATTRS * sizeof *rdns);
    apr_size_t i;

    for (i = 0; i < MAX_ATTRS && units[i] != NULL; i++) {
        mtls_attr_t *attr = apr_pcalloc(pool, sizeof *attr);

        attr->oid = "2.5.4.11";
        attr->short_name = "OU";
        attr->text = (mtls_bytes_t){(const unsigned char *)units[i], strlen(units[i])};
        attr->der = (mtls_bytes_t)B("\x0c\x01\x00");
        rdns[i].attrs = attr;
        rdns[i].count = 1;
    }
    identity->subject = (mtls_name_t){rdns, i, B("0"), true};
    identity->issuer.complete = true;
    identity->sans_complete = true;
    holder->identity = identity;
    holder->profile = "staff";
    return holder;
}

static const mtls_condition_t *compile(const mtls_condition_spec_t *spec)
{
    const mtls_condition_t *condition;
    int operand = 4711;
    const char *fault = mtls_condition_compile(&condition, spec, &operand, pool);

    ck_assert_msg(fault == NULL, "%s", fault);
    ck_assert_ptr_nonnull(condition);
    return condition;
}

static apr_array_header_t *operands_of(const char *first, const char *second)
{
    apr_array_header_t *operands = apr_array_make(pool, 2, sizeof(const char *));

    if (first != NULL) {
        APR_ARRAY_PUSH(operands, const char *) = first;
    }
    if (second != NULL) {
        APR_ARRAY_PUSH(operands, const char *) = second;
    }
    return operands;
}

static mtls_condition_spec_t spec_of(const char *field, mtls_compare_t compare, const char *first,
                                     const char *second)
{
    mtls_condition_spec_t spec = {
        .field = field, .compare = compare, .operands = operands_of(first, second)};

    return spec;
}

static mtls_match_t ask(const mtls_condition_spec_t *spec, const mtls_holder_t *holder)
{
    return mtls_condition_match(compile(spec), holder, NULL, pool);
}

static const char *written(const mtls_condition_spec_t *spec)
{
    return mtls_condition_write(compile(spec), pool);
}

enum { N = MTLS_MATCH_NO, Y = MTLS_MATCH_YES, U = MTLS_MATCH_UNKNOWN };

/* What there is in the certificate; "match" is what the conditions below ask for. */
static const struct {
    const char *name;
    const char *units[MAX_ATTRS];
} cases[] = {{"no value", {NULL}},
             {"one match", {"match", NULL}},
             {"one other", {"other", NULL}},
             {"match and other", {"match", "other", NULL}},
             {"two matches", {"match", "match", NULL}},
             {"unusable", {"", NULL}},
             {"match and unusable", {"match", "", NULL}},
             {"other and unusable", {"", "other", NULL}}};

enum { CASES = sizeof cases / sizeof cases[0] };

static void check_answers(mtls_condition_spec_t *spec, const int *expected)
{
    int i, pass;

    for (pass = 0; pass < 2; pass++) {
        spec->negate = pass == 1;
        for (i = 0; i < CASES; i++) {
            int want = !spec->negate || expected[i] == U ? expected[i] : expected[i] == Y ? N : Y;
            int got = ask(spec, with_units(cases[i].units));

            ck_assert_msg(got == want, "%s with %s: %d, not %d", written(spec), cases[i].name, got,
                          want);
        }
    }
}

/* T-N01: what cannot be read neither admits nor excuses, however the question is put. */
START_TEST(three_values)
{
    const struct {
        mtls_quantify_t quantify;
        int expected[CASES];
    } rows[] = {
        /* none, match, other, both, two, unusable, match+un., other+un. */
        {MTLS_QUANTIFY_SOME, {N, Y, N, Y, Y, U, Y, U}},
        {MTLS_QUANTIFY_ONLY, {N, Y, N, N, N, U, U, N}},
        {MTLS_QUANTIFY_EVERY, {N, Y, N, N, Y, U, U, N}},
    };
    const struct {
        mtls_compare_t compare;
        bool nocase;
        const char *operand;
    } ways[] = {{MTLS_COMPARE_IS, false, "match"},
                {MTLS_COMPARE_IS, true, "MATCH"},
                {MTLS_COMPARE_LIKE, false, "ma*h"},
                {MTLS_COMPARE_LIKE, true, "MA*"}};
    int i, j;

    for (i = 0; i < COUNT_OF(rows); i++) {
        for (j = 0; j < COUNT_OF(ways); j++) {
            mtls_condition_spec_t spec = spec_of("ou", ways[j].compare, ways[j].operand, NULL);

            spec.quantify = rows[i].quantify;
            spec.nocase = ways[j].nocase;
            check_answers(&spec, rows[i].expected);
        }
    }
}
END_TEST

START_TEST(present)
{
    const struct {
        mtls_quantify_t quantify;
        int expected[CASES];
    } rows[] = {
        {MTLS_QUANTIFY_SOME, {N, Y, Y, Y, Y, U, Y, Y}},
        {MTLS_QUANTIFY_ONLY, {N, Y, Y, N, N, U, U, U}},
        {MTLS_QUANTIFY_EVERY, {N, Y, Y, Y, Y, U, U, U}},
    };
    int i;

    for (i = 0; i < COUNT_OF(rows); i++) {
        mtls_condition_spec_t spec = spec_of("ou", MTLS_COMPARE_PRESENT, NULL, NULL);

        spec.quantify = rows[i].quantify;
        check_answers(&spec, rows[i].expected);
    }
}
END_TEST

START_TEST(one_of_several_operands)
{
    const char *const units[] = {"other", NULL};
    mtls_condition_spec_t spec = spec_of("ou", MTLS_COMPARE_IS, "match", "other");

    ck_assert_int_eq(ask(&spec, with_units(units)), Y);
    spec = spec_of("ou", MTLS_COMPARE_LIKE, "x*", "o*");
    ck_assert_int_eq(ask(&spec, with_units(units)), Y);
    spec = spec_of("ou", MTLS_COMPARE_LIKE, "x*", "y*");
    ck_assert_int_eq(ask(&spec, with_units(units)), N);
}
END_TEST

/* Nothing is equal but for ASCII letters, and those only when asked. */
START_TEST(any_case)
{
    const char *const units[] = {"Stra\xc3\x9f"
                                 "e",
                                 "\xc3\x84", "A[", NULL};
    const mtls_holder_t *holder = with_units(units);
    const struct {
        const char *operand;
        int plain, folded;
    } rows[] = {{"Stra\xc3\x9f"
                 "e",
                 Y, Y},
                {"STRA\xc3\x9f"
                 "E",
                 N, Y},
                {"STRASSE", N, N},
                {"\xc3\xa4", N, N},
                {"a[", N, Y},
                {"a{", N, N}};
    int i;

    for (i = 0; i < COUNT_OF(rows); i++) {
        mtls_condition_spec_t spec = spec_of("ou", MTLS_COMPARE_IS, rows[i].operand, NULL);

        ck_assert_int_eq(ask(&spec, holder), rows[i].plain);
        spec.nocase = true;
        ck_assert_int_eq(ask(&spec, holder), rows[i].folded);
    }
}
END_TEST

/* T-N04 */
START_TEST(under)
{
    static const mtls_attr_t country = {"2.5.4.6", "C", 19, B("DE"),
                                        B("\x13\x02"
                                          "DE")};
    static const mtls_attr_t pair[] = {{"2.5.4.10", "O", 12, B("Example"),
                                        B("\x0c\x07"
                                          "Example")},
                                       {"2.5.4.11", "OU", 12, B("Ops"),
                                        B("\x0c\x03"
                                          "Ops")}};
    static const mtls_attr_t person = {"2.5.4.3", "CN", 12, B("alice"),
                                       B("\x0c\x05"
                                         "alice")};
    static const mtls_rdn_t rdns[] = {{&country, 1}, {pair, 2}, {&person, 1}};
    static const mtls_identity_t identity = {.subject = {rdns, 3, B("0"), true}};
    const mtls_holder_t holder = {&identity, "staff"};
    const struct {
        const char *base;
        int answer;
    } rows[] = {{"C=DE", Y},
                {"O=Example+OU=Ops,C=DE", Y},
                {"OU=Ops+O=Example,C=DE", Y},
                {"/C=DE/O=Example+OU=Ops", Y},
                {"CN=alice,OU=Ops+O=Example,C=DE", Y},
                {"O=Example,C=DE", N},
                {"OU=Ops+O=Example", N},
                {"C=DE,OU=Ops+O=Example", N},
                {"CN=bob,CN=alice,OU=Ops+O=Example,C=DE", N},
                {"C=DEX", N}};
    mtls_condition_spec_t spec;
    int i;

    for (i = 0; i < COUNT_OF(rows); i++) {
        spec = spec_of("subject", MTLS_COMPARE_UNDER, rows[i].base, NULL);
        ck_assert_msg(ask(&spec, &holder) == (mtls_match_t)rows[i].answer, "%s", rows[i].base);
    }
    spec = spec_of("subject", MTLS_COMPARE_UNDER, "C=AT", "C=DE");
    ck_assert_int_eq(ask(&spec, &holder), Y);
    spec = spec_of("issuer", MTLS_COMPARE_UNDER, "C=DE", NULL);
    ck_assert_int_eq(ask(&spec, &holder), U); /* zeroed: not complete */
    spec = spec_of("subject", MTLS_COMPARE_IS, "CN=alice,O=Example+OU=Ops,C=DE", NULL);
    ck_assert_int_eq(ask(&spec, &holder), Y);
}
END_TEST

static const mtls_san_t mail[] = {
    {MTLS_SAN_EMAIL, NULL, B("Alice@Corp.EXAMPLE"), B("Alice@Corp.EXAMPLE"), NULL},
    {MTLS_SAN_EMAIL, NULL, B("bob@corp.example"), B("bob@corp.example"), NULL},
    {MTLS_SAN_DNS, NULL, B("WWW.corp.example"), B("WWW.corp.example"), NULL},
};
static const mtls_identity_t mail_identity = {.sans = mail, .san_count = 3, .sans_complete = true};
static const mtls_holder_t mail_holder = {&mail_identity, "staff"};

/* T-N09: capitals in a domain do not slip by a pattern. */
START_TEST(patterns_see_canonical_domains)
{
    mtls_condition_spec_t spec = spec_of("email", MTLS_COMPARE_LIKE, "Alice@corp.example", NULL);

    ck_assert_int_eq(ask(&spec, &mail_holder), Y);
    spec = spec_of("email", MTLS_COMPARE_LIKE, "alice@corp.example", NULL);
    ck_assert_int_eq(ask(&spec, &mail_holder), N);
    spec = spec_of("san-dns", MTLS_COMPARE_LIKE, "www.*", NULL);
    ck_assert_int_eq(ask(&spec, &mail_holder), Y);
    spec = spec_of("san-dns", MTLS_COMPARE_LIKE, "WWW.*", NULL);
    ck_assert_int_eq(ask(&spec, &mail_holder), Y);
    spec = spec_of("email.domain", MTLS_COMPARE_LIKE, "*.Example", NULL);
    spec.quantify = MTLS_QUANTIFY_EVERY;
    ck_assert_int_eq(ask(&spec, &mail_holder), Y);
    spec = spec_of("san-dns", MTLS_COMPARE_LIKE, "*bob*", NULL);
    ck_assert_int_eq(ask(&spec, &mail_holder), N);
}
END_TEST

START_TEST(captures_of_each_value)
{
    apr_array_header_t *captures = apr_array_make(pool, 1, sizeof(mtls_capture_t));
    mtls_condition_spec_t spec = spec_of("email", MTLS_COMPARE_LIKE, "*@corp.example", "b*");
    const mtls_condition_t *condition = compile(&spec);

    ck_assert_int_eq(mtls_condition_captures(condition)->nelts, 1);
    ck_assert_str_eq(APR_ARRAY_IDX(mtls_condition_captures(condition), 0, const char *), "1");
    ck_assert_int_eq(mtls_condition_match(condition, &mail_holder, captures, pool), Y);
    ck_assert_int_eq(captures->nelts, 2); /* of both values: no template may choose */
    ck_assert_str_eq((const char *)APR_ARRAY_IDX(captures, 0, mtls_capture_t).text.data, "Alice");
    ck_assert_str_eq((const char *)APR_ARRAY_IDX(captures, 1, mtls_capture_t).text.data, "bob");

    spec = spec_of("email", MTLS_COMPARE_LIKE, "A*", NULL);
    spec.quantify = MTLS_QUANTIFY_EVERY; /* one matches, but the answer is NO */
    ck_assert_int_eq(mtls_condition_match(compile(&spec), &mail_holder, captures, pool), N);
    ck_assert_int_eq(captures->nelts, 2);

    spec.negate = true;
    ck_assert_int_eq(mtls_condition_captures(compile(&spec))->nelts, 0);
    ck_assert_int_eq(mtls_condition_match(compile(&spec), &mail_holder, captures, pool), Y);
    ck_assert_int_eq(captures->nelts, 2);
    spec = spec_of("email", MTLS_COMPARE_IS, "bob@corp.example", NULL);
    ck_assert_int_eq(mtls_condition_captures(compile(&spec))->nelts, 0);
}
END_TEST

START_TEST(faults)
{
    const struct {
        const char *field;
        mtls_compare_t compare;
        bool nocase;
        const char *first, *second;
        int operand;
        const char *says;
    } rows[] = {
        {"emial", MTLS_COMPARE_IS, false, "x", NULL, -1, "did you mean email?"},
        {"ou", MTLS_COMPARE_IS, false, NULL, NULL, -1, "is needs at least one value"},
        {"ou", MTLS_COMPARE_LIKE, false, NULL, NULL, -1, "like needs at least one value"},
        {"ou", MTLS_COMPARE_PRESENT, false, "x", NULL, -1, "present takes no value"},
        {"ou", MTLS_COMPARE_PRESENT, true, NULL, NULL, -1, "any-case works with"},
        {"ou", MTLS_COMPARE_UNDER, false, "O=x", NULL, -1, "under works on names"},
        {"subject", MTLS_COMPARE_LIKE, false, "x*", NULL, -1,
         "like does not work on names; compare subject with is or under, or use one of its "
         "attributes: cn, ou, issuer.o ..."},
        {"serial", MTLS_COMPARE_MATCHES, false, "1", NULL, -1,
         "matches works on text such as cn, email or san-dns; compare serial with is"},
        {"issuer", MTLS_COMPARE_IS, true, "O=x", NULL, -1, "any-case does not work on names"},
        {"eku", MTLS_COMPARE_IS, true, "clientAuth", NULL, -1, "any-case works on text"},
        {"email", MTLS_COMPARE_IS, false, "a@b", "c", 1, "'c' is not local@domain"},
        {"ou", MTLS_COMPARE_IS, false, "", NULL, 0, "an empty value matches nothing"},
        {"subject", MTLS_COMPARE_UNDER, false, "O=x", "y", 1, "'y' is no name: at "},
        {"san-ip", MTLS_COMPARE_IS, false, "10.0.0.0/8", NULL, 0, "is not an address"},
        {"email", MTLS_COMPARE_LIKE, false, "a@b", "*@Corp.example", 1, "capitals after its @"},
        {"cn", MTLS_COMPARE_MATCHES, false, "a", "(", 1, "at "},
    };
    int i;

    for (i = 0; i < COUNT_OF(rows); i++) {
        mtls_condition_spec_t spec =
            spec_of(rows[i].field, rows[i].compare, rows[i].first, rows[i].second);
        const mtls_condition_t *condition;
        int operand = 4711;
        const char *fault;

        spec.nocase = rows[i].nocase;
        fault = mtls_condition_compile(&condition, &spec, &operand, pool);
        ck_assert_msg(fault != NULL && strstr(fault, rows[i].says) != NULL, "%s", fault);
        ck_assert_ptr_null(condition);
        ck_assert_int_eq(operand, rows[i].operand);
    }
}
END_TEST

/* Every group is one condition in several notations. */
START_TEST(one_spelling)
{
    const struct {
        const char *field;
        mtls_compare_t compare;
        bool nocase;
        const char *first, *second, *expected;
    } rows[] = {
        {"EMAIL", MTLS_COMPARE_IS, false, "b@Example.org", "a@example.org",
         "email is \"a@example.org\" or \"b@example.org\""},
        {"email", MTLS_COMPARE_IS, false, "a@example.org", "b@example.ORG",
         "email is \"a@example.org\" or \"b@example.org\""},
        {"commonName", MTLS_COMPARE_IS, false, "say \"hi\"", "say \"hi\"",
         "cn is \"say \"\"hi\"\"\""},
        {"2.5.4.3", MTLS_COMPARE_IS, true, "Alice", "ALICE", "cn is \"alice\" any-case"},
        {"san-dns", MTLS_COMPARE_IS, true, "A.example", NULL, "san-dns is \"a.example\""},
        {"issuer", MTLS_COMPARE_UNDER, false, "/C=DE/O=Example", NULL,
         "issuer under \"O=Example,C=DE\""},
        {"issuer", MTLS_COMPARE_UNDER, false, "2.5.4.10=#0c074578616d706c65, c=DE", NULL,
         "issuer under \"O=Example,C=DE\""},
        {"subject", MTLS_COMPARE_IS, false, "OU=b+O=a\\, \\\"x\\\"\\20,2.5.4.97=\\#1", NULL,
         "subject is \"O=a\\, \\\"\"x\\\"\"\\ +OU=b,2.5.4.97=\\#1\""},
        {"subject", MTLS_COMPARE_IS, false, "2.5.4.97=\\231,O=x", NULL,
         "subject is \"2.5.4.97=\\#1,O=x\""},
        {"san-ip", MTLS_COMPARE_IS, false, "2001:DB8:0:0::1", "10.0.0.1",
         "san-ip is \"10.0.0.1\" or \"2001:db8::1\""},
        {"serial", MTLS_COMPARE_IS, false, "2748", "0A:BC", "serial is \"0x0ABC\""},
        {"serial", MTLS_COMPARE_IS, false, "-12", NULL, "serial is \"-0x0C\""},
        {"serial-issuer", MTLS_COMPARE_IS, false, "12$/CN=x", NULL,
         "serial-issuer is \"0x0C$CN=x\""},
        {"eku", MTLS_COMPARE_IS, false, "clientAuth", NULL, "eku is \"1.3.6.1.5.5.7.3.2\""},
        {"san-other", MTLS_COMPARE_IS, false, "1.2.3=#0c0178", NULL,
         "san-other is \"1.2.3=#0C0178\""},
        {"san-x400", MTLS_COMPARE_IS, false, "#a33d00", NULL, "san-x400 is \"#A33D00\""},
        {"fingerprint", MTLS_COMPARE_IS, false,
         "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:"
         "77:88:99",
         NULL,
         "fingerprint is \"aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899\""},
        {"upn", MTLS_COMPARE_PRESENT, false, NULL, NULL, "upn present"},
        {"ou", MTLS_COMPARE_LIKE, true, "b*", "A*", "ou like \"b*\" or \"A*\" any-case"},
    };
    mtls_condition_spec_t spec;
    int i;

    for (i = 0; i < COUNT_OF(rows); i++) {
        spec = spec_of(rows[i].field, rows[i].compare, rows[i].first, rows[i].second);
        spec.nocase = rows[i].nocase;
        ck_assert_str_eq(written(&spec), rows[i].expected);
    }
    spec = spec_of("OU", MTLS_COMPARE_LIKE, "Ops*", NULL);
    spec.nocase = spec.negate = true;
    spec.quantify = MTLS_QUANTIFY_ONLY;
    ck_assert_str_eq(written(&spec), "not only ou like \"Ops*\" any-case");
    spec.quantify = MTLS_QUANTIFY_EVERY;
    ck_assert_str_eq(written(&spec), "not every ou like \"Ops*\" any-case");
}
END_TEST

/* The canonical operand is itself an operand, of the same key. */
START_TEST(written_operands_can_be_read)
{
    const struct {
        const char *field, *operand;
    } rows[] = {{"subject", "CN=a\\ ,O=\\ b\\+c\\;\\<\\>\\\\+2.5.4.97=\\#x,1.2.3=#020101"},
                {"serial", "-4711"},
                {"serial-issuer", "4711$/CN=x\\x2fy/O=z"},
                {"san-ip", "::ffff:10.0.0.1"},
                {"email", "\"a@b\"@C.example"}};
    const mtls_bytes_t *key, *again;
    int i;

    for (i = 0; i < COUNT_OF(rows); i++) {
        mtls_condition_spec_t spec = spec_of(rows[i].field, MTLS_COMPARE_IS, rows[i].operand, NULL);
        const char *text = written(&spec);
        const char *quote = strchr(text, '"');
        char *operand = apr_pcalloc(pool, strlen(quote));
        size_t len = 0;

        ck_assert_int_eq(mtls_condition_keys(compile(&spec), &key), 1);
        for (quote++; quote[1] != '\0'; quote++) {
            operand[len++] = *quote;
            quote += *quote == '"';
        }
        spec = spec_of(rows[i].field, MTLS_COMPARE_IS, operand, NULL);
        ck_assert_int_eq(mtls_condition_keys(compile(&spec), &again), 1);
        ck_assert_msg(mtls_bytes_equal(*key, *again), "%s", text);
        ck_assert_str_eq(written(&spec), text);
    }
}
END_TEST

START_TEST(keys_for_an_index)
{
    mtls_condition_spec_t spec = spec_of("email", MTLS_COMPARE_IS, "a@B.example", "b@c.example");
    const mtls_bytes_t *keys;

    ck_assert_int_eq(mtls_condition_keys(compile(&spec), &keys), 2);
    ck_assert_uint_eq(keys[0].len, 11);
    ck_assert_int_eq(memcmp(keys[0].data, "a@b.example", 11), 0);
    ck_assert_int_eq(memcmp(keys[1].data, "b@c.example", 11), 0);
    spec.nocase = true;
    ck_assert_int_eq(mtls_condition_keys(compile(&spec), &keys), 0);
    spec.nocase = false;
    spec.negate = true;
    ck_assert_int_eq(mtls_condition_keys(compile(&spec), &keys), 0);
    spec.negate = false;
    spec.quantify = MTLS_QUANTIFY_ONLY;
    ck_assert_int_eq(mtls_condition_keys(compile(&spec), &keys), 0);
    spec = spec_of("email", MTLS_COMPARE_LIKE, "a*", NULL);
    ck_assert_int_eq(mtls_condition_keys(compile(&spec), &keys), 0);
    spec = spec_of("subject", MTLS_COMPARE_UNDER, "O=x", NULL);
    ck_assert_int_eq(mtls_condition_keys(compile(&spec), &keys), 0);
    spec = spec_of("email", MTLS_COMPARE_PRESENT, NULL, NULL);
    ck_assert_int_eq(mtls_condition_keys(compile(&spec), &keys), 0);
    spec = spec_of("email.domain", MTLS_COMPARE_IS, "X.example", NULL);
    spec.nocase = true; /* says nothing there */
    ck_assert_int_eq(mtls_condition_keys(compile(&spec), &keys), 1);
    ck_assert_str_eq(mtls_condition_field(compile(&spec))->word, "email.domain");
}
END_TEST

START_TEST(profiles)
{
    mtls_condition_spec_t spec = spec_of("Profile", MTLS_COMPARE_IS, "staff", "guests");
    const apr_array_header_t *names = mtls_condition_profiles(compile(&spec));
    const char *const none[] = {NULL};

    ck_assert_int_eq(names->nelts, 2);
    ck_assert_str_eq(APR_ARRAY_IDX(names, 0, const char *), "staff");
    ck_assert_str_eq(APR_ARRAY_IDX(names, 1, const char *), "guests");
    ck_assert_int_eq(ask(&spec, with_units(none)), Y);
    spec.negate = true;
    ck_assert_int_eq(mtls_condition_profiles(compile(&spec))->nelts, 2);
    ck_assert_int_eq(ask(&spec, with_units(none)), N);
    spec.nocase = true;
    ck_assert_int_eq(mtls_condition_profiles(compile(&spec))->nelts, 0);
    spec = spec_of("profile", MTLS_COMPARE_LIKE, "sta*", NULL);
    ck_assert_int_eq(mtls_condition_profiles(compile(&spec))->nelts, 0);
    spec = spec_of("cn", MTLS_COMPARE_IS, "staff", NULL);
    ck_assert_int_eq(mtls_condition_profiles(compile(&spec))->nelts, 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {three_values,
                                  present,
                                  one_of_several_operands,
                                  any_case,
                                  under,
                                  patterns_see_canonical_domains,
                                  captures_of_each_value,
                                  faults,
                                  one_spelling,
                                  written_operands_can_be_read,
                                  keys_for_an_index,
                                  profiles,
                                  NULL};

    return run_tests("condition", tests);
}
