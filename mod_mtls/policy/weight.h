/*
 * policy/weight.h - how much a client likes something: RFC 9110 section 12.4.2.
 *
 * May include: libc only.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_WEIGHT_H
#define MTLS_POLICY_WEIGHT_H

#include <stddef.h>

/** Weight of what comes without one, in thousandths; the most there is. */
#define MTLS_WEIGHT_FULL 1000

/** @return thousandths of a qvalue of @a len characters: 0, 0.5, 0.125, 1, 1.000; -1 when it is
 * none. */
int mtls_weight_parse(const char *text, size_t len);

#endif /* MTLS_POLICY_WEIGHT_H */
