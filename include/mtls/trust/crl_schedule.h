/*
 * mtls/trust/crl_schedule.h - when a CRL is to be asked for again.
 *
 * Pure: same times, same answer.
 *
 * May include: APR only.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_CRL_SCHEDULE_H
#define MTLS_TRUST_CRL_SCHEDULE_H

#include <apr_time.h>
#include <stdbool.h>

/** Longest pause: a clock that was wrong once, or a list for a year, keeps nobody from asking. */
#define MTLS_CRL_SCHEDULE_MAX apr_time_from_sec(7 * 24 * 3600)

/** Shortest pause after an answer: lists that live for seconds are renewed in time too. */
#define MTLS_CRL_SCHEDULE_MIN apr_time_from_sec(1)

/** Pauses after failures: the first, doubled each time up to the last. */
#define MTLS_CRL_SCHEDULE_RETRY     apr_time_from_sec(30)
#define MTLS_CRL_SCHEDULE_RETRY_MAX apr_time_from_sec(3600)

/**
 * After an answer: half of the list's time, but an hour before its end where that lies ahead; past the
 * half, half of what is left.
 * @return later than @a now by MTLS_CRL_SCHEDULE_MIN to MTLS_CRL_SCHEDULE_MAX
 */
apr_time_t mtls_crl_schedule_next(apr_time_t this_update, apr_time_t next_update, apr_time_t now);

/** After a failure. @param failures  in a row, this one included */
apr_time_t mtls_crl_schedule_retry(int failures, apr_time_t now);

/** @return whether it is time: also where the times say that the clock was wrong (F-45). */
bool mtls_crl_schedule_is_due(apr_time_t asked, apr_time_t next, apr_time_t now);

#endif /* MTLS_TRUST_CRL_SCHEDULE_H */
