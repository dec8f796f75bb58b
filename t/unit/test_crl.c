/*
 * t/unit/test_crl.c - one revocation list: what is read, what is refused, what is found.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include <apr_strings.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "crl_fixture.h"
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

int main(void)
{
    TCase *tcase = tcase_create("crl");

    tcase_add_test(tcase, T_R10_entries_are_found);
    return run_case_with("crl", tcase, up);
}
