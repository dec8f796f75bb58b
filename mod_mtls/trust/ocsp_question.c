/* SPDX-License-Identifier: Apache-2.0 */
#include "ocsp_question.h"

#include <apr_strings.h>

static apr_status_t free_cert(void *cert)
{
    X509_free(cert);
    return APR_SUCCESS;
}

static apr_status_t free_certs(void *certs)
{
    sk_X509_pop_free(certs, X509_free);
    return APR_SUCCESS;
}

static X509 *hold(X509 *cert, apr_pool_t *pool)
{
    X509_up_ref(cert);
    apr_pool_cleanup_register(pool, cert, free_cert, apr_pool_cleanup_null);
    return cert;
}

/* Origins are not copied: nobody is told of them any more. */
static const apr_array_header_t *copy_hosts(const apr_array_header_t *hosts, apr_pool_t *pool)
{
    apr_array_header_t *copy = apr_array_make(pool, hosts->nelts, sizeof(mtls_sourced_t));

    for (int i = 0; i < hosts->nelts; i++) {
        mtls_sourced_t *host = apr_array_push(copy);

        *host = (mtls_sourced_t){
            .value = apr_pstrdup(pool, APR_ARRAY_IDX(hosts, i, mtls_sourced_t).value)};
    }
    return copy;
}

const mtls_ocsp_question_t *mtls_ocsp_question_copy(const mtls_ocsp_question_t *question,
                                                    apr_pool_t *pool)
{
    mtls_ocsp_question_t *copy = apr_palloc(pool, sizeof(*copy));
    mtls_ocsp_rules_t *rules = apr_pmemdup(pool, question->rules, sizeof(*rules));

    rules->pinned = X509_chain_up_ref(question->rules->pinned);
    if (rules->pinned == NULL)
        return NULL;
    apr_pool_cleanup_register(pool, rules->pinned, free_certs, apr_pool_cleanup_null);
    rules->responder = apr_pstrdup(pool, question->rules->responder);
    rules->hosts = copy_hosts(question->rules->hosts, pool);
    copy->cert = hold(question->cert, pool);
    copy->issuer = hold(question->issuer, pool);
    copy->rules = rules;
    return copy;
}
