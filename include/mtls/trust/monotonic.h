/*
 * mtls/trust/monotonic.h - the system's monotonic clock, which all processes share and nobody
 * sets (F-45).
 *
 * May include: APR.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_MONOTONIC_H
#define MTLS_TRUST_MONOTONIC_H

#include <apr_time.h>

/** @return microseconds since some moment in the past, never 0. */
apr_time_t mtls_monotonic_now(void);

#endif /* MTLS_TRUST_MONOTONIC_H */
