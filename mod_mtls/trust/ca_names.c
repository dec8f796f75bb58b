/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/ca_names.h"

#include <openssl/evp.h>

#include "mtls/trust/bundle.h"

static apr_status_t free_names(void *data)
{
    sk_X509_NAME_pop_free(data, X509_NAME_free);
    return APR_SUCCESS;
}

static bool held(const STACK_OF(X509_NAME) * names, const X509_NAME *name)
{
    for (int i = 0; i < sk_X509_NAME_num(names); i++) {
        if (X509_NAME_cmp(sk_X509_NAME_value(names, i), name) == 0)
            return true;
    }
    return false;
}

static bool append_subjects(STACK_OF(X509_NAME) * names, const STACK_OF(X509) * certs)
{
    for (int i = 0; i < sk_X509_num(certs); i++) {
        const X509_NAME *subject = X509_get_subject_name(sk_X509_value(certs, i));
        X509_NAME *copy;

        if (held(names, subject))
            continue;
        copy = X509_NAME_dup(subject);
        if (copy == NULL || sk_X509_NAME_push(names, copy) == 0) {
            X509_NAME_free(copy);
            return false;
        }
    }
    return true;
}

/* As TLS counts them: two octets of length before each (RFC 8446 section 4.2.4). */
static int octets_of(const STACK_OF(X509_NAME) * names)
{
    int sum = 0;

    for (int i = 0; i < sk_X509_NAME_num(names); i++)
        sum += 2 + i2d_X509_NAME(sk_X509_NAME_value(names, i), NULL);
    return sum;
}

static bool fill(STACK_OF(X509_NAME) * names, const mtls_profile_spec_t *spec,
                 const STACK_OF(X509) * anchors, mtls_files_t *files, mtls_faults_t *faults,
                 apr_pool_t *scratch)
{
    mtls_bundle_t *bundle;

    switch (spec->ca_names) {
    case MTLS_CA_NAMES_UNSET:
    case MTLS_CA_NAMES_ALL:
        return append_subjects(names, anchors);
    case MTLS_CA_NAMES_NONE:
        return true;
    case MTLS_CA_NAMES_FILE:
        bundle = mtls_bundle_make("MTLSCANames", MTLS_BUNDLE_ANY, files, scratch);
        return bundle != NULL &&
               mtls_bundle_load_file(bundle, &spec->ca_names_file, faults, scratch) ==
                   APR_SUCCESS &&
               append_subjects(names, bundle->certs);
    }
    return false;
}

apr_status_t mtls_ca_names_load(STACK_OF(X509_NAME) * *out, const mtls_profile_spec_t *spec,
                                const STACK_OF(X509) * anchors, mtls_files_t *files,
                                mtls_faults_t *faults, apr_pool_t *pool, apr_pool_t *scratch)
{
    STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();
    int octets;

    *out = NULL;
    if (names == NULL)
        return APR_ENOMEM;
    apr_pool_cleanup_register(pool, names, free_names, apr_pool_cleanup_null);
    if (!fill(names, spec, anchors, files, faults, scratch))
        return APR_EGENERAL;
    octets = octets_of(names);
    if (octets > MTLS_CA_NAMES_MANY)
        mtls_faults_warn(faults, spec->at,
                         "MTLSTrust %s: the names of its CAs take %d octets, and clients fail on "
                         "long lists; consider MTLSCANames none or a file",
                         spec->name, octets);
    *out = names;
    return APR_SUCCESS;
}

static bool add(EVP_MD_CTX *md, X509_NAME *name)
{
    const unsigned char *der;
    size_t len;

    return X509_NAME_get0_der(name, &der, &len) == 1 && EVP_DigestUpdate(md, der, len) == 1;
}

bool mtls_ca_names_digest(unsigned char out[MTLS_SHA256_LEN], const STACK_OF(X509_NAME) * names)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool good = md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;

    for (int i = 0; good && i < sk_X509_NAME_num(names); i++)
        good = add(md, sk_X509_NAME_value(names, i));
    good = good && EVP_DigestFinal_ex(md, out, NULL) == 1;
    EVP_MD_CTX_free(md);
    return good;
}
