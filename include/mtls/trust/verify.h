/*
 * mtls/trust/verify.h - judge a chain by a profile: RFC 5280 section 6 and the profile's own rules.
 *
 * Path building and validation are OpenSSL's.  On top: pins, extended key
 * usage lists, key and signature strength, lifetime.
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

/** A verdict that is not about time is made again after this long, whatever it says. */
#define MTLS_VERDICT_MAX_AGE apr_time_from_sec(24 * 3600)

/**
 * Judge.  Always yields a verdict: what cannot be judged (memory, decoding) is refused with
 * MTLS_REASON_MALFORMED or MTLS_REASON_INTERNAL, the latter with valid_until = @a now.
 *
 * valid_until is the earliest of: notAfter in the verified path, the moment a not-yet-valid
 * certificate begins to be valid, now + MTLS_VERDICT_MAX_AGE.
 *
 * @param now  wall clock to judge at
 * Thread: any; allocates only OpenSSL memory that is freed before return; leaves the error queue empty.
 */
mtls_verdict_t mtls_verify(const mtls_profile_t *profile, const mtls_chain_t *chain,
                           apr_time_t now);

#endif /* MTLS_TRUST_VERIFY_H */
