/*
 * mod_mtls/cert/session_record.c - what a resumable TLS session must remember about its proof.
 *
 * Layout, integers big-endian:
 *   4  magic "MTLS"         1  version
 *   8  proven_at, seconds  32  scope     32  leaf_sha256
 *   1  count, then the certificates (der_list.h)
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/cert/session_record.h"

#include "der_list.h"

static const unsigned char magic[] = {'M', 'T', 'L', 'S', 1};

enum {
    TIME_LEN = 8,
    COUNT_LEN = 1,
    HEAD_LEN = sizeof magic + TIME_LEN + 2 * MTLS_SHA256_LEN + COUNT_LEN
};

_Static_assert(MTLS_SESSION_RECORD_MAX <= 0xffff, "a certificate's length fits two octets");
_Static_assert(MTLS_SESSION_RECORD_MAX_CERTS <= 0xff, "the count fits one octet");

static void take_octets(unsigned char *out, mtls_bytes_t *rest, apr_size_t len)
{
    memcpy(out, rest->data, len);
    rest->data += len;
    rest->len -= len;
}

/* Length of the serialised record, or 0 when it cannot be written. */
static apr_size_t needed(const mtls_session_record_t *record)
{
    apr_size_t len = HEAD_LEN;

    if (record->other_count < 0 || record->other_count > MTLS_SESSION_RECORD_MAX_CERTS ||
        record->proven_at < 0 ||
        !mtls_der_list_measure(&len, record->others, record->other_count,
                               MTLS_SESSION_RECORD_MAX)) {
        return 0;
    }
    return len;
}

apr_status_t mtls_session_record_write(mtls_bytes_t *out, const mtls_session_record_t *record,
                                       apr_pool_t *pool)
{
    unsigned char *at;

    out->data = NULL;
    out->len = needed(record);
    if (out->len == 0) {
        return APR_ENOSPC;
    }
    out->data = at = apr_palloc(pool, out->len);
    memcpy(at, magic, sizeof magic);
    at =
        mtls_number_put(at + sizeof magic, (apr_uint64_t)apr_time_sec(record->proven_at), TIME_LEN);
    memcpy(at + TIME_LEN, record->scope, MTLS_SHA256_LEN);
    at += TIME_LEN + MTLS_SHA256_LEN;
    memcpy(at, record->leaf_sha256, MTLS_SHA256_LEN);
    at = mtls_number_put(at + MTLS_SHA256_LEN, (apr_uint64_t)record->other_count, COUNT_LEN) +
         COUNT_LEN;
    mtls_der_list_put(at, record->others, record->other_count);
    return APR_SUCCESS;
}

static bool take_record(mtls_session_record_t *out, mtls_bytes_t rest)
{
    apr_uint64_t seconds;

    if (rest.len < HEAD_LEN || rest.len > MTLS_SESSION_RECORD_MAX ||
        memcmp(rest.data, magic, sizeof magic) != 0) {
        return false;
    }
    rest.data += sizeof magic;
    rest.len -= sizeof magic;
    seconds = mtls_number_take(&rest, TIME_LEN);
    take_octets(out->scope, &rest, MTLS_SHA256_LEN);
    take_octets(out->leaf_sha256, &rest, MTLS_SHA256_LEN);
    out->other_count = (int)mtls_number_take(&rest, COUNT_LEN);
    if (seconds > (apr_uint64_t)(APR_INT64_MAX / APR_USEC_PER_SEC) ||
        out->other_count > MTLS_SESSION_RECORD_MAX_CERTS) {
        return false;
    }
    out->proven_at = apr_time_from_sec((apr_time_t)seconds);
    return mtls_der_list_take(out->others, out->other_count, rest);
}

apr_status_t mtls_session_record_parse(mtls_session_record_t *out, mtls_bytes_t data)
{
    memset(out, 0, sizeof *out);
    if (!take_record(out, data)) {
        memset(out, 0, sizeof *out);
        return APR_EINVAL;
    }
    return APR_SUCCESS;
}
