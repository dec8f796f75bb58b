/* httpd/conn.c - see mtls/httpd/conn.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/conn.h"

#include <http_log.h>

#include "mtls/cert/chain_x509.h"
#include "mtls/cert/identity_read.h"
#include "mtls/httpd/message.h"

APLOG_USE_MODULE(mtls);

static int ssl_index = -1;

/* mod_ssl frees the SSL object when it closes the connection; requests may be logged after that. */
static void forget_ssl(void *ssl, void *data, CRYPTO_EX_DATA *all, int index, long argl, void *argp)
{
    mtls_conn_t *conn = data;

    (void)ssl;
    (void)all;
    (void)index;
    (void)argl;
    (void)argp;
    if (conn)
        conn->ssl = NULL;
}

bool mtls_conn_init(void)
{
    if (ssl_index < 0)
        ssl_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, forget_ssl);
    return ssl_index >= 0;
}

mtls_conn_t *mtls_conn_make(conn_rec *c, SSL *ssl)
{
    mtls_conn_t *conn = apr_pcalloc(c->pool, sizeof(*conn));

    conn->c = c;
    conn->ssl = ssl;
    if (!SSL_set_ex_data(ssl, ssl_index, conn))
        return NULL;
    ap_set_module_config(c->conn_config, &mtls_module, conn);
    return conn;
}

mtls_conn_t *mtls_conn_of_ssl(const SSL *ssl)
{
    return SSL_get_ex_data(ssl, ssl_index);
}

mtls_conn_t *mtls_conn_of(const conn_rec *c)
{
    if (c->master)
        c = c->master;
    return ap_get_module_config(c->conn_config, &mtls_module);
}

const mtls_proof_t *mtls_conn_proofs(const mtls_conn_t *conn)
{
    return __atomic_load_n(&conn->proofs, __ATOMIC_ACQUIRE);
}

static bool is_published(const mtls_conn_t *conn, const mtls_chain_t *chain,
                         mtls_proof_method_t method, apr_time_t proven_at)
{
    const mtls_proof_t *proof;

    for (proof = conn->proofs; proof; proof = proof->older) {
        if (proof->method == method && proof->proven_at >= proven_at &&
            memcmp(mtls_chain_digest(proof->chain), mtls_chain_digest(chain), MTLS_SHA256_LEN) == 0)
            return true;
    }
    return false;
}

bool mtls_conn_publish(mtls_conn_t *conn, const mtls_chain_t *chain, mtls_proof_method_t method,
                       apr_time_t proven_at)
{
    mtls_proof_t *proof;

    if (is_published(conn, chain, method, proven_at))
        return true;
    if (conn->proof_count >= MTLS_PROOF_MAX_PER_CONNECTION)
        return false;
    proof = apr_pcalloc(conn->c->pool, sizeof(*proof));
    if (mtls_identity_read(&proof->identity, mtls_chain_get0_leaf(chain), mtls_chain_der(chain, 0),
                           mtls_chain_leaf_sha256(chain), conn->c->pool) != APR_SUCCESS) {
        conn->last_refusal = MTLS_REASON_MALFORMED;
        return false;
    }
    proof->chain = chain;
    proof->method = method;
    proof->proven_at = proven_at;
    proof->older = conn->proofs;
    conn->proof_count++;
    __atomic_store_n(&conn->proofs, proof, __ATOMIC_RELEASE);
    ap_log_cerror(APLOG_MARK, APLOG_DEBUG, 0, conn->c, MTLS_MSG_PROVEN "certificate proven by %s",
                  mtls_proof_method_word(method));
    return true;
}

void mtls_conn_withhold_from_modssl(const mtls_conn_t *conn)
{
    if (conn->let_through && conn->ssl)
        SSL_set_verify_result(conn->ssl, X509_V_ERR_APPLICATION_VERIFICATION);
}
