/*
 * t/unit/ocsp_fixture.h - OCSP answers of every kind, made when a test needs them.
 *
 * May include: OpenSSL, APR, mtls/cert, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef T_UNIT_OCSP_FIXTURE_H
#define T_UNIT_OCSP_FIXTURE_H

#include <openssl/ocsp.h>

#include "mtls/trust/ocsp_message.h"
#include "trust_fixture.h"

#define OCSP_FIXTURE_SINGLES 4

/** One SingleResponse; cert NULL ends a list. */
typedef struct {
    X509 *cert;
    X509 *issuer;
    const char *hash; /**< of the CertID; NULL: sha1 */
    int status;       /**< V_OCSP_CERTSTATUS_* */
    apr_time_t this_update;
    apr_time_t next_update; /**< 0: none */
    bool critical;          /**< with an extension that nobody knows */
} ocsp_single_t;

/** How to make an answer. */
typedef struct {
    ocsp_single_t singles[OCSP_FIXTURE_SINGLES];
    fixture_party_t signer;
    X509 *with[2];      /**< certificates sent with it, besides the signer's */
    bool bare;          /**< without the signer's certificate */
    bool by_key;        /**< ResponderID is the hash of the key */
    bool pss;           /**< RSASSA-PSS */
    const char *digest; /**< NULL: sha256 */
    mtls_bytes_t nonce; /**< empty: none */
    bool nonce_twice;   /**< and after it another one */
    bool nonce_critical;
    int extension; /**< 0: none, 1: one that nobody knows, 2: that insists, 3: archive
                             cutoff that insists */
} ocsp_recipe_t;

/** @return the DER of a successful answer, from @a pool. */
mtls_bytes_t ocsp_fixture_make(const ocsp_recipe_t *recipe, apr_pool_t *pool);

/** @return an unsigned answer with @a status, from @a pool. */
mtls_bytes_t ocsp_fixture_status(int status, apr_pool_t *pool);

#endif /* T_UNIT_OCSP_FIXTURE_H */
