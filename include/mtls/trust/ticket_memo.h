/*
 * mtls/trust/ticket_memo.h - the certificates behind tickets, as one process remembers them.
 *
 * A ticket names its certificate; the chain is in the shared cache.  A process reads it from there once in
 * a while, and in between finds it here: decoded, as a proof, and shared by all threads.
 *
 * Bounded: the least recently used go first.  What is in use when it goes is freed by the last who gives it
 * back.
 *
 * May include: APR, mtls/cert, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_TICKET_MEMO_H
#define MTLS_TRUST_TICKET_MEMO_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <stdbool.h>

#include "mtls/cert/chain.h"
#include "mtls/cert/proof.h"

/** Octets of a ticket's id. */
#define MTLS_TICKET_ID_LEN 16

/** Opaque; one per process. */
typedef struct mtls_ticket_memo_t mtls_ticket_memo_t;

/** One remembered certificate; opaque, counted. */
typedef struct mtls_ticket_proof_t mtls_ticket_proof_t;

/** @param entries  most that are remembered; 1 to 1048576
 * @param pool     ends what is remembered when it ends, in use or not
 * @return APR_SUCCESS, APR_EINVAL, or APR_ENOMEM */
apr_status_t mtls_ticket_memo_make(mtls_ticket_memo_t **out, apr_size_t entries, apr_pool_t *pool);

/**
 * @param id     MTLS_TICKET_ID_LEN octets
 * @param epoch  of the board (mtls_board_ticket_epoch()): what was read under another one is not taken
 * @param since  monotonic: nor what was read before
 * @return counted, to be given back; NULL: read the shared cache.  Whether it is of the certificate that
 *         the ticket names is the caller's to compare
 * Thread: any.
 */
const mtls_ticket_proof_t *mtls_ticket_memo_take(mtls_ticket_memo_t *memo, const unsigned char *id,
                                                 unsigned epoch, apr_time_t since);

/**
 * Remember a record of the shared cache (mtls/cert/ticket_record.h); one that was remembered already is
 * only marked as read again, when it is the same.  The same certificate in another record replaces it;
 * another certificate under the same id is refused.
 *
 * @param out      counted, to be given back; NULL on failure
 * @param record   untrusted octets
 * @param leaf     MTLS_SHA256_LEN octets: what the certificate's SHA-256 must be
 * @param read_at  monotonic
 * @return APR_SUCCESS; APR_EINVAL: no record, another certificate, over the limits; APR_ENOMEM
 * Thread: any.
 */
apr_status_t mtls_ticket_memo_put(const mtls_ticket_proof_t **out, mtls_ticket_memo_t *memo,
                                  const unsigned char *id, mtls_bytes_t record,
                                  const unsigned char *leaf, const mtls_chain_limits_t *limits,
                                  unsigned epoch, apr_time_t read_at);

/** @return its proof, with method TICKET, its mark, and nothing older; valid until it is given back. */
const mtls_proof_t *mtls_ticket_proof_of(const mtls_ticket_proof_t *ticket);

/** Count it down.  NULL is allowed.  Thread: any. */
void mtls_ticket_memo_give_back(mtls_ticket_memo_t *memo, const mtls_ticket_proof_t *ticket);

/** Remember it no longer.  Thread: any. */
void mtls_ticket_memo_forget(mtls_ticket_memo_t *memo, const unsigned char *id);

#endif /* MTLS_TRUST_TICKET_MEMO_H */
