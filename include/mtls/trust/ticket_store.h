/*
 * mtls/trust/ticket_store.h - the certificates behind codes and tickets: kept in the shared cache,
 * spent, revoked.
 *
 * A step-up ends with a code, which is good for one ticket; a ticket is good until it ends or is
 * revoked. Both are authentic by themselves, but neither is worth anything without its record in
 * the shared cache (mtls/cert/ticket_record.h), so whoever takes the record away has ended it for
 * all servers.
 *
 * How a code becomes a ticket, so that a code which is brought twice at once ends in no ticket at
 * all:
 *
 *   mtls_ticket_store_look_at_code()   the record, to judge
 *   mtls_ticket_store_put()            under the id that only this code leads to
 *   mtls_ticket_store_take_code()      HIT: the ticket is given out; else it is revoked again
 *
 * Whoever comes too late revokes what the first one has put, because that was put before the code
 * was taken.
 *
 * Guarantees
 *   once         of all who take a code, in whatever process and on whatever machine, one gets HIT
 *   fail closed  when the cache cannot say, nobody is told that a record is there
 *
 * May include: APR, mtls/cert plain headers, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_TICKET_STORE_H
#define MTLS_TRUST_TICKET_STORE_H

#include <apr_time.h>
#include <stdbool.h>

#include "mtls/trust/board.h"
#include "mtls/trust/shared_cache.h"
#include "mtls/trust/ticket_memo.h"

/** Octets of a code's id. */
#define MTLS_CODE_ID_LEN 16

/** What it works with, all borrowed; one per process.  Functions below: any thread. */
typedef struct {
    const mtls_shared_cache_t *cache;
    mtls_board_t
        *board; /**< counts and epochs; with NULL other processes are not told of a revocation */
    mtls_ticket_memo_t *memo;
} mtls_ticket_store_t;

/** What a ticket says, and how fresh its record must be. */
typedef struct {
    const unsigned char *id;           /**< MTLS_TICKET_ID_LEN octets */
    const unsigned char *leaf;         /**< MTLS_SHA256_LEN octets: of its certificate */
    const mtls_chain_limits_t *limits; /**< of the chain */
    apr_interval_time_t interval;      /**< a record is read again when it was read so long ago */
} mtls_ticket_look_t;

/** @return false when it was not stored. */
bool mtls_ticket_store_put_code(const mtls_ticket_store_t *store,
                                const unsigned char code_id[MTLS_CODE_ID_LEN], mtls_bytes_t record,
                                apr_time_t ends_at);

/**
 * The record of a code, which stays.
 * @param len  capacity of @a out, MTLS_SHARED_CACHE_MAX at least; then the record's length
 */
mtls_cache_end_t mtls_ticket_store_look_at_code(const mtls_ticket_store_t *store,
                                                const unsigned char code_id[MTLS_CODE_ID_LEN],
                                                unsigned char *out, apr_size_t *len);

/** As mtls_ticket_store_look_at_code(), and spend the code.  Whatever the end, it may be spent
 * after. */
mtls_cache_end_t mtls_ticket_store_take_code(const mtls_ticket_store_t *store,
                                             const unsigned char code_id[MTLS_CODE_ID_LEN],
                                             unsigned char *out, apr_size_t *len);

/** @param out  the id of the one ticket that a code may become.  @return false when OpenSSL fails
 */
bool mtls_ticket_id_of_code(unsigned char out[MTLS_TICKET_ID_LEN],
                            const unsigned char code_id[MTLS_CODE_ID_LEN]);

/** @return false when it was not stored: then there is no ticket. */
bool mtls_ticket_store_put(const mtls_ticket_store_t *store,
                           const unsigned char ticket_id[MTLS_TICKET_ID_LEN], mtls_bytes_t record,
                           apr_time_t ends_at);

/**
 * End a ticket: take its record away, and let all processes of this server read it again.  Other
 * machines notice when they read it next (mtls_ticket_look_t.interval).
 * @return HIT: it has ended; MISS: it had ended before; DOWN: it may still be good
 */
mtls_cache_end_t mtls_ticket_store_revoke(const mtls_ticket_store_t *store,
                                          const unsigned char ticket_id[MTLS_TICKET_ID_LEN]);

/**
 * The certificate of a ticket: as it is remembered, else read from the shared cache once.
 *
 * @param out  HIT: counted, to be given back to the memo; else NULL
 * @return MISS: there is no such record, or it is not that certificate's, or over the limits; it is
 * forgotten then. DOWN: nobody can say
 */
mtls_cache_end_t mtls_ticket_store_find(const mtls_ticket_store_t *store,
                                        const mtls_ticket_look_t *look,
                                        const mtls_ticket_proof_t **out);

#endif /* MTLS_TRUST_TICKET_STORE_H */
