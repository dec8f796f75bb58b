/*
 * mod_mtls/cert/ticket_record.c - the certificate behind a code or a ticket, as octets.
 *
 * Layout, integers big-endian:
 *   4  magic "MTLT"         1  version
 *   8  proven_at, seconds   1  count, then the certificates (der_list.h)
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/cert/ticket_record.h"

#include "der_list.h"

static const unsigned char magic[] = {'M', 'T', 'L', 'T', 1};

enum { TIME_LEN = 8, COUNT_LEN = 1, HEAD_LEN = sizeof magic + TIME_LEN + COUNT_LEN };

_Static_assert(MTLS_TICKET_RECORD_MAX <= 0xffff, "a certificate's length fits two octets");
_Static_assert(MTLS_TICKET_RECORD_MAX_CERTS <= 0xff, "the count fits one octet");

static bool is_count(int count)
{
    return count >= 1 && count <= MTLS_TICKET_RECORD_MAX_CERTS;
}

apr_status_t mtls_ticket_record_write(mtls_bytes_t *out, const mtls_ticket_record_t *record,
                                      apr_pool_t *pool)
{
    apr_size_t len = HEAD_LEN;
    unsigned char *at;

    *out = (mtls_bytes_t){0};
    if (!is_count(record->cert_count) || record->proven_at < 0 ||
        !mtls_der_list_measure(&len, record->certs, record->cert_count, MTLS_TICKET_RECORD_MAX)) {
        return APR_ENOSPC;
    }
    at = apr_palloc(pool, len);
    *out = (mtls_bytes_t){at, len};
    memcpy(at, magic, sizeof magic);
    at += sizeof magic;
    at = mtls_number_put(at, (apr_uint64_t)apr_time_sec(record->proven_at), TIME_LEN) + TIME_LEN;
    at = mtls_number_put(at, (apr_uint64_t)record->cert_count, COUNT_LEN) + COUNT_LEN;
    mtls_der_list_put(at, record->certs, record->cert_count);
    return APR_SUCCESS;
}

static bool take_record(mtls_ticket_record_t *out, mtls_bytes_t rest)
{
    apr_uint64_t seconds;

    if (rest.len < HEAD_LEN || rest.len > MTLS_TICKET_RECORD_MAX ||
        memcmp(rest.data, magic, sizeof magic) != 0) {
        return false;
    }
    rest.data += sizeof magic;
    rest.len -= sizeof magic;
    seconds = mtls_number_take(&rest, TIME_LEN);
    out->cert_count = (int)mtls_number_take(&rest, COUNT_LEN);
    if (seconds > (apr_uint64_t)(APR_INT64_MAX / APR_USEC_PER_SEC) || !is_count(out->cert_count)) {
        return false;
    }
    out->proven_at = apr_time_from_sec((apr_time_t)seconds);
    return mtls_der_list_take(out->certs, out->cert_count, rest);
}

apr_status_t mtls_ticket_record_parse(mtls_ticket_record_t *out, mtls_bytes_t data)
{
    memset(out, 0, sizeof *out);
    if (!take_record(out, data)) {
        memset(out, 0, sizeof *out);
        return APR_EINVAL;
    }
    return APR_SUCCESS;
}
