/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/purpose.h"

#include <openssl/objects.h>
#include <openssl/x509v3.h>

/* Needs no decoding: OpenSSL keeps these bits. */
static bool allows_client_auth(X509 *cert, bool is_leaf)
{
    uint32_t wanted = XKU_SSL_CLIENT | (is_leaf ? 0 : XKU_ANYEKU);

    return (X509_get_extended_key_usage(cert) & wanted) != 0;
}

static bool lists(X509 *cert, const ASN1_OBJECT *usage, bool is_leaf)
{
    EXTENDED_KEY_USAGE *listed = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
    bool found = false;

    for (int i = 0; i < sk_ASN1_OBJECT_num(listed) && !found; i++) {
        const ASN1_OBJECT *one = sk_ASN1_OBJECT_value(listed, i);

        found =
            OBJ_cmp(one, usage) == 0 || (!is_leaf && OBJ_obj2nid(one) == NID_anyExtendedKeyUsage);
    }
    EXTENDED_KEY_USAGE_free(listed);
    return found;
}

static bool allows(const mtls_purpose_t *purpose, X509 *cert, int usage, bool is_leaf)
{
    if ((X509_get_extension_flags(cert) & EXFLAG_XKUSAGE) == 0)
        return !is_leaf || !purpose->strict;
    if (purpose->client_auth_only)
        return allows_client_auth(cert, is_leaf);
    return lists(cert, sk_ASN1_OBJECT_value(purpose->ekus, usage), is_leaf);
}

/* The index of the first certificate that forbids the usage; the path's length when none does. */
static int first_forbidding(const mtls_purpose_t *purpose, const STACK_OF(X509) * path, int usage)
{
    int i = 0;

    while (i < sk_X509_num(path) && allows(purpose, sk_X509_value(path, i), usage, i == 0))
        i++;
    return i;
}

static bool may_sign(X509 *leaf)
{
    return (X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) != 0; /* all bits when absent */
}

bool mtls_purpose_check(const mtls_purpose_t *purpose, const STACK_OF(X509) * path, int *at_fault)
{
    int farthest = 0;

    *at_fault = 0;
    if (!may_sign(sk_X509_value(path, 0)))
        return false;
    if (purpose->any)
        return true;
    for (int usage = 0; usage < sk_ASN1_OBJECT_num(purpose->ekus); usage++) {
        int reached = first_forbidding(purpose, path, usage);

        if (reached > farthest)
            farthest = reached;
    }
    *at_fault = farthest;
    return farthest == sk_X509_num(path);
}
