/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/verify.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "mtls/cert/chain_x509.h"
#include "mtls/trust/path_revocation.h"
#include "mtls/trust/profile_parts.h"
#include "mtls/trust/purpose.h"
#include "mtls/trust/strength.h"
#include "mtls/trust/validity.h"
#include "mtls/trust/x509_reason.h"

/* Candidates a peer may send for path building, whatever the limits of the chain were. */
#define MAX_UNTRUSTED 32

/* One question while it is answered. */
typedef struct {
    const mtls_profile_t *profile;
    const mtls_chain_t *chain;
    const mtls_verify_means_t *means;
    apr_time_t now;
    mtls_crl_check_t crls;
    apr_time_t revocation_until; /* 0: not limited by it */
    X509 *leaf;
    STACK_OF(X509) * untrusted; /* owned; NULL for pins only */
    STACK_OF(X509) * path;      /* owned; as far as it was built */
    mtls_verdict_t verdict;
} judgement_t;

static bool refuse(judgement_t *j, mtls_reason_t reason, int error_depth, int x509_error)
{
    j->verdict.reason = reason;
    j->verdict.error_depth = error_depth;
    j->verdict.x509_error = x509_error;
    return false;
}

/* Our own rules have no error of OpenSSL's; a refusal never carries X509_V_OK. */
static bool refuse_by_rule(judgement_t *j, mtls_reason_t reason, int error_depth)
{
    return refuse(j, reason, error_depth, X509_V_ERR_APPLICATION_VERIFICATION);
}

/* Before anything is verified with its key. */
static bool check_certificate(judgement_t *j, X509 *cert, int depth)
{
    if ((X509_get_extension_flags(cert) & EXFLAG_INVALID) != 0)
        return refuse(j, MTLS_REASON_MALFORMED, depth, X509_V_ERR_INVALID_EXTENSION);
    if (X509_get0_pubkey(cert) == NULL)
        return refuse_by_rule(j, MTLS_REASON_MALFORMED, depth);
    if (mtls_strength_is_oversized(cert))
        return refuse_by_rule(j, MTLS_REASON_WEAK_KEY, depth);
    return true;
}

static bool append(judgement_t *j, const STACK_OF(X509) * known)
{
    for (int i = 0; i < sk_X509_num(known); i++) {
        X509 *cert = sk_X509_value(known, i);

        if (X509_up_ref(cert) != 1)
            return refuse_by_rule(j, MTLS_REASON_INTERNAL, 0);
        if (sk_X509_push(j->untrusted, cert) == 0) {
            X509_free(cert);
            return refuse_by_rule(j, MTLS_REASON_INTERNAL, 0);
        }
    }
    return true;
}

static bool gather(judgement_t *j)
{
    if (!check_certificate(j, j->leaf, 0))
        return false;
    if (mtls_profile_is_pins_only(j->profile))
        return true;
    if (mtls_chain_count(j->chain) > MAX_UNTRUSTED + 1)
        return refuse(j, MTLS_REASON_CHAIN_TOO_LONG, 0, X509_V_ERR_CERT_CHAIN_TOO_LONG);
    j->untrusted = mtls_chain_get1_rest(j->chain);
    if (j->untrusted == NULL)
        return refuse_by_rule(j, MTLS_REASON_MALFORMED, 0);
    for (int i = 0; i < sk_X509_num(j->untrusted); i++) {
        if (!check_certificate(j, sk_X509_value(j->untrusted, i), i + 1))
            return false;
    }
    return append(j, j->profile->intermediates) &&
           (j->profile->crls == NULL || append(j, mtls_crl_set_signers(j->profile->crls)));
}

static bool is_spki_pinned(const judgement_t *j)
{
    unsigned char digest[MTLS_SHA256_LEN];
    unsigned char *der = NULL;
    int len;
    bool pinned;

    if (mtls_pins_count(j->profile->pins, MTLS_PIN_SPKI) == 0)
        return false;
    len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(j->leaf), &der);
    pinned = len > 0 && EVP_Digest(der, (size_t)len, digest, NULL, EVP_sha256(), NULL) == 1 &&
             mtls_pins_check(j->profile->pins, MTLS_PIN_SPKI, digest);
    OPENSSL_free(der);
    return pinned;
}

/* A pinned key says nothing about the certificate around it, so where that certificate can be
 * checked with the key itself, it is. */
static bool check_self_signature(judgement_t *j)
{
    if ((X509_get_extension_flags(j->leaf) & EXFLAG_SI) == 0)
        return true;
    if (X509_verify(j->leaf, X509_get0_pubkey(j->leaf)) != 1)
        return refuse(j, MTLS_REASON_BAD_SIGNATURE, 0, X509_V_ERR_CERT_SIGNATURE_FAILURE);
    if (!mtls_strength_check_signature(j->leaf, &j->profile->strength))
        return refuse(j, MTLS_REASON_WEAK_SIGNATURE, 0, X509_V_ERR_CA_MD_TOO_WEAK);
    return true;
}

static bool check_pins(judgement_t *j)
{
    if (j->profile->counts.pins == 0)
        return true;
    if (mtls_pins_check(j->profile->pins, MTLS_PIN_CERT, mtls_chain_leaf_sha256(j->chain)))
        return true;
    if (!is_spki_pinned(j))
        return refuse_by_rule(j, MTLS_REASON_NOT_PINNED, 0);
    return !mtls_profile_is_pins_only(j->profile) || check_self_signature(j);
}

static bool attach_crls(X509_STORE_CTX *context, judgement_t *j)
{
    j->crls.set = j->profile->crls;
    j->crls.grace = j->profile->crl_grace;
    j->crls.now = j->now;
    return j->crls.set == NULL || mtls_crl_check_attach(context, &j->crls, j->profile->crl_reach);
}

/* Pins only: the leaf is the one trusted certificate, for this call and for itself alone. */
static bool init_context(X509_STORE_CTX *context, judgement_t *j, STACK_OF(X509) * alone)
{
    bool pins_only = mtls_profile_is_pins_only(j->profile);
    X509_VERIFY_PARAM *params;

    if (X509_STORE_CTX_init(context, pins_only ? NULL : j->profile->store, j->leaf, j->untrusted) !=
        1)
        return false;
    params = X509_STORE_CTX_get0_param(context);
    if (X509_VERIFY_PARAM_set1(params, j->profile->params) != 1)
        return false;
    X509_VERIFY_PARAM_set_time(params, (time_t)apr_time_sec(j->now));
    if (!pins_only)
        return attach_crls(context, j);
    X509_STORE_CTX_set0_trusted_stack(context, alone);
    return X509_VERIFY_PARAM_set_flags(params, X509_V_FLAG_PARTIAL_CHAIN) == 1 &&
           sk_X509_push(alone, j->leaf) != 0;
}

static bool judge_path(judgement_t *j, X509_STORE_CTX *context)
{
    int result = X509_verify_cert(context);
    int error = X509_STORE_CTX_get_error(context);

    j->path = X509_STORE_CTX_get1_chain(context);
    if (result < 0)
        return refuse(j, MTLS_REASON_INTERNAL, 0, X509_V_ERR_UNSPECIFIED);
    if (result != 1 || error != X509_V_OK)
        return refuse(j, mtls_x509_reason(error), X509_STORE_CTX_get_error_depth(context),
                      error != X509_V_OK ? error : X509_V_ERR_UNSPECIFIED);
    if (sk_X509_num(j->path) < 1)
        return refuse(j, MTLS_REASON_INTERNAL, 0, X509_V_ERR_OUT_OF_MEM);
    return true;
}

static bool build_path(judgement_t *j)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *alone = sk_X509_new_null();
    bool good = false;

    if (context != NULL && alone != NULL && init_context(context, j, alone))
        good = judge_path(j, context);
    else
        refuse(j, MTLS_REASON_INTERNAL, 0, X509_V_ERR_OUT_OF_MEM);
    X509_STORE_CTX_free(context);
    sk_X509_free(alone);
    return good;
}

static bool check_purpose(judgement_t *j)
{
    int at_fault;

    if (mtls_purpose_check(&j->profile->purpose, j->path, &at_fault))
        return true;
    return refuse(j, MTLS_REASON_WRONG_PURPOSE, at_fault, X509_V_ERR_INVALID_PURPOSE);
}

/* Nobody relies on the signature of the last certificate: being configured is what makes it
 * trusted. */
static bool check_strength(judgement_t *j)
{
    const mtls_strength_t *minimum = &j->profile->strength;
    int last = sk_X509_num(j->path) - 1;

    for (int i = 0; i <= last; i++) {
        X509 *cert = sk_X509_value(j->path, i);

        if (!mtls_strength_check_key(cert, minimum))
            return refuse(j, MTLS_REASON_WEAK_KEY, i,
                          i == 0 ? X509_V_ERR_EE_KEY_TOO_SMALL : X509_V_ERR_CA_KEY_TOO_SMALL);
        if (i < last && !mtls_strength_check_signature(cert, minimum))
            return refuse(j, MTLS_REASON_WEAK_SIGNATURE, i, X509_V_ERR_CA_MD_TOO_WEAK);
    }
    return true;
}

static bool lists_policy(X509 *cert, STACK_OF(ASN1_OBJECT) * wanted)
{
    CERTIFICATEPOLICIES *listed = X509_get_ext_d2i(cert, NID_certificate_policies, NULL, NULL);
    bool found = false;

    for (int i = 0; i < sk_POLICYINFO_num(listed) && !found; i++) {
        const POLICYINFO *info = sk_POLICYINFO_value(listed, i);

        for (int k = 0; k < sk_ASN1_OBJECT_num(wanted) && !found; k++)
            found = OBJ_cmp(info->policyid, sk_ASN1_OBJECT_value(wanted, k)) == 0;
    }
    CERTIFICATEPOLICIES_free(listed);
    return found;
}

/* RFC 5280 section 6.1 leaves the anchor out of the path, so a leaf that is its own anchor would
 * satisfy any policy without having one. */
static bool check_lone_policy(judgement_t *j)
{
    if (sk_X509_num(j->path) > 1 || sk_ASN1_OBJECT_num(j->profile->policies) == 0 ||
        lists_policy(j->leaf, j->profile->policies))
        return true;
    return refuse(j, MTLS_REASON_WRONG_POLICY, 0, X509_V_ERR_NO_EXPLICIT_POLICY);
}

static bool check_rules(judgement_t *j)
{
    if (sk_X509_num(j->path) - 1 > j->profile->depth)
        return refuse(j, MTLS_REASON_CHAIN_TOO_LONG, j->profile->depth + 1,
                      X509_V_ERR_CERT_CHAIN_TOO_LONG);
    if (!check_purpose(j) || !check_strength(j) || !check_lone_policy(j))
        return false;
    if (j->profile->max_lifetime != 0 &&
        !mtls_validity_check_lifetime(j->leaf, j->profile->max_lifetime))
        return refuse_by_rule(j, MTLS_REASON_LIFETIME_TOO_LONG, 0);
    return true;
}

static bool check_revocation(judgement_t *j)
{
    mtls_path_revocation_t found = mtls_path_revocation_check(
        j->profile, j->path, j->crls.set != NULL ? &j->crls : NULL, j->means, j->now);

    j->revocation_until = found.until;
    j->verdict.lenient = found.lenient;
    j->verdict.unasked = found.unasked;
    return found.reason == MTLS_REASON_GOOD || refuse(j, found.reason, found.at, found.x509_error);
}

/* Empties the queue.  A failure for want of memory may look like any other refusal. */
static bool ran_out_of_memory(void)
{
    bool found = false;
    unsigned long code;

    while ((code = ERR_get_error()) != 0)
        found = found || ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
    return found;
}

static apr_time_t valid_until(const judgement_t *j)
{
    apr_time_t until = j->now + MTLS_VERDICT_MAX_AGE;

    if (j->verdict.reason == MTLS_REASON_INTERNAL)
        return j->now;
    if (j->revocation_until != 0 && j->revocation_until < until)
        until = j->revocation_until;
    until = mtls_validity_next_change(j->path, j->now, until);
    if (j->verdict.reason != MTLS_REASON_GOOD)
        until = mtls_validity_next_change(j->untrusted, j->now, until);
    return until;
}

mtls_verdict_t mtls_verify(const mtls_profile_t *profile, const mtls_chain_t *chain,
                           const mtls_verify_means_t *means, apr_time_t now)
{
    judgement_t j = {.profile = profile, .chain = chain, .means = means, .now = now};
    bool good;

    ERR_clear_error();
    j.leaf = mtls_chain_get0_leaf(chain);
    good =
        gather(&j) && check_pins(&j) && build_path(&j) && check_rules(&j) && check_revocation(&j);
    if (ran_out_of_memory())
        good = refuse(&j, MTLS_REASON_INTERNAL, 0, X509_V_ERR_OUT_OF_MEM);
    if (good)
        j.verdict.reason = MTLS_REASON_GOOD;
    j.verdict.depth = j.path != NULL ? sk_X509_num(j.path) - 1 : 0;
    j.verdict.valid_until = valid_until(&j);
    sk_X509_pop_free(j.path, X509_free);
    sk_X509_pop_free(j.untrusted, X509_free);
    return j.verdict;
}
