/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/stepup.h"

#include <stddef.h>

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

/* Whether a place names a method at all. */
static bool names(const mtls_stepup_order_t *order, mtls_stepup_method_t method)
{
    int i;

    for (i = 0; order->set && i < MTLS_STEPUP_MAX_ORDER; i++) {
        if (order->methods[i] == method) {
            return true;
        }
    }
    return false;
}

bool mtls_stepup_redirects(const mtls_stepup_order_t *order)
{
    return names(order, MTLS_STEPUP_REDIRECT) || names(order, MTLS_STEPUP_REDIRECT_POST);
}

/* Whether a method that the place names is one that this client speaks. */
static bool is_askable(const mtls_stepup_facts_t *facts)
{
    return (client_can(facts, MTLS_STEPUP_POST_HANDSHAKE) &&
            names(&facts->order, MTLS_STEPUP_POST_HANDSHAKE)) ||
           (client_can(facts, MTLS_STEPUP_RENEGOTIATE) &&
            names(&facts->order, MTLS_STEPUP_RENEGOTIATE));
}

/* Whether the place would send this request away, if it is of a kind that can be sent.  What the
 * cache cannot say of a ticket it could not say of the next one either. */
static bool sends(const mtls_stepup_facts_t *facts)
{
    return facts->requires && facts->has_address && mtls_stepup_redirects(&facts->order) &&
           !facts->asked_now && facts->seen != MTLS_REASON_TICKET_UNAVAILABLE;
}

static bool can_be_sent(const mtls_stepup_facts_t *facts)
{
    switch (facts->visit) {
    case MTLS_VISIT_PAGE:
    case MTLS_VISIT_PROGRAM:
        return true;
    case MTLS_VISIT_FORM:
        return names(&facts->order, MTLS_STEPUP_REDIRECT_POST);
    case MTLS_VISIT_OTHER:
    case MTLS_VISIT_SCRIPT:
    case MTLS_VISIT_PREFLIGHT:
        break;
    }
    return false;
}

static mtls_stepup_do_t send_away(const mtls_stepup_facts_t *facts)
{
    return sends(facts) && can_be_sent(facts) ? MTLS_STEPUP_DO_REDIRECT : MTLS_STEPUP_REFUSE;
}

/* What a method of the connection comes to; REFUSE when it is not possible. */
static mtls_stepup_do_t ask(const mtls_stepup_facts_t *facts, mtls_stepup_method_t method)
{
    if (!client_can(facts, method) || facts->attempts_left <= 0 || facts->asked_now) {
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

static mtls_stepup_do_t attempt(const mtls_stepup_facts_t *facts, mtls_stepup_method_t method)
{
    switch (method) {
    case MTLS_STEPUP_POST_HANDSHAKE:
    case MTLS_STEPUP_RENEGOTIATE:
        return ask(facts, method);
    case MTLS_STEPUP_REDIRECT:
    case MTLS_STEPUP_REDIRECT_POST:
        return send_away(facts);
    case MTLS_STEPUP_NONE:
    case MTLS_STEPUP_METHODS:
        break;
    }
    return MTLS_STEPUP_REFUSE;
}

/* What to do about a missing certificate; REFUSE when there is nothing to do. */
static mtls_stepup_do_t remedy(const mtls_stepup_facts_t *facts)
{
    mtls_stepup_do_t action = MTLS_STEPUP_REFUSE;
    int i;

    if (facts->http2 && facts->visit != MTLS_VISIT_PROGRAM) {
        action = send_away(facts);
    }
    for (i = 0; facts->order.set && action == MTLS_STEPUP_REFUSE && i < MTLS_STEPUP_MAX_ORDER;
         i++) {
        action = attempt(facts, facts->order.methods[i]);
    }
    return action;
}

/* Whether a reason tells a client no more than that it should get itself a ticket. */
static bool says_little(mtls_reason_t seen)
{
    static const mtls_reason_t little[] = {MTLS_REASON_UNDECIDED,       MTLS_REASON_GOOD,
                                           MTLS_REASON_NO_CERTIFICATE,  MTLS_REASON_DECLINED,
                                           MTLS_REASON_TICKET_EXPIRED,  MTLS_REASON_TICKET_AUDIENCE,
                                           MTLS_REASON_TICKET_UNUSABLE, MTLS_REASON_TICKET_REVOKED};
    size_t i;

    for (i = 0; i < sizeof(little) / sizeof(little[0]); i++) {
        if (seen == little[i]) {
            return true;
        }
    }
    return false;
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
    if (!facts->http2 && facts->attempts_left <= 0 && is_askable(facts)) {
        return MTLS_REASON_DECLINED;
    }
    return MTLS_REASON_STEP_UP_UNAVAILABLE;
}

/* What to do without an acceptable proof. */
static mtls_stepup_answer_t without_proof(const mtls_stepup_facts_t *facts)
{
    mtls_stepup_do_t lacking = facts->requires ? MTLS_STEPUP_REFUSE : MTLS_STEPUP_PROCEED;
    mtls_stepup_do_t action = remedy(facts);

    if (action == MTLS_STEPUP_DO_REDIRECT && facts->looping) {
        return answer(MTLS_STEPUP_REFUSE, MTLS_REASON_STEP_UP_LOOP);
    }
    if (action == MTLS_STEPUP_DO_REDIRECT && facts->target_too_long) {
        return answer(MTLS_STEPUP_REFUSE, MTLS_REASON_ADDRESS_TOO_LONG);
    }
    if (action != MTLS_STEPUP_REFUSE) {
        return answer(action, why_not(facts));
    }
    if (sends(facts) && says_little(facts->seen)) {
        return answer(MTLS_STEPUP_REFUSE, MTLS_REASON_STEP_UP_REQUIRED);
    }
    return answer(lacking, why_not(facts));
}

mtls_stepup_answer_t mtls_stepup_next(const mtls_stepup_facts_t *facts)
{
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
    return without_proof(facts);
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
