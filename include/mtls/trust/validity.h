/*
 * mtls/trust/validity.h - the times between which certificates hold.
 *
 * May include: OpenSSL, APR, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_VALIDITY_H
#define MTLS_TRUST_VALIDITY_H

#include <apr_time.h>
#include <openssl/x509.h>
#include <stdbool.h>

/** @return @a time as wall clock, or 0 when it cannot be read. */
apr_time_t mtls_validity_time(const ASN1_TIME *time);

/** @return true when the certificate is made to be valid for no longer than @a longest. */
bool mtls_validity_check_lifetime(const X509 *cert, apr_interval_time_t longest);

/**
 * @return the earliest notBefore or notAfter of @a certs that is after @a now and before @a until,
 * else @a until: nothing that depends on their validity changes sooner
 */
apr_time_t mtls_validity_next_change(const STACK_OF(X509) *certs, apr_time_t now,
                                     apr_time_t until);

#endif /* MTLS_TRUST_VALIDITY_H */
