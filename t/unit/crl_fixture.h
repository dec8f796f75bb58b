/*
 * t/unit/crl_fixture.h - revocation lists of every kind, made when a test needs them.
 *
 * May include: OpenSSL, APR, mtls/cert, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef T_UNIT_CRL_FIXTURE_H
#define T_UNIT_CRL_FIXTURE_H

#include <apr_pools.h>
#include <openssl/x509.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/crl_set.h"
#include "trust_fixture.h"

#define FIXTURE_MAX_ENTRIES 4

/** One entry; serial 0 ends the list of them. */
typedef struct {
    long serial;
    int reason;         /**< CRLReason; 0: no extension */
    const X509 *issuer; /**< of the certificate, for indirect lists; NULL: no extension */
} fixture_entry_t;

/** How to make a list; zero is an empty one, number 1, from an hour ago to a day ahead. */
typedef struct {
    const char *conf; /**< sections that extensions refer to, as in openssl.cnf; NULL: none */
    const char *extensions[FIXTURE_MAX_EXTENSIONS]; /**< "name=value" */
    fixture_entry_t entries[FIXTURE_MAX_ENTRIES];
    long number; /**< 0: 1; negative: no extension */
    long base;   /**< 0: not a delta */
    int from_hours; /**< from now; both 0: -1 to 24 */
    int to_hours;
} fixture_list_t;

/** @return the DER of a list that @a issuer has signed. */
mtls_bytes_t fixture_list_make(const fixture_party_t *issuer, const fixture_list_t *list,
                               apr_pool_t *pool);

/** @return "name=DER:..." of an extension that refers to sections of @a conf. */
const char *fixture_extension(const char *conf, const char *text, apr_pool_t *pool);

/** What a set is made of; arrays end with NULL. */
typedef struct {
    X509 *anchors[4];
    X509 *intermediates[4];
    X509 *signers[4];
    mtls_bytes_t lists[6]; /**< ends with one whose data is NULL */
} fixture_crls_t;

/** Load a set from files. @return NULL when it is refused, with *fault telling why. */
const mtls_crl_set_t *fixture_crl_set(const fixture_crls_t *crls, const char **fault,
                                      apr_pool_t *pool);

#endif /* T_UNIT_CRL_FIXTURE_H */
