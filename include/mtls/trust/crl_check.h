/*
 * mtls/trust/crl_check.h - what the CRLs of a profile say of each certificate of a path.
 *
 * X509_verify_cert() looks for CRLs itself (X509_V_FLAG_CRL_CHECK_ALL, EXTENDED_CRL_SUPPORT,
 * USE_DELTAS), by its own rules.  This unit gives it the lists (lookup_crls), answers for the entries
 * that skeletons do not have (cert_crl), and takes the place of its verify callback, where
 * what went wrong with CRLs is noted for each certificate instead of ending the verification: whether
 * that refuses anybody is for mtls/trust/revocation.h to say.  Errors that have nothing to do with
 * CRLs pass as they are.
 *
 *   signature   of a skeleton never verifies, and costs nothing.  That error, and no other, is
 *               overruled, and only where the whole list was found signed by the very key in question
 *   lists       of a name that neither the issuer's key has signed, nor that of a signer whom that key
 *               has certified, are not shown to OpenSSL: another CA of the same name must neither
 *               shadow nor speak for it (T-R09)
 *   signers     on the path of a CRL's signer, its own revocation is not asked for: that would be
 *               circular, and OpenSSL refuses the recursion.  Who may sign CRLs is configured
 *   anchor      of the path is asked for by OpenSSL and left out here
 *
 * May include: OpenSSL, APR, mtls/cert, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_CRL_CHECK_H
#define MTLS_TRUST_CRL_CHECK_H

#include <apr_time.h>
#include <openssl/x509_vfy.h>
#include <stdbool.h>

#include "mtls/trust/crl_set.h"
#include "mtls/trust/revocation.h"

/** Most certificates of a path that answers are kept for; longer paths are refused before. */
#define MTLS_CRL_CHECK_MAX_PATH 24

/** Where OpenSSL is in its check of one list, and of the delta that goes with it.  This unit's own. */
typedef struct {
    const X509_CRL *list; /**< whose head is checked at this moment; NULL: none */
    bool overruled;       /**< its signature was found good by us */
    bool unfit[2];        /**< the list, its delta: not to be believed, whatever it says */
    bool renewed;         /**< the delta is in time, and its time counts for both */
    bool based;           /**< a list that is no delta has begun it */
} mtls_crl_round_t;

/** One verification; zero but for the first three, then filled by X509_verify_cert(). */
typedef struct {
    const mtls_crl_set_t *set;
    apr_interval_time_t grace; /**< an expired list is used for so much longer */
    apr_time_t now;
    mtls_crl_round_t round;
    mtls_status_t status[MTLS_CRL_CHECK_MAX_PATH]; /**< by depth; 0 is the leaf.  UNASKED: the anchor,
                                                        what reach leaves out, and whatever the path
                                                        was given up before */
} mtls_crl_check_t;

/** Set a profile's store up, once, when it is loaded: methods, not data.  @return false: no memory. */
bool mtls_crl_check_prepare(X509_STORE *store);

/**
 * Attach a check to a context that was initialised with a prepared store: sets flags, verify callback
 * and application data of the context.  The caller adds mtls_crl_set_signers() to the context's
 * untrusted certificates.
 *
 * Of each certificate that is asked for, the worst counts that any of its lists leads to: REVOKED,
 * then UNUSABLE, EXPIRED, MISSING.  GOOD is said when OpenSSL found nothing wrong, for all reasons of
 * revocation.  A delta is used with a list of its issuer, scope and key identifier whose number is at
 * least its base's and below its own, whether or not list or certificate announce deltas.  It lends
 * that list its time (RFC 5280 section 6.3.3 (a) (1) (i)); a delta out of time is as bad as a list.
 * One that adds to a later list than there is revokes, and does nothing else.
 *
 * @param check  kept until the context is gone
 * @param reach  LEAF or CHAIN
 * @return false: no memory
 */
bool mtls_crl_check_attach(X509_STORE_CTX *context, mtls_crl_check_t *check, mtls_reach_t reach);

#endif /* MTLS_TRUST_CRL_CHECK_H */
