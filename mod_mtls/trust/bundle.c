/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/bundle.h"

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "mtls/cert/identity_read.h"
#include "mtls/cert/text.h"
#include "mtls/trust/material.h"
#include "mtls/trust/pem.h"
#include "mtls/trust/strength.h"

#define MAX_SUBJECT_TEXT    256
#define MAX_FAULTS_PER_FILE 10

/* One file while it is read. */
typedef struct {
    mtls_bundle_t *bundle;
    const char *path;
    mtls_origin_t at;
    bool quiet; /* the same certificate twice is usual in a directory */
    mtls_faults_t *faults;
    apr_pool_t *scratch;
    int problems;
    int certs;
} reading_t;

static apr_status_t free_certs(void *data)
{
    sk_X509_pop_free(data, X509_free);
    return APR_SUCCESS;
}

mtls_bundle_t *mtls_bundle_make(const char *directive, mtls_bundle_kind_t kind, mtls_files_t *files,
                                apr_pool_t *pool)
{
    mtls_bundle_t *bundle = apr_pcalloc(pool, sizeof(*bundle));

    bundle->directive = directive;
    bundle->kind = kind;
    bundle->files = files;
    bundle->certs = sk_X509_new_null();
    if (bundle->certs == NULL)
        return NULL;
    apr_pool_cleanup_register(pool, bundle->certs, free_certs, apr_pool_cleanup_null);
    return bundle;
}

const char *mtls_bundle_subject(X509 *cert, apr_pool_t *pool)
{
    const mtls_identity_t *identity;
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    const char *text = "(unreadable name)";

    if (len > 0 && mtls_identity_read(&identity, cert, (mtls_bytes_t){der, (apr_size_t)len}, NULL,
                                      pool) == APR_SUCCESS)
        text = mtls_name_write(&identity->subject, MAX_SUBJECT_TEXT, pool);
    OPENSSL_free(der);
    return text;
}

/* Line 0: the problem is the file's as a whole. */
static void complain(reading_t *reading, int line, const char *problem)
{
    const char *place = line != 0 ? apr_psprintf(reading->scratch, " (line %d)", line) : "";

    if (++reading->problems < MAX_FAULTS_PER_FILE)
        mtls_faults_add(reading->faults, reading->at, "%s: %s%s: %s", reading->bundle->directive,
                        reading->path, place, problem);
    else if (reading->problems == MAX_FAULTS_PER_FILE)
        mtls_faults_add(reading->faults, reading->at, "%s: %s: further problems are not listed",
                        reading->bundle->directive, reading->path);
}

/* Why the certificate is not of the bundle's kind, or NULL. */
static const char *unfit(mtls_bundle_kind_t kind, X509 *cert)
{
    switch (kind) {
    case MTLS_BUNDLE_ANY:
        return NULL;
    case MTLS_BUNDLE_CA:
        if (X509_check_ca(cert) != 1)
            return "is not a CA certificate (basicConstraints); name certificates of CAs only";
        break;
    case MTLS_BUNDLE_CRL_SIGNER:
        if ((X509_get_key_usage(cert) & KU_CRL_SIGN) == 0)
            return "may not sign revocation lists (keyUsage has no cRLSign)";
        break;
    }
    if (X509_get0_pubkey(cert) == NULL)
        return "has a public key that cannot be used";
    if (mtls_strength_is_oversized(cert))
        return "has an RSA key of more than " APR_STRINGIFY(MTLS_PROFILE_MAX_RSA_BITS) " bits";
    return NULL;
}

static bool usable(reading_t *reading, X509 *cert, int line)
{
    const char *problem = unfit(reading->bundle->kind, cert);

    if (problem != NULL) {
        complain(reading, line,
                 apr_psprintf(reading->scratch, "the certificate \"%s\" %s",
                              mtls_bundle_subject(cert, reading->scratch), problem));
    } else if (reading->bundle->kind != MTLS_BUNDLE_ANY &&
               X509_cmp_current_time(X509_get0_notAfter(cert)) <= 0) {
        mtls_faults_warn(reading->faults, reading->at,
                         "%s: %s: the certificate \"%s\" has expired and will be of no use",
                         reading->bundle->directive, reading->path,
                         mtls_bundle_subject(cert, reading->scratch));
    }
    ERR_clear_error();
    return problem == NULL;
}

static bool held(const mtls_bundle_t *bundle, const X509 *cert)
{
    for (int i = 0; i < sk_X509_num(bundle->certs); i++) {
        if (X509_cmp(sk_X509_value(bundle->certs, i), cert) == 0)
            return true;
    }
    return false;
}

static void keep(reading_t *reading, X509 *cert)
{
    if (held(reading->bundle, cert)) {
        if (!reading->quiet)
            mtls_faults_warn(reading->faults, reading->at,
                             "%s: %s: the certificate \"%s\" is there twice",
                             reading->bundle->directive, reading->path,
                             mtls_bundle_subject(cert, reading->scratch));
        X509_free(cert);
    } else if (sk_X509_push(reading->bundle->certs, cert) == 0) {
        X509_free(cert);
        complain(reading, 0, "out of memory");
    }
}

static void take_der(reading_t *reading, mtls_bytes_t der, int line)
{
    const unsigned char *end = der.data;
    X509 *cert;

    ERR_clear_error();
    cert = d2i_X509(NULL, &end, (long)der.len);
    reading->certs++;
    if (cert == NULL) {
        complain(reading, line,
                 apr_psprintf(reading->scratch, "not a valid certificate (%s)",
                              mtls_fault_openssl(reading->scratch)));
    } else if (end != der.data + der.len) {
        complain(reading, line,
                 "octets follow the certificate; give exactly one whole certificate");
        X509_free(cert);
    } else if ((X509_get_extension_flags(cert) & EXFLAG_INVALID) != 0) {
        complain(reading, line, "the certificate has malformed extensions");
        X509_free(cert);
    } else if (!usable(reading, cert, line)) {
        X509_free(cert);
    } else {
        keep(reading, cert);
    }
    ERR_clear_error();
}

static void take_block(reading_t *reading, const mtls_pem_block_t *block)
{
    size_t len = strlen(block->label);

    if (strcmp(block->label, "CERTIFICATE") == 0)
        take_der(reading, block->der, block->line);
    else if (len >= 11 && strcmp(block->label + len - 11, "PRIVATE KEY") == 0)
        complain(reading, block->line,
                 "holds a private key; a file named here holds certificates only");
    else if (strcmp(block->label, "TRUSTED CERTIFICATE") == 0)
        complain(reading, block->line,
                 "holds a TRUSTED CERTIFICATE, OpenSSL's own form; convert it with openssl x509");
    else if (strcmp(block->label, "X509 CRL") == 0)
        complain(reading, block->line,
                 "holds a revocation list; a file named here holds certificates only");
    else
        complain(
            reading, block->line,
            apr_psprintf(reading->scratch,
                         "holds a block \"%s\"; a file named here holds CERTIFICATE blocks only",
                         block->label));
}

static void take_pem(reading_t *reading, mtls_bytes_t text)
{
    mtls_pem_cursor_t cursor;
    mtls_pem_block_t block;
    mtls_pem_result_t result;

    mtls_pem_init(&cursor, text);
    while ((result = mtls_pem_next(&block, &cursor, reading->scratch)) != MTLS_PEM_END) {
        if (result == MTLS_PEM_BLOCK)
            take_block(reading, &block);
        else
            complain(reading, block.line, block.problem);
    }
    if (reading->certs == 0 && reading->problems == 0)
        complain(reading, 0, "holds no certificate");
}

static bool load_path(reading_t *reading)
{
    mtls_material_use_t use = {.directive = reading->bundle->directive,
                               .at = reading->at,
                               .files = reading->bundle->files};
    mtls_bytes_t octets;

    if (mtls_material_load(&octets, reading->path, use, reading->faults, reading->scratch) !=
        APR_SUCCESS)
        return false;
    reading->bundle->read++;
    if (mtls_pem_check(octets))
        take_pem(reading, octets);
    else if (octets.data[0] == 0x30)
        take_der(reading, octets, 0);
    else
        complain(reading, 0,
                 "holds no certificate: no \"-----BEGIN CERTIFICATE-----\" line, no DER");
    mtls_material_wipe(octets);
    return reading->problems == 0;
}

static bool load_in_subpool(mtls_bundle_t *bundle, const char *path, mtls_origin_t at, bool quiet,
                            mtls_faults_t *faults, apr_pool_t *scratch)
{
    reading_t reading = {
        .bundle = bundle, .path = path, .at = at, .quiet = quiet, .faults = faults};
    bool good;

    apr_pool_create(&reading.scratch, scratch);
    good = load_path(&reading);
    apr_pool_destroy(reading.scratch);
    return good;
}

apr_status_t mtls_bundle_load_file(mtls_bundle_t *bundle, const mtls_sourced_t *path,
                                   mtls_faults_t *faults, apr_pool_t *scratch)
{
    return load_in_subpool(bundle, path->value, path->at, false, faults, scratch) ? APR_SUCCESS
                                                                                  : APR_EGENERAL;
}

apr_status_t mtls_bundle_load_dir(mtls_bundle_t *bundle, const mtls_sourced_t *path,
                                  mtls_faults_t *faults, apr_pool_t *scratch)
{
    mtls_material_use_t use = {
        .directive = bundle->directive, .at = path->at, .files = bundle->files};
    apr_array_header_t *names;
    bool good = true;

    if (mtls_material_list(&names, path->value, MTLS_MATERIAL_CERTS, use, faults, scratch) !=
        APR_SUCCESS)
        return APR_EGENERAL;
    for (int i = 0; i < names->nelts; i++) {
        if (!load_in_subpool(bundle, APR_ARRAY_IDX(names, i, const char *), path->at, true, faults,
                             scratch))
            good = false;
    }
    if (names->nelts == 0) {
        mtls_faults_add(faults, path->at,
                        "%s: %s holds no certificate file (names ending in .pem .crt .cer .der "
                        "or .0 to .9)",
                        bundle->directive, path->value);
        good = false;
    }
    return good ? APR_SUCCESS : APR_EGENERAL;
}
