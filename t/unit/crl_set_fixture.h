/*
 * t/unit/crl_set_fixture.h - sets of revocation lists, loaded from files as a server loads them.
 *
 * May include: OpenSSL, APR, mtls/cert, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef T_UNIT_CRL_SET_FIXTURE_H
#define T_UNIT_CRL_SET_FIXTURE_H

#include "crl_fixture.h"
#include "mtls/trust/crl_set.h"

#define FIXTURE_MAX_CERTS 4
#define FIXTURE_MAX_LISTS 6

/** What a set is made of; each array ends with NULL. */
typedef struct {
    X509 *anchors[FIXTURE_MAX_CERTS + 1];
    X509 *intermediates[FIXTURE_MAX_CERTS + 1];
    X509 *signers[FIXTURE_MAX_CERTS + 1];
    mtls_bytes_t lists[FIXTURE_MAX_LISTS + 1];
} fixture_crls_t;

/** @return the set; NULL when it is refused, with *fault telling why. */
const mtls_crl_set_t *fixture_crl_set(const fixture_crls_t *crls, const char **fault,
                                      apr_pool_t *pool);

/**
 * Write an extension so that the other fixtures can read it without its sections.
 *
 * @param conf  sections that @a text refers to, as in openssl.cnf; NULL: none
 * @param text  "name=value"
 * @return "name=DER:..."
 */
const char *fixture_extension(const char *conf, const char *text, apr_pool_t *pool);

#endif /* T_UNIT_CRL_SET_FIXTURE_H */
