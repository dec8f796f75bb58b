/* SPDX-License-Identifier: Apache-2.0 */
#include "crl_fixture.h"

#include <apr_strings.h>
#include <check.h>
#include <openssl/conf.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define HOUR 3600

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

static X509_EXTENSION *make_extension(const char *conf_text, const char *text, X509 *issuer)
{
    char *name = strdup(text);
    char *value = strchr(name, '=');
    CONF *conf = read_conf(conf_text);
    X509V3_CTX ctx;
    X509_EXTENSION *made;

    *value++ = '\0';
    X509V3_set_ctx(&ctx, issuer, NULL, NULL, NULL, 0);
    X509V3_set_nconf(&ctx, conf);
    made = X509V3_EXT_nconf(conf, &ctx, name, value);
    ck_assert_msg(made != NULL, "extension %s", text);
    NCONF_free(conf);
    free(name);
    return made;
}

const char *fixture_extension(const char *conf, const char *text, apr_pool_t *pool)
{
    X509_EXTENSION *made = make_extension(conf, text, NULL);
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(made);
    char *hex = OPENSSL_buf2hexstr(ASN1_STRING_get0_data(value), ASN1_STRING_length(value));
    const char *name = apr_pstrndup(pool, text, (apr_size_t)(strchr(text, '=') - text));
    const char *der = apr_pstrcat(pool, name, "=DER:", hex, NULL);

    OPENSSL_free(hex);
    X509_EXTENSION_free(made);
    return der;
}

static void add_reason(X509_REVOKED *revoked, int reason)
{
    ASN1_ENUMERATED *value = ASN1_ENUMERATED_new();

    ASN1_ENUMERATED_set(value, reason);
    ck_assert_int_eq(X509_REVOKED_add1_ext_i2d(revoked, NID_crl_reason, value, 0, 0), 1);
    ASN1_ENUMERATED_free(value);
}

static void add_issuer(X509_REVOKED *revoked, const X509 *issuer)
{
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    GENERAL_NAME *name = GENERAL_NAME_new();

    GENERAL_NAME_set0_value(name, GEN_DIRNAME, X509_NAME_dup(X509_get_subject_name(issuer)));
    sk_GENERAL_NAME_push(names, name);
    ck_assert_int_eq(X509_REVOKED_add1_ext_i2d(revoked, NID_certificate_issuer, names, 1, 0), 1);
    GENERAL_NAMES_free(names);
}

static void add_entry(X509_CRL *crl, const fixture_entry_t *entry)
{
    X509_REVOKED *revoked = X509_REVOKED_new();
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    ASN1_TIME *when = ASN1_TIME_set(NULL, (time_t)apr_time_sec(fixture_now()) - HOUR);

    ASN1_INTEGER_set(serial, entry->serial);
    X509_REVOKED_set_serialNumber(revoked, serial);
    X509_REVOKED_set_revocationDate(revoked, when);
    if (entry->reason != 0)
        add_reason(revoked, entry->reason);
    if (entry->issuer != NULL)
        add_issuer(revoked, entry->issuer);
    ck_assert_int_eq(X509_CRL_add0_revoked(crl, revoked), 1);
    ASN1_INTEGER_free(serial);
    ASN1_TIME_free(when);
}

static void add_number(X509_CRL *crl, int nid, long number)
{
    ASN1_INTEGER *value = ASN1_INTEGER_new();

    ASN1_INTEGER_set(value, number);
    ck_assert_int_eq(X509_CRL_add1_ext_i2d(crl, nid, value, nid == NID_delta_crl, 0), 1);
    ASN1_INTEGER_free(value);
}

static void set_times(X509_CRL *crl, const fixture_list_t *list)
{
    bool usual = list->from_hours == 0 && list->to_hours == 0;
    time_t now = (time_t)apr_time_sec(fixture_now());
    ASN1_TIME *from = ASN1_TIME_set(NULL, now + (usual ? -1 : list->from_hours) * HOUR);
    ASN1_TIME *to = ASN1_TIME_set(NULL, now + (usual ? 24 : list->to_hours) * HOUR);

    X509_CRL_set1_lastUpdate(crl, from);
    X509_CRL_set1_nextUpdate(crl, to);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
}

static void add_extensions(X509_CRL *crl, const fixture_party_t *issuer, const fixture_list_t *list)
{
    if (list->number >= 0)
        add_number(crl, NID_crl_number, list->number != 0 ? list->number : 1);
    if (list->base != 0)
        add_number(crl, NID_delta_crl, list->base);
    for (int i = 0; list->extensions[i] != NULL; i++) {
        X509_EXTENSION *made = make_extension(list->conf, list->extensions[i], issuer->cert);

        ck_assert_int_eq(X509_CRL_add_ext(crl, made, -1), 1);
        X509_EXTENSION_free(made);
    }
}

mtls_bytes_t fixture_list_make(const fixture_party_t *issuer, const fixture_list_t *list,
                               apr_pool_t *pool)
{
    X509_CRL *crl = X509_CRL_new();
    unsigned char *der = NULL;
    mtls_bytes_t made;
    int len;

    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->cert));
    set_times(crl, list);
    for (int i = 0; i < FIXTURE_MAX_ENTRIES && list->entries[i].serial != 0; i++)
        add_entry(crl, &list->entries[i]);
    add_extensions(crl, issuer, list);
    ck_assert_int_gt(X509_CRL_sign(crl, issuer->key, EVP_sha256()), 0);
    len = i2d_X509_CRL(crl, &der);
    ck_assert_int_gt(len, 0);
    made = (mtls_bytes_t){apr_pmemdup(pool, der, (apr_size_t)len), (apr_size_t)len};
    OPENSSL_free(der);
    X509_CRL_free(crl);
    return made;
}

static STACK_OF(X509) * stack_of(X509 *const certs[4])
{
    STACK_OF(X509) *stack = sk_X509_new_null();

    for (int i = 0; i < 4 && certs[i] != NULL; i++)
        sk_X509_push(stack, certs[i]);
    return stack;
}

static void write_lists(apr_array_header_t *files, const fixture_crls_t *crls, const char *dir,
                        apr_pool_t *pool)
{
    for (int i = 0; i < 6 && crls->lists[i].data != NULL; i++) {
        const char *name = apr_psprintf(pool, "list%d.crl", i);

        fixture_add(files,
                    fixture_write(dir, name, crls->lists[i].data, crls->lists[i].len, pool));
    }
}

static void write_signers(apr_array_header_t *files, const fixture_crls_t *crls, const char *dir,
                          apr_pool_t *pool)
{
    for (int i = 0; i < 4 && crls->signers[i] != NULL; i++) {
        const char *name = apr_psprintf(pool, "signer%d.pem", i);
        const char *pem = fixture_pem(crls->signers[i], pool);

        fixture_add(files, fixture_write(dir, name, pem, strlen(pem), pool));
    }
}

const mtls_crl_set_t *fixture_crl_set(const fixture_crls_t *crls, const char **fault,
                                      apr_pool_t *pool)
{
    mtls_profile_spec_t *spec = fixture_spec(pool);
    const char *dir = fixture_dir(pool);
    mtls_faults_t *faults = mtls_faults_make(pool);
    STACK_OF(X509) *anchors = stack_of(crls->anchors);
    STACK_OF(X509) *intermediates = stack_of(crls->intermediates);
    mtls_crl_set_source_t source = {.spec = &spec->revocation.crl,
                                    .profile = "staff",
                                    .anchors = anchors,
                                    .intermediates = intermediates};
    const mtls_crl_set_t *set;

    write_lists(spec->revocation.crl.files, crls, dir, pool);
    write_signers(spec->revocation.crl.signer_files, crls, dir, pool);
    mtls_crl_set_load(&set, &source, NULL, faults, pool, pool);
    sk_X509_free(anchors);
    sk_X509_free(intermediates);
    *fault = mtls_faults_count(faults) > 0 ? mtls_faults_get(faults, 0)->text : "";
    return set;
}
