/* httpd/handshake.c - see mtls/httpd/handshake.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/handshake.h"

#include <apr_strings.h>
#include <http_log.h>
#include <openssl/x509_vfy.h>

#include "mtls/cert/chain_x509.h"
#include "mtls/httpd/config.h"
#include "mtls/httpd/conn.h"
#include "mtls/httpd/message.h"
#include "mtls/httpd/session.h"
#include "mtls/trust/judge.h"

APLOG_USE_MODULE(mtls);

/* RFC 8737 section 3: a validation client offers this protocol and no other. */
static const unsigned char acme_alpn[] = {0,   11,  10,  'a', 'c', 'm', 'e',
                                          '-', 't', 'l', 's', '/', '1'};

/* Called for each extension of the ClientHello. */
static void on_extension(SSL *ssl, int from_server, int type, const unsigned char *data, int len,
                         void *arg)
{
    mtls_conn_t *conn = arg;

    (void)ssl;
    if (from_server)
        return;
    if (type == TLSEXT_TYPE_post_handshake_auth)
        conn->offers_pha = true;
    else if (type == TLSEXT_TYPE_application_layer_protocol_negotiation)
        conn->only_acme =
            len == (int)sizeof(acme_alpn) && memcmp(data, acme_alpn, sizeof(acme_alpn)) == 0;
}

/* Whether this client could be asked after the handshake, over HTTP/1.1. */
static bool can_ask_later(const mtls_conn_t *conn, SSL *ssl)
{
    if (SSL_version(ssl) >= TLS1_3_VERSION)
        return conn->offers_pha;
    return SSL_get_secure_renegotiation_support(ssl);
}

/* Where mod_ssl asks already, mod_ssl judges: its requirement must not become ours to soften. */
static bool asks_now(const mtls_host_t *host, const mtls_conn_t *conn, SSL *ssl)
{
    if (conn->only_acme || SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE)
        return false;
    switch (host->ask) {
    case MTLS_ASK_ALWAYS:
        return true;
    case MTLS_ASK_UNLESS_PHA:
        return !can_ask_later(conn, ssl);
    case MTLS_ASK_UNSET:
    case MTLS_ASK_NEVER:
        return false;
    }
    return false;
}

/* Those of the start are ready; after a change of CAs they are put together for each handshake. */
static void send_names(const mtls_host_t *host, SSL *ssl)
{
    STACK_OF(X509_NAME) *names = mtls_host_changed_names(host);

    if (names)
        SSL_set_client_CA_list(ssl, names);
    else if (!host->names_on_ctx)
        SSL_set_client_CA_list(ssl, SSL_dup_CA_list(host->ca_names));
}

static void ask(const mtls_host_t *host, mtls_conn_t *conn, SSL *ssl)
{
    conn->asked = true;
    SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    mtls_host_limit_message(host, ssl);
    send_names(host, ssl);
    mtls_session_forbid(ssl);
}

/* OpenSSL's certificate callback: on full handshakes only, after mod_ssl has chosen the host. */
static int on_choose_certificate(SSL *ssl, void *arg)
{
    const mtls_host_t *host = arg;
    mtls_conn_t *conn = mtls_conn_of_ssl(ssl);

    if (conn && !conn->settled && asks_now(host, conn, ssl))
        ask(host, conn, ssl);
    return 1;
}

static void keep_pending(mtls_conn_t *conn, X509_STORE_CTX *store_ctx, const mtls_host_t *host)
{
    apr_status_t rv =
        mtls_chain_make(&conn->pending.chain, X509_STORE_CTX_get0_cert(store_ctx),
                        X509_STORE_CTX_get0_untrusted(store_ctx), &host->limits, conn->c->pool);

    conn->pending.received = true;
    if (rv == APR_SUCCESS)
        conn->pending.refusal = MTLS_REASON_UNDECIDED;
    else if (rv == APR_ENOSPC)
        conn->pending.refusal = MTLS_REASON_CHAIN_TOO_LONG;
    else
        conn->pending.refusal = MTLS_REASON_MALFORMED;
}

/* Judged without asking anybody: a handshake does not wait for a responder, and each request that
 * comes of this session is judged again. */
static bool is_accepted_by(const mtls_generation_t *generation, const mtls_host_t *host,
                           const mtls_chain_t *chain, apr_time_t now)
{
    int i;

    for (i = 0; i < host->slot_count; i++) {
        mtls_verdict_t verdict = mtls_judge(mtls_generation_profile(generation, host->slots[i]),
                                            chain, host->shared->memo, NULL, now);

        if (verdict.reason == MTLS_REASON_GOOD && now < verdict.valid_until)
            return true;
    }
    return false;
}

static bool is_accepted(const mtls_host_t *host, const mtls_chain_t *chain, apr_time_t now)
{
    mtls_store_t *store = host->shared->store;
    const mtls_generation_t *generation = mtls_store_acquire(store);
    bool accepted = is_accepted_by(generation, host, chain, now);

    mtls_store_release(store, generation);
    return accepted;
}

/* The session must be marked before its ticket is written, which OpenSSL does before we are asked
 * again: so the profiles are consulted here, about the session and about nothing else. */
static void mark_session(const mtls_host_t *host, const mtls_chain_t *chain, SSL *ssl)
{
    apr_time_t now = apr_time_now();

    if (chain && !host->endpoint && is_accepted(host, chain, now))
        mtls_session_keep(ssl, chain, host, now);
}

/* mod_ssl asked, so mod_ssl's store and callback judge, as if we were not there. */
static int verify_for_modssl(mtls_conn_t *conn, X509_STORE_CTX *store_ctx, const mtls_host_t *host)
{
    int good = X509_verify_cert(store_ctx);

    if (good <= 0 || !conn)
        return good;
    if (!conn->settled)
        keep_pending(conn, store_ctx, host);
    conn->let_through = false;
    conn->stepped_up = false;
    return good;
}

/*
 * OpenSSL's whole-chain verification.  The peer has not yet shown that it holds the key: nothing
 * that is kept here counts before settle() or the step-up exchange has seen the end.  What comes
 * after we gave up waiting is neither ours nor mod_ssl's: it ends the connection.
 */
static int on_certificate(X509_STORE_CTX *store_ctx, void *arg)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store_ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
    mtls_conn_t *conn = mtls_conn_of_ssl(ssl);
    const mtls_host_t *host = arg;
    bool ours = conn && (conn->exchange.active || (conn->asked && !conn->settled));

    if (conn && conn->exchange.given_up) {
        X509_STORE_CTX_set_error(store_ctx, X509_V_ERR_APPLICATION_VERIFICATION);
        return 0;
    }
    if (!ours)
        return verify_for_modssl(conn, store_ctx, host);
    keep_pending(conn, store_ctx, host);
    conn->let_through = true;
    if (!conn->exchange.active)
        mark_session(host, conn->pending.chain, ssl);
    X509_STORE_CTX_set_error(store_ctx, X509_V_OK);
    return 1;
}

static void attach(mtls_host_t *host, SSL_CTX *ctx)
{
    SSL_CTX_set_cert_verify_callback(ctx, on_certificate, host);
    SSL_CTX_set_cert_cb(ctx, on_choose_certificate, host);
    if (host->modssl_asks)
        return;
    if (host->ask > MTLS_ASK_NEVER && sk_X509_NAME_num(SSL_CTX_get_client_CA_list(ctx)) <= 0) {
        SSL_CTX_set_client_CA_list(ctx, SSL_dup_CA_list(host->ca_names));
        host->names_on_ctx = true;
    }
}

int mtls_handshake_init_server(server_rec *s, apr_pool_t *pool, int is_proxy, SSL_CTX *ctx)
{
    const mtls_shared_t *shared = mtls_config_server(s)->shared;
    mtls_host_t *host;

    if (is_proxy || !shared || !shared->looks_after_any)
        return OK;
    host = mtls_host_make(s, ctx, pool);
    if (!host) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s,
                     MTLS_MSG_START_FAILED "no memory to look after this host");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    /* OpenSSL asks the context of the address's first host, whichever host the client names. */
    SSL_CTX_set_session_ticket_cb(ctx, mtls_session_written, mtls_session_decrypted, NULL);
    if (host->looked_after)
        attach(host, ctx);
    return OK;
}

int mtls_handshake_begin(conn_rec *c, SSL *ssl, int is_proxy)
{
    const mtls_shared_t *shared = mtls_config_server(c->base_server)->shared;
    mtls_conn_t *conn;

    if (is_proxy || !shared || !shared->looks_after_any)
        return OK;
    conn = mtls_conn_make(c, ssl);
    if (!conn)
        return HTTP_INTERNAL_SERVER_ERROR;
    SSL_set_tlsext_debug_callback(ssl, on_extension);
    SSL_set_tlsext_debug_arg(ssl, conn);
    return OK;
}

static void settle_full(mtls_conn_t *conn)
{
    if (conn->asked && !conn->pending.received)
        conn->last_refusal = MTLS_REASON_NO_CERTIFICATE;
    if (!conn->pending.received)
        return;
    if (!conn->pending.chain)
        conn->last_refusal = conn->pending.refusal;
    else
        mtls_conn_publish(conn, conn->pending.chain, MTLS_PROOF_HANDSHAKE, apr_time_now());
    conn->pending = (mtls_pending_t){0};
}

int mtls_handshake_settle(conn_rec *c)
{
    mtls_conn_t *conn = c->master ? NULL : mtls_conn_of(c);
    SSL *ssl;

    if (!conn || conn->settled || c->aborted || !conn->ssl || !SSL_is_init_finished(conn->ssl))
        return DECLINED;
    ssl = conn->ssl;
    conn->host = mtls_host_of(ssl);
    if (!conn->host)
        return DECLINED;
    conn->server_name = apr_pstrdup(c->pool, SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
    conn->tls13 = SSL_version(ssl) >= TLS1_3_VERSION;
    conn->secure_reneg = !conn->tls13 && SSL_get_secure_renegotiation_support(ssl);
    conn->settled = true;
    SSL_set_tlsext_debug_callback(ssl, NULL);
    if (SSL_session_reused(ssl))
        mtls_session_resumed(conn);
    else
        settle_full(conn);
    if (conn->asked)
        SSL_set_verify(ssl, SSL_CTX_get_verify_mode(SSL_get_SSL_CTX(ssl)), NULL);
    mtls_conn_withhold_from_modssl(conn);
    return DECLINED;
}
