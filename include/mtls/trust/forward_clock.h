/*
 * mtls/trust/forward_clock.h - a wall clock that never goes back, for all processes of a server.
 *
 * Time that was over comes again when a clock is set back, and with it everything that ended with its time
 *.  This clock follows the system's wall clock forward, and goes on from where
 * it was, at the pace of the monotonic clock, when that is set back.  Where the wall clock was wrong by being
 * ahead, it stays ahead until the server is started again.
 *
 * May include: APR.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_FORWARD_CLOCK_H
#define MTLS_TRUST_FORWARD_CLOCK_H

#include <apr_time.h>

/** In memory that processes share; zeroed, it is right.  Holds no address. */
typedef struct {
    _Atomic apr_time_t start; /**< wall clock at zero of the monotonic clock, at its highest */
} mtls_forward_clock_t;

/**
 * @param behind  if not NULL, receives how far the wall clock is behind this one; never negative
 * @return microseconds since 1970, not less than any process got before.  Thread: any.
 */
apr_time_t mtls_forward_clock_now(mtls_forward_clock_t *clock, apr_interval_time_t *behind);

#endif /* MTLS_TRUST_FORWARD_CLOCK_H */
