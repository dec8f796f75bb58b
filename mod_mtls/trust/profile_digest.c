/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/profile_digest.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Changes when the meaning of the parts below does. */
#define VERSION 2

/* Before each part, so that no two profiles yield the same octets. */
typedef enum {
    TAG_VERSION = 1,
    TAG_ANCHORS,
    TAG_INTERMEDIATES,
    TAG_PINS_CERT,
    TAG_PINS_SPKI,
    TAG_EKUS,
    TAG_POLICIES,
    TAG_SWITCHES,
    TAG_NUMBERS,
    TAG_REVOCATION,
    TAG_RESPONDER,
    TAG_RESPONDER_CERTS,
    TAG_FETCH_NAME,
    TAG_FETCH_HOSTS,
    TAG_RULES,
    TAG_CRLS
} tag_t;

static void put_number(unsigned char *out, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        out[i] = (unsigned char)(value >> (56 - 8 * i));
}

static bool add(EVP_MD_CTX *md, tag_t tag, mtls_bytes_t octets)
{
    unsigned char head[9] = {(unsigned char)tag};

    put_number(head + 1, octets.len);
    return EVP_DigestUpdate(md, head, sizeof(head)) == 1 &&
           EVP_DigestUpdate(md, octets.data, octets.len) == 1;
}

static int ascending(const void *a, const void *b)
{
    return memcmp(a, b, MTLS_SHA256_LEN);
}

static bool add_certs(EVP_MD_CTX *md, tag_t tag, const STACK_OF(X509) * certs, apr_pool_t *scratch)
{
    int count = sk_X509_num(certs);
    unsigned char *digests = apr_palloc(scratch, (apr_size_t)count * MTLS_SHA256_LEN + 1);

    for (int i = 0; i < count; i++) {
        if (X509_digest(sk_X509_value(certs, i), EVP_sha256(), digests + i * MTLS_SHA256_LEN,
                        NULL) != 1)
            return false;
    }
    qsort(digests, (size_t)count, MTLS_SHA256_LEN, ascending);
    return add(md, tag, (mtls_bytes_t){digests, (apr_size_t)count * MTLS_SHA256_LEN});
}

static bool add_oids(EVP_MD_CTX *md, tag_t tag, const STACK_OF(ASN1_OBJECT) * oids)
{
    for (int i = 0; i < sk_ASN1_OBJECT_num(oids); i++) {
        const ASN1_OBJECT *oid = sk_ASN1_OBJECT_value(oids, i);

        if (!add(md, tag, (mtls_bytes_t){OBJ_get0_data(oid), OBJ_length(oid)}))
            return false;
    }
    return true;
}

static bool add_numbers(EVP_MD_CTX *md, tag_t tag, const uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned char octets[8];

        put_number(octets, numbers[i]);
        if (!add(md, tag, (mtls_bytes_t){octets, sizeof(octets)}))
            return false;
    }
    return true;
}

static bool add_text(EVP_MD_CTX *md, tag_t tag, const char *text)
{
    return add(md, tag, (mtls_bytes_t){(const unsigned char *)text, strlen(text)});
}

/* Whom a profile may ask decides what it finds out; and what is fetched for one profile is nothing
 * to another, however alike they are. */
static bool add_fetching(EVP_MD_CTX *md, const mtls_profile_t *profile)
{
    const apr_array_header_t *hosts = profile->ocsp.hosts;
    bool good = add_text(md, TAG_FETCH_NAME, profile->spec->fetched_dir ? profile->name : "");

    for (int i = 0; good && i < hosts->nelts; i++)
        good = add_text(md, TAG_FETCH_HOSTS, APR_ARRAY_IDX(hosts, i, const mtls_sourced_t).value);
    return good;
}

static bool add_all(EVP_MD_CTX *md, const mtls_profile_t *profile, unsigned long switches,
                    apr_pool_t *scratch)
{
    const uint64_t version[] = {VERSION};
    const uint64_t flags[] = {switches, profile->purpose.any, profile->purpose.strict};
    const uint64_t numbers[] = {(uint64_t)profile->depth, (uint64_t)profile->max_lifetime,
                                (uint64_t)profile->strength.min_rsa_bits,
                                (uint64_t)profile->strength.min_ec_bits,
                                (uint64_t)profile->strength.min_digest_bits};

    const mtls_ocsp_rules_t *ocsp = &profile->ocsp;
    const uint64_t revocation[] = {profile->crl_reach,
                                   profile->crl_lack,
                                   (uint64_t)profile->crl_grace,
                                   ocsp->reach,
                                   ocsp->lack,
                                   (uint64_t)ocsp->grace,
                                   ocsp->override,
                                   ocsp->nonce,
                                   (uint64_t)ocsp->skew,
                                   (uint64_t)ocsp->max_age,
                                   profile->order};
    const char *responder = ocsp->responder != NULL ? ocsp->responder : "";

    return EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
           add_numbers(md, TAG_VERSION, version, 1) &&
           add_certs(md, TAG_ANCHORS, profile->anchors, scratch) &&
           add_certs(md, TAG_INTERMEDIATES, profile->intermediates, scratch) &&
           add(md, TAG_PINS_CERT, mtls_pins_octets(profile->pins, MTLS_PIN_CERT)) &&
           add(md, TAG_PINS_SPKI, mtls_pins_octets(profile->pins, MTLS_PIN_SPKI)) &&
           add_oids(md, TAG_EKUS, profile->purpose.ekus) &&
           add_oids(md, TAG_POLICIES, profile->policies) &&
           add_numbers(md, TAG_SWITCHES, flags, sizeof(flags) / sizeof(flags[0])) &&
           add_numbers(md, TAG_NUMBERS, numbers, sizeof(numbers) / sizeof(numbers[0])) &&
           add_numbers(md, TAG_REVOCATION, revocation,
                       sizeof(revocation) / sizeof(revocation[0])) &&
           add_text(md, TAG_RESPONDER, responder) &&
           add_certs(md, TAG_RESPONDER_CERTS, ocsp->pinned, scratch) && add_fetching(md, profile);
}

static bool add_crls(EVP_MD_CTX *md, const mtls_profile_t *profile)
{
    mtls_bytes_t crls = {0};

    if (profile->crls != NULL)
        crls = (mtls_bytes_t){mtls_crl_set_digest(profile->crls), MTLS_SHA256_LEN};
    return EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
           add(md, TAG_RULES, (mtls_bytes_t){profile->rules, MTLS_SHA256_LEN}) &&
           add(md, TAG_CRLS, crls);
}

apr_status_t mtls_profile_digest_write(mtls_profile_t *profile, unsigned long switches,
                                       apr_pool_t *scratch)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool good = md != NULL && add_all(md, profile, switches, scratch) &&
                EVP_DigestFinal_ex(md, profile->rules, NULL) == 1 && add_crls(md, profile) &&
                EVP_DigestFinal_ex(md, profile->digest, NULL) == 1;

    memcpy(profile->ocsp.digest, profile->rules, MTLS_SHA256_LEN);

    EVP_MD_CTX_free(md);
    return good ? APR_SUCCESS : APR_ENOMEM;
}
