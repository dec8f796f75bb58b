/*
 * mtls/policy/stepup.h - choose the next way to obtain a client certificate.
 *
 * A location may ask for a certificate that the TLS handshake never asked for.  Each
 * remedy is forbidden on some connections: post-handshake authentication needs a client
 * that offered it (RFC 8446 section 4.6.2), renegotiation needs TLS 1.2 and RFC 5746, and
 * HTTP/2 forbids both (RFC 9113 sections 9.2.1 and 9.2.3) but can send the client back to
 * HTTP/1.1.  This unit knows which; it never touches a connection.
 *
 * Guarantees
 *   pure         same facts, same answer: no allocation, no clock, no log
 *   terminating  with attempts_left 0 nothing is asked on the connection, and with .asked_now nothing is
 *                proposed; a redirect ends the request
 *   fail closed  with .requires and nothing else stated the answer is REFUSE; a remedy is proposed
 *                only when every fact it depends on was stated as true; PROCEED with GOOD needs
 *                .tls and .acceptable and not .misdirected; .requires counts as .asks
 *
 * May include: libc, mtls/policy/visit.h, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_STEPUP_H
#define MTLS_POLICY_STEPUP_H

#include <stdbool.h>

#include "mtls/policy/visit.h"
#include "mtls/trust/reason.h"

/** Remedies that MTLSStepUp can name. */
typedef enum {
    MTLS_STEPUP_NONE = 0,
    MTLS_STEPUP_POST_HANDSHAKE,
    MTLS_STEPUP_RENEGOTIATE,
    MTLS_STEPUP_REDIRECT,      /**< send browsers to MTLSStepUpURL */
    MTLS_STEPUP_REDIRECT_POST, /**< and forms with what is in them */
    MTLS_STEPUP_METHODS /* count */
} mtls_stepup_method_t;

/** Most methods of one place: it has one of redirect and redirect-post. */
#define MTLS_STEPUP_MAX_ORDER 3

/** MTLSStepUp: order of attempt.  {0} is unset, .set without a method is "off". */
typedef struct {
    bool set;
    mtls_stepup_method_t methods[MTLS_STEPUP_MAX_ORDER]; /**< until the first NONE */
} mtls_stepup_order_t;

/** What the caller should do next.  Zero is a refusal, on purpose. */
typedef enum {
    MTLS_STEPUP_REFUSE = 0,        /**< no remedy is left: the request is refused with .reason */
    MTLS_STEPUP_PROCEED,           /**< go on, with or without a certificate */
    MTLS_STEPUP_DO_POST_HANDSHAKE, /**< ask by TLS 1.3 post-handshake authentication, then decide again */
    MTLS_STEPUP_DO_RENEGOTIATE,    /**< ask by TLS 1.2 renegotiation, then decide again */
    MTLS_STEPUP_DO_HTTP11,         /**< HTTP/2: answer HTTP_1_1_REQUIRED (RFC 9113 section 7) */
    MTLS_STEPUP_DO_REDIRECT        /**< send the browser to the endpoint; it comes back with a ticket */
} mtls_stepup_do_t;

/** Everything the decision depends on.  {0} and set only what was observed. */
typedef struct {
    bool asks;          /**< the place says optional or require */
    bool requires;      /**< the place says require */
    bool acceptable;    /**< a proof on this connection is accepted here, now */
    bool tls;           /**< the request came over TLS of ours */
    bool misdirected;   /**< the handshake was for another host than the request */
    bool http2;         /**< a stream of an HTTP/2 connection */
    bool tls13;         /**< TLS 1.3; otherwise TLS 1.2 */
    bool offers_pha;    /**< the ClientHello had post_handshake_auth */
    bool secure_reneg;  /**< TLS 1.2: RFC 5746 was negotiated */
    bool pipelined;     /**< octets after this request have already arrived */
    bool proofs_full;   /**< the connection holds as many proofs as it may */
    int attempts_left;  /**< failed attempts this connection may still make */
    bool asked_now;     /**< this request has already asked once */
    mtls_reason_t seen; /**< why the proofs at hand or the last exchange did not do: a judgement
                             (EXPIRED), or how asking ended (DECLINED, STEP_UP_TIMEOUT; NO_CERTIFICATE
                             when the handshake asked in vain).  UNDECIDED: nothing to judge, nobody
                             was asked; GOOD without .acceptable counts as UNDECIDED */
    mtls_stepup_order_t order;
    bool has_address;     /**< there is an endpoint to send to, and a request may carry tickets here */
    mtls_visit_t visit;   /**< what kind of request it is */
    bool looping;         /**< it has been sent there too often just now */
    bool target_too_long; /**< its own address is too long to come back to */
} mtls_stepup_facts_t;

/** The answer. */
typedef struct {
    mtls_stepup_do_t action;
    mtls_reason_t reason; /**< GOOD with a certificate, else why there is none */
} mtls_stepup_answer_t;

/**
 * Decide.
 *
 * The first line that fits:
 *   neither asks nor requires           PROCEED  UNDECIDED
 *   requires, not TLS                   REFUSE   NOT_TLS
 *   misdirected                         REFUSE   MISDIRECTED, also with a proof and also for optional:
 *                                       a host's policy is judged on connections made for it
 *   optional, not TLS                   PROCEED  NOT_TLS
 *   acceptable                          PROCEED  GOOD
 *   a remedy is possible                that remedy; .reason is why it is needed, as below
 *   otherwise                           REFUSE (requires) or PROCEED (optional) with the first of
 *       .seen, when there was something
 *       DECLINED             asked in this request, but .seen says nothing
 *       NO_CERTIFICATE       MTLSStepUp off, so nobody can be asked
 *       DECLINED             only .attempts_left forbids to ask (HTTP/1)
 *       STEP_UP_UNAVAILABLE  this client or connection cannot be asked
 *
 * To ask on the connection needs attempts_left > 0 and not .asked_now.  HTTP/1: not .proofs_full either, and to
 * renegotiate not .pipelined: octets that came before the proof would be served under it.  HTTP/2:
 * DO_HTTP11, when the place requires and the client could be asked on the connection it comes back
 * with; that one starts with no proofs.
 *
 * DO_REDIRECT: requires, .has_address, the order names redirect (or redirect-post), not .asked_now, .seen is not
 * TICKET_UNAVAILABLE (the cache could not say of the next ticket either), and the visit is a PAGE or a
 * PROGRAM, or a FORM with redirect-post.  Attempts of the connection and its proofs do not matter: it happens
 * on another one.  It comes at its place in the order: when nothing before it is possible.  On HTTP/2, where
 * neither other method works, PAGE and FORM are redirected at once (a browser sent back to HTTP/1.1 stays there
 * for all of the host); a PROGRAM that would be asked before on HTTP/1.1 is sent there.  With .looping it is
 * refused with STEP_UP_LOOP instead, with .target_too_long with ADDRESS_TOO_LONG.
 *
 * Where a redirect would do but for the kind of visit, and no other remedy is possible, the refusal is
 * STEP_UP_REQUIRED unless .seen says more (UNDECIDED, GOOD, NO_CERTIFICATE, DECLINED, TICKET_EXPIRED,
 * TICKET_AUDIENCE, TICKET_UNUSABLE and TICKET_REVOKED do not).
 *
 * A request that only *may* have a certificate (optional) is never refused for lacking one and
 * never sent to HTTP/1.1 for it.
 *
 * @param facts  not modified, not retained, never NULL
 */
mtls_stepup_answer_t mtls_stepup_next(const mtls_stepup_facts_t *facts);

/** @return whether @a order names redirect or redirect-post: whether tickets count in its place. */
bool mtls_stepup_redirects(const mtls_stepup_order_t *order);

/** @return "post-handshake", "renegotiate", "redirect", "redirect-post" or "none"; static storage. */
const char *mtls_stepup_method_word(mtls_stepup_method_t method);

#endif /* MTLS_POLICY_STEPUP_H */
