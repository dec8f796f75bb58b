/*
 * mtls/cert/session_record.h - what a resumable TLS session must remember about its proof.
 *
 * A TLS session keeps the peer's leaf certificate and OpenSSL's verify result, not the
 * intermediates, not the time of the proof, not the policy it was made under.  This
 * record carries those as the session's application data.  It travels inside the encrypted
 * ticket or mod_ssl's session cache; the parser trusts neither.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_SESSION_RECORD_H
#define MTLS_CERT_SESSION_RECORD_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_time.h>

#include "mtls/cert/bytes.h"

/** Largest record written; a chain that needs more makes the session not resumable. */
#define MTLS_SESSION_RECORD_MAX 8192
/** Most certificates after the leaf in a record. */
#define MTLS_SESSION_RECORD_MAX_CERTS 16

/** Contents of a record. */
typedef struct {
    unsigned char scope[MTLS_SHA256_LEN]; /**< digest of the vhost policy it was made under */
    unsigned char leaf_sha256[MTLS_SHA256_LEN]; /**< ties the record to the session's certificate */
    apr_time_t proven_at;                 /**< whole seconds survive */
    mtls_bytes_t others[MTLS_SESSION_RECORD_MAX_CERTS]; /**< DER after the leaf */
    int other_count;
} mtls_session_record_t;

/**
 * @param out  serialised record from @a pool; empty on failure
 * @return APR_SUCCESS, or APR_ENOSPC when it would exceed a limit (a count or length out of range,
 *         an empty certificate, a time before 1970)
 */
apr_status_t mtls_session_record_write(mtls_bytes_t *out, const mtls_session_record_t *record,
                                       apr_pool_t *pool);

/**
 * @param out   filled on success, zeroed on failure; others[] point into @a data
 * @param data  untrusted octets
 * @return APR_SUCCESS, or APR_EINVAL for anything that mtls_session_record_write() would not
 *         have written (wrong magic or version, lengths, trailing octets)
 */
apr_status_t mtls_session_record_parse(mtls_session_record_t *out, mtls_bytes_t data);

#endif /* MTLS_CERT_SESSION_RECORD_H */
