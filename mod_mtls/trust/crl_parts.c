/* SPDX-License-Identifier: Apache-2.0 */
#include "crl_parts.h"

#include <openssl/crypto.h>

#include "mtls/cert/der.h"

#define MAX_HEADER 6 /* tag, and a length of up to four octets and their number */

static bool take_time(mtls_bytes_t *rest)
{
    mtls_der_t time;

    return mtls_der_take(&time, rest, MTLS_DER_UTC_TIME) ||
           mtls_der_take(&time, rest, MTLS_DER_GENERALIZED_TIME);
}

/* Version is written for v2 only, which is 1 (RFC 5280 section 5.1.2.1). */
static bool take_version(bool *v2, mtls_bytes_t *rest)
{
    mtls_der_t version;

    *v2 = mtls_der_take(&version, rest, MTLS_DER_INTEGER);
    return !*v2 || (version.content.len == 1 && version.content.data[0] == 1);
}

/* @param algorithm  receives the AlgorithmIdentifier inside, for comparison */
static const char *read_tbs(mtls_crl_parts_t *out, mtls_bytes_t *algorithm, mtls_bytes_t tbs)
{
    mtls_bytes_t rest = tbs;
    mtls_der_t part;

    if (!take_version(&out->v2, &rest))
        return "has a version that is neither 1 nor 2";
    if (!mtls_der_take(&part, &rest, MTLS_DER_SEQUENCE))
        return "is not DER of a CertificateList: no signature algorithm";
    *algorithm = part.whole;
    if (!mtls_der_take(&part, &rest, MTLS_DER_SEQUENCE) || !take_time(&rest))
        return "is not DER of a CertificateList: no issuer and thisUpdate";
    if (!take_time(&rest))
        return "has no nextUpdate: when it ends cannot be known (RFC 5280 section 5.1.2.5)";
    out->head = (mtls_bytes_t){tbs.data, tbs.len - rest.len};
    if (mtls_der_take(&part, &rest, MTLS_DER_SEQUENCE))
        out->entries = part.content;
    out->extensions = rest;
    if (rest.len != 0 && !mtls_der_open(&part, rest, MTLS_DER_CONTEXT | MTLS_DER_CONSTRUCTED | 0))
        return "is not DER of a CertificateList: something else behind the entries";
    if (rest.len != 0 && !out->v2)
        return "has extensions, which a list of version 1 cannot have";
    return NULL;
}

const char *mtls_crl_parts_read(mtls_crl_parts_t *out, mtls_bytes_t der)
{
    mtls_der_t list;
    mtls_der_t tbs;
    mtls_der_t algorithm;
    mtls_der_t bits;
    mtls_bytes_t inner;
    mtls_bytes_t rest;
    const char *problem;

    *out = (mtls_crl_parts_t){0};
    if (!mtls_der_open(&list, der, MTLS_DER_SEQUENCE))
        return "is not exactly one CertificateList in DER";
    rest = list.content;
    if (!mtls_der_take(&tbs, &rest, MTLS_DER_SEQUENCE))
        return "is not DER of a CertificateList";
    out->tbs = tbs.whole;
    if (!mtls_der_take(&algorithm, &rest, MTLS_DER_SEQUENCE) ||
        !mtls_der_take(&bits, &rest, MTLS_DER_BIT_STRING) || rest.len != 0)
        return "is not DER of a CertificateList: no signature";
    out->algorithm = algorithm.whole;
    out->bits = bits.content;
    problem = read_tbs(out, &inner, tbs.content);
    if (problem == NULL && !mtls_bytes_equal(inner, algorithm.whole))
        problem = "names one signature algorithm inside and another one outside";
    return problem;
}

static unsigned char *put(unsigned char *at, mtls_bytes_t octets)
{
    if (octets.len != 0)
        memcpy(at, octets.data, octets.len);
    return at + octets.len;
}

/* A SEQUENCE's tag and length, X.690 section 10.1. */
static mtls_bytes_t header(unsigned char room[MAX_HEADER], apr_size_t len)
{
    apr_size_t octets = 0;

    room[0] = MTLS_DER_SEQUENCE;
    if (len < 0x80) {
        room[1] = (unsigned char)len;
        return (mtls_bytes_t){room, 2};
    }
    for (apr_size_t left = len; left != 0; left >>= 8)
        octets++;
    room[1] = (unsigned char)(0x80 | octets);
    for (apr_size_t i = 0; i < octets; i++)
        room[2 + i] = (unsigned char)(len >> (8 * (octets - 1 - i)));
    return (mtls_bytes_t){room, 2 + octets};
}

X509_CRL *mtls_crl_parts_skeleton(const mtls_crl_parts_t *parts)
{
    static const unsigned char one_bit[] = {MTLS_DER_BIT_STRING, 2, 7, 0x80};
    const mtls_bytes_t signature = {one_bit, sizeof(one_bit)};
    unsigned char inner_room[MAX_HEADER];
    unsigned char outer_room[MAX_HEADER];
    apr_size_t tbs_len = parts->head.len + parts->extensions.len;
    mtls_bytes_t inner = header(inner_room, tbs_len);
    apr_size_t list_len = inner.len + tbs_len + parts->algorithm.len + signature.len;
    mtls_bytes_t outer = header(outer_room, list_len);
    unsigned char *der = OPENSSL_malloc(outer.len + list_len);
    const unsigned char *at = der;
    unsigned char *end;
    X509_CRL *skeleton;

    if (der == NULL)
        return NULL;
    end = put(put(put(der, outer), inner), parts->head);
    put(put(put(end, parts->extensions), parts->algorithm), signature);
    skeleton = d2i_X509_CRL(NULL, &at, (long)(outer.len + list_len));
    OPENSSL_free(der);
    return skeleton;
}
