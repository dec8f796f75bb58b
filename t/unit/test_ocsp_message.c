/*
 * t/unit/test_ocsp_message.c - questions to responders, and which answers are believed.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>
#include <apr_strings.h>
#include <check.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "mtls/trust/fetch.h"
#include "ocsp_fixture.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define SEC(n)          apr_time_from_sec(n)
#define DAY             (24 * 3600)
#define BYTES(text)     ((mtls_bytes_t){(const unsigned char *)(text), sizeof(text) - 1})

/* Stands in for the real one, and agrees with it on the URLs below. */
const char *mtls_fetch_check_url(const char *url, const char **host, apr_pool_t *unused)
{
    (void)unused;
    ck_assert_ptr_null(host);
    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
        return "neither http nor https";
    return strchr(url, '@') != NULL ? "it has user information" : NULL;
}

static apr_pool_t *pool;
static apr_time_t now;
static mtls_ocsp_rules_t rules;
static fixture_party_t issuer;
static fixture_party_t leaf;
static mtls_ocsp_question_t question;
static mtls_ocsp_request_t request;
static const char *text;

static void world(fixture_key_t key)
{
    now = fixture_now();
    memset(&rules, 0, sizeof(rules));
    rules.nonce = MTLS_NONCE_OFF;
    rules.skew = SEC(60);
    rules.max_age = SEC(DAY);
    rules.pinned = sk_X509_new_null();
    issuer = fixture_make(NULL, &(fixture_recipe_t){.ca = true, .key = key}, pool);
    leaf = fixture_make(&issuer, &(fixture_recipe_t){.serial = 77}, pool);
    question = (mtls_ocsp_question_t){leaf.cert, issuer.cert, &rules};
    memset(&request, 0, sizeof(request));
}

static void renew_world(fixture_key_t key)
{
    sk_X509_free(rules.pinned);
    world(key);
}

static void setup(void)
{
    ck_assert_int_eq(apr_pool_create(&pool, NULL), APR_SUCCESS);
    world(FIXTURE_P256);
}

static void teardown(void)
{
    sk_X509_free(rules.pinned);
    apr_pool_destroy(pool);
}

/* A good answer that the issuer signs, an hour old and good for another. */
static ocsp_recipe_t usual(void)
{
    ocsp_recipe_t recipe = {.signer = issuer};

    recipe.singles[0] = (ocsp_single_t){.cert = leaf.cert,
                                        .issuer = issuer.cert,
                                        .this_update = now - SEC(3600),
                                        .next_update = now + SEC(3600)};
    return recipe;
}

static mtls_ocsp_answer_t read_at(mtls_bytes_t der, apr_time_t when)
{
    mtls_ocsp_answer_t answer;

    ERR_raise(ERR_LIB_USER, 1);
    answer = mtls_ocsp_response_read(der, &question, &request, when, &text, pool);
    ck_assert_uint_eq(ERR_peek_error(), 0);
    ck_assert_int_eq(answer.fetched, when);
    if (answer.word == MTLS_STATUS_SILENT || answer.word == MTLS_STATUS_UNUSABLE) {
        ck_assert_ptr_nonnull(text);
        ck_assert_uint_lt(strlen(text), 300);
        ck_assert_int_eq(answer.this_update, 0);
        ck_assert_int_eq(answer.next_update, 0);
        ck_assert_int_eq(answer.ends, 0);
    } else {
        ck_assert_ptr_null(text);
        ck_assert_int_le(answer.this_update, when + rules.skew);
        ck_assert_int_ge(answer.ends, when);
    }
    return answer;
}

static void expect_der(mtls_bytes_t der, mtls_status_word_t word, const char *why)
{
    mtls_status_word_t got = read_at(der, now).word;

    ck_assert_msg(got == word, "%d, not %d: %s", got, word, text != NULL ? text : "-");
    if (why != NULL)
        ck_assert_msg(strstr(text, why) != NULL, "\"%s\" is not about \"%s\"", text, why);
}

static void expect(const ocsp_recipe_t *recipe, mtls_status_word_t word, const char *why)
{
    expect_der(ocsp_fixture_make(recipe, pool), word, why);
}

static const char ocsp_signing[] = "extendedKeyUsage=OCSPSigning";

static fixture_party_t delegate(const fixture_party_t *by)
{
    return fixture_make(
        by,
        &(fixture_recipe_t){.subject = "responder",
                            .extensions = {"keyUsage=critical,digitalSignature", ocsp_signing}},
        pool);
}

static void expect_delegate(const fixture_recipe_t *how, mtls_status_word_t word, const char *why)
{
    ocsp_recipe_t recipe = usual();

    recipe.signer = fixture_make(&issuer, how, pool);
    expect(&recipe, word, why);
    recipe.by_key = true;
    expect(&recipe, word, why);
}

/* The rows of statuses, by each kind of key and each kind of signer. */
static const fixture_key_t keys[] = {FIXTURE_P256, FIXTURE_RSA2048, FIXTURE_ED25519};

START_TEST(N_40_statuses)
{
    static const struct {
        int status;
        mtls_status_word_t word;
    } rows[] = {{V_OCSP_CERTSTATUS_GOOD, MTLS_STATUS_GOOD},
                {V_OCSP_CERTSTATUS_REVOKED, MTLS_STATUS_REVOKED},
                {V_OCSP_CERTSTATUS_UNKNOWN, MTLS_STATUS_UNKNOWN}};

    renew_world(keys[_i]);
    for (int i = 0; i < COUNT_OF(rows); i++) {
        ocsp_recipe_t recipe = usual();

        recipe.singles[0].status = rows[i].status;
        expect(&recipe, rows[i].word, NULL);
        recipe.by_key = true;
        recipe.bare = true;
        expect(&recipe, rows[i].word, NULL);
        recipe.bare = false;
        recipe.signer = delegate(&issuer);
        expect(&recipe, rows[i].word, NULL);
        recipe.by_key = false;
        expect(&recipe, rows[i].word, NULL);
    }
}
END_TEST

START_TEST(answer_has_its_times)
{
    ocsp_recipe_t recipe = usual();
    mtls_ocsp_answer_t answer = read_at(ocsp_fixture_make(&recipe, pool), now + 1);

    ck_assert_int_eq(answer.this_update, now - SEC(3600));
    ck_assert_int_eq(answer.next_update, now + SEC(3600));
    ck_assert_int_eq(answer.ends, now + SEC(3660));
    recipe.singles[0].next_update = 0;
    answer = read_at(ocsp_fixture_make(&recipe, pool), now);
    ck_assert_int_eq(answer.next_update, 0);
    ck_assert_int_eq(answer.ends, now + SEC(DAY - 3600 + 60));
    recipe.singles[0].next_update = now + SEC(30 * DAY);
    answer = read_at(ocsp_fixture_make(&recipe, pool), now);
    ck_assert_int_eq(answer.ends, now + SEC(DAY - 3600 + 60));
    rules.max_age = SEC(400 * DAY);
    recipe.singles[0].next_update = now + SEC(60 * DAY);
    answer = read_at(ocsp_fixture_make(&recipe, pool), now);
    ck_assert_int_eq(answer.ends, now + SEC(30 * DAY)); /* the issuer's */
    recipe.signer = fixture_make(
        &issuer, &(fixture_recipe_t){.extensions = {ocsp_signing}, .from_days = -1, .to_days = 2},
        pool);
    answer = read_at(ocsp_fixture_make(&recipe, pool), now);
    ck_assert_int_eq(answer.ends, now + SEC(2 * DAY));
    sk_X509_push(rules.pinned, recipe.signer.cert);
    recipe.bare = true;
    answer = read_at(ocsp_fixture_make(&recipe, pool), now);
    ck_assert_int_eq(answer.ends, now + SEC(2 * DAY));
}
END_TEST

START_TEST(T_R01_forged_signature)
{
    ocsp_recipe_t recipe = usual();
    mtls_bytes_t der;

    recipe.bare = true; /* so that the last octet is the signature's */
    der = ocsp_fixture_make(&recipe, pool);
    expect_der(der, MTLS_STATUS_GOOD, NULL);
    ((unsigned char *)(uintptr_t)der.data)[der.len - 1] ^= 1;
    expect_der(der, MTLS_STATUS_UNUSABLE, "signature");
}
END_TEST

/* "revoked" made "good": CertStatus [1] and [0] differ in length, so a time is moved instead. */
START_TEST(T_R01_altered_after_signing)
{
    ocsp_recipe_t recipe = usual();
    mtls_bytes_t der = ocsp_fixture_make(&recipe, pool);
    unsigned char *at = (unsigned char *)(uintptr_t)der.data;
    int altered = 0;

    for (apr_size_t i = 0; i + 17 < der.len; i++) {
        if (memcmp(at + i, "\x18\x0f", 2) == 0) {
            at[i + 15] ^= 1; /* the second */
            expect_der(der, MTLS_STATUS_UNUSABLE, "signature");
            at[i + 15] ^= 1;
            altered++;
        }
    }
    ck_assert_int_eq(altered, 3);
}
END_TEST

START_TEST(T_R01_N_41_delegate_without_the_usage)
{
    static const char *const usages[] = {"extendedKeyUsage=clientAuth",
                                         "extendedKeyUsage=anyExtendedKeyUsage",
                                         "basicConstraints=CA:FALSE"};

    for (int i = 0; i < COUNT_OF(usages); i++) {
        expect_delegate(&(fixture_recipe_t){.extensions = {usages[i]}}, MTLS_STATUS_UNUSABLE,
                        "no id-kp-OCSPSigning");
    }
    expect_delegate(&(fixture_recipe_t){.ca = true, .subject = "below"}, MTLS_STATUS_UNUSABLE,
                    "no id-kp-OCSPSigning");
    expect_delegate(&(fixture_recipe_t){.extensions = {ocsp_signing}}, MTLS_STATUS_GOOD, NULL);
    expect_delegate(&(fixture_recipe_t){.extensions = {"extendedKeyUsage=clientAuth,OCSPSigning",
                                                       "noCheck=ignored"}},
                    MTLS_STATUS_GOOD, NULL);
    expect_delegate(&(fixture_recipe_t){.extensions = {ocsp_signing, "keyUsage=keyEncipherment"}},
                    MTLS_STATUS_UNUSABLE, "key usage");
}
END_TEST

/* The certificate in question must not speak for itself. */
START_TEST(T_R01_N_41_the_certificate_itself)
{
    ocsp_recipe_t recipe = usual();

    recipe.signer = leaf;
    expect(&recipe, MTLS_STATUS_UNUSABLE, "no id-kp-OCSPSigning");
}
END_TEST

START_TEST(T_R01_N_41_delegate_of_another)
{
    fixture_party_t other =
        fixture_make(NULL, &(fixture_recipe_t){.ca = true, .subject = "other"}, pool);
    fixture_party_t twin = fixture_make(NULL, &(fixture_recipe_t){.ca = true}, pool);
    fixture_party_t below =
        fixture_make(&issuer, &(fixture_recipe_t){.ca = true, .subject = "below"}, pool);
    const fixture_party_t *makers[] = {&other, &twin, &below};
    ocsp_recipe_t recipe = usual();

    for (int i = 0; i < COUNT_OF(makers); i++) {
        recipe.signer = delegate(makers[i]);
        recipe.with[0] = makers[i]->cert;
        recipe.by_key = false;
        expect(&recipe, MTLS_STATUS_UNUSABLE, "Verify error");
        recipe.by_key = true;
        recipe.with[1] = issuer.cert;
        expect(&recipe, MTLS_STATUS_UNUSABLE, "Verify error");
        recipe.with[0] = NULL;
        expect(&recipe, MTLS_STATUS_UNUSABLE, "Verify error");
    }
}
END_TEST

/* A CA above, below, or of the same name is not the issuer. */
START_TEST(T_R01_N_41_another_authority)
{
    fixture_party_t twin = fixture_make(NULL, &(fixture_recipe_t){.ca = true}, pool);
    fixture_party_t middle =
        fixture_make(&issuer, &(fixture_recipe_t){.ca = true, .subject = "middle"}, pool);
    ocsp_recipe_t recipe = usual();

    recipe.signer = twin;
    expect(&recipe, MTLS_STATUS_UNUSABLE, NULL);
    recipe.by_key = true;
    expect(&recipe, MTLS_STATUS_UNUSABLE, NULL);
    recipe.bare = true;
    expect(&recipe, MTLS_STATUS_UNUSABLE, "not known");
    leaf = fixture_make(&middle, &(fixture_recipe_t){.serial = 77}, pool);
    question.cert = leaf.cert;
    question.issuer = middle.cert;
    recipe = usual();
    recipe.singles[0].issuer = middle.cert;
    expect(&recipe, MTLS_STATUS_UNUSABLE, "no id-kp-OCSPSigning"); /* the root, for the middle */
    recipe.signer = delegate(&issuer);
    expect(&recipe, MTLS_STATUS_UNUSABLE, "Verify error");
    recipe.signer = middle;
    expect(&recipe, MTLS_STATUS_GOOD, NULL);
    recipe.signer = delegate(&middle);
    recipe.with[0] = issuer.cert;
    expect(&recipe, MTLS_STATUS_GOOD, NULL);
}
END_TEST

START_TEST(T_R01_signer_out_of_time)
{
    fixture_recipe_t how = {.extensions = {ocsp_signing}, .from_days = -9, .to_days = -1};

    expect_delegate(&how, MTLS_STATUS_UNUSABLE, "expired");
    how.from_days = 1;
    how.to_days = 9;
    expect_delegate(&how, MTLS_STATUS_UNUSABLE, "not yet valid");
    /* It is the time given that counts, not that of the machine. */
    now += SEC(2 * DAY);
    expect_delegate(&how, MTLS_STATUS_GOOD, NULL);
    now += SEC(9 * DAY);
    expect_delegate(&how, MTLS_STATUS_UNUSABLE, "expired");
}
END_TEST

START_TEST(T_R01_weak_delegate)
{
    fixture_party_t rsa;

    expect_delegate(&(fixture_recipe_t){.extensions = {ocsp_signing}, .digest = "sha1"},
                    MTLS_STATUS_UNUSABLE, "signature on its signer");
    expect_delegate(&(fixture_recipe_t){.extensions = {ocsp_signing}, .key = FIXTURE_RSA1024},
                    MTLS_STATUS_UNUSABLE, "key is too weak");
    expect_delegate(&(fixture_recipe_t){.extensions = {ocsp_signing}, .key = FIXTURE_P256_EXPLICIT},
                    MTLS_STATUS_UNUSABLE, "key is too weak");
    renew_world(FIXTURE_RSA2048);
    expect_delegate(&(fixture_recipe_t){.extensions = {ocsp_signing}, .digest = "md5"},
                    MTLS_STATUS_UNUSABLE, "signature on its signer");
    expect_delegate(&(fixture_recipe_t){.extensions = {ocsp_signing}, .digest = "sha224"},
                    MTLS_STATUS_GOOD, NULL);
    rsa = fixture_make(
        &issuer, &(fixture_recipe_t){.extensions = {ocsp_signing}, .key = FIXTURE_RSA2048}, pool);
    rsa = fixture_spoil(&rsa, pool);
    {
        ocsp_recipe_t recipe = usual();

        recipe.signer = rsa;
        expect(&recipe, MTLS_STATUS_UNUSABLE, "Verify error");
    }
}
END_TEST

START_TEST(T_R01_weak_signature)
{
    ocsp_recipe_t recipe = usual();

    recipe.digest = "sha1";
    expect(&recipe, MTLS_STATUS_UNUSABLE, "signature is too weak");
    renew_world(FIXTURE_RSA2048);
    recipe = usual();
    for (int pss = 0; pss < 2; pss++) {
        static const char *const weak[] = {"md5", "sha1"};
        static const char *const strong[] = {"sha224", "sha256", "sha512"};

        recipe.pss = pss != 0;
        for (int i = 0; i < COUNT_OF(weak); i++) {
            recipe.digest = weak[i];
            if (recipe.pss && i == 0)
                continue; /* no library writes it */
            expect(&recipe, MTLS_STATUS_UNUSABLE, "signature is too weak");
        }
        for (int i = 0; i < COUNT_OF(strong); i++) {
            recipe.digest = strong[i];
            expect(&recipe, MTLS_STATUS_GOOD, NULL);
        }
    }
}
END_TEST

START_TEST(N_41_pinned)
{
    fixture_party_t stranger = fixture_make(NULL, &(fixture_recipe_t){.subject = "stranger"}, pool);
    fixture_party_t again = fixture_make(
        NULL, &(fixture_recipe_t){.subject = "stranger", .serial = 2, .same_key_as = &stranger},
        pool);
    fixture_party_t namesake = fixture_make(NULL, &(fixture_recipe_t){.subject = "stranger"}, pool);
    ocsp_recipe_t recipe = usual();

    recipe.signer = stranger;
    expect(&recipe, MTLS_STATUS_UNUSABLE, "no id-kp-OCSPSigning");
    sk_X509_push(rules.pinned, namesake.cert);
    expect(&recipe, MTLS_STATUS_UNUSABLE, NULL);
    sk_X509_push(rules.pinned, stranger.cert); /* behind its namesake */
    expect(&recipe, MTLS_STATUS_GOOD, NULL);
    recipe.by_key = true;
    expect(&recipe, MTLS_STATUS_GOOD, NULL);
    recipe.bare = true;
    expect(&recipe, MTLS_STATUS_GOOD, NULL);
    /* Same key and name, another certificate: what counts is the pinned one, whatever is sent. */
    recipe.with[0] = again.cert;
    expect(&recipe, MTLS_STATUS_GOOD, NULL);
    recipe.singles[0].status = V_OCSP_CERTSTATUS_REVOKED;
    expect(&recipe, MTLS_STATUS_REVOKED, NULL);
}
END_TEST

START_TEST(N_41_pinned_out_of_time)
{
    fixture_recipe_t how = {.subject = "stranger", .from_days = -9, .to_days = -1};
    ocsp_recipe_t recipe = usual();

    recipe.signer = fixture_make(NULL, &how, pool);
    sk_X509_push(rules.pinned, recipe.signer.cert);
    expect(&recipe, MTLS_STATUS_UNUSABLE, "expired");
    how.from_days = 1;
    how.to_days = 9;
    recipe.signer = fixture_make(NULL, &how, pool);
    sk_X509_set(rules.pinned, 0, recipe.signer.cert);
    expect(&recipe, MTLS_STATUS_UNUSABLE, "not yet valid");
    how.from_days = -1;
    how.key = FIXTURE_RSA1024;
    recipe.signer = fixture_make(NULL, &how, pool);
    sk_X509_set(rules.pinned, 0, recipe.signer.cert);
    expect(&recipe, MTLS_STATUS_UNUSABLE, "key is too weak");
}
END_TEST

/* A delegate that has the issuer's name, or is preceded by a namesake, is still found. */
START_TEST(same_names_hide_nobody)
{
    /* Without the key identifiers OpenSSL takes it for self-signed. */
    const fixture_recipe_t same_name = {
        .subject = "ca",
        .extensions = {ocsp_signing, "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid"}};
    ocsp_recipe_t recipe = usual();
    fixture_party_t other =
        fixture_make(NULL, &(fixture_recipe_t){.ca = true, .subject = "other"}, pool);
    fixture_party_t right = delegate(&issuer);

    recipe.signer = fixture_make(&issuer, &same_name, pool);
    expect(&recipe, MTLS_STATUS_GOOD, NULL);
    recipe.signer = right;
    recipe.bare = true;
    expect(&recipe, MTLS_STATUS_UNUSABLE, "not known");
    recipe.bare = false;
    recipe.with[0] = delegate(&other).cert;
    recipe.with[1] = leaf.cert;
    expect(&recipe, MTLS_STATUS_GOOD, NULL);
}
END_TEST

START_TEST(too_many_certificates)
{
    ocsp_recipe_t recipe = usual();
    OCSP_RESPONSE *response;
    OCSP_BASICRESP *basic;
    mtls_bytes_t der = ocsp_fixture_make(&recipe, pool);
    const unsigned char *at = der.data;
    unsigned char *out = NULL;

    response = d2i_OCSP_RESPONSE(NULL, &at, (long)der.len);
    basic = OCSP_response_get1_basic(response);
    OCSP_RESPONSE_free(response);
    for (int i = 0; i < 8; i++)
        OCSP_basic_add1_cert(basic, leaf.cert);
    response = OCSP_response_create(0, basic);
    der.len = (apr_size_t)i2d_OCSP_RESPONSE(response, &out);
    der.data = apr_pmemdup(pool, out, der.len);
    expect_der(der, MTLS_STATUS_UNUSABLE, "too many");
    OPENSSL_free(out);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
}
END_TEST

/* T-R01 stale, over, future, no end; F-45: the clock is what the caller says. */
static const struct {
    int next; /* seconds after thisUpdate, 0: none */
    int now;  /* likewise */
    bool good;
    const char *why;
} clock_rows[] = {
    {3600, 0, true, NULL},
    {3600, -60, true, NULL},
    {3600, -61, false, "future"},
    {3600, 3660, true, NULL},
    {3600, 3661, false, "is over"},
    {3600, 3600 + DAY, false, "is over"},
    {3600, -3600, false, "future"},
    {0, DAY + 60, true, NULL},
    {0, DAY + 61, false, "too old"},
    {30 * DAY, DAY + 60, true, NULL},
    {30 * DAY, DAY + 61, false, "too old"},
    {0, -61, false, "future"},
    {0, 300 * DAY, false, "too old"},
    {-1, 0, false, "before"},
};

/* Around today, 2038, and the switch of certificates from UTCTime to GeneralizedTime. */
static const apr_int64_t moments[] = {0, 2147483647, 2524608000 - 1800};

START_TEST(T_R01_F_45_times)
{
    apr_int64_t moment = moments[_i % COUNT_OF(moments)];
    int row = _i / COUNT_OF(moments);
    fixture_recipe_t how = {.ca = true, .from_days = -400, .to_days = 11000};
    ocsp_recipe_t recipe;
    apr_time_t issued;
    mtls_bytes_t der;
    mtls_status_word_t word;

    issuer = fixture_make(NULL, &how, pool);
    how = (fixture_recipe_t){.from_days = -400, .to_days = 11000, .serial = 77};
    leaf = fixture_make(&issuer, &how, pool);
    question.cert = leaf.cert;
    question.issuer = issuer.cert;
    recipe = usual();
    issued = moment != 0 ? SEC(moment) : now;
    recipe.singles[0].this_update = issued;
    recipe.singles[0].next_update = 0;
    if (clock_rows[row].next != 0)
        recipe.singles[0].next_update = issued + SEC(clock_rows[row].next);
    der = ocsp_fixture_make(&recipe, pool);
    word = read_at(der, issued + SEC(clock_rows[row].now)).word;
    ck_assert_int_eq(word, clock_rows[row].good ? MTLS_STATUS_GOOD : MTLS_STATUS_UNUSABLE);
    if (!clock_rows[row].good)
        ck_assert_msg(strstr(text, clock_rows[row].why) != NULL, "%s", text);
}
END_TEST

START_TEST(T_R01_stale_revoked_is_unusable)
{
    ocsp_recipe_t recipe = usual();

    recipe.singles[0].status = V_OCSP_CERTSTATUS_REVOKED;
    recipe.singles[0].next_update = now - SEC(61);
    expect(&recipe, MTLS_STATUS_UNUSABLE, "is over");
}
END_TEST

START_TEST(T_R02_N_43_unsigned_statuses)
{
    static const struct {
        int status;
        const char *why;
    } rows[] = {{1, "malformedRequest"}, {2, "internalError"}, {3, "tryLater"},
                {4, "not known"},        {5, "sigRequired"},   {6, "unauthorized"},
                {7, "not known"},        {255, "not known"}};

    for (int i = 0; i < COUNT_OF(rows); i++)
        expect_der(ocsp_fixture_status(rows[i].status, pool), MTLS_STATUS_SILENT, rows[i].why);
}
END_TEST

/* A status of failure around a perfect answer. */
START_TEST(T_R02_N_43_failure_with_an_answer)
{
    ocsp_recipe_t recipe = usual();
    mtls_bytes_t der = ocsp_fixture_make(&recipe, pool);
    unsigned char *at = memmem(der.data, der.len, "\x0a\x01\x00", 3);

    at[2] = 3;
    expect_der(der, MTLS_STATUS_SILENT, "tryLater");
}
END_TEST

START_TEST(T_R02_no_answer_at_all)
{
    ocsp_recipe_t recipe = usual();
    mtls_bytes_t der = ocsp_fixture_make(&recipe, pool);
    unsigned char *at = memmem(der.data, der.len, "\x2b\x06\x01\x05\x05\x07\x30\x01\x01", 9);

    expect_der(BYTES(""), MTLS_STATUS_SILENT, "no OCSP response");
    expect_der((mtls_bytes_t){NULL, 0}, MTLS_STATUS_SILENT, "no OCSP response");
    expect_der(BYTES("<html><body>It works!</body></html>"), MTLS_STATUS_SILENT,
               "no OCSP response");
    expect_der(BYTES("0"), MTLS_STATUS_SILENT, "no OCSP response");
    expect_der(BYTES("\x30\x00"), MTLS_STATUS_SILENT, "no OCSP response");
    expect_der(BYTES("\x30\x03\x0a\x01\x00"), MTLS_STATUS_SILENT, "no basic");
    at[8] = 2;
    expect_der(der, MTLS_STATUS_SILENT, "no basic");
}
END_TEST

START_TEST(T_R02_truncated_at_every_octet)
{
    ocsp_recipe_t recipe = usual();
    mtls_bytes_t der;

    recipe.signer = delegate(&issuer);
    der = ocsp_fixture_make(&recipe, pool);
    for (apr_size_t len = 0; len < der.len; len++) {
        /* Exactly as large, so that a read beyond shows under a checker. */
        unsigned char *copy = malloc(len != 0 ? len : 1);

        memcpy(copy, der.data, len);
        expect_der((mtls_bytes_t){copy, len}, MTLS_STATUS_SILENT, NULL);
        free(copy);
    }
}
END_TEST

/* No single octet of an answer can be changed and leave it "good", except where nobody looks: there
 * are none of those in one without certificates. */
START_TEST(T_R02_damaged_at_every_octet)
{
    ocsp_recipe_t recipe = usual();
    mtls_bytes_t der;

    recipe.bare = true;
    der = ocsp_fixture_make(&recipe, pool);
    for (apr_size_t at = 0; at < der.len; at++) {
        unsigned char *octet = (unsigned char *)(uintptr_t)der.data + at;
        mtls_status_word_t word;

        *octet ^= 0x01;
        word = read_at(der, now).word;
        ck_assert_msg(word == MTLS_STATUS_SILENT || word == MTLS_STATUS_UNUSABLE,
                      "octet %zu changed: %d", at, word);
        *octet ^= 0x01;
    }
}
END_TEST

START_TEST(T_R02_trailing_octets)
{
    ocsp_recipe_t recipe = usual();
    mtls_bytes_t der = ocsp_fixture_make(&recipe, pool);
    unsigned char *longer = apr_pcalloc(pool, der.len + 1);

    memcpy(longer, der.data, der.len);
    expect_der((mtls_bytes_t){longer, der.len}, MTLS_STATUS_GOOD, NULL);
    expect_der((mtls_bytes_t){longer, der.len + 1}, MTLS_STATUS_SILENT, "no OCSP response");
}
END_TEST

START_TEST(T_R02_T_R09_wrong_certid)
{
    fixture_party_t sibling = fixture_make(&issuer, &(fixture_recipe_t){.serial = 78}, pool);
    fixture_party_t twin = fixture_make(NULL, &(fixture_recipe_t){.ca = true}, pool);
    fixture_party_t renamed = fixture_make(
        NULL, &(fixture_recipe_t){.ca = true, .subject = "x", .same_key_as = &issuer}, pool);
    fixture_party_t foreign = fixture_make(&renamed, &(fixture_recipe_t){.serial = 77}, pool);
    ocsp_recipe_t recipe = usual();

    recipe.singles[0].cert = sibling.cert;
    expect(&recipe, MTLS_STATUS_SILENT, "not about");
    recipe.singles[0].cert = foreign.cert; /* same key, other name */
    recipe.singles[0].issuer = renamed.cert;
    expect(&recipe, MTLS_STATUS_SILENT, "not about");
    recipe.singles[0].cert = leaf.cert;
    recipe.singles[0].issuer = twin.cert; /* same name and serial number, other key */
    expect(&recipe, MTLS_STATUS_SILENT, "not about");
    recipe.singles[0].issuer = issuer.cert;
    recipe.singles[0].hash = "sha256";
    expect(&recipe, MTLS_STATUS_SILENT, "not about");
    recipe.singles[0].cert = NULL; /* no response at all */
    expect(&recipe, MTLS_STATUS_SILENT, "not about");
}
END_TEST

/* Two CAs of one name, each with a certificate 77: revoked in one says nothing of the other. */
START_TEST(T_R09_same_name_same_serial)
{
    fixture_party_t twin = fixture_make(NULL, &(fixture_recipe_t){.ca = true}, pool);
    fixture_party_t twin_leaf = fixture_make(&twin, &(fixture_recipe_t){.serial = 77}, pool);
    ocsp_recipe_t recipe = usual();
    mtls_bytes_t der;

    recipe.singles[0].status = V_OCSP_CERTSTATUS_REVOKED;
    der = ocsp_fixture_make(&recipe, pool);
    expect_der(der, MTLS_STATUS_REVOKED, NULL);
    question.cert = twin_leaf.cert;
    question.issuer = twin.cert;
    expect_der(der, MTLS_STATUS_SILENT, "not about");
    /* Both in one answer: it speaks of two issuers, and neither may speak for the other. */
    recipe.singles[1] = recipe.singles[0];
    recipe.singles[1].cert = twin_leaf.cert;
    recipe.singles[1].issuer = twin.cert;
    recipe.singles[1].status = V_OCSP_CERTSTATUS_GOOD;
    expect(&recipe, MTLS_STATUS_UNUSABLE, NULL);
    recipe.signer = twin;
    expect(&recipe, MTLS_STATUS_UNUSABLE, NULL);
    sk_X509_push(rules.pinned, twin.cert);
    expect(&recipe, MTLS_STATUS_GOOD, NULL);
    question.cert = leaf.cert;
    question.issuer = issuer.cert;
    expect(&recipe, MTLS_STATUS_REVOKED, NULL);
}
END_TEST

START_TEST(several_responses)
{
    ocsp_recipe_t recipe = usual();
    fixture_party_t sibling = fixture_make(&issuer, &(fixture_recipe_t){.serial = 78}, pool);
    mtls_ocsp_answer_t answer;

    recipe.singles[1] = recipe.singles[0];
    recipe.singles[2] = recipe.singles[0];
    recipe.singles[0].cert = sibling.cert;
    recipe.singles[0].status = V_OCSP_CERTSTATUS_REVOKED;
    expect(&recipe, MTLS_STATUS_GOOD, NULL);
    recipe.singles[2].status = V_OCSP_CERTSTATUS_REVOKED;
    expect(&recipe, MTLS_STATUS_UNUSABLE, "contradicts");
    recipe.singles[2].this_update += SEC(1);
    expect(&recipe, MTLS_STATUS_REVOKED, NULL);
    recipe.singles[2].this_update -= SEC(2);
    expect(&recipe, MTLS_STATUS_GOOD, NULL);
    recipe.singles[2] = recipe.singles[1];
    recipe.singles[2].next_update -= SEC(5);
    answer = read_at(ocsp_fixture_make(&recipe, pool), now);
    ck_assert_int_eq(answer.next_update, now + SEC(3595));
    recipe.singles[1].next_update = 0;
    answer = read_at(ocsp_fixture_make(&recipe, pool), now);
    ck_assert_int_eq(answer.next_update, now + SEC(3595));
}
END_TEST

START_TEST(critical_extensions)
{
    ocsp_recipe_t recipe = usual();

    recipe.extension = 1;
    expect(&recipe, MTLS_STATUS_GOOD, NULL);
    recipe.extension = 2;
    expect(&recipe, MTLS_STATUS_UNUSABLE, "critical extension");
    recipe.extension = 3;
    expect(&recipe, MTLS_STATUS_UNUSABLE, "critical extension");
    recipe.extension = 0;
    recipe.singles[0].critical = true;
    expect(&recipe, MTLS_STATUS_UNUSABLE, "critical extension");
}
END_TEST

/* T-R02: wrong nonce, missing nonce, with each MTLSOCSPNonce; T-R08: a replayed answer; N-44. */
START_TEST(T_R02_T_R08_N_44_nonce)
{
    mtls_ocsp_request_t before;
    ocsp_recipe_t without = usual();
    ocsp_recipe_t recipe = usual();
    mtls_bytes_t shorter;

    rules.nonce = MTLS_NONCE_REQUIRE;
    ck_assert_int_eq(mtls_ocsp_request_write(&before, &question, pool), APR_SUCCESS);
    ck_assert_int_eq(mtls_ocsp_request_write(&request, &question, pool), APR_SUCCESS);
    recipe.nonce = request.nonce;
    expect(&recipe, MTLS_STATUS_GOOD, NULL);
    recipe.nonce_critical = true;
    expect(&recipe, MTLS_STATUS_GOOD, NULL);
    recipe.nonce_critical = false;
    expect(&without, MTLS_STATUS_UNUSABLE, "no nonce");
    recipe.nonce_twice = true;
    expect(&recipe, MTLS_STATUS_UNUSABLE, "another");
    recipe.nonce_twice = false;
    recipe.nonce = before.nonce;
    expect(&recipe, MTLS_STATUS_UNUSABLE, "another");
    shorter = request.nonce;
    shorter.len--;
    recipe.nonce = shorter;
    expect(&recipe, MTLS_STATUS_UNUSABLE, "another");
    rules.nonce = MTLS_NONCE_OPTIONAL;
    expect(&recipe, MTLS_STATUS_UNUSABLE, "another");
    expect(&without, MTLS_STATUS_GOOD, NULL);
    recipe.nonce = request.nonce;
    expect(&recipe, MTLS_STATUS_GOOD, NULL);
    /* Off: nothing was sent, so what comes back is no business of ours. */
    rules.nonce = MTLS_NONCE_OFF;
    memset(&request, 0, sizeof(request));
    expect(&recipe, MTLS_STATUS_GOOD, NULL);
    expect(&without, MTLS_STATUS_GOOD, NULL);
    /* A nonce that is required and was not sent cannot come back. */
    rules.nonce = MTLS_NONCE_REQUIRE;
    expect(&recipe, MTLS_STATUS_UNUSABLE, "no nonce");
}
END_TEST

/* Without a nonce an old answer is bounded by its age. */
START_TEST(T_R08_replay_without_nonce)
{
    ocsp_recipe_t recipe = usual();
    mtls_bytes_t der;

    recipe.singles[0].next_update = now + SEC(20 * DAY);
    der = ocsp_fixture_make(&recipe, pool);
    expect_der(der, MTLS_STATUS_GOOD, NULL);
    now += SEC(DAY);
    expect_der(der, MTLS_STATUS_UNUSABLE, "too old");
}
END_TEST

static OCSP_REQUEST *decoded(const mtls_ocsp_request_t *written)
{
    const unsigned char *at = written->der.data;
    OCSP_REQUEST *back = d2i_OCSP_REQUEST(NULL, &at, (long)written->der.len);

    ck_assert_ptr_nonnull(back);
    ck_assert_ptr_eq(at, written->der.data + written->der.len);
    return back;
}

START_TEST(N_44_request)
{
    static const mtls_nonce_t kinds[] = {MTLS_NONCE_OFF, MTLS_NONCE_OPTIONAL, MTLS_NONCE_REQUIRE};
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), leaf.cert, issuer.cert);

    for (int i = 0; i < COUNT_OF(kinds); i++) {
        OCSP_REQUEST *back;
        int at;

        rules.nonce = kinds[i];
        ck_assert_int_eq(mtls_ocsp_request_write(&request, &question, pool), APR_SUCCESS);
        back = decoded(&request);
        ck_assert_int_eq(OCSP_request_onereq_count(back), 1);
        ck_assert_int_eq(OCSP_id_cmp(OCSP_onereq_get0_id(OCSP_request_onereq_get0(back, 0)), id),
                         0);
        ck_assert_int_eq(OCSP_request_is_signed(back), 0);
        at = OCSP_REQUEST_get_ext_by_NID(back, NID_id_pkix_OCSP_Nonce, -1);
        ck_assert_int_eq(at >= 0, kinds[i] != MTLS_NONCE_OFF);
        ck_assert_uint_eq(request.nonce.len, at >= 0 ? 32 : 0);
        if (at >= 0) {
            ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(OCSP_REQUEST_get_ext(back, at));

            ck_assert_int_eq(ASN1_STRING_length(value), 34);
            ck_assert_mem_eq(ASN1_STRING_get0_data(value) + 2, request.nonce.data, 32);
        }
        OCSP_REQUEST_free(back);
    }
    OCSP_CERTID_free(id);
}
END_TEST

START_TEST(N_45_get_url)
{
    mtls_ocsp_request_t odd = {.der = BYTES("\xfb\xff\xfe\x01")}; /* "+//+AQ==" */
    const char *url;

    ck_assert_str_eq(mtls_ocsp_get_url("http://r.example", &odd, pool),
                     "http://r.example/%2B%2F%2F%2BAQ%3D%3D");
    ck_assert_str_eq(mtls_ocsp_get_url("http://r.example/a/", &odd, pool),
                     "http://r.example/a/%2B%2F%2F%2BAQ%3D%3D");
    ck_assert_ptr_null(mtls_ocsp_get_url("http://r.example/a?b", &odd, pool));
    ck_assert_int_eq(mtls_ocsp_request_write(&request, &question, pool), APR_SUCCESS);
    url = mtls_ocsp_get_url("http://r.example", &request, pool);
    ck_assert_ptr_nonnull(url);
    ck_assert_uint_le(strlen(url), strlen("http://r.example/") + 255);
    ck_assert_uint_eq(strspn(url + strlen("http://r.example/"),
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%"),
                      strlen(url) - strlen("http://r.example/"));
    rules.nonce = MTLS_NONCE_OPTIONAL;
    ck_assert_int_eq(mtls_ocsp_request_write(&request, &question, pool), APR_SUCCESS);
    ck_assert_ptr_null(mtls_ocsp_get_url("http://r.example", &request, pool));
}
END_TEST

START_TEST(N_45_get_is_bounded)
{
    unsigned char zeros[300] = {0};
    mtls_ocsp_request_t one = {.der = {zeros, 189}}; /* 252 octets of base64 */

    ck_assert_ptr_nonnull(mtls_ocsp_get_url("http://r.example", &one, pool));
    one.der.len = 188; /* one "=": 254 */
    ck_assert_ptr_nonnull(mtls_ocsp_get_url("http://r.example", &one, pool));
    one.der.len = 187; /* two: 256 */
    ck_assert_ptr_null(mtls_ocsp_get_url("http://r.example", &one, pool));
    one.der.len = 190;
    ck_assert_ptr_null(mtls_ocsp_get_url("http://r.example", &one, pool));
    one.der.len = 300;
    ck_assert_ptr_null(mtls_ocsp_get_url("http://r.example", &one, pool));
    one.der.len = 0;
    ck_assert_ptr_null(mtls_ocsp_get_url("http://r.example", &one, pool));
}
END_TEST

static void assert_other_id(const unsigned char *id, X509 *cert, X509 *by)
{
    mtls_ocsp_question_t other = {cert, by, &rules};
    unsigned char out[MTLS_SHA256_LEN];

    ck_assert(mtls_ocsp_id(out, &other));
    ck_assert_int_ne(memcmp(out, id, sizeof(out)), 0);
}

START_TEST(T_N10_T_R08_T_R09_id)
{
    fixture_party_t twin = fixture_make(NULL, &(fixture_recipe_t){.ca = true}, pool);
    fixture_party_t twin_leaf = fixture_make(&twin, &(fixture_recipe_t){.serial = 77}, pool);
    fixture_party_t renamed = fixture_make(
        NULL, &(fixture_recipe_t){.ca = true, .subject = "x", .same_key_as = &issuer}, pool);
    fixture_party_t foreign = fixture_make(&renamed, &(fixture_recipe_t){.serial = 77}, pool);
    fixture_party_t sibling = fixture_make(&issuer, &(fixture_recipe_t){.serial = 78}, pool);
    fixture_party_t negative = fixture_make(&issuer, &(fixture_recipe_t){.serial = -77}, pool);
    fixture_party_t renewed =
        fixture_make(&issuer, &(fixture_recipe_t){.serial = 77, .subject = "y"}, pool);
    unsigned char id[MTLS_SHA256_LEN];
    unsigned char out[MTLS_SHA256_LEN];

    ck_assert(mtls_ocsp_id(id, &question));
    ck_assert(mtls_ocsp_id(out, &question));
    ck_assert_mem_eq(out, id, sizeof(id));
    question.cert =
        renewed.cert; /* the same serial number is the same certificate to a responder */
    ck_assert(mtls_ocsp_id(out, &question));
    ck_assert_mem_eq(out, id, sizeof(id));
    assert_other_id(id, twin_leaf.cert, twin.cert);
    assert_other_id(id, foreign.cert, renamed.cert);
    assert_other_id(id, sibling.cert, issuer.cert);
    assert_other_id(id, negative.cert, issuer.cert);
    rules.digest[31] = 1;
    assert_other_id(id, leaf.cert, issuer.cert);
    rules.nonce = MTLS_NONCE_REQUIRE;
    rules.digest[31] = 0;
    ck_assert(mtls_ocsp_id(out, &question));
    ck_assert_mem_eq(out, id, sizeof(id)); /* the rules' digest stands for all of them */
}
END_TEST

static const struct {
    const char *access; /* authorityInfoAccess */
    const char *configured;
    bool override;
    const char *url;
    bool from_cert;
} responders[] = {
    {"OCSP;URI:http://a.example/o", NULL, false, "http://a.example/o", true},
    {"OCSP;URI:http://a.example/o", "http://c.example", false, "http://a.example/o", true},
    {"OCSP;URI:http://a.example/o", "http://c.example", true, "http://c.example", false},
    {"OCSP;URI:http://a.example/o", NULL, true, "http://a.example/o", true},
    {"OCSP;URI:ftp://a.example,OCSP;URI:https://b.example/", NULL, false, "https://b.example/",
     true},
    {"OCSP;URI:ldap:///cn=x", "http://c.example", false, "http://c.example", false},
    {"OCSP;URI:http://u:p@a.example/", NULL, false, NULL, false},
    {"caIssuers;URI:http://a.example/ca", "http://c.example", false, "http://c.example", false},
    {"OCSP;DNS:a.example", NULL, false, NULL, false},
    {NULL, "http://c.example", false, "http://c.example", false},
    {NULL, NULL, false, NULL, false},
};

START_TEST(responder)
{
    fixture_recipe_t how = {.serial = 5};
    fixture_party_t cert;
    bool from_cert = !responders[_i].from_cert;
    const char *url;

    if (responders[_i].access != NULL)
        how.extensions[0] = apr_pstrcat(pool, "authorityInfoAccess=", responders[_i].access, NULL);
    cert = fixture_make(&issuer, &how, pool);
    question.cert = cert.cert;
    rules.responder = responders[_i].configured;
    rules.override = responders[_i].override;
    url = mtls_ocsp_responder(&question, &from_cert, pool);
    ck_assert_pstr_eq(url, responders[_i].url);
    ck_assert(from_cert == responders[_i].from_cert);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

/* "http://a.example" NUL "evil": not the first half of it. */
START_TEST(responder_with_nul)
{
    fixture_party_t cert = fixture_make(
        &issuer,
        &(fixture_recipe_t){
            .extensions = {"1.3.6.1.5.5.7.1.1=DER:30:22:30:20:06:08:2b:06:01:05:05:07:30:01:"
                           "86:14:68:74:74:70:3a:2f:2f:61:2e:65:78:61:6d:70:6c:65:"
                           "00:65:76:6c"}},
        pool);
    bool from_cert;

    question.cert = cert.cert;
    ck_assert_ptr_null(mtls_ocsp_responder(&question, &from_cert, pool));
    ck_assert(!from_cert);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ocsp_message");
    TCase *tcase = tcase_create("ocsp_message");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, N_40_statuses, 0, COUNT_OF(keys));
    tcase_add_test(tcase, answer_has_its_times);
    tcase_add_test(tcase, T_R01_forged_signature);
    tcase_add_test(tcase, T_R01_altered_after_signing);
    tcase_add_test(tcase, T_R01_N_41_delegate_without_the_usage);
    tcase_add_test(tcase, T_R01_N_41_the_certificate_itself);
    tcase_add_test(tcase, T_R01_N_41_delegate_of_another);
    tcase_add_test(tcase, T_R01_N_41_another_authority);
    tcase_add_test(tcase, T_R01_signer_out_of_time);
    tcase_add_test(tcase, T_R01_weak_delegate);
    tcase_add_test(tcase, T_R01_weak_signature);
    tcase_add_test(tcase, N_41_pinned);
    tcase_add_test(tcase, N_41_pinned_out_of_time);
    tcase_add_test(tcase, same_names_hide_nobody);
    tcase_add_test(tcase, too_many_certificates);
    tcase_add_loop_test(tcase, T_R01_F_45_times, 0, COUNT_OF(clock_rows) * COUNT_OF(moments));
    tcase_add_test(tcase, T_R01_stale_revoked_is_unusable);
    tcase_add_test(tcase, T_R02_N_43_unsigned_statuses);
    tcase_add_test(tcase, T_R02_N_43_failure_with_an_answer);
    tcase_add_test(tcase, T_R02_no_answer_at_all);
    tcase_add_test(tcase, T_R02_truncated_at_every_octet);
    tcase_add_test(tcase, T_R02_damaged_at_every_octet);
    tcase_add_test(tcase, T_R02_trailing_octets);
    tcase_add_test(tcase, T_R02_T_R09_wrong_certid);
    tcase_add_test(tcase, T_R09_same_name_same_serial);
    tcase_add_test(tcase, several_responses);
    tcase_add_test(tcase, critical_extensions);
    tcase_add_test(tcase, T_R02_T_R08_N_44_nonce);
    tcase_add_test(tcase, T_R08_replay_without_nonce);
    tcase_add_test(tcase, N_44_request);
    tcase_add_test(tcase, N_45_get_url);
    tcase_add_test(tcase, N_45_get_is_bounded);
    tcase_add_test(tcase, T_N10_T_R08_T_R09_id);
    tcase_add_loop_test(tcase, responder, 0, COUNT_OF(responders));
    tcase_add_test(tcase, responder_with_nul);
    tcase_add_checked_fixture(tcase, setup, teardown);
    suite_add_tcase(suite, tcase);
    apr_initialize();
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    apr_terminate();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
