/*
 * mtls/httpd/handshake.h - collect certificates while TLS shakes hands; judge nothing.
 *
 * The certificate callback accepts what arrives and keeps it as pending.  Only when the
 * handshake has finished does mtls_handshake_settle() turn it into a proof.
 *
 * May include: httpd, OpenSSL, mtls/httpd.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_HANDSHAKE_H
#define MTLS_HTTPD_HANDSHAKE_H

#include <httpd.h>
#include <openssl/ssl.h>

/** mod_ssl's init_server hook: attach to the host's SSL_CTX.  Nothing is touched when no host uses us. */
int mtls_handshake_init_server(server_rec *s, apr_pool_t *pool, int is_proxy, SSL_CTX *ctx);

/** mod_ssl's pre_handshake hook: attach to the connection. */
int mtls_handshake_begin(conn_rec *c, SSL *ssl, int is_proxy);

/** process_connection hook, after mod_ssl's: the handshake has finished; publish what it proved. */
int mtls_handshake_settle(conn_rec *c);

#endif /* MTLS_HTTPD_HANDSHAKE_H */
