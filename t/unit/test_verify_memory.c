/*
 * t/unit/test_verify_memory.c - judging while memory runs out (T-C03), and how much of it a
 * certificate can make us take (T-D04).
 *
 * Every single allocation that OpenSSL makes inside mtls_verify() fails once, and then every one
 * from it on.  A program of its own, because the allocator must be replaced before OpenSSL first
 * allocates.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>
#include <check.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "mtls/cert/chain_x509.h"
#include "mtls/trust/verify.h"
#include "trust_fixture.h"

static long countdown;  /* allocations until one fails; 0: none does */
static bool from_there; /* all later ones fail too */
static long allocations;
static size_t live; /* octets that OpenSSL has, and the most it had */
static size_t peak;

static bool fails(void)
{
    allocations++;
    if (countdown == 0)
        return false;
    if (countdown > 1) {
        countdown--;
        return false;
    }
    if (!from_there)
        countdown = 0;
    return true;
}

static void *counted(void *memory)
{
    live += malloc_usable_size(memory);
    if (live > peak)
        peak = live;
    return memory;
}

static void *allocate(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : counted(malloc(size));
}

static void *reallocate(void *old, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    if (fails())
        return NULL;
    live -= malloc_usable_size(old);
    return counted(realloc(old, size));
}

static void release(void *old, const char *file, int line)
{
    (void)file;
    (void)line;
    live -= malloc_usable_size(old);
    free(old);
}

/* What a chain within the limits may cost while it is judged. */
#define MOST_OCTETS (2u * 1024u * 1024u)

typedef enum {
    GOOD = 0,
    EXPIRED,
    SERVER,
    FOREIGN,
    FORGED,
    POLICY,
    CONSTRAINED,
    PINNED,
    KINDS
} kind_t;

static apr_pool_t *pool;
static fixture_party_t root;
static fixture_party_t other;
static fixture_party_t inter;

static void setup(void)
{
    apr_pool_create(&pool, NULL);
    root = fixture_make(NULL, &(fixture_recipe_t){.subject = "root", .ca = true}, pool);
    other = fixture_make(NULL, &(fixture_recipe_t){.subject = "other", .ca = true}, pool);
    inter = fixture_make(
        &root,
        &(fixture_recipe_t){.subject = "inter",
                            .ca = true,
                            .extensions = {"basicConstraints=critical,CA:TRUE",
                                           "nameConstraints=critical,excluded;DNS:bad.org"}},
        pool);
}

static void teardown(void)
{
    apr_pool_destroy(pool);
}

static fixture_party_t make_leaf(kind_t kind)
{
    fixture_recipe_t recipe = {0};
    fixture_party_t leaf;

    if (kind == EXPIRED)
        recipe = (fixture_recipe_t){.from_days = -9, .to_days = -1};
    else if (kind == SERVER)
        recipe = (fixture_recipe_t){.extensions = {"extendedKeyUsage=serverAuth"}};
    else if (kind == CONSTRAINED)
        recipe = (fixture_recipe_t){.extensions = {"subjectAltName=DNS:a.bad.org"}};
    leaf = fixture_make(kind == FOREIGN ? &other : &inter, &recipe, pool);
    return kind == FORGED ? fixture_spoil(&leaf, pool) : leaf;
}

static const mtls_profile_t *make_profile(kind_t kind)
{
    mtls_profile_spec_t *spec = fixture_spec(pool);

    fixture_add_cert(spec->ca_files, root.cert, pool);
    if (kind == POLICY)
        fixture_add(spec->policies, "1.2.3.1");
    if (kind == PINNED)
        fixture_add(spec->pins, fixture_pin(other.cert, true, pool));
    return fixture_profile(spec, pool);
}

/* A fresh decoding each time: OpenSSL caches what it read of a certificate. */
static mtls_verdict_t judge(const mtls_profile_t *profile, const fixture_party_t *leaf,
                            long fail_at)
{
    X509 *fresh[] = {X509_dup(leaf->cert), X509_dup(inter.cert)};
    const mtls_chain_t *chain = fixture_chain(pool, 2, fresh[0], fresh[1]);
    mtls_verdict_t verdict;

    allocations = 0;
    countdown = fail_at;
    verdict = mtls_verify(profile, chain, NULL, fixture_now());
    countdown = 0;
    ck_assert_uint_eq(ERR_peek_error(), 0);
    X509_free(fresh[0]);
    X509_free(fresh[1]);
    return verdict;
}

static void fail_everywhere(kind_t kind)
{
    const mtls_profile_t *profile = make_profile(kind);
    fixture_party_t leaf = make_leaf(kind);
    mtls_verdict_t undisturbed = judge(profile, &leaf, 0);
    long total = allocations;

    ck_assert_int_eq(undisturbed.reason == MTLS_REASON_GOOD, kind == GOOD);
    ck_assert_int_gt(total, 20);
    for (long i = 1; i <= total; i++) {
        mtls_verdict_t verdict = judge(profile, &leaf, i);

        ck_assert_int_ne(verdict.reason, MTLS_REASON_UNDECIDED);
        ck_assert_msg(verdict.reason != MTLS_REASON_GOOD || (kind == GOOD && !from_there),
                      "kind %d is good when allocation %ld fails", (int)kind, i);
        ck_assert_int_eq(verdict.reason == MTLS_REASON_GOOD, verdict.x509_error == 0);
    }
    ck_assert_int_eq(judge(profile, &leaf, 0).reason, undisturbed.reason);
}

START_TEST(T_C03_one_allocation_fails)
{
    from_there = false;
    fail_everywhere((kind_t)_i);
}
END_TEST

START_TEST(T_C03_memory_is_out)
{
    from_there = true;
    fail_everywhere((kind_t)_i);
}
END_TEST

/* A distribution point relative to the issuer's name: CN=abc. */
static const unsigned char relative_point[] = {0x30, 0x10, 0xa0, 0x0e, 0xa1, 0x0c, 0x30, 0x0a, 0x06,
                                               0x03, 0x55, 0x04, 0x03, 0x0c, 0x03, 'a',  'b',  'c'};

static void add_points(X509 *cert, int count)
{
    size_t len = (size_t)count * sizeof(relative_point);
    unsigned char *der = apr_palloc(pool, len + 4);
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension;

    memcpy(der, (unsigned char[]){0x30, 0x82, (unsigned char)(len >> 8), (unsigned char)len}, 4);
    for (int i = 0; i < count; i++)
        memcpy(der + 4 + (size_t)i * sizeof(relative_point), relative_point,
               sizeof(relative_point));
    ASN1_OCTET_STRING_set(octets, der, (int)len + 4);
    extension = X509_EXTENSION_create_by_NID(NULL, NID_crl_distribution_points, 0, octets);
    ck_assert_int_eq(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(octets);
}

static void add_names(X509 *cert, int count)
{
    X509_NAME *name = X509_NAME_new();

    for (int i = 0; i < count; i++)
        ck_assert_int_eq(X509_NAME_add_entry_by_NID(name, NID_organizationalUnitName,
                                                    V_ASN1_UTF8STRING, (const unsigned char *)"x",
                                                    1, -1, 0),
                         1);
    X509_set_issuer_name(cert, name);
    X509_NAME_free(name);
}

/* CVE-2026-35189: each point may cost the issuer's name once more.  Nobody has signed this: it is
 * what any client can send. */
START_TEST(T_D04_many_relative_points)
{
    const mtls_chain_limits_t limits = {.max_bytes = 32 * 1024, .max_certs = 6};
    const mtls_profile_t *profile = make_profile(GOOD);
    fixture_party_t leaf = fixture_make(&inter, &(fixture_recipe_t){.subject = "many"}, pool);
    X509 *made = X509_dup(leaf.cert);
    const mtls_chain_t *chain;
    X509 *sent;
    size_t before;

    add_names(made, 1000);
    add_points(made, 1000);
    ck_assert_int_gt(X509_sign(made, leaf.key, EVP_sha256()), 0);
    sent = X509_dup(made);
    ck_assert_int_gt(i2d_X509(sent, NULL), 30 * 1000);
    before = live;
    peak = live;
    ck_assert_int_eq(mtls_chain_make(&chain, sent, NULL, &limits, pool), APR_SUCCESS);
    ck_assert_int_eq(mtls_verify(profile, chain, NULL, fixture_now()).reason,
                     MTLS_REASON_UNTRUSTED_ISSUER);
    ck_assert_uint_lt(peak - before, MOST_OCTETS);
    X509_free(sent);
    X509_free(made);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trust/verify memory");
    TCase *tc = tcase_create("memory");
    SRunner *runner = srunner_create(suite);
    int failed;

    if (CRYPTO_set_mem_functions(allocate, reallocate, release) != 1)
        return EXIT_FAILURE;
    apr_initialize();
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, T_C03_one_allocation_fails, 0, KINDS);
    tcase_add_loop_test(tc, T_C03_memory_is_out, 0, KINDS);
    tcase_add_test(tc, T_D04_many_relative_points);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
