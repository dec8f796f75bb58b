/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/strength.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

static bool is_rsa(const EVP_PKEY *key)
{
    int type = EVP_PKEY_get_base_id(key);

    return type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS;
}

bool mtls_strength_is_oversized(X509 *cert)
{
    EVP_PKEY *key = X509_get0_pubkey(cert);

    return key != NULL && is_rsa(key) && EVP_PKEY_get_bits(key) > MTLS_PROFILE_MAX_RSA_BITS;
}

static bool is_named_curve(EVP_PKEY *key)
{
    int explicit_parameters = 1;

    return EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                                  &explicit_parameters) == 1 &&
           explicit_parameters == 0;
}

bool mtls_strength_check_key(X509 *cert, const mtls_strength_t *minimum)
{
    EVP_PKEY *key = X509_get0_pubkey(cert);

    if (key == NULL)
        return false;
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
        return EVP_PKEY_get_bits(key) >= minimum->min_rsa_bits &&
               EVP_PKEY_get_bits(key) <= MTLS_PROFILE_MAX_RSA_BITS;
    case EVP_PKEY_EC:
        return EVP_PKEY_get_bits(key) >= minimum->min_ec_bits && is_named_curve(key);
    case EVP_PKEY_ED25519:
    case EVP_PKEY_ED448:
        return true;
    default:
        return false;
    }
}

bool mtls_strength_check_signature(X509 *cert, const mtls_strength_t *minimum)
{
    int digest;
    int key_type;
    const EVP_MD *md;

    if (X509_get_signature_info(cert, &digest, &key_type, NULL, NULL) != 1)
        return false;
    if (key_type == NID_ED25519 || key_type == NID_ED448)
        return true;
    md = EVP_get_digestbynid(digest);
    return md != NULL && EVP_MD_get_size(md) * 8 >= minimum->min_digest_bits;
}
