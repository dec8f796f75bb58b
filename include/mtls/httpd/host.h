/*
 * mtls/httpd/host.h - what a TLS handshake needs to know about the host it is for.
 *
 * Made when mod_ssl sets up the host's SSL_CTX and kept in its ex_data, so that it follows the
 * context mod_ssl chooses by SNI.  Immutable.
 *
 * May include: httpd, OpenSSL, mtls/cert, mtls/httpd/config.h.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_HOST_H
#define MTLS_HTTPD_HOST_H

#include <openssl/ssl.h>

#include "mtls/cert/chain.h"
#include "mtls/httpd/config.h"

/** One host that mod_ssl serves. */
typedef struct {
    const server_rec *s;
    mtls_shared_t *shared;
    bool looked_after;        /**< mod_mtls asks for certificates somewhere in it */
    bool modssl_asks;         /**< so does mod_ssl */
    bool endpoint;            /**< of step-ups: asks in each handshake, and nothing of it is resumed */
    mtls_ask_t ask;           /**< resolved: in the handshake */
    const int *slots;         /**< profiles accepted in the handshake */
    int slot_count;
    bool names_on_ctx;        /**< the SSL_CTX already carries the CA names to send */
    STACK_OF(X509_NAME) *ca_names; /**< to send in the handshake; owned by the configuration pool */
    const unsigned char *names_digests; /**< of the names of each slot's profile, as ca_names has them */
    apr_interval_time_t proof_age; /**< shortest MTLSMaxProofAge of its places: an older session is not
                                        resumed, so that its client proves its certificate anew */
    mtls_chain_limits_t limits;
    unsigned char scope[MTLS_SHA256_LEN]; /**< what a resumed session must have been made under */
} mtls_host_t;

/** Reserve the ex_data index; once for the process.  false: out of memory. */
bool mtls_host_init(void);

/** Make the record of @a s and attach it to @a ctx.  @return NULL when memory is out. */
mtls_host_t *mtls_host_make(const server_rec *s, SSL_CTX *ctx, apr_pool_t *pool);

/** Bound what OpenSSL collects of a Certificate message before anyone can look at it (T-D07). */
void mtls_host_limit_message(const mtls_host_t *host, SSL *ssl);

/** @return the record of the context @a ssl uses now, or NULL. */
const mtls_host_t *mtls_host_of(const SSL *ssl);

/**
 * CA names of several profiles as one list without repeats.  It is empty as soon as one of them has
 * none (MTLSCANames none, or pins without CAs): names of the others would hide its holders'
 * certificates from them.
 *
 * @return a new list, to be freed with sk_X509_NAME_pop_free(); NULL when memory is out
 */
STACK_OF(X509_NAME) *mtls_host_ca_names(const mtls_generation_t *generation, const int *slots,
                                        int count);

/**
 * CA names for a handshake, where the CAs have changed since the start.
 * @return a new list, SSL_set_client_CA_list()'s to own; NULL: send host->ca_names, which are still right
 * or, when memory is out, the best there is
 */
STACK_OF(X509_NAME) *mtls_host_changed_names(const mtls_host_t *host);

#endif /* MTLS_HTTPD_HOST_H */
