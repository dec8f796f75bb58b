/*
 * mtls/cert/ticket_record.h - the certificate behind a code or a ticket, as octets of the shared cache.
 *
 * Cookies are too small for a chain.  The chain is kept in the shared cache, under an id that only
 * whoever holds the code or ticket knows; no record, no ticket.  So taking the record away is
 * how a code is spent and a ticket revoked, and a cache that has lost it refuses (S-04, S-10).
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_TICKET_RECORD_H
#define MTLS_CERT_TICKET_RECORD_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_time.h>

#include "mtls/cert/bytes.h"

/** Largest record, octets: longer chains cannot be kept. */
#define MTLS_TICKET_RECORD_MAX 16384
/** Most certificates. */
#define MTLS_TICKET_RECORD_MAX_CERTS 16

/** Contents. */
typedef struct {
    apr_time_t proven_at; /**< when the handshake proved it; whole seconds survive */
    mtls_bytes_t certs[MTLS_TICKET_RECORD_MAX_CERTS]; /**< DER, the leaf first */
    int cert_count;       /**< at least 1 */
} mtls_ticket_record_t;

/**
 * @param out  from @a pool; empty on failure
 * @return APR_SUCCESS, or APR_ENOSPC when it would exceed a limit (a count out of range, an empty
 *         certificate, a time before 1970)
 */
apr_status_t mtls_ticket_record_write(mtls_bytes_t *out, const mtls_ticket_record_t *record,
                                      apr_pool_t *pool);

/**
 * @param out   filled on success, zeroed on failure; certs[] point into @a data
 * @param data  untrusted octets
 * @return APR_SUCCESS, or APR_EINVAL for anything that mtls_ticket_record_write() would not have written
 */
apr_status_t mtls_ticket_record_parse(mtls_ticket_record_t *out, mtls_bytes_t data);

#endif /* MTLS_CERT_TICKET_RECORD_H */
