/*
 * mod_mtls/trust/ocsp_responder.c - whom to ask about a certificate.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "mtls/trust/fetch.h"
#include "mtls/trust/ocsp_message.h"

/* @return the URL, NULL when this is none of a responder, or none that may be used. */
static const char *usable_url(const ACCESS_DESCRIPTION *access, apr_pool_t *pool)
{
    const ASN1_STRING *text;
    const char *url;
    apr_size_t len;

    if (OBJ_obj2nid(access->method) != NID_ad_OCSP || access->location->type != GEN_URI)
        return NULL;
    text = access->location->d.uniformResourceIdentifier;
    len = (apr_size_t)ASN1_STRING_length(text);
    if (len == 0 || memchr(ASN1_STRING_get0_data(text), '\0', len) != NULL)
        return NULL;
    url = apr_pstrmemdup(pool, (const char *)ASN1_STRING_get0_data(text), len);
    return mtls_fetch_check_url(url, NULL, pool) == NULL ? url : NULL;
}

static const char *named_by(X509 *cert, apr_pool_t *pool)
{
    AUTHORITY_INFO_ACCESS *list = X509_get_ext_d2i(cert, NID_info_access, NULL, NULL);
    const char *url = NULL;

    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(list) && url == NULL; i++)
        url = usable_url(sk_ACCESS_DESCRIPTION_value(list, i), pool);
    AUTHORITY_INFO_ACCESS_free(list);
    ERR_clear_error();
    return url;
}

const char *mtls_ocsp_responder(const mtls_ocsp_question_t *question, bool *from_cert,
                                apr_pool_t *pool)
{
    const mtls_ocsp_rules_t *rules = question->rules;
    const char *url = NULL;

    if (rules->responder == NULL || !rules->override)
        url = named_by(question->cert, pool);
    *from_cert = url != NULL;
    return url != NULL ? url : rules->responder;
}
