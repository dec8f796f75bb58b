/*
 * mtls/policy/clean.h - may these octets be text at all?
 *
 * May include: mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_CLEAN_H
#define MTLS_POLICY_CLEAN_H

#include <stdbool.h>

#include "mtls/cert/bytes.h"

/**
 * The rule by which an identity's text is made: valid UTF-8 (RFC 3629 section 4), no control character
 * (U+0000 to U+001F, U+007F to U+009F).  Empty text is clean.
 *
 * @param offset  of the first octet that does not fit, set when the answer is false; may be NULL
 */
bool mtls_clean_check(mtls_bytes_t text, apr_size_t *offset);

#endif /* MTLS_POLICY_CLEAN_H */
