/* SPDX-License-Identifier: Apache-2.0 */
#include "crl_signature.h"

#include <limits.h>
#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#define MIN_DIGEST 28 /* octets, SHA-224: SHA-1 and MD5 are broken */

/* RFC 4055 section 3.1: no parameter means SHA-1. */
static int pss_digest(const X509_ALGOR *algorithm)
{
    int type;
    const void *value;
    const unsigned char *at;
    RSA_PSS_PARAMS *parameters;
    int digest = NID_undef;

    X509_ALGOR_get0(NULL, &type, &value, algorithm);
    if (type != V_ASN1_SEQUENCE)
        return NID_undef;
    at = ASN1_STRING_get0_data(value);
    parameters = d2i_RSA_PSS_PARAMS(NULL, &at, ASN1_STRING_length(value));
    if (parameters != NULL)
        digest = parameters->hashAlgorithm != NULL
                     ? OBJ_obj2nid(parameters->hashAlgorithm->algorithm)
                     : NID_sha1;
    RSA_PSS_PARAMS_free(parameters);
    return digest;
}

const char *mtls_crl_signature_check(const X509_CRL *list)
{
    const X509_ALGOR *algorithm;
    const EVP_MD *md;
    int digest;
    int key;

    X509_CRL_get0_signature(list, NULL, &algorithm);
    if (OBJ_find_sigid_algs(OBJ_obj2nid(algorithm->algorithm), &digest, &key) != 1)
        return "is signed with an algorithm that is not known";
    if (key == NID_ED25519 || key == NID_ED448)
        return NULL;
    if (key == NID_rsassaPss)
        digest = pss_digest(algorithm);
    md = EVP_get_digestbynid(digest);
    if (md == NULL)
        return "is signed with a digest that is not known";
    return EVP_MD_get_size(md) >= MIN_DIGEST
               ? NULL
               : "is signed with a digest that is broken (SHA-1, MD5); it proves nothing";
}

static ASN1_STRING borrow(int type, mtls_bytes_t octets)
{
    return (ASN1_STRING){
        .type = type, .data = (unsigned char *)octets.data, .length = (int)octets.len};
}

/* A SEQUENCE that is held as a string is encoded as it stands, header included. */
bool mtls_crl_signature_verify(const X509_CRL *list, mtls_bytes_t tbs, mtls_bytes_t bits,
                               EVP_PKEY *key)
{
    const X509_ALGOR *algorithm;
    ASN1_STRING whole = borrow(V_ASN1_SEQUENCE, tbs);
    ASN1_BIT_STRING signature = borrow(V_ASN1_BIT_STRING, bits);
    bool good;

    X509_CRL_get0_signature(list, NULL, &algorithm);
    good = tbs.len <= INT_MAX && bits.len <= INT_MAX &&
           ASN1_item_verify(ASN1_ITEM_rptr(ASN1_SEQUENCE), algorithm, &signature, &whole, key) == 1;
    ERR_clear_error();
    return good;
}
