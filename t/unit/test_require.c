/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/require.h"
#include "mtls/policy/value.h"
#include "told.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ZEROS58      "0000000000000000000000000000000000000000000000000000000000"
#define CERT         "sha256:0011ab" ZEROS58
#define KEY          "spki-sha256:FF:EE:00" ZEROS58

static const struct {
    mtls_require_kind_t kind;
    const char *args;
    bool satisfied; /* by a good verdict of "staff", proven in the handshake */
} good[] = {
    {MTLS_REQUIRE_VALID, "", true},
    {MTLS_REQUIRE_VALID, "  ", true},
    {MTLS_REQUIRE_TRUST, "staff", true},
    {MTLS_REQUIRE_TRUST, "partner staff", true},
    {MTLS_REQUIRE_TRUST, "\t\"staff\" ", true},
    {MTLS_REQUIRE_TRUST, "partner", false},
    {MTLS_REQUIRE_TRUST, "Staff", false},
    {MTLS_REQUIRE_TRUST, "staff1 staf", false},
    {MTLS_REQUIRE_PROOF, "handshake", true},
    {MTLS_REQUIRE_PROOF, "post-handshake handshake", true},
    {MTLS_REQUIRE_PROOF, "post-handshake renegotiation", false},
    {MTLS_REQUIRE_PROOF, "resumption", false},
    {MTLS_REQUIRE_FINGERPRINT, CERT, true},
    {MTLS_REQUIRE_FINGERPRINT, KEY, true},
    {MTLS_REQUIRE_FINGERPRINT, "sha256:1111ab" ZEROS58, false},
    {MTLS_REQUIRE_FINGERPRINT, "spki-sha256:0011ab" ZEROS58, false},
    {MTLS_REQUIRE_FINGERPRINT, "sha256:ffee00" ZEROS58, false},
    {MTLS_REQUIRE_FINGERPRINT, "sha256:1111ab" ZEROS58 " " CERT, true},
};

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
    mtls_told_t told = good_told();
    size_t i;

    for (i = 0; i < COUNT(good); i++) {
        ck_assert_msg(mtls_require_check(parse(good[i].kind, good[i].args), &told) ==
                          good[i].satisfied,
                      "%s %s", mtls_require_word(good[i].kind), good[i].args);
    }
}
END_TEST

START_TEST(T_P01_no_line_is_satisfied_without_a_good_verdict)
{
    size_t i;
    int reason;

    for (i = 0; i < COUNT(good); i++) {
        const mtls_require_t *require = parse(good[i].kind, good[i].args);
        mtls_told_t told = good_told();

        for (reason = 0; reason < MTLS_REASON_COUNT; reason++) {
            told.reason = (mtls_reason_t)reason;
            ck_assert(reason == MTLS_REASON_GOOD || !mtls_require_check(require, &told));
            told.reason = MTLS_REASON_GOOD;
            told.verdict.reason = (mtls_reason_t)reason;
            ck_assert(reason == MTLS_REASON_GOOD || !mtls_require_check(require, &told));
            told = good_told();
        }
        told.proof = NULL;
        ck_assert(!mtls_require_check(require, &told));
        told = good_told();
        told.profile = NULL;
        ck_assert(!mtls_require_check(require, &told));
    }
}
END_TEST

START_TEST(a_proof_of_no_method_satisfies_no_method)
{
    mtls_proof_t proof = told_proof;
    mtls_told_t told = good_told();
    int method;

    told.proof = &proof;
    for (method = MTLS_PROOF_NONE; method < MTLS_PROOF_METHODS; method++) {
        proof.method = (mtls_proof_method_t)method;
        ck_assert_int_eq(
            mtls_require_check(
                parse(MTLS_REQUIRE_PROOF, "handshake post-handshake renegotiation resumption"),
                &told),
            method != MTLS_PROOF_NONE);
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
     "Require mtls-proof: unknown method 'pha'; use handshake, post-handshake, renegotiation or "
     "resumption"},
    {MTLS_REQUIRE_PROOF, "none",
     "Require mtls-proof: unknown method 'none'; use handshake, post-handshake, renegotiation or "
     "resumption"},
    {MTLS_REQUIRE_PROOF, "",
     "Require mtls-proof: names no method; use one or more of handshake, "
     "post-handshake, renegotiation and resumption"},
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
                                  a_proof_of_no_method_satisfies_no_method,
                                  faults_say_what_would_be_right,
                                  profiles_can_be_checked,
                                  NULL};

    return run_tests("require", tests);
}
