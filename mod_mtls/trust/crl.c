/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/crl.h"

#include <apr_strings.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "crl_index.h"
#include "crl_parts.h"
#include "crl_scope.h"
#include "crl_signature.h"
#include "mtls/cert/name_read.h"
#include "mtls/cert/text.h"
#include "mtls/trust/strength.h"
#include "mtls/trust/validity.h"

#define MAX_ISSUER_TEXT 256

/* Where something is in octets that are not kept. */
typedef struct {
    apr_size_t at;
    apr_size_t len;
} span_t;

static span_t span_of(mtls_bytes_t part, mtls_bytes_t whole)
{
    return (span_t){(apr_size_t)(part.data - whole.data), part.len};
}

static mtls_bytes_t part_at(span_t span, mtls_bytes_t whole)
{
    return (mtls_bytes_t){whole.data + span.at, span.len};
}

/* A key that the signature was found good with. */
typedef struct known_key_t {
    EVP_PKEY *key;
    const struct known_key_t *next;
} known_key_t;

struct mtls_crl_t {
    X509_CRL *skeleton;
    mtls_crl_index_t *index;
    mtls_crl_scope_t scope;
    const known_key_t *keys;
    apr_time_t this_update;
    apr_time_t next_update;
    span_t tbs; /* what is signed, and the signature, in the octets that were read */
    span_t signature;
    apr_size_t der_len;
    unsigned char sha256[MTLS_SHA256_LEN];
};

static apr_status_t free_crl(void *data)
{
    mtls_crl_t *crl = data;

    for (const known_key_t *known = crl->keys; known != NULL; known = known->next)
        EVP_PKEY_free(known->key);
    mtls_crl_scope_clear(&crl->scope);
    X509_CRL_free(crl->skeleton);
    return APR_SUCCESS;
}

static const char *read_times(mtls_crl_t *crl)
{
    crl->this_update = mtls_validity_time(X509_CRL_get0_lastUpdate(crl->skeleton));
    crl->next_update = mtls_validity_time(X509_CRL_get0_nextUpdate(crl->skeleton));
    if (crl->this_update == 0 || crl->next_update == 0)
        return "has a thisUpdate or nextUpdate that cannot be read";
    return NULL;
}

static const char *read_head(mtls_crl_t *crl, const mtls_crl_parts_t *parts)
{
    const char *problem;

    crl->skeleton = mtls_crl_parts_skeleton(parts);
    if (crl->skeleton == NULL)
        return "is not a CertificateList that can be decoded";
    problem = read_times(crl);
    if (problem == NULL)
        problem = mtls_crl_scope_read(&crl->scope, crl->skeleton);
    return problem != NULL ? problem : mtls_crl_signature_check(crl->skeleton);
}

static const char *read_list(mtls_crl_t *crl, mtls_bytes_t der, apr_pool_t *pool,
                             apr_pool_t *scratch)
{
    mtls_crl_parts_t parts;
    mtls_crl_index_kind_t kind;
    const char *problem = mtls_crl_parts_read(&parts, der);

    if (problem == NULL)
        problem = read_head(crl, &parts);
    if (problem != NULL)
        return problem;
    crl->tbs = span_of(parts.tbs, der);
    crl->signature = span_of(parts.signature, der);
    crl->der_len = der.len;
    kind = (mtls_crl_index_kind_t){.issuer = X509_CRL_get_issuer(crl->skeleton),
                                   .v2 = parts.v2,
                                   .delta = mtls_crl_is_delta(crl),
                                   .indirect = crl->scope.indirect};
    problem = mtls_crl_index_make(&crl->index, parts.entries, &kind, pool, scratch);
    if (problem == NULL &&
        EVP_Digest(der.data, der.len, crl->sha256, NULL, EVP_sha256(), NULL) != 1)
        problem = mtls_crl_index_no_memory;
    return problem;
}

apr_status_t mtls_crl_read(mtls_crl_t **out, mtls_bytes_t der, const char *path,
                           mtls_material_use_t use, mtls_faults_t *faults, apr_pool_t *pool,
                           apr_pool_t *scratch)
{
    mtls_crl_t *crl = apr_pcalloc(pool, sizeof(*crl));
    const char *problem;

    *out = NULL;
    apr_pool_cleanup_register(pool, crl, free_crl, apr_pool_cleanup_null);
    ERR_clear_error();
    problem = der.len > INT_MAX ? "is too large" : read_list(crl, der, pool, scratch);
    ERR_clear_error();
    if (problem == NULL) {
        *out = crl;
        return APR_SUCCESS;
    }
    mtls_faults_add(faults, use.at, "%s: %s: the revocation list %s", use.directive, path, problem);
    return problem == mtls_crl_index_no_memory ? APR_ENOMEM : APR_EGENERAL;
}

bool mtls_crl_verify(mtls_crl_t *crl, mtls_bytes_t der, X509 *issuer, apr_pool_t *pool)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    known_key_t *known;

    if (key == NULL || der.len != crl->der_len || mtls_strength_is_oversized(issuer))
        return false;
    if (mtls_crl_is_signed_by(crl, key))
        return true;
    if (!mtls_crl_signature_verify(crl->skeleton, part_at(crl->tbs, der),
                                   part_at(crl->signature, der), key) ||
        EVP_PKEY_up_ref(key) != 1)
        return false;
    known = apr_palloc(pool, sizeof(*known));
    *known = (known_key_t){key, crl->keys};
    crl->keys = known;
    return true;
}

bool mtls_crl_is_signed_by(const mtls_crl_t *crl, EVP_PKEY *key)
{
    for (const known_key_t *known = crl->keys; known != NULL; known = known->next) {
        if (EVP_PKEY_eq(known->key, key) == 1)
            return true;
    }
    return false;
}

bool mtls_crl_is_verified(const mtls_crl_t *crl)
{
    return crl->keys != NULL;
}

X509_CRL *mtls_crl_skeleton(const mtls_crl_t *crl)
{
    return crl->skeleton;
}

mtls_crl_entry_t mtls_crl_find(const mtls_crl_t *crl, X509 *cert)
{
    return mtls_crl_index_find(crl->index, cert);
}

bool mtls_crl_is_delta(const mtls_crl_t *crl)
{
    return crl->scope.base != NULL;
}

bool mtls_crl_is_indirect(const mtls_crl_t *crl)
{
    return crl->scope.indirect;
}

apr_time_t mtls_crl_this_update(const mtls_crl_t *crl)
{
    return crl->this_update;
}

apr_time_t mtls_crl_next_update(const mtls_crl_t *crl)
{
    return crl->next_update;
}

apr_size_t mtls_crl_count(const mtls_crl_t *crl)
{
    return mtls_crl_index_count(crl->index);
}

apr_size_t mtls_crl_octets(const mtls_crl_t *crl)
{
    return mtls_crl_index_octets(crl->index);
}

const unsigned char *mtls_crl_sha256(const mtls_crl_t *crl)
{
    return crl->sha256;
}

/* Where one of them was not verified, nothing is known of its key. */
static bool may_share_key(const mtls_crl_t *a, const mtls_crl_t *b)
{
    for (const known_key_t *known = a->keys; known != NULL; known = known->next) {
        if (mtls_crl_is_signed_by(b, known->key))
            return true;
    }
    return a->keys == NULL || b->keys == NULL;
}

bool mtls_crl_is_same_list(const mtls_crl_t *a, const mtls_crl_t *b)
{
    return may_share_key(a, b) && mtls_crl_is_delta(a) == mtls_crl_is_delta(b) &&
           mtls_crl_scope_is_same(a->skeleton, b->skeleton);
}

/* RFC 5280 section 5.2.4, as OpenSSL has it too. */
mtls_crl_base_t mtls_crl_base_of(const mtls_crl_t *delta, const mtls_crl_t *list)
{
    if (mtls_crl_is_delta(list) || !mtls_crl_is_delta(delta) || !may_share_key(delta, list) ||
        !mtls_crl_scope_is_same(delta->skeleton, list->skeleton))
        return MTLS_CRL_BASE_NONE;
    if (list->scope.number == NULL || ASN1_INTEGER_cmp(list->scope.number, delta->scope.base) < 0)
        return MTLS_CRL_BASE_BEHIND;
    return ASN1_INTEGER_cmp(list->scope.number, delta->scope.number) < 0 ? MTLS_CRL_BASE_FITS
                                                                         : MTLS_CRL_BASE_AHEAD;
}

int mtls_crl_compare_age(const mtls_crl_t *a, const mtls_crl_t *b)
{
    int by_number = 0;

    if (a->scope.number != NULL && b->scope.number != NULL)
        by_number = ASN1_INTEGER_cmp(a->scope.number, b->scope.number);
    if (by_number != 0)
        return by_number;
    return (a->this_update > b->this_update) - (a->this_update < b->this_update);
}

static const char *issuer_text(const mtls_crl_t *crl, apr_pool_t *pool)
{
    const unsigned char *der;
    size_t len;
    mtls_name_t name;

    if (X509_NAME_get0_der(X509_CRL_get_issuer(crl->skeleton), &der, &len) != 1 ||
        !mtls_name_read(&name, (mtls_bytes_t){der, len}, pool))
        return "(unreadable name)";
    return mtls_name_write(&name, MAX_ISSUER_TEXT, pool);
}

static const char *number_text(const mtls_crl_t *crl, apr_pool_t *pool)
{
    char *digits;
    const char *text;

    if (crl->scope.number == NULL)
        return "no number";
    digits = i2s_ASN1_INTEGER(NULL, crl->scope.number);
    text = digits != NULL ? apr_pstrcat(pool, "number ", digits, NULL) : "a number";
    OPENSSL_free(digits);
    return text;
}

static const char *time_text(apr_time_t when, apr_pool_t *pool)
{
    apr_time_exp_t parts;

    if (apr_time_exp_gmt(&parts, when) != APR_SUCCESS)
        return "(unreadable time)";
    return apr_psprintf(pool, "%04d-%02d-%02d %02d:%02d:%02dZ", parts.tm_year + 1900,
                        parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

const char *mtls_crl_describe(const mtls_crl_t *crl, apr_pool_t *pool)
{
    return apr_psprintf(pool, "%s; %s%s, %" APR_SIZE_T_FMT " entries, until %s",
                        issuer_text(crl, pool), mtls_crl_is_delta(crl) ? "delta " : "",
                        number_text(crl, pool), mtls_crl_count(crl),
                        time_text(crl->next_update, pool));
}
