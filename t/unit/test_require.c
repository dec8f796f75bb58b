/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>

#include "mtls/policy/require.h"
#include "mtls/policy/value.h"
#include "told.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ZEROS58      "0000000000000000000000000000000000000000000000000000000000"
#define CERT         "sha256:0011ab" ZEROS58
#define KEY          "spki-sha256:FF:EE:00" ZEROS58

/* A second after the proof. */
#define NOW          (told_proof.proven_at + apr_time_from_sec(1))

/* told_sans holds a DNS name that cannot be read. */
static const struct {
    mtls_require_kind_t kind;
    const char *args;
    mtls_match_t satisfied; /* by alice, accepted by "staff", proven in the handshake */
} good[] = {
    {MTLS_REQUIRE_VALID, "", MTLS_MATCH_YES},
    {MTLS_REQUIRE_VALID, "  ", MTLS_MATCH_YES},
    {MTLS_REQUIRE_TRUST, "staff", MTLS_MATCH_YES},
    {MTLS_REQUIRE_TRUST, "partner staff", MTLS_MATCH_YES},
    {MTLS_REQUIRE_TRUST, "\t\"staff\" ", MTLS_MATCH_YES},
    {MTLS_REQUIRE_TRUST, "partner", MTLS_MATCH_NO},
    {MTLS_REQUIRE_TRUST, "Staff", MTLS_MATCH_NO},
    {MTLS_REQUIRE_TRUST, "staff1 staf", MTLS_MATCH_NO},
    {MTLS_REQUIRE_PROOF, "handshake", MTLS_MATCH_YES},
    {MTLS_REQUIRE_PROOF, "post-handshake handshake", MTLS_MATCH_YES},
    {MTLS_REQUIRE_PROOF, "post-handshake renegotiation", MTLS_MATCH_NO},
    {MTLS_REQUIRE_PROOF, "resumption", MTLS_MATCH_NO},
    {MTLS_REQUIRE_FINGERPRINT, CERT, MTLS_MATCH_YES},
    {MTLS_REQUIRE_FINGERPRINT, KEY, MTLS_MATCH_YES},
    {MTLS_REQUIRE_FINGERPRINT, "sha256:1111ab" ZEROS58, MTLS_MATCH_NO},
    {MTLS_REQUIRE_FINGERPRINT, "spki-sha256:0011ab" ZEROS58, MTLS_MATCH_NO},
    {MTLS_REQUIRE_FINGERPRINT, "sha256:ffee00" ZEROS58, MTLS_MATCH_NO},
    {MTLS_REQUIRE_FINGERPRINT, "sha256:1111ab" ZEROS58 " " CERT, MTLS_MATCH_YES},
    {MTLS_REQUIRE_PROOF, "max-age=1s", MTLS_MATCH_YES},
    {MTLS_REQUIRE_PROOF, "max-age=10m handshake", MTLS_MATCH_YES},
    {MTLS_REQUIRE_PROOF, "resumption max-age=10m", MTLS_MATCH_NO},
    {MTLS_REQUIRE_GROUP, "ops", MTLS_MATCH_YES},
    {MTLS_REQUIRE_GROUP, "none ops", MTLS_MATCH_YES},
    {MTLS_REQUIRE_GROUP, "none \"on call\"", MTLS_MATCH_YES},
    {MTLS_REQUIRE_GROUP, "on call", MTLS_MATCH_NO},
    {MTLS_REQUIRE_GROUP, "Ops", MTLS_MATCH_NO},
    {MTLS_REQUIRE_ISSUER, "\"CN=alice\"", MTLS_MATCH_YES},
    {MTLS_REQUIRE_ISSUER, "is \"CN=alice\"", MTLS_MATCH_YES},
    {MTLS_REQUIRE_ISSUER, "\"CN=bob\" \"CN=alice\"", MTLS_MATCH_YES},
    {MTLS_REQUIRE_ISSUER, "\"CN=bob\"", MTLS_MATCH_NO},
    {MTLS_REQUIRE_ISSUER, "under \"CN=alice\"", MTLS_MATCH_YES},
    {MTLS_REQUIRE_ISSUER, "/CN=alice 2.5.4.3=bob", MTLS_MATCH_YES},
    {MTLS_REQUIRE_ISSUER, "CN=Alice", MTLS_MATCH_NO},
    {MTLS_REQUIRE_ISSUER, "CN=alice,O=Example", MTLS_MATCH_NO},
    {MTLS_REQUIRE_SUBJECT, "CN=alice", MTLS_MATCH_YES},
    {MTLS_REQUIRE_SUBJECT, "under CN=bob", MTLS_MATCH_NO},
    {MTLS_REQUIRE_SAN, "email alice@example.org", MTLS_MATCH_YES},
    {MTLS_REQUIRE_SAN, "email is bob@example.org", MTLS_MATCH_NO},
    {MTLS_REQUIRE_SAN, "email like *@example.org", MTLS_MATCH_YES},
    {MTLS_REQUIRE_SAN, "email *@example.org", MTLS_MATCH_YES},
    {MTLS_REQUIRE_SAN, "email *@example.com", MTLS_MATCH_NO},
    {MTLS_REQUIRE_SAN, "email bob@example.org *@example.org", MTLS_MATCH_YES},
    {MTLS_REQUIRE_SAN, "email alice@example.org *@example.com", MTLS_MATCH_YES},
    {MTLS_REQUIRE_SAN, "email \"al?ce@example.org\"", MTLS_MATCH_YES},
    {MTLS_REQUIRE_SAN, "email is \"*@example.org\"", MTLS_MATCH_NO},
    {MTLS_REQUIRE_SAN, "email any-case ALICE@example.org", MTLS_MATCH_YES},
    {MTLS_REQUIRE_SAN, "email any-case like ALICE@*", MTLS_MATCH_YES},
    {MTLS_REQUIRE_SAN, "email any-case ALICE@*", MTLS_MATCH_YES},
    {MTLS_REQUIRE_SAN, "email ALICE@*", MTLS_MATCH_NO},
    {MTLS_REQUIRE_SAN, "email ALICE@example.org", MTLS_MATCH_NO},
    {MTLS_REQUIRE_SAN, "uri \"any-case\" is", MTLS_MATCH_NO},
    {MTLS_REQUIRE_SAN, "upn alice@corp", MTLS_MATCH_YES},
    {MTLS_REQUIRE_SAN, "upn alice@example.org", MTLS_MATCH_NO},
    {MTLS_REQUIRE_SAN, "email alice@corp", MTLS_MATCH_NO},
    {MTLS_REQUIRE_SAN, "dns c.example", MTLS_MATCH_YES},
    {MTLS_REQUIRE_SAN, "dns *.example", MTLS_MATCH_YES},
    {MTLS_REQUIRE_SAN, "dns d.example", MTLS_MATCH_UNKNOWN},
    {MTLS_REQUIRE_SAN, "dns *.org", MTLS_MATCH_UNKNOWN},
    {MTLS_REQUIRE_SAN, "dns d.example *.org", MTLS_MATCH_UNKNOWN},
    {MTLS_REQUIRE_SAN, "dns d.example *.example", MTLS_MATCH_YES},
    {MTLS_REQUIRE_SAN, "uri \"is\"", MTLS_MATCH_NO},
    {MTLS_REQUIRE_SAN, "uri \"under\" \"like\"", MTLS_MATCH_NO},
    {MTLS_REQUIRE_SAN, "uri https://x/?a=*", MTLS_MATCH_NO},
    {MTLS_REQUIRE_SAN, "upn matches [a-z]+@corp", MTLS_MATCH_YES},
    {MTLS_REQUIRE_SAN, "upn matches lice", MTLS_MATCH_NO},
    {MTLS_REQUIRE_SAN, "dns is A.EXAMPLE", MTLS_MATCH_YES},
    {MTLS_REQUIRE_SAN, "email is alice@EXAMPLE.org", MTLS_MATCH_YES},
    {MTLS_REQUIRE_SAN, "ip 10.0.0.1", MTLS_MATCH_NO},
    {MTLS_REQUIRE_SAN, "rid 1.2.3", MTLS_MATCH_NO},
    {MTLS_REQUIRE_SAN, "other 1.2.3=#0c0178", MTLS_MATCH_NO},
    {MTLS_REQUIRE_SAN, "dirname under \"CN=alice\"", MTLS_MATCH_NO},
    {MTLS_REQUIRE_EKU, "clientAuth", MTLS_MATCH_YES},
    {MTLS_REQUIRE_EKU, "serverAuth 1.3.6.1.5.5.7.3.2", MTLS_MATCH_YES},
    {MTLS_REQUIRE_EKU, "serverAuth", MTLS_MATCH_NO},
    {MTLS_REQUIRE_POLICY, "1.2.3.5 1.2.3.4", MTLS_MATCH_YES},
    {MTLS_REQUIRE_POLICY, "1.2.3", MTLS_MATCH_NO},
    {MTLS_REQUIRE_ATTR, "dept research", MTLS_MATCH_YES},
    {MTLS_REQUIRE_ATTR, "dept sales \"research\"", MTLS_MATCH_YES},
    {MTLS_REQUIRE_ATTR, "dept Research", MTLS_MATCH_NO},
    {MTLS_REQUIRE_ATTR, "room research", MTLS_MATCH_NO},
};

static const char *const groups[] = {"ops", "on call"};
static const mtls_attribute_t attributes[] = {{"dept", "research"}};
static const char *const oids[] = {"1.2.3.4", "1.3.6.1.5.5.7.3.2"};
static const mtls_principal_t alice = {.reason = MTLS_REASON_GOOD,
                                       .user = "alice",
                                       .groups = groups,
                                       .group_count = 2,
                                       .attributes = attributes,
                                       .attribute_count = 1};

static mtls_told_t told_of_alice(void)
{
    mtls_told_t told = good_told();

    told_identity.policies = oids;
    told_identity.policy_count = 1;
    told_identity.policies_complete = true;
    told_identity.ekus = oids + 1;
    told_identity.eku_count = 1;
    told_identity.has_eku = true;
    told.principal = &alice;
    return told;
}

static mtls_match_t check(const mtls_require_t *require, const mtls_told_t *told)
{
    return mtls_require_check(require, told, NOW, pool);
}

static const mtls_require_t *parse(mtls_require_kind_t kind, const char *args)
{
    const mtls_require_t *require = NULL;
    const char *fault = mtls_require_parse(&require, kind, args, pool);

    ck_assert_msg(!fault, "%s", fault);
    ck_assert_ptr_nonnull(require);
    return require;
}

START_TEST(a_line_is_satisfied_by_what_it_names)
{
    mtls_told_t told = told_of_alice();
    size_t i;

    for (i = 0; i < COUNT(good); i++) {
        ck_assert_msg(check(parse(good[i].kind, good[i].args), &told) == good[i].satisfied, "%s %s",
                      mtls_require_word(good[i].kind), good[i].args);
    }
}
END_TEST

/* Whether @a reason is said of a certificate that was found good, or of ourselves: then a line that
 * is negated must not be satisfied either. */
static bool is_after_good(mtls_reason_t reason)
{
    return (reason >= MTLS_REASON_NO_RULE && reason <= MTLS_REASON_NOT_AUTHORIZED) ||
           reason == MTLS_REASON_INTERNAL || reason == MTLS_REASON_TRUST_UNAVAILABLE ||
           reason == MTLS_REASON_TICKET_UNAVAILABLE;
}

START_TEST(T_P01_no_line_is_satisfied_without_a_good_verdict)
{
    size_t i;
    int reason;

    for (i = 0; i < COUNT(good); i++) {
        const mtls_require_t *require = parse(good[i].kind, good[i].args);
        mtls_told_t told = told_of_alice();

        for (reason = 0; reason < MTLS_REASON_COUNT; reason++) {
            if (reason == MTLS_REASON_GOOD) {
                continue;
            }
            told.reason = (mtls_reason_t)reason;
            ck_assert_int_eq(check(require, &told),
                             is_after_good(told.reason) ? MTLS_MATCH_UNKNOWN : MTLS_MATCH_NO);
            ck_assert_int_eq(mtls_require_reason(require, &told), reason);
            told.reason = MTLS_REASON_GOOD;
            told.verdict.reason = (mtls_reason_t)reason;
            ck_assert_int_eq(check(require, &told), MTLS_MATCH_UNKNOWN);
            ck_assert_int_eq(mtls_require_reason(require, &told), MTLS_REASON_INTERNAL);
            told = told_of_alice();
        }
        told.proof = NULL;
        ck_assert_int_eq(check(require, &told), MTLS_MATCH_UNKNOWN);
        told = told_of_alice();
        told.profile = NULL;
        ck_assert_int_eq(check(require, &told), MTLS_MATCH_UNKNOWN);
    }
}
END_TEST

/* S-18: whoever names methods and not tickets wants none. */
START_TEST(S_18_a_ticket_counts_only_where_it_is_named_or_nothing_is)
{
    const struct {
        const char *args;
        mtls_match_t match;
    } rows[] = {{"ticket", MTLS_MATCH_YES},
                {"handshake ticket max-age=1h", MTLS_MATCH_YES},
                {"max-age=1h", MTLS_MATCH_YES},
                {"handshake post-handshake renegotiation resumption", MTLS_MATCH_NO},
                {"handshake max-age=1h", MTLS_MATCH_NO}};
    mtls_proof_t proof = told_proof;
    mtls_told_t told = good_told();
    size_t i;

    told.proof = &proof;
    proof.method = MTLS_PROOF_TICKET;
    for (i = 0; i < COUNT(rows); i++) {
        ck_assert_msg(check(parse(MTLS_REQUIRE_PROOF, rows[i].args), &told) == rows[i].match, "%s",
                      rows[i].args);
    }
    proof.method = MTLS_PROOF_HANDSHAKE;
    ck_assert_int_eq(check(parse(MTLS_REQUIRE_PROOF, "ticket"), &told), MTLS_MATCH_NO);
}
END_TEST

START_TEST(a_proof_of_no_method_satisfies_no_method)
{
    const char *const lines[] = {"handshake post-handshake renegotiation resumption ticket",
                                 "max-age=1h"};
    mtls_proof_t proof = told_proof;
    mtls_told_t told = good_told();
    int method;
    size_t i;

    told.proof = &proof;
    for (method = MTLS_PROOF_NONE; method < MTLS_PROOF_METHODS; method++) {
        proof.method = (mtls_proof_method_t)method;
        for (i = 0; i < COUNT(lines); i++) {
            ck_assert_int_eq(check(parse(MTLS_REQUIRE_PROOF, lines[i]), &told),
                             method == MTLS_PROOF_NONE ? MTLS_MATCH_NO : MTLS_MATCH_YES);
        }
    }
}
END_TEST

START_TEST(T_F45_age_of_a_proof)
{
    const struct {
        apr_time_t age; /* microseconds */
        mtls_match_t young;
    } ages[] = {{0, MTLS_MATCH_YES},
                {apr_time_from_sec(600), MTLS_MATCH_YES},
                {apr_time_from_sec(600) + 1, MTLS_MATCH_NO},
                {apr_time_from_sec(86400) * 36500, MTLS_MATCH_NO},
                {-1, MTLS_MATCH_YES},
                {-apr_time_from_sec(60), MTLS_MATCH_YES},
                {-apr_time_from_sec(60) - 1, MTLS_MATCH_UNKNOWN},
                {-apr_time_from_sec(86400) * 36500, MTLS_MATCH_UNKNOWN}};
    const mtls_require_t *young = parse(MTLS_REQUIRE_PROOF, "max-age=10m");
    const mtls_require_t *other = parse(MTLS_REQUIRE_PROOF, "resumption max-age=10m");
    mtls_told_t told = good_told();
    size_t i;

    for (i = 0; i < COUNT(ages); i++) {
        apr_time_t now = told_proof.proven_at + ages[i].age;

        ck_assert_msg(mtls_require_check(young, &told, now, pool) == ages[i].young, "%d", (int)i);
        ck_assert_int_eq(mtls_require_check(other, &told, now, pool), MTLS_MATCH_NO);
    }
}
END_TEST

/* T-N01: a name that cannot be read is neither there nor absent. */
START_TEST(T_N01_what_cannot_be_read_is_unknown)
{
    mtls_identity_t identity = told_identity;
    mtls_proof_t proof = told_proof;
    mtls_told_t told = good_told();

    proof.identity = &identity;
    told.proof = &proof;
    identity.sans = NULL;
    identity.san_count = 0;
    ck_assert_int_eq(check(parse(MTLS_REQUIRE_SAN, "email a@b"), &told), MTLS_MATCH_NO);
    identity.sans_complete = false;
    ck_assert_int_eq(check(parse(MTLS_REQUIRE_SAN, "email a@b"), &told), MTLS_MATCH_UNKNOWN);
    ck_assert_int_eq(mtls_require_reason(parse(MTLS_REQUIRE_SAN, "email a@b"), &told),
                     MTLS_REASON_NOT_AUTHORIZED);
}
END_TEST

/* Alice's groups and attributes, under each reason that sources can have. */
START_TEST(only_who_was_looked_up_lacks_a_group)
{
    const struct {
        mtls_require_kind_t kind;
        const char *has, *lacks;
        mtls_reason_t denial;
    } lines[] = {{MTLS_REQUIRE_GROUP, "ops", "none", MTLS_REASON_NOT_IN_GROUP},
                 {MTLS_REQUIRE_ATTR, "dept research", "dept x", MTLS_REASON_NOT_AUTHORIZED}};
    mtls_told_t told = good_told();
    size_t i;
    int reason;

    for (i = 0; i < COUNT(lines); i++) {
        const mtls_require_t *has = parse(lines[i].kind, lines[i].has);
        const mtls_require_t *lacks = parse(lines[i].kind, lines[i].lacks);

        told.principal = NULL;
        ck_assert_int_eq(check(has, &told), MTLS_MATCH_UNKNOWN);
        ck_assert_int_eq(mtls_require_reason(has, &told), lines[i].denial);
        for (reason = 0; reason < MTLS_REASON_COUNT; reason++) {
            mtls_principal_t principal = alice;
            bool found = reason == MTLS_REASON_GOOD;
            mtls_match_t otherwise =
                reason == MTLS_REASON_NO_RULE ? MTLS_MATCH_NO : MTLS_MATCH_UNKNOWN;

            principal.reason = (mtls_reason_t)reason;
            told.principal = &principal;
            ck_assert_int_eq(check(has, &told), found ? MTLS_MATCH_YES : otherwise);
            ck_assert_int_eq(check(lacks, &told), found ? MTLS_MATCH_NO : otherwise);
            ck_assert_int_eq(mtls_require_reason(lacks, &told),
                             found || reason == MTLS_REASON_UNDECIDED ? lines[i].denial
                                                                      : (mtls_reason_t)reason);
            ck_assert_int_eq(mtls_require_reason(parse(MTLS_REQUIRE_VALID, ""), &told),
                             MTLS_REASON_NOT_AUTHORIZED);
        }
    }
}
END_TEST

static const struct {
    mtls_require_kind_t kind;
    const char *args, *fault;
} bad[] = {
    {MTLS_REQUIRE_VALID, "x", "Require mtls-valid: takes no arguments, found 'x'"},
    {MTLS_REQUIRE_TRUST, " ",
     "Require mtls-trust: names no profile; use one or more names of <MTLSTrust> profiles"},
    {MTLS_REQUIRE_TRUST, "a \"b c\"",
     "Require mtls-trust: 'b c' cannot name a profile; use 1 to 64 letters, digits, dots, dashes "
     "and underscores"},
    {MTLS_REQUIRE_TRUST, "a \"b",
     "Require mtls-trust: '\"b' has a quote that does not end a word; use words, or \"words in "
     "double quotes\""},
    {MTLS_REQUIRE_TRUST, "\"a\"b",
     "Require mtls-trust: '\"a\"b' has a quote that does not end a word; use words, or \"words in "
     "double quotes\""},
    {MTLS_REQUIRE_PROOF, "pha",
     "Require mtls-proof: unknown method 'pha'; use handshake, post-handshake, renegotiation, "
     "resumption or ticket, and max-age= with a duration"},
    {MTLS_REQUIRE_PROOF, "none",
     "Require mtls-proof: unknown method 'none'; use handshake, post-handshake, renegotiation, "
     "resumption or ticket, and max-age= with a duration"},
    {MTLS_REQUIRE_PROOF, "",
     "Require mtls-proof: names no method and no age; use one or more of handshake, "
     "post-handshake, renegotiation, resumption and ticket, or max-age= with a duration, or both"},
    {MTLS_REQUIRE_PROOF, "max-age=10m max-age=1h",
     "Require mtls-proof: says max-age twice; say it once"},
    {MTLS_REQUIRE_PROOF, "max-age=0", "Require mtls-proof: '0' is out of range; use 1s to 3650d"},
    {MTLS_REQUIRE_PROOF, "max-age=",
     "Require mtls-proof: '' is not a duration; use a number with ms, s, m, h or d, 1s to 3650d"},
    {MTLS_REQUIRE_GROUP, "", "Require mtls-group: names no group; use one or more names of groups"},
    {MTLS_REQUIRE_ISSUER, "",
     "Require mtls-issuer: names no issuer; use one or more names such as \"CN=Staff "
     "CA,O=Example\", or under and such names"},
    {MTLS_REQUIRE_SUBJECT, "under",
     "Require mtls-subject: names nothing to compare with; use one or more names such as "
     "\"CN=Staff CA,O=Example\""},
    {MTLS_REQUIRE_SAN, "",
     "Require mtls-san: names no type; use email, upn, dns, uri, ip, rid, other or dirname, and "
     "one or more patterns"},
    {MTLS_REQUIRE_SAN, "mail a@b",
     "Require mtls-san: unknown type 'mail'; use email, upn, dns, uri, ip, rid, other or dirname"},
    {MTLS_REQUIRE_SAN, "dns",
     "Require mtls-san: names no pattern for dns; use one or more patterns, after is, like, "
     "matches "
     "or under where one likes"},
    {MTLS_REQUIRE_SAN, "uri any-case",
     "Require mtls-san: names no pattern for uri; use one or more patterns, after is, like, "
     "matches "
     "or under where one likes"},
    {MTLS_REQUIRE_SAN, "uri like",
     "Require mtls-san: names no pattern for uri; use one or more patterns, after is, like, "
     "matches "
     "or under where one likes"},
    {MTLS_REQUIRE_SAN, "uri matches a* \"b(\"",
     "Require mtls-san: 'b(': at 3: missing closing parenthesis"},
    {MTLS_REQUIRE_EKU, "",
     "Require mtls-eku: names no usage; use one or more of clientAuth, serverAuth, "
     "emailProtection, smartcardLogon and dotted object identifiers"},
    {MTLS_REQUIRE_POLICY, "",
     "Require mtls-policy: names no policy; use one or more dotted object identifiers"},
    {MTLS_REQUIRE_ATTR, "",
     "Require mtls-attr: names no attribute; use its name, and one or more values"},
    {MTLS_REQUIRE_ATTR, "dept",
     "Require mtls-attr: names no value of 'dept'; use one or more values"},
    {MTLS_REQUIRE_FINGERPRINT, "",
     "Require mtls-fingerprint: names no fingerprint; use one or "
     "more of sha256:HEX and spki-sha256:HEX-or-BASE64"},
    {MTLS_REQUIRE_FINGERPRINT, CERT " 00",
     "Require mtls-fingerprint: '00' is not a pin; use sha256: with 64 hex digits, or "
     "spki-sha256: with 64 hex digits or 44 characters of base64"},
};

START_TEST(faults_say_what_would_be_right)
{
    size_t i;

    for (i = 0; i < COUNT(bad); i++) {
        const mtls_require_t *require = (const mtls_require_t *)(const void *)bad;
        const char *fault = mtls_require_parse(&require, bad[i].kind, bad[i].args, pool);

        ck_assert_msg(fault != NULL, "accepted %s", bad[i].args);
        ck_assert_str_eq(fault, bad[i].fault);
        ck_assert_ptr_null(require);
    }
}
END_TEST

/* What units below ours find wrong is passed on behind the provider's name. */
START_TEST(faults_of_values_are_passed_on)
{
    const struct {
        mtls_require_kind_t kind;
        const char *args;
    } lines[] = {{MTLS_REQUIRE_GROUP, "ops a,b"},           {MTLS_REQUIRE_ATTR, "De-pt x"},
                 {MTLS_REQUIRE_ISSUER, "CN=a staff"},       {MTLS_REQUIRE_SUBJECT, "like \"CN=*\""},
                 {MTLS_REQUIRE_SAN, "ip like \"10.*\""},    {MTLS_REQUIRE_SAN, "rid 1.2.*"},
                 {MTLS_REQUIRE_SAN, "dirname staff"},       {MTLS_REQUIRE_SAN, "email under a@b"},
                 {MTLS_REQUIRE_SAN, "email *@EXAMPLE.org"}, {MTLS_REQUIRE_EKU, "clientAuth is"},
                 {MTLS_REQUIRE_POLICY, "1.2.3.4 gold"}};
    size_t i;

    for (i = 0; i < COUNT(lines); i++) {
        const mtls_require_t *require = (const mtls_require_t *)(const void *)bad;
        const char *fault = mtls_require_parse(&require, lines[i].kind, lines[i].args, pool);
        const char *head =
            apr_pstrcat(pool, "Require ", mtls_require_word(lines[i].kind), ": ", NULL);

        ck_assert_msg(fault != NULL, "accepted %s", lines[i].args);
        ck_assert_int_eq(strncmp(fault, head, strlen(head)), 0);
        ck_assert_ptr_null(require);
    }
}
END_TEST

START_TEST(profiles_can_be_checked)
{
    const apr_array_header_t *names =
        mtls_require_profiles(parse(MTLS_REQUIRE_TRUST, "staff \"partner\""));

    ck_assert_int_eq(names->nelts, 2);
    ck_assert_str_eq(APR_ARRAY_IDX(names, 1, const char *), "partner");
    ck_assert_int_eq(mtls_require_profiles(parse(MTLS_REQUIRE_VALID, ""))->nelts, 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_line_is_satisfied_by_what_it_names,
                                  T_P01_no_line_is_satisfied_without_a_good_verdict,
                                  S_18_a_ticket_counts_only_where_it_is_named_or_nothing_is,
                                  a_proof_of_no_method_satisfies_no_method,
                                  T_F45_age_of_a_proof,
                                  T_N01_what_cannot_be_read_is_unknown,
                                  only_who_was_looked_up_lacks_a_group,
                                  faults_of_values_are_passed_on,
                                  faults_say_what_would_be_right,
                                  profiles_can_be_checked,
                                  NULL};

    return run_tests("require", tests);
}
