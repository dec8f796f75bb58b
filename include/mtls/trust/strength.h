/*
 * mtls/trust/strength.h - keys and signatures strong enough, by our own minimums.
 *
 * OpenSSL's security level is switched off in favour of these, so that nothing is refused for a
 * reason the configuration does not show.  Accepted are RSA, RSA-PSS, EC on a named curve, Ed25519
 * and Ed448; DSA, explicit EC parameters and everything else never.  The Edwards curves
 * have one strength: they satisfy every minimum, and their signatures count as 512 digest bits.
 *
 * May include: OpenSSL, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_STRENGTH_H
#define MTLS_TRUST_STRENGTH_H

#include <openssl/x509.h>

#include "mtls/trust/profile_parts.h"

/** @return true for an RSA key of more than MTLS_PROFILE_MAX_RSA_BITS: nothing is verified with it. */
bool mtls_strength_is_oversized(X509 *cert);

/** @return true when the certificate's key meets the minimums. */
bool mtls_strength_check_key(X509 *cert, const mtls_strength_t *minimum);

/** @return true when the signature on the certificate uses a digest that meets the minimum. */
bool mtls_strength_check_signature(X509 *cert, const mtls_strength_t *minimum);

#endif /* MTLS_TRUST_STRENGTH_H */
