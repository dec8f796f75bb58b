/*
 * mod_mtls/cert/chain.c - the certificates a peer sent, bounded, with their digests.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/cert/chain.h"

#include <apr_strings.h>
#include <openssl/err.h>

#include "mtls/cert/chain_x509.h"
#include "sha256.h"

struct mtls_chain_t {
    int count;
    mtls_bytes_t *ders;    /* count of them, leaf first */
    X509 *leaf;            /* owned */
    STACK_OF(X509) * rest; /* owned, with its references; NULL when only their DER is known */
    unsigned char leaf_sha256[MTLS_SHA256_LEN];
    unsigned char digest[MTLS_SHA256_LEN];
};

static apr_status_t release(void *data)
{
    mtls_chain_t *chain = data;

    X509_free(chain->leaf);
    sk_X509_pop_free(chain->rest, X509_free);
    chain->leaf = NULL;
    chain->rest = NULL;
    return APR_SUCCESS;
}

static apr_size_t encoded_len(const X509 *cert)
{
    int len = i2d_X509(cert, NULL);

    return len > 0 ? (apr_size_t)len : 0;
}

/* Empty on failure. */
static mtls_bytes_t encoded(const X509 *cert, apr_size_t len, apr_pool_t *pool)
{
    unsigned char *octets = apr_palloc(pool, len);
    mtls_bytes_t der = {octets, len};

    if (i2d_X509(cert, &octets) != (int)len) {
        der.len = 0;
    }
    return der;
}

static mtls_chain_t *allocate(X509 *leaf, int count, apr_pool_t *pool)
{
    mtls_chain_t *chain = apr_pcalloc(pool, sizeof *chain);

    chain->count = count;
    chain->ders = apr_palloc(pool, (apr_size_t)count * sizeof *chain->ders);
    X509_up_ref(leaf);
    chain->leaf = leaf;
    apr_pool_cleanup_register(pool, chain, release, apr_pool_cleanup_null);
    return chain;
}

static bool hash_all(mtls_chain_t *chain, apr_pool_t *pool)
{
    apr_size_t len = (apr_size_t)chain->count * MTLS_SHA256_LEN;
    unsigned char *parts = apr_palloc(pool, len);
    int i;

    for (i = 0; i < chain->count; i++) {
        if (!mtls_sha256(chain->ders[i].data, chain->ders[i].len, parts + i * MTLS_SHA256_LEN)) {
            return false;
        }
    }
    memcpy(chain->leaf_sha256, parts, MTLS_SHA256_LEN);
    return mtls_sha256(parts, len, chain->digest);
}

/* The last step of making: hash and hand out, or give everything back. */
static apr_status_t publish(const mtls_chain_t **out, mtls_chain_t *chain, apr_status_t status,
                            apr_pool_t *pool)
{
    if (status == APR_SUCCESS && !hash_all(chain, pool)) {
        status = APR_EGENERAL;
    }
    if (status != APR_SUCCESS) {
        apr_pool_cleanup_run(pool, chain, release);
        return status;
    }
    *out = chain;
    return APR_SUCCESS;
}

/* Whether the list begins with the leaf: the same object, or the same octets. */
static bool begins_with(STACK_OF(X509) * rest, const X509 *leaf, mtls_bytes_t leaf_der,
                        apr_pool_t *pool)
{
    const X509 *first = sk_X509_value(rest, 0);

    if (first == NULL || first == leaf) {
        return first == leaf;
    }
    return encoded_len(first) == leaf_der.len &&
           mtls_bytes_equal(encoded(first, leaf_der.len, pool), leaf_der);
}

/* Set the length of each DER after the leaf's; nothing is encoded yet. */
static apr_status_t measure(mtls_chain_t *chain, STACK_OF(X509) * rest, int skip, apr_size_t room)
{
    int i;

    for (i = 1; i < chain->count; i++) {
        apr_size_t len = encoded_len(sk_X509_value(rest, i - 1 + skip));

        if (len == 0 || len > room) {
            return len == 0 ? APR_EGENERAL : APR_ENOSPC;
        }
        room -= len;
        chain->ders[i].len = len;
    }
    return APR_SUCCESS;
}

static apr_status_t encode_rest(mtls_chain_t *chain, STACK_OF(X509) * rest, int skip,
                                apr_pool_t *pool)
{
    int i;

    chain->rest = sk_X509_new_reserve(NULL, chain->count - 1);
    if (chain->rest == NULL) {
        return APR_ENOMEM;
    }
    for (i = 1; i < chain->count; i++) {
        X509 *cert = sk_X509_value(rest, i - 1 + skip);

        X509_up_ref(cert);
        sk_X509_push(chain->rest, cert);
        chain->ders[i] = encoded(cert, chain->ders[i].len, pool);
        if (chain->ders[i].len == 0) {
            return APR_EGENERAL;
        }
    }
    return APR_SUCCESS;
}

apr_status_t mtls_chain_make(const mtls_chain_t **out, X509 *leaf, STACK_OF(X509) * rest,
                             const mtls_chain_limits_t *limits, apr_pool_t *pool)
{
    int listed = rest != NULL ? sk_X509_num(rest) : 0;
    mtls_bytes_t leaf_der;
    mtls_chain_t *chain;
    apr_status_t status;
    int skip;

    *out = NULL;
    leaf_der.len = encoded_len(leaf);
    if (leaf_der.len == 0) {
        return APR_EGENERAL;
    }
    if (leaf_der.len > limits->max_bytes || listed > limits->max_certs) {
        return APR_ENOSPC;
    }
    leaf_der = encoded(leaf, leaf_der.len, pool);
    if (leaf_der.len == 0) {
        return APR_EGENERAL;
    }
    skip = begins_with(rest, leaf, leaf_der, pool) ? 1 : 0;
    if (1 + listed - skip > limits->max_certs) {
        return APR_ENOSPC;
    }
    chain = allocate(leaf, 1 + listed - skip, pool);
    chain->ders[0] = leaf_der;
    status = measure(chain, rest, skip, limits->max_bytes - leaf_der.len);
    if (status == APR_SUCCESS) {
        status = encode_rest(chain, rest, skip, pool);
    }
    return publish(out, chain, status, pool);
}

/* Whether leaf and others keep the limits. */
static bool within(apr_size_t leaf_len, const mtls_bytes_t *others, int other_count,
                   const mtls_chain_limits_t *limits)
{
    apr_size_t room = limits->max_bytes;
    int i;

    if (other_count >= limits->max_certs || leaf_len > room) {
        return false;
    }
    room -= leaf_len;
    for (i = 0; i < other_count; i++) {
        if (others[i].len > room) {
            return false;
        }
        room -= others[i].len;
    }
    return true;
}

apr_status_t mtls_chain_make_resumed(const mtls_chain_t **out, X509 *leaf,
                                     const mtls_bytes_t *others, int other_count,
                                     const mtls_chain_limits_t *limits, apr_pool_t *pool)
{
    apr_size_t leaf_len = encoded_len(leaf);
    mtls_chain_t *chain;
    int i;

    *out = NULL;
    if (leaf_len == 0 || other_count < 0) {
        return APR_EGENERAL;
    }
    if (!within(leaf_len, others, other_count, limits)) {
        return APR_ENOSPC;
    }
    chain = allocate(leaf, 1 + other_count, pool);
    chain->ders[0] = encoded(leaf, leaf_len, pool);
    for (i = 0; i < other_count; i++) {
        chain->ders[1 + i].data = apr_pmemdup(pool, others[i].data, others[i].len);
        chain->ders[1 + i].len = others[i].len;
    }
    return publish(out, chain, chain->ders[0].len != 0 ? APR_SUCCESS : APR_EGENERAL, pool);
}

int mtls_chain_count(const mtls_chain_t *chain)
{
    return chain->count;
}

mtls_bytes_t mtls_chain_der(const mtls_chain_t *chain, int i)
{
    return chain->ders[i];
}

const unsigned char *mtls_chain_leaf_sha256(const mtls_chain_t *chain)
{
    return chain->leaf_sha256;
}

const unsigned char *mtls_chain_digest(const mtls_chain_t *chain)
{
    return chain->digest;
}

X509 *mtls_chain_get0_leaf(const mtls_chain_t *chain)
{
    return chain->leaf;
}

/* The certificate that is all of @a der, or NULL. */
static X509 *decoded(mtls_bytes_t der)
{
    const unsigned char *at = der.data;
    X509 *cert = d2i_X509(NULL, &at, (long)der.len);

    if (cert != NULL && at != der.data + der.len) {
        X509_free(cert);
        cert = NULL;
    }
    return cert;
}

static STACK_OF(X509) * decode_rest(const mtls_chain_t *chain)
{
    STACK_OF(X509) *rest = sk_X509_new_reserve(NULL, chain->count - 1);
    int i;

    for (i = 1; rest != NULL && i < chain->count; i++) {
        X509 *cert = decoded(chain->ders[i]);

        if (cert == NULL) {
            sk_X509_pop_free(rest, X509_free);
            return NULL;
        }
        sk_X509_push(rest, cert);
    }
    return rest;
}

STACK_OF(X509) * mtls_chain_get1_rest(const mtls_chain_t *chain)
{
    STACK_OF(X509) * rest;

    ERR_set_mark();
    rest = chain->rest != NULL ? X509_chain_up_ref(chain->rest) : decode_rest(chain);
    ERR_pop_to_mark();
    return rest;
}
