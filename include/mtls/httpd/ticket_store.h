/*
 * mtls/httpd/ticket_store.h - the certificates behind codes and tickets: in the shared cache, and remembered
 * by each child.
 *
 * What is there counts, what is not does not: a code is spent by taking its record away, a ticket revoked by
 * removing it, and whatever a cache has lost, refused, or forgotten in a restart is refused (S-04, S-10).
 *
 * Thread: any, for all functions.  A store of NULL has and keeps nothing: it answers MTLS_CACHE_DOWN.
 *
 * May include: APR, mtls/cert, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_TICKET_STORE_H
#define MTLS_HTTPD_TICKET_STORE_H

#include <apr_pools.h>
#include <apr_time.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"
#include "mtls/cert/ticket_record.h"
#include "mtls/trust/board.h"
#include "mtls/trust/shared_cache.h"
#include "mtls/trust/ticket_memo.h"

/** Most tickets that a child remembers the certificates of. */
#define MTLS_TICKET_STORE_ENTRIES 4096

/** Opaque; one for each child. */
typedef struct mtls_ticket_store_t mtls_ticket_store_t;

/** What it works with. */
typedef struct {
    const mtls_shared_cache_t *cache; /**< NULL: none is there */
    mtls_board_t *board;
    apr_interval_time_t interval; /**< how long what was read is taken for true */
    mtls_chain_limits_t limits;   /**< of chains in the cache */
} mtls_ticket_store_means_t;

/** @return NULL when memory is out. */
mtls_ticket_store_t *mtls_ticket_store_make(const mtls_ticket_store_means_t *means,
                                            apr_pool_t *pool);

/** Keep @a record under a code's id (MTLS_TICKET_ID_LEN octets, as all ids).
 * @param ends_at  wall clock.  @return false when it was not kept */
bool mtls_ticket_store_put_code(mtls_ticket_store_t *store, const unsigned char *id,
                                mtls_bytes_t record, apr_time_t ends_at);

/** Take it: of all who try one gets HIT at most.
 * @param out  from @a pool with HIT, else empty */
mtls_cache_end_t mtls_ticket_store_take_code(mtls_bytes_t *out, mtls_ticket_store_t *store,
                                             const unsigned char *id, apr_pool_t *pool);

/** @return whether it is still there, untouched. */
mtls_cache_end_t mtls_ticket_store_has_code(mtls_ticket_store_t *store, const unsigned char *id);

/** The id of the ticket that a code is exchanged for.  @param out MTLS_TICKET_ID_LEN octets */
void mtls_ticket_id_of_code(unsigned char *out, const unsigned char *code);

/** Keep @a record under a ticket's id.  @return false when it was not kept */
bool mtls_ticket_store_put(mtls_ticket_store_t *store, const unsigned char *id,
                           mtls_bytes_t record, apr_time_t ends_at);

/**
 * The certificate behind a ticket: from memory when it was read within the interval and nobody has revoked
 * a ticket of its epoch since, else from the cache.
 *
 * @param out   counted, to be given back, with HIT; else NULL
 * @param leaf  SHA-256 of the certificate the ticket names
 * @return MISS: revoked, lost, or another certificate's; DOWN: nobody can say
 */
mtls_cache_end_t mtls_ticket_store_find(const mtls_ticket_proof_t **out,
                                        mtls_ticket_store_t *store, const unsigned char *id,
                                        const unsigned char *leaf);

/** NULL is allowed. */
void mtls_ticket_store_give_back(mtls_ticket_store_t *store, const mtls_ticket_proof_t *found);

/** Revoke a ticket, here and for all who share the cache.  @return HIT; MISS: there was none; DOWN: it may
 * live on elsewhere */
mtls_cache_end_t mtls_ticket_store_revoke(mtls_ticket_store_t *store, const unsigned char *id);

#endif /* MTLS_HTTPD_TICKET_STORE_H */
