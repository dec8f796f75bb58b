/*
 * mtls/trust/board.h - what all children of a server write on one board in shared memory: who is
 * asking whom just now, which servers do not answer, and how often things happened.
 *
 * No lock anywhere: every entry is one word exchanged as a whole, and what a dead process
 * has written ends by its time (F-24).  Times are of the system's monotonic clock, which all processes
 * share (F-45).
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_BOARD_H
#define MTLS_TRUST_BOARD_H

#include <apr.h>
#include <apr_time.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"

/** Opaque. */
typedef struct mtls_board_t mtls_board_t;

/** What is counted, one row each in counters.def: MTLS_COUNTER_RELOADS, ... */
typedef enum {
#define MTLS_COUNTER(id, name, help) MTLS_COUNTER_##id,
#include "mtls/trust/counters.def"
#undef MTLS_COUNTER
    MTLS_COUNTER_COUNT
} mtls_counter_t;

/** @return octets it needs. */
apr_size_t mtls_board_size(void);

/** Begin a board.  @param memory zeroed, aligned as from an allocator; stays the caller's */
mtls_board_t *mtls_board_init(void *memory);

/** All functions below: @a board may be NULL, and then nothing is shared: counts go nowhere, leases are
 * always granted, nobody is ever avoided.  Thread and process: any. */

void mtls_board_count(mtls_board_t *board, mtls_counter_t counter);
apr_uint64_t mtls_board_read(const mtls_board_t *board, mtls_counter_t counter);
/** The counter's name and help, from the table. */
const char *mtls_counter_name(mtls_counter_t counter);
const char *mtls_counter_help(mtls_counter_t counter);

/**
 * Take a task on: asking about @a id, for @a time at most.
 * @return true: it is the caller's to do, and to give back; false: somebody else is at it.
 * Two ids that share a word are rare; then one waits for the other, and nothing worse.
 */
bool mtls_board_take(mtls_board_t *board, const unsigned char id[MTLS_SHA256_LEN],
                     apr_interval_time_t time);
/** Give it back.  After its time it may be somebody else's already, who then keeps it: @a id's word is
 * cleared only as the caller left it. */
void mtls_board_give_back(mtls_board_t *board, const unsigned char id[MTLS_SHA256_LEN]);
/** @return whether somebody is at it. */
bool mtls_board_is_taken(const mtls_board_t *board, const unsigned char id[MTLS_SHA256_LEN]);

/**
 * The circuit breaker of a server, by its scheme, host and port.  After MTLS_BREAKER_FAILURES failures in
 * a row it is avoided for MTLS_BREAKER_PAUSE; then one caller may try, and its success or failure decides
 * for all.  Of one who is not heard of again nobody waits longer than another pause (F-24).
 */
#define MTLS_BREAKER_FAILURES 5
#define MTLS_BREAKER_PAUSE    apr_time_from_sec(30)
bool mtls_board_may_try(mtls_board_t *board, const char *server);
void mtls_board_tell(mtls_board_t *board, const char *server, bool succeeded);
/** @return number of servers that are avoided now. */
int mtls_board_avoided(const mtls_board_t *board);

/**
 * Epochs of tickets: who revokes one raises the epoch of its id, so that all children read it again from the
 * shared cache.  Some ids share a word and are read again in vain.
 * @param id  of a ticket; its first four octets count
 */
unsigned mtls_board_ticket_epoch(const mtls_board_t *board, const unsigned char *id);
void mtls_board_raise_ticket_epoch(mtls_board_t *board, const unsigned char *id);

#endif /* MTLS_TRUST_BOARD_H */
