/*
 * mtls/trust/ocsp.h - the status of a certificate by OCSP, from memory, the shared cache or a
 * responder.
 *
 * One client for each process.  In this order:
 *   what this process remembers, while it holds
 *   the shared cache
 *   the responder, asked by a thread of this unit's own, by one thread of one process for each
 *   certificate at a time (F-07); the others wait for its answer, each no longer than the rules' timeout
 * An answer is asked for anew, behind the caller's back, a tenth of its time (fetched to end) before the
 * end, or twice the rules' timeout where that is more, but never in its first half (F-08): so one question
 * a certificate and period, and nobody waits for it.  A failure is remembered for MTLS_OCSP_RETRY.  An answer never replaces one with a later
 * thisUpdate, and REVOKED is replaced only by a later one (F-09).
 *
 * May include: OpenSSL, APR, mtls/cert plain headers, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_OCSP_H
#define MTLS_TRUST_OCSP_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <openssl/x509.h>

#include "mtls/trust/board.h"
#include "mtls/trust/fetch.h"
#include "mtls/trust/ocsp_message.h"
#include "mtls/trust/shared_cache.h"

/** A responder that did not answer is not asked about the same certificate again for so long. */
#define MTLS_OCSP_RETRY   apr_time_from_sec(30)
/** A status holds for so long, then it is looked up again: so a newer answer that another process got is
 * seen. */
#define MTLS_OCSP_RECHECK apr_time_from_sec(60)
/** How long one waits who is one too many, and how long its SILENT holds: nobody has failed yet. */
#define MTLS_OCSP_CROWDED      apr_time_from_msec(400)
#define MTLS_OCSP_CROWDED_HOLD apr_time_from_sec(1)
/** Threads of a process that ask at a time; answers a process remembers. */
#define MTLS_OCSP_THREADS  8
#define MTLS_OCSP_REMEMBER 4096
/** Largest answer, in octets (T-R07). */
#define MTLS_OCSP_MAX_ANSWER (64 * 1024)

/** Opaque. */
typedef struct mtls_ocsp_t mtls_ocsp_t;

/** What a client works with; all of it outlives the client. */
typedef struct {
    const mtls_shared_cache_t *cache; /**< NULL: none */
    mtls_board_t *board;              /**< NULL: nothing is shared */
    const mtls_fetch_means_t *means;
    int patient; /**< callers that may wait for the rules' timeout at a time; others are told SILENT
                      after MTLS_OCSP_CROWDED, so that a responder that does not answer leaves threads
                      for requests that need none.  0: all may */
    /** Told of failures, in words that are clean for a log; any thread.  @a repeated: the same has been
     * told for this server within MTLS_OCSP_RETRY */
    void (*tell_fn)(void *baton, const char *text, bool repeated);
    void *baton;
} mtls_ocsp_means_t;

/**
 * @param pool  lifetime: a cleanup stops the threads, and waits for them, bounded by the stop flag of
 *              @a means; made in the process that uses it, after fork
 */
apr_status_t mtls_ocsp_make(mtls_ocsp_t **out, const mtls_ocsp_means_t *means, apr_pool_t *pool);

/** Count a certificate that was accepted though its responder could not say.  Thread: any. */
void mtls_ocsp_note_lenient(mtls_ocsp_t *client);

/** Ask nobody any more: questions that wait end SILENT, threads end, and are waited for as by the cleanup.
 * The client may still be called afterwards.  Thread: any. */
void mtls_ocsp_stop(mtls_ocsp_t *client);

/**
 * Find out the status of a certificate.
 *
 * Words: GOOD, REVOKED, UNKNOWN as answered; MISSING when there is nobody to ask; SILENT and UNUSABLE
 * as mtls_ocsp_response_read(), SILENT also for no answer in time.  With rules->grace an answer past its
 * end is used for so much longer while nothing newer can be had; REVOKED is, with or without it, while this
 * process remembers it.
 *
 * until: at most now + MTLS_OCSP_RECHECK for an answer, now + MTLS_OCSP_RETRY for a failure.
 *
 * @param now  wall clock
 * Thread: any; waits for rules->timeout at most.
 */
mtls_status_t mtls_ocsp_status(mtls_ocsp_t *client, const mtls_ocsp_question_t *question,
                               apr_time_t now);

#endif /* MTLS_TRUST_OCSP_H */
