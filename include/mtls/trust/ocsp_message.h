/*
 * mtls/trust/ocsp_message.h - OCSP questions and answers, RFC 6960 and RFC 9654.
 *
 * An answer is believed only after all of RFC 6960 section 3.2: it is about the certificate in
 * question (same hash algorithm, name, key and serial number, T-R09), its signature is good, the signer
 * may speak for the issuer (section 4.2.2.2: the issuer itself; a certificate with id-kp-OCSPSigning
 * that the issuer's own key has signed; or one that is pinned), the signer's certificate is valid now,
 * the nonce is ours where one is due, and its times hold.  OCSP_NOVERIFY, OCSP_NOCHECKS and their like
 * are not used (T-R01).
 *
 * What is stricter than OpenSSL: the signature on an answer and that on a delegated certificate have a
 * digest of 224 bits at least (never MD5, SHA-1); keys of delegated and pinned certificates have 2048
 * bits (RSA) or 224 (EC).  An answer that also speaks of another issuer's certificates is believed
 * only when a pinned certificate has signed it.
 *
 * What is not looked up is whether a delegated certificate was itself revoked, with or without
 * id-pkix-ocsp-nocheck: section 4.2.2.2.1 leaves it to policy, issuers make such certificates short-lived,
 * and a responder asked about itself proves nothing.
 *
 * May include: OpenSSL, APR, mtls/cert plain headers, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_OCSP_MESSAGE_H
#define MTLS_TRUST_OCSP_MESSAGE_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_time.h>
#include <openssl/x509.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/ocsp_answer.h"
#include "mtls/trust/ocsp_spec.h"
#include "mtls/trust/revocation.h"

/** One certificate to ask about. */
typedef struct {
    X509 *cert;   /**< whose status; already on a verified path */
    X509 *issuer; /**< the next one on that path */
    const mtls_ocsp_rules_t *rules;
} mtls_ocsp_question_t;

/**
 * What a status is kept under: SHA-256 over the rules' digest, hash algorithm, hashes of the issuer's
 * name and key, and the serial number, each with its length (T-N10, T-R08, T-R09).  The hashes are
 * SHA-256 here, whatever is sent.
 * @return false: no memory
 */
bool mtls_ocsp_id(unsigned char out[MTLS_SHA256_LEN], const mtls_ocsp_question_t *question);

/**
 * The responder to ask: the configured one with override; else the first http or https URL of the
 * certificate's authority information access (RFC 5280 section 4.2.2.1) that mtls_fetch_check_url()
 * has nothing against; else the configured one.
 * @param from_cert  receives whether the certificate named it
 * @return from @a pool, NULL when nobody can be asked
 */
const char *mtls_ocsp_responder(const mtls_ocsp_question_t *question, bool *from_cert,
                                apr_pool_t *pool);

/** A question as it is sent. */
typedef struct {
    mtls_bytes_t der;
    mtls_bytes_t nonce; /**< empty: none is sent.  32 octets, RFC 9654 section 2.1 */
} mtls_ocsp_request_t;

/** @param out  from @a pool.  The certID is SHA-1, the one hash every responder knows (RFC 5019
 * section 2.1.1): it names an issuer that is known already, and protects nothing */
apr_status_t mtls_ocsp_request_write(mtls_ocsp_request_t *out, const mtls_ocsp_question_t *question,
                                     apr_pool_t *pool);

/** @return the URL of a GET (RFC 6960 appendix A.1), NULL when the request is longer than 255 octets
 * in that form, or has a nonce, which nobody could cache anyway, or the responder's URL has a query, after
 * which nothing can be put. */
const char *mtls_ocsp_get_url(const char *responder, const mtls_ocsp_request_t *request,
                              apr_pool_t *pool);

/**
 * Read and check an answer.
 *
 * @param der   untrusted octets
 * @param text  receives what is wrong with it, for the log, from @a pool: clean and bounded; NULL when
 *              the word is GOOD, REVOKED or UNKNOWN
 * @return word SILENT for what is no answer: not DER, not a successful one (tryLater, unauthorized
 *         ..., which are not signed and say nothing, N-43), without a response for the certificate;
 *         UNUSABLE for one that was checked and failed.  Of several responses for the certificate the
 *         one with the latest thisUpdate counts; two of the same time that disagree are UNUSABLE.  For
 *         a status that was found this_update - skew <= now <= ends; without one, times are 0
 * Leaves the error queue empty.  Thread: any.
 */
mtls_ocsp_answer_t mtls_ocsp_response_read(mtls_bytes_t der, const mtls_ocsp_question_t *question,
                                           const mtls_ocsp_request_t *request, apr_time_t now,
                                           const char **text, apr_pool_t *pool);

#endif /* MTLS_TRUST_OCSP_MESSAGE_H */
