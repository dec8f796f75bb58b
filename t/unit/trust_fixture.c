/* SPDX-License-Identifier: Apache-2.0 */
#include "trust_fixture.h"

#include <apr_file_io.h>
#include <apr_strings.h>
#include <check.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "mtls/cert/chain_x509.h"

#define DAY 86400

static const char *const ca_extensions[] = {"basicConstraints=critical,CA:TRUE",
                                            "keyUsage=critical,keyCertSign,cRLSign",
                                            "subjectKeyIdentifier=hash", NULL};
static const char *const leaf_extensions[] = {"keyUsage=critical,digitalSignature",
                                              "extendedKeyUsage=clientAuth", NULL};

apr_time_t fixture_now(void)
{
    static apr_time_t now;

    if (now == 0)
        now = apr_time_from_sec(apr_time_sec(apr_time_now()));
    return now;
}

static apr_status_t free_cert(void *data)
{
    X509_free(data);
    return APR_SUCCESS;
}

static apr_status_t free_key(void *data)
{
    EVP_PKEY_free(data);
    return APR_SUCCESS;
}

static EVP_PKEY *make_ec(const char *curve, const char *encoding)
{
    OSSL_PARAM params[] = {OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)curve, 0),
                           OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, (char *)encoding, 0),
                           OSSL_PARAM_END};
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *key = NULL;

    ck_assert_int_eq(EVP_PKEY_keygen_init(ctx), 1);
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)curve, 0);
    params[1] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, (char *)encoding, 0);
    ck_assert_int_eq(EVP_PKEY_CTX_set_params(ctx, params), 1);
    ck_assert_int_eq(EVP_PKEY_generate(ctx, &key), 1);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

/* 2^8200 + 1 as modulus: enough to be decoded and measured. */
static EVP_PKEY *make_oversized(void)
{
    BIGNUM *n = BN_new();
    BIGNUM *e = BN_new();
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM *params;
    EVP_PKEY *key = NULL;

    BN_set_bit(n, 8200);
    BN_set_bit(n, 0);
    BN_set_word(e, 65537);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
    params = OSSL_PARAM_BLD_to_param(build);
    ck_assert_int_eq(EVP_PKEY_fromdata_init(ctx), 1);
    ck_assert_int_eq(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    BN_free(n);
    BN_free(e);
    return key;
}

static EVP_PKEY *make_dsa(void)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
    EVP_PKEY *params = NULL;
    EVP_PKEY *key = NULL;
    int bits = 1024;
    OSSL_PARAM wanted[] = {OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_FFC_PBITS, &bits),
                           OSSL_PARAM_construct_end()};

    ck_assert_int_eq(EVP_PKEY_paramgen_init(ctx), 1);
    ck_assert_int_eq(EVP_PKEY_CTX_set_params(ctx, wanted), 1);
    ck_assert_int_eq(EVP_PKEY_generate(ctx, &params), 1);
    EVP_PKEY_CTX_free(ctx);
    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, params, NULL);
    ck_assert_int_eq(EVP_PKEY_keygen_init(ctx), 1);
    ck_assert_int_eq(EVP_PKEY_generate(ctx, &key), 1);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(params);
    return key;
}

static EVP_PKEY *generate(fixture_key_t kind)
{
    switch (kind) {
    case FIXTURE_P256:
        return make_ec("P-256", "named_curve");
    case FIXTURE_P384:
        return make_ec("P-384", "named_curve");
    case FIXTURE_P224:
        return make_ec("P-224", "named_curve");
    case FIXTURE_P256_EXPLICIT:
        return make_ec("P-256", "explicit");
    case FIXTURE_ED25519:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    case FIXTURE_ED448:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
    case FIXTURE_RSA1024:
        return EVP_RSA_gen(1024);
    case FIXTURE_RSA2048:
        return EVP_RSA_gen(2048);
    case FIXTURE_RSA8192_PLUS:
        return make_oversized();
    case FIXTURE_DSA:
        return make_dsa();
    case FIXTURE_KEYS:
        break;
    }
    return NULL;
}

static void add_extension(X509 *cert, X509 *issuer, const char *text)
{
    char *name = strdup(text);
    char *value = strchr(name, '=');
    CONF *empty = NCONF_new(NULL);
    X509V3_CTX ctx;
    X509_EXTENSION *extension;

    *value++ = '\0';
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509V3_set_nconf(&ctx, empty);
    extension = X509V3_EXT_nconf(NULL, &ctx, name, value);
    ck_assert_msg(extension != NULL, "extension %s", text);
    ck_assert_int_eq(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
    NCONF_free(empty);
    free(name);
}

static void add_extensions(X509 *cert, X509 *issuer, const fixture_recipe_t *recipe)
{
    const char *const *list = recipe->ca ? ca_extensions : leaf_extensions;

    if (recipe->extensions[0] != NULL)
        list = recipe->extensions;
    for (int i = 0; !recipe->bare && list[i] != NULL; i++)
        add_extension(cert, issuer, list[i]);
}

static void set_validity(X509 *cert, const fixture_recipe_t *recipe)
{
    bool usual = recipe->from_days == 0 && recipe->to_days == 0;
    time_t now = (time_t)apr_time_sec(fixture_now());

    ASN1_TIME_adj(X509_getm_notBefore(cert), now, usual ? -1 : recipe->from_days, 0);
    ASN1_TIME_adj(X509_getm_notAfter(cert), now, usual ? 30 : recipe->to_days, 0);
    if (recipe->not_after != NULL) {
        ASN1_STRING *time = X509_getm_notAfter(cert);

        time->type = V_ASN1_GENERALIZEDTIME;
        ASN1_STRING_set(time, recipe->not_after, -1);
    }
}

static void set_names(X509 *cert, const fixture_party_t *issuer, const fixture_recipe_t *recipe)
{
    const char *subject = recipe->subject;

    if (subject == NULL)
        subject = recipe->ca ? "ca" : "leaf";
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
                               (const unsigned char *)subject, -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(issuer != NULL ? issuer->cert : cert));
}

static const EVP_MD *digest_for(EVP_PKEY *key, const char *name)
{
    int type = EVP_PKEY_get_base_id(key);

    if (type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448)
        return NULL;
    return EVP_get_digestbyname(name != NULL ? name : "sha256");
}

/* Decoded again, so that tests see what a server sees. */
static X509 *reread(X509 *cert, apr_pool_t *pool)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    const unsigned char *p = der;
    X509 *read;

    ck_assert_int_gt(len, 0);
    read = d2i_X509(NULL, &p, len);
    ck_assert_ptr_nonnull(read);
    OPENSSL_free(der);
    apr_pool_cleanup_register(pool, read, free_cert, apr_pool_cleanup_null);
    return read;
}

fixture_party_t fixture_make(const fixture_party_t *issuer, const fixture_recipe_t *recipe,
                             apr_pool_t *pool)
{
    static EVP_PKEY *costly[FIXTURE_KEYS];
    fixture_party_t made;
    X509 *cert = X509_new();
    EVP_PKEY *signer;

    if (recipe->same_key_as != NULL) {
        made.key = recipe->same_key_as->key;
        EVP_PKEY_up_ref(made.key);
    } else if (recipe->key >= FIXTURE_RSA1024) {
        if (costly[recipe->key] == NULL)
            costly[recipe->key] = generate(recipe->key);
        made.key = costly[recipe->key];
        EVP_PKEY_up_ref(made.key);
    } else {
        made.key = generate(recipe->key);
    }
    ck_assert_ptr_nonnull(made.key);
    apr_pool_cleanup_register(pool, made.key, free_key, apr_pool_cleanup_null);
    X509_set_version(cert, recipe->version1 ? X509_VERSION_1 : X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), recipe->serial != 0 ? recipe->serial : 1);
    set_names(cert, issuer, recipe);
    set_validity(cert, recipe);
    ck_assert_int_eq(X509_set_pubkey(cert, made.key), 1);
    add_extensions(cert, issuer != NULL ? issuer->cert : cert, recipe);
    signer = issuer != NULL ? issuer->key : made.key;
    ck_assert_int_gt(X509_sign(cert, signer, digest_for(signer, recipe->digest)), 0);
    made.cert = reread(cert, pool);
    X509_free(cert);
    return made;
}

fixture_party_t fixture_spoil(const fixture_party_t *party, apr_pool_t *pool)
{
    X509 *cert = X509_dup(party->cert);
    const ASN1_BIT_STRING *signature;
    fixture_party_t spoiled = {.key = party->key};

    X509_get0_signature(&signature, NULL, cert);
    ((ASN1_BIT_STRING *)(uintptr_t)signature)->data[signature->length - 1] ^= 1;
    spoiled.cert = reread(cert, pool);
    X509_free(cert);
    return spoiled;
}

const mtls_chain_t *fixture_chain(apr_pool_t *pool, int count, ...)
{
    static const mtls_chain_limits_t limits = {1024 * 1024, 200};
    const mtls_chain_t *chain;
    STACK_OF(X509) *rest = sk_X509_new_null();
    va_list args;

    va_start(args, count);
    for (int i = 0; i < count; i++)
        sk_X509_push(rest, va_arg(args, X509 *));
    va_end(args);
    ck_assert_int_eq(mtls_chain_make(&chain, sk_X509_value(rest, 0), rest, &limits, pool),
                     APR_SUCCESS);
    sk_X509_free(rest);
    return chain;
}

static apr_status_t remove_dir(void *data)
{
    char *command = NULL;

    if (asprintf(&command, "rm -rf '%s'", (const char *)data) > 0 && system(command) != 0)
        fprintf(stderr, "%s is left behind\n", (const char *)data);
    free(command);
    return APR_SUCCESS;
}

const char *fixture_dir(apr_pool_t *pool)
{
    const char *base = getenv("TMPDIR");
    char *dir = apr_pstrcat(pool, base != NULL ? base : P_tmpdir, "/mtls-unit-XXXXXX", NULL);

    ck_assert_ptr_nonnull(mkdtemp(dir));
    apr_pool_cleanup_register(pool, dir, remove_dir, apr_pool_cleanup_null);
    return dir;
}

const char *fixture_write(const char *dir, const char *name, const void *data, size_t len,
                          apr_pool_t *pool)
{
    const char *path = apr_pstrcat(pool, dir, "/", name, NULL);
    FILE *file = fopen(path, "wb");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(data, 1, len, file), len);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

const char *fixture_pem(X509 *cert, apr_pool_t *pool)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data;
    long len;
    const char *text;

    ck_assert_int_eq(PEM_write_bio_X509(bio, cert), 1);
    len = BIO_get_mem_data(bio, &data);
    text = apr_pstrmemdup(pool, data, (apr_size_t)len);
    BIO_free(bio);
    return text;
}

mtls_profile_spec_t *fixture_spec(apr_pool_t *pool)
{
    mtls_profile_spec_t *spec = apr_pcalloc(pool, sizeof(*spec));

    spec->name = "staff";
    spec->at = (mtls_origin_t){"test.conf", 7, 0};
    spec->ca_files = apr_array_make(pool, 1, sizeof(mtls_sourced_t));
    spec->ca_dirs = apr_array_make(pool, 1, sizeof(mtls_sourced_t));
    spec->intermediate_files = apr_array_make(pool, 1, sizeof(mtls_sourced_t));
    spec->pins = apr_array_make(pool, 1, sizeof(mtls_sourced_t));
    spec->pin_files = apr_array_make(pool, 1, sizeof(mtls_sourced_t));
    spec->ekus = apr_array_make(pool, 1, sizeof(mtls_sourced_t));
    spec->policies = apr_array_make(pool, 1, sizeof(mtls_sourced_t));
    spec->revocation.crl.files = apr_array_make(pool, 1, sizeof(mtls_sourced_t));
    spec->revocation.crl.dirs = apr_array_make(pool, 1, sizeof(mtls_sourced_t));
    spec->revocation.crl.signer_files = apr_array_make(pool, 1, sizeof(mtls_sourced_t));
    spec->revocation.crl.fetch_urls = apr_array_make(pool, 1, sizeof(mtls_sourced_t));
    spec->revocation.ocsp.responder_certs = apr_array_make(pool, 1, sizeof(mtls_sourced_t));
    spec->revocation.fetch_hosts = apr_array_make(pool, 1, sizeof(mtls_sourced_t));
    return spec;
}

void fixture_add(apr_array_header_t *list, const char *value)
{
    mtls_sourced_t sourced = {value, {"test.conf", 10 + list->nelts, 0}};

    APR_ARRAY_PUSH(list, mtls_sourced_t) = sourced;
}

void fixture_add_cert(apr_array_header_t *list, X509 *cert, apr_pool_t *pool)
{
    const char *pem = fixture_pem(cert, pool);

    fixture_add(list, fixture_write(fixture_dir(pool), "ca.pem", pem, strlen(pem), pool));
}

const mtls_profile_t *fixture_profile(const mtls_profile_spec_t *spec, apr_pool_t *pool)
{
    mtls_faults_t *faults = mtls_faults_make(pool);
    const mtls_profile_t *profile;
    apr_status_t status = mtls_profile_load(&profile, spec, NULL, NULL, faults, pool, pool);

    ck_assert_msg(status == APR_SUCCESS, "%s",
                  mtls_faults_count(faults) > 0 ? mtls_faults_get(faults, 0)->text : "no fault");
    return profile;
}

const char *fixture_pin(X509 *cert, bool spki, apr_pool_t *pool)
{
    unsigned char digest[32];
    unsigned char *der = NULL;
    int len = spki ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der) : i2d_X509(cert, &der);
    char *text = apr_pstrdup(pool, spki ? "spki-sha256:" : "sha256:");

    EVP_Digest(der, (size_t)len, digest, NULL, EVP_sha256(), NULL);
    OPENSSL_free(der);
    for (size_t i = 0; i < sizeof(digest); i++)
        text = apr_psprintf(pool, "%s%02x", text, digest[i]);
    return text;
}
