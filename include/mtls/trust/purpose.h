/*
 * mtls/trust/purpose.h - whether a path of certificates is meant for what it is used for.
 *
 * One usage of the profile's list must be allowed by every certificate of the path.  The leaf
 * allows what it lists, or everything when it lists nothing and the profile is not strict; a CA
 * allows what it lists, anyExtendedKeyUsage included, or everything when it lists nothing.  A leaf
 * with a key usage extension must have digitalSignature in it, whatever usages are asked for (RFC 5280
 * section 4.2.1.3, RFC 8446 section 4.4.2.4).
 *
 * May include: OpenSSL, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_PURPOSE_H
#define MTLS_TRUST_PURPOSE_H

#include <openssl/x509.h>

#include "mtls/trust/profile_parts.h"

/**
 * @param path      leaf first
 * @param at_fault  index in @a path, set when the answer is no
 * @return true when the path is meant for it
 */
bool mtls_purpose_check(const mtls_purpose_t *purpose, const STACK_OF(X509) *path, int *at_fault);

#endif /* MTLS_TRUST_PURPOSE_H */
