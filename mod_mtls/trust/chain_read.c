/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/chain_read.h"

#include <apr_strings.h>
#include <openssl/err.h>

#include "mtls/trust/pem.h"

/* @return NULL, or why @a der is no certificate. */
static const char *push_der(STACK_OF(X509) * all, mtls_bytes_t der, apr_pool_t *pool)
{
    const unsigned char *cursor = der.data;
    X509 *cert;

    ERR_set_mark();
    cert = d2i_X509(NULL, &cursor, (long)der.len);
    ERR_pop_to_mark();
    if (!cert || cursor != der.data + der.len || !sk_X509_push(all, cert)) {
        X509_free(cert);
        return apr_psprintf(pool, "certificate %d cannot be decoded", sk_X509_num(all) + 1);
    }
    return NULL;
}

static const char *push_text(STACK_OF(X509) * all, mtls_bytes_t text, int max, apr_pool_t *pool)
{
    mtls_pem_cursor_t cursor;
    mtls_pem_block_t block;
    mtls_pem_result_t result;
    const char *fault = NULL;

    if (!mtls_pem_check(text))
        return push_der(all, text, pool);
    mtls_pem_init(&cursor, text);
    while (!fault && (result = mtls_pem_next(&block, &cursor, pool)) != MTLS_PEM_END) {
        if (result == MTLS_PEM_BROKEN)
            fault = apr_psprintf(pool, "line %d: %s", block.line, block.problem);
        else if (block.der.len && sk_X509_num(all) == max)
            fault = apr_psprintf(pool, "there are more than %d certificates", max);
        else if (block.der.len)
            fault = push_der(all, block.der, pool);
    }
    return fault;
}

static const char *make_chain(const mtls_chain_t **out, STACK_OF(X509) * all,
                              const mtls_chain_limits_t *limits, apr_pool_t *pool)
{
    apr_status_t rv;

    if (sk_X509_num(all) == 0)
        return "there is no certificate in it";
    rv = mtls_chain_make(out, sk_X509_value(all, 0), all, limits, pool);
    if (rv == APR_ENOSPC)
        return apr_psprintf(pool, "the certificates have more than %" APR_SIZE_T_FMT " octets",
                            limits->max_bytes);
    return rv == APR_SUCCESS ? NULL : "the certificates cannot be kept";
}

const char *mtls_chain_read(const mtls_chain_t **out, mtls_bytes_t text, const mtls_bytes_t *more,
                            const mtls_chain_limits_t *limits, apr_pool_t *pool)
{
    STACK_OF(X509) *all = sk_X509_new_null();
    const char *fault = all ? push_text(all, text, limits->max_certs, pool) : "memory is out";

    *out = NULL;
    if (!fault && more)
        fault = push_text(all, *more, limits->max_certs, pool);
    if (!fault)
        fault = make_chain(out, all, limits, pool);
    sk_X509_pop_free(all, X509_free);
    return fault;
}
