/* SPDX-License-Identifier: Apache-2.0 */
#include "ocsp_signer.h"

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "mtls/trust/fault.h"
#include "mtls/trust/strength.h"
#include "mtls/trust/validity.h"

/* Of signers other than the issuer, which the profile has judged; of all signatures on answers. */
static const mtls_strength_t minimum = {2048, 224, 224};

/* Each candidate is tried by itself, so that a foreign certificate of the right name cannot hide
 * the right one. */
typedef struct {
    OCSP_BASICRESP *basic;
    const mtls_ocsp_question_t *question;
    X509_STORE *store; /* the issuer and nobody else */
    time_t now;
    X509 *signer;     /* borrowed; NULL until found */
    const char *text; /* why the first candidate is not the one; NULL: there is none */
    apr_pool_t *pool;
} search_t;

/* RFC 4055 section 3.1: without parameters it is SHA-1. */
static int pss_digest(int type, const void *parameter)
{
    RSA_PSS_PARAMS *pss;
    int digest = NID_undef;

    if (type != V_ASN1_SEQUENCE)
        return NID_undef;
    pss = ASN1_item_unpack(parameter, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
    if (pss != NULL)
        digest = pss->hashAlgorithm != NULL ? OBJ_obj2nid(pss->hashAlgorithm->algorithm) : NID_sha1;
    RSA_PSS_PARAMS_free(pss);
    return digest;
}

static bool is_strong(const X509_ALGOR *signature)
{
    const ASN1_OBJECT *oid;
    const void *parameter;
    int type;
    int digest = NID_undef;
    int key = NID_undef;
    const EVP_MD *md;

    X509_ALGOR_get0(&oid, &type, &parameter, signature);
    if (OBJ_obj2nid(oid) == NID_rsassaPss)
        digest = pss_digest(type, parameter);
    else if (OBJ_find_sigid_algs(OBJ_obj2nid(oid), &digest, &key) != 1)
        return false;
    if (key == NID_ED25519 || key == NID_ED448)
        return true;
    md = EVP_get_digestbynid(digest);
    return md != NULL && EVP_MD_get_size(md) * 8 >= minimum.min_digest_bits;
}

/* Does the answer say that this one signed it? */
static bool is_named(const OCSP_BASICRESP *basic, X509 *cert)
{
    const ASN1_OCTET_STRING *key;
    const X509_NAME *name;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len;

    if (OCSP_resp_get0_id(basic, &key, &name) != 1)
        return false;
    if (name != NULL)
        return X509_NAME_cmp(name, X509_get_subject_name(cert)) == 0;
    return X509_pubkey_digest(cert, EVP_sha1(), digest, &len) == 1 &&
           ASN1_STRING_length(key) == (int)len &&
           memcmp(ASN1_STRING_get0_data(key), digest, len) == 0;
}

static void tell(search_t *search, const char *why)
{
    if (search->text == NULL)
        search->text = why;
}

static const char *verify_detail(apr_pool_t *pool)
{
    const char *data;
    int flags;
    unsigned long code = ERR_peek_last_error_data(&data, &flags);

    /* The one reason that comes with words of OpenSSL's own which tell more. */
    if (ERR_GET_LIB(code) == ERR_LIB_OCSP &&
        ERR_GET_REASON(code) == OCSP_R_CERTIFICATE_VERIFY_ERROR && (flags & ERR_TXT_STRING) != 0)
        return apr_pstrndup(pool, data, 200);
    return mtls_fault_openssl(pool);
}

/*
 * OCSP_NOINTERN is always given: the signer is the candidate, or nobody.
 * @param store  NULL only with OCSP_TRUSTOTHER
 */
static bool has_signed(search_t *search, X509 *candidate, X509_STORE *store, unsigned long flags)
{
    STACK_OF(X509) *only = sk_X509_new_null();
    bool good = only != NULL && sk_X509_push(only, candidate) > 0 &&
                OCSP_basic_verify(search->basic, only, store, flags | OCSP_NOINTERN) == 1;

    if (good)
        search->signer = candidate;
    else
        tell(search, verify_detail(search->pool));
    ERR_clear_error();
    sk_X509_free(only);
    return good;
}

/*
 * The path ends at the issuer, the only certificate that is trusted, and has no other foreign
 * certificate in it: OCSP_NOCHAIN keeps those of the answer out, so that it is the issuer alone or
 * the candidate and the issuer whose key has signed it.  Then OpenSSL compares the issuer's name
 * and key with those of the CertIDs, and asks for id-kp-OCSPSigning.  OCSP_NOEXPLICIT: there is no
 * other way.
 */
static bool has_signed_for_issuer(search_t *search, X509 *candidate)
{
    return has_signed(search, candidate, search->store, OCSP_NOCHAIN | OCSP_NOEXPLICIT);
}

/* Key usage: RFC 5280 section 4.2.1.12. */
static const char *why_not_delegated(X509 *cert)
{
    uint32_t flags = X509_get_extension_flags(cert);

    if ((flags & EXFLAG_INVALID) != 0)
        return "its signer's certificate cannot be read";
    if ((flags & EXFLAG_XKUSAGE) == 0 || (X509_get_extended_key_usage(cert) & XKU_OCSP_SIGN) == 0)
        return "its signer has no id-kp-OCSPSigning";
    if ((X509_get_key_usage(cert) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0)
        return "its signer's key usage forbids signatures";
    if (!mtls_strength_check_key(cert, &minimum))
        return "its signer's key is too weak";
    if (!mtls_strength_check_signature(cert, &minimum))
        return "the signature on its signer's certificate is too weak";
    return NULL;
}

static bool has_delegate_signed(search_t *search, X509 *candidate)
{
    const char *why = why_not_delegated(candidate);

    if (why != NULL)
        tell(search, why);
    return why == NULL && has_signed_for_issuer(search, candidate);
}

/* X509_cmp_time() is 0 for what is no time. */
static const char *why_not_pinned(X509 *cert, time_t now)
{
    if (X509_cmp_time(X509_get0_notBefore(cert), &now) >= 0)
        return "its pinned signer is not yet valid";
    if (X509_cmp_time(X509_get0_notAfter(cert), &now) <= 0)
        return "its pinned signer has expired";
    if (!mtls_strength_check_key(cert, &minimum))
        return "its signer's key is too weak";
    return NULL;
}

/*
 * OCSP_TRUSTOTHER leaves the path and the purpose out and checks the signature.  Harmless: the
 * candidate is the configuration's own copy, never one from the answer; who pinned it has said
 * whose it is and that it may; and its time is looked at here.
 */
static bool has_pinned_signed(search_t *search, X509 *candidate)
{
    const char *why = why_not_pinned(candidate, search->now);

    if (why != NULL)
        tell(search, why);
    return why == NULL && has_signed(search, candidate, NULL, OCSP_TRUSTOTHER);
}

static bool find(search_t *search, const STACK_OF(X509) * candidates,
                 bool (*fn)(search_t *, X509 *))
{
    for (int i = 0; i < sk_X509_num(candidates) && search->signer == NULL; i++) {
        X509 *candidate = sk_X509_value(candidates, i);

        if (is_named(search->basic, candidate))
            fn(search, candidate);
    }
    return search->signer != NULL;
}

static X509_STORE *make_store(X509 *issuer, time_t now)
{
    X509_STORE *store = X509_STORE_new();
    bool good = store != NULL && X509_STORE_add_cert(store, issuer) == 1 &&
                X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) == 1;

    if (good) {
        X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), now);
    } else {
        X509_STORE_free(store);
        store = NULL;
    }
    return store;
}

static bool find_any(search_t *search)
{
    X509 *issuer = search->question->issuer;

    return (is_named(search->basic, issuer) && has_signed_for_issuer(search, issuer)) ||
           find(search, search->question->rules->pinned, has_pinned_signed) ||
           find(search, OCSP_resp_get0_certs(search->basic), has_delegate_signed);
}

const char *mtls_ocsp_signer_check(OCSP_BASICRESP *basic, const mtls_ocsp_question_t *question,
                                   apr_time_t now, apr_time_t *ends, apr_pool_t *pool)
{
    search_t search = {.basic = basic, .question = question, .pool = pool};
    bool good;

    search.now = (time_t)apr_time_sec(now);
    if (!is_strong(OCSP_resp_get0_tbs_sigalg(basic)))
        return "its signature is too weak";
    if (sk_X509_num(OCSP_resp_get0_certs(basic)) > MTLS_OCSP_MAX_CERTS)
        return "it has too many certificates";
    search.store = make_store(question->issuer, search.now);
    if (search.store == NULL)
        return "out of memory";
    good = find_any(&search);
    if (good)
        *ends = mtls_validity_time(X509_get0_notAfter(search.signer));
    X509_STORE_free(search.store);
    if (good)
        return NULL;
    return search.text != NULL ? search.text : "its signer is not known";
}
