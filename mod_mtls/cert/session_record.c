/*
 * mod_mtls/cert/session_record.c - what a resumable TLS session must remember about its proof.
 *
 * Layout, integers big-endian:
 *   4  magic "MTLS"         1  version
 *   8  proven_at, seconds  32  scope     32  leaf_sha256
 *   1  count, then for each certificate: 2 length, at least 1; its DER
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/cert/session_record.h"

static const unsigned char magic[] = {'M', 'T', 'L', 'S', 1};

enum {
    TIME_LEN = 8,
    COUNT_LEN = 1,
    LENGTH_LEN = 2,
    HEAD_LEN = sizeof magic + TIME_LEN + 2 * MTLS_SHA256_LEN + COUNT_LEN
};

_Static_assert(MTLS_SESSION_RECORD_MAX <= 0xffff, "a certificate's length fits two octets");
_Static_assert(MTLS_SESSION_RECORD_MAX_CERTS <= 0xff, "the count fits one octet");

static unsigned char *put_number(unsigned char *at, apr_uint64_t value, int octets)
{
    while (octets-- > 0) {
        at[octets] = (unsigned char)value;
        value >>= 8;
    }
    return at;
}

static apr_uint64_t take_number(mtls_bytes_t *rest, int octets)
{
    apr_uint64_t value = 0;

    while (octets-- > 0) {
        value = (value << 8) | *rest->data++;
        rest->len--;
    }
    return value;
}

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
    int i;

    if (record->other_count < 0 || record->other_count > MTLS_SESSION_RECORD_MAX_CERTS ||
        record->proven_at < 0) {
        return 0;
    }
    for (i = 0; i < record->other_count; i++) {
        apr_size_t der_len = record->others[i].len;

        if (der_len == 0 || der_len > MTLS_SESSION_RECORD_MAX) {
            return 0;
        }
        len += LENGTH_LEN + der_len;
    }
    return len <= MTLS_SESSION_RECORD_MAX ? len : 0;
}

apr_status_t mtls_session_record_write(mtls_bytes_t *out, const mtls_session_record_t *record,
                                       apr_pool_t *pool)
{
    unsigned char *at;
    int i;

    out->data = NULL;
    out->len = needed(record);
    if (out->len == 0) {
        return APR_ENOSPC;
    }
    out->data = at = apr_palloc(pool, out->len);
    memcpy(at, magic, sizeof magic);
    at = put_number(at + sizeof magic, (apr_uint64_t)apr_time_sec(record->proven_at), TIME_LEN);
    memcpy(at + TIME_LEN, record->scope, MTLS_SHA256_LEN);
    at += TIME_LEN + MTLS_SHA256_LEN;
    memcpy(at, record->leaf_sha256, MTLS_SHA256_LEN);
    at = put_number(at + MTLS_SHA256_LEN, (apr_uint64_t)record->other_count, COUNT_LEN) + COUNT_LEN;
    for (i = 0; i < record->other_count; i++) {
        const mtls_bytes_t *der = &record->others[i];

        at = put_number(at, der->len, LENGTH_LEN) + LENGTH_LEN;
        memcpy(at, der->data, der->len);
        at += der->len;
    }
    return APR_SUCCESS;
}

/* The certificates fill the rest exactly. */
static bool take_others(mtls_session_record_t *out, mtls_bytes_t rest)
{
    int i;

    for (i = 0; i < out->other_count; i++) {
        apr_size_t len;

        if (rest.len < LENGTH_LEN) {
            return false;
        }
        len = (apr_size_t)take_number(&rest, LENGTH_LEN);
        if (len == 0 || len > rest.len) {
            return false;
        }
        out->others[i].data = rest.data;
        out->others[i].len = len;
        rest.data += len;
        rest.len -= len;
    }
    return rest.len == 0;
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
    seconds = take_number(&rest, TIME_LEN);
    take_octets(out->scope, &rest, MTLS_SHA256_LEN);
    take_octets(out->leaf_sha256, &rest, MTLS_SHA256_LEN);
    out->other_count = (int)take_number(&rest, COUNT_LEN);
    if (seconds > (apr_uint64_t)(APR_INT64_MAX / APR_USEC_PER_SEC) ||
        out->other_count > MTLS_SESSION_RECORD_MAX_CERTS) {
        return false;
    }
    out->proven_at = apr_time_from_sec((apr_time_t)seconds);
    return take_others(out, rest);
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
