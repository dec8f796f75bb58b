/*
 * t/unit/test_verify_memory.c - T-C03: judging while memory runs out.
 *
 * Every single allocation that OpenSSL makes inside mtls_verify() fails once, and then every one
 * from it on.  A program of its own, because the allocator must be replaced before OpenSSL first
 * allocates.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>
#include <check.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "mtls/trust/verify.h"
#include "trust_fixture.h"

static long countdown;  /* allocations until one fails; 0: none does */
static bool from_there; /* all later ones fail too */
static long allocations;

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

static void *allocate(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : malloc(size);
}

static void *reallocate(void *old, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : realloc(old, size);
}

static void release(void *old, const char *file, int line)
{
    (void)file;
    (void)line;
    free(old);
}

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
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
