/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/stepup.h"
#include "policy_run.h"

#define PHA   MTLS_STEPUP_POST_HANDSHAKE
#define RENEG MTLS_STEPUP_RENEGOTIATE
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

static bool has_method(const mtls_stepup_order_t *order, mtls_stepup_method_t method)
{
    return order->set && (order->methods[0] == method || order->methods[1] == method);
}

/* Thirteen truths in the bits of an index, so that a loop meets every combination. */
enum { TRUTHS = 1 << 13 };

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
    };
}

static bool is_remedy(mtls_stepup_do_t action)
{
    switch (action) {
    case MTLS_STEPUP_DO_POST_HANDSHAKE:
    case MTLS_STEPUP_DO_RENEGOTIATE:
    case MTLS_STEPUP_DO_HTTP11:
        return true;
    case MTLS_STEPUP_REFUSE:
    case MTLS_STEPUP_PROCEED:
        break;
    }
    return false;
}

/* Whether every fact that a remedy depends on was stated. */
static bool remedy_is_lawful(const mtls_stepup_facts_t *f, mtls_stepup_do_t action)
{
    bool pha = f->tls13 && f->offers_pha && has_method(&f->order, MTLS_STEPUP_POST_HANDSHAKE);
    bool reneg = !f->tls13 && f->secure_reneg && has_method(&f->order, MTLS_STEPUP_RENEGOTIATE);
    bool room = !f->http2 && !f->proofs_full;
    bool needed = (f->asks || f->requires) && f->tls && !f->misdirected && !f->acceptable;

    if (!needed || f->attempts_left <= 0 || f->asked_now) {
        return false;
    }
    if (action == MTLS_STEPUP_DO_POST_HANDSHAKE) {
        return pha && room;
    }
    if (action == MTLS_STEPUP_DO_RENEGOTIATE) {
        return reneg && room && !f->pipelined;
    }
    return f->http2 && f->requires && (pha || reneg);
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
    if (!f->requires && a.action == MTLS_STEPUP_DO_HTTP11) {
        return "optional is not sent to HTTP/1.1";
    }
    if (asks && f->misdirected && !refuses) {
        return "misdirected is refused";
    }
    return is_remedy(a.action) && !remedy_is_lawful(f, a.action) ? "a remedy has its facts" : NULL;
}

START_TEST(T_P01_no_combination_of_facts_admits_without_a_proof)
{
    static const mtls_stepup_order_t orders[] = {
        {.set = false, .methods = {PHA, RENEG}}, OFF, PHA_FIRST, RENEG_FIRST, ONLY_PHA, ONLY_RENEG};
    const mtls_reason_t seens[] = {MTLS_REASON_UNDECIDED, MTLS_REASON_GOOD, MTLS_REASON_DECLINED,
                                   MTLS_REASON_UNTRUSTED_ISSUER};
    size_t order, seen;
    unsigned bits;

    for (order = 0; order < sizeof(orders) / sizeof(orders[0]); order++) {
        for (seen = 0; seen < sizeof(seens) / sizeof(seens[0]); seen++) {
            for (bits = 0; bits < TRUTHS; bits++) {
                mtls_stepup_facts_t facts = facts_of(bits);
                const char *law;

                facts.order = orders[order];
                facts.seen = seens[seen];
                law = broken_law(&facts, mtls_stepup_next(&facts));
                if (law) {
                    ck_abort_msg("%s: facts %x, order %d, seen %d", law, bits, (int)order,
                                 (int)seen);
                }
            }
        }
    }
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
#define TLS13 .asks = true, .requires = true, .tls = true, .tls13 = true, .attempts_left = 3
#define TLS12 .asks = true, .requires = true, .tls = true, .attempts_left = 3
#define OPT13 .asks = true, .tls = true, .tls13 = true, .attempts_left = 3

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

START_TEST(method_words)
{
    ck_assert_str_eq(mtls_stepup_method_word(MTLS_STEPUP_POST_HANDSHAKE), "post-handshake");
    ck_assert_str_eq(mtls_stepup_method_word(MTLS_STEPUP_RENEGOTIATE), "renegotiate");
    ck_assert_str_eq(mtls_stepup_method_word(MTLS_STEPUP_NONE), "none");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        T_P01_no_combination_of_facts_admits_without_a_proof,
        a_remedy_that_is_possible_is_taken,
        named_rows,
        T_P03_require_does_not_depend_on_what_the_host_asked,
        method_words,
        NULL,
    };

    return run_tests("stepup", tests);
}
