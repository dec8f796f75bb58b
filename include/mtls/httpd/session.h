/*
 * mtls/httpd/session.h - which TLS sessions may be resumed, and what they prove then.
 *
 * The rule: a session is resumable only if the handshake that made it brought a certificate that
 * some profile of the host accepted, and only on the host, under the policy, that made it.  A
 * session of a declined, refused or stepped-up certificate is not.  Sessions of handshakes in
 * which we did not ask are none of our business.
 *
 * May include: httpd, OpenSSL, mtls/httpd.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_SESSION_H
#define MTLS_HTTPD_SESSION_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "mtls/httpd/conn.h"

/** TLS 1.3 tickets for a session with a certificate: each costs a decoding of the certificate. */
#define MTLS_SESSION_TICKETS 1

/** The session being made must not be resumed, unless mtls_session_keep() is called later. */
void mtls_session_forbid(SSL *ssl);

/** The session being made carries an accepted certificate: let it be resumed, with our record, for as
 * long as the proof counts on @a host. */
void mtls_session_keep(SSL *ssl, const mtls_chain_t *chain, const mtls_host_t *host,
                       apr_time_t proven_at);

/** SSL_CTX_set_session_ticket_cb()'s generation callback, also for tickets of TLS 1.3 that stand for an
 * entry of the session cache: renewing a session does not renew its proof (RFC 9846 section 4.7.1,
 * T-V08). */
int mtls_session_written(SSL *ssl, void *unused);

/** SSL_CTX_set_session_ticket_cb()'s decryption callback: decline tickets of another policy. */
SSL_TICKET_RETURN mtls_session_decrypted(SSL *ssl, SSL_SESSION *session,
                                         const unsigned char *key_name, size_t key_name_len,
                                         SSL_TICKET_STATUS status, void *unused);

/** A resumed handshake has finished: publish the proof its session carries, if it carries one. */
void mtls_session_resumed(mtls_conn_t *conn);

#endif /* MTLS_HTTPD_SESSION_H */
