/*
 * mod_mtls/trust/crl_entry.h - one entry of a revocation list.
 *
 * May include: APR, mtls/cert, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_CRL_ENTRY_H
#define MTLS_TRUST_CRL_ENTRY_H

#include "mtls/cert/bytes.h"

/** Fewest octets of an entry: a SEQUENCE of a serial number and a UTCTime without seconds. */
#define MTLS_CRL_ENTRY_MIN 18

/** Points into the octets that were read. */
typedef struct {
    mtls_bytes_t serial; /**< content of the INTEGER: in DER, one number has one form */
    mtls_bytes_t issuer; /**< GeneralNames of certificateIssuer; empty where there is none */
    bool removed;        /**< reason removeFromCRL */
} mtls_crl_entry_read_t;

/**
 * Take the next entry off @a rest.
 *
 * @param v2  whether entries may have extensions
 * @return NULL, or what is wrong, as static text
 */
const char *mtls_crl_entry_read(mtls_crl_entry_read_t *out, mtls_bytes_t *rest, bool v2);

#endif /* MTLS_TRUST_CRL_ENTRY_H */
