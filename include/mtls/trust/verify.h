/*
 * mtls/trust/verify.h - judge a chain by a profile: RFC 5280 section 6 and the profile's own rules.
 *
 * Path building and validation are OpenSSL's.  On top: pins, extended key
 * usage lists, key and signature strength, lifetime.
 *
 * What the words mean
 *   order      a certificate is called expired, of wrong purpose or weak only when its path reaches
 *              an anchor; before that it is told as of an untrusted issuer
 *   strength   applies to every key of the path, the anchor's included, and to every signature but
 *              the last certificate's own, on which nobody relies
 *   policy     RFC 5280 leaves the anchor out of policy processing; a leaf that is its own anchor
 *              (pins) must list an acceptable policy itself
 *   revocation is looked into last, of paths that are good otherwise: nobody is asked about a certificate
 *              that would be refused anyway, nor where a certificate of a stranger says (F-05)
 *   pinned key the holder of a key pinned by SPKI writes the certificate around it as he likes; only
 *              where it claims to be self-signed can and must its signature verify
 *
 * May include: APR, mtls/cert plain headers, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_VERIFY_H
#define MTLS_TRUST_VERIFY_H

#include <apr_time.h>

#include "mtls/cert/chain.h"
#include "mtls/trust/profile.h"
#include "mtls/trust/verdict.h"
#include "mtls/trust/verify_means.h"

/** A verdict that is not about time is made again after this long, whatever it says. */
#define MTLS_VERDICT_MAX_AGE apr_time_from_sec(24 * 3600)

/**
 * Judge.  Always yields a verdict: what cannot be judged (memory, decoding) is refused with
 * MTLS_REASON_MALFORMED or MTLS_REASON_INTERNAL, the latter with valid_until = @a now.
 *
 * valid_until is the earliest of: notAfter in the verified path, the ends of the CRLs and OCSP answers
 * that were used, now + MTLS_VERDICT_MAX_AGE; for a refusal also every other moment at which a certificate of the chain begins or ceases to be valid.
 *
 * @param means  whom to ask about revocation; NULL: nobody, and where somebody should have been
 *               asked, the verdict says so (unasked) and admits nobody
 * @param now    wall clock to judge at
 * Thread: any; allocates only OpenSSL memory that is freed before return; leaves the error queue empty.
 * May wait for a responder, as mtls_ocsp_status() does.
 */
mtls_verdict_t mtls_verify(const mtls_profile_t *profile, const mtls_chain_t *chain,
                           const mtls_verify_means_t *means, apr_time_t now);

#endif /* MTLS_TRUST_VERIFY_H */
