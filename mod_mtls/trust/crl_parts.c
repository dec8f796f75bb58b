/* SPDX-License-Identifier: Apache-2.0 */
#include "crl_parts.h"

#include <openssl/crypto.h>

#include "mtls/cert/der.h"

#define MAX_HEADER 6 /* tag, and a length of up to four octets and their number */
#define OUTER_TAG  (MTLS_DER_CONTEXT | MTLS_DER_CONSTRUCTED | 0) /* around the extensions */

/* BIT STRING with unused bits, which no signature has. */
static const unsigned char no_signature[] = {0x03, 0x02, 0x07, 0x80};

/* Extension, freshestCRL, with one DistributionPoint that says nothing. */
static const unsigned char freshest[] = {0x30, 0x0b, 0x06, 0x03, 0x55, 0x1d, 0x2e,
                                         0x04, 0x04, 0x30, 0x02, 0x30, 0x00};

static const unsigned char freshest_type[] = {0x55, 0x1d, 0x2e}; /* 2.5.29.46 */
static const unsigned char delta_type[] = {0x55, 0x1d, 0x1b};    /* 2.5.29.27 */

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

/* @param rest  what comes behind the entries */
static const char *read_extensions(mtls_crl_parts_t *out, mtls_bytes_t rest)
{
    mtls_der_t outer;
    mtls_der_t list;

    if (rest.len == 0)
        return NULL;
    if (!mtls_der_open(&outer, rest, OUTER_TAG))
        return "is not DER of a CertificateList: something else behind the entries";
    if (!out->v2)
        return "has extensions, which a list of version 1 cannot have";
    if (!mtls_der_open(&list, outer.content, MTLS_DER_SEQUENCE))
        return "is not DER of a CertificateList: no list of extensions";
    out->extensions = list.content;
    return NULL;
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
    return read_extensions(out, rest);
}

static bool take_signature(mtls_crl_parts_t *out, mtls_bytes_t *rest)
{
    mtls_der_t algorithm;
    mtls_der_t bits;

    if (!mtls_der_take(&algorithm, rest, MTLS_DER_SEQUENCE) ||
        !mtls_der_take(&bits, rest, MTLS_DER_BIT_STRING) || rest->len != 0 ||
        bits.content.len == 0 || bits.content.data[0] != 0)
        return false;
    out->algorithm = algorithm.whole;
    out->signature = (mtls_bytes_t){bits.content.data + 1, bits.content.len - 1};
    return true;
}

const char *mtls_crl_parts_read(mtls_crl_parts_t *out, mtls_bytes_t der)
{
    mtls_der_t list;
    mtls_der_t tbs;
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
    if (!take_signature(out, &rest))
        return "is not DER of a CertificateList: no signature";
    problem = read_tbs(out, &inner, tbs.content);
    if (problem == NULL && !mtls_bytes_equal(inner, out->algorithm))
        problem = "names one signature algorithm inside and another one outside";
    return problem;
}

static bool is_type(mtls_bytes_t type, const unsigned char oid[3])
{
    return mtls_bytes_equal(type, (mtls_bytes_t){oid, 3});
}

/* Whether deltas may go with a list of such extensions, and nothing says so. */
static bool lacks_freshest(mtls_bytes_t extensions)
{
    mtls_bytes_t rest = extensions;
    mtls_der_t extension;
    mtls_der_t type;

    while (mtls_der_take(&extension, &rest, MTLS_DER_SEQUENCE)) {
        mtls_bytes_t inside = extension.content;

        if (mtls_der_take(&type, &inside, MTLS_DER_OID) &&
            (is_type(type.content, freshest_type) || is_type(type.content, delta_type)))
            return false;
    }
    return extensions.len != 0;
}

/* Everything is written from the end on, so that each length is known where it is needed.
 * @param at  where what was written before begins.  @return where it begins now */
static unsigned char *put(unsigned char *at, mtls_bytes_t octets)
{
    at -= octets.len;
    if (octets.len != 0)
        memcpy(at, octets.data, octets.len);
    return at;
}

/* Tag and length before all that is written up to @a end, X.690 section 10.1. */
static unsigned char *wrap(unsigned char *at, unsigned char tag, const unsigned char *end)
{
    apr_size_t len = (apr_size_t)(end - at);
    unsigned char octets = 0;

    if (len < 0x80) {
        *--at = (unsigned char)len;
    } else {
        for (; len != 0; len >>= 8, octets++)
            *--at = (unsigned char)len;
        *--at = (unsigned char)(0x80 | octets);
    }
    *--at = tag;
    return at;
}

static unsigned char *put_extensions(unsigned char *end, mtls_bytes_t extensions)
{
    unsigned char *at = end;

    if (extensions.len == 0)
        return at;
    if (lacks_freshest(extensions))
        at = put(at, (mtls_bytes_t){freshest, sizeof(freshest)});
    at = put(at, extensions);
    at = wrap(at, MTLS_DER_SEQUENCE, end);
    return wrap(at, OUTER_TAG, end);
}

static unsigned char *put_list(unsigned char *end, const mtls_crl_parts_t *parts)
{
    unsigned char *signed_end;
    unsigned char *at = put(end, (mtls_bytes_t){no_signature, sizeof(no_signature)});

    at = put(at, parts->algorithm);
    signed_end = at;
    at = put_extensions(at, parts->extensions);
    at = put(at, parts->head);
    at = wrap(at, MTLS_DER_SEQUENCE, signed_end);
    return wrap(at, MTLS_DER_SEQUENCE, end);
}

X509_CRL *mtls_crl_parts_skeleton(const mtls_crl_parts_t *parts)
{
    apr_size_t most = 4 * MAX_HEADER + parts->head.len + parts->extensions.len + sizeof(freshest) +
                      parts->algorithm.len + sizeof(no_signature);
    unsigned char *room = OPENSSL_malloc(most);
    const unsigned char *at;
    X509_CRL *skeleton;

    if (room == NULL)
        return NULL;
    at = put_list(room + most, parts);
    skeleton = d2i_X509_CRL(NULL, &at, (long)(room + most - at));
    OPENSSL_free(room);
    return skeleton;
}
