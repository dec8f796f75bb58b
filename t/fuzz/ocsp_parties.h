/*
 * t/fuzz/ocsp_parties.h - an issuer, its certificate number 77 and its responder, always the same:
 * Ed25519 keys from fixed seeds, whose signatures have nothing random in them.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_FUZZ_OCSP_PARTIES_H
#define MTLS_FUZZ_OCSP_PARTIES_H

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "mtls/trust/ocsp_message.h"
#include "target.h"

#define OCSP_PARTIES_NOW apr_time_from_sec(1790000000)

typedef struct {
    X509 *cert;
    EVP_PKEY *key;
} ocsp_party_t;

typedef struct {
    ocsp_party_t issuer;
    ocsp_party_t leaf;
    ocsp_party_t delegate;
    mtls_ocsp_rules_t rules;
    mtls_ocsp_question_t question;
    mtls_ocsp_request_t request;
} ocsp_parties_t;

static inline void ocsp_party_extend(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    must(extension != NULL && X509_add_ext(cert, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

/* @param by  NULL: itself */
static inline ocsp_party_t ocsp_party_make(const char *name, unsigned char seed,
                                           const ocsp_party_t *by, int nid, const char *value)
{
    unsigned char octets[32] = {seed};
    ocsp_party_t made = {
        X509_new(), EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, octets, sizeof octets)};

    must(made.cert != NULL && made.key != NULL);
    if (by == NULL)
        by = &made;
    X509_set_version(made.cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.cert), seed);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.cert), "CN", MBSTRING_UTF8,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(made.cert, X509_get_subject_name(by->cert));
    ASN1_TIME_set_string(X509_getm_notBefore(made.cert), "20250101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(made.cert), "20450101000000Z");
    X509_set_pubkey(made.cert, made.key);
    ocsp_party_extend(made.cert, nid, value);
    must(X509_sign(made.cert, by->key, NULL) > 0);
    return made;
}

static inline void ocsp_parties_make(ocsp_parties_t *out)
{
    static unsigned char nonce[32] = "0123456789abcdef0123456789abcdef";

    *out = (ocsp_parties_t){.rules = {.nonce = MTLS_NONCE_OPTIONAL,
                                      .skew = MTLS_OCSP_DEFAULT_SKEW,
                                      .max_age = MTLS_OCSP_DEFAULT_MAX_AGE}};
    out->issuer = ocsp_party_make("ca", 1, NULL, NID_basic_constraints, "critical,CA:TRUE");
    out->leaf = ocsp_party_make("leaf", 77, &out->issuer, NID_basic_constraints, "CA:FALSE");
    out->delegate = ocsp_party_make("ocsp", 3, &out->issuer, NID_ext_key_usage, "OCSPSigning");
    out->rules.pinned = sk_X509_new_null();
    out->question.cert = out->leaf.cert;
    out->question.issuer = out->issuer.cert;
    out->question.rules = &out->rules;
    out->request.nonce.data = nonce;
    out->request.nonce.len = sizeof nonce;
}

static inline void ocsp_party_free(ocsp_party_t *party)
{
    X509_free(party->cert);
    EVP_PKEY_free(party->key);
}

static inline void ocsp_parties_free(ocsp_parties_t *parties)
{
    ocsp_party_free(&parties->issuer);
    ocsp_party_free(&parties->leaf);
    ocsp_party_free(&parties->delegate);
    sk_X509_free(parties->rules.pinned);
}

#endif /* MTLS_FUZZ_OCSP_PARTIES_H */
