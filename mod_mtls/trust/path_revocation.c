/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/path_revocation.h"

#include <openssl/x509_vfy.h>

#include "mtls/trust/profile_parts.h"

/* One certificate of the path while it is decided about. */
typedef struct {
    const mtls_profile_t *profile;
    const mtls_crl_check_t *crls;
    const mtls_verify_means_t *means;
    X509 *cert;
    X509 *issuer;
    int depth;
    apr_time_t now;
    bool unasked;
} question_t;

static void want_crl(const question_t *question)
{
    const mtls_verify_means_t *means = question->means;

    if (means != NULL && means->crl_wanted_fn != NULL)
        means->crl_wanted_fn(means->baton, question->profile, question->cert);
}

static mtls_status_t ask_crls(void *baton)
{
    const question_t *question = baton;
    mtls_status_t status = question->crls->status[question->depth];

    if (status.word != MTLS_STATUS_GOOD && status.word != MTLS_STATUS_REVOKED)
        want_crl(question);
    return status;
}

static mtls_status_t ask_responder(void *baton)
{
    question_t *question = baton;
    mtls_ocsp_question_t asked = {question->cert, question->issuer, &question->profile->ocsp};

    if (question->means != NULL && question->means->ocsp != NULL)
        return mtls_ocsp_status(question->means->ocsp, &asked, question->now);
    question->unasked = true;
    return (mtls_status_t){MTLS_STATUS_GOOD, 0};
}

static bool reaches(mtls_reach_t reach, int depth)
{
    return reach == MTLS_REACH_CHAIN || (reach == MTLS_REACH_LEAF && depth == 0);
}

static mtls_revocation_t decide(question_t *question)
{
    const mtls_profile_t *profile = question->profile;
    bool by_crl = question->crls != NULL && reaches(profile->crl_reach, question->depth);
    bool by_ocsp = reaches(profile->ocsp.reach, question->depth);
    mtls_revocation_question_t all = {.order = profile->order,
                                      .crl_lack = profile->crl_lack,
                                      .ocsp_lack = profile->ocsp.lack,
                                      .crl_fn = by_crl ? ask_crls : NULL,
                                      .ocsp_fn = by_ocsp ? ask_responder : NULL,
                                      .baton = question};
    mtls_revocation_t answer;

    answer = mtls_revocation_decide(&all);
    if (answer.lenient && by_ocsp && question->means != NULL && question->means->ocsp != NULL)
        mtls_ocsp_note_lenient(question->means->ocsp);
    return answer;
}

/* What is not listed is zero, and told as a rule of our own. */
static const int x509_errors[MTLS_REASON_COUNT] = {
    [MTLS_REASON_REVOKED] = X509_V_ERR_CERT_REVOKED,
    [MTLS_REASON_CRL_MISSING] = X509_V_ERR_UNABLE_TO_GET_CRL,
    [MTLS_REASON_CRL_EXPIRED] = X509_V_ERR_CRL_HAS_EXPIRED,
    [MTLS_REASON_OCSP_UNKNOWN] = X509_V_ERR_OCSP_CERT_UNKNOWN,
    [MTLS_REASON_OCSP_UNREACHABLE] = X509_V_ERR_OCSP_VERIFY_NEEDED,
    [MTLS_REASON_OCSP_UNUSABLE] = X509_V_ERR_OCSP_VERIFY_FAILED,
};

static int x509_error_of(mtls_reason_t reason)
{
    if (reason == MTLS_REASON_GOOD)
        return X509_V_OK;
    return x509_errors[reason] != 0 ? x509_errors[reason] : X509_V_ERR_APPLICATION_VERIFICATION;
}

static apr_time_t earlier(apr_time_t a, apr_time_t b)
{
    if (a == 0 || b == 0)
        return a != 0 ? a : b;
    return a < b ? a : b;
}

mtls_path_revocation_t mtls_path_revocation_check(const mtls_profile_t *profile,
                                                  STACK_OF(X509) * path,
                                                  const mtls_crl_check_t *crls,
                                                  const mtls_verify_means_t *means, apr_time_t now)
{
    mtls_path_revocation_t all = {.reason = MTLS_REASON_GOOD};
    int last = sk_X509_num(path) - 1;

    for (int i = 0; i < last && all.reason == MTLS_REASON_GOOD; i++) {
        question_t question = {.profile = profile,
                               .crls = crls,
                               .means = means,
                               .cert = sk_X509_value(path, i),
                               .issuer = sk_X509_value(path, i + 1),
                               .depth = i,
                               .now = now};
        mtls_revocation_t one = decide(&question);

        all.reason = one.reason;
        all.at = one.reason == MTLS_REASON_GOOD ? 0 : i;
        all.until = earlier(all.until, one.until);
        all.lenient = all.lenient || one.lenient;
        all.unasked = all.unasked || question.unasked;
    }
    all.x509_error = x509_error_of(all.reason);
    return all;
}
