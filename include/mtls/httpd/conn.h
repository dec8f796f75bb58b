/*
 * mtls/httpd/conn.h - what the module knows about one TLS connection.
 *
 * Made before the handshake, owned by the connection's pool, found again from
 * the SSL object (own ex_data index, T-F07) and from the conn_rec, of an HTTP/2
 * stream's master too.
 *
 * Thread: everything but the published proofs belongs to the connection's own thread.  HTTP/2
 * streams run elsewhere and may use only mtls_conn_proofs() and the fields marked "streams",
 * which are final before the first stream exists: nothing is asked on a connection of HTTP/2.  Of ssl
 * they see only whether it is there.
 *
 * May include: httpd, OpenSSL, mtls/cert, mtls/httpd/host.h, mtls/policy, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_CONN_H
#define MTLS_HTTPD_CONN_H

#include <httpd.h>
#include <openssl/ssl.h>
#include <stdbool.h>

#include "mtls/cert/chain.h"
#include "mtls/cert/proof.h"
#include "mtls/httpd/host.h"
#include "mtls/policy/vars.h"
#include "mtls/trust/reason.h"

/** What mod_ssl says of OpenSSL's X509_V_ERR_APPLICATION_VERIFICATION. */
#define MTLS_CONN_WITHHELD "FAILED:application verification failure"

/** A certificate that arrived in an exchange which has not finished: worth nothing yet. */
typedef struct {
    bool received;             /**< the peer sent a Certificate message with a certificate */
    const mtls_chain_t *chain; /**< NULL when it was over the limits or unreadable */
    mtls_reason_t refusal;     /**< why chain is NULL */
} mtls_pending_t;

/** The exchange we started on this connection after its handshake. */
typedef struct {
    bool active;   /**< between the request for a certificate and its outcome */
    bool finished; /**< the peer's Finished message of this exchange has arrived */
    bool drained;  /**< the last read found the socket empty */
    bool given_up; /**< it ended without an answer: one that comes later is refused */
} mtls_exchange_t;

/** Most sets of variables a connection keeps; further ones are computed for each request. */
#define MTLS_CONN_MAX_VARS 4

/** The variables of one admitted certificate in one kind of place, in the connection's pool. */
typedef struct {
    mtls_told_t told;
    mtls_export_t level;
    const apr_table_t *table;
} mtls_conn_vars_t;

/** Most answers of sources a connection keeps; further ones are asked for by each request. */
#define MTLS_CONN_MAX_PRINCIPALS 8

/** Who holds a proof's certificate, as the sources of a place said in one generation. */
typedef struct {
    const mtls_proof_t *proof;
    const char *profile;
    const mtls_sources_t *sources;
    unsigned generation;
    const mtls_principal_t *principal; /**< in the connection's pool */
} mtls_conn_principal_t;

/** The last question that was answered with yes on this connection, and the answer. */
typedef struct {
    const mtls_accept_t *accept;
    const mtls_proof_t *newest;
    const mtls_sources_t *sources;
    apr_interval_time_t proof_age; /**< MTLSMaxProofAge of the place */
    unsigned generation; /**< its number: its address may be another one's by now */
    mtls_told_t told; /**< its verdict ends by itself; {0} admits nothing */
} mtls_conn_last_t;

/** One TLS connection. */
typedef struct {
    conn_rec *c;
    SSL *ssl;                 /**< NULL once mod_ssl has freed it */
    const mtls_host_t *host;  /**< streams: of the handshake (SNI); NULL until it has finished */
    const char *server_name;  /**< streams: by SNI, in the connection's pool; NULL: none was named */
    bool settled;             /**< streams: the handshake has finished and its outcome is recorded */
    bool tls13;               /**< streams */
    bool offers_pha;          /**< streams: the ClientHello had post_handshake_auth */
    bool secure_reneg;        /**< streams: TLS 1.2 with RFC 5746 */
    bool only_acme;           /**< ALPN offered acme-tls/1 and nothing else (RFC 8737) */
    bool asked;               /**< streams: we asked for a certificate in the handshake */
    bool let_through;         /**< streams: OpenSSL's peer certificate was accepted by us, not by mod_ssl */
    bool stepped_up;          /**< streams: some exchange of ours replaced the peer certificate */
    int failed_attempts;      /**< streams: exchanges that brought nothing acceptable */
    int proof_count;          /**< streams */
    mtls_pending_t pending;
    mtls_exchange_t exchange;
    mtls_reason_t last_refusal; /**< streams: of a certificate that could not become a proof */
    mtls_conn_vars_t vars[MTLS_CONN_MAX_VARS];
    int vars_count;
    mtls_conn_principal_t principals[MTLS_CONN_MAX_PRINCIPALS];
    int principals_count;
    mtls_conn_last_t last;
    const mtls_proof_t *proofs; /**< newest first; read through mtls_conn_proofs() */
} mtls_conn_t;

/** Reserve the ex_data index; once for the process, before any SSL object.  false: out of memory. */
bool mtls_conn_init(void);

/** Make and attach; @a c and @a ssl must live as long as c->pool. */
mtls_conn_t *mtls_conn_make(conn_rec *c, SSL *ssl);

/** @return the record of @a ssl, or NULL. */
mtls_conn_t *mtls_conn_of_ssl(const SSL *ssl);

/** @return the record of @a c, of its master for an HTTP/2 stream, or NULL (no TLS, or not ours). */
mtls_conn_t *mtls_conn_of(const conn_rec *c);

/** @return newest published proof or NULL; any thread. */
const mtls_proof_t *mtls_conn_proofs(const mtls_conn_t *conn);

/**
 * Publish a proof; the only way an identity becomes visible.  To be called only after the exchange
 * that carried it has finished.  A proof of the same chain by the same method is not published
 * twice, unless it is a later one, which counts for longer; with MTLS_PROOF_MAX_PER_CONNECTION reached nothing is published.
 *
 * @return true when the chain is now among the proofs
 */
bool mtls_conn_publish(mtls_conn_t *conn, const mtls_chain_t *chain, mtls_proof_method_t method,
                       apr_time_t proven_at);

/**
 * Make mod_ssl see what is true: a certificate that only we let through is not verified.  mod_ssl
 * sets the result back to OK on each TLS 1.2 request, from the threads of HTTP/2 streams too, so
 * this runs after its access hook wherever that ran; it stores one field and reads nothing.
 */
void mtls_conn_withhold_from_modssl(const mtls_conn_t *conn);

#endif /* MTLS_HTTPD_CONN_H */
