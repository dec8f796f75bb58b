/*
 * t/unit/test_chain.c - chains from both of OpenSSL's conventions, their limits and digests.
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
#include "mtls/cert/chain_x509.h"

static const mtls_chain_limits_t generous = {32768, 10};

static X509 *make_cert(const char *cn)
{
    cert_fixture_t fixture = fixture_make(pool);
    mtls_bytes_t text = {(const unsigned char *)cn, strlen(cn)};

    fixture.subject = fixture_name(pool, 0x0c, text);
    return fixture_decode(fixture_write(&fixture, pool), pool);
}

static mtls_bytes_t der_of(X509 *cert)
{
    int len = i2d_X509(cert, NULL);
    unsigned char *at = apr_palloc(pool, (apr_size_t)len);
    mtls_bytes_t der = {at, (apr_size_t)len};

    i2d_X509(cert, &at);
    return der;
}

static apr_status_t free_stack(void *data)
{
    sk_X509_free(data);
    return APR_SUCCESS;
}

static STACK_OF(X509) * stack_of(int count, X509 **certs)
{
    STACK_OF(X509) *stack = sk_X509_new_null();
    int i;

    for (i = 0; i < count; i++) {
        sk_X509_push(stack, certs[i]);
    }
    apr_pool_cleanup_register(pool, stack, free_stack, apr_pool_cleanup_null);
    return stack;
}

static const mtls_chain_t *chain_of(X509 *leaf, STACK_OF(X509) * rest)
{
    const mtls_chain_t *chain;

    ck_assert_int_eq(mtls_chain_make(&chain, leaf, rest, &generous, pool), APR_SUCCESS);
    return chain;
}

static void assert_holds(const mtls_chain_t *chain, int count, X509 **certs)
{
    STACK_OF(X509) *rest = mtls_chain_get1_rest(chain);
    int i;

    ck_assert_int_eq(mtls_chain_count(chain), count);
    ck_assert_ptr_nonnull(rest);
    ck_assert_int_eq(sk_X509_num(rest), count - 1);
    for (i = 0; i < count; i++) {
        ck_assert(mtls_bytes_equal(mtls_chain_der(chain, i), der_of(certs[i])));
        if (i > 0) {
            ck_assert(mtls_bytes_equal(der_of(sk_X509_value(rest, i - 1)), der_of(certs[i])));
        }
    }
    sk_X509_pop_free(rest, X509_free);
}

START_TEST(both_conventions_give_the_same_chain)
{
    X509 *certs[] = {make_cert("leaf"), make_cert("inter"), make_cert("root")};
    const mtls_chain_t *with = chain_of(certs[0], stack_of(3, certs));
    const mtls_chain_t *without = chain_of(certs[0], stack_of(2, certs + 1));
    const mtls_chain_t *copied = chain_of(make_cert("leaf"), stack_of(3, certs));

    assert_holds(with, 3, certs);
    assert_holds(without, 3, certs);
    assert_holds(copied, 3, certs);
    ck_assert_mem_eq(mtls_chain_digest(with), mtls_chain_digest(without), MTLS_SHA256_LEN);
    ck_assert_mem_eq(mtls_chain_digest(with), mtls_chain_digest(copied), MTLS_SHA256_LEN);
    ck_assert_ptr_eq(mtls_chain_get0_leaf(with), certs[0]);
}
END_TEST

START_TEST(leaf_alone)
{
    X509 *leaf = make_cert("leaf");

    assert_holds(chain_of(leaf, NULL), 1, &leaf);
    assert_holds(chain_of(leaf, stack_of(0, NULL)), 1, &leaf);
    assert_holds(chain_of(leaf, stack_of(1, &leaf)), 1, &leaf);
}
END_TEST

START_TEST(leaf_is_only_left_out_when_first)
{
    X509 *leaf = make_cert("leaf"), *inter = make_cert("inter");
    X509 *listed[] = {inter, leaf};
    X509 *twice[] = {leaf, leaf};
    X509 *want[] = {leaf, inter, leaf};

    assert_holds(chain_of(leaf, stack_of(2, listed)), 3, want);
    assert_holds(chain_of(leaf, stack_of(2, twice)), 2, twice);
}
END_TEST

START_TEST(digests)
{
    X509 *certs[] = {make_cert("leaf"), make_cert("inter")};
    const mtls_chain_t *chain = chain_of(certs[0], stack_of(2, certs));
    unsigned char parts[2 * MTLS_SHA256_LEN];
    unsigned char want[MTLS_SHA256_LEN];
    int i;

    for (i = 0; i < 2; i++) {
        mtls_bytes_t der = der_of(certs[i]);

        EVP_Digest(der.data, der.len, parts + i * MTLS_SHA256_LEN, NULL, EVP_sha256(), NULL);
    }
    ck_assert_mem_eq(mtls_chain_leaf_sha256(chain), parts, MTLS_SHA256_LEN);
    EVP_Digest(parts, sizeof parts, want, NULL, EVP_sha256(), NULL);
    ck_assert_mem_eq(mtls_chain_digest(chain), want, sizeof want);
}
END_TEST

START_TEST(T_N10_order_and_number_change_the_digest)
{
    X509 *certs[] = {make_cert("leaf"), make_cert("a"), make_cert("b")};
    X509 *swapped[] = {certs[0], certs[2], certs[1]};
    const unsigned char *digest = mtls_chain_digest(chain_of(certs[0], stack_of(3, certs)));

    ck_assert_mem_ne(digest, mtls_chain_digest(chain_of(certs[0], stack_of(3, swapped))), 32);
    ck_assert_mem_ne(digest, mtls_chain_digest(chain_of(certs[0], stack_of(2, certs))), 32);
}
END_TEST

START_TEST(F_39_limits)
{
    X509 *certs[] = {make_cert("leaf"), make_cert("inter"), make_cert("root")};
    mtls_chain_limits_t limits = {0, 3};
    const mtls_chain_t *chain;
    mtls_bytes_t ders[3];
    int i;

    for (i = 0; i < 3; i++) {
        ders[i] = der_of(certs[i]);
        limits.max_bytes += ders[i].len;
    }
    ck_assert_int_eq(mtls_chain_make(&chain, certs[0], stack_of(3, certs), &limits, pool),
                     APR_SUCCESS);
    ck_assert_int_eq(mtls_chain_make_resumed(&chain, certs[0], ders + 1, 2, &limits, pool),
                     APR_SUCCESS);
    limits.max_bytes--;
    ck_assert_int_eq(mtls_chain_make(&chain, certs[0], stack_of(3, certs), &limits, pool),
                     APR_ENOSPC);
    ck_assert_ptr_null(chain);
    ck_assert_int_eq(mtls_chain_make_resumed(&chain, certs[0], ders + 1, 2, &limits, pool),
                     APR_ENOSPC);
    ck_assert_ptr_null(chain);
    limits.max_bytes++;
    limits.max_certs = 2;
    ck_assert_int_eq(mtls_chain_make(&chain, certs[0], stack_of(3, certs), &limits, pool),
                     APR_ENOSPC);
    ck_assert_int_eq(mtls_chain_make(&chain, certs[0], stack_of(2, certs + 1), &limits, pool),
                     APR_ENOSPC);
    ck_assert_int_eq(mtls_chain_make_resumed(&chain, certs[0], ders + 1, 2, &limits, pool),
                     APR_ENOSPC);
    ck_assert_int_eq(mtls_chain_make(&chain, certs[0], stack_of(2, certs), &limits, pool),
                     APR_SUCCESS);
    limits.max_bytes = ders[0].len - 1;
    ck_assert_int_eq(mtls_chain_make(&chain, certs[0], NULL, &limits, pool), APR_ENOSPC);
    limits.max_certs = 0;
    ck_assert_int_eq(mtls_chain_make(&chain, certs[0], NULL, &limits, pool), APR_ENOSPC);
}
END_TEST

START_TEST(resumed_is_the_chain_it_was)
{
    X509 *certs[] = {make_cert("leaf"), make_cert("inter"), make_cert("root")};
    const mtls_chain_t *fresh = chain_of(certs[0], stack_of(3, certs));
    const mtls_chain_t *resumed;
    mtls_bytes_t others[] = {der_of(certs[1]), der_of(certs[2])};

    ck_assert_int_eq(mtls_chain_make_resumed(&resumed, certs[0], others, 2, &generous, pool),
                     APR_SUCCESS);
    memset((unsigned char *)others[0].data, 0, others[0].len);
    assert_holds(resumed, 3, certs);
    ck_assert_mem_eq(mtls_chain_digest(fresh), mtls_chain_digest(resumed), MTLS_SHA256_LEN);
    ck_assert_int_eq(mtls_chain_make_resumed(&resumed, certs[0], NULL, 0, &generous, pool),
                     APR_SUCCESS);
    assert_holds(resumed, 1, certs);
}
END_TEST

START_TEST(resumed_with_damaged_others_is_untrusted)
{
    X509 *leaf = make_cert("leaf");
    mtls_bytes_t der = der_of(make_cert("inter"));
    mtls_bytes_t damaged[] = {{der.data, der.len - 1},
                              fixture_join(pool, 2, der, LIT("\0")),
                              LIT("not a certificate"),
                              {NULL, 0}};
    const mtls_chain_t *chain;
    int i;

    for (i = 0; i < 4; i++) {
        ERR_clear_error();
        ck_assert_int_eq(mtls_chain_make_resumed(&chain, leaf, &damaged[i], 1, &generous, pool),
                         APR_SUCCESS);
        ck_assert_ptr_null(mtls_chain_get1_rest(chain));
        ck_assert_uint_eq(ERR_peek_error(), 0);
    }
    ck_assert_int_ne(mtls_chain_make_resumed(&chain, leaf, NULL, -1, &generous, pool), APR_SUCCESS);
    ck_assert_ptr_null(chain);
}
END_TEST

START_TEST(keeps_the_certificates_and_drops_them_with_the_pool)
{
    cert_fixture_t fixture = fixture_make(pool);
    mtls_bytes_t der = fixture_write(&fixture, pool);
    const unsigned char *at = der.data;
    X509 *leaf = d2i_X509(NULL, &at, (long)der.len);
    X509 *inter = make_cert("inter");
    const mtls_chain_t *chain;
    apr_pool_t *lifetime;
    STACK_OF(X509) * rest;

    apr_pool_create(&lifetime, NULL);
    ck_assert_int_eq(mtls_chain_make(&chain, leaf, stack_of(1, &inter), &generous, lifetime),
                     APR_SUCCESS);
    X509_free(leaf);
    ck_assert(mtls_bytes_equal(der_of(mtls_chain_get0_leaf(chain)), der));
    rest = mtls_chain_get1_rest(chain);
    apr_pool_destroy(lifetime);
    ck_assert_ptr_eq(sk_X509_value(rest, 0), inter);
    ck_assert(mtls_bytes_equal(der_of(sk_X509_value(rest, 0)), der_of(inter)));
    sk_X509_pop_free(rest, X509_free);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("chain");

    tcase_add_test(tcase, both_conventions_give_the_same_chain);
    tcase_add_test(tcase, leaf_alone);
    tcase_add_test(tcase, leaf_is_only_left_out_when_first);
    tcase_add_test(tcase, digests);
    tcase_add_test(tcase, T_N10_order_and_number_change_the_digest);
    tcase_add_test(tcase, F_39_limits);
    tcase_add_test(tcase, resumed_is_the_chain_it_was);
    tcase_add_test(tcase, resumed_with_damaged_others_is_untrusted);
    tcase_add_test(tcase, keeps_the_certificates_and_drops_them_with_the_pool);
    return run_case("chain", tcase);
}
