/* SPDX-License-Identifier: Apache-2.0 */
#include "crl_fixture.h"

#include <apr_strings.h>
#include <check.h>
#include <openssl/conf.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

static X509_EXTENSION *make_extension(const char *text, X509 *issuer)
{
    char *name = strdup(text);
    char *value = strchr(name, '=');
    CONF *empty = NCONF_new(NULL);
    X509V3_CTX ctx;
    X509_EXTENSION *extension;

    *value++ = '\0';
    X509V3_set_ctx(&ctx, issuer, NULL, NULL, NULL, 0);
    X509V3_set_nconf(&ctx, empty);
    extension = X509V3_EXT_nconf(NULL, &ctx, name, value);
    ck_assert_msg(extension != NULL, "extension %s", text);
    NCONF_free(empty);
    free(name);
    return extension;
}

static void add_entry_extension(X509_REVOKED *entry, const char *text)
{
    X509_EXTENSION *extension = make_extension(text, NULL);

    ck_assert_int_eq(X509_REVOKED_add_ext(entry, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void add_reason(X509_REVOKED *entry, int reason)
{
    ASN1_ENUMERATED *value = ASN1_ENUMERATED_new();

    ASN1_ENUMERATED_set(value, reason);
    ck_assert_int_eq(X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, value, 0, 0), 1);
    ASN1_ENUMERATED_free(value);
}

static void add_issuer(X509_REVOKED *entry, X509 *issuer)
{
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    GENERAL_NAME *name = GENERAL_NAME_new();

    GENERAL_NAME_set0_value(name, GEN_DIRNAME, X509_NAME_dup(X509_get_subject_name(issuer)));
    sk_GENERAL_NAME_push(names, name);
    ck_assert_int_eq(X509_REVOKED_add1_ext_i2d(entry, NID_certificate_issuer, names, 1, 0), 1);
    GENERAL_NAMES_free(names);
}

static void add_entry(X509_CRL *list, const fixture_entry_t *recipe)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_INTEGER *serial = s2i_ASN1_INTEGER(NULL, recipe->serial);
    ASN1_TIME *when = ASN1_TIME_set(NULL, (time_t)apr_time_sec(fixture_now()) - 7200);

    ck_assert_ptr_nonnull(serial);
    X509_REVOKED_set_serialNumber(entry, serial);
    X509_REVOKED_set_revocationDate(entry, when);
    if (recipe->reason != 0)
        add_reason(entry, recipe->reason);
    if (recipe->issuer != NULL)
        add_issuer(entry, recipe->issuer);
    if (recipe->extension != NULL)
        add_entry_extension(entry, recipe->extension);
    ck_assert_int_eq(X509_CRL_add0_revoked(list, entry), 1);
    ASN1_INTEGER_free(serial);
    ASN1_TIME_free(when);
}

static void add_extensions(X509_CRL *list, const fixture_party_t *signer,
                           const fixture_crl_t *recipe)
{
    static const char *const usual[] = {"authorityKeyIdentifier=keyid:always",
                                        "crlNumber=ASN1:INTEGER:1", NULL};
    const char *const *texts = recipe->extensions[0] != NULL ? recipe->extensions : usual;

    for (int i = 0; !recipe->version1 && i < FIXTURE_MAX_EXTENSIONS && texts[i] != NULL; i++) {
        X509_EXTENSION *extension = make_extension(texts[i], signer->cert);

        ck_assert_int_eq(X509_CRL_add_ext(list, extension, -1), 1);
        X509_EXTENSION_free(extension);
    }
}

static void set_times(X509_CRL *list, const fixture_crl_t *recipe)
{
    bool usual = recipe->from_seconds == 0 && recipe->to_seconds == 0;
    time_t now = (time_t)apr_time_sec(fixture_now());
    ASN1_TIME *from = ASN1_TIME_set(NULL, now + (usual ? -3600 : recipe->from_seconds));
    ASN1_TIME *to = ASN1_TIME_set(NULL, now + (usual ? 86400 : recipe->to_seconds));

    ck_assert_int_eq(X509_CRL_set1_lastUpdate(list, from), 1);
    if (!recipe->no_end)
        ck_assert_int_eq(X509_CRL_set1_nextUpdate(list, to), 1);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
}

static void sign(X509_CRL *list, const fixture_party_t *signer, const fixture_crl_t *recipe)
{
    int type = EVP_PKEY_get_base_id(signer->key);
    bool edwards = type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448;
    const char *name = recipe->digest != NULL ? recipe->digest : "sha256";
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key;

    ck_assert_int_eq(EVP_DigestSignInit(ctx, &key, edwards ? NULL : EVP_get_digestbyname(name),
                                        NULL, signer->key),
                     1);
    if (recipe->pss)
        ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING), 1);
    ck_assert_int_gt(X509_CRL_sign_ctx(list, ctx), 0);
    EVP_MD_CTX_free(ctx);
}

mtls_bytes_t fixture_crl(const fixture_party_t *signer, const fixture_crl_t *recipe,
                         apr_pool_t *pool)
{
    const fixture_party_t *issuer = recipe->name_of != NULL ? recipe->name_of : signer;
    X509_CRL *list = X509_CRL_new();
    unsigned char *der = NULL;
    mtls_bytes_t out;
    int len;

    if (!recipe->version1)
        X509_CRL_set_version(list, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer->cert));
    set_times(list, recipe);
    for (int i = 0; i < recipe->count; i++)
        add_entry(list, &recipe->entries[i]);
    add_extensions(list, signer, recipe);
    sign(list, signer, recipe);
    len = i2d_X509_CRL(list, &der);
    ck_assert_int_gt(len, 0);
    out = (mtls_bytes_t){apr_pmemdup(pool, der, (apr_size_t)len), (apr_size_t)len};
    OPENSSL_free(der);
    X509_CRL_free(list);
    return out;
}

static apr_status_t free_list(void *data)
{
    X509_CRL_free(data);
    return APR_SUCCESS;
}

X509_CRL *fixture_crl_decode(mtls_bytes_t der, apr_pool_t *pool)
{
    const unsigned char *at = der.data;
    X509_CRL *list = d2i_X509_CRL(NULL, &at, (long)der.len);

    ck_assert_ptr_nonnull(list);
    ck_assert_ptr_eq(at, der.data + der.len);
    apr_pool_cleanup_register(pool, list, free_list, apr_pool_cleanup_null);
    return list;
}

const char *fixture_crl_pem(mtls_bytes_t der, apr_pool_t *pool)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data;
    long len;
    const char *text;

    ck_assert_int_gt(PEM_write_bio(bio, "X509 CRL", "", der.data, (long)der.len), 0);
    len = BIO_get_mem_data(bio, &data);
    text = apr_pstrmemdup(pool, data, (apr_size_t)len);
    BIO_free(bio);
    return text;
}

mtls_bytes_t fixture_crl_spoil(mtls_bytes_t der, apr_pool_t *pool)
{
    unsigned char *copy = apr_pmemdup(pool, der.data, der.len);

    copy[der.len - 1] ^= 1;
    return (mtls_bytes_t){copy, der.len};
}
