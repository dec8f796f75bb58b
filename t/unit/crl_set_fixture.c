/* SPDX-License-Identifier: Apache-2.0 */
#include "crl_set_fixture.h"

#include <apr_strings.h>
#include <check.h>
#include <openssl/conf.h>
#include <openssl/x509v3.h>
#include <string.h>

static CONF *read_conf(const char *text)
{
    CONF *conf = NCONF_new(NULL);
    BIO *bio = BIO_new_mem_buf(text != NULL ? text : "", -1);
    long line = 0;

    ck_assert_msg(text == NULL || NCONF_load_bio(conf, bio, &line) == 1, "line %ld of %s", line,
                  text);
    BIO_free(bio);
    return conf;
}

const char *fixture_extension(const char *conf_text, const char *text, apr_pool_t *pool)
{
    const char *name = apr_pstrndup(pool, text, (apr_size_t)(strchr(text, '=') - text));
    CONF *conf = read_conf(conf_text);
    X509V3_CTX ctx;
    X509_EXTENSION *made;
    const ASN1_OCTET_STRING *value;
    char *hex;
    const char *der;

    X509V3_set_ctx(&ctx, NULL, NULL, NULL, NULL, 0);
    X509V3_set_nconf(&ctx, conf);
    made = X509V3_EXT_nconf(conf, &ctx, name, text + strlen(name) + 1);
    ck_assert_msg(made != NULL, "extension %s", text);
    value = X509_EXTENSION_get_data(made);
    hex = OPENSSL_buf2hexstr(ASN1_STRING_get0_data(value), ASN1_STRING_length(value));
    der = apr_pstrcat(pool, name,
                      X509_EXTENSION_get_critical(made) ? "=critical,DER:" : "=DER:", hex, NULL);
    OPENSSL_free(hex);
    X509_EXTENSION_free(made);
    NCONF_free(conf);
    return der;
}

static STACK_OF(X509) * stack_of(X509 *const *certs)
{
    STACK_OF(X509) *stack = sk_X509_new_null();

    for (int i = 0; certs[i] != NULL; i++)
        ck_assert_int_gt(sk_X509_push(stack, certs[i]), 0);
    return stack;
}

static void write_lists(apr_array_header_t *files, const mtls_bytes_t *lists, const char *dir,
                        apr_pool_t *pool)
{
    for (int i = 0; lists[i].data != NULL; i++) {
        const char *name = apr_psprintf(pool, "list%d.crl", i);

        fixture_add(files, fixture_write(dir, name, lists[i].data, lists[i].len, pool));
    }
}

static void write_signers(apr_array_header_t *files, X509 *const *signers, const char *dir,
                          apr_pool_t *pool)
{
    for (int i = 0; signers[i] != NULL; i++) {
        const char *name = apr_psprintf(pool, "signer%d.pem", i);
        const char *pem = fixture_pem(signers[i], pool);

        fixture_add(files, fixture_write(dir, name, pem, strlen(pem), pool));
    }
}

const mtls_crl_set_t *fixture_crl_set(const fixture_crls_t *crls, const char **fault,
                                      apr_pool_t *pool)
{
    mtls_crl_spec_t *spec = &fixture_spec(pool)->revocation.crl;
    const char *dir = fixture_dir(pool);
    mtls_faults_t *faults = mtls_faults_make(pool);
    STACK_OF(X509) *anchors = stack_of(crls->anchors);
    STACK_OF(X509) *intermediates = stack_of(crls->intermediates);
    mtls_crl_set_source_t source = {
        .spec = spec, .profile = "staff", .anchors = anchors, .intermediates = intermediates};
    const mtls_crl_set_t *set;

    write_lists(spec->files, crls->lists, dir, pool);
    write_signers(spec->signer_files, crls->signers, dir, pool);
    mtls_crl_set_load(&set, &source, mtls_files_make(pool), faults, pool, pool);
    sk_X509_free(anchors);
    sk_X509_free(intermediates);
    *fault = mtls_faults_count(faults) > 0 ? mtls_faults_get(faults, 0)->text : "";
    return set;
}
