/*
 * mtls/trust/reason.h - the vocabulary of verdicts and refusals.
 *
 * The words, HTTP statuses and texts belonging to each are one table, in
 * mtls/policy/reason.h.
 *
 * May include: nothing.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_REASON_H
#define MTLS_TRUST_REASON_H

/** Why; only MTLS_REASON_GOOD admits.  Zero is "nobody has judged", and refuses. */
typedef enum {
    MTLS_REASON_UNDECIDED = 0,
    MTLS_REASON_GOOD,
    /* what a certificate can be found to be, by trust/ */
    MTLS_REASON_UNTRUSTED_ISSUER,
    MTLS_REASON_SELF_SIGNED,
    MTLS_REASON_BAD_SIGNATURE,
    MTLS_REASON_NOT_PINNED,
    MTLS_REASON_EXPIRED,
    MTLS_REASON_NOT_YET_VALID,
    MTLS_REASON_WRONG_PURPOSE,
    MTLS_REASON_WRONG_POLICY,
    MTLS_REASON_CHAIN_TOO_LONG,
    MTLS_REASON_WEAK_KEY,
    MTLS_REASON_WEAK_SIGNATURE,
    MTLS_REASON_LIFETIME_TOO_LONG,
    MTLS_REASON_NAME_CONSTRAINT,
    MTLS_REASON_INVALID_CA,
    MTLS_REASON_MALFORMED,
    /* what can be found of its revocation, by trust/ */
    MTLS_REASON_REVOKED,
    MTLS_REASON_CRL_MISSING,
    MTLS_REASON_CRL_EXPIRED,
    MTLS_REASON_CRL_UNUSABLE,
    MTLS_REASON_OCSP_UNREACHABLE,
    MTLS_REASON_OCSP_UNKNOWN,
    MTLS_REASON_OCSP_UNUSABLE,
    /* what rules can say of a good certificate, by policy/ and httpd/ */
    MTLS_REASON_NO_RULE,
    MTLS_REASON_DENIED_BY_RULE,
    MTLS_REASON_USER_ABSENT,
    MTLS_REASON_USER_AMBIGUOUS,
    MTLS_REASON_USER_UNUSABLE,
    MTLS_REASON_MAP_UNAVAILABLE,
    MTLS_REASON_NOT_IN_GROUP,
    MTLS_REASON_NOT_AUTHORIZED,
    /* what can go wrong in asking for one, by httpd/ */
    MTLS_REASON_NO_CERTIFICATE,
    MTLS_REASON_DECLINED,
    MTLS_REASON_NOT_PROVEN,
    MTLS_REASON_PROOF_EXPIRED,
    MTLS_REASON_NOT_TLS,
    MTLS_REASON_MISDIRECTED,
    MTLS_REASON_STEP_UP_UNAVAILABLE,
    MTLS_REASON_STEP_UP_TIMEOUT,
    MTLS_REASON_BODY_TOO_LARGE,
    MTLS_REASON_OVERLOADED,
    MTLS_REASON_TRUST_UNAVAILABLE,
    MTLS_REASON_INTERNAL,
    MTLS_REASON_COUNT /* not a reason */
} mtls_reason_t;

#endif /* MTLS_TRUST_REASON_H */
