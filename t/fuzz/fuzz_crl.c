/*
 * t/fuzz/fuzz_crl.c - any octets as a revocation list (T-R11): what is read, OpenSSL reads too, and
 * it says the same of every entry.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "target.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "mtls/trust/crl.h"

static X509 *cert_of(const X509_NAME *issuer, const ASN1_INTEGER *serial)
{
    X509 *cert = X509_new();

    must(cert != NULL && X509_set_issuer_name(cert, issuer) == 1 &&
         X509_set_serialNumber(cert, (ASN1_INTEGER *)(uintptr_t)serial) == 1);
    return cert;
}

/* An entry of OpenSSL's that is not revoked here must be taken back there, by some entry. */
static void check_entry(const mtls_crl_t *crl, X509_CRL *list, X509 *cert)
{
    mtls_crl_entry_t found = mtls_crl_find(crl, cert);
    X509_REVOKED *entry;
    int answer = X509_CRL_get0_by_cert(list, &entry, cert);

    must((answer == 0) == (found == MTLS_CRL_ABSENT));
    must(answer != 1 || found == MTLS_CRL_REVOKED);
    must(found != MTLS_CRL_REMOVED || (answer == 2 && mtls_crl_is_delta(crl)));
}

/* @return the name among @a names that an entry is about, else @a usual. */
static const X509_NAME *issuer_of(const X509_REVOKED *entry, const X509_NAME *usual)
{
    const STACK_OF(GENERAL_NAME) *names =
        X509_REVOKED_get_ext_d2i(entry, NID_certificate_issuer, NULL, NULL);
    static X509_NAME *kept;

    if (names == NULL)
        return usual;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

        if (name->type == GEN_DIRNAME) {
            X509_NAME_free(kept);
            kept = X509_NAME_dup(name->d.directoryName);
            usual = kept;
        }
    }
    sk_GENERAL_NAME_pop_free((STACK_OF(GENERAL_NAME) *)(uintptr_t)names, GENERAL_NAME_free);
    return usual;
}

static void check_all(const mtls_crl_t *crl, X509_CRL *list)
{
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(list);
    int count = sk_X509_REVOKED_num(entries);
    const X509_NAME *issuer = X509_CRL_get_issuer(list);

    must(mtls_crl_count(crl) <= (apr_size_t)(count > 0 ? count : 0));
    for (int i = 0; i < count && i < 64; i++) {
        const X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);
        X509 *cert;

        cert = cert_of(issuer_of(entry, issuer), X509_REVOKED_get0_serialNumber(entry));
        check_entry(crl, list, cert);
        X509_free(cert);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mtls_material_use_t use = {.directive = "MTLSCRLFile"};
    apr_pool_t *pool = make_pool();
    mtls_faults_t *faults = mtls_faults_make(pool);
    const unsigned char *at = data;
    mtls_crl_t *crl;

    if (mtls_crl_read(&crl, (mtls_bytes_t){data, size}, "f", use, faults, pool, pool) ==
        APR_SUCCESS) {
        X509_CRL *list = d2i_X509_CRL(NULL, &at, (long)size);

        must(list != NULL && at == data + size && mtls_faults_count(faults) == 0);
        must(mtls_crl_describe(crl, pool) != NULL && mtls_crl_is_same_list(crl, crl));
        check_all(crl, list);
        X509_CRL_free(list);
    } else {
        must(crl == NULL && mtls_faults_error_count(faults) == 1);
    }
    ERR_clear_error();
    apr_pool_destroy(pool);
    return 0;
}
