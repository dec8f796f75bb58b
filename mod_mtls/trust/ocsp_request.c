/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/ocsp_message.h"

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/rand.h>
#include <string.h>

/* RFC 9654 section 2.1. */
#define NONCE_LEN 32

/* RFC 6960 appendix A.1. */
#define MAX_GET   255

static bool add(EVP_MD_CTX *md, const unsigned char *data, apr_size_t len)
{
    unsigned char head[8];

    for (int i = 0; i < 8; i++)
        head[i] = (unsigned char)((apr_uint64_t)len >> (56 - 8 * i));
    return EVP_DigestUpdate(md, head, sizeof(head)) == 1 && EVP_DigestUpdate(md, data, len) == 1;
}

static bool add_string(EVP_MD_CTX *md, const ASN1_STRING *string)
{
    return add(md, ASN1_STRING_get0_data(string), (apr_size_t)ASN1_STRING_length(string));
}

/* The sign is in the type. */
static bool add_serial(EVP_MD_CTX *md, const ASN1_INTEGER *serial)
{
    unsigned char negative = (unsigned char)((ASN1_STRING_type(serial) & V_ASN1_NEG) != 0);

    return add(md, &negative, 1) && add_string(md, serial);
}

static bool add_id(EVP_MD_CTX *md, OCSP_CERTID *id)
{
    ASN1_OCTET_STRING *name;
    ASN1_OCTET_STRING *key;
    ASN1_OBJECT *hash;
    ASN1_INTEGER *serial;

    return OCSP_id_get0_info(&name, &hash, &key, &serial, id) == 1 &&
           add(md, OBJ_get0_data(hash), OBJ_length(hash)) && add_string(md, name) &&
           add_string(md, key) && add_serial(md, serial);
}

bool mtls_ocsp_id(unsigned char out[MTLS_SHA256_LEN], const mtls_ocsp_question_t *question)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha256(), question->cert, question->issuer);
    bool good = md != NULL && id != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
                add(md, question->rules->digest, MTLS_SHA256_LEN) && add_id(md, id) &&
                EVP_DigestFinal_ex(md, out, NULL) == 1;

    OCSP_CERTID_free(id);
    EVP_MD_CTX_free(md);
    ERR_clear_error();
    return good;
}

static bool add_nonce(OCSP_REQUEST *request, mtls_bytes_t *out, apr_pool_t *pool)
{
    unsigned char *nonce = apr_palloc(pool, NONCE_LEN);

    out->data = nonce;
    out->len = NONCE_LEN;
    return RAND_bytes(nonce, NONCE_LEN) == 1 &&
           OCSP_request_add1_nonce(request, nonce, NONCE_LEN) == 1;
}

static bool is_nonce_wanted(mtls_nonce_t nonce)
{
    return nonce == MTLS_NONCE_OPTIONAL || nonce == MTLS_NONCE_REQUIRE;
}

static bool encode(mtls_bytes_t *out, OCSP_REQUEST *request, apr_pool_t *pool)
{
    int len = i2d_OCSP_REQUEST(request, NULL);
    unsigned char *at;

    if (len <= 0)
        return false;
    out->data = at = apr_palloc(pool, (apr_size_t)len);
    out->len = (apr_size_t)len;
    return i2d_OCSP_REQUEST(request, &at) == len;
}

apr_status_t mtls_ocsp_request_write(mtls_ocsp_request_t *out, const mtls_ocsp_question_t *question,
                                     apr_pool_t *pool)
{
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), question->cert, question->issuer);
    bool good = request != NULL && id != NULL && OCSP_request_add0_id(request, id) != NULL;

    memset(out, 0, sizeof(*out));
    if (!good)
        OCSP_CERTID_free(id); /* else it is the request's */
    if (good && is_nonce_wanted(question->rules->nonce))
        good = add_nonce(request, &out->nonce, pool);
    good = good && encode(&out->der, request, pool);
    if (!good)
        memset(out, 0, sizeof(*out));
    OCSP_REQUEST_free(request);
    ERR_clear_error();
    return good ? APR_SUCCESS : APR_EGENERAL;
}

/* The three octets of base64 that mean something else in a URL. */
static const char *escape(const char *base64, apr_pool_t *pool)
{
    char *out = apr_palloc(pool, 3 * strlen(base64) + 1);
    char *at = out;

    for (; *base64 != '\0'; base64++) {
        if (*base64 == '+' || *base64 == '/' || *base64 == '=')
            at += apr_snprintf(at, 4, "%%%02X", (unsigned)*base64);
        else
            *at++ = *base64;
    }
    *at = '\0';
    return out;
}

const char *mtls_ocsp_get_url(const char *responder, const mtls_ocsp_request_t *request,
                              apr_pool_t *pool)
{
    unsigned char base64[MAX_GET + 2];
    const char *path;
    apr_size_t len = strlen(responder);

    if (request->nonce.len != 0 || request->der.len == 0 || request->der.len > MAX_GET / 4 * 3 ||
        strchr(responder, '?') != NULL)
        return NULL;
    EVP_EncodeBlock(base64, request->der.data, (int)request->der.len);
    path = escape((const char *)base64, pool);
    if (strlen(path) > MAX_GET)
        return NULL;
    return apr_pstrcat(pool, responder, len != 0 && responder[len - 1] == '/' ? "" : "/", path,
                       NULL);
}
