/* SPDX-License-Identifier: Apache-2.0 */
#include "ocsp_fixture.h"

#include <apr_strings.h>
#include <check.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

static X509_EXTENSION *make_extension(const char *type, bool critical)
{
    ASN1_OBJECT *oid = OBJ_txt2obj(type, 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension;

    ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05", 2);
    extension = X509_EXTENSION_create_by_OBJ(NULL, oid, critical, value);
    ck_assert_ptr_nonnull(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(oid);
    return extension;
}

static void add_single(OCSP_BASICRESP *basic, const ocsp_single_t *single)
{
    const EVP_MD *md = EVP_get_digestbyname(single->hash != NULL ? single->hash : "sha1");
    OCSP_CERTID *id = OCSP_cert_to_id(md, single->cert, single->issuer);
    ASN1_TIME *from = ASN1_GENERALIZEDTIME_set(NULL, (time_t)apr_time_sec(single->this_update));
    ASN1_TIME *to = NULL;
    bool revoked = single->status == V_OCSP_CERTSTATUS_REVOKED;
    OCSP_SINGLERESP *made;

    if (single->next_update != 0)
        to = ASN1_GENERALIZEDTIME_set(NULL, (time_t)apr_time_sec(single->next_update));
    made = OCSP_basic_add1_status(basic, id, single->status, OCSP_REVOKED_STATUS_KEYCOMPROMISE,
                                  revoked ? from : NULL, from, to);
    ck_assert_ptr_nonnull(made);
    if (single->critical) {
        X509_EXTENSION *extension = make_extension("1.2.3.4.5", true);

        ck_assert_int_eq(OCSP_SINGLERESP_add_ext(made, extension, -1), 1);
        X509_EXTENSION_free(extension);
    }
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    OCSP_CERTID_free(id);
}

static void add_nonces(OCSP_BASICRESP *basic, const ocsp_recipe_t *recipe)
{
    ck_assert_int_eq(OCSP_basic_add1_nonce(basic, (unsigned char *)(uintptr_t)recipe->nonce.data,
                                           (int)recipe->nonce.len),
                     1);
    if (recipe->nonce_critical)
        X509_EXTENSION_set_critical(OCSP_BASICRESP_get_ext(basic, 0), 1);
    if (recipe->nonce_twice) {
        X509_EXTENSION *again = X509_EXTENSION_dup(OCSP_BASICRESP_get_ext(basic, 0));

        ck_assert_int_eq(OCSP_BASICRESP_add_ext(basic, again, -1), 1);
        X509_EXTENSION_free(again);
    }
}

static void sign(OCSP_BASICRESP *basic, const ocsp_recipe_t *recipe)
{
    int type = EVP_PKEY_get_base_id(recipe->signer.key);
    const EVP_MD *md = EVP_get_digestbyname(recipe->digest != NULL ? recipe->digest : "sha256");
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key_ctx;
    STACK_OF(X509) *with = sk_X509_new_null();
    unsigned long flags =
        (recipe->bare ? OCSP_NOCERTS : 0) | (recipe->by_key ? OCSP_RESPID_KEY : 0);

    for (int i = 0; i < 2 && recipe->with[i] != NULL; i++)
        sk_X509_push(with, recipe->with[i]);
    if (type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448)
        md = NULL;
    ck_assert_int_eq(EVP_DigestSignInit(ctx, &key_ctx, md, NULL, recipe->signer.key), 1);
    if (recipe->pss)
        ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(key_ctx, RSA_PKCS1_PSS_PADDING), 1);
    ck_assert_int_eq(OCSP_basic_sign_ctx(basic, recipe->signer.cert, ctx, with, flags), 1);
    sk_X509_free(with);
    EVP_MD_CTX_free(ctx);
}

static mtls_bytes_t encode(OCSP_RESPONSE *response, apr_pool_t *pool)
{
    unsigned char *der = NULL;
    int len = i2d_OCSP_RESPONSE(response, &der);
    mtls_bytes_t out;

    ck_assert_int_gt(len, 0);
    out.data = apr_pmemdup(pool, der, (apr_size_t)len);
    out.len = (apr_size_t)len;
    OPENSSL_free(der);
    OCSP_RESPONSE_free(response);
    return out;
}

mtls_bytes_t ocsp_fixture_make(const ocsp_recipe_t *recipe, apr_pool_t *pool)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    mtls_bytes_t der;

    for (int i = 0; i < OCSP_FIXTURE_SINGLES && recipe->singles[i].cert != NULL; i++)
        add_single(basic, &recipe->singles[i]);
    if (recipe->nonce.len != 0)
        add_nonces(basic, recipe);
    if (recipe->extension != 0) {
        X509_EXTENSION *extension = make_extension(
            recipe->extension == 3 ? "1.3.6.1.5.5.7.48.1.6" : "1.2.3.4.5", recipe->extension != 1);

        ck_assert_int_eq(OCSP_BASICRESP_add_ext(basic, extension, -1), 1);
        X509_EXTENSION_free(extension);
    }
    sign(basic, recipe);
    der = encode(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic), pool);
    OCSP_BASICRESP_free(basic);
    return der;
}

mtls_bytes_t ocsp_fixture_status(int status, apr_pool_t *pool)
{
    return encode(OCSP_response_create(status, NULL), pool);
}
