/*
 * mod_mtls/trust/ocsp_flight.h - who is asking: one flight for each certificate in a process, and
 * those who wait for it.
 *
 * Threads of this unit's own fly them: started when there is something to ask, at most
 * MTLS_OCSP_THREADS, without any signal of the server's.  No lock is held while they do.
 *
 * Everything that belongs to the flights lives in a pool of its own, until the last of its owner,
 * its threads and its flights is gone: a thread may be caught in the system's resolver for longer
 * than anybody waits for it.
 *
 * May include: OpenSSL, APR, mtls/cert plain headers, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_OCSP_FLIGHT_H
#define MTLS_TRUST_OCSP_FLIGHT_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/ocsp_message.h"
#include "ocsp_memory.h"

/** Opaque. */
typedef struct mtls_ocsp_flights_t mtls_ocsp_flights_t;

/** One question under way.  The leader fills it before it starts; then it is its thread's, and ends
 * with the last who leaves it. */
typedef struct {
    unsigned char id[MTLS_SHA256_LEN];
    apr_pool_t *pool; /**< its own */
    const mtls_ocsp_question_t *question;
    bool renews;      /**< what is known holds still, and a newer one is looked for */
    apr_time_t now;   /**< wall clock when it began */
    apr_time_t begun; /**< the same moment of the monotonic clock */
} mtls_ocsp_flight_t;

/** Fly: find out what is known now.  Runs in a thread that may block. */
typedef mtls_ocsp_known_t (*mtls_ocsp_fly_fn)(void *baton, const mtls_ocsp_flight_t *flight);

/** Make the flights of a process. @param baton  from mtls_ocsp_flights_pool() or longer-lived */
apr_status_t mtls_ocsp_flights_make(mtls_ocsp_flights_t **out, mtls_ocsp_fly_fn fly_fn);
/** @return the pool they live in, for what has to live as long. */
apr_pool_t *mtls_ocsp_flights_pool(const mtls_ocsp_flights_t *flights);
void mtls_ocsp_flights_set_baton(mtls_ocsp_flights_t *flights, void *baton);

/** Flights that have not begun land with nothing known, no other begins, threads end; waits for
 * them for
 * @a time at most. */
void mtls_ocsp_flights_stop(mtls_ocsp_flights_t *flights, apr_interval_time_t time);

/** As mtls_ocsp_flights_stop(), and the owner goes: what is still under way then touches nothing of
 * the owner's any more. */
void mtls_ocsp_flights_close(mtls_ocsp_flights_t *flights, apr_interval_time_t time);
/** @return whether the owner went: what it lent must not be touched. */
bool mtls_ocsp_flights_closed(mtls_ocsp_flights_t *flights);

/**
 * Join the flight for @a id, or lead a new one.
 * @param leads  receives whether the caller leads: it then starts or lands it
 * @return to be left, NULL when there are too many, or no memory
 */
mtls_ocsp_flight_t *mtls_ocsp_flight_join(mtls_ocsp_flights_t *flights,
                                          const unsigned char id[MTLS_SHA256_LEN], bool *leads);

/** Have a thread fly it.  One that cannot be flown lands with nothing known.
 * @param waited_for  false: only when there is no queue */
void mtls_ocsp_flight_start(mtls_ocsp_flights_t *flights, mtls_ocsp_flight_t *flight,
                            bool waited_for);
/** It is over: wake who waits. */
void mtls_ocsp_flight_land(mtls_ocsp_flights_t *flights, mtls_ocsp_flight_t *flight,
                           const mtls_ocsp_known_t *known);
/** @param deadline  monotonic clock.  @return whether it has landed in time, and with what */
bool mtls_ocsp_flight_wait(mtls_ocsp_flights_t *flights, mtls_ocsp_flight_t *flight,
                           apr_time_t deadline, mtls_ocsp_known_t *known);
void mtls_ocsp_flight_leave(mtls_ocsp_flights_t *flights, mtls_ocsp_flight_t *flight);

#endif /* MTLS_TRUST_OCSP_FLIGHT_H */
