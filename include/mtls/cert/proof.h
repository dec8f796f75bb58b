/*
 * mtls/cert/proof.h - a certificate whose key the peer has shown to hold, and how.
 *
 * A proof exists only after the TLS exchange that carried it has finished
 * (RFC 8446 section 4.4.3, RFC 9846 section 4.5.2); making one earlier is the bug
 * this project was founded against.  Proofs of a connection form a list that
 * only grows at its head; nodes never change after publication.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_PROOF_H
#define MTLS_CERT_PROOF_H

#include <apr_time.h>

#include "mtls/cert/chain.h"
#include "mtls/cert/identity.h"

/** How possession was proven.  Zero is no proof. */
typedef enum {
    MTLS_PROOF_NONE = 0,
    MTLS_PROOF_HANDSHAKE,
    MTLS_PROOF_POST_HANDSHAKE,
    MTLS_PROOF_RENEGOTIATION,
    MTLS_PROOF_RESUMPTION, /**< in an earlier connection's handshake; proven_at is of that time */
    MTLS_PROOF_TICKET,     /**< at the step-up endpoint, of which the browser brings a ticket; proven_at is
                                of the endpoint's handshake */
    MTLS_PROOF_METHODS /* count */
} mtls_proof_method_t;

/** Most proofs one connection keeps; a further one is refused, not swapped in. */
#define MTLS_PROOF_MAX_PER_CONNECTION 8

typedef struct mtls_proof_t mtls_proof_t;
struct mtls_proof_t {
    const mtls_proof_t *older;        /**< previously published proof, or NULL */
    const mtls_identity_t *identity;  /**< never NULL */
    const mtls_chain_t *chain;        /**< never NULL */
    mtls_proof_method_t method;
    apr_time_t proven_at;             /**< wall clock; the *original* proof for RESUMPTION */
    const unsigned char *ticket;      /**< mark of the TICKET (mtls/cert/mark.h); NULL: of none */
};

/** @return "handshake", "post-handshake", "renegotiation", "resumption", "ticket" or "none"; static. */
const char *mtls_proof_method_word(mtls_proof_method_t method);

/** @return the method named @a word, or MTLS_PROOF_NONE when there is no such method. */
mtls_proof_method_t mtls_proof_method_parse(const char *word);

#endif /* MTLS_CERT_PROOF_H */
