/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/stepup.h"

static mtls_stepup_answer_t answer(mtls_stepup_do_t action, mtls_reason_t reason)
{
    return (mtls_stepup_answer_t){action, reason};
}

/* Whether the client speaks a method at all, whatever state the connection is in. */
static bool client_can(const mtls_stepup_facts_t *facts, mtls_stepup_method_t method)
{
    switch (method) {
    case MTLS_STEPUP_POST_HANDSHAKE:
        return facts->tls13 && facts->offers_pha;
    case MTLS_STEPUP_RENEGOTIATE:
        return !facts->tls13 && facts->secure_reneg;
    case MTLS_STEPUP_REDIRECT:
    case MTLS_STEPUP_REDIRECT_POST:
    case MTLS_STEPUP_NONE:
    case MTLS_STEPUP_METHODS:
        break;
    }
    return false;
}

/* The first configured method that this client speaks, or NONE. */
static mtls_stepup_method_t first_method(const mtls_stepup_facts_t *facts)
{
    int i;

    for (i = 0; facts->order.set && i < MTLS_STEPUP_METHODS - 1; i++) {
        if (client_can(facts, facts->order.methods[i])) {
            return facts->order.methods[i];
        }
    }
    return MTLS_STEPUP_NONE;
}

/* What to do about a missing certificate; REFUSE when there is nothing to do. */
static mtls_stepup_do_t remedy(const mtls_stepup_facts_t *facts)
{
    mtls_stepup_method_t method = first_method(facts);

    if (method == MTLS_STEPUP_NONE || facts->attempts_left <= 0 || facts->asked_now) {
        return MTLS_STEPUP_REFUSE;
    }
    if (facts->http2) {
        return facts->requires ? MTLS_STEPUP_DO_HTTP11 : MTLS_STEPUP_REFUSE;
    }
    if (facts->proofs_full) {
        return MTLS_STEPUP_REFUSE;
    }
    if (method == MTLS_STEPUP_POST_HANDSHAKE) {
        return MTLS_STEPUP_DO_POST_HANDSHAKE;
    }
    return facts->pipelined ? MTLS_STEPUP_REFUSE : MTLS_STEPUP_DO_RENEGOTIATE;
}

/* Why there is no certificate and no remedy. */
static mtls_reason_t why_not(const mtls_stepup_facts_t *facts)
{
    bool off = !facts->order.set || facts->order.methods[0] == MTLS_STEPUP_NONE;

    if (facts->seen != MTLS_REASON_UNDECIDED && facts->seen != MTLS_REASON_GOOD) {
        return facts->seen;
    }
    if (facts->asked_now) {
        return MTLS_REASON_DECLINED;
    }
    if (off) {
        return MTLS_REASON_NO_CERTIFICATE;
    }
    if (!facts->http2 && facts->attempts_left <= 0 && first_method(facts) != MTLS_STEPUP_NONE) {
        return MTLS_REASON_DECLINED;
    }
    return MTLS_REASON_STEP_UP_UNAVAILABLE;
}

mtls_stepup_answer_t mtls_stepup_next(const mtls_stepup_facts_t *facts)
{
    mtls_stepup_do_t lacking = facts->requires ? MTLS_STEPUP_REFUSE : MTLS_STEPUP_PROCEED;
    mtls_stepup_do_t action;

    if (!facts->asks && !facts->requires) {
        return answer(MTLS_STEPUP_PROCEED, MTLS_REASON_UNDECIDED);
    }
    if (!facts->tls && facts->requires) {
        return answer(MTLS_STEPUP_REFUSE, MTLS_REASON_NOT_TLS);
    }
    if (facts->misdirected) {
        return answer(MTLS_STEPUP_REFUSE, MTLS_REASON_MISDIRECTED);
    }
    if (!facts->tls) {
        return answer(MTLS_STEPUP_PROCEED, MTLS_REASON_NOT_TLS);
    }
    if (facts->acceptable) {
        return answer(MTLS_STEPUP_PROCEED, MTLS_REASON_GOOD);
    }
    action = remedy(facts);
    return answer(action == MTLS_STEPUP_REFUSE ? lacking : action, why_not(facts));
}

const char *mtls_stepup_method_word(mtls_stepup_method_t method)
{
    switch (method) {
    case MTLS_STEPUP_POST_HANDSHAKE:
        return "post-handshake";
    case MTLS_STEPUP_RENEGOTIATE:
        return "renegotiate";
    case MTLS_STEPUP_REDIRECT:
        return "redirect";
    case MTLS_STEPUP_REDIRECT_POST:
        return "redirect-post";
    case MTLS_STEPUP_NONE:
    case MTLS_STEPUP_METHODS:
        break;
    }
    return "none";
}
