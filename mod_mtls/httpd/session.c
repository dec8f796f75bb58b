/* httpd/session.c - see mtls/httpd/session.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/session.h"

#include <http_log.h>

#include "mtls/cert/chain_x509.h"
#include "mtls/cert/session_record.h"
#include "mtls/httpd/message.h"

APLOG_USE_MODULE(mtls);

/* A moment long past: a session made then has timed out before it is offered. */
#define TIMED_OUT_SINCE 1
/* Largest leaf of a session: OpenSSL ends a handshake whose ticket would exceed 64K. */
#define MAX_LEAF        32768

void mtls_session_forbid(SSL *ssl)
{
    SSL_set_num_tickets(ssl, 0);
    SSL_SESSION_set_time(SSL_get0_session(ssl), TIMED_OUT_SINCE);
}

/* mod_ssl gives a session so many seconds from its time, for tickets and for its cache: moved into
 * the past, the session ends when its proof does, and so do all that are made of it by resuming. */
static void limit(SSL *ssl, SSL_SESSION *session, const mtls_host_t *host, apr_time_t proven_at)
{
    long timeout = SSL_CTX_get_timeout(SSL_get_SSL_CTX(ssl));
    long latest;

    if (host->proof_age == MTLS_PROOF_AGE_OFF)
        return;
    latest = (long)apr_time_sec(proven_at + host->proof_age) - timeout;
    if (latest < SSL_SESSION_get_time(session))
        SSL_SESSION_set_time(session, latest);
}

void mtls_session_keep(SSL *ssl, const mtls_chain_t *chain, const mtls_host_t *host,
                       apr_time_t proven_at)
{
    SSL_SESSION *session = SSL_get0_session(ssl);
    mtls_session_record_t record = {.proven_at = proven_at};
    mtls_bytes_t data;
    int i;

    record.other_count = mtls_chain_count(chain) - 1;
    if (record.other_count > MTLS_SESSION_RECORD_MAX_CERTS ||
        mtls_chain_der(chain, 0).len > MAX_LEAF)
        return;
    memcpy(record.scope, host->scope, MTLS_SHA256_LEN);
    memcpy(record.leaf_sha256, mtls_chain_leaf_sha256(chain), MTLS_SHA256_LEN);
    for (i = 0; i < record.other_count; i++)
        record.others[i] = mtls_chain_der(chain, i + 1);
    if (mtls_session_record_write(&data, &record, mtls_conn_of_ssl(ssl)->c->pool) != APR_SUCCESS ||
        !SSL_SESSION_set1_ticket_appdata(session, data.data, data.len))
        return;
    SSL_SESSION_set_time(session, (long)apr_time_sec(proven_at));
    limit(ssl, session, host, proven_at);
    SSL_set_num_tickets(ssl, MTLS_SESSION_TICKETS);
}

/* The record of a session; false when it has none of ours. */
static bool read_record(SSL_SESSION *session, mtls_session_record_t *record)
{
    void *data = NULL;
    size_t len = 0;
    mtls_bytes_t bytes;

    if (!SSL_SESSION_get0_ticket_appdata(session, &data, &len) || len == 0)
        return false;
    bytes.data = data;
    bytes.len = len;
    return mtls_session_record_parse(record, bytes) == APR_SUCCESS;
}

static bool is_in_scope(const mtls_host_t *host, const mtls_session_record_t *record)
{
    return memcmp(record->scope, host->scope, MTLS_SHA256_LEN) == 0;
}

static bool is_fresh(const mtls_host_t *host, const mtls_session_record_t *record)
{
    return host->proof_age == MTLS_PROOF_AGE_OFF ||
           apr_time_now() < record->proven_at + host->proof_age;
}

/* A host that asks in its handshake resumes only what it can judge, or it could never ask again. */
static bool is_welcome(const mtls_host_t *host, SSL_SESSION *session)
{
    mtls_session_record_t record;

    if (read_record(session, &record))
        return host && is_in_scope(host, &record) && is_fresh(host, &record);
    return !host || host->ask != MTLS_ASK_ALWAYS;
}

int mtls_session_written(SSL *ssl, void *unused)
{
    SSL_SESSION *session = SSL_get0_session(ssl);
    const mtls_host_t *host = mtls_host_of(ssl);
    mtls_session_record_t record;

    (void)unused;
    if (host && read_record(session, &record))
        limit(ssl, session, host, record.proven_at);
    return 1;
}

SSL_TICKET_RETURN mtls_session_decrypted(SSL *ssl, SSL_SESSION *session,
                                         const unsigned char *key_name, size_t key_name_len,
                                         SSL_TICKET_STATUS status, void *unused)
{
    (void)key_name;
    (void)key_name_len;
    (void)unused;
    if (status == SSL_TICKET_EMPTY || status == SSL_TICKET_NO_DECRYPT)
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    if (!is_welcome(mtls_host_of(ssl), session))
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    return status == SSL_TICKET_SUCCESS_RENEW ? SSL_TICKET_RETURN_USE_RENEW : SSL_TICKET_RETURN_USE;
}

/* What a record proves about this connection's leaf; NULL when it is not about it. */
static const mtls_chain_t *resumed_chain(mtls_conn_t *conn, X509 *leaf,
                                         const mtls_session_record_t *record)
{
    const mtls_chain_t *chain;

    if (!is_in_scope(conn->host, record))
        return NULL;
    if (mtls_chain_make_resumed(&chain, leaf, record->others, record->other_count,
                                &conn->host->limits, conn->c->pool) != APR_SUCCESS)
        return NULL;
    if (memcmp(mtls_chain_leaf_sha256(chain), record->leaf_sha256, MTLS_SHA256_LEN) != 0)
        return NULL;
    return chain;
}

void mtls_session_resumed(mtls_conn_t *conn)
{
    X509 *leaf = SSL_get0_peer_certificate(conn->ssl);
    mtls_session_record_t record;
    const mtls_chain_t *chain = NULL;

    if (!leaf)
        return;
    if (read_record(SSL_get0_session(conn->ssl), &record)) {
        conn->let_through = true;
        chain = resumed_chain(conn, leaf, &record);
    } else {
        conn->let_through = !conn->host->modssl_asks;
    }
    if (!chain || !mtls_conn_publish(conn, chain, MTLS_PROOF_RESUMPTION, record.proven_at))
        ap_log_cerror(APLOG_MARK, APLOG_DEBUG, 0, conn->c,
                      MTLS_MSG_NOT_RESUMED "the resumed session proves no certificate here");
}
