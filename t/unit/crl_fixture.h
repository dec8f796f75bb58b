/*
 * t/unit/crl_fixture.h - revocation lists of every kind, made when a test needs them.
 *
 * May include: OpenSSL, APR, mtls/cert, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef T_UNIT_CRL_FIXTURE_H
#define T_UNIT_CRL_FIXTURE_H

#include "mtls/cert/bytes.h"
#include "trust_fixture.h"

/** One entry; zero but for the serial number is the usual one. */
typedef struct {
    const char *serial;    /**< decimal, or hexadecimal behind "0x", with "-" if wanted */
    int reason;            /**< 0: none said */
    X509 *issuer;          /**< certificateIssuer: subject of this; NULL: none */
    const char *extension; /**< "name=value"; NULL: none */
} fixture_entry_t;

/** How to make a list; zero is a proper one of version 2 with number 1, empty, for a day. */
typedef struct {
    const fixture_party_t *name_of;                 /**< issuer, if not the signer */
    const char *extensions[FIXTURE_MAX_EXTENSIONS]; /**< "name=value"; instead of the usual ones */
    bool version1;                                  /**< without any extensions */
    const fixture_entry_t *entries;
    int count;
    int from_seconds; /**< from now; both 0: -3600 to 86400 */
    int to_seconds;
    bool no_end;        /**< no nextUpdate */
    const char *digest; /**< NULL: sha256 */
    bool pss;           /**< signed with RSA-PSS */
} fixture_crl_t;

/** @return the list's DER. */
mtls_bytes_t fixture_crl(const fixture_party_t *signer, const fixture_crl_t *recipe,
                         apr_pool_t *pool);

/** @return the list as PEM. */
const char *fixture_crl_pem(mtls_bytes_t der, apr_pool_t *pool);

/** @return a list, decoded by OpenSSL; freed by the pool. */
X509_CRL *fixture_crl_decode(mtls_bytes_t der, apr_pool_t *pool);

/** @return @a der with the signature's last octet changed. */
mtls_bytes_t fixture_crl_spoil(mtls_bytes_t der, apr_pool_t *pool);

#endif /* T_UNIT_CRL_FIXTURE_H */
