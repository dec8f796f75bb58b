/* httpd/errand.c - see mtls/httpd/errand.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/errand.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

/* What is being done is waited for this often and this long when the process ends. */
#define END_TURNS 300
#define END_PAUSE apr_time_from_msec(1)

/* Where an errand is; LEFT: nobody waits for it any more. */
enum { QUEUED = 0, RUNNING, DONE, LEFT };

struct mtls_errands_t {
    pthread_mutex_t mutex;
    pthread_cond_t come; /* something is queued, or it ends */
    pthread_cond_t done; /* something was done */
    mtls_errand_t *first;
    mtls_errand_t **last;
    int queued;
    int threads;
    int idle;    /* threads that wait for something to do */
    int running; /* errands that are being done */
    int users;   /* threads, and the pool: the last one frees it */
    bool ended;
};

static struct timespec deadline_after(apr_interval_time_t patience)
{
    struct timespec at;
    long nanoseconds;

    clock_gettime(CLOCK_MONOTONIC, &at);
    nanoseconds = at.tv_nsec + (long)(patience % APR_USEC_PER_SEC) * 1000;
    at.tv_sec += (time_t)(patience / APR_USEC_PER_SEC) + nanoseconds / 1000000000;
    at.tv_nsec = nanoseconds % 1000000000;
    return at;
}

static mtls_errand_t *pop(mtls_errands_t *errands)
{
    mtls_errand_t *errand = errands->first;

    errands->first = errand->next;
    if (!errands->first)
        errands->last = &errands->first;
    errands->queued--;
    return errand;
}

static void push(mtls_errands_t *errands, mtls_errand_t *errand)
{
    errand->next = NULL;
    errand->state = QUEUED;
    *errands->last = errand;
    errands->last = &errand->next;
    errands->queued++;
}

static void take_back(mtls_errands_t *errands, const mtls_errand_t *errand)
{
    mtls_errand_t **at = &errands->first;

    while (*at != errand)
        at = &(*at)->next;
    *at = errand->next;
    if (!*at)
        errands->last = at;
    errands->queued--;
}

/* With the mutex, which is free meanwhile. */
static void do_one(mtls_errands_t *errands)
{
    mtls_errand_t *errand = pop(errands);

    errand->state = RUNNING;
    errands->running++;
    pthread_mutex_unlock(&errands->mutex);
    errand->run_fn(errand);
    pthread_mutex_lock(&errands->mutex);
    errands->running--;
    if (errand->state == LEFT)
        free(errand);
    else
        errand->state = DONE;
    pthread_cond_broadcast(&errands->done);
}

/* With the mutex, which is given back. */
static void leave(mtls_errands_t *errands)
{
    bool last = --errands->users == 0;

    pthread_mutex_unlock(&errands->mutex);
    if (!last)
        return;
    pthread_cond_destroy(&errands->come);
    pthread_cond_destroy(&errands->done);
    pthread_mutex_destroy(&errands->mutex);
    free(errands);
}

static void *work(void *data)
{
    mtls_errands_t *errands = data;

    pthread_mutex_lock(&errands->mutex);
    while (!errands->ended) {
        if (errands->first) {
            do_one(errands);
            continue;
        }
        errands->idle++;
        pthread_cond_wait(&errands->come, &errands->mutex);
        errands->idle--;
    }
    leave(errands);
    return NULL;
}

/* Signals are for httpd's own threads. */
static bool add_thread(mtls_errands_t *errands)
{
    pthread_attr_t attr;
    pthread_t thread;
    sigset_t all, before;
    bool added;

    if (pthread_attr_init(&attr) != 0)
        return false;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    added = pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED) == 0 &&
            pthread_create(&thread, &attr, work, errands) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    errands->threads += added;
    errands->users += added;
    return added;
}

/* @return false when nobody will come for what is queued. */
static bool call_somebody(mtls_errands_t *errands)
{
    bool more = errands->queued > errands->idle && errands->threads < MTLS_ERRAND_THREADS;

    if (more && !add_thread(errands) && errands->threads == 0)
        return false;
    pthread_cond_signal(&errands->come);
    return true;
}

/* @return whether it is the caller's again. */
static bool wait_for(mtls_errands_t *errands, mtls_errand_t *errand, apr_interval_time_t patience)
{
    struct timespec deadline = deadline_after(patience);
    int status = 0;

    while (errand->state != DONE && status != ETIMEDOUT)
        status = pthread_cond_timedwait(&errands->done, &errands->mutex, &deadline);
    if (errand->state == DONE)
        return true;
    if (errand->state == RUNNING)
        errand->state = LEFT;
    else {
        take_back(errands, errand);
        free(errand);
    }
    return false;
}

bool mtls_errands_run(mtls_errands_t *errands, mtls_errand_t *errand, apr_interval_time_t patience)
{
    bool done = false;

    pthread_mutex_lock(&errands->mutex);
    if (errands->ended)
        free(errand);
    else {
        push(errands, errand);
        if (call_somebody(errands))
            done = wait_for(errands, errand, patience);
        else {
            take_back(errands, errand);
            free(errand);
        }
    }
    pthread_mutex_unlock(&errands->mutex);
    return done;
}

/* The process may end in a signal handler, while this very thread holds the mutex. */
static bool try_to_end(mtls_errands_t *errands)
{
    if (pthread_mutex_trylock(&errands->mutex) != 0)
        return false;
    errands->ended = true;
    pthread_cond_broadcast(&errands->come);
    if (errands->running > 0) {
        pthread_mutex_unlock(&errands->mutex);
        return false;
    }
    leave(errands);
    return true;
}

/* What is kept longer than this keeps its memory too. */
static apr_status_t end(void *data)
{
    int turn;

    for (turn = 0; turn < END_TURNS && !try_to_end(data); turn++)
        apr_sleep(END_PAUSE);
    return APR_SUCCESS;
}

static bool make_conditions(mtls_errands_t *errands)
{
    pthread_condattr_t attr;
    bool made;

    if (pthread_condattr_init(&attr) != 0)
        return false;
    made = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
           pthread_cond_init(&errands->come, &attr) == 0 &&
           pthread_cond_init(&errands->done, &attr) == 0;
    pthread_condattr_destroy(&attr);
    return made;
}

mtls_errands_t *mtls_errands_make(apr_pool_t *pool)
{
    mtls_errands_t *errands = calloc(1, sizeof(*errands));

    if (!errands)
        return NULL;
    if (pthread_mutex_init(&errands->mutex, NULL) != 0 || !make_conditions(errands)) {
        free(errands);
        return NULL;
    }
    errands->last = &errands->first;
    errands->users = 1;
    apr_pool_pre_cleanup_register(pool, errands, end);
    return errands;
}
