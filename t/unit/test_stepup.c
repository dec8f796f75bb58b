/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/stepup.h"
#include "run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define PHA          MTLS_STEPUP_POST_HANDSHAKE
#define RENEG        MTLS_STEPUP_RENEGOTIATE
#define REDIR        MTLS_STEPUP_REDIRECT
#define POST         MTLS_STEPUP_REDIRECT_POST
#define OFF                                                                                        \
    {                                                                                              \
        .set = true                                                                                \
    }
#define PHA_FIRST                                                                                  \
    {                                                                                              \
        .set = true, .methods = { PHA, RENEG }                                                     \
    }
#define RENEG_FIRST                                                                                \
    {                                                                                              \
        .set = true, .methods = { RENEG, PHA }                                                     \
    }
#define ONLY_PHA                                                                                   \
    {                                                                                              \
        .set = true, .methods = { PHA }                                                            \
    }
#define ONLY_RENEG                                                                                 \
    {                                                                                              \
        .set = true, .methods = { RENEG }                                                          \
    }

#define ORDER(...)                                                                                 \
    {                                                                                              \
        .set = true, .methods = { __VA_ARGS__ }                                                    \
    }

/* Where a method stands in an order; -1: nowhere. */
static int position(const mtls_stepup_order_t *order, mtls_stepup_method_t method)
{
    int i;

    for (i = 0; order->set && i < MTLS_STEPUP_MAX_ORDER; i++) {
        if (order->methods[i] == method) {
            return i;
        }
    }
    return -1;
}

static bool has_method(const mtls_stepup_order_t *order, mtls_stepup_method_t method)
{
    return position(order, method) >= 0;
}

/* Sixteen truths in the bits of an index, so that a loop meets every combination.  The first
 * thirteen are all there is where nothing can be sent elsewhere. */
enum { TRUTHS = 1 << 13, ALL_TRUTHS = 1 << 16 };

static mtls_stepup_facts_t facts_of(unsigned bits)
{
    return (mtls_stepup_facts_t){
        .asks = bits & 1,
        .requires = bits >> 1 & 1,
        .acceptable = bits >> 2 & 1,
        .tls = bits >> 3 & 1,
        .misdirected = bits >> 4 & 1,
        .http2 = bits >> 5 & 1,
        .tls13 = bits >> 6 & 1,
        .offers_pha = bits >> 7 & 1,
        .secure_reneg = bits >> 8 & 1,
        .pipelined = bits >> 9 & 1,
        .proofs_full = bits >> 10 & 1,
        .asked_now = bits >> 11 & 1,
        .attempts_left = bits >> 12 & 1,
        .has_address = bits >> 13 & 1,
        .looping = bits >> 14 & 1,
        .target_too_long = bits >> 15 & 1,
    };
}

static bool is_remedy(mtls_stepup_do_t action)
{
    switch (action) {
    case MTLS_STEPUP_DO_POST_HANDSHAKE:
    case MTLS_STEPUP_DO_RENEGOTIATE:
    case MTLS_STEPUP_DO_HTTP11:
    case MTLS_STEPUP_DO_REDIRECT:
        return true;
    case MTLS_STEPUP_REFUSE:
    case MTLS_STEPUP_PROCEED:
        break;
    }
    return false;
}

static bool speaks_pha(const mtls_stepup_facts_t *f)
{
    return f->tls13 && f->offers_pha && has_method(&f->order, PHA);
}

static bool speaks_reneg(const mtls_stepup_facts_t *f)
{
    return !f->tls13 && f->secure_reneg && has_method(&f->order, RENEG);
}

/* Whether something must be done at all. */
static bool lacks_proof(const mtls_stepup_facts_t *f)
{
    return (f->asks || f->requires) && f->tls && !f->misdirected && !f->acceptable;
}

/* Whether the client can be asked on this connection, or on HTTP/1.1 instead of it. */
static bool can_be_asked(const mtls_stepup_facts_t *f)
{
    if (!lacks_proof(f) || f->attempts_left <= 0 || f->asked_now) {
        return false;
    }
    if (f->http2) {
        return f->requires && (speaks_pha(f) || speaks_reneg(f));
    }
    return !f->proofs_full && (speaks_pha(f) || (speaks_reneg(f) && !f->pipelined));
}

/* Whether a request of the right kind would be sent elsewhere here. */
static bool place_sends(const mtls_stepup_facts_t *f)
{
    return f->requires && lacks_proof(f) && f->has_address && !f->asked_now &&
           (has_method(&f->order, REDIR) || has_method(&f->order, POST)) &&
           f->seen != MTLS_REASON_TICKET_UNAVAILABLE;
}

/* Whether the request is of that kind. */
static bool kind_travels(const mtls_stepup_facts_t *f)
{
    return f->visit == MTLS_VISIT_PAGE || f->visit == MTLS_VISIT_PROGRAM ||
           (f->visit == MTLS_VISIT_FORM && has_method(&f->order, POST));
}

/* Whether asking on the connection comes before the redirect. */
static bool asked_first(const mtls_stepup_facts_t *f)
{
    int redirect =
        has_method(&f->order, REDIR) ? position(&f->order, REDIR) : position(&f->order, POST);
    int ask = position(&f->order, f->tls13 ? PHA : RENEG);

    return can_be_asked(f) && ask < redirect && (!f->http2 || f->visit == MTLS_VISIT_PROGRAM);
}

/* Whether every fact that a remedy depends on was stated. */
static bool remedy_is_lawful(const mtls_stepup_facts_t *f, mtls_stepup_do_t action)
{
    bool room = !f->http2 && !f->proofs_full;

    if (action == MTLS_STEPUP_DO_REDIRECT) {
        return place_sends(f) && kind_travels(f) && !f->looping && !f->target_too_long;
    }
    if (!lacks_proof(f) || f->attempts_left <= 0 || f->asked_now) {
        return false;
    }
    if (action == MTLS_STEPUP_DO_POST_HANDSHAKE) {
        return speaks_pha(f) && room;
    }
    if (action == MTLS_STEPUP_DO_RENEGOTIATE) {
        return speaks_reneg(f) && room && !f->pipelined;
    }
    return f->http2 && f->requires && (speaks_pha(f) || speaks_reneg(f));
}

/* Whether .seen says no more than that a ticket is needed. */
static bool is_little(mtls_reason_t seen)
{
    return seen == MTLS_REASON_UNDECIDED || seen == MTLS_REASON_GOOD ||
           seen == MTLS_REASON_NO_CERTIFICATE || seen == MTLS_REASON_DECLINED ||
           seen == MTLS_REASON_TICKET_EXPIRED || seen == MTLS_REASON_TICKET_AUDIENCE ||
           seen == MTLS_REASON_TICKET_UNUSABLE || seen == MTLS_REASON_TICKET_REVOKED;
}

/* The first law of being sent elsewhere that the answer breaks, or NULL. */
static const char *broken_law_of_sending(const mtls_stepup_facts_t *f, mtls_stepup_answer_t a)
{
    bool sent = place_sends(f) && kind_travels(f) && !asked_first(f);
    bool told = place_sends(f) && !kind_travels(f) && !can_be_asked(f) && is_little(f->seen);

    if ((a.action == MTLS_STEPUP_DO_REDIRECT) != (sent && !f->looping && !f->target_too_long)) {
        return "sent exactly where the place sends, the kind travels and nothing comes before";
    }
    if ((a.reason == MTLS_REASON_STEP_UP_LOOP) != (sent && f->looping)) {
        return "a loop is said instead of a redirect";
    }
    if ((a.reason == MTLS_REASON_ADDRESS_TOO_LONG) != (sent && !f->looping && f->target_too_long)) {
        return "an address too long is said instead of a redirect";
    }
    if ((a.reason == MTLS_REASON_STEP_UP_REQUIRED) != told) {
        return "step-up-required exactly where the kind alone forbids";
    }
    if (sent && !is_remedy(a.action) && a.action != MTLS_STEPUP_REFUSE) {
        return "who is not sent is refused";
    }
    return f->asked_now && is_remedy(a.action) ? "asked once in a request" : NULL;
}

/* The first law that the answer breaks, or NULL.  (Asserting each would take minutes.) */
static const char *broken_law(const mtls_stepup_facts_t *f, mtls_stepup_answer_t a)
{
    bool asks = f->asks || f->requires;
    bool proceeds = a.action == MTLS_STEPUP_PROCEED, refuses = a.action == MTLS_STEPUP_REFUSE;
    bool good = a.reason == MTLS_REASON_GOOD;

    if ((proceeds && good) != (asks && f->acceptable && f->tls && !f->misdirected)) {
        return "proceeds with GOOD exactly when a proof is accepted here";
    }
    if (good && !proceeds) {
        return "GOOD only proceeds";
    }
    if ((a.reason == MTLS_REASON_UNDECIDED) != !asks || (!asks && !proceeds)) {
        return "undecided exactly where nothing is asked";
    }
    if (f->requires && proceeds && !f->acceptable) {
        return "require needs a proof";
    }
    if (!f->requires && (refuses != (asks && f->misdirected))) {
        return "optional is refused only when misdirected";
    }
    if (!f->requires &&
        (a.action == MTLS_STEPUP_DO_HTTP11 || a.action == MTLS_STEPUP_DO_REDIRECT)) {
        return "optional is not sent to HTTP/1.1, nor elsewhere";
    }
    if (asks && f->misdirected && !refuses) {
        return "misdirected is refused";
    }
    return is_remedy(a.action) && !remedy_is_lawful(f, a.action) ? "a remedy has its facts" : NULL;
}

static const mtls_stepup_order_t orders[] = {
    {.set = false, .methods = {PHA, RENEG, REDIR}},
    OFF,
    PHA_FIRST,
    RENEG_FIRST,
    ONLY_PHA,
    ONLY_RENEG,
    ORDER(REDIR),
    ORDER(POST),
    ORDER(PHA, RENEG, REDIR),
    ORDER(PHA, RENEG, POST),
    ORDER(RENEG, REDIR, PHA),
    ORDER(POST, PHA, RENEG),
    ORDER(PHA, POST),
};

static const mtls_reason_t seens[] = {MTLS_REASON_UNDECIDED,      MTLS_REASON_GOOD,
                                      MTLS_REASON_DECLINED,       MTLS_REASON_UNTRUSTED_ISSUER,
                                      MTLS_REASON_TICKET_EXPIRED, MTLS_REASON_TICKET_UNAVAILABLE};

static const mtls_visit_t visits[] = {MTLS_VISIT_OTHER, MTLS_VISIT_PAGE,   MTLS_VISIT_PROGRAM,
                                      MTLS_VISIT_FORM,  MTLS_VISIT_SCRIPT, MTLS_VISIT_PREFLIGHT};

/* All truths about one order, kind of visit and reason. */
static void check_laws(size_t order, mtls_visit_t visit, mtls_reason_t seen)
{
    unsigned bits;

    for (bits = 0; bits < ALL_TRUTHS; bits++) {
        mtls_stepup_facts_t facts = facts_of(bits);
        mtls_stepup_answer_t answer;
        const char *law;

        facts.order = orders[order];
        facts.visit = visit;
        facts.seen = seen;
        answer = mtls_stepup_next(&facts);
        law = broken_law(&facts, answer);
        if (!law) {
            law = broken_law_of_sending(&facts, answer);
        }
        if (law) {
            ck_abort_msg("%s: facts %x, order %d, visit %d, seen %d", law, bits, (int)order, visit,
                         seen);
        }
    }
}

/* Once for each order, _i. */
START_TEST(T_P01_no_combination_of_facts_admits_without_a_proof)
{
    size_t seen, visit;

    for (seen = 0; seen < COUNT(seens); seen++) {
        for (visit = 0; visit < COUNT(visits); visit++) {
            check_laws((size_t)_i, visits[visit], seens[seen]);
        }
    }
}
END_TEST

/* Once for each order, _i: what the connection has spent has nothing to do with another one. */
START_TEST(attempts_and_proofs_of_the_connection_do_not_hold_up_a_redirect)
{
    unsigned bits, sent = 0;

    for (bits = 0; bits < ALL_TRUTHS; bits++) {
        mtls_stepup_facts_t facts = facts_of(bits);

        facts.order = orders[_i];
        facts.visit = MTLS_VISIT_PAGE;
        if (mtls_stepup_next(&facts).action != MTLS_STEPUP_DO_REDIRECT) {
            continue;
        }
        sent++;
        facts.attempts_left = 0;
        ck_assert_int_eq(mtls_stepup_next(&facts).action, MTLS_STEPUP_DO_REDIRECT);
        facts.proofs_full = true;
        ck_assert_int_eq(mtls_stepup_next(&facts).action, MTLS_STEPUP_DO_REDIRECT);
        facts.attempts_left = -1;
        ck_assert_int_eq(mtls_stepup_next(&facts).action, MTLS_STEPUP_DO_REDIRECT);
    }
    ck_assert_int_eq(sent > 0, mtls_stepup_redirects(&orders[_i]));
}
END_TEST

/* Reasons that tell of more than that a ticket is lacking are not covered up. */
START_TEST(which_reasons_make_way_for_step_up_required)
{
    int reason, little = 0;

    for (reason = 0; reason < MTLS_REASON_COUNT; reason++) {
        mtls_stepup_facts_t facts = {.requires = true,
                                     .tls = true,
                                     .has_address = true,
                                     .visit = MTLS_VISIT_SCRIPT,
                                     .order = ORDER(REDIR),
                                     .seen = (mtls_reason_t)reason};
        mtls_stepup_answer_t answer = mtls_stepup_next(&facts);

        ck_assert_int_eq(answer.action, MTLS_STEPUP_REFUSE);
        ck_assert_int_eq(answer.reason,
                         is_little(facts.seen) ? MTLS_REASON_STEP_UP_REQUIRED : facts.seen);
        little += is_little(facts.seen);
        facts.visit = MTLS_VISIT_PAGE; /* whatever was seen, another certificate may do */
        ck_assert_int_eq(mtls_stepup_next(&facts).action, reason == MTLS_REASON_TICKET_UNAVAILABLE
                                                              ? MTLS_STEPUP_REFUSE
                                                              : MTLS_STEPUP_DO_REDIRECT);
    }
    ck_assert_int_eq(little, 8);
}
END_TEST

START_TEST(a_remedy_that_is_possible_is_taken)
{
    unsigned bits;

    for (bits = 0; bits < TRUTHS; bits++) {
        mtls_stepup_facts_t f = facts_of(bits);
        bool may = f.tls && !f.misdirected && !f.acceptable && f.attempts_left && !f.asked_now;
        bool pha = f.tls13 && f.offers_pha;
        bool reneg = !f.tls13 && f.secure_reneg;
        const mtls_stepup_order_t both[] = {RENEG_FIRST, PHA_FIRST};
        mtls_stepup_do_t action;

        f.order = both[bits & 1];
        action = mtls_stepup_next(&f).action;
        may = may && (f.asks || f.requires);
        ck_assert_int_eq(action == MTLS_STEPUP_DO_HTTP11,
                         may && f.http2 && f.requires && (pha || reneg));
        may = may && !f.http2 && !f.proofs_full;
        ck_assert_int_eq(action == MTLS_STEPUP_DO_POST_HANDSHAKE, may && pha);
        ck_assert_int_eq(action == MTLS_STEPUP_DO_RENEGOTIATE, may && reneg && !f.pipelined);
    }
}
END_TEST

/* A place that requires, on an HTTP/1 connection that could be asked. */
#define TLS13   .asks = true, .requires = true, .tls = true, .tls13 = true, .attempts_left = 3
#define TLS12   .asks = true, .requires = true, .tls = true, .attempts_left = 3
#define OPT13   .asks = true, .tls = true, .tls13 = true, .attempts_left = 3
/* The same where browsers are sent elsewhere, by default at last. */
#define SENDS13 TLS13, .has_address = true, .order = ORDER(PHA, RENEG, REDIR)
#define SENDS12 TLS12, .has_address = true, .order = ORDER(PHA, RENEG, REDIR)

static const struct {
    const char *what;
    mtls_stepup_facts_t facts;
    mtls_stepup_do_t action;
    mtls_reason_t reason;
} rows[] = {
    {"nothing stated", {0}, MTLS_STEPUP_PROCEED, MTLS_REASON_UNDECIDED},
    {"requires and nothing else", {.requires = true}, MTLS_STEPUP_REFUSE, MTLS_REASON_NOT_TLS},
    {"requires over TLS and nothing else",
     {.requires = true, .tls = true},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_NO_CERTIFICATE},
    {"public place on a connection with proof",
     {.tls = true, .acceptable = true},
     MTLS_STEPUP_PROCEED,
     MTLS_REASON_UNDECIDED},
    {"public place, misdirected",
     {.tls = true, .misdirected = true},
     MTLS_STEPUP_PROCEED,
     MTLS_REASON_UNDECIDED},
    {"optional over plain HTTP", {.asks = true}, MTLS_STEPUP_PROCEED, MTLS_REASON_NOT_TLS},
    {"proof at hand",
     {TLS13, .acceptable = true, .order = PHA_FIRST},
     MTLS_STEPUP_PROCEED,
     MTLS_REASON_GOOD},
    {"proof at hand, HTTP/2",
     {TLS13, .acceptable = true, .http2 = true},
     MTLS_STEPUP_PROCEED,
     MTLS_REASON_GOOD},
    {"proof of another host",
     {TLS13, .acceptable = true, .misdirected = true},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_MISDIRECTED},
    {"optional, proof of another host",
     {OPT13, .acceptable = true, .misdirected = true},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_MISDIRECTED},
    {"ask on TLS 1.3",
     {TLS13, .offers_pha = true, .order = PHA_FIRST},
     MTLS_STEPUP_DO_POST_HANDSHAKE,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"ask on TLS 1.3, pipelined",
     {TLS13, .offers_pha = true, .pipelined = true, .order = PHA_FIRST},
     MTLS_STEPUP_DO_POST_HANDSHAKE,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"browser on TLS 1.3",
     {TLS13, .order = PHA_FIRST},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"browser that had no certificate in the handshake",
     {TLS13, .seen = MTLS_REASON_NO_CERTIFICATE, .order = PHA_FIRST},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_NO_CERTIFICATE},
    {"only renegotiation allowed on TLS 1.3",
     {TLS13, .offers_pha = true, .order = ONLY_RENEG},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"ask on TLS 1.2",
     {TLS12, .secure_reneg = true, .order = PHA_FIRST},
     MTLS_STEPUP_DO_RENEGOTIATE,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"ask on TLS 1.2, pipelined",
     {TLS12, .secure_reneg = true, .pipelined = true, .order = PHA_FIRST},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"TLS 1.2 without RFC 5746",
     {TLS12, .order = PHA_FIRST},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"only post-handshake allowed on TLS 1.2",
     {TLS12, .secure_reneg = true, .order = ONLY_PHA},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"off",
     {TLS13, .offers_pha = true, .order = OFF},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_NO_CERTIFICATE},
    {"off, but judged",
     {TLS13, .offers_pha = true, .order = OFF, .seen = MTLS_REASON_EXPIRED},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_EXPIRED},
    {"another certificate is asked for after a foreign one",
     {TLS13, .offers_pha = true, .order = PHA_FIRST, .seen = MTLS_REASON_UNTRUSTED_ISSUER},
     MTLS_STEPUP_DO_POST_HANDSHAKE,
     MTLS_REASON_UNTRUSTED_ISSUER},
    {"asked and declined",
     {TLS13, .offers_pha = true, .order = PHA_FIRST, .asked_now = true,
      .seen = MTLS_REASON_DECLINED},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_DECLINED},
    {"asked and nothing to judge",
     {TLS13, .offers_pha = true, .order = PHA_FIRST, .asked_now = true},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_DECLINED},
    {"asked and too late",
     {TLS12, .secure_reneg = true, .order = PHA_FIRST, .asked_now = true,
      .seen = MTLS_REASON_STEP_UP_TIMEOUT},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_STEP_UP_TIMEOUT},
    {"attempts used up",
     {.asks = true,
      .requires = true,
      .tls = true,
      .tls13 = true,
      .offers_pha = true,
      .order = PHA_FIRST},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_DECLINED},
    {"attempts used up by foreign certificates",
     {.asks = true,
      .requires = true,
      .tls = true,
      .tls13 = true,
      .offers_pha = true,
      .order = PHA_FIRST,
      .seen = MTLS_REASON_UNTRUSTED_ISSUER},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_UNTRUSTED_ISSUER},
    {"attempts overdrawn",
     {.requires = true,
      .tls = true,
      .tls13 = true,
      .offers_pha = true,
      .order = PHA_FIRST,
      .attempts_left = -1},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_DECLINED},
    {"no room for another proof",
     {TLS13, .offers_pha = true, .proofs_full = true, .order = PHA_FIRST,
      .seen = MTLS_REASON_NOT_PINNED},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_NOT_PINNED},
    {"HTTP/2, client could be asked on HTTP/1.1",
     {TLS13, .http2 = true, .offers_pha = true, .proofs_full = true, .order = PHA_FIRST},
     MTLS_STEPUP_DO_HTTP11,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"HTTP/2 on TLS 1.2",
     {TLS12, .http2 = true, .secure_reneg = true, .order = PHA_FIRST},
     MTLS_STEPUP_DO_HTTP11,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"HTTP/2 browser",
     {TLS13, .http2 = true, .order = PHA_FIRST},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"HTTP/2 browser with an expired certificate",
     {TLS13, .http2 = true, .order = PHA_FIRST, .seen = MTLS_REASON_EXPIRED},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_EXPIRED},
    {"HTTP/2, method not allowed",
     {TLS13, .http2 = true, .offers_pha = true, .order = ONLY_RENEG},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"HTTP/2, optional",
     {OPT13, .http2 = true, .offers_pha = true, .order = PHA_FIRST},
     MTLS_STEPUP_PROCEED,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"optional asks too",
     {OPT13, .offers_pha = true, .order = PHA_FIRST},
     MTLS_STEPUP_DO_POST_HANDSHAKE,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"optional goes on with the reason",
     {OPT13, .offers_pha = true, .order = PHA_FIRST, .asked_now = true,
      .seen = MTLS_REASON_DECLINED},
     MTLS_STEPUP_PROCEED,
     MTLS_REASON_DECLINED},
    {"page on TLS 1.3",
     {SENDS13, .visit = MTLS_VISIT_PAGE},
     MTLS_STEPUP_DO_REDIRECT,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"page on TLS 1.3, HTTP/2",
     {SENDS13, .visit = MTLS_VISIT_PAGE, .http2 = true},
     MTLS_STEPUP_DO_REDIRECT,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"page of a browser that could be asked",
     {SENDS13, .visit = MTLS_VISIT_PAGE, .offers_pha = true},
     MTLS_STEPUP_DO_POST_HANDSHAKE,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"page of a browser that could be asked on HTTP/1.1",
     {SENDS13, .visit = MTLS_VISIT_PAGE, .offers_pha = true, .http2 = true},
     MTLS_STEPUP_DO_REDIRECT,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"program that could be asked on HTTP/1.1",
     {SENDS13, .visit = MTLS_VISIT_PROGRAM, .offers_pha = true, .http2 = true},
     MTLS_STEPUP_DO_HTTP11,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"program that would be redirected on HTTP/1.1 as well",
     {TLS13, .has_address = true, .order = ORDER(REDIR, PHA), .visit = MTLS_VISIT_PROGRAM,
      .offers_pha = true, .http2 = true},
     MTLS_STEPUP_DO_REDIRECT,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"program that has used up its attempts, HTTP/2",
     {.requires = true,
      .tls = true,
      .tls13 = true,
      .has_address = true,
      .http2 = true,
      .order = ORDER(PHA, REDIR),
      .visit = MTLS_VISIT_PROGRAM,
      .offers_pha = true},
     MTLS_STEPUP_DO_REDIRECT,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"script that could be asked on HTTP/1.1",
     {SENDS13, .visit = MTLS_VISIT_SCRIPT, .offers_pha = true, .http2 = true},
     MTLS_STEPUP_DO_HTTP11,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"page on TLS 1.2",
     {SENDS12, .visit = MTLS_VISIT_PAGE, .secure_reneg = true},
     MTLS_STEPUP_DO_RENEGOTIATE,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"pipelined page on TLS 1.2",
     {SENDS12, .visit = MTLS_VISIT_PAGE, .secure_reneg = true, .pipelined = true},
     MTLS_STEPUP_DO_REDIRECT,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"page where redirect comes first",
     {TLS13, .has_address = true, .order = ORDER(REDIR, PHA), .visit = MTLS_VISIT_PAGE,
      .offers_pha = true},
     MTLS_STEPUP_DO_REDIRECT,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"script where redirect comes first",
     {TLS13, .has_address = true, .order = ORDER(REDIR, PHA), .visit = MTLS_VISIT_SCRIPT,
      .offers_pha = true},
     MTLS_STEPUP_DO_POST_HANDSHAKE,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"page without an endpoint",
     {TLS13, .order = ORDER(PHA, RENEG, REDIR), .visit = MTLS_VISIT_PAGE},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"page where redirect is not allowed",
     {TLS13, .has_address = true, .order = PHA_FIRST, .visit = MTLS_VISIT_PAGE},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"page of a place that is optional",
     {OPT13, .has_address = true, .order = ORDER(REDIR), .visit = MTLS_VISIT_PAGE},
     MTLS_STEPUP_PROCEED,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"script of a place that is optional",
     {OPT13, .has_address = true, .order = ORDER(REDIR), .visit = MTLS_VISIT_SCRIPT},
     MTLS_STEPUP_PROCEED,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"page with a certificate that is revoked",
     {SENDS13, .visit = MTLS_VISIT_PAGE, .seen = MTLS_REASON_REVOKED},
     MTLS_STEPUP_DO_REDIRECT,
     MTLS_REASON_REVOKED},
    {"script with a certificate that is revoked",
     {SENDS13, .visit = MTLS_VISIT_SCRIPT, .seen = MTLS_REASON_REVOKED},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_REVOKED},
    {"page with an expired ticket",
     {SENDS13, .visit = MTLS_VISIT_PAGE, .seen = MTLS_REASON_TICKET_EXPIRED},
     MTLS_STEPUP_DO_REDIRECT,
     MTLS_REASON_TICKET_EXPIRED},
    {"page with a revoked ticket",
     {SENDS13, .visit = MTLS_VISIT_PAGE, .seen = MTLS_REASON_TICKET_REVOKED},
     MTLS_STEPUP_DO_REDIRECT,
     MTLS_REASON_TICKET_REVOKED},
    {"script with a revoked ticket",
     {SENDS13, .visit = MTLS_VISIT_SCRIPT, .seen = MTLS_REASON_TICKET_REVOKED},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_STEP_UP_REQUIRED},
    {"page with a ticket that nobody can look up",
     {SENDS13, .visit = MTLS_VISIT_PAGE, .seen = MTLS_REASON_TICKET_UNAVAILABLE},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_TICKET_UNAVAILABLE},
    {"script with a ticket that nobody can look up",
     {SENDS13, .visit = MTLS_VISIT_SCRIPT, .seen = MTLS_REASON_TICKET_UNAVAILABLE},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_TICKET_UNAVAILABLE},
    {"page that has declined just now",
     {SENDS13, .visit = MTLS_VISIT_PAGE, .offers_pha = true, .asked_now = true,
      .seen = MTLS_REASON_DECLINED},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_DECLINED},
    {"script that has declined just now",
     {SENDS13, .visit = MTLS_VISIT_SCRIPT, .offers_pha = true, .asked_now = true,
      .seen = MTLS_REASON_DECLINED},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_DECLINED},
    {"form", {SENDS13, .visit = MTLS_VISIT_FORM}, MTLS_STEPUP_REFUSE, MTLS_REASON_STEP_UP_REQUIRED},
    {"form that may travel",
     {TLS13, .has_address = true, .order = ORDER(PHA, POST), .visit = MTLS_VISIT_FORM},
     MTLS_STEPUP_DO_REDIRECT,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"form that may travel, HTTP/2",
     {TLS13, .has_address = true, .order = ORDER(PHA, POST), .visit = MTLS_VISIT_FORM,
      .http2 = true, .offers_pha = true},
     MTLS_STEPUP_DO_REDIRECT,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"form that is asked by TLS 1.3",
     {SENDS13, .visit = MTLS_VISIT_FORM, .offers_pha = true},
     MTLS_STEPUP_DO_POST_HANDSHAKE,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"script",
     {SENDS13, .visit = MTLS_VISIT_SCRIPT, .http2 = true},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_STEP_UP_REQUIRED},
    {"preflight",
     {SENDS13, .visit = MTLS_VISIT_PREFLIGHT},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_STEP_UP_REQUIRED},
    {"subresource of a page that goes in circles",
     {SENDS13, .visit = MTLS_VISIT_OTHER, .looping = true, .target_too_long = true},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_STEP_UP_REQUIRED},
    {"page that goes in circles",
     {SENDS13, .visit = MTLS_VISIT_PAGE, .looping = true, .seen = MTLS_REASON_TICKET_UNUSABLE},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_STEP_UP_LOOP},
    {"page with too long an address",
     {SENDS13, .visit = MTLS_VISIT_PAGE, .target_too_long = true},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_ADDRESS_TOO_LONG},
    {"page with too long an address that can be asked",
     {SENDS13, .visit = MTLS_VISIT_PAGE, .target_too_long = true, .offers_pha = true},
     MTLS_STEPUP_DO_POST_HANDSHAKE,
     MTLS_REASON_STEP_UP_UNAVAILABLE},
    {"page that was asked in vain before",
     {.requires = true,
      .tls = true,
      .tls13 = true,
      .has_address = true,
      .offers_pha = true,
      .order = ORDER(PHA, REDIR),
      .visit = MTLS_VISIT_PAGE},
     MTLS_STEPUP_DO_REDIRECT,
     MTLS_REASON_DECLINED},
    {"good yesterday, not acceptable now",
     {TLS13, .seen = MTLS_REASON_GOOD, .order = OFF},
     MTLS_STEPUP_REFUSE,
     MTLS_REASON_NO_CERTIFICATE},
};

START_TEST(named_rows)
{
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mtls_stepup_answer_t a = mtls_stepup_next(&rows[i].facts);

        ck_assert_msg(a.action == rows[i].action, "%s: action %d", rows[i].what, a.action);
        ck_assert_msg(a.reason == rows[i].reason, "%s: reason %d", rows[i].what, a.reason);
    }
}
END_TEST

START_TEST(T_P03_require_does_not_depend_on_what_the_host_asked)
{
    const mtls_reason_t host_left[] = {MTLS_REASON_UNDECIDED, MTLS_REASON_NO_CERTIFICATE,
                                       MTLS_REASON_SELF_SIGNED};
    size_t i;

    for (i = 0; i < sizeof(host_left) / sizeof(host_left[0]); i++) {
        mtls_stepup_facts_t facts = {TLS13, .order = OFF, .seen = host_left[i]};

        ck_assert_int_eq(mtls_stepup_next(&facts).action, MTLS_STEPUP_REFUSE);
        facts.requires = false;
        ck_assert_int_eq(mtls_stepup_next(&facts).action, MTLS_STEPUP_PROCEED);
        ck_assert_int_ne(mtls_stepup_next(&facts).reason, MTLS_REASON_GOOD);
    }
}
END_TEST

START_TEST(which_orders_redirect)
{
    const mtls_stepup_order_t unset = {.set = false, .methods = {REDIR}};
    const mtls_stepup_order_t no[] = {OFF, PHA_FIRST, ONLY_RENEG};
    const mtls_stepup_order_t yes[] = {ORDER(REDIR), ORDER(PHA, RENEG, POST), ORDER(PHA, REDIR)};
    size_t i;

    ck_assert(!mtls_stepup_redirects(&unset));
    for (i = 0; i < COUNT(no); i++) {
        ck_assert(!mtls_stepup_redirects(&no[i]));
        ck_assert(mtls_stepup_redirects(&yes[i]));
    }
}
END_TEST

START_TEST(method_words)
{
    ck_assert_str_eq(mtls_stepup_method_word(MTLS_STEPUP_POST_HANDSHAKE), "post-handshake");
    ck_assert_str_eq(mtls_stepup_method_word(MTLS_STEPUP_RENEGOTIATE), "renegotiate");
    ck_assert_str_eq(mtls_stepup_method_word(MTLS_STEPUP_REDIRECT), "redirect");
    ck_assert_str_eq(mtls_stepup_method_word(MTLS_STEPUP_REDIRECT_POST), "redirect-post");
    ck_assert_str_eq(mtls_stepup_method_word(MTLS_STEPUP_NONE), "none");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("stepup");

    tcase_add_loop_test(tcase, T_P01_no_combination_of_facts_admits_without_a_proof, 0,
                        COUNT(orders));
    tcase_add_loop_test(tcase, attempts_and_proofs_of_the_connection_do_not_hold_up_a_redirect, 0,
                        COUNT(orders));
    tcase_add_test(tcase, which_reasons_make_way_for_step_up_required);
    tcase_add_test(tcase, a_remedy_that_is_possible_is_taken);
    tcase_add_test(tcase, named_rows);
    tcase_add_test(tcase, T_P03_require_does_not_depend_on_what_the_host_asked);
    tcase_add_test(tcase, which_orders_redirect);
    tcase_add_test(tcase, method_words);
    return run_case("stepup", tcase);
}
