/* SPDX-License-Identifier: Apache-2.0 */
#include "ocsp_flight.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "mtls/trust/monotonic.h"
#include "mtls/trust/ocsp.h"

#define MAX_FLIGHTS 1024
#define BUCKETS     256
/* How often, and with which pauses, the mutex is tried at the end. */
#define STOP_TURNS  200
#define STOP_PAUSE  apr_time_from_msec(1)

/* The interface's part comes first. */
typedef struct airborne_t airborne_t;
struct airborne_t {
    mtls_ocsp_flight_t flight;
    pthread_cond_t landed_cond;
    mtls_ocsp_known_t known;
    bool landed;
    int holders;        /* who joined, and the thread that flies it */
    airborne_t *next;   /* in the same bucket, while it has not landed */
    airborne_t *behind; /* in the queue */
};

typedef struct {
    mtls_ocsp_flights_t *flights;
    pthread_t thread;
    bool ended; /* it does nothing any more but return */
} worker_t;

struct mtls_ocsp_flights_t {
    pthread_mutex_t mutex;
    pthread_cond_t work_cond; /* there is something to fly, or the end */
    pthread_cond_t gone_cond; /* a thread ended */
    apr_pool_t *pool;
    mtls_ocsp_fly_fn fly_fn;
    void *baton;
    airborne_t *buckets[BUCKETS];
    airborne_t *first; /* of the queue */
    airborne_t *last;
    int queued;
    int flights; /* not freed yet */
    worker_t workers[MTLS_OCSP_THREADS];
    int started; /* of them */
    int threads; /* of those, the ones that have not ended */
    int idle;    /* of these */
    bool closed;
    bool owned;
};

static apr_status_t init_cond(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    int error = pthread_condattr_init(&attributes);

    if (error != 0)
        return error;
    error = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (error == 0)
        error = pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
    return error;
}

/* @return false when the time is over; @a deadline as mtls_monotonic_now(). */
static bool wait_until(pthread_cond_t *cond, pthread_mutex_t *mutex, apr_time_t deadline)
{
    struct timespec end = {.tv_sec = (time_t)apr_time_sec(deadline),
                           .tv_nsec = (long)apr_time_usec(deadline) * 1000};

    return pthread_cond_timedwait(cond, mutex, &end) == 0;
}

apr_status_t mtls_ocsp_flights_make(mtls_ocsp_flights_t **out, mtls_ocsp_fly_fn fly_fn)
{
    mtls_ocsp_flights_t *flights;
    apr_pool_t *pool;
    apr_status_t status = apr_pool_create_unmanaged_ex(&pool, NULL, NULL);

    *out = NULL;
    if (status != APR_SUCCESS)
        return status;
    flights = apr_pcalloc(pool, sizeof(*flights));
    flights->pool = pool;
    flights->fly_fn = fly_fn;
    flights->owned = true;
    status = pthread_mutex_init(&flights->mutex, NULL);
    if (status == APR_SUCCESS)
        status = init_cond(&flights->work_cond);
    if (status == APR_SUCCESS)
        status = init_cond(&flights->gone_cond);
    if (status != APR_SUCCESS)
        apr_pool_destroy(pool);
    else
        *out = flights;
    return status;
}

apr_pool_t *mtls_ocsp_flights_pool(const mtls_ocsp_flights_t *flights)
{
    return flights->pool;
}

void mtls_ocsp_flights_set_baton(mtls_ocsp_flights_t *flights, void *baton)
{
    flights->baton = baton;
}

/* Give the mutex back; after the last of all, what it guarded too. */
static void unlock(mtls_ocsp_flights_t *flights)
{
    bool over = !flights->owned && flights->threads == 0 && flights->flights == 0;

    pthread_mutex_unlock(&flights->mutex);
    if (!over)
        return;
    pthread_cond_destroy(&flights->work_cond);
    pthread_cond_destroy(&flights->gone_cond);
    pthread_mutex_destroy(&flights->mutex);
    apr_pool_destroy(flights->pool);
}

static airborne_t **link_of(mtls_ocsp_flights_t *flights, const unsigned char *id)
{
    airborne_t **link = &flights->buckets[id[0] % BUCKETS];

    while (*link != NULL && memcmp((*link)->flight.id, id, MTLS_SHA256_LEN) != 0)
        link = &(*link)->next;
    return link;
}

static airborne_t *make_flight(const unsigned char *id)
{
    airborne_t *made;
    apr_pool_t *pool;

    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS)
        return NULL;
    made = apr_pcalloc(pool, sizeof(*made));
    memcpy(made->flight.id, id, MTLS_SHA256_LEN);
    made->flight.pool = pool;
    if (init_cond(&made->landed_cond) == APR_SUCCESS)
        return made;
    apr_pool_destroy(pool);
    return NULL;
}

mtls_ocsp_flight_t *mtls_ocsp_flight_join(mtls_ocsp_flights_t *flights,
                                          const unsigned char id[MTLS_SHA256_LEN], bool *leads)
{
    airborne_t **link;
    airborne_t *found;

    pthread_mutex_lock(&flights->mutex);
    link = link_of(flights, id);
    found = *link;
    *leads = found == NULL;
    if (found == NULL && !flights->closed && flights->flights < MAX_FLIGHTS) {
        found = make_flight(id);
        if (found != NULL) {
            *link = found;
            flights->flights++;
        }
    }
    if (found != NULL)
        found->holders++;
    pthread_mutex_unlock(&flights->mutex);
    return found == NULL ? NULL : &found->flight;
}

/* The one way out for a flight; the mutex is held. */
static void land(mtls_ocsp_flights_t *flights, airborne_t *flight, const mtls_ocsp_known_t *known)
{
    airborne_t **link = link_of(flights, flight->flight.id);

    *link = flight->next;
    flight->known = *known;
    flight->landed = true;
    pthread_cond_broadcast(&flight->landed_cond);
}

/* The mutex is held before, and not after. */
static void leave(mtls_ocsp_flights_t *flights, airborne_t *flight)
{
    bool last = --flight->holders == 0;

    if (!last) {
        unlock(flights);
        return;
    }
    pthread_mutex_unlock(&flights->mutex);
    pthread_cond_destroy(&flight->landed_cond);
    apr_pool_destroy(flight->flight.pool);
    pthread_mutex_lock(&flights->mutex);
    flights->flights--;
    unlock(flights);
}

static airborne_t *take_from_queue(mtls_ocsp_flights_t *flights)
{
    airborne_t *flight = flights->first;

    flights->first = flight->behind;
    if (flights->first == NULL)
        flights->last = NULL;
    flights->queued--;
    return flight;
}

static void *serve(void *data)
{
    worker_t *worker = data;
    mtls_ocsp_flights_t *flights = worker->flights;

    pthread_mutex_lock(&flights->mutex);
    while (!flights->closed) {
        airborne_t *flight;
        mtls_ocsp_known_t known;

        if (flights->first == NULL) {
            flights->idle++;
            pthread_cond_wait(&flights->work_cond, &flights->mutex);
            flights->idle--;
            continue;
        }
        flight = take_from_queue(flights);
        pthread_mutex_unlock(&flights->mutex);
        known = flights->fly_fn(flights->baton, &flight->flight);
        pthread_mutex_lock(&flights->mutex);
        land(flights, flight, &known);
        leave(flights, flight);
        pthread_mutex_lock(&flights->mutex);
    }
    OPENSSL_thread_stop(); /* before anybody goes on who waits for the end */
    worker->ended = true;
    flights->threads--;
    pthread_cond_broadcast(&flights->gone_cond);
    unlock(flights);
    return NULL;
}

/* Signals are for the server's own threads. */
static bool start_thread(mtls_ocsp_flights_t *flights)
{
    sigset_t all;
    sigset_t before;
    worker_t *worker = &flights->workers[flights->started];
    int error;

    worker->flights = flights;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&worker->thread, NULL, serve, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0)
        return false;
    flights->started++;
    flights->threads++;
    return true;
}

static bool has_thread(mtls_ocsp_flights_t *flights)
{
    if (flights->idle > flights->queued)
        return true;
    return (flights->started < MTLS_OCSP_THREADS && start_thread(flights)) || flights->threads > 0;
}

static const mtls_ocsp_known_t nothing = {0};

void mtls_ocsp_flight_start(mtls_ocsp_flights_t *flights, mtls_ocsp_flight_t *flight,
                            bool waited_for)
{
    airborne_t *started = (airborne_t *)flight;

    pthread_mutex_lock(&flights->mutex);
    if (flights->closed || (!waited_for && flights->queued >= MTLS_OCSP_THREADS) ||
        !has_thread(flights)) {
        land(flights, started, &nothing);
    } else {
        started->holders++;
        if (flights->last == NULL)
            flights->first = started;
        else
            flights->last->behind = started;
        flights->last = started;
        flights->queued++;
        pthread_cond_signal(&flights->work_cond);
    }
    pthread_mutex_unlock(&flights->mutex);
}

void mtls_ocsp_flight_land(mtls_ocsp_flights_t *flights, mtls_ocsp_flight_t *flight,
                           const mtls_ocsp_known_t *known)
{
    pthread_mutex_lock(&flights->mutex);
    land(flights, (airborne_t *)flight, known);
    pthread_mutex_unlock(&flights->mutex);
}

bool mtls_ocsp_flight_wait(mtls_ocsp_flights_t *flights, mtls_ocsp_flight_t *flight,
                           apr_time_t deadline, mtls_ocsp_known_t *known)
{
    airborne_t *awaited = (airborne_t *)flight;
    bool landed;

    pthread_mutex_lock(&flights->mutex);
    while (!awaited->landed && mtls_monotonic_now() < deadline)
        if (!wait_until(&awaited->landed_cond, &flights->mutex, deadline))
            break;
    landed = awaited->landed;
    if (landed)
        *known = awaited->known;
    pthread_mutex_unlock(&flights->mutex);
    return landed;
}

void mtls_ocsp_flight_leave(mtls_ocsp_flights_t *flights, mtls_ocsp_flight_t *flight)
{
    pthread_mutex_lock(&flights->mutex);
    leave(flights, (airborne_t *)flight);
}

bool mtls_ocsp_flights_closed(mtls_ocsp_flights_t *flights)
{
    bool closed;

    pthread_mutex_lock(&flights->mutex);
    closed = flights->closed;
    pthread_mutex_unlock(&flights->mutex);
    return closed;
}

/* Those that ended are over before their owner is; the others are left to themselves.  The mutex is
 * held, and given back while one is waited for. */
static void part_with_threads(mtls_ocsp_flights_t *flights)
{
    for (int i = 0; i < flights->started; i++) {
        worker_t *worker = &flights->workers[i];

        if (!worker->ended) {
            pthread_detach(worker->thread);
            continue;
        }
        pthread_mutex_unlock(&flights->mutex);
        pthread_join(worker->thread, NULL);
        pthread_mutex_lock(&flights->mutex);
    }
}

/* At a process's end the mutex may be held by a thread that is no more, or, in a signal, by this
 * very one: then there is nobody left to stop. */
static bool lock_to_stop(mtls_ocsp_flights_t *flights)
{
    for (int i = 0; i < STOP_TURNS; i++) {
        if (pthread_mutex_trylock(&flights->mutex) == 0)
            return true;
        apr_sleep(STOP_PAUSE);
    }
    return false;
}

/* With the mutex held. */
static void stop(mtls_ocsp_flights_t *flights, apr_interval_time_t time)
{
    apr_time_t deadline = mtls_monotonic_now() + time;

    flights->closed = true;
    pthread_cond_broadcast(&flights->work_cond);
    while (flights->first != NULL) {
        airborne_t *flight = take_from_queue(flights);

        land(flights, flight, &nothing);
        leave(flights, flight);
        pthread_mutex_lock(&flights->mutex);
    }
    while (flights->threads > 0)
        if (!wait_until(&flights->gone_cond, &flights->mutex, deadline))
            break;
}

void mtls_ocsp_flights_stop(mtls_ocsp_flights_t *flights, apr_interval_time_t time)
{
    if (!lock_to_stop(flights))
        return;
    stop(flights, time);
    unlock(flights);
}

void mtls_ocsp_flights_close(mtls_ocsp_flights_t *flights, apr_interval_time_t time)
{
    if (!lock_to_stop(flights))
        return;
    stop(flights, time);
    part_with_threads(flights);
    flights->owned = false;
    unlock(flights);
}
