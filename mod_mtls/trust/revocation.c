/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/revocation.h"

#include <stddef.h>

#define WORD_COUNT (MTLS_STATUS_UNUSABLE + 1)

/* What a word of a source means for the certificate. */
typedef struct {
    mtls_reason_t reason;
    bool forgivable; /* where the lack is SOFT */
} meaning_t;

/* A status that nobody filled in is nobody's judgement, and no source's fault. */
static const meaning_t crl_meanings[] = {
    [MTLS_STATUS_UNASKED] = {MTLS_REASON_UNDECIDED, false},
    [MTLS_STATUS_GOOD] = {MTLS_REASON_GOOD, false},
    [MTLS_STATUS_REVOKED] = {MTLS_REASON_REVOKED, false},
    [MTLS_STATUS_MISSING] = {MTLS_REASON_CRL_MISSING, true},
    [MTLS_STATUS_EXPIRED] = {MTLS_REASON_CRL_EXPIRED, false},
    [MTLS_STATUS_SILENT] = {MTLS_REASON_CRL_UNUSABLE, false},
    [MTLS_STATUS_UNKNOWN] = {MTLS_REASON_CRL_UNUSABLE, false},
    [MTLS_STATUS_UNUSABLE] = {MTLS_REASON_CRL_UNUSABLE, false},
};
_Static_assert(sizeof(crl_meanings) / sizeof(crl_meanings[0]) == WORD_COUNT, "a word is missing");

static const meaning_t ocsp_meanings[] = {
    [MTLS_STATUS_UNASKED] = {MTLS_REASON_UNDECIDED, false},
    [MTLS_STATUS_GOOD] = {MTLS_REASON_GOOD, false},
    [MTLS_STATUS_REVOKED] = {MTLS_REASON_REVOKED, false},
    [MTLS_STATUS_MISSING] = {MTLS_REASON_OCSP_UNREACHABLE, true},
    [MTLS_STATUS_EXPIRED] = {MTLS_REASON_OCSP_UNREACHABLE, false},
    [MTLS_STATUS_SILENT] = {MTLS_REASON_OCSP_UNREACHABLE, true},
    [MTLS_STATUS_UNKNOWN] = {MTLS_REASON_OCSP_UNKNOWN, false},
    [MTLS_STATUS_UNUSABLE] = {MTLS_REASON_OCSP_UNUSABLE, true},
};
_Static_assert(sizeof(ocsp_meanings) / sizeof(ocsp_meanings[0]) == WORD_COUNT, "a word is missing");

/* One source: how it is asked, and what counts when it cannot say. */
typedef struct {
    mtls_status_fn fn;
    bool soft;
    const meaning_t *meanings;
} source_t;

static source_t crl_source(const mtls_revocation_question_t *question)
{
    return (source_t){question->crl_fn, question->crl_lack == MTLS_LACK_SOFT, crl_meanings};
}

static source_t ocsp_source(const mtls_revocation_question_t *question)
{
    return (source_t){question->ocsp_fn, question->ocsp_lack == MTLS_LACK_SOFT, ocsp_meanings};
}

static bool is_forgiven(const source_t *source, mtls_status_word_t word)
{
    return source->soft && source->meanings[word].forgivable;
}

/* @return the word; what it limits is noted. */
static mtls_status_word_t ask(const source_t *source, void *baton, apr_time_t *until)
{
    mtls_status_t status = source->fn(baton);

    if (status.until != 0 && (*until == 0 || status.until < *until))
        *until = status.until;
    return status.word;
}

static void decide_by_all(mtls_revocation_t *result, const source_t *sources, int count,
                          void *baton)
{
    for (int i = 0; i < count && result->reason == MTLS_REASON_GOOD; i++) {
        mtls_status_word_t word = ask(&sources[i], baton, &result->until);

        if (is_forgiven(&sources[i], word))
            result->lenient = true;
        else
            result->reason = sources[i].meanings[word].reason;
    }
    if (result->reason != MTLS_REASON_GOOD)
        result->lenient = false;
}

/* The first who can say decides; when nobody can, each must be forgiven. */
static void decide_by_first(mtls_revocation_t *result, const source_t *sources, int count,
                            void *baton)
{
    mtls_reason_t lack = MTLS_REASON_GOOD;
    bool forgiven = true;

    for (int i = 0; i < count; i++) {
        mtls_status_word_t word = ask(&sources[i], baton, &result->until);

        if (word == MTLS_STATUS_GOOD || word == MTLS_STATUS_REVOKED) {
            result->reason = sources[i].meanings[word].reason;
            return;
        }
        if (i == 0)
            lack = sources[i].meanings[word].reason;
        forgiven = forgiven && is_forgiven(&sources[i], word);
    }
    result->reason = forgiven ? MTLS_REASON_GOOD : lack;
    result->lenient = forgiven && count > 0;
}

mtls_revocation_t mtls_revocation_decide(const mtls_revocation_question_t *question)
{
    bool ocsp_first = question->order == MTLS_ORDER_OCSP_FIRST;
    bool by_first = ocsp_first || question->order == MTLS_ORDER_CRL_FIRST;
    source_t crl = crl_source(question);
    source_t ocsp = ocsp_source(question);
    source_t sources[2];
    int count = 0;
    mtls_revocation_t result = {MTLS_REASON_GOOD, 0, false};

    if (ocsp_first && ocsp.fn != NULL)
        sources[count++] = ocsp;
    if (crl.fn != NULL)
        sources[count++] = crl;
    if (!ocsp_first && ocsp.fn != NULL)
        sources[count++] = ocsp;
    if (by_first)
        decide_by_first(&result, sources, count, question->baton);
    else
        decide_by_all(&result, sources, count, question->baton);
    return result;
}
