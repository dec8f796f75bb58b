/* SPDX-License-Identifier: Apache-2.0 */
#include "crl_scope.h"

#include <openssl/x509v3.h>

#define MAX_EXTENSIONS 64
#define MAX_NUMBER     20 /* octets, RFC 5280 section 5.2.3 */

/* Those that OpenSSL uses when it decides whether a list applies; another critical one makes it
 * turn the list down. */
static bool is_used(int nid)
{
    return nid == NID_issuing_distribution_point || nid == NID_authority_key_identifier ||
           nid == NID_delta_crl;
}

static const char *check_each(const X509_CRL *list)
{
    int count = X509_CRL_get_ext_count(list);

    if (count > MAX_EXTENSIONS)
        return "has more extensions than any list needs";
    for (int i = 0; i < count; i++) {
        X509_EXTENSION *extension = X509_CRL_get_ext(list, i);
        const ASN1_OBJECT *type = X509_EXTENSION_get_object(extension);

        if (X509_CRL_get_ext_by_OBJ(list, type, i) >= 0)
            return "has the same extension twice";
        if (X509_EXTENSION_get_critical(extension) != 0 && !is_used(OBJ_obj2nid(type)))
            return "has a critical extension that is not understood (RFC 5280 section 5.2)";
    }
    return NULL;
}

/* @return false when the extension is there and cannot be decoded; *out is NULL when it is not. */
static bool decode(void **out, const X509_CRL *list, int nid)
{
    int critical;

    *out = X509_CRL_get_ext_d2i(list, nid, &critical, NULL);
    return *out != NULL || critical == -1;
}

static bool is_number(const ASN1_INTEGER *number)
{
    return ASN1_STRING_type(number) == V_ASN1_INTEGER && ASN1_STRING_length(number) <= MAX_NUMBER;
}

static const char *read_number(mtls_crl_scope_t *out, const X509_CRL *list)
{
    void *number;
    bool good = decode(&number, list, NID_crl_number);

    out->number = number;
    return good && (number == NULL || is_number(number))
               ? NULL
               : "has a CRL number that cannot be read, is negative or longer than 20 octets";
}

static const char *read_delta(mtls_crl_scope_t *out, const X509_CRL *list)
{
    void *base;
    const char *problem = NULL;

    if (!decode(&base, list, NID_delta_crl) || (base != NULL && !is_number(base)))
        problem = "is a delta CRL whose base number cannot be read";
    else if (base != NULL && out->number == NULL)
        problem = "is a delta CRL without CRL number (RFC 5280 section 5.2.4)";
    else if (base != NULL && ASN1_INTEGER_cmp(base, out->number) > 0)
        problem = "is a delta CRL of a base with a higher number than its own";
    out->base = base;
    return problem;
}

static bool is_consistent(ISSUING_DIST_POINT *point, const X509_CRL *list)
{
    int only = (point->onlyuser > 0) + (point->onlyCA > 0) + (point->onlyattr > 0);

    return only <= 1 && DIST_POINT_set_dpname(point->distpoint, X509_CRL_get_issuer(list)) == 1;
}

static const char *read_point(mtls_crl_scope_t *out, const X509_CRL *list)
{
    void *decoded;
    ISSUING_DIST_POINT *point;
    bool good = decode(&decoded, list, NID_issuing_distribution_point);

    point = decoded;
    if (point != NULL) {
        good = is_consistent(point, list);
        out->indirect = point->indirectCRL > 0;
    }
    ISSUING_DIST_POINT_free(point);
    return good ? NULL : "has an issuing distribution point that is invalid";
}

static const char *check_key_id(const X509_CRL *list)
{
    void *id;
    bool good = decode(&id, list, NID_authority_key_identifier);

    AUTHORITY_KEYID_free(id);
    return good ? NULL : "has an authority key identifier that cannot be read";
}

const char *mtls_crl_scope_read(mtls_crl_scope_t *out, const X509_CRL *list)
{
    const char *problem = check_each(list);

    *out = (mtls_crl_scope_t){0};
    if (problem == NULL)
        problem = read_number(out, list);
    if (problem == NULL)
        problem = read_delta(out, list);
    if (problem == NULL)
        problem = read_point(out, list);
    return problem != NULL ? problem : check_key_id(list);
}

void mtls_crl_scope_clear(mtls_crl_scope_t *scope)
{
    ASN1_INTEGER_free(scope->number);
    ASN1_INTEGER_free(scope->base);
    *scope = (mtls_crl_scope_t){0};
}

static const ASN1_OCTET_STRING *value_of(const X509_CRL *list, int nid)
{
    int at = X509_CRL_get_ext_by_NID(list, nid, -1);

    return at >= 0 ? X509_EXTENSION_get_data(X509_CRL_get_ext(list, at)) : NULL;
}

static bool has_same(const X509_CRL *a, const X509_CRL *b, int nid)
{
    const ASN1_OCTET_STRING *of_a = value_of(a, nid);
    const ASN1_OCTET_STRING *of_b = value_of(b, nid);

    if (of_a == NULL || of_b == NULL)
        return of_a == of_b;
    return ASN1_OCTET_STRING_cmp(of_a, of_b) == 0;
}

bool mtls_crl_scope_is_same(const X509_CRL *a, const X509_CRL *b)
{
    return X509_NAME_cmp(X509_CRL_get_issuer(a), X509_CRL_get_issuer(b)) == 0 &&
           has_same(a, b, NID_issuing_distribution_point) &&
           has_same(a, b, NID_authority_key_identifier);
}
